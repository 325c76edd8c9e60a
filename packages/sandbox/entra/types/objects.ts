import type { JsonObject } from './json.ts';

/** An immutable picture of a user: `properties` in Graph's names; an absent one was never set, null was cleared. */
export interface SandboxUser {
  readonly id: string;
  /** Raised by each write to the tenant. */
  readonly version: number;
  /** All stored properties, the id among them; `showInAddressList` with its true value. */
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
  readonly description?: string;
  readonly mailNickname?: string;
  readonly uniqueName?: string;
  /** Unified, DynamicMembership. */
  readonly groupTypes?: readonly string[];
  readonly membershipRule?: string;
  readonly isAssignableToRole?: boolean;
  readonly isManagementRestricted?: boolean;
  readonly onPremisesSyncEnabled?: boolean;
  /** Ids of users and groups. */
  readonly members?: readonly string[];
}

/** What an administrator may change about a group. */
export type GroupChanges = Partial<Omit<NewGroup, 'id' | 'members'>>;

export interface SandboxGroup {
  readonly id: string;
  readonly displayName: string;
  readonly description: string | null;
  readonly mailNickname: string;
  readonly uniqueName: string | null;
  readonly mailEnabled: boolean;
  readonly groupTypes: readonly string[];
  readonly isAssignableToRole: boolean | null;
  readonly securityEnabled: boolean;
  readonly visibility: string | null;
  readonly deletedAt: number | null;
  /** Ids of the direct members, users and groups, soft-deleted ones included. */
  readonly members: ReadonlySet<string>;
}

/** A subscription of the tenant; one of P1 and of 10 units unless it says otherwise. */
export interface Subscription {
  readonly skuPartNumber?: string;
  /** Ids of its service plans. */
  readonly servicePlans?: readonly string[];
  readonly capabilityStatus?: 'Enabled' | 'Warning' | 'Suspended' | 'Deleted' | 'LockedOut';
  readonly enabled?: number;
  readonly warning?: number;
  readonly consumed?: number;
}

export interface NewContact {
  readonly id?: string;
  readonly displayName: string;
  readonly mail: string;
  readonly onPremisesSyncEnabled?: boolean;
}
