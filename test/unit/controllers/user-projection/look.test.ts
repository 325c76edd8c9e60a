import type { UnsealedSpec } from '../../../../src/core/projection/sealed-spec.ts';
import { account, minute, Site } from '../support.ts';

const blocks: Partial<UnsealedSpec> = {
  attributes: { displayName: 'Ana', department: 'Sales', accountEnabled: false },
  guardedAt: '2026-01-05T07:00:00Z',
};
const before = { displayName: 'Ana', department: 'Elsewhere', accountEnabled: true };

describe('E11 what is set back on a look', () => {
  /** Somebody whom a pass has found different, and whom a cycle has blocked before the record came to look. */
  async function blocked(): Promise<Site> {
    const given = new Site({ spec: blocks, accounts: [account(before)], configuration: { drift: { policy: 'Correct', interval: '24h' } } });
    given.deps.tracker.requestLook('identity/staff', given.key, 'Correct');
    given.confirm();
    await given.reconcile();
    expect(given.target.writes).toEqual(['updateUser account department,accountEnabled']);
    expect(given.record.status.state).toBe('Blocked');
    expect(given.deps.tracker.lookOf('identity/staff', given.key)).toBe('Correct');
    return given;
  }

  it('E11 I3 is nothing on a read that is behind our own write: a block in it is not proposed once more', async () => {
    const given = await blocked();
    const { targetUser } = given.record.status;
    given.target.live.set('account', account(before));
    await given.clock.advance(minute);
    await given.reconcile();
    expect(given.target.writes).toHaveLength(1);
    expect(given.record.status).toMatchObject({ state: 'Blocked', targetUser });
    expect([...given.deps.confirmations.reconsideredOf('identity/staff').keys()]).toEqual([]);
    expect(given.deps.tracker.lookOf('identity/staff', given.key)).toBeUndefined();
  });
});

describe('A12 a purge that a cycle has let pass while something else was due', () => {
  const deletedAt = '2026-01-05T07:00:00Z';
  const gone = { lifecycle: 'Removed', removal: { reason: 'Deleted', action: 'SoftDelete' } } as const;

  it.each([
    ['comes next', deletedAt, 1000],
    ['I14 does not bring a record back at once whose 30 days are over', '2025-11-01T00:00:00Z', 24 * 60 * minute],
  ])('%s', async (_, at, againMs) => {
    const given = new Site({
      spec: gone,
      accounts: [],
      status: { state: 'SoftDeleted', targetUser: { objectId: 'account', origin: 'Created', deletedAt: at }, lastWriteAt: at },
    });
    given.target.deleted.set('account', account({}, { deletedDateTime: at }));
    given.deps.tracker.requestPurge('identity/staff', given.key);
    const { requeueAfterMs } = await given.reconcile();
    expect(given.record.status.state).toBe('SoftDeleted');
    expect(requeueAfterMs).toBe(againMs);
  });
});
