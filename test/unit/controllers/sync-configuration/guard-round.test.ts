import type { SyncConfigurationSpec } from '../../../../src/api/generated.ts';
import { annotations } from '../../../../src/api/kinds.ts';
import { omit } from '../../../../src/core/omit.ts';
import { reject } from '../../../../src/core/projection/transitions.ts';
import { sealSpec } from '../../../../src/core/projection/sealed-spec.ts';
import { configurationWith, minute } from '../support.ts';
import { Cycles } from '../cycles.ts';
import { People } from '../people.ts';

const ids = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `u${index}`);
type Guard = SyncConfigurationSpec['deprovisioning']['guard'];

const guarded = (guard: Partial<Guard>, more: Partial<SyncConfigurationSpec['deprovisioning']> = {}) => ({
  deprovisioning: {
    ...configurationWith().spec.deprovisioning,
    guard: { threshold: 3, percent: 100, minimum: 10, window: '24h', ...guard },
    ...more,
  },
});

/** A configuration with so many people who all have their accounts. */
async function provisioned(count: number, guard: Partial<Guard> = {}, spec: Partial<SyncConfigurationSpec> = {}): Promise<Cycles> {
  const world = new Cycles(new People(...ids(count)), { configuration: { ...guarded(guard), ...spec } });
  await world.begin();
  return world;
}

const others = (world: Cycles): readonly string[] => world.standings().filter((standing) => !/^u\d+ Present$/.test(standing));

