import { namespace, operatorNamespace, usualRenewals, World } from '../support/world.ts';
import type { Metrics } from '../../src/telemetry/registry.ts';

const minute = 60_000;
const configurations = Array.from({ length: 12 }, (_, n) => `staff-${n}`);

let world: World;
afterEach(() => world.end());

/** Many pairs, so that they fall to several shards; the first is one whose tenants there are. */
function applyAll(): void {
  world.applyPair({}, 'pair-0');
  const { source, target } = world.pairSpec() as { source: object; target: object };
  for (const [n, name] of configurations.entries()) {
    const tenantId = `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
    if (n > 0) world.applyPair({ source, target: { ...target, tenantId } }, `pair-${n}`);
    world.applyConfiguration({ tenantPairRef: { name: `pair-${n}` }, suspend: n % 2 === 1 }, name);
  }
  world.applyConfiguration({ tenantPairRef: { name: 'nowhere' } }, 'lost');
}

/** Lines of a metric over all replicas, by their labels. */
async function shown(replicas: readonly Metrics[], metric: string): Promise<readonly string[]> {
  const bodies = await Promise.all(replicas.map((metrics) => metrics.expose()));
  return bodies.flatMap(({ body }) => body.split('\n').filter((line) => line.startsWith(`${metric}{`)));
}

const gauges = ['suspended', 'interval_seconds', 'staged_deletions', 'last_successful_cycle_timestamp_seconds', 'cycle_progress_ratio'];

/** How often each configuration is shown. */
async function timesShown(replicas: readonly Metrics[], metric: string): Promise<ReadonlyMap<string, number>> {
  const times = new Map<string, number>();
  for (const line of await shown(replicas, metric)) {
    const name = /configuration="([^"]+)"/.exec(line)?.[1] ?? '';
    times.set(name, (times.get(name) ?? 0) + 1);
  }
  return times;
}

/** Who holds a lease. */
const holders = (): ReadonlySet<string> =>
  new Set(
    world.kube.list('Lease', { namespace: operatorNamespace }).map(({ spec }) => (spec as { holderIdentity: string }).holderIdentity),
  );

describe('F4 two replicas that share the shards', () => {
  it('show each resource once between them, never twice while it changes hands, so that sums are right', async () => {
    world = new World({ flags: [...usualRenewals, '--shards', '8'] });
    applyAll();
    await world.startOperator();
    const replicas = [world.metrics];
    await world.until('the first has everything', () => holders().size === 1, minute);
    await world.run(minute);
    const once = new Map([...configurations, 'lost'].map((name) => [name, 1]));
    for (const gauge of gauges) expect(await timesShown(replicas, `tenantsync_${gauge}`)).toEqual(once);

    await world.startOperator();
    replicas.push(world.metrics);
    for (let second = 0; second < 300 && (holders().size < 2 || second < 60); second += 1) {
      await world.run(1000);
      expect([...(await timesShown(replicas, 'tenantsync_suspended')).values()].filter((times) => times > 1)).toEqual([]);
    }
    await world.run(minute);
    expect(holders().size).toBe(2);
    for (const gauge of gauges) expect(await timesShown(replicas, `tenantsync_${gauge}`)).toEqual(once);
    const pairs = (await shown(replicas, 'tenantsync_resource_condition')).filter((line) =>
      /kind="TenantPair".*"Ready",status="True"/.test(line),
    );
    expect(pairs).toHaveLength(configurations.length);
    expect(new Set(pairs).size).toBe(pairs.length);
    for (const metrics of replicas) expect((await timesShown([metrics], 'tenantsync_suspended')).size).toBeGreaterThan(0);

    world.killOperator();
    await world.run(minute);
    for (const gauge of gauges) expect(await timesShown(replicas.slice(0, 1), `tenantsync_${gauge}`)).toEqual(once);
  });
});

describe('F4 a configuration', () => {
  const staff = `{namespace="${namespace}",configuration="staff"}`;
  const value = async (metric: string): Promise<number | undefined> => {
    const line = (await shown([world.metrics], `tenantsync_${metric}`)).find((each) => each.includes(staff));
    return line === undefined ? undefined : Number(line.split(' ').at(-1));
  };

  it('that never succeeded has a series, which is 0 until it has', async () => {
    world = new World();
    world.applyConfiguration();
    await world.startOperator();
    await world.run(minute);
    expect(await value('last_successful_cycle_timestamp_seconds')).toBe(0);
    world.applyPair();
    await world.nextCycle();
    expect(await value('last_successful_cycle_timestamp_seconds')).toBeCloseTo(world.clock.now() / 1000, -2);
  });

  it('counts from 0, so that the first rise is one', async () => {
    world = new World();
    world.applyPair();
    world.applyConfiguration();
    await world.startOperator();
    await world.until('it is looked after', () => holders().size === 1, minute);
    await world.run(1000);
    const of = async (metric: string): Promise<readonly string[]> =>
      (await shown([world.metrics], `tenantsync_${metric}`)).map((line) => line.replace(/.*,(\w+="\w+").* (\d+)$/, '$1 $2'));
    expect(await of('operations_total')).toHaveLength(5);
    expect(await of('deletion_decisions_total')).toEqual(['decision="Approved" 0', 'decision="Rejected" 0']);
  });

  it('shows its interval, when its next cycle starts, and nothing of that while it is suspended', async () => {
    world = new World();
    await world.begin({ interval: '40m' });
    const next = Date.parse(world.configuration().status.nextCycleAt ?? '') / 1000;
    expect(await value('interval_seconds')).toBe(2400);
    expect(next).toBeGreaterThan(world.clock.now() / 1000 + 2000);
    expect(await value('next_cycle_timestamp_seconds')).toBe(next);
    world.applyConfiguration({ interval: '40m', suspend: true });
    await world.run(minute);
    expect(await value('next_cycle_timestamp_seconds')).toBeUndefined();
  });

  it('shows how much of its cycle is done: from 0 to 1, and 1 when it has ended', async () => {
    world = new World({ settings: { latency: { min: 2000, max: 4000 } } });
    for (let n = 0; n < 60; n += 1)
      world.hub.createUser({ userPrincipalName: `person${n}@contoso.com`, properties: { displayName: `Person ${n}` } });
    world.applyPair();
    world.applyConfiguration();
    await world.startOperator();
    const seen: number[] = [];
    const cycled = (): boolean => world.configuration().status.lastCycle?.id !== undefined;
    while (!cycled() && seen.length < 600) {
      await world.run(1000);
      if (!cycled() && world.configuration().status.currentCycle !== undefined) seen.push((await value('cycle_progress_ratio')) ?? -1);
    }
    expect(seen[0]).toBeLessThan(0.5);
    expect(seen.filter((ratio) => ratio > 0 && ratio < 1).length).toBeGreaterThan(2);
    expect(seen.every((ratio) => ratio >= 0 && ratio <= 1)).toBe(true);
    expect(await value('cycle_progress_ratio')).toBe(1);
  });

  it('shows how far a cycle has read that changes nothing', async () => {
    world = new World({ settings: { latency: { min: 2000, max: 4000 }, delta: { pageSize: { min: 10, max: 10 } } } });
    for (let n = 0; n < 60; n += 1)
      world.hub.createUser({ userPrincipalName: `person${n}@contoso.com`, properties: { displayName: `Person ${n}` } });
    await world.begin();
    await world.until('everybody is there', () => world.configuration().status.users?.synced === 60);
    await world.until('that cycle has ended', () => world.configuration().status.currentCycle === undefined);
    world.annotate('SyncConfiguration', 'staff', { 'tenantsync.dev/restarted-at': 'now' });
    const seen: number[] = [];
    while (world.configuration().status.lastHandledRestartAt !== 'now' && seen.length < 600) {
      await world.run(500);
      seen.push((await value('cycle_progress_ratio')) ?? -1);
    }
    expect(world.configuration().status.lastCycle?.operations).toMatchObject({ create: 0, update: 0 });
    expect(new Set(seen.filter((ratio) => ratio > 0 && ratio < 1)).size).toBeGreaterThan(2);
    expect(await value('cycle_progress_ratio')).toBe(1);
  });
});
