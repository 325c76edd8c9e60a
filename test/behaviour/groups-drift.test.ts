import type { JsonObject } from '@tenantsync/sandbox/kubernetes';
import { groupRecord, groupWorld, groupWrites, mirrored, mirroredPeople, selecting } from '../support/group-scene.ts';
import { eventReasons, hire } from '../support/scene.ts';
import type { World } from '../support/world.ts';

const minute = 60_000;

let world: World;
let falcon: string;
afterEach(async () => {
  await world.end();
});

/** Three people in a group that is projected, with passes over what was changed in the target. */
async function begun(policy: string, more: JsonObject = {}): Promise<void> {
  world = groupWorld();
  const people = hire(world, 3).map(({ id }) => id);
  falcon = world.hub.createGroup({ displayName: 'Falcon', members: people }).id;
  await world.begin({ ...selecting([falcon]), interval: '10m', drift: { policy, interval: '20m' }, ...more });
  await world.until('it is there', () => mirroredPeople(world, falcon).length === 3);
  await world.run(30 * minute);
}

const theirs = (displayName: string): void => world.spoke.updateGroup(mirrored(world, falcon)?.id ?? '', { displayName });
const driftOf = (): readonly string[] => (groupRecord(world, falcon)?.status.drift ?? []).map(({ attribute }) => attribute);
const pass = () => world.configuration().status.drift;
const warnings = (): readonly string[] => (world.configuration().status.warnings ?? []).map(({ message }) => message);
async function passed(): Promise<void> {
  const now = world.clock.now();
  await world.until('a pass', () => Date.parse(pass()?.startedAt ?? '') >= now);
  await world.run(minute);
}

describe('E11 G3 drift of groups', () => {
  it('E11 G3 Report names what was changed and since when, warns, writes nothing to the tenant, and takes back what agrees again', async () => {
    await begun('Report');
    const writes = groupWrites(world).length;
    theirs('Theirs');
    await passed();
    const { drift } = groupRecord(world, falcon)?.status ?? {};
    expect([driftOf(), pass()?.driftedGroups]).toEqual([['displayName'], 1]);
    expect(warnings()).toContainEqual(expect.stringContaining('the names of 1 group(s) were changed in the target'));
    expect(eventReasons(world, 'SyncConfiguration', 'staff')).toContain('DriftDetected');
    await passed();
    world.annotate('SyncConfiguration', 'staff', { 'tenantsync.dev/restarted-at': '1' });
    await world.nextCycle();
    await passed();
    expect(groupRecord(world, falcon)?.status.drift).toEqual(drift);
    expect(groupWrites(world)).toHaveLength(writes);
    theirs('Falcon');
    await passed();
    expect([driftOf(), pass()?.driftedGroups, warnings().some((text) => text.includes('group(s)'))]).toEqual([[], 0, false]);
  });

  it('E11 G3 Correct sets the name back', async () => {
    await begun('Correct');
    theirs('Theirs');
    await passed();
    expect(mirrored(world, falcon)?.displayName).toBe('Falcon');
    expect(driftOf()).toEqual([]);
    await passed();
    expect(pass()?.driftedGroups).toBe(0);
  });

  it('E11 G3 Correct leaves a name that another group has taken, and says so', async () => {
    await begun('Correct');
    theirs('Theirs');
    world.spoke.createGroup({ displayName: 'Falcon' });
    await passed();
    expect(mirrored(world, falcon)?.displayName).toBe('Theirs');
    expect(driftOf()).toEqual(['displayName']);
    expect(groupRecord(world, falcon)?.status.warnings?.map(({ reason }) => reason)).toEqual(['GroupNameTaken']);
  });

  it('E11 G3 Ignore leaves it, and forgets what was found before', async () => {
    await begun('Report');
    theirs('Theirs');
    await passed();
    world.applyConfiguration({ ...selecting([falcon]), interval: '10m', drift: { policy: 'Ignore', interval: '20m' } });
    await world.until('it is forgotten', () => driftOf().length === 0 && pass() === undefined);
    expect(mirrored(world, falcon)?.displayName).toBe('Theirs');
  });

  it('E11 G3 what the source says anew is written, and is no drift any more', async () => {
    await begun('Report');
    theirs('Theirs');
    await passed();
    world.hub.updateGroup(falcon, { displayName: 'Eagle' });
    await world.until('it is renamed', () => mirrored(world, falcon)?.displayName === 'Eagle');
    await passed();
    expect(driftOf()).toEqual([]);
  });
});
