import type { GroupProjection, SyncConfiguration, TenantPair, UserProjection } from '../api/kinds.ts';
import { annotations, groupProjectionName, projectionName } from '../api/kinds.ts';
import { approvedGroupWork } from '../core/cycle/approved.ts';
import { isReady } from '../core/status/conditions.ts';
import { personStanding } from '../core/groups/membership.ts';
import { countedAs, groupOf, limitedGroupOf } from '../core/projection/groups.ts';
import { factsCompared, isPreview } from '../core/projection/preview.ts';
import { isUntampered } from '../core/projection/sealed-spec.ts';
import { referableAccount } from '../core/projection/account.ts';
import { isOfPair, personKey } from '../core/projection/claims.ts';
import { hashOf } from '../core/hash.ts';
import { awaitsSeat, seatOf } from '../core/limits/seats.ts';
import { visitAll } from '../ports/clock.ts';
import { priorities } from '../ports/reconcile.ts';
import { keyString, parseKey, type KubeObject } from '../ports/resources.ts';
import { isEvaluated } from './shared/compiled.ts';
import { configurationIndexes, groupIndexes, pairIndexes, projectionIndexes, type Dependencies } from './shared/dependencies.ts';
import { tenantsKey } from './shared/indexes.ts';
import { wakeWaiting } from './shared/seats.ts';
import { urgencyOf } from './shared/urgency.ts';
import { groupDueInMs } from './group-projection/controller.ts';
import { trackedAs } from './group-projection/work.ts';
import { needsAttention } from './user-projection/attention.ts';

/** Changes of a configuration's counts are gathered for this long. */
const countsDelayMs = 5000;

/** Whether somebody asked for something: the spec, a deletion or one of our annotations changed. */
function asked(old: KubeObject | undefined, now: KubeObject): boolean {
  if (!isSame(old, now)) return true;
  return Object.values(annotations).some((name) => old.metadata.annotations?.[name] !== now.metadata.annotations?.[name]);
}

/** Whether neither the spec nor a deletion has changed. */
function isSame(old: KubeObject | undefined, now: KubeObject): old is KubeObject {
  const [before, after] = [old?.metadata, now.metadata];
  return before?.uid === after.uid && before.generation === after.generation && before.deletionTimestamp === after.deletionTimestamp;
}

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
  for (const record of deps.projections.lister.each(limitedGroupOf(tenantsKey(pair)))) {
    const key = keyString(record.metadata);
    if (record.status.state !== 'Skipped' || awaitsSeat(record)) continue;
    deps.tracker.requestRecheck(key);
    deps.enqueue.projection(key, { priority: priorities.create });
  }
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

