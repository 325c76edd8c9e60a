/** A timer that has been set; cancelling a timer that has fired does nothing. */
export interface Timer {
  cancel(): void;
}

/**
 * Time as the operator sees it. Every wait and every timestamp comes from here, so that tests can run days in milliseconds.
 */
export interface Clock {
  /** Wall-clock time in milliseconds since the epoch; may jump. For timestamps that users see. */
  now(): number;
  /** Milliseconds since an arbitrary start; never jumps back. For durations, budgets and leases. */
  monotonic(): number;
  /** Calls `fire` once, no sooner than `delayMs` from now on the monotonic scale. */
  setTimer(delayMs: number, fire: () => void): Timer;
}

/** Randomness as the operator sees it. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** A random UUID in lower case. */
  uuid(): string;
}

/** Resolves after `delayMs`, or as soon as `signal` aborts (it never rejects: look at the signal). */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      timer.cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = clock.setTimer(delayMs, done);
    signal?.addEventListener('abort', done, { once: true });
  });
}

/** Work goes on for this long before it gives way: leases are renewed, and probes and watches answered, in between. */
const holdMs = 5;

/** Does one piece of a long work, after giving way to the rest of the process when it is time. */
export type Breathe = <T>(piece: () => T | Promise<T>) => Promise<T>;

/**
 * Gives way to everything else that is ready as soon as the last time was a while ago. Shared by all who work on the same loop, so that
 * they do not go on all at once: the time is looked at in the instant in which a piece begins. On a clock that stands still it never waits.
 */
export function breather(clock: Clock): Breathe {
  let since = clock.monotonic();
  let pause: Promise<void> | undefined;
  return async (piece) => {
    while (clock.monotonic() - since >= holdMs) {
      pause ??= sleep(clock, 0).then(() => {
        since = clock.monotonic();
        pause = undefined;
      });
      await pause;
    }
    return piece();
  };
}

/**
 * Visits one item after the other, giving way to the rest of the process as {@link breather} does. Begins at once: a short list is visited
 * before the call returns. An item is taken when its turn comes, and none any more once `signal` aborts.
 */
export async function visitAll<T>(clock: Clock, items: Iterable<T>, visit: (item: T) => void, signal?: AbortSignal): Promise<void> {
  let since = clock.monotonic();
  for (const item of items) {
    visit(item);
    if (clock.monotonic() - since < holdMs) continue;
    await sleep(clock, 0, signal);
    if (signal?.aborted) return;
    since = clock.monotonic();
  }
}

/** `baseMs` spread uniformly over ±`fraction` of itself. */
export function jitter(random: Random, baseMs: number, fraction: number): number {
  return baseMs * (1 - fraction + 2 * fraction * random.next());
}
