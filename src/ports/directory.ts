import type { DirectoryUser, UserPatch } from '../api/directory-user.ts';
import type { EntraWrite } from '../core/parity/parity.ts';
import type { CallOptions, Quota, ResultPage, UnusableEntry } from './calls.ts';
import type { GroupDirectory } from './group-directory.ts';
import type { EntraJobs } from '../core/preflight/entra-jobs.ts';
import type { Subscription } from '../core/preflight/licences.ts';

export type { CallOptions, Permit, Quota, QuotaNeed, QuotaPause, ResultPage, UnusableEntry } from './calls.ts';
export type { DirectoryIdentity, DirectoryUser, UserPatch } from '../api/directory-user.ts';

/** One entry of a users delta round. */
export type UserChange =
  | {
      readonly type: 'Present';
      readonly user: DirectoryUser;
      /** False when the entry did not carry the whole user. */ readonly complete: boolean;
    }
  | { readonly type: 'SoftDeleted'; readonly id: string }
  | { readonly type: 'HardDeleted'; readonly id: string };

/** One entry of a groups delta round. Only users count as members. */
export type GroupChange =
  | {
      readonly type: 'Present';
      readonly id: string;
      readonly displayName?: string;
      readonly added: readonly string[];
      readonly removed: readonly string[];
    }
  | { readonly type: 'Deleted'; readonly id: string };

/** A page of a delta round: `next` continues the round, `watermark` ends it; never both. Links are opaque. */
export interface DeltaPage<T> {
  readonly changes: readonly T[];
  readonly next?: string;
  readonly watermark?: string;
  readonly unusable?: readonly UnusableEntry[];
}

export interface DirectoryGroup {
  readonly id: string;
  readonly displayName: string | null;
  readonly securityEnabled: boolean | null;
  /** HiddenMembership needs its own permission to be read. */
  readonly visibility: string | null;
  /** Where the read has asked for them. */
  readonly mailNickname?: string | null;
  readonly description?: string | null;
}

export interface Organization {
  readonly id: string;
  readonly displayName: string;
  readonly verifiedDomains: readonly { readonly name: string; readonly isDefault: boolean; readonly isInitial: boolean }[];
}

/** What both sides of a pair offer. */
export interface TenantDirectory {
  readonly tenantId: string;
  /** When the credentials in use expire (a client certificate's end), in epoch milliseconds; undefined when they do not tell. */
  readonly credentialExpiresAt?: number | undefined;
  readonly quota: Quota;
  /** Application permissions (roles) of the token in use; with `fresh`, of a new one: what was granted since shows in no older token. */
  grantedPermissions(options: CallOptions & { readonly fresh?: boolean }): Promise<readonly string[]>;
  organization(options: CallOptions): Promise<Organization>;
  /** This tenant's access settings towards `partnerTenantId`; an absent partner inherits the defaults. */
  partnerAccess(partnerTenantId: string, options: CallOptions): Promise<PartnerAccess>;
  /** The part of the access settings that nothing is inherited for, and that decides whether users may be synchronized: one request. */
  syncAccess(partnerTenantId: string, options: CallOptions): Promise<SyncAccess>;
  /** Clouds this tenant collaborates with: host names such as microsoftonline.us. */
  allowedCloudEndpoints(options: CallOptions): Promise<readonly string[]>;
  /** `allowInvitesFrom` of the authorization policy, and the domain lists where they can be read. */
  invitationPolicy(options: CallOptions): Promise<{ readonly allowInvitesFrom: string | null }>;
  /** The tenant's subscriptions with their licences, at most an hour old. */
  subscriptions(options: CallOptions): Promise<readonly Subscription[]>;
}

/** Whether users may be synchronized from the partner, and whether consent is automatic. */
export interface SyncAccess {
  /** `userSyncInbound.isSyncAllowed`; null: no such policy; undefined: this cloud has no such API. */
  readonly userSyncInboundAllowed: boolean | null | undefined;
  readonly automaticConsent: { readonly inboundAllowed: boolean; readonly outboundAllowed: boolean };
}

/** Cross-tenant access settings after inheritance from the default configuration. */
export interface PartnerAccess extends SyncAccess {
  /** False when no partner object exists and everything is inherited. */
  readonly configured: boolean;
  /** Nested objects of the partner object as they were read, members that this version does not know included; null: inherited. */
  readonly own: {
    readonly automaticConsent: Readonly<Record<string, unknown>> | null;
    readonly inboundTrust: Readonly<Record<string, unknown>> | null;
  };
  readonly b2bCollaborationInboundBlocked: boolean;
  readonly b2bCollaborationOutboundBlocked: boolean;
  readonly inboundTrust: { readonly mfa: boolean; readonly compliantDevice: boolean; readonly hybridJoinedDevice: boolean };
}

