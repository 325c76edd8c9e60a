import type { EntraSettings, SettingsOverride } from '../settings.ts';
import type { App, AppOptions } from './apps.ts';
import type { JsonObject } from './json.ts';
import type { GroupChanges, NewContact, NewExternalUser, NewGroup, NewUser, SandboxGroup, SandboxUser, Subscription } from './objects.ts';
import type { TenantPolicies } from './policies.ts';
import type { RequestLog } from './requests.ts';
import type { NewSyncJob, SyncJob } from './sync-jobs.ts';

export interface VerifiedDomain {
  readonly name: string;
  readonly isDefault: boolean;
  readonly isInitial: boolean;
}

export interface TenantOptions {
  readonly displayName: string;
  /** Default: a random one. */
  readonly tenantId?: string;
  /** Label of the initial domain: `contoso` gives contoso.onmicrosoft.com. */
  readonly initialDomain: string;
  /** Further verified domains; the first is the default domain. */
  readonly domains?: readonly string[];
  /** Default: Global. */
  readonly cloud?: string;
  readonly settings?: SettingsOverride;
}

/**
 * A tenant as its own admins see it: changes made here pass by Graph's checks and replication of reads, but are
 * logged, so that delta rounds report them. Views show the true state, not the replicated one.
 */
export interface Tenant {
  readonly tenantId: string;
  readonly displayName: string;
  readonly cloud: string;
  readonly initialDomain: string;
  readonly defaultDomain: string;
  readonly settings: EntraSettings;
  readonly policies: TenantPolicies;
  readonly log: RequestLog;

  registerApp(options: AppOptions): App;
  app(appId: string): App;
  addDomain(name: string): void;
  /** Defines a directory extension of users and returns its full name, extension_{appId without dashes}_{name}. */
  defineExtension(appId: string, name: string, dataType?: 'String' | 'Boolean' | 'Integer' | 'DateTime'): string;

  createUser(user: NewUser): SandboxUser;
  createExternalUser(user: NewExternalUser): SandboxUser;
  /** Sets properties; null clears. */
  updateUser(id: string, properties: JsonObject): SandboxUser;
  setPrivileged(id: string, privileged: boolean): void;
  setManager(id: string, managerId: string | null): void;
  /** Marks a pending external user as having accepted. */
  redeem(id: string): void;
  softDelete(id: string): void;
  restore(id: string): void;
  /** Deletes for good, whether live or soft-deleted. */
  purge(id: string): void;

  createGroup(group: NewGroup): SandboxGroup;
  updateGroup(id: string, changes: GroupChanges): void;
  deleteGroup(id: string): void;
  restoreGroup(id: string): void;
  /** Deletes for good, whether live or in the recycle bin. */
  purgeGroup(id: string): void;
  addMember(groupId: string, memberId: string): void;
  removeMember(groupId: string, memberId: string): void;

  /** What the tenant has bought: empty at first. */
  setSubscriptions(subscriptions: readonly Subscription[]): void;
  createContact(contact: NewContact): string;
  removeContact(id: string): void;
  /** An enterprise application; returns the object id of its service principal. */
  createServicePrincipal(displayName: string, id?: string): string;
  assign(servicePrincipalId: string, principalId: string): void;
  unassign(servicePrincipalId: string, principalId: string): void;
  /** A cross-tenant synchronization job of Entra itself, with its enterprise application in this tenant. */
  createSyncJob(job: NewSyncJob): SyncJob;

  /** Live users in the order of their creation. */
  users(): readonly SandboxUser[];
  deletedUsers(): readonly SandboxUser[];
  /** A user, live or soft-deleted. */
  user(id: string): SandboxUser | undefined;
  userByPrincipalName(userPrincipalName: string): SandboxUser | undefined;
  /** Live users with the address in mail, otherMails or proxyAddresses. */
  usersByAddress(address: string): readonly SandboxUser[];
  group(id: string): SandboxGroup | undefined;
  groups(): readonly SandboxGroup[];
  /** Addresses that were sent an invitation message. */
  invitationMessages(): readonly string[];
}
