import { Budget, type BudgetOptions } from './budget.ts';
import type { Cost } from './costs.ts';
import type { ThrottleSignals } from './throttle-headers.ts';

/** All budgets of this process, one for each application and tenant. */
export class BudgetRegistry {
  readonly #options: Omit<BudgetOptions, 'tenantId'>;
  readonly #budgets = new Map<string, { readonly clientId: string; readonly tenantId: string; readonly budget: Budget }>();

  constructor(options: Omit<BudgetOptions, 'tenantId'>) {
    this.#options = options;
  }

  /** The budget of an application in a tenant; made when first asked for. */
  get(clientId: string, tenantId: string): Budget {
    const key = `${clientId.toLowerCase()}/${tenantId.toLowerCase()}`;
    const known = this.#budgets.get(key);
    if (known !== undefined) return known.budget;
    const budget = new Budget({ ...this.#options, tenantId });
    this.#budgets.set(key, { clientId: clientId.toLowerCase(), tenantId: tenantId.toLowerCase(), budget });
    return budget;
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
    const self = [...this.#budgets.values()].find((entry) => entry.budget === budget);
    if (scope === undefined || scope.level === 'Tenant_Application' || self === undefined) return until;
    for (const other of this.#budgets.values()) {
      const affected = scope.level === 'Tenant' ? other.tenantId === self.tenantId : other.clientId === self.clientId;
      if (affected && other !== self) other.budget.pause(scope, until - now);
    }
    return until;
  }
}
