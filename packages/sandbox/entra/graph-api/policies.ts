import { listOption } from '../odata/query.ts';
import { asObject, partnerProperties } from '../state/policies.ts';
import { draw } from '../state/user-table.ts';
import type { Json, JsonObject } from '../types.ts';
import { bodyObject } from './body.ts';
import { context, param, type Call, type Reply } from './call.ts';
import { badRequest, GraphFault, notFound } from './graph-fault.ts';

const policyPath = 'policies/crossTenantAccessPolicy';
const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** GET /policies/authorizationPolicy. */
export function getAuthorizationPolicy(call: Call): Reply {
  const body: Record<string, Json> = {
    id: 'authorizationPolicy',
    displayName: 'Authorization Policy',
    description: 'Used to manage authorization related settings across the company.',
    allowInvitesFrom: call.tenant.policies.allowInvitesFrom,
    allowedToSignUpEmailBasedSubscriptions: true,
    allowedToUseSSPR: true,
    allowEmailVerifiedUsersToJoinOrganization: false,
    blockMsolPowerShell: false,
    guestUserRoleId: '10dae51f-b6af-4016-8d66-8c2a99b929b3',
  };
  return selected(call, 'policies/authorizationPolicy/$entity', body);
}

/** GET /policies/crossTenantAccessPolicy. */
export function getAccessPolicy(call: Call): Reply {
  const body = { displayName: 'CrossTenantAccessPolicy', allowedCloudEndpoints: call.tenant.policies.allowedCloudEndpoints };
  return selected(call, `${policyPath}/$entity`, body);
}

/** PATCH /policies/crossTenantAccessPolicy. */
export function patchAccessPolicy(call: Call): Reply {
  const { allowedCloudEndpoints: endpoints, ...rest } = bodyObject(call);
  if (Object.keys(rest).some((name) => name !== 'displayName')) throw badRequest('The policy has no such property.');
  if (endpoints === undefined) return {};
  const known = ['microsoftonline.com', 'microsoftonline.us', 'partner.microsoftonline.cn'];
  if (!Array.isArray(endpoints) || !(endpoints as readonly Json[]).every((each) => typeof each === 'string' && known.includes(each))) {
    throw badRequest("Invalid value specified for property 'allowedCloudEndpoints'.");
  }
  call.tenant.policies.allowedCloudEndpoints = [...(endpoints as readonly string[])];
  return {};
}

/** GET /policies/crossTenantAccessPolicy/default. */
export function getDefaultAccess(call: Call): Reply {
  return selected(call, `${policyPath}/default/$entity`, { ...call.tenant.policies.defaults });
}

/** PATCH /policies/crossTenantAccessPolicy/default; automatic redemption cannot be changed there. */
export function patchDefaultAccess(call: Call): Reply {
  const changes = bodyObject(call);
  for (const name of Object.keys(changes)) {
    if (call.tenant.policies.defaults[name] === undefined || name === 'automaticUserConsentSettings' || name === 'isServiceDefault') {
      throw badRequest(`Property '${name}' cannot be set in the default configuration.`);
    }
  }
  Object.assign(call.tenant.policies.defaults, changes, { isServiceDefault: false });
  return {};
}

/** GET /policies/crossTenantAccessPolicy/partners. */
export function listPartners(call: Call): Reply {
  const { partners, shown } = call.tenant.policies;
  const ids = [...new Set([...partners.keys(), ...shown.keys()])].filter((id) => partnerShown(call, id) !== undefined);
  const value = ids.map((tenantId) => partnerBody(call, tenantId));
  return { body: { '@odata.context': context(call, `${policyPath}/partners`), value } };
}

/** POST /policies/crossTenantAccessPolicy/partners: 409 for one that exists. */
export function createPartner(call: Call): Reply {
  const { tenantId, ...settings } = bodyObject(call);
  if (typeof tenantId !== 'string' || !guid.test(tenantId)) throw badRequest("Invalid value specified for property 'tenantId'.");
  const id = tenantId.toLowerCase();
  if (call.tenant.policies.partners.has(id)) throw exists();
  checkPartner(call, id, settings);
  written(call, id);
  call.tenant.policies.patchPartner(id, settings, 'reset');
  return {
    status: 201,
    body: { '@odata.context': context(call, `${policyPath}/partners/$entity`), ...call.tenant.policies.partner(id) },
    objectId: id,
  };
}

