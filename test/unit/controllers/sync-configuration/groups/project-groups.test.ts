import { annotations, labels, type GroupProjection } from '../../../../../src/api/kinds.ts';
import { omit } from '../../../../../src/core/omit.ts';
import { isUntampered, sealSpec } from '../../../../../src/core/projection/sealed-spec.ts';
import { refusal } from '../../../../support/fake-target.ts';
import { sourceTenantId } from '../../../core/support.ts';
import type { Cycles } from '../../cycles.ts';
import { groupRecordWith } from '../../group-projection/support.ts';
import { minute } from '../../support.ts';
import { groupCycles, groupRecord, groupStandings, looked, lookedAt, selectingIds, warnings } from './support.ts';

const day = 24 * 60 * minute;

/** A world in which a first cycle has projected its groups, and each was looked at. */
async function begun(...args: Parameters<typeof groupCycles>): Promise<Cycles> {
  const world = groupCycles(...args);
  await world.settle();
  looked(world);
  return world;
}

const put = (world: Cycles, id: string, change: (record: GroupProjection) => Partial<GroupProjection>): void => {
  const record = groupRecord(world, id);
  if (record === undefined) throw new Error(`no record of ${id}`);
  world.site.groups.put({ ...record, ...change(record) });
};

const restart = async (world: Cycles, value: string): Promise<void> => {
  world.edit({}, { [annotations.restartedAt]: value });
  await world.settle();
};

describe('G3 groups that are selected', () => {
  it('G3 have a sealed record each, which is looked at in the cycle that makes it', async () => {
    const world = groupCycles(['g1', 'g2']);
    await world.settle();
    expect(groupStandings(world)).toEqual(['g1 Present', 'g2 Present']);
    expect(lookedAt(world)).toEqual(['g1', 'g2']);
    const record = groupRecord(world, 'g1');
    expect(record && isUntampered(record.spec)).toBe(true);
    expect(record?.metadata.labels).toEqual({ [labels.configuration]: 'staff', [labels.tenantPair]: 'pair' });
    expect(record?.spec).toMatchObject({
      mode: 'Apply',
      attributes: { displayName: 'g1', mailNickname: 'g1' },
      members: { membership: 'Direct', propagateRemovals: true, exclusive: false },
    });
    expect(world.configuration.status.groups).toMatchObject({ selected: 2, pending: 2, synced: 0 });
  });

  it('G3 that the source does not have are told of, and the others go on', async () => {
    const world = groupCycles(['g1'], selectingIds(['g1', 'nowhere']));
    await world.settle();
    expect(groupStandings(world)).toEqual(['g1 Present']);
    expect(warnings(world)).toEqual(['ScopeNameNotFound spec.groups.select']);
  });

  it('G3 whose names cannot be computed keep those that they had, and a new one has none', async () => {
    const world = await begun(['g1']);
    world.people.groupNames.set('g1', ' ').set('g2', ' ');
    world.people.join('g1');
    world.people.join('g2');
    world.edit(selectingIds(['g1', 'g2']));
    await world.next();
    expect(groupRecord(world, 'g1')?.spec).toMatchObject({
      attributes: { displayName: 'g1' },
      failedMapping: expect.any(String) as string,
    });
    expect(groupRecord(world, 'g2')?.spec.attributes).toBeUndefined();
    expect(groupRecord(world, 'g2')?.spec.failedMapping).toBeDefined();
  });

  it('G3 are named by expressions', async () => {
    const world = groupCycles(['g1'], selectingIds(['g1'], { displayNameExpression: 'Join("-", "HQ", [displayName])' }));
    await world.settle();
    expect(groupRecord(world, 'g1')?.spec.attributes).toEqual({ displayName: 'HQ-g1', mailNickname: 'HQ-g1' });
  });

  it('G3 that somebody has tampered with are written anew, without what that says of decisions', async () => {
    const world = await begun(['g1']);
    const forged = {
      attributes: { displayName: 'Evil', mailNickname: 'Evil' },
      memberRemovals: { verdict: 'Approved', evidence: 'e' },
    } as const;
    put(world, 'g1', ({ spec }) => ({ spec: { ...spec, ...forged } }));
    await world.next();
    const { spec } = groupRecord(world, 'g1') ?? {};
    expect(spec && isUntampered(spec)).toBe(true);
    expect(spec).toMatchObject({ attributes: { displayName: 'g1' } });
    expect(spec?.memberRemovals).toBeUndefined();
  });

  it('G3 keep what was decided about removals of members', async () => {
    const world = await begun(['g1']);
    const memberRemovals = { verdict: 'Rejected', evidence: 'e', token: 't' } as const;
    put(world, 'g1', ({ spec }) => ({ spec: sealSpec({ ...omit(spec, 'revision'), memberRemovals }) }));
    world.people.groupNames.set('g1', 'New');
    world.people.join('g1');
    await world.next();
    expect(groupRecord(world, 'g1')?.spec).toMatchObject({ attributes: { displayName: 'New' }, memberRemovals });
  });

  it('G3 whose record the store does not show yet go on with the next cycle', async () => {
    const world = groupCycles(['g1']);
    world.site.groups.before = (verb) => {
      if (verb === 'create') world.site.groups.put(groupRecordWith({ metadata: { name: 'staff-group-g1' }, spec: { source } }));
    };
    const source = { tenantId: sourceTenantId, objectId: 'g1' };
    await world.settle();
    expect(world.reason).toBe('Succeeded');
    looked(world);
    await world.next();
    // As it stood there, and as the source says now.
    world.people.join('g1');
    await world.next();
    expect(groupRecord(world, 'g1')?.spec.attributes).toEqual({ displayName: 'g1', mailNickname: 'g1' });
  });

  it('G3 are not written on a version of their record that another has replaced: it is decided anew', async () => {
    const world = await begun(['g1']);
    world.people.groupNames.set('g1', 'New');
    world.people.join('g1');
    let raced = false;
    world.site.groups.before = (verb) => {
      if (verb !== 'patch' || raced) return;
      raced = true;
      // The controller of the group writes its status while the cycle is on its way.
      put(world, 'g1', ({ metadata }) => ({ metadata: { ...metadata, resourceVersion: 'newer' } }));
    };
    await world.next();
    expect(raced).toBe(true);
    expect(groupRecord(world, 'g1')?.spec.attributes).toEqual({ displayName: 'New', mailNickname: 'New' });
    expect(world.reason).toBe('Succeeded');
  });

  it('G3 by an expression that cannot be compiled stall the configuration', async () => {
    const world = groupCycles(['g1'], selectingIds(['g1'], { displayNameExpression: 'Join(' }));
    await world.settle();
    expect(world.reason).toBe('InvalidExpression');
    expect(world.site.groups.size).toBe(0);
  });
});

