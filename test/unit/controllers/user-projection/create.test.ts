import type { UserProjectionStatus } from '../../../../src/api/generated.ts';
import { link } from '../../../../src/controllers/user-projection/create.ts';
import { Deferred } from '../../../../src/controllers/shared/write-gate.ts';
import { omit } from '../../../../src/core/omit.ts';
import { formatAnchor } from '../../../../src/core/matching/anchor.ts';
import type { UnsealedSpec } from '../../../../src/core/projection/sealed-spec.ts';
import { KubeError } from '../../../../src/ports/resources.ts';
import { refusal } from '../../../support/fake-target.ts';
import { recordWith, sourceObjectId, sourceTenantId } from '../../core/support.ts';
import { account, minute, Site, type SiteOptions } from '../support.ts';

const wanted: Partial<UnsealedSpec> = {
  attributes: { displayName: 'Ana', jobTitle: 'Clerk', accountEnabled: true },
  onCreate: { userType: 'Member' },
};
const nobody: Partial<UserProjectionStatus> = { state: 'Pending', targetUser: undefined as never };

/** Somebody who has no account, as a cycle has just read them. */
function site(options: SiteOptions = {}): Site {
  const given = new Site({ spec: wanted, accounts: [], ...options, status: { ...nobody, ...options.status } });
  given.confirm('Cycle');
  return given;
}

