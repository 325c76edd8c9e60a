/** Size and refill of a bucket: `capacity` units come back in `periodMs`. */
export interface BucketLimit {
  readonly capacity: number;
  readonly periodMs: number;
}

/**
 * A token bucket. Pure: every method takes the current monotonic time in milliseconds and none waits.
 * It can be paused (nothing may be taken and nothing refills until a time) and slowed (refills at a fraction until a time). The level may
 * become negative when more was used than foreseen, by one capacity at most: a nonsensical cost in an answer is forgotten after one period.
 */
export class TokenBucket {
  #limit: BucketLimit;
  #level: number;
  #updatedAt: number;
  #pausedUntil = 0;
  #slow = { factor: 1, until: 0 };

  constructor(limit: BucketLimit, now: number) {
    this.#limit = limit;
    this.#level = limit.capacity;
    this.#updatedAt = now;
  }

  get capacity(): number {
    return this.#limit.capacity;
  }

  /** Units per millisecond at full speed. */
  get rate(): number {
    return this.#limit.capacity / this.#limit.periodMs;
  }

  level(now: number): number {
    this.#advance(now);
    return this.#level;
  }

  /** Time until which nothing may be taken; a time in the past when not paused. */
  pausedUntil(): number {
    return this.#pausedUntil;
  }

  /** Takes `units` without asking; the level may become negative. A negative number gives back, up to the capacity. */
  take(units: number, now: number): void {
    this.#advance(now);
    this.#level = Math.max(-this.#limit.capacity, Math.min(this.#limit.capacity, this.#level - units));
  }

  /** The earliest time at which the level reaches `level` if nobody takes anything; `now` when it is there and the bucket is not paused. */
  reaches(level: number, now: number): number {
    this.#advance(now);
    const missing = level - this.#level;
    const start = Math.max(now, this.#pausedUntil);
    if (missing <= 0) return start;
    const slowMs = Math.max(0, this.#slow.until - start);
    const slowGain = slowMs * this.rate * this.#slow.factor;
    if (slowGain >= missing) return start + missing / (this.rate * this.#slow.factor);
    return start + slowMs + (missing - slowGain) / this.rate;
  }

  /**
   * Nothing may be taken before `until`. Beginning a pause halves what is left: the service has just shown that it counts otherwise than we do.
   */
  pause(until: number, now: number): void {
    this.#advance(now);
    if (until <= now) return;
    if (this.#pausedUntil <= now && this.#level > 0) this.#level /= 2;
    this.#pausedUntil = Math.max(this.#pausedUntil, until);
  }

  /** Refills at `factor` (0 to 1) of the full speed until `until`. */
  slow(factor: number, until: number, now: number): void {
    this.#advance(now);
    this.#slow = { factor, until };
  }

  /** Changes the size; what has been used stays used. */
  resize(limit: BucketLimit, now: number): void {
    this.#advance(now);
    this.#level += limit.capacity - this.#limit.capacity;
    this.#limit = limit;
  }

  #advance(now: number): void {
    const from = Math.max(this.#updatedAt, Math.min(this.#pausedUntil, now));
    if (now > from) {
      const slowMs = Math.max(0, Math.min(now, this.#slow.until) - from);
      const gain = (slowMs * this.#slow.factor + (now - from - slowMs)) * this.rate;
      this.#level = Math.min(this.#limit.capacity, this.#level + gain);
    }
    this.#updatedAt = Math.max(this.#updatedAt, now);
  }
}
