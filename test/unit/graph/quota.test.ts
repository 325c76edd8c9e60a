import { TokenBucket } from '../../../src/graph/quota/bucket.ts';
import { BudgetPermit } from '../../../src/graph/quota/budget.ts';
import { readCost, tenantSize, writeCost } from '../../../src/graph/quota/costs.ts';
import { BudgetRegistry } from '../../../src/graph/quota/registry.ts';
import { throttleSignals } from '../../../src/graph/quota/throttle-headers.ts';
import { priorities } from '../../../src/ports/reconcile.ts';
import { seededRandom, VirtualClock } from '../../support/virtual-clock.ts';
import { call, clientId, failureOf, id, recordedMetrics, tenantId, world } from './support.ts';

function registry(share = 0.9) {
  const clock = new VirtualClock();
  const metrics = recordedMetrics();
  const budgets = new BudgetRegistry({ clock, random: seededRandom(3), metrics, share });
  return { clock, metrics, budgets, budget: budgets.get(clientId, tenantId) };
}

/** How many single writes go through now. */
function writesLeft(
  budget: { draw: (cost: typeof writeCost, priority: number, permit: undefined) => number | undefined },
  priority: number,
): number {
  let count = 0;
  while (budget.draw(writeCost, priority, undefined) === undefined) count += 1;
  return count;
}

describe('The cost of requests', () => {
  test('follows the published table', () => {
    expect(readCost('users', {}).reads).toBe(2);
    expect(readCost('users', { select: true, expand: true }).reads).toBe(2);
    expect(readCost('members', { select: true }).reads).toBe(2);
    expect(readCost('transitiveMembers', {}).reads).toBe(5);
    expect(readCost('transitiveMembers', { top: 10 }).reads).toBe(4);
    expect(readCost('other', { select: true, top: 1 }).reads).toBe(1);
    expect(writeCost).toEqual({ reads: 1, writes: 1 });
  });

  test('depends on the size of the tenant in documented steps', () => {
    expect([49, 50, 500, 501].map(tenantSize)).toEqual(['S', 'M', 'M', 'L']);
  });
});

describe('A token bucket', () => {
  test('refills evenly, never above its capacity', () => {
    const bucket = new TokenBucket({ capacity: 100, periodMs: 1000 }, 0);
    bucket.take(100, 0);
    expect(bucket.level(500)).toBeCloseTo(50);
    expect(bucket.level(5000)).toBe(100);
    expect(bucket.reaches(100, 5000)).toBe(5000);
  });

  test('neither gives nor refills while paused, and is halved when the pause begins', () => {
    const bucket = new TokenBucket({ capacity: 100, periodMs: 1000 }, 0);
    bucket.pause(2000, 0);
    bucket.pause(3000, 10);
    expect(bucket.level(3000)).toBe(50);
    expect(bucket.reaches(10, 100)).toBe(3000);
    expect(bucket.level(3100)).toBeCloseTo(60);
  });

  test('refills at a fraction while slowed', () => {
    const bucket = new TokenBucket({ capacity: 100, periodMs: 1000 }, 0);
    bucket.take(100, 0);
    bucket.slow(0.5, 200, 0);
    expect(bucket.reaches(10, 0)).toBeCloseTo(200);
    expect(bucket.reaches(30, 0)).toBeCloseTo(400);
    expect(bucket.level(400)).toBeCloseTo(30);
  });
});

