import { annotations, finalizers, type SyncConfiguration, type TenantPair, type UserProjection } from '../../api/kinds.ts';
import type { UserProjectionStatus } from '../../api/generated.ts';
import { timestamp } from '../../core/duration.ts';
import { directoryFailure } from '../../core/errors/directory-error.ts';
import { replicationPause } from '../../core/errors/retry.ts';
import { decideLifecycle, type Decision } from '../../core/lifecycle/decide.ts';
import { isUntampered } from '../../core/projection/desired.ts';
import { findCondition, setConditions } from '../../core/status/conditions.ts';
import { mergePatchBetween } from '../../core/status/merge-patch.ts';
import { userMessage } from '../../core/status/messages.ts';
import { projectionConditions } from '../../core/status/projection.ts';
import type { Permit } from '../../ports/directory.ts';
import { priorities, type Reconcile, type ReconcileContext, type ReconcileResult } from '../../ports/reconcile.ts';
import { keyString, parseKey } from '../../ports/resources.ts';
import { mayWrite } from '../shared/access-gate.ts';
import { mappingsOf } from '../shared/compiled.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import { removeFinalizer } from '../shared/finalizers.ts';
import { act } from './act.ts';
import { patchFor } from './attributes.ts';
import { managerChange, resolveManager } from './manager.ts';
import { addressRival, claimsOn, observe } from './observe.ts';
import { reportFailure, reportOutcome, reportPlan } from './report.ts';
import { Deferred, purgeDueAt, searchLeftMs, type Work } from './work.ts';
import { guardWrites } from './write-guard.ts';

/** Reconciles UserProjections: makes the target agree with each, or says why not. */
export function userProjectionReconciler(deps: Dependencies): Reconcile {
  return async (key, context) => {
    const projection = deps.projections.lister.get(parseKey(key));
    if (!projection) return {};
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
      deps.enqueue.configuration(configurationKey);
      return {};
    }
    const attention = needsAttention(deps, projection, key);
    if (attention.type === 'Settled') {
      deps.tracker.handled(configurationKey, key);
      return attention.dueInMs === undefined ? {} : { requeueAfterMs: attention.dueInMs, priority: priorities.background };
    }
    const pair = deps.pairs.lister.get({ namespace: projection.metadata.namespace, name: configuration.spec.tenantPairRef.name });
    return pair ? reconcileOne(deps, { key, projection, configuration, configurationKey, pair }, context) : {};
  };
}

/**
 * Removes our finalizer. The person stays, and is found again. Only while the outcome of a write may still be on its way does the
 * record of it stay, so that a successor of this projection does not write it a second time.
 */
async function finalize(deps: Dependencies, projection: UserProjection, context: ReconcileContext): Promise<ReconcileResult> {
  if (!(projection.metadata.finalizers ?? []).includes(finalizers.targetUser)) return {};
  const waitMs = untilIntentOver(deps, projection);
  if (waitMs > 0) return { requeueAfterMs: waitMs, priority: priorities.background };
  await removeFinalizer(deps.projections.writer, projection, finalizers.targetUser, context.signal);
  return {};
}

/** How long the outcome of a write under way may still appear; 0 when there is none, or nobody left who would write it again. */
function untilIntentOver(deps: Dependencies, projection: UserProjection): number {
  const { namespace } = projection.metadata;
  const configuration = deps.configurations.lister.get({ namespace, name: projection.spec.syncConfigurationRef.name });
  if (!projection.status.intent || !configuration || configuration.metadata.deletionTimestamp !== undefined) return 0;
  const pair = deps.pairs.lister.get({ namespace, name: configuration.spec.tenantPairRef.name });
  if (!pair || deps.sessions.get(keyString(pair.metadata))?.verdict.ready !== true) return 0;
  return Date.parse(projection.status.intent.at) + deps.settings.replicationWindowMs - deps.clock.now();
}

async function reportTampered(deps: Dependencies, projection: UserProjection, context: ReconcileContext): Promise<void> {
  const conditions = setConditions(
    projection.status.conditions,
    projectionConditions('Failed', 'SpecTampered', userMessage('SpecTampered')),
    {
      now: timestamp(deps.clock.now()),
      generation: projection.metadata.generation,
    },
  );
  const status: UserProjectionStatus = {
    ...projection.status,
    observedGeneration: projection.metadata.generation,
    state: 'Failed',
    conditions,
  };
  const patch = mergePatchBetween(projection.status, status);
  if (patch) await deps.projections.writer.patchStatus(projection.metadata, patch, { signal: context.signal });
}

type Attention = { readonly type: 'Due' } | { readonly type: 'Settled'; readonly dueInMs?: number };

