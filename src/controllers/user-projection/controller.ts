import type { SyncConfiguration, TenantPair, UserProjection } from '../../api/kinds.ts';
import { directoryFailure, type DirectoryFailure } from '../../core/errors/directory-error.ts';
import { replicationPause, transientPause } from '../../core/errors/retry.ts';
import { searchLeftMs } from '../../core/lifecycle/attention.ts';
import { decideLifecycle, type Decision } from '../../core/lifecycle/decide.ts';
import { withoutTimesAhead } from '../../core/projection/times.ts';
import { isOfPair } from '../../core/projection/claims.ts';
import { isUntampered } from '../../core/projection/sealed-spec.ts';
import { quotaWait, waitUntil } from '../../core/wire/times.ts';
import type { Permit } from '../../ports/directory.ts';
import { priorities, type Reconcile, type ReconcileContext, type ReconcileResult } from '../../ports/reconcile.ts';
import { keyString, parseKey } from '../../ports/resources.ts';
import { mayWrite } from '../shared/access-gate.ts';
import { mappingsOf } from '../shared/compiled.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import { act } from './act.ts';
import { needsAttention } from './attention.ts';
import { finalize } from './finalize.ts';
import { addressRival, observe } from './observe.ts';
import { plan } from './plan.ts';
import { recordDone, reportAwaiting, reportFailure, reportForgotten, reportOutcome } from './report.ts';
import { askAgainMs } from './rests-on-source.ts';
import { reportTampered } from './tampered.ts';
import { Deferred, nothingDone, persist, type Work } from './work.ts';
import { guardWrites } from './write-guard.ts';

/** A cycle waits so long for a fresh account to become visible. */
const briefWaitMs = 30_000;

/** Reconciles UserProjections: makes the target agree with each, or says why not. */
export function userProjectionReconciler(deps: Dependencies): Reconcile {
  return async (key, context) => {
    const projection = deps.projections.lister.get(parseKey(key));
    // Another replica looks after it; taking over begins with a look at every projection.
    if (!projection || !deps.shards.holds(deps.shards.shardOf(projection.spec.target.tenantId))) return {};
    if (projection.metadata.deletionTimestamp !== undefined) return finalize(deps, projection, context);
    const configuration = deps.configurations.lister.get({
      namespace: projection.metadata.namespace,
      name: projection.spec.syncConfigurationRef.name,
    });
    // The configuration's controller sweeps projections that have lost theirs.
    if (!configuration) {
      deps.enqueue.configuration(`${projection.metadata.namespace}/${projection.spec.syncConfigurationRef.name}`);
      return {};
    }
    const configurationKey = keyString(configuration.metadata);
    if (!isUntampered(projection.spec)) {
      await reportTampered(deps, projection, context);
      deps.tracker.handled(configurationKey, key);
      // A cycle that comes at once writes the record anew.
      deps.tracker.requestCycle(configurationKey);
      deps.enqueue.configuration(configurationKey);
      return {};
    }
    const attention = needsAttention(deps, projection, key);
    if (attention.type === 'Settled') {
      deps.tracker.handled(configurationKey, key);
      return attention.dueInMs === undefined ? {} : { requeueAfterMs: attention.dueInMs, priority: priorities.background };
    }
    const pair = deps.pairs.lister.get({ namespace: projection.metadata.namespace, name: configuration.spec.tenantPairRef.name });
    if (!pair) return {};
    // Made for other tenants than those of the pair now: the configuration's controller lets it go (I15).
    if (!isOfPair(projection.spec, pair)) {
      deps.enqueue.configuration(configurationKey);
      return {};
    }
    return reconcileOne(deps, { key, projection, configuration, configurationKey, pair }, context);
  };
}

interface Target {
  readonly key: string;
  readonly projection: UserProjection;
  readonly configuration: SyncConfiguration;
  readonly configurationKey: string;
  readonly pair: TenantPair;
}

