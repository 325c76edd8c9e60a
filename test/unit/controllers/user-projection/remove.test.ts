import type { SyncConfigurationSpec, UserProjectionStatus } from '../../../../src/api/generated.ts';
import { block, remove, restore } from '../../../../src/controllers/user-projection/remove.ts';
import { confirmedBySource } from '../../../../src/controllers/user-projection/rests-on-source.ts';
import type { RestingAct } from '../../../../src/core/evaluation/still-holds.ts';
import { formatAnchor } from '../../../../src/core/matching/anchor.ts';
import type { UnsealedSpec } from '../../../../src/core/projection/sealed-spec.ts';
import { refusal } from '../../../support/fake-target.ts';
import { sourceObjectId, sourceTenantId } from '../../core/support.ts';
import { account, configurationWith, minute, Site, type SiteOptions } from '../support.ts';

const passed = '2026-01-05T07:00:00Z';
const removal = { reason: 'Unassigned', action: 'SoftDelete' } as const;
const removed: Partial<UnsealedSpec> = { lifecycle: 'Removed', removal, guardedAt: passed };
const notJudged: Partial<UnsealedSpec> = { lifecycle: 'Removed', removal };
const anchored = { matching: { adoption: 'Adopt', anchor: { attribute: 'extensionAttribute15' } } } as const;
const user = account();

const site = (options: SiteOptions = {}): Site => new Site({ spec: removed, ...options });

const { deprovisioning } = configurationWith().spec;
const edit = (given: Site, change: Partial<SyncConfigurationSpec>): unknown =>
  given.configurations.put({ ...given.configuration, spec: { ...given.configuration.spec, ...change } });

/** What the gate asks for when it is shut: a cycle, about this person. */
function proposed(given: Site): boolean {
  const { tracker, confirmations } = given.deps;
  return (
    tracker.isCycleRequested('identity/staff') &&
    confirmations.reconsideredOf('identity/staff').has(sourceObjectId) &&
    given.enqueued.includes('configuration identity/staff')
  );
}

