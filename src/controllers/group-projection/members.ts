import { DirectoryError, directoryFailure } from '../../core/errors/directory-error.ts';
import { keeperOf, keptOf, marksOf } from '../../core/groups/kept.ts';
import { planMembership, type MembershipPlan } from '../../core/groups/membership.ts';
import { evidenceOf, judgeRemovals, withRemoved, type RemovalVerdict } from '../../core/groups/removals.ts';
import { isExcluded } from '../../core/limits/limits.ts';
import type { ResultPage } from '../../ports/directory.ts';
import type { GroupMember, TargetGroup } from '../../ports/group-directory.ts';
import { standingBetween } from '../shared/person-standing.ts';
import { Deferred } from '../shared/write-gate.ts';
import { addMembers } from './add-members.ts';
import { removeMembers } from './remove-members.ts';
import { supposedStatus } from './supposed.ts';
import { anchorAttributes, knowsEverybody, likenessOf, likenessSelect, personOf } from './whose.ts';
import { adoptedAnchorOf, persist, restsOnConfiguration, type GroupWork } from './work.ts';

/** Pages in a row without anything new, after which a read is taken for one that goes in circles. */
const mostIdlePages = 1000;

type Passed = Extract<RemovalVerdict, { type: 'Passed' }>;

/** What became of the members of a group. */
export interface MembersResult {
  readonly plan: MembershipPlan;
  readonly verdict: RemovalVerdict;
  /** Members who could not be added yet. */
  readonly notAdded: number;
  /** Who is foreign in an exclusive group, or was in one that was taken over, is looked at again when each account of the pair has its record. */
  readonly foreignOpen: boolean;
  /** Whoever is to be taken out stays until a change of the configuration was evaluated. */
  readonly removalsOpen: boolean;
}

/** The source group cannot be read in full, and nothing follows from what is missing in it. */
export class SourceGroupHidden extends Error {
  override readonly name = 'SourceGroupHidden';
}

/** A group whose members are compared: `TakenOver` had members before it was ours. */
export interface Compared {
  readonly type: 'Made' | 'TakenOver';
  readonly id: string;
}

/** A group of ours as its unique name tells of it. */
export function compared(work: GroupWork, { id, uniqueName }: Pick<TargetGroup, 'id' | 'uniqueName'>): Compared {
  return { type: uniqueName === adoptedAnchorOf(work) ? 'TakenOver' : 'Made', id };
}

/** Compares the members of a group with those of its source: both sides are read in full, or nothing is concluded. Rejects with DirectoryError. */
export async function planMembers(work: GroupWork, group: Compared | undefined): Promise<MembershipPlan> {
  return (await compareMembers(work, group)).plan;
}

interface Comparison {
  readonly plan: MembershipPlan;
  /** Compares the same members with the source as it was read since. */
  readonly with: (source: ReadonlySet<string>) => MembershipPlan;
}

async function compareMembers(work: GroupWork, group: Compared | undefined): Promise<Comparison> {
  const { record } = work;
  const source = await readSource(work);
  const anchors = anchorAttributes(work);
  const read = group === undefined ? [] : await readTarget(work, group.id, anchors);
  const target = group === undefined ? [] : overlaid(work, read);
  const planWith = (people: ReadonlySet<string>): MembershipPlan =>
    planMembership({
      source: people,
      target,
      standingOf: (person) => standingBetween(work.deps, record.spec, person, { type: 'Configuration', configuration: work.configuration }),
      personOf: (account) => personOf(work, account),
      likenessOf: (member) => likenessOf(work, member, anchors),
      // Before it is written down who was there, everybody was.
      isKept: group?.type === 'TakenOver' ? keeperOf(supposedStatus(work).keptMembers ?? '*') : () => false,
      isExcluded: (id) => isExcluded((work.deps.pairs.lister.get(work.pair.metadata) ?? work.pair).spec.limits, { id }),
      propagateRemovals: record.spec.members?.propagateRemovals === true,
      // An attribute that has anchors only since then was not read.
      exclusive: isExclusive(work) && knowsEverybody(work) && anchorAttributes(work).every((attribute) => anchors.includes(attribute)),
    });
  return { plan: planWith(source), with: planWith };
}

const isExclusive = ({ record }: GroupWork): boolean => record.spec.members?.exclusive === true;

/** Puts in who is missing, and takes out who has left as far as the guard lets it. Rejects with DirectoryError or Deferred. */
export async function synchronizeMembers(work: GroupWork, group: Compared): Promise<MembersResult> {
  const comparison = await compareMembers(work, group);
  const { plan } = comparison;
  const unkept = group.type === 'TakenOver' && work.status.keptMembers === undefined;
  const known = knowsEverybody(work);
  const foreignOpen = (unkept || (isExclusive(work) && plan.foreign > 0)) && !known;
  // Who was there is written down before anybody of them could be somebody who has left.
  if (unkept && known) await persist(work, { ...work.status, keptMembers: keptOf(plan.others) }, 'Anyhow');
  const verdict = judge(work, plan);
  const removalsOpen = verdict.type === 'Passed' && plan.remove.length > 0 && !restsOnConfiguration(work);
  if (removalsOpen) work.deps.groupMemory.holdRemovals(work.key);
  else if (verdict.type === 'Passed') await takeOut(work, group, comparison, verdict);
  const notAdded = await addMembers(work, group.id, plan.add);
  return { plan, verdict, notAdded, foreignOpen, removalsOpen };
}

