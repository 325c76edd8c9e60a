import { condition, events, guests, hire, replicated } from '../support/scene.ts';
import { namespace, unfriendly, usualRenewals, World } from '../support/world.ts';

const minute = 60_000;

describe('A replica that holds no lease', () => {
  let world: World;
  afterEach(() => world.end());

  it('asks nothing of the tenants and writes nothing but its request for the lease', async () => {
    world = new World({ flags: usualRenewals, settings: unfriendly });
    hire(world, 5);
    await replicated(world);
    await world.begin({ interval: '40m' });
    await world.run(5000);
    world.applyPair({}, 'a-second');
    world.applyConfiguration({ tenantPairRef: { name: 'nowhere' } }, 'lost');
    world.applyConfiguration({ attributeMappings: [{ target: 'otherMails', source: 'mail' }] }, 'wrong');
    await world.run(6 * minute);
    world.hub.log.reset();
    world.spoke.log.reset();
    world.kube.clearRequests();
    // The first goes on beside the second.
    await world.startOperator();
    await world.run(10_000);
    expect([...world.hub.log.entries(), ...world.spoke.log.entries()]).toEqual([]);
    expect(world.kube.requests.filter(({ method, path }) => method !== 'GET' && !path.includes('/leases'))).toEqual([]);
  });

  it('an orderly stop in the middle of a cycle is no failure of anything', async () => {
    world = new World({ settings: { ...unfriendly, delta: { pageSize: { min: 1, max: 2 } } } });
    hire(world, 20);
    await replicated(world);
    world.applyPair();
    world.applyConfiguration();
    for (let count = 1; count <= 6; count += 1) {
      await world.startOperator();
      await world.run(400 * count);
      await world.stopOperator();
    }
    expect(events(world).filter(({ type }) => type === 'Warning')).toEqual([]);
    await world.startOperator();
    await world.until('everybody', () => guests(world).length === 20);
    await world.until('it is ready', () => condition(world.configuration())?.status === 'True');
  });

  it('a configuration that was deleted while no operator ran is swept by the next, and nobody is deleted', async () => {
    world = new World({ settings: unfriendly });
    hire(world, 5);
    await replicated(world);
    await world.begin();
    await world.until('everybody', () => guests(world).length === 5);
    world.killOperator();
    world.kube.delete({ kind: 'SyncConfiguration', name: 'staff', namespace });
    await world.run(minute);
    await world.startOperator();
    await world.until('the records are gone', () => world.projections().length === 0, 5 * minute);
    expect(guests(world)).toHaveLength(5);
    expect(condition(world.pair())?.status).toBe('True');
  });
});
