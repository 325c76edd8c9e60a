import { directoryFailure } from '../../core/errors/directory-error.ts';
import type { EntraWrite } from '../../core/parity/parity.ts';
import type { EntraJobs } from '../../core/preflight/entra-jobs.ts';
import type {
  CallOptions,
  DeltaPage,
  DirectoryGroup,
  DirectoryUser,
  GroupChange,
  ResultPage,
  SourceDirectory,
  UserChange,
} from '../../ports/directory.ts';
import { type Cost, readCost } from '../quota/costs.ts';
import { getUsers, readMany, type PartRead } from './batch.ts';
import { groupsDelta, isGroup, isUser, usersDelta } from './delta.ts';
import { entraJobs } from './entra-jobs.ts';
import { entraWrites } from './entra-log.ts';
import { entity, idOf, incomplete, sortedOut, wholeUser } from './evidence.ts';
import { collection, type Json, text } from './json.ts';
import { allItems, leadsOn } from './lists.ts';
import { literal, query, segment } from './odata.ts';
import { GraphTenant } from './tenant.ts';
import { directoryUser, selectList } from './user-mapping.ts';

const groupSelect = 'id,displayName,securityEnabled,visibility,mailNickname,description';
const personSelect = ['displayName', 'userPrincipalName', 'mail', 'accountEnabled', 'userType', 'creationType', 'externalUserState'];

/** Reads of a source tenant over Microsoft Graph; see {@link SourceDirectory}. */
export class GraphSource extends GraphTenant implements SourceDirectory {
  usersDelta(
    request: { readonly link: string } | { readonly select: readonly string[] },
    options: CallOptions,
  ): Promise<DeltaPage<UserChange>> {
    return usersDelta(this.client, request, options);
  }

  groupsDelta(
    request: { readonly link: string } | { readonly groupIds: readonly string[] },
    options: CallOptions,
  ): Promise<DeltaPage<GroupChange>> {
    return groupsDelta(this.client, request, options);
  }

  getUsers(ids: readonly string[], select: readonly string[], options: CallOptions): Promise<ReadonlyMap<string, DirectoryUser>> {
    return getUsers(this.client, ids, select, options);
  }

