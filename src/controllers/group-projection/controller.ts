import { annotations, type GroupProjection } from '../../api/kinds.ts';
import { timestamp } from '../../core/duration.ts';
import { attemptInMs, awaitsAttempt } from '../../core/groups/attempts.ts';
import { groupMessage } from '../../core/status/messages.ts';
import { projectionConditions } from '../../core/status/projection.ts';
import { isUntampered } from '../../core/projection/sealed-spec.ts';
import { tenantsKey } from '../../core/projection/groups.ts';
import { priorities, type Reconcile, type ReconcileContext, type ReconcileResult } from '../../ports/reconcile.ts';
import { keyString, parseKey } from '../../ports/resources.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import { conditionsNow, writeStatus } from '../shared/skeleton.ts';
import { pass, type GroupPassResult } from './pass.ts';
import { readTurnMs } from './reading.ts';
import { measureMembers, reportFailure, reportOutcome, reportWaiting, wrote } from './report.ts';
import { guardGroups, persist, trackedAs, type GroupWork } from './work.ts';

/** A pause that belongs to the work; a longer one holds no cycle up. */
const briefWaitMs = 30_000;

/** When the record of a group is to be looked at: now, after a time, or when something changes. */
export function groupDueInMs(deps: Pick<Dependencies, 'clock' | 'groupMemory'>, { metadata, status }: GroupProjection): number | undefined {
  const { groupMemory, clock } = deps;
  const key = keyString(metadata);
  const asked = metadata.annotations?.[annotations.requestedAt];
  if (status.observedGeneration !== metadata.generation || groupMemory.isAttemptRequested(key)) return 0;
  if (asked !== undefined && asked.slice(0, 253) !== status.lastHandledReconcileAt) return 0;
  const attempt = attemptInMs(status, clock.now());
  if (awaitsAttempt(status, clock.now())) return attempt;
  if (groupMemory.isLookRequested(key)) return 0;
  const againInMs = groupMemory.againInMs(key, clock.monotonic());
  return attempt === undefined ? againInMs : Math.min(againInMs ?? Number.POSITIVE_INFINITY, attempt);
}

/** Reconciles GroupProjections: makes the target agree with each, or says why not (G3). */
export function groupProjectionReconciler(deps: Dependencies): Reconcile {
  return async (key, context) => {
    const record = deps.groups.lister.get(parseKey(key));
    if (record === undefined || record.metadata.deletionTimestamp !== undefined) {
      deps.groupMemory.gone(key);
      return {};
    }
    // Another replica looks after it; taking over begins with a look at each.
    if (!deps.shards.holds(deps.shards.shardOf(record.spec.target.tenantId))) {
      deps.groupMemory.abandon(key);
      return {};
    }
    const configurationKey = keyString({ ...record.metadata, name: record.spec.syncConfigurationRef.name });
    const owner = ownerOf(deps, record);
    // The configuration's controller sweeps records that have lost theirs, or are of other tenants.
    if (owner === undefined) {
      deps.enqueue.configuration(configurationKey);
      return {};
    }
    if (!isUntampered(record.spec)) return tampered(deps, record, configurationKey, context);
    const dueInMs = groupDueInMs(deps, record);
    if (dueInMs === 0) return reconcileOne(deps, { key, record, configurationKey, ...owner }, context);
    deps.tracker.handled(configurationKey, trackedAs(key));
    return dueInMs === undefined ? {} : { requeueAfterMs: dueInMs, priority: priorities.background };
  };
}

type Owner = Pick<GroupWork, 'configuration' | 'pair'>;

/** The configuration and pair of a record, where both are there and of its tenants. */
function ownerOf(deps: Dependencies, { metadata: { namespace }, spec, ...record }: GroupProjection): Owner | undefined {
  const configuration = deps.configurations.lister.get({ namespace, name: spec.syncConfigurationRef.name });
  const pair = configuration && deps.pairs.lister.get({ namespace, name: configuration.spec.tenantPairRef.name });
  if (configuration === undefined || pair === undefined) return undefined;
  return tenantsKey({ ...record, spec }) === tenantsKey(pair) ? { configuration, pair } : undefined;
}

