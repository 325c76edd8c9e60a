// Generated from crds/ by `npm run generate`. Do not edit: change the CRD and generate again.
import type { AttributeValue } from './attributes.ts';

/** What should be in the target. */
export interface GroupProjectionSpec {
  /** The configuration that made it. */
  readonly syncConfigurationRef: {
    /** Name of the SyncConfiguration. */
    readonly name: string;
  };
  /** The source group. */
  readonly source: {
    /** Id of the source tenant. */
    readonly tenantId: string;
    /** Object id of the source group. */
    readonly objectId: string;
  };
  /** The target tenant. */
  readonly target: {
    /** Id of the target tenant. */
    readonly tenantId: string;
  };
  /** Copied from the configuration; only Apply acts. */
  readonly mode: 'Apply' | 'Plan';
  /** Present: the group should be there. RemovalStaged: its deletion waits for approval. Removed: it is to be deleted, or let go. */
  readonly lifecycle: 'Present' | 'RemovalStaged' | 'Removed';
  /** Why and how the group is to be removed. */
  readonly removal?: {
    /** Deleted: the source group is gone. Unassigned: it is not selected any more. ConfigurationDeleted: its configuration was deleted, with onConfigurationDeletion: Deprovision. */
    readonly reason: 'Deleted' | 'Unassigned' | 'ConfigurationDeleted';
    /** How. */
    readonly action: 'SoftDelete' | 'Retain';
  };
  /** Hash of what a staged or rejected deletion rests on. */
  readonly evidence?: string;
  /** Who approved the deletion. */
  readonly approvedBy?: string;
  /** Token of the staged set in which an administrator approved the deletion. */
  readonly approvedToken?: string;
  /** The deletion that evidence stands for was rejected: it is not staged again while the evidence stays the same. */
  readonly rejected?: boolean;
  /** Values of the group. */
  readonly attributes?: {
    /** Display name. */
    readonly displayName: string;
    /** Mail nickname: written when the group is made, and with a change of the display name never again. */
    readonly mailNickname: string;
  };
  /** Why a value could not be computed, without the values that it was computed from: the group is not made meanwhile, and keeps the names that it has. */
  readonly failedMapping?: string;
  /** Who is to be in the group. */
  readonly members?: {
    /** Direct members of the source group, or those of groups in it too. */
    readonly membership: 'Direct' | 'Flattened';
    /** Who leaves the source group leaves the target group. */
    readonly propagateRemovals: boolean;
    /** Members whom the operator did not put there are removed. */
    readonly exclusive: boolean;
  };
  /** What an administrator has decided about members whose removal was staged. */
  readonly memberRemovals?: {
    /** What was decided. */
    readonly verdict: 'Approved' | 'Rejected';
    /** Hash of exactly those members: another set is judged anew. */
    readonly evidence: string;
    /** Token of the staged set. */
    readonly token?: string;
    /** Who decided. */
    readonly by?: string;
  };
  /** Hash of the whole spec; one that does not match is not acted on. */
  readonly revision: string;
}

/** What was observed in the target. */
export interface GroupProjectionStatus {
  /** The generation that was handled last; -1 before the first time. */
  readonly observedGeneration?: number;
  /** The value of the annotation tenantsync.dev/requested-at that was handled last. */
  readonly lastHandledReconcileAt?: string;
  /** Ready; Reconciling and Stalled while true. */
  readonly conditions?: readonly ({
    /** What is observed, such as Ready. */
    readonly type: string;
    /** True, False or Unknown. */
    readonly status: 'True' | 'False' | 'Unknown';
    /** The generation the condition was computed for. */
    readonly observedGeneration?: number;
    /** When status last changed. */
    readonly lastTransitionTime: string;
    /** One CamelCase word from the list of reasons; docs/runbooks has a page for each. */
    readonly reason: string;
    /** A sentence for people: what is the case, and what to do. */
    readonly message: string;
  })[];
  /** Where the group stands. */
  readonly state: 'Pending' | 'Planned' | 'Provisioned' | 'Skipped' | 'Staged' | 'SoftDeleted' | 'Purged' | 'Retained' | 'Conflict' | 'Failed';
  /** A write under way. */
  readonly intent?: {
    /** What was begun. */
    readonly operation: 'Create' | 'Adopt' | 'Delete' | 'Restore';
    /** When. */
    readonly at: string;
  };
  /** The group in the target. */
  readonly targetGroup?: {
    /** Object id. */
    readonly objectId: string;
    /** Created by this record, or Adopted: found by its anchor, or taken over by its mail nickname. */
    readonly origin?: 'Created' | 'Adopted';
    /** When this record created or restored it. */
    readonly createdAt?: string;
    /** When we deleted it. */
    readonly deletedAt?: string;
    /** When it was let go; absent while it is managed. */
    readonly releasedAt?: string;
  };
  /** Numbers of members at the last look. Names and ids are in the two tenants. */
  readonly members?: {
    /** People of the source group who are to be in the target group. */
    readonly wanted?: number;
    /** Those of them who are in it. */
    readonly present?: number;
    /** Those of them who have no live account yet, or could not be added. */
    readonly waiting?: number;
    /** Members whom the operator did not put there. */
    readonly foreign?: number;
  };
  /** Of a group that was taken over: a mark, made by a hash, for each member that it had and the source group had not. They are left alone. An asterisk stands for all of them. */
  readonly keptMembers?: string;
  /** Names that were changed in the target; there with drift.policy Report, or where one cannot be set back. */
  readonly drift?: readonly {
    /** Attribute name. */
    readonly attribute: string;
    /** Since when. */
    readonly since?: string;
  }[];
  /** Members whose removal waits for approval on the SyncConfiguration. */
  readonly stagedRemovals?: {
    /** How many. */
    readonly count: number;
    /** Hash of exactly those members. */
    readonly evidence: string;
    /** When they were staged. */
    readonly since: string;
  };
  /** Members whose removal was approved and is being carried out: who is left when that is cut in the midst needs no second approval. */
  readonly approvedRemovals?: {
    /** Hash of exactly those members, as the decision names them. */
    readonly evidence: string;
    /** A mark, made by a hash, for each of them. */
    readonly members: string;
  };
  /** How many members were let through by the guard, by hour: what its window counts. */
  readonly removed?: readonly {
    /** The hour. */
    readonly hour: string;
    /** How many members. */
    readonly count: number;
  }[];
  /** Revision of the spec that was applied last. */
  readonly appliedRevision?: string;
  /** Hash of the names that were applied last: it stays the same while only something else about the record changes. */
  readonly appliedContent?: string;
  /** When something was last written to the target. */
  readonly lastWriteAt?: string;
  /** In Plan mode: what would be done. */
  readonly plan?: {
    /** The operation. */
    readonly operation: 'Create' | 'Update' | 'Delete' | 'Restore' | 'None';
    /** Names that would be written. */
    readonly attributes?: readonly string[];
    /** How many members would be added now. */
    readonly addMembers?: number;
    /** How many members would be removed. */
    readonly removeMembers?: number;
  };
  /** Failed attempts in a row. */
  readonly attempts?: number;
  /** When the next attempt is made. */
  readonly nextAttemptAt?: string;
  /** Object in the target that stands in the way. */
  readonly conflictingObjectId?: string;
  /** What that object is; Unknown where the answer of Microsoft Graph does not tell. */
  readonly conflictingObjectKind?: 'User' | 'Contact' | 'Group' | 'Unknown';
  /** The last failure. */
  readonly lastError?: {
    /** Code of the error table. */
    readonly code?: string;
    /** What happened, and what to do. */
    readonly message?: string;
    /** Microsoft Graph's request id. */
    readonly requestId?: string;
    /** When. */
    readonly at?: string;
  };
  /** What does not stop the work but deserves attention. */
  readonly warnings?: readonly {
    /** CamelCase word from the list of reasons. */
    readonly reason: string;
    /** What is the case, and what to do. */
    readonly message: string;
  }[];
  /** The last ten provisioning events, newest first. */
  readonly history?: readonly ({
    /** When. */
    readonly at: string;
    /** The cycle that caused it. */
    readonly cycleId?: string;
    /** The change that caused it. */
    readonly changeId?: string;
    /** What was done, in the words of the provisioning log. */
    readonly action: 'create' | 'update' | 'delete' | 'disable' | 'restore' | 'stagedDelete' | 'other';
    /** How it went. */
    readonly status: 'success' | 'failure' | 'skipped' | 'warning';
    /** Names of the attributes that were written. */
    readonly modifiedAttributes?: readonly string[];
    /** Code of the error table. */
    readonly errorCode?: string;
    /** CamelCase word from the list of reasons. */
    readonly reason?: string;
    /** What to do. */
    readonly recommendedAction?: string;
    /** The steps that were taken. */
    readonly steps?: readonly string[];
  })[];
}

