import { World } from '../support/world.ts';

describe('E2 changes that the source announces before it shows them', () => {
  let world: World;
  afterEach(() => world.end());

  it('E2 projects every hire although reads are behind the delta, and no cycle loses one', async () => {
    world = new World({ settings: { replication: { reads: { min: 0, max: 2000 }, advanced: { min: 0, max: 3000 } } } });
    for (let index = 0; index < 10; index += 1) world.hub.createUser({ properties: { displayName: `Colleague ${index}` } });
    await world.begin({ interval: '1m' });
    const hires: string[] = [];
    for (let index = 0; index < 15; index += 1) {
      hires.push(world.hub.createUser({ properties: { displayName: `Hire ${index}` } }).id);
      await world.sync();
    }
    await world.run(3 * 60_000);
    expect(hires.filter((id) => world.account(id) === undefined)).toEqual([]);
  });

  it('E2 deletes every leaver although reads still show the user', async () => {
    world = new World({ settings: { replication: { reads: { min: 0, max: 5000 }, advanced: { min: 0, max: 6000 } } } });
    const people = Array.from({ length: 30 }, (_, index) => world.hub.createUser({ properties: { displayName: `Colleague ${index}` } }).id);
    await world.begin({ interval: '1m' });
    const leavers = people.slice(0, 4);
    for (const id of leavers) {
      world.hub.softDelete(id);
      await world.sync();
    }
    await world.run(3 * 60_000);
    expect(leavers.map((id) => world.projection(id)?.status.state)).toEqual(leavers.map(() => 'SoftDeleted'));
    expect(world.configuration().status.watermark?.unconfirmed).toBeUndefined();
  });
});
