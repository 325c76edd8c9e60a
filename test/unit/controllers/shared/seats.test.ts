import fc from 'fast-check';
import type { UserProjection } from '../../../../src/api/kinds.ts';
import { HeldSeats } from '../../../../src/controllers/shared/held-seats.ts';
import { countBeyond, countSeats, hasRoom, releaseSeat, takeSeat, wakeWaiting } from '../../../../src/controllers/shared/seats.ts';
import type { Dependencies } from '../../../../src/controllers/shared/dependencies.ts';
import type { UnsealedSpec } from '../../../../src/core/projection/sealed-spec.ts';
import { recordWith, sourceTenantId, targetTenantId } from '../../core/support.ts';
import { Site } from '../support.ts';

const tenants = `${sourceTenantId}/${targetTenantId}`;
const none = { targetUser: undefined as never };
const at = '2026-01-05T08:00:00Z';
const limits = (maxUsers: number) => ({ limits: { maxUsers, allowDelete: true } });

function recordOf(id: string, status: Partial<UserProjection['status']> = {}, spec: Partial<UnsealedSpec> = {}): UserProjection {
  const name = `${spec.syncConfigurationRef?.name ?? 'staff'}-${id}`;
  return recordWith({
    spec: { source: { tenantId: sourceTenantId, objectId: id }, ...spec },
    status: { ...none, ...status },
    metadata: { name, uid: name },
  });
}
const live = (id: string) => recordOf(id, { targetUser: { objectId: `account-${id}`, origin: 'Created' } });
const waiting = (id: string) => recordOf(id, { state: 'Skipped', limitedBy: 'maxUsers' });

