import { addressOwner } from '../../state/address-owner.ts';
import { strings } from '../../state/replica.ts';
import type { TenantState } from '../../state/tenant-state.ts';
import type { SandboxUser } from '../../types.ts';
import { allowed, type Call } from '../call.ts';
import { badRequest, conflictOn, GraphFault } from '../graph-fault.ts';

const addressForm = /^[A-Za-z0-9_](?:[A-Za-z0-9._'-]*[A-Za-z0-9_])?@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}$/;

/** Refuses addresses with forbidden characters. An apostrophe is allowed. */
export function checkAddress(address: string): void {
  if (!addressForm.test(address)) {
    throw new GraphFault(400, 'BadRequest', 'The invited user email address is invalid: it has characters that are not allowed.');
  }
}

/** Refuses what the tenant's authorization policy does not let applications do. */
export function checkInvitationPolicy(call: Call): void {
  const { allowInvitesFrom, invitationsBlocked } = call.tenant.policies;
  if (invitationsBlocked) {
    const message = 'Invitations are blocked for this directory due to suspicious activity. Please contact Microsoft support for help.';
    throw new GraphFault(403, 'Forbidden', message);
  }
  const restricted = allowInvitesFrom === 'adminsAndGuestInviters' && !allowed(call, 'User.Invite.All', 'Directory.ReadWrite.All');
  if (allowInvitesFrom === 'none' || restricted) {
    throw new GraphFault(
      403,
      'Forbidden',
      'Guest invitations not allowed for your company. Contact your company administrator for more details.',
    );
  }
}

/** Refuses domains that are verified in this tenant, or excluded by its lists. */
export function checkDomain(tenant: TenantState, address: string): void {
  const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase();
  if (tenant.hasDomain(domain)) {
    const message =
      domain === tenant.initialDomain
        ? 'The invited user is in the same tenant as the inviter.'
        : "This user cannot be invited because the domain of the user's email address is a verified domain of this directory.";
    throw new GraphFault(400, 'BadRequest', message);
  }
  const list = tenant.policies.invitationDomains;
  if (list === null) return;
  const listed = list.domains.some((each) => each.toLowerCase() === domain);
  if (listed !== (list.kind === 'allow')) {
    throw new GraphFault(400, 'BadRequest', `Invitations to the domain '${domain}' are not permitted by the policy of this directory.`);
  }
}

/** The tenant in which the domain of the address is verified. */
export function homeTenant(tenant: TenantState, address: string): TenantState | undefined {
  const domain = address.slice(address.lastIndexOf('@') + 1);
  for (const each of tenant.world.tenants.values()) if (each !== tenant && each.hasDomain(domain)) return each;
  return undefined;
}

/** Refuses what cross-tenant access settings of either side block; across clouds both sides must have opened up and named each other. */
export function checkCrossTenantAccess(tenant: TenantState, home: TenantState | undefined, address: string): void {
  if (home === undefined) return;
  const person = home.users.primary.withValue('userPrincipalName', address)[0]?.id;
  const crossCloud = home.cloud.endpoint !== tenant.cloud.endpoint;
  const opened = (one: TenantState, other: TenantState): boolean =>
    one.policies.allowedCloudEndpoints.includes(other.cloud.endpoint) && one.policies.partners.has(other.id);
  const allowedBoth =
    tenant.policies.collaborationAllowed(home.id, 'Inbound') && home.policies.collaborationAllowed(tenant.id, 'Outbound', person);
  if (!allowedBoth || (crossCloud && !(opened(tenant, home) && opened(home, tenant)))) {
    throw new GraphFault(
      403,
      'Forbidden',
      'This invitation is blocked by cross-tenant access settings. Admins in both your organization and the invited user’s organization must configure cross-tenant access settings to allow the invitation.',
    );
  }
}

/** The live external user that an earlier invitation of the address made, if any. */
export function earlierInvitee(tenant: TenantState, address: string): SandboxUser | undefined {
  const wanted = address.toLowerCase();
  return tenant.users.primary
    .withAddress(wanted)
    .find((user) => user.deletedAt === null && isExternal(user) && (user.invitedAddress === wanted || hasOtherMail(user, wanted)));
}

/** Refuses addresses that belong to a user of this tenant's own, naming it; 412 when that user is blocked. */
export function checkInternalUsers(tenant: TenantState, address: string): void {
  const named = tenant.users.primary.withValue('userPrincipalName', address);
  const internal = [...named, ...tenant.users.primary.withAddress(address)].find((user) => user.deletedAt === null && !isExternal(user));
  if (internal === undefined) return;
  const message = `The invited user already exists in the directory as object ID: ${internal.id}. They can use that account to sign in to shared apps and resources.`;
  if (internal.properties.accountEnabled === false) throw new GraphFault(412, 'PreconditionFailed', `${message} The account is blocked.`);
  throw new GraphFault(400, 'BadRequest', message);
}

/** Refuses addresses that are somebody's proxy address. A contact stands in the way of members only; for guests the result says that it is there. */
export function checkProxies(tenant: TenantState, address: string, userType: 'Member' | 'Guest'): { contact: boolean } {
  const owner = addressOwner(tenant, address, undefined);
  if (owner === undefined) return { contact: false };
  if (owner.startsWith('Contact_') && userType === 'Guest') return { contact: true };
  throw conflictOn('proxyAddresses', owner);
}

/** 400 for a property that invitations do not have. */
export function unknownProperty(name: string): GraphFault {
  return badRequest(`The property '${name}' does not exist on type 'microsoft.graph.invitation'.`);
}

function isExternal(user: SandboxUser): boolean {
  return user.invitedAddress !== undefined;
}

function hasOtherMail(user: SandboxUser, wanted: string): boolean {
  return strings(user.properties.otherMails).some((mail) => mail.toLowerCase() === wanted);
}
