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

/** `baseMs` spread uniformly over ±`fraction` of itself. */
export function jitter(random: Random, baseMs: number, fraction: number): number {
  return baseMs * (1 - fraction + 2 * fraction * random.next());
}