/** Nested objects of a partner object, each whole: what Graph makes of members that are left out is not documented. */
export type PartnerSettings = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/**
 * Writes to a tenant's access settings towards one partner. None is guarded against what others write meanwhile: Graph has no condition for it. A
 * read may show a write later.
 */
export interface AccessSettings {
  /** Rejects with ObjectConflict where the partner object exists. */
  createPartner(partnerTenantId: string, settings: PartnerSettings, options: CallOptions): Promise<void>;
  /** Rejects with NotFound where the partner object does not exist, or is not visible yet. */
  updatePartner(partnerTenantId: string, settings: PartnerSettings, options: CallOptions): Promise<void>;
  /** Makes the identity synchronization policy that allows users in. Rejects with ObjectConflict where there is one, whatever it says. */
  createUserSync(partnerTenantId: string, displayName: string, options: CallOptions): Promise<void>;
}

/** Reads of the tenant whose people are projected. */
export interface SourceDirectory extends TenantDirectory {
  /**
   * One page of a users delta round. Without `link` a new round starts, tracking `select` (the manager always included).
   * Rejects with DeltaExpired when the link is no longer valid.
   */
  usersDelta(
    request: { readonly link: string } | { readonly select: readonly string[] },
    options: CallOptions,
  ): Promise<DeltaPage<UserChange>>;
  /** One page of a groups delta round over at most 50 groups. */
  groupsDelta(
    request: { readonly link: string } | { readonly groupIds: readonly string[] },
    options: CallOptions,
  ): Promise<DeltaPage<GroupChange>>;
  /** Users by id with their managers, past any delta. A user that is not there is missing from the map. */
  getUsers(ids: readonly string[], select: readonly string[], options: CallOptions): Promise<ReadonlyMap<string, DirectoryUser>>;
  /** Ids of one page of the users in the recycle bin: the first, or the one that `link` leads to. */
  deletedUsersPage(link: string | undefined, options: CallOptions): Promise<ResultPage<string>>;
  /** Which of these users are in the recycle bin, each asked for by its id. */
  deletedAmong(ids: readonly string[], options: CallOptions): Promise<ReadonlySet<string>>;
  /** The user of that UPN, or undefined. */
  findUserByPrincipalName(userPrincipalName: string, options: CallOptions): Promise<DirectoryUser | undefined>;
  /** Ids of the users with that mail, of which there may be several; as many as one page holds. */
  findUsersByMail(mail: string, options: CallOptions): Promise<readonly string[]>;
  getGroup(id: string, options: CallOptions): Promise<DirectoryGroup | undefined>;
  /** Groups by id; one that is not there is missing from the map. */
  getGroups(ids: readonly string[], options: CallOptions): Promise<ReadonlyMap<string, DirectoryGroup>>;
  /**
   * Ids of the groups that people are in, through other groups too. A person who is not there is missing from the map. Groups that hide their members
   * are left out unless the application has Member.Read.Hidden.
   */
  groupsOf(userIds: readonly string[], options: CallOptions): Promise<ReadonlyMap<string, ReadonlySet<string>>>;
  findGroupsByName(displayName: string, options: CallOptions): Promise<readonly DirectoryGroup[]>;
  /** One page of the users in a group: direct members, or all of nested groups too. */
  groupMembers(
    request: { readonly link: string } | { readonly groupId: string; readonly nested: boolean },
    options: CallOptions,
  ): Promise<ResultPage<string>>;
  /** One page of the groups that are direct members of a group. */
  groupsInGroup(request: { readonly link: string } | { readonly groupId: string }, options: CallOptions): Promise<ResultPage<string>>;
  /** One page of the users and groups assigned to an enterprise application. */
  applicationAssignments(
    request: { readonly link: string } | { readonly servicePrincipalId: string },
    options: CallOptions,
  ): Promise<ResultPage<{ readonly principalId: string; readonly principalType: string }>>;
  /** Entra's own jobs of which this tenant is the source, and the applications that have not answered. Rejects where those cannot be listed. */
  entraJobs(options: CallOptions): Promise<EntraJobs>;
  /** What such a job wrote to each account of its target last, by the account's id, as far as Entra's log tells. */
  entraWrites(jobId: string, options: CallOptions): Promise<ReadonlyMap<string, EntraWrite>>;
}

/** How to look for an existing account of a person. */
export interface CandidateQuery {
  /** Property and value of the ownership anchor, where one is configured: matches values that start with it. */
  readonly anchor?: {
    readonly attribute: string;
    readonly value: string;
    /** The whole values that a live account may carry, for a directory that cannot compare beginnings. */
    readonly whole: readonly string[];
  };
  /** Addresses to look for in mail, otherMails, proxyAddresses and the #EXT# name. */
  readonly addresses: readonly string[];
  /** An address for which a mail contact is looked for too, in the same request; one that may not be read is none. */
  readonly contactAddress?: string;
}

/** What a search has found: each account once in each place. */
export interface FoundAccounts {
  readonly live: readonly DirectoryUser[];
  readonly deleted: readonly DirectoryUser[];
  /** Id of a mail contact that holds the address. */
  readonly contactId?: string;
}

