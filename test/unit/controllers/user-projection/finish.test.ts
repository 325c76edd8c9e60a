import type { DirectoryUser } from '../../../../src/api/directory-user.ts';
import type { SyncConfigurationSpec, UserProjectionStatus } from '../../../../src/api/generated.ts';
import { writePatch } from '../../../../src/controllers/user-projection/attributes.ts';
import { accountOf, endSessions, finish, update } from '../../../../src/controllers/user-projection/finish.ts';
import { linkOf } from '../../../../src/controllers/user-projection/outcome.ts';
import { evaluationRevisionOf } from '../../../../src/controllers/shared/compiled.ts';
import { Deferred } from '../../../../src/controllers/shared/write-gate.ts';
import type { DirectoryError, DirectoryErrorKind } from '../../../../src/core/errors/directory-error.ts';
import { omit } from '../../../../src/core/omit.ts';
import { contentRevision } from '../../../../src/core/projection/desired.ts';
import { contentOf } from '../../../../src/core/projection/standing.ts';
import type { UnsealedSpec } from '../../../../src/core/projection/sealed-spec.ts';
import { refusal } from '../../../support/fake-target.ts';
import { recordWith, sourceObjectId, sourceTenantId, specWith } from '../../core/support.ts';
import { account, minute, Site, type SiteOptions } from '../support.ts';

const bossId = '55555555-5555-4555-8555-555555555555';
const passed = '2026-01-05T07:00:00Z';
const blocks: Partial<UnsealedSpec> = {
  attributes: { displayName: 'Ana', jobTitle: 'Clerk', accountEnabled: false },
  manager: { sourceObjectId: bossId },
  guardedAt: passed,
};
const shows = { displayName: 'Ana', jobTitle: 'Chief', accountEnabled: true };

/** Somebody whose title, sign-in and manager are to change, as the guard let pass and the source has just confirmed. */
function site(options: SiteOptions = {}): Site {
  const made = new Site({
    spec: blocks,
    accounts: [account(shows)],
    ...options,
    configuration: {
      ...options.configuration,
      deprovisioning: { ...new Site().configuration.spec.deprovisioning, revokeSessions: true, ...options.configuration?.deprovisioning },
    },
  });
  made.projections.put(
    recordWith({
      spec: { source: { tenantId: sourceTenantId, objectId: bossId } },
      status: { targetUser: { objectId: 'boss', origin: 'Created' } },
      metadata: { name: 'staff-boss', uid: 'boss' },
    }),
  );
  made.confirm();
  return made;
}

const allWrites = ['updateUser account jobTitle,accountEnabled', 'revokeSessions account', 'setManager account boss'];
const kinds: readonly DirectoryErrorKind[] = [
  'Throttled',
  'Unavailable',
  'Unauthenticated',
  'Forbidden',
  'NotFound',
  'DeltaExpired',
  'ObjectConflict',
  'InvitationRefused',
  'AttributeRefused',
  'ReferenceNotReady',
  'QuotaExceeded',
  'InvalidRequest',
  'Unclassified',
];
const refusals: readonly DirectoryErrorKind[] = ['Forbidden', 'ObjectConflict', 'AttributeRefused', 'InvalidRequest'];

/** What the record tells of sign-in, of the values and of the manager. */
function facts({ record }: Site): Record<string, unknown> {
  const { targetUser, appliedContent, lastWriteAt, refusedAttributes } = record.status;
  return {
    blockedAt: targetUser?.signInBlockedAt,
    verdict: targetUser?.blockVerdict,
    managerId: targetUser?.managerId,
    sessionsOpen: targetUser?.sessionsOpen,
    applied: appliedContent === contentRevision(contentOf(record.spec)),
    written: lastWriteAt !== undefined,
    refused: (refusedAttributes ?? []).map(({ name }) => name),
  };
}

