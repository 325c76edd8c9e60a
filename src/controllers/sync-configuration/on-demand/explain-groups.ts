import type { GroupProjection } from '../../../api/kinds.ts';
import { directoryFailure } from '../../../core/errors/directory-error.ts';
import { concerns, groupStep, keepsLeavers, type GroupOfPerson, type Membership } from '../../../core/on-demand/explain-groups.ts';
import { step, type ExplainedStep } from '../../../core/on-demand/explain.ts';
import { findCondition } from '../../../core/status/conditions.ts';
import type { ResultPage } from '../../../ports/directory.ts';
import { groupIndexes } from '../../shared/dependencies.ts';
import { liveGroup } from '../../shared/groups.ts';
import { standingBetween } from '../../shared/person-standing.ts';
import { call, readOptions, type CycleRun, type Steps } from '../cycle-run.ts';

/** Groups that are told of, and pages of members that are looked through for a person: an explanation is no reason to read a tenant. */
const mostGroups = 10;
const mostPages = 10;

type GroupRecord = GroupOfPerson['record'];

/**
 * Explains of which projected groups a person is a member in the target, and why not where not. Both sides are read; what cannot be read is said to be
 * unknown, and takes nothing from the rest of the explanation. Rejects like a cycle.
 */
export async function* explainGroups(run: CycleRun, person: string): Steps<readonly ExplainedStep[]> {
  const { deps, configurationKey, pair } = run;
  const records = deps.groups.lister.byIndex(groupIndexes.configuration, configurationKey).map((record) => withItsGroup(run, record));
  if (records.length === 0) return [];
  const found = yield* tolerant(run, () => run.session.source.groupsOf([person], readOptions(run)));
  if (found === undefined) return [step('Groups', 'Undecided', 'The groups of the person cannot be read in the source.')];
  const around = new Set(Array.from(found.get(person) ?? [], (id) => id.toLowerCase()));
  const isAround = ({ spec }: GroupRecord): boolean => around.has(spec.source.objectId.toLowerCase());
  const standing = standingBetween(deps, pair.spec, person, { type: 'Everybody' });
  const ofPerson = records.filter((record) => isAround(record) || isHidden(record));
  const leavers = standing.type === 'Live' ? records.filter((record) => !ofPerson.includes(record) && keepsLeavers(record)) : [];
  const steps: ExplainedStep[] = [];
  for (const record of [...ofPerson, ...leavers]) {
    if (steps.length >= mostGroups) return [...steps, step('Groups', 'GroupsLeftOut', 'There are more groups than are looked at here.')];
    const inSource = isHidden(record)
      ? ('Unknown' as const)
      : isAround(record)
        ? yield* inSourceGroup(run, record, person)
        : ('NotIn' as const);
    const inTarget = standing.type === 'Live' ? yield* inTargetGroup(run, record, standing.account) : ('NotIn' as const);
    const facts = { record, inSource, inTarget, standing };
    if (concerns(facts)) steps.push(groupStep(facts));
  }
  return steps.length > 0 ? steps : [step('Groups', 'NotMember', `None of the ${records.length} projected group(s) has the person.`)];
}

/** A record of a preview with the group of the record that it is compared with: it has none of its own (G8). */
function withItsGroup({ deps, configuration }: CycleRun, record: GroupProjection): GroupProjection {
  const { targetGroup } = liveGroup({ deps, record, configuration })?.status ?? {};
  return targetGroup === undefined ? record : { ...record, status: { ...record.status, targetGroup } };
}

const isHidden = ({ status }: GroupRecord): boolean => findCondition(status.conditions, 'Ready')?.reason === 'SourceGroupHidden';

/** Whether the person counts as a member of the source group: through groups in it too, where the membership is flattened. */
async function* inSourceGroup(run: CycleRun, { spec }: GroupRecord, person: string): Steps<Membership> {
  if (spec.members?.membership === 'Flattened') return 'In';
  const first = { groupId: spec.source.objectId, nested: false };
  return yield* isAmong(run, person, (link) => run.session.source.groupMembers(link === undefined ? first : { link }, readOptions(run)));
}

async function* inTargetGroup(run: CycleRun, { status: { targetGroup } }: GroupRecord, account: string): Steps<Membership> {
  if (targetGroup === undefined || targetGroup.deletedAt !== undefined) return 'NotIn';
  const first = { groupId: targetGroup.objectId, select: ['id'] };
  return yield* isAmong(run, account, async (link) => {
    const page = await run.session.groups.membersPage(link === undefined ? first : { link }, readOptions(run));
    return { ...page, items: page.items.map(({ id }) => id) };
  });
}

async function* isAmong(run: CycleRun, id: string, read: (link: string | undefined) => Promise<ResultPage<string>>): Steps<Membership> {
  let link: string | undefined;
  for (let pages = 0; pages < mostPages; pages += 1) {
    const at = link;
    const page: ResultPage<string> | undefined = yield* tolerant(run, () => read(at));
    if (page === undefined) return 'Unknown';
    if (page.items.some((item) => item.toLowerCase() === id.toLowerCase())) return 'In';
    if (page.next === undefined) return 'NotIn';
    link = page.next;
    yield { waitMs: 0 };
  }
  return 'Unknown';
}

/** What was read; undefined where a directory refuses it. */
async function* tolerant<T>(run: CycleRun, read: () => Promise<T>): Steps<T | undefined> {
  try {
    return yield* call(run, read);
  } catch (error) {
    if (directoryFailure(error) === undefined || run.turn.signal.aborted) throw error;
    return undefined;
  }
}
