import { runClientIn } from '../support/client-run.ts';
import { groupRecord, groupWorld, groupWrites, mirrored, mirroredPeople, selecting } from '../support/group-scene.ts';
import { hire } from '../support/scene.ts';
import type { World } from '../support/world.ts';

let world: World;
afterEach(() => world.end());

/** The lines about groups of the explanation of a person: outcome and detail. */
async function groupsOf(person: string): Promise<readonly string[]> {
  const before = groupWrites(world).length;
  const { status, out } = await runClientIn(world, ['explain', `${person}@contoso.com`]);
  expect(status).toBe(0);
  expect(groupWrites(world)).toHaveLength(before);
  return out.split('\n').flatMap((line) => /^ {2}Groups +(.*)$/.exec(line)?.slice(1) ?? []);
}

describe('F5 G3 tenantsync explain', () => {
  it('says of which groups a person is a member, and why not of the others', async () => {
    world = groupWorld();
    const people = hire(world, 12);
    const ids = people.map(({ id }) => id);
    world.hub.updateUser(ids[0] ?? '', { accountEnabled: false });
    world.spoke.createGroup({ displayName: 'Taken' });
    const falcon = world.hub.createGroup({ displayName: 'Falcon', members: ids }).id;
    const taken = world.hub.createGroup({ displayName: 'Taken', members: ids.slice(0, 2) }).id;
    const other = world.hub.createGroup({ displayName: 'Other', members: [] }).id;
    world.hub.addMember(other, falcon);
    await world.begin(selecting([falcon, taken, other]));
    await world.until(
      'the members',
      () => mirroredPeople(world, falcon).length === 11 && groupRecord(world, taken)?.status.state === 'Conflict',
    );
    const inTarget = mirrored(world, falcon)?.id ?? '';

    const member = await groupsOf('person1');
    expect(member).toHaveLength(2);
    expect(member.join()).toMatch(new RegExp(`Member +Source group ${falcon}, group ${inTarget} in the target: the account is a member.`));
    expect(member.join()).toMatch(new RegExp(`GroupNameTaken +Source group ${taken}: the group is Conflict`));
    expect((await groupsOf('person0')).join()).toMatch(new RegExp(`NoAccount +Source group ${falcon}`));

    for (const id of ids.slice(4)) world.hub.removeMember(falcon, id);
    await world.sync();
    await world.until('they wait', () => groupRecord(world, falcon)?.status.state === 'Staged');
    expect((await groupsOf('person5')).join()).toMatch(/^MemberRemovalsStaged +Source group/);
    expect(await groupsOf('person2')).toHaveLength(1);
    hire(world, 1, 'new');
    await world.sync();
    await world.until('the newcomer', () => world.projections().length === 13);
    expect((await groupsOf('new0')).join()).toMatch(/^NotMember +None of the 3 projected/);
  });

  it('goes on where the members in the target cannot be read, and says nothing of groups where none are projected', async () => {
    world = groupWorld();
    const people = hire(world, 3);
    const { id } = world.hub.createGroup({ displayName: 'Falcon', members: people.map((person) => person.id) });
    await world.begin(selecting([id]));
    await world.until('the members', () => mirroredPeople(world, id).length === 3);
    world.entra.faults.add({
      effect: 'status',
      status: 403,
      code: 'Authorization_RequestDenied',
      message: 'Insufficient privileges to complete the operation.',
      times: 1000,
      match: { tenant: world.spoke.tenantId, method: 'GET', path: /members/ },
    });
    expect((await groupsOf('person1')).join()).toMatch(/^Undecided +Source group/);
    world.applyConfiguration({});
    await world.until('they are let go', () => groupRecord(world, id) === undefined);
    expect(await groupsOf('person1')).toEqual([]);
  });
});