describe('I3 a deletion', () => {
  it.each<[string, Partial<UnsealedSpec>]>([
    ['passed', removed],
    ['was approved', { ...notJudged, approvedToken: 't', approvedBy: 'ana' }],
  ])('that %s is carried out: intent, then deletion, then the record of it', async (_, spec) => {
    const given = site({ spec });
    given.confirm();
    await given.reconcile();
    expect(given.seen.get('deleteUser')?.intent).toEqual({ operation: 'Delete', at: given.at() });
    expect(given.target.writes).toEqual(['deleteUser account']);
    expect(given.record.status).toMatchObject({
      state: 'SoftDeleted',
      lastWriteAt: given.at(),
      targetUser: { objectId: 'account', deletedAt: given.at() },
    });
    expect(given.record.status.intent).toBeUndefined();
    expect(given.reason).toBe('UserDeleted');
    expect(given.record.status.history?.[0]).toMatchObject({ action: 'delete', status: 'success' });
    expect(given.record.status.history?.[0]?.modifiedAttributes).toBeUndefined();
  });

  it.each<[string, Partial<UnsealedSpec>]>([
    ['nobody judged', notJudged],
    ['a plan has found', { ...notJudged, evidence: 'e' }],
  ])('that %s is proposed to the guard, and nothing is done', async (_, spec) => {
    const given = site({ spec });
    given.confirm();
    await given.reconcile();
    expect(given.target.writes).toEqual([]);
    expect(given.record.status.intent).toBeUndefined();
    expect(given.record.status.state).toBe('Staged');
    expect(given.reason).toBe('AwaitingGuard');
    expect(proposed(given)).toBe(true);
  });

  it('that nobody judged counts its account as live, whatever was recorded of it', async () => {
    const given = site({ spec: notJudged, status: { targetUser: { objectId: 'account', origin: 'Created', foundDeletedAt: passed } } });
    await given.reconcile();
    expect(given.record.status.targetUser).toMatchObject({ objectId: 'account', origin: 'Created' });
    expect(given.record.status.targetUser).not.toHaveProperty('foundDeletedAt');
  });

  it.each<[string, (given: Site) => void]>([
    ['no reading', () => undefined],
    ['a reading of a whole cycle', (given) => given.confirm('Cycle')],
    ['a reading older than 30 seconds', (given) => given.confirm('DirectRead', 30_001)],
  ])('I11 is not carried out on %s: the source is asked, and asked again', async (_, confirm) => {
    const given = site();
    confirm(given);
    expect(await given.reconcile()).toMatchObject({ requeueAfterMs: minute });
    expect(given.target.writes).toEqual([]);
    expect(given.record.status.intent).toBeUndefined();
    expect(given.deps.confirmations.take('identity/staff', 9)).toEqual([
      { sourceId: sourceObjectId, projectionKey: given.key, act: 'Delete' },
    ]);
  });

  it('I11 is not carried out where who was blocked is to stay by now, and that is the end of it', async () => {
    const given = site({
      status: { state: 'Blocked', targetUser: { objectId: 'account', origin: 'Created', signInBlockedAt: '2026-01-02T00:00:00Z' } },
    });
    given.confirm();
    await given.reconcile();
    expect(given.target.writes).toEqual([]);
    expect([given.record.status.state, given.reason]).toEqual(['Retained', 'UserRetained']);
  });

  it.each<[string, Partial<SyncConfigurationSpec>, readonly string[]]>([
    ['the rules', { scope: { type: 'All', includeNestedGroups: true } }, []],
    ['nothing that people are evaluated by', { interval: '20m' }, ['deleteUser account']],
  ])('I11 on a reading before a change of %s', async (_, change, writes) => {
    const given = site();
    given.confirm();
    edit(given, change);
    await given.reconcile();
    expect(given.target.writes).toEqual(writes);
    expect(given.deps.confirmations.isAsking('identity/staff')).toBe(writes.length === 0);
    given.confirm();
    await given.reconcile();
    expect(given.record.status.state).toBe('SoftDeleted');
  });

  it('I11 that asks the source in vain says so, and when it asks again', async () => {
    const given = site();
    await given.reconcile();
    expect(given.reason).toBeUndefined();
    await given.clock.advance(minute);
    given.session.accessCheckedAt = given.clock.monotonic();
    await given.reconcile();
    expect(given.reason).toBe('AwaitingSource');
    expect(given.record.status).toMatchObject({ state: 'Staged', nextAttemptAt: given.at(minute) });
  });

  it('G9 marks the anchor first: who, by whom and when', async () => {
    const given = site({ configuration: anchored, installationId: 'west' });
    given.confirm();
    await given.reconcile();
    expect(given.target.writes).toEqual(['updateUser account extensionAttribute15', 'deleteUser account']);
    const mark = formatAnchor({ sourceTenantId, sourceObjectId, installation: 'west', deletedAt: given.clock.now() });
    expect(given.target.deleted.get('account')?.attributes.extensionAttribute15).toBe(mark);
    expect(given.record.status.history?.[0]?.modifiedAttributes).toBeUndefined();
  });

  it.each<[string, (given: Site) => unknown]>([
    ['limits.allowDelete', (given) => given.pairs.put({ ...given.pair, spec: { ...given.pair.spec, limits: { allowDelete: false } } })],
    ['deprovisioning.action', (given) => edit(given, { deprovisioning: { ...deprovisioning, action: 'Retain' } })],
    ['targetActions', (given) => edit(given, { targetActions: ['Create', 'Update'] })],
  ])('I11 is not carried out where %s forbids it since the pass began: the account is let go at once', async (_, change) => {
    const given = site({ configuration: anchored });
    given.confirm();
    given.target.during = (operation) => {
      if (operation === 'updateUser') change(given);
    };
    expect(await given.reconcile()).toMatchObject({ requeueAfterMs: 0 });
    await given.reconcile();
    expect(given.target.writes).toEqual(['updateUser account extensionAttribute15']);
    expect(given.record.status.state).toBe('Retained');
  });

  it('G9 deletes although the mark is refused', async () => {
    const given = site({ configuration: anchored });
    given.confirm();
    given.target.fail('updateUser', refusal('AttributeRefused'));
    await given.reconcile();
    expect(given.target.deleted.has('account')).toBe(true);
  });

  it('does not delete where it is not known whether the mark was written', async () => {
    const given = site({ configuration: anchored });
    given.confirm();
    given.target.fail('updateUser', refusal('Unavailable'));
    await given.reconcile();
    expect(given.target.writes).toEqual(['updateUser account extensionAttribute15']);
    expect(given.record.status.intent).toMatchObject({ operation: 'Delete' });
  });

  it.each<[string, Error, boolean, object]>([
    ['was refused for certain: the intent ends', refusal('Forbidden'), false, { state: 'Failed', attempts: 1 }],
    ['has an unknown outcome: the intent stays', refusal('Unclassified', { outcomeUnknown: true }), true, { state: 'Failed', attempts: 1 }],
  ])('that %s', async (_, error, kept, status) => {
    const given = site();
    given.confirm();
    given.target.fail('deleteUser', error);
    await given.reconcile();
    expect(given.record.status).toMatchObject(status);
    expect(given.record.status.intent?.operation).toBe(kept ? 'Delete' : undefined);
    expect(given.record.status.targetUser?.deletedAt).toBeUndefined();
  });

  it('of an account that is not there is waited for, as one that took effect without an answer', async () => {
    const given = site();
    given.confirm();
    given.target.fail('deleteUser', refusal('NotFound'));
    expect((await given.reconcile()).requeueAfterMs).toBe(500);
    expect(given.record.status.intent).toEqual({ operation: 'Delete', at: given.at() });
  });

  it.each<[string, number, number]>([
    ['begun lately keeps its time', -minute, -minute],
    ['begun long ago begins anew', -11 * minute, 0],
  ])('%s', async (_, begunMs, atMs) => {
    const made = new Site();
    const given = site({ status: { intent: { operation: 'Delete', at: made.at(begunMs) } } });
    given.confirm();
    given.target.fail('deleteUser', refusal('Unavailable', { outcomeUnknown: true }));
    await given.reconcile();
    expect(given.record.status.intent).toEqual({ operation: 'Delete', at: made.at(atMs) });
  });

  it('begun long ago of an account that is not there has failed: what there is, is looked at anew', async () => {
    const made = new Site();
    const given = site({ status: { intent: { operation: 'Delete', at: made.at(-11 * minute) } } });
    given.confirm();
    given.target.fail('deleteUser', refusal('NotFound'));
    await given.reconcile();
    expect(given.record.status).toMatchObject({ state: 'Failed', attempts: 1 });
  });

  it('of a person with a former deletion tells of the new one only', async () => {
    const given = site({
      status: { targetUser: { objectId: 'account', origin: 'Created', deletedAt: '2026-01-01T00:00:00Z', foundDeletedAt: passed } },
    });
    given.confirm();
    const outcome = await remove(given.work(), user);
    expect(outcome).toMatchObject({ state: 'SoftDeleted', reason: 'UserDeleted' });
    expect(given.record.status.targetUser).not.toHaveProperty('deletedAt');
    expect(given.record.status.targetUser).not.toHaveProperty('foundDeletedAt');
  });

  it('is not begun when somebody has written the record in between: the decision is made anew', async () => {
    const given = site();
    given.confirm();
    const work = given.work();
    await given.projections.patchStatus(given.record.metadata, { attempts: 1 });
    await expect(remove(work, user)).rejects.toThrow(given.record.metadata.name);
    expect(given.target.writes).toEqual([]);
  });

  it('A10 of who goes with the configuration rests on its deletion, not on the source', async () => {
    const spec = { ...removed, removal: { reason: 'ConfigurationDeleted', action: 'SoftDelete' } } as const;
    const configuration = { deprovisioning: { ...deprovisioning, onConfigurationDeletion: 'Deprovision' } } as const;
    const going = site({ spec, configuration, configurationMetadata: { deletionTimestamp: passed } });
    await going.reconcile();
    expect(going.target.writes).toEqual(['deleteUser account']);
    const staying = site({ spec, configuration });
    staying.confirm();
    await staying.reconcile();
    expect(staying.target.writes).toEqual([]);
  });
});

