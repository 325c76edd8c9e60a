import { annotations } from '../../../../src/api/kinds.ts';
import { groupDueInMs } from '../../../../src/controllers/group-projection/controller.ts';
import { trackedAs } from '../../../../src/controllers/group-projection/work.ts';
import { KubeError } from '../../../../src/ports/resources.ts';
import { refusal } from '../../../support/fake-target.ts';
import { minute } from '../support.ts';
import { accountsOf, GroupSite, groupRecordWith, persons, sourceGroup, type GroupGiven, type GroupSiteOptions } from './support.ts';

const site = (options: GroupSiteOptions = {}): GroupSite => new GroupSite({ people: persons(2), members: ['a1'], ...options });

/** A record with nothing to be done about it. */
const handled = { status: { observedGeneration: 1, state: 'Provisioned' } } as const;

describe('G3 the record of a group', () => {
  it('G3 that was deleted is forgotten, and the group stays', async () => {
    const given = site();
    given.deps.groupMemory.requestLook(given.key);
    given.deps.groupMemory.learnSource(given.key, new Set(['p1']));
    await given.site.groups.delete(given.record.metadata);
    expect(await given.reconcile()).toEqual({});
    expect(given.deps.groupMemory.isLookRequested(given.key)).toBe(false);
    expect([...given.deps.groupMemory.groupsOf('p1')]).toEqual([]);
    expect(given.target.writes).toEqual([]);
    expect([...given.target.kept.keys()]).toEqual(['made-1']);
  });

  it('G3 that is being deleted is not acted on', async () => {
    const given = site({ metadata: { deletionTimestamp: '2026-01-05T08:00:00Z' } });
    expect(await given.reconcile()).toEqual({});
    expect(given.target.writes).toEqual([]);
  });

  it('G3 that another replica looks after is left to it', async () => {
    const given = site();
    given.site.holdsLease = false;
    expect(await given.reconcile()).toEqual({});
    expect(given.target.reads).toEqual([]);
  });

  it.each<[string, (given: GroupSite) => unknown]>([
    ['whose configuration is gone', ({ site: { configurations, configuration } }) => configurations.delete(configuration.metadata)],
    ['whose pair is gone', ({ site: { pairs, pair } }) => pairs.delete(pair.metadata)],
    [
      'of other tenants',
      ({ site: { pairs, pair } }) => pairs.put({ ...pair, spec: { ...pair.spec, target: { tenantId: 'another' } as never } }),
    ],
  ])('I15 %s is not acted on, and its configuration looks at it', async (_, change) => {
    const given = site();
    await change(given);
    expect(await given.reconcile()).toEqual({});
    expect(given.target.reads).toEqual([]);
    expect(given.site.enqueued).toEqual(['configuration identity/staff']);
  });

  it('G3 that somebody tampered with is not acted on, and a cycle writes it anew', async () => {
    const given = site();
    const { record } = given;
    given.site.groups.put({ ...record, spec: { ...record.spec, attributes: { displayName: 'Evil', mailNickname: 'Evil' } } });
    await given.reconcile();
    expect(given.target.reads).toEqual([]);
    expect(given.record.status.state).toBe('Failed');
    expect(given.reason).toBe('SpecTampered');
    expect(given.deps.tracker.isCycleRequested('identity/staff')).toBe(true);
    expect(given.site.enqueued).toEqual(['configuration identity/staff']);
    // It is told of once.
    await given.reconcile();
    expect(given.site.enqueued).toHaveLength(1);
  });

  it('G3 with nothing to be done asks neither tenant, and ends the wait of its cycle', async () => {
    const given = site(handled);
    const { tracker } = given.deps;
    tracker.begin('identity/staff', 'cycle', 0);
    tracker.changed('identity/staff', trackedAs(given.key));
    expect(await given.reconcile()).toEqual({});
    expect(tracker.throughput('identity/staff')).toMatchObject({ opened: 1, pending: 0 });
    expect(given.target.reads).toEqual([]);
    expect(given.people.asked).toEqual([]);
  });

  it.each([
    ['holds its cycle up where that is a moment', 30_000, 1],
    ['holds nobody up where that is long', 30_001, 0],
  ])('G3 that waits for the target %s', async (_, waitMs, pending) => {
    const given = site();
    const { tracker } = given.deps;
    tracker.begin('identity/staff', 'cycle', 0);
    tracker.changed('identity/staff', trackedAs(given.key));
    given.target.fail('getGroup', refusal('Throttled', { retryAt: given.site.clock.now() + waitMs }));
    expect((await given.reconcile()).requeueAfterMs).toBe(waitMs);
    expect(tracker.throughput('identity/staff').pending).toBe(pending);
    expect(given.deps.groupMemory.isLookRequested(given.key)).toBe(true);
  });

  it('G3 is looked at once more when what was announced must be visible', async () => {
    const given = site(handled);
    given.deps.groupMemory.lookAgainAt(given.key, given.site.clock.monotonic() + minute);
    expect(await given.reconcile()).toMatchObject({ requeueAfterMs: minute });
    expect(given.target.reads).toEqual([]);
    await given.site.clock.advance(minute);
    await given.reconcile();
    expect(given.members).toEqual(accountsOf(persons(2)));
    expect(given.deps.groupMemory.againInMs(given.key, given.site.clock.monotonic())).toBeUndefined();
  });

  it('G3 that is asked for by hand is looked at, once', async () => {
    const given = site({ ...handled, metadata: { annotations: { [annotations.requestedAt]: 'now' } } });
    await given.reconcile();
    expect(given.members).toEqual(accountsOf(persons(2)));
    expect(given.record.status.lastHandledReconcileAt).toBe('now');
    given.target.reads.length = 0;
    expect(await given.reconcile()).toEqual({});
    expect(given.target.reads).toEqual([]);
  });

  it('G3 that agrees with the target tells of it once', async () => {
    const given = site();
    await given.reconcile();
    await given.lookAgain(minute);
    expect(given.site.told).toHaveLength(1);
    expect(given.record.status.history).toHaveLength(1);
    expect(given.site.counted.filter(({ metric }) => metric === 'groupMembers')).toEqual([
      { metric: 'groupMembers', labels: { namespace: 'identity', configuration: 'staff', change: 'added' } },
    ]);
  });

  it('G3 counts members who were taken out', async () => {
    const given = site({ people: persons(20), members: accountsOf(persons(20)) });
    given.people.quit(sourceGroup, 'p1');
    await given.reconcile();
    expect(given.site.counted.filter(({ metric }) => metric === 'groupMembers').map(({ labels }) => labels.change)).toEqual(['removed']);
  });
});