describe('I12 what a pass over a live account did is recorded', () => {
  it('where nothing fails: title, block, end of sessions and manager, in that order', async () => {
    const given = site();
    await given.reconcile();
    expect(given.target.writes).toEqual(allWrites);
    expect(facts(given)).toEqual({
      blockedAt: given.at(),
      verdict: `passed ${passed}`,
      managerId: 'boss',
      sessionsOpen: undefined,
      applied: true,
      written: true,
      refused: [],
    });
    expect(given.record.status).toMatchObject({ state: 'Blocked', appliedRevision: given.record.spec.revision });
    expect(given.record.status.history?.[0]).toMatchObject({
      action: 'disable',
      status: 'success',
      modifiedAttributes: ['accountEnabled', 'jobTitle', 'manager'],
    });
  });

  it.each(kinds)('where the manager fails with %s: everything before it, and the next pass sets the manager alone', async (kind) => {
    const given = site();
    given.target.fail('setManager', refusal(kind, { retryAt: given.clock.now() + 1000 }));
    await given.reconcile();
    expect(given.target.writes).toEqual(allWrites);
    const refused = refusals.includes(kind);
    expect(facts(given)).toMatchObject({
      blockedAt: given.at(),
      verdict: `passed ${passed}`,
      applied: true,
      written: true,
      refused: refused ? ['manager'] : [],
    });
    expect(facts(given).managerId).toBeUndefined();
    expect(given.record.status.history?.at(-1)).toMatchObject({ modifiedAttributes: ['accountEnabled', 'jobTitle'] });
    // Whoever asks again gets the rest, and nothing twice.
    given.session.verdict = { ready: true };
    given.deps.tracker.requestRecheck(given.key);
    given.confirm();
    await given.reconcile();
    expect(given.target.writes).toEqual([...allWrites, 'setManager account boss']);
    expect(facts(given)).toMatchObject({ managerId: 'boss', refused: [] });
  });

  it.each(kinds)('where the end of sessions fails with %s: that alone', async (kind) => {
    const given = site();
    given.target.fail('revokeSessions', refusal(kind, { retryAt: given.clock.now() + 1000 }));
    const result = await given.reconcile();
    expect(given.target.writes).toEqual(allWrites);
    const again = kind === 'Unavailable' || kind === 'Throttled' || kind === 'NotFound';
    expect(facts(given)).toMatchObject({ blockedAt: given.at(), managerId: 'boss', applied: true, sessionsOpen: again ? true : undefined });
    expect(given.record.status.state).toBe('Blocked');
    expect(result.requeueAfterMs).toBe(again ? 30_000 : undefined);
  });

  it.each(refusals)('where the values are refused with %s: what was told apart', async (kind) => {
    const given = site();
    given.target.fail('updateUser', refusal(kind));
    await given.reconcile();
    const apart = ['updateUser account jobTitle', 'updateUser account accountEnabled'];
    expect(given.target.writes).toEqual([allWrites[0], ...apart, ...allWrites.slice(1)]);
    expect(facts(given)).toMatchObject({ blockedAt: given.at(), managerId: 'boss', applied: true });
  });

  it.each(kinds.filter((kind) => !refusals.includes(kind)))('where the values fail with %s: nothing', async (kind) => {
    const given = site();
    given.target.fail('updateUser', refusal(kind, { retryAt: given.clock.now() + 1000 }));
    await given.reconcile();
    expect(given.target.writes).toEqual([allWrites[0]]);
    expect(facts(given)).toMatchObject({ blockedAt: undefined, verdict: undefined, applied: false, written: false, refused: [] });
  });

  it.each(kinds.filter((kind) => !refusals.includes(kind)))(
    'where a part of the values fails with %s: the parts before it',
    async (kind) => {
      const given = site();
      given.target.fail('updateUser', refusal('AttributeRefused'));
      given.target.during = (operation) => {
        // The title is written, and the block that follows fails.
        if (operation === 'updateUser' && given.target.writes.at(-1) === 'updateUser account accountEnabled')
          given.target.fail('updateUser', refusal(kind, { retryAt: given.clock.now() + 1000 }));
      };
      await given.reconcile();
      expect(given.target.live.get('account')).toMatchObject({ accountEnabled: true, attributes: { jobTitle: 'Clerk' } });
      expect(facts(given)).toMatchObject({ written: true, applied: false, blockedAt: undefined });
      expect(given.record.status.history?.at(-1)).toMatchObject({ modifiedAttributes: ['jobTitle'] });
    },
  );

  it('where a part after the block fails: the block, which is not repeated', async () => {
    const spec = { ...blocks, attributes: { accountEnabled: false, mobilePhone: '1' } };
    const given = site({ spec });
    given.target.fail('updateUser', refusal('AttributeRefused'));
    given.target.during = (operation) => {
      if (operation === 'updateUser' && given.target.writes.at(-1) === 'updateUser account mobilePhone')
        given.target.fail('updateUser', refusal('Unclassified'));
    };
    await given.reconcile();
    expect(facts(given)).toMatchObject({ written: true, applied: false, blockedAt: given.at() });
    expect(given.record.status.state).toBe('Failed');
  });

  it('where the status cannot be written: nothing is lost, for the next pass compares', async () => {
    const given = site();
    given.projections.refuse('patchStatus', new Error('no answer'));
    await expect(given.reconcile()).rejects.toThrow('no answer');
    given.target.writes.length = 0;
    given.confirm();
    await given.reconcile();
    // Title and manager are there; sign-in is seen to be blocked.
    expect(given.target.writes).toEqual([]);
    expect(facts(given)).toMatchObject({ blockedAt: given.at(), managerId: 'boss', applied: true });
  });

  it('I11 where the lease is lost between two steps: the steps before', async () => {
    const given = site();
    given.target.during = (operation) => {
      if (operation === 'updateUser') given.holdsLease = false;
    };
    await given.reconcile();
    expect(given.target.writes).toEqual([allWrites[0]]);
    // Sessions are tried again by whoever holds the lease, and so is the manager.
    expect(facts(given)).toMatchObject({ blockedAt: given.at(), applied: true, sessionsOpen: true, managerId: undefined });
  });
});