describe('a block in place of a deletion', () => {
  const spec: Partial<UnsealedSpec> = { ...removed, removal: { reason: 'Unassigned', action: 'Block' } };
  const blocking = (options: SiteOptions = {}): Site => site({ spec, ...options });

  it('is written under the verdict, and remembered with it', async () => {
    const given = blocking();
    given.confirm();
    await given.reconcile();
    expect(given.target.writes).toEqual(['updateUser account accountEnabled']);
    expect(given.record.status).toMatchObject({
      state: 'Blocked',
      targetUser: { signInBlockedAt: given.at(), blockVerdict: `passed ${passed}` },
    });
    expect(given.record.status.appliedRevision).toBe(given.record.spec.revision);
  });

  it('I3 is proposed to the guard where nobody judged it', async () => {
    const given = blocking({ spec: { ...notJudged, removal: { reason: 'Unassigned', action: 'Block' } } });
    given.confirm();
    await given.reconcile();
    expect(given.target.writes).toEqual([]);
    expect(given.reason).toBe('AwaitingGuard');
    expect(proposed(given)).toBe(true);
  });

  it('I11 waits for a reading of the source', async () => {
    const given = blocking();
    expect(await given.reconcile()).toMatchObject({ requeueAfterMs: minute });
    expect(given.target.writes).toEqual([]);
    expect(given.deps.confirmations.take('identity/staff', 9)).toMatchObject([{ act: 'Block' }]);
  });

  it('A4 that the target refuses says so', async () => {
    const given = blocking();
    given.confirm();
    given.target.fail('updateUser', refusal('Forbidden'));
    await given.reconcile();
    expect(given.reason).toBe('BlockRefused');
    expect(given.record.status).toMatchObject({ state: 'Provisioned', refusedAttributes: [{ name: 'accountEnabled' }] });
    expect(given.record.status.targetUser?.signInBlockedAt).toBeUndefined();
  });

  it('of an account that is blocked already needs no verdict and no reading, and writes nothing', async () => {
    const given = blocking({
      spec: { ...notJudged, removal: { reason: 'Unassigned', action: 'Block' } },
      accounts: [account({}, { accountEnabled: false })],
    });
    await given.reconcile();
    expect(given.target.writes).toEqual([]);
    expect(given.record.status).toMatchObject({ state: 'Blocked', targetUser: { blockVerdict: 'found blocked' } });
  });

  it('keeps the time and the verdict of a block of ours', async () => {
    const link = {
      objectId: 'account',
      origin: 'Created',
      signInBlockedAt: '2026-01-02T00:00:00Z',
      blockVerdict: 'passed before',
      sessionsOpen: true,
      releasedAt: passed,
    } as const;
    const given = blocking({ status: { targetUser: link }, accounts: [account({}, { accountEnabled: false })] });
    const work = given.work();
    await block(work, account({}, { accountEnabled: false }));
    expect(work.done.targetUser).toMatchObject({ signInBlockedAt: '2026-01-02T00:00:00Z', blockVerdict: 'passed before' });
    expect(work.done.targetUser).not.toHaveProperty('releasedAt');
  });

  it('asks for the end of sessions', async () => {
    const given = blocking({
      configuration: { deprovisioning: { ...new Site().configuration.spec.deprovisioning, revokeSessions: true } },
    });
    given.confirm();
    given.target.fail('revokeSessions', refusal('Unavailable'));
    expect(await given.reconcile()).toMatchObject({ requeueAfterMs: 30_000 });
    expect(given.record.status).toMatchObject({ state: 'Blocked', targetUser: { sessionsOpen: true } });
  });
});

