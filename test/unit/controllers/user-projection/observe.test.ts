import type { DirectoryUser } from '../../../../src/api/directory-user.ts';
import type { UserProjectionStatus } from '../../../../src/api/generated.ts';
import type { UserProjection } from '../../../../src/api/kinds.ts';
import { observe } from '../../../../src/controllers/user-projection/observe.ts';
import { formatAnchor } from '../../../../src/core/matching/anchor.ts';
import type { UnsealedSpec } from '../../../../src/core/projection/sealed-spec.ts';
import { guest, internal, recordWith, sourceObjectId, sourceTenantId } from '../../core/support.ts';
import { account, configurationWith, minute, Site, type SiteOptions } from '../support.ts';

const made = new Site();
const at = (ms: number) => made.at(ms);
const anchored = { matching: { adoption: 'Adopt', anchor: { attribute: 'extensionAttribute15' } } } as const;
const anchor = (more: object = {}) => formatAnchor({ sourceTenantId, sourceObjectId, installation: 'default', ...more });
const nobody: Partial<UserProjectionStatus> = { state: 'Pending', targetUser: undefined as never };
const removed: Partial<UnsealedSpec> = { lifecycle: 'Removed', removal: { reason: 'Unassigned', action: 'SoftDelete' } };
const link = { objectId: 'account', origin: 'Created' } as const;
const live = account();
const tombstone = account({}, { deletedDateTime: at(-60 * minute) });

/** What is observed, with the account live, in the bin, in both or in neither. */
async function look(options: SiteOptions, where: readonly ('Live' | 'Bin')[] = [], prepare: (given: Site) => void = () => undefined) {
  const given = new Site({ accounts: where.includes('Live') ? [live] : [], ...options });
  if (where.includes('Bin')) given.target.deleted.set('account', tombstone);
  prepare(given);
  const work = given.work();
  return { given, work, seen: await observe(work) };
}

