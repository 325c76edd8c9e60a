import { sleep, type Clock, type Random } from '../ports/clock.ts';
import type { ShardOwnership } from '../ports/lease.ts';
import type { Logger } from '../ports/logger.ts';
import type { RuntimeMetrics } from '../ports/metrics.ts';
import { KubeError } from '../ports/resources.ts';
import { HeldLease } from './held-lease.ts';
import type { KubeHttp } from './http.ts';
import { claimed, LeaseClient, leaseName, unclaimed, type LeaseRecord, type LeaseTiming } from './lease.ts';
import { LeaseObservations } from './lease-observations.ts';
import { ShardHandover } from './shard-handover.ts';

export interface ShardsOptions {
  readonly http: KubeHttp;
  /** Namespace of the Leases: the operator's own. */
  readonly namespace: string;
  /** Number of shards; 1 is plain leader election. */
  readonly shards: number;
  /** This process, unlike any other that ever was, as `identityOf` names it. */
  readonly identity: string;
  readonly timing: LeaseTiming;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Pick<RuntimeMetrics, 'leaderElectionStatus'>;
  readonly onAcquired: (shard: number) => void;
  /** The shard is no longer held (its lease ran out, or somebody else has it). Not called at stop. */
  readonly onLost: (shard: number) => void;
}

/** The shard of a tenant: FNV-1a of its id in lower case, the same in every version of the operator. */
export function shardOfTenant(tenantId: string, shards: number): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(tenantId.toLowerCase())) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash % shards;
}

/** Spread of the time between two looks at the leases. */
const lookJitter = 0.4;
/** A replica leaves a free lease alone for so long for each shard it holds, so that those with fewer come first. */
const patienceMs = 500;
const mostPatienceMs = 1_500;

/**
 * Competes for the Leases of all shards and keeps those it gets. A replica that holds shards leaves a free one alone for a moment,
 * so that replicas with fewer come first; one that has far fewer than another asks it for some of its own, on their Leases.
 * While anybody works with another number of shards, it waits.
 */
export class Shards implements ShardOwnership {
  readonly #options: ShardsOptions;
  readonly #client: LeaseClient;
  readonly #observed: LeaseObservations;
  readonly #held = new Map<number, HeldLease>();
  readonly #handover: ShardHandover;
  readonly #ending = new AbortController();
  /** Resolves when what is known of the own Leases has changed. */
  #stirred = Promise.withResolvers<undefined>();
  #running: Promise<void> | undefined;

