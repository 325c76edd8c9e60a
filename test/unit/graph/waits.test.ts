import { TokenBucket } from '../../../src/graph/quota/bucket.ts';
import { writeCost } from '../../../src/graph/quota/costs.ts';
import { priorities } from '../../../src/ports/reconcile.ts';
import { directoryFailure } from '../../../src/core/errors/directory-error.ts';
import { call, clientId, failureOf, id, tenantId, type Reply, world, inParts } from './support.ts';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** Ten workers that call whenever they may, for `ms`: the times of the requests that went out. */
async function insist(answer: () => Reply, ms: number): Promise<readonly number[]> {
  const sent: number[] = [];
  const { target, clock } = world(() => {
    sent.push(clock.monotonic());
    return answer();
  });
  const begun = clock.monotonic();
  let over = false;
  const worker = async (n: number): Promise<void> => {
    while (!over) {
      const failure = await target.deleteUser(id(n), call()).then(
        () => undefined,
        (error: unknown) => directoryFailure(error),
      );
      const wait = failure?.retryAt === undefined ? 10 : failure.retryAt - clock.now();
      await new Promise<void>((resolve) => clock.setTimer(Math.max(1, wait), resolve));
    }
  };
  const workers = Array.from({ length: 10 }, (_, n) => worker(n));
  await clock.advance(ms);
  over = true;
  await clock.advance(2 * hour);
  await Promise.all(workers);
  return sent.map((time) => time - begun).filter((time) => time <= ms);
}

