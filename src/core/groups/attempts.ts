import type { GroupProjectionStatus } from '../../api/generated.ts';
import { longestPauseMs } from '../errors/retry.ts';

/** How long until the next attempt of a group, in milliseconds from `now`; 0: it is due; undefined: the record has no time for one. */
export function attemptInMs({ nextAttemptAt }: GroupProjectionStatus, now: number): number | undefined {
  if (nextAttemptAt === undefined) return undefined;
  const inMs = Date.parse(nextAttemptAt) - now;
  return inMs <= 0 || inMs > longestPauseMs ? 0 : inMs;
}

/**
 * Whether the record of a group waits for its next attempt, whatever happens in the source and to its members: it has failed, or an object of the target
 * stands in its way. One whose new names are held up goes on with those that it has.
 */
export function awaitsAttempt(status: GroupProjectionStatus, now: number): boolean {
  const { state, conflictingObjectId } = status;
  const isHeldUp = state === 'Failed' || (state === 'Conflict' && conflictingObjectId !== undefined);
  return isHeldUp && (attemptInMs(status, now) ?? 0) > 0;
}
