import { annotations } from '../../../../src/api/kinds.ts';
import { KubeError, parseKey } from '../../../../src/ports/resources.ts';
import { Cycles, key } from '../cycles.ts';
import { People } from '../people.ts';

const long = '/'.padEnd(1_000, 'x');

/** A configuration whose source gives long links, after its first cycles. */
async function begun(): Promise<Cycles> {
  const world = new Cycles(new People('u0'));
  world.people.linkEnd = long;
  await world.begin();
  world.people.asked.length = 0;
  return world;
}

const shown = (world: Cycles): string | undefined => world.configuration.status.watermark?.users;
const reads = (world: Cycles): readonly string[] => world.people.asked.filter((request) => request.startsWith('usersDelta'));

describe('E2 a long delta link', () => {
  it('is kept beside the status, which names it, and the next cycle goes on from it', async () => {
    const world = await begun();
    expect(shown(world)).toMatch(/^kept:[0-9a-f]{32}$/);
    expect([...world.site.links.texts.keys()]).toEqual([key]);
    world.people.add('u1');
    await world.next();
    expect(reads(world)).toEqual([`usersDelta since/1${long}`]);
    expect(world.configuration.status.lastCycle).toMatchObject({ kind: 'Incremental', result: 'Succeeded' });
    await world.next();
    expect(reads(world)).toEqual([`usersDelta since/1${long}`, `usersDelta since/2${long}`]);
  });

  it('I7 stays where it is while the source tells nothing: one status is written, and nothing else', async () => {
    const world = await begun();
    const before = shown(world);
    // The source gives another link each time, though it leads to the same place.
    world.people.linkEnd = `${long}y`;
    world.site.links.before = (verb) => {
      if (verb === 'write') throw new TypeError('written');
    };
    await world.next();
    await world.next();
    expect(shown(world)).toBe(before);
    expect(reads(world)).toEqual([`usersDelta since/1${long}`, `usersDelta since/1${long}`]);
    world.site.links.before = () => undefined;
    world.people.add('u1');
    await world.next();
    expect(shown(world)).not.toBe(before);
    expect(world.standings()).toEqual(['u0 Present', 'u1 Present']);
  });

  it('I4 goes on from the status, when a process has kept newer links and ended before the status named them', async () => {
    const world = await begun();
    const before = shown(world);
    world.people.add('u1');
    world.site.configurations.before = (verb) => {
      if (verb === 'patchStatus' && world.site.links.texts.get(key)?.includes('since/2') === true) throw new KubeError('Forbidden', 'no');
    };
    await expect(world.next()).rejects.toThrow('no');
    world.site.configurations.before = () => undefined;
    expect(shown(world)).toBe(before);
    world.restart();
    world.people.asked.length = 0;
    await world.settle();
    expect(reads(world)).toEqual([`usersDelta since/1${long}`]);
    expect(world.standings()).toEqual(['u0 Present', 'u1 Present']);
  });

  it.each<[string, (world: Cycles) => void]>([
    ['is gone', (world) => world.site.links.texts.clear()],
    ['was changed', (world) => world.site.links.texts.set(key, (world.site.links.texts.get(key) ?? '').replaceAll('since', 'after'))],
    ['is of a backup', (world) => world.site.links.texts.set(key, '{"kept:0":"old"}')],
    [
      'may not be read',
      (world) => {
        world.site.links.before = (verb) => {
          if (verb === 'read') throw new KubeError('Forbidden', 'no');
        };
      },
    ],
  ])('that %s is as good as none: everything is read, and who has left is found', async (_, lose) => {
    const world = await begun();
    lose(world);
    world.people.delete('u0');
    await world.next();
    expect(reads(world)[0]).toBe('usersDelta');
    expect(world.standings()).toEqual([expect.stringMatching(/^u0 Removal?/)]);
  });

  it('that cannot be read at the moment is waited for', async () => {
    const world = await begun();
    let failures = 2;
    world.site.links.before = (verb) => {
      if (verb === 'read' && (failures -= 1) >= 0) throw new KubeError('Unavailable', 'no server');
    };
    await world.next();
    expect(reads(world)).toEqual([`usersDelta since/1${long}`]);
  });

  it.each(['Forbidden', 'Invalid', 'Unavailable', 'Conflict'] as const)('that cannot be kept (%s) stands in the status', async (kind) => {
    const world = await begun();
    world.site.links.before = (verb) => {
      if (verb === 'write') throw new KubeError(kind, 'no');
    };
    world.people.add('u1');
    await world.next();
    expect(shown(world)).toBe(`since/2${long}`);
    world.site.links.before = () => undefined;
    await world.next();
    expect(shown(world)).toMatch(/^kept:/);
  });

  it('of the version before stands in the status, and is gone on from', async () => {
    const world = await begun();
    const { configuration } = world;
    const watermark = { ...configuration.status.watermark, users: `since/1${long}` };
    world.site.configurations.put({ ...configuration, status: { ...configuration.status, watermark } });
    world.site.links.texts.clear();
    await world.next();
    expect(reads(world)).toEqual([`usersDelta since/1${long}`]);
    expect(shown(world)).toMatch(/^kept:/);
  });

  it('is not asked for by a cycle that reads everything', async () => {
    const world = await begun();
    world.site.links.before = (verb) => {
      if (verb === 'read') throw new KubeError('Unavailable', 'no server');
    };
    world.edit({}, { [annotations.restartedAt]: 'now' });
    await world.settle();
    expect(world.configuration.status.lastCycle).toMatchObject({ kind: 'Full', result: 'Succeeded' });
  });

  it.each<[string, KubeError | undefined]>([
    ['', undefined],
    [', or stays behind when the cluster does not answer', new KubeError('Unavailable', 'no server')],
  ])('goes with its configuration%s', async (_, error) => {
    const world = await begun();
    if (error !== undefined)
      world.site.links.before = () => {
        throw error;
      };
    await world.site.configurations.delete(parseKey(key));
    await world.reconcile();
    expect(world.site.links.texts.size).toBe(error === undefined ? 0 : 1);
  });

  it('goes by no fault of the program unnoticed', async () => {
    const world = await begun();
    world.site.links.before = () => {
      throw new TypeError('a fault');
    };
    await expect(world.next()).rejects.toThrow('a fault');
    await world.site.configurations.delete(parseKey(key));
    await expect(world.reconcile()).rejects.toThrow('a fault');
  });
});
