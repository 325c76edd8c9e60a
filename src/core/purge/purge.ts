import type { DirectoryUser } from '../../api/directory-user.ts';
import type { SyncConfigurationSpec, UserProjectionStatus } from '../../api/generated.ts';
import type { UserProjection } from '../../api/kinds.ts';
import { timestamp } from '../duration.ts';
import { omit } from '../omit.ts';
import { actionNow, type RemovalPolicy } from '../lifecycle/removal-policy.ts';
import type { AnchorOwner } from '../matching/anchor.ts';
import { identityKind } from '../scope/identity-kind.ts';

type SourcePurge = NonNullable<UserProjectionStatus['sourcePurge']>;

/** Where a source user was found who had been deleted: by the whole list of the recycle bin and by reads of this very id. */
export type SourcePresence = 'Live' | 'InRecycleBin' | 'Nowhere';

/** Whether accounts are purged at all after the source (A12). */
export function purges({ mode, deprovisioning }: Pick<SyncConfigurationSpec, 'mode' | 'deprovisioning'>): boolean {
  return mode === 'Apply' && deprovisioning.purgeAfterSourcePurge;
}

/**
 * Whether the account of a record is one that may be purged once its person is gone for good: we have created and deleted it because the person was
 * deleted in the source, it is in the recycle bin as far as is known, and nothing keeps it, no administrator either.
 */
export function isPurgeable({ spec, status }: Pick<UserProjection, 'spec' | 'status'>, policy: RemovalPolicy): boolean {
  const { targetUser, state, intent, sourcePurge } = status;
  if (spec.lifecycle !== 'Removed' || spec.removal?.reason !== 'Deleted' || spec.mode !== 'Apply') return false;
  if (state !== 'SoftDeleted' || intent !== undefined || targetUser?.origin !== 'Created') return false;
  if (sourcePurge?.rejectedAt !== undefined) return false;
  // An account that a record found by its anchor may have been adopted by one that is lost (D4).
  if (targetUser.createdAt === undefined) return false;
  if (targetUser.deletedAt === undefined || targetUser.foundDeletedAt !== undefined || targetUser.releasedAt !== undefined) return false;
  return actionNow(policy, { status }, spec.removal) === 'SoftDelete';
}

/**
 * What is known of a deleted source user after one more reading. Seen live, everything is forgotten; seen in the recycle bin, the absences are. An absence
 * counts only of who was seen in the recycle bin before, and only when a reading before it has had the time to show what it did not. Times in epoch
 * milliseconds.
 */
export function afterReading(
  known: SourcePurge | undefined,
  presence: SourcePresence,
  { now, replicationWindowMs }: { readonly now: number; readonly replicationWindowMs: number },
): SourcePurge | undefined {
  if (presence === 'Live') return undefined;
  if (presence === 'InRecycleBin') return { seenAt: known === undefined ? timestamp(now) : known.seenAt };
  if (known === undefined) return undefined;
  const absentAt = known.absentAt ?? [];
  const last = Date.parse(absentAt.at(-1) ?? known.seenAt);
  if (absentAt.length >= absences || now - last < replicationWindowMs) return known;
  return { ...known, absentAt: [...absentAt, timestamp(now)] };
}

/** In so many cycles after the last sight of the user. */
const absences = 2;

/** Whether the guard has let the purge pass since a time (epoch milliseconds): it was counted then, and is not counted again before. */
export function isJudged({ sourcePurge }: Pick<UserProjectionStatus, 'sourcePurge'>, since: number): boolean {
  return sourcePurge?.guardedAt !== undefined && Date.parse(sourcePurge.guardedAt) > since;
}

/** Whether the guard holds the purge of an account, and nobody has decided about it. */
export function isPurgeHeld({ spec, status }: Pick<UserProjection, 'spec' | 'status'>): boolean {
  return (
    spec.lifecycle === 'Removed' && status.state === 'SoftDeleted' && isGoneForGood(status) && status.sourcePurge?.heldAt !== undefined
  );
}

/** What an administrator's decision makes of a purge that is held. */
export function decidePurge(held: SourcePurge, { decision, token, by, at }: PurgeDecision): SourcePurge {
  const rest = omit(held, 'heldAt', 'approval', 'approvedBy');
  if (decision === 'Rejected') return { ...rest, rejectedAt: at };
  return { ...rest, guardedAt: at, approval: token, ...(by === undefined ? {} : { approvedBy: by }) };
}

interface PurgeDecision {
  readonly decision: 'Approved' | 'Rejected';
  readonly token: string;
  /** Who decided; undefined where that is not known. */
  readonly by: string | undefined;
  /** When it was made, as status shows times. */
  readonly at: string;
}

/** Whether the guard holds a purge or an administrator let it pass. */
export const isHeldOrApproved = (known: SourcePurge | undefined): boolean => known?.heldAt !== undefined || known?.approval !== undefined;

/**
 * What is known of a person whose purge is judged anew, or is not to be any more: an approval is as old as the window of the guard at most, for who
 * approved has seen the numbers of that time.
 */
export const undecided = (known: SourcePurge): SourcePurge => omit(known, 'heldAt', 'approval', 'approvedBy');

/** Whether what was decided about a purge still counts: an approval from before a time (epoch milliseconds) does not. */
export function isDecisionCurrent(status: Pick<UserProjectionStatus, 'sourcePurge'>, since: number): boolean {
  return status.sourcePurge?.approval === undefined || isJudged(status, since);
}

/** How far the directory's time of our deletion may be from ours: clocks differ, and the answer comes later. */
const sameMomentMs = 2 * 60_000;

/**
 * Whether a tombstone is of our own deletion, and of the account as we knew it: one that somebody has restored and deleted since is theirs to purge (A7),
 * and so is one that was made internal or somebody else's in between (I2, I15). `owner`: whose its anchor says that it is.
 */
export function isOurTombstone(
  tombstone: DirectoryUser,
  { deletedAt }: { readonly deletedAt?: string | undefined },
  owner: AnchorOwner,
): boolean {
  // A time that is missing is not near any other.
  const apart = Date.parse(tombstone.deletedDateTime ?? '') - Date.parse(deletedAt ?? '');
  const others = owner === 'OtherPerson' || owner === 'OtherInstallation';
  return Math.abs(apart) < sameMomentMs && !others && identityKind(tombstone) === 'External';
}

/** Whether the person is known to be gone from the source for good. */
export const isGoneForGood = ({ sourcePurge }: Pick<UserProjectionStatus, 'sourcePurge'>): boolean =>
  (sourcePurge?.absentAt?.length ?? 0) >= absences;
