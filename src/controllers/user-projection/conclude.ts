import type { Hindrance } from '../../core/cycle/pace.ts';
import type { Ending } from '../../core/on-demand/result.ts';
import { priorities, type ReconcileResult } from '../../ports/reconcile.ts';
import type { StepResult } from '../shared/skeleton.ts';
import { urgencyOf } from '../shared/urgency.ts';
import { needsAttention } from './attention.ts';
import type { Ended } from './outcome.ts';
import type { PassResult } from './pass.ts';
import { reportSeen } from './look.ts';
import { recordDone, reportAwaiting, reportFailure, reportOutcome, reportPlan } from './report.ts';
import { askAgainMs } from './rests-on-source.ts';
import { tellForgotten } from './tell.ts';
import type { Work } from './work.ts';

/**
 * Turns what a pass came to into the status, events, metrics and provisioning log of the record, and into when it is looked at again;
 * the cycle that brought the record here hears of it. Rejects with KubeError.
 */
export async function conclude(work: Work, result: PassResult): Promise<ReconcileResult> {
  switch (result.type) {
    case 'Done':
      return end(work, result);
    case 'Waiting':
      return pause(work, result);
    case 'Failed':
      // A look that did not get as far as a decision has found nothing out: the next pass over the target looks again.
      if ((work.errand === 'Compare' || work.errand === 'Correct') && result.action === 'other') {
        work.deps.tracker.looked(work.configurationKey, work.key);
        return {};
      }
      await reportFailure(work, result.failure, result.action);
      handled(work, { state: 'Failed', reason: result.failure.reason, action: result.action });
      return afterwards(work);
  }
}

/** The urgency of what is left to be done. */
function nextPriority({ deps, key, projection, status, errand }: Work): number {
  if (errand === 'Compare' || errand === 'Correct') return priorities.drift;
  if (deps.onDemand.isExpected(key)) return priorities.onDemand;
  return projection.spec.mode === 'Plan' ? priorities.background : urgencyOf({ spec: projection.spec, status });
}

type Result<T extends PassResult['type']> = Extract<StepResult<Ended>, { type: T }> & Pick<PassResult, 'action'>;

function handled(work: Work, ending: Omit<Ending, 'wrote'>): void {
  const { deps, configurationKey, key } = work;
  deps.tracker.handled(configurationKey, key);
  deps.onDemand.ended(key, work.startedAt, { ...ending, wrote: work.done.written.length > 0 || ending.action === 'delete' });
}

async function end(work: Work, { outcome: ended, action }: Result<'Done'>): Promise<ReconcileResult> {
  switch (ended.type) {
    case 'Forgotten':
      return forget(work);
    case 'Seen':
      await reportSeen(work, ended);
      work.deps.tracker.looked(work.configurationKey, work.key);
      return afterwards(work);
    case 'Planned':
      await reportPlan(work, ended);
      handled(work, { state: 'Planned', reason: 'Planned', action });
      return afterwards(work);
    case 'Acted': {
      const { outcome } = ended;
      try {
        await reportOutcome(work, outcome);
      } catch (error) {
        // What was done is known to this pass alone: it is worth a second write (I12).
        await recordDone(work, action);
        throw error;
      }
      handled(work, { state: outcome.state, reason: outcome.reason, action: outcome.action });
      // What Plan mode says stands until something changes.
      if (work.projection.spec.mode === 'Plan') return {};
      return outcome.requeueAfterMs === undefined || isPurgeNext(work)
        ? afterwards(work)
        : { requeueAfterMs: outcome.requeueAfterMs, priority: nextPriority(work) };
    }
  }
}

/** What a pass that waits is kept by, where status.currentCycle has a word for it. */
const hindrances: Readonly<Record<string, Hindrance>> = { Throttled: 'Quota', WaitingForReplication: 'Replication' };

async function pause(work: Work, { because, againInMs, holdsCycle, action }: Result<'Waiting'>): Promise<ReconcileResult> {
  const { deps, configurationKey, key } = work;
  const inVain = because === 'AwaitingSource' && asksInVain(work);
  if (!holdsCycle || inVain) deps.tracker.handled(configurationKey, key);
  else deps.tracker.waits(configurationKey, key, hindrances[because]);
  deps.onDemand.waits(key, because);
  // A purge that waits changes nothing about the account, and the record goes on saying that it is deleted.
  if (inVain && work.errand !== 'Purge')
    await reportAwaiting(work, action === 'create' || action === 'restore' ? 'Pending' : 'Staged', askAgainMs);
  return againInMs === undefined ? {} : { requeueAfterMs: againInMs, priority: nextPriority(work) };
}

/** A record that has asked the source in vain for a while says so, and holds no cycle up. */
function asksInVain({ deps, configurationKey, key }: Work): boolean {
  return deps.confirmations.asksInVain(configurationKey, key, deps.clock.monotonic() - askAgainMs);
}

/** Whether nothing is left to be done for the record but a purge that a cycle has let pass while something else was due. */
function isPurgeNext({ deps, projection, key, configurationKey }: Work): boolean {
  if (!deps.tracker.isPurgeRequested(configurationKey, key)) return false;
  const current = deps.projections.lister.get(projection.metadata);
  // A record that stays due, as one whose 30 days are over, would come back at once for ever.
  return current !== undefined && needsAttention(deps, current, key).type === 'Settled';
}

/** When the record as it stands now is due again. */
function afterwards(work: Work): ReconcileResult {
  const { deps, projection, key, configurationKey } = work;
  const current = deps.projections.lister.get(projection.metadata);
  if (isPurgeNext(work)) return { requeueAfterMs: 1000, priority: priorities.removal };
  // A look that was asked for while something else was due has still to be made.
  if (deps.tracker.lookOf(configurationKey, key) !== undefined) return { requeueAfterMs: 1000, priority: priorities.drift };
  const attention = current ? needsAttention(deps, current, key) : { type: 'Settled' as const };
  if (attention.type === 'Due') return { requeueAfterMs: 1000 };
  return attention.dueInMs === undefined ? {} : { requeueAfterMs: attention.dueInMs, priority: priorities.background };
}

/** Removes a record that has served its purpose, and says so where there was an account. */
async function forget(work: Work): Promise<ReconcileResult> {
  const { deps, projection } = work;
  handled(work, { state: 'Skipped', reason: work.status.targetUser ? 'UserPurged' : 'NotInScope', action: 'other' });
  await deps.projections.writer.delete(projection.metadata, { uid: projection.metadata.uid, signal: work.options.signal });
  if (work.status.targetUser) tellForgotten(work);
  return {};
}
