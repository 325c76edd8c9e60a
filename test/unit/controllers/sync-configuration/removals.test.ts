import { annotations } from '../../../../src/api/kinds.ts';
import { sourceUser } from '../../../support/fake-source.ts';
import { configurationWith } from '../support.ts';
import { Cycles, key } from '../cycles.ts';
import { People } from '../people.ts';

const six = ['u0', 'u1', 'u2', 'u3', 'u4', 'u5'];

/** Six people of group g who all have their accounts. */
async function grouped(threshold: number): Promise<Cycles> {
  const people = new People(...six);
  people.join('g', ...six);
  const world = new Cycles(people, {
    configuration: {
      scope: { type: 'Assigned', includeNestedGroups: false, groups: [{ id: 'g' }] },
      deprovisioning: { ...configurationWith().spec.deprovisioning, guard: { threshold, percent: 100, minimum: 10, window: '24h' } },
    },
  });
  await world.begin();
  return world;
}

async function readEverything(world: Cycles, at: string): Promise<void> {
  world.edit({}, { [annotations.restartedAt]: at });
  await world.settle();
  expect(world.configuration.status.lastCycle).toMatchObject({ kind: 'Full', result: 'Succeeded' });
}

const counted = (world: Cycles): number =>
  (world.site.pair.status.guard?.windows ?? []).reduce((sum, { removed, blocked }) => sum + removed + blocked, 0);

describe('I3, I11 a removal that was decided', () => {
  it('is neither decided nor counted again by cycles that read everything', async () => {
    const world = await grouped(5);
    world.people.quit('g', 'u0');
    await world.next();
    const { spec } = world.record('u0');
    await world.site.clock.advance(60_000);
    await readEverything(world, 'first');
    expect(world.record('u0').spec).toEqual(spec);
    expect(counted(world)).toBe(1);
  });

  it('nor when the person, who was taken out of the scope, is deleted as well', async () => {
    const world = await grouped(5);
    world.people.quit('g', 'u0');
    await world.next();
    world.people.delete('u0');
    await world.next();
    expect(world.standings()[0]).toBe('u0 Removed Unassigned SoftDelete');
    expect(counted(world)).toBe(1);
  });

  it('is decided anew in another mode, and when somebody has tampered with it', async () => {
    const world = await grouped(5);
    world.people.quit('g', 'u0');
    world.edit({ mode: 'Plan' });
    await world.next();
    expect(world.record('u0').spec).toMatchObject({ mode: 'Plan', lifecycle: 'Removed' });
    world.edit({ mode: 'Apply' });
    await world.next();
    expect(world.record('u0').spec).toMatchObject({ mode: 'Apply', lifecycle: 'Removed', guardedAt: expect.any(String) as string });
    const record = world.record('u0');
    world.site.projections.put({ ...record, spec: { ...record.spec, guardedAt: '2020-01-01T00:00:00Z' } });
    await readEverything(world, 'now');
    expect(world.record('u0').spec.guardedAt).not.toBe('2020-01-01T00:00:00Z');
  });

  it('is judged when it was found at the act that nobody has judged it', async () => {
    const world = await grouped(5);
    world.people.quit('g', 'u0');
    world.rewrite('u0', { lifecycle: 'Removed', removal: { reason: 'Unassigned', action: 'SoftDelete' } });
    await world.next();
    expect(world.record('u0').spec.guardedAt).toBeUndefined();
    world.site.deps.confirmations.reconsider(key, 'u0');
    await world.next();
    expect(world.record('u0').spec.guardedAt).toBeDefined();
    expect(counted(world)).toBe(1);
    expect(world.site.deps.confirmations.reconsideredOf(key).size).toBe(0);
  });
});