describe('what is seen of a linked account', () => {
  it.each<[string, Partial<UserProjectionStatus>, readonly ('Live' | 'Bin')[], object]>([
    ['it is there', {}, ['Live'], { account: { type: 'Live', user: live }, deletionMayAppear: false }],
    ['deleted by somebody else', {}, ['Bin'], { account: { type: 'SoftDeleted', byUs: false } }],
    [
      'deleted by us, as the link says',
      { targetUser: { ...link, deletedAt: at(-60 * minute) } },
      ['Bin'],
      { account: { type: 'SoftDeleted', byUs: true } },
    ],
    [
      'deleted by us, as what was begun says',
      { intent: { operation: 'Delete', at: at(-60 * minute) } },
      ['Bin'],
      { account: { type: 'SoftDeleted', byUs: true } },
    ],
    [
      'a restore was begun, and it is still in the bin',
      { targetUser: { ...link, deletedAt: at(-60 * minute) }, intent: { operation: 'Restore', at: at(-minute) } },
      ['Bin'],
      { account: { type: 'SoftDeleted', byUs: true } },
    ],
    ['nowhere, long after our last write', { lastWriteAt: at(-10 * minute) }, [], { account: { type: 'Gone' } }],
    ['nowhere, soon after our last write', { lastWriteAt: at(-10 * minute + 1000) }, [], { account: { type: 'Unseen' } }],
    ['nowhere, never written', {}, [], { account: { type: 'Gone' } }],
    [
      'live, and a deletion of ours was begun just now',
      { intent: { operation: 'Delete', at: at(-minute) } },
      ['Live'],
      { account: { type: 'Live' }, deletionMayAppear: true },
    ],
    [
      'live, and a deletion of ours was begun long ago',
      { intent: { operation: 'Delete', at: at(-10 * minute) } },
      ['Live'],
      { account: { type: 'Live' }, deletionMayAppear: false },
    ],
    [
      'in both, and a deletion of ours was begun just now',
      { intent: { operation: 'Delete', at: at(-minute) } },
      ['Live', 'Bin'],
      { account: { type: 'SoftDeleted', byUs: true } },
    ],
    [
      'live, and we deleted it just now',
      { targetUser: { ...link, deletedAt: at(-minute) } },
      ['Live'],
      { account: { type: 'Live' }, deletionMayAppear: true },
    ],
    [
      'live, and we deleted it long ago',
      { targetUser: { ...link, deletedAt: at(-10 * minute) } },
      ['Live'],
      { account: { type: 'Live' }, deletionMayAppear: false },
    ],
    [
      'live, deleted just now and restored since',
      { targetUser: { ...link, deletedAt: at(-minute) }, intent: { operation: 'Restore', at: at(0) } },
      ['Live'],
      { account: { type: 'Live' }, deletionMayAppear: false },
    ],
    ['in the bin since before our last write to the live account', { lastWriteAt: at(-minute) }, ['Bin'], { account: { type: 'Unseen' } }],
    [
      'in the bin, and our last write was long ago',
      { lastWriteAt: at(-20 * minute) },
      ['Bin'],
      { account: { type: 'SoftDeleted', byUs: false } },
    ],
  ])('%s', async (_, status, where, expected) => {
    expect((await look({ status }, where)).seen).toMatchObject(expected);
  });

  it('A7 in the bin since after our last write: deleted by somebody else just now', async () => {
    const { seen } = await look({ status: { lastWriteAt: at(-2 * minute) } }, [], (given) =>
      given.target.deleted.set('account', account({}, { deletedDateTime: at(-minute) })),
    );
    expect(seen.account).toMatchObject({ type: 'SoftDeleted', byUs: false });
  });

  it('G9 deleted by us, as its mark tells', async () => {
    const marked = account({ extensionAttribute15: anchor({ deletedAt: 1 }) }, { deletedDateTime: at(-minute) });
    const { seen, work } = await look({ configuration: anchored }, [], (given) => given.target.deleted.set('account', marked));
    expect(seen.account).toMatchObject({ type: 'SoftDeleted', byUs: true });
    expect(work.deletedAt).toBe(at(-minute));
    const unmarked = await look({ configuration: anchored }, [], (given) =>
      given.target.deleted.set('account', account({ extensionAttribute15: anchor() })),
    );
    expect(unmarked.seen.account).toMatchObject({ byUs: false });
    expect(unmarked.work.deletedAt).toBeUndefined();
  });

  it('when we deleted it is known from the link, else from the directory, else it is now', async () => {
    const begun = { intent: { operation: 'Delete', at: at(-30 * minute) } } as const;
    expect((await look({ status: { targetUser: { ...link, deletedAt: at(-2 * minute) } } }, ['Bin'])).work.deletedAt).toBe(at(-2 * minute));
    expect((await look({ status: begun }, ['Bin'])).work.deletedAt).toBe(at(-60 * minute));
    expect((await look({ status: begun }, [], (given) => given.target.deleted.set('account', account()))).work.deletedAt).toBe(at(0));
  });
});

describe('what is not read', () => {
  it.each<[string, SiteOptions]>([
    ['the account of one whose removal is staged', { spec: { ...removed, lifecycle: 'RemovalStaged' } }],
    ['candidates for one who is to be removed and has none', { spec: removed, status: nobody }],
  ])('%s', async (_, options) => {
    const { given, seen } = await look(options, ['Live']);
    expect(given.target.reads).toEqual([]);
    expect(seen).toMatchObject({ account: { type: 'Unlinked' }, match: undefined });
  });

  it('candidates where the account is there', async () => {
    expect((await look({}, ['Live'])).given.target.reads).toEqual(['getUser account']);
  });

  it('candidates without an address and without an anchor', async () => {
    const { given, seen } = await look({ spec: { invitedAddress: undefined as never }, status: nobody });
    expect(given.target.reads).toEqual([]);
    expect(seen).toMatchObject({ match: { type: 'None' }, addressVerified: false });
  });
});