  async deletedUsersPage(link: string | undefined, options: CallOptions): Promise<ResultPage<string>> {
    const path = `/directory/deletedItems/microsoft.graph.user${query({ $select: 'id', $top: 999 })}`;
    const page = await this.#page(
      'deletedUsers.list',
      link === undefined ? { path } : { link },
      readCost('other', { select: true }),
      options,
    );
    const { usable, unusable } = sortedOut(page.items);
    return { items: usable.map(idOf), ...next(page), ...unusable };
  }

  async deletedAmong(ids: readonly string[], options: CallOptions): Promise<ReadonlySet<string>> {
    const read: PartRead<string> = {
      operation: 'deletedUsers.getMany',
      path: (id) => `/directory/deletedItems/${segment(id)}/microsoft.graph.user${query({ $select: 'id' })}`,
      cost: readCost('other', { select: true }),
      parse: (body, id) => idOf(entity(body, id)),
    };
    return new Set((await readMany(this.client, ids, read, options)).keys());
  }

  async findUserByPrincipalName(userPrincipalName: string, options: CallOptions): Promise<DirectoryUser | undefined> {
    const path = `/users${query({ $filter: `userPrincipalName eq ${literal(userPrincipalName)}`, $select: selectList(personSelect) })}`;
    const item = (await this.#list('users.findByName', path, readCost('users', { select: true }), options))[0];
    if (item === undefined) return undefined;
    if (text(item.userPrincipalName)?.toLowerCase() !== userPrincipalName.toLowerCase())
      throw incomplete('Graph sent a user of another name.');
    return directoryUser(wholeUser(item, personSelect), idOf(item), personSelect, false);
  }

  async findUsersByMail(mail: string, options: CallOptions): Promise<readonly string[]> {
    const path = `/users${query({ $filter: `mail eq ${literal(mail)}`, $select: 'id,mail' })}`;
    const items = await this.#list('users.findByName', path, readCost('users', { select: true }), options);
    return items.filter((item) => text(item.mail)?.toLowerCase() === mail.toLowerCase()).map(idOf);
  }

  async getGroup(id: string, options: CallOptions): Promise<DirectoryGroup | undefined> {
    const path = `/groups/${segment(id)}${query({ $select: groupSelect })}`;
    const item = await this.#object({ operation: 'groups.get', path, id }, options);
    return item === undefined ? undefined : group(item);
  }

  getGroups(ids: readonly string[], options: CallOptions): Promise<ReadonlyMap<string, DirectoryGroup>> {
    const read: PartRead<DirectoryGroup> = {
      operation: 'groups.getMany',
      path: (id) => `/groups/${segment(id)}${query({ $select: groupSelect })}`,
      cost: readCost('other', { select: true }),
      parse: (body, id) => group(entity(body, id)),
    };
    return readMany(this.client, ids, read, options);
  }

  /** The groups are read from the directory itself, without a cast, which would read an index that lags behind. */
  async groupsOf(userIds: readonly string[], options: CallOptions): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
    const cost = readCost('users', { select: true });
    const read: PartRead<{ readonly ids: Set<string>; readonly next?: string }> = {
      operation: 'users.groupsOfMany',
      path: (id) => `/users/${segment(id)}/transitiveMemberOf${query({ $select: 'id', $top: 999 })}`,
      cost,
      parse: (body) => {
        const { items, next: more } = collection(body);
        return { ids: new Set(sortedOut(items).usable.map(idOf)), ...(more === undefined ? {} : { next: more }) };
      },
    };
    const found = await readMany(this.client, userIds, read, options);
    for (const { ids, next: link } of found.values()) {
      if (link === undefined) continue;
      const call = { operation: 'users.groupsOf', kind: 'read', method: 'GET', target: { link }, cost } as const;
      for (const item of sortedOut(await allItems(this.client, call, options)).usable) ids.add(idOf(item));
    }
    return new Map(Array.from(found, ([id, { ids }]) => [id, ids]));
  }

  async findGroupsByName(displayName: string, options: CallOptions): Promise<readonly DirectoryGroup[]> {
    const path = `/groups${query({ $filter: `displayName eq ${literal(displayName)}`, $select: groupSelect })}`;
    const items = await this.#list('groups.find', path, readCost('other', { select: true }), options);
    const named = (item: Json): boolean => text(item.displayName)?.toLowerCase() === displayName.toLowerCase();
    if (!items.every(named)) throw incomplete('Graph sent a group of another name.');
    return items.map(group);
  }

  /**
   * Members are read from the directory itself and sorted out here: asking for users alone (a cast) would read an index that lags behind.
   */
  async groupMembers(
    request: { readonly link: string } | { readonly groupId: string; readonly nested: boolean },
    options: CallOptions,
  ): Promise<ResultPage<string>> {
    const nested = 'link' in request ? request.link.includes('/transitiveMembers') : request.nested;
    const relation = nested ? 'transitiveMembers' : 'members';
    const target =
      'link' in request
        ? { link: request.link }
        : { path: `/groups/${segment(request.groupId)}/${relation}${query({ $select: 'id', $top: 999 })}` };
    const page = await this.#page(`groups.${relation}`, target, readCost(relation, { select: true }), options);
    const { usable, unusable } = sortedOut(page.items.filter(isUser));
    return { items: usable.map(idOf), ...next(page), ...unusable };
  }

  async groupsInGroup(
    request: { readonly link: string } | { readonly groupId: string },
    options: CallOptions,
  ): Promise<ResultPage<string>> {
    const target =
      'link' in request
        ? { link: request.link }
        : { path: `/groups/${segment(request.groupId)}/members${query({ $select: 'id', $top: 999 })}` };
    const page = await this.#page('groups.members', target, readCost('members', { select: true }), options);
    const { usable, unusable } = sortedOut(page.items.filter(isGroup));
    return { items: usable.map(idOf), ...next(page), ...unusable };
  }

  async applicationAssignments(
    request: { readonly link: string } | { readonly servicePrincipalId: string },
    options: CallOptions,
  ): Promise<ResultPage<{ readonly principalId: string; readonly principalType: string }>> {
    const target =
      'link' in request
        ? { link: request.link }
        : { path: `/servicePrincipals/${segment(request.servicePrincipalId)}/appRoleAssignedTo${query({ $top: 999 })}` };
    const page = await this.#page('applications.assignments', target, readCost('other', {}), options);
    const assignments = page.items.map(assignment).filter(({ principalType }) => principalType === 'User' || principalType === 'Group');
    const { usable, unusable } = sortedOut(assignments.map(({ principalId, principalType }) => ({ id: principalId, principalType })));
    const items = usable.map((item) => ({ principalId: idOf(item), principalType: String(item.principalType) }));
    return { items, ...next(page), ...unusable };
  }

  entraJobs(options: CallOptions): Promise<EntraJobs> {
    return entraJobs(this.client, options);
  }

  entraWrites(jobId: string, options: CallOptions): Promise<ReadonlyMap<string, EntraWrite>> {
    return entraWrites(this.client, jobId, options);
  }

  async #page(operation: string, target: { readonly path: string } | { readonly link: string }, cost: Cost, options: CallOptions) {
    const page = collection((await this.client.send({ operation, kind: 'read', method: 'GET', target, cost }, options)).body);
    leadsOn(target, page.next);
    return page;
  }

  #list(operation: string, path: string, cost: Cost, options: CallOptions): Promise<readonly Json[]> {
    return allItems(this.client, { operation, kind: 'read', method: 'GET', target: { path }, cost }, options);
  }

  /** One object, or undefined when Graph says about its very id that it is not there. */
  async #object(
    { operation, path, id }: { readonly operation: string; readonly path: string; readonly id: string },
    options: CallOptions,
  ): Promise<Json | undefined> {
    const cost = readCost('other', { select: true });
    try {
      const answer = await this.client.send({ operation, kind: 'read', method: 'GET', target: { path }, cost, objectId: id }, options);
      return entity(answer.body, id);
    } catch (error) {
      if (directoryFailure(error, 'NotFound') !== undefined) return undefined;
      throw error;
    }
  }
}

function assignment(item: Json): { readonly principalId: string; readonly principalType: string } {
  const principalId = text(item.principalId);
  const principalType = text(item.principalType);
  if (principalId === undefined || principalType === undefined) throw incomplete('Graph sent an assignment of nobody.');
  return { principalId, principalType };
}

function next(page: { readonly next?: string }): { readonly next?: string } {
  return page.next === undefined ? {} : { next: page.next };
}

function group(item: Json): DirectoryGroup {
  return {
    id: idOf(item),
    displayName: text(item.displayName) ?? null,
    securityEnabled: typeof item.securityEnabled === 'boolean' ? item.securityEnabled : null,
    visibility: text(item.visibility) ?? null,
    mailNickname: text(item.mailNickname) ?? null,
    description: text(item.description) ?? null,
  };
}
