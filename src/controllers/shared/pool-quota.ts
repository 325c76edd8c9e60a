import { chooseApplication } from '../../core/pool/choose.ts';
import type { Permit, Quota, QuotaNeed, QuotaPause } from '../../ports/directory.ts';

/** An application of a pool, as far as its quota goes. */
export interface QuotaHolder {
  readonly clientId: string;
  readonly target: { readonly quota: Quota };
}

/** Quota set aside with one application of a pool: the work that holds it stays with that application. */
export class PoolPermit<H extends QuotaHolder> implements Permit {
  readonly holder: H;
  readonly permit: Permit;

  constructor(holder: H, permit: Permit) {
    this.holder = holder;
    this.permit = permit;
  }

  release(): void {
    this.permit.release();
  }
}

/** The budgets of several applications in one tenant as one: nobody waits while one of them has what is asked for (G5). */
export class PoolQuota<H extends QuotaHolder> implements Quota {
  readonly #working: () => readonly H[];

  /** `working` gives those that take part at the moment, at least one. */
  constructor(working: () => readonly H[]) {
    this.#working = working;
  }

  /** The applications in the order in which they are asked: the one that is ready first, then the others of the list. */
  order(need: QuotaNeed, priority: number, person?: string): readonly H[] {
    const working = this.#working();
    const each = partOf(need, working.length);
    const standings = working.map((holder) => ({
      holder,
      clientId: holder.clientId,
      readyAt: holder.target.quota.availableAt(each, priority),
    }));
    const chosen = chooseApplication(standings, person)?.holder;
    return chosen === undefined ? [] : [chosen, ...working.filter((holder) => holder !== chosen)];
  }

  reserve(need: QuotaNeed, priority: number, person: string): PoolPermit<H> | { readonly retryAt: number } {
    const order = this.order(need, priority, person);
    const [holder] = order;
    if (holder === undefined) throw new Error('a pool without an application');
    const permit = holder.target.quota.reserve(partOf(need, order.length), priority, person);
    return 'retryAt' in permit ? permit : new PoolPermit(holder, permit);
  }

  availableAt(need: QuotaNeed, priority: number): number {
    const working = this.#working();
    return Math.min(...working.map(({ target }) => target.quota.availableAt(partOf(need, working.length), priority)));
  }

  inFlight(): number {
    return this.#working().reduce((sum, { target }) => sum + target.quota.inFlight(), 0);
  }

  /** A kind of request waits while all applications do, and until the first of them may ask again. */
  pauses(): readonly QuotaPause[] {
    const each = this.#working().map(({ target }) => target.quota.pauses());
    return (['Reads', 'Writes'] as const).flatMap((requests) => {
      const found = each.flatMap((pauses) => pauses.filter((pause) => pause.requests === requests));
      const first = found.toSorted((a, b) => a.until - b.until)[0];
      return first === undefined || found.length < each.length ? [] : [first];
    });
  }
}

/** What one of several applications is asked for: each leaves its part to those who come first. */
function partOf(need: QuotaNeed, applications: number): QuotaNeed {
  return need.leave === undefined ? need : { ...need, leave: Math.ceil(need.leave / applications) };
}
