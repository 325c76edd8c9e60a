import { claimed, LeaseClient, unclaimed, type LeaseRecord, type LeaseTiming } from '../kube/lease.ts';
import type { KubeHttp } from '../kube/http.ts';
import { sleep, type Clock } from '../ports/clock.ts';
import { KubeError } from '../ports/resources.ts';

export interface FenceOptions {
  readonly http: KubeHttp;
  /** Namespace of the Leases. */
  readonly namespace: string;
  /** This process in the Leases. */
  readonly identity: string;
  readonly timing: LeaseTiming;
  readonly clock: Clock;
}

/** How long the Leases stay taken after the last renewal: time enough for the Deployment to be deleted. */
export const holdMs = 60_000;
/** Between two looks at the Leases while the fence stands. */
const renewMs = 15_000;
/** A former holder's last requests: sent while it still held its Lease, and not answered yet. */
const inFlightMs = 5_000;
/** Clocks of two machines do not run alike. */
const clockRate = 1.1;
/** The holder renews every two seconds: a write that meets that is repeated. */
const mostRounds = 30;
/** A number that no replica is configured with, so that each waits as long as a Lease with it is held. */
const noShards = 0;

/**
 * Keeps every replica of an operator from acting, by the operator's own fence: it takes the Leases of all shards from whoever
 * holds them and says in them that it works with another number of shards, so that no replica takes one meanwhile.
 */
export class Fence {
  readonly #options: FenceOptions;
  readonly #client: LeaseClient;
  readonly #ending = new AbortController();
  #quietAt: number;
  #keeping: Promise<void> | undefined;
  #taken = 0;

  constructor(options: FenceOptions) {
    this.#options = options;
    this.#client = new LeaseClient({ http: options.http, namespace: options.namespace, timeoutMs: options.timing.renewDeadlineMs / 2 });
    this.#quietAt = options.clock.monotonic();
  }

  /** Monotonic time from which on no replica acts and nothing of theirs is under way. Moves when another Lease had to be taken. */
  get quietAt(): number {
    return this.#quietAt;
  }

  /** How many Leases were taken from a holder. */
  get taken(): number {
    return this.#taken;
  }

  /** Takes all Leases and keeps them until {@link leave}. Rejects with KubeError. */
  async raise(): Promise<void> {
    await this.#takeAll();
    this.#keeping = this.#keep();
  }

  /** Ends the keeping; the Leases run out after {@link holdMs}. Rejects with KubeError when they may run out sooner. */
  async leave(): Promise<void> {
    this.#ending.abort();
    await this.#keeping;
    await this.#takeAll();
  }

  async #keep(): Promise<void> {
    const { signal } = this.#ending;
    for (;;) {
      await sleep(this.#options.clock, renewMs, signal);
      if (signal.aborted) return;
      // One that fails leaves time for others: the Leases are held for four of these.
      await this.#takeAll().catch(() => undefined);
    }
  }

  /** Takes or renews every Lease there is, and makes one if there is none, until nobody else holds any. */
  async #takeAll(): Promise<void> {
    const { signal } = new AbortController();
    let renewed: ReadonlySet<string> = new Set();
    for (let round = 1; round <= mostRounds; round += 1) {
      const records = await this.#client.list(signal);
      const due = records.length === 0 ? [unclaimed(0)] : records.filter((record) => !renewed.has(record.name) || !this.#isOurs(record));
      if (due.length === 0) return;
      const written: string[] = [];
      for (const record of due) if (await this.#take(record)) written.push(record.name);
      renewed = new Set([...renewed, ...written]);
    }
    throw new KubeError('Conflict', 'the Leases of the shards change all the time', { status: 409 });
  }

  #isOurs(record: LeaseRecord): boolean {
    return record.holder === this.#options.identity;
  }

  async #take(record: LeaseRecord): Promise<boolean> {
    const { clock, identity, timing } = this.#options;
    const ours = this.#isOurs(record);
    try {
      const claim = { holder: identity, durationMs: holdMs, shards: noShards, now: clock.now() };
      await this.#client.write(claimed(record, claim), undefined);
    } catch (error) {
      if (error instanceof KubeError && (error.kind === 'Conflict' || error.kind === 'AlreadyExists' || error.kind === 'NotFound'))
        return false;
      throw error;
    }
    if (ours || record.holder === '') return true;
    this.#taken += 1;
    // The timing of a replica is not known: it acts for less time than it has promised itself the Lease. Another release holds its own for much longer.
    const promisedMs = record.shards === noShards ? 0 : record.durationSeconds * 1000;
    const actsMs = Math.max(timing.renewDeadlineMs, promisedMs);
    this.#quietAt = Math.max(this.#quietAt, clock.monotonic() + actsMs * clockRate + inFlightMs);
    return true;
  }
}