describe('A1 an invitation', () => {
  it('is recorded before it is sent, its account at once, and its values then', async () => {
    const given = site();
    await given.reconcile();
    expect(given.seen.get('invite')).toMatchObject({
      state: 'Pending',
      intent: { operation: 'Create', at: given.at(), address: 'ana@contoso.com' },
    });
    expect(given.seen.get('updateUser')).toMatchObject({ targetUser: { objectId: 'invited', origin: 'Created' } });
    expect(given.seen.get('updateUser')).not.toHaveProperty('intent');
    expect(given.target.writes).toEqual(
      ['invite ana@contoso.com', 'updateUser invited jobTitle,displayName'].map((write) =>
        write.replace('jobTitle,displayName', 'displayName,jobTitle'),
      ),
    );
    expect(given.target.invitations).toEqual([
      { emailAddress: 'ana@contoso.com', displayName: 'Ana', userType: 'Member', redirectUrl: 'https://example.com', sendMessage: false },
    ]);
    expect(given.record.status).toMatchObject({
      state: 'Provisioned',
      lastWriteAt: given.at(),
      appliedRevision: given.record.spec.revision,
      targetUser: { objectId: 'invited', userType: 'Member', externalUserState: 'PendingAcceptance', origin: 'Created' },
    });
    expect(given.reason).toBe('UserCreated');
  });

  it.each<[string, Partial<UnsealedSpec>, object]>([
    ['C3 as a guest where that is mapped for creation', { onCreate: { userType: 'Guest' } }, { userType: 'Guest' }],
    ['C3 as a guest where that is mapped always', { attributes: { userType: 'Guest' } }, { userType: 'Guest' }],
    [
      'C3 as what is mapped for creation before what is mapped always',
      { attributes: { userType: 'Guest' }, onCreate: { userType: 'Member' } },
      { userType: 'Member' },
    ],
    ['as a member where nothing is mapped', { attributes: {} }, { userType: 'Member' }],
    ['under the name that is only written at creation', { attributes: {}, onCreate: { displayName: 'Eva' } }, { displayName: 'Eva' }],
  ])('%s', async (_, spec, expected) => {
    const given = site({ spec });
    await given.reconcile();
    expect(given.target.invitations[0]).toMatchObject(expected);
  });

  it('B11 is the last write to an account that the pair excludes while it is made', async () => {
    const given = site();
    given.target.during = (operation) => {
      const limits = { allowDelete: true, excludedTargetUsers: ['invited'] };
      if (operation === 'invite') given.pairs.put({ ...given.pair, spec: { ...given.pair.spec, limits } });
    };
    await given.reconcile();
    await given.reconcile();
    expect(given.target.writes).toEqual(['invite ana@contoso.com']);
  });

  it('I11 is not sent on an old reading', async () => {
    const given = site();
    given.deps.confirmations.forget('identity/staff');
    expect(await given.reconcile()).toMatchObject({ requeueAfterMs: minute });
    expect(given.target.writes).toEqual([]);
    expect(given.record.status.intent).toBeUndefined();
    expect(given.deps.confirmations.take('identity/staff', 9)).toMatchObject([{ act: 'Create' }]);
  });

  it('is not sent where the intent cannot be recorded', async () => {
    const given = site();
    given.projections.refuse('patchStatus', new KubeError('Conflict', 'changed'));
    await expect(given.reconcile()).rejects.toThrow('changed');
    expect(given.target.writes).toEqual([]);
  });

  it('A8 of one whose account is gone for good begins anew', async () => {
    const given = site({
      status: {
        state: 'Provisioned',
        targetUser: { objectId: 'former', origin: 'Created', signInBlockedAt: 'x', managerId: 'm' },
        lastWriteAt: '2026-01-01T00:00:00Z',
        appliedRevision: 'r',
        appliedContent: 'c',
        writeOnlyRevision: 'w',
        refusedAttributes: [{ name: 'jobTitle' }],
      },
    });
    await given.reconcile();
    const facts = ['targetUser', 'lastWriteAt', 'appliedRevision', 'appliedContent', 'writeOnlyRevision', 'refusedAttributes'];
    expect(facts.filter((name) => name in (given.seen.get('invite') ?? {}))).toEqual([]);
    expect(given.target.live.get('invited')?.attributes.jobTitle).toBe('Clerk');
    expect(given.record.status.targetUser).toEqual({
      objectId: 'invited',
      userPrincipalName: 'invited#EXT#@spoke',
      mailEnabled: false,
      userType: 'Member',
      externalUserState: 'PendingAcceptance',
      origin: 'Created',
      createdAt: expect.any(String) as string,
    });
  });

  it.each<[string, Error, Partial<UserProjectionStatus>]>([
    ['that was throttled takes its intent back', refusal('Throttled', { retryAt: 1 }), { state: 'Pending' }],
    [
      'that is refused by the target is a conflict',
      refusal('InvitationRefused', { reason: 'InvitationRefused' }),
      { state: 'Conflict', attempts: 1 },
    ],
    [
      'that is refused because of the target’s settings has failed',
      refusal('InvitationRefused', { reason: 'InvitationsDisabled' }),
      { state: 'Failed', attempts: 1 },
    ],
    ['that is refused otherwise has failed', refusal('QuotaExceeded'), { state: 'Failed', attempts: 1 }],
  ])('%s', async (_, error, status) => {
    const given = site();
    given.target.fail('invite', error);
    await given.reconcile();
    expect(given.record.status).toMatchObject(status);
    expect(given.record.status.intent).toBeUndefined();
    expect(given.record.status.targetUser).toBeUndefined();
  });

  it('that may not leave any more takes its intent back', async () => {
    const given = site();
    given.projections.before = () => void (given.holdsLease = false);
    await given.reconcile();
    expect(given.target.writes).toEqual([]);
    expect(given.record.status.intent).toBeUndefined();
  });

  it('whose answer was lost keeps its intent, and is not sent again before the target was searched for the whole window', async () => {
    const given = site();
    given.target.fail('invite', refusal('Unavailable', { outcomeUnknown: true }));
    await given.reconcile();
    expect(given.record.status).toMatchObject({
      state: 'Failed',
      intent: { operation: 'Create', address: 'ana@contoso.com' },
      nextAttemptAt: given.at(10 * minute),
    });
    await given.clock.advance(9 * minute);
    given.session.accessCheckedAt = given.clock.monotonic();
    given.confirm('Cycle');
    expect((await given.reconcile()).requeueAfterMs).toBe(minute);
    expect(given.target.writes).toEqual(['invite ana@contoso.com']);
    await given.clock.advance(minute);
    given.session.accessCheckedAt = given.clock.monotonic();
    given.confirm('Cycle');
    await given.reconcile();
    expect(given.target.writes.filter((write) => write.startsWith('invite'))).toHaveLength(2);
  });

  it('whose account appears later is linked as what we created', async () => {
    const given = site();
    given.target.fail('invite', refusal('Unavailable', { outcomeUnknown: true }));
    await given.reconcile();
    await given.clock.advance(5000);
    given.target.found = [account({ displayName: 'Ana', accountEnabled: true })];
    given.target.live.set('account', account({ displayName: 'Ana', accountEnabled: true }));
    await given.reconcile();
    expect(given.target.writes).toEqual(['invite ana@contoso.com', 'updateUser account jobTitle']);
    expect(given.record.status).toMatchObject({ state: 'Provisioned', targetUser: { objectId: 'account', origin: 'Created' } });
    expect(given.record.status.intent).toBeUndefined();
  });

  it('A1 whose account is not visible to the write is waited for', async () => {
    const given = site();
    given.target.fail('updateUser', refusal('NotFound'));
    expect((await given.reconcile()).requeueAfterMs).toBe(500);
    expect(given.record.status).toMatchObject({ state: 'Pending', targetUser: { objectId: 'invited' } });
    await given.clock.advance(500);
    await given.reconcile();
    expect(given.target.writes.filter((write) => write.startsWith('invite'))).toHaveLength(1);
    expect(given.target.live.get('invited')?.attributes.jobTitle).toBe('Clerk');
    expect(given.record.status.history?.[0]).toMatchObject({ action: 'create', status: 'success' });
  });
});

