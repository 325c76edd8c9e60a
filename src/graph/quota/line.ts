import { priorities } from '../../ports/reconcile.ts';
import type { Random } from '../../ports/clock.ts';
import type { TokenBucket } from './bucket.ts';
import { Gate } from './gate.ts';

/** How far ahead a caller is sent away at most; those beyond come back spread over the second half of it. */
const horizonMs = 600_000;

/**
 * The line in front of one bucket. It hands out times instead of letting callers wait: each denied caller gets the time at which the refill will
 * have served everybody promised before it, so that ten thousand of them come back one after the other, as fast as the bucket fills and no faster.
 */
export class Line {
  readonly bucket: TokenBucket;
  readonly gate: Gate;
  readonly #random: Random;
  /** Time of the last promise made to each class of priority, most important first. */
  readonly #promised = [0, 0, 0, 0, 0];

  constructor(bucket: TokenBucket, random: Random) {
    this.bucket = bucket;
    this.gate = new Gate(bucket);
    this.#random = random;
  }

  /** Whether it can be had now, leaving the head-room that more important work is due. */
  has(ask: Ask, priority: number, now: number): boolean {
    return this.gate.opensAt(now) <= now && this.bucket.reaches(this.#needed(ask, priority), now) <= now;
  }

  /** Takes what {@link has} allowed. */
  take(units: number, now: number): void {
    this.bucket.take(units, now);
    // Nobody is using what was promised: those to whom it was promised have gone, so newcomers need not stand behind them.
    if (this.bucket.level(now) > this.bucket.capacity / 2) this.#promised.fill(0);
  }

  /** When to come back for it: monotonic milliseconds, later than `now`. */
  promise(ask: Ask, priority: number, now: number): number {
    const at = this.#next(ask, priority, now);
    if (at > now + horizonMs) return now + horizonMs * (0.5 + 0.5 * this.#random.next());
    this.#promised[rankOf(priority)] = at;
    return at;
  }

  /** When somebody who asked now would get it: `now`, or what {@link promise} would say. Promises nothing. */
  soonest(ask: Ask, priority: number, now: number): number {
    return this.has(ask, priority, now) ? now : this.#next(ask, priority, now);
  }

  #next(ask: Ask, priority: number, now: number): number {
    const step = ask.units / this.bucket.rate;
    const ahead = Math.max(...this.#promised.slice(0, rankOf(priority) + 1));
    return Math.max(this.bucket.reaches(this.#needed(ask, priority), now), this.gate.opensAt(now), ahead + step, now + 1);
  }

  /** The level at which it may go out. More than the bucket can ever hold may go out when it is as full as that class may see it. */
  #needed({ units, leave }: Ask, priority: number): number {
    const { capacity } = this.bucket;
    const keep = Math.max(capacity * headRoom[rankOf(priority)], Math.min(leave, capacity * mostLeft));
    return Math.min(keep + units, capacity);
  }
}

/** Units that somebody asks for, and those that must be left for others beside. */
export interface Ask {
  readonly units: number;
  readonly leave: number;
}

/** As much of a bucket as anybody is made to leave: however many others there are, a part of it goes on being given out. */
const mostLeft = 0.75;

/**
 * Share of a bucket that each class leaves to those above it: on-demand and removals, the rest of creations, creations, updates, everything
 * else.
 */
const headRoom = [0, 0.025, 0.05, 0.1, 0.2] as const;

function rankOf(priority: number): 0 | 1 | 2 | 3 | 4 {
  if (priority >= priorities.removal) return 0;
  if (priority >= priorities.finish) return 1;
  if (priority >= priorities.create) return 2;
  return priority >= priorities.update ? 3 : 4;
}
