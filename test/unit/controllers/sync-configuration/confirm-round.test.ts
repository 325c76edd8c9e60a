import { evaluationRevisionOf } from '../../../../src/controllers/shared/compiled.ts';
import type { RestingAct } from '../../../../src/core/evaluation/still-holds.ts';
import type { SourceDirectory } from '../../../../src/ports/directory.ts';
import { keyString, KubeError } from '../../../../src/ports/resources.ts';
import { refusal } from '../../../support/fake-target.ts';
import { minute } from '../support.ts';
import { Cycles, key } from '../cycles.ts';
import { People } from '../people.ts';

async function provisioned(...ids: readonly string[]): Promise<Cycles> {
  const world = new Cycles(new People(...ids));
  await world.begin();
  world.people.asked.length = 0;
  world.site.enqueued.length = 0;
  return world;
}

const keyOf = (world: Cycles, id: string): string => keyString(world.record(id).metadata);

/** The record of somebody asks for a reading before it acts. */
function ask(world: Cycles, id: string, act: RestingAct): void {
  const { deps, clock } = world.site;
  deps.confirmations.ask(key, { sourceId: id, projectionKey: keyOf(world, id), act }, clock.monotonic());
}

function isConfirmed(world: Cycles, id: string, since = 0): boolean {
  const { revision } = world.record(id).spec;
  return world.site.deps.confirmations.isConfirmed(key, keyOf(world, id), {
    revision,
    rules: evaluationRevisionOf(world.configuration),
    since,
    by: 'DirectRead',
  });
}

const reconsidered = (world: Cycles): readonly string[] => [...world.site.deps.confirmations.reconsideredOf(key).keys()];
const removed = { lifecycle: 'Removed', removal: { reason: 'Deleted', action: 'SoftDelete' } } as const;

