import type { UserProjection } from '../../api/kinds.ts';
import type { UserProjectionStatus } from '../../api/generated.ts';
import { omit } from '../omit.ts';

type Observed = Pick<UserProjection, 'status'>;

/**
 * What a record knows of its account, from facts that outlive every state: a plan, a failure or a conflict changes the state of a
 * record and nothing about the account.
 *
 * - `None`: there is none.
 * - `Expected`: an invitation is under way, or the record has not been handled yet.
 * - `Live`: linked, and neither deleted nor let go as far as is known.
 * - `Deleted`: in the recycle bin or gone, by us or by others.
 * - `Released`: let go; whatever becomes of it is not ours.
 */
export type AccountStanding = 'None' | 'Expected' | 'Live' | 'Deleted' | 'Released';

/** Where the account of a record stands. */
export function accountStanding({ status }: Observed): AccountStanding {
  const { state, targetUser, intent } = status;
  if (isReleased({ status })) return 'Released';
  // A deletion of which it is not known whether it took effect leaves the account live until that is known.
  if (state === 'SoftDeleted' || state === 'Purged') return 'Deleted';
  if (targetUser !== undefined) {
    const deleted = targetUser.deletedAt !== undefined || targetUser.foundDeletedAt !== undefined;
    return deleted && intent === undefined ? 'Deleted' : 'Live';
  }
  return intent !== undefined || state === 'Pending' ? 'Expected' : 'None';
}

/** Whether the account was let go: it is not written any more, and another configuration may take the person over. */
export function isReleased({ status }: Observed): boolean {
  return status.state === 'Retained' || status.targetUser?.releasedAt !== undefined;
}

/** Whether an account of this record is, or may soon be, live: these are what the guard counts. */
export function isLive(record: Observed): boolean {
  const standing = accountStanding(record);
  return standing === 'Live' || standing === 'Expected';
}

/** Whether there is, or may be, an account of this record in the target. */
export function hasAccount(record: Observed): boolean {
  return isLive(record) && (record.status.targetUser !== undefined || record.status.intent !== undefined);
}

/** Whether the account of a record was there before the record was: it has no time at which we made it. */
export function isFound(record: Observed): boolean {
  const { targetUser } = record.status;
  return isLive(record) && targetUser !== undefined && targetUser.createdAt === undefined;
}

/** Whether we have invited the person, and have not written the rest of the account yet. */
export function isUnfinished({ status }: Observed): boolean {
  return status.targetUser?.unfinished === true && status.intent?.operation !== 'Restore';
}

/** Whether sign-in to the account is blocked by us, as far as is known. */
export function isSignInBlocked({ status }: Observed): boolean {
  return status.state === 'Blocked' || status.targetUser?.signInBlockedAt !== undefined;
}

/** The account that others may refer to, as their manager: there as far as is known, and ours to build on. */
export function referableAccount(record: Observed | undefined): string | undefined {
  if (record === undefined || record.status.state === 'Conflict') return undefined;
  return accountStanding(record) === 'Live' ? record.status.targetUser?.objectId : undefined;
}

/** The facts of a link that hold while the account is live: what told of its end is taken away. */
export function asLive(targetUser: NonNullable<UserProjectionStatus['targetUser']>): NonNullable<UserProjectionStatus['targetUser']> {
  return omit(targetUser, 'deletedAt', 'foundDeletedAt', 'releasedAt');
}