/** What the guard lets out. */
function judge(work: GroupWork, plan: MembershipPlan): RemovalVerdict {
  const { deps, key, record, configuration } = work;
  return judgeRemovals({
    remove: plan.remove,
    passed: deps.groupMemory.passedOf(key),
    waiting:
      work.record.status.stagedRemovals !== undefined &&
      record.spec.memberRemovals?.evidence !== work.record.status.stagedRemovals.evidence,
    members: isExclusive(work) ? plan.managed + plan.foreign : plan.managed,
    decision: record.spec.memberRemovals,
    approved: work.status.approvedRemovals,
    removed: work.status.removed,
    guard: configuration.spec.deprovisioning.guard,
    now: deps.clock.now(),
  });
}

/** Takes out whom the guard has let out, before anybody is put in: a refused addition keeps nobody in the group. */
async function takeOut(work: GroupWork, group: Compared, { plan, ...compared }: Comparison, { fresh }: Passed): Promise<void> {
  const { deps, key } = work;
  // What is let through is counted before anything is done: a crash in between counts it once more.
  if (fresh > 0) await persist(work, { ...work.status, removed: withRemoved(work.status.removed, fresh, deps.clock.now()) }, 'Anyhow');
  await noteApproved(work, plan.remove);
  deps.groupMemory.letPass(key, plan.remove);
  // The source is read once more, directly before: who came back meanwhile stays (I11), and so does whose account that may be.
  const still = new Set(compared.with(await readSource(work)).remove);
  const gone = plan.remove.filter((account) => still.has(account));
  await removeMembers(work, group.id, gone);
  deps.groupMemory.letPass(key, []);
}

/** Writes down whose removal was approved: who is left when this is cut in the midst was approved as well. The pass that comes to its end forgets it. */
async function noteApproved(work: GroupWork, remove: readonly string[]): Promise<void> {
  const evidence = evidenceOf(remove);
  const members = marksOf(remove);
  if (work.record.spec.memberRemovals?.evidence !== evidence || members === undefined) return;
  await persist(work, { ...work.status, approvedRemovals: { evidence, members } }, 'Anyhow');
}

/** The people of the source group, read from the directory itself. */
async function readSource(work: GroupWork): Promise<ReadonlySet<string>> {
  const { deps, key, record, session, options } = work;
  const { objectId } = record.spec.source;
  const group = await session.source.getGroup(objectId, options);
  if (group === undefined) {
    deps.tracker.requestCycle(work.configurationKey);
    deps.enqueue.configuration(work.configurationKey);
    throw new Deferred('SourceGroupGone');
  }
  if (group.visibility === 'HiddenMembership') {
    const granted = await session.source.grantedPermissions({ ...options, fresh: true });
    if (!granted.includes('Member.Read.Hidden')) throw new SourceGroupHidden(`The group ${objectId} hides its members.`);
  }
  const nested = record.spec.members?.membership === 'Flattened';
  const people = await everyPage<string, { groupId: string; nested: boolean }>({ groupId: objectId, nested }, (request) =>
    session.source.groupMembers(request, options),
  );
  const found = new Set(people.map((id) => id.toLowerCase()));
  deps.groupMemory.learnSource(key, found);
  return found;
}

async function readTarget(work: GroupWork, groupId: string, anchors: readonly string[]): Promise<readonly GroupMember[]> {
  // Nobody has to be recognised where no foreign member is removed.
  const select = isExclusive(work) ? likenessSelect(anchors) : ['id'];
  return everyPage({ groupId, select }, (request) => work.groups.membersPage(request, work.options));
}

/** The members as read, with what we have written since and reads may not show yet. */
function overlaid({ deps, key }: GroupWork, read: readonly GroupMember[]): readonly GroupMember[] {
  const members = new Map(read.map((member) => [member.id, member]));
  const written = deps.groupMemory.writtenSince(key, deps.clock.monotonic() - deps.settings.replicationWindowMs);
  for (const [id, present] of written) {
    if (present && !members.has(id)) members.set(id, { id, isUser: true });
    if (!present) members.delete(id);
  }
  return [...members.values()];
}

interface Link {
  readonly link: string;
}

/** Everything on all pages. A list that goes in circles is no answer, and nothing follows from it. */
async function everyPage<T, S>(start: S, read: (request: S | Link) => Promise<ResultPage<T>>): Promise<readonly T[]> {
  const items: T[] = [];
  const followed = new Set<string>();
  let request: S | Link = start;
  for (let idle = 0; ;) {
    const page: ResultPage<T> = await read(request);
    items.push(...page.items);
    idle = page.items.length > 0 ? 0 : idle + 1;
    if (page.next === undefined) return items;
    if (followed.has(page.next) || idle >= mostIdlePages) {
      const message = 'A list of members did not come to its end. Nothing is changed; it is read again.';
      throw new DirectoryError({ kind: 'Unavailable', reason: 'SourceReadIncomplete', code: 'Other', message, status: 0 });
    }
    followed.add(page.next);
    request = { link: page.next };
  }
}

/** Whether an error says that the source group hides its members. */
export const isHidden = (error: unknown): boolean => error instanceof SourceGroupHidden && directoryFailure(error) === undefined;