describe('C10 a refusal is told apart', () => {
  const names = (patch: Record<string, string | boolean>) => Object.keys(patch);

  it.each<[string, Record<string, string | boolean>, Partial<DirectoryError['failure']>, readonly string[], readonly string[]]>([
    ['named attributes are left out', { jobTitle: 'x', mail: 'a@b' }, { attributes: ['mail'] }, ['jobTitle,mail', 'jobTitle'], ['mail']],
    [
      'of all named, the sensitive ones are tried alone',
      { jobTitle: 'x', mail: 'a@b' },
      { attributes: ['mail', 'jobTitle'] },
      ['jobTitle,mail', 'jobTitle', 'mail'],
      [],
    ],
    [
      'of none named too',
      { jobTitle: 'x', mail: 'a@b', mobilePhone: '1' },
      {},
      ['jobTitle,mail,mobilePhone', 'jobTitle', 'mail', 'mobilePhone'],
      [],
    ],
    ['a single one is refused', { mail: 'a@b' }, {}, ['mail'], ['mail']],
    ['a single plain one that the directory refuses', { jobTitle: 'x' }, {}, ['jobTitle'], ['jobTitle']],
  ])('%s', async (_, patch, more, writes, refused) => {
    const given = new Site();
    const work = given.work();
    given.target.fail('updateUser', refusal('AttributeRefused', more));
    expect((await writePatch(work, 'account', patch)).map(({ name }) => name)).toEqual(refused);
    expect(given.target.writes).toEqual(writes.map((write) => `updateUser account ${write}`));
    expect([...work.done.written].sort()).toEqual(
      names(patch)
        .filter((name) => !refused.includes(name))
        .sort(),
    );
  });

  it('an application that may not write a plain attribute fails as such, a sensitive one is a refusal', async () => {
    const given = new Site();
    given.target.fail('updateUser', refusal('Forbidden'));
    await expect(writePatch(given.work(), 'account', { jobTitle: 'x' })).rejects.toThrow('refused: Forbidden');
    given.target.fail('updateUser', refusal('Forbidden'));
    expect(await writePatch(given.work(), 'account', { accountEnabled: false })).toEqual([
      { name: 'accountEnabled', code: 'CodeForbidden', message: 'refused: Forbidden' },
    ]);
  });

  it('plain attributes that are refused together fail together', async () => {
    const given = new Site();
    given.target.fail('updateUser', refusal('InvalidRequest'));
    await expect(writePatch(given.work(), 'account', { jobTitle: 'x', city: 'y' })).rejects.toThrow('refused: InvalidRequest');
  });

  it('a part that fails holds no block back', async () => {
    const given = new Site();
    const work = given.work();
    given.target.fail('updateUser', refusal('InvalidRequest'));
    given.target.fail('updateUser', refusal('InvalidRequest'));
    await expect(writePatch(work, 'account', { jobTitle: 'x', city: 'y', accountEnabled: false })).rejects.toThrow(
      'refused: InvalidRequest',
    );
    expect(work.done.written).toEqual(['accountEnabled']);
  });

  it('nothing to write asks for nothing', async () => {
    const given = new Site();
    expect(await writePatch(given.work(), 'account', {})).toEqual([]);
    expect(given.target.writes).toEqual([]);
  });

  it('A4 a refused block says so, and the state stays Provisioned', async () => {
    const given = site({ accounts: [account({ ...shows, jobTitle: 'Clerk' })] });
    given.target.fail('updateUser', refusal('Forbidden'));
    await given.reconcile();
    expect(given.record.status.state).toBe('Provisioned');
    expect(given.reason).toBe('BlockRefused');
    expect(facts(given)).toMatchObject({ refused: ['accountEnabled'], blockedAt: undefined, managerId: 'boss' });
    expect(given.record.status.history?.[0]).toMatchObject({ action: 'disable', status: 'warning' });
    expect(given.target.writes).not.toContain('revokeSessions account');
  });
});

