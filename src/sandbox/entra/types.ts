import type { Clock, Random } from '../../ports/clock.ts';
import type { HttpFetch } from '../../ports/http.ts';
import type { EntraSettings, SettingsOverride } from './settings.ts';

/** Anything JSON can say. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = Readonly<Record<string, Json>>;

/** Host names of one cloud, without scheme. Tenants of different clouds do not see each other except through B2B. */
export interface CloudHosts {
  readonly authorityHost: string;
  readonly graphHost: string;
  /** Audience of federated credentials. */
  readonly federationAudience: string;
  /** Its name in allowedCloudEndpoints. */
  readonly endpoint: string;
}

export interface EntraOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Further clouds, or other hosts for built-in ones (Global, USGov, USGovDoD, China). */
  readonly clouds?: Readonly<Record<string, CloudHosts>>;
  readonly settings?: SettingsOverride;
}

/** Any number of simulated tenants behind one transport. */
export interface Entra {
  /** The in-process transport. Rejects with TypeError for unknown hosts and for dropped requests, with the signal's reason when aborted. */
  readonly fetch: HttpFetch;
  readonly faults: Faults;
  /** Defaults of tenants added from now on. */
  readonly settings: EntraSettings;
  addTenant(options: TenantOptions): Tenant;
  tenant(tenantId: string): Tenant;
  tenants(): readonly Tenant[];
  /** Observes each request around its effect; a throw (or a promise that never settles) cuts the request off there. Returns a function that ends it. */
  intercept(hook: RequestHook): () => void;
  /** Makes a further host (host:port) answer as authority and Graph of all clouds at once; used by the HTTPS server. */
  serveAlso(host: string): void;
  /** Server time, epoch milliseconds; follows the clock's monotonic scale. */
  now(): number;
}

export interface RequestInfo {
  /** 1 for the first request ever, over all tenants. Parts of a batch are not counted by themselves. */
  readonly number: number;
  readonly at: number;
  /** Undefined when the request names no known tenant. */
  readonly tenantId: string | undefined;
  readonly appId: string | undefined;
  readonly method: string;
  /** Path and query as sent, beginning with a slash. */
  readonly path: string;
  /** Template such as `PATCH /users/{id}`, `POST /token`, `GET /users/delta`; `unknown` for paths that are not simulated. */
  readonly operation: string;
  /** True for anything but GET, the token endpoint and getByIds; a batch counts as a write when it has a writing part. */
  readonly write: boolean;
  readonly body: string | undefined;
}

export interface RequestHook {
  /** Before any effect. */
  readonly before?: (info: RequestInfo) => void | Promise<void>;
  /** After the effect, before the answer is handed over. */
  readonly after?: (info: RequestInfo & { readonly status: number }) => void | Promise<void>;
}

/** What goes wrong. `apply` says whether the request takes effect all the same; without it, it does not. */
export type FaultEffect =
  | { readonly effect: 'throttle'; /** Seconds, may be fractional; null: no header. */ readonly retryAfter?: number | null }
  | {
      readonly effect: 'status';
      readonly status: number;
      readonly code?: string;
      readonly message?: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
      readonly apply?: boolean;
    }
  /** The promise rejects, nothing happened. */
  | { readonly effect: 'dropBefore' }
  /** The promise rejects although the request took effect. */
  | { readonly effect: 'dropAfter' }
  /** No answer until the caller aborts, or `ms` (default 300,000) have passed. */
  | { readonly effect: 'timeout'; readonly ms?: number; readonly apply?: boolean }
  /** The answer takes `ms` longer. */
  | { readonly effect: 'delay'; readonly ms: number }
  /** 410 Gone with a Location that starts over; only for requests with a delta or skip token of a delta round. */
  | { readonly effect: 'deltaReset' }
  /** 400 syncStateNotFound; only for requests with a delta or skip token of a delta round. */
  | { readonly effect: 'deltaExpire' }
  /** The answer's body breaks off half way. */
  | { readonly effect: 'truncate' }
  /** A list or delta page with an empty value and a nextLink to the real one. */
  | { readonly effect: 'emptyPage' }
  /** The access token is refused with 401 InvalidAuthenticationToken. */
  | { readonly effect: 'unauthorized' };

