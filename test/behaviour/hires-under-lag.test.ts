import { guests } from '../support/scene.ts';
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
    // Of somebody who came just now, a read that shows nothing may be as old as that.
    await world.run(11 * 60_000);
    const leavers = people.slice(0, 4);
    for (const id of leavers) {
      world.hub.softDelete(id);
      await world.sync();
    }
    await world.run(3 * 60_000);
    expect(leavers.map((id) => world.projection(id)?.status.state)).toEqual(leavers.map(() => 'SoftDeleted'));
    expect(world.configuration().status.watermark?.unconfirmed).toBeUndefined();
  });

  it('G1 wastes few writes on accounts that cannot be seen yet, and finishes whoever was invited before it invites others', async () => {
    const lag = { min: 3000, max: 4000 };
    world = new World({
      settings: { latency: { min: 80, max: 400 }, replication: { reads: lag, advanced: lag }, throttling: { enabled: true } },
    });
    for (let index = 0; index < 300; index += 1) world.hub.createUser({ properties: { displayName: `Hire ${index}` } });
    await world.begin({ interval: '1m' });
    await world.until('everybody is finished', () => guests(world).filter(({ properties }) => properties.displayName).length === 300);
    await world.run(2 * 60_000);
    const writes = world.spoke.log.writes();
    const firstPatch = new Map<string, number>();
    for (const { operation, objectId, status, at } of writes) {
      if (operation !== 'PATCH /users/{id}' || objectId === undefined || status >= 300) continue;
      firstPatch.set(objectId, Math.min(at, firstPatch.get(objectId) ?? Infinity));
    }
    const invitations = writes.filter(({ operation }) => operation === 'POST /invitations');
    const waits = invitations.map(({ objectId, at }) => (firstPatch.get(objectId ?? '') ?? Infinity) - at);
    expect(Math.max(...waits)).toBeLessThan(30_000);
    // As many as are under way at the same time go first and learn; then one in twenty looks whether waiting is still needed.
    expect(writes.filter(({ status }) => status === 404).length).toBeLessThanOrEqual(24 + 300 / 20);
  });
});
