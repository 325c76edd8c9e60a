import type { DirectoryUser } from '../../api/directory-user.ts';
import type { SyncConfigurationSpec, UserProjectionSpec, UserProjectionStatus } from '../../api/generated.ts';
import type { Reason } from '../../api/reasons.ts';
import { creationAllowance } from '../guard/creations.ts';
import { createdUserType, type Limit } from '../limits/limits.ts';
import type { Match } from '../matching/match.ts';
import { isReleased, isSignInBlocked } from '../projection/account.ts';
import { identityKind } from '../scope/identity-kind.ts';
import { mayUpdate } from './permitted.ts';
import { actionNow, keptBy, type RemovalPolicy } from './removal-policy.ts';

export type ProjectionState = UserProjectionStatus['state'];
export type Origin = NonNullable<UserProjectionStatus['targetUser']>['origin'] & string;

/** What is known of the account that the projection is linked to. */
export type Account =
  | { readonly type: 'Unlinked' }
  | { readonly type: 'Live'; readonly user: DirectoryUser }
  | { readonly type: 'SoftDeleted'; readonly user: DirectoryUser; readonly byUs: boolean }
  /** Neither live nor deleted, but our last write is so recent that it may not be visible yet. */
  | { readonly type: 'Unseen' }
  /** Not there for certain. */
  | { readonly type: 'Gone' };

export interface LifecycleInput {
  readonly spec: UserProjectionSpec;
  readonly status: UserProjectionStatus;
  /** The configuration, with the limits of its pair. */
  readonly configuration: Pick<SyncConfigurationSpec, 'matching'> & RemovalPolicy;
  /** Another configuration has the older claim to this person (B5). */
  readonly claimedElsewhere: boolean;
  /** The anchor of the account names another installation (I15). */
  readonly ownedElsewhere: boolean;
  /** The anchor of the live account names another person: it was moved to somebody else (I2). */
  readonly boundElsewhere?: true;
  /** The address that would be invited is in a domain that the source has verified (I15, D1). */
  readonly addressVerified: boolean;
  /** Another configuration wants this person to be present. */
  readonly wantedElsewhere: boolean;
  readonly account: Account;
  /** Result of the search; needed whenever the account is Unlinked or Gone, or (of live accounts alone) soft-deleted by us while wanted. */
  readonly match: Match | undefined;
  /** A mail contact of the target that holds the invited address, as far as contacts may be read. */
  readonly contactId?: string;
  /** A creation was begun and its outcome may still be on its way. */
  readonly creationMayAppear: boolean;
  /** What an account shows that we have found by its address and never written: our mark, or since when it is too young for that. */
  readonly mark?: { readonly ours: true } | { readonly mayAppearSince: string };
  /** We deleted the account, or tried to, so recently that a read may still show it as live. */
  readonly deletionMayAppear: boolean;
}

/** What to do with one person. Everything but the first six ends the matter until something changes. */
export type Decision =
  /** `contactId`: a mail contact that holds the address; a guest is made beside it, without mail of its own. */
  | { readonly do: 'Create'; readonly contactId?: string }
  /** `provisional`: nothing is written until it is known whose the account is. */
  | { readonly do: 'Link'; readonly user: DirectoryUser; readonly origin: Origin; readonly provisional?: true; readonly marked?: true }
  | { readonly do: 'Update'; readonly user: DirectoryUser }
  | { readonly do: 'Restore'; readonly user: DirectoryUser }
  | { readonly do: 'Delete'; readonly user: DirectoryUser }
  | { readonly do: 'Block'; readonly user: DirectoryUser }
  /** `limit`: the limit of the pair that decided so; `objectId`: the account that it has us leave as it is. */
  | {
      readonly do: 'Settle';
      readonly state: ProjectionState;
      readonly reason: Reason;
      readonly limit?: Limit;
      readonly objectId?: string;
    }
  | { readonly do: 'Conflict'; readonly reason: Reason; readonly objectId?: string }
  /** `since`: when that was written which is waited for; without it, our own last write. */
  | { readonly do: 'Wait'; readonly reason: Reason; readonly since?: string }
  /** The record has served its purpose and is removed; nothing is done in the target. */
  | { readonly do: 'Forget' };

const settle = (state: ProjectionState, reason: Reason): Decision => ({ do: 'Settle', state, reason });
const conflict = (reason: Reason, objectId?: string): Decision => ({
  do: 'Conflict',
  reason,
  ...(objectId === undefined ? {} : { objectId }),
});

/** The decision table of the product: one person, one target (docs/architecture.md, "What to do with one person"). */
export function decideLifecycle(input: LifecycleInput): Decision {
  switch (input.spec.lifecycle) {
    case 'Present':
      if (input.claimedElsewhere) return settle('Skipped', 'ClaimedByOtherConfiguration');
      // An intent is brought to its end even for a person who is to be left alone; nothing else is.
      return input.spec.ignored === true && input.status.intent === undefined ? decideIgnored(input) : decidePresent(input);
    case 'RemovalStaged':
      return settle('Staged', 'RemovalStaged');
    case 'Removed':
      return decideRemoved(input);
  }
}

