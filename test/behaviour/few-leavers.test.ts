import { guests, hire, replicated } from '../support/scene.ts';
import { World } from '../support/world.ts';

let world: World;
afterEach(() => world.end());

const minute = 60_000;

describe('I11 few leavers cost few reads', () => {
  it.each([
    ['groups', false],
    ['groups that are in groups', true],
  ])('of a scope of %s: a leaver is asked for, and no list of members is read because of that', async (_, nested) => {
    world = new World();
    const people = hire(world, 40);
    const groupOf = (n: number): string =>
      world.hub.createGroup({ displayName: `Group ${n}`, members: people.filter((__, index) => index % 3 === n).map(({ id }) => id) }).id;
    const [group = '', ...others] = [0, 1, 2].map(groupOf);
    await replicated(world);
    const scopeOf = (ids: readonly string[]) => ({
      scope: { type: 'Assigned', includeNestedGroups: nested, groups: ids.map((id) => ({ id })) },
      interval: '40m',
    });
    world.applyConfiguration(scopeOf(others), 'siblings');
    await world.begin(scopeOf([group]));
    await world.until('everybody is there', () => guests(world).length === 40);
    await world.run(5 * minute);
    world.hub.removeMember(group, people[0]?.id ?? '');
    await replicated(world);
    world.hub.log.reset();
    await world.sync();
    await world.until('the leaver is gone', () => guests(world).length === 39);
    const read = world.hub.log.counts();
    // Nested groups have no delta: each cycle reads them, once.
    expect(read['GET /groups/{id}/transitiveMembers 200'] ?? 0).toBe(nested ? 1 : 0);
    expect(read['GET /groups/{id}/members 200'] ?? 0).toBe(0);
    // For the own scope, and for that of the sibling, which might take them over.
    expect(read['GET /users/{id}/transitiveMemberOf 200']).toBe(2);
    // When the change is heard of, and to confirm it.
    expect(read['GET /users/{id} 200']).toBe(2);
  });
});