describe('D1 an account of the person that is there', () => {
  const found = account({ displayName: 'Ana', jobTitle: 'Chief', accountEnabled: true });

  it('is linked as adopted before anything is written', async () => {
    const given = site({ accounts: [found] });
    given.target.found = [found];
    await given.reconcile();
    expect(given.seen.get('updateUser')).toMatchObject({ targetUser: { objectId: 'account', origin: 'Adopted' } });
    expect(given.target.writes).toEqual(['updateUser account jobTitle']);
    expect(given.record.status.targetUser?.origin).toBe('Adopted');
  });

  it('is not written where updates are not allowed', async () => {
    const given = site({ accounts: [found], configuration: { targetActions: ['Create', 'Delete'] } });
    given.target.found = [found];
    expect(await given.reconcile()).toMatchObject({ requeueAfterMs: 0 });
    expect(given.target.writes).toEqual([]);
    expect(given.record.status.targetUser?.objectId).toBe('account');
  });

  it('I3 is not blocked by being adopted before the guard has judged it', async () => {
    const given = site({ spec: { attributes: { accountEnabled: false } }, accounts: [found] });
    given.target.found = [found];
    await given.reconcile();
    expect(given.target.writes).toEqual([]);
    expect(given.reason).toBe('AwaitingGuard');
  });

  it('too young for a mark is linked, and written when it is known whose it is', async () => {
    const given = site({ configuration: { matching: { adoption: 'Adopt', anchor: { attribute: 'extensionAttribute15' } } } });
    const young = account({ ...found.attributes, createdDateTime: given.at(-minute) });
    given.target.found = [young];
    given.target.live.set('account', young);
    await given.reconcile();
    expect(given.target.writes).toEqual([]);
    expect((await given.reconcile()).requeueAfterMs).toBe(30_000);
    expect(given.target.writes).toEqual([]);
    const mark = formatAnchor({ sourceTenantId, sourceObjectId, installation: 'default' });
    given.target.live.set('account', account({ ...young.attributes, extensionAttribute15: mark }));
    await given.reconcile();
    expect(given.record.status.targetUser?.origin).toBe('Created');
  });

  it('of one who is to be removed is linked first, and nothing else in this pass', async () => {
    const given = site({
      spec: { lifecycle: 'Removed', removal: { reason: 'Unassigned', action: 'SoftDelete' }, guardedAt: 'x' },
      status: { intent: { operation: 'Create', at: '2026-01-05T07:59:00Z' } },
      accounts: [found],
    });
    given.target.found = [found];
    await given.reconcile();
    expect(given.target.writes).toEqual([]);
    expect(given.record.status).toMatchObject({ targetUser: { objectId: 'account', origin: 'Created' }, lastWriteAt: given.at() });
  });

  it('forgets what was applied to another account', async () => {
    const given = site({
      status: { appliedRevision: 'r', appliedContent: 'c', writeOnlyRevision: 'w', refusedAttributes: [{ name: 'jobTitle' }] },
    });
    await expect(link(given.work(), { do: 'Link', user: found, origin: 'Adopted', provisional: true })).rejects.toEqual(
      new Deferred('Linked', 0),
    );
    const { appliedRevision, appliedContent, writeOnlyRevision, refusedAttributes, lastWriteAt } = given.record.status;
    expect([appliedRevision, appliedContent, writeOnlyRevision, refusedAttributes, lastWriteAt]).toEqual(Array(5).fill(undefined));
  });

  it('C5 is read with its manager where there is one to compare, so that what is equal is not written', async () => {
    const boss = recordWith({
      spec: { source: { tenantId: sourceTenantId, objectId: 'boss' }, invitedAddress: 'boss@contoso.com' },
      status: { targetUser: { objectId: 'boss-account', origin: 'Created' } },
      metadata: { name: 'staff-boss', uid: 'boss' },
    });
    const given = site({
      spec: { attributes: {}, manager: { sourceObjectId: 'boss' } },
      accounts: [account({}, { managerId: 'boss-account' })],
    });
    given.projections.put(boss);
    given.target.found = [omit(account(), 'managerId')];
    await given.reconcile();
    expect(given.target.writes).toEqual([]);
    expect(given.target.reads).toContain('getUser account');
    expect(given.record.status.targetUser?.managerId).toBe('boss-account');
  });
});
