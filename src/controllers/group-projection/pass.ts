import { directoryFailure, type DirectoryFailure } from '../../core/errors/directory-error.ts';
import { replicationPause, transientPause } from '../../core/errors/retry.ts';
import { decideGroup, type GroupDecision } from '../../core/groups/decide.ts';
import { groupWithoutTimesAhead } from '../../core/projection/times.ts';
import { quotaWait, waitUntil } from '../../core/wire/times.ts';
import type { StepResult } from '../shared/skeleton.ts';
import { sinceWritten } from '../shared/groups.ts';
import { Deferred } from '../shared/write-gate.ts';
import { act } from './act.ts';
import { isHidden } from './members.ts';
import { observe } from './observe.ts';
import type { GroupEnded, GroupOutcome } from './outcome.ts';
import { plan } from './plan.ts';
import { accessRefusal, persist, trackedAs, type GroupWork } from './work.ts';

/** How soon the target's setting is looked at again while it forbids groups. */
const refusedAgainMs = 5 * 60_000;

/** What a pass came to, and as which action it counts where it failed. */
export type GroupPassResult = StepResult<GroupEnded> & { readonly action: GroupOutcome['action'] };

/** One pass over the record of a group: reads both sides, decides, and does what was decided, or says in Plan mode what that would be. */
export async function pass(work: GroupWork): Promise<GroupPassResult> {
  let decision: GroupDecision | undefined;
  try {
    const refusal = await accessRefusal(work);
    if (refusal !== undefined) {
      const outcome: GroupOutcome = { state: 'Conflict', reason: refusal, action: 'other', againInMs: refusedAgainMs };
      return { type: 'Done', outcome: { type: 'Acted', outcome }, action: 'other' };
    }
    const healed = groupWithoutTimesAhead(work.status, work.deps.clock.now());
    if (healed) await persist(work, healed, 'Locked');
    decision = decideGroup(await observe(work));
    const carryOut = work.record.spec.mode === 'Plan' ? plan : act;
    return { type: 'Done', outcome: await carryOut(work, decision), action: actionOf(decision) };
  } catch (error) {
    return { ...resultOf(work, error), action: actionOf(decision) };
  }
}

function resultOf(work: GroupWork, error: unknown): StepResult<GroupEnded> {
  if (error instanceof Deferred) return { type: 'Waiting', because: error.message, againInMs: error.requeueAfterMs, holdsCycle: true };
  if (isHidden(error)) {
    const outcome: GroupOutcome = { state: 'Conflict', reason: 'SourceGroupHidden', action: 'other' };
    return { type: 'Done', outcome: { type: 'Acted', outcome } };
  }
  const failure = directoryFailure(error);
  if (!failure) throw error;
  const now = work.deps.clock.now();
  if (failure.kind === 'Throttled')
    return { type: 'Waiting', because: 'Throttled', againInMs: waitUntil(failure.retryAt ?? now + 1000, now, quotaWait), holdsCycle: true };
  const notYet = notVisibleYet(work, failure);
  if (notYet !== undefined) return { type: 'Waiting', because: 'WaitingForReplication', againInMs: notYet, holdsCycle: true };
  // A missing answer is no failure of the group yet, nor one more of a group that has failed before.
  const pauseMs = failure.kind === 'Unavailable' ? transientPause(work.deps.tracker.noAnswer(trackedAs(work.key))) : undefined;
  if (pauseMs !== undefined) return { type: 'Waiting', because: failure.reason, againInMs: pauseMs, holdsCycle: true };
  if (failure.kind === 'Unauthenticated' || failure.kind === 'Forbidden')
    work.deps.enqueue.pair(`${work.pair.metadata.namespace}/${work.pair.metadata.name}`);
  if (failure.kind === 'Unauthenticated') {
    // The credentials are the pair's matter: its recovery brings every group back.
    work.session.verdict = { ready: false, reason: failure.reason, message: failure.message };
    return { type: 'Waiting', because: failure.reason, againInMs: undefined, holdsCycle: false };
  }
  return { type: 'Failed', failure };
}

/** How long to wait for a group that we made or wrote to a moment ago and that the target does not show; undefined: it is not that. */
function notVisibleYet({ deps, status }: GroupWork, { kind }: DirectoryFailure): number | undefined {
  if (kind !== 'NotFound' && kind !== 'ReferenceNotReady') return undefined;
  const age = sinceWritten(deps, status);
  return age !== undefined && age < deps.settings.replicationWindowMs ? replicationPause(age) : undefined;
}

function actionOf(decision: GroupDecision | undefined): GroupOutcome['action'] {
  switch (decision?.do) {
    case 'Create':
      return 'create';
    case 'Adopt':
    case 'Keep':
      return 'update';
    case 'Delete':
      return 'delete';
    case 'Restore':
      return 'restore';
    default:
      return 'other';
  }
}