/** What is to be synchronized. */
export interface SyncConfigurationSpec {
  /** The TenantPair, in the same namespace. Immutable. */
  readonly tenantPairRef: {
    /** Name of the TenantPair. */
    readonly name: string;
  };
  /** Apply acts on the target. Plan decides everything and writes nothing to any tenant. */
  readonly mode: 'Apply' | 'Plan';
  /** The SyncConfiguration, in the same namespace and of the same pair, of which this is another version: says for each person what would change if that one had this spec. A preview is always in Plan, whatever mode says, and claims nobody. Immutable. */
  readonly previewOf?: {
    /** Name of the SyncConfiguration. */
    readonly name: string;
  };
  /** Stops cycles and writes of this configuration. */
  readonly suspend: boolean;
  /** Time from the start of one cycle to the start of the next; at least 1m, at most 144h so that delta tokens do not expire. */
  readonly interval: string;
  /** At least so often a cycle is full: it reads everything instead of what has changed, which heals a change that the source announced late, or never. 1h or more. */
  readonly fullInterval: string;
  /** Who is in scope. */
  readonly scope: {
    /** Assigned: the users, groups and application below. All: every internal member of the source tenant. */
    readonly type: 'Assigned' | 'All';
    /** Users that are assigned one by one. */
    readonly users?: readonly {
      /** Object id of the user. */
      readonly id?: string;
      /** User principal name; resolved once to an id. */
      readonly userPrincipalName?: string;
    }[];
    /** Groups whose members are assigned. */
    readonly groups?: readonly {
      /** Object id of the group. */
      readonly id?: string;
      /** Display name of the group; resolved once to an id. An ambiguous name stalls the configuration. */
      readonly displayName?: string;
    }[];
    /** Also members of groups inside the groups. */
    readonly includeNestedGroups: boolean;
    /** Mirror the assignments of an existing enterprise application. */
    readonly application?: {
      /** Object id of the service principal in the source tenant. */
      readonly servicePrincipalId: string;
    };
    /** Scoping filters. A user passes when any of the filters passes; a filter passes when all of its clauses do. */
    readonly filters?: readonly ({
      /** Name of the filter, for messages. */
      readonly name: string;
      /** Clauses, all of which must hold. */
      readonly clauses: readonly ({
        /** Source attribute, in the spelling of Microsoft Graph. */
        readonly attribute: string;
        /** The comparison. docs/mapping.md has the rules for null and multi-valued attributes. */
        readonly operator: 'Equals' | 'NotEquals' | 'In' | 'NotIn' | 'Includes' | 'EndsWith' | 'GreaterThan' | 'GreaterThanOrEquals' | 'IsTrue' | 'IsFalse' | 'IsNull' | 'IsNotNull' | 'RegexMatch' | 'NotRegexMatch';
        /** What to compare with; not for IsTrue, IsFalse, IsNull and IsNotNull. */
        readonly value?: string;
      })[];
    })[];
  };
  /** Start from Entra's default set; attributeMappings replaces its entries by target name. */
  readonly defaultAttributeMappings: boolean;
  /** Mappings, one for each target attribute. */
  readonly attributeMappings?: readonly ({
    /** Target attribute, in the spelling of Microsoft Graph; `manager` for the manager. */
    readonly target: string;
    /** Source attribute whose value is taken over. */
    readonly source?: string;
    /** A fixed value: text, or "true" and "false" for a boolean attribute. */
    readonly constant?: string;
    /** An expression of the Entra mapping language. */
    readonly expression?: string;
    /** Always, or only when the account is created. */
    readonly apply: 'Always' | 'OnCreate';
    /** Value for a new account when the source gives none. */
    readonly defaultValue?: string;
    /** Who decides about the value. Source: always the source. Target: what is in the target stays. WhenEmpty: the source fills an empty target. MostRestrictive, for accountEnabled: the source may block, and never unblocks what the target blocked. */
    readonly authority: 'Source' | 'Target' | 'WhenEmpty' | 'MostRestrictive';
    /** When the source gives no value: Keep what is in the target, or Clear it. */
    readonly whenNull: 'Keep' | 'Clear';
    /** For manager: remove the manager in the target when the source has none any more. */
    readonly propagateRemoval: boolean;
  })[];
  /** How existing accounts in the target are recognised. */
  readonly matching: {
    /** What to do with an existing B2B account of a person: Adopt it, or Ignore it and report a conflict. */
    readonly adoption: 'Adopt' | 'Ignore';
    /** An attribute of the target user that holds the identity of its source user, so that accounts are found again even when this cluster is lost. Recommended. */
    readonly anchor?: {
      /** extensionAttribute1 to extensionAttribute15, or a directory extension. */
      readonly attribute: string;
    };
  };
  /** What may be done in the target. */
  readonly targetActions: readonly ('Create' | 'Update' | 'Delete')[];
  /** How accounts are invited. */
  readonly invitation: {
    /** The address that is invited. */
    readonly address: 'UserPrincipalName' | 'Mail';
    /** An expression that gives the address to invite, instead of address. */
    readonly addressExpression?: string;
    /** Send an invitation e-mail. */
    readonly sendInvitationMessage: boolean;
    /** Where the user lands after the first sign-in. */
    readonly redirectUrl: string;
  };
  /** InviteAsMember: invited with the mapped user type. InviteAsGuest: invited as guest, so that Exchange makes a mail user, and converted to member later. AddressListOnly: a guest that is shown in the address list and cannot sign in. */
  readonly memberStrategy: 'InviteAsMember' | 'InviteAsGuest' | 'AddressListOnly';
  /** With InviteAsGuest: how long after the invited address was seen among the proxy addresses of the account the guest becomes a member. */
  readonly memberConversionDelay: string;
  /** What happens to users who leave the scope. */
  readonly deprovisioning: {
    /** SoftDelete: the account goes to the recycle bin for 30 days. Block: sign-in is blocked. Retain: the account is let go as it is. */
    readonly action: 'SoftDelete' | 'Block' | 'Retain';
    /** A user whose sign-in was blocked here in an earlier cycle and who is then unassigned: Retain the blocked account, or SoftDelete it. */
    readonly disabledUsers: 'Retain' | 'SoftDelete';
    /** Accounts that existed before and were adopted: SoftDelete or Retain. */
    readonly adoptedUsers: 'SoftDelete' | 'Retain';
    /** Also end running sessions when sign-in is blocked. */
    readonly revokeSessions: boolean;
    /** When this resource is deleted: Retain all accounts as they are, or Deprovision everybody, after approval. */
    readonly onConfigurationDeletion: 'Retain' | 'Deprovision';
    /** Remove our deleted account for good as soon as the source user is hard-deleted. */
    readonly purgeAfterSourcePurge: boolean;
    /** Accidental deletion guard: more deletions and blocks than this within the window are staged for approval. */
    readonly guard: {
      /** Staged from this number on. */
      readonly threshold: number;
      /** Staged from this share of the live accounts on. */
      readonly percent: number;
      /** percent applies from this number of live accounts on. */
      readonly minimum: number;
      /** How far back deletions and blocks are counted. */
      readonly window: string;
      /** So many accounts are created within the window; further creations are staged until they are approved, or this number is raised. No limit when left out. */
      readonly creations?: number;
    };
  };
  /** How deleted accounts are brought back. */
  readonly restore: {
    /** Let the directory drop addresses of the restored account that are in use elsewhere. */
    readonly reconcileProxies: boolean;
  };
  /** From how many failing users on the configuration is slowed down, up to one cycle a day. The defaults are Entra's. */
  readonly quarantine: {
    /** Fewer failing users than this never lead to a quarantine. */
    readonly minimum: number;
    /** More than this share of the users in scope, in percent. */
    readonly percent: number;
    /** Or more failing users than this, whatever the share. */
    readonly failures: number;
  };
  /** What to do about changes made in the target. */
  readonly drift: {
    /** Ignore: they stay until the source changes. Report: they are shown. Correct: they are set back. */
    readonly policy: 'Ignore' | 'Report' | 'Correct';
    /** How often the target is compared; at least 1m. */
    readonly interval: string;
  };
  /** Groups of the source that are made in the target as static security groups, with those of their members who have a live account of the pair. Left out: none. */
  readonly groups?: {
    /** Which groups. */
    readonly select: readonly {
      /** Object id of the group. */
      readonly id?: string;
      /** Display name of the group; resolved once to an id. An ambiguous name stalls the configuration. */
      readonly displayName?: string;
      /** All groups of spec.scope, those assigned to its application included. */
      readonly scopeGroups?: boolean;
    }[];
    /** How a group of the target that is there already is recognised. */
    readonly matching: {
      /** What to do with a group that is there already, as after the cluster was lost: Adopt it, or Ignore it and report a conflict. */
      readonly adoption: 'Adopt' | 'Ignore';
      /** Anchor: by the uniqueName that the operator has given it; a group that only has the same name is a conflict. MailNickname: where there is none, also by its mail nickname: a static security group without a uniqueName is taken over, and keeps the members that it has. */
      readonly by: 'Anchor' | 'MailNickname';
    };
    /** An expression of the Entra mapping language over displayName, mailNickname, description and id of the source group. Left out: its display name. */
    readonly displayNameExpression?: string;
    /** As displayNameExpression. Left out: the display name, without the characters that a mail nickname cannot have. */
    readonly mailNicknameExpression?: string;
    /** Direct members, or Flattened: those of groups inside the group too, which are then read in each cycle. */
    readonly membership: 'Direct' | 'Flattened';
    /** Who leaves the source group leaves the target group too. */
    readonly propagateRemovals: boolean;
    /** Also remove members whom the operator did not put there, through the guard. */
    readonly exclusiveMembership: boolean;
    /** What becomes of a group that is not selected any more, or deleted in the source. Retain: it is let go as it is. SoftDelete: its deletion is staged for approval. */
    readonly deprovisioning: 'Retain' | 'SoftDelete';
  };
}

