import { CycleTracker } from '../../../../src/controllers/shared/cycle-tracker.ts';

describe('F4 how much of a cycle is done', () => {
  const tracker = new CycleTracker();
  const progress = (): number | undefined => tracker.progress('identity/staff');
  const change = (...names: readonly string[]): void => names.forEach((name) => tracker.changed('identity/staff', name));

  it('is not known while none runs, nothing while it has changed nobody, then the share that was handled', () => {
    expect(progress()).toBeUndefined();
    tracker.begin('identity/staff', 'cycle', 0);
    expect(progress()).toBe(0);
    change('a', 'b', 'c', 'd');
    tracker.handled('identity/staff', 'a');
    expect(progress()).toBe(0.25);
    // Once more before it was handled: the same work.
    change('b');
    expect(progress()).toBe(0.25);
    tracker.gone('b');
    tracker.handled('identity/staff', 'c');
    tracker.handled('identity/staff', 'd');
    expect(progress()).toBe(1);
    tracker.end('identity/staff');
    expect(progress()).toBeUndefined();
  });
});

describe('F1 what is counted of a cycle', () => {
  it('keeps people apart from groups, and counts members; nothing while none runs', () => {
    const tracker = new CycleTracker();
    const counts = () => tracker.current('identity/staff')?.counts;
    tracker.count('identity/staff', { action: 'create', status: 'success' });
    tracker.countMembers('identity/staff', { added: 1, removed: 1 });
    expect(counts()).toBeUndefined();
    tracker.begin('identity/staff', 'cycle', 0);
    tracker.count('identity/staff', { action: 'create', status: 'success' });
    tracker.count('identity/staff', { action: 'update', status: 'failure', subject: 'Group' });
    tracker.count('identity/staff', { action: 'other', status: 'skipped', subject: 'Group' });
    for (const members of [
      { added: 20, removed: 0 },
      { added: 3, removed: 1 },
    ])
      tracker.countMembers('identity/staff', members);
    expect(counts()).toEqual({ operations: { create: 1 }, groupOperations: { failure: 1, skip: 1, addMembers: 23, removeMembers: 1 } });
  });
});

describe('F1 what the records of a cycle wait for', () => {
  it('counts each open record once, by what it was said to wait for last, until it is handled or gone', () => {
    const tracker = new CycleTracker();
    const waiting = () => tracker.throughput('identity/staff');
    const waits = (name: string, hindrance: Parameters<CycleTracker['waits']>[2]): void => tracker.waits('identity/staff', name, hindrance);
    tracker.begin('identity/staff', 'cycle', 0);
    for (const name of ['a', 'b', 'c']) tracker.changed('identity/staff', name);
    for (const name of ['a', 'b', 'c', 'not of this cycle']) waits(name, 'Quota');
    waits('b', 'Replication');
    expect(waiting()).toEqual({ opened: 3, pending: 3, waiting: { Quota: 2, Replication: 1, Kubernetes: 0 } });
    waits('a', undefined);
    tracker.handled('identity/staff', 'b');
    tracker.gone('c');
    expect(waiting()).toEqual({ opened: 3, pending: 1, waiting: { Quota: 0, Replication: 0, Kubernetes: 0 } });
    expect(tracker.throughput('identity/other')).toEqual({ opened: 0, pending: 0, waiting: {} });
  });
});
