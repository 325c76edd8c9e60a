import type { TokenBucket } from './bucket.ts';

/** A request that went out as a probe and was never heard of again is given up after so long: longer than any request may take. */
const probeMs = 120_000;
/** So often at most somebody asks whether the probe has come back. */
const lookMs = 1_000;

/** Whose limit the service named; undefined when it did not say. */
export type LimitOwner = 'Tenant_Application' | 'Tenant' | 'Application' | undefined;

/** A pause, from the first refusal to the earliest next request, in monotonic milliseconds. */
export interface Closure {
  readonly since: number;
  readonly until: number;
  readonly owner: LimitOwner;
}

/**
 * The gate in front of one bucket. A refusal closes it. When the time that the service asked for is over, one request goes through as a probe, and the
 * gate opens with its answer: ten thousand requests that waited must not be the service's next news of us (I9). Times are monotonic milliseconds.
 */
export class Gate {
  readonly #bucket: TokenBucket;
  #closed: { readonly since: number; readonly owner: LimitOwner; probeUntil: number } | undefined;
  #refusals = 0;

  constructor(bucket: TokenBucket) {
    this.#bucket = bucket;
  }

  /** Refusals in a row, those of one moment counted once; 0 while open. */
  get refusals(): number {
    return this.#refusals;
  }

  /** The pause that lasts, if one does: one that is over, and nobody has had anything to ask since, keeps nobody waiting. */
  closure(now: number): Closure | undefined {
    if (this.#closed === undefined) return undefined;
    const { since, owner, probeUntil } = this.#closed;
    const until = Math.max(now, this.#bucket.pausedUntil());
    return until > now || probeUntil > now ? { since, owner, until } : undefined;
  }

  /** When the next request may go through: now, the end of the pause, or a moment later while the probe is out. */
  opensAt(now: number): number {
    const until = this.#bucket.pausedUntil();
    if (until > now) return until;
    return this.#closed !== undefined && this.#closed.probeUntil > now ? now + lookMs : now;
  }

  /** The service refused, or somebody who shares the limit heard so. */
  close(until: number, owner: LimitOwner, now: number): void {
    if (this.#bucket.pausedUntil() <= now) this.#refusals += 1;
    this.#closed = { since: this.#closed?.since ?? now, owner, probeUntil: 0 };
    this.#bucket.pause(until, now);
  }

  /** A request goes out; after a pause it is the probe. */
  sent(now: number): void {
    if (this.#closed !== undefined) this.#closed.probeUntil = now + probeMs;
  }

  /** An answer that was no refusal came. One to a request from before the pause says nothing. */
  answered(now: number): void {
    if (this.#bucket.pausedUntil() > now) return;
    this.#closed = undefined;
    this.#refusals = 0;
  }

  /** A request ended without an answer: another one may try. */
  unanswered(): void {
    if (this.#closed !== undefined) this.#closed.probeUntil = 0;
  }
}