/** GET /policies/crossTenantAccessPolicy/partners/{id}: 404 means that the defaults apply. */
export function getPartner(call: Call): Reply {
  if (call.query.has('$expand')) checkModel(call);
  const id = existingPartner(call);
  return { body: { '@odata.context': context(call, `${policyPath}/partners/$entity`), ...partnerBody(call, id) } };
}

/** PATCH /policies/crossTenantAccessPolicy/partners/{id}. */
export function patchPartner(call: Call): Reply {
  const id = writablePartner(call);
  const settings = bodyObject(call);
  checkPartner(call, id, settings);
  written(call, id);
  call.tenant.policies.patchPartner(id, settings, call.tenant.settings.policies.leftOutMembers);
  return { objectId: id };
}

/** DELETE /policies/crossTenantAccessPolicy/partners/{id}: refused while its identity synchronization policy exists. */
export function deletePartner(call: Call): Reply {
  const id = writablePartner(call);
  if (call.tenant.policies.syncPolicies.has(id)) throw badRequest('Delete the identity synchronization policy of the partner first.');
  written(call, id);
  call.tenant.policies.removePartner(id);
  return { objectId: id };
}

/** GET .../identitySynchronization. */
export function getUserSync(call: Call): Reply {
  checkModel(call);
  const id = existingPartner(call);
  const body = userSyncBody(call, id);
  if (body === null) throw notFound(id);
  return {
    body: { '@odata.context': context(call, `${policyPath}/partners('${id}')/identitySynchronization/$entity`), ...asObject(body) },
  };
}

/** GET .../identitySynchronization of the beta: with groupSyncInbound, where the tenant has it. */
export function getBetaSync(call: Call): Reply {
  const { body } = getUserSync(call);
  const policy = call.tenant.policies.syncPolicies.get(existingPartner(call));
  const groups = call.tenant.settings.groups.syncPolicy
    ? { groupSyncInbound: policy?.isGroupSyncAllowed == null ? null : { isSyncAllowed: policy.isGroupSyncAllowed } }
    : {};
  return { body: { ...body, ...groups } };
}

/** PATCH .../identitySynchronization of the beta. */
export function patchBetaSync(call: Call): Reply {
  checkModel(call);
  const id = writablePartner(call);
  const policy = call.tenant.policies.syncPolicies.get(id);
  if (policy === undefined) throw missing();
  const { groupSyncInbound, ...rest } = bodyObject(call);
  const allowed = groupSyncInbound === undefined ? policy.isGroupSyncAllowed : asObject(groupSyncInbound).isSyncAllowed;
  if (Object.keys(rest).length > 0 || !(allowed == null || typeof allowed === 'boolean'))
    throw badRequest('The identity synchronization policy is not valid.');
  written(call, id);
  call.tenant.policies.syncPolicies.set(id, { ...policy, isGroupSyncAllowed: allowed ?? null });
  return { objectId: id };
}

/** PUT .../identitySynchronization: 409 for one that exists. */
export function putUserSync(call: Call): Reply {
  checkModel(call);
  const id = writablePartner(call);
  if (call.tenant.policies.syncPolicies.has(id)) throw exists();
  return changeUserSync(call, id);
}

/** PATCH .../identitySynchronization. */
export function patchUserSync(call: Call): Reply {
  checkModel(call);
  const id = writablePartner(call);
  if (!call.tenant.policies.syncPolicies.has(id)) throw missing();
  return changeUserSync(call, id);
}

/** DELETE .../identitySynchronization. */
export function deleteUserSync(call: Call): Reply {
  checkModel(call);
  const id = writablePartner(call);
  if (!call.tenant.policies.syncPolicies.has(id)) throw missing();
  written(call, id);
  call.tenant.policies.syncPolicies.delete(id);
  return { objectId: id };
}

function changeUserSync(call: Call, id: string): Reply {
  const { displayName, userSyncInbound, ...rest } = bodyObject(call);
  const before = call.tenant.policies.syncPolicies.get(id);
  const allowed = userSyncInbound === undefined ? before?.isSyncAllowed : asObject(userSyncInbound).isSyncAllowed;
  const valid = allowed === undefined || allowed === null || typeof allowed === 'boolean';
  if (!valid || Object.keys(rest).some((name) => name !== 'tenantId'))
    throw badRequest('The identity synchronization policy is not valid.');
  written(call, id);
  call.tenant.policies.syncPolicies.set(id, {
    ...before,
    displayName: typeof displayName === 'string' ? displayName : (before?.displayName ?? null),
    isSyncAllowed: allowed ?? null,
  });
  return { objectId: id };
}

