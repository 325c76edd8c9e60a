import type { Reason } from '../../api/reasons.ts';

/** What a reason means on one user and what to do about it. Object ids only; completed by `detail` where there is one. */
const texts: Partial<Record<Reason, string>> = {
  UserCreated: 'The account was created.',
  UserUpdated: 'The account agrees with the source.',
  UserBlocked: 'Sign-in is blocked, as in the source.',
  UserDeleted: 'The account was moved to the recycle bin; it is restored if the user comes back within 30 days.',
  UserRestored: 'The account was restored from the recycle bin.',
  UserLinked: 'An existing account was linked.',
  UserRetained: 'The account was let go as it is.',
  UserPurged:
    'The account is gone for good. A removal or block was rejected, and while that stands no account is created: until the user or the scope changes.',
  Succeeded: 'The account agrees with the source.',
  Progressing: 'The account is being created or restored.',
  AwaitingSource: 'What was decided waits for a new reading of the source; until then nobody is deleted, blocked or invited.',
  AwaitingGuard:
    'The guard has not judged yet whether this account may be deleted, blocked or created: it does so in a cycle that comes at once.',
  InvitationsBlocked:
    'The target refuses all invitations, whoever is invited: the person waits. The TenantPair says since when, and when one invitation asks again.',
  LimitReached: 'A limit of the TenantPair holds the person back: status.limitedBy names it.',
  CreationsStaged:
    'More accounts were to be created than spec.deprovisioning.guard.creations allows: the creation waits for approval on the SyncConfiguration.',
  CreationsRejected: 'The creation was rejected: no account is created until the user or the scope changes.',
  RemovalStaged: 'The removal waits for approval on the SyncConfiguration.',
  SourceDisabled: 'The source user is blocked from sign-in, so no account is created. Enable the user in the source to create one.',
  ActionDisabled: 'spec.targetActions of the SyncConfiguration does not allow what would be needed.',
  ClaimedByOtherConfiguration: 'An older SyncConfiguration owns this person in the target. Remove the person from one of the two scopes.',
  HandedOver: 'The account was handed over to another SyncConfiguration.',
  AddressMissing: 'The source user has no address that could be invited. Give it one, or change spec.invitation.address.',
  InternalUserExists:
    'An internal user of the target has this address. Internal users are never changed; remove the address there or take the user out of scope.',
  ContactExists:
    'A mail contact of the target holds the address, so that no member can be made. Remove the contact there, or have the person created as a guest.',
  MailNotEnabled:
    'The account has no proxy address, and so no mail of its own. A mail contact may hold the address, or the tenant has no Exchange.',
  AmbiguousIdentity:
    'It cannot be told whether the account in the target is internal or external. Repair it or take the user out of scope.',
  ExistingUserNotAdopted: 'A B2B account of this person exists and spec.matching.adoption is Ignore. Delete it or allow adoption.',
  DuplicateTargetUsers: 'Several accounts in the target match this person. Remove all but one.',
  DuplicateSourceUsers: 'Two source users lead to the same account in the target. Give them different addresses.',
  AddressBelongsToAnotherUser: 'The account with this address belongs to another source user. Remove the address from it or delete it.',
  OwnedByOtherInstallation:
    'The anchor of the account names another installation of the operator, which alone writes it. Take the user out of one of the two scopes.',
  AddressNotVerified:
    'The address that would be invited is in no domain that the source tenant has verified. Invite by an address of the source.',
  IdentityProviderMismatch:
    'An account with this address signs in with another identity provider, or the address is in a domain that the source tenant has not verified.',
  PurgedAfterSource: 'The source has purged the user, and the account was purged too. The record goes with a later full cycle.',
  AccountGone:
    'The account is not in the target any more, neither live nor in its recycle bin: it was purged. The next full cycle creates it anew.',
  DeletedInTarget: 'The account was deleted in the target by somebody else. Restore it there, or purge it to have it created anew.',
  RestoredInTarget: 'The account that we had deleted was restored in the target. It is let go.',
  RestoreConflict:
    'The deleted account cannot be restored because another account has its name or address, or is this person. Remove that one, or set spec.restore.reconcileProxies.',
  WaitingForReplication: 'The directory has not made a recent write visible yet. It is tried again shortly.',
  SpecTampered: 'The spec was changed by somebody else than the operator and is not acted on; it is written anew at the next cycle.',
  BlockRefused:
    'The target refused to block sign-in, usually because the account holds an administrator role. Block it by hand or give the application the role.',
  ManagerNotProjected: 'The manager has no account in the target; the manager there stays as it is.',
  IgnoredByMapping: 'An expression of the SyncConfiguration says that this user is to be left as they are.',
  MappingFailed:
    'A value that the mappings give could not be computed for this user: nobody is created without it, and in an account it stays as it is. Correct the source user or the mapping.',
  Planned: 'Plan mode: nothing is written.',
};