describe('I3 a block that arises at the act', () => {
  it('is withheld where the guard has not judged it: the rest is written, and a cycle is asked to judge', async () => {
    const given = site({ spec: { ...blocks, guardedAt: undefined as never } });
    await given.reconcile();
    expect(given.target.writes).toEqual(['updateUser account jobTitle', 'setManager account boss']);
    expect(given.record.status.state).toBe('Staged');
    expect(given.reason).toBe('AwaitingGuard');
    expect(given.record.status.appliedRevision).toBeUndefined();
    expect([...given.deps.confirmations.reconsideredOf('identity/staff').keys()]).toEqual([given.record.spec.source.objectId]);
    expect(given.deps.tracker.isCycleRequested('identity/staff')).toBe(true);
    expect(given.enqueued).toContain('configuration identity/staff');
  });

  it('is withheld a second time under the verdict that it was carried out under before', async () => {
    const given = site({ status: { targetUser: { objectId: 'account', origin: 'Created', blockVerdict: `passed ${passed}` } } });
    await given.reconcile();
    expect(given.target.live.get('account')?.accountEnabled).toBe(true);
    expect(given.reason).toBe('AwaitingGuard');
  });

  const halfMade = { targetUser: { objectId: 'account', origin: 'Created', unfinished: true } } as const;

  it('is exempt for an account that we have just made', async () => {
    const given = site({ spec: { ...blocks, guardedAt: undefined as never }, status: halfMade });
    given.deps.confirmations.forget('identity/staff');
    given.confirm('Cycle');
    await update(given.work(), account(shows));
    expect(given.target.live.get('account')?.accountEnabled).toBe(false);
  });

  const broughtBack = { targetUser: { objectId: 'account', origin: 'Created' }, intent: { operation: 'Restore', at: passed } } as const;

  it.each([
    ['invited', halfMade, 'Create'],
    ['brought back', broughtBack, 'Restore'],
  ] as const)(
    'I11 is not written to an account that was %s before a restart until the source has been read again',
    async (_, status, act) => {
      const given = site({ spec: { ...blocks, guardedAt: undefined as never }, status });
      given.deps.confirmations.forget('identity/staff');
      await expect(update(given.work(), account(shows))).rejects.toThrow('AwaitingSource');
      expect(given.target.writes).toEqual([]);
      expect(given.deps.confirmations.take('identity/staff', 9)).toMatchObject([{ act, sourceId: sourceObjectId }]);
      given.confirm('Cycle');
      await update(given.work(), account(shows));
      expect(given.target.live.get('account')?.accountEnabled).toBe(false);
    },
  );

  it('I11 D8 is not written for the address list alone when the strategy has changed since the invitation', async () => {
    const listed = { ...blocks, guardedAt: undefined as never, memberStrategy: 'AddressListOnly' } as const;
    const given = site({ spec: listed, status: halfMade });
    given.confirm('Cycle');
    await expect(update(given.work(), account(shows))).rejects.toThrow('AwaitingSource');
    expect(given.target.writes).toEqual([]);
    // Whoever is blocked in the source is to be blocked all the same.
    const disabled = site({ spec: { ...listed, sourceDisabled: true }, status: halfMade });
    disabled.confirm('Cycle');
    await update(disabled.work(), account(shows));
    expect(disabled.target.live.get('account')?.accountEnabled).toBe(false);
  });
});

describe('I11 a block rests on a reading of the source', () => {
  it.each<[string, (given: Site) => void]>([
    ['that there was not', (given) => given.deps.confirmations.forget('identity/staff')],
    [
      'that was of a whole cycle',
      (given) => {
        given.deps.confirmations.forget('identity/staff');
        given.confirm('Cycle');
      },
    ],
    ['that is older than 30 seconds', (given) => given.confirm('DirectRead', 30_001)],
    [
      'of another state of the record',
      (given) =>
        given.deps.confirmations.confirm('identity/staff', given.key, {
          revision: 'another',
          rules: evaluationRevisionOf(given.configuration),
          readAt: given.clock.monotonic(),
          by: 'DirectRead',
        }),
    ],
  ])('not on one %s: nothing is written, and the source is asked', async (_, change) => {
    const given = site();
    change(given);
    expect(await given.reconcile()).toMatchObject({ requeueAfterMs: minute });
    expect(given.target.writes).toEqual([]);
    expect(given.deps.confirmations.take('identity/staff', 9)).toEqual([
      { sourceId: given.record.spec.source.objectId, projectionKey: given.key, act: 'Block' },
    ]);
    expect(given.enqueued).toContain('configuration identity/staff');
  });

  it('on one of 30 seconds ago', async () => {
    const given = site();
    given.confirm('DirectRead', 30_000);
    await given.reconcile();
    expect(given.record.status.state).toBe('Blocked');
  });

  it('but not where there is no block to write', async () => {
    const given = site({ accounts: [account({ ...shows, accountEnabled: false })] });
    given.deps.confirmations.forget('identity/staff');
    await given.reconcile();
    expect(given.target.writes).toEqual(['updateUser account jobTitle', 'setManager account boss']);
  });
});

