import type { Json, JsonObject, PartnerSettings, TenantPolicies } from '../types.ts';

type Settings = Record<string, Json>;

const everybody = (accessType: 'allowed' | 'blocked'): JsonObject => ({
  usersAndGroups: { accessType, targets: [{ target: 'AllUsers', targetType: 'user' }] },
  applications: { accessType, targets: [{ target: 'AllApplications', targetType: 'application' }] },
});

const partnerDefaults: JsonObject = {
  isServiceProvider: null,
  isInMultiTenantOrganization: false,
  inboundTrust: null,
  b2bCollaborationInbound: null,
  b2bCollaborationOutbound: null,
  b2bDirectConnectInbound: null,
  b2bDirectConnectOutbound: null,
  tenantRestrictions: null,
  automaticUserConsentSettings: { inboundAllowed: null, outboundAllowed: null },
};

const trustMembers = ['isMfaAccepted', 'isCompliantDeviceAccepted', 'isHybridAzureADJoinedDeviceAccepted'];
/** Members of nested objects, each null where it is not set. */
const nested: Readonly<Record<string, readonly string[]>> = {
  inboundTrust: trustMembers,
  automaticUserConsentSettings: ['inboundAllowed', 'outboundAllowed'],
};

interface SyncPolicy {
  displayName: string | null;
  isSyncAllowed: boolean | null;
  /** groupSyncInbound.isSyncAllowed, which only the beta shows. */
  isGroupSyncAllowed?: boolean | null;
}

/** Names of the settings a partner object may be given. */
export const partnerProperties: ReadonlySet<string> = new Set([...Object.keys(partnerDefaults), 'tenantId']);

/** Cross-tenant access policy, authorization policy and invitation domain lists of one tenant. */
export class Policies implements TenantPolicies {
  allowInvitesFrom: TenantPolicies['allowInvitesFrom'] = 'everyone';
  invitationsBlocked = false;
  allowedCloudEndpoints: string[] = [];
  invitationDomains: TenantPolicies['invitationDomains'] = null;
  readonly defaults: Settings = {
    isServiceDefault: true,
    inboundTrust: { isMfaAccepted: false, isCompliantDeviceAccepted: false, isHybridAzureADJoinedDeviceAccepted: false },
    b2bCollaborationInbound: everybody('allowed'),
    b2bCollaborationOutbound: everybody('allowed'),
    b2bDirectConnectInbound: everybody('blocked'),
    b2bDirectConnectOutbound: everybody('blocked'),
    automaticUserConsentSettings: { inboundAllowed: false, outboundAllowed: false },
  };
  readonly partners = new Map<string, Settings>();
  /** What reads still show of partners whose settings were written a moment ago: undefined stands for none. */
  readonly shown = new Map<string, { readonly partner: Settings | undefined; readonly sync: SyncPolicy | undefined; writes: number }>();
  /** Identity synchronization policies by partner: displayName and isSyncAllowed. */
  readonly syncPolicies = new Map<string, SyncPolicy>();

  setPartner(tenantId: string, settings: PartnerSettings): void {
    const before = this.partners.get(tenantId) ?? { tenantId, ...partnerDefaults };
    const merged: Settings = { ...before };
    for (const [name, value] of Object.entries(settings) as [string, Json | undefined][]) {
      if (value === undefined) continue;
      merged[name] = name === 'automaticUserConsentSettings' ? { ...asObject(before[name]), ...asObject(value) } : value;
    }
    this.partners.set(tenantId, merged);
  }

  /** Changes a partner as a request of Graph does. Members of a nested object that the request leaves out are reset, or kept. */
  patchPartner(tenantId: string, settings: JsonObject, leftOut: 'reset' | 'kept'): void {
    const before = this.partners.get(tenantId) ?? { tenantId, ...partnerDefaults };
    const merged: Settings = { ...before };
    for (const [name, value] of Object.entries(settings)) {
      const members = nested[name];
      if (members === undefined || value === null) {
        merged[name] = value;
        continue;
      }
      const base = leftOut === 'kept' ? asObject(before[name]) : Object.fromEntries(members.map((member) => [member, null]));
      merged[name] = { ...base, ...asObject(value) };
    }
    this.partners.set(tenantId, merged);
  }

  /** A member of a nested object that neither is known nor stands there: a request with it is refused. */
  unknownMember(tenantId: string, settings: JsonObject): string | undefined {
    for (const [name, members] of Object.entries(nested)) {
      const there = Object.keys(asObject(this.partners.get(tenantId)?.[name]));
      const unknown = Object.keys(asObject(settings[name])).find((member) => !members.includes(member) && !there.includes(member));
      if (unknown !== undefined) return `${name}/${unknown}`;
    }
    return undefined;
  }

  removePartner(tenantId: string): void {
    this.partners.delete(tenantId);
    this.syncPolicies.delete(tenantId);
  }

  partner(tenantId: string): JsonObject | undefined {
    return this.partners.get(tenantId);
  }

  setUserSync(tenantId: string, allowed: boolean | null | undefined): void {
    if (allowed === undefined) {
      this.syncPolicies.delete(tenantId);
      return;
    }
    if (!this.partners.has(tenantId)) this.setPartner(tenantId, {});
    const before = this.syncPolicies.get(tenantId);
    this.syncPolicies.set(tenantId, { displayName: null, ...before, isSyncAllowed: allowed });
  }

  setGroupSync(tenantId: string, allowed: boolean | null): void {
    if (!this.partners.has(tenantId)) this.setPartner(tenantId, {});
    const before = this.syncPolicies.get(tenantId) ?? { displayName: null, isSyncAllowed: null };
    this.syncPolicies.set(tenantId, { ...before, isGroupSyncAllowed: allowed });
  }

  userSync(tenantId: string): boolean | null | undefined {
    return this.syncPolicies.get(tenantId)?.isSyncAllowed;
  }

  /** Whether users may be exchanged with the partner in that direction: its own setting, else the default. `userId` matters where a setting names users. */
  collaborationAllowed(tenantId: string, direction: 'Inbound' | 'Outbound', userId?: string): boolean {
    const own = this.partners.get(tenantId)?.[`b2bCollaboration${direction}`];
    const setting = asObject(own ?? this.defaults[`b2bCollaboration${direction}`]);
    const users = asObject(setting.usersAndGroups);
    const targets = Array.isArray(users.targets) ? (users.targets as readonly Json[]) : [];
    const named = targets.some((each) => {
      const target = asObject(each).target;
      return target === 'AllUsers' || (userId !== undefined && target === userId);
    });
    return users.accessType === 'blocked' ? !named : named || targets.length === 0;
  }

  /** Automatic redemption towards the partner; never inherited. */
  automaticConsent(tenantId: string, direction: 'inboundAllowed' | 'outboundAllowed'): boolean {
    return asObject(this.partners.get(tenantId)?.automaticUserConsentSettings)[direction] === true;
  }
}

/** The value as an object; an empty one when it is none. */
export function asObject(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}
