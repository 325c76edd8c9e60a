import type { SyncConfigurationSpec } from '../../../../src/api/generated.ts';
import { annotations } from '../../../../src/api/kinds.ts';
import { KubeError } from '../../../../src/ports/resources.ts';
import { refusal } from '../../../support/fake-target.ts';
import { configurationWith, minute } from '../support.ts';
import { Cycles, key } from '../cycles.ts';
import { People } from '../people.ts';

const ids = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `u${index}`);
type Deprovisioning = SyncConfigurationSpec['deprovisioning'];

const purging = (more: Partial<Deprovisioning> = {}, guard: Partial<Deprovisioning['guard']> = {}) => ({
  deprovisioning: {
    ...configurationWith().spec.deprovisioning,
    purgeAfterSourcePurge: true,
    guard: { threshold: 100, percent: 100, minimum: 10, window: '24h', ...guard },
    ...more,
  },
});

interface Options {
  readonly deprovisioning?: Partial<Deprovisioning>;
  readonly guard?: Partial<Deprovisioning['guard']>;
  /** How many of the people are deleted in the source, and their accounts by us. */
  readonly leavers?: number;
}

/** Six people, of whom some were deleted in the source, their accounts by us, and were seen in the recycle bin of the source. */
async function deleted({ deprovisioning, guard, leavers = 1 }: Options = {}): Promise<Cycles> {
  const world = new Cycles(new People(...ids(6)), { configuration: purging(deprovisioning, guard) });
  await world.begin();
  for (const id of ids(leavers)) world.people.delete(id);
  await world.next();
  for (const id of ids(leavers)) carryOut(world, id);
  await world.next();
  world.people.asked.length = 0;
  return world;
}

/** The account of somebody who leaves is deleted, as the record would have it. */
function carryOut(world: Cycles, id: string): void {
  const record = world.record(id);
  expect(record.spec.lifecycle).toBe('Removed');
  const deletedAt = world.site.at();
  world.site.projections.put({
    ...record,
    status: {
      observedGeneration: record.metadata.generation,
      state: 'SoftDeleted',
      targetUser: { objectId: `account-${id}`, origin: 'Created', createdAt: '2026-01-02T08:00:00Z', deletedAt },
    },
  });
}

/** The source purges these people, and so many cycles pass. */
async function gone(world: Cycles, cycles: number, ...people: readonly string[]): Promise<void> {
  for (const id of people) world.people.purge(id);
  for (let count = 0; count < cycles; count += 1) await world.next();
}

const isAsked = (world: Cycles, id = 'u0'): boolean =>
  world.site.deps.tracker.isPurgeRequested(key, `identity/${world.record(id).metadata.name}`);
const known = (world: Cycles, id = 'u0') => world.record(id).status.sourcePurge;
const absences = (world: Cycles, id = 'u0'): number => known(world, id)?.absentAt?.length ?? 0;
const warnings = (world: Cycles): readonly string[] =>
  (world.configuration.status.warnings ?? []).filter(({ reason }) => reason === 'PurgeWaits').map(({ message }) => message);
const counted = (world: Cycles): number =>
  (world.site.pair.status.guard?.windows ?? []).reduce((sum, { removed, blocked }) => sum + removed + blocked, 0);

