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
