import type { UnsealedSpec } from '../../../../src/core/projection/sealed-spec.ts';
import type { DirectoryUser } from '../../../../src/ports/directory.ts';
import { KubeError } from '../../../../src/ports/resources.ts';
import { refusal } from '../../../support/fake-target.ts';
import { internal } from '../../core/support.ts';
import { account, minute, Site, type SiteOptions } from '../support.ts';

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

describe('E11 a look at an account that a pass has found different', () => {
  const desired: Partial<UnsealedSpec> = { attributes: { displayName: 'Ana', department: 'Sales', accountEnabled: true } };
  const agreeing = { displayName: 'Ana', department: 'Sales', accountEnabled: true };

  /** Somebody who was brought into the target long ago, and whom a pass asks to be looked at. */
  async function settled(policy: 'Report' | 'Correct' = 'Report', more: SiteOptions = {}): Promise<Site> {
    const given = new Site({
      spec: desired,
      accounts: [account({ ...agreeing, department: 'Elsewhere' })],
      ...more,
      configuration: { drift: { policy, interval: '24h' }, ...more.configuration },
    });
    await given.reconcile();
    expect(given.record.status.state).toBe('Provisioned');
    await given.clock.advance(20 * minute);
    given.session.accessCheckedAt = given.clock.monotonic();
    given.target.writes.length = 0;
    given.deps.tracker.requestLook('identity/staff', given.key, policy === 'Correct' ? 'Correct' : 'Compare');
    return given;
  }
  const drift = (given: Site): readonly string[] => (given.record.status.drift ?? []).map(({ attribute }) => attribute);
  const warned = (given: Site): readonly string[] => (given.record.status.warnings ?? []).map(({ reason }) => reason);
  const changeInTarget = (given: Site, attributes: DirectoryUser['attributes']): void =>
    void given.target.live.set('account', account({ ...agreeing, ...attributes }));
  const lookAgain = async (given: Site): Promise<void> => {
    given.deps.tracker.requestLook('identity/staff', given.key, 'Compare');
    await given.clock.advance(20 * minute);
    given.session.accessCheckedAt = given.clock.monotonic();
    await given.reconcile();
  };

  it('says what differs and since when, writes nothing, and is over', async () => {
    const given = await settled();
    changeInTarget(given, { department: 'Purchasing' });
    const { state, appliedRevision } = given.record.status;
    await given.reconcile();
    expect(given.record.status.drift).toEqual([{ attribute: 'department', since: given.at() }]);
    expect(given.record.status).toMatchObject({ state, appliedRevision });
    expect(given.target.writes).toEqual([]);
    expect(given.deps.tracker.lookOf('identity/staff', given.key)).toBeUndefined();
  });

  it('says no more what agrees again, and keeps since when the rest differs', async () => {
    const given = await settled();
    changeInTarget(given, { department: 'Purchasing', displayName: 'Anna' });
    await given.reconcile();
    const since = given.at();
    changeInTarget(given, { displayName: 'Anna' });
    await lookAgain(given);
    expect(given.record.status.drift).toEqual([{ attribute: 'displayName', since }]);
    changeInTarget(given, {});
    await lookAgain(given);
    expect(given.record.status.drift).toBeUndefined();
  });

  it('sets back what differs where that is asked for, and says so in the log', async () => {
    const given = await settled('Correct');
    changeInTarget(given, { department: 'Purchasing' });
    given.told.length = 0;
    await given.reconcile();
    expect(given.target.writes).toEqual(['updateUser account department']);
    expect(given.target.live.get('account')?.attributes.department).toBe('Sales');
    expect(drift(given)).toEqual([]);
    expect(given.told.map(({ action, status }) => `${action} ${status}`)).toEqual(['update success']);
  });

  it('E11 A8 of one that is gone makes no other: it waits for the next full cycle, with a warning', async () => {
    const given = await settled();
    given.target.live.clear();
    await given.reconcile();
    expect(given.target.writes).toEqual([]);
    expect(warned(given)).toEqual(['AccountGone']);
    expect(given.record.status).toMatchObject({ state: 'Provisioned', targetUser: { objectId: 'account' } });
    expect(given.deps.tracker.lookOf('identity/staff', given.key)).toBeUndefined();
  });

  it('E11 takes the warning back when the account is seen again', async () => {
    const given = await settled();
    given.target.live.clear();
    await given.reconcile();
    changeInTarget(given, {});
    await lookAgain(given);
    expect(warned(given)).toEqual([]);
  });

  it('E11 A7 of one that somebody has deleted restores nothing: it is a conflict', async () => {
    const given = await settled('Correct');
    given.target.live.clear();
    given.target.deleted.set('account', account(agreeing, { deletedDateTime: given.at(-minute) }));
    await given.reconcile();
    expect(given.reason).toBe('DeletedInTarget');
    expect(given.target.writes).toEqual([]);
    expect(given.target.deleted.has('account')).toBe(true);
  });

  it('says nothing of one that a read does not show so soon after our own write', async () => {
    const given = await settled();
    const { status } = given.record;
    given.projections.put({ ...given.record, status: { ...status, lastWriteAt: given.at(-minute) } });
    given.target.live.clear();
    const before = given.record.status;
    await given.reconcile();
    expect(given.record.status).toEqual(before);
    expect(given.deps.tracker.lookOf('identity/staff', given.key)).toBeUndefined();
  });

  it('E11 I2 of one that was made internal is a conflict', async () => {
    const given = await settled();
    given.target.live.set('account', internal('account', { attributes: agreeing, managerId: null }));
    await given.reconcile();
    expect(given.record.status.state).toBe('Conflict');
    expect(given.target.writes).toEqual([]);
  });

  it('that fails before anything was decided has found nothing out: the next pass looks again', async () => {
    const given = await settled();
    const before = given.record.status;
    given.target.fail('getUser', refusal('Forbidden', { reason: 'GraphForbidden' }));
    expect(await given.reconcile()).toEqual({});
    expect(given.record.status).toEqual(before);
    expect(given.deps.tracker.lookOf('identity/staff', given.key)).toBeUndefined();
  });

  it('whose finding cannot be recorded is still to be made', async () => {
    const given = await settled();
    changeInTarget(given, { department: 'Purchasing' });
    given.projections.refuse('patchStatus', new KubeError('Unavailable', 'no server'));
    await expect(given.reconcile()).rejects.toThrow('no server');
    expect(given.deps.tracker.lookOf('identity/staff', given.key)).toBe('Compare');
  });

  it('asks for less quota than other work, and for no write unless it corrects', async () => {
    for (const [policy, writes] of [
      ['Report', 0],
      ['Correct', 1],
    ] as const) {
      const given = await settled(policy);
      await given.reconcile();
      expect(given.target.needs.at(-1)).toEqual({ reads: 4, writes });
    }
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
