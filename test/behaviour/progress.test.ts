import { condition, eventReasons, guests, hire, replicated } from '../support/scene.ts';
import { World } from '../support/world.ts';
import type { JsonObject } from '@tenantsync/sandbox/kubernetes';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

describe('I14 a cycle that does not come on says so, and one that does comes to its end', () => {
  let world: World;
  afterEach(() => world.end());

  const ready = (): ReturnType<typeof condition> => condition(world.configuration());
  const status = (): ReturnType<World['configuration']>['status'] => world.configuration().status;
  const throttle = (operation: string): void =>
    void world.entra.faults.add({ effect: 'throttle', retryAfter: 60, times: 1_000_000, match: { operation } });

  async function company(configuration: JsonObject = {}): Promise<void> {
    world = new World();
    hire(world, 6);
    await replicated(world);
    await world.begin(configuration);
    await world.until('everybody is there', () => guests(world).length > 0);
    await world.run(2 * minute);
  }

  /** What is throttled for ever, and what makes a cycle ask for it. */
  const reads: readonly (readonly [string, string, () => Promise<void>])[] = [
    ['the changes of users', 'GET /users/delta', () => company()],
    [
      'the changes of groups',
      'GET /groups/delta',
      async (): Promise<void> => {
        world = new World();
        const people = hire(world, 6);
        const { id } = world.hub.createGroup({ displayName: 'Staff', members: people.map((user) => user.id) });
        await replicated(world);
        await world.begin({ scope: { type: 'Assigned', groups: [{ id }] } });
        await world.run(10 * minute);
      },
    ],
    [
      'the members of nested groups',
      'GET /groups/{id}/transitiveMembers',
      async (): Promise<void> => {
        world = new World();
        const people = hire(world, 6);
        const { id } = world.hub.createGroup({ displayName: 'Staff', members: people.map((user) => user.id) });
        await replicated(world);
        await world.begin({ scope: { type: 'Assigned', includeNestedGroups: true, groups: [{ id }] } });
        await world.run(10 * minute);
      },
    ],
    [
      'the assignments of an application',
      'GET /servicePrincipals/{id}/appRoleAssignedTo',
      async (): Promise<void> => {
        world = new World();
        world.hubApp.grant('Application.Read.All');
        const app = world.hub.createServicePrincipal('Fabrikam');
        for (const user of hire(world, 6)) world.hub.assign(app, user.id);
        await replicated(world);
        await world.begin({ scope: { type: 'Assigned', application: { servicePrincipalId: app } } });
        await world.run(10 * minute);
      },
    ],
    [
      'who is read again by id',
      'POST /$batch',
      async (): Promise<void> => {
        await company();
        world.hub.softDelete(world.hub.users()[0]?.id ?? '');
        await replicated(world);
      },
    ],
  ];

  it.each(reads)('I14 throttled for ever when it asks for %s', async (_, operation, begin) => {
    await begin();
    expect(ready()).toMatchObject({ status: 'True' });
    throttle(operation);
    const asked = world.clock.now();
    await world.until('it says so', () => ready()?.reason === 'NoProgress', hour);
    expect(ready()).toMatchObject({ status: 'False' });
    expect(world.clock.now() - asked).toBeGreaterThanOrEqual(15 * minute);
    expect(world.clock.now() - asked).toBeLessThan(22 * minute);
    expect(eventReasons(world, 'SyncConfiguration', 'staff')).toContain('NoProgress');
    await world.run(hour);
    expect(ready()).toMatchObject({ status: 'False', reason: 'NoProgress' });
    world.entra.faults.clear();
    await world.until('it is ready by itself', () => ready()?.status === 'True', 10 * minute);
    expect(status().failures).toBeUndefined();
  });

  it('I14 the patience is three intervals where they are long', async () => {
    await company({ interval: '40m' });
    throttle('GET /users/delta');
    const began = Date.parse(status().nextCycleAt ?? '');
    await world.until('it says so', () => ready()?.reason === 'NoProgress', 4 * hour);
    expect(world.clock.now() - began).toBeGreaterThanOrEqual(2 * hour);
    expect(world.clock.now() - began).toBeLessThan(2 * hour + 2 * minute);
    world.entra.faults.clear();
  });

  it('I14 an application with 1,500 assigned groups at 150 ms comes to its end, without beginning anew', async () => {
    world = new World({ settings: { latency: { min: 150, max: 150 } } });
    const people = hire(world, 3);
    world.hubApp.grant('Application.Read.All');
    const app = world.hub.createServicePrincipal('Fabrikam');
    for (let index = 0; index < 1500; index += 1) {
      const members = index === 1499 ? people.map((user) => user.id) : [];
      world.hub.assign(app, world.hub.createGroup({ displayName: `group ${index}`, members }).id);
    }
    await replicated(world);
    await world.begin({ scope: { type: 'Assigned', application: { servicePrincipalId: app } } });
    expect(status().lastCycle).toMatchObject({ result: 'Succeeded', kind: 'Initial' });
    await world.until('everybody is there', () => guests(world).length === 3);
    expect(world.hub.log.count('GET /servicePrincipals/{id}/appRoleAssignedTo')).toBeLessThan(20);
  }, 120_000);

  it('I14 a pause that the source asks for is kept, whoever looks at the configuration meanwhile', async () => {
    await company({ interval: '30m' });
    world.entra.faults.add({ effect: 'throttle', retryAfter: 600, match: { operation: 'GET /users/delta' } });
    world.annotate('SyncConfiguration', 'staff', { 'tenantsync.dev/requested-at': 'now' });
    world.hub.log.reset();
    await world.until('it is throttled', () => world.hub.log.count('GET /users/delta') === 1, minute);
    for (let count = 0; count < 5; count += 1) {
      world.annotate('SyncConfiguration', 'staff', { 'tenantsync.dev/requested-at': `again-${count}` });
      await world.run(minute);
    }
    expect(world.hub.log.count('GET /users/delta')).toBe(1);
    await world.until('the cycle ends', () => status().lastHandledReconcileAt !== undefined, 20 * minute);
  });

  it('I14 a cluster that does not take records for a while is told of, with a time, and the cycle is not begun anew all the time', async () => {
    await company({ interval: '30m' });
    const stop = world.kube.hooks.before(({ method, path }) =>
      method === 'PATCH' && path.includes('userprojections') ? new Promise<void>(() => undefined) : undefined,
    );
    world.hub.updateUser(world.hub.users()[0]?.id ?? '', { jobTitle: 'Engineer' });
    await replicated(world);
    world.annotate('SyncConfiguration', 'staff', { 'tenantsync.dev/requested-at': 'now' });
    await world.until('it is told', () => ready()?.status === 'False', hour);
    expect(status().failures).toMatchObject({ count: 1, reason: 'CycleFailed' });
    world.hub.log.reset();
    await world.run(20 * minute);
    expect(world.hub.log.count('GET /users/delta')).toBeLessThan(10);
    stop();
    await world.until('it is ready', () => ready()?.status === 'True', hour);
  });

  it('I14 a cluster that does not take the status for a while does not make a cycle begin anew', async () => {
    world = new World({ settings: { latency: { min: 1000, max: 1000 }, delta: { pageSize: { min: 1, max: 1 } } } });
    hire(world, 60);
    await replicated(world);
    const refuse = ({ method, path }: { method: string; path: string }): void => {
      if (method === 'PATCH' && path.endsWith('/syncconfigurations/staff/status')) throw new TypeError('the connection was reset');
    };
    const stop = world.kube.hooks.before(refuse);
    world.applyPair();
    world.applyConfiguration({});
    await world.startOperator();
    await world.run(3 * minute);
    stop();
    await world.until('its end', () => status().lastCycle?.id !== undefined, 20 * minute);
    expect(world.hub.log.entries().filter(({ path }) => /users\/delta\?(?!.*token)/.test(path))).toHaveLength(1);
  });
});