describe('D1 how an account is searched for', () => {
  const queries = async (options: SiteOptions) => (await look({ status: nobody, ...options })).given.target.queries;
  const source = (userPrincipalName: string) => ({ source: { tenantId: sourceTenantId, objectId: sourceObjectId, userPrincipalName } });

  it.each<[string, SiteOptions, object]>([
    ['by the invited address', {}, { addresses: ['ana@contoso.com'] }],
    [
      'by other addresses of the person in domains of the source',
      { spec: { ...source('ana.b@contoso.com'), attributes: { mail: 'a@CONTOSO.com' } } },
      { addresses: ['ana@contoso.com', 'ana.b@contoso.com', 'a@CONTOSO.com'] },
    ],
    [
      'I15 not by addresses elsewhere',
      { spec: { ...source('ana@elsewhere.com'), attributes: { mail: 'ana@contoso.com.evil' } } },
      { addresses: ['ana@contoso.com'] },
    ],
    ['by each address once', { spec: { ...source('ANA@contoso.com') } }, { addresses: ['ANA@contoso.com'] }],
    [
      'A1 by the address that a lost invitation went to',
      { status: { ...nobody, intent: { operation: 'Create', at: at(-minute), address: 'former@contoso.com' } } },
      { addresses: ['ana@contoso.com', 'former@contoso.com'] },
    ],
    [
      'G9 by the anchor of the person, whoever wrote it',
      { configuration: anchored },
      { anchor: { attribute: 'extensionAttribute15', value: formatAnchor({ sourceTenantId, sourceObjectId }) } },
    ],
  ])('%s', async (_, options, query) => {
    expect(await queries(options)).toMatchObject([query]);
  });

  it('A8 for one whose account is gone, A6 and among the live for one whom we deleted', async () => {
    const gone = await look({}, []);
    expect(gone.given.target.reads).toEqual(['getUser account', 'getDeletedUser account', 'findAccounts']);
    const deleted = await look(
      { status: { targetUser: { ...link, deletedAt: at(-60 * minute) } } },
      ['Bin'],
      (given) => (given.target.found = [live, guest('other')]),
    );
    expect(deleted.given.target.reads).toEqual(['getUser account', 'getDeletedUser account', 'findAccounts']);
    expect(deleted.seen.match).toMatchObject({ type: 'Found', user: { id: 'other' } });
  });

  it.each<[string, string | undefined, boolean]>([
    ['a domain of the source', 'ana@Contoso.com', true],
    ['another domain', 'ana@contoso.com.evil', false],
    ['a domain behind two signs', 'ana@contoso.com@evil.com', false],
    ['none', undefined, false],
  ])('I15 an address in %s', async (_, invitedAddress, verified) => {
    const spec = { invitedAddress } as Partial<UnsealedSpec>;
    expect((await look({ spec, configuration: anchored, status: nobody })).seen.addressVerified).toBe(verified);
  });

  it.each<[number, boolean]>([
    [-minute, true],
    [-10 * minute, false],
  ])('A1 a creation begun %d ms ago may still appear: %s', async (ms, expected) => {
    const begun = { ...nobody, intent: { operation: 'Create', at: at(ms) } } as const;
    expect((await look({ status: begun })).seen.creationMayAppear).toBe(expected);
    expect((await look({ status: { ...begun, intent: { operation: 'Restore', at: at(ms) } } })).seen.creationMayAppear).toBe(false);
  });
});

describe('I1 an account that was there under an address that the person had before', () => {
  const until = at(-60 * minute);
  const createdAt = (ms: number): Partial<DirectoryUser> => ({ attributes: { createdDateTime: at(ms) } });
  const waited = (more: SiteOptions = {}): SiteOptions => ({
    spec: { formerAddresses: [{ address: 'former@contoso.com', until }] },
    status: nobody,
    ...more,
  });
  /** The search for the present address finds nothing, the one for the former address this account. */
  const found = async (user: DirectoryUser, options: SiteOptions = waited(), prepare: (given: Site) => void = () => undefined) =>
    look(options, [], (given) => {
      given.target.foundBy.set('former@contoso.com', [user]);
      prepare(given);
    });

  it.each<[string, DirectoryUser, object]>([
    ['is the person’s', guest('account', createdAt(-120 * minute)), { type: 'Found', by: 'Address', user: { id: 'account' } }],
    ['is somebody else’s where it was made later', guest('account', createdAt(-30 * minute)), { type: 'None' }],
    ['is nobody’s where nothing says when it was made', guest('account'), { type: 'None' }],
    ['is passed over where it is internal', internal('account', createdAt(-120 * minute)), { type: 'None' }],
  ])('%s', async (_, user, match) => {
    const { given, seen } = await found(user);
    expect(seen.match).toMatchObject(match);
    expect(given.target.queries.map(({ addresses }) => addresses)).toEqual([['ana@contoso.com'], ['former@contoso.com']]);
  });

  it.each<[string, SiteOptions, (given: Site) => void]>([
    ['accounts that were there are not adopted', waited({ configuration: { matching: { adoption: 'Ignore' } } }), () => undefined],
    [
      'an account was deleted by us',
      waited({ status: { targetUser: { ...link, deletedAt: at(-60 * minute) } } }),
      (given) => void given.target.deleted.set('account', tombstone),
    ],
    ['an invitation is on its way', waited({ status: { ...nobody, intent: { operation: 'Create', at: at(-minute) } } }), () => undefined],
    [
      'the address is in no domain of the source',
      waited({ spec: { formerAddresses: [{ address: 'former@elsewhere.com', until }] } }),
      () => undefined,
    ],
    [
      'another person has the address now',
      waited(),
      (given) =>
        given.projections.put(
          recordWith({
            spec: { source: { tenantId: sourceTenantId, objectId: 'other' }, invitedAddress: 'former@contoso.com' },
            status: nobody,
            metadata: { name: 'staff-other', uid: 'other' },
          }),
        ),
    ],
  ])('is not looked for where %s', async (_, options, prepare) => {
    const { given, seen } = await found(guest('account', createdAt(-120 * minute)), options, prepare);
    expect(seen.match).toEqual({ type: 'None' });
    expect(given.target.queries).toHaveLength(1);
  });

  it('is not looked for where there is one under the present address', async () => {
    const { given, seen } = await found(guest('account'), waited(), (site) => (site.target.found = [guest('present')]));
    expect(seen.match).toMatchObject({ type: 'Found', user: { id: 'present' } });
    expect(given.target.queries).toHaveLength(1);
  });
});

