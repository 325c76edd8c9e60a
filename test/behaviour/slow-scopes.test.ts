import { enabledGuests, guests, hire, replicated } from '../support/scene.ts';
import { World } from '../support/world.ts';

let world: World;
afterEach(() => world.end());

const minute = 60_000;

describe('I14 a scope that takes long to read holds up nobody who is to be blocked or to leave', () => {
  it.each([
    ['A3 who is disabled is blocked', { accountEnabled: false }, () => enabledGuests(world).length === 29],
    ['A4 who is filtered out leaves', { department: 'Left' }, () => guests(world).length === 29],
  ])('%s, in groups of which each takes 13 s to read', async (_, change, done) => {
    world = new World();
    const people = hire(world, 30);
    const groups = [0, 1, 2].map((n) => world.hub.createGroup({ displayName: `Group ${n}`, members: people.map(({ id }) => id) }));
    await replicated(world);
    const filters = [{ name: 'here', clauses: [{ attribute: 'department', operator: 'NotEquals', value: 'Left' }] }];
    await world.begin({ interval: '5m', scope: { type: 'Assigned', groups: groups.map(({ id }) => ({ id })), filters } });
    await world.until('everybody is there', () => guests(world).length === 30);
    await world.run(5 * minute);
    world.entra.faults.add({ effect: 'delay', ms: 13_000, probability: 1, match: { operation: 'GET /groups/{id}/members' } });
    world.hub.updateUser(people[0]?.id ?? '', change);
    await world.until('it is done', done, 15 * minute);
    expect(guests(world).length).toBeGreaterThanOrEqual(29);
  });

  it('A2 a leaver of an application with 1,500 groups, a second for each answer', async () => {
    world = new World();
    world.hubApp.grant('Application.Read.All');
    const people = hire(world, 12);
    const groups = Array.from({ length: 1500 }, (_, n) =>
      world.hub.createGroup({ displayName: `Group ${n}`, members: n === 0 ? people.map(({ id }) => id) : [] }),
    );
    const application = world.hub.createServicePrincipal('App');
    for (const { id } of groups) world.hub.assign(application, id);
    await replicated(world);
    await world.begin({ interval: '3h', scope: { type: 'Assigned', application: { servicePrincipalId: application } } });
    await world.until('everybody is there', () => guests(world).length === 12, 60 * minute);
    await world.run(5 * minute);
    Object.assign(world.hub.settings.latency, { min: 1000, max: 1000 });
    world.hub.removeMember(groups[0]?.id ?? '', people[0]?.id ?? '');
    world.annotate('SyncConfiguration', 'staff', { 'tenantsync.dev/requested-at': 'now' });
    await world.until('the leaver is gone', () => guests(world).length === 11, 100 * minute);
    expect(world.spoke.deletedUsers()).toHaveLength(1);
  });
});

describe('I14 a target that takes long for each answer holds up nobody who is to be blocked or to leave', () => {
  it.each([
    [
      'A4 who is disabled is blocked',
      (id: string) => world.hub.updateUser(id, { accountEnabled: false }),
      () => enabledGuests(world).length === 11,
    ],
    ['A3 who is deleted leaves', (id: string) => world.hub.softDelete(id), () => guests(world).length === 11],
  ])('%s, at 20 s for each read', async (_, change, done) => {
    world = new World();
    const [someone] = hire(world, 12);
    await replicated(world);
    await world.begin({ interval: '5m' });
    await world.until('everybody is there', () => guests(world).length === 12);
    await world.run(5 * minute);
    world.entra.faults.add({ effect: 'delay', ms: 20_000, probability: 1, match: { tenant: world.spoke.tenantId, method: 'GET' } });
    change(someone?.id ?? '');
    await world.until('it is done', done, 30 * minute);
    expect(guests(world).length).toBeGreaterThanOrEqual(11);
  });
});
