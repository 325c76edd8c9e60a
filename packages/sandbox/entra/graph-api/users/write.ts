import { changeHidden, changeManager, softDeleteUser } from '../../state/user-operations.ts';
import type { SandboxUser } from '../../types.ts';
import { referencedId } from '../body.ts';
import { context, param, type Call, type Reply } from '../call.ts';
import { badRequest, forbidden, notFound } from '../graph-fault.ts';
import { readableUser } from './read.ts';

/** The current state of a live user that has replicated; 404 for one that is not visible yet, or no longer there. */
export function writableUser(call: Call, idOrName: string): SandboxUser {
  const visible = readableUser(call, idOrName);
  const user = call.tenant.users.primary.live(visible.id);
  if (user === undefined) throw notFound(idOrName);
  return user;
}

/** Refuses sensitive actions on privileged users to apps without a directory role. */
export function checkPrivilege(call: Call, user: SandboxUser): void {
  if (user.privileged && call.token.app.directoryRoles.size === 0) throw forbidden();
}

/** DELETE /users/{id}. */
export function deleteUser(call: Call): Reply {
  const user = writableUser(call, param(call, 0));
  checkPrivilege(call, user);
  softDeleteUser(call.tenant, user);
  return { objectId: user.id };
}

/** PUT /users/{id}/manager/$ref. */
export function putManager(call: Call): Reply {
  const user = writableUser(call, param(call, 0));
  const managerId = referencedId(call);
  if (call.tenant.users.reads.live(managerId) === undefined || call.tenant.users.primary.live(managerId) === undefined) {
    throw badRequest(`Not a valid reference update: resource '${managerId}' does not exist.`);
  }
  if (managerId === user.id) throw badRequest("Invalid value specified for property 'manager' of resource 'User'.");
  changeManager(call.tenant, user, managerId);
  return { objectId: user.id };
}

/** DELETE /users/{id}/manager/$ref: 404 when there is none. */
export function deleteManager(call: Call): Reply {
  const user = writableUser(call, param(call, 0));
  if (user.managerId === null) throw notFound('manager');
  changeManager(call.tenant, user, null);
  return { objectId: user.id };
}

/** POST /users/{id}/revokeSignInSessions. */
export function revokeSessions(call: Call): Reply {
  const user = writableUser(call, param(call, 0));
  changeHidden(call.tenant, user, { sessionsRevoked: user.sessionsRevoked + 1 });
  return { status: 200, body: { '@odata.context': context(call, 'Edm.Boolean'), value: true }, objectId: user.id };
}