describe('A5 whether a block is ours', () => {
  const at = '2026-01-05T06:00:00Z';
  const ours = { objectId: 'account', origin: 'Created', signInBlockedAt: at, blockVerdict: `passed ${passed}` } as const;
  const spec = (accountEnabled: boolean | undefined): Partial<UnsealedSpec> => ({
    attributes: { displayName: 'Ana', ...(accountEnabled === undefined ? {} : { accountEnabled }) },
    guardedAt: passed,
  });
  const known = (accountEnabled: boolean | undefined) => ({
    appliedContent: contentRevision(contentOf(specWith(spec(accountEnabled)))),
    appliedRevision: 'another',
  });

  it.each<[string, boolean | undefined, boolean, Partial<UserProjectionStatus>, string | undefined]>([
    ['the source blocks, and so does the account already', false, false, {}, '2026-01-05T08:00:00Z'],
    ['we blocked it before', false, false, { targetUser: ours }, at],
    ['C8 we blocked it, and the target unblocked it', false, true, { targetUser: ours, ...known(false) }, at],
    ['the source unblocks', true, false, { targetUser: ours }, undefined],
    ['the source never blocked, and the target did', true, false, known(true), undefined],
    ['no word on sign-in, and our block stands', undefined, false, { targetUser: ours }, at],
    ['no word on sign-in, and our block was undone', undefined, true, { targetUser: ours }, undefined],
    ['no word on sign-in, and a block of the target’s', undefined, false, {}, undefined],
  ])('%s', async (_, wanted, enabled, status, expected) => {
    const given = new Site({ spec: spec(wanted), status, accounts: [account({ displayName: 'Ana', accountEnabled: enabled })] });
    given.confirm();
    given.deps.tracker.requestRecheck(given.key);
    await given.reconcile();
    expect(given.record.status.targetUser?.signInBlockedAt).toBe(expected);
    expect(given.record.status.state).toBe(expected === undefined ? 'Provisioned' : 'Blocked');
  });
});

describe('how an account came to be where it is', () => {
  const user = account();
  const begun = { objectId: 'account', origin: 'Created', unfinished: true } as const;
  it.each<[string, Partial<UserProjectionStatus>, string]>([
    ['made by us and never finished', { lastWriteAt: 'x', targetUser: begun }, 'Unfinished'],
    ['made by us and finished', { lastWriteAt: 'x', appliedRevision: 'r' }, 'InUse'],
    ['made by us, as an anchor told, and written to without an end', { lastWriteAt: 'x' }, 'InUse'],
    ['adopted', { lastWriteAt: 'x', targetUser: { objectId: 'account', origin: 'Adopted' } }, 'InUse'],
    ['never finished, and brought back', { targetUser: begun, intent: { operation: 'Restore', at: 'x' } }, 'Restored'],
    ['brought back, and not finished', { lastWriteAt: 'x', intent: { operation: 'Restore', at: 'x' } }, 'Restored'],
    ['a deletion was begun', { lastWriteAt: 'x', appliedRevision: 'r', intent: { operation: 'Delete', at: 'x' } }, 'InUse'],
  ])('%s', (_, status, type) => {
    expect(accountOf(recordWith({ status }), user)).toEqual({ type, user });
  });
});