describe('G3 a later cycle', () => {
  it('G3 without changes reads one delta of them and writes nothing', async () => {
    const world = await begun(['g1', 'g2']);
    await world.next();
    expect(world.people.asked.filter((request) => /^groupsDelta|^getGroups/.test(request))).toHaveLength(1);
    expect(world.site.groups.writes).toEqual([]);
    expect(lookedAt(world)).toEqual([]);
  });

  it('G3 looks at the group whose members have changed, and writes nothing', async () => {
    const world = await begun(['g1', 'g2']);
    world.people.add('u1');
    world.people.join('g2', 'u1');
    await world.next();
    expect(lookedAt(world)).toEqual(['g2']);
    expect(world.site.groups.writes).toEqual([]);
  });

  it('G3 looks at a group of which a look was asked for and has not come to its end', async () => {
    const world = await begun(['g1', 'g2']);
    world.site.deps.groupMemory.requestLook('identity/staff-group-g1');
    await world.next();
    expect(lookedAt(world)).toEqual(['g1']);
  });

  it('G3 looks at all of them where the selection has changed', async () => {
    const world = await begun(['g1', 'g2'], selectingIds(['g1']));
    world.edit(selectingIds(['g1', 'g2']));
    await world.next();
    expect(lookedAt(world)).toEqual(['g1', 'g2']);
  });

  it('G3 looks at all of them where groups inside of groups count', async () => {
    const world = await begun(['g1', 'g2'], selectingIds(['g1', 'g2'], { membership: 'Flattened' }));
    await world.next();
    expect(lookedAt(world)).toEqual(['g1', 'g2']);
    expect(world.people.asked.filter((request) => request.startsWith('groupsDelta'))).toEqual([]);
  });

  it.each<[string, (world: Cycles) => void, string]>([
    [
      'does not say where it ended',
      ({ site }) => Object.assign(site.session.source, { groupsDelta: () => Promise.resolve({ changes: [] }) }),
      'SourceReadIncomplete',
    ],
    [
      'names the same page again',
      ({ site }) =>
        Object.assign(site.session.source, { groupsDelta: () => Promise.resolve({ changes: [{ type: 'Deleted', id: 'g1' }], next: 'n' }) }),
      'SourceReadIncomplete',
    ],
    ['is refused', ({ people }) => people.fail('groupsDelta', refusal('Forbidden')), 'SourceReadFailed'],
  ])('G3 whose delta %s removes nothing', async (_, broken, reason) => {
    const world = await begun(['g1', 'g2']);
    broken(world);
    await world.site.clock.advance(40 * minute);
    for (let looks = 0; looks < 10 && world.reason === 'Succeeded'; looks += 1) await world.reconcile();
    expect(world.reason).toBe(reason);
    expect(groupStandings(world)).toEqual(['g1 Present', 'g2 Present']);
    expect(world.site.groups.writes).toEqual([]);
  });

  it('G3 whose links do not fit into the status looks at all of them', async () => {
    const world = groupCycles(['g1']);
    const { source } = world.site.session;
    Object.assign(source, { groupsDelta: () => Promise.resolve({ changes: [], watermark: 'x'.repeat(393_217) }) });
    await world.settle();
    looked(world);
    expect(world.configuration.status.watermark).toBeDefined();
    expect(world.configuration.status.watermark?.projectedGroups).toBeUndefined();
    await world.next();
    expect(lookedAt(world)).toEqual(['g1']);
  });

  it('G3 follows fifty groups by one link', async () => {
    const ids = Array.from({ length: 101 }, (_, index) => `g${index}`);
    const world = await begun(ids);
    expect(world.configuration.status.watermark?.projectedGroups?.split('\n')).toHaveLength(3);
    world.people.dissolve('g100');
    await world.next();
    expect(lookedAt(world)).toEqual(['g100']);
  });

  it('G3 counts entries that it had to leave out', async () => {
    const world = await begun(['g1']);
    const unusable = [{ reason: 'no id' }, { reason: 'no id' }];
    Object.assign(world.site.session.source, { groupsDelta: () => Promise.resolve({ changes: [], watermark: '9', unusable }) });
    await world.next();
    expect(world.configuration.status.lastCycle?.operations).toBeDefined();
    expect(JSON.stringify(world.configuration.status)).toContain('RecordRefused');
  });
});

