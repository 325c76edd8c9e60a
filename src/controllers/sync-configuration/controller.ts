import type { UserProjection } from '../../api/kinds.ts';
import { isPreview } from '../../core/projection/preview.ts';
import type { Reconcile, ReconcileResult } from '../../ports/reconcile.ts';
import { KubeError, keyString, parseKey } from '../../ports/resources.ts';
import { configurationIndexes, groupIndexes, pairIndexes, type Dependencies } from '../shared/dependencies.ts';
import { tenantsKey } from '../shared/indexes.ts';
import { looksAfterConfiguration } from '../shared/looked-after.ts';
import { countFromZero } from './counters.ts';
import { deprovision, keepFinalizer } from './remove/deprovision.ts';
import { newMemory, type Memory } from './memory.ts';
import { namesIn } from './projections.ts';
import { reconcile } from './reconcile.ts';

/** Reconciles SyncConfigurations: runs their cycles, step by step, and says how they stand. */
export function syncConfigurationReconciler(deps: Dependencies): Reconcile {
  const memories = new Map<string, Memory>();
  const forget = (key: string): void => {
    memories.delete(key);
    deps.tracker.end(key);
    deps.tracker.endLooks(key);
    deps.tracker.endPurges(key);
    deps.confirmations.end(key);
    deps.onDemand.end(key);
  };
  return async (key, context) => {
    const configuration = deps.configurations.lister.get(parseKey(key));
    if (!configuration || configuration.metadata.deletionTimestamp !== undefined) {
      const isForgotten = memories.has(key) && !configuration;
      forget(key);
      if (isForgotten) await forgetLinks(deps, key, context.signal);
      if (configuration) return looksAfterConfiguration(deps, configuration) ? deprovision(deps, configuration, key, context.signal) : {};
      return sweep(deps, key, context.signal);
    }
    // Another replica goes on with it: what is known here is out of date by the time this one looks after it again.
    if (!looksAfterConfiguration(deps, configuration)) {
      forget(key);
      return {};
    }
    let memory = memories.get(key);
    if (memory?.uid !== configuration.metadata.uid) {
      memory = newMemory(configuration.metadata.uid);
      memories.set(key, memory);
      countFromZero(deps, configuration.metadata);
    }
    const kept = await keepFinalizer(deps, configuration, context.signal);
    return reconcile({ deps, configuration: kept, configurationKey: key, memory, context });
  };
}

/** Links that stay behind are of no use and do no harm: they are overwritten with the next configuration of the name. */
async function forgetLinks({ links }: Dependencies, key: string, signal: AbortSignal): Promise<void> {
  try {
    await links.forget(key, signal);
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
  }
}

/** A successor that has not taken over by then never will. */
const longestSuccessionMs = 15 * 60_000;
const successionPauseMs = 5000;

/**
 * Whether another configuration for the same tenants has just been made and has not decided about everybody yet, as when one is renamed in
 * Git, alone or with its pair: its records take over the accounts of these while they are being deleted.
 */
function awaitsSuccessor(deps: Dependencies, record: UserProjection): boolean {
  const pairs = deps.pairs.lister.byIndex(pairIndexes.tenants, tenantsKey(record));
  const configurations = pairs.flatMap(({ metadata }) =>
    deps.configurations.lister.byIndex(configurationIndexes.pair, keyString(metadata)),
  );
  return configurations.some(({ metadata, spec, status }) => {
    const age = deps.clock.now() - Date.parse(metadata.creationTimestamp);
    const acts = spec.mode === 'Apply' && !spec.suspend && metadata.deletionTimestamp === undefined;
    // A first cycle that is under way goes on taking over, however long it takes.
    const young = Math.abs(age) < longestSuccessionMs || status.currentCycle !== undefined;
    return acts && status.watermark === undefined && young;
  });
}

/** Deletes the records of a configuration that is gone; the people stay (A10). */
async function sweep(deps: Dependencies, key: string, signal: AbortSignal): Promise<ReconcileResult> {
  const whose = { deps, configurationKey: key };
  const isDue = ({ metadata, spec }: UserProjection): boolean =>
    metadata.deletionTimestamp === undefined && deps.shards.holds(deps.shards.shardOf(spec.target.tenantId));
  const groups = deps.groups.lister
    .byIndex(groupIndexes.configuration, key)
    .filter(
      ({ metadata, spec }) => metadata.deletionTimestamp === undefined && deps.shards.holds(deps.shards.shardOf(spec.target.tenantId)),
    );
  const records = await namesIn(whose, 'All', isDue);
  // The cache may lag behind, as after a failover: a configuration that it does not show may well be there.
  if (records.length + groups.length === 0 || (await deps.configurations.writer.getLive(parseKey(key), signal))) return {};
  const [first] = records;
  const one = first && deps.projections.lister.get(first.metadata);
  if (one && !isPreview(one) && awaitsSuccessor(deps, one)) return { requeueAfterMs: successionPauseMs };
  // The groups stay as they are, and are found again by their anchors.
  for (const { metadata } of groups) await deps.groups.writer.delete(metadata, { uid: metadata.uid, signal });
  for (const { metadata } of records) {
    const record = deps.projections.lister.get(metadata);
    if (record && isDue(record)) await deps.projections.writer.delete(metadata, { uid: metadata.uid, signal });
  }
  return {};
}