/** What the operator observed. */
export interface SyncConfigurationStatus {
  /** The generation that was handled last; -1 before the first time. */
  readonly observedGeneration?: number;
  /** The value of the annotation tenantsync.dev/requested-at that was handled last. */
  readonly lastHandledReconcileAt?: string;
  /** The value of the annotation tenantsync.dev/restarted-at that was handled last. */
  readonly lastHandledRestartAt?: string;
  /** Ready; Reconciling, Stalled, Quarantined, DeletionsStaged and CreationsStaged while true. */
  readonly conditions?: readonly ({
    /** What is observed, such as Ready. */
    readonly type: string;
    /** True, False or Unknown. */
    readonly status: 'True' | 'False' | 'Unknown';
    /** The generation the condition was computed for. */
    readonly observedGeneration?: number;
    /** When status last changed. */
    readonly lastTransitionTime: string;
    /** One CamelCase word from the list of reasons; docs/runbooks has a page for each. */
    readonly reason: string;
    /** A sentence for people: what is the case, and what to do. */
    readonly message: string;
  })[];
  /** The cycle under way, once it changes something or takes more than a few seconds. */
  readonly currentCycle?: {
    /** Id of the cycle. */
    readonly id?: string;
    /** Initial: the first; Incremental: from the watermark; Full: everything evaluated anew. */
    readonly kind?: 'Initial' | 'Incremental' | 'Full';
    /** Where the cycle is. */
    readonly phase?: 'Checking' | 'Reading' | 'Guarding' | 'Projecting' | 'Settling';
    /** When it began. */
    readonly startedAt?: string;
    /** Users read so far. */
    readonly usersRead?: number;
    /** Users decided about so far. */
    readonly decided?: number;
    /** Changed records whose work has been carried out, or has failed. */
    readonly written?: number;
    /** Changed records whose work is still to be done. */
    readonly pending?: number;
    /** Records whose work is done in a minute. */
    readonly ratePerMinute?: number;
    /** When it will end at this rate, once everything is decided. */
    readonly expectedEnd?: string;
    /** What keeps it from being faster: the quota of a tenant, the time until accounts become visible, or the Kubernetes API. */
    readonly limitedBy?: 'Quota' | 'Replication' | 'Kubernetes' | 'Nothing';
    /** The verdict of the accidental deletion guard for this cycle. */
    readonly guard?: {
      /** Passed or Staged. */
      readonly result?: 'Passed' | 'Staged';
      /** Deletions and blocks counted. */
      readonly count?: number;
    };
  };
  /** The last completed cycle. */
  readonly lastCycle?: {
    /** Id of the cycle. */
    readonly id?: string;
    /** Initial: the first; Incremental: from the watermark; Full: everything evaluated anew. */
    readonly kind?: 'Initial' | 'Incremental' | 'Full';
    /** EntryLevelErrors: completed, with users or groups that failed. Stopped: ended early on purpose. */
    readonly result?: 'Succeeded' | 'EntryLevelErrors' | 'Failed' | 'Stopped';
    /** Why a cycle failed or stopped. */
    readonly reason?: string;
    /** When it began. */
    readonly startedAt?: string;
    /** When it ended. */
    readonly completedAt?: string;
    /** How long it took. */
    readonly duration?: string;
    /** Number of operations by action: create, update, disable, delete, restore, skip, failure. */
    readonly operations?: Readonly<Record<string, number>>;
    /** Number of operations on groups by action: create, update, delete, restore, stagedDelete, skip, failure, other; addMembers, removeMembers: how many members were put in and taken out. Those that were not done are left out. */
    readonly groupOperations?: Readonly<Record<string, number>>;
    /** Number of users that were passed over, by reason. */
    readonly skipped?: Readonly<Record<string, number>>;
    /** In Plan mode: what would be done, as the records stood at the end of the cycle. A number that is left out is 0. */
    readonly planned?: {
      /** People who would be invited. */
      readonly create?: number;
      /** Accounts that would be changed. */
      readonly update?: number;
      /** Accounts whose sign-in would be blocked. */
      readonly disable?: number;
      /** Accounts that would be deleted. */
      readonly delete?: number;
      /** Accounts that would be restored. */
      readonly restore?: number;
      /** Accounts that would stay as they are. */
      readonly none?: number;
      /** People whom a conflict would hold up; the reason is on their records. */
      readonly conflict?: number;
      /** People of whom it could not be told, because a read failed. */
      readonly failure?: number;
      /** People who would be passed over, by reason. */
      readonly skipped?: Readonly<Record<string, number>>;
      /** What the accidental deletion guard would say of all deletions and blocks, and of the creations where they are limited. */
      readonly guard?: {
        /** Passed: they would be carried out. Staged: they would wait for a decision. */
        readonly result: 'Passed' | 'Staged';
        /** Deletions and blocks counted, those within the window and those that wait included. */
        readonly count: number;
        /** Their share of the live accounts, in percent, rounded up. */
        readonly percent: number;
        /** How many of the creations would wait for a decision, where guard.creations limits them. */
        readonly stagedCreations?: number;
      };
    };
  };
  /** When the next cycle starts. */
  readonly nextCycleAt?: string;
  /** When the last cycle began that read everything and was completed. */
  readonly lastFullCycleAt?: string;
  /** Cycles that failed in a row, for this generation; not there after one that succeeded. */
  readonly failures?: {
    /** How many. */
    readonly count?: number;
    /** When the first of them failed. */
    readonly since?: string;
    /** No cycle begins before, unless one is asked for. */
    readonly nextAttemptAt?: string;
    /** Why the last of them failed: a CamelCase word from the list of reasons. */
    readonly reason?: string;
    /** What was the case, and what to do. */
    readonly message?: string;
    /** Whether somebody has to act before a cycle can succeed. */
    readonly stalled?: boolean;
  };
  /** How far the source has been read and recorded. */
  readonly watermark?: {
    /** When it was taken. */
    readonly takenAt?: string;
    /** Hash of everything the evaluation depends on: scope, mappings, mode and the version of the default set. */
    readonly revision?: string;
    /** Opaque delta link of the users; where it is long, the id of the one that is kept in a ConfigMap of the operator. Left out where it does not fit: then everything is read each time. */
    readonly users?: string;
    /** Opaque delta links of the scope groups, or an id, as for users. Left out where they do not fit: then the members are read each time. */
    readonly groups?: string;
    /** Opaque delta links of the groups that are projected, or an id, as for users. Left out where they do not fit, or memberships are flattened: then each cycle looks at all of them. */
    readonly projectedGroups?: string;
    /** Hash of the ids that these links are about. */
    readonly projectedGroupIds?: string;
    /** Users whose change was announced by the source but not yet visible there when it was read directly; looked at again in the next cycles. */
    readonly unconfirmed?: readonly {
      /** Object id in the source tenant. */
      readonly id: string;
      /** When the change was announced. */
      readonly since: string;
    }[];
  };
  /** Number of users by state. */
  readonly users?: {
    /** Users that are to be present. */
    readonly inScope?: number;
    /** Accounts in the target that agree. */
    readonly synced?: number;
    /** Accounts that existed before. */
    readonly adopted?: number;
    /** Users not yet handled. */
    readonly pending?: number;
    /** Users in scope who cannot be brought there before somebody acts. */
    readonly conflict?: number;
    /** Users in scope for whom nothing is to be done: see the reason on each. */
    readonly skipped?: number;
    /** Users in scope whose block or creation waits for a decision. */
    readonly staged?: number;
    /** Accounts whose sign-in we have blocked. */
    readonly blocked?: number;
    /** Users out of scope whose removal is under way, failing or waiting for a decision. */
    readonly leaving?: number;
    /** Users in scope whose last attempt failed. */
    readonly failed?: number;
    /** Accounts let go. */
    readonly retained?: number;
    /** Accounts in the recycle bin, deleted by us. */
    readonly softDeleted?: number;
    /** Accounts whose invitation was not yet accepted. */
    readonly pendingAcceptance?: number;
  };
  /** Number of groups by state. */
  readonly groups?: {
    /** Groups that are selected. */
    readonly selected?: number;
    /** Groups that agree with the source. */
    readonly synced?: number;
    /** Groups that are being worked on. */
    readonly pending?: number;
    /** Groups whose last attempt failed. */
    readonly failed?: number;
    /** Groups that somebody has to decide about. */
    readonly conflict?: number;
    /** Groups that a limit holds back, or whose synchronization the target does not allow. */
    readonly skipped?: number;
    /** Groups with a deletion or removals that wait for approval. */
    readonly staged?: number;
    /** Groups that a plan was made for. */
    readonly planned?: number;
  };
  /** Names of spec.groups.select, resolved to ids. */
  readonly resolvedGroups?: readonly {
    /** Name as written. */
    readonly displayName: string;
    /** Object id. */
    readonly id: string;
  }[];
  /** Names of the scope, resolved to ids. */
  readonly resolvedScope?: {
    /** Groups. */
    readonly groups?: readonly {
      /** Name as written in the scope. */
      readonly displayName?: string;
      /** Object id. */
      readonly id: string;
      /** Members at the last complete read. */
      readonly members?: number;
    }[];
    /** Users. */
    readonly users?: readonly {
      /** Name as written in the scope. */
      readonly userPrincipalName?: string;
      /** Object id. */
      readonly id: string;
    }[];
  };
  /** What does not stop the work but deserves attention. */
  readonly warnings?: readonly {
    /** CamelCase word from the list of reasons. */
    readonly reason: string;
    /** What is the case, and what to do. */
    readonly message: string;
  }[];
  /** Deletions and blocks that wait for a decision. */
  readonly stagedDeletions?: {
    /** How many. */
    readonly count?: number;
    /** Share of the live accounts. */
    readonly percent?: number;
    /** Write this value into the annotation tenantsync.dev/approve-deletions or tenantsync.dev/reject-deletions. */
    readonly token?: string;
    /** When the first of them was staged. */
    readonly since?: string;
    /** How many of them for which reason. */
    readonly byReason?: {
      /** The source user was deleted. */
      readonly Deleted?: number;
      /** The user is not assigned any more. */
      readonly Unassigned?: number;
      /** A scoping filter leaves the user out. */
      readonly FilteredOut?: number;
      /** The SyncConfiguration is being deleted. */
      readonly ConfigurationDeleted?: number;
      /** The source user was disabled: sign-in is blocked. */
      readonly Disabled?: number;
      /** A change of memberStrategy would make a member of the guest, or open an account of the address list. */
      readonly Converted?: number;
      /** A group is not selected any more, or was deleted in the source. */
      readonly GroupRemoved?: number;
      /** Somebody is to leave a group. */
      readonly MemberRemoved?: number;
    };
    /** Source object ids of the first of them, in order. */
    readonly sample?: readonly string[];
  };
  /** Creations that wait for a decision. */
  readonly stagedCreations?: {
    /** How many. */
    readonly count?: number;
    /** Write this value into the annotation tenantsync.dev/approve-deletions or tenantsync.dev/reject-deletions. */
    readonly token?: string;
    /** When the first of them was staged. */
    readonly since?: string;
  };
  /** Purges that the guard holds: they wait for a decision, or until the numbers allow them. */
  readonly stagedPurges?: {
    /** How many. */
    readonly count?: number;
    /** Write this value into the annotation tenantsync.dev/approve-deletions or tenantsync.dev/reject-deletions. */
    readonly token?: string;
    /** When the first of them was held. */
    readonly since?: string;
  };
  /** The last decision about staged deletions, creations or purges. */
  readonly lastHandledDeletionDecision?: {
    /** What was decided about; deletions unless it is said. */
    readonly set?: 'Deletions' | 'Creations' | 'Purges';
    /** Which set it was about. */
    readonly token?: string;
    /** What was decided. */
    readonly decision?: 'Approved' | 'Rejected';
    /** Who decided: tenantsync.dev/decided-by, else the field manager that wrote the annotation. */
    readonly by?: string;
    /** Whether the admission policy of the chart has held tenantsync.dev/decided-by to the user who wrote it. */
    readonly verified?: boolean;
    /** When it was seen. */
    readonly at?: string;
    /** Whether it has been carried out. */
    readonly state?: 'Executing' | 'Done';
  };
  /** The last decisions about staged deletions and creations, newest first. */
  readonly deletionDecisions?: readonly ({
    /** What was decided about; deletions unless it is said. */
    readonly set?: 'Deletions' | 'Creations' | 'Purges';
    /** Which set it was about. */
    readonly token?: string;
    /** What was decided. */
    readonly decision?: 'Approved' | 'Rejected';
    /** How many people it was about. */
    readonly count?: number;
    /** How many of them for which reason. */
    readonly byReason?: {
      /** The source user was deleted. */
      readonly Deleted?: number;
      /** The user is not assigned any more. */
      readonly Unassigned?: number;
      /** A scoping filter leaves the user out. */
      readonly FilteredOut?: number;
      /** The SyncConfiguration is being deleted. */
      readonly ConfigurationDeleted?: number;
      /** The source user was disabled: sign-in is blocked. */
      readonly Disabled?: number;
      /** A change of memberStrategy would make a member of the guest, or open an account of the address list. */
      readonly Converted?: number;
      /** A group is not selected any more, or was deleted in the source. */
      readonly GroupRemoved?: number;
      /** Somebody is to leave a group. */
      readonly MemberRemoved?: number;
    };
    /** Who decided: tenantsync.dev/decided-by, else the field manager that wrote the annotation. */
    readonly by?: string;
    /** Whether the admission policy of the chart has held tenantsync.dev/decided-by to the user who wrote it. */
    readonly verified?: boolean;
    /** When it was seen. */
    readonly at?: string;
    /** Whether it has been carried out. */
    readonly state?: 'Executing' | 'Done';
  })[];
  /** Answer to the annotation tenantsync.dev/provision-users. */
  readonly lastHandledProvisionUsers?: {
    /** Token of the request. */
    readonly token?: string;
    /** When it was done. */
    readonly completedAt?: string;
    /** Why the request was refused as a whole, and how to make it. */
    readonly message?: string;
    /** One entry for each user. */
    readonly results?: readonly ({
      /** As written in the request. */
      readonly user?: string;
      /** What was done. */
      readonly result?: 'Created' | 'Updated' | 'Disabled' | 'Deleted' | 'Restored' | 'Unchanged' | 'Skipped' | 'Failed';
      /** Why. */
      readonly reason?: string;
    })[];
  };
  /** Answer to the annotation tenantsync.dev/explain-users. */
  readonly lastHandledExplainUsers?: {
    /** Token of the request. */
    readonly token?: string;
    /** When it was done. */
    readonly completedAt?: string;
    /** Why the request was refused as a whole, and how to make it. */
    readonly message?: string;
    /** One entry for each user. */
    readonly results?: readonly ({
      /** As written in the request. */
      readonly user?: string;
      /** What provisioning the user would do. */
      readonly result?: 'Created' | 'Updated' | 'Disabled' | 'Deleted' | 'Restored' | 'Unchanged' | 'Skipped' | 'Failed';
      /** Why. */
      readonly reason?: string;
      /** The steps of the decision. */
      readonly decisions?: readonly ({
        /** Which step. */
        readonly step?: 'Import' | 'Scoping' | 'Mapping' | 'Matching' | 'Action' | 'Groups';
        /** What came out. */
        readonly outcome?: string;
        /** Why. */
        readonly detail?: string;
      })[];
    })[];
  };
  /** The last pass over the accounts in the target; not there while drift.policy is Ignore. */
  readonly drift?: {
    /** When it began. */
    readonly startedAt?: string;
    /** When it ended. */
    readonly completedAt?: string;
    /** Succeeded: everybody was compared; Incomplete: the list could not be read to its end, and nothing follows from whom it did not show. */
    readonly result?: 'Succeeded' | 'Incomplete';
    /** Why it is incomplete: a CamelCase word from the list of reasons. */
    readonly reason?: string;
    /** Accounts that were compared. */
    readonly compared?: number;
    /** Accounts of these that differed. */
    readonly drifted?: number;
    /** Accounts that a complete list did not show; each of them is looked for by its id. */
    readonly unseen?: number;
    /** Groups whose names differed; there where the configuration has groups. */
    readonly driftedGroups?: number;
    /** When the next pass begins. */
    readonly nextPassAt?: string;
  };
  /** Why and until when the configuration is slowed down. */
  readonly quarantine?: {
    /** CamelCase word from the list of reasons. */
    readonly reason?: string;
    /** Since when. */
    readonly since?: string;
    /** The next attempt; absent where it is made as soon as the credentials of the pair work. */
    readonly nextAttemptAt?: string;
    /** Attempts so far. */
    readonly attempts?: number;
  };
  /** The last ten cycles that changed something, newest first; one of kind Approved is under way while it has no completedAt. */
  readonly history?: readonly ({
    /** Id of the cycle. */
    readonly id?: string;
    /** As of lastCycle; Approved: what an approval of staged deletions let begin. */
    readonly kind?: 'Initial' | 'Incremental' | 'Full' | 'Approved';
    /** EntryLevelErrors: completed, with users or groups that failed. Stopped: ended early on purpose. */
    readonly result?: 'Succeeded' | 'EntryLevelErrors' | 'Failed' | 'Stopped';
    /** Why a cycle failed or stopped. */
    readonly reason?: string;
    /** When it began. */
    readonly startedAt?: string;
    /** When it ended. */
    readonly completedAt?: string;
    /** How long it took. */
    readonly duration?: string;
    /** Number of operations by action: create, update, disable, delete, restore, skip, failure; those that were not done are left out. */
    readonly operations?: Readonly<Record<string, number>>;
    /** The same of groups, as in lastCycle. What an approval let begin counts people and groups together. */
    readonly groupOperations?: Readonly<Record<string, number>>;
    /** Number of users that were passed over, by reason. */
    readonly skipped?: Readonly<Record<string, number>>;
    /** In Plan mode: what would be done, as the records stood at the end of the cycle. A number that is left out is 0. */
    readonly planned?: {
      /** People who would be invited. */
      readonly create?: number;
      /** Accounts that would be changed. */
      readonly update?: number;
      /** Accounts whose sign-in would be blocked. */
      readonly disable?: number;
      /** Accounts that would be deleted. */
      readonly delete?: number;
      /** Accounts that would be restored. */
      readonly restore?: number;
      /** Accounts that would stay as they are. */
      readonly none?: number;
      /** People whom a conflict would hold up; the reason is on their records. */
      readonly conflict?: number;
      /** People of whom it could not be told, because a read failed. */
      readonly failure?: number;
      /** People who would be passed over, by reason. */
      readonly skipped?: Readonly<Record<string, number>>;
      /** What the accidental deletion guard would say of all deletions and blocks, and of the creations where they are limited. */
      readonly guard?: {
        /** Passed: they would be carried out. Staged: they would wait for a decision. */
        readonly result: 'Passed' | 'Staged';
        /** Deletions and blocks counted, those within the window and those that wait included. */
        readonly count: number;
        /** Their share of the live accounts, in percent, rounded up. */
        readonly percent: number;
        /** How many of the creations would wait for a decision, where guard.creations limits them. */
        readonly stagedCreations?: number;
      };
    };
  })[];
}