describe('D3 what the records say of an account that is found', () => {
  const other = (more: { spec?: Partial<UnsealedSpec>; status?: Partial<UserProjectionStatus> } = {}): UserProjection =>
    recordWith({
      spec: { source: { tenantId: sourceTenantId, objectId: 'other' }, invitedAddress: 'other@contoso.com', ...more.spec },
      status: { targetUser: link, ...more.status },
      metadata: { name: 'staff-other', uid: 'other' },
    });
  const found = async (...records: readonly UserProjection[]) =>
    (
      await look({ status: nobody }, [], (given) => {
        given.target.found = [live];
        for (const record of records) given.projections.put(record);
      })
    ).seen.match;

  it.each<[string, UserProjection, object]>([
    ['it is another person’s', other(), { reason: 'AddressBelongsToAnotherUser', objectId: 'account' }],
    [
      'it is another person’s of the same address',
      other({ spec: { invitedAddress: 'ANA@contoso.com' } }),
      { reason: 'DuplicateSourceUsers' },
    ],
    [
      'it is another person’s of the same address, who is to go',
      other({ spec: { invitedAddress: 'ana@contoso.com', lifecycle: 'Removed' } }),
      { reason: 'AddressBelongsToAnotherUser' },
    ],
    ['it was another person’s', other({ status: { state: 'Retained' } }), { reason: 'AddressBelongsToAnotherUser' }],
    ['it is in another target', other({ spec: { target: { tenantId: 'x' } } }), { type: 'Found' }],
    [
      'we deleted it for somebody else just now',
      other({ spec: removed, status: { targetUser: { ...link, deletedAt: at(-minute) } } }),
      { type: 'Unsettled', since: at(-minute) },
    ],
    [
      'we deleted it for somebody else long ago',
      other({ spec: removed, status: { targetUser: { ...link, deletedAt: at(-10 * minute) } } }),
      { reason: 'AddressBelongsToAnotherUser' },
    ],
  ])('%s', async (_, record, expected) => {
    expect(await found(record)).toMatchObject(expected);
  });

  it('the one who has it counts before one who has let it go', async () => {
    const former = {
      ...other({ spec: { invitedAddress: 'ana@contoso.com' }, status: { state: 'Retained' } }),
      metadata: { ...other().metadata, name: 'a-former', uid: 'former' },
    };
    expect(await found(former, other())).toMatchObject({ reason: 'AddressBelongsToAnotherUser' });
  });
});