describe('G3 what a pass over a group has done', () => {
  /** A record that a cycle waits for. */
  const inCycle = (): GroupSite => {
    const given = site();
    given.deps.tracker.begin('identity/staff', 'cycle', 0);
    given.deps.tracker.changed('identity/staff', trackedAs(given.key));
    return given;
  };

  it('G3 is counted before the cycle that waits for it may end', async () => {
    const given = inCycle();
    const { tracker, provisioningLog } = given.deps;
    const open: number[] = [];
    Object.assign(provisioningLog, { write: () => void open.push(tracker.openCount('identity/staff')) });
    await given.reconcile();
    expect(open).toEqual([1]);
    expect(tracker.openCount('identity/staff')).toBe(0);
    expect(tracker.current('identity/staff')?.counts).toEqual({ operations: {}, groupOperations: { update: 1, addMembers: 1 } });
  });

  it('G3 is written by another look where the cluster does not take it', async () => {
    const given = inCycle();
    given.site.groups.refuse('patchStatus', new KubeError('Unavailable', 'no'));
    await expect(given.reconcile()).rejects.toThrow('no');
    expect(given.deps.groupMemory.isLookRequested(given.key)).toBe(true);
    expect(given.deps.tracker.openCount('identity/staff')).toBe(1);
    await given.reconcile();
    expect(given.record.status).toMatchObject({ state: 'Provisioned', members: { present: 2 } });
    expect(given.deps.tracker.openCount('identity/staff')).toBe(0);
  });

  it.each<[string, GroupGiven['spec']]>([
    ['of a plan', { mode: 'Plan' }],
    ['that was approved, which is a cycle of its own', { memberRemovals: { verdict: 'Approved', evidence: 'e', token: 't' } }],
  ])('G3 is not counted in a cycle: %s', async (_, spec) => {
    const stagedRemovals = { count: 1, evidence: 'e', since: '2026-01-05T08:00:00Z' };
    const given = site({ ...(spec && { spec }), status: { stagedRemovals }, ...(spec?.mode && { configuration: { mode: spec.mode } }) });
    given.deps.tracker.begin('identity/staff', 'cycle', 0);
    await given.reconcile();
    expect(given.site.told).toHaveLength(1);
    expect(given.deps.tracker.current('identity/staff')?.counts.groupOperations).toEqual({});
  });
});

