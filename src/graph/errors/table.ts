import type { DirectoryErrorKind } from '../../core/errors/directory-error.ts';
import type { Reason } from '../../api/reasons.ts';

/**
 * Kinds of calls whose answers mean something of their own.
 * `invite`: POST /invitations. `update`: PATCH of a user. `manager`: a write of the manager reference. `restore`: POST restore.
 * `group`: a write to a group itself. `members`: a write to the members of a group.
 * `delta`: a page of a delta round. `policy`: a read of access settings. `policyWrite`: a write to them. `write`: any other write to a user. `read`: everything else.
 */
export type CallKind =
  'invite' | 'update' | 'manager' | 'restore' | 'group' | 'members' | 'delta' | 'policy' | 'policyWrite' | 'write' | 'read';

/** One row: all given conditions must hold. `codes` are compared without regard to case, at every level of the answer. */
export interface ErrorRule {
  readonly calls?: readonly CallKind[];
  /** A status, or a range such as `5xx`. */
  readonly status?: readonly (number | '3xx' | '4xx' | '5xx')[];
  readonly codes?: readonly string[];
  /** Message fragment: the last resort, where no code is known. */
  readonly text?: RegExp;
  readonly kind: DirectoryErrorKind;
  readonly reason: Reason;
  readonly message: string;
}

const throttleCodes = ['TooManyRequests', 'activityLimitReached', 'throttledRequest', 'Request_ThrottledTemporarily'];
const resetCodes = [
  'syncStateNotFound',
  'syncStateInvalid',
  'resyncRequired',
  'resyncApplyDifferences',
  'resyncUploadDifferences',
  'Directory_ExpiredPageToken',
];
const missingCodes = ['Directory_ObjectNotFound', 'Request_ResourceNotFound', 'ResourceNotFound'];
const conflictCodes = ['ObjectConflict', 'ConflictingObjects', 'Request_MultipleObjectsWithSameKeyValue'];

