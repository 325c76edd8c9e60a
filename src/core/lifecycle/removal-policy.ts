import type { SyncConfigurationSpec, UserProjectionSpec } from '../../api/generated.ts';
import type { UserProjection } from '../../api/kinds.ts';
import { isSignInBlocked } from '../projection/account.ts';

export type RemovalReason = NonNullable<UserProjectionSpec['removal']>['reason'];
export type RemovalAction = NonNullable<UserProjectionSpec['removal']>['action'];

type Policy = Pick<SyncConfigurationSpec, 'deprovisioning' | 'targetActions'>;
type Linked = Pick<UserProjection, 'status'>;

/** Whether the policy takes nothing from this account, for whatever reason its person leaves (D4). */
function takesNothing({ deprovisioning, targetActions }: Policy, { status }: Linked): boolean {
  if (!targetActions.includes('Delete') || deprovisioning.action === 'Retain') return true;
  return status.targetUser?.origin === 'Adopted' && deprovisioning.adoptedUsers === 'Retain';
}

/** What a removal means for one projection, by the configuration's policy (A5, D4). */
export function removalAction(configuration: Policy, projection: Linked, reason: RemovalReason): RemovalAction {
  const { deprovisioning } = configuration;
  if (takesNothing(configuration, projection)) return 'Retain';
  // The block was written in an earlier cycle, and only now is the person unassigned.
  if (reason === 'Unassigned' && isSignInBlocked(projection) && deprovisioning.disabledUsers === 'Retain') return 'Retain';
  return deprovisioning.action;
}

/** What is done about a removal that was decided before: the softer of what was decided, judged and approved and what the policy says now. */
export function actionNow(configuration: Policy, projection: Linked, decided: RemovalAction): RemovalAction {
  if (decided === 'Retain' || takesNothing(configuration, projection)) return 'Retain';
  return configuration.deprovisioning.action === 'Block' ? 'Block' : decided;
}