export interface FaultMatch {
  readonly tenant?: string;
  readonly method?: string;
  /** Tested against path and query as sent. */
  readonly path?: RegExp;
  readonly operation?: string;
  readonly write?: boolean;
  readonly appId?: string;
}

/** A fault: the first one that matches a request is applied. */
export type Fault = FaultEffect & {
  readonly match?: FaultMatch;
  /** Applied to this many matching requests; without it and without `probability`, once. */
  readonly times?: number;
  /** Chance for each matching request. */
  readonly probability?: number;
  /** Matching requests to let pass first. */
  readonly after?: number;
};

export interface FaultHandle {
  /** How often it was applied. */
  readonly applied: number;
  remove(): void;
}

export interface Faults {
  add(fault: Fault): FaultHandle;
  clear(): void;
}

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

/** An immutable picture of a user: `properties` in Graph's names; an absent one was never set, null was cleared. */
export interface SandboxUser {
  readonly id: string;
  /** Raised by each write to the tenant. */
  readonly version: number;
  /** All stored properties; `showInAddressList` with its true value. */
  readonly properties: JsonObject;
  readonly managerId: string | null;
  /** Epoch milliseconds of the soft deletion; null while live. */
  readonly deletedAt: number | null;
  /** Holds an administrator role: sensitive attributes are refused to apps without a directory role. */
  readonly privileged: boolean;
  /** Present on B2B users: the invited address in lower case. */
  readonly invitedAddress?: string;
  /** Number of revokeSignInSessions calls. */
  readonly sessionsRevoked: number;
}

export interface NewUser {
  readonly id?: string;
  /** Default: made from the display name, in the default domain. */
  readonly userPrincipalName?: string;
  /** Default: Member. */
  readonly userType?: 'Member' | 'Guest';
  readonly managerId?: string;
  readonly privileged?: boolean;
  /** Everything else in Graph's names. Null counts as never set. */
  readonly properties?: JsonObject;
}

/** A user as an accepted or pending invitation leaves it, made without Graph. */
export interface NewExternalUser {
  readonly id?: string;
  readonly address: string;
  readonly displayName?: string;
  readonly userType?: 'Member' | 'Guest';
  readonly accepted?: boolean;
  readonly privileged?: boolean;
  readonly properties?: JsonObject;
}

export interface NewGroup {
  readonly id?: string;
  readonly displayName: string;
  readonly securityEnabled?: boolean;
  readonly mailEnabled?: boolean;
  /** Hides the members from apps without Member.Read.Hidden. */
  readonly hiddenMembership?: boolean;
  readonly proxyAddresses?: readonly string[];
  /** Ids of users and groups. */
  readonly members?: readonly string[];
}

export interface SandboxGroup {
  readonly id: string;
  readonly displayName: string;
  readonly securityEnabled: boolean;
  readonly visibility: string | null;
  readonly deletedAt: number | null;
  /** Ids of the direct members, users and groups, soft-deleted ones included. */
  readonly members: ReadonlySet<string>;
}

export interface NewContact {
  readonly id?: string;
  readonly displayName: string;
  readonly mail: string;
  readonly onPremisesSyncEnabled?: boolean;
}

/** Cross-tenant access settings of one partner, as in Graph; null means inherited. */
export interface PartnerSettings {
  inboundTrust?: JsonObject | null;
  automaticUserConsentSettings?: { readonly inboundAllowed?: boolean | null; readonly outboundAllowed?: boolean | null };
  b2bCollaborationInbound?: JsonObject | null;
  b2bCollaborationOutbound?: JsonObject | null;
  b2bDirectConnectInbound?: JsonObject | null;
  b2bDirectConnectOutbound?: JsonObject | null;
  isServiceProvider?: boolean | null;
}

