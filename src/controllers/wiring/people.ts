import type { UserProjection } from '../../api/kinds.ts';
import { personStanding } from '../../core/groups/membership.ts';
import { hashOf } from '../../core/hash.ts';
import { awaitsSeat, seatOf } from '../../core/limits/seats.ts';
import { referableAccount } from '../../core/projection/account.ts';
import { isOfPair, personKey, standsDown } from '../../core/projection/claims.ts';
import { countedAs } from '../../core/projection/groups.ts';
import { isPreview } from '../../core/projection/preview.ts';
import { priorities } from '../../ports/reconcile.ts';
import { keyString } from '../../ports/resources.ts';
import { projectionIndexes, type Dependencies } from '../shared/dependencies.ts';
import { tenantsKey } from '../shared/indexes.ts';
import { wakeWaiting } from '../shared/seats.ts';
import { urgencyOf } from '../shared/urgency.ts';
import { needsAttention } from '../user-projection/attention.ts';
import { asked } from './asked.ts';
import { recount } from './counts.ts';
import { wakeGroups } from './groups.ts';
import { wakePreviews } from './previews.ts';

/** A record of a person has changed: who else is concerned by it. */
export function projectionChanged(
  deps: Dependencies,
  old: UserProjection | undefined,
  now: UserProjection | undefined,
  initial: boolean,
): void {
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
  if (stateChanged || isCountedAnew(old, now)) recount(deps, configurationKey);
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

/** An address that somebody lets go of, or may not be invited by, concerns those who would be invited by it too. */
function wakeRivals(deps: Dependencies, old: UserProjection | undefined, now: UserProjection | undefined): void {
  if (old?.spec.invitedAddress === undefined || old.spec.lifecycle !== 'Present') return;
  const isThere = now?.spec.lifecycle === 'Present' && now.spec.invitedAddress === old.spec.invitedAddress;
  if (isThere && (standsDown(old) || !standsDown(now))) return;
  const address = `${old.spec.target.tenantId}/${old.spec.invitedAddress}`.toLowerCase();
  for (const other of deps.projections.lister.byIndex(projectionIndexes.address, address)) {
    const key = keyString(other.metadata);
    if (other.metadata.uid !== old.metadata.uid && needsAttention(deps, other, key).type === 'Due')
      deps.enqueue.projection(key, { priority: priorities.create });
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

/** How the person of a record stands to groups: a plan counts who is to get an account. */
const standing = (record: UserProjection | undefined): string => (record === undefined ? 'None' : hashOf(personStanding([record])));
