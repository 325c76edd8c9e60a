import type { GroupProjectionStatus } from '../../api/generated.ts';
import { timestamp } from '../../core/duration.ts';
import { directoryFailure } from '../../core/errors/directory-error.ts';
import { replicationPause } from '../../core/errors/retry.ts';
import type { GroupDecision } from '../../core/groups/decide.ts';
import { tenantsKey } from '../../core/projection/groups.ts';
import { omit } from '../../core/omit.ts';
import type { GroupNames, TargetGroup } from '../../ports/group-directory.ts';
import { sinceWritten } from '../shared/groups.ts';
import { Deferred } from '../shared/write-gate.ts';
import { hasRoom } from './observe.ts';
import { compared } from './members.ts';
import type { GroupEnded, GroupOutcome } from './outcome.ts';
import { withMembers, type Names } from './with-members.ts';
import { adoptedAnchorOf, anchorOf, deletionHold, persist, type GroupWork } from './work.ts';

type Link = NonNullable<GroupProjectionStatus['targetGroup']>;
type Decided<D extends GroupDecision['do']> = Extract<GroupDecision, { do: D }>;

const acted = (outcome: GroupOutcome): GroupEnded => ({ type: 'Acted', outcome });

/** A limit of the pair holds the group back. */
export const limited: GroupEnded = acted({
  state: 'Skipped',
  reason: 'LimitReached',
  action: 'other',
  message: 'The pair has as many groups as limits.maxGroups of the TenantPair allows: one is made when another one goes.',
});

/** Somebody has to decide. */
export function conflict({ reason, objectId }: Decided<'Conflict'>): GroupEnded {
  return acted({ state: 'Conflict', reason, action: 'other', ...(objectId === undefined ? {} : { objectId }) });
}

/** Carries out a decision. Rejects with Deferred, DirectoryError or KubeError. */
export async function act(work: GroupWork, decision: GroupDecision): Promise<GroupEnded> {
  switch (decision.do) {
    case 'Create':
      return create(work);
    case 'Adopt':
      return acted(await adopt(work, decision));
    case 'Restore':
      return acted(await restore(work, decision));
    case 'Keep':
      return acted(await keep(work, decision));
    case 'Delete':
      return acted(await remove(work, decision));
    case 'Deleted':
      return acted(await deleted(work, decision));
    case 'Release':
      return acted(release(work));
    case 'Nothing':
      return acted(waiting(work));
    case 'Forget':
      return { type: 'Forgotten' };
    case 'Wait':
      throw new Deferred('WaitingForReplication', replicationPause(sinceWritten(work.deps, work.status) ?? 0));
    case 'Skip':
      return limited;
    case 'Fail':
      return acted({
        state: 'Failed',
        reason: 'MappingFailed',
        action: 'other',
        message: `The group cannot be named: ${work.record.spec.failedMapping ?? ''}.`,
      });
    case 'Conflict':
      return conflict(decision);
  }
}

const now = ({ deps }: GroupWork): string => timestamp(deps.clock.now());

type Operation = NonNullable<GroupProjectionStatus['intent']>['operation'];

/** Notes that a write begins; one that was refused for certain is not under way any more. */
async function withIntent<T>(work: GroupWork, operation: Operation, write: () => Promise<T>): Promise<T> {
  await persist(work, { ...work.status, intent: { operation, at: now(work) } }, 'Locked');
  try {
    return await write();
  } catch (error) {
    const failure = directoryFailure(error);
    const refused = error instanceof Deferred || (failure !== undefined && failure.outcomeUnknown !== true && failure.kind !== 'NotFound');
    if (refused) await persist(work, omit(work.status, 'intent'), 'Anyhow');
    throw error;
  }
}

async function linked(work: GroupWork, targetGroup: Link): Promise<void> {
  await persist(work, { ...omit(work.status, 'intent'), targetGroup, lastWriteAt: now(work) }, 'Anyhow');
}

/** Makes the group under its anchor: however often that is sent, and whatever answer is lost, there is one. */
async function create(work: GroupWork): Promise<GroupEnded> {
  const { deps, key, record, groups, options } = work;
  const { attributes } = record.spec;
  if (attributes === undefined) throw new Error('a group without a name is not made');
  // Others may have taken the room while the target was read.
  if (!hasRoom(work)) return limited;
  deps.groupMemory.creating(key, tenantsKey(record));
  try {
    const id = await withIntent(work, 'Create', () => groups.createGroup(anchorOf(work), attributes, options));
    // It was there already, by an earlier request whose answer was lost: the next look finds it.
    if (id === undefined) throw new Deferred('WaitingForReplication', 1000);
    work.done.steps.push('EntryExportAdd');
    work.done.attributes.push('displayName', 'mailNickname', 'uniqueName');
    await linked(work, { objectId: id, origin: 'Created', createdAt: now(work) });
    return acted(await withMembers(work, { type: 'Made', id }, { action: 'create', names: { type: 'Applied' } }));
  } finally {
    deps.groupMemory.created(key);
  }
}

