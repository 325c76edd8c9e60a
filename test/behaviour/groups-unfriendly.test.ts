import type { SandboxUser } from '@tenantsync/sandbox/entra';
import { guestIds, hire, replicated } from '../support/scene.ts';
import { groupRecord, groupWorld, mirrored, mirroredPeople, ourGroups, selecting } from '../support/group-scene.ts';
import { unfriendly, type World } from '../support/world.ts';

const minute = 60_000;

let world: World;
afterEach(async () => {
  await world.end();
});

const ids = (people: readonly { readonly id: string }[]): string[] => people.map(({ id }) => id).sort();

/** The members of each mirrored group, as they should be. */
async function agree(groups: ReadonlyMap<string, readonly SandboxUser[]>): Promise<void> {
  const differs = ([id, people]: readonly [string, readonly SandboxUser[]]): boolean =>
    JSON.stringify(mirroredPeople(world, id)) !== JSON.stringify(ids(people));
  await world.until('all groups agree', () => ![...groups].some(differs), 90 * minute);
}

/** Nothing was made twice, and nobody was deleted. */
function nothingTwice(groups: number, people: number): void {
  expect(ourGroups(world)).toHaveLength(groups);
  expect(new Set(ourGroups(world).map(({ uniqueName }) => uniqueName)).size).toBe(groups);
  expect(guestIds(world)).toHaveLength(people);
  expect(world.spoke.deletedUsers()).toEqual([]);
}

describe('G3 groups in an unfriendly world', () => {
  it.each([1, 2, 3])(
    'G3 are made once, and follow joiners and leavers, with latency, lag, throttling and lost answers (seed %i)',
    async (seed) => {
      world = groupWorld({ seed, settings: unfriendly });
      const people = hire(world, 30);
      const groups = new Map<string, SandboxUser[]>();
      for (let index = 0; index < 4; index += 1) {
        const members = people.filter((_, at) => at % 4 !== index);
        groups.set(world.hub.createGroup({ displayName: `Group ${index}`, members: ids(members) }).id, members);
      }
      for (const effect of ['dropAfter', 'dropBefore', 'truncate'] as const)
        world.entra.faults.add({
          effect,
          probability: 0.03,
          match: { tenant: world.spoke.tenantId, path: /\/(groups|deletedItems|\$batch)/ },
        });
      world.entra.faults.add({ effect: 'status', status: 503, probability: 0.03, match: { path: /\/groups/ } });
      await replicated(world);
      await world.begin({ ...selecting([...groups.keys()]), deprovisioning: { guard: { percent: 90 } } });
      await agree(groups);
      nothingTwice(4, 30);
      for (const [id, members] of groups) {
        const gone = members.splice(0, 4);
        for (const { id: person } of gone) world.hub.removeMember(id, person);
        const come = people.filter((person) => !members.includes(person) && !gone.includes(person)).slice(0, 3);
        for (const { id: person } of come) world.hub.addMember(id, person);
        members.push(...come);
      }
      await replicated(world);
      await world.sync();
      await agree(groups);
      nothingTwice(4, 30);
      expect(ourGroups(world)).toHaveLength(4);
    },
  );

  it.each([
    ['the creation', /^PATCH \/groups\/uniqueName/],
    ['an addition', /^PATCH \/groups\/\{id\}$/],
    ['a removal', /^DELETE \/groups\/\{id\}\/members/],
  ])('G3 are made once where the process is killed at %s, before and after it takes effect', async (_, operation) => {
    for (const moment of ['before', 'after'] as const) {
      world = groupWorld();
      const people = hire(world, 25);
      const { id } = world.hub.createGroup({ displayName: 'Project Falcon', members: ids(people) });
      let kills = 0;
      world.entra.intercept({
        [moment]: (info: { readonly operation: string; readonly body?: string | undefined }) => {
          const named =
            operation.test(info.operation) || (operation.source.startsWith('^DELETE') && (info.body ?? '').includes('/members/'));
          if (!named || kills > 0) return;
          kills += 1;
          world.killOperator();
        },
      });
      world.applyPair();
      world.applyConfiguration({ ...selecting([id]), deprovisioning: { guard: { percent: 100 } } });
      await world.startOperator();
      await world.clock.advanceUntil(() => kills > 0 || mirroredPeople(world, id).length === 25, 10 * minute);
      if (!world.running) await world.startOperator();
      await agree(new Map([[id, people]]));
      for (const { id: person } of people.slice(0, 3)) world.hub.removeMember(id, person);
      await world.clock.advanceUntil(() => kills > 0 && mirroredPeople(world, id).length === 22, 20 * minute);
      if (!world.running) await world.startOperator();
      await agree(new Map([[id, people.slice(3)]]));
      expect(kills).toBe(1);
      nothingTwice(1, 25);
      if (moment === 'before') await world.end();
    }
  });

  it('G3 fill a large group twenty members at a time', async () => {
    world = groupWorld();
    const people = hire(world, 400);
    const { id } = world.hub.createGroup({ displayName: 'Everybody', members: ids(people) });
    await world.begin(selecting([id]));
    await agree(new Map([[id, people]]));
    await world.nextCycle();
    expect(groupRecord(world, id)?.status.members).toEqual({ wanted: 400, present: 400, waiting: 0, foreign: 0 });
    expect(world.spoke.log.count('PATCH /groups/{id}', 204)).toBeLessThanOrEqual(60);
    expect(mirrored(world, id)?.members.size).toBe(400);
  });

  it('G3 forget nothing while the work is suspended, and do nothing of it meanwhile', async () => {
    world = groupWorld();
    const people = hire(world, 20);
    const { id } = world.hub.createGroup({ displayName: 'Project Falcon', members: ids(people) });
    await world.begin(selecting([id]));
    await agree(new Map([[id, people]]));
    world.kube.patch({ kind: 'SyncConfiguration', name: 'staff', namespace: 'identity' }, { spec: { suspend: true } });
    world.hub.removeMember(id, people[0]?.id ?? '');
    await world.run(20 * minute);
    expect(mirroredPeople(world, id)).toHaveLength(20);
    world.kube.patch({ kind: 'SyncConfiguration', name: 'staff', namespace: 'identity' }, { spec: { suspend: false } });
    await agree(new Map([[id, people.slice(1)]]));
    expect(ourGroups(world)).toHaveLength(1);
  });
});
