import { annotations, finalizers } from '../../../../src/api/kinds.ts';
import type { SyncConfigurationSpec } from '../../../../src/api/generated.ts';
import { userProjectionReconciler } from '../../../../src/controllers/user-projection/controller.ts';
import { silentLogger } from '../../../../src/ports/logger.ts';
import { keyString } from '../../../../src/ports/resources.ts';
import { targetTenantId } from '../../core/support.ts';
import { account, configurationWith } from '../support.ts';
import { Cycles } from '../cycles.ts';
import { People } from '../people.ts';

const asking = (more: Partial<SyncConfigurationSpec> = {}): Partial<SyncConfigurationSpec> => ({
  deprovisioning: { ...configurationWith().spec.deprovisioning, onConfigurationDeletion: 'Deprovision' },
  ...more,
});

/** Three people with accounts, and a configuration that is being deleted. */
async function deleted(more: Partial<SyncConfigurationSpec> = {}): Promise<Cycles> {
  const world = new Cycles(new People('u0', 'u1', 'u2'), { configuration: asking(more) });
  await world.begin();
  const { configuration } = world;
  world.site.configurations.put({ ...configuration, metadata: { ...configuration.metadata, deletionTimestamp: '2026-01-05T10:00:00Z' } });
  return world;
}

const held = (world: Cycles): boolean => (world.configuration.metadata.finalizers ?? []).includes(finalizers.deprovision);
const message = (world: Cycles): string => world.configuration.status.conditions?.find(({ type }) => type === 'Ready')?.message ?? '';
const staged = ['u0', 'u1', 'u2'].map((id) => `${id} RemovalStaged ConfigurationDeleted SoftDelete`);

/** The record was handled as its spec says. */
function handled(world: Cycles, id: string, status: Partial<ReturnType<Cycles['record']>['status']>): void {
  const record = world.record(id);
  world.site.projections.put({ ...record, status: { ...record.status, observedGeneration: record.metadata.generation, ...status } });
}

/** One pass over the record of somebody who has an account. */
async function lookAt(world: Cycles, id: string): Promise<void> {
  const { site } = world;
  site.target.live.set(`account-${id}`, account({}, { id: `account-${id}` }));
  site.session.accessCheckedAt = site.clock.monotonic();
  const context = { signal: new AbortController().signal, logger: silentLogger, reconcileId: 'r' };
  await userProjectionReconciler(site.deps)(keyString(world.record(id).metadata), context);
}