async function restore(work: GroupWork, { group }: Decided<'Restore'>): Promise<GroupOutcome> {
  await withIntent(work, 'Restore', () => work.groups.restoreGroup(group.id, work.options));
  work.done.steps.push('EntryExportRestore');
  const { origin = 'Adopted' } = work.status.targetGroup ?? {};
  await linked(work, { objectId: group.id, origin, createdAt: now(work) });
  return withMembers(work, compared(work, group), { action: 'restore', names: { type: 'Open' } });
}

/** Takes a group over that somebody else has made: it gets an anchor of ours, and the names that the source gives. */
async function adopt(work: GroupWork, { group, rename, nameTaken }: Decided<'Adopt'>): Promise<GroupOutcome> {
  const changes = { uniqueName: adoptedAnchorOf(work), ...rename };
  await withIntent(work, 'Adopt', () => work.groups.updateGroup(group.id, changes, work.options));
  work.done.steps.push('EntryExportUpdate');
  work.done.attributes.push(...Object.keys(changes));
  // Who was in another group says nothing about this one.
  const former = omit(work.status, 'intent', 'keptMembers');
  await persist(work, { ...former, targetGroup: { objectId: group.id, origin: 'Adopted' }, lastWriteAt: now(work) }, 'Anyhow');
  return withMembers(work, { type: 'TakenOver', id: group.id }, { action: 'update', names: { type: nameTaken ? 'Taken' : 'Applied' } });
}

async function keep(work: GroupWork, { group, origin, rename, nameTaken, drifted }: Decided<'Keep'>): Promise<GroupOutcome> {
  const known = work.status.targetGroup;
  const isLinked =
    known?.objectId === group.id && known.deletedAt === undefined && known.releasedAt === undefined && work.status.intent === undefined;
  if (!isLinked) {
    const createdAt = known?.createdAt;
    const link: Link = { objectId: group.id, origin, ...(createdAt === undefined ? {} : { createdAt }) };
    const former = known?.objectId === group.id ? work.status : omit(work.status, 'keptMembers');
    await persist(work, { ...omit(former, 'intent'), targetGroup: link }, 'Anyhow');
  }
  const refused = await renamed(work, group, rename);
  return withMembers(work, compared(work, group), {
    action: 'update',
    names: refused ?? { type: nameTaken ? 'Taken' : 'Applied' },
    drifted,
  });
}

/** Gives a group its new names. That the directory refuses them is no matter of its members: whoever left must not stay because of it. */
async function renamed(work: GroupWork, { id }: TargetGroup, rename: Partial<GroupNames>): Promise<Names | undefined> {
  const names = Object.keys(rename);
  if (names.length === 0) return undefined;
  try {
    await work.groups.updateGroup(id, rename, work.options);
  } catch (error) {
    const failure = directoryFailure(error, 'AttributeRefused', 'ObjectConflict', 'InvalidRequest');
    if (failure === undefined) throw error;
    return { type: 'Refused', failure };
  }
  work.done.steps.push('EntryExportUpdate');
  work.done.attributes.push(...names);
  return undefined;
}

/** Deletes the group, under an approval of exactly that. What was decided by the source is asked for once more, directly before. */
async function remove(work: GroupWork, { group }: { readonly group: TargetGroup }): Promise<GroupOutcome> {
  const { record, session, options } = work;
  const held = deletionHold(work);
  if (held !== undefined) {
    work.deps.groupMemory.holdRemovals(work.key);
    return { ...waiting(work), action: 'other', message: held };
  }
  if (record.spec.removal?.reason === 'Deleted' && (await session.source.getGroup(record.spec.source.objectId, options)) !== undefined) {
    work.deps.tracker.requestCycle(work.configurationKey);
    work.deps.enqueue.configuration(work.configurationKey);
    return waiting(work);
  }
  await withIntent(work, 'Delete', () => work.groups.deleteGroup(group.id, options));
  work.done.steps.push('EntryExportDelete');
  return deleted(work, { group });
}

async function deleted(work: GroupWork, { group }: { readonly group: TargetGroup }): Promise<GroupOutcome> {
  const link: Link = { objectId: group.id, origin: work.status.targetGroup?.origin ?? 'Adopted', deletedAt: now(work) };
  await linked(work, link);
  return { state: 'SoftDeleted', reason: 'GroupDeleted', action: 'delete' };
}

function release(work: GroupWork): GroupOutcome {
  const { targetGroup } = work.status;
  const facts = targetGroup === undefined ? {} : { targetGroup: { ...targetGroup, releasedAt: targetGroup.releasedAt ?? now(work) } };
  return { state: 'Retained', reason: 'GroupRetained', action: 'other', facts };
}

/** Nothing is to be done: a deletion waits for a decision, or was carried out. */
function waiting({ status }: GroupWork): GroupOutcome {
  if (status.targetGroup?.deletedAt !== undefined) return { state: 'SoftDeleted', reason: 'GroupDeleted', action: 'other' };
  return {
    state: 'Staged',
    reason: 'RemovalStaged',
    action: 'stagedDelete',
    message: 'The deletion of the group waits for approval on the SyncConfiguration.',
  };
}
