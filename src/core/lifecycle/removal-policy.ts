import type { SyncConfigurationSpec, UserProjectionSpec } from '../../api/generated.ts';
import type { UserProjection } from '../../api/kinds.ts';
import { isExcluded, type Limit, type Limits } from '../limits/limits.ts';
import { isSignInBlocked } from '../projection/account.ts';

type Removal = NonNullable<UserProjectionSpec['removal']>;
export type RemovalReason = Removal['reason'];
export type RemovalAction = Removal['action'];

/** What decides about removals: the configuration, and above it the limits of its pair. */
export type RemovalPolicy = Pick<SyncConfigurationSpec, 'deprovisioning' | 'targetActions'> & { readonly limits: Limits | undefined };
type Linked = Pick<UserProjection, 'status'>;

/** Whether the configuration takes nothing from this account: whatever the reason (D4), or with its own deletion (A10). */
function takesNothing({ deprovisioning, targetActions }: RemovalPolicy, { status }: Linked, reason: RemovalReason): boolean {
  if (!targetActions.includes('Delete') || deprovisioning.action === 'Retain') return true;
  if (reason === 'ConfigurationDeleted' && deprovisioning.onConfigurationDeletion !== 'Deprovision') return true;
  return status.targetUser?.origin === 'Adopted' && deprovisioning.adoptedUsers === 'Retain';
}

/** Whether sign-in is blocked because it is in the source: who is only in the address list cannot sign in for another reason (D8). */
function isBlockedWithSource({ status }: Linked): boolean {
  return isSignInBlocked({ status }) && status.targetUser?.addressListOnly !== true;
}

/** Whether the account stays blocked as it is: the block was written in an earlier cycle, and only now is the person unassigned (A5). */
function staysBlocked({ deprovisioning }: RemovalPolicy, projection: Linked, reason: RemovalReason): boolean {
  return reason === 'Unassigned' && deprovisioning.disabledUsers === 'Retain' && isBlockedWithSource(projection);
}

/** What a removal means for one account by its configuration alone (A5, D4). */
function wishedAction(policy: RemovalPolicy, projection: Linked, reason: RemovalReason): RemovalAction {
  return takesNothing(policy, projection, reason) || staysBlocked(policy, projection, reason) ? 'Retain' : policy.deprovisioning.action;
}

/** The limit that keeps an account from what was to be done to it, if one does (B11). */
function limitOn({ limits }: RemovalPolicy, { status }: Linked, action: RemovalAction): Limit | undefined {
  if (limits === undefined || action === 'Retain') return undefined;
  const { targetUser } = status;
  if (targetUser && isExcluded(limits, { ...targetUser, id: targetUser.objectId })) return 'excludedTargetUsers';
  return action === 'SoftDelete' && !limits.allowDelete ? 'allowDelete' : undefined;
}

const within = (policy: RemovalPolicy, projection: Linked, action: RemovalAction): RemovalAction =>
  limitOn(policy, projection, action) === undefined ? action : 'Retain';

/** What a removal means for one projection, by the policy. */
export function removalAction(policy: RemovalPolicy, projection: Linked, reason: RemovalReason): RemovalAction {
  return within(policy, projection, wishedAction(policy, projection, reason));
}

/** The limit by which a person who leaves for this reason keeps the account; undefined: none, or the configuration would let it go anyhow. */
export function keptBy(policy: RemovalPolicy, projection: Linked, reason: RemovalReason): Limit | undefined {
  return limitOn(policy, projection, wishedAction(policy, projection, reason));
}

/** What is done about a removal that was decided before: the softer of what was decided, judged and approved and what the policy says now. */
export function actionNow(policy: RemovalPolicy, projection: Linked, decided: Removal): RemovalAction {
  if (decided.action === 'Retain' || takesNothing(policy, projection, decided.reason)) return 'Retain';
  // The block may be that of this very removal, which does not let the account go.
  if (decided.action === 'Block' || policy.deprovisioning.action === 'Block') return within(policy, projection, 'Block');
  return staysBlocked(policy, projection, decided.reason) ? 'Retain' : within(policy, projection, 'SoftDelete');
}