  constructor(options: ShardsOptions) {
    this.#options = options;
    // Half of the renew deadline: one request that hangs leaves time for another try.
    this.#client = new LeaseClient({ http: options.http, namespace: options.namespace, timeoutMs: options.timing.renewDeadlineMs / 2 });
    this.#observed = new LeaseObservations(options.clock, options.timing);
    this.#handover = new ShardHandover({
      ...options,
      client: this.#client,
      held: this.#held,
      onLeaving: (shard) => this.#end(shard),
      onReleased: (shard) => {
        this.#held.delete(shard);
        this.#stirred.resolve(undefined);
      },
    });
    for (let shard = 0; shard < options.shards; shard += 1) this.#report(shard, 0);
  }

  shardOf(targetTenantId: string): number {
    return shardOfTenant(targetTenantId, this.#options.shards);
  }

  holds(shard: number): boolean {
    const lease = this.#held.get(shard);
    return lease !== undefined && lease.valid && !lease.leaving;
  }

  /** The shards held right now, in order. */
  held(): readonly number[] {
    return [...this.#held.keys()].filter((shard) => this.holds(shard)).sort((a, b) => a - b);
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Gives up all shards for others to take. Call it when nothing writes any more. */
  async stop(): Promise<void> {
    this.#ending.abort();
    this.#stirred.resolve(undefined);
    await this.#running;
    const held = [...this.#held];
    this.#held.clear();
    await Promise.all(held.map(([, lease]) => lease.release()));
    for (const [shard] of held) this.#report(shard, 0);
  }

  async #run(): Promise<void> {
    const { logger } = this.#options;
    const { signal } = this.#ending;
    while (!signal.aborted) {
      try {
        await this.#look(signal);
      } catch (error) {
        if (!isAborted(signal)) logger.warn('The leases could not be read', { kind: error instanceof KubeError ? error.kind : 'Unknown' });
      }
      await this.#pause(signal);
    }
  }

  /** Until the next look: a while, or as long as the Leases of others cannot matter. */
  async #pause(signal: AbortSignal): Promise<void> {
    const { clock, random, timing } = this.#options;
    this.#stirred = Promise.withResolvers<undefined>();
    if (this.#isContent && !signal.aborted) await this.#stirred.promise;
    else await sleep(clock, timing.lookMs * (1 + lookJitter * random.next()), signal);
  }

  /** Whether every shard is held and none is asked for: a renewal tells when another replica asks for one, or has taken it. */
  get #isContent(): boolean {
    return this.#held.size === this.#options.shards && !this.#handover.isAsked;
  }

  async #look(signal: AbortSignal): Promise<void> {
    if (this.#isContent) return;
    const { isAsked } = this.#handover;
    const records = await this.#client.list(signal);
    this.#observed.see(records);
    if (this.#foreign(records)) return;
    const free = this.#freeOf(records);
    if (free.length > 0) return this.#acquireFree(free, records, signal);
    const live = records.filter((record) => record.shards === this.#options.shards && this.#observed.isLive(record));
    if (isAsked) this.#handover.answer(live, signal);
    await this.#handover.ask(live, signal);
  }

  #freeOf(records: readonly LeaseRecord[]): readonly number[] {
    const free: number[] = [];
    for (let shard = 0; shard < this.#options.shards; shard += 1) {
      if (!this.#held.has(shard) && !this.#isTaken(records, shard)) free.push(shard);
    }
    this.#observed.keepFree(free.map(leaseName));
    return free;
  }

  async #acquireFree(free: readonly number[], records: readonly LeaseRecord[], signal: AbortSignal): Promise<void> {
    for (const shard of this.#shuffled(free)) {
      if (signal.aborted) return;
      const record = records.find((candidate) => candidate.name === leaseName(shard));
      if (this.#observed.freeForMs(leaseName(shard)) < this.#patience(record)) continue;
      await this.#acquire(shard, record, signal);
    }
  }

  #patience(record: LeaseRecord | undefined): number {
    if (record?.wantedBy !== undefined) return record.wantedBy === this.#options.identity ? 0 : mostPatienceMs;
    return Math.min(mostPatienceMs, this.#held.size * patienceMs);
  }

  #isTaken(records: readonly LeaseRecord[], shard: number): boolean {
    const record = records.find((candidate) => candidate.name === leaseName(shard));
    return record !== undefined && record.holder !== this.#options.identity && this.#observed.isLive(record);
  }

  /** Whether a live holder works with another number of shards. */
  #foreign(records: readonly LeaseRecord[]): boolean {
    const { shards, identity, logger } = this.#options;
    const foreign = records.find(
      (record) => record.holder !== identity && record.shards !== shards && record.shards !== undefined && this.#observed.isLive(record),
    );
    if (foreign === undefined) return false;
    logger.warn('Another replica works with another number of shards; waiting', { shards, theirs: foreign.shards, lease: foreign.name });
    return true;
  }

  async #acquire(shard: number, current: LeaseRecord | undefined, signal: AbortSignal): Promise<void> {
    const { clock, logger, identity, shards, timing } = this.#options;
    const acquiredAt = clock.monotonic();
    let record: LeaseRecord;
    try {
      const claim = { holder: identity, durationMs: timing.durationMs, shards, now: clock.now() };
      record = await this.#client.write(claimed(current ?? unclaimed(shard), claim), signal);
    } catch (error) {
      // Somebody was faster, or the server is busy: the next round looks again.
      logger.debug('A lease could not be acquired', { shard, kind: error instanceof KubeError ? error.kind : 'Unknown' });
      return;
    }
    const lease = new HeldLease({
      client: this.#client,
      timing,
      clock,
      logger,
      record,
      acquiredAt,
      onLost: () => this.#lost(shard),
      onWanted: () => this.#stirred.resolve(undefined),
    });
    if (!(await this.#isAlone(signal))) {
      await lease.release();
      return;
    }
    if (!lease.valid || signal.aborted) {
      await lease.release();
      return;
    }
    lease.start();
    this.#held.set(shard, lease);
    this.#report(shard, 1);
    logger.info('Acquired a shard', { shard, lease: record.name, identity });
    this.#options.onAcquired(shard);
  }

  /**
   * Two replicas with different numbers of shards may claim different Leases at once, each before it could see the other's. So
   * after its write each looks again: the later of the two is sure to see the other, and lets go.
   */
  async #isAlone(signal: AbortSignal): Promise<boolean> {
    try {
      const records = await this.#client.list(signal);
      this.#observed.see(records);
      return !this.#foreign(records);
    } catch {
      return false;
    }
  }

  #lost(shard: number): void {
    const lease = this.#held.get(shard);
    this.#held.delete(shard);
    this.#stirred.resolve(undefined);
    // Of one that was being handed over it has been said already that it is lost.
    if (lease === undefined || lease.leaving) return;
    this.#options.logger.error('Lost a shard', { shard, lease: leaseName(shard) });
    this.#end(shard);
  }

  /** Says that no more work may begin on a shard. */
  #end(shard: number): void {
    this.#report(shard, 0);
    this.#options.onLost(shard);
  }

  #report(shard: number, value: 0 | 1): void {
    this.#options.metrics.leaderElectionStatus.set({ name: leaseName(shard) }, value);
  }

  /** In an order of this replica's own, so that several do not reach for the same ones. */
  #shuffled(shards: readonly number[]): readonly number[] {
    return shards
      .map((shard) => ({ shard, place: this.#options.random.next() }))
      .sort((a, b) => a.place - b.place)
      .map((entry) => entry.shard);
  }
}

/** A function, because the compiler takes the signal for unchanged across an await. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