describe('I11 the reading that records wait for before they act', () => {
  it('confirms an invitation of somebody who is in scope, by a direct read, and wakes the record', async () => {
    const world = await provisioned('u0');
    ask(world, 'u0', 'Create');
    await world.settle();
    expect(world.people.asked).toEqual(['getUsers u0']);
    expect(isConfirmed(world, 'u0')).toBe(true);
    expect(world.site.enqueued).toEqual([`projection ${keyOf(world, 'u0')}`]);
  });

  it('confirms a removal of somebody who is gone', async () => {
    const world = await provisioned('u0');
    world.rewrite('u0', removed);
    world.people.users.delete('u0');
    ask(world, 'u0', 'Delete');
    await world.settle();
    expect(isConfirmed(world, 'u0')).toBe(true);
    expect(reconsidered(world)).toEqual([]);
  });

  describe('A12 reads the recycle bin of the source too, before a purge', () => {
    const bins: readonly (readonly [string, SourceDirectory['deletedAmong'], boolean, readonly string[]])[] = [
      ['whoever is in neither place is gone', () => Promise.resolve(new Set()), true, []],
      ['whoever is still there is decided about anew', (ids) => Promise.resolve(new Set(ids)), false, ['u0']],
      ['one that cannot be read says nothing', () => Promise.reject(refusal('Forbidden')), false, []],
    ];
    it.each(bins)('%s, and nobody else waits for that', async (_, deletedAmong, confirmed, anew) => {
      const world = await provisioned('u0', 'u1');
      for (const id of ['u0', 'u1']) {
        world.rewrite(id, removed);
        world.people.users.delete(id);
      }
      Object.assign(world.site.session.source, { deletedAmong });
      ask(world, 'u0', 'Purge');
      ask(world, 'u1', 'Delete');
      let asked: readonly string[] = [];
      for (let looks = 0; looks < 12; looks += 1) {
        await world.reconcile();
        await world.site.clock.advance(1000);
        asked = asked.length > 0 ? asked : reconsidered(world);
      }
      expect([isConfirmed(world, 'u0'), isConfirmed(world, 'u1')]).toEqual([confirmed, true]);
      expect(asked).toEqual(anew);
    });
  });

  it('does not confirm a removal of somebody who is back: read four times, then decided anew by a cycle', async () => {
    const world = await provisioned('u0');
    world.rewrite('u0', removed);
    ask(world, 'u0', 'Delete');
    await world.settle();
    expect(isConfirmed(world, 'u0')).toBe(false);
    expect(world.people.asked.filter((asked) => asked === 'getUsers u0').length).toBeGreaterThanOrEqual(4);
    expect(world.standings()).toEqual(['u0 Present']);
    expect(reconsidered(world)).toEqual([]);
  });

  it('a read that is behind by a moment is made again, and confirms then', async () => {
    const world = await provisioned('u0');
    world.rewrite('u0', removed);
    ask(world, 'u0', 'Delete');
    for (let looks = 0; looks < 4; looks += 1) await world.reconcile();
    world.people.users.delete('u0');
    await world.site.clock.advance(1000);
    await world.reconcile();
    await world.reconcile();
    expect(isConfirmed(world, 'u0')).toBe(true);
    expect(reconsidered(world)).toEqual([]);
  });

  it('does not confirm an invitation of somebody who has left', async () => {
    const world = await provisioned('u0', 'u1');
    world.people.users.delete('u0');
    ask(world, 'u0', 'Create');
    await world.settle();
    expect(world.standings()).toEqual(['u0 Removed Deleted SoftDelete', 'u1 Present']);
  });

  it('confirms nothing for whom nothing can be said, and decides nothing either', async () => {
    const world = await provisioned('u0', 'u1');
    world.people.set({ ...(world.people.users.get('u0') ?? { id: 'u0', attributes: {} }), userPrincipalName: '', attributes: {} });
    ask(world, 'u0', 'Create');
    await world.reconcile();
    await world.reconcile();
    await world.reconcile();
    expect(isConfirmed(world, 'u0')).toBe(false);
    expect(world.standings()).toEqual(['u0 Present', 'u1 Present']);
  });

  describe('asks the source who is assigned, past any delta', () => {
    type Groups = Readonly<Record<string, readonly string[]>>;

    interface Leaving {
      readonly before: Groups;
      readonly now: Groups;
      readonly nested?: true;
      /** What was read of the assignments before is not remembered. */
      readonly forgotten?: true;
    }

    /** u0 is to be removed, and the groups are so now. */
    async function leaving({ before, now, nested, forgotten }: Leaving): Promise<{ world: Cycles; people: People }> {
      const people = new People('u0', 'u1', 'u2');
      for (const [group, ids] of Object.entries(before)) people.join(group, ...ids);
      const scope = { type: 'Assigned', includeNestedGroups: nested === true, groups: [{ id: 'g' }] } as const;
      const world = new Cycles(people, { configuration: { scope } });
      await world.begin();
      if (forgotten) {
        people.fail('usersDelta', refusal('Forbidden'));
        await world.next();
      }
      world.rewrite('u0', { lifecycle: 'Removed', removal: { reason: 'Unassigned', action: 'SoftDelete' } });
      for (const [group, ids] of Object.entries(now)) people.groups.set(group, new Set(ids));
      people.asked.length = 0;
      ask(world, 'u0', 'Delete');
      return { world, people };
    }

    const left: Leaving = { before: { g: ['u0', 'u1'] }, now: { g: ['u1'] } };

    it.each<[string, Leaving, readonly string[], boolean]>([
      ['who has left', left, ['getGroups g', 'groupsOf u0', 'getUsers u0'], true],
      [
        'who has left a nested one',
        { before: { g: ['h', 'u1'], h: ['u0'] }, now: { h: [] }, nested: true },
        ['getGroups g', 'groupsOf u0', 'getUsers u0'],
        true,
      ],
      [
        'who is in it by another group, which does not count',
        { before: left.before, now: { g: ['u1', 'h'], h: ['u0'] }, forgotten: true },
        ['getGroups g', 'groupsOf u0', 'groupMembers g', 'getUsers u0'],
        true,
      ],
      [
        'who is back in it',
        { before: left.before, now: left.before, forgotten: true },
        ['getGroups g', 'groupsOf u0', 'groupMembers g', 'getUsers u0'],
        false,
      ],
      [
        'who was known to be a member, and is one by some path',
        { before: left.before, now: left.before },
        ['getGroups g', 'groupsOf u0', 'getUsers u0'],
        false,
      ],
      [
        'who is back by a nested one',
        { before: left.before, now: { g: ['h'], h: ['u0'] }, nested: true },
        ['getGroups g', 'groupsOf u0', 'getUsers u0'],
        false,
      ],
    ])('%s', async (_, facts, asked, confirmed) => {
      const { world, people } = await leaving(facts);
      await world.settle();
      expect(people.asked.slice(0, asked.length)).toEqual(asked);
      expect(isConfirmed(world, 'u0')).toBe(confirmed);
    });

    it('whole where the application may not ask people for their groups', async () => {
      const { world, people } = await leaving(left);
      people.refused.set('groupsOf u0', refusal('Forbidden'));
      await world.settle();
      expect(people.asked).toEqual(['getGroups g', 'groupsOf u0', 'getGroup g', 'groupMembers g', 'getUsers u0']);
      expect(isConfirmed(world, 'u0')).toBe(true);
    });

    it.each(['gone', 'hidden from the application'])(
      "E6 and confirms nothing where the group is %s, which is in nobody's list",
      async (how) => {
        const { world, people } = await leaving(left);
        if (how === 'gone') people.groups.delete('g');
        else people.hidden.add('g');
        await world.settle();
        expect(people.asked.slice(0, 1)).toEqual(['getGroups g']);
        expect(isConfirmed(world, 'u0')).toBe(false);
        expect(world.record('u0').spec.lifecycle).toBe('Removed');
      },
    );

    it('and concludes nothing from a person who is in one of two reads and not in the other', async () => {
      const { world, people } = await leaving({ before: left.before, now: {} });
      people.quit('g', 'u0');
      people.unlisted.add('u0');
      await world.settle();
      expect(isConfirmed(world, 'u0')).toBe(false);
      expect(world.record('u0').spec.lifecycle).toBe('Removed');
    });

    it('I14 and what it says of a person is no older than the question about them, however long the groups take', async () => {
      const { world, people } = await leaving(left);
      while (!people.asked.includes('getGroups g')) await world.reconcile();
      await world.site.clock.advance(10 * minute);
      const now = world.site.clock.monotonic();
      await world.settle();
      expect(people.asked).toEqual(['getGroups g', 'groupsOf u0', 'getUsers u0']);
      expect(isConfirmed(world, 'u0', now)).toBe(true);
    });

    it('I14 nor older than the end of a reading of members, where nothing else may be asked', async () => {
      const { world, people } = await leaving(left);
      people.refused.set('groupsOf u0', refusal('Forbidden'));
      while (!people.asked.includes('getGroup g')) await world.reconcile();
      await world.site.clock.advance(10 * minute);
      const now = world.site.clock.monotonic();
      await world.settle();
      expect(isConfirmed(world, 'u0', now)).toBe(true);
    });
  });

  it('reads twenty people at a time, and those who ask meanwhile afterwards', async () => {
    const world = await provisioned(...Array.from({ length: 25 }, (_, index) => `u${index}`));
    for (let index = 0; index < 24; index += 1) ask(world, `u${index}`, 'Create');
    await world.reconcile();
    ask(world, 'u24', 'Create');
    await world.settle();
    expect(world.people.asked.map((asked) => asked.split(',').length)).toEqual([20, 4, 1]);
    expect(isConfirmed(world, 'u24')).toBe(true);
  });

  it('says nothing of a record that is gone', async () => {
    const world = await provisioned('u0', 'u1');
    ask(world, 'u0', 'Create');
    await world.site.projections.delete(world.record('u0').metadata);
    await world.settle();
    expect(world.site.enqueued).toEqual([]);
  });

  it('I14 a source that cannot be read confirms nothing, and a cycle tells what is wrong', async () => {
    const world = await provisioned('u0');
    ask(world, 'u0', 'Create');
    world.people.fail('getUsers', refusal('Forbidden'));
    world.people.fail('usersDelta', refusal('Forbidden'));
    await world.settle();
    expect(isConfirmed(world, 'u0')).toBe(false);
    expect(world.reason).toBe('SourceReadFailed');
  });

  it('an error of the program itself is thrown', async () => {
    const world = await provisioned('u0');
    ask(world, 'u0', 'Create');
    world.people.fail('getUsers', new TypeError('a fault'));
    await expect(world.settle()).rejects.toThrow('a fault');
  });

  it('is read anew when the spec changes in the midst of it', async () => {
    const world = await provisioned('u0');
    ask(world, 'u0', 'Create');
    world.people.fail('getUsers', refusal('Throttled', { retryAt: world.site.clock.now() + minute }));
    await world.reconcile();
    await world.reconcile();
    world.edit({ interval: '30m' });
    ask(world, 'u0', 'Create');
    world.people.asked.length = 0;
    await world.reconcile();
    await world.reconcile();
    expect(world.people.asked).toContain('getUsers u0');
  });

  it.each<[string, (world: Cycles) => void]>([
    ['suspended', (world) => world.edit({ suspend: true })],
    [
      'without a pair that may act',
      (world) => void (world.site.session.verdict = { ready: false, reason: 'GraphUnreachable', message: '' }),
    ],
  ])('is forgotten when the configuration is %s: nothing read before counts afterwards', async (_, stop) => {
    const world = await provisioned('u0');
    ask(world, 'u0', 'Create');
    await world.settle();
    expect(isConfirmed(world, 'u0')).toBe(true);
    stop(world);
    await world.reconcile();
    expect(isConfirmed(world, 'u0')).toBe(false);
  });

  it('a removal that a cycle has just marked rests on the read that led to it', async () => {
    const world = await provisioned('u0', 'u1');
    const before = world.site.clock.monotonic();
    world.people.delete('u0');
    await world.next();
    expect(world.record('u0').spec.lifecycle).toBe('Removed');
    expect(isConfirmed(world, 'u0', before)).toBe(true);
    expect(isConfirmed(world, 'u0', world.site.clock.monotonic() + 1)).toBe(false);
  });

  it('a cluster that does not answer confirms nothing', async () => {
    const world = await provisioned('u0');
    ask(world, 'u0', 'Create');
    world.people.fail('getUsers', new KubeError('Forbidden', 'no'));
    await world.settle();
    expect(isConfirmed(world, 'u0')).toBe(false);
  });

  it.each<[string, (world: Cycles) => Promise<void> | void]>([
    ['is gone', (world) => world.site.configurations.delete(world.configuration.metadata)],
    ['is looked after by another replica', (world) => void (world.site.holdsLease = false)],
  ])('nothing is kept when the configuration %s, not even whom to decide about anew', async (_, change) => {
    const world = await provisioned('u0');
    const projectionKey = keyOf(world, 'u0');
    const { confirmations } = world.site.deps;
    confirmations.ask(key, { sourceId: 'u0', projectionKey, act: 'Create' }, 0);
    confirmations.reconsider(key, 'u0');
    await change(world);
    await world.reconcile();
    expect(reconsidered(world)).toEqual([]);
    expect(confirmations.isAsking(key)).toBe(false);
    expect(confirmations.asksInVain(key, projectionKey, 0)).toBe(false);
  });
});
