import { listOption } from '../../odata/query.ts';
import type { Replica } from '../../state/replica.ts';
import type { Json, SandboxUser } from '../../types.ts';
import { context, isAdvanced, param, type Call, type Reply } from '../call.ts';
import { badRequest, notFound } from '../graph-fault.ts';
import { page } from '../pages.ts';
import { checkedSelect, renderUser } from './properties.ts';
import { searchUsers } from './search.ts';

/** GET /users. */
export function listUsers(call: Call): Reply {
  return list(call, false, 'users');
}

/** GET /directory/deletedItems/microsoft.graph.user. */
export function listDeletedUsers(call: Call): Reply {
  return list(call, true, 'directoryObjects/microsoft.graph.user');
}

/** GET /users/{id}. */
export function getUser(call: Call): Reply {
  const select = checkedSelect(listOption(call.query, '$select'), false);
  const user = readableUser(call, param(call, 0));
  const replica = call.tenant.users.reads;
  const body = withManager(call, user, renderUser(user, select), replica);
  return { body: { '@odata.context': context(call, 'users/$entity'), ...body } };
}

/** GET /directory/deletedItems/{id}, with or without cast. */
export function getDeletedUser(call: Call): Reply {
  const user = deletedUser(call, param(call, 0));
  const body = renderUser(user, checkedSelect(listOption(call.query, '$select'), false));
  return { body: { '@odata.context': context(call, 'directoryObjects/$entity'), '@odata.type': '#microsoft.graph.user', ...body } };
}

/** GET /users/{id}/manager: 404 when there is none. */
export function getManager(call: Call): Reply {
  const user = readableUser(call, param(call, 0));
  const manager = user.managerId === null ? undefined : call.tenant.users.reads.live(user.managerId);
  if (manager === undefined) throw notFound('manager');
  const body = renderUser(manager, checkedSelect(listOption(call.query, '$select'), false));
  return { body: { '@odata.context': context(call, 'directoryObjects/$entity'), '@odata.type': '#microsoft.graph.user', ...body } };
}

/** A live user that has replicated, by id or UPN; 404 otherwise. */
export function readableUser(call: Call, idOrName: string): SandboxUser {
  const replica = call.tenant.users.reads;
  const user = idOrName.includes('@')
    ? replica.withValue('userPrincipalName', idOrName).find((each) => each.deletedAt === null)
    : replica.live(idOrName.toLowerCase());
  if (user === undefined) throw notFound(idOrName);
  return user;
}

/** A soft-deleted user whose deletion has replicated; 404 otherwise. */
export function deletedUser(call: Call, id: string): SandboxUser {
  const user = call.tenant.users.reads.get(id.toLowerCase());
  if (user === undefined || user.deletedAt === null) throw notFound(id);
  return user;
}

function list(call: Call, deleted: boolean, contextName: string): Reply {
  const select = checkedSelect(listOption(call.query, '$select'), true);
  const replica = isAdvanced(call) ? call.tenant.users.advanced : call.tenant.users.reads;
  return page(call, contextName, {
    ids: () => searchUsers(call, deleted).map((user) => user.id),
    render: (id) => {
      const user = replica.get(id);
      if (user === undefined || (user.deletedAt !== null) !== deleted) return undefined;
      return withManager(call, user, renderUser(user, select), replica);
    },
  });
}

function withManager(call: Call, user: SandboxUser, body: Record<string, Json>, replica: Replica): Record<string, Json> {
  const expand = call.query.get('$expand');
  if (expand === undefined) return body;
  const match = /^manager(?:\(\$select=([\w,]+)\))?$/.exec(expand.replaceAll(' ', ''));
  if (match === null) throw badRequest(`Expanding '${expand}' is not supported.`);
  const manager = user.managerId === null ? undefined : replica.live(user.managerId);
  if (manager === undefined) return body;
  const select = checkedSelect(match[1]?.split(','), true);
  return { ...body, manager: { '@odata.type': '#microsoft.graph.user', ...renderUser(manager, select) } };
}
