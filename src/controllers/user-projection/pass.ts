import { directoryFailure, type DirectoryFailure } from '../../core/errors/directory-error.ts';
import { replicationPause, transientPause } from '../../core/errors/retry.ts';
import { searchLeftMs } from '../../core/lifecycle/attention.ts';
import { decideLifecycle, type Decision } from '../../core/lifecycle/decide.ts';
import { withinLimits } from '../../core/limits/within-limits.ts';
import { isUnfinished } from '../../core/projection/account.ts';
import { withoutTimesAhead } from '../../core/projection/times.ts';
import { quotaWait, waitUntil } from '../../core/wire/times.ts';
import type { ProvisioningEvent } from '../../ports/provisioning-log.ts';
import { priorities } from '../../ports/reconcile.ts';
import { keyString } from '../../ports/resources.ts';
import { mayWrite } from '../shared/access-gate.ts';
import { releaseSeat, takeSeat } from '../shared/seats.ts';
import type { StepResult } from '../shared/skeleton.ts';
import { act } from './act.ts';
import { addressRival } from './claims.ts';
import { look } from './look.ts';
import { observe } from './observe.ts';
import type { Ended } from './outcome.ts';
import { plan } from './plan.ts';
import { purge } from './purge.ts';
import { recordDone } from './report.ts';
import { supposedWork } from './supposed.ts';
import { Deferred } from '../shared/write-gate.ts';
import { limitsOf, persist, type Work } from './work.ts';

/** A cycle waits so long for a fresh account to become visible. */
const briefWaitMs = 30_000;

/** What a pass over a record came to, and as which action of the provisioning log it counts. */
export type PassResult = StepResult<Ended> & { readonly action: ProvisioningEvent['action'] };

/**
 * One pass over a record: reads the target, decides, and does what was decided, or says in Plan mode what that would be. What its steps
 * have done is recorded, whatever became of the pass (I12). Rejects with KubeError and with errors of the program itself.
 */
export async function pass(work: Work): Promise<PassResult> {
  let decision: Decision | undefined;
  try {
    if (!(await mayAct(work)))
      return { type: 'Waiting', because: 'AccessNotGranted', againInMs: undefined, holdsCycle: true, action: 'other' };
    const healed = withoutTimesAhead(work.status, work.deps.clock.now());
    if (healed) await persist(work, healed, true);
    const supposed = supposedWork(work);
    decision = await decide(supposed);
    learn(supposed, decision);
    return { type: 'Done', outcome: await carryOut(supposed, decision), action: actionOf(decision) };
  } catch (error) {
    await recordDone(work, actionOf(decision));
    return { ...resultOf(work, error, decision), action: actionOf(decision) };
  }
}

/** What a pass has taken of the pair's accounts is in the record by the time that its outcome is, or is for others to take. */
export function endPass({ deps, projection }: Work): void {
  releaseSeat(deps, projection);
}

/** Whether the target allows the work now, by its policy; Plan mode writes nothing there. */
async function mayAct({ deps, projection, pair, session, options }: Work): Promise<boolean> {
  if (projection.spec.mode !== 'Apply') return true;
  return mayWrite(deps, pair, session, { signal: options.signal, priority: priorities.onDemand });
}

/** A look at an account that we have just made tells how long others should be waited for. */
function learn({ deps, target, status, projection }: Work, decision: Decision): void {
  if (projection.spec.mode !== 'Apply' || !isUnfinished({ status }) || (decision.do !== 'Update' && decision.do !== 'Wait')) return;
  const ageMs = Math.max(0, deps.clock.now() - Date.parse(status.lastWriteAt ?? ''));
  deps.visibilityOf(target.tenantId).lookedFor(decision.do === 'Update', ageMs);
}

async function carryOut(work: Work, decision: Decision): Promise<Ended> {
  if (work.errand === 'Purge') {
    const purged = await purge(work, decision);
    if (purged) return { type: 'Acted', outcome: purged };
  } else if (work.errand !== 'Due') return look(work, decision);
  if (work.projection.spec.mode === 'Plan') return plan(work, decision);
  return decision.do === 'Forget' ? { type: 'Forgotten' } : { type: 'Acted', outcome: await act(work, decision) };
}

