import { TokenBucket } from './bucket.ts';
import { Budget, type BudgetOptions } from './budget.ts';
import { type Cost, limits } from './costs.ts';
import { Line } from './line.ts';
import type { ThrottleSignals } from './throttle-headers.ts';

type RegistryOptions = Omit<BudgetOptions, 'tenantId' | 'tenantWrites'>;
type Side = 'source' | 'target';

interface Entry {
  readonly clientId: string;
  readonly tenantId: string;
  readonly budget: Budget;
  /** The sides of pairs that the application has worked for. */
  readonly sides: Set<Side>;
}

const reportEveryMs = 1_000;

/** All budgets of this process, one for each application and tenant, and for each tenant the writes that its applications share. */
export class BudgetRegistry {
  readonly #options: RegistryOptions;
  readonly #budgets = new Map<string, Entry>();
  readonly #tenantWrites = new Map<string, Line>();
  /** Monotonic time of the last report, by side and tenant. */
  readonly #reportedAt = new Map<string, number>();

  constructor(options: RegistryOptions) {
    this.#options = options;
  }

  /** The budget of an application in a tenant; made when first asked for. */
  get(clientId: string, tenantId: string): Budget {
    const key = `${clientId.toLowerCase()}/${tenantId.toLowerCase()}`;
    const known = this.#budgets.get(key);
    if (known !== undefined) return known.budget;
    const budget = new Budget({ ...this.#options, tenantId, tenantWrites: this.#writesOf(tenantId.toLowerCase()) });
    this.#budgets.set(key, { clientId: clientId.toLowerCase(), tenantId: tenantId.toLowerCase(), budget, sides: new Set() });
    return budget;
  }

  #writesOf(tenantId: string): Line {
    const known = this.#tenantWrites.get(tenantId);
    if (known !== undefined) return known;
    const { clock, random, share } = this.#options;
    const limit = { capacity: limits.tenantWrites.units * share, periodMs: limits.tenantWrites.periodMs };
    const line = new Line(new TokenBucket(limit, clock.monotonic()), random);
    this.#tenantWrites.set(tenantId, line);
    return line;
  }

  /**
   * An application has worked for a side of a pair: has the metrics show how much is in use of the budgets of that side in the tenant, those of all its
   * applications together.
   */
  report(budget: Budget, side: Side): void {
    const self = this.#entryOf(budget);
    if (self === undefined) return;
    self.sides.add(side);
    const key = `${side}/${self.tenantId}`;
    const now = this.#options.clock.monotonic();
    if (now - (this.#reportedAt.get(key) ?? Number.NEGATIVE_INFINITY) < reportEveryMs) return;
    this.#reportedAt.set(key, now);
    for (const kind of ['read', 'write'] as const) {
      const ratio = (): number => this.#usedBy(self.tenantId, side, kind);
      this.#options.metrics.quotaUsed({ side, tenant: budget.tenantId, budget: kind, ratio });
    }
  }

  /** The share in use of the budgets of a side in a tenant: from 0 to 1. */
  #usedBy(tenantId: string, side: Side, kind: 'read' | 'write'): number {
    const alike = [...this.#budgets.values()].filter((entry) => entry.tenantId === tenantId && entry.sides.has(side));
    const levels = alike.map((entry) => entry.budget.levels()[kind]);
    const sum = (of: 'left' | 'capacity'): number => levels.reduce((total, level) => total + level[of], 0);
    return Math.min(1, Math.max(0, 1 - sum('left') / sum('capacity')));
  }

  #entryOf(budget: Budget): Entry | undefined {
    return [...this.#budgets.values()].find((entry) => entry.budget === budget);
  }

  /** Gives each budget the share of its reads that is this process's. */
  shareReads(shareOf: (budget: { readonly clientId: string; readonly tenantId: string }) => number): void {
    for (const entry of this.#budgets.values()) entry.budget.setReadShare(shareOf(entry));
  }

  /**
   * The service refused a request that drew on `budget`. A limit of the whole tenant pauses every application in it, a limit of the
   * application every tenant of it. Returns the end of the pause (epoch milliseconds).
   */
  refused(budget: Budget, signals: ThrottleSignals, cost: Cost): number {
    const now = this.#options.clock.now();
    const until = budget.refused(signals, cost);
    const scope = signals.scope;
    const self = this.#entryOf(budget);
    if (scope === undefined || scope.level === 'Tenant_Application' || self === undefined) return until;
    for (const other of this.#budgets.values()) {
      const affected = scope.level === 'Tenant' ? other.tenantId === self.tenantId : other.clientId === self.clientId;
      if (affected && other !== self) other.budget.pause(scope, until - now);
    }
    return until;
  }
}