/** The two tenants and how they may be used. */
export interface TenantPairSpec {
  /** The source tenant. */
  readonly source: {
    /** Id of the source tenant. Immutable: make a new TenantPair for another tenant. */
    readonly tenantId: string;
    /** Cloud of the tenant: Global, USGovL4, USGovL5, China, or the name of a cloud in the operator's own configuration. Immutable. */
    readonly cloud: string;
    /** How the operator signs in to the source tenant: exactly one of the four. */
    readonly credentials: {
      /** A federated credential: the app registration trusts a Kubernetes ServiceAccount. No secret is stored anywhere. */
      readonly workloadIdentity?: {
        /** Application (client) id of the app registration. */
        readonly clientId: string;
        /** ServiceAccount in the namespace of the TenantPair whose tokens the app registration trusts. Without it the operator's own identity is used, which only the namespaces in --identity-namespaces may do. */
        readonly serviceAccountName?: string;
      };
      /** A client secret, kept in a Secret. */
      readonly clientSecret?: {
        /** Application (client) id of the app registration. */
        readonly clientId: string;
        /** Where the client secret is. */
        readonly secretRef: {
          /** Name of the Secret, in the namespace of the TenantPair. */
          readonly name: string;
          /** Key of the Secret that holds the value. */
          readonly key: string;
        };
      };
      /** A certificate, kept in a Secret of type kubernetes.io/tls. */
      readonly clientCertificate?: {
        /** Application (client) id of the app registration. */
        readonly clientId: string;
        /** The Secret with tls.crt and tls.key. */
        readonly secretRef: {
          /** Name of the Secret, in the namespace of the TenantPair. */
          readonly name: string;
        };
      };
      /** A user-assigned managed identity of the machine the operator runs on. */
      readonly managedIdentity?: {
        /** Client id of the managed identity. */
        readonly clientId: string;
      };
    };
  };
  /** The target tenant. */
  readonly target: {
    /** Id of the target tenant. Immutable: make a new TenantPair for another tenant. */
    readonly tenantId: string;
    /** Cloud of the tenant: Global, USGovL4, USGovL5, China, or the name of a cloud in the operator's own configuration. Immutable. */
    readonly cloud: string;
    /** How the operator signs in to the target tenant: exactly one of the four. */
    readonly credentials: {
      /** A federated credential: the app registration trusts a Kubernetes ServiceAccount. No secret is stored anywhere. */
      readonly workloadIdentity?: {
        /** Application (client) id of the app registration. */
        readonly clientId: string;
        /** ServiceAccount in the namespace of the TenantPair whose tokens the app registration trusts. Without it the operator's own identity is used, which only the namespaces in --identity-namespaces may do. */
        readonly serviceAccountName?: string;
      };
      /** A client secret, kept in a Secret. */
      readonly clientSecret?: {
        /** Application (client) id of the app registration. */
        readonly clientId: string;
        /** Where the client secret is. */
        readonly secretRef: {
          /** Name of the Secret, in the namespace of the TenantPair. */
          readonly name: string;
          /** Key of the Secret that holds the value. */
          readonly key: string;
        };
      };
      /** A certificate, kept in a Secret of type kubernetes.io/tls. */
      readonly clientCertificate?: {
        /** Application (client) id of the app registration. */
        readonly clientId: string;
        /** The Secret with tls.crt and tls.key. */
        readonly secretRef: {
          /** Name of the Secret, in the namespace of the TenantPair. */
          readonly name: string;
        };
      };
      /** A user-assigned managed identity of the machine the operator runs on. */
      readonly managedIdentity?: {
        /** Client id of the managed identity. */
        readonly clientId: string;
      };
    };
    /** More app registrations of the same target tenant, each with the permissions of the first, to raise the write quota: two more reach the limit of the tenant, which is shared with all other applications there. One that cannot sign in is left out with a warning. */
    readonly additionalCredentials?: readonly {
      /** A federated credential: the app registration trusts a Kubernetes ServiceAccount. No secret is stored anywhere. */
      readonly workloadIdentity?: {
        /** Application (client) id of the app registration. */
        readonly clientId: string;
        /** ServiceAccount in the namespace of the TenantPair whose tokens the app registration trusts. Without it the operator's own identity is used, which only the namespaces in --identity-namespaces may do. */
        readonly serviceAccountName?: string;
      };
      /** A client secret, kept in a Secret. */
      readonly clientSecret?: {
        /** Application (client) id of the app registration. */
        readonly clientId: string;
        /** Where the client secret is. */
        readonly secretRef: {
          /** Name of the Secret, in the namespace of the TenantPair. */
          readonly name: string;
          /** Key of the Secret that holds the value. */
          readonly key: string;
        };
      };
      /** A certificate, kept in a Secret of type kubernetes.io/tls. */
      readonly clientCertificate?: {
        /** Application (client) id of the app registration. */
        readonly clientId: string;
        /** The Secret with tls.crt and tls.key. */
        readonly secretRef: {
          /** Name of the Secret, in the namespace of the TenantPair. */
          readonly name: string;
        };
      };
      /** A user-assigned managed identity of the machine the operator runs on. */
      readonly managedIdentity?: {
        /** Client id of the managed identity. */
        readonly clientId: string;
      };
    }[];
  };
  /** The cross-tenant access settings of both tenants. */
  readonly crossTenantAccess: {
    /** Observe only reads and reports the settings. Enforce also writes partner policy, automatic redemption and inbound trust where the permission is there, and makes the identity synchronization policy where there has been none. */
    readonly managementPolicy: 'Observe' | 'Enforce';
    /** Inbound trust to set in the target; only with Enforce. A field that is left out is never written. */
    readonly inboundTrust?: {
      /** Accept multifactor authentication of the source tenant. */
      readonly mfa?: boolean;
      /** Accept compliant devices of the source tenant. */
      readonly compliantDevice?: boolean;
      /** Accept hybrid-joined devices of the source tenant. */
      readonly hybridJoinedDevice?: boolean;
    };
    /** What to do where the target does not offer the identity synchronization policy, by its own answer: Refuse to synchronize, or Accept that it cannot say no there. */
    readonly withoutSyncPolicy: 'Refuse' | 'Accept';
    /** What to do for groups where the target does not offer groupSyncInbound, which only the beta of Microsoft Graph has: Refuse to project groups, or Accept that the target cannot say no to them. People are not concerned. */
    readonly withoutGroupPolicy: 'Refuse' | 'Accept';
  };
  /** Bounds set by the target's side, above all configurations. */
  readonly limits?: {
    /** Most live accounts of this pair in the target, those of all its configurations together. Who would be one more is Skipped, LimitReached. Lowered below what is there it deletes nobody. */
    readonly maxUsers?: number;
    /** Most groups of this pair in the target, those of all its configurations together. A group that would be one more is Skipped, LimitReached. Lowered below what is there it deletes none. */
    readonly maxGroups?: number;
    /** User types that an account may be created with or changed to. Accounts of another type stay as they are. */
    readonly userTypes?: readonly ('Guest' | 'Member')[];
    /** Whether accounts may be deleted. With false those that would be are let go: Retained, LimitReached. */
    readonly allowDelete: boolean;
    /** Target users that are never matched, written, blocked or deleted. */
    readonly excludedTargetUsers?: readonly string[];
  };
  /** Stops all work of this pair: nothing is read on schedule, nothing is written. */
  readonly suspend: boolean;
}

