import type { SyncConfigurationSpec, UserProjectionSpec, UserProjectionStatus } from '../../../../src/api/generated.ts';
import { decideLifecycle, type Account, type Decision, type LifecycleInput } from '../../../../src/core/lifecycle/decide.ts';
import type { Limits } from '../../../../src/core/limits/limits.ts';
import type { Match } from '../../../../src/core/matching/match.ts';
import { guest, internal, sourceObjectId, sourceTenantId } from '../support.ts';

type Removal = NonNullable<UserProjectionSpec['removal']>;

interface Given {
  readonly spec?: Partial<UserProjectionSpec>;
  readonly status?: Partial<UserProjectionStatus>;
  readonly account?: Account;
  readonly match?: Match;
  readonly contactId?: string;
  readonly adoption?: 'Adopt' | 'Ignore';
  readonly targetActions?: readonly ('Create' | 'Update' | 'Delete')[];
  readonly claimedElsewhere?: boolean;
  readonly ownedElsewhere?: boolean;
  readonly boundElsewhere?: true;
  readonly addressVerified?: boolean;
  readonly wantedElsewhere?: boolean;
  readonly creationMayAppear?: boolean;
  readonly deletionMayAppear?: boolean;
  readonly mark?: NonNullable<LifecycleInput['mark']>;
  readonly limits?: Limits;
  readonly deprovisioning?: Partial<SyncConfigurationSpec['deprovisioning']>;
}

function decide(given: Given): Decision {
  const configuration = {
    matching: { adoption: given.adoption ?? 'Adopt' },
    targetActions: given.targetActions ?? ['Create', 'Update', 'Delete'],
    deprovisioning: given.deprovisioning ?? {},
    limits: given.limits,
  } as unknown as LifecycleInput['configuration'];
  return decideLifecycle({
    spec: {
      syncConfigurationRef: { name: 'staff' },
      source: { tenantId: sourceTenantId, objectId: sourceObjectId },
      target: { tenantId: '33333333-3333-4333-8333-333333333333' },
      mode: 'Apply',
      lifecycle: 'Present',
      invitedAddress: 'ana@contoso.com',
      revision: 'r',
      ...given.spec,
    },
    status: { observedGeneration: 1, state: 'Pending', ...given.status },
    configuration,
    claimedElsewhere: given.claimedElsewhere ?? false,
    ownedElsewhere: given.ownedElsewhere ?? false,
    addressVerified: given.addressVerified ?? true,
    wantedElsewhere: given.wantedElsewhere ?? false,
    account: given.account ?? { type: 'Unlinked' },
    match: given.match,
    creationMayAppear: given.creationMayAppear ?? false,
    deletionMayAppear: given.deletionMayAppear ?? false,
    ...(given.boundElsewhere !== undefined && { boundElsewhere: given.boundElsewhere }),
    ...(given.mark && { mark: given.mark }),
    ...(given.contactId !== undefined && { contactId: given.contactId }),
  });
}

const unlimited = { threshold: 500, percent: 20, minimum: 10, window: '24h' };
const limited = { ...unlimited, creations: 5 };
const user = guest('account');
const live: Account = { type: 'Live', user };
const deletedByUs: Account = { type: 'SoftDeleted', user, byUs: true };
const deletedByOthers: Account = { type: 'SoftDeleted', user, byUs: false };
const creating = { intent: { operation: 'Create', at: '2026-01-05T08:00:00Z' } } as const;
const restoring = { intent: { operation: 'Restore', at: '2026-01-05T08:00:00Z' } } as const;
const linked = { targetUser: { objectId: 'account' } };
const deletedOnce = { targetUser: { objectId: 'account', deletedAt: '2026-01-05T08:00:00Z' } };
const found: Match = { type: 'Found', user, by: 'Address' };
const marked: Match = { type: 'Found', user, by: 'Anchor' };
const settle = (state: string, reason: string) => ({ do: 'Settle', state, reason });
const conflict = (reason: string, objectId?: string) => ({ do: 'Conflict', reason, ...(objectId === undefined ? {} : { objectId }) });
const wait = { do: 'Wait', reason: 'WaitingForReplication' };
const since = '2026-01-05T07:59:00Z';
const young = { mayAppearSince: since };
const disabled = guest('account', { accountEnabled: false });
const ambiguous = guest('account', { userType: 'Member', creationType: null, externalUserState: null, identities: [] });