describe('A6 a restore', () => {
  const deletedAt = '2026-01-04T08:00:00Z';
  const gone: Partial<UserProjectionStatus> = {
    state: 'SoftDeleted',
    appliedContent: 'former',
    targetUser: { objectId: 'account', origin: 'Created', deletedAt },
  };

  function bin(options: SiteOptions = {}): Site {
    const given = new Site({ spec: { attributes: { jobTitle: 'Clerk' } }, status: gone, accounts: [], ...options });
    given.target.deleted.set('account', account({ jobTitle: 'Chief' }));
    return given;
  }

  it('rests on a reading of the interval: intent, restore, then what differs', async () => {
    const given = bin();
    given.confirm('Cycle', 40 * minute);
    await given.reconcile();
    expect(given.seen.get('restoreUser')).toMatchObject({ intent: { operation: 'Restore', at: given.at() }, targetUser: { deletedAt } });
    expect(given.target.writes).toEqual(['restoreUser account', 'updateUser account jobTitle']);
    expect(given.record.status).toMatchObject({
      state: 'Provisioned',
      lastWriteAt: given.at(),
      targetUser: { objectId: 'account', origin: 'Created' },
    });
    expect(given.record.status.targetUser).not.toHaveProperty('deletedAt');
    expect(given.record.status.intent).toBeUndefined();
    expect(given.reason).toBe('UserRestored');
  });

  it.each<[string, (given: Site) => void]>([
    ['no reading', () => undefined],
    ['a reading older than the interval', (given) => given.confirm('Cycle', 40 * minute + 1)],
  ])('I11 does not rest on %s', async (_, confirm) => {
    const given = bin();
    confirm(given);
    expect(await given.reconcile()).toMatchObject({ requeueAfterMs: minute });
    expect(given.target.writes).toEqual([]);
    expect(given.deps.confirmations.take('identity/staff', 9)).toMatchObject([{ act: 'Restore' }]);
  });

  it('I11 that asks in vain is pending', async () => {
    const given = bin();
    await given.reconcile();
    await given.clock.advance(minute);
    given.session.accessCheckedAt = given.clock.monotonic();
    await given.reconcile();
    expect([given.record.status.state, given.reason]).toEqual(['Pending', 'AwaitingSource']);
  });

  it('lets the directory resolve addresses where that is asked for', async () => {
    const given = bin({ configuration: { restore: { reconcileProxies: true } } });
    given.confirm('Cycle');
    await given.reconcile();
    expect(given.target.writes[0]).toBe('restoreUser account reconciling');
  });

  it.each<[string, string | undefined]>([
    ['names the object that has the name or address', 'rival'],
    ['is a conflict although the directory names none', undefined],
  ])('refused %s', async (_, conflictingObjectId) => {
    const given = bin();
    given.confirm('Cycle');
    given.target.fail('restoreUser', refusal('ObjectConflict', conflictingObjectId === undefined ? {} : { conflictingObjectId }));
    await given.reconcile();
    expect(given.reason).toBe('RestoreConflict');
    expect(given.record.status).toMatchObject({ state: 'Conflict', targetUser: { deletedAt } });
    expect(given.record.status.conflictingObjectId).toBe(conflictingObjectId);
    expect(given.record.status.intent).toBeUndefined();
  });

  it('whose outcome is unknown keeps its intent', async () => {
    const given = bin();
    given.confirm('Cycle');
    given.target.fail('restoreUser', refusal('Unclassified', { outcomeUnknown: true }));
    await given.reconcile();
    expect(given.record.status).toMatchObject({ state: 'Failed', intent: { operation: 'Restore' }, targetUser: { deletedAt } });
  });

  it('A1 that is not visible yet is waited for, and goes on with everything mapped', async () => {
    const given = bin();
    given.confirm('Cycle');
    given.target.fail('updateUser', refusal('NotFound'));
    expect((await given.reconcile()).requeueAfterMs).toBe(500);
    expect(given.record.status).toMatchObject({ state: 'Pending', intent: { operation: 'Restore' } });
    expect(given.record.status.appliedContent).toBeUndefined();
    await given.clock.advance(500);
    await given.reconcile();
    expect(given.target.writes).toEqual(['restoreUser account', 'updateUser account jobTitle', 'updateUser account jobTitle']);
    expect(given.record.status.intent).toBeUndefined();
  });

  it('G9 of a tombstone that only its mark tells of is recorded with the time of its deletion', async () => {
    const given = bin({ status: { state: 'Pending', targetUser: undefined as never } });
    given.confirm('Cycle');
    given.target.fail('restoreUser', refusal('Unclassified', { outcomeUnknown: true }));
    await restore(given.work(), account({}, { deletedDateTime: '2026-01-03T00:00:00Z' })).catch(() => undefined);
    expect(given.record.status.targetUser).toMatchObject({ objectId: 'account', origin: 'Created', deletedAt: '2026-01-03T00:00:00Z' });
  });
});

