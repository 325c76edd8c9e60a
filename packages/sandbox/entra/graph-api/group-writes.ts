import type { GroupProperties, GroupRecord } from '../state/group-table.ts';
import { newGroup } from '../state/new-group.ts';
import { softDeleteUser } from '../state/user-operations.ts';
import type { Json } from '../types.ts';
import { bodyObject, referencedIdIn } from './body.ts';
import { allowed, context, param, type Call, type Reply } from './call.ts';
import { badRequest, conflictOn, forbidden, type GraphFault, notFound } from './graph-fault.ts';
import { renderGroup } from './group-properties.ts';
import { checkPrivilege, writableUser } from './users/write.ts';

const mostReferences = 20;
const bind = 'members@odata.bind';
const nickname = /^[!-~]+$/;
const nicknameForbidden = /[@()\\[\]";:<>, .]/;

/** POST /groups: a static security group, or one of the other kinds that the body describes. */
export function createGroup(call: Call): Reply {
  const body = bodyObject(call);
  if (typeof body.uniqueName === 'string' && isTaken(call, body.uniqueName)) throw conflictOn('uniqueName', 'Group');
  return created(call, body, undefined);
}

/** PATCH /groups(uniqueName='{name}'): with Prefer: create-if-missing makes a group that is not there, and otherwise changes the one that is. */
export function upsertGroup(call: Call): Reply {
  const name = param(call, 0);
  const body = bodyObject(call);
  if (body.uniqueName !== undefined && body.uniqueName !== name) throw badRequest("The value of 'uniqueName' is not that of the key.");
  // The key is looked up in the directory itself: two requests never make two groups.
  const group = call.tenant.groups.liveGroups().find(({ uniqueName }) => uniqueName === name);
  if (group !== undefined) return changed(call, group, body);
  if (!/\bcreate-if-missing\b/i.test(call.headers.prefer ?? '')) throw notFound(name);
  if (isTaken(call, name)) throw conflictOn('uniqueName', 'Group');
  return created(call, body, name);
}

/** PATCH /groups/{id}: properties, or up to 20 further members, all or none. */
export function patchGroup(call: Call): Reply {
  const body = bodyObject(call);
  const group = body[bind] === undefined ? writableGroup(call) : linkableGroup(call);
  const onlyMembers = !allowed(call, 'Group.ReadWrite.All', 'Directory.ReadWrite.All');
  if (onlyMembers && Object.keys(body).some((name) => name !== bind)) throw forbidden();
  return changed(call, group, body);
}

/** DELETE /groups/{id}: into the recycle bin where the tenant keeps security groups there. */
export function deleteGroup(call: Call): Reply {
  const group = writableGroup(call);
  checkManageable(call, group);
  const { groups, settings, agenda } = call.tenant;
  const now = call.world.now();
  group.shownUntil = now + groups.drawLag();
  if (!settings.groups.softDelete || group.onPremisesSyncEnabled === true) {
    groups.purge(group);
    return { objectId: group.id };
  }
  groups.softDelete(group, now);
  agenda.add(now + settings.deletedItemsLifetime, () => {
    if (group.deletedAt === now) groups.purge(group);
  });
  return { objectId: group.id };
}

/** POST /groups/{id}/members/$ref. */
export function addMember(call: Call): Reply {
  const group = linkableGroup(call);
  const id = referencedIdIn(call, (call.body as Record<string, Json> | undefined)?.['@odata.id']);
  addMembers(call, group, [id]);
  return { objectId: group.id };
}

/** DELETE /groups/{id}/members/{member}/$ref: who is no member answers as a group that is not there. */
export function removeMember(call: Call): Reply {
  const group = writableGroup(call);
  checkManageable(call, group);
  const member = param(call, 1).toLowerCase();
  if (!group.members.has(member)) throw notFound(group.id);
  call.tenant.groups.changeMember(group, member, false);
  return { objectId: group.id };
}

/** DELETE /groups/{id}/members/{member}, without $ref: deletes the member itself, as Graph does. */
export function deleteMemberItself(call: Call): Reply {
  const group = writableGroup(call);
  if (!group.members.has(param(call, 1).toLowerCase())) throw notFound(group.id);
  const user = writableUser(call, param(call, 1));
  checkPrivilege(call, user);
  softDeleteUser(call.tenant, user);
  return { objectId: user.id };
}

/** POST /directory/deletedItems/{id}/restore of a group: members come back with it. */
export function restoreDeletedGroup(call: Call, group: GroupRecord): Reply {
  if (!allowed(call, 'Group.ReadWrite.All', 'Directory.ReadWrite.All')) throw forbidden();
  const { groups } = call.tenant;
  if (group.uniqueName !== null && groups.liveGroups().some(({ uniqueName }) => uniqueName === group.uniqueName))
    throw conflictOn('uniqueName', 'Group');
  groups.restore(group);
  group.visibleAt = call.world.now() + groups.drawLag();
  const body = { '@odata.context': context(call, 'directoryObjects/$entity'), '@odata.type': '#microsoft.graph.group' };
  return { status: 200, body: { ...body, ...renderGroup(group, undefined) }, objectId: group.id };
}

/** The group that a path names, as far as it can be seen already. */
function writableGroup(call: Call): GroupRecord {
  const id = param(call, 0).toLowerCase();
  const group = call.tenant.groups.live(id);
  if (group === undefined || call.tenant.groups.shown(id) === undefined) throw notFound(id);
  return group;
}

/** As {@link writableGroup}, for writes of links: a fresh group is refused in other words. */
function linkableGroup(call: Call): GroupRecord {
  const id = param(call, 0).toLowerCase();
  const group = call.tenant.groups.live(id);
  if (group !== undefined && call.tenant.groups.shown(id) === undefined) throw missingReference();
  return writableGroup(call);
}

const missingReference = (): GraphFault => badRequest("The source resource object or one of the objects being referenced don't exist.");

/** Whether a live group holds the name, or a deleted one where the tenant keeps names of those. */
function isTaken(call: Call, name: string): boolean {
  return [...call.tenant.groups.groups.values()].some(
    ({ uniqueName, deletedAt }) => uniqueName === name && (deletedAt === null || call.tenant.settings.groups.deletedKeepUniqueName),
  );
}

/** Refuses what no application may manage, each in Graph's words. */
function checkManageable(call: Call, group: GroupRecord): void {
  if (group.onPremisesSyncEnabled === true) {
    throw badRequest(
      'Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration.',
    );
  }
  if (group.mailEnabled && !group.groupTypes.includes('Unified'))
    throw badRequest('Cannot Update a mail-enabled security groups and or distribution list.');
  const roleManager = allowed(call, 'RoleManagement.ReadWrite.Directory');
  if (group.isManagementRestricted === true || (group.isAssignableToRole === true && !roleManager)) throw forbidden();
}

function checkMembersWritable(call: Call, group: GroupRecord): void {
  checkManageable(call, group);
  if (group.groupTypes.includes('DynamicMembership')) throw forbidden();
}

function created(call: Call, body: Record<string, Json>, key: string | undefined): Reply {
  const { groups } = call.tenant;
  const given = properties({ ...body, ...(key === undefined ? {} : { uniqueName: key }) }, undefined);
  const { displayName, mailNickname } = given;
  if (
    displayName === undefined ||
    mailNickname === undefined ||
    typeof body.mailEnabled !== 'boolean' ||
    typeof body.securityEnabled !== 'boolean'
  )
    throw badRequest('A value is required for displayName, mailEnabled, mailNickname and securityEnabled of resource Group.');
  const types = Array.isArray(body.groupTypes) ? (body.groupTypes as readonly string[]) : [];
  if (body.mailEnabled && !types.includes('Unified')) throw badRequest('Mail-enabled security groups cannot be made through Graph.');
  const group = newGroup(call.world.random.uuid(), {
    ...given,
    displayName,
    mailEnabled: body.mailEnabled,
    securityEnabled: body.securityEnabled,
    groupTypes: types,
    isAssignableToRole: body.isAssignableToRole === true ? true : null,
    createdByAppId: call.token.app.appId,
    visibleAt: call.world.now() + groups.drawLag(),
    members: new Set(checkedReferences(call, undefined, body[bind])),
  });
  groups.add(group);
  return {
    status: 201,
    body: { '@odata.context': context(call, 'groups/$entity'), ...renderGroup(group, undefined) },
    objectId: group.id,
  };
}

function changed(call: Call, group: GroupRecord, body: Record<string, Json>): Reply {
  const changes = properties(body, group);
  if (body[bind] !== undefined) {
    if (call.tenant.groups.shown(group.id) === undefined) throw missingReference();
    addMembers(call, group, referencesIn(call, body[bind]));
  } else checkManageable(call, group);
  if (Object.keys(changes).length > 0) call.tenant.groups.changeProperties(group, changes);
  return { objectId: group.id };
}

const writable = ['displayName', 'description', 'mailNickname', 'uniqueName'] as const;
/** What a group is made with and never changed in here. */
const fixed = new Set(['mailEnabled', 'securityEnabled', 'groupTypes', 'isAssignableToRole', bind]);

function properties(body: Record<string, Json>, group: GroupRecord | undefined): Partial<GroupProperties> {
  const unknown = Object.keys(body).find((name) => !fixed.has(name) && !(writable as readonly string[]).includes(name));
  if (unknown !== undefined) throw badRequest(`Property '${unknown}' cannot be set on resource 'Group'.`);
  const { displayName, mailNickname, uniqueName } = body;
  checkText('displayName', displayName, 256);
  checkText('mailNickname', mailNickname, 64);
  checkText('uniqueName', uniqueName, 128);
  if (typeof mailNickname === 'string' && (!nickname.test(mailNickname) || nicknameForbidden.test(mailNickname)))
    throw invalid('mailNickname');
  if (group !== undefined && uniqueName !== undefined && group.uniqueName !== null && group.uniqueName !== uniqueName)
    throw invalid('uniqueName');
  return Object.fromEntries(writable.filter((name) => body[name] !== undefined).map((name) => [name, body[name]]));
}

function checkText(name: string, value: Json | undefined, most: number): void {
  if (value === undefined) return;
  if (typeof value !== 'string' || value === '' || value.length > most) throw invalid(name);
}

const invalid = (name: string): GraphFault => badRequest(`Invalid value specified for property '${name}' of resource 'Group'.`);

function referencesIn(call: Call, value: Json | undefined): readonly string[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > mostReferences)
    throw badRequest(`Between 1 and ${mostReferences} members can be added in one request.`);
  return (value as readonly Json[]).map((each) => referencedIdIn(call, each));
}

/** Adds all of them or none. */
function addMembers(call: Call, group: GroupRecord, ids: readonly string[]): void {
  checkMembersWritable(call, group);
  checkReferences(call, group, ids);
  for (const id of ids) call.tenant.groups.changeMember(group, id, true);
}

function checkedReferences(call: Call, group: GroupRecord | undefined, value: Json | undefined): readonly string[] {
  if (value === undefined) return [];
  const ids = referencesIn(call, value);
  checkReferences(call, group, ids);
  return ids;
}

function checkReferences(call: Call, group: GroupRecord | undefined, ids: readonly string[]): void {
  if (new Set(ids).size !== ids.length) throw badRequest("Each reference of 'members' can only be present once as an add/remove change.");
  const { users, groups } = call.tenant;
  for (const id of ids) {
    const live = (users.reads.live(id) !== undefined && users.primary.live(id) !== undefined) || groups.shown(id) !== undefined;
    if (!live) throw missingReference();
  }
  if (group !== undefined && ids.some((id) => group.members.has(id)))
    throw badRequest("One or more added object references already exist for the following modified properties: 'members'.");
}
