import type { Fault, GroupChanges, JsonObject, SandboxGroup } from '@tenantsync/sandbox/entra';
import { groupProjectionName, type GroupProjection } from '../../src/api/kinds.ts';
import { adoptedGroupAnchor, groupAnchor } from '../../src/core/groups/anchor.ts';
import { evidenceOf } from '../../src/core/groups/removals.ts';
import { previewName } from './chaos-features.ts';
import type { GroupEventFields, GroupKind, GroupOptions, GroupRequests, TakeoverEventFields } from './chaos-group-events.ts';
import type { Person } from './chaos-tenants.ts';
import type { ChaosWorld } from './chaos-world.ts';
import { namespace } from './world.ts';

/** Places of the source groups that are projected. */
export const projected = [0, 1] as const;
/** The whole of a clock's time before anything was done. */
const ever = -1;

/** Something that is so since a time (monotonic). */
interface Since {
  readonly is: boolean;
  readonly at: number;
}

/** A group that has had the mail nickname of a source group since a time (monotonic), and until another one where it has lost it. */
interface Nicknamed {
  readonly place: number;
  readonly kind: GroupKind;
  readonly mailNickname: string;
  readonly at: number;
  endedAt?: number;
}

const kinds: Readonly<Record<GroupKind, GroupChanges>> = {
  plain: {},
  mail: { mailEnabled: true },
  dynamic: { groupTypes: ['DynamicMembership'] },
  role: { isAssignableToRole: true },
  onPremises: { onPremisesSyncEnabled: true },
  restricted: { isManagementRestricted: true },
};
/** Kinds of the groups that there are before the operator begins. */
const founds: Readonly<Record<NonNullable<GroupOptions['found']> | 'None', readonly GroupKind[]>> = {
  None: [],
  One: ['plain'],
  Two: ['plain', 'plain'],
  Mail: ['mail'],
};
const plainKind: GroupChanges = {
  mailEnabled: false,
  groupTypes: [],
  isAssignableToRole: false,
  onPremisesSyncEnabled: false,
  isManagementRestricted: false,
};

type Misbehaviour = GroupEventFields['groupFault']['effect'];
const effects: Readonly<Record<Misbehaviour, Fault>> = {
  dropBefore: { effect: 'dropBefore' },
  dropAfter: { effect: 'dropAfter' },
  unavailable: { effect: 'status', status: 503 },
  truncate: { effect: 'truncate' },
  nothing: { effect: 'emptyAnswer' },
  page: { effect: 'status', status: 404, headers: { 'content-type': 'text/html' }, body: '<html><body>Not found</body></html>' },
  notFound: { effect: 'status', status: 404, code: 'Request_ResourceNotFound', message: 'The resource does not exist.' },
};
const requests: Readonly<Record<GroupRequests, NonNullable<Fault['match']>>> = {
  create: { operation: 'PATCH /groups/uniqueName/{id}' },
  // A rename that is answered without being carried out looks like one that the target's people have taken back, which may stay so.
  add: { operation: 'PATCH /groups/{id}', body: /members@odata\.bind/ },
  remove: { operation: 'DELETE /groups/{id}/members/{id}/$ref' },
  look: { operation: 'GET /groups/{id}' },
  members: { operation: 'GET /groups/{id}/members' },
  source: { method: 'GET', path: /^\/v1\.0\/groups\/[0-9a-f-]{36}/i },
};

/** Groups that are projected, what happens to them, and what has to be remembered to tell whether the operator keeps its promises about them (G3). */
export class ChaosGroups {
  readonly options: GroupOptions;
  readonly inner: SandboxGroup;
  /** Source groups by the ids of the groups that were made of them. */
  readonly ours = new Map<string, number>();
  /** Members that somebody else has put into a group of ours, by its id; whoever is taken out again is not in it. */
  readonly theirs = new Map<string, Set<string>>();
  /** How often a group was purged in the target. */
  readonly purges = [0, 0];
  /** Groups of the target whose deletion an administrator has approved, by the place of their source group. */
  readonly approvedDeletions = new Set<number>();
  /** Groups that the target's own administrator has deleted. */
  readonly deletedByAdmin = new Set<string>();
  /** Groups that the operator has deleted, and the uid of the record that knows of it. */
  readonly deletedByUs = new Map<string, string | undefined>();
  /** Members whose removal was approved, and the sets that were rejected, by the place of the source group. */
  readonly approved = [new Set<string>(), new Set<string>()];
  readonly rejected = [new Set<string>(), new Set<string>()];
  /** Since when the guard of each group can know what it has let through, on the directory's clock. */
  readonly guardSince = [0, 0];
  /** Since when the target does not let groups in (monotonic). */
  closedAt: number | undefined;
  readonly exclusive: Since[];
  readonly propagate: Since[];
  readonly selected: Since[][] = [[{ is: true, at: ever }], [{ is: true, at: ever }]];
  /** When each group became what may not be written (monotonic). */
  readonly kindAt = new Map<string, number>();
  /** Source groups that had another name once: a name that is in Git and not in the source selects nothing. */
  readonly renamed = new Set<number>();
  readonly namesakes = new Map<number, { readonly id: string; readonly at: number }>();
  /** Groups that others have made with the mail nickname of a source group, by their ids. */
  readonly nicknames = new Map<string, Nicknamed>();
  readonly #belongs = new Map<string, Since[]>();
  readonly #there: Since[][] = [[], []];
  readonly #uids: (string | undefined)[] = [undefined, undefined];
  readonly #chaos: ChaosWorld;