describe('B5 other records of the same person', () => {
  const older = (more: { spec?: Partial<UnsealedSpec>; status?: Partial<UserProjectionStatus>; metadata?: object } = {}): UserProjection =>
    recordWith({
      spec: { syncConfigurationRef: { name: 'other' }, ...more.spec },
      status: more.status ?? {},
      metadata: { name: 'other-x', uid: 'older', creationTimestamp: '2025-01-01T00:00:00Z', ...more.metadata },
    });
  const beside = (sibling: UserProjection, options: SiteOptions, where: readonly ('Live' | 'Bin')[], configured: object | 'Gone' = {}) =>
    look(options, where, (given) => {
      given.projections.put(sibling);
      if (configured !== 'Gone') given.configurations.put(configurationWith({}, { name: 'other', ...configured }));
    });

  it.each<[string, UserProjection, object | 'Gone', boolean, boolean]>([
    ['an older one owns the person', older(), {}, true, true],
    ['a younger one wants the person', older({ metadata: { creationTimestamp: '2026-01-02T00:00:00Z' } }), {}, false, true],
    ['one that has let go', older({ status: { state: 'Retained' } }), {}, false, true],
    ['one that is to go', older({ spec: removed }), {}, true, false],
    ['one in a plan', older({ spec: { mode: 'Plan' } }), {}, true, false],
    ['one that is being deleted', older({ metadata: { deletionTimestamp: at(0) } }), {}, false, false],
    ['one whose configuration is gone', older(), 'Gone', true, false],
    ['one whose configuration goes', older(), { metadata: { deletionTimestamp: at(0) } }, true, false],
  ])('%s', async (_, sibling, configured, claimedElsewhere, wantedElsewhere) => {
    expect((await beside(sibling, { spec: removed }, ['Live'], configured)).seen).toMatchObject({ claimedElsewhere, wantedElsewhere });
  });

  it('nothing is read for a person whom an older one owns', async () => {
    expect((await beside(older(), {}, ['Live'])).given.target.reads).toEqual([]);
  });

  const handed = { targetUser: { ...link, releasedAt: at(-60 * minute) } };

  it.each<[string, UserProjection, readonly ('Live' | 'Bin')[], object]>([
    [
      'an account that was handed over, made by us',
      older({ status: { state: 'Retained', ...handed } }),
      ['Live'],
      { account: { type: 'Unlinked' }, match: { type: 'Found', by: 'Anchor' } },
    ],
    [
      'an account that was handed over, adopted',
      older({ status: { state: 'Retained', targetUser: { ...link, origin: 'Adopted' } } }),
      ['Live'],
      { match: { type: 'Found', by: 'Address' } },
    ],
    [
      'one that a record leaves behind while it is deleted',
      older({ metadata: { deletionTimestamp: at(0) } }),
      ['Live'],
      { match: { type: 'Found', by: 'Anchor' } },
    ],
    [
      'one that we had deleted',
      older({ status: { state: 'Retained', targetUser: { ...handed.targetUser, deletedAt: at(-60 * minute) } } }),
      ['Bin'],
      { account: { type: 'Unlinked' }, match: { type: 'Restorable' } },
    ],
    [
      'one that others had deleted',
      older({ status: { state: 'Retained', ...handed } }),
      ['Bin'],
      { account: { type: 'Unlinked' }, match: { type: 'None' } },
    ],
    [
      'one that is gone',
      older({ status: { state: 'Retained', ...handed } }),
      [],
      { account: { type: 'Unlinked' }, match: { type: 'None' } },
    ],
    [
      'one that its owner has deleted just now: it is waited for',
      older({ status: { state: 'Retained', targetUser: { ...handed.targetUser, deletedAt: at(-minute) } } }),
      ['Live'],
      { account: { type: 'Unseen' } },
    ],
  ])('%s', async (_, sibling, where, expected) => {
    expect((await beside(sibling, { status: nobody }, where)).seen).toMatchObject(expected);
  });

  it.each<[string, UserProjection]>([
    ['of one that still has it', older({ metadata: { creationTimestamp: '2026-01-02T00:00:00Z' } })],
    ['of one that never had one', older({ status: { state: 'Retained', targetUser: undefined as never } })],
  ])('no account is taken over %s', async (_, sibling) => {
    expect((await beside(sibling, { status: nobody }, ['Live'])).given.target.reads).toEqual(['findAccounts']);
  });

  describe('of a pair that has lost the tenants', () => {
    /** The record of the pair `former`, while the pair of the person's own record holds the tenants, or nobody does. */
    const former = (sibling: UserProjection, where: readonly ('Live' | 'Bin')[], holds = true) =>
      look({ status: nobody }, where, (given) => {
        given.projections.put(sibling);
        given.configurations.put(configurationWith({ tenantPairRef: { name: 'former' } }, { name: 'other' }));
        const { pair } = given;
        given.pairs.put({
          ...pair,
          metadata: { ...pair.metadata, name: 'former', uid: 'uid-former', creationTimestamp: '2025-01-01T00:00:00Z' },
        });
        if (holds) given.pairs.put({ ...pair, status: { ...pair.status, holdsTenantsSince: at(-minute) } });
      });

    it('claim nobody, and leave their accounts', async () => {
      const { seen } = await former(older(), ['Live']);
      expect(seen).toMatchObject({ claimedElsewhere: false, wantedElsewhere: false, match: { type: 'Found', by: 'Anchor' } });
    });

    it('claim whom they have while no pair holds the tenants', async () => {
      const { seen, given } = await former(older(), ['Live'], false);
      expect(seen).toMatchObject({ claimedElsewhere: true, wantedElsewhere: true });
      expect(given.target.reads).toEqual([]);
    });

    it('have deleted what they had begun to delete', async () => {
      const begun = older({ status: { intent: { operation: 'Delete', at: at(-60 * minute) } } });
      expect((await former(begun, ['Bin'])).seen.match).toMatchObject({ type: 'Restorable' });
      const justNow = older({ status: { intent: { operation: 'Delete', at: at(-minute) } } });
      expect((await former(justNow, ['Live'])).seen.account).toEqual({ type: 'Unseen' });
    });
  });

  it('I6 an account that another record deleted is ours, and A7 not if it was deleted again since', async () => {
    const deletedAt = at(-60 * minute);
    const status = { state: 'SoftDeleted', targetUser: { ...link, deletedAt } } as const;
    const sibling = older({ spec: removed, status, metadata: { creationTimestamp: '2026-01-02T00:00:00Z' } });
    const seenWith = async (deletedDateTime: string) =>
      (
        await look({}, [], (given) => {
          given.projections.put(sibling);
          given.configurations.put(configurationWith({}, { name: 'other' }));
          given.target.deleted.set('account', account({}, { deletedDateTime }));
        })
      ).seen.account;
    expect(await seenWith(at(-60 * minute - 1000))).toMatchObject({ type: 'SoftDeleted', byUs: true });
    expect(await seenWith(at(-20 * minute))).toMatchObject({ type: 'SoftDeleted', byUs: false });
  });

  it('I15 one with the anchor of another installation is theirs', async () => {
    const { seen } = await look(
      { status: nobody, configuration: anchored, accounts: [account({ extensionAttribute15: anchor({ installation: 'other' }) })] },
      [],
      (given) => given.projections.put(older({ status: { state: 'Retained', ...handed } })),
    );
    expect(seen.ownedElsewhere).toBe(true);
  });
});