describe('A12 somebody whose account was deleted', () => {
  it('is seen in the recycle bin of the source once, and stays so without a write', async () => {
    const world = await deleted();
    expect(known(world)).toEqual({ seenAt: expect.any(String) as string });
    const { resourceVersion } = world.record('u0').metadata;
    await gone(world, 2);
    expect(world.record('u0').metadata.resourceVersion).toBe(resourceVersion);
    expect(isAsked(world)).toBe(false);
  });

  it('is gone for good when two cycles have found the person nowhere; then the purge passes, is counted, and is asked of the record', async () => {
    const world = await deleted();
    await gone(world, 1, 'u0');
    expect([absences(world), isAsked(world), known(world)?.guardedAt]).toEqual([1, false, undefined]);
    const before = counted(world);
    world.site.enqueued.length = 0;
    await gone(world, 1);
    expect([absences(world), isAsked(world)]).toEqual([2, true]);
    expect(known(world)?.guardedAt).toBe(world.configuration.status.lastCycle?.completedAt);
    expect(counted(world)).toBe(before + 1);
    expect(world.site.enqueued).toContain(`projection identity/${world.record('u0').metadata.name}`);
  });

  it('is judged once within the window, whatever becomes of the purge, and anew after it', async () => {
    const world = await deleted();
    await gone(world, 2, 'u0');
    const before = counted(world);
    const { guardedAt } = known(world) ?? {};
    world.site.deps.tracker.endPurges(key);
    await gone(world, 2);
    expect([isAsked(world), known(world)?.guardedAt, counted(world)]).toEqual([false, guardedAt, before]);
    await world.next(24 * 60 * minute);
    expect(isAsked(world)).toBe(true);
    expect(known(world)?.guardedAt).not.toBe(guardedAt);
  });

  it('I11 has no absence counted within the replication window after the sight before it', async () => {
    const world = await deleted();
    world.people.purge('u0');
    world.edit({ interval: '1m' });
    const found: number[] = [];
    for (const minutes of [5, 6, 5, 6]) {
      await world.next(minutes * minute);
      found.push(absences(world));
    }
    expect(found).toEqual([0, 1, 1, 2]);
  });

  it('I11 was never seen in the recycle bin: the directory purges, and we do not', async () => {
    const world = new Cycles(new People(...ids(6)), { configuration: purging() });
    await world.begin();
    world.people.delete('u0');
    world.people.purge('u0');
    await world.next();
    carryOut(world, 'u0');
    await gone(world, 4);
    expect(known(world)).toBeUndefined();
    expect(isAsked(world)).toBe(false);
  });

  it.each<[string, (world: Cycles) => unknown]>([
    ['in the list of the recycle bin', (world) => world.people.bin.add('u0')],
    [
      'in the recycle bin, by a read of the id alone',
      (world) => {
        world.people.bin.add('u0');
        world.people.unlistedInBin.add('u0');
      },
    ],
  ])('I11 is seen again %s: the absences are forgotten', async (_, reappear) => {
    const world = await deleted();
    await gone(world, 1, 'u0');
    reappear(world);
    await gone(world, 1);
    expect(known(world)).toEqual({ seenAt: expect.any(String) as string });
    await gone(world, 1, 'u0');
    expect([absences(world), isAsked(world)]).toEqual([1, false]);
  });

  it('I11 is seen live again: everything is forgotten', async () => {
    const world = await deleted();
    await gone(world, 1, 'u0');
    // A read shows the person, of whom no delta has told.
    world.people.stale.set('u0', { id: 'u0', userPrincipalName: 'u0@contoso.com', userType: 'Member', attributes: {} });
    await gone(world, 1);
    expect(known(world)).toBeUndefined();
    expect(isAsked(world)).toBe(false);
  });
});

