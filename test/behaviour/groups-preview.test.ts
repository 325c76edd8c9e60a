import type { SandboxUser } from '@tenantsync/sandbox/entra';
import type { JsonObject } from '@tenantsync/sandbox/kubernetes';
import { runClientIn } from '../support/client-run.ts';
import { groupRecord, groupWorld, groupWrites, mirroredPeople, selecting } from '../support/group-scene.ts';
import { guestIds, hire } from '../support/scene.ts';
import type { World } from '../support/world.ts';

let world: World;
let people: readonly SandboxUser[];
let falcon: string;
let eagle: string;
afterEach(async () => {
  await world.end();
});

const select = (spec: JsonObject, ids: readonly string[], more: JsonObject = {}): JsonObject => ({ ...spec, ...selecting(ids, more) });

/** Six people, two groups that are projected, and a preview of another spec. */
async function previewing(next: (ids: { readonly falcon: string; readonly eagle: string }) => JsonObject): Promise<void> {
  world = groupWorld();
  people = hire(world, 6);
  const ids = people.map(({ id }) => id);
  falcon = world.hub.createGroup({ displayName: 'Falcon', members: ids.slice(0, 4) }).id;
  eagle = world.hub.createGroup({ displayName: 'Eagle', members: ids.slice(4) }).id;
  await world.begin(selecting([falcon, eagle]));
  await world.until('both are there', () => mirroredPeople(world, falcon).length === 4 && mirroredPeople(world, eagle).length === 2);
  world.applyConfiguration({ ...next({ falcon, eagle }), previewOf: { name: 'staff' }, mode: 'Apply' }, 'next');
}

const planOf = (id: string) => groupRecord(world, id, 'next')?.status.plan;
const live = (): string =>
  JSON.stringify([falcon, eagle].map((id) => [groupRecord(world, id)?.metadata.resourceVersion, mirroredPeople(world, id)]));

describe('G8 G3 groups in a change seen before it is made', () => {
  it('G8 G3 says of each group what would change, and touches neither the target nor the records of the configuration', async () => {
    await previewing((ids) =>
      select({}, [ids.falcon], { displayNameExpression: 'Append([displayName], " (C)")', deprovisioning: 'SoftDelete' }),
    );
    const before = live();
    const writes = groupWrites(world).length;
    await world.until('the plans', () => planOf(falcon) !== undefined && planOf(eagle) !== undefined);
    expect(planOf(falcon)).toEqual({ operation: 'Update', attributes: ['displayName', 'mailNickname'], addMembers: 0, removeMembers: 0 });
    expect(planOf(eagle)?.operation).toBe('Delete');
    await world.run(60 * 60_000);
    expect(live()).toBe(before);
    expect(groupWrites(world)).toHaveLength(writes);
    expect(world.configuration('next').status.stagedDeletions).toBeUndefined();
    const { out } = await runClientIn(world, ['plan', 'next']);
    expect(out).toContain('Falcon (C)');
    expect(out).toMatch(/Delete +Eagle/);
  });

  it('G8 G3 says that nothing changes where nothing would, with the names that the target has given', async () => {
    await previewing((ids) => select({}, [ids.falcon, ids.eagle]));
    await world.until('the plans', () => planOf(falcon) !== undefined && planOf(eagle) !== undefined);
    for (const id of [falcon, eagle]) expect(planOf(id)).toMatchObject({ operation: 'None', addMembers: 0, removeMembers: 0 });
    const [first] = world.spoke.groups();
    world.spoke.updateGroup(first?.id ?? '', { displayName: 'Theirs' });
    world.annotate('SyncConfiguration', 'next', { 'tenantsync.dev/restarted-at': '1' });
    await world.nextCycle('next');
    for (const id of [falcon, eagle]) expect(planOf(id)).toMatchObject({ operation: 'None' });
  });

  it('G8 G3 explains of a person the groups of the preview, as members of those that are there', async () => {
    await previewing((ids) => select({}, [ids.falcon]));
    await world.until('the plan', () => planOf(falcon) !== undefined);
    const { out } = await runClientIn(world, ['explain', 'person0@contoso.com', '-c', 'next']);
    expect(out).toMatch(/Groups +Member/);
  });

  it('G8 G3 counts those whom the preview would bring, and leaves out those whom it would let go', async () => {
    world = groupWorld();
    people = hire(world, 6);
    falcon = world.hub.createGroup({ displayName: 'Falcon', members: people.map(({ id }) => id) }).id;
    const scope = { type: 'Assigned', users: people.slice(0, 3).map(({ id }) => ({ id })) };
    await world.begin({ ...selecting([falcon]), scope });
    await world.until('three are there', () => mirroredPeople(world, falcon).length === 3);
    const wider = { type: 'Assigned', users: people.slice(1, 5).map(({ id }) => ({ id })) };
    world.applyConfiguration({ ...selecting([falcon]), scope: wider, previewOf: { name: 'staff' } }, 'next');
    await world.until('the plan', () => planOf(falcon)?.addMembers === 2);
    expect(planOf(falcon)).toMatchObject({ operation: 'Update', removeMembers: 0 });
    expect(guestIds(world)).toHaveLength(3);
  });

  it('G8 G3 is looked at again when the group of the configuration itself changes, and forgets what neither has', async () => {
    await previewing((ids) => select({}, [ids.falcon]));
    await world.until('the plan', () => groupRecord(world, eagle, 'next')?.status.state === 'Planned');
    world.applyConfiguration(selecting([falcon]));
    await world.until('the configuration has let it go', () => groupRecord(world, eagle)?.spec.lifecycle === 'Removed');
    await world.nextCycle('next');
    expect(groupRecord(world, eagle, 'next')).toBeUndefined();
    expect(groupRecord(world, falcon, 'next')).toBeDefined();
  });
});
