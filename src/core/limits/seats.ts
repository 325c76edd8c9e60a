import type { UserProjection } from '../../api/kinds.ts';
import { hasAccount, isReleased } from '../projection/account.ts';

/**
 * What a record takes of the accounts that a pair may have.
 *
 * - `Account`: one that is there, or may be: linked, or invited for.
 * - `HandedOver`: one that was let go and that another record of the person, which wants it, has not linked yet.
 * - `Planned`: one that Plan mode would make. It counts for plans alone.
 */
export type Seat = 'Account' | 'HandedOver' | 'Planned';

/** The kind of seat that a record may take, if any; whether a released account is wanted by another record is not in it. */
export function seatOf(record: UserProjection): Seat | undefined {
  if (hasAccount(record)) return 'Account';
  const { spec, status } = record;
  if (isReleased(record)) return status.targetUser === undefined ? undefined : 'HandedOver';
  return spec.mode === 'Plan' && spec.lifecycle === 'Present' && status.state === 'Planned' ? 'Planned' : undefined;
}

/** Whether a record waits for an account of the person that another record has let go. */
export function awaitsHandover({ metadata, spec, status }: UserProjection): boolean {
  const wants = spec.lifecycle === 'Present' && spec.mode === 'Apply' && metadata.deletionTimestamp === undefined;
  return wants && status.targetUser === undefined;
}

/** Whether a record waits for a seat to become free. */
export function awaitsSeat({ status }: UserProjection): boolean {
  return status.limitedBy === 'maxUsers' && status.state === 'Skipped';
}

/** Those who are first in turn for `free` seats: the oldest records. */
export function nextInTurn(waiting: readonly UserProjection[], free: number): readonly UserProjection[] {
  const age = ({ metadata }: UserProjection): string => `${metadata.creationTimestamp}/${metadata.name}`;
  return free <= 0 ? [] : waiting.toSorted((a, b) => (age(a) < age(b) ? -1 : 1)).slice(0, free);
}