describe('G3 groups that are not selected any more, or gone', () => {
  it.each([
    ['Retain', 'Removed'],
    ['SoftDelete', 'RemovalStaged'],
  ] as const)('G3 and were deleted in the source, with deprovisioning %s, are %s', async (deprovisioning, lifecycle) => {
    const world = await begun(['g1', 'g2'], selectingIds(['g1', 'g2'], { deprovisioning }));
    world.people.dissolve('g1');
    await world.next();
    expect(groupStandings(world)).toEqual([`g1 ${lifecycle} Deleted ${deprovisioning}`, 'g2 Present']);
    expect(lookedAt(world)).toEqual(['g1']);
  });

  it('G3 are staged, and present again when they are selected again', async () => {
    const world = await begun(['g1', 'g2']);
    world.edit(selectingIds(['g2']));
    await world.next();
    expect(groupStandings(world)).toEqual(['g1 RemovalStaged Unassigned SoftDelete', 'g2 Present']);
    expect(world.configuration.status.stagedDeletions).toMatchObject({ count: 1, byReason: { GroupRemoved: 1 } });
    world.edit(selectingIds(['g1', 'g2']));
    await world.next();
    expect(groupStandings(world)).toEqual(['g1 Present', 'g2 Present']);
    expect(world.configuration.status.stagedDeletions).toBeUndefined();
  });

  it('G3 are let go where the pair allows no deletion', async () => {
    const world = await begun(['g1', 'g2'], undefined, { pair: { limits: { allowDelete: false } } });
    world.edit(selectingIds(['g2']));
    await world.next();
    expect(groupStandings(world)).toEqual(['g1 Removed Unassigned Retain', 'g2 Present']);
  });

  it('G3 and are there again in the source are present again, although no change of theirs is told', async () => {
    const world = await begun(['g1']);
    world.people.dissolve('g1');
    await world.next();
    looked(world);
    world.people.groups.set('g1', new Set(['u0']));
    await world.next();
    expect(groupStandings(world)).toEqual(['g1 Present']);
  });

  it('G3 are written on the version of their record that is there now', async () => {
    const world = await begun(['g1', 'g2']);
    world.edit(selectingIds(['g2']));
    let raced = false;
    world.site.groups.before = (verb) => {
      if (verb !== 'patch' || raced) return;
      raced = true;
      put(world, 'g1', ({ metadata }) => ({ metadata: { ...metadata, resourceVersion: 'newer' } }));
    };
    await world.next();
    expect(groupStandings(world)).toEqual(['g1 RemovalStaged Unassigned SoftDelete', 'g2 Present']);
  });

  it('G3 are all let go where spec.groups is taken out: their records go, and no group is deleted', async () => {
    const world = await begun(['g1', 'g2']);
    world.edit({ groups: undefined as never });
    await world.next();
    expect(world.site.groups.size).toBe(0);
    expect(world.configuration.status.groups).toBeUndefined();
    expect(world.configuration.status.watermark?.projectedGroups).toBeUndefined();
  });

  it.each<[string, number, Partial<GroupProjection['status']>, boolean]>([
    ['was let go', 0, { state: 'Retained' }, true],
    ['was deleted 31 days ago', 31, { state: 'SoftDeleted' }, true],
    ['was deleted 29 days ago', 29, { state: 'SoftDeleted' }, false],
    ['failed', 31, { state: 'Failed' }, false],
  ])('G3 of which nothing is left to remember lose their record in a full cycle: it %s', async (_, days, status, gone) => {
    const world = await begun(['g1', 'g2'], selectingIds(['g1', 'g2'], { deprovisioning: 'Retain' }));
    world.edit(selectingIds(['g2'], { deprovisioning: 'Retain' }));
    await world.next();
    const deletedAt = world.site.at(-days * day);
    put(world, 'g1', (record) => ({ status: { ...record.status, targetGroup: { objectId: 'made', deletedAt }, ...status } }));
    await world.next();
    expect(groupRecord(world, 'g1')).toBeDefined();
    await restart(world, 'now');
    expect(groupRecord(world, 'g1') === undefined).toBe(gone);
    expect(groupRecord(world, 'g2')).toBeDefined();
  });
});