describe('B11 the seats of a pair', () => {
  it('are those of live accounts and of passes under way, of all configurations together', () => {
    const other = recordOf('c', { targetUser: { objectId: 'x' } }, { syncConfigurationRef: { name: 'other' } });
    const site = new Site({ pair: limits(4), records: [live('a'), recordOf('b'), other, recordOf('d')] });
    expect(countSeats(site.deps, site.pair)).toBe(2);
    expect(takeSeat(site.deps, recordOf('b'), 4)).toBe(true);
    expect(takeSeat(site.deps, recordOf('d'), 4)).toBe(true);
    expect(takeSeat(site.deps, recordOf('e'), 4)).toBe(false);
    expect(hasRoom(site.deps, recordOf('b'))).toBe(false);
    releaseSeat(site.deps, recordOf('b'));
    expect(hasRoom(site.deps, recordOf('b'))).toBe(true);
    expect(takeSeat(site.deps, recordOf('e'), 4)).toBe(true);
  });

  it('are counted one by one only when there are nearly as many records as is asked about', () => {
    const records = [live('a'), live('b'), live('c')];
    const counted = (maxUsers: number): number => {
      const site = new Site({ pair: limits(maxUsers), records });
      return countBeyond(site.deps, site.pair, maxUsers);
    };
    expect([counted(2), counted(3), counted(4)]).toEqual([3, 3, 0]);
    const unlimited = new Site({ records });
    expect(countBeyond(unlimited.deps, unlimited.pair, undefined)).toBe(0);
  });

  it('are there for whoever has one, however many there are', () => {
    const site = new Site({ pair: limits(1), records: [live('a'), live('b')] });
    expect(takeSeat(site.deps, live('a'), 1)).toBe(true);
    expect(takeSeat(site.deps, recordOf('c'), 1)).toBe(false);
  });

  it('count a person once, whichever records there are of them', () => {
    const successor = recordOf('a', { targetUser: { objectId: 'x' } }, { syncConfigurationRef: { name: 'other' } });
    const site = new Site({ pair: limits(2), records: [live('a'), successor] });
    expect(countSeats(site.deps, site.pair)).toBe(1);
  });

  it('stay taken while an account changes hands', () => {
    const released = recordOf('a', { state: 'Retained', targetUser: { objectId: 'x', releasedAt: at } }, { lifecycle: 'Removed' });
    const successor = recordOf('a', { state: 'Pending' }, { syncConfigurationRef: { name: 'other' } });
    const site = new Site({ pair: limits(1), records: [released, successor] });
    expect(takeSeat(site.deps, recordOf('b'), 1)).toBe(false);
    expect(takeSeat(site.deps, successor, 1)).toBe(true);
    // Whom nobody wants takes none.
    expect(takeSeat(new Site({ pair: limits(1), records: [released] }).deps, recordOf('b'), 1)).toBe(true);
  });

  it('of plans are counted for plans alone', () => {
    const planned = recordOf('a', { state: 'Planned' }, { mode: 'Plan' });
    const site = new Site({ pair: limits(1), records: [planned] });
    expect(takeSeat(site.deps, recordOf('b'), 1)).toBe(true);
    expect(takeSeat(site.deps, recordOf('c', {}, { mode: 'Plan' }), 1)).toBe(false);
    expect(takeSeat(site.deps, planned, 1)).toBe(true);
  });

  it('go to as many of those who wait as there are free ones', () => {
    const site = new Site({ pair: limits(3), records: [live('a'), waiting('b'), waiting('c'), waiting('d')] });
    wakeWaiting(site.deps, tenants);
    expect(site.enqueued).toEqual(['projection identity/staff-b', 'projection identity/staff-c']);
  });

  it('are there for all when the limit is gone', () => {
    const site = new Site({ records: [live('a'), waiting('b'), waiting('c')] });
    wakeWaiting(site.deps, tenants);
    expect(site.enqueued).toHaveLength(2);
  });

  it('that were held in vain go to the next who waits', () => {
    const site = new Site({ pair: limits(2), records: [live('a'), waiting('b')] });
    expect(takeSeat(site.deps, recordOf('c'), 2)).toBe(true);
    releaseSeat(site.deps, recordOf('c'));
    expect(site.enqueued).toEqual(['projection identity/staff-b']);
    // A pass that has taken none wakes nobody.
    releaseSeat(site.deps, recordOf('c'));
    expect(site.enqueued).toHaveLength(1);
  });

  it('I14 that could not be used go to somebody else, and not at once to the same again', async () => {
    const [b, c] = [waiting('b'), waiting('c')];
    const site = new Site({ pair: limits(2), records: [live('a'), b, c] });
    const inVain = (record: UserProjection): readonly string[] => {
      expect(takeSeat(site.deps, record, 2)).toBe(true);
      site.enqueued.length = 0;
      releaseSeat(site.deps, record);
      return [...site.enqueued];
    };
    expect(inVain(b)).toEqual(['projection identity/staff-c']);
    expect(inVain(c)).toEqual([]);
    wakeWaiting(site.deps, tenants);
    expect(site.enqueued).toEqual([]);
    await site.clock.advance(60_000);
    wakeWaiting(site.deps, tenants);
    expect(site.enqueued).toEqual(['projection identity/staff-b']);
  });

  it('stay held by the pass that took them, whatever other records of the person do', () => {
    const other = { syncConfigurationRef: { name: 'other' } };
    const site = new Site({ pair: limits(1), records: [] });
    expect(takeSeat(site.deps, recordOf('a'), 1)).toBe(true);
    expect(takeSeat(site.deps, recordOf('a'), 1)).toBe(true);
    releaseSeat(site.deps, recordOf('a', {}, other));
    expect(takeSeat(site.deps, recordOf('b'), 1)).toBe(false);
    expect(takeSeat(site.deps, recordOf('a', {}, other), 1)).toBe(true);
    releaseSeat(site.deps, recordOf('a'));
    expect(takeSeat(site.deps, recordOf('b'), 1)).toBe(false);
    releaseSeat(site.deps, recordOf('a', {}, other));
    expect(takeSeat(site.deps, recordOf('b'), 1)).toBe(true);
  });

  it('are not kept free for whoever is suspended', () => {
    const paused = recordOf('b', { state: 'Skipped', limitedBy: 'maxUsers' }, { syncConfigurationRef: { name: 'paused' } });
    const site = new Site({ pair: limits(2), records: [live('a'), paused, waiting('c')] });
    wakeWaiting(site.deps, tenants);
    expect(site.enqueued).toEqual(['projection identity/staff-c']);
  });
});