describe('I15 what the anchor of an account says', () => {
  const value = (extensionAttribute15: string) => account({ extensionAttribute15 });

  it.each<[string, SiteOptions, boolean]>([
    ['of this installation', { configuration: anchored, accounts: [value(anchor())] }, false],
    ['of another installation', { configuration: anchored, accounts: [value(anchor({ installation: 'other' }))] }, true],
    ['of another installation, where none is configured', { accounts: [value(anchor({ installation: 'other' }))] }, false],
  ])('%s', async (_, options, expected) => {
    expect((await look(options)).seen.ownedElsewhere).toBe(expected);
  });

  it.each<[string, string | undefined, string | undefined, object | undefined]>([
    ['our mark', anchor(), undefined, { ours: true }],
    ['no mark, made just now', undefined, at(-minute), { mayAppearSince: at(-minute) }],
    ['no mark, made in a moment by a clock ahead', undefined, at(minute), { mayAppearSince: at(minute) }],
    ['no mark, made long ago', undefined, at(-10 * minute), undefined],
    ['no mark, made in a month', undefined, at(30 * 24 * 60 * minute), undefined],
    ['no mark, and nobody knows when', undefined, undefined, undefined],
  ])('of an adopted account that was never written: %s', async (_, mark, createdDateTime, expected) => {
    const user = account({ ...(mark && { extensionAttribute15: mark }), ...(createdDateTime && { createdDateTime }) });
    const status = { targetUser: { objectId: 'account', origin: 'Adopted' } } as const;
    expect((await look({ configuration: anchored, accounts: [user], status })).seen.mark).toEqual(expected);
    expect(
      (await look({ configuration: anchored, accounts: [user], status: { ...status, lastWriteAt: at(-minute) } })).seen.mark,
    ).toBeUndefined();
    expect((await look({ configuration: anchored, accounts: [user] })).seen.mark).toBeUndefined();
    expect((await look({ accounts: [user], status })).seen.mark).toBeUndefined();
  });
});