describe('G3 an administrator decides about groups', () => {
  async function staged(): Promise<Cycles> {
    const world = await begun(['g1', 'g2', 'g3']);
    world.edit(selectingIds(['g2', 'g3']));
    await world.next();
    const since = world.site.at(-minute);
    put(world, 'g2', (record) => ({ status: { ...record.status, state: 'Staged', stagedRemovals: { count: 7, evidence: 'e2', since } } }));
    await world.next();
    expect(world.configuration.status.stagedDeletions).toMatchObject({ count: 8, byReason: { GroupRemoved: 1, MemberRemoved: 7 } });
    return world;
  }
  const decide = async (world: Cycles, annotation: string): Promise<string> => {
    const token = world.configuration.status.stagedDeletions?.token ?? '';
    await world.site.clock.advance(minute);
    world.edit({}, { [annotation]: token });
    await world.settle();
    return token;
  };

  it('G3 approved, the deletion and exactly those removals of members are', async () => {
    const world = await staged();
    const token = await decide(world, annotations.approveDeletions);
    expect(groupRecord(world, 'g1')?.spec).toMatchObject({ lifecycle: 'Removed', approvedToken: token });
    expect(groupRecord(world, 'g2')?.spec.memberRemovals).toMatchObject({ verdict: 'Approved', evidence: 'e2', token });
    expect(groupRecord(world, 'g3')?.spec.memberRemovals).toBeUndefined();
    for (const { spec } of world.site.groups.list()) expect(isUntampered(spec)).toBe(true);
  });

  it('G3 rejected, the group stays, on the same evidence for good', async () => {
    const world = await staged();
    await decide(world, annotations.rejectDeletions);
    expect(groupStandings(world)).toContain('g1 Present rejected');
    expect(groupRecord(world, 'g2')?.spec.memberRemovals).toMatchObject({ verdict: 'Rejected', evidence: 'e2' });
    await world.next();
    expect(groupStandings(world)).toContain('g1 Present rejected');
    expect(world.configuration.status.stagedDeletions?.byReason?.GroupRemoved).toBeUndefined();
  });

  it('G3 removals that were staged after the decision are not part of it', async () => {
    const world = await staged();
    const since = world.site.at(10 * minute);
    put(world, 'g3', (record) => ({ status: { ...record.status, state: 'Staged', stagedRemovals: { count: 9, evidence: 'e3', since } } }));
    await decide(world, annotations.approveDeletions);
    expect(groupRecord(world, 'g3')?.spec.memberRemovals).toBeUndefined();
  });
});