describe('A12 a recycle bin that cannot be read', () => {
  it('is read page by page, to its end', async () => {
    const world = await deleted({ leavers: 3 });
    world.people.pageSize = 1;
    await gone(world, 2, 'u0');
    expect(world.people.asked.filter((request) => request.startsWith('deletedUsersPage'))).toEqual([
      'deletedUsersPage',
      'deletedUsersPage 1',
      'deletedUsersPage',
      'deletedUsersPage 1',
    ]);
    expect([absences(world, 'u0'), absences(world, 'u1'), absences(world, 'u2')]).toEqual([2, 0, 0]);
    // Who is on the list is not asked for again.
    expect(world.people.asked.filter((request) => request.startsWith('deletedAmong'))).toEqual(['deletedAmong u0', 'deletedAmong u0']);
  });

  it.each<[string, (world: Cycles) => void, string]>([
    [
      'whose second page is refused',
      (world) => {
        world.people.pageSize = 1;
        world.people.refused.set('deletedUsersPage 1', refusal('Forbidden', { reason: 'GraphForbidden' }));
      },
      'GraphForbidden',
    ],
    [
      'that answers nothing, again and again',
      (world) => world.people.refused.set('deletedUsersPage', refusal('Unavailable', { reason: 'GraphUnavailable' })),
      'GraphUnavailable',
    ],
    ['that has no end', (world) => void (world.people.binIsEndless = true), 'SourceReadIncomplete'],
    [
      'of which the read of the ids is refused',
      (world) => world.people.refused.set('deletedAmong u0', refusal('Forbidden', { reason: 'PermissionMissing' })),
      'PermissionMissing',
    ],
    [
      'while the people cannot be read',
      (world) => world.people.refused.set('getUsers u0', refusal('Forbidden', { reason: 'GraphForbidden' })),
      'GraphForbidden',
    ],
  ])('%s proves nothing: a warning says so, nobody is absent, and the cycle goes on', async (_, break_, reason) => {
    const world = await deleted({ leavers: 3 });
    world.people.purge('u0');
    break_(world);
    await world.next();
    expect(absences(world)).toBe(0);
    expect(warnings(world)).toEqual([expect.stringContaining(`(${reason})`)]);
    expect(world.configuration.status.lastCycle).toMatchObject({ result: 'Succeeded' });
  });

  it('is waited for when the source asks to', async () => {
    const world = await deleted();
    world.people.fail('deletedUsersPage', refusal('Throttled', { retryAt: world.site.clock.now() + 40 * minute + 10_000 }));
    await gone(world, 1, 'u0');
    expect(absences(world)).toBe(1);
    expect(warnings(world)).toEqual([]);
  });

  it('takes its warning back when it can be read again', async () => {
    const world = await deleted();
    world.people.fail('deletedUsersPage', refusal('Forbidden'));
    await gone(world, 1);
    expect(warnings(world)).toHaveLength(1);
    await gone(world, 1);
    expect(warnings(world)).toEqual([]);
  });

  it('by a fault of the program is not passed over', async () => {
    const world = await deleted();
    world.people.fail('deletedUsersPage', new TypeError('a fault'));
    await world.site.clock.advance(40 * minute);
    await expect(world.settle()).rejects.toThrow('a fault');
  });

  it('when a shutdown cuts the read off, is no warning', async () => {
    const world = await deleted();
    const shutdown = new AbortController();
    await world.site.clock.advance(40 * minute);
    world.people.refused.set('deletedUsersPage', refusal('Unavailable', { reason: 'GraphUnavailable' }));
    let ended: unknown;
    for (let looks = 0; looks < 30 && ended === undefined; looks += 1) {
      if (world.people.asked.includes('deletedUsersPage')) shutdown.abort();
      ended = await world.reconcile(key, shutdown.signal).then(
        () => undefined,
        (error: unknown) => error,
      );
      await world.site.clock.advance(1000);
    }
    expect(ended).toBeInstanceOf(Error);
    expect(warnings(world)).toEqual([]);
  });
});

