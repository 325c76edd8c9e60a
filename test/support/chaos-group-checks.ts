import type { LogEntry, SandboxGroup } from '@tenantsync/sandbox/entra';
import { evidenceOf } from '../../src/core/groups/removals.ts';
import { previewName } from './chaos-features.ts';
import { between, projected, type ChaosGroups } from './chaos-groups.ts';
import { minute, second, type Person } from './chaos-tenants.ts';
import { Violation } from './chaos-violation.ts';
import type { ChaosWorld } from './chaos-world.ts';
import { condition } from './scene.ts';

/** A pass over a group: what it reads at its beginning may have changed by its end. */
const passMs = 40 * second;
/** So many answers are waited for in a pass, one after the other. */
const answersInPass = 14;
/** So long our own writes are believed, whatever reads say. */
const replicationWindowMs = 10 * minute;
const removal = /^\/v1\.0\/groups\/([^/]+)\/members\/([^/]+)\/\$ref/;
const bind = 'members@odata.bind';

/** Whose account that is or was. */
export type OwnerOf = (accountId: string | undefined) => Person | undefined;

/** What must hold at any time of groups that are projected (G3). */
export class GroupChecks {
  readonly #chaos: ChaosWorld;
  readonly #groups: ChaosGroups;
  readonly #created = [0, 0];
  /** Who was a live member of which group of the target, and when, by the group's id. */
  readonly #memberships = new Map<string, Membership[]>();
  /** The most live members that a group was seen with. */
  readonly #most = [0, 0];
  /** Members who were let out without an approval, on the directory's clock. */
  readonly #unapproved: { readonly at: number; readonly number: number }[][] = [[], []];
  /** Members whom we have taken out, by the group's id. */
  readonly #removals = new Map<string, Removal[]>();
  /** Batches whose answers have reached whoever sent them, by their numbers. */
  readonly #answered = new Set<number>();

  constructor(chaos: ChaosWorld, groups: ChaosGroups) {
    this.#chaos = chaos;
    this.#groups = groups;
    chaos.world.entra.intercept({
      before: () => this.#noteMembers(),
      after: () => this.#noteMembers(),
    });
  }

