import type { TenantPair, UserProjection } from '../../api/kinds.ts';
import { awaitsHandover, awaitsSeat, nextInTurn, type Seat } from '../../core/limits/seats.ts';
import { personKey, personKeyOf } from '../../core/projection/claims.ts';
import { limitedGroupOf, seatsGroupOf, tenantsKey } from '../../core/projection/groups.ts';
import { priorities } from '../../ports/reconcile.ts';
import { keyString, type ObjectMeta } from '../../ports/resources.ts';
import { projectionIndexes, type Dependencies } from './dependencies.ts';

type Mode = UserProjection['spec']['mode'];

const roomOf = (tenants: string, mode: Mode): string => `${tenants}/${mode}`;

const seatsIn = (mode: Mode): readonly Seat[] => (mode === 'Plan' ? ['Account', 'HandedOver', 'Planned'] : ['Account', 'HandedOver']);

/** The people who have an account of the pair, or may have one, by the records and by the passes under way (B11). */
function seated(deps: Dependencies, tenants: string, mode: Mode): ReadonlySet<string> {
  const isWanted = ({ spec }: UserProjection): boolean =>
    deps.projections.lister.byIndex(projectionIndexes.person, personKey(spec)).some(awaitsHandover);
  const { lister } = deps.projections;
  const people = new Set(deps.seats.heldIn(roomOf(tenants, mode)));
  const [sourceTenant = '', targetTenant = ''] = tenants.split('/');
  for (const seat of seatsIn(mode).filter((each) => each !== 'HandedOver'))
    for (const { id } of lister.subjects(seatsGroupOf(tenants, seat))) people.add(personKeyOf(sourceTenant, id, targetTenant));
  for (const record of lister.each(seatsGroupOf(tenants, 'HandedOver'))) if (isWanted(record)) people.add(personKey(record.spec));
  return people;
}

/** Whether so many are left that nobody has to be counted one by one. */
function isAmple(deps: Dependencies, tenants: string, mode: Mode, maxUsers: number): boolean {
  const records = seatsIn(mode).reduce((sum, seat) => sum + deps.projections.lister.count(seatsGroupOf(tenants, seat)), 0);
  return records + deps.seats.heldIn(roomOf(tenants, mode)).length < maxUsers;
}

/** Number of live accounts of a pair, those included that may be on their way. */
export function countSeats(deps: Dependencies, pair: TenantPair): number {
  return seated(deps, tenantsKey(pair), 'Apply').size;
}

/**
 * As {@link countSeats}, for who asks whether the limit is exceeded: while there is ample room, or no limit, nobody is counted one by one, and
 * the answer is 0.
 */
export function countBeyondLimit(deps: Dependencies, pair: TenantPair): number {
  const maxUsers = pair.spec.limits?.maxUsers;
  return maxUsers === undefined || isAmple(deps, tenantsKey(pair), 'Apply', maxUsers) ? 0 : countSeats(deps, pair);
}

/** Whether there is a seat for a person: one of their own, or a free one. */
export function wouldFindSeat(deps: Dependencies, { spec }: UserProjection, maxUsers: number): boolean {
  const tenants = tenantsKey({ spec });
  if (isAmple(deps, tenants, spec.mode, maxUsers)) return true;
  const taken = seated(deps, tenants, spec.mode);
  return taken.has(personKey(spec)) || taken.size < maxUsers;
}

/** Takes a seat for a person, unless all are taken and none is theirs. It is held until {@link releaseSeat}. */
export function takeSeat(deps: Dependencies, record: UserProjection, maxUsers: number): boolean {
  if (!wouldFindSeat(deps, record, maxUsers)) return false;
  deps.seats.hold(roomOf(tenantsKey(record), record.spec.mode), personKey(record.spec), keyString(record.metadata));
  return true;
}

/** A pass is over: what it holds is given back, and, unless a record shows the account by now, others have their turn. */
export function releaseSeat(deps: Dependencies, { metadata, spec }: UserProjection): void {
  const tenants = tenantsKey({ spec });
  if (deps.seats.release(roomOf(tenants, spec.mode), personKey(spec), keyString(metadata))) wakeWaiting(deps, tenants);
}

/** Number of seats that are free, by the limit as the pair of a record has it now. */
function freeSeats(deps: Dependencies, { metadata: { namespace }, spec }: UserProjection): number {
  const configuration = deps.configurations.lister.get({ namespace, name: spec.syncConfigurationRef.name });
  const pair = configuration && deps.pairs.lister.get({ namespace, name: configuration.spec.tenantPairRef.name });
  const maxUsers = pair?.spec.limits?.maxUsers;
  return maxUsers === undefined ? Number.POSITIVE_INFINITY : maxUsers - seated(deps, tenantsKey({ spec }), spec.mode).size;
}

/** Whether there is a seat for one more. */
export const hasRoom = (deps: Dependencies, record: UserProjection): boolean => freeSeats(deps, record) > 0;

/** Whether a record's pass could take a seat now: one that is suspended must not keep others from their turn. */
function isServed(deps: Dependencies, { metadata: { namespace }, spec }: UserProjection): boolean {
  const configuration = deps.configurations.lister.get({ namespace, name: spec.syncConfigurationRef.name });
  return configuration?.spec.suspend === false;
}

/** Puts as many of those who wait for a seat into the queue as there are free ones, oldest first. */
export function wakeWaiting(deps: Dependencies, tenants: string): void {
  for (const mode of ['Apply', 'Plan'] as const) {
    const waiting: Pick<ObjectMeta, 'namespace' | 'name' | 'creationTimestamp'>[] = [];
    let first: UserProjection | undefined;
    for (const record of deps.projections.lister.each(limitedGroupOf(tenants))) {
      if (record.spec.mode !== mode || !awaitsSeat(record) || !isServed(deps, record)) continue;
      first ??= record;
      const { namespace, name, creationTimestamp } = record.metadata;
      waiting.push({ namespace, name, creationTimestamp });
    }
    if (first === undefined) continue;
    for (const key of nextInTurn(waiting, freeSeats(deps, first))) deps.enqueue.projection(keyString(key), { priority: priorities.create });
  }
}