describe('A12 E7 purges as one set', () => {
  it('that reach the numbers of the guard wait, all of them, with a warning; they pass when the numbers allow it', async () => {
    const world = await deleted({ leavers: 3, guard: { threshold: 6 } });
    const before = counted(world);
    await gone(world, 2, 'u0', 'u1', 'u2');
    expect([isAsked(world, 'u0'), isAsked(world, 'u1'), isAsked(world, 'u2')]).toEqual([false, false, false]);
    expect(known(world)?.guardedAt).toBeUndefined();
    expect(warnings(world)).toEqual([expect.stringContaining('3 account(s) of people who are gone for good are not purged')]);
    expect(counted(world)).toBe(before);
    expect(world.configuration.status.stagedDeletions).toBeUndefined();
    await world.next(24 * 60 * minute);
    expect([isAsked(world, 'u0'), isAsked(world, 'u1'), isAsked(world, 'u2')]).toEqual([true, true, true]);
    expect(warnings(world)).toEqual([]);
  });

  it('below the numbers pass', async () => {
    const world = await deleted({ leavers: 3, guard: { threshold: 7 } });
    await gone(world, 2, 'u0', 'u1', 'u2');
    expect([isAsked(world, 'u0'), isAsked(world, 'u1'), isAsked(world, 'u2')]).toEqual([true, true, true]);
    expect(counted(world)).toBe(6);
  });

  it('wait while removals are staged', async () => {
    const world = await deleted({ guard: { threshold: 4 } });
    await gone(world, 1, 'u0');
    for (const id of ['u1', 'u2', 'u3']) world.people.delete(id);
    await gone(world, 1);
    expect(world.standings().filter((standing) => standing.includes('RemovalStaged'))).toHaveLength(3);
    expect([absences(world), isAsked(world)]).toEqual([2, false]);
    expect(warnings(world)).toHaveLength(1);
  });

  it('are counted with removals that have passed and were not carried out, however long ago', async () => {
    const world = await deleted({ guard: { threshold: 4 } });
    await world.next(24 * 60 * minute);
    for (const id of ['u1', 'u2', 'u3']) world.people.delete(id);
    await world.next();
    expect(world.standings().filter((standing) => standing.includes('Removed'))).toHaveLength(4);
    await world.next(25 * 60 * minute);
    await gone(world, 2, 'u0');
    expect([absences(world), isAsked(world)]).toEqual([2, false]);
    for (const id of ['u1', 'u2', 'u3']) carryOut(world, id);
    await world.next();
    expect(isAsked(world)).toBe(true);
  });

  it('are counted with what a configuration that is gone has removed', async () => {
    const world = await deleted({ guard: { threshold: 6 } });
    await gone(world, 1, 'u0');
    const { pair } = world.site;
    const windows = [{ configuration: 'gone', hour: world.site.at().replace(/:.*Z/, ':00:00Z'), removed: 5, blocked: 0 }];
    world.site.pairs.put({ ...pair, status: { ...pair.status, guard: { windows } } });
    await gone(world, 1);
    expect([absences(world), isAsked(world)]).toEqual([2, false]);
  });

  it('wait while a cycle that a crash has cut off had decided to stage', async () => {
    const world = await deleted();
    await gone(world, 1, 'u0');
    const { configuration } = world;
    const currentCycle = {
      id: 'cut-off',
      kind: 'Full',
      phase: 'Guarding',
      startedAt: world.site.at(),
      guard: { result: 'Staged' },
    } as const;
    world.site.configurations.put({ ...configuration, status: { ...configuration.status, currentCycle } });
    await gone(world, 1);
    expect([absences(world), isAsked(world)]).toEqual([2, false]);
  });

  it('I11 do not pass while the recycle bin cannot be read, although the numbers allow it', async () => {
    const world = await deleted({ leavers: 3, guard: { threshold: 6 } });
    await gone(world, 2, 'u0', 'u1', 'u2');
    world.people.fail('deletedUsersPage', refusal('Forbidden'));
    await world.next(24 * 60 * minute);
    expect([absences(world), isAsked(world)]).toEqual([2, false]);
  });

  it('are not asked for when they could not be counted', async () => {
    const world = await deleted();
    await gone(world, 1, 'u0');
    world.site.pairs.before = (verb) => {
      if (verb === 'patchStatus') throw new KubeError('Forbidden', 'no');
    };
    await gone(world, 1);
    expect(isAsked(world)).toBe(false);
    expect(known(world)?.guardedAt).toBeUndefined();
  });

  it('are not asked for when that they passed could not be recorded', async () => {
    const world = await deleted();
    await gone(world, 1, 'u0');
    world.site.projections.before = (verb) => {
      if (verb === 'patchStatus' && absences(world) === 2) throw new KubeError('Forbidden', 'no');
    };
    await gone(world, 1);
    expect(absences(world)).toBe(2);
    expect(isAsked(world)).toBe(false);
  });
});

