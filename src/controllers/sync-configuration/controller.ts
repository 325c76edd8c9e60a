import type { SyncConfiguration, UserProjection } from '../../api/kinds.ts';
import type { Reconcile } from '../../ports/reconcile.ts';
import { parseKey } from '../../ports/resources.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import { deprovision, keepFinalizer } from './deprovision.ts';
import { newMemory, type Memory } from './memory.ts';
import { reconcile } from './reconcile.ts';

/** Reconciles SyncConfigurations: runs their cycles, step by step, and says how they stand. */
export function syncConfigurationReconciler(deps: Dependencies): Reconcile {
  const memories = new Map<string, Memory>();
  return async (key, context) => {
    const configuration = deps.configurations.lister.get(parseKey(key));
    if (!configuration || configuration.metadata.deletionTimestamp !== undefined) {
      memories.delete(key);
      deps.tracker.end(key);
      if (configuration) return isOurs(deps, configuration) ? deprovision(deps, configuration, key, context.signal) : {};
      await sweep(deps, key, context.signal);
      return {};
    }
    // Another replica goes on with it: what is known here is out of date by the time this one looks after it again.
    if (!isOurs(deps, configuration)) {
      memories.delete(key);
      deps.tracker.end(key);
      return {};
    }
    let memory = memories.get(key);
    if (memory?.uid !== configuration.metadata.uid) {
      memory = newMemory(configuration.metadata.uid);
      memories.set(key, memory);
    }
    const kept = await keepFinalizer(deps, configuration, context.signal);
    return reconcile({ deps, configuration: kept, configurationKey: key, memory, context });
  };
}

/** Whether this replica looks after a configuration; the first shard's owner speaks for those whose pair is missing. */
function isOurs(deps: Dependencies, { metadata, spec }: SyncConfiguration): boolean {
  const pair = deps.pairs.lister.get({ namespace: metadata.namespace, name: spec.tenantPairRef.name });
  return deps.shards.holds(pair ? deps.shards.shardOf(pair.spec.target.tenantId) : 0);
}

/** Deletes the records of a configuration that is gone; the people stay (A10). */
async function sweep(deps: Dependencies, key: string, signal: AbortSignal): Promise<void> {
  const isDue = ({ metadata, spec }: UserProjection): boolean =>
    metadata.deletionTimestamp === undefined && deps.shards.holds(deps.shards.shardOf(spec.target.tenantId));
  const records = deps.projections.lister.byIndex('configuration', key).filter(isDue);
  // The cache may lag behind, as after a failover: a configuration that it does not show may well be there.
  if (records.length === 0 || (await deps.configurations.writer.getLive(parseKey(key), signal))) return;
  for (const record of records) {
    if (isDue(record)) await deps.projections.writer.delete(record.metadata, { uid: record.metadata.uid, signal });
  }
}