describe('E7 a removal that waits', () => {
  it('is for the reason that holds: who was taken out of the scope, and is deleted then, waits as deleted', async () => {
    const world = await grouped(1);
    world.people.quit('g', 'u0');
    await world.next();
    expect(world.standings()[0]).toBe('u0 RemovalStaged Unassigned SoftDelete');
    const token = world.configuration.status.stagedDeletions?.token;
    world.people.delete('u0');
    await world.next();
    expect(world.standings()[0]).toBe('u0 RemovalStaged Deleted SoftDelete');
    expect(world.configuration.status.stagedDeletions).toMatchObject({ count: 1 });
    expect(token).toBeDefined();
  });

  it('stays as it is while nothing is heard of the person', async () => {
    const world = await grouped(1);
    world.people.quit('g', 'u0');
    await world.next();
    const { spec } = world.record('u0');
    await readEverything(world, 'now');
    expect(world.record('u0').spec).toEqual(spec);
  });
});

describe('I11 what a direct read says of a candidate', () => {
  it('filtered out, or a guest now: removed', async () => {
    const people = new People('u0', 'u1', 'u2');
    people.set(sourceUser('u0', { department: 'Sales' }));
    people.set(sourceUser('u1', { department: 'Sales' }));
    people.set(sourceUser('u2', { department: 'Sales' }));
    const world = new Cycles(people, {
      configuration: {
        scope: {
          type: 'All',
          includeNestedGroups: false,
          filters: [{ name: 'f', clauses: [{ attribute: 'department', operator: 'Equals', value: 'Sales' }] }],
        },
      },
    });
    await world.begin();
    people.set(sourceUser('u0', { department: 'Legal' }));
    people.set({ ...sourceUser('u1', { department: 'Sales' }), userType: 'Guest' });
    await world.next();
    expect(world.standings()).toEqual(['u0 Removed FilteredOut SoftDelete', 'u1 Removed FilteredOut SoftDelete', 'u2 Present']);
  });

  it('twenty are read at a time, and all are decided about', async () => {
    const ids = Array.from({ length: 50 }, (_, index) => `p${index}`);
    const world = new Cycles(new People(...ids));
    await world.begin();
    world.people.asked.length = 0;
    for (const id of ids.slice(0, 45)) world.people.delete(id);
    await world.next();
    const reads = world.people.asked.filter((asked) => asked.startsWith('getUsers'));
    expect(reads.map((read) => read.split(',').length)).toEqual([20, 20, 5]);
    expect(world.standings().filter((standing) => standing.includes('RemovalStaged'))).toHaveLength(45);
  });

  it('who is announced as gone and is still shown is read four times within four seconds, and stays', async () => {
    const world = await grouped(5);
    const times: number[] = [];
    const getUsers = world.site.session.source.getUsers.bind(undefined);
    Object.assign(world.site.session.source, {
      getUsers: (...given: Parameters<typeof getUsers>) => {
        times.push(world.site.clock.now());
        return getUsers(...given);
      },
    });
    world.people.announce({ type: 'HardDeleted', id: 'u0' });
    await world.next();
    expect(times.map((time) => time - (times[0] ?? 0))).toEqual([0, 500, 1500, 3500]);
    expect(world.standings()[0]).toBe('u0 Present');
  });

  it('who is announced as having left a group of which they are still a member stays', async () => {
    const world = await grouped(5);
    world.people.announceQuit('g', 'u0');
    await world.next();
    expect(world.standings()[0]).toBe('u0 Present');
    expect(world.configuration.status.watermark?.unconfirmed).toHaveLength(1);
  });

  it('I14 once the replication window has passed, the read is believed and projected', async () => {
    const world = await grouped(5);
    world.people.announce({ type: 'SoftDeleted', id: 'u0' });
    await world.next();
    world.people.stale.set('u0', sourceUser('u0', { accountEnabled: true, jobTitle: 'Engineer' }));
    await world.next(11 * 60_000);
    expect(world.record('u0').spec.attributes).toMatchObject({ jobTitle: 'Engineer' });
    expect(world.configuration.status.watermark?.unconfirmed).toBeUndefined();
  });

  it('I14 nor is a delta that goes on saying so believed any longer than that', async () => {
    const world = await grouped(5);
    world.people.announce({ type: 'SoftDeleted', id: 'u0' });
    await world.next();
    world.people.stale.set('u0', sourceUser('u0', { accountEnabled: true, jobTitle: 'Engineer' }));
    world.people.announce({ type: 'SoftDeleted', id: 'u0' });
    await world.next(11 * 60_000);
    expect(world.record('u0').spec.attributes).toMatchObject({ jobTitle: 'Engineer' });
    expect(world.configuration.status.watermark?.unconfirmed).toBeUndefined();
  });

  it('who was not seen by a full read, and is there, is projected as the direct reads show them when they can be behind it no more', async () => {
    const world = await grouped(5);
    world.people.users.delete('u0');
    world.people.stale.set('u0', sourceUser('u0', { accountEnabled: true, jobTitle: 'Engineer' }));
    await readEverything(world, 'now');
    expect(world.standings()[0]).toBe('u0 Present');
    expect(world.record('u0').spec.attributes?.jobTitle).toBeUndefined();
    await world.site.clock.advance(40 * 60_000);
    await world.reconcile();
    await world.settle();
    expect(world.record('u0').spec.attributes?.jobTitle).toBe('Engineer');
  });

  it('nothing is concluded about a record that was deleted meanwhile', async () => {
    const world = await grouped(5);
    world.people.delete('u0');
    const { metadata } = world.record('u0');
    world.people.asked.length = 0;
    await world.site.clock.advance(40 * 60_000);
    while (!world.people.asked.includes('usersDelta since/6')) await world.reconcile();
    await world.site.projections.delete(metadata);
    await world.settle();
    expect(world.configuration.status.lastCycle).toMatchObject({ result: 'Succeeded' });
    expect(world.people.asked).not.toContain('getUsers u0');
  });

  it('I7 while nobody is a candidate, no members are read', async () => {
    const world = await grouped(5);
    world.people.asked.length = 0;
    world.people.add('u0', { jobTitle: 'Engineer' });
    await world.next();
    expect(world.people.asked).toEqual(['syncAccess', 'groupsDelta 1', 'usersDelta since/6']);
  });

  it('I15 a rejection that somebody has tampered with is not carried on as it stands', async () => {
    const world = await grouped(1);
    world.people.quit('g', 'u0');
    await world.next();
    world.edit({}, { [annotations.rejectDeletions]: world.configuration.status.stagedDeletions?.token ?? '' });
    await world.settle();
    const record = world.record('u0');
    const forged = { ...record.spec, attributes: { ...record.spec.attributes, displayName: 'Forged' } };
    world.site.projections.put({ ...record, spec: forged });
    for (const mode of ['Plan', 'Apply'] as const) {
      world.edit({ mode });
      await world.next();
      expect(world.record('u0').spec.revision).toBe(record.spec.revision);
    }
  });

  it('who is shown as gone only by the second read is removed then', async () => {
    const world = await grouped(5);
    const shown = world.people.users.get('u0');
    world.people.delete('u0');
    world.people.stale.set('u0', shown);
    await world.site.clock.advance(40 * 60_000);
    for (let looks = 0; looks < 12; looks += 1) {
      await world.reconcile();
      if (world.people.asked.filter((asked) => asked.startsWith('getUsers')).length > 0) world.people.stale.clear();
    }
    await world.settle();
    expect(world.standings()[0]).toBe('u0 Removed Deleted SoftDelete');
  });

  it('a rejection stands over a new reading with the same evidence, and not over another one', async () => {
    const world = await grouped(1);
    world.people.quit('g', 'u0');
    await world.next();
    world.edit({}, { [annotations.rejectDeletions]: world.configuration.status.stagedDeletions?.token ?? '' });
    await world.settle();
    await readEverything(world, 'first');
    expect(world.standings()[0]).toBe('u0 Present Rejected');
    expect(world.configuration.status.stagedDeletions).toBeUndefined();
    world.people.add('u0', { jobTitle: 'Engineer' });
    await readEverything(world, 'second');
    expect(world.standings()[0]).toBe('u0 RemovalStaged Unassigned SoftDelete');
  });
});
