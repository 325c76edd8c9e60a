import { condition, eventReasons, hire, replicated } from '../support/scene.ts';
import { groupRecord, groupWorld, mirroredPeople, selecting } from '../support/group-scene.ts';
import type { World } from '../support/world.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

describe('I14 a group that takes longer to read than a reconcile has', () => {
  let world: World;
  afterEach(() => world.end());

  const membersOf = 'GET /groups/{id}/members';
  const status = (id: string) => groupRecord(world, id)?.status;
  const slow = (ms: number): unknown =>
    world.entra.faults.add({ effect: 'delay', ms, probability: 1, match: { operation: membersOf, tenant: world.hub.tenantId } });

  /** A group with three people of the scope among so many members, whose pages take a while each. */
  async function company(
    members: number,
    pageMs: number,
  ): Promise<{ readonly id: string; readonly people: readonly { readonly id: string }[] }> {
    world = groupWorld();
    const people = hire(world, 3);
    const others = Array.from({ length: members - 3 }, (_, index) =>
      world.hub.createUser({ userPrincipalName: `member${index}@contoso.com`, properties: { displayName: `Member ${index}` } }),
    );
    const { id } = world.hub.createGroup({ displayName: 'Everybody', members: [...people, ...others].map((user) => user.id) });
    await replicated(world);
    slow(pageMs);
    await world.begin({ scope: { type: 'Assigned', users: people.map((user) => ({ id: user.id })) }, ...selecting([id]) });
    return { id, people };
  }

  it('I14 comes to its end, says meanwhile that it is read, and who leaves it afterwards leaves the mirrored group too', async () => {
    const { id, people } = await company(9500, 40 * second);
    await world.until('it says so', () => condition(groupRecord(world, id) ?? { status: {} })?.reason === 'Progressing', 10 * minute);
    expect(status(id)).toMatchObject({ state: 'Pending' });
    await world.until('the members', () => mirroredPeople(world, id).length === 3, 30 * minute);
    await world.until('its end', () => status(id)?.state === 'Provisioned', 30 * minute);
    expect(status(id)).toMatchObject({ members: { wanted: 3, present: 3 } });
    // Ten pages of the source, of one reading, and perhaps of a second one for who got an account meanwhile.
    expect(world.hub.log.count(membersOf)).toBeLessThan(40);
    world.hub.removeMember(id, people[0]?.id ?? '');
    await world.until('one less', () => mirroredPeople(world, id).length === 2, 3 * hour);
    expect(mirroredPeople(world, id)).toEqual([people[1]?.id, people[2]?.id].sort());
  }, 200_000);

  it('I14 throttled for ever says so, and comes to its end when that is over', async () => {
    const { id } = await company(5, second);
    await world.until('the members', () => mirroredPeople(world, id).length === 3, 30 * minute);
    world.entra.faults.clear();
    world.entra.faults.add({
      effect: 'throttle',
      retryAfter: 60,
      times: 1_000_000,
      match: { operation: membersOf, tenant: world.hub.tenantId },
    });
    world.annotate('GroupProjection', groupRecord(world, id)?.metadata.name ?? '', { 'tenantsync.dev/requested-at': 'now' });
    const ready = () => condition(groupRecord(world, id) ?? { status: {} });
    await world.until('it says so', () => ready()?.reason === 'NoProgress', hour);
    expect(ready()).toMatchObject({ status: 'False' });
    expect(eventReasons(world, 'GroupProjection', groupRecord(world, id)?.metadata.name ?? '')).toContain('NoProgress');
    world.entra.faults.clear();
    await world.until('it is ready by itself', () => ready()?.status === 'True', 10 * minute);
  });
});