  constructor(chaos: ChaosWorld, options: GroupOptions) {
    this.#chaos = chaos;
    this.options = options;
    this.exclusive = [{ is: options.exclusive, at: ever }];
    this.propagate = [{ is: options.propagate, at: ever }];
    const { hub, spoke, spokeApp } = chaos.world;
    for (const app of [spokeApp, ...(chaos.second === undefined ? [] : [chaos.second])]) app.grant('Group.ReadWrite.All');
    spoke.policies.setGroupSync(hub.tenantId, true);
    spoke.settings.groups.deletedKeepUniqueName = options.keepsNames;
    this.inner = hub.createGroup({ displayName: 'Inner' });
    for (const kind of founds[options.found ?? 'None']) this.nicknamed({ group: 0, kind, stranger: true });
  }

  get #now(): number {
    return this.#chaos.world.clock.monotonic();
  }

  /** spec.groups of the configuration. */
  spec(): JsonObject {
    const { membership, adoption, deprovisioning, by = 'Anchor' } = this.options;
    return {
      select: this.#selection(),
      membership,
      matching: { adoption, by },
      deprovisioning,
      exclusiveMembership: isNow(this.exclusive),
      propagateRemovals: isNow(this.propagate),
    };
  }

  /** The same of a preview, which has a scope of its own. */
  specOfPreview(scope: 'All' | 'Few'): JsonObject {
    const ids = projected.flatMap((place) => this.#chaos.groups[place] ?? []).map(({ id }): JsonObject => ({ id }));
    return { ...this.spec(), select: scope === 'Few' ? [{ scopeGroups: true }] : ids };
  }

  #selection(): JsonObject[] {
    const places = projected.filter((place) => this.isSelected(place));
    const { select } = this.options;
    if (select === 'scope' && this.#chaos.options.scope === 'Assigned') return [{ scopeGroups: true }];
    const chosen = places.flatMap((place) => this.#chaos.groups[place] ?? []);
    return chosen.map(({ id, displayName }): JsonObject => (select === 'names' ? { displayName } : { id }));
  }

  isSelected(place: number): boolean {
    return isNow(this.selected[place] ?? []);
  }

  /** The place of a source group by the unique name of the group that was made of it. */
  placeOf(uniqueName: string | null | undefined): number | undefined {
    const { hub } = this.#chaos.world;
    return projected.find((each) => {
      const source = { tenantId: hub.tenantId, objectId: this.#chaos.groups[each]?.id ?? '' };
      return groupAnchor('default', source) === uniqueName || adoptedGroupAnchor('default', source) === uniqueName;
    });
  }

  record(place: number): GroupProjection | undefined {
    const name = groupProjectionName(this.#chaos.configurationName, this.#chaos.groups[place]?.id ?? '');
    return this.#chaos.world.kube.get({ kind: 'GroupProjection', name, namespace }) as unknown as GroupProjection | undefined;
  }

  /** All records of groups, those of previews included. */
  allRecords(): readonly GroupProjection[] {
    return this.#chaos.world.kube.list('GroupProjection') as unknown as readonly GroupProjection[];
  }

  /** Those that are no preview's. */
  records(): readonly GroupProjection[] {
    return this.allRecords().filter(({ spec }) => spec.syncConfigurationRef.name !== previewName);
  }

  /** The group that was made of a source group, live or deleted. */
  target(place: number): SandboxGroup | undefined {
    const ids = [...this.ours].flatMap(([id, of]) => (of === place ? [id] : []));
    return ids
      .map((id) => this.#chaos.world.spoke.group(id))
      .filter((group) => group !== undefined)
      .at(-1);
  }

  /** Accounts and others who are in a group of the target and live. */
  liveMembers({ members }: SandboxGroup): readonly string[] {
    const { spoke } = this.#chaos.world;
    return [...members].filter((id) => spoke.user(id)?.deletedAt === null || spoke.group(id)?.deletedAt === null);
  }

  /** Whether the source has somebody in a group, through groups in it too where the configuration says so. */
  isMember(place: number, person: Person): boolean {
    const { hub } = this.#chaos.world;
    const group = this.#chaos.group(place);
    if (group?.deletedAt !== null || hub.user(person.id)?.deletedAt !== null) return false;
    const seen = new Set<string>();
    const has = ({ id, members }: SandboxGroup): boolean => {
      if (members.has(person.id)) return true;
      if (this.options.membership === 'Direct') return false;
      seen.add(id);
      return [...members].some((each) => {
        const nested = hub.group(each);
        return nested?.deletedAt === null && !seen.has(each) && has(nested);
      });
    };
    return has(group);
  }

  /** Takes down who is in which source group; to be called whenever that may have changed. */
  note(): void {
    const now = this.#now;
    for (const place of projected) {
      for (const person of this.#chaos.people) set(this.#timeline(place, person), this.isMember(place, person), now);
      set(this.#there[place] ?? [], this.#chaos.group(place)?.deletedAt === null, now);
    }
  }

  #timeline(place: number, { id }: Pick<Person, 'id'>): Since[] {
    const key = `${place} ${id}`;
    const timeline = this.#belongs.get(key) ?? [];
    this.#belongs.set(key, timeline);
    return timeline;
  }

  /** Whether somebody was in a source group at any time, or at all times, between two (monotonic). */
  belonged(place: number, person: Person, from: number, to: number): Between {
    return between(this.#timeline(place, person), from, to);
  }

  /** The same of whether the source group was there and selected. */
  wasWanted(place: number, from: number, to: number): Between {
    const there = between(this.#there[place] ?? [], from, to);
    const selected = between(this.selected[place] ?? [], from, to);
    return { ever: there.ever && selected.ever, always: there.always && selected.always };
  }

  /** A record that is another one than before knows nothing of what the guard has let through. */
  noteRecords(): void {
    for (const place of projected) {
      const uid = this.record(place)?.metadata.uid;
      if (uid === this.#uids[place]) continue;
      this.#uids[place] = uid;
      this.guardSince[place] = this.#chaos.world.entra.now();
      this.rejected[place]?.clear();
    }
  }

  /** Records of the configuration with something that waits for a decision. */
  staged(): readonly GroupProjection[] {
    // Of a group in conflict nothing can be carried out, and nobody is asked.
    const waits = ({ state, stagedRemovals }: GroupProjection['status']): boolean => state !== 'Conflict' && stagedRemovals !== undefined;
    return this.records().filter(({ spec, status }) => spec.lifecycle === 'RemovalStaged' || waits(status));
  }

  /** Somebody decides about everything that is staged now. */
  decided(decision: 'approve' | 'reject'): void {
    for (const place of projected) {
      const record = this.record(place);
      if (record === undefined) continue;
      if (record.spec.lifecycle === 'RemovalStaged') {
        if (decision === 'approve') this.approvedDeletions.add(place);
        continue;
      }
      const { evidence } = record.status.stagedRemovals ?? {};
      if (evidence === undefined) continue;
      if (decision === 'reject') this.rejected[place]?.add(evidence);
      else for (const member of this.#setOf(place, evidence)) this.approved[place]?.add(member);
    }
  }

  /** The members that a hash stands for: it says nothing about them, and so all sets of the group's members are tried. */
  #setOf(place: number, evidence: string): readonly string[] {
    const members = [...(this.target(place)?.members ?? [])];
    for (let chosen = 1; chosen < 2 ** members.length; chosen += 1) {
      const some = members.filter((_, index) => (chosen & (2 ** index)) !== 0);
      if (evidenceOf(some) === evidence) return some;
    }
    return [];
  }

  // What happens.

  nest({ group, on, around }: GroupEventFields['nest']): void {
    const { hub } = this.#chaos.world;
    const outer = this.#chaos.groups[group]?.id ?? '';
    const [of, member] = around ? [this.inner.id, outer] : [outer, this.inner.id];
    if (on) hub.addMember(of, member);
    else hub.removeMember(of, member);
  }

  innerMember({ who, on }: GroupEventFields['innerMember']): void {
    this.#chaos.withStaff(who, ({ id }) => {
      if (on) this.#chaos.world.hub.addMember(this.inner.id, id);
      else this.#chaos.world.hub.removeMember(this.inner.id, id);
    });
  }

  renameSource(place: number): void {
    const id = this.#chaos.groups[place]?.id ?? '';
    this.renamed.add(place);
    this.#chaos.world.hub.updateGroup(id, { displayName: `Group ${place} (${this.#chaos.nextNumber()})` });
  }

  addMember({ group, who, stranger }: GroupEventFields['addMember']): void {
    const target = this.target(group);
    const [first, other] = [...this.#chaos.foreign.keys()];
    const person = this.#chaos.personAt(who);
    const account = person && this.#chaos.accountsOf(person).find(({ deletedAt }) => deletedAt === null)?.id;
    const id = stranger ? (who % 2 === 0 ? first : other) : account;
    if (target?.deletedAt !== null || id === undefined || target.members.has(id)) return;
    this.#chaos.world.spoke.addMember(target.id, id);
    const added = this.theirs.get(target.id) ?? new Set<string>();
    this.theirs.set(target.id, added.add(id));
  }

  evict({ group, who }: GroupEventFields['evict']): void {
    const target = this.target(group);
    const members = [...(target?.members ?? [])];
    const member = members[who % Math.max(1, members.length)];
    if (target === undefined || member === undefined) return;
    this.#chaos.world.spoke.removeMember(target.id, member);
    this.theirs.get(target.id)?.delete(member);
  }

  deleteTarget(place: number): void {
    const target = this.target(place);
    if (target?.deletedAt !== null) return;
    this.#chaos.world.spoke.deleteGroup(target.id);
    this.deletedByAdmin.add(target.id);
  }

  restoreTarget(place: number): void {
    const target = this.target(place);
    if (typeof target?.deletedAt !== 'number') return;
    this.#chaos.world.spoke.restoreGroup(target.id);
    this.deletedByAdmin.delete(target.id);
  }

  purgeTarget(place: number): void {
    const target = this.target(place);
    if (target === undefined) return;
    this.purges[place] = (this.purges[place] ?? 0) + 1;
    this.#chaos.world.spoke.purgeGroup(target.id);
  }

  renameTarget(place: number): void {
    const target = this.target(place);
    if (target?.deletedAt === null) this.#chaos.world.spoke.updateGroup(target.id, { displayName: `Theirs ${this.#chaos.nextNumber()}` });
  }

  namesake(place: number): void {
    const source = this.#chaos.group(place);
    if (source === undefined || this.namesakes.has(place)) return;
    // Where groups are recognised by their mail nicknames, one that is to be recognised is another event.
    const nickname = this.options.by === 'MailNickname' ? { mailNickname: `Namesake${this.#chaos.nextNumber()}` } : {};
    const { id } = this.#chaos.world.spoke.createGroup({ displayName: source.displayName, ...nickname });
    this.namesakes.set(place, { id, at: this.#now });
  }

  dropNamesake(place: number): void {
    const { id } = this.namesakes.get(place) ?? {};
    this.namesakes.delete(place);
    if (id !== undefined) this.#chaos.world.spoke.updateGroup(id, { displayName: `Another ${this.#chaos.nextNumber()}` });
  }

  nicknamed({ group, kind, stranger }: TakeoverEventFields['nicknamed']): void {
    const source = this.#chaos.group(group);
    if (source === undefined) return;
    const [first] = this.#chaos.foreign.keys();
    const members = stranger && first !== undefined ? [first] : [];
    const { spoke } = this.#chaos.world;
    const mailNickname = source.displayName.replaceAll(/[^A-Za-z0-9]/g, '');
    const { id } = spoke.createGroup({ displayName: `Nick ${this.#chaos.nextNumber()}`, mailNickname, members, ...kinds[kind] });
    this.nicknames.set(id, { place: group, kind, mailNickname, at: this.#now });
    this.theirs.set(id, new Set(members));
  }

  /** The groups that were made with the mail nickname of a source group. */
  nicknamedOf(place: number): readonly SandboxGroup[] {
    return [...this.nicknames].flatMap(([id, nickname]) => (nickname.place === place ? (this.#chaos.world.spoke.group(id) ?? []) : []));
  }

  dropNicknamed(place: number): void {
    for (const [id, nickname] of this.nicknames) {
      if (nickname.place !== place || nickname.endedAt !== undefined || this.#chaos.world.spoke.group(id)?.uniqueName !== null) continue;
      this.#chaos.world.spoke.updateGroup(id, { mailNickname: `Dropped${this.#chaos.nextNumber()}` });
      nickname.endedAt = this.#now;
    }
  }

  kind({ group, kind }: GroupEventFields['kind']): void {
    const target = this.target(group);
    if (target?.deletedAt !== null) return;
    if (kind === 'plain') this.kindAt.delete(target.id);
    else if (!this.kindAt.has(target.id)) this.kindAt.set(target.id, this.#now);
    this.#chaos.world.spoke.updateGroup(target.id, { ...plainKind, ...kinds[kind] });
  }

  groupSync(on: boolean): void {
    const { hub, spoke } = this.#chaos.world;
    spoke.policies.setGroupSync(hub.tenantId, on);
    this.closedAt = on ? undefined : (this.closedAt ?? this.#now);
  }

  fault({ what, effect, times }: GroupEventFields['groupFault']): void {
    const { entra, hub, spoke } = this.#chaos.world;
    const tenant = (what === 'source' ? hub : spoke).tenantId;
    // What the source says is not there is believed once it says so twice, as of people.
    const of = what === 'source' && effect === 'notFound' ? effects.page : effects[effect];
    entra.faults.add({ ...of, times, match: { ...requests[what], tenant } });
  }

  select({ group, on }: GroupEventFields['select']): void {
    if (this.options.select === 'scope' && this.#chaos.options.scope === 'Assigned') return;
    // A selection names something.
    if (!on && !this.isSelected(1 - group)) return;
    set(this.selected[group] ?? [], on, this.#now);
    this.#apply();
  }

  memberRules({ exclusive, propagate }: GroupEventFields['memberRules']): void {
    set(this.exclusive, exclusive, this.#now);
    set(this.propagate, propagate, this.#now);
    this.#apply();
  }

  #apply(): void {
    this.#chaos.setSpec({ groups: this.spec() });
  }

  deleteRecord(place: number): void {
    const record = this.record(place);
    if (record !== undefined) this.#chaos.world.kube.delete({ kind: 'GroupProjection', name: record.metadata.name, namespace });
  }

  tamper(place: number): void {
    const record = this.record(place);
    if (record === undefined) return;
    const removal = { reason: 'Deleted', action: 'SoftDelete' };
    const spec = {
      lifecycle: 'Removed',
      removal,
      approvedToken: 'anything',
      members: { membership: 'Direct', exclusive: true, propagateRemovals: true },
    };
    this.#chaos.world.kube.patch({ kind: 'GroupProjection', name: record.metadata.name, namespace }, { spec });
  }

  /** Kills the operator at a write to a group of the target that is to come. */
  killAt({ write, when }: GroupEventFields['killAtGroup']): void {
    const { world, disarm } = this.#chaos;
    let seen = 0;
    const end = world.entra.intercept({
      [when]: (request: { readonly write: boolean; readonly tenantId: string | undefined; readonly operation: string }) => {
        const aboutGroups = request.operation.includes('/groups') || request.operation.endsWith('$batch');
        if (!request.write || request.tenantId !== world.spoke.tenantId || !aboutGroups || (seen += 1) < write) return undefined;
        end();
        disarm.delete(end);
        world.killOperator();
        return new Promise<never>(() => undefined);
      },
    });
    disarm.add(end);
  }

  /** Nothing stands in the way any more, and both groups are selected. */
  calm(): void {
    for (const place of projected) {
      this.dropNamesake(place);
      this.dropNicknamed(place);
      this.kind({ group: place, kind: 'plain' });
      set(this.selected[place] ?? [], true, this.#now);
    }
    this.groupSync(true);
    this.#apply();
  }
}

/** Whether something was so at any time, and at all times. */
export interface Between {
  readonly ever: boolean;
  readonly always: boolean;
}

const isNow = (timeline: readonly Since[]): boolean => timeline.at(-1)?.is === true;

function set(timeline: Since[], is: boolean, at: number): void {
  if (timeline.at(-1)?.is !== is) timeline.push({ is, at });
}

/** What a timeline says of a piece of time, both ends included. */
export function between(timeline: readonly Since[], from: number, to: number): Between {
  const during = timeline.filter(({ at }, index) => at <= to && (timeline[index + 1]?.at ?? Infinity) >= from);
  const before = timeline[0] === undefined || timeline[0].at > from;
  return { ever: during.some(({ is }) => is), always: !before && during.every(({ is }) => is) };
}
