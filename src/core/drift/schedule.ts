import type { SyncConfigurationStatus } from '../../api/generated.ts';

type Pass = NonNullable<SyncConfigurationStatus['drift']>;

/** What the time of the next pass follows from. Times are milliseconds since the epoch. */
export interface PassFacts {
  readonly now: number;
  readonly intervalMs: number;
  /** The last pass that ended; undefined before the first. */
  readonly last: Pass | undefined;
}

/**
 * When the next pass over the accounts is due; at most `now` when it is due already. It follows from what the last one that ended has left in
 * status: one that was interrupted has left nothing, and is begun anew. A time that a wrong clock has written, ahead of now or further away than
 * any pause, makes it due.
 */
export function nextPassAt({ now, intervalMs, last }: PassFacts): number {
  if (last?.startedAt === undefined) return now;
  const startedAt = Date.parse(last.startedAt);
  if (Number.isNaN(startedAt) || startedAt > now) return now;
  const regular = startedAt + intervalMs;
  const planned = Date.parse(last.nextPassAt ?? '');
  // A pass that was cut short is repeated sooner; a change of the interval moves the others.
  return last.result === 'Incomplete' && planned < regular ? planned : regular;
}

const repeatMs = 15 * 60_000;

/** When a pass that could not be completed is repeated: after a while, and not later than the next would be. */
export function repeatPassAt(now: number, intervalMs: number): number {
  return now + Math.min(intervalMs, repeatMs);
}
