import type { SyncConfiguration, TenantPair, UserProjection } from '../../api/kinds.ts';
import { seatOf, type Seat } from '../../core/limits/seats.ts';
import { managerKey, personKey } from '../../core/projection/claims.ts';
import { configurationIndexes, pairIndexes, projectionIndexes } from './dependencies.ts';

type IndexFunction<T> = (object: T) => readonly string[];

const inTarget = (projection: UserProjection, value: string | undefined): readonly string[] =>
  value === undefined ? [] : [`${projection.spec.target.tenantId}/${value}`.toLowerCase()];

/** Index functions of the projection store. */
export const projectionIndexFunctions: Readonly<Record<string, IndexFunction<UserProjection>>> = {
  [projectionIndexes.configuration]: (projection) => [`${projection.metadata.namespace}/${projection.spec.syncConfigurationRef.name}`],
  [projectionIndexes.person]: (projection) => [personKey(projection.spec)],
  [projectionIndexes.targetUser]: (projection) => inTarget(projection, projection.status.targetUser?.objectId),
  [projectionIndexes.address]: (projection) => inTarget(projection, projection.spec.invitedAddress),
  [projectionIndexes.obstacle]: (projection) => inTarget(projection, projection.status.conflictingObjectId),
  [projectionIndexes.manager]: ({ spec }) => {
    const manager = managerKey(spec);
    return manager === undefined ? [] : [manager];
  },
  [projectionIndexes.seats]: (projection) => {
    const seat = seatOf(projection);
    return seat === undefined ? [] : [seatsKey(tenantsKey(projection), seat)];
  },
  [projectionIndexes.limited]: (projection) => (projection.status.limitedBy === undefined ? [] : [tenantsKey(projection)]),
};

export const configurationIndexFunctions: Readonly<Record<string, IndexFunction<SyncConfiguration>>> = {
  [configurationIndexes.pair]: (configuration) => [`${configuration.metadata.namespace}/${configuration.spec.tenantPairRef.name}`],
};

export const pairIndexFunctions: Readonly<Record<string, IndexFunction<TenantPair>>> = {
  [pairIndexes.tenants]: (pair) => [tenantsKey(pair)],
};

/** The value under which pairs of the same two tenants are indexed, and found from their records. */
export function tenantsKey({
  spec: { source, target },
}: {
  readonly spec: { readonly source: { readonly tenantId: string }; readonly target: { readonly tenantId: string } };
}): string {
  return `${source.tenantId}/${target.tenantId}`.toLowerCase();
}

/** The value under which the records that take a seat of that kind between two tenants are indexed. */
export function seatsKey(tenants: string, seat: Seat): string {
  return `${tenants}/${seat}`;
}