describe('E7, I3 the removals and blocks of a cycle as one set', () => {
  it('pass below the threshold, are marked with the time of the verdict, and counted with the pair', async () => {
    const world = await provisioned(6);
    world.people.delete('u0');
    world.people.add('u1', { accountEnabled: false });
    await world.next();
    expect(others(world)).toEqual(['u0 Removed Deleted SoftDelete', 'u1 Present disabled']);
    expect(world.record('u0').spec.guardedAt).toBeDefined();
    expect(world.record('u1').spec.guardedAt).toBeDefined();
    expect(world.site.pair.status.guard?.windows).toEqual([
      { configuration: 'staff', hour: '2026-01-05T09:00:00Z', removed: 1, blocked: 1 },
    ]);
    expect(world.configuration.status.stagedDeletions).toBeUndefined();
  });

  it('are staged together at the threshold, and nothing is counted as passed', async () => {
    const world = await provisioned(6);
    world.people.delete('u0');
    world.people.delete('u1');
    world.people.add('u2', { accountEnabled: false });
    await world.next();
    expect(others(world)).toEqual(['u0 RemovalStaged Deleted SoftDelete', 'u1 RemovalStaged Deleted SoftDelete', 'u2 Present BlockStaged']);
    expect(world.site.pair.status.guard).toBeUndefined();
    expect(world.configuration.status.stagedDeletions).toMatchObject({ count: 3, percent: 50 });
    expect(world.reason).toBe('DeletionsStaged');
  });

  it('are staged at the share of the accounts, from the minimum of accounts on', async () => {
    const below = await provisioned(9, { threshold: 500, percent: 20 });
    below.people.delete('u0');
    below.people.delete('u1');
    await below.next();
    expect(others(below)).toEqual(['u0 Removed Deleted SoftDelete', 'u1 Removed Deleted SoftDelete']);
    const above = await provisioned(10, { threshold: 500, percent: 20 });
    above.people.delete('u0');
    above.people.delete('u1');
    await above.next();
    expect(others(above)).toEqual(['u0 RemovalStaged Deleted SoftDelete', 'u1 RemovalStaged Deleted SoftDelete']);
    const beyond = await provisioned(10, { threshold: 500, percent: 21 });
    beyond.people.delete('u0');
    beyond.people.delete('u1');
    await beyond.next();
    expect(others(beyond)).toEqual(['u0 Removed Deleted SoftDelete', 'u1 Removed Deleted SoftDelete']);
    const few = await provisioned(4, { threshold: 500, percent: 20, minimum: 4 });
    few.people.delete('u0');
    few.people.delete('u1');
    await few.next();
    expect(others(few)).toEqual(['u0 RemovalStaged Deleted SoftDelete', 'u1 RemovalStaged Deleted SoftDelete']);
  });

  it('count together with what has passed within the window, also when no record tells of it any more', async () => {
    const world = await provisioned(8);
    world.people.delete('u0');
    world.people.delete('u1');
    await world.next();
    for (const id of ['u0', 'u1']) await world.site.projections.delete(world.record(id).metadata);
    world.people.delete('u2');
    await world.next();
    expect(others(world)).toEqual(['u2 RemovalStaged Deleted SoftDelete']);
  });

  it.each([
    ['24h', 26],
    ['6h', 8],
  ])('do not count what passed before the window of %s', async (window, hours) => {
    const world = await provisioned(8, { window });
    world.people.delete('u0');
    world.people.delete('u1');
    await world.next();
    for (const id of ['u0', 'u1']) await world.site.projections.delete(world.record(id).metadata);
    await world.next(hours * 3_600_000);
    world.people.delete('u2');
    await world.next();
    expect(others(world)).toEqual(['u2 Removed Deleted SoftDelete']);
  });

  it('count what configurations passed that are gone, and not what another one passed that is there', async () => {
    const passed = { windows: [{ configuration: 'old', hour: '2026-01-05T08:00:00Z', removed: 2, blocked: 0 }] };
    for (const isThere of [false, true]) {
      const world = await provisioned(8);
      if (isThere) world.site.configurations.put(configurationWith({ suspend: true }, { name: 'old' }));
      world.site.pairs.put({ ...world.site.pair, status: { ...world.site.pair.status, guard: passed } });
      world.people.delete('u2');
      await world.next();
      expect(others(world)).toEqual([isThere ? 'u2 Removed Deleted SoftDelete' : 'u2 RemovalStaged Deleted SoftDelete']);
    }
  });

  it('count what passed for another pair of the same tenants, which has lost them', async () => {
    const world = await provisioned(8);
    const guard = { windows: [{ configuration: 'staff', hour: '2026-01-05T08:00:00Z', removed: 2, blocked: 0 }] };
    const { pair } = world.site;
    world.site.pairs.put({ ...pair, metadata: { ...pair.metadata, name: 'former', uid: 'uid-former' }, status: { guard } });
    world.people.delete('u2');
    await world.next();
    expect(others(world)).toEqual(['u2 RemovalStaged Deleted SoftDelete']);
  });

  it('count what passed for a pair that is gone, and once what passed for one that is there', async () => {
    const world = await provisioned(8);
    world.people.delete('u0');
    await world.next();
    world.people.delete('u1');
    await world.next();
    expect(others(world)).toEqual(['u0 Removed Deleted SoftDelete', 'u1 Removed Deleted SoftDelete']);
    const { pair } = world.site;
    world.site.pairs.put({ ...pair, metadata: { ...pair.metadata, uid: 'uid-made-anew' }, status: omit(pair.status, 'guard') });
    for (const id of ['u0', 'u1']) await world.site.projections.delete(world.record(id).metadata);
    world.people.delete('u2');
    await world.next();
    expect(others(world)).toEqual(['u2 RemovalStaged Deleted SoftDelete']);
  });

  it('are noted beyond the pair although another cycle notes something meanwhile', async () => {
    const world = await provisioned(8);
    world.site.notes.before = () => {
      world.site.notes.before = () => undefined;
      world.site.notes.set('other.tenants', '{}');
    };
    world.people.delete('u0');
    await world.next();
    expect([...world.site.notes.texts.values()].map((text) => JSON.parse(text) as unknown)).toEqual([
      {},
      { 'uid-pair': { [String(Date.parse('2026-01-05T09:00:00Z') / 3_600_000)]: 1 } },
    ]);
    expect(others(world)).toEqual(['u0 Removed Deleted SoftDelete']);
  });

  it('delete nobody while the notes cannot be read, and say which', async () => {
    const world = await provisioned(8);
    const { source, target } = world.site.pair.spec;
    world.site.notes.set(`${source.tenantId}.${target.tenantId}`, 'garbled');
    world.people.delete('u0');
    await world.next();
    expect(others(world)).toEqual([]);
    expect(world.reason).toBe('CycleFailed');
    expect(world.configuration.status.conditions?.find(({ type }) => type === 'Ready')?.message).toContain('tenantsync-guard');
  });

  it('join what is staged already', async () => {
    const world = await provisioned(8);
    for (const id of ['u0', 'u1', 'u2']) world.people.delete(id);
    await world.next();
    world.people.delete('u3');
    await world.next();
    expect(others(world)).toHaveLength(4);
    expect(world.record('u3').spec.lifecycle).toBe('RemovalStaged');
  });

  it('are staged when everybody leaves, whatever the numbers', async () => {
    const world = await provisioned(2, { threshold: 500, percent: 100, minimum: 100 });
    world.people.delete('u0');
    world.people.delete('u1');
    await world.next();
    expect(others(world)).toEqual(['u0 RemovalStaged Deleted SoftDelete', 'u1 RemovalStaged Deleted SoftDelete']);
  });

  it('are staged when a scope group is emptied, whatever the numbers', async () => {
    const people = new People(...ids(4));
    people.join('g1', 'u0');
    people.join('g2', 'u1', 'u2', 'u3');
    const world = new Cycles(people, {
      configuration: {
        ...guarded({ threshold: 500, minimum: 100 }),
        scope: { type: 'Assigned', includeNestedGroups: false, groups: [{ id: 'g1' }, { id: 'g2' }] },
      },
    });
    await world.begin();
    people.quit('g1', 'u0');
    await world.next();
    expect(others(world)).toEqual(['u0 RemovalStaged Unassigned SoftDelete']);
  });

  it('are staged when the last members of a scope group were deleted, before its own delta tells', async () => {
    const people = new People(...ids(14));
    people.join('big', ...ids(14).slice(2));
    people.join('small', ...ids(2));
    const world = new Cycles(people, {
      configuration: {
        ...guarded({ threshold: 500, minimum: 100 }),
        scope: { type: 'Assigned', includeNestedGroups: false, groups: [{ id: 'big' }, { id: 'small' }] },
      },
    });
    await world.begin();
    for (const id of ids(2)) people.delete(id);
    people.groups.set('small', new Set());
    await world.next();
    expect(others(world)).toEqual(['u0 RemovalStaged Deleted SoftDelete', 'u1 RemovalStaged Deleted SoftDelete']);
  });

  it('pass while each group keeps somebody', async () => {
    const people = new People(...ids(4));
    people.join('g1', 'u0', 'u1', 'u2', 'u3');
    const world = new Cycles(people, {
      configuration: { ...guarded({}), scope: { type: 'Assigned', includeNestedGroups: false, groups: [{ id: 'g1' }] } },
    });
    await world.begin();
    people.quit('g1', 'u0');
    await world.next();
    expect(others(world)).toEqual(['u0 Removed Unassigned SoftDelete']);
  });

  it('are staged when one of them was held back before, whatever the numbers are now', async () => {
    const world = await provisioned(6, { threshold: 1 });
    world.people.delete('u0');
    await world.next();
    world.rewrite('u0', { lifecycle: 'Present', rejected: true, evidence: 'of another time' });
    world.edit(guarded({ threshold: 500 }), { [annotations.restartedAt]: 'now' });
    await world.next();
    expect(others(world)).toEqual(['u0 RemovalStaged Deleted SoftDelete']);
  });

  it('are staged all of them when one of them was held back before', async () => {
    const world = await provisioned(6, { threshold: 1 });
    world.people.delete('u0');
    await world.next();
    world.rewrite('u0', { lifecycle: 'Present', rejected: true, evidence: 'of another time' });
    world.people.delete('u1');
    world.people.add('u2', { accountEnabled: false });
    world.edit(guarded({ threshold: 500 }), { [annotations.restartedAt]: 'now' });
    await world.next();
    expect(others(world)).toEqual(['u0 RemovalStaged Deleted SoftDelete', 'u1 RemovalStaged Deleted SoftDelete', 'u2 Present BlockStaged']);
  });

  it('count together with what passed before the window and was not carried out yet', async () => {
    const world = await provisioned(8, { threshold: 2 });
    world.people.delete('u0');
    await world.next();
    await world.next(26 * 60 * minute);
    expect(others(world)).toEqual(['u0 Removed Deleted SoftDelete']);
    world.people.delete('u1');
    await world.next();
    expect(others(world)).toEqual(['u0 Removed Deleted SoftDelete', 'u1 RemovalStaged Deleted SoftDelete']);
  });

  it('count together with what another configuration of the pair, which is gone now, passed while the cycle was reading', async () => {
    const world = await provisioned(8);
    world.people.delete('u0');
    const getUsers = world.site.session.source.getUsers.bind(undefined);
    Object.assign(world.site.session.source, {
      getUsers: (...given: Parameters<typeof getUsers>) => {
        const hour = `${world.site.at().slice(0, 13)}:00:00Z`;
        const { pair } = world.site;
        const guard = { windows: [{ configuration: 'gone', hour, removed: 2, blocked: 0 }] };
        world.site.pairs.put({ ...pair, metadata: { ...pair.metadata, resourceVersion: 'newer' }, status: { ...pair.status, guard } });
        return getUsers(...given);
      },
    });
    await world.next();
    expect(others(world)).toEqual(['u0 RemovalStaged Deleted SoftDelete']);
  });

  it('are added to what another configuration has passed meanwhile, and nothing of that is lost', async () => {
    const world = await provisioned(8, { threshold: 5 });
    world.people.delete('u0');
    const { pair } = world.site;
    const passed = { configuration: 'second', hour: '2026-01-05T09:00:00Z', removed: 1, blocked: 0 };
    world.site.configurations.put(configurationWith({ suspend: true }, { name: 'second' }));
    // Between the verdict and the count, so that the write meets a newer version.
    world.site.pairs.before = () => {
      world.site.pairs.before = () => undefined;
      world.site.pairs.put({
        ...pair,
        metadata: { ...pair.metadata, resourceVersion: 'newer' },
        status: { ...pair.status, guard: { windows: [passed] } },
      });
    };
    await world.next();
    expect(others(world)).toEqual(['u0 Removed Deleted SoftDelete']);
    expect(world.site.pair.status.guard?.windows).toEqual([passed, { configuration: 'staff', hour: passed.hour, removed: 1, blocked: 0 }]);
  });

  it('need no guard where nobody loses anything: without an account, or when accounts are kept', async () => {
    const world = await provisioned(6, { threshold: 1 }, guarded({ threshold: 1 }, { action: 'Retain' }));
    world.people.delete('u0');
    await world.next();
    expect(others(world)).toEqual(['u0 Removed Deleted Retain']);
    const bare = new Cycles(new People(...ids(6)), { configuration: guarded({ threshold: 1 }) });
    await bare.settle();
    for (const record of bare.site.projections.list())
      bare.site.projections.put({ ...record, status: { observedGeneration: 1, state: 'Skipped' } });
    bare.people.delete('u0');
    await bare.next();
    expect(others(bare)).toEqual(['u0 Removed Deleted SoftDelete']);
    expect(bare.configuration.status.stagedDeletions).toBeUndefined();
  });

  it('I13 in a plan are marked as they would be, and nothing is counted as passed', async () => {
    const world = await provisioned(6, {}, { mode: 'Plan' });
    world.people.delete('u0');
    await world.next();
    expect(others(world)).toEqual(['u0 Removed Deleted SoftDelete']);
    expect(world.record('u0').spec).toMatchObject({ mode: 'Plan' });
    expect(world.record('u0').spec.guardedAt).toBeUndefined();
    expect(world.site.pair.status.guard).toBeUndefined();
  });

  it('have their verdict in the status before the first record is marked, and go on with it after a crash', async () => {
    const world = await provisioned(6, { threshold: 2 });
    world.people.delete('u0');
    world.people.delete('u1');
    world.site.projections.refuse('patch', new Error('the process ends'));
    const failing = world.next();
    await expect(failing).rejects.toThrow('the process ends');
    const { currentCycle } = world.configuration.status;
    expect(currentCycle).toMatchObject({ phase: 'Guarding', guard: { result: 'Staged', count: 2 } });
    // One of them is marked, the other comes back into scope: what is left would pass by itself.
    const again = new Cycles(world.people, { configuration: world.configuration.spec });
    again.site.configurations.put(world.configuration);
    for (const record of world.site.projections.list()) again.site.projections.put(record);
    again.people.add('u1');
    await again.settle();
    expect(others(again)).toEqual(['u0 RemovalStaged Deleted SoftDelete']);
  });

  it('counts what was found at the act and waits for its verdict', async () => {
    const world = await provisioned(6, { threshold: 2 });
    world.site.projections.put({
      ...world.record('u5'),
      status: {
        ...world.record('u5').status,
        conditions: [{ type: 'Ready', status: 'False', reason: 'AwaitingGuard', message: '', lastTransitionTime: '2026-01-05T08:00:00Z' }],
      },
    });
    world.people.delete('u0');
    await world.next();
    expect(others(world)).toEqual(['u0 RemovalStaged Deleted SoftDelete']);
  });
});

