import { hire, provisioned } from '../support/people.ts';
import { World } from '../support/world.ts';

const second = 1000;
const minute = 60 * second;

let world: World;
afterEach(() => world.end());

const kinds = ['tenantpairs', 'syncconfigurations', 'userprojections'] as const;

/** The watched namespace refuses lists of these kinds, and does not exist for whoever asks. */
function hide(hidden: readonly (typeof kinds)[number][]): void {
  const refuse = { status: 403, reason: 'Forbidden' } as const;
  const path = new RegExp(`/(${hidden.join('|')})$`);
  world.kube.faults.add({ match: { method: 'GET', path }, times: Infinity, effect: refuse });
  const missing = { status: 404, reason: 'NotFound' } as const;
  world.kube.faults.add({ match: { method: 'GET', path: /\/api\/v1\/namespaces\/identity$/ }, times: Infinity, effect: missing });
}

/** An operator that finds the namespace gone, and then back: everything but these kinds at first, and they a good while later. */
async function comesBackWithout(late: readonly (typeof kinds)[number][]): Promise<void> {
  hide(kinds);
  await world.startOperator();
  await world.run(5 * minute);
  world.kube.faults.clear();
  hide(late);
  await world.run(2 * minute);
  world.kube.faults.clear();
}

const blocked = (): number => world.spoke.users().filter(({ properties }) => properties.accountEnabled === false).length;

/** Thirty people who are there, and an operator that is not. */
async function thirtyAndNobodyWatching(configuration: Parameters<World['begin']>[0] = {}): Promise<ReturnType<typeof hire>[]> {
  world = new World({ flags: ['--watch-namespaces', 'identity'] });
  const people = Array.from({ length: 30 }, (_, index) => hire(world, `person${index}`));
  await provisioned(world, people, configuration);
  world.killOperator();
  return people;
}

describe('E1 a namespace that was gone and comes back kind by kind', () => {
  it.each([[['userprojections']], [['tenantpairs']], [['syncconfigurations', 'userprojections']]] as const)(
    'has nobody blocked past the guard while %j are not known yet',
    async (late) => {
      const people = await thirtyAndNobodyWatching();
      for (const { id } of people.slice(0, 20)) world.hub.updateUser(id, { accountEnabled: false });
      await comesBackWithout(late);
      await world.until('the question', () => world.configuration().status.stagedDeletions?.count === 20, 30 * minute);
      await world.run(30 * minute);
      expect(blocked()).toBe(0);
    },
  );

  it('has those who have left removed', async () => {
    const people = await thirtyAndNobodyWatching();
    const leavers = people.slice(0, 3);
    for (const { id } of leavers) world.hub.softDelete(id);
    await comesBackWithout(['userprojections']);
    await world.until('their removal', () => world.spoke.deletedUsers().length === 3, 60 * minute);
    for (const { id } of leavers) expect(world.projection(id)?.status.state).toBe('SoftDeleted');
    expect(world.spoke.users().filter(({ invitedAddress }) => invitedAddress !== undefined)).toHaveLength(27);
  });

  it('still asks before it deprovisions everybody, as its configuration wanted when it was deleted', async () => {
    await thirtyAndNobodyWatching({ deprovisioning: { onConfigurationDeletion: 'Deprovision' } });
    world.kube.delete({ kind: 'SyncConfiguration', name: 'staff', namespace: 'identity' });
    await comesBackWithout(['tenantpairs']);
    await world.until('the question', () => world.configuration().status.stagedDeletions?.count === 30, 30 * minute);
    expect(world.projections()).toHaveLength(30);
    expect(world.spoke.deletedUsers()).toEqual([]);
  });
});
