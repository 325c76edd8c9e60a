import type { Clock, Random } from '../../ports/clock.ts';
import type { Permit, Quota, QuotaNeed, QuotaPause } from '../../ports/directory.ts';
import type { GraphMetrics } from '../../ports/metrics.ts';
import { priorities } from '../../ports/reconcile.ts';
import { type BucketLimit, TokenBucket } from './bucket.ts';
import { type Cost, limits, type TenantSize, tenantSize } from './costs.ts';
import type { LimitOwner } from './gate.ts';
import { Line, type Ask } from './line.ts';
import type { ThrottleSignals } from './throttle-headers.ts';

export interface BudgetOptions {
  readonly tenantId: string;
  /** Share of the documented limits, above 0 and at most 1. */
  readonly share: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: GraphMetrics;
  /** The writes of the tenant, which all its applications draw on. */
  readonly tenantWrites: Line;
}

/** Weight of the newest answer in the mean time of an answer. */
const newestWeight = 0.05;
/** Answers that a piece of work waits for, for each write: searches, reads and the cluster's own answers come between the writes. */
const answersPerWrite = 3;
/** Head-room, so that a few slow answers leave no quota unused. */
const spare = 1.5;
const leastInFlight = 8;
const mostInFlight = 192;
const slowdownMs = 10_000;
const firstBackoffMs = 1_000;
const longestBackoffMs = 300_000;
/** So many refusals in a row are taken as they come; from then on their Retry-After is not believed to be long enough. */
const patientRefusals = 3;
const longestInsistenceMs = 60_000;

/**
 * The budget of one application in one tenant: resource units and writes, shared by everything in this process. Never waits, and lets nothing
 * through while the service has asked to wait. Times inside are monotonic; times given out are epoch milliseconds.
 */
export class Budget implements Quota {
  readonly #options: BudgetOptions;
  readonly #reads: Line;
  readonly #writes: Line;
  readonly #tenantWrites: Line;
  #size: TenantSize = 'S';
  #readShare = 1;
  /** Mean time of an answer, in milliseconds. */
  #answerMs = 200;

  get tenantId(): string {
    return this.#options.tenantId;
  }

  constructor(options: BudgetOptions) {
    this.#options = options;
    const now = options.clock.monotonic();
    this.#reads = new Line(new TokenBucket(this.#readLimit(), now), options.random);
    const writes = { capacity: limits.writes.units * options.share, periodMs: limits.writes.periodMs };
    this.#writes = new Line(new TokenBucket(writes, now), options.random);
    this.#tenantWrites = options.tenantWrites;
  }

