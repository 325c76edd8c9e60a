import { directoryFailure } from '../../core/errors/directory-error.ts';
import { keeperOf, keptOf, marksOf } from '../../core/groups/kept.ts';
import { planMembership, type MembershipPlan } from '../../core/groups/membership.ts';
import { evidenceOf, judgeRemovals, withRemoved, type RemovalVerdict } from '../../core/groups/removals.ts';
import { isExcluded } from '../../core/limits/limits.ts';
import type { GroupMember, TargetGroup } from '../../ports/group-directory.ts';
import { standingBetween } from '../shared/person-standing.ts';
import { Deferred } from '../shared/write-gate.ts';
import type { MemberReading } from '../shared/member-readings.ts';
import { addMembers } from './add-members.ts';
import { readSide } from './reading.ts';
import { removeMembers } from './remove-members.ts';
import { supposedStatus } from './supposed.ts';
import { anchorAttributes, knowsEverybody, likenessOf, likenessSelect, personOf } from './whose.ts';
import { adoptedAnchorOf, persist, restsOnConfiguration, type GroupWork } from './work.ts';

/** Nobody is taken out on a reading of the whole source that began longer ago than this: then each person is asked for. */
const confirmedMs = 120_000;
/** As many people as are asked for, and taken out, at a time. */
const batchSize = 20;

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
  readonly source: MemberReading;
  /** Compares the same members with the source as it was read since. */
  readonly with: (source: ReadonlySet<string>) => MembershipPlan;
  /** People whose account a member may be. */
  readonly peopleOf: (account: string) => readonly string[];
}

async function compareMembers(work: GroupWork, group: Compared | undefined): Promise<Comparison> {
  const { record } = work;
  const source = await readSource(work, 'Source');
  const anchors = anchorAttributes(work);
  const target = group === undefined ? [] : overlaid(work, await readTarget(work, group.id, anchors));
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
  const members = new Map(target.map((member) => [member.id, member]));
  const peopleOf = (account: string): readonly string[] => {
    const member = members.get(account);
    return [personOf(work, account) ?? [], (member && likenessOf(work, member, anchors)) ?? []].flat();
  };
  return { plan: planWith(source.ids), source, with: planWith, peopleOf };
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
async function takeOut(work: GroupWork, group: Compared, comparison: Comparison, { fresh }: Passed): Promise<void> {
  const { deps, key } = work;
  const { remove } = comparison.plan;
  // What is let through is counted before anything is done: a crash in between counts it once more.
  if (fresh > 0) await persist(work, { ...work.status, removed: withRemoved(work.status.removed, fresh, deps.clock.now()) }, 'Anyhow');
  await noteApproved(work, remove);
  deps.groupMemory.letPass(key, remove);
  // The source is read once more, directly before: who came back meanwhile stays (I11), and so does whose account that may be.
  const again = isYoung(work, comparison.source) ? await readSource(work, 'Confirming') : undefined;
  deps.groupMemory.readings.drop(key, 'Confirming');
  if (again !== undefined && isYoung(work, again)) {
    const still = new Set(comparison.with(again.ids).remove);
    await removeMembers(
      work,
      group.id,
      remove.filter((account) => still.has(account)),
    );
  } else await takeOutSingly(work, group, comparison);
  deps.groupMemory.letPass(key, []);
}

const isYoung = ({ deps }: GroupWork, { begunAt }: MemberReading): boolean => deps.clock.monotonic() - begunAt <= confirmedMs;

/**
 * Whoever is in the group by whatever path stays. In a group that takes minutes to read somebody may come back to a page that was read, so that its people
 * are asked for, directly before they are taken out.
 */
async function takeOutSingly(work: GroupWork, group: Compared, { plan: { remove }, peopleOf }: Comparison): Promise<void> {
  const { objectId } = work.record.spec.source;
  for (let from = 0; from < remove.length; from += batchSize) {
    const some = remove.slice(from, from + batchSize);
    const people = [...new Set(some.flatMap(peopleOf))];
    const groupsOf =
      people.length === 0 ? new Map<string, ReadonlySet<string>>() : await work.session.source.groupsOf(people, work.options);
    const isThere = (person: string): boolean => groupsOf.get(person)?.has(objectId.toLowerCase()) === true;
    await removeMembers(
      work,
      group.id,
      some.filter((account) => !peopleOf(account).some(isThere)),
    );
  }
}

/** Writes down whose removal was approved: who is left when this is cut in the midst was approved as well. The pass that comes to its end forgets it. */
async function noteApproved(work: GroupWork, remove: readonly string[]): Promise<void> {
  const evidence = evidenceOf(remove);
  const members = marksOf(remove);
  if (work.record.spec.memberRemovals?.evidence !== evidence || members === undefined) return;
  await persist(work, { ...work.status, approvedRemovals: { evidence, members } }, 'Anyhow');
}

/** The people of the source group, read from the directory itself. */
async function readSource(work: GroupWork, side: 'Source' | 'Confirming'): Promise<MemberReading> {
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
  const start = { groupId: objectId, nested };
  const reading = await readSide(work, {
    side,
    from: session.source,
    start,
    ask: async (link) => {
      const { items, ...more } = await session.source.groupMembers(link === undefined ? start : { link }, options);
      return { ...more, items: items.map((id) => ({ id: id.toLowerCase(), isUser: true })) };
    },
  });
  deps.groupMemory.learnSource(key, reading.ids);
  return reading;
}

async function readTarget(work: GroupWork, groupId: string, anchors: readonly string[]): Promise<MemberReading> {
  // Nobody has to be recognised where no foreign member is removed.
  const select = isExclusive(work) ? likenessSelect(anchors) : ['id'];
  const start = { groupId, select };
  return readSide(work, {
    side: 'Target',
    from: work.session.groups,
    start,
    ask: (link) => work.groups.membersPage(link === undefined ? start : { link }, work.options),
  });
}

/** The members as read, with what we have written since and reads may not show yet. */
function overlaid({ deps, key }: GroupWork, read: MemberReading): readonly GroupMember[] {
  const members = new Map(Array.from(read.ids, (id) => [id, read.members.get(id) ?? { id, isUser: true }]));
  const since = Math.min(read.begunAt, deps.clock.monotonic() - deps.settings.replicationWindowMs);
  const written = deps.groupMemory.writtenSince(key, since);
  for (const [id, present] of written) {
    if (present && !members.has(id)) members.set(id, { id, isUser: true });
    if (!present) members.delete(id);
  }
  return [...members.values()];
}

/** Whether an error says that the source group hides its members. */
export const isHidden = (error: unknown): boolean => error instanceof SourceGroupHidden && directoryFailure(error) === undefined;
