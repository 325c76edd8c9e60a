import type { SyncConfigurationSpec, UserProjectionSpec } from '../../api/generated.ts';
import type { UserProjection } from '../../api/kinds.ts';

export type RemovalReason = NonNullable<UserProjectionSpec['removal']>['reason'];
export type RemovalAction = NonNullable<UserProjectionSpec['removal']>['action'];

/** What a removal means for one projection, by the configuration's policy (A5, D4). */
export function removalAction(
  configuration: Pick<SyncConfigurationSpec, 'deprovisioning' | 'targetActions'>,
  projection: Pick<UserProjection, 'status'>,
  reason: RemovalReason,
): RemovalAction {
  const { deprovisioning } = configuration;
  if (!configuration.targetActions.includes('Delete')) return 'Retain';
  if (projection.status.targetUser?.origin === 'Adopted' && deprovisioning.adoptedUsers === 'Retain') return 'Retain';
  // The block was written in an earlier cycle, and only now is the person unassigned.
  const blockedBefore = projection.status.state === 'Blocked' || projection.status.targetUser?.signInBlockedAt !== undefined;
  if (reason === 'Unassigned' && blockedBefore && deprovisioning.disabledUsers === 'Retain') return 'Retain';
  return deprovisioning.action;
}

/** Whether an account of this projection is, or may soon be, live: these are what the guard counts. */
export function isLive(projection: Pick<UserProjection, 'status'>): boolean {
  const { status } = projection;
  if (status.state === 'SoftDeleted' || status.state === 'Purged' || status.state === 'Retained') return false;
  return status.targetUser !== undefined || status.intent !== undefined || status.state === 'Pending';
}

/** Whether there is, or may be, an account of this projection in the target. */
export function hasAccount(projection: Pick<UserProjection, 'status'>): boolean {
  return isLive(projection) && (projection.status.targetUser !== undefined || projection.status.intent !== undefined);
}
