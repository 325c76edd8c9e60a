import type { App, JsonObject, SandboxGroup, SandboxUser, SettingsOverride } from '@tenantsync/sandbox/entra';
import { anchorPrefix, parseAnchor } from '../../src/core/matching/anchor.ts';
import { directoryWait } from '../../src/core/wire/times.ts';
import type { Lag } from './chaos-events.ts';
import type { ChaosOptions } from './chaos-schedule.ts';
import { targetPermissions } from './permissions.ts';
import { usualRenewals, World } from './world.ts';

export const second = 1000;
export const minute = 60 * second;
/** Where accounts carry their marks. */
export const anchorAttribute = 'extensionAttribute14';
/** The name of the installation that is looked at. */
const defaultInstallation = 'default';
/** What the further application of the target signs in with. */
export const secondSecret = 'second-secret';
/** How all marks begin. */
export const anchorStart = 'tenantsync:1:';
/** What a refusal for quota usually asks for. */
export const usualRetryAfterMs = 7 * second;
/** How long the directories usually take to answer, at most. */
const usualAnswerMs = 300;

const lags: Readonly<Record<Lag, { readonly reads: number; readonly advanced: number; readonly delta: number }>> = {
  none: { reads: 0, advanced: 0, delta: 0 },
  some: { reads: 4 * second, advanced: 8 * second, delta: 5 * second },
  much: { reads: 60 * second, advanced: 90 * second, delta: 60 * second },
};

const settings: SettingsOverride = {
  latency: { min: 20, max: usualAnswerMs },
  delta: { pageSize: { min: 2, max: 10 }, emptyPageRate: 0.1, repeatRate: 0.1, replayRate: 0.2 },
};

/** A user of the source, from hire to purge; whoever is hired in the same place later is somebody else. */
export interface Person {
  readonly place: number;
  readonly id: string;
  /** Every address the person has had, in lower case. */
  readonly addresses: string[];
}

function markOf({ properties }: SandboxUser): string | undefined {
  const marks = properties.onPremisesExtensionAttributes as Readonly<Record<string, unknown>> | null | undefined;
  const mark = marks?.[anchorAttribute];
  return typeof mark === 'string' ? mark : undefined;
}

/** Two tenants with people in them, to whom things happen. */
export class ChaosTenants {
  readonly world: World;
  readonly options: ChaosOptions;
  readonly people: Person[] = [];
  /** Accounts of the target that are not ours, with their versions as its own administrator left them. */
  readonly foreign = new Map<string, number>();
  readonly guestId: string | undefined;
  /** Accounts without a mark when the record of their person was lost: nothing says any more that they are ours. */
  readonly unmarked = new Set<string>();
  /** Accounts that had no mark when another installation could have known them by an address. */
  readonly unknown = new Set<string>();
  /** Accounts that the target's own administrator has deleted. */
  readonly deletedByAdmin = new Set<string>();
  /** Since when inbound synchronization is cleared (monotonic). */
  clearedAt: number | undefined;
  /** The longest that the directories have been behind in this world. */
  worstLagMs = 0;
  /** The longest that the directories have taken to answer in this world. */
  slowestAnswerMs = usualAnswerMs;
  /** The shortest and the longest wait that a refusal for quota has asked for, as far as it is to be believed. */
  readonly retryAfter = { leastMs: usualRetryAfterMs, mostMs: usualRetryAfterMs };
  readonly groups: readonly SandboxGroup[];
  /** A further application of the target, in a world where two of them write. */
  readonly second: App | undefined;
  #numbers = 0;

  constructor(options: ChaosOptions) {
    this.options = options;
    this.world = new World({ seed: options.seed, settings, flags: options.renewals === 'Rare' ? [] : usualRenewals });
    const { hub, spoke } = this.world;
    this.setLag(options.lag);
    if (options.pool === true) this.second = spoke.registerApp({ permissions: targetPermissions, secrets: [{ value: secondSecret }] });
    for (const name of ['alma', 'bo']) {
      const user = spoke.createUser({ userPrincipalName: `${name}@fabrikam.com`, properties: { displayName: name } });
      this.foreign.set(user.id, user.version);
    }
    this.groups = [0, 1].map((group) => hub.createGroup({ displayName: `Group ${group}` }));
    for (let place = 0; place < options.people; place += 1) {
      const person = this.hire(place);
      hub.addMember(this.groups[0]?.id ?? '', person.id);
    }
    if (options.guest) {
      const guest = { address: this.people[0]?.addresses[0] ?? '', displayName: 'Guest', userType: 'Guest', accepted: true } as const;
      const user = spoke.createExternalUser(guest);
      this.guestId = user.id;
      if (options.adoption === 'Ignore') this.foreign.set(user.id, user.version);
    }
  }

  /** The application that stands for the installation of one: all its applications are one to whoever asks whose a write is. */
  installationOf(appId: string | undefined): string | undefined {
    return appId !== undefined && appId === this.second?.appId ? this.world.spokeApp.appId : appId;
  }

  /** Whoever was hired in this place last. */
  personAt(place: number): Person | undefined {
    return this.people.findLast((person) => person.place === place);
  }

  sourceOf(person: Person | undefined): SandboxUser | undefined {
    return person && this.world.hub.user(person.id);
  }

  group(index: number): SandboxGroup | undefined {
    return this.world.hub.group(this.groups[index]?.id ?? '');
  }

  restoreGroup(index: number): void {
    const group = this.group(index);
    if (typeof group?.deletedAt === 'number') this.world.hub.restoreGroup(group.id);
  }

  inScope(person: Person): boolean {
    if (this.sourceOf(person)?.deletedAt !== null) return false;
    return this.options.scope === 'All' || [0, 1].some((index) => this.group(index)?.members.has(person.id) === true);
  }

