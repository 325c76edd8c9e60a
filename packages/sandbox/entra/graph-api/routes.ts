import data from '../data/permissions.json' with { type: 'json' };
import type { Call, Reply } from './call.ts';
import { groupsDelta } from './delta/groups-delta.ts';
import { usersDelta } from './delta/users-delta.ts';
import * as directory from './directory.ts';
import * as members from './group-members.ts';
import * as groupWrites from './group-writes.ts';
import * as groups from './groups.ts';
import { invite } from './invitations/invite.ts';
import * as policies from './policies.ts';
import { listSubscriptions } from './subscriptions.ts';
import * as jobs from './sync-jobs.ts';
import { purgeDeletedUser, restoreDeleted } from './users/deleted.ts';
import { patchUser } from './users/patch.ts';
import * as reading from './users/read.ts';
import * as writing from './users/write.ts';

/** A call that is simulated. */
export interface Route {
  /** Method and template, as in logs and faults. */
  readonly operation: string;
  readonly handle: (call: Call) => Reply;
  /** Any one of these application permissions will do. */
  readonly permissions: readonly string[];
  /** Resource units before $select, $expand and $top. */
  readonly units: number;
  readonly write: boolean;
}

type Handler = Route['handle'];

/** Handlers by operation. A template's `{id}` stands for one segment; casts and function brackets are written as normalised by {@link findRoute}. */
const handlers: Readonly<Record<string, Handler>> = {
  'GET /organization': directory.getOrganization,
  'GET /users': reading.listUsers,
  'GET /users/delta': usersDelta,
  'GET /users/{id}': reading.getUser,
  'PATCH /users/{id}': patchUser,
  'DELETE /users/{id}': writing.deleteUser,
  'GET /users/{id}/manager': reading.getManager,
  'PUT /users/{id}/manager/$ref': writing.putManager,
  'DELETE /users/{id}/manager/$ref': writing.deleteManager,
  'GET /users/{id}/transitiveMemberOf': members.listGroupsOf,
  'POST /users/{id}/revokeSignInSessions': writing.revokeSessions,
  'GET /groups': groups.listGroups,
  'GET /groups/delta': groupsDelta,
  'POST /groups': groupWrites.createGroup,
  'GET /groups/{id}': groups.getGroup,
  'PATCH /groups/{id}': groupWrites.patchGroup,
  'DELETE /groups/{id}': groupWrites.deleteGroup,
  'GET /groups/uniqueName/{id}': groups.getGroupByUniqueName,
  'PATCH /groups/uniqueName/{id}': groupWrites.upsertGroup,
  'POST /groups/{id}/members/$ref': groupWrites.addMember,
  'DELETE /groups/{id}/members/{id}': groupWrites.deleteMemberItself,
  'DELETE /groups/{id}/members/{id}/$ref': groupWrites.removeMember,
  'GET /groups/{id}/members': members.listMembers,
  'GET /groups/{id}/members/microsoft.graph.user': members.listUserMembers,
  'GET /groups/{id}/transitiveMembers': members.listTransitiveMembers,
  'GET /groups/{id}/transitiveMembers/microsoft.graph.user': members.listTransitiveUserMembers,
  'POST /invitations': invite,
  'GET /directory/deletedItems/microsoft.graph.user': reading.listDeletedUsers,
  'GET /directory/deletedItems/microsoft.graph.group': groups.listDeletedGroups,
  'GET /directory/deletedItems/{id}': reading.getDeletedUser,
  'GET /directory/deletedItems/{id}/microsoft.graph.group': groups.getDeletedGroup,
  'GET /directory/deletedItems/{id}/microsoft.graph.user': reading.getDeletedUser,
  'DELETE /directory/deletedItems/{id}': purgeDeletedUser,
  'POST /directory/deletedItems/{id}/restore': restoreDeleted,
  'POST /directoryObjects/getByIds': directory.getByIds,
  'GET /policies/authorizationPolicy': policies.getAuthorizationPolicy,
  'GET /policies/crossTenantAccessPolicy': policies.getAccessPolicy,
  'PATCH /policies/crossTenantAccessPolicy': policies.patchAccessPolicy,
  'GET /policies/crossTenantAccessPolicy/default': policies.getDefaultAccess,
  'PATCH /policies/crossTenantAccessPolicy/default': policies.patchDefaultAccess,
  'GET /policies/crossTenantAccessPolicy/partners': policies.listPartners,
  'POST /policies/crossTenantAccessPolicy/partners': policies.createPartner,
  'GET /policies/crossTenantAccessPolicy/partners/{id}': policies.getPartner,
  'PATCH /policies/crossTenantAccessPolicy/partners/{id}': policies.patchPartner,
  'DELETE /policies/crossTenantAccessPolicy/partners/{id}': policies.deletePartner,
  'GET /policies/crossTenantAccessPolicy/partners/{id}/identitySynchronization': policies.getUserSync,
  'PUT /policies/crossTenantAccessPolicy/partners/{id}/identitySynchronization': policies.putUserSync,
  'PATCH /policies/crossTenantAccessPolicy/partners/{id}/identitySynchronization': policies.patchUserSync,
  'DELETE /policies/crossTenantAccessPolicy/partners/{id}/identitySynchronization': policies.deleteUserSync,
  'GET /beta/policies/crossTenantAccessPolicy/partners/{id}/identitySynchronization': policies.getBetaSync,
  'PATCH /beta/policies/crossTenantAccessPolicy/partners/{id}/identitySynchronization': policies.patchBetaSync,
  'GET /servicePrincipals/{id}/appRoleAssignedTo': directory.listAssignments,
  'GET /servicePrincipals': jobs.listServicePrincipals,
  'GET /servicePrincipals/{id}/synchronization/jobs': jobs.listJobs,
  'GET /servicePrincipals/{id}/synchronization/jobs/{id}': jobs.getJob,
  'GET /servicePrincipals/{id}/synchronization/jobs/{id}/schema': jobs.getSchema,
  'POST /servicePrincipals/{id}/synchronization/jobs/{id}/start': jobs.start,
  'POST /servicePrincipals/{id}/synchronization/jobs/{id}/pause': jobs.pause,
  'GET /servicePrincipals/{id}/synchronization/secrets': jobs.listSecrets,
  'GET /auditLogs/provisioning': jobs.listProvisioningLog,
  'GET /subscribedSkus': listSubscriptions,
  'GET /contacts': directory.listContacts,
  'GET /contacts/{id}': directory.getContact,
  'GET /tenantRelationships/findTenantInformationByTenantId/{id}': directory.findTenantById,
  'GET /tenantRelationships/findTenantInformationByDomainName/{id}': directory.findTenantByDomain,
};