describe('The budget of an application in a tenant', () => {
  test('is the share of the documented limits', () => {
    const { budget, clock } = registry(0.5);
    expect(writesLeft(budget, priorities.onDemand)).toBe(1500);
    expect(budget.reserve({ reads: 300, writes: 0 }, priorities.onDemand)).toEqual({ retryAt: expect.any(Number) as number });
    expect(clock.now()).toBeGreaterThan(0);
  });

  test('leaves head-room to more important work', () => {
    const { budget } = registry();
    expect(writesLeft(budget, priorities.background)).toBe(2700 * 0.8);
    expect(writesLeft(budget, priorities.update)).toBe(2700 * 0.1);
    expect(writesLeft(budget, priorities.create)).toBe(2700 * 0.05);
    expect(writesLeft(budget, priorities.removal)).toBe(2700 * 0.05);
    expect(writesLeft(budget, priorities.onDemand)).toBe(0);
  });

  test('leaves what others are due who have not asked yet, up to three quarters of it', () => {
    const invitations = (leave: number): number => {
      const { budget } = registry();
      let count = 0;
      while (budget.reserve({ reads: 0, writes: 1, leave }, priorities.create) instanceof BudgetPermit) count += 1;
      expect(budget.reserve({ reads: 0, writes: 2700 - count }, priorities.onDemand)).toBeInstanceOf(BudgetPermit);
      return count;
    };
    expect(invitations(0)).toBe(2700 * 0.95);
    expect(invitations(1000)).toBe(1700);
    expect(invitations(1_000_000)).toBe(2700 * 0.25);
  });

  test('says to who leaves something for others when it is there', () => {
    const { budget, clock } = registry();
    budget.reserve({ reads: 0, writes: 2000 }, priorities.onDemand);
    const need = { reads: 0, writes: 1, leave: 1000 };
    // 700 are left, and 18 come back in a second.
    const promised = clock.now() + (301 / 18) * 1000;
    const retryAt = budget.availableAt(need, priorities.create);
    expect(Math.abs(retryAt - promised)).toBeLessThan(2);
    expect(budget.reserve(need, priorities.create)).toEqual({ retryAt });
  });

  test('grows with the tenant', () => {
    const { budget } = registry();
    expect(budget.reserve({ reads: 4000, writes: 0 }, priorities.onDemand)).toBeInstanceOf(BudgetPermit);
    const { budget: large } = registry();
    large.setUsers(600);
    expect(large.reserve({ reads: 7200, writes: 0 }, priorities.onDemand)).toBeInstanceOf(BudgetPermit);
    expect(large.reserve({ reads: 1, writes: 0 }, priorities.onDemand)).not.toBeInstanceOf(BudgetPermit);
  });

  test('is divided among processes that read the same tenant', () => {
    const { budget } = registry();
    budget.setReadShare(0.5);
    expect(budget.reserve({ reads: 1575, writes: 0 }, priorities.onDemand)).toBeInstanceOf(BudgetPermit);
    expect(budget.reserve({ reads: 1, writes: 0 }, priorities.onDemand)).not.toBeInstanceOf(BudgetPermit);
  });

  test('a permit counts down, covers its requests when the rest is used up, and gives back what is left, once', () => {
    const { budget } = registry();
    const permit = budget.reserve({ reads: 0, writes: 3 }, priorities.create);
    if (!(permit instanceof BudgetPermit)) throw new Error('refused');
    writesLeft(budget, priorities.onDemand);
    expect(budget.draw(writeCost, priorities.create, permit)).toBeUndefined();
    expect(budget.draw(writeCost, priorities.create, permit)).toBeUndefined();
    permit.release();
    permit.release();
    expect(writesLeft(budget, priorities.onDemand)).toBe(1);
  });

  test('a permit of another budget counts for nothing', () => {
    const { budget, budgets } = registry();
    const other = budgets.get(clientId, id(77)).reserve({ reads: 0, writes: 1 }, priorities.create);
    writesLeft(budget, priorities.onDemand);
    if (!(other instanceof BudgetPermit)) throw new Error('refused');
    expect(budget.draw(writeCost, priorities.onDemand, other)).toBeGreaterThan(0);
  });

  test('says how many pieces of work use it up: more the longer answers take, within bounds, and few while the service asks to wait', async () => {
    const { budget, clock } = registry();
    const after = (ms: number): number => {
      for (let n = 0; n < 200; n += 1) budget.answeredIn(ms);
      return budget.inFlight();
    };
    expect([10, 500, 1000, 2000, 20_000].map(after)).toEqual([8, 41, 81, 162, 192]);
    budget.pause({ level: 'Tenant', read: false, write: true }, 5000);
    expect(budget.inFlight()).toBe(8);
    await clock.advance(5001);
    expect(budget.inFlight()).toBe(192);
  });

  test('reports the share in use', () => {
    const { budget, budgets, metrics } = registry();
    for (let n = 0; n < 1350; n += 1) budget.draw(writeCost, priorities.onDemand, undefined);
    budgets.report(budget, 'target');
    expect(metrics.quota.get('write')?.()).toBeCloseTo(0.5);
  });

  test('slows down when the service sees more than the share we mean to use', () => {
    const { budget, clock } = registry();
    writesLeft(budget, priorities.onDemand);
    budget.observe({ limitShare: 1.4 }, writeCost);
    const slowed = budget.draw(writeCost, priorities.onDemand, undefined);
    expect((slowed ?? 0) - clock.now()).toBe(Math.ceil(1000 / 18 / 0.5));
  });

  test('learns the true cost of a request', () => {
    const { budget } = registry();
    budget.observe({ resourceUnits: 3151 }, { reads: 1, writes: 0 });
    expect(budget.reserve({ reads: 1, writes: 0 }, priorities.onDemand)).not.toBeInstanceOf(BudgetPermit);
  });
});