describe('Retry-After, whatever it says', () => {
  test.each(['0', '-1', 'NaN', '0.0001', 'Thu, 01 Jan 1970 00:00:00 GMT', '', 'soon'])(
    'a service that refuses with Retry-After: %j is asked a few dozen times in half an hour, never twice within a second',
    async (header) => {
      const sent = await insist(() => ({ status: 429, headers: { 'retry-after': header } }), 30 * minute);
      // What was on its way when the first refusal came.
      const first = sent.filter((time) => time === sent[0]).length;
      expect(first).toBeLessThanOrEqual(10);
      const later = sent.slice(first);
      expect(later.length).toBeLessThan(60);
      for (const [index, time] of later.entries()) expect(time - (later[index - 1] ?? -second)).toBeGreaterThanOrEqual(second);
    },
  );

  test.each([429, 503])(
    'a year of it (%s) is believed for an hour; then one request asks, and the rest follow its answer',
    async (status) => {
      let refusing = true;
      let underWay = 0;
      let most = 0;
      const { target, clock, seen } = world(async () => {
        most = Math.max(most, (underWay += 1));
        await new Promise<void>((resolve) => clock.setTimer(200, resolve));
        underWay -= 1;
        return refusing ? { status, headers: { 'retry-after': '31536000' } } : { status: 204 };
      });
      const attempt = (n: number) =>
        target.deleteUser(id(n), call()).then(
          () => 'done',
          (error: unknown) => directoryFailure(error)?.retryAt ?? 0,
        );
      const first = attempt(0);
      await clock.advance(200);
      expect(Number(await first) - clock.now()).toBe(hour);
      await clock.advance(hour - 1);
      await expect(failureOf(target.deleteUser(id(1), call()))).resolves.toMatchObject({ reason: 'QuotaShort' });
      expect(seen).toHaveLength(1);
      expect(target.quota.pauses()).toEqual([expect.objectContaining({ requests: 'Writes', until: clock.now() + 1 })]);
      await clock.advance(1);
      refusing = false;
      most = 0;
      const crowd = Array.from({ length: 50 }, (_, n) => attempt(n));
      await clock.advance(200);
      expect((await Promise.all(crowd)).filter((outcome) => outcome === 'done')).toHaveLength(1);
      expect(most).toBe(1);
      expect(target.quota.pauses()).toEqual([]);
      const rest = Array.from({ length: 50 }, (_, n) => attempt(n));
      await clock.advance(200);
      await expect(Promise.all(rest)).resolves.toEqual(Array.from({ length: 50 }, () => 'done'));
    },
  );

  test('a probe that is lost on the way, or never sent, is followed by another', async () => {
    let lost = false;
    const { target, clock, seen } = world(() => {
      if (lost) throw new Error('ECONNRESET');
      return { status: 429, headers: { 'retry-after': '5' } };
    });
    await failureOf(target.deleteUser(id(1), call()));
    await clock.advance(5 * second);
    lost = true;
    await failureOf(target.deleteUser(id(1), call()));
    await failureOf(target.deleteUser(id(1), call({ mayStart: () => false })));
    await failureOf(target.deleteUser(id(1), call()));
    expect(seen).toHaveLength(3);
  });

  test('a pause that is over is not told of, even if nobody has asked for anything since', async () => {
    const { target, clock } = world(() => ({ status: 429, headers: { 'retry-after': '600' } }));
    await failureOf(target.deleteUser(id(1), call()));
    await clock.advance(10 * minute - 1);
    expect(target.quota.pauses()).toHaveLength(1);
    await clock.advance(1);
    expect(target.quota.pauses()).toEqual([]);
  });

  test('an answer to a request from before the pause does not end it', () => {
    const { budgets, clock } = world(() => ({}));
    const budget = budgets.get(clientId, tenantId);
    budget.refused({ retryAfterMs: 10 * second }, writeCost);
    budget.observe({}, writeCost);
    expect(budget.draw(writeCost, priorities.onDemand, undefined)).toBe(clock.now() + 10 * second);
  });

  test('it is told since when, until when and by whose limit nothing is sent', async () => {
    const { target, clock } = world(() => ({
      status: 429,
      headers: { 'retry-after': '600', 'x-ms-throttle-scope': `Tenant/ReadWrite/${clientId}/${tenantId}` },
    }));
    const since = clock.now();
    await failureOf(target.deleteUser(id(1), call()));
    await clock.advance(10 * minute);
    await failureOf(target.deleteUser(id(1), call()));
    clock.jumpWallClock(30 * 24 * hour);
    const jumped = 30 * 24 * hour;
    const pause = { limit: 'Tenant', since: since + jumped, until: since + 20 * minute + jumped };
    expect(target.quota.pauses()).toEqual([
      { requests: 'Reads', ...pause },
      { requests: 'Writes', ...pause },
    ]);
  });
});

describe('Numbers of the quota, whatever they say', () => {
  test.each(['1e300', '999999999999', 'Infinity', 'NaN', '-7', '0', '0.000001', 'many'])(
    'a cost of %s resource units neither stops the reads for longer than two periods nor makes them free',
    async (units) => {
      const empty = inParts(() => ({ body: { value: [] } }));
      const { target, clock } = world(async (request) => ({
        ...(await empty(request)),
        headers: { 'x-ms-resource-unit': units, 'x-ms-throttle-limit-percentage': units },
      }));
      for (let n = 0; n < 20; n += 1)
        await target
          .findAccounts({ addresses: [], anchor: { attribute: 'x', value: 'y', whole: ['y'] } }, [], call())
          .catch(() => undefined);
      await clock.advance(25 * second);
      await expect(
        target.findAccounts({ addresses: [], anchor: { attribute: 'x', value: 'y', whole: ['y'] } }, [], call()),
      ).resolves.toEqual({
        live: [],
        deleted: [],
      });
      const before = target.quota.reserve({ reads: 3150, writes: 0 }, priorities.onDemand);
      expect('retryAt' in before).toBe(true);
    },
  );

  test('a bucket owes one capacity at most', () => {
    const bucket = new TokenBucket({ capacity: 100, periodMs: 1000 }, 0);
    bucket.take(1e12, 0);
    expect(bucket.level(2000)).toBe(100);
  });
});
