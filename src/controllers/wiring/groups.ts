import { groupProjectionName, type GroupProjection, type SyncConfiguration, type UserProjection } from '../../api/kinds.ts';
import { approvedGroupWork } from '../../core/cycle/approved.ts';
import { hashOf } from '../../core/hash.ts';
import { priorities } from '../../ports/reconcile.ts';
import { keyString, parseKey } from '../../ports/resources.ts';
import { trackedAs } from '../group-projection/work.ts';
import { groupIndexes, type Dependencies } from '../shared/dependencies.ts';
import { tenantsKey } from '../shared/indexes.ts';
import { asked } from './asked.ts';
import { recount } from './counts.ts';
import { previewsOf } from './previews.ts';

/** Changes of the accounts of a group's people are gathered for this long. */
const membersDelayMs = 3000;

/** Has a group looked at now, also where it waits for its next attempt: what stood in its way may be gone. */
function attemptGroup(deps: Dependencies, group: GroupProjection, { delayMs }: { readonly delayMs: number }): void {
  deps.groupMemory.requestAttempt(keyString(group.metadata));
  lookAtGroup(deps, group, { delayMs });
}

/** Has a group looked at although its record has not changed; a cycle that is under way waits for it. */
export function lookAtGroup(deps: Dependencies, group: GroupProjection, { delayMs }: { readonly delayMs: number }): void {
  const key = keyString(group.metadata);
  deps.groupMemory.requestLook(key);
  deps.tracker.changed(keyString({ ...group.metadata, name: group.spec.syncConfigurationRef.name }), trackedAs(key));
  deps.enqueue.group(key, { delayMs, priority: priorities.update });
}

/** Whoever has got an account, or has none any more, may be a member of groups. */
export function wakeGroups(deps: Dependencies, projection: UserProjection, isConcerned: (group: GroupProjection) => boolean): void {
  for (const key of deps.groupMemory.groupsOf(projection.spec.source.objectId.toLowerCase())) {
    const group = deps.groups.lister.get(parseKey(key));
    if (group !== undefined && isConcerned(group)) lookAtGroup(deps, group, { delayMs: membersDelayMs });
  }
}

/** A record of a group has changed: who else is concerned by it. */
export function groupChanged(
  deps: Dependencies,
  old: GroupProjection | undefined,
  now: GroupProjection | undefined,
  initial: boolean,
): void {
  const group = now ?? old;
  if (group === undefined) return;
  const key = keyString(group.metadata);
  if (now === undefined) {
    deps.groupMemory.gone(key);
    deps.tracker.gone(trackedAs(key));
  } else if (!initial && asked(old, now)) deps.enqueue.group(key, { priority: priorities.update });
  const owner = { namespace: group.metadata.namespace, name: group.spec.syncConfigurationRef.name };
  if (!deps.configurations.lister.get(owner) || (!initial && isGroupCountedAnew(old, now))) recount(deps, keyString(owner));
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

/** Groups whose removals have waited for their configuration or its pair are looked at. */
export function takeOutHeld(deps: Dependencies, { metadata }: SyncConfiguration): void {
  for (const group of deps.groups.lister.byIndex(groupIndexes.configuration, keyString(metadata)))
    if (deps.groupMemory.holdsRemovals(keyString(group.metadata))) attemptGroup(deps, group, { delayMs: 0 });
}
