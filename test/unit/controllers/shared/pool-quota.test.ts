import fc from 'fast-check';
import { PoolPermit, PoolQuota } from '../../../../src/controllers/shared/pool-quota.ts';
import { writeCost } from '../../../../src/graph/quota/costs.ts';
import { BudgetRegistry } from '../../../../src/graph/quota/registry.ts';
import { priorities } from '../../../../src/ports/reconcile.ts';
import { seededRandom } from '../../../support/virtual-clock.ts';

const tenant = 'tenant';

/** A bucket of the service, as the documentation describes it: what is taken may never be more than what it holds. */
class Served {
  #level: number;
  #at = 0;
  readonly #capacity: number;
  readonly #periodMs: number;
  constructor(capacity: number, periodMs: number) {
    [this.#capacity, this.#periodMs, this.#level] = [capacity, periodMs, capacity];
  }

  /** What is left after `units`. */
  take(units: number, now: number): number {
    this.#level = Math.min(this.#capacity, this.#level + ((now - this.#at) / this.#periodMs) * this.#capacity) - units;
    this.#at = now;
    return this.#level;
  }
}

/** A pool of `count` applications with the share of the documented limits, on a clock that stands still. */
function pool(count: number, share: number) {
  const time = { now: 0 };
  const clock = { now: () => time.now, monotonic: () => time.now, setTimer: () => ({ cancel: () => undefined }) };
  const metrics = { request: () => undefined, throttled: () => undefined, quotaUsed: () => undefined };
  const budgets = new BudgetRegistry({ clock, random: seededRandom(5), metrics, share });
  const applications = Array.from({ length: count }, (_, index) => {
    const clientId = `app-${index}`;
    const budget = budgets.get(clientId, tenant);
    const writes = new Served(3000 * share, 150_000);
    return { clientId, target: { quota: budget }, budget, writes, pausedUntil: 0 };
  });
  return { time, budgets, applications, quota: new PoolQuota(() => applications), tenantWrites: new Served(18_000 * share, 300_000) };
}

const step = fc.record({
  passedMs: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 4000 }) }),
  reads: fc.integer({ min: 0, max: 6 }),
  writes: fc.integer({ min: 0, max: 3 }),
  priority: fc.constantFrom(priorities.onDemand, priorities.removal, priorities.create, priorities.update, priorities.drift),
  person: fc.integer({ min: 0, max: 50 }).map(String),
  refused: fc.oneof(
    { weight: 60, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constantFrom('Tenant' as const, 'Tenant_Application' as const) },
  ),
});

type Pool = ReturnType<typeof pool>;
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Works through the steps, and says what ought not to have happened. */
function violations({ time, budgets, applications, quota, tenantWrites }: Pool, steps: readonly Step[]): readonly string[] {
  const found: string[] = [];
  let tenantPausedUntil = 0;
  for (const { passedMs, reads, writes, priority, person, refused } of steps) {
    time.now += passedMs;
    const need = { reads, writes: Math.max(1, writes) };
    const permit = quota.reserve(need, priority, person);
    if (!(permit instanceof PoolPermit)) {
      if (permit.retryAt <= time.now) found.push('sent away until now');
      if (applications.some(({ budget }) => !('retryAt' in budget.reserve(need, priority)))) found.push('waits beside a budget');
      continue;
    }
    const { holder } = permit;
    if (Math.max(holder.pausedUntil, tenantPausedUntil) > time.now) found.push('chosen in a pause');
    for (let sent = 0; sent < writes; sent += 1) {
      if (holder.budget.draw(writeCost, priority, permit.permit) !== undefined) break;
      if (holder.writes.take(1, time.now) < -1e-6) found.push('above the limit of the application');
      if (tenantWrites.take(1, time.now) < -1e-6) found.push('above the limit of the tenant');
      if (refused === undefined) {
        holder.budget.observe({}, writeCost);
        continue;
      }
      const signals = { scope: { level: refused, read: true, write: true }, retryAfterMs: 3000 };
      const until = budgets.refused(holder.budget, signals, writeCost);
      if (refused === 'Tenant') tenantPausedUntil = until;
      else holder.pausedUntil = until;
      break;
    }
    permit.release();
  }
  return found;
}

describe('G5 and I9: the quota of several applications in one tenant', () => {
  it('never passes the limit of one, nor that of the tenant, nor a pause, and nobody waits while one has budget', () => {
    const worlds = fc.record({
      count: fc.integer({ min: 1, max: 5 }),
      share: fc.constantFrom(0.004, 0.01),
      steps: fc.array(step, { minLength: 50, maxLength: 800, size: 'max' }),
    });
    fc.assert(
      fc.property(worlds, ({ count, share, steps }) => {
        expect(violations(pool(count, share), steps)).toEqual([]);
      }),
      { numRuns: 60, endOnFailure: true },
    );
  });

  it('gives three applications all that the tenant takes, and five no more', () => {
    const granted = (count: number): number => {
      const { time, quota } = pool(count, 0.1);
      let writes = 0;
      for (; time.now < 600_000; time.now += 500)
        while (quota.reserve({ reads: 0, writes: 1 }, priorities.onDemand, String(writes)) instanceof PoolPermit) writes += 1;
      return writes;
    };
    // At once 300 for each, and then 2 a second for each; 1,800 at once for all, and then 6 a second.
    expect(granted(1)).toBeCloseTo(300 + 1200, -1);
    expect(granted(3)).toBeCloseTo(900 + 3600, -1);
    expect(granted(5)).toBeCloseTo(1800 + 3600, -1);
  });

  it('has each of three applications leave a third of what others are due', () => {
    const invitations = (leave: number): number => {
      const { quota } = pool(3, 0.1);
      let count = 0;
      while (quota.reserve({ reads: 0, writes: 1, leave }, priorities.create, String(count)) instanceof PoolPermit) count += 1;
      return count;
    };
    // 300 for each, of which a twentieth is left in any case.
    expect(invitations(0)).toBe(3 * 285);
    expect(invitations(300)).toBe(3 * 200);
  });

  it('stays with the application that a person has had, while that one has budget', () => {
    const { quota, applications } = pool(3, 1);
    const holderOf = (person: string) =>
      (quota.reserve({ reads: 1, writes: 1 }, priorities.create, person) as PoolPermit<(typeof applications)[number]>).holder;
    const first = holderOf('somebody');
    expect(holderOf('somebody')).toBe(first);
    const favourite = applications.find((application) => application === first);
    favourite?.budget.pause({ level: 'Tenant_Application', read: false, write: true }, 5000);
    expect(holderOf('somebody')).not.toBe(first);
  });

  it('says that it waits only while all applications do, and until the first may ask again', () => {
    const { quota, applications } = pool(2, 1);
    const scope = { level: 'Tenant_Application', read: false, write: true } as const;
    applications[0]?.budget.pause(scope, 9000);
    expect(quota.pauses()).toEqual([]);
    applications[1]?.budget.pause(scope, 4000);
    expect(quota.pauses()).toEqual([{ requests: 'Writes', limit: 'Tenant_Application', since: 0, until: 4000 }]);
    expect(quota.availableAt({ reads: 1, writes: 1 }, priorities.create)).toBe(4000);
    expect(quota.inFlight()).toBe(16);
  });
});