/** Observes and decides. Somebody who competes for the address may have been projected while the target was read. */
async function decide(work: Work): Promise<Decision> {
  const contested: Decision = { do: 'Conflict', reason: 'DuplicateSourceUsers' };
  const isContested = (): boolean => work.status.targetUser === undefined && addressRival(work.deps, work.projection) !== undefined;
  if (isContested()) return contested;
  const { spec } = work.projection;
  const observed = await observe(work);
  const limits = limitsOf(work);
  const configuration = { ...work.configuration.spec, limits };
  const decision = decideLifecycle({ ...observed, spec, status: work.status, configuration });
  if ((decision.do === 'Create' || decision.do === 'Link') && isContested()) return contested;
  const takesSeat = (): boolean => limits?.maxUsers === undefined || takeSeat(work.deps, work.projection, limits.maxUsers);
  return withinLimits(decision, { limits, spec, takesSeat });
}

const wait = (because: string, againInMs: number | undefined, holdsCycle = true): StepResult<never> => ({
  type: 'Waiting',
  because,
  againInMs,
  holdsCycle,
});

/** What an error that ended a pass means for the record. */
function resultOf(work: Work, error: unknown, decision: Decision | undefined): StepResult<never> {
  if (error instanceof Deferred) return wait(error.message, error.requeueAfterMs, !isLongWait(work, error));
  const failure = directoryFailure(error);
  if (!failure) throw error;
  const { deps } = work;
  const now = deps.clock.now();
  if (failure.kind === 'Throttled') return wait('Throttled', waitUntil(failure.retryAt ?? now + 1000, now, quotaWait));
  if (failure.kind === 'Unauthenticated' || failure.kind === 'Forbidden') deps.enqueue.pair(keyString(work.pair.metadata));
  if (failure.kind === 'Unauthenticated') {
    // The credentials are the pair's matter: its recovery brings everybody back.
    work.session.verdict = { ready: false, reason: failure.reason, message: failure.message };
    return wait(failure.reason, undefined);
  }
  // An invitation without an answer has been told already; a search for its account that fails too just goes on.
  if (decision === undefined && work.status.intent && searchLeftMs(work.status, now, deps.settings.replicationWindowMs) > 0)
    return wait('WaitingForReplication', replicationPause(now - Date.parse(work.status.intent.at)), false);
  return withoutAnswer(work, failure) ?? { type: 'Failed', failure };
}

/** A moment's wait for an account to become visible belongs to the work; a longer one must not hold the cycle up. */
function isLongWait({ status, deps }: Work, { message }: Deferred): boolean {
  if (message !== 'WaitingForReplication') return false;
  const since = status.lastWriteAt ?? status.intent?.at;
  return since === undefined || deps.clock.now() - Date.parse(since) > briefWaitMs;
}

/**
 * Answers that do not come are asked for again a few times before they count as an attempt of the user. An invitation whose outcome is
 * unknown has a search of its own.
 */
function withoutAnswer({ deps, key, status }: Work, failure: DirectoryFailure): StepResult<never> | undefined {
  // A record that has failed already says when the next attempt is made.
  if (failure.kind !== 'Unavailable' || status.intent?.operation === 'Create' || status.state === 'Failed') return undefined;
  const tries = deps.tracker.noAnswer(key);
  const pauseMs = transientPause(tries);
  return pauseMs === undefined ? undefined : wait(failure.reason, pauseMs, tries <= 2);
}

function actionOf(decision: Decision | undefined): ProvisioningEvent['action'] {
  switch (decision?.do) {
    case 'Create':
      return 'create';
    case 'Link':
    case 'Update':
      return 'update';
    case 'Delete':
      return 'delete';
    case 'Block':
      return 'disable';
    case 'Restore':
      return 'restore';
    default:
      return 'other';
  }
}