/** A user whom an expression says to leave alone. */
function decideIgnored({ account, status }: LifecycleInput): Decision {
  switch (account.type) {
    case 'Live':
      return settle(isSignInBlocked({ status }) ? 'Blocked' : 'Provisioned', 'IgnoredByMapping');
    case 'SoftDeleted':
      return settle('SoftDeleted', 'IgnoredByMapping');
    case 'Unseen':
      return { do: 'Wait', reason: 'WaitingForReplication' };
    case 'Unlinked':
    case 'Gone':
      return settle('Skipped', 'IgnoredByMapping');
  }
}

function decidePresent(input: LifecycleInput): Decision {
  const { account } = input;
  if (input.ownedElsewhere && 'user' in account) return conflict('OwnedByOtherInstallation', account.user.id);
  switch (account.type) {
    case 'Live':
      if (input.deletionMayAppear) return { do: 'Wait', reason: 'WaitingForReplication' };
      if (input.boundElsewhere === true) return conflict('AddressBelongsToAnotherUser', account.user.id);
      return writable(account.user) ?? decideMark(input, account.user) ?? decideUpdate(input, account.user);
    case 'SoftDeleted':
      if (!account.byUs) return conflict('DeletedInTarget', account.user.id);
      // A rejection writes to no tenant: an account that is deleted already stays so.
      if (input.spec.rejected === true) return settle('SoftDeleted', 'UserDeleted');
      return decideRestore(input, account.user);
    case 'Unseen':
      return { do: 'Wait', reason: 'WaitingForReplication' };
    case 'Unlinked':
    case 'Gone':
      return decideNew(input);
  }
}

/** The account that would be found is one that the pair's limits exclude: an invitation by the address would reach it. */
const excluded = (objectId: string): Decision => ({
  do: 'Settle',
  state: 'Skipped',
  reason: 'LimitReached',
  limit: 'excludedTargetUsers',
  objectId,
});

/** A deleted account is not restored while another live account is this person's, or has the address: there would be two (A6, I1). */
function decideRestore(input: LifecycleInput, user: DirectoryUser): Decision {
  if (input.match?.type === 'Unsettled') return { do: 'Wait', reason: 'WaitingForReplication', since: input.match.since };
  if (input.match?.type === 'Found') return conflict('RestoreConflict', input.match.user.id);
  if (input.match?.type === 'Excluded') return excluded(input.match.objectId);
  return input.match?.type === 'Conflict' ? conflict(input.match.reason, input.match.objectId) : { do: 'Restore', user };
}

/** An account that has become internal, or cannot be told to be external, is not written (I2). */
function writable(user: DirectoryUser): Decision | undefined {
  const kind = identityKind(user);
  if (kind === 'Internal') return conflict('InternalUserExists', user.id);
  return kind === 'Ambiguous' ? conflict('AmbiguousIdentity', user.id) : undefined;
}

/** An account that a lost record of ours has just created is ours: taken for adopted, it would be left behind when the person leaves. */
function decideMark({ mark }: LifecycleInput, user: DirectoryUser): Decision | undefined {
  if (mark === undefined) return undefined;
  if ('ours' in mark) return { do: 'Link', user, origin: 'Created' };
  return { do: 'Wait', reason: 'WaitingForReplication', since: mark.mayAppearSince };
}

function decideUpdate(input: LifecycleInput, user: DirectoryUser): Decision {
  // An account that is being made or brought back is finished, whatever is wanted of others: it may still have to be blocked.
  return mayUpdate(input.configuration, input)
    ? { do: 'Update', user }
    : settle(isSignInBlocked(input) ? 'Blocked' : 'Provisioned', 'ActionDisabled');
}

/** A contact that holds the address is in the way of a member, and takes the mail of a guest (D5). */
function decideContact({ contactId, spec }: LifecycleInput): Decision {
  if (contactId === undefined) return { do: 'Create' };
  return createdUserType(spec) === 'Member' ? conflict('ContactExists', contactId) : { do: 'Create', contactId };
}

