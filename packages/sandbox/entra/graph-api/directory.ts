import { matches } from '../odata/filter-match.ts';
import { parseFilter } from '../odata/filter-syntax.ts';
import { listOption } from '../odata/query.ts';
import type { Contact } from '../state/tenant-state.ts';
import type { Json } from '../types.ts';
import { bodyObject } from './body.ts';
import { context, param, type Call, type Reply } from './call.ts';
import { badRequest, GraphFault, notFound } from './graph-fault.ts';
import { renderGroup } from './group-properties.ts';
import { page } from './pages.ts';
import { checkedSelect, renderUser, timestamp } from './users/properties.ts';

/** GET /organization. */
export function getOrganization(call: Call): Reply {
  const { tenant } = call;
  const body: Record<string, Json> = {
    id: tenant.id,
    displayName: tenant.displayName,
    tenantType: 'AAD',
    onPremisesSyncEnabled: null,
    verifiedDomains: tenant.domains.map(({ name, isDefault, isInitial }) => ({
      name,
      isDefault,
      isInitial,
      capabilities: 'Email, OfficeCommunicationsOnline',
      type: 'Managed',
    })),
  };
  return { body: { '@odata.context': context(call, 'organization'), value: [pick(body, listOption(call.query, '$select'))] } };
}

/** GET /contacts: $filter on mail and proxyAddresses. */
export function listContacts(call: Call): Reply {
  const text = call.query.get('$filter');
  const filter = text === undefined ? undefined : parseFilter(text);
  const select = listOption(call.query, '$select');
  const { contacts } = call.tenant;
  return page(call, 'contacts', {
    ids: () => [...contacts.values()].filter((each) => filter === undefined || matches(filter, contactBody(each))).map((each) => each.id),
    render: (id) => {
      const contact = contacts.get(id);
      return contact === undefined ? undefined : pick(contactBody(contact), select);
    },
  });
}

/** GET /contacts/{id}. */
export function getContact(call: Call): Reply {
  const contact = call.tenant.contacts.get(param(call, 0).toLowerCase());
  if (contact === undefined) throw notFound(param(call, 0));
  return {
    body: { '@odata.context': context(call, 'contacts/$entity'), ...pick(contactBody(contact), listOption(call.query, '$select')) },
  };
}

/** GET /servicePrincipals/{id}/appRoleAssignedTo. */
export function listAssignments(call: Call): Reply {
  const id = param(call, 0).toLowerCase();
  const { tenant } = call;
  const principal = tenant.servicePrincipals.get(id);
  if (principal === undefined) throw notFound(id);
  return page(call, `servicePrincipals('${id}')/appRoleAssignedTo`, {
    ids: () => [...principal.assignments.keys()],
    render: (principalId) => {
      const assignment = principal.assignments.get(principalId);
      const group = tenant.groups.live(principalId);
      const user = tenant.users.primary.live(principalId);
      if (assignment === undefined || (group === undefined && user === undefined)) return undefined;
      return {
        id: assignment.id,
        deletedDateTime: null,
        appRoleId: '00000000-0000-0000-0000-000000000000',
        createdDateTime: timestamp(assignment.createdAt),
        principalDisplayName: group?.displayName ?? user?.properties.displayName ?? null,
        principalId,
        principalType: group === undefined ? 'User' : 'Group',
        resourceDisplayName: principal.displayName,
        resourceId: id,
      };
    },
  });
}

/** GET /tenantRelationships/findTenantInformationByTenantId(tenantId='{id}'): global cloud only, and within it. */
export function findTenantById(call: Call): Reply {
  return tenantInformation(call, (tenant) => tenant.id === param(call, 0).toLowerCase());
}

/** GET /tenantRelationships/findTenantInformationByDomainName(domainName='{d}'). */
export function findTenantByDomain(call: Call): Reply {
  return tenantInformation(call, (tenant) => tenant.hasDomain(param(call, 0)));
}

/** POST /directoryObjects/getByIds: users and groups; ids that are not there are left out. */
export function getByIds(call: Call): Reply {
  const { ids, types } = bodyObject(call);
  if (!Array.isArray(ids) || ids.length > 1000) throw badRequest("Invalid value specified for parameter 'ids'.");
  const wanted = Array.isArray(types) ? (types as readonly Json[]) : ['user', 'group'];
  const select = listOption(call.query, '$select');
  const value: Json[] = [];
  for (const id of ids as readonly Json[]) {
    if (typeof id !== 'string') throw badRequest("Invalid value specified for parameter 'ids'.");
    const user = call.tenant.users.reads.live(id.toLowerCase());
    const group = call.tenant.groups.live(id.toLowerCase());
    if (user !== undefined && wanted.includes('user')) {
      value.push({ '@odata.type': '#microsoft.graph.user', ...renderUser(user, checkedSelect(select, true)) });
    } else if (group !== undefined && wanted.includes('group')) {
      value.push({ '@odata.type': '#microsoft.graph.group', ...renderGroup(group, select) });
    }
  }
  return { status: 200, body: { '@odata.context': context(call, 'directoryObjects'), value } };
}

function tenantInformation(call: Call, isIt: (tenant: Call['tenant']) => boolean): Reply {
  if (['USGov', 'USGovDoD', 'China'].includes(call.tenant.cloud.name)) {
    throw new GraphFault(400, 'BadRequest', 'This tenant lookup is not available in this cloud.');
  }
  const found = [...call.world.tenants.values()].find((tenant) => isIt(tenant) && tenant.cloud.name === call.tenant.cloud.name);
  if (found === undefined) throw notFound(param(call, 0));
  return {
    body: {
      '@odata.context': context(call, 'microsoft.graph.tenantInformation'),
      tenantId: found.id,
      federationBrandName: null,
      displayName: found.displayName,
      defaultDomainName: found.defaultDomain,
    },
  };
}

function contactBody(contact: Contact): Record<string, Json> {
  return {
    id: contact.id,
    displayName: contact.displayName,
    mail: contact.mail,
    proxyAddresses: [`SMTP:${contact.mail}`],
    onPremisesSyncEnabled: contact.onPremisesSyncEnabled ? true : null,
  };
}

function pick(body: Record<string, Json>, select: readonly string[] | undefined): Record<string, Json> {
  if (select === undefined) return body;
  return Object.fromEntries(Object.entries(body).filter(([name]) => name === 'id' || select.includes(name)));
}