describe('G3 records of groups that have lost what they were made for', () => {
  it('G3 go with their configuration, and the groups stay', async () => {
    const world = await begun(['g1']);
    await world.site.projections.delete(world.record('u0').metadata);
    await world.site.configurations.delete(world.configuration.metadata);
    await world.reconcile();
    expect(world.site.groups.size).toBe(0);
  });

  it('I15 go with other tenants of their pair', async () => {
    const world = await begun(['g1']);
    put(world, 'g1', ({ spec }) => ({ spec: { ...spec, target: { tenantId: 'another' } } }));
    await world.reconcile();
    expect(world.site.groups.size).toBe(0);
  });
});

describe('G3 a group whose name another group of the target has', () => {
  /** Flattened memberships are looked at in each cycle. */
  const taken = async (status: Partial<GroupProjection['status']> = {}): Promise<Cycles> => {
    const world = await begun(['g1', 'g2'], selectingIds(['g1', 'g2'], { membership: 'Flattened' }));
    put(world, 'g1', ({ metadata }) => ({
      status: {
        observedGeneration: metadata.generation,
        state: 'Conflict',
        conflictingObjectId: 'theirs',
        nextAttemptAt: world.site.at(26 * 60 * minute),
        ...status,
      },
    }));
    return world;
  };

  it('G3 is not looked at by cycles before its time, and by one that reads everything', async () => {
    const world = await taken();
    await world.next();
    expect(lookedAt(world)).toEqual(['g2']);
    await restart(world, 'again');
    expect(lookedAt(world)).toEqual(['g1', 'g2']);
  });

  it('G3 and one that failed is looked at by no cycle before its time, also not by one that reads everything; by a restart it is, anew', async () => {
    const world = await taken({ state: 'Failed', conflictingObjectId: undefined as never, attempts: 6 });
    await world.next();
    expect(lookedAt(world)).toEqual(['g2']);
    await world.site.clock.advance(day);
    await world.next();
    expect(world.configuration.status.lastCycle?.kind).toBe('Full');
    expect(lookedAt(world)).toEqual(['g2']);
    await restart(world, 'again');
    expect(lookedAt(world)).toEqual(['g1', 'g2']);
    expect(groupRecord(world, 'g1')?.status.attempts).toBe(0);
  });

  it('G3 and one whose removal failed is tried anew by a restart, and not before', async () => {
    const world = await begun(['g1', 'g2']);
    world.edit(selectingIds(['g2']));
    await world.next();
    looked(world);
    put(world, 'g1', ({ metadata, status }) => ({
      status: {
        ...status,
        observedGeneration: metadata.generation,
        state: 'Failed',
        attempts: 6,
        nextAttemptAt: world.site.at(600 * minute),
      },
    }));
    await world.next();
    expect(lookedAt(world)).not.toContain('g1');
    await restart(world, 'again');
    expect(lookedAt(world)).toContain('g1');
    expect(groupRecord(world, 'g1')?.status.attempts).toBe(0);
  });

  it('G3 is looked at when its record changes', async () => {
    const world = await taken();
    world.people.groupNames.set('g1', 'Another');
    await world.next();
    expect(lookedAt(world)).toEqual(['g1', 'g2']);
  });

  it.each<[string, Partial<GroupProjection['status']>]>([
    ['whose time has come', { nextAttemptAt: '2026-01-05T08:00:00Z' }],
    ['that has no time', { nextAttemptAt: undefined as never }],
    ['that nothing of the target stands in the way of', { conflictingObjectId: undefined as never }],
    ['that failed, and whose time has come', { state: 'Failed', nextAttemptAt: '2026-01-05T08:00:00Z' }],
  ])('G3 and one %s is', async (_, status) => {
    const world = await taken(status);
    await world.next();
    expect(lookedAt(world)).toEqual(['g1', 'g2']);
  });
});