function decideNew(input: LifecycleInput): Decision {
  const { match } = input;
  // A rejection writes to no tenant either where the account has gone: an invitation or restore would ask the source in vain, for ever.
  if (input.spec.rejected === true && !isCreationAwaited(input)) return settle('Skipped', 'UserPurged');
  switch (match?.type) {
    case 'Found': {
      // An account that appears after our own intent, where there was none before, is the one we created.
      const ours = match.by === 'Anchor' || (match.by === 'Address' && input.status.intent?.operation === 'Create');
      if (!ours && match.by === 'Address' && input.configuration.matching.adoption === 'Ignore')
        return conflict('ExistingUserNotAdopted', match.user.id);
      return {
        do: 'Link',
        user: match.user,
        origin: ours ? 'Created' : 'Adopted',
        ...(!ours && input.mark ? { provisional: true } : {}),
        ...(match.by === 'AdoptedAnchor' ? { marked: true } : {}),
      };
    }
    case 'Restorable':
      return { do: 'Restore', user: match.user };
    case 'Unsettled':
      return { do: 'Wait', reason: 'WaitingForReplication', since: match.since };
    case 'Conflict':
      return conflict(match.reason, match.objectId);
    case 'Excluded':
      return excluded(match.objectId);
    case 'None':
    case undefined:
      return decideCreate(input);
  }
}

/** Whether an invitation of ours has made an account, or still may have. */
function isCreationAwaited({ status, match, creationMayAppear }: LifecycleInput): boolean {
  return status.intent?.operation === 'Create' && (match?.type === 'Found' || creationMayAppear);
}

function decideCreate(input: LifecycleInput): Decision {
  if (input.creationMayAppear) return { do: 'Wait', reason: 'WaitingForReplication' };
  if (input.spec.sourceDisabled === true) return settle('Skipped', 'SourceDisabled');
  if (!input.configuration.targetActions.includes('Create')) return settle('Skipped', 'ActionDisabled');
  // A new account would begin with values that are not the person's.
  if (input.spec.failedMappings !== undefined) return conflict('MappingFailed');
  if (input.spec.invitedAddress === undefined) return conflict('AddressMissing');
  if (!input.addressVerified) return conflict('AddressNotVerified');
  return decideLimited(input) ?? decideContact(input);
}

/** A creation that waits for a decision where creations are limited, or was decided against (E7). */
function decideLimited({ spec, status, configuration }: LifecycleInput): Decision | undefined {
  if (spec.creation === undefined) return undefined;
  switch (creationAllowance({ spec, status }, configuration.deprovisioning.guard.creations).type) {
    case 'Staged':
      return settle('Staged', 'CreationsStaged');
    case 'Rejected':
      return settle('Skipped', 'CreationsRejected');
    case 'Allowed':
    case 'NotJudged':
      return undefined;
  }
}

function decideRemoved(input: LifecycleInput): Decision {
  const { account } = input;
  if (input.ownedElsewhere) return settle('Retained', 'OwnedByOtherInstallation');
  if (input.boundElsewhere === true) return settle('Retained', 'AddressBelongsToAnotherUser');
  switch (account.type) {
    case 'Unlinked':
      if (input.match?.type === 'Found' && input.status.intent?.operation === 'Create')
        return { do: 'Link', user: input.match.user, origin: 'Created' };
      return input.creationMayAppear ? { do: 'Wait', reason: 'WaitingForReplication' } : { do: 'Forget' };
    case 'Unseen':
      return { do: 'Wait', reason: 'WaitingForReplication' };
    case 'Gone':
      return { do: 'Forget' };
    case 'SoftDeleted':
      if (account.byUs && input.wantedElsewhere) return settle('Retained', 'HandedOver');
      return settle('SoftDeleted', account.byUs ? 'UserDeleted' : 'DeletedInTarget');
    case 'Live':
      return decideRemovedLive(input, account.user);
  }
}

function decideRemovedLive(input: LifecycleInput, user: DirectoryUser): Decision {
  const { status } = input;
  const { removal } = input.spec;
  if (input.wantedElsewhere) return settle('Retained', 'HandedOver');
  // An account that was let go stays so, whatever becomes of the reason.
  if (isReleased(input) || removal === undefined || removal.action === 'Retain') return retain(input);
  // With an intent of ours open, it is our own write that made the account live, and nobody else's.
  if (status.targetUser?.deletedAt !== undefined && status.intent === undefined)
    return input.deletionMayAppear ? { do: 'Wait', reason: 'WaitingForReplication' } : settle('Retained', 'RestoredInTarget');
  const softest = actionNow(input.configuration, input, removal);
  if (softest === 'Retain') return retain(input);
  return writable(user) ?? (softest === 'SoftDelete' ? { do: 'Delete', user } : decideBlock(input, user));
}

/** The account is let go: by the policy of its configuration, or because a limit of the pair keeps it (B11). */
function retain(input: LifecycleInput): Decision {
  const limit = keptBy(input.configuration, input, input.spec.removal?.reason ?? 'Unassigned');
  return limit === undefined ? settle('Retained', 'UserRetained') : { do: 'Settle', state: 'Retained', reason: 'LimitReached', limit };
}

function decideBlock(input: LifecycleInput, user: DirectoryUser): Decision {
  const done = user.accountEnabled === false && isSignInBlocked(input) && input.status.targetUser?.sessionsOpen !== true;
  return done ? settle('Blocked', 'UserBlocked') : { do: 'Block', user };
}