describe('A12 E8 purges that the guard holds', () => {
  const annotate = (world: Cycles, name: 'approve' | 'reject', token = world.configuration.status.stagedPurges?.token): void => {
    if (token === undefined) throw new Error('nothing is held');
    world.edit({}, { [name === 'approve' ? annotations.approveDeletions : annotations.rejectDeletions]: token });
  };
  const decision = (world: Cycles): string => {
    const { set, decision: word, state } = world.configuration.status.lastHandledDeletionDecision ?? {};
    return `${set} ${word} ${state}`;
  };
  const events = (world: Cycles): readonly string[] =>
    world.site.events.map(({ reason }) => reason).filter((reason) => reason.startsWith('Purges'));

  /** Three people who are gone for good, whose purges reach the numbers of the guard. */
  async function held(): Promise<Cycles> {
    const world = await deleted({ leavers: 3, guard: { threshold: 6 } });
    await gone(world, 2, 'u0', 'u1', 'u2');
    return world;
  }
  const asked = (world: Cycles): readonly boolean[] => ids(3).map((id) => isAsked(world, id));

  it('are shown with count and token, which stay as they are, and neither stage nor stall anything', async () => {
    const world = await held();
    const { stagedPurges } = world.configuration.status;
    expect(stagedPurges).toEqual({ count: 3, token: expect.any(String) as string, since: known(world)?.heldAt });
    expect(world.configuration.status.stagedDeletions).toBeUndefined();
    expect(world.reason).toBe('Succeeded');
    const { resourceVersion } = world.record('u0').metadata;
    await world.next();
    expect(world.configuration.status.stagedPurges).toEqual(stagedPurges);
    expect(world.record('u0').metadata.resourceVersion).toBe(resourceVersion);
  });

  it('pass when they are approved, without being counted, and are asked for at once', async () => {
    const world = await held();
    const before = counted(world);
    const { token } = world.configuration.status.stagedPurges ?? {};
    annotate(world, 'approve');
    await world.reconcile();
    await world.reconcile();
    expect(asked(world)).toEqual([true, true, true]);
    expect(known(world)).toMatchObject({ approval: token, guardedAt: world.site.at() });
    expect(known(world)).not.toHaveProperty('heldAt');
    expect(decision(world)).toBe('Purges Approved Done');
    expect(world.configuration.status.deletionDecisions?.[0]).toMatchObject({
      set: 'Purges',
      decision: 'Approved',
      count: 3,
      state: 'Done',
    });
    expect(events(world)).toEqual(['PurgesApproved']);
    await world.settle();
    expect(world.configuration.status.stagedPurges).toBeUndefined();
    expect(counted(world)).toBe(before);
  });

  it('that are approved are asked for again in each cycle, whatever was forgotten', async () => {
    const world = await held();
    annotate(world, 'approve');
    await world.settle();
    world.site.deps.tracker.endPurges(key);
    await world.next();
    expect(asked(world)).toEqual([true, true, true]);
    expect(warnings(world)).toEqual([]);
    // After the window of the guard too, which has nothing to judge about them.
    const { guardedAt } = known(world) ?? {};
    await world.next(12 * 60 * minute);
    expect(known(world)?.guardedAt).toBe(guardedAt);
    // Who approved has seen the numbers of that time: after the window they are judged anew.
    await world.next(25 * 60 * minute);
    expect(known(world)?.guardedAt).not.toBe(guardedAt);
  });

  it('whose approval is older than the window of the guard are judged anew, held again, and shown under another token', async () => {
    const world = await held();
    annotate(world, 'approve');
    await world.settle();
    world.edit({ deprovisioning: purging({}, { threshold: 3 }).deprovisioning });
    await world.next(25 * 60 * minute);
    expect(known(world)).toMatchObject({ heldAt: expect.any(String) as string });
    expect(known(world)).not.toHaveProperty('approval');
    expect(world.configuration.status.stagedPurges).toMatchObject({ count: 3 });
    expect(world.configuration.status.history?.find(({ kind }) => kind === 'Approved')).toMatchObject({
      completedAt: expect.any(String) as string,
    });
  });

  it.each<[string, (world: Cycles) => void]>([
    ['nothing is purged any more', (world) => world.edit({ deprovisioning: purging({ purgeAfterSourcePurge: false }).deprovisioning })],
    ['the configuration plans', (world) => world.edit({ mode: 'Plan' })],
  ])('lose hold and approval when %s', async (_, change) => {
    for (const decided of [false, true]) {
      const world = await held();
      if (decided) {
        annotate(world, 'approve');
        await world.settle();
      }
      change(world);
      await world.next();
      expect(known(world)).not.toHaveProperty(decided ? 'approval' : 'heldAt');
      expect(world.configuration.status.stagedPurges).toBeUndefined();
    }
  });

  it('I11 that are approved are none any more when the person is seen again', async () => {
    const world = await held();
    annotate(world, 'approve');
    await world.settle();
    world.site.deps.tracker.endPurges(key);
    world.people.bin.add('u0');
    await world.next();
    expect(asked(world)).toEqual([false, true, true]);
    expect(known(world)).toEqual({ seenAt: expect.any(String) as string });
  });

  it('that are rejected are left to the directory, and never proposed again', async () => {
    const world = await held();
    annotate(world, 'reject');
    await world.settle();
    expect(decision(world)).toBe('Purges Rejected Done');
    expect(events(world)).toEqual(['PurgesRejected']);
    expect(known(world)?.rejectedAt).toBeDefined();
    await world.next(24 * 60 * minute);
    await world.next();
    expect(asked(world)).toEqual([false, false, false]);
    expect(world.configuration.status.stagedPurges).toBeUndefined();
    expect(warnings(world)).toEqual([]);
  });

  it('E8 are not approved by the token of a set that has changed since', async () => {
    const world = await held();
    const { token } = world.configuration.status.stagedPurges ?? {};
    // One of them is restored by hand in between.
    const record = world.record('u2');
    world.site.projections.put({ ...record, status: { ...record.status, state: 'Provisioned' } });
    annotate(world, 'approve', token);
    await world.settle();
    expect(asked(world)).toEqual([false, false, false]);
    expect(world.configuration.status.stagedPurges).toMatchObject({ count: 2 });
    expect(world.configuration.status.lastHandledDeletionDecision).toBeUndefined();
  });

  it('I12 go on being marked after a crash in the middle of a decision', async () => {
    const world = await held();
    annotate(world, 'approve');
    await world.reconcile();
    world.site.projections.refuse('patchStatus', new KubeError('Unavailable', 'no server'));
    await expect(world.reconcile()).rejects.toThrow('no server');
    expect(decision(world)).toBe('Purges Approved Executing');
    await world.settle();
    expect(decision(world)).toBe('Purges Approved Done');
    expect(asked(world)).toEqual([true, true, true]);
  });

  it('are held no more when the numbers allow them', async () => {
    const world = await held();
    await world.next(24 * 60 * minute);
    expect(asked(world)).toEqual([true, true, true]);
    expect(known(world)).not.toHaveProperty('heldAt');
    expect(world.configuration.status.stagedPurges).toBeUndefined();
  });

  it('leave a decision about deletions what it was', async () => {
    const world = await deleted({ guard: { threshold: 4 } });
    await gone(world, 1, 'u0');
    for (const id of ['u1', 'u2', 'u3']) world.people.delete(id);
    await gone(world, 1);
    expect(world.configuration.status).toMatchObject({ stagedDeletions: { count: 3 }, stagedPurges: { count: 1 } });
    annotate(world, 'approve', world.configuration.status.stagedDeletions?.token);
    await world.settle();
    expect(world.standings().filter((standing) => standing.includes('RemovalStaged'))).toEqual([]);
    expect(world.configuration.status.stagedPurges).toMatchObject({ count: 1 });
    expect(isAsked(world)).toBe(false);
  });
});