describe('A4 the end of running sessions', () => {
  const blocked = (more: object = {}) => ({ objectId: 'account', signInBlockedAt: '2026-01-05T07:30:00Z', ...more });

  it.each<[string, boolean, object | undefined, boolean, boolean]>([
    ['is asked for after a block', true, blocked(), true, true],
    ['is asked for while it is owed', true, blocked({ sessionsOpen: true }), false, true],
    ['is not asked for otherwise', true, blocked(), false, false],
    ['is not asked for where nobody is blocked', true, { objectId: 'account', sessionsOpen: true }, true, false],
    ['is not asked for where nobody wants it', false, blocked({ sessionsOpen: true }), true, false],
    ['is not asked for without an account', true, undefined, true, false],
  ])('%s', async (_, revokeSessions, link, blockedNow, asked) => {
    const given = site({ configuration: { deprovisioning: { ...new Site().configuration.spec.deprovisioning, revokeSessions } } });
    const work = given.work();
    Object.assign(work.done, { targetUser: link });
    expect(await endSessions(work, blockedNow)).toEqual({});
    expect(given.target.writes).toEqual(asked ? ['revokeSessions account'] : []);
    expect(work.done.targetUser?.sessionsOpen).toBe(asked ? undefined : (link as { sessionsOpen?: boolean } | undefined)?.sessionsOpen);
  });

  it('is asked for again for an hour', async () => {
    const given = site();
    const attempt = async (signInBlockedAt: string) => {
      const work = given.work();
      work.done.targetUser = { objectId: 'account', signInBlockedAt };
      given.target.fail('revokeSessions', refusal('Unavailable'));
      return { ...(await endSessions(work, true)), open: work.done.targetUser.sessionsOpen };
    };
    expect(await attempt(given.at(-60 * minute + 1000))).toEqual({ requeueAfterMs: 30_000, open: true });
    expect(await attempt(given.at(-60 * minute))).toEqual({ open: undefined });
  });

  it('fails with what is no answer of the directory', async () => {
    const given = site();
    const work = given.work();
    work.done.targetUser = blocked();
    given.target.fail('revokeSessions', new Error('a mistake'));
    await expect(endSessions(work, true)).rejects.toThrow('a mistake');
    given.target.fail('revokeSessions', new Deferred('LeaseNotHeld'));
    expect(await endSessions(work, true)).toEqual({ requeueAfterMs: 30_000 });
  });
});

describe('C5 a manager who cannot be set yet', () => {
  it('is set later while one of the accounts may not be visible yet, and the pause grows', async () => {
    const pauseAfter = async (lastWriteAt: string) => {
      const given = site({ status: { lastWriteAt, appliedRevision: 'r' } });
      given.target.fail('setManager', refusal('NotFound'));
      const { requeueAfterMs } = await given.reconcile();
      expect(given.record.status.warnings).toBeUndefined();
      return requeueAfterMs;
    };
    expect(await pauseAfter('2026-01-05T08:00:00Z')).toBe(500);
    expect(await pauseAfter('2026-01-05T07:59:50Z')).toBe(5000);
    expect(await pauseAfter('2026-01-05T07:51:00Z')).toBe(minute);
  });

  it('is reported when the time for that is over, and the own record of the manager looks after itself', async () => {
    const given = site({ spec: { ...blocks, attributes: {} } });
    given.target.fail('setManager', refusal('ReferenceNotReady'));
    expect((await given.reconcile()).requeueAfterMs).toBe(60 * minute);
    expect(given.record.status.warnings).toMatchObject([{ reason: 'ManagerNotProjected' }]);
    expect(given.enqueued).toContain('projection identity/staff-boss');
    expect(given.deps.tracker.isRecheckRequested('identity/staff-boss')).toBe(true);
  });

  it('who has no account is reported, and the old one stays', async () => {
    const given = site({ spec: { attributes: {}, manager: { sourceObjectId: 'nobody' } }, accounts: [account({}, { managerId: 'old' })] });
    await given.reconcile();
    expect(given.target.writes).toEqual([]);
    expect(given.record.status.warnings).toMatchObject([{ reason: 'ManagerNotProjected' }]);
    expect(given.record.status.targetUser?.managerId).toBe('old');
  });

  it('whose removal is propagated is taken away', async () => {
    const given = site({
      spec: { attributes: {}, clear: ['manager'] },
      accounts: [account({}, { managerId: 'old' })],
      status: { targetUser: { objectId: 'account', managerId: 'old' } },
    });
    await given.reconcile();
    expect(given.target.writes).toEqual(['clearManager account']);
    expect(given.record.status.targetUser?.managerId).toBeUndefined();
  });
});

