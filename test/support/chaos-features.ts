import type { JsonObject } from '@tenantsync/sandbox/entra';
import { annotations } from '../../src/api/kinds.ts';
import { omit } from '../../src/core/omit.ts';
import { policyPermission } from '../../src/core/preflight/enforce.ts';
import type { EventFields, Strategy } from './chaos-events.ts';
import { minute, type Person } from './chaos-tenants.ts';
import type { ChaosWorld } from './chaos-world.ts';
import { namespace } from './world.ts';

/** The name of the preview that is made and deleted. */
export const previewName = 'next';
/** Above any number of creations of these worlds: a higher number is a decision about whoever is staged. */
const noLimitOnCreations = 1000;

/** The features as a spec has them that says nothing of them. */
const plain: JsonObject = {
  drift: { policy: 'Ignore', interval: '24h' },
  memberStrategy: 'InviteAsMember',
  quarantine: { minimum: 5000, percent: 40, failures: 40_000 },
};

/** A number of the pair, and since when it holds (monotonic). */
interface Since {
  readonly at: number;
  readonly value: number;
}

/** What pair and configuration ask for beside the plain work, and what has to be remembered to tell whether they are heeded. */
export class Features {
  readonly #chaos: ChaosWorld;
  /** People whose creation an administrator has approved, or asked for by name. */
  readonly approvedCreations = new Set<string>();
  /** Since when these accounts are excluded (monotonic), by their ids. */
  readonly excluded = new Map<string, number>();
  /** Titles that administrators of the target gave to accounts. */
  readonly retitled = new Map<string, string>();
  /** Since when accounts may not be deleted, and since when access settings are only observed (monotonic). */
  keepingSince: number | undefined;
  observingSince: number | undefined = 0;
  /** Whether purges were ever asked for. */
  purges = false;
  /** What `inboundTrust` of the target holds: nobody names it, and so it stays. */
  trust: unknown;
  /** What somebody saw at the instant at which it happened. */
  readonly seen: string[] = [];
  /** From the calm on nothing restrains the work any more. */
  calm = false;
  readonly #seats: Since[] = [{ at: 0, value: Infinity }];
  readonly #contacts = new Map<number, string>();
  readonly #excludedNames = new Map<string, string>();
  /** When each strategy was chosen (monotonic). */
  readonly #strategies: { readonly at: number; readonly strategy: Strategy }[] = [];
  #userTypes: readonly string[] | undefined;
  #used = false;
  #numbers = 0;

  constructor(chaos: ChaosWorld) {
    this.#chaos = chaos;
    const { hubApp, spokeApp } = chaos.world;
    const ofTarget = chaos.second === undefined ? [spokeApp] : [spokeApp, chaos.second];
    for (const app of [hubApp, ...ofTarget]) app.grant(policyPermission);
    if (chaos.options.contactsRead === true) for (const app of ofTarget) app.grant('OrgContact.Read.All');
    this.purges = chaos.options.purges === true;
    const { strategy } = chaos.options;
    if (strategy !== undefined && strategy !== 'InviteAsMember') this.#strategies.push({ at: 0, strategy });
    this.#watchSeats();
  }

  /** What the options ask for from the beginning. */
  begin(): void {
    const { enforce, maxUsers } = this.#chaos.options;
    if (enforce === true) this.enforce(true);
    if (maxUsers !== undefined) this.maxUsers(maxUsers);
  }