describe('A10 the deletion of a configuration', () => {
  it('holds it only while its spec asks for deprovisioning', async () => {
    const world = new Cycles(new People('u0'), { configuration: asking() });
    await world.settle();
    expect(held(world)).toBe(true);
    world.edit({ deprovisioning: configurationWith().spec.deprovisioning });
    await world.settle();
    expect(held(world)).toBe(false);
  });

  it('leaves everybody where the spec asks for nothing', async () => {
    const world = await deleted({ deprovisioning: configurationWith().spec.deprovisioning });
    expect(await world.reconcile()).toEqual({});
    expect(world.standings()).toEqual(['u0 Present', 'u1 Present', 'u2 Present']);
  });

  it('E7 stages everybody, however few, and waits for a decision', async () => {
    const world = await deleted();
    await world.settle();
    expect(world.standings()).toEqual(staged);
    expect(held(world)).toBe(true);
    expect(message(world)).toContain('3 account(s) are to be deprovisioned');
    expect(message(world)).toContain('3 wait for a decision');
    expect(world.configuration.status.stagedDeletions).toMatchObject({ count: 3, percent: 100 });
  });

  it('goes when everybody is removed after an approval, and not before', async () => {
    const world = await deleted();
    await world.settle();
    world.edit({}, { [annotations.approveDeletions]: world.configuration.status.stagedDeletions?.token ?? '' });
    await world.settle();
    expect(world.standings()).toEqual(['u0', 'u1', 'u2'].map((id) => `${id} Removed ConfigurationDeleted SoftDelete`));
    handled(world, 'u0', { state: 'SoftDeleted' });
    handled(world, 'u1', { state: 'Retained' });
    await world.settle();
    expect(held(world)).toBe(true);
    handled(world, 'u2', { state: 'SoftDeleted' });
    await world.settle();
    expect(held(world)).toBe(false);
  });

  it.each<[string, Parameters<Cycles['rewrite']>[1], Parameters<typeof handled>[2], string]>([
    ['staged', { lifecycle: 'RemovalStaged', evidence: 'e' }, { state: 'Staged' }, 'RemovalStaged ConfigurationDeleted SoftDelete'],
    ['passed', { lifecycle: 'Removed', guardedAt: '2026-01-05T09:00:00Z' }, {}, 'RemovalStaged ConfigurationDeleted SoftDelete'],
    ['approved', { lifecycle: 'Removed', approvedToken: 't' }, {}, 'RemovalStaged ConfigurationDeleted SoftDelete'],
    [
      'begun',
      { lifecycle: 'Removed', approvedToken: 't' },
      { state: 'Failed', attempts: 1 },
      'RemovalStaged ConfigurationDeleted SoftDelete',
    ],
    ['given up', { lifecycle: 'Removed', approvedToken: 't' }, { state: 'Failed', attempts: 7 }, 'Removed Deleted SoftDelete'],
    ['carried out', { lifecycle: 'Removed', approvedToken: 't' }, { state: 'SoftDeleted' }, 'Removed Deleted SoftDelete'],
    [
      'carried out as a block',
      { lifecycle: 'Removed', approvedToken: 't', removal: { reason: 'Deleted', action: 'Block' } },
      { state: 'Blocked' },
      'Removed Deleted Block',
    ],
    ['to let go', { lifecycle: 'Removed', removal: { reason: 'Unassigned', action: 'Retain' } }, {}, 'Removed Unassigned Retain'],
  ])('E7 decides anew about a removal for another reason unless it was carried out: %s', async (_, spec, status, standing) => {
    const world = await deleted();
    world.rewrite('u0', { removal: { reason: 'Deleted', action: 'SoftDelete' }, ...spec });
    handled(world, 'u0', status);
    await world.settle();
    expect(world.standings()[0]).toBe(`u0 ${standing}`);
    expect(world.record('u0').spec.guardedAt).toBeUndefined();
  });

  it('goes when everybody is let go after a rejection', async () => {
    const world = await deleted();
    await world.settle();
    world.edit({}, { [annotations.rejectDeletions]: world.configuration.status.stagedDeletions?.token ?? '' });
    await world.settle();
    expect(held(world)).toBe(false);
    expect(world.standings()).toEqual(['u0 Present Rejected', 'u1 Present Rejected', 'u2 Present Rejected']);
  });

  it.each<[string, Parameters<typeof handled>[2], boolean]>([
    ['has failed for good', { state: 'Failed', attempts: 7 }, false],
    ['will be tried again', { state: 'Failed', attempts: 6 }, true],
    ['is in a conflict', { state: 'Conflict' }, false],
    ['is live', { state: 'Provisioned' }, true],
    ['was not looked at since', { state: 'Conflict', observedGeneration: 0 }, true],
  ])('I14 a removal that %s', async (_, status, holds) => {
    const world = await deleted();
    for (const id of ['u1', 'u2']) await world.site.projections.delete(world.record(id).metadata);
    world.rewrite('u0', { lifecycle: 'Removed', removal: { reason: 'ConfigurationDeleted', action: 'SoftDelete' } });
    handled(world, 'u0', status);
    await world.settle();
    expect(held(world)).toBe(holds);
  });

  it.each([
    ['Block', false],
    ['SoftDelete', true],
  ] as const)('a block is all that is to be done where the action is %s', async (action, holds) => {
    const world = await deleted();
    for (const id of ['u1', 'u2']) await world.site.projections.delete(world.record(id).metadata);
    world.rewrite('u0', { lifecycle: 'Removed', removal: { reason: 'ConfigurationDeleted', action } });
    handled(world, 'u0', { state: 'Blocked' });
    await world.settle();
    expect(held(world)).toBe(holds);
  });

  it('a block is all that is to be done where the configuration asks for no more by now', async () => {
    const world = await deleted();
    for (const id of ['u1', 'u2']) await world.site.projections.delete(world.record(id).metadata);
    world.rewrite('u0', { lifecycle: 'Removed', removal: { reason: 'ConfigurationDeleted', action: 'SoftDelete' } });
    world.edit({ deprovisioning: { ...world.configuration.spec.deprovisioning, action: 'Block' } });
    handled(world, 'u0', { state: 'Blocked' });
    await world.settle();
    expect(held(world)).toBe(false);
  });

  it('who has no account needs no approval', async () => {
    const world = await deleted();
    for (const id of ['u0', 'u1', 'u2']) {
      const record = world.record(id);
      world.site.projections.put({ ...record, status: { observedGeneration: 1, state: 'Skipped' } });
    }
    await world.settle();
    expect(held(world)).toBe(false);
    expect(world.standings()).toEqual(['u0', 'u1', 'u2'].map((id) => `${id} Removed ConfigurationDeleted Retain`));
  });

  it.each<[string, (world: Cycles) => Promise<void> | void]>([
    ['in a plan', (world) => world.edit({ mode: 'Plan' })],
    ['without its pair', (world) => world.site.pairs.delete(world.site.pair.metadata)],
    ['when the spec does not ask any more', (world) => world.edit({ deprovisioning: configurationWith().spec.deprovisioning })],
  ])('nobody is touched and it goes %s', async (_, change) => {
    const world = await deleted();
    await change(world);
    await world.settle();
    expect(held(world)).toBe(false);
    expect(world.standings()).toEqual(['u0 Present', 'u1 Present', 'u2 Present']);
  });

  it('nobody is touched although it was approved, and it goes with its records, when the spec does not ask any more', async () => {
    const world = await deleted();
    await world.settle();
    world.edit({}, { [annotations.approveDeletions]: world.configuration.status.stagedDeletions?.token ?? '' });
    await world.settle();
    expect(world.standings()).toEqual(['u0', 'u1', 'u2'].map((id) => `${id} Removed ConfigurationDeleted SoftDelete`));
    const writes = world.site.target.writes.length;
    world.edit({ deprovisioning: configurationWith().spec.deprovisioning });
    await lookAt(world, 'u0');
    expect(world.record('u0').status.state).toBe('Retained');
    await world.settle();
    expect(held(world)).toBe(false);
    await world.site.configurations.delete(world.configuration.metadata);
    await world.reconcile();
    expect(world.site.projections.list()).toEqual([]);
    expect(world.site.target.writes).toHaveLength(writes);
  });

  it('I14 says why nothing can be done', async () => {
    const world = await deleted({ suspend: false });
    world.edit({ suspend: true });
    world.site.session.verdict = { ready: false, reason: 'GraphUnreachable', message: 'The target does not answer.' };
    await world.settle();
    expect(message(world)).toContain('Nothing is done while spec.suspend is true.');
    expect(message(world)).toContain('Nothing can be done: The target does not answer.');
    world.site.session.verdict = { ready: true };
    world.site.session.entraJob = 'Azure2Azure.a.1';
    await world.settle();
    expect(message(world)).toContain("Nothing can be done: Entra's own synchronization job Azure2Azure.a.1 runs");
    world.site.pairs.put({ ...world.site.pair, spec: { ...world.site.pair.spec, suspend: true } });
    await world.settle();
    expect(message(world)).toContain('Nothing can be done: the TenantPair is suspended.');
  });

  it('I15 lets go of records that were made for other tenants, and deletes nobody there', async () => {
    const world = await deleted();
    const { pair } = world.site;
    world.site.pairs.put({ ...pair, spec: { ...pair.spec, target: { ...pair.spec.target, tenantId: sourceLike(targetTenantId) } } });
    await world.settle();
    expect(world.site.projections.list()).toEqual([]);
    expect(world.site.events.map(({ reason }) => reason)).toContain('TenantsChanged');
    expect(held(world)).toBe(false);
  });
});