/** Policies set as the tenant's admin would in the portal. All take effect at once. */
export interface TenantPolicies {
  allowInvitesFrom: 'none' | 'adminsAndGuestInviters' | 'adminsGuestInvitersAndAllMembers' | 'everyone';
  /** Host names such as microsoftonline.us. */
  allowedCloudEndpoints: string[];
  /** Domains invitations may go to, or may not; at most one list. */
  invitationDomains: { readonly kind: 'allow' | 'block'; readonly domains: readonly string[] } | null;
  /** Default configuration; whole parts may be replaced. */
  readonly defaults: Record<string, Json>;
  /** Creates or changes the partner object. */
  setPartner(tenantId: string, settings: PartnerSettings): void;
  removePartner(tenantId: string): void;
  partner(tenantId: string): JsonObject | undefined;
  /** Creates or changes identitySynchronization.userSyncInbound.isSyncAllowed (and the partner); undefined removes the policy. */
  setUserSync(tenantId: string, allowed: boolean | null | undefined): void;
  /** The value in force; undefined when there is no such policy. */
  userSync(tenantId: string): boolean | null | undefined;
}

/** An application with its service principal and grants in one tenant. */
export interface AppOptions {
  readonly appId?: string;
  readonly displayName?: string;
  /** Application permissions by name, such as User.Read.All. */
  readonly permissions: readonly string[];
  readonly secrets?: readonly { readonly value: string; /** Epoch milliseconds. */ readonly expiresAt?: number }[];
  /** PEM certificates whose keys may sign client assertions. */
  readonly certificates?: readonly string[];
  readonly federatedCredentials?: readonly FederatedCredential[];
  /** Directory roles of the service principal, by display name. */
  readonly directoryRoles?: readonly string[];
}

export interface FederatedCredential {
  readonly issuer: string;
  readonly subject: string;
  /** Default: the cloud's exchange audience. */
  readonly audience?: string;
  /** Public key to check signatures with; unchecked without it. JWK or PEM. */
  readonly publicKey?: JsonObject | string;
}

export interface App {
  readonly appId: string;
  /** Object id of the service principal. */
  readonly servicePrincipalId: string;
  readonly permissions: ReadonlySet<string>;
  /** False: token requests end with AADSTS65001. */
  consented: boolean;
  /** Takes effect with the next token. */
  grant(...permissions: readonly string[]): void;
  revoke(...permissions: readonly string[]): void;
  setDirectoryRoles(...roles: readonly string[]): void;
  addSecret(value: string, expiresAt?: number): void;
  removeSecret(value: string): void;
  addCertificate(pem: string): void;
  addFederatedCredential(credential: FederatedCredential): void;
  removeFederatedCredentials(): void;
  /** Refuses all tokens issued so far with 401 InvalidAuthenticationToken. */
  revokeTokens(): void;
  /** Removes the application from the tenant (AADSTS700016). */
  remove(): void;
}

export interface LogEntry extends RequestInfo {
  readonly status: number;
  /** The code of the error answer. */
  readonly code?: string;
  /** Object the request made or changed, where there is one. */
  readonly objectId?: string;
  /** The effect of an applied fault. */
  readonly fault?: string;
}

/** What was asked of a tenant. Parts of a batch have entries of their own beside the batch's. */
export interface RequestLog {
  entries(): readonly LogEntry[];
  /** Writes that took effect, in order. */
  writes(): readonly LogEntry[];
  /** Requests of that operation template, optionally of one status, since the last reset. */
  count(operation: string, status?: number): number;
  /** Counts by `operation status`, such as `PATCH /users/{id} 204`. */
  counts(): Readonly<Record<string, number>>;
  reset(): void;
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
  updateGroup(id: string, changes: { displayName?: string; hiddenMembership?: boolean; securityEnabled?: boolean }): void;
  deleteGroup(id: string): void;
  restoreGroup(id: string): void;
  addMember(groupId: string, memberId: string): void;
  removeMember(groupId: string, memberId: string): void;

  createContact(contact: NewContact): string;
  removeContact(id: string): void;
  /** An enterprise application; returns the object id of its service principal. */
  createServicePrincipal(displayName: string, id?: string): string;
  assign(servicePrincipalId: string, principalId: string): void;
  unassign(servicePrincipalId: string, principalId: string): void;

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
