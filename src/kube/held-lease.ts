import { sleep, type Clock, type Timer } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { KubeError } from '../ports/resources.ts';
import { microTime, type LeaseClient, type LeaseRecord, type LeaseTiming } from './lease.ts';

export interface HeldLeaseOptions {
  readonly client: LeaseClient;
  readonly timing: LeaseTiming;
  readonly clock: Clock;
  readonly logger: Logger;
  /** As written when it was acquired. */
  readonly record: LeaseRecord;
  /** Monotonic time before the request that acquired it was sent. */
  readonly acquiredAt: number;
  /** Called once when the lease is no longer held, unless it was released. */
  readonly onLost: () => void;
  /** Called when somebody has begun to ask for the lease. */
  readonly onWanted: () => void;
}

/**
 * A Lease that this process holds. It counts as held until the renew deadline after the start of the last renewal that
 * succeeded, by this process's monotonic clock: before anybody else may judge it abandoned.
 */
export class HeldLease {
  readonly #options: HeldLeaseOptions;
  readonly #ending = new AbortController();
  #record: LeaseRecord;
  #validUntil = 0;
  #leaving = false;
  #fence: Timer | undefined;
  #running: Promise<void> | undefined;

  constructor(options: HeldLeaseOptions) {
    this.#options = options;
    this.#record = options.record;
    this.#extend(options.acquiredAt);
  }

  /** Whether this process may act on the lease right now. */
  get valid(): boolean {
    return !this.#ending.signal.aborted && this.#options.clock.monotonic() < this.#validUntil;
  }

  /** The Lease as last written or read. */
  get record(): LeaseRecord {
    return this.#record;
  }

  /** Whether the lease is kept only until no work that goes by it is left. */
  get leaving(): boolean {
    return this.#leaving;
  }

  /** From now on the lease is kept only until no work that goes by it is left. */
  leave(): void {
    this.#leaving = true;
  }

  /** Forgets who asks for it; the next renewal says so. */
  decline(): void {
    this.#record = { ...this.#record, wantedBy: undefined };
  }

  /** Starts renewing. */
  start(): void {
    this.#running ??= this.#renewForEver();
  }

  /** Ends the lease at once and frees it for others; best effort, never rejects. */
  async release(): Promise<void> {
    const held = this.valid;
    this.#end();
    await this.#running;
    if (!held) return;
    try {
      await this.#free(this.#record);
    } catch (error) {
      const failure = kindOf(error) === 'Conflict' ? await this.#freeAnew() : error;
      if (failure === undefined) return;
      this.#options.logger.warn('A lease could not be released and will run out', { lease: this.#record.name, kind: kindOf(failure) });
    }
  }

  async #free(record: LeaseRecord): Promise<void> {
    const now = microTime(this.#options.clock.now());
    await this.#options.client.write({ ...record, holder: '', durationSeconds: 1, acquireTime: now, renewTime: now }, undefined);
  }

  /** Frees the lease after it has changed, as by a last renewal that was cut short but took effect. Gives the error, if any. */
  async #freeAnew(): Promise<unknown> {
    try {
      const live = await this.#options.client.get(this.#record.name, new AbortController().signal);
      if (live.holder === this.#record.holder) await this.#free(live);
      return undefined;
    } catch (error) {
      return error;
    }
  }

  async #renewForEver(): Promise<void> {
    const { clock, timing } = this.#options;
    const { signal } = this.#ending;
    for (;;) {
      await sleep(clock, timing.retryMs, signal);
      if (signal.aborted) return;
      await this.#renew(signal);
    }
  }

  async #renew(signal: AbortSignal): Promise<void> {
    const { client, clock, logger } = this.#options;
    const startedAt = clock.monotonic();
    try {
      this.#record = await client.write({ ...this.#record, renewTime: microTime(clock.now()) }, signal);
      this.#extend(startedAt);
    } catch (error) {
      if (signal.aborted) return;
      // A conflict is what somebody's wish for the lease looks like, too.
      if (kindOf(error) === 'Conflict') return this.#reread(signal);
      logger.warn('A lease could not be renewed', { lease: this.#record.name, kind: kindOf(error) });
      if (kindOf(error) === 'NotFound') this.#lose();
    }
  }

  /** Somebody has written the lease: this process itself, by a request whose answer was lost, or another holder. */
  async #reread(signal: AbortSignal): Promise<void> {
    try {
      const live = await this.#options.client.get(this.#record.name, signal);
      if (live.holder !== this.#record.holder) {
        this.#lose();
        return;
      }
      this.#record = live;
      if (live.wantedBy !== undefined) this.#options.onWanted();
    } catch (error) {
      if (kindOf(error) === 'NotFound') this.#lose();
    }
  }

  #extend(from: number): void {
    const { clock, timing } = this.#options;
    if (this.#ending.signal.aborted) return;
    this.#validUntil = from + timing.renewDeadlineMs;
    this.#fence?.cancel();
    this.#fence = clock.setTimer(Math.max(0, this.#validUntil - clock.monotonic()), () => this.#lose());
  }

  #lose(): void {
    if (this.#ending.signal.aborted) return;
    this.#end();
    this.#options.onLost();
  }

  #end(): void {
    this.#fence?.cancel();
    this.#ending.abort();
  }
}

function kindOf(error: unknown): string {
  return error instanceof KubeError ? error.kind : 'Unknown';
}
