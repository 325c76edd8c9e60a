import type { SyncConfigurationSpec, UserProjectionSpec } from '../../api/generated.ts';
import type { UserProjection } from '../../api/kinds.ts';
import { isSignInBlocked } from '../projection/account.ts';

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
  if (reason === 'Unassigned' && isSignInBlocked(projection) && deprovisioning.disabledUsers === 'Retain') return 'Retain';
  return deprovisioning.action;
}