describe('I11 what an act rests on', () => {
  const second = 1000;
  const rows: readonly [RestingAct, 'Cycle' | 'DirectRead', number, string, boolean][] = [
    ['Delete', 'DirectRead', 30 * second, '40m', true],
    ['Delete', 'DirectRead', 30 * second + 1, '40m', false],
    ['Delete', 'Cycle', 0, '40m', false],
    ['Block', 'DirectRead', 30 * second, '40m', true],
    ['Block', 'DirectRead', 30 * second + 1, '40m', false],
    ['Block', 'Cycle', 0, '40m', false],
    ['Create', 'Cycle', 40 * minute, '40m', true],
    ['Create', 'Cycle', 40 * minute + 1, '40m', false],
    ['Create', 'DirectRead', 40 * minute, '40m', true],
    ['Restore', 'Cycle', 40 * minute, '40m', true],
    ['Restore', 'Cycle', 40 * minute + 1, '40m', false],
    ['Create', 'Cycle', 30 * second, '1s', true],
    ['Create', 'Cycle', 30 * second + 1, '1s', false],
  ];

  it.each(rows)('%s on a %s of %d ms ago, with an interval of %s: %s', (act, by, ageMs, interval, expected) => {
    const given = site({ configuration: { interval } });
    given.confirm(by, ageMs);
    expect(confirmedBySource(given.work(), act)).toBe(expected);
    expect(given.deps.confirmations.isAsking('identity/staff')).toBe(!expected);
    expect(given.enqueued).toEqual(expected ? [] : ['configuration identity/staff']);
  });

  it.each([
    [15 * second, 45 * second, true],
    [15 * second, 45 * second + 1, false],
    [45 * second, 75 * second, true],
    [600 * second, 75 * second + 1, false],
  ])('a block by a pass that has taken %d ms rests on a reading of %d ms ago: %s', (passMs, ageMs, expected) => {
    const given = site();
    given.confirm('DirectRead', ageMs);
    const work = { ...given.work(), startedAt: given.deps.clock.monotonic() - passMs };
    expect(confirmedBySource(work, 'Block')).toBe(expected);
  });

  it('a removal for another reason than the deletion of the configuration rests on the source, also while that goes', () => {
    const given = site({ configurationMetadata: { deletionTimestamp: passed } });
    expect(confirmedBySource(given.work(), 'Delete')).toBe(false);
  });

  const goingSince = (given: Site, onConfigurationDeletion: 'Deprovision' | 'Retain', deletionTimestamp?: string): void => {
    edit(given, { deprovisioning: { ...deprovisioning, onConfigurationDeletion } });
    const { configuration } = given;
    if (deletionTimestamp !== undefined)
      given.configurations.put({ ...configuration, metadata: { ...configuration.metadata, deletionTimestamp } });
  };
  const withConfiguration = { ...removed, removal: { reason: 'ConfigurationDeleted', action: 'SoftDelete' } } as const;

  it.each<['Deprovision' | 'Retain', string | undefined, boolean]>([
    ['Deprovision', passed, true],
    ['Retain', passed, false],
    ['Deprovision', undefined, false],
    ['Retain', undefined, false],
  ])('a removal with the configuration rests on its deletion as it stands now: %s, deleted %s: %s', (wish, at, expected) => {
    const given = site({ spec: withConfiguration });
    const work = given.work();
    goingSince(given, wish, at);
    expect(confirmedBySource(work, 'Delete')).toBe(expected);
  });

  it.each<['Deprovision' | 'Retain', readonly string[], string]>([
    ['Deprovision', ['deleteUser account'], 'SoftDeleted'],
    ['Retain', [], 'Retained'],
  ])('A10 an approved removal with a configuration that asks for %s by now', async (wish, writes, state) => {
    const given = site({ spec: { ...withConfiguration, approvedToken: 't', approvedBy: 'ana' } });
    goingSince(given, wish, passed);
    await given.reconcile();
    expect(given.target.writes).toEqual(writes);
    expect(given.record.status.state).toBe(state);
  });

  it('who is to be present rests on the source, whatever was the reason of a former removal', () => {
    const given = site({
      spec: { removal: { reason: 'ConfigurationDeleted', action: 'SoftDelete' } },
      configurationMetadata: { deletionTimestamp: passed },
    });
    expect(confirmedBySource(given.work(), 'Create')).toBe(false);
  });
});

