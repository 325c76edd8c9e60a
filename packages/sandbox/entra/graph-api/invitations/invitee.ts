import { strings } from '../../state/replica.ts';
import { insertUser, withPrimary } from '../../state/user-operations.ts';
import { draw } from '../../state/user-table.ts';
import type { TenantState } from '../../state/tenant-state.ts';
import type { Json, SandboxUser } from '../../types.ts';
import { timestamp } from '../users/properties.ts';

/** An external user to be made. */
export interface Invitee {
  readonly id?: string;
  readonly address: string;
  readonly displayName: string | undefined;
  readonly userType: 'Member' | 'Guest';
  readonly accepted: boolean;
  readonly privileged?: boolean;
  /** False: the address is held elsewhere; the user gets neither mail nor proxy address. */
  readonly mailEnabled: boolean;
  readonly properties?: Readonly<Record<string, Json>>;
}

/** The name of an external user: user@contoso.com becomes user_contoso.com#EXT#@<initial domain>; a number is added where it is taken. */
function externalName(tenant: TenantState, address: string): string {
  const at = address.lastIndexOf('@');
  const local = `${address.slice(0, at)}_${address.slice(at + 1)}`;
  for (let number = 0; ; number += 1) {
    const name = `${local}${number === 0 ? '' : String(number)}#EXT#@${tenant.initialDomain}`;
    if (!tenant.users.primary.withValue('userPrincipalName', name).some((user) => user.deletedAt === null)) return name;
  }
}

/** Stores an external user as the invitation manager makes it. Guests get their proxy address after the Exchange lag; members get none. */
export function insertInvitee(tenant: TenantState, invitee: Invitee): SandboxUser {
  const { address } = invitee;
  const name = externalName(tenant, address);
  const now = timestamp(tenant.world.now());
  const proxied = invitee.mailEnabled && invitee.userType === 'Guest';
  const lag = draw(tenant.settings.replication.exchange, tenant.world.random);
  const user = insertUser(tenant, {
    id: invitee.id ?? tenant.world.random.uuid(),
    managerId: null,
    privileged: invitee.privileged ?? false,
    invitedAddress: address.toLowerCase(),
    properties: {
      accountEnabled: true,
      createdDateTime: now,
      creationType: 'Invitation',
      displayName: invitee.displayName ?? address.slice(0, address.lastIndexOf('@')),
      externalUserState: invitee.accepted ? 'Accepted' : 'PendingAcceptance',
      externalUserStateChangeDateTime: now,
      identities: identitiesOf(tenant, name, invitee.accepted),
      ...(invitee.mailEnabled ? { mail: address } : {}),
      mailNickname: name.slice(0, name.indexOf('@')),
      otherMails: [address],
      proxyAddresses: proxied && lag === 0 ? [`SMTP:${address}`] : [],
      showInAddressList: false,
      userPrincipalName: name,
      userType: invitee.userType,
      ...invitee.properties,
    },
  });
  if (proxied && lag > 0) tenant.agenda.add(tenant.world.now() + lag, () => addProxy(tenant, user.id, address));
  return user;
}

/** Identities of an external user, before and after redemption. */
export function identitiesOf(tenant: TenantState, name: string, accepted: boolean): Json {
  const own = { signInType: 'userPrincipalName', issuer: tenant.initialDomain, issuerAssignedId: name };
  return accepted ? [{ signInType: 'federated', issuer: 'ExternalAzureAD', issuerAssignedId: null }, own] : [own];
}

function addProxy(tenant: TenantState, id: string, address: string): void {
  const user = tenant.users.primary.live(id);
  if (user === undefined || tenant.contactWithAddress(address) !== undefined) return;
  const proxyAddresses = withPrimary(strings(user.properties.proxyAddresses), address);
  const properties = { ...user.properties, proxyAddresses };
  tenant.users.write({ ...user, properties, version: tenant.users.nextVersion() }, new Set(['proxyAddresses']));
}
