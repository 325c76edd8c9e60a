import type { GroupProjection, SyncConfiguration, TenantPair, UserProjection } from '../../api/kinds.ts';
import { keyString } from '../../ports/resources.ts';
import { searchableAddresses } from '../../core/projection/former-addresses.ts';
import { managerKey, personKey, personKeyOf } from '../../core/projection/claims.ts';
import { approvedGroupWork } from '../../core/cycle/approved.ts';
import { approvedGroupOf, groupsOf, tenantsKey } from '../../core/projection/groups.ts';
import { configurationIndexes, groupIndexes, pairIndexes, projectionIndexes } from './dependencies.ts';

export { tenantsKey };

type IndexFunction<T> = (object: T) => readonly string[];

const inTarget = (projection: UserProjection, value: string | undefined): readonly string[] =>
  value === undefined ? [] : [`${projection.spec.target.tenantId}/${value}`.toLowerCase()];

/** Index functions of the projection store. */
export const projectionIndexFunctions: Readonly<Record<string, IndexFunction<UserProjection>>> = {
  [projectionIndexes.person]: (projection) => [personKey(projection.spec)],
  [projectionIndexes.targetUser]: (projection) => inTarget(projection, projection.status.targetUser?.objectId),
  [projectionIndexes.plannedUser]: (projection) =>
    inTarget(projection, projection.status.targetUser === undefined ? projection.status.plan?.objectId : undefined),
  [projectionIndexes.address]: (projection) => inTarget(projection, projection.spec.invitedAddress),
  [projectionIndexes.searched]: (projection) =>
    projection.status.targetUser !== undefined ? [] : searchableAddresses(projection).flatMap((address) => inTarget(projection, address)),
  [projectionIndexes.obstacle]: (projection) => inTarget(projection, projection.status.conflictingObjectId),
  [projectionIndexes.manager]: ({ spec }) => {
    const manager = managerKey(spec);
    return manager === undefined ? [] : [manager];
  },
};

/** How records are found in their store: by index, in the groups of their configuration, and by the person whom they are about. */
export const projectionFiling = {
  indexes: projectionIndexFunctions,
  groups: groupsOf,
  subject: ({ spec }: UserProjection): string => spec.source.objectId,
};

const configurationOf = ({ metadata: { namespace }, spec }: GroupProjection): string =>
  keyString({ namespace, name: spec.syncConfigurationRef.name });

export const groupIndexFunctions: Readonly<Record<string, IndexFunction<GroupProjection>>> = {
  [groupIndexes.configuration]: (group) => [configurationOf(group)],
  [groupIndexes.group]: ({ spec: { source, target } }) => [personKeyOf(source.tenantId, source.objectId, target.tenantId)],
  [groupIndexes.tenants]: (group) => [tenantsKey(group)],
  [groupIndexes.approved]: (group) => {
    const work = approvedGroupWork(group);
    return work === undefined ? [] : [approvedGroupOf(configurationOf(group), work)];
  },
};

export const configurationIndexFunctions: Readonly<Record<string, IndexFunction<SyncConfiguration>>> = {
  [configurationIndexes.pair]: (configuration) => [`${configuration.metadata.namespace}/${configuration.spec.tenantPairRef.name}`],
  [configurationIndexes.previewOf]: ({ metadata: { namespace }, spec: { previewOf } }) =>
    previewOf === undefined ? [] : [keyString({ namespace, name: previewOf.name })],
};

export const pairIndexFunctions: Readonly<Record<string, IndexFunction<TenantPair>>> = {
  [pairIndexes.tenants]: (pair) => [tenantsKey(pair)],
  [pairIndexes.target]: ({ spec }) => [spec.target.tenantId.toLowerCase()],
};