describe('what is known of an account outlives what is done to it', () => {
  const adopted = { objectId: 'account', origin: 'Adopted', anchoredAt: passed } as unknown as NonNullable<
    UserProjectionStatus['targetUser']
  >;
  const handled: Partial<UserProjectionStatus> = { targetUser: adopted, lastHandledReconcileAt: 'asked', appliedContent: 'content' };
  const blocks: Partial<UnsealedSpec> = { ...removed, removal: { reason: 'Unassigned', action: 'Block' } };
  const noLink = { targetUser: undefined } as unknown as Partial<UserProjectionStatus>;

  it('D5 an adopted account stays adopted when it is deleted, and the record of it is complete', async () => {
    const given = site({ status: handled });
    given.confirm();
    await given.reconcile();
    expect(given.seen.get('deleteUser')).toMatchObject({ ...handled, intent: { operation: 'Delete' } });
    expect(given.record.status.targetUser).toMatchObject({ ...adopted, deletedAt: given.at() });
    expect(given.record.status.appliedRevision).toBe(given.record.spec.revision);
  });

  it('D5 an adopted account stays adopted when it is blocked', async () => {
    const given = site({ spec: blocks, status: handled });
    given.confirm();
    await given.reconcile();
    expect(given.target.live.get('account')?.accountEnabled).toBe(false);
    expect(given.record.status.targetUser).toMatchObject({ ...adopted, signInBlockedAt: given.at() });
  });

  it.each([
    ['deletion', notJudged],
    ['block', { ...notJudged, removal: { reason: 'Unassigned', action: 'Block' } } as const],
  ])('D5 an adopted account stays adopted while its %s waits for the guard', async (_, spec) => {
    const given = site({ spec, status: handled });
    await given.reconcile();
    expect(given.record.status.targetUser).toMatchObject(adopted);
  });

  it('of an account that only its anchor told of, everything that the read shows is recorded', async () => {
    const shown = account({}, { userPrincipalName: 'ana#EXT#@spoke', userType: 'Member', externalUserState: 'Accepted' });
    const facts = { objectId: 'account', origin: 'Created', userPrincipalName: 'ana#EXT#@spoke', userType: 'Member' };
    const found = async (spec: Partial<UnsealedSpec>, act: typeof remove): Promise<Site['record']['status']['targetUser']> => {
      const given = site({ spec, status: noLink });
      given.confirm();
      const work = given.work();
      await act(work, shown);
      return work.done.targetUser;
    };
    expect(await found(removed, remove)).toMatchObject({ ...facts, deletedAt: new Site().at() });
    expect(await found(notJudged, remove)).toMatchObject(facts);
    expect(await found(blocks, block)).toMatchObject({ ...facts, blockVerdict: `passed ${passed}` });
  });
});

