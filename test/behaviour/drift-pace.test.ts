import { DriftScene, listOfUsers } from '../support/drift-scene.ts';
import { condition, guests, replicated, spokeVersions } from '../support/scene.ts';
import type { World } from '../support/world.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

describe('E11 what a pass over the accounts costs, and gives way to', () => {
  let scene: DriftScene;
  let world: World;
  beforeEach(() => {
    scene = new DriftScene();
    ({ world } = scene);
  });
  afterEach(() => world.end());

  const pages = (): number => world.spoke.log.entries().filter(({ path }) => listOfUsers.test(path)).length;
  const settled = (): boolean => scene.people.every((_, index) => scene.account(index).properties.department !== 'Elsewhere');
  /** Calls `act` when the page of that number (from 1) of the next pass has been asked for. */
  const atPage = (page: number, act: () => void): Promise<void> => {
    let seen = 0;
    return new Promise((resolve) => {
      const off = world.entra.intercept({
        before: ({ path }) => {
          if (!listOfUsers.test(path) || (seen += 1) < page) return;
          off();
          act();
          resolve();
        },
      });
    });
  };

  it('E11 I7 a pass that finds nothing reads the list, touches no record, and writes one status', async () => {
    await scene.begin({ policy: 'Correct', interval: '100m' }, { interval: '20h' });
    await world.run(20 * minute);
    const { startedAt } = scene.pass() ?? {};
    const records = world.projections().map(({ metadata }) => metadata.resourceVersion);
    world.kube.clearRequests();
    world.spoke.log.reset();
    await world.until('a pass', () => scene.pass()?.startedAt !== startedAt, 2 * hour);
    await world.run(minute);
    const ours = world.kube.requests.filter(({ method, path }) => method !== 'GET' && path.includes('/tenantsync.dev/'));
    expect(ours.filter(({ path }) => !path.includes('/tenantpairs/')).map(({ path }) => path.slice(path.indexOf('/namespaces')))).toEqual([
      '/namespaces/identity/syncconfigurations/staff/status',
    ]);
    expect(world.projections().map(({ metadata }) => metadata.resourceVersion)).toEqual(records);
    expect(pages()).toBe(1);
    expect(world.spoke.log.count('GET /users/{id}')).toBe(0);
    expect(world.spoke.log.writes().filter(({ operation }) => operation !== 'POST /token')).toEqual([]);
  });

  it('E11 a pass over a target of 10,000 users is 11 reads, whoever of them is ours', async () => {
    await scene.begin({ policy: 'Report', interval: '50m' }, { interval: '20h' }, 30);
    scene.crowd(9_970);
    await scene.change(0, { department: 'Elsewhere' });
    world.spoke.log.reset();
    await scene.passed();
    expect(scene.pass()).toMatchObject({ result: 'Succeeded', compared: 30, drifted: 1, unseen: 0 });
    const reads = world.spoke.log.entries().filter(({ method, path }) => method === 'GET' && path.includes('/users'));
    expect(reads.length).toBeLessThanOrEqual(12);
    expect(pages()).toBe(11);
  });

  it('E11 a suspension ends a pass in the middle, and nothing is set back before it is over', async () => {
    await scene.begin({ policy: 'Correct' });
    scene.crowd(1500);
    for (const index of [0, 1, 2, 3]) world.spoke.updateUser(scene.account(index).id, { department: 'Elsewhere' });
    await replicated(world);
    const suspended = atPage(
      2,
      () => void world.kube.patch({ kind: 'SyncConfiguration', name: 'staff', namespace: 'identity' }, { spec: { suspend: true } }),
    );
    await world.until('a pass', () => condition(world.configuration())?.reason === 'Suspended', 2 * hour);
    await suspended;
    const versions = spokeVersions(world);
    const read = pages();
    await world.run(3 * hour);
    expect(spokeVersions(world)).toBe(versions);
    expect(pages()).toBe(read);
    world.kube.patch({ kind: 'SyncConfiguration', name: 'staff', namespace: 'identity' }, { spec: { suspend: false } });
    await world.until('all is set back', settled, 2 * hour);
  });

  it.each([1, 2, 3])(
    'E11 a process that is killed at page %d leaves the pass due, and the next process makes it from the beginning',
    async (page) => {
      await scene.begin({ policy: 'Correct', interval: '2h' });
      scene.crowd(2200);
      for (const index of [0, 1, 2, 3]) world.spoke.updateUser(scene.account(index).id, { department: 'Elsewhere' });
      await replicated(world);
      const killed = atPage(page, () => world.killOperator());
      await world.until('a pass', () => !world.running, 3 * hour);
      await killed;
      await world.run(minute);
      const began = world.clock.now();
      await world.startOperator();
      await world.until('all is set back', settled, hour);
      await world.until('the pass has ended', () => Date.parse(scene.pass()?.startedAt ?? '') >= began - 1000, hour);
      expect(guests(world)).toHaveLength(4);
      expect(Date.parse(scene.pass()?.nextPassAt ?? '') - Date.parse(scene.pass()?.startedAt ?? '')).toBe(2 * hour);
    },
  );

  it('E11 I12 a process that is killed between two corrections finds the others again', async () => {
    await scene.begin({ policy: 'Correct', interval: '2h' }, {}, 40);
    for (const index of scene.people.keys()) world.spoke.updateUser(scene.account(index).id, { department: 'Elsewhere' });
    await replicated(world);
    const off = world.entra.intercept({
      after: ({ operation, tenantId }) => {
        if (operation !== 'PATCH /users/{id}' || tenantId !== world.spoke.tenantId) return;
        off();
        world.killOperator();
      },
    });
    await world.until('a correction', () => !world.running, 3 * hour);
    expect(settled()).toBe(false);
    await world.run(minute);
    await world.startOperator();
    await world.until('all is set back', settled, hour);
  });

  it('E11 a restart keeps the time of the next pass', async () => {
    await scene.begin({ policy: 'Report', interval: '2h' });
    const before = scene.pass();
    await world.stopOperator();
    await world.run(30 * minute);
    await world.startOperator();
    await world.run(30 * minute);
    expect(scene.pass()).toEqual(before);
    await world.until('the next', () => scene.pass()?.startedAt !== before?.startedAt, 2 * hour);
    expect(Math.abs(Date.parse(scene.pass()?.startedAt ?? '') - Date.parse(before?.nextPassAt ?? ''))).toBeLessThan(minute);
  });

  it.each([30 * day, -30 * day])('E11 I14 a wall clock that jumps by %d ms stops no pass', async (jump) => {
    await scene.begin({ policy: 'Report' });
    world.clock.jumpWallClock(jump);
    await scene.change(0, { department: 'Elsewhere' });
    await world.until('it is found', () => scene.drift(0).includes('department'), 2 * hour);
    world.clock.jumpWallClock(-jump);
    await scene.change(0, { department: 'Sales' });
    await world.until('it is over', () => scene.drift(0).length === 0, 2 * hour);
    expect(scene.pass()).toMatchObject({ result: 'Succeeded' });
  });

  it('E11 an interval shorter than the pass leaves time for the cycles', async () => {
    await scene.begin({ policy: 'Correct', interval: '1m' }, { interval: '2m' });
    scene.crowd(2200);
    world.entra.faults.add({ effect: 'delay', ms: 25_000, match: { tenant: world.spoke.tenantId, path: listOfUsers }, probability: 1 });
    await world.run(10 * minute);
    const from = world.clock.now();
    world.hub.updateUser(scene.sourceId(0), { jobTitle: 'Chief' });
    await world.until('the change has arrived', () => scene.account(0).properties.jobTitle === 'Chief', 6 * minute);
    expect(world.clock.now() - from).toBeLessThan(5 * minute);
    const before = scene.pass();
    await scene.passed();
    expect(scene.pass()).toMatchObject({ result: 'Succeeded' });
    expect(scene.pass()?.startedAt).not.toBe(before?.startedAt);
  });

  it('E11 a cycle that reads is not interrupted by a pass', async () => {
    await scene.begin({ policy: 'Correct', interval: '1m' }, { interval: '30m' }, 30);
    world.entra.faults.add({ effect: 'delay', ms: 25_000, match: { tenant: world.hub.tenantId, path: /\/users\/delta/ }, probability: 1 });
    const order: string[] = [];
    const off = world.entra.intercept({
      before: ({ path }) => {
        if (listOfUsers.test(path)) order.push('list');
        else if (path.includes('/users/delta')) order.push('delta');
      },
    });
    await world.restart();
    await scene.passed();
    off();
    const reading = order.slice(order.indexOf('delta'), order.lastIndexOf('delta'));
    expect(reading.length).toBeGreaterThan(2);
    expect(reading).not.toContain('list');
    expect(order.slice(order.lastIndexOf('delta'))).toContain('list');
  });

  it('E11 I9 a target that throttles the list keeps neither cycles nor others waiting, and the pass goes on after it', async () => {
    await scene.begin({ policy: 'Correct' });
    await scene.change(1, { department: 'Elsewhere' });
    const fault = world.entra.faults.add({
      effect: 'throttle',
      retryAfter: 40,
      match: { tenant: world.spoke.tenantId, path: listOfUsers },
      probability: 1,
    });
    await world.until('it refuses', () => fault.applied > 2, 2 * hour);
    const cycle = world.configuration().status.lastCycle?.id;
    await world.until('a cycle', () => world.configuration().status.lastCycle?.id !== cycle, 15 * minute);
    expect(condition(world.configuration())?.status).toBe('True');
    fault.remove();
    await world.until('it is set back', settled, hour);
  });

  it('E11 I14 a target that throttles for ever ends the pass, with a reason and a time', async () => {
    await scene.begin({ policy: 'Report' });
    const fault = world.entra.faults.add({
      effect: 'throttle',
      retryAfter: 600,
      match: { tenant: world.spoke.tenantId, path: listOfUsers },
      probability: 1,
    });
    await world.until('it ends', () => scene.pass()?.result === 'Incomplete', 6 * hour);
    expect(scene.pass()).toMatchObject({ reason: 'NoProgress' });
    expect(Date.parse(scene.pass()?.nextPassAt ?? '')).toBeGreaterThan(world.clock.now());
    fault.remove();
    await world.until('it is repeated', () => scene.pass()?.result === 'Succeeded', 2 * hour);
  });

  it('E11 an account that is mended while it is compared is not written', async () => {
    await scene.begin({ policy: 'Correct' });
    await scene.change(0, { department: 'Elsewhere' });
    const { writes } = scene;
    const off = world.entra.intercept({
      after: ({ path }) => {
        if (listOfUsers.test(path)) world.spoke.updateUser(scene.account(0).id, { department: 'Sales' });
      },
    });
    await scene.passed();
    off();
    await world.run(5 * minute);
    expect(scene.account(0).properties.department).toBe('Sales');
    expect(scene.drift(0)).toEqual([]);
    expect(scene.writes - writes).toBeLessThanOrEqual(1);
  });

  it('E11 a person who leaves while the accounts are compared leaves all the same', async () => {
    await scene.begin({ policy: 'Correct' });
    await scene.change(0, { department: 'Elsewhere' });
    const off = world.entra.intercept({
      after: ({ path }) => {
        if (!listOfUsers.test(path)) return;
        off();
        world.hub.softDelete(scene.sourceId(0));
      },
    });
    await world.until('gone', () => scene.record(0).status.state === 'SoftDeleted', 2 * hour);
    await scene.passed();
    expect(scene.record(0).status.drift).toBeUndefined();
    expect(guests(world)).toHaveLength(3);
  });

  it('E11 B5 two configurations of one pair each compare their own, and only one corrects', async () => {
    const half = (department: string) => ({
      scope: { type: 'All', filters: [{ name: 'half', clauses: [{ attribute: 'department', operator: 'Equals', value: department }] }] },
    });
    world.applyPair();
    world.applyConfiguration({ interval: '10m', drift: { policy: 'Report', interval: '20m' }, ...half('Research') }, 'research');
    await scene.begin({ policy: 'Correct' }, half('Sales'), 4).catch(() => undefined);
    await world.until('everybody is there', () => guests(world).length === 4, hour);
    await world.run(30 * minute);
    const sales = world.spoke.users().find(({ properties }) => properties.department === 'Sales');
    const research = world.spoke.users().find(({ properties }) => properties.department === 'Research');
    for (const account of [sales, research]) world.spoke.updateUser(account?.id ?? '', { city: 'Rome', displayName: 'Somebody' });
    await replicated(world);
    await scene.passed('research');
    await scene.passed('staff');
    await world.run(5 * minute);
    expect(world.spoke.user(sales?.id ?? '')?.properties.displayName).not.toBe('Somebody');
    expect(world.spoke.user(research?.id ?? '')?.properties.displayName).toBe('Somebody');
    expect(scene.pass('research')).toMatchObject({ compared: 2, drifted: 1 });
    expect(scene.pass('staff')).toMatchObject({ compared: 2 });
  });
});