/** What a reason means on one group, where it means something else than on a person, or nothing there. */
const groupTexts: Partial<Record<Reason, string>> = {
  Succeeded: 'The group agrees with the source.',
  GroupDeleted: 'The group was moved to the recycle bin, after an approval; it is restored if it is selected again within 30 days.',
  GroupRetained: 'The group is not selected any more, and was let go as it is.',
  GroupNameTaken:
    'The target has a group of this display name that is not ours. Rename one of them, or change spec.groups.displayNameExpression.',
  GroupNotOurs: 'The group in the target does not carry the anchor of this installation, and is not written.',
  GroupRoleAssignable: 'The group in the target is assignable to roles, and is not written.',
  GroupDynamic: 'The group in the target has become a dynamic one, whose members follow a rule, and is not written.',
  GroupMailEnabled: 'The group in the target is mail-enabled, and is not written.',
  GroupOnPremises: 'The group in the target is synchronized from on premises, and is not written.',
  GroupRestricted: 'The group in the target is in a restricted administrative unit, and is not written.',
  ExistingGroupNotAdopted:
    'A group of the target carries the anchor of this source group, or has its mail nickname, and spec.groups.matching.adoption is Ignore.',
  GroupAmbiguous: 'Several groups of the target have the mail nickname: none of them is taken over.',
  GroupDeletedInTarget:
    'The group is in the recycle bin of the target, and by our records not through us. Restore it there, or purge it to have it made anew.',
  GroupSyncNotAllowed:
    'The target does not allow inbound group synchronization from the source: no group is written. Its administrator sets groupSyncInbound of the identity synchronization policy; people are not concerned.',
  GroupSyncUnknown:
    'The target does not offer groupSyncInbound, by which it could refuse groups. Set spec.crossTenantAccess.withoutGroupPolicy of the TenantPair to Accept to go on without it.',
  SourceGroupHidden:
    'The source group hides its members, and the application lacks Member.Read.Hidden there: nothing about the members is changed. Grant the permission, or select another group.',
  ClaimedByOtherConfiguration: 'An older SyncConfiguration projects this group to the target. Take it out of one of the two.',
  SpecTampered: 'The spec was changed by somebody else than the operator and is not acted on; it is written anew at the next cycle.',
  Planned: 'Plan mode: nothing is written.',
};

/** The message of a reason on a GroupProjection. */
export function groupMessage(reason: Reason): string {
  return groupTexts[reason] ?? userMessage(reason);
}

/** The message of a reason on a UserProjection; `text` in place of what the reason means, where it means several things. */
export function userMessage(reason: Reason, detail?: { readonly objectId?: string; readonly text?: string }): string {
  const text = detail?.text ?? texts[reason] ?? `See the runbook of ${reason}.`;
  return detail?.objectId === undefined ? text : `${text} Object in the target: ${detail.objectId}.`;
}
