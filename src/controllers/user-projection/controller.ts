import type { SyncConfiguration, TenantPair, UserProjection } from '../../api/kinds.ts';
import type { Attention } from '../../core/lifecycle/attention.ts';
import { isOfPair } from '../../core/projection/claims.ts';
import { unfinishedGroupOf } from '../../core/projection/groups.ts';
import { isUntampered } from '../../core/projection/sealed-spec.ts';
import { quotaWait, waitUntil } from '../../core/wire/times.ts';
import type { QuotaNeed } from '../../ports/directory.ts';
import { priorities, type Reconcile, type ReconcileContext, type ReconcileResult } from '../../ports/reconcile.ts';
import { keyString, parseKey } from '../../ports/resources.ts';
import { mappingsOf } from '../shared/compiled.ts';
import type { Look } from '../shared/cycle-tracker.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import { hindranceOf } from '../shared/hindrance.ts';
import { urgencyOf } from '../shared/urgency.ts';
import { needsAttention } from './attention.ts';
import { conclude } from './conclude.ts';
import { finalize } from './finalize.ts';
import { endPass, pass } from './pass.ts';
import { comparedNow } from './supposed.ts';
import { reportTampered } from './tampered.ts';
import { nothingDone, type Errand, type Work } from './work.ts';
import { guardWrites } from './write-guard.ts';

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
    const look = deps.tracker.lookOf(configurationKey, key);
    const errand = errandOf(deps, { key, configurationKey }, { attention, look });
    if (errand === undefined) {
      deps.tracker.handled(configurationKey, key);
      const dueInMs = attention.type === 'Settled' ? attention.dueInMs : undefined;
      return dueInMs === undefined ? {} : { requeueAfterMs: dueInMs, priority: priorities.background };
    }
    const pair = deps.pairs.lister.get({ namespace: projection.metadata.namespace, name: configuration.spec.tenantPairRef.name });
    if (!pair) return {};
    // Made for other tenants than those of the pair now: the configuration's controller lets it go (I15).
    if (!isOfPair(projection.spec, pair)) {
      deps.enqueue.configuration(configurationKey);
      return {};
    }
    return reconcileOne(deps, { key, projection, configuration, configurationKey, pair, errand }, context);
  };
}

/** Why a pass over the record is made; undefined when there is no reason. */
function errandOf(
  deps: Dependencies,
  { key, configurationKey }: Pick<Target, 'key' | 'configurationKey'>,
  { attention, look }: { readonly attention: Attention; readonly look: Look | undefined },
): Errand | undefined {
  if (attention.type === 'Due') return 'Due';
  return deps.tracker.isPurgeRequested(configurationKey, key) ? 'Purge' : look;
}

interface Target {
  readonly key: string;
  readonly projection: UserProjection;
  readonly configuration: SyncConfiguration;
  readonly configurationKey: string;
  readonly pair: TenantPair;
  readonly errand: Errand;
}

/** Writes that an account needs after its invitation: attributes, and a manager. */
const writesToFinish = 2;

/** Quota that the work on one record may need at most, by what is probably to be done. Who was asked for by name leaves nothing to others. */
function quotaNeed(deps: Dependencies, item: Target): { readonly need: QuotaNeed; readonly priority: number } {
  const { need, priority } = usualNeed(item);
  if (deps.onDemand.isExpected(item.key)) return { need, priority: priorities.onDemand };
  return priority === priorities.create ? { need: { ...need, leave: leftToFinish(deps, item.projection) }, priority } : { need, priority };
}

function usualNeed({ projection, errand }: Target): { readonly need: QuotaNeed; readonly priority: number } {
  const { spec, status } = projection;
  if (errand === 'Compare' || errand === 'Correct')
    return { need: { reads: 4, writes: errand === 'Correct' ? 1 : 0 }, priority: priorities.drift };
  if (spec.mode === 'Plan') return { need: { reads: 4, writes: 0 }, priority: priorities.background };
  const creates = spec.lifecycle !== 'Removed' && !status.targetUser;
  const need = creates ? { reads: 6, writes: spec.manager ? 3 : 2 } : { reads: 4, writes: 2 };
  return { need, priority: urgencyOf(projection) };
}

/** Attributes and manager of each account that was made before and cannot be seen yet: it is filled in as soon as it can, whoever is invited meanwhile. */
function leftToFinish({ projections }: Dependencies, { spec }: UserProjection): number {
  return writesToFinish * projections.lister.count(unfinishedGroupOf(spec.target.tenantId));
}

async function reconcileOne(deps: Dependencies, item: Target, context: ReconcileContext): Promise<ReconcileResult> {
  const { projection, configuration, pair } = item;
  const session = deps.sessions.get(keyString(pair.metadata));
  // The change that lifts one of these obstacles puts the record back into the queue.
  if (!session?.verdict.ready || pair.spec.suspend || configuration.spec.suspend || configuration.spec.mode !== projection.spec.mode)
    return {};
  const mappings = mappingsOf(configuration);
  if ('message' in mappings) return {};
  const { need, priority } = quotaNeed(deps, item);
  const permit = session.target.quota.reserve(need, priority, projection.spec.source.objectId);
  if ('retryAt' in permit) {
    deps.tracker.waits(item.configurationKey, item.key, 'Quota');
    return { requeueAfterMs: waitUntil(permit.retryAt, deps.clock.now(), quotaWait), priority };
  }
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
    comparedWith: comparedNow(deps, projection),
    startedAt: deps.clock.monotonic(),
    steps: [],
    openSteps: new Set(),
  };
  try {
    return await conclude(work, await pass(work));
  } catch (error) {
    deps.tracker.waits(item.configurationKey, item.key, hindranceOf(error));
    throw error;
  } finally {
    endPass(work);
    permit.release();
  }
}
