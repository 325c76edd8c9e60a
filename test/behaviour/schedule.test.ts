import { condition, deltaLink, guests, hire, replicated, spokeVersions } from '../support/scene.ts';
import { World } from '../support/world.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

describe('E1, I14 what the schedule rests on outlives the process', () => {
  let world: World;
  afterEach(() => world.end());

  async function company(configuration: { interval: string; fullInterval?: string }): Promise<void> {
    world = new World();
    hire(world, 5);
    await replicated(world);
    await world.begin(configuration);
    await world.until('everybody is there', () => guests(world).length === 5);
    await world.run(2 * minute);
  }
  const status = (): ReturnType<World['configuration']>['status'] => world.configuration().status;
  const failing = (): void =>
    void world.entra.faults.add({ effect: 'status', status: 500, times: 1_000_000, match: { operation: 'GET /users/delta' } });

  it('I14 six failed cycles, then a restart: the pauses go on growing, and status says what is the case meanwhile', async () => {
    await company({ interval: '12h' });
    failing();
    world.annotate('SyncConfiguration', 'staff', { 'tenantsync.dev/requested-at': 'now' });
    await world.until('the sixth failure', () => status().failures?.count === 6, 2 * day);
    const { failures, nextCycleAt } = status();
    expect(Date.parse(nextCycleAt ?? '') - world.clock.now()).toBeGreaterThan(11 * hour);
    expect(failures).toMatchObject({ count: 6, reason: 'SourceReadFailed', nextAttemptAt: nextCycleAt });
    await world.stopOperator();
    await world.startOperator();
    world.hub.log.reset();
    await world.run(11 * hour);
    expect(world.hub.log.count('GET /users/delta')).toBe(0);
    expect(status()).toMatchObject({ failures, nextCycleAt });
    expect(condition(world.configuration())).toMatchObject({ status: 'False', reason: 'SourceReadFailed' });
    world.entra.faults.clear();
    await world.until('it is ready', () => condition(world.configuration())?.status === 'True', 2 * hour);
    expect(status().failures).toBeUndefined();
  });

  it('I14 a request is tried at once while failures hold cycles back, after a restart too', async () => {
    await company({ interval: '12h' });
    failing();
    world.annotate('SyncConfiguration', 'staff', { 'tenantsync.dev/requested-at': 'now' });
    await world.until('the fifth failure', () => status().failures?.count === 5, day);
    await world.stopOperator();
    await world.startOperator();
    await world.sync();
    expect(status().failures?.count).toBe(6);
    world.entra.faults.clear();
    await world.sync();
    expect(condition(world.configuration())).toMatchObject({ status: 'True' });
  });

  it('I14 a spec that is corrected is tried at once, and its failures are counted from the first on', async () => {
    await company({ interval: '12h' });
    failing();
    world.annotate('SyncConfiguration', 'staff', { 'tenantsync.dev/requested-at': 'now' });
    await world.until('the fifth failure', () => status().failures?.count === 5, day);
    world.applyConfiguration({ interval: '11h' });
    await world.until('an attempt', () => status().failures?.count === 1, 2 * minute);
    expect(status().lastCycle?.result).toBe('Failed');
  });

  it('I14 links that the source does not take any more stay dropped when the process ends before the full read', async () => {
    await company({ interval: '30m' });
    world.entra.faults.add({ effect: 'deltaExpire', match: { operation: 'GET /users/delta' } });
    const stop = world.entra.intercept({
      after: ({ path }) => {
        if (path.includes('/users/delta') && !path.includes('token')) world.killOperator();
      },
    });
    await world.clock.advanceUntil(() => !world.running, hour);
    stop();
    expect(status().watermark?.users).toBeUndefined();
    await world.startOperator();
    await world.nextCycle();
    expect(status().lastCycle).toMatchObject({ kind: 'Full', result: 'Succeeded' });
  });

  it('I14 a cycle that waits for its last users ends after an interval, also when the clock was set back meanwhile', async () => {
    await company({ interval: '10m' });
    world.clock.jumpWallClock(30 * day);
    world.entra.faults.add({ effect: 'throttle', retryAfter: 3600, times: 1_000_000, match: { operation: 'POST /invitations' } });
    hire(world, 1, 'late');
    world.annotate('SyncConfiguration', 'staff', { 'tenantsync.dev/requested-at': 'now' });
    await world.until('it waits', () => status().currentCycle?.phase === 'Settling');
    const waiting = status().currentCycle?.id;
    world.clock.jumpWallClock(-30 * day);
    await world.until('its end', () => status().history?.some(({ id }) => id === waiting) === true, 11 * minute);
    expect(status().failures).toBeUndefined();
  });

  describe('E13 at least every fullInterval a cycle is full', () => {
    /** From now on the deltas of users end where nothing is announced any more. */
    function deafen(): void {
      const [link = ''] = (deltaLink(world, 'users') ?? '').split('#');
      const [start = '', token = ''] = link.split('$deltatoken=');
      const read = JSON.parse(Buffer.from(token, 'base64url').toString()) as object;
      const deaf = Buffer.from(JSON.stringify({ ...read, position: 1_000_000, before: 1_000_000 })).toString('base64url');
      // Where nothing is told, the link before is as good.
      const told = [{ id: world.projections()[0]?.spec.source.objectId }];
      const body = JSON.stringify({ value: told, '@odata.deltaLink': `${start}$deltatoken=${deaf}` });
      world.entra.faults.add({ effect: 'status', status: 200, body, match: { operation: 'GET /users/delta' } });
    }

    it.each([
      ['that goes on', false],
      ['that begins anew', true],
    ])('E13 a change that the source never announced arrives by the next full cycle of a process %s', async (_, anew) => {
      await company({ interval: '40m', fullInterval: '6h' });
      const { lastFullCycleAt } = status();
      deafen();
      await world.sync();
      const [unheard] = hire(world, 1, 'unheard');
      await world.run(5 * hour);
      expect(world.account(unheard?.id ?? '')).toBeUndefined();
      expect(status().lastFullCycleAt).toBe(lastFullCycleAt);
      if (anew) {
        await world.stopOperator();
        await world.startOperator();
      }
      await world.until('the hire', () => world.account(unheard?.id ?? '') !== undefined, hour);
      await world.run(2 * minute);
      expect(Date.parse(status().lastFullCycleAt ?? '') - Date.parse(lastFullCycleAt ?? '')).toBeLessThanOrEqual(6 * hour + minute);
    });

    it('E13, I7 over an unchanged world a full cycle writes nothing to a tenant and one status', async () => {
      await company({ interval: '40m', fullInterval: '6h' });
      await world.run(8 * hour);
      const before = { spoke: spokeVersions(world), users: world.projections().map(({ metadata }) => metadata.resourceVersion) };
      const writes: { readonly path: string; readonly at: number }[] = [];
      const stop = world.kube.hooks.after(({ method, path }) => {
        if (method !== 'GET' && path.includes('tenantsync.dev'))
          writes.push({ path: path.split('/').slice(-3).join('/'), at: world.clock.now() });
      });
      await world.until('a full cycle', () => status().lastCycle?.kind === 'Full', 7 * hour);
      await world.run(10 * minute);
      stop();
      const after = { spoke: spokeVersions(world), users: world.projections().map(({ metadata }) => metadata.resourceVersion) };
      expect(after).toEqual(before);
      const began = Date.parse(status().lastCycle?.startedAt ?? '');
      expect(writes.filter(({ at }) => at >= began).map(({ path }) => path)).toEqual(['syncconfigurations/staff/status']);
    });

    it('E13 where the interval is longer, the full cycle comes in between', async () => {
      await company({ interval: '48h' });
      await world.until('a full cycle', () => status().lastCycle?.kind === 'Full', 24 * hour + minute);
      expect(Date.parse(status().nextCycleAt ?? '') - world.clock.now()).toBeLessThanOrEqual(24 * hour);
    });
  });

  describe.each([
    ['and nothing else is wrong', (): void => undefined],
    ['while cycles fail', failing],
  ])('I14 a clock that was 30 days ahead for an hour, %s', (_, fault) => {
    it.each([
      ['goes on', false],
      ['begins anew', true],
    ])('does not stop cycles of a process that %s', async (__, anew) => {
      await company({ interval: '30m' });
      world.clock.jumpWallClock(30 * day);
      fault();
      await world.run(hour);
      if (anew) await world.stopOperator();
      world.clock.jumpWallClock(-30 * day);
      world.entra.faults.clear();
      if (anew) await world.startOperator();
      const [late] = hire(world, 1, 'late');
      await world.until('the hire', () => world.account(late?.id ?? '') !== undefined, hour);
      await world.run(minute);
      expect(Date.parse(status().nextCycleAt ?? '') - world.clock.now()).toBeLessThanOrEqual(30 * minute);
    });
  });
});
