import { hire, provisioned, staff, untilState } from '../support/people.ts';
import { controlPlanesVariable, startOwnControlPlane } from './support/control-plane.ts';

const minute = 60_000;

// The world takes the server that it finds in the environment: here one that nobody else needs.
const plane = await startOwnControlPlane({ controllers: false });
process.env[controlPlanesVariable] = JSON.stringify([plane]);
const { unfriendly, World } = await import('../support/world.ts');

afterAll(() => plane.close());

describe('A kube-apiserver that crashes', () => {
  it.each([1, 10])('I1 I4 I7 everybody comes to where they belong when it is back after more than %i min', async (minutes) => {
    const world = new World({ settings: unfriendly });
    const people = staff(world, 5);
    await provisioned(world, people);
    const [ana, ben] = people;
    const eva = hire(world, 'eva');
    world.hub.updateUser(ana?.id ?? '', { jobTitle: 'Architect' });
    world.hub.softDelete(ben?.id ?? '');
    await world.run(15_000);
    world.annotate('SyncConfiguration', 'staff', { 'tenantsync.dev/requested-at': 'before the crash' });
    // In the middle of the cycle.
    await world.run(500);
    const crashed = plane.crash();
    await world.run(minutes * minute);
    await crashed;
    await world.run(minutes * minute);
    await plane.recover();
    await untilState(world, eva, 'Provisioned');
    await world.until('the change', () => world.account(ana?.id ?? '')?.properties.jobTitle === 'Architect');
    await world.until('the removal', () => world.projection(ben?.id ?? '')?.status.state === 'SoftDeleted');
    expect(world.spoke.log.count('POST /invitations')).toBe(1);
    await world.run(30 * minute);
    expect(world.kube.openWatches).toBe(4);
    world.spoke.log.reset();
    await world.sync();
    expect(world.spoke.log.writes()).toEqual([]);
    await world.end();
  });
});
