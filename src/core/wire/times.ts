/** How long a service is believed when it asks to wait: never shorter, never longer. In milliseconds. */
export interface WaitBounds {
  readonly floorMs: number;
  readonly ceilingMs: number;
}

/** Graph and the authorities: a second at least, so that nobody hammers; an hour at most, after which one request asks again (I9, I14). */
export const directoryWait: WaitBounds = { floorMs: 1_000, ceilingMs: 3_600_000 };
/** A refusal by our own budget or by the service, which has been bounded already: our own may be over at once. */
export const refusalWait: WaitBounds = { floorMs: 1, ceilingMs: directoryWait.ceilingMs };
/** Kubernetes: everything of the operator waits with it, so that five minutes are the most. */
export const kubernetesWait: WaitBounds = { floorMs: 0, ceilingMs: 300_000 };

/** A wait within the bounds; one that is no number is the shortest. */
export function boundedWait(ms: number, bounds: WaitBounds): number {
  return Number.isNaN(ms) ? bounds.floorMs : Math.min(bounds.ceilingMs, Math.max(bounds.floorMs, Math.ceil(ms)));
}

/**
 * The milliseconds that a Retry-After header asks for, within the bounds: seconds, possibly fractional, or an HTTP date; a date that has
 * passed is the shortest wait. Undefined when the header is absent or says nothing (negative, no number, no date). `now` in epoch
 * milliseconds.
 */
export function retryAfterMs(header: string | null | undefined, now: number, bounds: WaitBounds): number | undefined {
  const text = header?.trim();
  if (text === undefined || text === '') return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return boundedWait(Number(text) * 1000, bounds);
  // HTTP dates begin with the name of a day; the parser of the language would make a date of almost anything.
  const date = /^(mon|tue|wed|thu|fri|sat|sun)/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : boundedWait(date - now, bounds);
}

/** Milliseconds until `at` as the bounds allow: a time given out before the wall clock was set back must not make anybody wait for days. */
export function waitUntil(at: number, now: number, bounds: WaitBounds): number {
  return boundedWait(at - now, bounds);
}

/**
 * A recorded time, in epoch milliseconds, that counts as `now` when it is ahead of the clock or cannot be read: a clock that was ahead for
 * an hour must not make anybody wait until it is right again (I14).
 */
export function notInFuture(time: number, now: number): number {
  return Number.isNaN(time) ? now : Math.min(time, now);
}
