import { jitter, type Random } from '../ports/clock.ts';

/** Delays of {@link ItemRateLimiter}. */
export interface RateLimits {
  /** Delay after the first failure. */
  readonly baseMs: number;
  /** No delay is longer. */
  readonly maxMs: number;
  /** Spread of each delay as a fraction of itself. */
  readonly jitter: number;
}

/** client-go's limits for controllers: 5 ms doubling up to 1000 s; with a spread, so that what failed together does not come back together. */
export const controllerRateLimits: RateLimits = { baseMs: 5, maxMs: 1_000_000, jitter: 0.2 };

/** Exponential delays per key, counted from the last {@link forget}. */
export class ItemRateLimiter {
  readonly #failures = new Map<string, number>();
  readonly #limits: RateLimits;
  readonly #random: Random;

  constructor(limits: RateLimits, random: Random) {
    this.#limits = limits;
    this.#random = random;
  }

  /** Counts one more failure of `key` and gives the time to wait for it. */
  next(key: string): number {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    // Past 2^50 the product would lose precision; the cap is reached long before.
    const base = Math.min(this.#limits.maxMs, this.#limits.baseMs * 2 ** Math.min(failures, 50));
    return Math.min(this.#limits.maxMs, jitter(this.#random, base, this.#limits.jitter));
  }

  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  forget(key: string): void {
    this.#failures.delete(key);
  }
}