/** What the operator observed. */
export interface TenantPairStatus {
  /** The generation that was handled last; -1 before the first time. */
  readonly observedGeneration?: number;
  /** The value of the annotation tenantsync.dev/requested-at that was handled last. */
  readonly lastHandledReconcileAt?: string;
  /** Since when this pair is the one that acts between its two tenants. Of several for the same tenants it is the first that was Ready, until it is gone, or has not been able to work for an hour while another one waits. */
  readonly holdsTenantsSince?: string;
  /** Since when a pair that holds its tenants can not work there: it does not sign in to one of them, or lacks a permission. */
  readonly unableSince?: string;
  /** Ready, SourceConnected, TargetConnected, PermissionsGranted, UserSyncAllowed, AutomaticRedemption; Reconciling, Stalled, InvitationsBlocked and EntraJobActive while true. */
  readonly conditions?: readonly ({
    /** What is observed, such as Ready. */
    readonly type: string;
    /** True, False or Unknown. */
    readonly status: 'True' | 'False' | 'Unknown';
    /** The generation the condition was computed for. */
    readonly observedGeneration?: number;
    /** When status last changed. */
    readonly lastTransitionTime: string;
    /** One CamelCase word from the list of reasons; docs/runbooks has a page for each. */
    readonly reason: string;
    /** A sentence for people: what is the case, and what to do. */
    readonly message: string;
  })[];
  /** What was read from the source tenant. */
  readonly source?: {
    /** When this was read, as far as that is known, while it cannot be read now; absent while it is what the last check has read. */
    readonly readAt?: string;
    /** Display name of the tenant. */
    readonly displayName?: string;
    /** Default verified domain of the tenant. */
    readonly defaultDomain?: string;
    /** Application permissions that the work needs and the token does not carry. */
    readonly missingPermissions?: readonly string[];
  };
  /** What was read from the target tenant. */
  readonly target?: {
    /** When this was read, as far as that is known, while it cannot be read now; absent while it is what the last check has read. */
    readonly readAt?: string;
    /** Display name of the tenant. */
    readonly displayName?: string;
    /** Default verified domain of the tenant. */
    readonly defaultDomain?: string;
    /** Application permissions that the work needs and the token does not carry. */
    readonly missingPermissions?: readonly string[];
  };
  /** The cross-tenant access settings as they are. */
  readonly access?: {
    /** When the settings beside userSync and groupSync were read, as far as that is known, while it cannot be read now; absent while it is what the last check has read. */
    readonly readAt?: string;
    /** Whether the target allows inbound user synchronization. */
    readonly userSync?: 'Allowed' | 'NotAllowed' | 'Unknown';
    /** Whether the target allows inbound group synchronization; absent while no SyncConfiguration of the pair projects groups. */
    readonly groupSync?: 'Allowed' | 'NotAllowed' | 'Unknown';
    /** Consent is suppressed only when both are true. */
    readonly automaticRedemption?: {
      /** Set on the source, outbound. */
      readonly sourceOutbound?: boolean;
      /** Set on the target, inbound. */
      readonly targetInbound?: boolean;
    };
    /** Whether a synchronization job of Entra itself works between the two tenants. While one does, nothing is written in mode Apply. */
    readonly entraJob?: {
      /** Unknown: the source's application may not read such jobs (Synchronization.Read.All and Application.Read.All), or could not. What was Active stays so until an answer shows that it is not. */
      readonly state: 'Active' | 'None' | 'Unknown';
      /** The job that is active. */
      readonly jobId?: string;
      /** The service principal that it belongs to. */
      readonly servicePrincipalId?: string;
    };
    /** Whether users see a consent prompt at their first sign-in to the target. */
    readonly consentPrompt?: 'Suppressed' | 'Shown';
    /** What does not stop the work but deserves attention. */
    readonly warnings?: readonly {
      /** CamelCase word from the list of reasons. */
      readonly reason: string;
      /** What is the case, and what to do. */
      readonly message: string;
    }[];
    /** The target's inbound trust towards the source. */
    readonly inboundTrust?: {
      /** Accept multifactor authentication of the source tenant. */
      readonly mfa?: boolean;
      /** Accept compliant devices of the source tenant. */
      readonly compliantDevice?: boolean;
      /** Accept hybrid-joined devices of the source tenant. */
      readonly hybridJoinedDevice?: boolean;
    };
  };
  /** What is known of access settings that managementPolicy: Enforce writes. */
  readonly enforcement?: {
    /** Since when the target is known to have an identity synchronization policy. It is made where there is none, and never again once there was one. */
    readonly userSyncPolicySince?: string;
    /** Writes that do not show yet. */
    readonly writes?: readonly ({
      /** Which tenant. */
      readonly side: 'source' | 'target';
      /** When it was begun. */
      readonly since: string;
      /** How often in a row. */
      readonly attempts?: number;
      /** Whether an event and a line of the provisioning log have told of it. */
      readonly told?: boolean;
      /** The reason for which the tenant refused it. */
      readonly refused?: string;
      /** What it changes. */
      readonly changes: readonly {
        /** The setting, as Graph calls it. */
        readonly setting: string;
        /** Before: true, false, inherited or none. */
        readonly from: string;
        /** After. */
        readonly to: string;
      }[];
    })[];
  };
  /** The target refuses all invitations, whoever is invited, until Microsoft lifts that: creations wait, and everything else goes on. */
  readonly invitationsBlocked?: {
    /** When an invitation was first refused so. */
    readonly since: string;
    /** When one invitation asks whether it still is so. */
    readonly nextProbeAt: string;
    /** The request-id of that refusal, for a support case. */
    readonly requestId?: string;
  };
  /** What the accidental deletion guard has let through, kept with the pair so that deleting records or configurations forgets nothing. */
  readonly guard?: {
    /** Removals, blocks and limited creations that passed without an approval, by configuration and hour. */
    readonly windows?: readonly {
      /** Name of the SyncConfiguration; * stands for several whose days did not fit. */
      readonly configuration: string;
      /** Beginning of the hour. */
      readonly hour: string;
      /** Removals. */
      readonly removed: number;
      /** Blocks of sign-in. */
      readonly blocked: number;
      /** Creations, where guard.creations of the configuration limits them. */
      readonly created?: number;
    }[];
  };
}

