import type {
  GroupProjectionSpec,
  GroupProjectionStatus,
  SyncConfigurationSpec,
  SyncConfigurationStatus,
  TenantPairSpec,
  TenantPairStatus,
  UserProjectionSpec,
  UserProjectionStatus,
} from './generated.ts';
import type { KubeObject } from './meta.ts';

export const apiGroup = 'tenantsync.dev';
export const apiVersion = `${apiGroup}/v1alpha1`;

export interface TenantPair extends KubeObject {
  readonly spec: TenantPairSpec;
  readonly status: TenantPairStatus;
}
export interface SyncConfiguration extends KubeObject {
  readonly spec: SyncConfigurationSpec;
  readonly status: SyncConfigurationStatus;
}
export interface UserProjection extends KubeObject {
  readonly spec: UserProjectionSpec;
  readonly status: UserProjectionStatus;
}

export interface GroupProjection extends KubeObject {
  readonly spec: GroupProjectionSpec;
  readonly status: GroupProjectionStatus;
}

/** The four kinds with their names in URLs. */
export const kinds = {
  tenantPair: { kind: 'TenantPair', plural: 'tenantpairs' },
  syncConfiguration: { kind: 'SyncConfiguration', plural: 'syncconfigurations' },
  userProjection: { kind: 'UserProjection', plural: 'userprojections' },
  groupProjection: { kind: 'GroupProjection', plural: 'groupprojections' },
} as const;

export const labels = {
  tenantPair: 'tenantsync.dev/tenant-pair',
  configuration: 'tenantsync.dev/configuration',
} as const;

export const annotations = {
  requestedAt: 'tenantsync.dev/requested-at',
  restartedAt: 'tenantsync.dev/restarted-at',
  provisionUsers: 'tenantsync.dev/provision-users',
  explainUsers: 'tenantsync.dev/explain-users',
  approveDeletions: 'tenantsync.dev/approve-deletions',
  rejectDeletions: 'tenantsync.dev/reject-deletions',
  decidedBy: 'tenantsync.dev/decided-by',
} as const;

export const finalizers = {
  targetUser: 'tenantsync.dev/target-user',
  deprovision: 'tenantsync.dev/deprovision',
} as const;

/** Name of the projection of a source user: deterministic, so that creating it twice collides. */
export function projectionName(configuration: string, sourceObjectId: string): string {
  return `${configuration}-${sourceObjectId.toLowerCase()}`;
}

/** Name of the projection of a source group: deterministic too. */
export function groupProjectionName(configuration: string, sourceObjectId: string): string {
  return `${configuration}-group-${sourceObjectId.toLowerCase()}`;
}
