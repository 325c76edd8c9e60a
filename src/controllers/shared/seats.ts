import type { TenantPair, UserProjection } from '../../api/kinds.ts';
import { awaitsHandover, awaitsSeat, nextInTurn } from '../../core/limits/seats.ts';
import { personKey, personKeyOf } from '../../core/projection/claims.ts';
import { limitedGroupOf, previewSeatsGroupOf, seatsGroupOf, tenantsKey } from '../../core/projection/groups.ts';
import { priorities } from '../../ports/reconcile.ts';
import { keyString, type ObjectMeta } from '../../ports/resources.ts';
import { projectionIndexes, type Dependencies } from './dependencies.ts';

/**
 * Between which tenants a seat is taken, and by which rule: plans count what they would make too, and a preview counts that of no other plan
 * (by its configuration).
 */
interface Room {
  readonly tenants: string;
  readonly mode: UserProjection['spec']['mode'];
  readonly preview?: string;
}

const nameOf = ({ tenants, mode, preview = '' }: Room): string => `${tenants}/${mode}/${preview}`;

function roomOf({ metadata, spec }: UserProjection): Room {
  const room: Room = { tenants: tenantsKey({ spec }), mode: spec.mode };
  const preview = keyString({ namespace: metadata.namespace, name: spec.syncConfigurationRef.name });
  return spec.previewOf === undefined ? room : { ...room, preview };
}

/** The groups of the records that have a seat in a room, but for those of accounts that were let go. */
function seatGroupsOf({ tenants, mode, preview }: Room): readonly string[] {
  const live = seatsGroupOf(tenants, 'Account');
  if (mode === 'Apply') return [live];
  return [live, preview === undefined ? seatsGroupOf(tenants, 'Planned') : previewSeatsGroupOf(preview)];
}

/** The people who have an account of the pair, or may have one, by the records and by the passes under way (B11). */
function seated(deps: Dependencies, room: Room): ReadonlySet<string> {
  const isWanted = ({ spec }: UserProjection): boolean =>
    deps.projections.lister.byIndex(projectionIndexes.person, personKey(spec)).some(awaitsHandover);
  const { lister } = deps.projections;
  const people = new Set(deps.seats.heldIn(nameOf(room)));
  const [sourceTenant = '', targetTenant = ''] = room.tenants.split('/');
  for (const group of seatGroupsOf(room))
    for (const { id } of lister.subjects(group)) people.add(personKeyOf(sourceTenant, id, targetTenant));
  for (const record of lister.each(seatsGroupOf(room.tenants, 'HandedOver'))) if (isWanted(record)) people.add(personKey(record.spec));
  return people;
}

/** Whether so many are left that nobody has to be counted one by one. */
function isAmple(deps: Dependencies, room: Room, maxUsers: number): boolean {
  const groups = [...seatGroupsOf(room), seatsGroupOf(room.tenants, 'HandedOver')];
  const records = groups.reduce((sum, group) => sum + deps.projections.lister.count(group), 0);
  return records + deps.seats.heldIn(nameOf(room)).length < maxUsers;
}

/** Number of live accounts of a pair, those included that may be on their way. */
export function countSeats(deps: Dependencies, pair: TenantPair): number {
  return seated(deps, { tenants: tenantsKey(pair), mode: 'Apply' }).size;
}

/**
 * As {@link countSeats}, for who asks whether there are more than `bound`: without one, or while there is ample room, nobody is counted one by
 * one, and the answer is 0.
 */
export function countBeyond(deps: Dependencies, pair: TenantPair, bound: number | undefined): number {
  return bound === undefined || isAmple(deps, { tenants: tenantsKey(pair), mode: 'Apply' }, bound) ? 0 : countSeats(deps, pair);
}

/** Whether there is a seat for a person: one of their own, or a free one. */
export function wouldFindSeat(deps: Dependencies, record: UserProjection, maxUsers: number): boolean {
  const room = roomOf(record);
  if (isAmple(deps, room, maxUsers)) return true;
  const taken = seated(deps, room);
  return taken.has(personKey(record.spec)) || taken.size < maxUsers;
}

/** Takes a seat for a person, unless all are taken and none is theirs. It is held until {@link releaseSeat}. */
export function takeSeat(deps: Dependencies, record: UserProjection, maxUsers: number): boolean {
  if (!wouldFindSeat(deps, record, maxUsers)) return false;
  deps.seats.hold(nameOf(roomOf(record)), personKey(record.spec), keyString(record.metadata));
  return true;
}

/** A pass is over: what it holds is given back, and, unless a record shows the account by now, others have their turn. */
export function releaseSeat(deps: Dependencies, record: UserProjection): void {
  const key = keyString(record.metadata);
  if (deps.seats.release(nameOf(roomOf(record)), personKey(record.spec), key, deps.clock.monotonic()))
    wakeWaiting(deps, tenantsKey(record));
}

/** Number of seats that are free, by the limit as the pair of a record has it now. */
function freeSeats(deps: Dependencies, record: UserProjection): number {
  const {
    metadata: { namespace },
    spec,
  } = record;
  const configuration = deps.configurations.lister.get({ namespace, name: spec.syncConfigurationRef.name });
  const pair = configuration && deps.pairs.lister.get({ namespace, name: configuration.spec.tenantPairRef.name });
  const maxUsers = pair?.spec.limits?.maxUsers;
  return maxUsers === undefined ? Number.POSITIVE_INFINITY : maxUsers - seated(deps, roomOf(record)).size;
}

/** Whether there is a seat for one more. */
export const hasRoom = (deps: Dependencies, record: UserProjection): boolean => freeSeats(deps, record) > 0;

/** Whether a record's pass could take a seat now: one that is suspended must not keep others from their turn. */
function isServed(deps: Dependencies, { metadata: { namespace }, spec }: UserProjection): boolean {
  const configuration = deps.configurations.lister.get({ namespace, name: spec.syncConfigurationRef.name });
  return configuration?.spec.suspend === false;
}

type Waiting = Pick<ObjectMeta, 'namespace' | 'name' | 'creationTimestamp'>;

/** Puts as many of those who wait for a seat, and have not just given one back, into the queue as there are free ones, oldest first. */
export function wakeWaiting(deps: Dependencies, tenants: string): void {
  const now = deps.clock.monotonic();
  const waiting = new Map<string, { readonly first: UserProjection; readonly keys: Waiting[] }>();
  for (const record of deps.projections.lister.each(limitedGroupOf(tenants))) {
    if (!awaitsSeat(record) || !isServed(deps, record) || deps.seats.isResting(keyString(record.metadata), now)) continue;
    const room = nameOf(roomOf(record));
    const { namespace, name, creationTimestamp } = record.metadata;
    const those = waiting.get(room) ?? { first: record, keys: [] };
    those.keys.push({ namespace, name, creationTimestamp });
    waiting.set(room, those);
  }
  for (const { first, keys } of waiting.values())
    for (const key of nextInTurn(keys, freeSeats(deps, first))) deps.enqueue.projection(keyString(key), { priority: priorities.create });
}