/** Groups whose removals have waited for their configuration or its pair are looked at. */
function takeOutHeld(deps: Dependencies, { metadata }: SyncConfiguration): void {
  for (const group of deps.groups.lister.byIndex(groupIndexes.configuration, keyString(metadata)))
    if (deps.groupMemory.holdsRemovals(keyString(group.metadata))) attemptGroup(deps, group, { delayMs: 0 });
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

function projectionChanged(deps: Dependencies, old: UserProjection | undefined, now: UserProjection | undefined, initial: boolean): void {
  const projection = now ?? old;
  if (!projection) return;
  const configurationKey = `${projection.metadata.namespace}/${projection.spec.syncConfigurationRef.name}`;
  if (now) lookAt(deps, old, now, initial);
  else projectionGone(deps, projection, configurationKey);
  wakeRivals(deps, old, now);
  wakePreviews(deps, old, now);
  if (freesSeat(old, now)) wakeWaiting(deps, tenantsKey(projection));
  if (initial) return;
  const stateChanged = isInAnotherState(old, now);
  if (stateChanged || isCountedAnew(old, now))
    deps.enqueue.configuration(configurationKey, { delayMs: countsDelayMs, priority: priorities.background });
  if (stateChanged) wakeAround(deps, old, projection);
  if (referableAccount(old) !== referableAccount(now)) wakeGroups(deps, projection, () => true);
  else if (standing(old) !== standing(now)) wakeGroups(deps, projection, ({ spec }) => spec.mode === 'Plan');
}

/** A change of one person's account concerns others: who reports to that person, claims the person, or was in the account's way. */
function wakeAround(deps: Dependencies, old: UserProjection | undefined, projection: UserProjection): void {
  wakeOthers(deps, projection);
  wakeObstructed(deps, old);
}

/** Whether the state of a record or its account is another one. */
function isInAnotherState(old: UserProjection | undefined, now: UserProjection | undefined): boolean {
  return old?.status.state !== now?.status.state || old?.status.targetUser?.objectId !== now?.status.targetUser?.objectId;
}

/** Whether a record counts otherwise in the status of its configuration. */
function isCountedAnew(old: UserProjection | undefined, now: UserProjection | undefined): boolean {
  return (old && countedAs(old)) !== (now && countedAs(now));
}

/** Whether a record has let go of a seat, or waits for one no more: others may have their turn. */
function freesSeat(old: UserProjection | undefined, now: UserProjection | undefined): boolean {
  if (old === undefined) return false;
  const had = seatOf(old) !== undefined && (now === undefined || seatOf(now) === undefined);
  return had || (awaitsSeat(old) && (now === undefined || !awaitsSeat(now)));
}

function lookAt(deps: Dependencies, old: UserProjection | undefined, now: UserProjection, initial: boolean): void {
  // What was there at the start is looked at by whoever takes a shard over.
  if (!initial && asked(old, now)) deps.enqueue.projection(keyString(now.metadata), { priority: urgencyOf(now) });
  const owner = { namespace: now.metadata.namespace, name: now.spec.syncConfigurationRef.name };
  // Records that have lost their configuration are swept by its controller.
  if (!deps.configurations.lister.get(owner)) deps.enqueue.configuration(keyString(owner), { priority: priorities.background });
}

/** A record that goes while its person is in scope leaves somebody to be decided about anew. */
function projectionGone(deps: Dependencies, gone: UserProjection, configurationKey: string): void {
  deps.tracker.gone(keyString(gone.metadata));
  // A preview decides about everybody in each cycle.
  if (gone.spec.lifecycle === 'Present' && !isPreview(gone) && isOfItsPair(deps, gone))
    deps.tracker.lost(configurationKey, gone.spec.source.objectId);
}

/** Records in whose way the account of another one stood look again when that one's state changes: it may be gone, or let go. */
function wakeObstructed(deps: Dependencies, old: UserProjection | undefined): void {
  const objectId = old?.status.targetUser?.objectId;
  if (old === undefined || objectId === undefined) return;
  const account = `${old.spec.target.tenantId}/${objectId}`.toLowerCase();
  for (const other of deps.projections.lister.byIndex(projectionIndexes.obstacle, account)) {
    if (other.metadata.uid === old.metadata.uid) continue;
    const key = keyString(other.metadata);
    deps.tracker.requestRecheck(key);
    deps.enqueue.projection(key, { priority: priorities.create });
  }
}

/** Whether a record was made for the tenants of its pair, as far as both are known. */
function isOfItsPair(deps: Dependencies, { metadata: { namespace }, spec }: UserProjection): boolean {
  const configuration = deps.configurations.lister.get({ namespace, name: spec.syncConfigurationRef.name });
  const pair = configuration && deps.pairs.lister.get({ namespace, name: configuration.spec.tenantPairRef.name });
  return pair === undefined || isOfPair(spec, pair);
}

/** An address that somebody lets go of concerns those who would be invited by it too. */
function wakeRivals(deps: Dependencies, old: UserProjection | undefined, now: UserProjection | undefined): void {
  if (old?.spec.invitedAddress === undefined || old.spec.lifecycle !== 'Present') return;
  if (now?.spec.lifecycle === 'Present' && now.spec.invitedAddress === old.spec.invitedAddress) return;
  const address = `${old.spec.target.tenantId}/${old.spec.invitedAddress}`.toLowerCase();
  for (const other of deps.projections.lister.byIndex(projectionIndexes.address, address)) {
    const key = keyString(other.metadata);
    if (other.metadata.uid !== old.metadata.uid && needsAttention(deps, other, key).type === 'Due')
      deps.enqueue.projection(key, { priority: priorities.create });
  }
}

const previewsOf = (deps: Dependencies, { metadata }: Pick<SyncConfiguration, 'metadata'>): readonly SyncConfiguration[] =>
  deps.configurations.lister.byIndex(configurationIndexes.previewOf, keyString(metadata));

/** What a preview says of a person rests on the record of the configuration that it is a preview of (G8). */
function wakePreviews(deps: Dependencies, old: UserProjection | undefined, now: UserProjection | undefined): void {
  const record = now ?? old;
  if (record === undefined || isPreview(record)) return;
  const { namespace } = record.metadata;
  const previews = previewsOf(deps, { metadata: { ...record.metadata, name: record.spec.syncConfigurationRef.name } });
  if (previews.length === 0 || factsCompared(old) === factsCompared(now)) return;
  for (const preview of previews) {
    const name = projectionName(preview.metadata.name, record.spec.source.objectId);
    deps.enqueue.projection(keyString({ namespace, name }), { priority: priorities.background });
  }
}

/** A change of one person's account concerns those who report to that person, and other claims on the person. */
function wakeOthers(deps: Dependencies, projection: UserProjection): void {
  for (const other of deps.projections.lister.byIndex(projectionIndexes.manager, personKey(projection.spec)))
    deps.enqueue.projection(keyString(other.metadata), { priority: priorities.update });
  for (const other of deps.projections.lister.byIndex(projectionIndexes.person, personKey(projection.spec))) {
    if (other.metadata.uid !== projection.metadata.uid) deps.enqueue.projection(keyString(other.metadata), { priority: priorities.update });
  }
}

/** Changes of the accounts of a group's people are gathered for this long. */
const membersDelayMs = 3000;

/** Has a group looked at now, also where it waits for its next attempt: what stood in its way may be gone. */
function attemptGroup(deps: Dependencies, group: GroupProjection, { delayMs }: { readonly delayMs: number }): void {
  deps.groupMemory.requestAttempt(keyString(group.metadata));
  lookAtGroup(deps, group, { delayMs });
}

/** Has a group looked at although its record has not changed; a cycle that is under way waits for it. */
function lookAtGroup(deps: Dependencies, group: GroupProjection, { delayMs }: { readonly delayMs: number }): void {
  const key = keyString(group.metadata);
  deps.groupMemory.requestLook(key);
  deps.tracker.changed(keyString({ ...group.metadata, name: group.spec.syncConfigurationRef.name }), trackedAs(key));
  deps.enqueue.group(key, { delayMs, priority: priorities.update });
}

/** How the person of a record stands to groups: a plan counts who is to get an account. */
const standing = (record: UserProjection | undefined): string => (record === undefined ? 'None' : hashOf(personStanding([record])));

/** Whoever has got an account, or has none any more, may be a member of groups. */
function wakeGroups(deps: Dependencies, projection: UserProjection, isConcerned: (group: GroupProjection) => boolean): void {
  for (const key of deps.groupMemory.groupsOf(projection.spec.source.objectId.toLowerCase())) {
    const group = deps.groups.lister.get(parseKey(key));
    if (group !== undefined && isConcerned(group)) lookAtGroup(deps, group, { delayMs: membersDelayMs });
  }
}

function groupChanged(deps: Dependencies, old: GroupProjection | undefined, now: GroupProjection | undefined, initial: boolean): void {
  const group = now ?? old;
  if (group === undefined) return;
  const key = keyString(group.metadata);
  if (now === undefined) {
    deps.groupMemory.gone(key);
    deps.tracker.gone(trackedAs(key));
  } else if (!initial && asked(old, now)) deps.enqueue.group(key, { priority: priorities.update });
  const owner = { namespace: group.metadata.namespace, name: group.spec.syncConfigurationRef.name };
  if (!deps.configurations.lister.get(owner) || (!initial && isGroupCountedAnew(old, now)))
    deps.enqueue.configuration(keyString(owner), { delayMs: countsDelayMs, priority: priorities.background });
  if (!initial && !holdsGroup(now) && (now === undefined || holdsGroup(old))) wakeClaimants(deps, group);
  if (!initial && groupFacts(old) !== groupFacts(now)) wakeGroupPreviews(deps, group);
}

/** What a preview of a group rests on. */
function groupFacts(record: GroupProjection | undefined): string {
  const { state, targetGroup, appliedContent, keptMembers } = record?.status ?? {};
  return hashOf([state, targetGroup, appliedContent, keptMembers].map((fact) => fact ?? null));
}

/** What a preview says of a group rests on the record of the configuration that it is a preview of (G8). */
function wakeGroupPreviews(deps: Dependencies, { metadata, spec }: GroupProjection): void {
  for (const preview of previewsOf(deps, { metadata: { ...metadata, name: spec.syncConfigurationRef.name } })) {
    const name = groupProjectionName(preview.metadata.name, spec.source.objectId);
    const record = deps.groups.lister.get({ namespace: metadata.namespace, name });
    if (record !== undefined) attemptGroup(deps, record, { delayMs: membersDelayMs });
  }
}

/** Whether what the configuration shows of a group has changed. */
function isGroupCountedAnew(old: GroupProjection | undefined, now: GroupProjection | undefined): boolean {
  const shown = (record: GroupProjection | undefined) => [
    record?.status.state,
    record?.spec.lifecycle,
    record?.status.stagedRemovals?.evidence,
    record?.status.drift === undefined,
    record && approvedGroupWork(record)?.outcome,
  ];
  return hashOf(shown(old).map(String)) !== hashOf(shown(now).map(String));
}

/** Whether a group of the target is in use by a record. */
function holdsGroup(record: GroupProjection | undefined): boolean {
  const link = record?.status.targetGroup;
  return link !== undefined && link.deletedAt === undefined && link.releasedAt === undefined;
}

/** A group that somebody lets go of may be another configuration's, or make room for another one. */
function wakeClaimants(deps: Dependencies, group: GroupProjection): void {
  for (const other of deps.groups.lister.byIndex(groupIndexes.tenants, tenantsKey(group))) {
    const waits = other.status.state === 'Skipped' || other.status.state === 'Conflict';
    if (other.metadata.uid !== group.metadata.uid && waits) attemptGroup(deps, other, { delayMs: 0 });
  }
}