const sourceLike = (tenantId: string): string => tenantId.replaceAll('3', '4');

describe('A10 a configuration that is gone', () => {
  async function gone(): Promise<Cycles> {
    const world = new Cycles(new People('u0', 'u1'));
    await world.begin();
    await world.site.configurations.delete(world.configuration.metadata);
    return world;
  }

  it('leaves its records to be swept, and the people stay', async () => {
    const world = await gone();
    await world.reconcile();
    expect(world.site.projections.list()).toEqual([]);
    expect(world.site.target.writes).toEqual([]);
  });

  it('is not taken for gone by a cache that lags behind', async () => {
    const world = await gone();
    world.site.configurations.getLive = () => Promise.resolve(configurationWith());
    await world.reconcile();
    expect(world.site.projections.list()).toHaveLength(2);
  });

  it('is not swept by a replica that does not look after its target', async () => {
    const world = await gone();
    world.site.holdsLease = false;
    await world.reconcile();
    expect(world.site.projections.list()).toHaveLength(2);
  });

  it('B5 waits for a successor that has just been made, so that it can take the accounts over', async () => {
    const world = await gone();
    const creationTimestamp = world.site.at(-60_000);
    world.site.configurations.put(configurationWith({}, { name: 'renamed', metadata: { creationTimestamp } }));
    expect(await world.reconcile()).toEqual({ requeueAfterMs: 5000 });
    expect(world.site.projections.list()).toHaveLength(2);
    await world.site.clock.advance(15 * 60_000);
    await world.reconcile();
    expect(world.site.projections.list()).toEqual([]);
  });

  it.each([
    ['in a plan', { mode: 'Plan' }],
    ['suspended', { suspend: true }],
  ] as const)('does not wait for a successor that is %s', async (_, spec) => {
    const world = await gone();
    const creationTimestamp = world.site.at(-60_000);
    world.site.configurations.put(configurationWith(spec, { name: 'renamed', metadata: { creationTimestamp } }));
    await world.reconcile();
    expect(world.site.projections.list()).toEqual([]);
  });

  it('does not wait for one that has decided about everybody already', async () => {
    const world = await gone();
    const creationTimestamp = world.site.at(-60_000);
    const watermark = { takenAt: creationTimestamp, revision: 'r' };
    world.site.configurations.put(configurationWith({}, { name: 'renamed', metadata: { creationTimestamp }, status: { watermark } }));
    await world.reconcile();
    expect(world.site.projections.list()).toEqual([]);
  });
});