describe('F1 a first cycle says how far it is', () => {
  let world: World;
  afterEach(() => world.end());

  const cycle = () => world.configuration().status.currentCycle;
  const shows = (limiter: string): Promise<void> =>
    world.until(`it is limited by ${limiter}`, () => cycle()?.phase === 'Settling' && cycle()?.limitedBy === limiter, 10 * minute);

  it('F1 how many changes are carried out and when the rest will be, limited by the quota', async () => {
    // A hundredth of what Graph allows.
    world = new World({ flags: ['--graph-quota-share', '0.01'] });
    hire(world, 60);
    await replicated(world);
    world.applyPair();
    world.applyConfiguration();
    await world.startOperator();
    await shows('Quota');
    await world.run(20 * second);
    expect(cycle()).toMatchObject({ kind: 'Initial', usersRead: 60, decided: 60, limitedBy: 'Quota' });
    const { written = 0, pending = 0, ratePerMinute = 0, expectedEnd = '' } = cycle() ?? {};
    expect([written + pending, written > 0, pending > 0, ratePerMinute > 0]).toEqual([60, true, true, true]);
    expect(Date.parse(expectedEnd)).toBeGreaterThan(world.clock.now());
    const { status, reason, message } = condition(world.configuration()) ?? {};
    expect([status, reason]).toEqual(['Unknown', 'Progressing']);
    expect(message).toBe(
      `A cycle is under way: 60 user(s) read, ${written} of 60 change(s) carried out, ${ratePerMinute} a minute, limited by the tenants' quota, expected to end at ${expectedEnd}.`,
    );
  });

  it('F1 and by replication while accounts are not visible', async () => {
    world = new World({ settings: { replication: { reads: { min: 20_000, max: 20_000 }, advanced: { min: 20_000, max: 20_000 } } } });
    hire(world, 12);
    await replicated(world);
    world.applyPair();
    world.applyConfiguration();
    await world.startOperator();
    await shows('Replication');
    expect(guests(world)).toHaveLength(12);
  });
});
