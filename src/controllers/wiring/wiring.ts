import type { GroupProjection, SyncConfiguration, TenantPair, UserProjection } from '../../api/kinds.ts';
import { hashOf } from '../../core/hash.ts';
import { awaitsSeat } from '../../core/limits/seats.ts';
import { groupOf, limitedGroupOf } from '../../core/projection/groups.ts';
import { isUntampered } from '../../core/projection/sealed-spec.ts';
import { isReady } from '../../core/status/conditions.ts';
import { visitAll } from '../../ports/clock.ts';
import { priorities } from '../../ports/reconcile.ts';
import { keyString } from '../../ports/resources.ts';
import { groupDueInMs } from '../group-projection/controller.ts';
import { isEvaluated } from '../shared/compiled.ts';
import { configurationIndexes, groupIndexes, pairIndexes, type Dependencies } from '../shared/dependencies.ts';
import { tenantsKey } from '../shared/indexes.ts';
import { wakeWaiting } from '../shared/seats.ts';
import { urgencyOf } from '../shared/urgency.ts';
import { needsAttention } from '../user-projection/attention.ts';
import { asked, isSame } from './asked.ts';
import { groupChanged, lookAtGroup, takeOutHeld } from './groups.ts';
import { projectionChanged } from './people.ts';
import { previewsOf } from './previews.ts';

/** Which keys are to be looked at when a resource changes. Called by the stores; only enqueues. */
export function changeHandlers(deps: Dependencies): {
  readonly pair: (old: TenantPair | undefined, now: TenantPair | undefined, initial: boolean) => void;
  readonly configuration: (old: SyncConfiguration | undefined, now: SyncConfiguration | undefined, initial: boolean) => void;
  readonly projection: (old: UserProjection | undefined, now: UserProjection | undefined, initial: boolean) => void;
  readonly group: (old: GroupProjection | undefined, now: GroupProjection | undefined, initial: boolean) => void;
} {
  return {
    pair: (old, now) => pairChanged(deps, old, now),
    configuration: (old, now) => configurationChanged(deps, old, now),
    projection: (old, now, initial) => projectionChanged(deps, old, now, initial),
    group: (old, now, initial) => groupChanged(deps, old, now, initial),
  };
}

function pairChanged(deps: Dependencies, old: TenantPair | undefined, now: TenantPair | undefined): void {
  const pair = now ?? old;
  if (!pair) return;
  const key = keyString(pair.metadata);
  if (!now || asked(old, now)) {
    deps.enqueue.pair(key, { priority: priorities.onDemand });
    // A second pair for the same tenants waits for the first to go.
    for (const other of deps.pairs.lister.byIndex(pairIndexes.tenants, tenantsKey(pair))) deps.enqueue.pair(keyString(other.metadata));
  }
  const flipped = !now || asked(old, now) || isReady(now.status) !== (old !== undefined && isReady(old.status));
  limitsChanged(deps, old, pair);
  if (!flipped) return;
  for (const configuration of deps.configurations.lister.byIndex(configurationIndexes.pair, key)) resume(deps, configuration);
}

/** Whom a limit holds back is looked at again when the limits change; who waits for a seat, as far as there are some. */
function limitsChanged(deps: Dependencies, old: TenantPair | undefined, pair: TenantPair): void {
  if (hashOf(old?.spec.limits ?? null) === hashOf(pair.spec.limits ?? null)) return;
  void visitAll(deps.clock, deps.projections.lister.each(limitedGroupOf(tenantsKey(pair))), (record) => {
    const key = keyString(record.metadata);
    if (record.status.state !== 'Skipped' || awaitsSeat(record)) return;
    deps.tracker.requestRecheck(key);
    deps.enqueue.projection(key, { priority: priorities.create });
  });
  wakeWaiting(deps, tenantsKey(pair));
  for (const group of deps.groups.lister.byIndex(groupIndexes.tenants, tenantsKey(pair)))
    if (group.status.state === 'Skipped') lookAtGroup(deps, group, { delayMs: 0 });
}

function configurationChanged(deps: Dependencies, old: SyncConfiguration | undefined, now: SyncConfiguration | undefined): void {
  const configuration = now ?? old;
  if (!configuration) return;
  if (now && isEvaluated(now) && (old === undefined || !isEvaluated(old))) takeOutHeld(deps, now);
  if (now && !asked(old, now)) return;
  // What is asked of a configuration by annotation is no reason to look at its records.
  if (now && isSame(old, now)) {
    deps.enqueue.configuration(keyString(now.metadata), { priority: priorities.onDemand });
    return;
  }
  resume(deps, configuration);
  // A preview waits for what it is a preview of, and ends with it.
  for (const preview of previewsOf(deps, configuration)) resume(deps, preview);
  if (now && old?.metadata.generation === now.metadata.generation) return;
  // The permissions that a configuration needs are part of the pair's check.
  deps.enqueue.pair(`${configuration.metadata.namespace}/${configuration.spec.tenantPairRef.name}`);
}

/** Looks at a configuration and at those of its projections that have something to do. */
export function resume(deps: Dependencies, configuration: SyncConfiguration): void {
  const key = keyString(configuration.metadata);
  deps.enqueue.configuration(key, { priority: priorities.onDemand });
  void visitAll(deps.clock, deps.projections.lister.each(groupOf(key, 'All')), (projection) => {
    const projectionKey = keyString(projection.metadata);
    if (needsAttention(deps, projection, projectionKey).type === 'Due')
      deps.enqueue.projection(projectionKey, { priority: urgencyOf(projection) });
  });
  takeOutHeld(deps, configuration);
  for (const group of deps.groups.lister.byIndex(groupIndexes.configuration, key))
    if (groupDueInMs(deps, group) !== undefined) deps.enqueue.group(keyString(group.metadata), { priority: priorities.update });
}

/**
 * Looks at everything, as after taking over a shard: at each record of a configuration for what has something to do, now or at a known time,
 * or was changed by somebody else. Records that have lost their configuration lead to the sweep.
 */
export function resumeEverything(deps: Dependencies): void {
  const { lister } = deps.projections;
  for (const pair of deps.pairs.lister.list()) deps.enqueue.pair(keyString(pair.metadata));
  let owned = 0;
  for (const { metadata } of deps.configurations.lister.list()) {
    const key = keyString(metadata);
    owned += lister.count(groupOf(key, 'All'));
    deps.enqueue.configuration(key, { priority: priorities.onDemand });
    void visitAll(deps.clock, lister.each(groupOf(key, 'All')), (projection) => takeUp(deps, projection));
  }
  // What was asked of a group before, and by what its members have changed since, is known to nobody any more: each is looked at, at its next attempt
  // where it waits for one.
  for (const group of deps.groups.lister.list()) {
    deps.groupMemory.requestLook(keyString(group.metadata));
    deps.enqueue.group(keyString(group.metadata), { priority: priorities.background });
  }
  if (owned === lister.size) return;
  void visitAll(deps.clock, deps.projections.lister.keys(), (key) => deps.enqueue.projection(key, { priority: priorities.background }));
}

function takeUp(deps: Dependencies, projection: UserProjection): void {
  const key = keyString(projection.metadata);
  const attention = needsAttention(deps, projection, key);
  if (attention.type === 'Due') deps.enqueue.projection(key, { priority: urgencyOf(projection) });
  else if (projection.metadata.deletionTimestamp !== undefined || !isUntampered(projection.spec))
    deps.enqueue.projection(key, { priority: priorities.background });
  else if (attention.dueInMs !== undefined) deps.enqueue.projection(key, { priority: priorities.background, delayMs: attention.dueInMs });
}