describe('Ten thousand waiters', () => {
  test('use at least 95 percent of the budget without coming back at once', () => {
    const { share, asked, busiestSecond } = simulate({ waiters: 10_000, writes: 3, latencyMs: 200 });
    expect(share).toBeGreaterThan(0.95);
    expect(busiestSecond).toBeLessThan(200);
    expect(asked).toBeLessThan(10_000 * 6);
  });

  test('are not forgotten when they go away: a newcomer does not stand behind them for ever', () => {
    const { budget, clock } = registry();
    let last = 0;
    for (let n = 0; n < 10_000; n += 1) {
      const outcome = budget.reserve({ reads: 0, writes: 3 }, priorities.create);
      if (!(outcome instanceof BudgetPermit)) last = Math.max(last, outcome.retryAt);
    }
    expect(last - clock.now()).toBeLessThanOrEqual(600_000);
  });
});

/** Waiters that ask, go away until the time they were given (and a little longer), and ask again. */
function simulate(options: { waiters: number; writes: number; latencyMs: number }) {
  let now = 0;
  const clock = { now: () => now, monotonic: () => now, setTimer: () => ({ cancel: () => undefined }) };
  const budgets = new BudgetRegistry({ clock, random: seededRandom(3), metrics: recordedMetrics(), share: 0.9 });
  const budget = budgets.get(clientId, tenantId);
  const random = seededRandom(11);
  const byTick = new Map<number, number>();
  const perSecond = new Map<number, number>();
  const tickMs = 20;
  byTick.set(0, options.waiters);
  let waiting = options.waiters;
  let asked = 0;
  let lastGrant = 0;
  for (let tick = 0; waiting > 0; tick += 1) {
    now = tick * tickMs;
    for (let left = byTick.get(tick) ?? 0; left > 0; left -= 1) {
      asked += 1;
      const outcome = budget.reserve({ reads: 0, writes: options.writes }, priorities.create);
      if (outcome instanceof BudgetPermit) {
        waiting -= 1;
        lastGrant = now;
      } else {
        const second = Math.floor(outcome.retryAt / 1000);
        perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
        const at = Math.ceil((outcome.retryAt + random.next() * options.latencyMs) / tickMs);
        byTick.set(at, (byTick.get(at) ?? 0) + 1);
      }
    }
    byTick.delete(tick);
  }
  // A class never sees the head-room of the classes above it.
  const possible = 2700 * 0.95 + (lastGrant / 1000) * 18;
  return {
    share: (options.waiters * options.writes) / possible,
    asked,
    busiestSecond: Math.max(...perSecond.values()),
    seconds: lastGrant / 1000,
  };
}