/** What should be in the target. */
export interface UserProjectionSpec {
  /** The configuration that made it. */
  readonly syncConfigurationRef: {
    /** Name of the SyncConfiguration. */
    readonly name: string;
  };
  /** The configuration of which this is a preview: the record claims nobody and acts on nobody. */
  readonly previewOf?: {
    /** Name of the SyncConfiguration. */
    readonly name: string;
  };
  /** The source user. */
  readonly source: {
    /** Id of the source tenant. */
    readonly tenantId: string;
    /** Object id of the source user. */
    readonly objectId: string;
    /** User principal name when it was last read. */
    readonly userPrincipalName?: string;
  };
  /** The target tenant. */
  readonly target: {
    /** Id of the target tenant. */
    readonly tenantId: string;
  };
  /** Copied from the configuration; only Apply acts. */
  readonly mode: 'Apply' | 'Plan';
  /** Present: the account should be there. RemovalStaged: its removal waits for approval. Removed: it should be gone. */
  readonly lifecycle: 'Present' | 'RemovalStaged' | 'Removed';
  /** A block of sign-in waits for approval. */
  readonly blockStaged?: boolean;
  /** Why and how the account is to be removed. */
  readonly removal?: {
    /** Why. */
    readonly reason: 'Deleted' | 'Unassigned' | 'FilteredOut' | 'ConfigurationDeleted';
    /** How. */
    readonly action: 'SoftDelete' | 'Block' | 'Retain';
  };
  /** When the removal or block passed the guard without needing approval; counted within its window. */
  readonly guardedAt?: string;
  /** Hash of what a staged or rejected removal or block rests on: scope, reason and source user. */
  readonly evidence?: string;
  /** Who approved the removal or block, where it had been staged. */
  readonly approvedBy?: string;
  /** Token of the staged set in which an administrator approved the removal or block. */
  readonly approvedToken?: string;
  /** What was decided about the creation of the account, where guard.creations of the configuration limits them. */
  readonly creation?: {
    /** Passed: within the limit. Staged: it waits for approval. Approved, Rejected: by an administrator. */
    readonly verdict: 'Passed' | 'Staged' | 'Approved' | 'Rejected';
    /** When it passed. */
    readonly at?: string;
    /** The limit under which it was staged: a higher one judges it anew. */
    readonly limit?: number;
    /** Token of the staged set in which an administrator approved it. */
    readonly token?: string;
    /** Who approved it. */
    readonly by?: string;
    /** Hash of what it rests on: a rejection stands while that stays the same. */
    readonly evidence?: string;
  };
  /** By which strategy the person is a guest first; absent with InviteAsMember. */
  readonly memberStrategy?: 'InviteAsGuest' | 'AddressListOnly';
  /** What was decided about a conversion of the account to another memberStrategy than it was made by. */
  readonly conversion?: {
    /** Passed: the guard let it pass. Staged: it waits for approval. Approved, Rejected: by an administrator. */
    readonly verdict: 'Passed' | 'Staged' | 'Approved' | 'Rejected';
    /** When it passed. */
    readonly at?: string;
    /** Token of the staged set in which an administrator approved it. */
    readonly token?: string;
    /** Field manager that approved it. */
    readonly by?: string;
    /** Hash of what it rests on: a rejection stands while that stays the same. */
    readonly evidence?: string;
  };
  /** Hash of who decides about which attribute, where it is not the source: a change is a change of the desired state. */
  readonly authorities?: string;
  /** The removal or block that evidence stands for was rejected: it is not staged again while the evidence stays the same. */
  readonly rejected?: boolean;
  /** Address that is invited when the account has to be created. */
  readonly invitedAddress?: string;
  /** Addresses that the person had before, until an account is linked: one that is there under them is the person's. */
  readonly formerAddresses?: readonly {
    /** A user principal name, or the mail that was invited. */
    readonly address: string;
    /** When the source was first seen to have another one: an account that was made later is somebody else's. */
    readonly until: string;
  }[];
  /** The source user is blocked from sign-in: not newly created. */
  readonly sourceDisabled?: boolean;
  /** Attribute values in canonical form, by Graph property name. */
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  /** Mappings whose value could not be computed for this user. What they write stays as it is, and no account is created meanwhile. */
  readonly failedMappings?: readonly {
    /** Target attribute, or `invitation` for the address. */
    readonly target: string;
    /** What is wrong, with the names of the inputs and without their values. */
    readonly message: string;
  }[];
  /** The time that Now() stands for in the values above; only where an expression depends on time or chance. */
  readonly evaluatedAt?: string;
  /** Hash of what the values above were computed from, beside the time; together with evaluatedAt. */
  readonly evaluatedFrom?: string;
  /** An expression says that the user is to be left as they are: nothing is written, created or removed. */
  readonly ignored?: boolean;
  /** Attributes to be emptied; manager included. */
  readonly clear?: readonly string[];
  /** Attribute values that are only written when the account is created. */
  readonly onCreate?: Readonly<Record<string, AttributeValue>>;
  /** The manager. */
  readonly manager?: {
    /** Object id of the manager in the source tenant. */
    readonly sourceObjectId: string;
  };
  /** Hash of the whole spec; one that does not match is not acted on. */
  readonly revision: string;
}

