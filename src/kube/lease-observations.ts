import type { Clock } from '../ports/clock.ts';
import type { LeaseRecord, LeaseTiming } from './lease.ts';

/** No Lease is believed to hold for longer without a renewal. */
const longestDurationMs = 3_600_000;

/**
 * What this process has seen of other holders, by its own monotonic clock. The times written in a Lease are its holder's and are
 * not trusted: only that they change shows that the holder lives.
 */
export class LeaseObservations {
  readonly #clock: Clock;
  readonly #timing: LeaseTiming;
  readonly #seen = new Map<string, { readonly fingerprint: string; readonly at: number }>();
  readonly #freeSince = new Map<string, number>();

  constructor(clock: Clock, timing: LeaseTiming) {
    this.#clock = clock;
    this.#timing = timing;
  }

  /** Takes note of the leases as just read. */
  see(records: readonly LeaseRecord[]): void {
    const at = this.#clock.monotonic();
    for (const record of records) {
      const fingerprint = [record.holder, record.acquireTime, record.renewTime, record.transitions].join('|');
      if (this.#seen.get(record.name)?.fingerprint !== fingerprint) this.#seen.set(record.name, { fingerprint, at });
    }
  }

  /** Whether a lease has a holder that may still be acting. */
  isLive(record: LeaseRecord): boolean {
    if (record.holder === '') return false;
    const seen = this.#seen.get(record.name);
    // The holder's own promise counts where it is longer than this process's, up to a bound: a Lease for years would leave its shard to nobody.
    const promisedMs = Math.min(longestDurationMs, record.durationSeconds * 1000);
    const durationMs = Math.max(this.#timing.durationMs, promisedMs);
    return seen === undefined || this.#clock.monotonic() < seen.at + durationMs;
  }

  /** Takes note that exactly these leases are free. */
  keepFree(names: readonly string[]): void {
    const now = this.#clock.monotonic();
    for (const name of [...this.#freeSince.keys()]) if (!names.includes(name)) this.#freeSince.delete(name);
    for (const name of names) if (!this.#freeSince.has(name)) this.#freeSince.set(name, now);
  }

  /** How long a lease has been free. */
  freeForMs(name: string): number {
    const since = this.#freeSince.get(name);
    return since === undefined ? 0 : this.#clock.monotonic() - since;
  }
}