describe('somebody who is to be present', () => {
  it.each<[string, Given, unknown]>([
    ['A1 nothing found: create', { match: { type: 'None' } }, { do: 'Create' }],
    [
      'A11 nothing found, disabled in the source: skip',
      { match: { type: 'None' }, spec: { sourceDisabled: true } },
      settle('Skipped', 'SourceDisabled'),
    ],
    [
      'nothing found, creations not allowed: skip',
      { match: { type: 'None' }, targetActions: ['Update'] },
      settle('Skipped', 'ActionDisabled'),
    ],
    ['nothing found, a lost creation may still appear: wait', { match: { type: 'None' }, status: creating, creationMayAppear: true }, wait],
    [
      'D5 nothing found but a contact, for a member: a conflict that names it',
      { match: { type: 'None' }, contactId: 'contact-1' },
      { do: 'Conflict', reason: 'ContactExists', objectId: 'contact-1' },
    ],
    [
      'D5 nothing found but a contact, for a guest: create beside it',
      { match: { type: 'None' }, contactId: 'contact-1', spec: { onCreate: { userType: 'Guest' } } },
      { do: 'Create', contactId: 'contact-1' },
    ],
    ['nothing found, the lost creation did not appear: create', { match: { type: 'None' }, status: creating }, { do: 'Create' }],
    ['our account: update', { account: live }, { do: 'Update', user }],
    ['our account, updates not allowed: leave', { account: live, targetActions: ['Create'] }, settle('Provisioned', 'ActionDisabled')],
    [
      'A6 our account that is being brought back, updates not allowed: finish it, it may still have to be blocked',
      { account: live, targetActions: ['Create'], status: { ...linked, intent: { operation: 'Restore', at: '2026-01-05T07:00:00Z' } } },
      { do: 'Update', user },
    ],
    [
      'D8 our account that we have blocked, updates not allowed: leave it blocked',
      {
        account: live,
        targetActions: ['Create'],
        status: { targetUser: { ...linked.targetUser, signInBlockedAt: '2026-01-05T07:00:00Z' } },
      },
      settle('Blocked', 'ActionDisabled'),
    ],
    [
      'D2 our account has become internal',
      { account: { type: 'Live', user: internal('account') } },
      conflict('InternalUserExists', 'account'),
    ],
    ['B7 our account is contradictory', { account: { type: 'Live', user: ambiguous } }, conflict('AmbiguousIdentity', 'account')],
    ['our account, deleted by us a moment ago: wait for the truth', { account: live, deletionMayAppear: true }, wait],
    ['D1 a B2B account of the person: link as adopted', { match: found }, { do: 'Link', user, origin: 'Adopted' }],
    ['D4 the same with Ignore', { match: found, adoption: 'Ignore' }, conflict('ExistingUserNotAdopted', 'account')],
    ['G9 our anchor on it: link as ours', { match: marked }, { do: 'Link', user, origin: 'Created' }],
    ['G9 our anchor on it, with Ignore', { match: marked, adoption: 'Ignore' }, { do: 'Link', user, origin: 'Created' }],
    [
      'A1 it appeared after our own intent: link as ours',
      { match: found, status: creating, adoption: 'Ignore' },
      { do: 'Link', user, origin: 'Created' },
    ],
    ['G9 a tombstone with our mark: restore', { match: { type: 'Restorable', user } }, { do: 'Restore', user }],
    [
      'D2 an internal user',
      { match: { type: 'Conflict', reason: 'InternalUserExists', objectId: 'x' } },
      conflict('InternalUserExists', 'x'),
    ],
    [
      'D3 several accounts',
      { match: { type: 'Conflict', reason: 'DuplicateTargetUsers', objectId: 'x' } },
      conflict('DuplicateTargetUsers', 'x'),
    ],
    [
      'E7 nothing found, the creation waits for a decision',
      { match: { type: 'None' }, spec: { creation: { verdict: 'Staged', limit: 1 } }, deprovisioning: { guard: limited } },
      settle('Staged', 'CreationsStaged'),
    ],
    [
      'E7 nothing found, the creation was rejected',
      { match: { type: 'None' }, spec: { creation: { verdict: 'Rejected' } }, deprovisioning: { guard: limited } },
      settle('Skipped', 'CreationsRejected'),
    ],
    [
      'E7 nothing found, the creation waits, and there is no limit any more',
      { match: { type: 'None' }, spec: { creation: { verdict: 'Staged', limit: 1 } }, deprovisioning: { guard: unlimited } },
      { do: 'Create' },
    ],
    [
      'E7 an account of the person, and the creation waits: link',
      { match: found, spec: { creation: { verdict: 'Staged', limit: 1 } }, deprovisioning: { guard: limited } },
      { do: 'Link', user, origin: 'Adopted' },
    ],
    [
      'B11 nothing but an excluded account',
      { match: { type: 'Excluded', objectId: 'x' } },
      { ...settle('Skipped', 'LimitReached'), limit: 'excludedTargetUsers', objectId: 'x' },
    ],
    [
      'B11 soft-deleted by us, and an excluded account is there',
      { account: deletedByUs, match: { type: 'Excluded', objectId: 'x' } },
      { ...settle('Skipped', 'LimitReached'), limit: 'excludedTargetUsers', objectId: 'x' },
    ],
    ['A6 soft-deleted by us: restore', { account: deletedByUs, match: { type: 'None' } }, { do: 'Restore', user }],
    [
      'A6 soft-deleted by us, another live account',
      { account: deletedByUs, match: { type: 'Found', user: guest('other'), by: 'Address' } },
      conflict('RestoreConflict', 'other'),
    ],
    [
      'A6 soft-deleted by us, several live accounts',
      { account: deletedByUs, match: { type: 'Conflict', reason: 'DuplicateTargetUsers', objectId: 'other' } },
      conflict('DuplicateTargetUsers', 'other'),
    ],
    ['A7 soft-deleted by somebody else', { account: deletedByOthers }, conflict('DeletedInTarget', 'account')],
    ['not visible yet: wait', { account: { type: 'Unseen' } }, wait],
    ['A8 gone: create', { account: { type: 'Gone' }, match: { type: 'None' }, status: linked }, { do: 'Create' }],
    [
      'A8 gone, another account of the person is there: link',
      { account: { type: 'Gone' }, match: found },
      { do: 'Link', user, origin: 'Adopted' },
    ],
    ['B5 claimed by an older configuration', { account: live, claimedElsewhere: true }, settle('Skipped', 'ClaimedByOtherConfiguration')],
    [
      'no address to invite',
      { match: { type: 'None' }, spec: { invitedAddress: undefined } as unknown as Partial<UserProjectionSpec> },
      conflict('AddressMissing'),
    ],
    [
      'I15 an address outside of the verified domains is not invited',
      { match: { type: 'None' }, addressVerified: false },
      conflict('AddressNotVerified'),
    ],
    [
      'I15 nor searched for in vain: a found account is linked',
      { match: marked, addressVerified: false },
      { do: 'Link', user, origin: 'Created' },
    ],
    [
      'somebody new whose values cannot be computed is not invited',
      { match: { type: 'None' }, spec: { failedMappings: [] } },
      conflict('MappingFailed'),
    ],
    [
      'our account, some of whose values cannot be computed: update',
      { account: live, spec: { failedMappings: [] } },
      { do: 'Update', user },
    ],
    [
      'I15 our account carries the anchor of another installation',
      { account: live, ownedElsewhere: true },
      conflict('OwnedByOtherInstallation', 'account'),
    ],
    [
      'D2 our account is bound to another person by now',
      { account: live, boundElsewhere: true },
      conflict('AddressBelongsToAnotherUser', 'account'),
    ],
    [
      'I13 an account is found that no invitation of ours has made, and the removal was rejected: nothing',
      { match: found, spec: { rejected: true } },
      settle('Skipped', 'UserPurged'),
    ],
    [
      'I13 nothing came of an invitation of ours, and the removal was rejected: nothing',
      { match: { type: 'None' }, spec: { rejected: true }, status: creating },
      settle('Skipped', 'UserPurged'),
    ],
    [
      'I15 so does our deleted account',
      { account: deletedByUs, ownedElsewhere: true, match: { type: 'None' } },
      conflict('OwnedByOtherInstallation', 'account'),
    ],
    ['I15 an anchor of which no account is known is nobody’s', { match: { type: 'None' }, ownedElsewhere: true }, { do: 'Create' }],
    [
      'B5 whom an older configuration has is not judged by the anchor',
      { account: live, ownedElsewhere: true, claimedElsewhere: true },
      settle('Skipped', 'ClaimedByOtherConfiguration'),
    ],
    [
      'G9 an adopted account that turns out to carry our mark: ours',
      { account: live, mark: { ours: true } },
      { do: 'Link', user, origin: 'Created' },
    ],
    ['G9 an adopted account too young for a mark: wait for it', { account: live, mark: young }, { ...wait, since }],
    [
      'D2 an internal account is no more written for its mark',
      { account: { type: 'Live', user: internal('account') }, mark: { ours: true } },
      conflict('InternalUserExists', 'account'),
    ],
    ['our account deleted by us a moment ago: the mark can wait', { account: live, mark: { ours: true }, deletionMayAppear: true }, wait],
    [
      'G9 a found account too young for a mark: link, and write nothing yet',
      { match: found, mark: young },
      { do: 'Link', user, origin: 'Adopted', provisional: true },
    ],
    [
      'A1 one that appeared after our own intent waits for no mark',
      { match: found, status: creating, mark: young },
      { do: 'Link', user, origin: 'Created' },
    ],
    [
      'what appeared after a restore of ours is not what we created',
      { match: found, status: restoring },
      { do: 'Link', user, origin: 'Adopted' },
    ],
    ['a read may show an account that was deleted just now: wait', { match: { type: 'Unsettled', since } }, { ...wait, since }],
    ['A6 nothing is restored while it does', { account: deletedByUs, match: { type: 'Unsettled', since } }, { ...wait, since }],
    [
      'I13 soft-deleted by us, and the removal was rejected: nothing',
      { account: deletedByUs, match: { type: 'None' }, spec: { rejected: true } },
      settle('SoftDeleted', 'UserDeleted'),
    ],
    [
      'A7 soft-deleted by others, and a removal was rejected: the conflict',
      { account: deletedByOthers, spec: { rejected: true } },
      conflict('DeletedInTarget', 'account'),
    ],
    [
      'I13 gone for certain, and the removal was rejected: nothing',
      { account: { type: 'Gone' }, match: { type: 'None' }, spec: { rejected: true }, status: linked },
      settle('Skipped', 'UserPurged'),
    ],
    [
      'I13 gone, a tombstone of the person is there, and the removal was rejected: nothing is restored',
      { account: { type: 'Gone' }, match: { type: 'Restorable', user }, spec: { rejected: true }, status: linked },
      settle('Skipped', 'UserPurged'),
    ],
    [
      'I1 what an invitation of ours has made is linked, whatever was rejected since',
      { match: found, spec: { rejected: true }, status: creating },
      { do: 'Link', user, origin: 'Created' },
    ],
    [
      'I1 what an invitation of ours may have made is waited for, whatever was rejected since',
      { match: { type: 'None' }, spec: { rejected: true }, status: creating, creationMayAppear: true },
      wait,
    ],
    ['A8 nothing is known of a match: create', {}, { do: 'Create' }],
    [
      'a conflict comes before a lost creation',
      { match: { type: 'Conflict', reason: 'DuplicateTargetUsers', objectId: 'x' }, status: creating, creationMayAppear: true },
      conflict('DuplicateTargetUsers', 'x'),
    ],
    [
      'A11 disabled in the source comes before what may not be created',
      { match: { type: 'None' }, spec: { sourceDisabled: true }, targetActions: [] },
      settle('Skipped', 'SourceDisabled'),
    ],
    ['A11 disabled in the source, our account: update', { account: live, spec: { sourceDisabled: true } }, { do: 'Update', user }],
  ])('%s', (_, given, expected) => {
    expect(decide(given)).toEqual(expected);
  });
});