/** What was observed in the target. */
export interface UserProjectionStatus {
  /** The generation that was handled last; -1 before the first time. */
  readonly observedGeneration?: number;
  /** The value of the annotation tenantsync.dev/requested-at that was handled last. */
  readonly lastHandledReconcileAt?: string;
  /** Ready; Reconciling and Stalled while true. */
  readonly conditions?: readonly ({
    /** What is observed, such as Ready. */
    readonly type: string;
    /** True, False or Unknown. */
    readonly status: 'True' | 'False' | 'Unknown';
    /** The generation the condition was computed for. */
    readonly observedGeneration?: number;
    /** When status last changed. */
    readonly lastTransitionTime: string;
    /** One CamelCase word from the list of reasons; docs/runbooks has a page for each. */
    readonly reason: string;
    /** A sentence for people: what is the case, and what to do. */
    readonly message: string;
  })[];
  /** Where the user stands. */
  readonly state: 'Pending' | 'Planned' | 'Provisioned' | 'Blocked' | 'Skipped' | 'Staged' | 'SoftDeleted' | 'Purged' | 'Retained' | 'Conflict' | 'Failed';
  /** A write under way that must not be repeated blindly. */
  readonly intent?: {
    /** What was begun. */
    readonly operation: 'Create' | 'Delete' | 'Restore';
    /** When. */
    readonly at: string;
    /** The address that was invited, so that a lost invitation is found even if the user is renamed meanwhile. */
    readonly address?: string;
  };
  /** The account in the target. */
  readonly targetUser?: {
    /** Object id. */
    readonly objectId: string;
    /** User principal name. */
    readonly userPrincipalName?: string;
    /** Member or Guest. */
    readonly userType?: string;
    /** State of the invitation. */
    readonly externalUserState?: string;
    /** Created by us, or Adopted. */
    readonly origin?: 'Created' | 'Adopted';
    /** When this record created it. One that was found by its anchor, after a record was lost, may have been adopted before. */
    readonly createdAt?: string;
    /** Whether the account has a proxy address. */
    readonly mailEnabled?: boolean;
    /** When we deleted it. */
    readonly deletedAt?: string;
    /** Object id of the manager that we set. */
    readonly managerId?: string;
    /** When it was found deleted by somebody else; absent while it is there. */
    readonly foundDeletedAt?: string;
    /** When it was let go; absent while it is managed. */
    readonly releasedAt?: string;
    /** When we blocked sign-in there; absent while it is not blocked by us. */
    readonly signInBlockedAt?: string;
    /** We have invited the person, and have not written the rest of the account yet. */
    readonly unfinished?: boolean;
    /** Sign-in was blocked, and running sessions are still to be asked to end. */
    readonly sessionsOpen?: boolean;
    /** The verdict of the guard, or the approval, under which we blocked sign-in last: it covers no second block. */
    readonly blockVerdict?: string;
    /** When we invited it as a guest who is to become a member. */
    readonly invitedAsGuestAt?: string;
    /** Since when its proxy addresses hold the invited address, as far as was seen: memberConversionDelay counts from then. */
    readonly addressSeenAt?: string;
    /** When we made it a member; it is not done a second time. */
    readonly convertedAt?: string;
    /** Sign-in is blocked because the person is only to be in the address list. */
    readonly addressListOnly?: boolean;
    /** The verdict or approval under which we created the account, where creations are limited: it covers no second creation. */
    readonly creationVerdict?: string;
  };
  /** Revision of the spec that was applied last. */
  readonly appliedRevision?: string;
  /** Hash of the desired values that were applied last: it stays the same while only the standing of the record changes. */
  readonly appliedContent?: string;
  /** Hash of the applied values that cannot be read back. */
  readonly writeOnlyRevision?: string;
  /** When something was last written to the target. */
  readonly lastWriteAt?: string;
  /** In Plan mode: what would be done. */
  readonly plan?: {
    /** The operation. */
    readonly operation: 'Create' | 'Update' | 'Disable' | 'Delete' | 'Restore' | 'None';
    /** Attributes that would change. */
    readonly attributes?: readonly string[];
    /** What would change, attribute by attribute. */
    readonly changes?: readonly {
      /** Attribute name. */
      readonly attribute: string;
      /** The value in the target, cut to 256 characters; absent where there is none or it cannot be read. */
      readonly from?: string;
      /** The value that would be written, cut to 256 characters; absent where it would be emptied. */
      readonly to?: string;
    }[];
    /** Object id of the account that it would be done to; absent where it would be created. */
    readonly objectId?: string;
  };
  /** Of a preview: a hash of the facts that the plan rests on, of the record of the configuration that is previewed. */
  readonly comparedWith?: string;
  /** Failed attempts in a row. */
  readonly attempts?: number;
  /** When the next attempt is made. */
  readonly nextAttemptAt?: string;
  /** When the account is to be compared again, because the last read may not have shown our last write. */
  readonly compareAgainAt?: string;
  /** Object in the target that stands in the way. */
  readonly conflictingObjectId?: string;
  /** What that object is; Unknown where the answer of Microsoft Graph does not tell. */
  readonly conflictingObjectKind?: 'User' | 'Contact' | 'Group' | 'Unknown';
  /** The limit of the TenantPair by which the person is Skipped or Retained, with the reason LimitReached. */
  readonly limitedBy?: 'maxUsers' | 'userTypes' | 'allowDelete' | 'excludedTargetUsers';
  /** The last failure. */
  readonly lastError?: {
    /** Code of the error table. */
    readonly code?: string;
    /** What happened, and what to do. */
    readonly message?: string;
    /** Microsoft Graph's request id. */
    readonly requestId?: string;
    /** When. */
    readonly at?: string;
  };
  /** Attributes that the directory refused for this user. */
  readonly refusedAttributes?: readonly {
    /** Attribute name. */
    readonly name: string;
    /** Code of the error table. */
    readonly code?: string;
    /** Why. */
    readonly message?: string;
  }[];
  /** What cycles have found of a source user who was deleted, where the account is to be purged after them. */
  readonly sourcePurge?: {
    /** When the user was seen in the recycle bin of the source. */
    readonly seenAt: string;
    /** When the user was neither live nor in the recycle bin since, in one cycle and in a later one. */
    readonly absentAt?: readonly string[];
    /** When the guard counted the purge and let it pass, or an administrator did; what became of nothing is judged anew when the window of the guard is over, unless it was approved. */
    readonly guardedAt?: string;
    /** When the guard held the purge first: it waits for a decision, or until the numbers allow it. */
    readonly heldAt?: string;
    /** The token by which an administrator let the purge pass; as old as the window of the guard at most. */
    readonly approval?: string;
    /** Who let the purge pass, where that is verified. */
    readonly approvedBy?: string;
    /** When an administrator rejected the purge: the account is left to the directory. */
    readonly rejectedAt?: string;
  };
  /** Attributes that differ in the target. */
  readonly drift?: readonly {
    /** Attribute name. */
    readonly attribute: string;
    /** Since when. */
    readonly since?: string;
  }[];
  /** What does not stop the work but deserves attention. */
  readonly warnings?: readonly {
    /** CamelCase word from the list of reasons. */
    readonly reason: string;
    /** What is the case, and what to do. */
    readonly message: string;
  }[];
  /** The last ten provisioning events, newest first. */
  readonly history?: readonly ({
    /** When. */
    readonly at: string;
    /** The cycle that caused it. */
    readonly cycleId?: string;
    /** The change that caused it. */
    readonly changeId?: string;
    /** What was done, in the words of the provisioning log. */
    readonly action: 'create' | 'update' | 'delete' | 'disable' | 'restore' | 'stagedDelete' | 'other';
    /** How it went. */
    readonly status: 'success' | 'failure' | 'skipped' | 'warning';
    /** Names of the attributes that were written. */
    readonly modifiedAttributes?: readonly string[];
    /** Code of the error table. */
    readonly errorCode?: string;
    /** CamelCase word from the list of reasons. */
    readonly reason?: string;
    /** What to do. */
    readonly recommendedAction?: string;
    /** The steps that were taken. */
    readonly steps?: readonly string[];
  })[];
}