function partnerBody(call: Call, id: string): Record<string, Json> {
  const select = listOption(call.query, '$select');
  const stored = partnerShown(call, id) ?? {};
  const body: Record<string, Json> = {};
  for (const [name, value] of Object.entries(stored)) {
    if (select === undefined || select.includes(name) || name === 'tenantId') body[name] = value;
  }
  const expand = call.query.get('$expand');
  if (expand === undefined) return body;
  checkModel(call);
  if (!/^identitySynchronization(\(.*\))?$/i.test(expand)) throw badRequest(`Expanding '${expand}' is not supported.`);
  return { ...body, identitySynchronization: userSyncBody(call, id) };
}

function userSyncBody(call: Call, id: string): Json {
  const { shown, syncPolicies } = call.tenant.policies;
  const late = shown.get(id);
  const policy = late === undefined ? syncPolicies.get(id) : late.sync;
  return policy === undefined
    ? null
    : { tenantId: id, displayName: policy.displayName, userSyncInbound: { isSyncAllowed: policy.isSyncAllowed } };
}

/** What reads show of a partner: what was written last, or for a while what was there before. */
function partnerShown(call: Call, id: string): JsonObject | undefined {
  const { shown, partners } = call.tenant.policies;
  const late = shown.get(id);
  return late === undefined ? partners.get(id) : late.partner;
}

/** What there is stays to be read until a write, which follows at once, has come everywhere. */
function written(call: Call, id: string): void {
  const { policies, settings, agenda } = call.tenant;
  const lag = draw(settings.replication.policies, call.world.random);
  if (lag <= 0) return;
  const before = policies.shown.get(id) ?? { partner: policies.partners.get(id), sync: policies.syncPolicies.get(id), writes: 0 };
  policies.shown.set(id, { ...before, writes: before.writes + 1 });
  agenda.add(call.world.now() + lag, () => {
    const late = policies.shown.get(id);
    if (late === undefined) return;
    late.writes -= 1;
    if (late.writes <= 0) policies.shown.delete(id);
  });
}

/** An application may set no isServiceProvider, whatever its value, and nothing may set isInMultiTenantOrganization. */
function checkPartner(call: Call, id: string, settings: Readonly<Record<string, Json>>): void {
  if ('isServiceProvider' in settings)
    throw new GraphFault(403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.');
  const member = call.tenant.policies.unknownMember(id, settings);
  if (member !== undefined) throw badRequest(`Invalid property '${member}'.`);
  const unknown = Object.keys(settings).find((name) => !partnerProperties.has(name) || name === 'isInMultiTenantOrganization');
  if (unknown !== undefined) throw badRequest(`Property '${unknown}' cannot be set on a partner configuration.`);
}

/** A deployment whose model has no identitySynchronization refuses whatever names it, before it looks for anything. */
function checkModel(call: Call): void {
  if (call.tenant.settings.policies.userSync === 'unknown')
    throw new GraphFault(400, 'BadRequest', "Resource not found for the segment 'identitySynchronization'.");
}

function existingPartner(call: Call): string {
  const id = param(call, 0).toLowerCase();
  if (partnerShown(call, id) === undefined) throw notFound(id);
  return id;
}

function writablePartner(call: Call): string {
  const id = param(call, 0).toLowerCase();
  if (!call.tenant.policies.partners.has(id)) throw missing();
  return id;
}

function exists(): GraphFault {
  const message = 'Another object with the same value for property tenantId already exists.';
  return new GraphFault(409, 'Request_MultipleObjectsWithSameKeyValue', message, {
    details: [{ code: 'ConflictingObjects', message, target: 'tenantId' }],
  });
}

function missing(): GraphFault {
  return new GraphFault(404, 'Directory_ObjectNotFound', 'Unable to read the company information from the directory.');
}

function selected(call: Call, contextName: string, body: Record<string, Json>): Reply {
  const select = listOption(call.query, '$select');
  const kept = select === undefined ? body : Object.fromEntries(Object.entries(body).filter(([name]) => select.includes(name)));
  return { body: { '@odata.context': context(call, contextName), ...kept } };
}