/** Quota that the work on one record may need at most, by what is probably to be done. */
function quotaNeed(projection: UserProjection): { need: { reads: number; writes: number }; priority: number } {
  const { spec, status } = projection;
  if (spec.mode === 'Plan') return { need: { reads: 4, writes: 0 }, priority: priorities.background };
  if (spec.lifecycle === 'Removed') return { need: { reads: 4, writes: 2 }, priority: priorities.removal };
  if (!status.targetUser) return { need: { reads: 6, writes: spec.manager ? 3 : 2 }, priority: priorities.create };
  if (spec.attributes?.accountEnabled === false && status.state !== 'Blocked')
    return { need: { reads: 4, writes: 2 }, priority: priorities.removal };
  return { need: { reads: 4, writes: 2 }, priority: priorities.update };
}

async function reconcileOne(deps: Dependencies, item: Target, context: ReconcileContext): Promise<ReconcileResult> {
  const { projection, configuration, pair } = item;
  const session = deps.sessions.get(keyString(pair.metadata));
  // The change that lifts one of these obstacles puts the record back into the queue.
  if (!session?.verdict.ready || pair.spec.suspend || configuration.spec.suspend || configuration.spec.mode !== projection.spec.mode)
    return {};
  const mappings = mappingsOf(configuration);
  if ('message' in mappings) return {};
  const { need, priority } = quotaNeed(projection);
  const permit = session.target.quota.reserve(need, priority);
  if ('retryAt' in permit) return { requeueAfterMs: waitUntil(permit.retryAt, deps.clock.now(), quotaWait), priority };
  const work: Work = {
    ...item,
    deps,
    session,
    mappings,
    target: guardWrites(session.target, { deps, projection, configuration, pair, session }),
    options: { signal: context.signal, priority, permit },
    status: projection.status,
    deletedAt: undefined,
    intentOver: false,
    done: nothingDone(),
    resourceVersion: projection.metadata.resourceVersion,
    steps: [],
  };
  return runAndReport(work, permit, priority);
}

async function runAndReport(work: Work, permit: Permit, priority: number): Promise<ReconcileResult> {
  const { deps, configurationKey, key } = work;
  const startedAt = deps.clock.monotonic();
  let decision: Decision | undefined;
  try {
    if (
      work.projection.spec.mode === 'Apply' &&
      !(await mayWrite(deps, work.pair, work.session, { signal: work.options.signal, priority: priorities.onDemand }))
    )
      return {};
    const healed = withoutTimesAhead(work.status, deps.clock.now());
    if (healed) await persist(work, healed, true);
    decision = await decide(work);
    if (work.projection.spec.mode === 'Plan') {
      await plan(work, decision, startedAt);
      deps.tracker.handled(configurationKey, key);
      return {};
    }
    if (decision.do === 'Forget') return await forget(work, startedAt);
    const outcome = await act(work, decision);
    await reportOutcome(work, outcome, startedAt);
    deps.tracker.handled(configurationKey, key);
    if (outcome.requeueAfterMs !== undefined) return { requeueAfterMs: outcome.requeueAfterMs, priority };
    return afterwards(deps, work);
  } catch (error) {
    return await recover(work, error, decision, startedAt, priority);
  } finally {
    permit.release();
  }
}

/** Observes and decides. Somebody who competes for the address may have been projected while the target was read. */
async function decide(work: Work): Promise<Decision> {
  const contested: Decision = { do: 'Conflict', reason: 'DuplicateSourceUsers' };
  const isContested = (): boolean => work.status.targetUser === undefined && addressRival(work.deps, work.projection) !== undefined;
  if (isContested()) return contested;
  const decision = decideLifecycle({
    ...(await observe(work)),
    spec: work.projection.spec,
    status: work.status,
    configuration: work.configuration.spec,
  });
  return (decision.do === 'Create' || decision.do === 'Link') && isContested() ? contested : decision;
}

/** When the projection as it stands now is due again. */
function afterwards(deps: Dependencies, work: Work): ReconcileResult {
  const current = deps.projections.lister.get(work.projection.metadata);
  const attention = current ? needsAttention(deps, current, work.key) : { type: 'Settled' as const };
  if (attention.type === 'Due') return { requeueAfterMs: 1000 };
  return attention.dueInMs === undefined ? {} : { requeueAfterMs: attention.dueInMs, priority: priorities.background };
}

