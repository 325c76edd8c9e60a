import type { Clock, Random } from '../ports/clock.ts';

/** Delays of a {@link Backoff}. */
export interface BackoffLimits {
  readonly baseMs: number;
  readonly maxMs: number;
  /** So long without a failure, and the next delay is the first again. */
  readonly resetMs: number;
}

/** client-go's limits for reflectors. */
export const reflectorBackoff: BackoffLimits = { baseMs: 800, maxMs: 30_000, resetMs: 120_000 };

/** Exponential delays of one loop, each up to twice its base by chance, starting over after a healthy period. */
export class Backoff {
  readonly #limits: BackoffLimits;
  readonly #clock: Clock;
  readonly #random: Random;
  #failures = 0;
  #lastFailure = 0;

  constructor(limits: BackoffLimits, clock: Clock, random: Random) {
    this.#limits = limits;
    this.#clock = clock;
    this.#random = random;
  }

  /** Records a failure and gives the time to wait for it. */
  next(): number {
    const now = this.#clock.monotonic();
    if (now - this.#lastFailure >= this.#limits.resetMs) this.#failures = 0;
    const base = Math.min(this.#limits.maxMs, this.#limits.baseMs * 2 ** Math.min(this.#failures, 30));
    const delay = base * (1 + this.#random.next());
    this.#failures += 1;
    // The wait itself is no healthy period.
    this.#lastFailure = now + delay;
    return delay;
  }
}
