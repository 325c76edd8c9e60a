import { sleep, type Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { KubeError } from '../ports/resources.ts';
import type { HeldLease } from './held-lease.ts';
import type { LeaseClient, LeaseRecord, LeaseTiming } from './lease.ts';
import { grants, wishes } from './shard-balance.ts';

export interface ShardHandoverOptions {
  readonly client: LeaseClient;
  /** This process in the Leases. */
  readonly identity: string;
  readonly timing: LeaseTiming;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The Leases that this process holds, by shard, as they are at any time. */
  readonly held: ReadonlyMap<number, HeldLease>;
  /** No more work is to begin on the shard; its Lease is held until nothing that had begun can be left. */
  readonly onLeaving: (shard: number) => void;
  /** The shard's Lease has been released. */
  readonly onReleased: (shard: number) => void;
}

/**
 * Moves shards from replicas that hold far more of them than others (docs/decisions/0016-shards-move.md): asks for some on their
 * Leases, and answers what others ask.
 */
export class ShardHandover {
  readonly #options: ShardHandoverOptions;
  /** Monotonic time since which another replica has had far more shards. */
  #unevenSince: number | undefined;

  constructor(options: ShardHandoverOptions) {
    this.#options = options;
  }

  /** Whether somebody waits for an answer. */
  get isAsked(): boolean {
    return [...this.#options.held.values()].some(({ record, leaving }) => record.wantedBy !== undefined && !leaving);
  }

  /** Asks a replica with far more shards for some of them. `live`: the Leases that anybody holds, as just read. Never rejects. */
  async ask(live: readonly LeaseRecord[], signal: AbortSignal): Promise<void> {
    const { client, clock, identity, logger, timing } = this.#options;
    const names = wishes(live, identity);
    this.#unevenSince = names.length === 0 ? undefined : (this.#unevenSince ?? clock.monotonic());
    if (this.#unevenSince === undefined || clock.monotonic() - this.#unevenSince < timing.unevenMs) return;
    for (const name of names) {
      const record = live.find((candidate) => candidate.name === name);
      if (record === undefined || signal.aborted) return;
      try {
        await client.write({ ...record, wantedBy: identity }, signal);
      } catch (error) {
        // Its holder has just renewed it: the next look asks again.
        logger.debug('A lease could not be asked for', { lease: name, kind: error instanceof KubeError ? error.kind : 'Unknown' });
      }
    }
  }

  /** Grants or declines what others ask for. What is granted is handed over in its own time, or not at all once `signal` aborts. */
  answer(live: readonly LeaseRecord[], signal: AbortSignal): void {
    const mine = [...this.#options.held].map(([shard, lease]) => ({ shard, lease, name: lease.record.name }));
    const now = [...live.filter(({ name }) => !mine.some((held) => held.name === name)), ...mine.map(({ lease }) => lease.record)];
    const leaving = new Set(mine.filter(({ lease }) => lease.leaving).map(({ name }) => name));
    const granted = new Set(grants(now, this.#options.identity, leaving));
    for (const { shard, lease, name } of mine) {
      if (lease.record.wantedBy === undefined || lease.leaving) continue;
      if (granted.has(name)) void this.#handOver(shard, lease, signal);
      else lease.decline();
    }
  }

  /** Begins no more work on a shard, and gives it away when none that had begun can be left. */
  async #handOver(shard: number, lease: HeldLease, signal: AbortSignal): Promise<void> {
    const { clock, held, logger, onLeaving, onReleased, timing } = this.#options;
    logger.info('Handing a shard over to a replica with fewer', { shard, lease: lease.record.name });
    lease.leave();
    onLeaving(shard);
    await sleep(clock, timing.handoverMs, signal);
    // Lost meanwhile, it may even be held anew.
    if (signal.aborted || held.get(shard) !== lease) return;
    await lease.release();
    if (held.get(shard) === lease) onReleased(shard);
  }
}