describe('C8 a change soon after the last write', () => {
  const soon = { lastWriteAt: '2026-01-05T07:55:00Z', appliedRevision: 'r', appliedContent: 'another' };

  it.each<[string, Partial<UserProjectionStatus>, string | undefined]>([
    ['is compared again when reads have caught up', soon, '2026-01-05T08:05:00Z'],
    ['is not where the last write was long ago', { ...soon, lastWriteAt: '2026-01-05T07:50:00Z' }, undefined],
    [
      'is compared again where what the last write came to is not known',
      { ...soon, appliedRevision: undefined as never },
      '2026-01-05T08:05:00Z',
    ],
    [
      'is none where the values are those applied',
      { ...soon, appliedContent: contentRevision(contentOf(specWith({ attributes: { jobTitle: 'Clerk' } }))) },
      undefined,
    ],
    [
      'I14 is compared within the window, whatever a clock has said',
      { ...soon, lastWriteAt: '2026-01-06T08:00:00Z' },
      '2026-01-05T08:10:00Z',
    ],
  ])('%s', async (_, status, expected) => {
    const given = new Site({ spec: { attributes: { jobTitle: 'Clerk' } }, status, accounts: [account({ jobTitle: 'Chief' })] });
    given.deps.tracker.requestRecheck(given.key);
    const work = given.work();
    const outcome = await finish(work, { type: 'InUse', user: account({ jobTitle: 'Chief' }) }, linkOf(account(), 'Created'));
    expect(outcome.compareAgainAt).toBe(expected === undefined ? undefined : Date.parse(expected));
    expect([work.done.revisionApplied, work.done.contentApplied]).toEqual(expected === undefined ? [true, true] : [false, false]);
  });

  it('is compared again after a restore although the values are the same', async () => {
    const status = { ...soon, appliedContent: contentRevision(contentOf(specWith({ attributes: { jobTitle: 'Clerk' } }))) };
    const given = new Site({ spec: { attributes: { jobTitle: 'Clerk' } }, status });
    const outcome = await finish(given.work(), { type: 'Restored', user: account({ jobTitle: 'Clerk' }) }, linkOf(account(), 'Created'));
    expect(outcome.compareAgainAt).toBe(Date.parse('2026-01-05T08:05:00Z'));
  });

  it('I12 is not on record as applied, and what was applied before is so no more', async () => {
    const given = new Site({
      spec: { attributes: { jobTitle: 'Clerk' } },
      status: { ...soon, state: 'Provisioned', targetUser: { objectId: 'account', origin: 'Created' } },
      accounts: [account({ jobTitle: 'Chief' })],
    });
    await given.reconcile();
    expect(given.target.live.get('account')?.attributes.jobTitle).toBe('Clerk');
    expect(given.record.status).not.toHaveProperty('appliedRevision');
    expect(given.record.status).not.toHaveProperty('appliedContent');
  });

  it('I12 leaves what was applied before on record where nothing had to be written', async () => {
    const given = new Site({
      spec: { attributes: { jobTitle: 'Clerk' } },
      status: { ...soon, state: 'Provisioned', targetUser: { objectId: 'account', origin: 'Created' } },
      accounts: [account({ jobTitle: 'Clerk' })],
    });
    await given.reconcile();
    expect(given.record.status).toMatchObject({ appliedRevision: 'r', appliedContent: 'another' });
  });

  it('A1 an account that is not visible yet is waited for, never created again', async () => {
    const given = new Site({
      spec: { attributes: { jobTitle: 'Clerk' } },
      status: { lastWriteAt: '2026-01-05T07:59:58Z', appliedRevision: 'r' },
      accounts: [account({ jobTitle: 'Chief' })],
    });
    given.target.fail('updateUser', refusal('NotFound'));
    expect((await given.reconcile()).requeueAfterMs).toBe(1000);
    expect(given.record.status.state).toBe('Provisioned');
  });
});

describe('sign-in that somebody else has blocked', () => {
  it.each([{ blockStaged: true }, { rejected: true }])('stays blocked while a block waits or was rejected: %j', async (standing) => {
    const given = new Site({
      accounts: [account({ accountEnabled: false, jobTitle: 'Clerk' })],
      spec: { ...standing, evidence: 'e', attributes: { accountEnabled: true, jobTitle: 'Chief' }, sourceDisabled: true },
      status: { state: 'Provisioned', appliedContent: 'other', appliedRevision: 'other', lastWriteAt: '2025-12-01T00:00:00Z' },
    });
    await given.reconcile();
    const { accountEnabled, attributes } = given.target.live.get('account') ?? account();
    expect([accountEnabled, attributes.jobTitle]).toEqual([false, 'Chief']);
  });
});

