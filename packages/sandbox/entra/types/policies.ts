import type { Json, JsonObject } from './json.ts';

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
  /** Microsoft has blocked all invitations of the tenant for suspicious activity. */
  invitationsBlocked: boolean;
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
  /** Creates or changes identitySynchronization.groupSyncInbound.isSyncAllowed, which the beta shows. */
  setGroupSync(tenantId: string, allowed: boolean | null): void;
  /** The value in force; undefined when there is no such policy. */
  userSync(tenantId: string): boolean | null | undefined;
}
