import type { SyncConfigurationSpec } from '../../../../src/api/generated.ts';
import { annotations } from '../../../../src/api/kinds.ts';
import { isUntampered } from '../../../../src/core/projection/sealed-spec.ts';
import { configurationWith, minute } from '../support.ts';
import { Cycles } from '../cycles.ts';
import { People } from '../people.ts';

const ids = ['u0', 'u1', 'u2', 'u3', 'u4', 'u5'];
const ofDepartmentA: SyncConfigurationSpec['scope'] = {
  type: 'All',
  includeNestedGroups: false,
  filters: [{ name: 'department A', clauses: [{ attribute: 'department', operator: 'Equals', value: 'A' }] }],
};

/** Two of six people have left the scope, and wait for a decision. */
async function staged(): Promise<Cycles> {
  const deprovisioning = { ...configurationWith().spec.deprovisioning, guard: { threshold: 2, percent: 100, minimum: 10, window: '24h' } };
  const world = new Cycles(new People(), { configuration: { deprovisioning, scope: ofDepartmentA } });
  for (const id of ids) world.people.add(id, { department: 'A' });
  await world.begin();
  for (const id of ['u0', 'u1']) world.people.add(id, { department: 'B' });
  await world.next();
  return world;
}

/** Something about one of them changes, and somebody decides when a cycle has just confirmed the removal by a direct read. */
async function decideInACycle(world: Cycles, annotation: string): Promise<void> {
  const token = world.configuration.status.stagedDeletions?.token ?? 'none';
  world.people.add('u0', { department: 'C' });
  await world.site.clock.advance(40 * minute);
  world.people.asked.length = 0;
  while (!world.people.asked.some((request) => request.startsWith('getUsers'))) {
    const { requeueAfterMs } = await world.reconcile();
    await world.site.clock.advance(requeueAfterMs ?? 0);
  }
  world.edit({}, { [annotation]: token });
  await world.settle();
}

const sealed = (world: Cycles): boolean => world.site.projections.list().every(({ spec }) => isUntampered(spec));
const ofTwo = (world: Cycles): readonly string[] => world.standings().slice(0, 2);

describe('E7 a decision about a staged set that comes while a cycle decides about its members', () => {
  it('approved, each is removed under the approval, which the cycle does not take back', async () => {
    const world = await staged();
    const token = world.configuration.status.stagedDeletions?.token;
    await decideInACycle(world, annotations.approveDeletions);
    expect(ofTwo(world)).toEqual(['u0 Removed FilteredOut SoftDelete', 'u1 Removed FilteredOut SoftDelete']);
    for (const id of ['u0', 'u1']) expect(world.record(id).spec.approvedToken).toBe(token);
    expect(sealed(world)).toBe(true);
  });

  it('rejected, who has changed since is staged anew by a cycle that comes at once, and the other stays', async () => {
    const world = await staged();
    await decideInACycle(world, annotations.rejectDeletions);
    expect(ofTwo(world)).toEqual(['u0 RemovalStaged FilteredOut SoftDelete', 'u1 Present Rejected']);
    expect(world.record('u0').spec.rejected).toBeUndefined();
    expect(sealed(world)).toBe(true);
  });
});

describe('I15 the spec of a record', () => {
  it('is written on the version that was decided about, and decided anew after a conflict', async () => {
    const world = new Cycles(new People(...ids));
    await world.begin();
    world.people.add('u0', { displayName: 'Changed' });
    // Somebody writes the record while the write of the cycle is on its way.
    let conflicts = 0;
    world.site.projections.before = (verb) => {
      if (verb !== 'patch' || (conflicts += 1) > 1) return;
      const record = world.record('u0');
      world.site.projections.put({ ...record, metadata: { ...record.metadata, resourceVersion: 'newer' } });
    };
    await world.next();
    expect(conflicts).toBe(2);
    expect(world.record('u0').spec.attributes).toMatchObject({ displayName: 'Changed' });
    expect(world.configuration.status.lastCycle).toMatchObject({ result: 'Succeeded' });
  });
});

describe('I3 an account that comes while a cycle decides about its person', () => {
  it('is not taken away under the verdict of a set that it was not in: the next cycle counts it', async () => {
    const deprovisioning = {
      ...configurationWith().spec.deprovisioning,
      guard: { threshold: 1, percent: 100, minimum: 10, window: '24h' },
    };
    const world = new Cycles(new People(), { configuration: { deprovisioning, scope: ofDepartmentA } });
    for (const id of ids) world.people.add(id, { department: 'A' });
    await world.settle();
    world.giveAccounts(...ids.slice(1));
    const waiting = world.record('u0');
    world.site.projections.put({ ...waiting, status: { observedGeneration: waiting.metadata.generation, state: 'Skipped' } });
    world.people.add('u0', { department: 'B' });
    // The account is linked while the write of the removal is on its way.
    let comes = 0;
    world.site.projections.before = (verb) => {
      if (verb !== 'patch' || (comes += 1) > 1) return;
      world.giveAccounts('u0');
      const record = world.record('u0');
      world.site.projections.put({ ...record, metadata: { ...record.metadata, resourceVersion: 'newer' } });
    };
    await world.next();
    await world.settle();
    expect(world.standings()[0]).toBe('u0 RemovalStaged FilteredOut SoftDelete');
  });
});