describe('What the service says about load', () => {
  test('trap 15: a fractional Retry-After is honoured', async () => {
    const { target, clock, seen, metrics } = world(() => ({
      status: 429,
      headers: { 'retry-after': '2.128', 'x-ms-throttle-scope': `Tenant_Application/ReadWrite/${clientId}/${tenantId}` },
    }));
    const failure = await failureOf(target.deleteUser(id(1), call()));
    expect(failure).toMatchObject({ kind: 'Throttled', reason: 'Throttled', retryAt: clock.now() + 2128 });
    expect(metrics.throttles).toEqual(['Tenant_Application/ReadWrite']);
    expect(seen).toHaveLength(1);
  });

  test('nothing is sent to a paused bucket before its time, then one after the other', async () => {
    let status = 429;
    const { target, clock, seen } = world(() => ({
      status,
      headers: status === 429 ? { 'retry-after': '10', 'x-ms-throttle-scope': 'Tenant_Application/Write/a/t' } : {},
    }));
    await failureOf(target.deleteUser(id(1), call()));
    status = 204;
    await clock.advance(9_999);
    const refused = await failureOf(target.deleteUser(id(1), call()));
    expect(refused).toMatchObject({ kind: 'Throttled', reason: 'QuotaShort', status: 0 });
    expect(seen).toHaveLength(1);
    await clock.advance(1);
    await target.deleteUser(id(1), call());
    expect(seen).toHaveLength(2);
  });

  test('reads go on while only writes are paused', async () => {
    const { target } = world(({ method }) =>
      method === 'DELETE'
        ? { status: 429, headers: { 'retry-after': '10', 'x-ms-throttle-scope': 'Tenant_Application/Write/a/t' } }
        : { body: { id: id(1) } },
    );
    await failureOf(target.deleteUser(id(1), call()));
    await expect(target.getUser(id(1), ['displayName'], call())).resolves.toMatchObject({ id: id(1) });
  });

  test('a pause holds for work with a permit too', async () => {
    const { target } = world(() => ({ status: 429, headers: { 'retry-after': '10' } }));
    const permit = target.quota.reserve({ reads: 0, writes: 3 }, priorities.create);
    if ('retryAt' in permit) throw new Error('refused');
    await failureOf(target.deleteUser(id(1), call()));
    await expect(failureOf(target.deleteUser(id(1), call({ permit })))).resolves.toMatchObject({ reason: 'QuotaShort' });
  });

  test('without Retry-After the pauses double, with jitter, until something succeeds', async () => {
    const { clock, budget } = registry();
    const waits: number[] = [];
    for (let n = 0; n < 4; n += 1) {
      const until = budget.refused({}, writeCost);
      waits.push(until - clock.now());
      await clock.advance(until - clock.now());
    }
    for (const [n, wait] of waits.entries()) {
      expect(wait).toBeGreaterThanOrEqual(1000 * 2 ** n * 0.75);
      expect(wait).toBeLessThanOrEqual(1000 * 2 ** n * 1.25 + 1);
    }
    budget.observe({}, writeCost);
    expect(budget.refused({}, writeCost) - clock.now()).toBeLessThanOrEqual(1251);
  });

  test('many refusals of one moment count as one', () => {
    const { clock, budget } = registry();
    for (let n = 0; n < 20; n += 1) budget.refused({}, writeCost);
    expect(budget.refused({}, writeCost) - clock.now()).toBeLessThanOrEqual(2501);
  });

  test('a limit of the tenant pauses all applications in it, one of the application all its tenants', () => {
    const { budgets, budget } = registry();
    const sameTenant = budgets.get(id(5), tenantId);
    const sameApp = budgets.get(clientId, id(6));
    const signals = throttleSignals((name) => ({ 'retry-after': '5', 'x-ms-throttle-scope': 'Tenant/Write/a/t' })[name], 0);
    budgets.refused(budget, signals, writeCost);
    expect(sameTenant.draw(writeCost, priorities.onDemand, undefined)).toBeDefined();
    expect(sameApp.draw(writeCost, priorities.onDemand, undefined)).toBeUndefined();
    budgets.refused(
      budget,
      throttleSignals((name) => ({ 'retry-after': '5', 'x-ms-throttle-scope': 'Application/ReadWrite/a' })[name], 0),
      writeCost,
    );
    expect(sameApp.draw(writeCost, priorities.onDemand, undefined)).toBeDefined();
  });

  test('a busy service that says how long (503) is left alone that long', async () => {
    const { target, clock, seen } = world(() => ({ status: 503, headers: { 'retry-after': '7' } }));
    await expect(failureOf(target.deleteUser(id(1), call()))).resolves.toMatchObject({
      kind: 'Unavailable',
      retryAt: clock.now() + 7000,
      outcomeUnknown: true,
    });
    await failureOf(target.deleteUser(id(2), call()));
    expect(seen).toHaveLength(1);
  });

  test('the importance of a call is told to the service', async () => {
    const { target, seen } = world(() => ({ status: 204 }));
    await target.deleteUser(id(1), call({ priority: priorities.removal }));
    await target.deleteUser(id(1), call({ priority: priorities.drift }));
    expect(seen.map((request) => request.headers['x-ms-throttle-priority'])).toEqual(['high', 'low']);
  });
});
