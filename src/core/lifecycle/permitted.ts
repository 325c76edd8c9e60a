import type { SyncConfigurationSpec } from '../../api/generated.ts';
import type { UserProjection } from '../../api/kinds.ts';
import { allowsUserType, isExcluded, type Limits, type UserType } from '../limits/limits.ts';
import type { Authority } from '../mapping/compile.ts';
import { isUnfinished } from '../projection/account.ts';

type Linked = Pick<UserProjection, 'status'>;
type Actions = Pick<SyncConfigurationSpec, 'targetActions'>;

/**
 * What may be done to accounts, whoever is concerned: by the configuration, by the limits of its pair above it, and by the mapping of sign-in. What may
 * not be done is asked of nobody, and counted nowhere: an approval of it would do nothing, or be carried out when it is allowed again.
 */
export interface Permitted extends Actions {
  readonly limits: Limits | undefined;
  /** Who has the say about sign-in. */
  readonly signIn: Authority;
}

export const mayCreate = ({ targetActions, limits }: Omit<Permitted, 'signIn'>, userType: UserType): boolean =>
  targetActions.includes('Create') && allowsUserType(limits, userType);

/** Whether the account of a record is made to agree: with what is being made or brought back one does not stop half way. */
export function mayUpdate({ targetActions }: Actions, { status }: Linked): boolean {
  return targetActions.includes('Update') || isUnfinished({ status }) || status.intent?.operation === 'Restore';
}

/** Whether anything may be written to the account of a record that is there. */
export function mayChange(permitted: Permitted, { status }: Linked): boolean {
  const { targetUser } = status;
  const excluded = targetUser !== undefined && isExcluded(permitted.limits, { ...targetUser, id: targetUser.objectId });
  return mayUpdate(permitted, { status }) && !excluded;
}

/** Whether a block of sign-in would be written to the account of a record, once it may be: a target that has the say keeps what it has. */
export function mayBlock(permitted: Permitted, record: Linked): boolean {
  return (permitted.signIn === 'Source' || permitted.signIn === 'MostRestrictive') && mayChange(permitted, record);
}