describe('A12 nobody is followed', () => {
  const reads = (world: Cycles): readonly string[] => world.people.asked.filter((request) => request.startsWith('deletedUsersPage'));

  it('by a configuration that does not purge, and the recycle bin is not read', async () => {
    const world = await deleted({ deprovisioning: { purgeAfterSourcePurge: false } });
    await gone(world, 3, 'u0');
    expect(reads(world)).toEqual([]);
    expect(known(world)).toBeUndefined();
  });

  it('while nobody was deleted', async () => {
    const world = new Cycles(new People(...ids(6)), { configuration: purging() });
    await world.begin();
    expect(reads(world)).toEqual([]);
  });

  it('whose account is not ours to purge', async () => {
    const world = await deleted();
    const record = world.record('u0');
    const { targetUser } = record.status;
    if (targetUser)
      world.site.projections.put({ ...record, status: { ...record.status, targetUser: { ...targetUser, origin: 'Adopted' } } });
    await gone(world, 3, 'u0');
    expect(reads(world)).toEqual([]);
    expect(isAsked(world)).toBe(false);
  });

  it.each<[string, (world: Cycles) => unknown]>([
    ['whose record was deleted', (world) => world.site.projections.delete(world.record('u0').metadata)],
    [
      'whose account somebody has restored',
      (world) => {
        const record = world.record('u0');
        world.site.projections.put({ ...record, status: { ...record.status, state: 'Provisioned' } });
      },
    ],
  ])('%s while the recycle bin was read, and the cycle goes on', async (_, happen) => {
    const world = await deleted({ leavers: 2 });
    await gone(world, 1, 'u0');
    const { metadata } = world.record('u0');
    const read = world.people.source.deletedAmong;
    world.site.session.source.deletedAmong = async (...given) => {
      await happen(world);
      return (await read?.(...given)) ?? new Set();
    };
    await gone(world, 1);
    expect(world.site.deps.tracker.isPurgeRequested(key, `identity/${metadata.name}`)).toBe(false);
    expect(world.configuration.status.lastCycle).toMatchObject({ result: 'Succeeded' });
  });
});