/** Removes a record that has served its purpose, and says so where there was an account. */
async function forget(work: Work, startedAt: number): Promise<ReconcileResult> {
  const { deps, projection } = work;
  deps.tracker.handled(work.configurationKey, work.key);
  await deps.projections.writer.delete(projection.metadata, { uid: projection.metadata.uid, signal: work.options.signal });
  if (work.status.targetUser) reportForgotten(work, startedAt);
  return {};
}

async function recover(
  work: Work,
  error: unknown,
  decision: Decision | undefined,
  startedAt: number,
  priority: number,
): Promise<ReconcileResult> {
  const { deps } = work;
  await recordDone(work, actionOf(decision), startedAt);
  if (error instanceof Deferred) {
    if (error.message === 'AwaitingSource') await sayAwaiting(work, decision);
    // A moment's wait belongs to the work; a longer one must not hold the cycle up.
    const since = work.status.lastWriteAt ?? work.status.intent?.at;
    const waitedMs = since === undefined ? Number.POSITIVE_INFINITY : deps.clock.now() - Date.parse(since);
    if (error.message === 'WaitingForReplication' && waitedMs > briefWaitMs) deps.tracker.handled(work.configurationKey, work.key);
    return error.requeueAfterMs === undefined ? {} : { requeueAfterMs: error.requeueAfterMs, priority };
  }
  const failure = directoryFailure(error);
  if (!failure) throw error;
  if (failure.kind === 'Throttled')
    return { requeueAfterMs: waitUntil(failure.retryAt ?? deps.clock.now() + 1000, deps.clock.now(), quotaWait), priority };
  if (failure.kind === 'Unauthenticated' || failure.kind === 'Forbidden') {
    deps.enqueue.pair(keyString(work.pair.metadata));
    // The credentials are the pair's matter: its recovery brings everybody back.
    if (failure.kind === 'Unauthenticated') {
      work.session.verdict = { ready: false, reason: failure.reason, message: failure.message };
      return {};
    }
  }
  // An invitation without an answer has been told already; a search for its account that fails too just goes on.
  if (decision === undefined && work.status.intent && searchLeftMs(work.status, deps.clock.now(), deps.settings.replicationWindowMs) > 0) {
    deps.tracker.handled(work.configurationKey, work.key);
    return { requeueAfterMs: replicationPause(deps.clock.now() - Date.parse(work.status.intent.at)), priority };
  }
  const pauseMs = pauseWithoutAnswer(work, failure);
  if (pauseMs !== undefined) return { requeueAfterMs: pauseMs, priority };
  await reportFailure(work, failure, actionOf(decision), startedAt);
  deps.tracker.handled(work.configurationKey, work.key);
  return afterwards(deps, work);
}

/** A record that has asked the source in vain for a while says so, and holds no cycle up. */
async function sayAwaiting(work: Work, decision: Decision | undefined): Promise<void> {
  if (!work.deps.confirmations.asksInVain(work.configurationKey, work.key, work.deps.clock.monotonic() - askAgainMs)) return;
  work.deps.tracker.handled(work.configurationKey, work.key);
  await reportAwaiting(work, decision?.do === 'Create' || decision?.do === 'Restore' ? 'Pending' : 'Staged', askAgainMs);
}

/**
 * Answers that do not come are asked for again a few times before they count as an attempt of the user. An invitation whose outcome is
 * unknown has a search of its own.
 */
function pauseWithoutAnswer({ deps, key, configurationKey, status }: Work, failure: DirectoryFailure): number | undefined {
  // A record that has failed already says when the next attempt is made.
  if (failure.kind !== 'Unavailable' || status.intent?.operation === 'Create' || status.state === 'Failed') return undefined;
  const tries = deps.tracker.noAnswer(key);
  if (tries > 2) deps.tracker.handled(configurationKey, key);
  return transientPause(tries);
}

function actionOf(decision: Decision | undefined): 'create' | 'update' | 'delete' | 'disable' | 'restore' | 'other' {
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
