import type { UserProjection } from '../../api/kinds.ts';
import { longestPauseMs } from '../errors/retry.ts';
import { awaitsSeat } from '../limits/seats.ts';
import { awaitsInvitations } from '../projection/awaits-invitations.ts';
import { findCondition } from '../status/conditions.ts';
import { notInFuture } from '../wire/times.ts';
import { isContentApplied } from './writes.ts';

/** How long the directory keeps what was deleted, and we the record of it. */
const recycleBinMs = 30 * 24 * 60 * 60_000;

/** Whether a record has something to do, or when it will have. */
export type Attention = { readonly type: 'Due' } | { readonly type: 'Settled'; readonly dueInMs?: number };

/** Facts around a record that the process knows; the functions are called only where their answer matters. */
export interface AttentionFacts {
  readonly projection: UserProjection;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly replicationWindowMs: number;
  /** A look was asked for: by annotation, or because something around the record has changed. */
  readonly asked: boolean;
  /** Another configuration owns the person (B5). */
  readonly claimedElsewhere: boolean;
  /** Another configuration wants the person to be present. */
  readonly wantedElsewhere: () => boolean;
  /** Of a preview: what it is compared with is not what it was when it was planned (G8). */
  readonly comparedAnew: boolean;
  /** Another source user would be invited by the same address. */
  readonly hasRival: () => boolean;
  /** The configuration limits creations. */
  readonly creationsLimited: () => boolean;
  /** The pair may have one account more. */
  readonly hasRoom: () => boolean;
  /** The target accepts invitations, as far as is known. */
  readonly acceptsInvitations: () => boolean;
  /** Object id in the target of the wanted manager. */
  readonly managerAccount: () => string | undefined;
  /** A cycle is about to judge what the record proposes. */
  readonly beingJudged: () => boolean;
}

/** When the directory will have purged a deleted account, in epoch milliseconds: at most 30 days from `now`, whatever clock told of the deletion. */
export function purgeDueAt({ status, metadata }: UserProjection, deletedAt: string | undefined, now: number): number {
  const told = deletedAt ?? status.targetUser?.deletedAt ?? status.lastWriteAt ?? metadata.creationTimestamp;
  return notInFuture(Date.parse(told), now) + recycleBinMs;
}

/** How long an invitation whose outcome is unknown is still looked for before it may be repeated; not positive when there is none. */
export function searchLeftMs({ intent }: UserProjection['status'], now: number, replicationWindowMs: number): number {
  return intent?.operation === 'Create' ? notInFuture(Date.parse(intent.at), now) + replicationWindowMs - now : 0;
}

/**
 * Whether anything is to be done for a record now, from facts that are already known: a settled record costs no read. Reasons to wake are
 * looked at before reasons to sleep.
 */
export function attentionOf(facts: AttentionFacts): Attention {
  if (isWoken(facts)) return { type: 'Due' };
  const { projection, now } = facts;
  const { status, spec } = projection;
  const held = spec.lifecycle === 'RemovalStaged' || isClaimed(projection);
  if (!held && searchLeftMs(status, now, facts.replicationWindowMs) > 0) return { type: 'Due' };
  if (status.nextAttemptAt !== undefined) return until(Date.parse(status.nextAttemptAt), now);
  if (awaitsInvitations(projection)) return { type: 'Settled' };
  if (isUnfinished(projection, held)) return { type: 'Due' };
  if (status.compareAgainAt !== undefined) return until(Date.parse(status.compareAgainAt), now);
  if (status.state === 'SoftDeleted' && spec.lifecycle === 'Removed') {
    const wait = purgeDueAt(projection, undefined, now) - now;
    return wait <= 0 ? { type: 'Due' } : { type: 'Settled', dueInMs: wait };
  }
  return { type: 'Settled' };
}

/** Whether something was begun or has failed, without a time at which it goes on. */
function isUnfinished({ status }: UserProjection, held: boolean): boolean {
  if (status.state === 'Pending' || status.state === 'Failed' || status.state === 'Conflict') return true;
  return !held && (status.intent !== undefined || status.targetUser?.sessionsOpen === true);
}

function until(time: number, now: number): Attention {
  const wait = time - now;
  return wait <= 0 || wait > longestPauseMs ? { type: 'Due' } : { type: 'Settled', dueInMs: wait };
}

const reasonOf = ({ status }: UserProjection): string | undefined => findCondition(status.conditions, 'Ready')?.reason;

const isClaimed = (projection: UserProjection): boolean => reasonOf(projection) === 'ClaimedByOtherConfiguration';

/** Whether something has changed that the record does not show yet. */
function isWoken(facts: AttentionFacts): boolean {
  const { projection } = facts;
  const { status, spec, metadata } = projection;
  if (facts.asked || facts.comparedAnew || status.observedGeneration !== metadata.generation) return true;
  if (spec.lifecycle === 'Present' && isClaimed(projection) !== facts.claimedElsewhere) return true;
  if (isObstacleGone(facts)) return true;
  if (
    status.state === 'SoftDeleted' &&
    spec.lifecycle === 'Removed' &&
    status.targetUser?.deletedAt !== undefined &&
    facts.wantedElsewhere()
  )
    return true;
  return isManagerDue(facts);
}

/** Whether what stood in the way, and has no time of its own, does not any more. */
function isObstacleGone({ projection, hasRival, hasRoom, beingJudged, creationsLimited, acceptsInvitations }: AttentionFacts): boolean {
  if (awaitsSeat(projection)) return hasRoom();
  if (awaitsInvitations(projection)) return acceptsInvitations();
  switch (reasonOf(projection)) {
    case 'DuplicateSourceUsers':
      // The rival has let go of the address.
      return !hasRival();
    case 'AwaitingGuard':
      return !beingJudged();
    case 'CreationsStaged':
    case 'CreationsRejected':
      return !creationsLimited();
    default:
      return false;
  }
}

/** Whether a plan rests on another account of the manager than there is, or would be, now. */
function isPlannedManagerDue({ plan, warnings }: UserProjection['status'], managerAccount: () => string | undefined): boolean {
  const change = plan?.changes?.find(({ attribute }) => attribute === 'manager');
  if (change?.to !== undefined) return change.to !== managerAccount();
  return warnings?.some(({ reason }) => reason === 'ManagerNotProjected') === true && managerAccount() !== undefined;
}

/** Whether the manager whom the record wants has an account that was not set yet. A failure has a time of its own for the next attempt. */
function isManagerDue({ projection, managerAccount }: AttentionFacts): boolean {
  const { status, spec } = projection;
  if (spec.lifecycle !== 'Present' || spec.manager === undefined) return false;
  if (status.state === 'Planned') return isPlannedManagerDue(status, managerAccount);
  if (spec.mode !== 'Apply' || status.targetUser === undefined) return false;
  if (status.nextAttemptAt !== undefined || status.state === 'SoftDeleted' || status.state === 'Retained') return false;
  const refused = status.refusedAttributes?.some(({ name }) => name === 'manager') === true && isContentApplied(projection);
  if (refused) return false;
  const account = managerAccount();
  return account !== undefined && account !== status.targetUser.managerId;
}
