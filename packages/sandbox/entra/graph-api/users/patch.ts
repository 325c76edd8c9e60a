import { addressOwner } from '../../state/address-owner.ts';
import { strings } from '../../state/replica.ts';
import { changeProperties } from '../../state/user-operations.ts';
import type { Json, SandboxUser } from '../../types.ts';
import { allowed, param, type Call, type Reply } from '../call.ts';
import { bodyObject } from '../body.ts';
import { badRequest, conflictOn, forbidden } from '../graph-fault.ts';
import { checkProperty } from './patch-rules.ts';
import { writableUser } from './write.ts';

const broad = ['User.ReadWrite.All', 'Directory.ReadWrite.All'];

/** Permissions, besides the broad ones, that let a property be written. */
const narrow: Readonly<Record<string, readonly string[]>> = {
  accountEnabled: ['User.EnableDisableAccount.All'],
  businessPhones: ['User-Phone.ReadWrite.All'],
  mobilePhone: ['User-Phone.ReadWrite.All'],
  otherMails: ['User-Mail.ReadWrite.All'],
  identities: ['User.ManageIdentities.All'],
  passwordProfile: ['User-PasswordProfile.ReadWrite.All'],
};

/** Properties that may still be written on objects mastered on-premises. */
const cloudMastered = new Set(['usageLocation', 'userType', 'showInAddressList', 'preferredDataLocation', 'otherMails', 'mobilePhone']);

/** PATCH /users/{id}: all of it or nothing. */
export function patchUser(call: Call): Reply {
  const changes = bodyObject(call);
  const user = writableUser(call, param(call, 0));
  let sensitive = false;
  for (const [name, value] of Object.entries(changes)) {
    const property = checkProperty(call.tenant, name, value);
    if (property.write === 'delegated' || !mayWrite(call, name)) throw forbidden();
    sensitive ||= property.sensitive === true;
  }
  if (sensitive && user.privileged && call.token.app.directoryRoles.size === 0) throw forbidden();
  checkMastering(user, changes);
  checkUniqueness(call, user, changes);
  changeProperties(call.tenant, user, normalised(changes));
  return { objectId: user.id };
}

function mayWrite(call: Call, name: string): boolean {
  const own = narrow[name];
  if (name === 'identities') return allowed(call, ...(own ?? []));
  if (name === 'accountEnabled' && call.tenant.settings.accountEnabledNeedsOwnPermission) return allowed(call, ...(own ?? []));
  if (allowed(call, ...broad)) return true;
  return own === undefined ? allowed(call, 'User.ReadUpdate.All') : allowed(call, ...own);
}

function checkMastering(user: SandboxUser, changes: Readonly<Record<string, Json>>): void {
  if (user.properties.onPremisesSyncEnabled !== true) return;
  const refused = Object.keys(changes).find((name) => !cloudMastered.has(name));
  if (refused !== undefined) {
    throw badRequest(
      `Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration. Property: ${refused}.`,
    );
  }
}

function checkUniqueness(call: Call, user: SandboxUser, changes: Readonly<Record<string, Json>>): void {
  const { mail, userPrincipalName } = changes;
  const proxies = strings(user.properties.proxyAddresses).map((proxy) => proxy.replace(/^smtp:/i, ''));
  for (const address of typeof mail === 'string' ? [mail, ...proxies] : proxies) {
    const owner = addressOwner(call.tenant, address, user.id);
    if (owner !== undefined) throw conflictOn('proxyAddresses', owner);
  }
  if (typeof userPrincipalName !== 'string') return;
  const holder = call.tenant.users.primary.withValue('userPrincipalName', userPrincipalName).find((each) => each.id !== user.id);
  if (holder !== undefined) throw conflictOn('userPrincipalName', `User_${holder.id}`);
  if (!call.tenant.hasDomain(userPrincipalName.slice(userPrincipalName.indexOf('@') + 1))) {
    throw badRequest(
      'The domain portion of the userPrincipalName property is invalid. You must use one of the verified domain names in your organization.',
    );
  }
}

/** employeeOrgData loses the part that is left out. */
function normalised(changes: Readonly<Record<string, Json>>): Readonly<Record<string, Json>> {
  const data = changes.employeeOrgData;
  if (typeof data !== 'object' || data === null) return changes;
  return { ...changes, employeeOrgData: { costCenter: null, division: null, ...(data as Record<string, Json>) } };
}