export interface Invitation {
  readonly emailAddress: string;
  readonly displayName?: string;
  readonly userType: 'Member' | 'Guest';
  readonly redirectUrl: string;
  readonly sendMessage: boolean;
}

/** Reads and writes in the tenant that receives the accounts. */
export interface TargetDirectory extends TenantDirectory {
  /** Accounts that may be this person's, among the live and among the soft-deleted ones: one request, where nothing is found in pages. */
  findAccounts(query: CandidateQuery, select: readonly string[], options: CallOptions): Promise<FoundAccounts>;
  /**
   * One page of the list of all live users, at most 999, without their managers: the first, or the one that `link` leads to. A user who is missing from
   * the list may be there all the same: it may be behind.
   */
  usersPage(link: string | undefined, select: readonly string[], options: CallOptions): Promise<ResultPage<DirectoryUser>>;
  /** A live account with its manager; undefined when there is none (or none yet). */
  getUser(id: string, select: readonly string[], options: CallOptions): Promise<DirectoryUser | undefined>;
  /** A soft-deleted account; undefined when it is not among the deleted. */
  getDeletedUser(id: string, select: readonly string[], options: CallOptions): Promise<DirectoryUser | undefined>;
  /** Id of a mail contact that holds an address; undefined where there is none, or contacts may not be read. */
  findContact(address: string, options: CallOptions): Promise<string | undefined>;
  invite(
    invitation: Invitation,
    options: CallOptions,
  ): Promise<{ readonly id: string; readonly userPrincipalName?: string; readonly redeemed: boolean }>;
  updateUser(id: string, patch: UserPatch, options: CallOptions): Promise<void>;
  setManager(id: string, managerId: string, options: CallOptions): Promise<void>;
  /** Succeeds also when there was none. */
  clearManager(id: string, options: CallOptions): Promise<void>;
  revokeSessions(id: string, options: CallOptions): Promise<void>;
  /** Soft-deletes. */
  deleteUser(id: string, options: CallOptions): Promise<void>;
  restoreUser(id: string, restore: { readonly reconcileProxies: boolean }, options: CallOptions): Promise<void>;
  /** Removes a soft-deleted account for good. */
  purgeUser(id: string, options: CallOptions): Promise<void>;
}

/** A synchronization job of Entra itself as it was read, and where it belongs. */
export interface ExportedJob {
  readonly jobId: string;
  readonly servicePrincipalId: string;
  /** Name of the enterprise application. */
  readonly application: string;
  readonly runs: boolean;
  /** Graph's answer. */
  readonly job: Readonly<Record<string, unknown>>;
}

/** Reads Entra's synchronization jobs as Graph answers, for an import. */
export interface SynchronizationReader {
  /** Jobs of all enterprise applications that were made for cross-tenant synchronization. */
  jobs(options: CallOptions): Promise<readonly ExportedJob[]>;
  schema(job: ExportedJob, options: CallOptions): Promise<unknown>;
  secrets(job: ExportedJob, options: CallOptions): Promise<unknown>;
  /** Who is assigned, all pages in one list. */
  assignments(job: ExportedJob, options: CallOptions): Promise<unknown>;
}

/** One side's credentials, resolved: what the adapter needs to obtain tokens. */
export type CredentialSpec =
  | { readonly type: 'ClientSecret'; readonly clientId: string; readonly secret: string }
  | { readonly type: 'ClientCertificate'; readonly clientId: string; readonly certificatePem: string; readonly privateKeyPem: string }
  | {
      readonly type: 'WorkloadIdentity';
      readonly clientId: string;
      /** Namespace and name; absent: the operator's own identity. */ readonly serviceAccount?: {
        readonly namespace: string;
        readonly name: string;
      };
    }
  | { readonly type: 'ManagedIdentity'; readonly clientId: string };

export interface TenantConnection {
  readonly side: 'source' | 'target';
  readonly tenantId: string;
  /** A built-in cloud or one of the operator's own. */
  readonly cloud: string;
  readonly credentials: CredentialSpec;
}

/** Makes directories for resolved connections. Cheap; budgets and tokens are shared by app and tenant. */
export interface DirectoryFactory {
  /** Names of the clouds a TenantPair may choose. */
  readonly clouds: readonly string[];
  /** The name by which tenants of other clouds switch this one on, such as microsoftonline.us; undefined for custom clouds. */
  cloudEndpoint(cloud: string): string | undefined;
  source(connection: TenantConnection): SourceDirectory;
  target(connection: TenantConnection): TargetDirectory;
  /** The groups of a target, apart from its users. */
  groups(connection: TenantConnection): GroupDirectory;
  /** The writes to the access settings of a tenant, apart from the directories, so that nothing else gets hold of them. */
  accessSettings(connection: TenantConnection): AccessSettings;
}