/** One pass that creates an account, with a place after each step at which others work, or everything ends. */
function* pass(deps: Dependencies, site: Site, id: string, maxUsers: number, fails: boolean): Generator<void, void, void> {
  const put = (status: Partial<UserProjection['status']>): void => void site.projections.put(recordOf(id, status));
  const record = (): UserProjection => site.projections.get({ namespace: 'identity', name: `staff-${id}` }) ?? recordOf(id);
  yield;
  try {
    if (!takeSeat(deps, record(), maxUsers)) {
      put({ state: 'Skipped', limitedBy: 'maxUsers' });
      return;
    }
    yield;
    put({ state: 'Pending', intent: { operation: 'Create', at } });
    yield;
    if (fails) {
      put({ state: 'Failed' });
      return;
    }
    site.target.live.set(id, { id, attributes: {} });
    yield;
    put({ targetUser: { objectId: id, origin: 'Created' } });
    yield;
  } finally {
    releaseSeat(deps, record());
  }
}

describe('B11 the number of accounts of a pair', () => {
  const people = Array.from({ length: 40 }, (_, index) => `p${String(index).padStart(2, '0')}`);
  const schedule = fc.array(fc.record({ worker: fc.nat(23), what: fc.constantFrom('Step', 'Step', 'Step', 'Step', 'Crash', 'Leave') }), {
    minLength: 200,
    maxLength: 600,
  });

  it('is never above the limit with 24 workers at once, failures, leavers and restarts, and in the end is the limit', () => {
    fc.assert(
      fc.property(schedule, fc.integer({ min: 1, max: 30 }), fc.array(fc.nat(39), { maxLength: 6 }), (steps, maxUsers, failing) => {
        const site = new Site({ pair: limits(maxUsers), records: people.map((id) => recordOf(id, { state: 'Pending' })) });
        let deps = site.deps;
        const workers: (Generator<void, void, void> | undefined)[] = Array.from({ length: 24 });
        const busy = new Map<number, string>();
        const gone = new Set<string>();
        const needsWork = (id: string): boolean => {
          const record = site.projections.get({ namespace: 'identity', name: `staff-${id}` });
          if (!record || gone.has(id) || [...busy.values()].includes(id) || record.status.targetUser !== undefined) return false;
          return record.status.limitedBy === undefined || hasRoom(deps, record);
        };
        const fails = new Set(failing.map((index) => people[index] ?? ''));
        const step = (worker: number): boolean => {
          let work = workers[worker];
          if (!work) {
            const id = people.find(needsWork);
            if (id === undefined) return false;
            busy.set(worker, id);
            // Whoever has failed once succeeds the next time.
            work = workers[worker] = pass(deps, site, id, maxUsers, fails.delete(id));
          }
          if (work.next().done === true) {
            workers[worker] = undefined;
            busy.delete(worker);
          }
          expect(site.target.live.size).toBeLessThanOrEqual(maxUsers);
          return true;
        };
        for (const { worker, what } of steps) {
          if (what === 'Step') step(worker);
          else if (what === 'Crash') {
            // Nothing that a process held is known to the next one.
            deps = { ...site.deps, seats: new HeldSeats() };
            workers.fill(undefined);
            busy.clear();
          } else {
            const leaver = [...site.target.live.keys()].find((id) => ![...busy.values()].includes(id));
            if (leaver === undefined) continue;
            gone.add(leaver);
            site.target.live.delete(leaver);
            site.projections.put(recordOf(leaver, { state: 'SoftDeleted', targetUser: { objectId: leaver, deletedAt: at } }));
          }
        }
        let active = true;
        while (active) active = workers.map((_, worker) => step(worker)).some(Boolean);
        expect(site.target.live.size).toBe(Math.min(maxUsers, people.length - gone.size));
      }),
      { numRuns: 25 },
    );
  });
});
