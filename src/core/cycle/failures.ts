import type { SyncConfigurationStatus } from '../../api/generated.ts';
import type { Reason } from '../../api/reasons.ts';
import { timestamp } from '../duration.ts';
import { retryPause } from '../errors/retry.ts';

type Failures = NonNullable<SyncConfigurationStatus['failures']>;

/** Why a cycle failed, for people. */
export interface CycleProblem {
  readonly reason: Reason;
  readonly message: string;
  /** Nothing will change until somebody acts on the resource or the directory. */
  readonly stalled: boolean;
}

/** As much of a message as status may hold. */
const longestMessage = 4096;
const cut = (message: string): string =>
  (message.length > longestMessage ? `${message.slice(0, longestMessage - 3)}...` : message).toWellFormed();

/** Milliseconds until the next attempt after `count` failed cycles in a row: growing, and not longer than the interval, nor below a minute. */
function pauseAfter(count: number, intervalMs: number): number {
  return Math.min(retryPause(count), Math.max(60_000, intervalMs));
}

/** The failures in a row with one more that happened at `now`. */
export function oneMoreFailure(before: Failures | undefined, problem: CycleProblem, intervalMs: number, now: number): Failures {
  const count = (before?.count ?? 0) + 1;
  const since = before?.since === undefined ? now : Math.min(now, Date.parse(before.since));
  return {
    count,
    since: timestamp(since),
    nextAttemptAt: timestamp(now + pauseAfter(count, intervalMs)),
    reason: problem.reason,
    message: cut(problem.message),
    stalled: problem.stalled,
  };
}

/** How the last failed cycle left things; undefined when the last one succeeded. */
export function problemOf(failures: Failures | undefined): CycleProblem | undefined {
  if (failures?.reason === undefined) return undefined;
  return { reason: failures.reason as Reason, message: failures.message ?? '', stalled: failures.stalled === true };
}

/**
 * When the pause after the failures is over; undefined when there is none. A time further ahead than any pause was written by a clock
 * that went wrong: it counts as now, or no cycle would run until then.
 */
export function pausedUntil(failures: Failures | undefined, intervalMs: number, now: number): number | undefined {
  if (failures?.nextAttemptAt === undefined) return undefined;
  const at = Date.parse(failures.nextAttemptAt);
  return at > now + pauseAfter(failures.count ?? 1, intervalMs) ? now : at;
}
