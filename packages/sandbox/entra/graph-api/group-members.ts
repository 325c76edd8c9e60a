import { listOption } from '../odata/query.ts';
import type { GroupRecord } from '../state/group-table.ts';
import type { TenantState } from '../state/tenant-state.ts';
import type { Json } from '../types.ts';
import { allowed, isAdvanced, param, type Call, type Reply } from './call.ts';
import { forbidden, notFound, unsupportedQuery } from './graph-fault.ts';
import { renderGroup } from './group-properties.ts';
import { page } from './pages.ts';
import { checkedSelect, renderUser } from './users/properties.ts';

const userReaders = ['User.Read.All', 'User.ReadBasic.All', 'User.ReadWrite.All', 'Directory.Read.All', 'Directory.ReadWrite.All'];

/** GET /groups/{id}/members: users and groups. */
export const listMembers = (call: Call): Reply => list(call, 'direct', false);
/** GET /groups/{id}/members/microsoft.graph.user: needs the advanced pair. */
export const listUserMembers = (call: Call): Reply => list(call, 'direct', true);
/** GET /groups/{id}/transitiveMembers. */
export const listTransitiveMembers = (call: Call): Reply => list(call, 'transitive', false);
/** GET /groups/{id}/transitiveMembers/microsoft.graph.user: needs the advanced pair. */
export const listTransitiveUserMembers = (call: Call): Reply => list(call, 'transitive', true);

/** GET /users/{id}/transitiveMemberOf: groups, without those that hide their members from the caller. */
export function listGroupsOf(call: Call): Reply {
  const user = call.tenant.users.primary.live(param(call, 0).toLowerCase());
  if (user === undefined) throw notFound(param(call, 0));
  const select = listOption(call.query, '$select');
  const visible = (id: string): GroupRecord | undefined => {
    const group = call.tenant.groups.live(id);
    return group !== undefined && !isHidden(call, group) ? group : undefined;
  };
  return page(call, 'directoryObjects', {
    ids: () => call.tenant.groups.transitiveGroupsOf(user.id).filter((id) => visible(id) !== undefined),
    render: (id) => {
      const group = visible(id);
      return group && { '@odata.type': '#microsoft.graph.group', ...renderGroup(group, select) };
    },
  });
}

/** Direct members that are live, or none where the membership is hidden from the caller. */
export function visibleMembers(call: Call, group: GroupRecord): readonly string[] {
  if (isHidden(call, group)) return [];
  return [...group.members].filter((id) => isLive(call.tenant, id));
}

/** The type name of a member. */
export function memberType(tenant: TenantState, id: string): string {
  return tenant.groups.groups.has(id) ? '#microsoft.graph.group' : '#microsoft.graph.user';
}

function list(call: Call, reach: 'direct' | 'transitive', usersOnly: boolean): Reply {
  const group = call.tenant.groups.shown(param(call, 0).toLowerCase());
  if (group === undefined) throw notFound(param(call, 0));
  if (usersOnly && !isAdvanced(call)) {
    throw unsupportedQuery('A cast on a collection of directory objects needs the ConsistencyLevel header eventual and $count=true.');
  }
  if (isHidden(call, group) && call.tenant.settings.hiddenMembership === 'forbidden') throw forbidden();
  const select = listOption(call.query, '$select');
  const readable = allowed(call, ...userReaders);
  return page(call, usersOnly ? 'users' : 'directoryObjects', {
    ids: () => {
      if (isHidden(call, group)) return [];
      const all = reach === 'direct' ? call.tenant.groups.shownMembers(group) : call.tenant.groups.transitiveMembers(group);
      return all.filter((id) => isLive(call.tenant, id) && !(usersOnly && call.tenant.groups.groups.has(id)));
    },
    render: (id) => render(call, id, select, readable),
  });
}

function render(call: Call, id: string, select: readonly string[] | undefined, readable: boolean): Record<string, Json> | undefined {
  const type = { '@odata.type': memberType(call.tenant, id) };
  const group = call.tenant.groups.live(id);
  if (group !== undefined) return { ...type, ...renderGroup(group, select) };
  const user = call.tenant.users.primary.live(id);
  if (user === undefined) return undefined;
  const names = checkedSelect(select, true);
  if (readable) return { ...type, ...renderUser(user, names) };
  return { ...type, ...Object.fromEntries(names.map((name) => [name, null])), id };
}

function isHidden(call: Call, group: GroupRecord): boolean {
  return group.visibility === 'HiddenMembership' && !allowed(call, 'Member.Read.Hidden');
}

function isLive(tenant: TenantState, id: string): boolean {
  return tenant.users.primary.live(id) !== undefined || tenant.groups.live(id) !== undefined;
}