  /** Lets the read budget follow the size of the tenant; the smallest until known. */
  setUsers(users: number): void {
    const size = tenantSize(users);
    if (size === this.#size) return;
    this.#size = size;
    this.#reads.bucket.resize(this.#readLimit(), this.#options.clock.monotonic());
  }

  /** Divides the read budget with other processes that read the same tenant: this one gets `share` of it. */
  setReadShare(share: number): void {
    if (share === this.#readShare) return;
    this.#readShare = share;
    this.#reads.bucket.resize(this.#readLimit(), this.#options.clock.monotonic());
  }

  /** See {@link Quota.reserve}. The resource unit that each write costs too is set aside with it. */
  reserve(need: QuotaNeed, priority: number): BudgetPermit | { readonly retryAt: number } {
    const cost = { reads: need.reads + need.writes, writes: need.writes };
    const retryAt = this.#take(cost, priority, need.leave);
    return retryAt === undefined ? new BudgetPermit(this, cost) : { retryAt };
  }

  /** See {@link Quota.availableAt}. */
  availableAt(need: QuotaNeed, priority: number): number {
    const now = this.#options.clock.monotonic();
    const wanted = this.#wanted({ reads: need.reads + need.writes, writes: need.writes }, need.leave);
    return this.#epoch(Math.max(now, ...wanted.map(([line, ask]) => line.soonest(ask, priority, now))), now);
  }

  /**
   * Draws the cost of one request, from `permit` if there is one; what the permit does not cover comes from the open budget with the highest
   * priority, so that work under way is not cut short. Undefined: go ahead; else the time to come back (epoch milliseconds).
   */
  draw(cost: Cost, priority: number, permit: Permit | undefined): number | undefined {
    const retryAt = permit instanceof BudgetPermit && permit.budget === this ? this.#drawFrom(permit, cost) : this.#take(cost, priority);
    if (retryAt === undefined) for (const line of this.#used(cost)) line.gate.sent(this.#options.clock.monotonic());
    return retryAt;
  }

  #drawFrom(permit: BudgetPermit, cost: Cost): number | undefined {
    const now = this.#options.clock.monotonic();
    const opensAt = Math.max(...this.#used(cost).map((line) => line.gate.opensAt(now)));
    if (opensAt > now) return this.#epoch(opensAt, now);
    const rest = permit.missing(cost);
    const retryAt = rest.reads + rest.writes === 0 ? undefined : this.#take(rest, priorities.onDemand);
    if (retryAt === undefined) permit.use(cost);
    return retryAt;
  }

  /** Returns units that a permit did not use. */
  giveBack(cost: Cost): void {
    const now = this.#options.clock.monotonic();
    for (const [line, { units }] of this.#wanted(cost)) line.bucket.take(-units, now);
  }

  /** Notes how long an answer took. */
  answeredIn(ms: number): void {
    this.#answerMs += (ms - this.#answerMs) * newestWeight;
  }

  /** See {@link Quota.inFlight}. */
  inFlight(): number {
    const now = this.#options.clock.monotonic();
    if (this.#used({ reads: 0, writes: 1 }).some((line) => line.gate.opensAt(now) > now)) return leastInFlight;
    const wanted = this.#writes.bucket.rate * this.#answerMs * answersPerWrite * spare;
    return Math.min(mostInFlight, Math.max(leastInFlight, Math.ceil(wanted)));
  }

  /** Learns from an answer that was not a refusal: the true cost, and how near the limit the service sees us. */
  observe(signals: ThrottleSignals, cost: Cost): void {
    const now = this.#options.clock.monotonic();
    for (const line of this.#used(cost)) line.gate.answered(now);
    if (signals.resourceUnits !== undefined) this.#reads.bucket.take(signals.resourceUnits - cost.reads, now);
    this.#slow(signals, cost, now);
  }

  /** A request that had been drawn for ended without an answer. */
  unanswered(cost: Cost): void {
    for (const line of this.#used(cost)) line.gate.unanswered();
  }

  /**
   * The service refused. Pauses the buckets that it named, else those that the request used, for the time it asked for, else for a time that
   * doubles with each refusal. A service that goes on refusing is left alone for longer than it asks for. Returns the end of the pause (epoch
   * milliseconds).
   */
  refused(signals: ThrottleSignals, cost: Cost): number {
    const now = this.#options.clock.monotonic();
    const scope = signals.scope ?? { level: undefined, read: cost.writes === 0, write: cost.writes > 0 };
    const refusals = Math.max(...this.#named(scope).map((line) => line.gate.refusals));
    const asked = signals.retryAfterMs;
    const insisting = refusals < patientRefusals ? 0 : this.#backoff(refusals - patientRefusals, longestInsistenceMs);
    const delay = asked === undefined ? this.#backoff(refusals, longestBackoffMs) : Math.max(asked, insisting);
    this.pause(scope, delay);
    this.#slow(signals, cost, now);
    return this.#options.clock.now() + delay;
  }

  /** Lets nothing through these buckets for `delayMs`, and then one request as a probe. */
  pause(scope: { readonly level: LimitOwner; readonly read: boolean; readonly write: boolean }, delayMs: number): void {
    const now = this.#options.clock.monotonic();
    for (const line of this.#named(scope)) line.gate.close(now + delayMs, scope.level, now);
  }

  /** See {@link Quota.pauses}. */
  pauses(): readonly QuotaPause[] {
    const now = this.#options.clock.monotonic();
    return [['Reads', this.#reads] as const, ['Writes', this.#writes] as const].flatMap(([requests, line]) => {
      const closure = line.gate.closure(now);
      if (closure === undefined) return [];
      return [{ requests, limit: closure.owner, since: this.#epoch(closure.since, now), until: this.#epoch(closure.until, now) }];
    });
  }

  /** What is left of each kind, and the most that there can be. */
  levels(): Readonly<Record<'read' | 'write', { readonly left: number; readonly capacity: number }>> {
    const now = this.#options.clock.monotonic();
    const of = ({ bucket }: Line): { left: number; capacity: number } => ({ left: bucket.level(now), capacity: bucket.capacity });
    return { read: of(this.#reads), write: of(this.#writes) };
  }

  #take(cost: Cost, priority: number, leave?: number): number | undefined {
    const now = this.#options.clock.monotonic();
    const wanted = this.#wanted(cost, leave);
    const short = wanted.filter(([line, ask]) => !line.has(ask, priority, now));
    if (short.length === 0) {
      for (const [line, { units }] of wanted) line.take(units, now);
      return undefined;
    }
    return this.#epoch(Math.max(...short.map(([line, ask]) => line.promise(ask, priority, now))), now);
  }

  /** What a cost takes of each line that it passes, and what it leaves there. */
  #wanted({ reads, writes }: Cost, leave = 0): readonly (readonly [Line, Ask])[] {
    const all: readonly (readonly [Line, Ask])[] = [
      [this.#reads, { units: reads, leave: 0 }],
      [this.#writes, { units: writes, leave }],
      [this.#tenantWrites, { units: writes, leave }],
    ];
    return all.filter(([, { units }]) => units > 0);
  }

  /** The lines that a request of this cost passes. */
  #used(cost: Cost): readonly Line[] {
    return this.#wanted(cost).map(([line]) => line);
  }

  /** The lines that a refusal names; those of this application when it does not say whose limit it is. */
  #named(scope: { readonly level: LimitOwner; readonly read: boolean; readonly write: boolean }): readonly Line[] {
    const shared = scope.level === 'Tenant' ? [this.#tenantWrites] : [];
    return [...(scope.read ? [this.#reads] : []), ...(scope.write ? [this.#writes, ...shared] : [])];
  }

  /** Reporting begins at 0.8 of the limit; up to the share that we mean to use that is no reason to slow down. */
  #slow(signals: ThrottleSignals, cost: Cost, now: number): void {
    if (signals.limitShare === undefined) return;
    const over = signals.limitShare - Math.max(0.8, this.#options.share);
    if (over <= 0) return;
    const line = cost.writes > 0 ? this.#writes : this.#reads;
    line.bucket.slow(Math.max(0.1, 1 - over), now + slowdownMs, now);
  }

  #backoff(doublings: number, longestMs: number): number {
    const base = Math.min(longestMs, firstBackoffMs * 2 ** Math.min(doublings, 30));
    return Math.ceil(base * (0.75 + 0.5 * this.#options.random.next()));
  }

  #readLimit(): BucketLimit {
    return { capacity: limits.reads.units[this.#size] * this.#options.share * this.#readShare, periodMs: limits.reads.periodMs };
  }

  #epoch(monotonic: number, now: number): number {
    return Math.ceil(this.#options.clock.now() + (monotonic - now));
  }
}

/** Units set aside in one budget. */
export class BudgetPermit implements Permit {
  readonly budget: Budget;
  #reads: number;
  #writes: number;

  constructor(budget: Budget, cost: Cost) {
    this.budget = budget;
    this.#reads = cost.reads;
    this.#writes = cost.writes;
  }

  /** What of `cost` this permit does not cover. */
  missing(cost: Cost): Cost {
    return { reads: Math.max(0, cost.reads - this.#reads), writes: Math.max(0, cost.writes - this.#writes) };
  }

  /** Counts down, to no less than nothing. */
  use(cost: Cost): void {
    this.#reads = Math.max(0, this.#reads - cost.reads);
    this.#writes = Math.max(0, this.#writes - cost.writes);
  }

  /** Gives back what was not used. Further calls do nothing, and the permit covers nothing any more. */
  release(): void {
    const rest = { reads: this.#reads, writes: this.#writes };
    this.#reads = 0;
    this.#writes = 0;
    if (rest.reads > 0 || rest.writes > 0) this.budget.giveBack(rest);
  }
}