describe('I12 what was done is recorded', () => {
  const manager = { sourceObjectId: 'boss' };
  const withBoss = (given: Site): Site => {
    const spec = { source: { ...given.record.spec.source, objectId: 'boss' }, invitedAddress: 'boss@contoso.com' };
    const boss = recordWith({ spec, status: { state: 'Provisioned', targetUser: { objectId: 'bossaccount', origin: 'Created' } } });
    given.projections.put({ ...boss, metadata: { ...boss.metadata, name: 'staff-boss', uid: 'uid-boss' } });
    return given;
  };

  it('although somebody touches the record meanwhile', async () => {
    const attributes = { accountEnabled: false, jobTitle: 'Chief' };
    const spec = { attributes, guardedAt: '2026-01-05T07:00:00Z', manager, sourceDisabled: true };
    const given = withBoss(new Site({ accounts: [account({ accountEnabled: true, jobTitle: 'Clerk' })], spec }));
    given.confirm();
    given.target.fail('setManager', refusal('Unavailable'));
    given.target.during = (operation) => {
      if (operation === 'setManager')
        given.projections.put({ ...given.record, metadata: { ...given.record.metadata, resourceVersion: '99' } });
    };
    await given.reconcile();
    const { signInBlockedAt, blockVerdict } = given.record.status.targetUser ?? {};
    expect([typeof signInBlockedAt, typeof blockVerdict]).toEqual(['string', 'string']);
  });

  it('I3 and a verdict is used up although a later part of the patch failed', async () => {
    const attributes = { accountEnabled: false, mobilePhone: '1', otherMails: ['a@contoso.com'] };
    const given = new Site({
      accounts: [account({ accountEnabled: true, mobilePhone: '0' })],
      spec: { attributes, guardedAt: '2026-01-05T07:00:00Z', sourceDisabled: true },
    });
    given.confirm();
    given.target.fail('updateUser', refusal('Forbidden'));
    given.target.during = (operation) => {
      if (operation === 'updateUser' && given.target.live.get('account')?.accountEnabled === false) throw refusal('Unavailable');
    };
    await given.reconcile();
    expect(given.target.live.get('account')?.accountEnabled).toBe(false);
    const { signInBlockedAt, blockVerdict } = given.record.status.targetUser ?? {};
    expect([typeof signInBlockedAt, typeof blockVerdict]).toEqual(['string', 'string']);
  });

  it('I13 a plan for an account that is found does not name the manager who is set there', async () => {
    const found = { ...account({}, { managerId: 'bossaccount' }), otherMails: ['ana@contoso.com'], mail: 'ana@contoso.com' };
    const given = withBoss(
      new Site({ accounts: [found], spec: { mode: 'Plan', attributes: {}, manager }, configuration: { mode: 'Plan' } }),
    );
    given.projections.put({ ...given.record, status: { state: 'Pending', observedGeneration: 1 } });
    given.target.found = [omit(found, 'managerId')];
    await given.reconcile();
    expect(given.record.status.plan).toEqual({ operation: 'None', objectId: 'account' });
  });
});

describe('I11 nothing is converted by a strategy that the configuration does not have any more', () => {
  type Strategy = SyncConfigurationSpec['memberStrategy'];
  const strategies: readonly Strategy[] = ['InviteAsMember', 'InviteAsGuest', 'AddressListOnly'];
  /** The configuration had the strategy of the record when the pass began. */
  async function converted(given: Site, now: Strategy): Promise<DirectoryUser['attributes']> {
    const { configuration } = given;
    given.target.during = (operation) => {
      if (operation === 'getUser') given.configurations.put({ ...configuration, spec: { ...configuration.spec, memberStrategy: now } });
    };
    given.confirm();
    await given.reconcile();
    return given.target.live.get('account')?.attributes ?? {};
  }

  it.each(strategies)('D7 a guest becomes a member, under %s by now', async (now) => {
    const seen = '2026-01-02T00:00:00Z';
    const given = site({
      spec: { memberStrategy: 'InviteAsGuest', invitedAddress: 'a@contoso.com' },
      status: { targetUser: { objectId: 'account', origin: 'Created', invitedAsGuestAt: seen, addressSeenAt: seen } },
      configuration: { memberStrategy: 'InviteAsGuest' },
      accounts: [account({ accountEnabled: true }, { userType: 'Guest', proxyAddresses: ['SMTP:a@contoso.com'] })],
    });
    expect((await converted(given, now)).userType).toBe(now === 'InviteAsGuest' ? 'Member' : undefined);
  });

  it.each(strategies)('D8 an account of the address list is opened, under %s by now', async (now) => {
    const given = site({
      spec: { attributes: { accountEnabled: true }, conversion: { verdict: 'Passed', at: passed } },
      status: { targetUser: { objectId: 'account', origin: 'Created', addressListOnly: true, signInBlockedAt: passed } },
      accounts: [account({ accountEnabled: false })],
    });
    expect((await converted(given, now)).accountEnabled).toBe(now === 'InviteAsMember');
  });
});
