import { addressOwner } from '../../state/address-owner.ts';
import { strings } from '../../state/replica.ts';
import { formerPrincipalName, purgeUser, restoreUser } from '../../state/user-operations.ts';
import type { Json, SandboxUser } from '../../types.ts';
import { bodyObject } from '../body.ts';
import { allowed, context, param, type Call, type Reply } from '../call.ts';
import { badRequest, conflictOn, forbidden, notFound } from '../graph-fault.ts';
import { restoreDeletedGroup } from '../group-writes.ts';
import { defaultUserSelect, renderUser } from './properties.ts';
import { deletedUser } from './read.ts';
import { checkPrivilege } from './write.ts';

const emailPrefix = /^smtp:/i;

/** POST /directory/deletedItems/{id}/restore, of a user with autoReconcileProxyConflict and newUserPrincipalName. */
export function restoreDeleted(call: Call): Reply {
  const group = call.tenant.groups.groups.get(param(call, 0).toLowerCase());
  if (group !== undefined && group.deletedAt !== null) return restoreDeletedGroup(call, group);
  if (!allowed(call, 'User.DeleteRestore.All', 'User.ReadWrite.All')) throw forbidden();
  const { autoReconcileProxyConflict, newUserPrincipalName } = options(call);
  const user = current(call);
  checkPrivilege(call, user);
  const changes: Record<string, Json> = {};
  if (newUserPrincipalName !== undefined) changes.userPrincipalName = newUserPrincipalName;
  const name = newUserPrincipalName ?? formerPrincipalName(user);
  const holder = call.tenant.users.primary.withValue('userPrincipalName', name).find((each) => each.id !== user.id);
  if (holder !== undefined) throw conflictOn('userPrincipalName', `User_${holder.id}`);
  const proxies = strings(user.properties.proxyAddresses);
  const taken = proxies.map((proxy) => addressOwner(call.tenant, proxy.replace(emailPrefix, ''), user.id));
  const owner = taken.find((each) => each !== undefined);
  if (owner !== undefined && !autoReconcileProxyConflict) throw conflictOn('proxyAddresses', owner);
  if (owner !== undefined) changes.proxyAddresses = proxies.filter((_, at) => taken[at] === undefined);
  const restored = restoreUser(call.tenant, user, changes);
  const body = { '@odata.context': context(call, 'directoryObjects/$entity'), '@odata.type': '#microsoft.graph.user' };
  return { status: 200, body: { ...body, ...renderUser(restored, defaultUserSelect) }, objectId: user.id };
}

/** DELETE /directory/deletedItems/{id}: no application may purge a group. */
export function purgeDeletedUser(call: Call): Reply {
  if (call.tenant.groups.groups.has(param(call, 0).toLowerCase())) throw forbidden();
  const user = current(call);
  checkPrivilege(call, user);
  purgeUser(call.tenant, user.id);
  return { objectId: user.id };
}

/** The user, soft-deleted both as seen and in truth. */
function current(call: Call): SandboxUser {
  const seen = deletedUser(call, param(call, 0));
  const user = call.tenant.users.primary.get(seen.id);
  if (user === undefined || user.deletedAt === null) throw notFound(seen.id);
  return user;
}

function options(call: Call): { autoReconcileProxyConflict: boolean; newUserPrincipalName: string | undefined } {
  if (call.body === undefined) return { autoReconcileProxyConflict: false, newUserPrincipalName: undefined };
  const body = bodyObject(call);
  const { autoReconcileProxyConflict: reconcile = false, newUserPrincipalName: name } = body;
  const unknown = Object.keys(body).find((each) => each !== 'autoReconcileProxyConflict' && each !== 'newUserPrincipalName');
  if (unknown !== undefined) throw badRequest(`Parameter '${unknown}' is not known to action 'restore'.`);
  if (typeof reconcile !== 'boolean') throw badRequest("Invalid value specified for parameter 'autoReconcileProxyConflict'.");
  if (name !== undefined && typeof name !== 'string') throw badRequest("Invalid value specified for parameter 'newUserPrincipalName'.");
  return { autoReconcileProxyConflict: reconcile, newUserPrincipalName: name };
}
