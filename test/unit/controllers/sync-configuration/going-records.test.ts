import { annotations, type UserProjection } from '../../../../src/api/kinds.ts';
import { KubeError, keyString } from '../../../../src/ports/resources.ts';
import { Cycles, key } from '../cycles.ts';
import { People } from '../people.ts';

/** Three people with accounts; the record of the first is being deleted, and something holds it. */
async function going(change: Partial<UserProjection['spec']> = {}): Promise<Cycles> {
  const world = new Cycles(new People('u0', 'u1', 'u2'));
  await world.begin();
  world.rewrite('u0', change);
  const record = world.record('u0');
  world.site.projections.put({ ...record, metadata: { ...record.metadata, deletionTimestamp: '2026-01-05T10:00:00Z' } });
  return world;
}

const lastCycle = (world: Cycles) => world.configuration.status.lastCycle;

/** The record goes at last; the store tells of it. */
async function gone(world: Cycles): Promise<void> {
  const { metadata, spec } = world.record('u0');
  await world.site.projections.delete(metadata);
  world.site.deps.tracker.gone(keyString(metadata));
  if (spec.lifecycle === 'Present') world.site.deps.tracker.lost(key, 'u0');
}

describe('I14 a record that is being deleted, and that something holds', () => {
  it.each(['Full', 'Incremental'])('puts off its own person alone in a cycle that is %s', async (kind) => {
    const world = await going();
    for (const id of ['u0', 'u1']) world.people.add(id, { displayName: 'Changed' });
    world.people.add('u9');
    if (kind === 'Full') world.edit({}, { [annotations.restartedAt]: 'now' });
    await world.next();
    expect(lastCycle(world)).toMatchObject({ kind, result: 'Succeeded', skipped: { Deleting: 1 } });
    expect(world.record('u1').spec.attributes).toMatchObject({ displayName: 'Changed' });
    expect(world.standings()).toEqual(['u0 Present', 'u1 Present', 'u2 Present', 'u9 Present']);
    expect(world.record('u0').spec.attributes).not.toMatchObject({ displayName: 'Changed' });
  });

  it('is no removal for the guard when its person leaves', async () => {
    const world = await going();
    world.people.delete('u0');
    await world.next();
    expect(lastCycle(world)).toMatchObject({ result: 'Succeeded' });
    expect(world.standings()).toEqual(['u0 Present', 'u1 Present', 'u2 Present']);
    expect(world.site.pair.status.guard).toBeUndefined();
    world.edit({}, { [annotations.restartedAt]: 'now' });
    await world.next();
    expect(lastCycle(world)).toMatchObject({ kind: 'Full', result: 'Succeeded' });
    expect(world.record('u0').spec.lifecycle).toBe('Present');
  });

  it.each(['Present', 'RemovalStaged'] as const)('I4 has a successor when it has gone, whatever it said: %s', async (lifecycle) => {
    const world = await going(
      lifecycle === 'Present' ? {} : { lifecycle, removal: { reason: 'Unassigned', action: 'SoftDelete' }, evidence: 'e' },
    );
    world.people.add('u0', { displayName: 'Changed' });
    await world.next();
    await gone(world);
    await world.next();
    expect(world.record('u0').spec).toMatchObject({ lifecycle: 'Present', attributes: { displayName: 'Changed' } });
    expect(lastCycle(world)?.skipped).toBeUndefined();
  });

  it('I4 is looked at by a process that begins meanwhile, which goes on where the delta ended', async () => {
    const world = await going();
    world.people.add('u0', { displayName: 'Changed' });
    await world.next();
    const again = new Cycles(world.people, { configuration: world.configuration.spec });
    again.site.configurations.put(world.configuration);
    for (const record of world.site.projections.list()) again.site.projections.put(record);
    await again.next();
    expect(lastCycle(again)).toMatchObject({ kind: 'Incremental', skipped: { Deleting: 1 } });
    await gone(again);
    await again.next();
    expect(again.record('u0').spec.attributes).toMatchObject({ displayName: 'Changed' });
  });
});

describe('I14 a record that goes between the look at it and the write', () => {
  /** Somebody deletes the record of u0 while it is written. */
  function goesAt(world: Cycles, verb: 'patch' | 'patchStatus'): void {
    const { projections } = world.site;
    const { metadata } = world.record('u0');
    let there = true;
    projections.before = (called) => {
      if (called !== verb || !there) return;
      there = false;
      void projections.delete(metadata);
      throw new KubeError('NotFound', metadata.name);
    };
  }

  it('fails no cycle when its person has changed', async () => {
    const world = new Cycles(new People('u0', 'u1'));
    await world.begin();
    goesAt(world, 'patch');
    for (const id of ['u0', 'u1']) world.people.add(id, { displayName: 'Changed' });
    await world.next();
    expect(lastCycle(world)).toMatchObject({ result: 'Succeeded' });
    expect(world.record('u1').spec.attributes).toMatchObject({ displayName: 'Changed' });
    expect(world.record('u0').spec.attributes).toMatchObject({ displayName: 'Changed' });
  });

  it('fails no restart, which takes back the pauses of the others', async () => {
    const world = new Cycles(new People('u0', 'u1'));
    await world.begin();
    world.provision({ state: 'Failed', nextAttemptAt: '2026-01-07T08:00:00Z', attempts: 6 });
    goesAt(world, 'patchStatus');
    world.edit({}, { [annotations.restartedAt]: 'now' });
    await world.settle();
    expect(lastCycle(world)).toMatchObject({ kind: 'Full', result: 'Succeeded' });
    expect(world.record('u1').status.attempts).toBe(0);
  });
});
