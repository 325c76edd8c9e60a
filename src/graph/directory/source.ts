import { directoryFailure } from '../../core/errors/directory-error.ts';
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
import { getUsers } from './batch.ts';
import { groupsDelta, idOf, isUser, usersDelta } from './delta.ts';
import { collection, type Json, objectBody, text } from './json.ts';
import { allItems } from './lists.ts';
import { literal, query, segment } from './odata.ts';
import { GraphTenant } from './tenant.ts';
import { directoryUser, selectList } from './user-mapping.ts';

const groupSelect = 'id,displayName,securityEnabled,visibility';
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

  async findUserByPrincipalName(userPrincipalName: string, options: CallOptions): Promise<DirectoryUser | undefined> {
    const path = `/users${query({ $filter: `userPrincipalName eq ${literal(userPrincipalName)}`, $select: selectList(personSelect) })}`;
    const item = (await this.#list('users.findByName', path, readCost('users', { select: true }), options))[0];
    return item === undefined ? undefined : directoryUser(item, idOf(item), personSelect, false);
  }

  async isSoftDeleted(id: string, options: CallOptions): Promise<boolean> {
    const path = `/directory/deletedItems/${segment(id)}/microsoft.graph.user${query({ $select: 'id' })}`;
    return (await this.#object('deletedUsers.get', path, readCost('other', { select: true }), options)) !== undefined;
  }

  async getGroup(id: string, options: CallOptions): Promise<DirectoryGroup | undefined> {
    const path = `/groups/${segment(id)}${query({ $select: groupSelect })}`;
    const item = await this.#object('groups.get', path, readCost('other', { select: true }), options);
    return item === undefined ? undefined : group(item);
  }

  async findGroupsByName(displayName: string, options: CallOptions): Promise<readonly DirectoryGroup[]> {
    const path = `/groups${query({ $filter: `displayName eq ${literal(displayName)}`, $select: groupSelect })}`;
    return (await this.#list('groups.find', path, readCost('other', { select: true }), options)).map(group);
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
    return { items: page.items.filter(isUser).map(idOf), ...next(page) };
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
    const items = page.items.flatMap((item) => {
      const principalId = text(item.principalId);
      const principalType = text(item.principalType);
      const wanted = principalType === 'User' || principalType === 'Group';
      return principalId !== undefined && wanted ? [{ principalId, principalType }] : [];
    });
    return { items, ...next(page) };
  }

  async #page(operation: string, target: { readonly path: string } | { readonly link: string }, cost: Cost, options: CallOptions) {
    return collection((await this.client.send({ operation, kind: 'read', method: 'GET', target, cost }, options)).body);
  }

  #list(operation: string, path: string, cost: Cost, options: CallOptions): Promise<readonly Json[]> {
    return allItems(this.client, { operation, kind: 'read', method: 'GET', target: { path }, cost }, options);
  }

  /** One object, or undefined when it is not there. */
  async #object(operation: string, path: string, cost: Cost, options: CallOptions): Promise<Json | undefined> {
    try {
      return objectBody((await this.client.send({ operation, kind: 'read', method: 'GET', target: { path }, cost }, options)).body, false);
    } catch (error) {
      if (directoryFailure(error, 'NotFound') !== undefined) return undefined;
      throw error;
    }
  }
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
  };
}