const baseUnits: Readonly<Record<string, number>> = {
  'GET /users': 2,
  'GET /groups/{id}/members': 3,
  'GET /groups/{id}/members/microsoft.graph.user': 3,
  'GET /groups/{id}/transitiveMembers': 5,
  'GET /groups/{id}/transitiveMembers/microsoft.graph.user': 5,
  'GET /users/{id}/transitiveMemberOf': 2,
  'POST /directoryObjects/getByIds': 5,
  'GET /subscribedSkus': 3,
};

interface Candidate {
  readonly literals: readonly (string | undefined)[];
  readonly route: Route;
}

const bySize = new Map<string, Candidate[]>();
for (const [operation, handle] of Object.entries(handlers)) {
  const space = operation.indexOf(' ');
  const method = operation.slice(0, space);
  const template = operation.slice(space + 1);
  const steps = template.slice(1).split('/');
  const write = method !== 'GET' && operation !== 'POST /directoryObjects/getByIds';
  const route: Route = { operation, handle, permissions: permissionsOf(method, template), units: baseUnits[operation] ?? 1, write };
  const key = `${method} ${steps.length}`;
  const literals = steps.map((step) => (step === '{id}' ? undefined : step.toLowerCase()));
  const sized = bySize.get(key) ?? [];
  bySize.set(key, sized);
  // Templates with fewer parameters are tried first: /users/delta before /users/{id}.
  sized.push({ literals, route });
  sized.sort((left, right) => count(left.literals) - count(right.literals));
}

function count(literals: readonly (string | undefined)[]): number {
  return literals.filter((each) => each === undefined).length;
}

function permissionsOf(method: string, template: string): readonly string[] {
  const key = template
    .replace(/^\/beta/, '')
    .replace(/\/(microsoft\.graph\.user|\$ref)$/, method === 'DELETE' && template.includes('/members/') ? '/$ref' : '')
    .replace(/\/\{id\}$/, template.startsWith('/tenantRelationships') ? '' : '/{id}')
    .toLowerCase();
  const methods = (data.permissions as Record<string, Record<string, readonly string[]>>)[key];
  const found = methods?.[method];
  if (found === undefined) throw new Error(`No permissions are listed for ${method} ${key}.`);
  return found;
}

/** The route of a path (without version and query) and the values of its parameters. */
export function findRoute(method: string, path: string): { route: Route; params: readonly string[] } | undefined {
  const steps = normalised(path);
  for (const { literals, route } of bySize.get(`${method} ${steps.length}`) ?? []) {
    if (!literals.every((literal, at) => literal === undefined || literal === steps[at]?.toLowerCase())) continue;
    return { route, params: steps.filter((_, at) => literals[at] === undefined) };
  }
  return undefined;
}

/** Decoded segments: without brackets of functions, short casts written out, function parameters as segments of their own. */
function normalised(path: string): string[] {
  const steps: string[] = [];
  for (const raw of path.split('/')) {
    if (raw === '') continue;
    const step = raw.includes('%') ? decodeURIComponent(raw) : raw;
    const key = /^(\w+)\((\w+)='([^']*)'\)$/.exec(step);
    if (key !== null && key[1]?.toLowerCase() === 'groups') {
      steps.push(...key.slice(1));
      continue;
    }
    const called = /^(?:microsoft\.graph\.|graph\.)?(\w+)\((?:\w+='([^']*)')?\)$/i.exec(step);
    if (called !== null) steps.push(...called.slice(1).filter((each) => typeof each === 'string'));
    else if (/^(microsoft\.graph|graph)\.(delta|restore)$/i.test(step)) steps.push(step.slice(step.lastIndexOf('.') + 1));
    else steps.push(/^graph\.user$/i.test(step) ? 'microsoft.graph.user' : step);
  }
  return steps;
}