  /** Which group is ours is known from its beginning, however long its answer takes. */
  #learn({ operation, status, path, objectId }: LogEntry): void {
    if (operation !== 'PATCH /groups/uniqueName/{id}' || status !== 201 || objectId === undefined) return;
    const place = this.#groups.placeOf(nameIn(path));
    if (place !== undefined) this.#groups.ours.set(objectId, place);
  }

  #noteMembers(): void {
    // A group is known to be ours some time after it is made, and one that is taken over had its members before.
    for (const group of this.#chaos.world.spoke.groups()) this.#noteMembersOf(group);
    for (const place of projected)
      for (const group of [this.#groups.target(place), ...this.#groups.nicknamedOf(place)])
        if (group !== undefined) this.#most[place] = Math.max(this.#most[place] ?? 0, this.#noteMembersOf(group));
  }

  /** Notes who is in a group, and who is not any more; gives how many live members it has. */
  #noteMembersOf(group: SandboxGroup): number {
    const at = this.#chaos.world.clock.monotonic();
    const live = new Set(this.#groups.liveMembers(group));
    const memberships = this.#memberships.get(group.id) ?? [];
    this.#memberships.set(group.id, memberships);
    const open = memberships.filter(({ until }) => until === undefined);
    for (const membership of open) if (!live.has(membership.member)) membership.until = at;
    const known = new Set(open.map(({ member }) => member));
    for (const member of live) if (!known.has(member)) memberships.push({ member, since: at });
    return live.size;
  }

  /** Checks a write to the target, if it is about groups; gives whether it is. */
  write(write: LogEntry, at: number, ownerOf: OwnerOf): boolean {
    if (write.operation === 'POST /$batch') this.#batch(write);
    if (!this.#isAboutGroups(write)) return false;
    const { operation, objectId, appId } = write;
    if (operation === 'DELETE /groups/{id}/members/{id}') throw new Violation('G3 a person is deleted by the path of a membership');
    if (appId !== this.#chaos.world.spokeApp.appId) throw new Violation(`G3 ${operation} by an installation that projects no groups`);
    // An answer that was made up without asking the directory names no group, and nothing has come of the request.
    if (objectId === undefined) return true;
    this.#learn(write);
    const known = at - this.#passMs();
    this.#adopt(write, known, at);
    const place = this.#groups.ours.get(objectId);
    if (place === undefined) throw new Violation(`G3 ${operation} to a group that is not ours`);
    if (this.#groups.closedAt !== undefined && at > this.#groups.closedAt + minute)
      throw new Violation(`I5 ${operation} ${at - this.#groups.closedAt} ms after the target let no groups in`);
    if ((this.#groups.kindAt.get(objectId) ?? Infinity) < known) throw new Violation(`G3 ${operation} to a group that may not be written`);
    if (operation === 'PATCH /groups/uniqueName/{id}') this.#create(write, place, known);
    else if (operation === 'DELETE /groups/{id}') this.#delete(objectId, { place, known, at });
    else if (operation.startsWith('POST /directory/')) {
      if (this.#groups.deletedByAdmin.has(objectId)) throw new Violation('G3 a group that somebody has deleted is brought back');
    } else if (operation === 'DELETE /groups/{id}/members/{id}/$ref') this.#remove(write, { place, known, at }, ownerOf);
    else for (const account of addedBy(write)) this.#add(account, { place, known, at }, ownerOf);
    return true;
  }

  #passMs(): number {
    const { worstLagMs, slowestAnswerMs } = this.#chaos;
    return passMs + worstLagMs + answersInPass * slowestAnswerMs;
  }

  #isAboutGroups({ operation, objectId = '' }: LogEntry): boolean {
    return operation.includes(' /groups') || (operation.endsWith('/restore') && this.#groups.ours.has(objectId));
  }

  /** Exactly those whose removal was rejected are not removed. */
  #batch({ body, number, status, fault }: LogEntry): void {
    if (status === 200 && fault === undefined) this.#answered.add(number);
    const { requests = [] } = JSON.parse(body ?? '{}') as {
      readonly requests?: readonly { readonly method: string; readonly url: string }[];
    };
    const parts = requests.flatMap(({ method, url }) => (method === 'DELETE' ? (removal.exec(`/v1.0${url}`) ?? []).slice(1) : []));
    const place = this.#groups.ours.get(parts[0] ?? '');
    if (place === undefined) return;
    const members = parts.filter((_, index) => index % 2 === 1);
    const { memberRemovals } = this.#groups.record(place)?.spec ?? {};
    const evidence = evidenceOf(members);
    if (memberRemovals?.verdict === 'Rejected' && memberRemovals.evidence === evidence && this.#groups.rejected[place]?.has(evidence))
      throw new Violation(`I13 ${members.length} members are removed from group ${place}, for whom it was rejected`);
  }

  /** A group is taken over by its mail nickname alone, where that is asked for: the only one that has it, of a kind that may be written. */
  #adopt({ operation, objectId = '', body, status }: LogEntry, known: number, at: number): void {
    const { ours, nicknames, options } = this.#groups;
    if (operation !== 'PATCH /groups/{id}' || ours.has(objectId) || status >= 300) return;
    const { uniqueName } = JSON.parse(body ?? '{}') as { readonly uniqueName?: string };
    const place = uniqueName === undefined ? undefined : this.#groups.placeOf(uniqueName);
    const nickname = nicknames.get(objectId);
    if (place === undefined) return;
    if (options.by !== 'MailNickname' || options.adoption !== 'Adopt') throw new Violation(`G3 group ${place} is taken over unasked`);
    if (nickname?.place !== place || nickname.kind !== 'plain' || (nickname.endedAt ?? Infinity) < known)
      throw new Violation(`G3 group ${place} is taken over from a group that has not its nickname, or may not be written`);
    const isRival = ([id, other]: readonly [string, typeof nickname]): boolean =>
      id !== objectId && other.mailNickname === nickname.mailNickname && other.at < known && (other.endedAt ?? at) >= at && !ours.has(id);
    if ([...nicknames].some(isRival)) throw new Violation(`G3 group ${place} is taken over, and another group has the same nickname`);
    ours.set(objectId, place);
  }

  #create({ status, body = '{}' }: LogEntry, place: number, known: number): void {
    if (status !== 201) return;
    this.#created[place] = (this.#created[place] ?? 0) + 1;
    if ((this.#created[place] ?? 0) > 1 + (this.#groups.purges[place] ?? 0)) throw new Violation(`G3 group ${place} is made twice`);
    const { nicknames, ours, options } = this.#groups;
    const namesake = this.#groups.namesakes.get(place);
    const { displayName, mailNickname } = JSON.parse(body) as { readonly displayName?: string; readonly mailNickname?: string };
    const isNicknamed = [...nicknames].some(
      ([id, other]) => other.mailNickname === mailNickname && other.at < known && other.endedAt === undefined && !ours.has(id),
    );
    if (options.by === 'MailNickname' && isNicknamed) throw new Violation(`G3 group ${place} is made beside a group of the same nickname`);
    if (namesake === undefined || namesake.at > known) return;
    if (this.#chaos.world.spoke.group(namesake.id)?.displayName === displayName)
      throw new Violation(`G3 group ${place} is made beside a group of the same name`);
  }

  #delete(objectId: string, { place, known, at }: Moment): void {
    const groups = this.#groups;
    groups.deletedByUs.set(objectId, groups.record(place)?.metadata.uid);
    if (!groups.approvedDeletions.delete(place)) throw new Violation(`G3 group ${place} is deleted without an approval`);
    if (groups.options.deprovisioning === 'Retain') throw new Violation(`G3 group ${place} is deleted, and is to be retained`);
    const byName = groups.options.select === 'names' && groups.renamed.has(place);
    if (!byName && groups.wasWanted(place, known - minute, at).always) throw new Violation(`G3 group ${place} is deleted, and is selected`);
    const { keepingSince } = this.#chaos.features;
    if (keepingSince !== undefined && keepingSince < known) throw new Violation('B11 a group is deleted, and the pair does not allow it');
  }

  #add(account: string, { place, known, at }: Moment, ownerOf: OwnerOf): void {
    const person = ownerOf(account);
    if (person === undefined || this.#chaos.foreign.has(account))
      throw new Violation(`G3 somebody who has no account of the pair is put into group ${place}`);
    if (!this.#groups.belonged(place, person, known, at).ever)
      throw new Violation(`G3 person ${person.place} is put into group ${place}, and is not in the source group`);
  }

  #remove(write: LogEntry, moment: Moment, ownerOf: OwnerOf): void {
    const { place, known, at } = moment;
    const { objectId = '', number } = write;
    const member = removal.exec(write.path)?.[2]?.toLowerCase() ?? '';
    const removals = this.#removals.get(objectId) ?? [];
    this.#removals.set(objectId, [...removals, { member, at, number }]);
    const person = ownerOf(member);
    const { features, foreign } = this.#chaos;
    const isOurs = person !== undefined && !foreign.has(member);
    if (isOurs && this.#groups.belonged(place, person, known, at).always && !this.#isDisowned(person, member))
      throw new Violation(`I11 person ${person.place} is taken out of group ${place}, and is in the source group`);
    const during = (timeline: ChaosGroups['exclusive']): boolean => between(timeline, known, at).ever;
    if (!during(isOurs ? this.#groups.propagate : this.#groups.exclusive) && !during(this.#groups.exclusive))
      throw new Violation(`G3 ${isOurs ? `person ${person.place}` : 'a foreign member'} is taken out of group ${place}`);
    const excludedAt = features.excluded.get(member);
    if (excludedAt !== undefined && excludedAt < known) throw new Violation(`B11 an excluded account is taken out of group ${place}`);
    if (this.#groups.approved[place]?.delete(member) === true) return;
    this.#guard(write, moment);
  }

  /** Whether an account is not, or not any more, one of this installation's for the person. */
  #isDisowned(person: Person, id: string): boolean {
    const account = this.#chaos.world.spoke.user(id);
    return (
      account === undefined ||
      this.#chaos.isOfOther(account) ||
      this.#chaos.isLost(person, account) ||
      this.#chaos.isUnknown(person, account)
    );
  }

  /** Removals without an approval, of one group, since its guard can know of them: a run is shorter than the window. */
  #guard({ at: serverTime, number, objectId = '' }: LogEntry, moment: Moment): void {
    const { place } = moment;
    const { options, guardSince } = this.#chaos;
    const unapproved = this.#unapproved[place] ?? [];
    unapproved.push({ at: serverTime, number });
    const since = Math.max(guardSince, this.#groups.guardSince[place] ?? 0);
    const count = unapproved.filter((each) => each.at >= since).length;
    if (count >= options.threshold)
      throw new Violation(`I3 ${count} members of group ${place} removed without an approval, with a threshold of ${options.threshold}`);
    const most = this.#most[place] ?? 0;
    if (count * 100 >= options.percent * most)
      throw new Violation(
        `I3 ${count} of ${most} members of group ${place} removed without an approval, with a limit of ${options.percent} %`,
      );
    if (unapproved.filter((each) => each.number === number).length >= this.#believed(objectId, number, moment).size)
      throw new Violation(`I3 group ${place} is emptied without an approval`);
  }

  /**
   * Whoever a pass may take for a member: who was one while it read, and whom others have taken out, or whose account is gone, by whatever hand, since
   * reads may be behind our writes. Whom we took out ourselves is known to be gone, if the answer came.
   */
  #believed(groupId: string, number: number, { known, at }: Moment): ReadonlySet<string> {
    const removals = (this.#removals.get(groupId) ?? []).filter((each) => each.number !== number);
    const isTakenOut = ({ member, since }: Membership): boolean =>
      removals.some((each) => each.member === member && each.at >= since && this.#answered.has(each.number));
    const isBelieved = (each: Membership): boolean => {
      const until = each.until ?? Infinity;
      return each.since < at && (until >= known || (until > known - replicationWindowMs && !isTakenOut(each)));
    };
    const memberships = (this.#memberships.get(groupId) ?? []).filter(isBelieved);
    return new Set(memberships.map(({ member }) => member));
  }

  /** Records, and groups of the target, as they stand. */
  always(): void {
    const { spoke } = this.#chaos.world;
    this.#noteMembers();
    const names = [...this.#groups.ours.keys()].flatMap((id) => spoke.group(id)?.uniqueName ?? []);
    if (new Set(names.map((name) => this.#groups.placeOf(name))).size !== names.length)
      throw new Violation('G3 a source group has two groups, live or deleted');
    for (const { metadata, spec, status } of this.#groups.allRecords())
      if (spec.syncConfigurationRef.name === previewName && (status.targetGroup !== undefined || status.intent !== undefined))
        throw new Violation(`G8 a record of a preview has a group: ${metadata.name} ${JSON.stringify(status)}`);
    for (const { metadata, status } of this.#groups.records()) {
      if (status.state !== 'Failed' && status.state !== 'Conflict') continue;
      const ready = condition({ status });
      const text = `${metadata.name} ${JSON.stringify({ ...status, history: undefined })}`;
      if (ready?.status !== 'False') throw new Violation(`I8 a failure without a reason: ${text}`);
      if (status.nextAttemptAt === undefined && ready.reason !== 'SpecTampered')
        throw new Violation(`I8 a failure without a next attempt: ${text}`);
    }
  }
}

/** Somebody in a group, from when that was seen until it was seen to be over (monotonic). */
interface Membership {
  readonly member: string;
  readonly since: number;
  until?: number;
}

interface Removal {
  readonly member: string;
  readonly at: number;
  /** The request that it came with. */
  readonly number: number;
}

interface Moment {
  readonly place: number;
  /** What has been so since then was known (monotonic). */
  readonly known: number;
  readonly at: number;
}

function nameIn(path: string): string | undefined {
  return /uniqueName='([^']+)'/.exec(decodeURIComponent(path))?.[1];
}

function addedBy({ operation, body = '{}' }: LogEntry): readonly string[] {
  if (operation !== 'PATCH /groups/{id}') return [];
  const { [bind]: references = [] } = JSON.parse(body) as { readonly [bind]?: readonly string[] };
  return references.map((reference) => reference.slice(reference.lastIndexOf('/') + 1).toLowerCase());
}
