import { hire } from '../support/scene.ts';
import { groupRecord, groupWorld, mirrored, mirroredPeople, ourGroups, selecting } from '../support/group-scene.ts';
import type { World } from '../support/world.ts';

let world: World;
afterEach(async () => {
  await world.end();
});

const ids = (people: readonly { readonly id: string }[]): string[] => people.map(({ id }) => id).sort();

describe('G3 groups', () => {
  it('G3 makes a selected group as a static security group with its anchor, and puts in who has an account', async () => {
    world = groupWorld();
    const people = hire(world, 5);
    const { id } = world.hub.createGroup({ displayName: 'Project Falcon', members: ids(people) });
    await world.begin(selecting([id]));
    await world.until('the members', () => mirroredPeople(world, id).length === 5);
    expect(mirrored(world, id)).toMatchObject({
      displayName: 'Project Falcon',
      mailNickname: 'ProjectFalcon',
      securityEnabled: true,
      mailEnabled: false,
      groupTypes: [],
      isAssignableToRole: null,
      uniqueName: `tenantsync-1-default-${world.hub.tenantId}-${id}`,
    });
    await world.nextCycle();
    expect(groupRecord(world, id)?.status).toMatchObject({
      state: 'Provisioned',
      members: { wanted: 5, present: 5, waiting: 0, foreign: 0 },
    });
    expect(ourGroups(world)).toHaveLength(1);
  });
});