async function reconcileOne(
  deps: Dependencies,
  item: Pick<GroupWork, 'key' | 'record' | 'configurationKey'> & Owner,
  { signal }: ReconcileContext,
): Promise<ReconcileResult> {
  const { record, configuration, pair } = item;
  const session = deps.sessions.get(keyString(pair.metadata));
  // The change that lifts one of these obstacles puts the record back into the queue.
  const suspended = pair.spec.suspend || configuration.spec.suspend || configuration.spec.mode !== record.spec.mode;
  if (!session?.verdict.ready || suspended) {
    deps.groupMemory.readings.cameOn(item.key, deps.clock.monotonic());
    return {};
  }
  const bare = {
    ...item,
    deps,
    session,
    options: { signal, priority: record.spec.mode === 'Plan' ? priorities.background : priorities.update },
    status: record.status,
    resourceVersion: record.metadata.resourceVersion,
    startedAt: deps.clock.monotonic(),
    done: { attributes: [], added: 0, removed: 0, pages: 0, steps: [] },
  };
  const groups = session.pool?.groupsFor(record.spec.source.objectId, bare.options.priority) ?? session.groups;
  const work: GroupWork = { ...bare, groups: guardGroups(groups, bare) };
  // What is asked for from now on may be too late for this pass.
  deps.groupMemory.looking(item.key, deps.clock.monotonic());
  const { readings } = deps.groupMemory;
  try {
    // A pass that is cut off each time says nothing at its end.
    if (readings.standsStill(item.key)) await reportWaiting(work);
    return await conclude(work, await pass(work));
  } catch (error) {
    // What the pass came to is written by another one.
    deps.groupMemory.resume(item.key);
    readings.standstillOf(item.key, deps.clock.monotonic());
    throw error;
  }
}

async function conclude(work: GroupWork, result: GroupPassResult): Promise<ReconcileResult> {
  const { deps, key, configurationKey } = work;
  if (result.type === 'Waiting') return goOnLater(work, result.againInMs);
  deps.groupMemory.ended(key);
  deps.tracker.answered(trackedAs(key));
  await reportEnd(work, result);
  deps.tracker.handled(configurationKey, trackedAs(key));
  if (result.type === 'Done' && result.outcome.type === 'Forgotten') return {};
  const againInMs = result.type === 'Done' && result.outcome.type === 'Acted' ? result.outcome.outcome.againInMs : undefined;
  if (againInMs !== undefined) {
    deps.groupMemory.requestLook(key);
    return { requeueAfterMs: againInMs, priority: priorities.background };
  }
  const current = deps.groups.lister.get(work.record.metadata);
  const dueInMs = current && groupDueInMs(deps, current);
  return dueInMs === undefined ? {} : { requeueAfterMs: Math.max(1000, dueInMs), priority: priorities.background };
}

/** A pass that has come to no end is gone on with, although nothing of its record has changed. */
async function goOnLater(work: GroupWork, againInMs: number | undefined): Promise<ReconcileResult> {
  const { deps, key, configurationKey, options } = work;
  deps.groupMemory.resume(key);
  // What it waits for is told by others, and may take as long as they like.
  if (againInMs === undefined) deps.groupMemory.abandon(key);
  else deps.groupMemory.readings.pause(key, readTurnMs);
  // What was done so far is known to this pass alone (I12).
  if (wrote(work)) {
    measureMembers(work);
    await persist(work, { ...work.status, lastWriteAt: timestamp(deps.clock.now()) }, 'Anyhow');
  }
  if (againInMs === undefined || againInMs > briefWaitMs) deps.tracker.handled(configurationKey, trackedAs(key));
  if (againInMs === undefined) return {};
  const stuckInMs = await reportWaiting(work);
  return { requeueAfterMs: Math.min(againInMs, stuckInMs), priority: options.priority };
}

/** Writes down what a pass came to, before the cycle that brought the record here may end. Rejects with KubeError. */
async function reportEnd(work: GroupWork, result: Exclude<GroupPassResult, { type: 'Waiting' }>): Promise<void> {
  if (result.type === 'Failed') return reportFailure(work, result.failure, result.action);
  if (result.outcome.type === 'Acted') return reportOutcome(work, result.outcome.outcome);
  const { metadata } = work.record;
  await work.deps.groups.writer.delete(metadata, { uid: metadata.uid, signal: work.options.signal });
}

/** The spec is not ours any more and is not acted on; a cycle that comes at once writes it anew. */
async function tampered(
  deps: Dependencies,
  record: GroupProjection,
  configurationKey: string,
  { signal }: ReconcileContext,
): Promise<ReconcileResult> {
  const conditions = conditionsNow(deps, record, projectionConditions('Failed', 'SpecTampered', groupMessage('SpecTampered')));
  const desired = { ...record.status, observedGeneration: record.metadata.generation, state: 'Failed' as const, conditions };
  const seen = await writeStatus(deps, deps.groups, record, { desired, tell: 'Changes', signal });
  deps.tracker.handled(configurationKey, trackedAs(keyString(record.metadata)));
  if (seen !== undefined) {
    deps.tracker.requestCycle(configurationKey);
    deps.enqueue.configuration(configurationKey);
  }
  return {};
}