  /** Accounts in the target, live and deleted, that stand for a person. */
  accountsOf(person: Person): readonly SandboxUser[] {
    const prefix = anchorPrefix(this.world.hub.tenantId, person.id);
    return [...this.world.spoke.users(), ...this.world.spoke.deletedUsers()].filter((user) => {
      const { invitedAddress } = user;
      return (invitedAddress !== undefined && person.addresses.includes(invitedAddress)) || markOf(user)?.startsWith(prefix) === true;
    });
  }

  /** To be called when the record of a person is lost. */
  noteUnmarked(person: Person): void {
    for (const account of this.accountsOf(person)) if (markOf(account) === undefined) this.unmarked.add(account.id);
  }

  /** Whether nothing tells any more that an account is the person's: it had no mark when the record was lost, and the person has another address now. */
  isLost(person: Person, { id, invitedAddress }: SandboxUser): boolean {
    const account = this.world.spoke.user(id);
    const marked = account !== undefined && markOf(account) !== undefined;
    return this.unmarked.has(id) && !marked && invitedAddress !== this.sourceOf(person)?.properties.userPrincipalName;
  }

  /** To be called when another installation begins, and with each new address while one is there. */
  noteUnknown(person: Person): void {
    for (const account of this.accountsOf(person)) if (markOf(account) === undefined) this.unknown.add(account.id);
  }

  /** Whether nothing told another installation whose an account is: it had no mark yet, and the person another address. */
  isUnknown(person: Person, { id, invitedAddress }: SandboxUser): boolean {
    return this.unknown.has(id) && invitedAddress !== this.sourceOf(person)?.properties.userPrincipalName;
  }

  /** Whether an account carries the mark of an installation beside the one that is looked at. */
  isOfOther(account: SandboxUser): boolean {
    const installation = parseAnchor(markOf(account))?.installation;
    return installation !== undefined && installation !== defaultInstallation;
  }

  setLag(lag: Lag): void {
    const { reads, advanced, delta } = lags[lag];
    this.worstLagMs = Math.max(this.worstLagMs, reads, advanced, delta);
    for (const tenant of [this.world.hub, this.world.spoke]) {
      tenant.settings.replication.reads = { min: 0, max: reads };
      tenant.settings.replication.advanced = { min: 0, max: advanced };
      tenant.settings.replication.delta = { min: 0, max: delta };
    }
  }

  /** Lets each answer take up to that long; the usual time if that is less. */
  setLatency(ms: number): void {
    const max = Math.max(usualAnswerMs, ms);
    this.slowestAnswerMs = Math.max(this.slowestAnswerMs, max);
    for (const tenant of [this.world.hub, this.world.spoke]) tenant.settings.latency.max = max;
  }

  /** To be called with what a refusal for quota will ask for. */
  noteRetryAfter(ms: number): void {
    const { floorMs, ceilingMs } = directoryWait;
    this.retryAfter.leastMs = Math.min(this.retryAfter.leastMs, Math.max(floorMs, ms));
    this.retryAfter.mostMs = Math.max(this.retryAfter.mostMs, Math.min(ceilingMs, ms));
  }

  allowSync(on: boolean): void {
    this.world.spoke.policies.setUserSync(this.world.hub.tenantId, on);
    this.clearedAt = on ? undefined : (this.clearedAt ?? this.world.clock.monotonic());
  }

  /** A number that nothing has been given yet. */
  nextNumber(): number {
    return (this.#numbers += 1);
  }

  /** An address that nobody has had. */
  newAddress(place: number): string {
    return `p${place}.${this.nextNumber()}@contoso.com`;
  }

  /** Somebody new in a place. */
  hire(place: number): Person {
    const address = this.newAddress(place);
    const properties = { displayName: `Person ${place}`, mail: address, jobTitle: `Title ${this.#numbers}` };
    const { id } = this.world.hub.createUser({ userPrincipalName: address, properties });
    const person = { place, id, addresses: [address] };
    this.people.push(person);
    return person;
  }

  /** Does something with whoever is in the place and not deleted. */
  withStaff(place: number, act: (user: SandboxUser) => void): void {
    const user = this.sourceOf(this.personAt(place));
    if (user?.deletedAt === null) act(user);
  }

  /** Changes whoever is in the place and not deleted. */
  update(place: number, properties: JsonObject): void {
    this.withStaff(place, (user) => void this.world.hub.updateUser(user.id, properties));
  }

  /** Puts whoever is in the place into a group, or out of it. */
  setMember(place: number, index: number, member: boolean): void {
    const group = this.group(index);
    if (group?.deletedAt !== null) return;
    this.withStaff(place, ({ id }) => {
      if (group.members.has(id) === member) return;
      if (member) this.world.hub.addMember(group.id, id);
      else this.world.hub.removeMember(group.id, id);
    });
  }

  /** Does with the account of whoever is in the place what the target's own administrator would. */
  inTarget(place: number, which: 'live' | 'deleted' | 'any', act: (id: string) => void): void {
    const person = this.personAt(place);
    const account =
      person && this.accountsOf(person).find(({ deletedAt }) => which === 'any' || (deletedAt === null) === (which === 'live'));
    if (!account) return;
    act(account.id);
    const now = this.world.spoke.user(account.id);
    if (which === 'live' && typeof now?.deletedAt === 'number') this.deletedByAdmin.add(account.id);
    // An administrator who has not done anything to an account that they deleted is still the one who deleted it.
    else if (now?.deletedAt === null) this.deletedByAdmin.delete(account.id);
    if (!this.foreign.has(account.id)) return;
    if (now) this.foreign.set(account.id, now.version);
    else this.foreign.delete(account.id);
  }
}
