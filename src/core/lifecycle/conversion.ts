import type { DirectoryUser } from '../../api/directory-user.ts';
import type { UserProjectionStatus } from '../../api/generated.ts';
import { notInFuture } from '../wire/times.ts';
import { mayConvert, type RecordFacts } from '../projection/transitions.ts';

type TargetUser = NonNullable<UserProjectionStatus['targetUser']>;

/** The account as it was just read, its record, and the time (epoch milliseconds). */
export interface ConversionFacts {
  readonly record: RecordFacts;
  readonly user: DirectoryUser;
  readonly delayMs: number;
  readonly now: number;
}

/**
 * Where an account stands that is invited as a guest and is to be a member (D7).
 *
 * - `None`: it is not to be converted: another strategy, another's account, a member already, converted once, or not decided about.
 * - `Waiting`: Exchange has not given it the invited address, or has so recently that the delay is not over. Looked at again at `at`.
 * - `Due`: to be converted now.
 */
export type Conversion =
  | { readonly type: 'None' }
  | { readonly type: 'Waiting'; readonly at: number; readonly addressSeenAt?: number }
  | { readonly type: 'Due'; readonly addressSeenAt: number };

const none: Conversion = { type: 'None' };
const minuteMs = 60_000;
/** Nobody is looked at more seldom than this: a record that sleeps longer counts as one whose clock was wrong. */
const longestPauseMs = 24 * 60 * minuteMs;

/** Whether an account has the invited address among its proxy addresses, as Exchange gives it to a guest. */
export function hasInvitedAddress({ proxyAddresses }: DirectoryUser, invited: string | undefined): boolean {
  const wanted = invited?.toLowerCase();
  return wanted !== undefined && (proxyAddresses ?? []).some((proxy) => proxy.replace(/^smtp:/i, '').toLowerCase() === wanted);
}

/**
 * Decides about the conversion of one account. The delay counts from when the address was first seen there, which the record keeps; an address
 * that is gone again begins anew. While there is none, the pauses grow with the time since the last write, up to a day.
 */
export function conversionOf({ record, user, delayMs, now }: ConversionFacts): Conversion {
  const { spec, status } = record;
  const link = status.targetUser;
  if (spec.memberStrategy !== 'InviteAsGuest' || user.userType !== 'Guest' || !isOurs(link) || !mayConvert(record)) return none;
  if (!hasInvitedAddress(user, spec.invitedAddress)) {
    const since = notInFuture(Date.parse(status.lastWriteAt ?? ''), now);
    const waited = Number.isFinite(since) ? now - since : 0;
    return { type: 'Waiting', at: now + Math.min(longestPauseMs, Math.max(minuteMs, waited / 2)) };
  }
  const addressSeenAt = link.addressSeenAt === undefined ? now : notInFuture(Date.parse(link.addressSeenAt), now);
  const dueAt = addressSeenAt + delayMs;
  return dueAt <= now ? { type: 'Due', addressSeenAt } : { type: 'Waiting', at: Math.min(dueAt, now + longestPauseMs), addressSeenAt };
}

/** Only who was invited by us is converted, and once: a guest that was adopted stays a guest (C3), and so does a member that was made one since. */
function isOurs(link: TargetUser | undefined): link is TargetUser {
  return link?.origin === 'Created' && link.convertedAt === undefined;
}