/** The first row that fits wins; within each group codes come before message fragments. */
export const errorRules: readonly ErrorRule[] = [
  // Quota and health of the service.
  rule('Throttled', 'Throttled', 'Graph asks to wait: the request quota of this application in this tenant is used up.', {
    codes: throttleCodes,
  }),
  rule('Throttled', 'Throttled', 'Graph asks to wait: the request quota of this application in this tenant is used up.', { status: [429] }),
  rule('DeltaExpired', 'DeltaTokenExpired', 'The delta token is no longer valid; everything is read anew.', { codes: resetCodes }),
  rule('DeltaExpired', 'DeltaTokenExpired', 'The service has reset the delta; everything is read anew.', {
    calls: ['delta'],
    status: [410],
  }),
  rule('QuotaExceeded', 'DirectoryQuotaExceeded', 'The directory is full. Remove objects, or add a verified domain to raise its quota.', {
    codes: ['Directory_QuotaExceeded'],
  }),

  // Tokens.
  rule('Unauthenticated', 'ApplicationNotFound', 'The application has no service principal in this tenant. Give admin consent there.', {
    codes: ['Authorization_IdentityNotFound'],
  }),
  rule('Unauthenticated', 'CredentialsRejected', 'Graph refused a fresh token. Check the cloud, the tenant and the application.', {
    status: [401],
  }),

  // Invitations.
  rule('InvitationsBlocked', 'InvitationsBlocked', "The target refuses all invitations. Only Microsoft's support lifts that.", {
    calls: ['invite'],
    status: [403],
    text: /invitations?\b.{0,40}\bblocked for (this|the|your) (directory|tenant|organi[sz]ation|company)|suspicious activity/i,
  }),
  rule('InvitationRefused', 'InternalUserExists', 'An account that is not a guest of this person already has the address.', {
    calls: ['invite'],
    text: /already exists in the directory as object ?id/i,
  }),
  rule('InvitationRefused', 'InternalUserExists', 'An account that is blocked from sign-in already has the address.', {
    calls: ['invite'],
    status: [412],
  }),
  rule('InvitationRefused', 'CollaborationBlocked', 'Cross-tenant access settings of one of the two tenants block this invitation.', {
    calls: ['invite'],
    text: /blocked by cross-?tenant access settings/i,
  }),
  rule('InvitationRefused', 'CollaborationBlocked', 'The application for cross-cloud collaboration is disabled in the home tenant.', {
    calls: ['invite'],
    text: /cross cloud worker/i,
  }),
  rule(
    'InvitationRefused',
    'InvitationsDisabled',
    'The target tenant does not allow guest invitations. Check its external collaboration settings.',
    {
      calls: ['invite'],
      text: /guest invitations? (is |are )?not allowed/i,
    },
  ),
  rule(
    'InvitationRefused',
    'InvitationRefused',
    'The domain of the address is verified in the target tenant, so the person cannot be invited there.',
    {
      calls: ['invite'],
      text: /verified domain of this directory|invitee is in (the )?inviter'?s? tenant|same tenant as the inviter/i,
    },
  ),
  rule('InvitationRefused', 'InvitationRefused', 'The domain lists of the target tenant do not accept the domain of the address.', {
    calls: ['invite'],
    text: /domain\b.{0,80}\b(blocked|not (allowed|permitted)|denied|deny|block ?list|allow ?list|restricted)|(block|allow|deny) ?list/i,
  }),
  rule('InvitationRefused', 'AddressInvalid', 'The service cannot resolve or accept the invited address.', {
    calls: ['invite'],
    text: /unable to find target address|invitedUserEmailAddress|e-?mail address.{0,60}(invalid|not valid|malformed)|invalid e-?mail/i,
  }),
  rule('ObjectConflict', 'AddressConflict', 'Another object of the target holds the invited address.', {
    calls: ['invite'],
    codes: conflictCodes,
  }),
  rule('ObjectConflict', 'AddressConflict', 'Another object of the target holds the invited address.', {
    calls: ['invite'],
    status: ['4xx'],
    text: /prox(y|ies) ?address|proxyAddresses|same value for property/i,
  }),
  rule('ObjectConflict', 'AddressConflict', 'Another object of the target holds the invited address.', {
    calls: ['invite'],
    status: [409],
  }),
  rule('InvitationRefused', 'InvitationRefused', 'Graph gave several choices for this address, which cannot be followed.', {
    calls: ['invite'],
    status: [300],
  }),
  rule(
    'Forbidden',
    'PermissionMissing',
    'The application may not invite. Grant User.Invite.All, which other user permissions do not replace.',
    {
      calls: ['invite'],
      status: [403],
    },
  ),

  // Access settings.
  rule('ObjectConflict', 'RequestInvalid', 'The settings are there already.', { calls: ['policyWrite'], codes: conflictCodes }),
  rule('ObjectConflict', 'RequestInvalid', 'The settings are there already.', { calls: ['policyWrite'], status: [409] }),

  // Groups.
  rule('ObjectConflict', 'RequestInvalid', 'One or more of the members are in the group already.', {
    calls: ['members'],
    text: /references? already exists?/i,
  }),
  rule('ReferenceNotReady', 'WaitingForReplication', 'The group or one of its members is not there, or not visible yet.', {
    calls: ['members'],
    status: [400],
    text: /do(n't| not) exist/i,
  }),
  rule('InvalidRequest', 'GroupOnPremises', 'The group is synchronized from on premises, and is changed there alone.', {
    calls: ['group', 'members'],
    text: /on-premises/i,
  }),
  rule('InvalidRequest', 'GroupMailEnabled', 'The group is mail-enabled: it belongs to Exchange, and is changed there alone.', {
    calls: ['group', 'members'],
    text: /mail-enabled|external service/i,
  }),
  rule('ObjectConflict', 'GroupNameTaken', 'Another group of the target holds a name that must be unique.', {
    calls: ['group'],
    codes: conflictCodes,
  }),
  rule('ObjectConflict', 'GroupNameTaken', 'Another group of the target holds a name that must be unique.', {
    calls: ['group'],
    text: /another object with the same value for property/i,
  }),

  // Restores and unique values.
  rule('ObjectConflict', 'RestoreConflict', 'Another object took a name or an address of the deleted account meanwhile.', {
    calls: ['restore'],
    codes: conflictCodes,
  }),
  rule('ObjectConflict', 'RestoreConflict', 'Another object took a name or an address of the deleted account meanwhile.', {
    calls: ['restore'],
    status: [409],
  }),
  rule('ObjectConflict', 'RestoreConflict', 'Another object took a name or an address of the deleted account meanwhile.', {
    calls: ['restore'],
    text: /same value for property|conflict/i,
  }),
  rule('ObjectConflict', 'AddressConflict', 'Another object of the directory holds a value that must be unique.', { codes: conflictCodes }),
  rule('ObjectConflict', 'AddressConflict', 'Another object of the directory holds a value that must be unique.', {
    text: /another object with the same value for property/i,
  }),

  // Objects that are not there, or not yet.
  rule('ReferenceNotReady', 'WaitingForReplication', 'The reference points to an object that is not visible yet.', {
    calls: ['manager'],
    text: /not a valid reference update/i,
  }),
  rule('ReferenceNotReady', 'WaitingForReplication', 'One end of the reference is not visible yet.', {
    calls: ['manager'],
    codes: missingCodes,
  }),
  // A read that says "not there" may cost somebody the account: only the directory's own code for a missing object says it.
  rule('NotFound', 'WaitingForReplication', 'The object is not there, or not visible yet.', {
    calls: ['read', 'delta'],
    status: [404],
    codes: ['Request_ResourceNotFound'],
  }),
  rule('NotFound', 'WaitingForReplication', 'The settings are not there.', { calls: ['policy'], status: [404], codes: missingCodes }),
  rule('NotFound', 'WaitingForReplication', 'The object is not there, or not visible yet.', {
    calls: ['invite', 'update', 'restore', 'group', 'members', 'write', 'policyWrite'],
    codes: missingCodes,
  }),
  rule('Unavailable', 'GraphUnavailable', 'Something answered that the object is not there, but it was not the directory.', {
    status: [404],
  }),
  rule('Unavailable', 'GraphUnavailable', 'Graph cannot tell at the moment whether the object is there.', { codes: missingCodes }),

  // Permissions.
  rule(
    'Forbidden',
    'GraphForbidden',
    'The application lacks the permission for this call, or a directory role where the account holds one.',
    {
      codes: ['Authorization_RequestDenied', 'Forbidden', 'accessDenied'],
    },
  ),
  rule(
    'Forbidden',
    'GraphForbidden',
    'The application lacks the permission for this call, or a directory role where the account holds one.',
    {
      status: [403],
    },
  ),

  // Attributes of a user.
  rule('AttributeRefused', 'AttributeRefused', 'The account is mastered on-premises there and refuses the attributes.', {
    calls: ['update'],
    text: /on-premises/i,
  }),
  rule('AttributeRefused', 'AttributeRefused', 'The directory refuses one or more attributes of the account.', {
    calls: ['update'],
    status: [400],
    text: /\bpropert(y|ies)\b|\bvalue\b/i,
  }),

  // A deployment whose model has no identity synchronization policy: it says so before it looks for anything.
  rule('InvalidRequest', 'UserSyncUnknown', 'The tenant does not offer an inbound synchronization policy.', {
    calls: ['policy'],
    status: [400],
    text: /(segment|property named) '?identitySynchronization\b/i,
  }),

  // The request as such, and the service.
  rule('InvalidRequest', 'RequestInvalid', 'Graph cannot process this query.', { codes: ['Request_UnsupportedQuery', 'NotImplemented'] }),
  rule('InvalidRequest', 'RequestInvalid', 'Graph answered with a redirect or a choice, which is never followed.', { status: ['3xx'] }),
  rule('InvalidRequest', 'RequestInvalid', 'Graph does not accept this request as it is.', {
    status: [400, 405, 406, 411, 413, 414, 415, 422, 501],
  }),
  rule('Unavailable', 'GraphUnavailable', 'Graph is busy or has an internal error.', { status: ['5xx', 408, 424] }),
];

function rule(
  kind: DirectoryErrorKind,
  reason: Reason,
  message: string,
  conditions: Pick<ErrorRule, 'calls' | 'status' | 'codes' | 'text'>,
): ErrorRule {
  return { ...conditions, kind, reason, message };
}

/** Codes that may appear in metrics and in status, in their documented spelling. Any other is shown as `Other`. */
export const knownCodes: readonly string[] = [
  ...throttleCodes,
  ...resetCodes,
  ...conflictCodes,
  'Directory_QuotaExceeded',
  'Authorization_IdentityNotFound',
  'Authorization_RequestDenied',
  'InvalidAuthenticationToken',
  ...missingCodes,
  'Request_UnsupportedQuery',
  'Request_BadRequest',
  'BadRequest',
  'Forbidden',
  'accessDenied',
  'NotImplemented',
  'InternalServerError',
  'ServiceUnavailable',
  'UnknownError',
];