describe('somebody whom an expression says to leave alone', () => {
  const blocked = { targetUser: { objectId: 'account', signInBlockedAt: since } };

  it.each<[string, Given, unknown]>([
    ['is left as they are', { account: live }, settle('Provisioned', 'IgnoredByMapping')],
    ['is left blocked', { account: live, status: blocked }, settle('Blocked', 'IgnoredByMapping')],
    ['is left deleted', { account: deletedByUs, match: { type: 'None' } }, settle('SoftDeleted', 'IgnoredByMapping')],
    ['is waited for where they are not visible yet', { account: { type: 'Unseen' } }, wait],
    ['is not invited', { match: { type: 'None' } }, settle('Skipped', 'IgnoredByMapping')],
    ['is not linked', { match: found }, settle('Skipped', 'IgnoredByMapping')],
    ['is not created again', { account: { type: 'Gone' }, match: { type: 'None' } }, settle('Skipped', 'IgnoredByMapping')],
    ['is brought to the end of what was begun', { account: live, status: restoring }, { do: 'Update', user }],
    ['is brought to the end of an invitation', { match: found, status: creating }, { do: 'Link', user, origin: 'Created' }],
    ['is only the older configuration has', { account: live, claimedElsewhere: true }, settle('Skipped', 'ClaimedByOtherConfiguration')],
  ])('%s', (_, given, expected) => {
    expect(decide({ ...given, spec: { ignored: true } })).toEqual(expected);
  });
});