describe('an act of which the record was written by somebody else meanwhile is decided about again', () => {
  /** The record is written behind the back of the pass, as its first write is about to be made. */
  function overtaken(given: Site): void {
    given.projections.before = () => {
      given.projections.before = () => undefined;
      const { record } = given;
      given.projections.put({ ...record, metadata: { ...record.metadata, resourceVersion: 'newer' } });
    };
  }

  it('a deletion', async () => {
    const given = site();
    given.confirm();
    overtaken(given);
    await expect(remove(given.work(), user)).rejects.toMatchObject({ kind: 'Conflict' });
    expect(given.target.writes).toEqual([]);
  });

  it('a restore', async () => {
    const given = new Site({ status: { state: 'SoftDeleted', targetUser: { objectId: 'account', origin: 'Created', deletedAt: passed } } });
    given.confirm();
    overtaken(given);
    await expect(restore(given.work(), user)).rejects.toMatchObject({ kind: 'Conflict' });
    expect(given.target.writes).toEqual([]);
  });
});

describe('A6 what a restore remembers of the deletion', () => {
  const link = { objectId: 'account', origin: 'Adopted', deletedAt: passed } as const;

  /** The record's link as the restore was sent. */
  async function sent(status: Partial<UserProjectionStatus>, deletedAt?: string, deletedDateTime?: string) {
    const given = new Site({ status: { lastHandledReconcileAt: 'asked', ...status }, accounts: [] });
    given.confirm();
    const work = given.work();
    work.deletedAt = deletedAt;
    given.target.fail('restoreUser', refusal('Unclassified', { outcomeUnknown: true }));
    await expect(restore(work, account({}, deletedDateTime === undefined ? {} : { deletedDateTime }))).rejects.toThrow();
    const { restoreUser: seen } = Object.fromEntries(given.seen) as Record<string, UserProjectionStatus>;
    expect(seen).toMatchObject({ lastHandledReconcileAt: 'asked', intent: { operation: 'Restore' } });
    return seen?.targetUser;
  }
  const none = { state: 'Pending', targetUser: undefined } as unknown as Partial<UserProjectionStatus>;

  it('the link as it is, where there is one', async () => {
    expect(await sent({ state: 'SoftDeleted', targetUser: link }, '2026-01-03T00:00:00Z', '2026-01-02T00:00:00Z')).toMatchObject(link);
  });

  it('else the time on its mark, else that of the recycle bin, else now', async () => {
    const mark = '2026-01-03T00:00:00Z';
    const bin = '2026-01-02T00:00:00Z';
    expect(await sent(none, mark, bin)).toMatchObject({ objectId: 'account', origin: 'Created', deletedAt: mark });
    expect(await sent(none, undefined, bin)).toMatchObject({ deletedAt: bin });
    expect(await sent(none)).toMatchObject({ deletedAt: new Site().at() });
  });

  it('I12 its end and what it found is on the record before anything else is written, and an adopted account stays adopted', async () => {
    const given = new Site({
      spec: { attributes: { jobTitle: 'Clerk' } },
      status: { state: 'SoftDeleted', targetUser: link },
      accounts: [],
    });
    given.target.deleted.set('account', account({ jobTitle: 'Chief' }));
    given.confirm();
    await given.reconcile();
    expect(given.seen.get('updateUser')?.targetUser).toMatchObject({ objectId: 'account', origin: 'Adopted' });
    expect(given.seen.get('updateUser')?.targetUser).not.toHaveProperty('deletedAt');
    expect(given.record.status.targetUser).toMatchObject({ origin: 'Adopted' });
  });

  it('I12 that it was done is recorded although somebody else has written the record meanwhile', async () => {
    const given = new Site({
      spec: { attributes: { jobTitle: 'Clerk' } },
      status: { state: 'SoftDeleted', targetUser: link },
      accounts: [],
    });
    given.target.deleted.set('account', account({ jobTitle: 'Clerk' }));
    given.confirm();
    given.target.during = (operation) => {
      if (operation !== 'restoreUser') return;
      const { record } = given;
      given.projections.put({ ...record, metadata: { ...record.metadata, resourceVersion: 'newer' } });
    };
    await given.reconcile();
    expect(given.record.status.targetUser).not.toHaveProperty('deletedAt');
    expect(given.target.live.has('account')).toBe(true);
  });

  it.each(['ObjectConflict', 'Forbidden'] as const)('one that was refused for certain (%s) is not under way any more', async (kind) => {
    const given = new Site({ status: { state: 'SoftDeleted', targetUser: link }, accounts: [] });
    given.target.deleted.set('account', account());
    given.confirm();
    given.target.fail('restoreUser', refusal(kind));
    await given.reconcile();
    expect(given.seen.get('restoreUser')?.intent).toMatchObject({ operation: 'Restore' });
    expect(given.record.status.intent).toBeUndefined();
  });
});