describe('G3 when the record of a group is due', () => {
  type Memory = ReturnType<typeof site>['deps']['groupMemory'];
  const dueIn = (status: GroupGiven['status'], again?: number, ask: (memory: Memory, key: string) => void = () => undefined) => {
    const { deps, key, site: at } = site();
    if (again !== undefined) deps.groupMemory.lookAgainAt(key, at.clock.monotonic() + again);
    ask(deps.groupMemory, key);
    return groupDueInMs(deps, groupRecordWith({ status: { ...handled.status, ...status } }));
  };
  const inAMinute = { nextAttemptAt: '2026-01-05T08:01:00Z' };

  it.each<[string, GroupGiven['status'], number | undefined, number | undefined]>([
    ['never, where all is said', {}, undefined, undefined],
    ['now, where its spec has changed', { observedGeneration: 0 }, undefined, 0],
    ['at the next attempt', { nextAttemptAt: '2026-01-05T08:01:00Z' }, undefined, minute],
    ['now, where that is past', { nextAttemptAt: '2026-01-05T07:00:00Z' }, undefined, 0],
    ['now, where that is of a clock that was wrong', { nextAttemptAt: '2027-01-05T08:00:00Z' }, undefined, 0],
    ['at the one more look, where that is sooner', { nextAttemptAt: '2026-01-05T08:01:00Z' }, 1000, 1000],
    ['at the next attempt, where that is sooner', { nextAttemptAt: '2026-01-05T08:01:00Z' }, 2 * minute, minute],
    ['at the next attempt of one that failed, whatever else is ahead', { ...inAMinute, state: 'Failed' }, 1000, minute],
  ])('%s', (_, status, again, due) => {
    expect(dueIn(status, again)).toBe(due);
  });

  it.each<[string, GroupGiven['status'], number]>([
    ['now', {}, 0],
    ['now, where its new name is taken, and it goes on with the one that it has', inAMinute, 0],
    ['at the next attempt, where it has failed', { ...inAMinute, state: 'Failed' }, minute],
    [
      'at the next attempt, where an object of the target is in the way',
      { ...inAMinute, state: 'Conflict', conflictingObjectId: 'c' },
      minute,
    ],
    ['now, where nothing of the target is in the way', { ...inAMinute, state: 'Conflict' }, 0],
    ['now, where the time of the attempt is past', { nextAttemptAt: '2026-01-05T07:00:00Z', state: 'Failed' }, 0],
    ['now, where it has failed for another spec', { ...inAMinute, state: 'Failed', observedGeneration: 0 }, 0],
  ])('where a look is asked for: %s', (_, status, due) => {
    expect(dueIn(status, undefined, (memory, key) => memory.requestLook(key))).toBe(due);
  });

  it('now, where what stood in its way may be gone', () => {
    expect(dueIn({ ...inAMinute, state: 'Failed' }, undefined, (memory, key) => memory.requestAttempt(key))).toBe(0);
  });
});
