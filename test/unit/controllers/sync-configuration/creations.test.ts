import { KubeError } from '../../../../src/ports/resources.ts';
import { ready } from '../../core/support.ts';
import { configurationWith, minute } from '../support.ts';
import { Cycles, key } from '../cycles.ts';
import { People } from '../people.ts';

const five = ['u0', 'u1', 'u2', 'u3', 'u4'];

const limited = (creations: number) => ({
  deprovisioning: {
    ...configurationWith().spec.deprovisioning,
    guard: { threshold: 500, percent: 20, minimum: 10, window: '24h', creations },
  },
});

/** The records of these people have found that an account is to be created, and nobody has counted it. */
function ask(world: Cycles, ...ids: readonly string[]): void {
  for (const id of ids) {
    const record = world.record(id);
    world.site.projections.put({
      ...record,
      status: { observedGeneration: record.metadata.generation, state: 'Staged', ...ready('AwaitingGuard') },
    });
    world.site.deps.confirmations.reconsider(key, id);
  }
}

/** Five people whose accounts are all to be created, of whom so many may be within a day. */
async function hired(creations: number, ...asking: readonly string[]): Promise<Cycles> {
  const world = new Cycles(new People(...five), { configuration: limited(creations) });
  await world.settle();
  ask(world, ...(asking.length === 0 ? five : asking));
  await world.next();
  return world;
}

const verdicts = (world: Cycles): readonly (string | undefined)[] => five.map((id) => world.record(id).spec.creation?.verdict);
const counted = ({ site }: Cycles): number => (site.pair.status.guard?.windows ?? []).reduce((sum, { created = 0 }) => sum + created, 0);
const count = (world: Cycles, verdict: string): number => verdicts(world).filter((each) => each === verdict).length;

describe('E7 creations that are limited', () => {
  it('pass as far as the limit goes, and are counted with the pair; the others are staged', async () => {
    const world = await hired(3);
    expect([count(world, 'Passed'), count(world, 'Staged')]).toEqual([3, 2]);
    expect(counted(world)).toBe(3);
    expect(world.configuration.status.stagedCreations).toMatchObject({ count: 2 });
    expect(world.reason).toBe('CreationsStaged');
  });

  it('all pass below the limit', async () => {
    const world = await hired(5);
    expect(count(world, 'Passed')).toBe(5);
    expect(world.configuration.status.stagedCreations).toBeUndefined();
  });

  it('that come later join those that wait, though the window is over', async () => {
    const world = await hired(2, 'u0', 'u1', 'u2');
    expect([count(world, 'Passed'), count(world, 'Staged')]).toEqual([2, 1]);
    world.giveAccounts('u0', 'u1');
    await world.site.clock.advance(24 * 60 * minute);
    ask(world, 'u3');
    await world.next();
    expect(world.record('u3').spec.creation?.verdict).toBe('Staged');
  });

  it('of the window before count against the limit, and no more after it', async () => {
    const world = await hired(2, 'u0', 'u1');
    world.giveAccounts('u0', 'u1');
    ask(world, 'u2');
    await world.next();
    expect(world.record('u2').spec.creation?.verdict).toBe('Staged');
    const later = await hired(2, 'u0', 'u1');
    later.giveAccounts('u0', 'u1');
    await later.site.clock.advance(25 * 60 * minute);
    ask(later, 'u2');
    await later.next();
    expect(later.record('u2').spec.creation?.verdict).toBe('Passed');
  });

  it('that have passed and were not carried out count however long ago they passed', async () => {
    const world = await hired(2, 'u0', 'u1');
    await world.site.clock.advance(25 * 60 * minute);
    ask(world, 'u2');
    await world.next();
    expect(world.record('u2').spec.creation?.verdict).toBe('Staged');
  });

  it('that were staged are judged anew under a higher limit', async () => {
    const world = await hired(2);
    expect(count(world, 'Staged')).toBe(3);
    world.edit(limited(5));
    const waiting = five.filter((id) => world.record(id).spec.creation?.verdict === 'Staged');
    await world.next();
    ask(world, ...waiting);
    await world.next();
    expect(count(world, 'Passed')).toBe(5);
  });

  it('are counted before anybody is marked: a crash in between counts once more, never once less', async () => {
    const world = new Cycles(new People(...five), { configuration: limited(3) });
    await world.settle();
    ask(world, ...five);
    world.site.pairs.refuse('patchStatus', new KubeError('Forbidden', 'no'));
    await world.next();
    expect(verdicts(world)).toEqual([undefined, undefined, undefined, undefined, undefined]);
  });

  it.each([
    ['without a limit', {}],
    ['in Plan mode', { ...limited(1), mode: 'Plan' as const }],
  ])('nobody is counted %s', async (_, configuration) => {
    const world = new Cycles(new People(...five), { configuration });
    await world.settle();
    ask(world, ...five);
    await world.next();
    expect(count(world, 'Staged') + count(world, 'Passed')).toBe(0);
    expect(counted(world)).toBe(0);
  });
});