describe('I11 a removal is confirmed by a direct read', () => {
  it('nobody is removed whom the delta announces as gone and a direct read still shows; the next cycles look again', async () => {
    const world = await provisioned(6);
    world.people.announce({ type: 'SoftDeleted', id: 'u0' });
    await world.next();
    expect(others(world)).toEqual([]);
    expect(world.configuration.status.watermark?.unconfirmed).toEqual([{ id: 'u0', since: expect.any(String) as string }]);
    world.people.users.delete('u0');
    await world.next(minute);
    expect(others(world)).toEqual(['u0 Removed Deleted SoftDelete']);
    expect(world.configuration.status.watermark?.unconfirmed).toBeUndefined();
  });

  it('I14 after the replication window the direct read is believed, and the person stays', async () => {
    const world = await provisioned(6);
    world.people.announce({ type: 'SoftDeleted', id: 'u0' });
    await world.next();
    await world.next(11 * minute);
    expect(others(world)).toEqual([]);
    expect(world.configuration.status.watermark?.unconfirmed).toBeUndefined();
  });

  it('who was not seen in a full read, and is there, is projected after all', async () => {
    const world = await provisioned(3);
    const { users } = world.people;
    const hidden = users.get('u0');
    users.delete('u0');
    world.people.stale.set('u0', hidden);
    world.edit({}, { [annotations.restartedAt]: 'now' });
    await world.settle();
    expect(world.configuration.status.lastCycle).toMatchObject({ kind: 'Full', result: 'Succeeded' });
    expect(others(world)).toEqual([]);
  });

  it('with groups, who has quit and is still assigned through another one stays', async () => {
    const people = new People(...ids(3));
    people.join('g1', 'u0', 'u1');
    people.join('g2', 'u0', 'u2');
    const world = new Cycles(people, {
      configuration: { ...guarded({}), scope: { type: 'Assigned', includeNestedGroups: false, groups: [{ id: 'g1' }, { id: 'g2' }] } },
    });
    await world.begin();
    people.quit('g1', 'u0');
    await world.next();
    expect(others(world)).toEqual([]);
  });

  it('a rejection stands while its evidence stays, over full cycles, and follows the mode', async () => {
    const world = await provisioned(6, { threshold: 1 });
    world.people.delete('u0');
    await world.next();
    const { evidence } = world.record('u0').spec;
    world.rewrite('u0', { lifecycle: 'Present', rejected: true, ...(evidence !== undefined && { evidence }) });
    world.edit({}, { [annotations.restartedAt]: 'now' });
    await world.settle();
    expect(others(world)).toEqual(['u0 Present Rejected']);
    world.edit({ mode: 'Plan' });
    await world.settle();
    expect(others(world)).toEqual(['u0 Present Rejected']);
    expect(world.record('u0').spec.mode).toBe('Plan');
  });

  it('a block that was staged or rejected stays so while nothing about the person changes', async () => {
    const world = await provisioned(6, { threshold: 1 });
    world.people.add('u0', { accountEnabled: false });
    await world.next();
    expect(others(world)).toEqual(['u0 Present BlockStaged']);
    world.edit(guarded({ threshold: 500 }));
    await world.next();
    expect(others(world)).toEqual(['u0 Present BlockStaged']);
    const { spec } = world.record('u0');
    expect(spec.attributes?.accountEnabled).not.toBe(false);
    world.site.projections.put({ ...world.record('u0'), spec: sealSpec(reject(omit(spec, 'revision'))) });
    world.edit({}, { [annotations.restartedAt]: 'now' });
    await world.settle();
    expect(others(world)).toEqual(['u0 Present Rejected']);
  });
});
