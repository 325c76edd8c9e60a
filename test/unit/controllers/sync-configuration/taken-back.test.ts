import { Cycles } from '../cycles.ts';
import { GroupCycles, groupsSpec } from '../group-cycles.ts';
import { People } from '../people.ts';

/** Lets the configuration work until something shows, and no further. */
async function workUntil(world: Cycles, isThere: () => boolean): Promise<void> {
  for (let turn = 0; turn < 100 && !isThere(); turn += 1) {
    world.site.session.accessCheckedAt = world.site.clock.monotonic();
    const { requeueAfterMs = 0 } = await world.reconcile();
    await world.site.clock.advance(Math.min(requeueAfterMs, 1000));
  }
  expect(isThere()).toBe(true);
}

describe('I11 a change of a configuration that is taken back before its cycle has come to its end', () => {
  it('leaves nothing of it in the records of people', async () => {
    const world = new Cycles(new People('u0', 'u1'));
    await world.begin();
    const department = () => world.record('u0').spec.attributes?.department;
    const former = department();
    world.edit({ attributeMappings: [{ target: 'department', constant: 'wrong' }] as never });
    await workUntil(world, () => department() === 'wrong');
    world.edit({ attributeMappings: [] });
    await world.settle();
    expect(department()).toBe(former);
  });

  it('leaves nothing of it in the records of groups, and nobody is taken out by it', async () => {
    const people = new People(...Array.from({ length: 20 }, (_, index) => `u${index}`));
    people.join('falcon', ...people.users.keys());
    const world = new GroupCycles(people);
    await world.begin();
    await world.again();
    world.target.putMember(world.group().status.targetGroup?.objectId ?? '', { id: 'stranger', isUser: true });
    world.edit({ groups: groupsSpec({ exclusiveMembership: true }) });
    await workUntil(world, () => world.group().spec.members?.exclusive === true);
    world.edit({ groups: groupsSpec() });
    await world.settle();
    await world.lookAgain();
    expect(world.group().spec.members?.exclusive).toBe(false);
    expect(world.members()).toContain('stranger');
  });
});