describe('somebody whose removal is staged', () => {
  it.each<[string, Account]>([
    ['live', live],
    ['deleted', deletedByUs],
    ['gone', { type: 'Gone' }],
  ])('is left alone when the account is %s', (_, account) => {
    expect(decide({ spec: { lifecycle: 'RemovalStaged' }, account })).toEqual(settle('Staged', 'RemovalStaged'));
  });
});

describe('somebody who is to be removed', () => {
  const removed = (action: Removal['action'], given: Given): Decision =>
    decide({ ...given, spec: { lifecycle: 'Removed', removal: { reason: 'Unassigned', action }, ...given.spec } });

  it.each<[string, Removal['action'], Given, unknown]>([
    ['A3 our live account: delete', 'SoftDelete', { account: live, status: linked }, { do: 'Delete', user }],
    [
      'A3 a deletion with unknown outcome: delete again',
      'SoftDelete',
      { account: live, status: { ...linked, intent: { operation: 'Delete', at: '' } }, deletionMayAppear: true },
      { do: 'Delete', user },
    ],
    ['A7 deleted by us, live again: let go', 'SoftDelete', { account: live, status: deletedOnce }, settle('Retained', 'RestoredInTarget')],
    [
      'A7 deleted by us a moment ago, still shown as live: wait',
      'SoftDelete',
      { account: live, status: deletedOnce, deletionMayAppear: true },
      wait,
    ],
    [
      'A6 deleted by us, live again by our own restore: delete',
      'SoftDelete',
      { account: live, status: { ...deletedOnce, ...restoring } },
      { do: 'Delete', user },
    ],
    [
      'D2 our account has become internal',
      'SoftDelete',
      { account: { type: 'Live', user: internal('account') } },
      conflict('InternalUserExists', 'account'),
    ],
    [
      'B11 our live account, and no account may be deleted: let go',
      'SoftDelete',
      { account: live, status: linked, limits: { allowDelete: false }, deprovisioning: { action: 'SoftDelete' } },
      { ...settle('Retained', 'LimitReached'), limit: 'allowDelete' },
    ],
    [
      'B11 the same, as it was decided under that limit',
      'Retain',
      { account: live, status: linked, limits: { allowDelete: false }, deprovisioning: { action: 'SoftDelete' } },
      { ...settle('Retained', 'LimitReached'), limit: 'allowDelete' },
    ],
    [
      'B11 an excluded account: let go',
      'Block',
      {
        account: live,
        status: linked,
        limits: { allowDelete: true, excludedTargetUsers: ['account'] },
        deprovisioning: { action: 'Block' },
      },
      { ...settle('Retained', 'LimitReached'), limit: 'excludedTargetUsers' },
    ],
    ['Block: disable', 'Block', { account: live }, { do: 'Block', user }],
    [
      'Block, done already',
      'Block',
      { account: { type: 'Live', user: disabled }, status: { ...linked, state: 'Blocked' } },
      settle('Blocked', 'UserBlocked'),
    ],
    [
      'Block, broken off before the sessions were ended',
      'Block',
      { account: { type: 'Live', user: disabled }, status: { ...linked, state: 'Failed' } },
      { do: 'Block', user: disabled },
    ],
    ['Retain: let go', 'Retain', { account: live }, settle('Retained', 'UserRetained')],
    [
      'let go before, whatever is asked now',
      'SoftDelete',
      { account: live, status: { ...linked, state: 'Retained' } },
      settle('Retained', 'UserRetained'),
    ],
    [
      'B5 wanted by another configuration: hand over',
      'SoftDelete',
      { account: live, wantedElsewhere: true },
      settle('Retained', 'HandedOver'),
    ],
    ['deleted by us: done', 'SoftDelete', { account: deletedByUs }, settle('SoftDeleted', 'UserDeleted')],
    ['deleted by somebody else: done', 'SoftDelete', { account: deletedByOthers }, settle('SoftDeleted', 'DeletedInTarget')],
    ['A8 gone: forget', 'SoftDelete', { account: { type: 'Gone' } }, { do: 'Forget' }],
    ['never created: forget', 'SoftDelete', {}, { do: 'Forget' }],
    ['a lost creation appeared: link it first', 'SoftDelete', { match: found, status: creating }, { do: 'Link', user, origin: 'Created' }],
    ['a lost creation may still appear: wait', 'SoftDelete', { match: { type: 'None' }, status: creating, creationMayAppear: true }, wait],
    ['an account that is not ours is not linked in order to remove it', 'SoftDelete', { match: found }, { do: 'Forget' }],
    ['not visible yet: wait', 'SoftDelete', { account: { type: 'Unseen' } }, wait],
    [
      'I15 with the anchor of another installation: let go',
      'SoftDelete',
      { account: live, ownedElsewhere: true },
      settle('Retained', 'OwnedByOtherInstallation'),
    ],
    [
      'D2 bound to another person by now: let go',
      'SoftDelete',
      { account: live, boundElsewhere: true, status: linked },
      settle('Retained', 'AddressBelongsToAnotherUser'),
    ],
    [
      'A5 B11 blocked with the source, deleted there, and no account may be deleted: let go for that limit',
      'SoftDelete',
      {
        account: live,
        spec: { removal: { reason: 'Deleted', action: 'SoftDelete' } },
        status: { targetUser: { objectId: 'account', origin: 'Created', signInBlockedAt: since } },
        limits: { allowDelete: false },
        deprovisioning: { action: 'SoftDelete', disabledUsers: 'Retain' },
      },
      { ...settle('Retained', 'LimitReached'), limit: 'allowDelete' },
    ],
    [
      'A10 no removal at all: let go',
      'SoftDelete',
      { account: live, spec: { removal: undefined } as never },
      settle('Retained', 'UserRetained'),
    ],
    [
      'a removal that may not be carried out any more: let go',
      'SoftDelete',
      { account: live, status: linked, targetActions: ['Create', 'Update'] },
      settle('Retained', 'UserRetained'),
    ],
    [
      'a configuration that retains by now: let go',
      'SoftDelete',
      { account: live, status: linked, deprovisioning: { action: 'Retain' } },
      settle('Retained', 'UserRetained'),
    ],
    [
      'a configuration that blocks by now: block',
      'SoftDelete',
      { account: live, status: linked, deprovisioning: { action: 'Block' } },
      { do: 'Block', user },
    ],
    [
      'a block whose configuration deletes by now: block all the same',
      'Block',
      { account: live, status: linked, deprovisioning: { action: 'SoftDelete' } },
      { do: 'Block', user },
    ],
    [
      'a block that may not be carried out any more: let go',
      'Block',
      { account: live, status: linked, deprovisioning: { action: 'Retain' } },
      settle('Retained', 'UserRetained'),
    ],
    [
      'D4 an adopted one whom the configuration retains by now: let go',
      'SoftDelete',
      { account: live, status: { targetUser: { objectId: 'account', origin: 'Adopted' } }, deprovisioning: { adoptedUsers: 'Retain' } },
      settle('Retained', 'UserRetained'),
    ],
    [
      'D4 a created one whatever becomes of the adopted: delete',
      'SoftDelete',
      { account: live, status: { targetUser: { objectId: 'account', origin: 'Created' } }, deprovisioning: { adoptedUsers: 'Retain' } },
      { do: 'Delete', user },
    ],
    [
      'D4 an adopted one: delete',
      'SoftDelete',
      { account: live, status: { targetUser: { objectId: 'account', origin: 'Adopted' } }, deprovisioning: { adoptedUsers: 'SoftDelete' } },
      { do: 'Delete', user },
    ],
    [
      'let go before and shown in another state since: let go',
      'SoftDelete',
      { account: live, status: { state: 'Failed', targetUser: { objectId: 'account', releasedAt: since } } },
      settle('Retained', 'UserRetained'),
    ],
    [
      'B7 our account is contradictory',
      'SoftDelete',
      { account: { type: 'Live', user: ambiguous } },
      conflict('AmbiguousIdentity', 'account'),
    ],
    [
      'D2 Block of one who has become internal',
      'Block',
      { account: { type: 'Live', user: internal('account') } },
      conflict('InternalUserExists', 'account'),
    ],
    [
      'Block of one who is blocked, but not by us',
      'Block',
      { account: { type: 'Live', user: disabled }, status: linked },
      { do: 'Block', user: disabled },
    ],
    [
      'Block, done by us and undone in the target: disable',
      'Block',
      { account: live, status: { targetUser: { objectId: 'account', signInBlockedAt: since } } },
      { do: 'Block', user },
    ],
    [
      'Block, done but for the sessions',
      'Block',
      {
        account: { type: 'Live', user: disabled },
        status: { targetUser: { objectId: 'account', signInBlockedAt: since, sessionsOpen: true } },
      },
      { do: 'Block', user: disabled },
    ],
    [
      'Block, done by us as the link says',
      'Block',
      { account: { type: 'Live', user: disabled }, status: { targetUser: { objectId: 'account', signInBlockedAt: since } } },
      settle('Blocked', 'UserBlocked'),
    ],
    [
      'B5 deleted by us and wanted by another configuration: hand over',
      'SoftDelete',
      { account: deletedByUs, wantedElsewhere: true },
      settle('Retained', 'HandedOver'),
    ],
    [
      'B5 deleted by others and wanted by another configuration: done',
      'SoftDelete',
      { account: deletedByOthers, wantedElsewhere: true },
      settle('SoftDeleted', 'DeletedInTarget'),
    ],
    [
      'what appeared after a deletion of ours is not linked',
      'SoftDelete',
      { match: found, status: { intent: { operation: 'Delete', at: since } } },
      { do: 'Forget' },
    ],
    ['nothing was found of a lost creation: forget', 'SoftDelete', { match: { type: 'None' }, status: creating }, { do: 'Forget' }],
    [
      'a conflict about a lost creation is not linked',
      'SoftDelete',
      { match: { type: 'Conflict', reason: 'DuplicateTargetUsers', objectId: 'x' }, status: creating },
      { do: 'Forget' },
    ],
  ])('%s', (_, action, given, expected) => {
    expect(removed(action, given)).toEqual(expected);
  });
});
