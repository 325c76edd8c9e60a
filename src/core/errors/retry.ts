const minute = 60_000;
const hour = 60 * minute;

/** Entra's escrow, begun sooner: the pause after the first, second, ... failed attempt; from then on daily. */
const pauses = [minute, 5 * minute, 15 * minute, 40 * minute, 6 * hour, 12 * hour, 24 * hour] as const;

/** The longest of them with its jitter, and some: a time of an attempt that is further ahead comes from a clock that was wrong. */
export const longestPauseMs = 27 * hour;

/** How long to wait after `attempts` failed attempts in a row, in milliseconds, before jitter. */
export function retryPause(attempts: number): number {
  return pauses[Math.min(Math.max(attempts, 1), pauses.length) - 1] ?? 24 * hour;
}

/** Pauses after answers that did not come (no answer, 5xx, reset), before they count as a failed attempt of the user. */
const transientPauses = [2000, 5000, 15_000, 45_000] as const;

/** How long to wait after `tries` missing answers in a row, in milliseconds; undefined: from now on it is a failure. */
export function transientPause(tries: number): number | undefined {
  return transientPauses[tries - 1];
}

/** Pauses while a fresh object is not visible yet or a search is repeated: growing, at most a minute. Not a failure. */
export function replicationPause(waitedMs: number): number {
  return Math.min(Math.max(500, waitedMs / 2), minute);
}