/** Whether anything is to be done for a projection now, from what the process already knows: nothing is read for the settled. */
export function needsAttention(deps: Dependencies, projection: UserProjection, key: string): Attention {
  const { status, spec, metadata } = projection;
  const due: Attention = { type: 'Due' };
  const requested = metadata.annotations?.[annotations.requestedAt];
  if (
    status.observedGeneration !== metadata.generation ||
    (requested !== undefined && requested !== status.lastHandledReconcileAt) ||
    deps.tracker.isRecheckRequested(key)
  )
    return due;
  const now = deps.clock.now();
  const reason = findCondition(status.conditions, 'Ready')?.reason;
  const claimed = reason === 'ClaimedByOtherConfiguration';
  if (claimed !== claimsOn(deps, projection).claimedElsewhere && spec.lifecycle === 'Present') return due;
  // Whoever competed for the address has let go of it.
  if (reason === 'DuplicateSourceUsers' && !addressRival(deps, projection)) return due;
  const held = claimed || spec.lifecycle === 'RemovalStaged';
  if (!held && searchLeftMs(deps, status) > 0) return due;
  if (status.nextAttemptAt !== undefined) {
    const wait = Date.parse(status.nextAttemptAt) - now;
    return wait <= 0 ? due : { type: 'Settled', dueInMs: wait };
  }
  if ((status.intent && !held) || status.state === 'Pending') return due;
  if (spec.lifecycle === 'Present' && spec.manager && status.targetUser && spec.mode === 'Apply') {
    const managerId = resolveManager(deps, projection);
    if (managerId !== undefined && managerId !== status.targetUser.managerId) return due;
  }
  if (status.state === 'SoftDeleted' && spec.lifecycle === 'Removed') {
    if (status.targetUser?.deletedAt !== undefined && claimsOn(deps, projection).wantedElsewhere) return due;
    const wait = purgeDueAt(projection, undefined) - now;
    return wait <= 0 ? due : { type: 'Settled', dueInMs: wait };
  }
  return { type: 'Settled' };
}

interface Target {
  readonly key: string;
  readonly projection: UserProjection;
  readonly configuration: SyncConfiguration;
  readonly configurationKey: string;
  readonly pair: TenantPair;
}

/** What one user may cost at most, by what is probably to be done. */
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
  // Whatever lifts these obstacles puts the projection back into the queue.
  if (!session?.verdict.ready || pair.spec.suspend || configuration.spec.suspend || configuration.spec.mode !== projection.spec.mode)
    return {};
  if (!deps.shards.holds(deps.shards.shardOf(pair.spec.target.tenantId))) return {};
  const mappings = mappingsOf(configuration);
  if ('message' in mappings) return {};
  const { need, priority } = quotaNeed(projection);
  const permit = session.target.quota.reserve(need, priority);
  if ('retryAt' in permit) return { requeueAfterMs: Math.max(1, permit.retryAt - deps.clock.now()), priority };
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
    decision = await decide(work);
    if (work.projection.spec.mode === 'Plan') {
      await plan(work, decision, startedAt);
      deps.tracker.handled(configurationKey, key);
      return {};
    }
    const outcome = await act(work, decision);
    if (decision.do === 'Forget') return await forget(work);
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

async function forget(work: Work): Promise<ReconcileResult> {
  const { deps, projection } = work;
  deps.tracker.handled(work.configurationKey, work.key);
  await deps.projections.writer.delete(projection.metadata, { uid: projection.metadata.uid, signal: work.options.signal });
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
  if (error instanceof Deferred) {
    if (error.message === 'WaitingForReplication') deps.tracker.handled(work.configurationKey, work.key);
    return error.requeueAfterMs === undefined ? {} : { requeueAfterMs: error.requeueAfterMs, priority };
  }
  const failure = directoryFailure(error);
  if (!failure) throw error;
  if (failure.kind === 'Throttled')
    return { requeueAfterMs: Math.max(1, (failure.retryAt ?? deps.clock.now() + 1000) - deps.clock.now()), priority };
  if (failure.kind === 'Unauthenticated' || failure.kind === 'Forbidden') {
    deps.enqueue.pair(keyString(work.pair.metadata));
    // The credentials are the pair's matter: its recovery brings everybody back.
    if (failure.kind === 'Unauthenticated') {
      work.session.verdict = { ready: false, reason: failure.reason, message: failure.message };
      return {};
    }
  }
  // That the invitation got no answer has been told; a search that fails too only goes on.
  if (decision === undefined && work.status.intent && searchLeftMs(deps, work.status) > 0) {
    deps.tracker.handled(work.configurationKey, work.key);
    return { requeueAfterMs: replicationPause(deps.clock.now() - Date.parse(work.status.intent.at)), priority };
  }
  await reportFailure(work, failure, actionOf(decision), startedAt);
  deps.tracker.handled(work.configurationKey, work.key);
  return afterwards(deps, work);
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

/** Plan mode: the act is swapped for a record of it (E10). */
async function plan(work: Work, decision: Decision, startedAt: number): Promise<void> {
  switch (decision.do) {
    case 'Create':
      return reportPlan(work, 'Create', Object.keys(work.projection.spec.attributes ?? {}));
    case 'Link':
    case 'Update': {
      const patch = patchFor(work, decision.user, { created: false });
      const change = managerChange(work, decision.user.managerId);
      const names = [...Object.keys(patch), ...(change.type === 'Set' || change.type === 'Clear' ? ['manager'] : [])];
      return reportPlan(work, names.length === 0 ? 'None' : patch.accountEnabled === false ? 'Disable' : 'Update', names);
    }
    case 'Delete':
      return reportPlan(work, 'Delete', []);
    case 'Block':
      return reportPlan(work, 'Disable', ['accountEnabled']);
    case 'Restore':
      return reportPlan(work, 'Restore', []);
    case 'Wait':
    case 'Forget':
      return reportPlan(work, 'None', []);
    case 'Settle':
      if (decision.state === 'Skipped') return reportOutcome(work, await act(work, decision), startedAt);
      return reportPlan(work, 'None', []);
    case 'Conflict':
      return reportOutcome(work, await act(work, decision), startedAt);
  }
}