  get #now(): number {
    return this.#chaos.world.clock.monotonic();
  }

  /** Each invitation is sent while its person has one of the seats (B11). */
  #watchSeats(): void {
    const { world } = this.#chaos;
    world.entra.intercept({
      after: ({ operation, appId, status }) => {
        if (operation !== 'POST /invitations' || status !== 201 || this.#chaos.installationOf(appId) !== world.spokeApp.appId) return;
        // Who was there before is found only after newcomers, where the records were lost.
        if (this.#chaos.recordDeleted.size > 0) return;
        const taken = this.#seatsTaken();
        if (taken > this.#mostSeats()) this.seen.push(`B11 an invitation makes ${taken} accounts, of ${this.#mostSeats()} that may be`);
      },
    });
  }

  #seatsTaken(): number {
    const { world } = this.#chaos;
    const taken = world.projections().filter(({ spec, status: { intent, targetUser, state } }) => {
      if (spec.previewOf !== undefined || state === 'Retained') return false;
      if (intent?.operation === 'Create') return true;
      return targetUser !== undefined && world.spoke.user(targetUser.objectId)?.deletedAt === null;
    });
    return new Set(taken.map(({ spec }) => spec.source.objectId)).size;
  }

  /** The highest number that the operator may still know of. */
  #mostSeats(): number {
    const known = this.#now - 3 * minute;
    const last = this.#seats.findLastIndex(({ at }) => at <= known);
    return Math.max(...this.#seats.slice(Math.max(0, last)).map(({ value }) => value));
  }

  maxUsers(count: number): void {
    this.#seats.push({ at: this.#now, value: count === 0 ? Infinity : count });
    this.#applyLimits();
  }

  allowDelete(on: boolean): void {
    this.keepingSince = on ? undefined : (this.keepingSince ?? this.#now);
    this.#applyLimits();
  }

  userTypes(types: readonly string[] | undefined): void {
    if (this.#userTypes === types) return;
    this.#userTypes = types;
    this.#applyLimits();
  }

  exclude(person: Person | undefined, on: boolean): void {
    const account = person && this.#chaos.accountsOf(person)[0];
    if (!account) return;
    if (on) {
      if (!this.excluded.has(account.id)) this.excluded.set(account.id, this.#now);
      const name = account.properties.userPrincipalName;
      this.#excludedNames.set(
        account.id,
        person.place % 2 === 0 && typeof name === 'string' && account.deletedAt === null ? name : account.id,
      );
      // Whoever leaves meanwhile is let go with the account.
      this.#chaos.recordDeleted.add(person.id);
    } else this.#include(account.id);
    this.#applyLimits();
  }

  #include(id: string): void {
    this.excluded.delete(id);
    this.#excludedNames.delete(id);
  }

  #applyLimits(): void {
    const { value } = this.#seats.at(-1) ?? { value: Infinity };
    this.#setPair({
      limits: {
        ...(value === Infinity ? {} : { maxUsers: value }),
        allowDelete: this.keepingSince === undefined,
        ...(this.#userTypes === undefined ? {} : { userTypes: [...this.#userTypes] }),
        ...(this.excluded.size === 0 ? {} : { excludedTargetUsers: [...this.#excludedNames.values()] }),
      },
    });
  }

  #setPair(changes: JsonObject): void {
    this.#used = true;
    this.#chaos.setPair(changes);
  }

  #setSpec(changes: JsonObject): void {
    this.#used = true;
    this.#chaos.setSpec(changes);
  }

  enforce(on: boolean): void {
    this.observingSince = on ? undefined : (this.observingSince ?? this.#now);
    this.#setPair({ crossTenantAccess: { managementPolicy: on ? 'Enforce' : 'Observe' } });
  }

  /** An administrator of a tenant takes back the consent towards the other one, and in the target trusts its sign-ins or not. */
  changePolicies(side: 'hub' | 'spoke'): void {
    const { hub, spoke } = this.#chaos.world;
    this.#used = true;
    if (side === 'hub') hub.policies.setPartner(spoke.tenantId, { automaticUserConsentSettings: { outboundAllowed: false } });
    else {
      this.trust = {
        isMfaAccepted: (this.#numbers += 1) % 2 === 1,
        isCompliantDeviceAccepted: null,
        isHybridAzureADJoinedDeviceAccepted: false,
      };
      spoke.policies.setPartner(hub.tenantId, {
        automaticUserConsentSettings: { inboundAllowed: false },
        inboundTrust: this.trust as JsonObject,
      });
    }
  }

  drift(policy: string): void {
    this.#setSpec({ drift: { policy, interval: '2m' } });
  }

  quarantine(failures: number): void {
    this.#setSpec({ quarantine: { minimum: 1, percent: 1, failures } });
  }

  purgeAfterSource(on: boolean): void {
    const { purges } = this.#chaos;
    purges.offSince = on ? undefined : (purges.offSince ?? this.#now);
    this.purges ||= on;
    this.#setSpec({ deprovisioning: { ...(this.#chaos.manifest.deprovisioning as JsonObject), purgeAfterSourcePurge: on } });
  }

  strategy(strategy: Strategy): void {
    this.#strategies.push({ at: this.#now, strategy });
    this.#setSpec({ memberStrategy: strategy, memberConversionDelay: '1m' });
  }

  /** Whether people were only to be in the address list at any time between two (monotonic). */
  addressListBetween(from: number, to: number): boolean {
    return this.#strategies.some(
      ({ at, strategy }, index) => strategy === 'AddressListOnly' && at <= to && (this.#strategies[index + 1]?.at ?? Infinity) >= from,
    );
  }

  /** A mail contact of the target holds the person's address. */
  contact(place: number): void {
    const person = this.#chaos.personAt(place);
    if (!person || this.#contacts.has(place)) return;
    this.#used = true;
    const { foreign, world } = this.#chaos;
    this.#contacts.set(place, world.spoke.createContact({ displayName: 'A contact', mail: person.addresses.at(-1) ?? '' }));
    // It takes the address from whoever has it.
    for (const id of foreign.keys()) foreign.set(id, world.spoke.user(id)?.version ?? 0);
  }

  dropContact(place: number): void {
    const id = this.#contacts.get(place);
    this.#contacts.delete(place);
    if (id !== undefined) this.#chaos.world.spoke.removeContact(id);
  }

  refuseInvitations(minutes: number): void {
    const { clock, spoke } = this.#chaos.world;
    this.#used = true;
    spoke.policies.invitationsBlocked = true;
    const timer = clock.setTimer(minutes * minute, () => (spoke.policies.invitationsBlocked = false));
    this.#chaos.disarm.add(() => timer.cancel());
  }

  /** Names a person in a request: a decision about this person, where it asks for more than to be told. */
  request(what: 'provision' | 'explain', place: number): void {
    const person = this.#chaos.personAt(place);
    if (!person) return;
    const name = place % 2 === 0 ? person.id : (person.addresses.at(-1) ?? '').toUpperCase();
    const token = `${what}${(this.#numbers += 1)}`;
    if (what === 'provision') {
      this.#chaos.approved.add(person.id);
      this.approvedCreations.add(person.id);
    }
    this.#chaos.annotate(`${what}-users`, `${token}:${name}`);
  }

  /** Names several people in one request, and somebody whom nobody knows. */
  requestMany(places: readonly number[]): void {
    const people = places.map((place) => this.#chaos.personAt(place)).filter((person) => person !== undefined);
    for (const { id } of people) {
      this.#chaos.approved.add(id);
      this.approvedCreations.add(id);
    }
    const names = [...people.map(({ id }) => id), 'nobody@contoso.com'];
    this.#chaos.annotate('provision-users', `many${(this.#numbers += 1)}:${names.join()}`);
  }

  /** Decides about the creations that are staged now. */
  approveCreations(): void {
    const token = this.#chaos.configuration().status.stagedCreations?.token;
    if (token === undefined) return;
    for (const { spec } of this.#chaos.world.projections())
      if (spec.creation?.verdict === 'Staged') this.approvedCreations.add(spec.source.objectId);
    this.#chaos.world.annotate('SyncConfiguration', this.#chaos.configurationName, { [annotations.approveDeletions]: token });
  }

  /** Makes the preview, or another one of it. */
  preview({ scope, action, title, strategy }: EventFields['preview']): void {
    const { world, manifest, groups, configurationName, projecting } = this.#chaos;
    const spec: JsonObject = {
      ...omit(manifest, 'groups'),
      ...(projecting?.options.previews === true ? { groups: projecting.specOfPreview(scope) } : {}),
      scope: scope === 'All' ? { type: 'All' } : { type: 'Assigned', groups: [{ id: groups[1]?.id ?? '' }] },
      deprovisioning: { ...(manifest.deprovisioning as JsonObject), action },
      ...(title ? { attributeMappings: [{ target: 'jobTitle', constant: 'Previewed' }] } : {}),
      memberStrategy: strategy,
    };
    const there = world.kube.get({ kind: 'SyncConfiguration', name: previewName, namespace });
    const of = (there?.spec as { previewOf?: { name: string } } | undefined)?.previewOf?.name ?? configurationName;
    world.applyConfiguration({ ...spec, previewOf: { name: of } }, previewName);
  }

  dropPreview(): void {
    const reference = { kind: 'SyncConfiguration', name: previewName, namespace };
    if (this.#chaos.world.kube.get(reference)) this.#chaos.world.kube.delete(reference);
  }

  /** The further application is not let in any more, as if its secret had been taken away. */
  refuseApplication(minutes: number): void {
    const { second, world, disarm } = this.#chaos;
    if (second === undefined) return;
    const match = { appId: second.appId };
    const fault = world.entra.faults.add({ effect: 'status', status: 401, code: 'InvalidAuthenticationToken', times: 1_000_000, match });
    const timer = world.clock.setTimer(minutes * minute, () => fault.remove());
    disarm.add(() => {
      timer.cancel();
      fault.remove();
    });
  }

  /** Nothing restrains the work any more, and pair and configuration are as they would be without features. */
  async end(): Promise<void> {
    const { world } = this.#chaos;
    this.calm = true;
    this.dropPreview();
    for (const place of [...this.#contacts.keys()]) this.dropContact(place);
    world.spoke.policies.invitationsBlocked = false;
    // Without the consent of both sides a pair stops.
    world.allowSync();
    if (this.#chaos.options.creations !== undefined) {
      const deprovisioning = this.#chaos.manifest.deprovisioning as { readonly guard: JsonObject };
      this.#chaos.setSpec({ deprovisioning: { ...deprovisioning, guard: { ...deprovisioning.guard, creations: noLimitOnCreations } } });
    }
    if (!this.#used && this.#strategies.length === 0) return;
    this.#seats.push({ at: this.#now, value: Infinity });
    for (const id of [...this.excluded.keys()]) this.#include(id);
    this.keepingSince = undefined;
    this.#applyLimits();
    this.enforce(false);
    if (this.#strategies.length > 0) this.strategy('InviteAsMember');
    this.#setSpec(plain);
    // It asks again once an hour.
    await world.clock.advanceUntil(() => world.pair().status.invitationsBlocked === undefined, 75 * minute);
  }
}
