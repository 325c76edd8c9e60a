import { directoryFailure } from '../../core/errors/directory-error.ts';
import type { CallOptions, ResultPage } from '../../ports/directory.ts';
import type {
  GroupChanges,
  GroupDirectory,
  GroupMember,
  GroupNames,
  MemberOutcome,
  MembersRequest,
  TargetGroup,
} from '../../ports/group-directory.ts';
import type { GraphCall } from '../http/call.ts';
import type { GraphClient } from '../http/client.ts';
import { readCost, writeCost } from '../quota/costs.ts';
import { sendBatch, worstOf } from './batch.ts';
import { isUser } from './delta.ts';
import { entity, guidOf, idOf, incomplete, sortedOut } from './evidence.ts';
import { collection, isJson, type Json, objectBody, text } from './json.ts';
import { allItems, leadsOn } from './lists.ts';
import { memberRemovalPath } from './member-paths.ts';
import { literal, query, segment } from './odata.ts';
import { carryOut, either, made, nothingMore, type Receipt, restored } from './receipts.ts';
import { directoryUser, selectList } from './user-mapping.ts';

/** Several of these are not in the default answer, and each decides whether a group may be written. */
const groupSelect =
  'id,displayName,mailNickname,uniqueName,mailEnabled,groupTypes,isAssignableToRole,isManagementRestricted,onPremisesSyncEnabled';
const mostReferences = 20;

/** Groups of a target tenant over Microsoft Graph; see {@link GroupDirectory}. */
export class GraphGroups implements GroupDirectory {
  readonly #client: GraphClient;

  constructor(client: GraphClient) {
    this.#client = client;
  }

  async groupSyncAllowed(partnerTenantId: string, options: CallOptions): Promise<boolean | null | undefined> {
    const path = `/policies/crossTenantAccessPolicy/partners/${segment(partnerTenantId)}/identitySynchronization`;
    try {
      const call = { operation: 'policies.groupSync', kind: 'policy', method: 'GET', target: { path }, version: 'beta' } as const;
      const policy = objectBody((await this.#client.send({ ...call, cost: readCost('other', {}) }, options)).body, false);
      if (text(policy.tenantId)?.toLowerCase() !== partnerTenantId.toLowerCase())
        throw incomplete('Graph answered with the access settings of another tenant than was asked for.');
      if (!('groupSyncInbound' in policy)) return undefined;
      return isJson(policy.groupSyncInbound) ? policy.groupSyncInbound.isSyncAllowed === true : null;
    } catch (error) {
      if (directoryFailure(error, 'NotFound') !== undefined) return null;
      if (directoryFailure(error, 'InvalidRequest') !== undefined) return undefined;
      throw error;
    }
  }

  getGroup(id: string, options: CallOptions): Promise<TargetGroup | undefined> {
    return this.#group({ operation: 'targetGroups.get', path: `/groups/${segment(id)}${query({ $select: groupSelect })}`, id }, options);
  }

  async findByUniqueName(uniqueName: string, options: CallOptions): Promise<TargetGroup | undefined> {
    const path = `${keyPath(uniqueName)}${query({ $select: groupSelect })}`;
    const found = await this.#group({ operation: 'targetGroups.find', path }, options);
    if (found !== undefined && found.uniqueName !== uniqueName) throw incomplete('Graph sent a group of another unique name.');
    return found;
  }

  findNamed(displayName: string, options: CallOptions): Promise<readonly TargetGroup[]> {
    return this.#list(`/groups${query({ $filter: `displayName eq ${literal(displayName)}`, $select: groupSelect })}`, options);
  }

  findNicknamed(mailNickname: string, options: CallOptions): Promise<readonly TargetGroup[]> {
    return this.#list(`/groups${query({ $filter: `mailNickname eq ${literal(mailNickname)}`, $select: groupSelect })}`, options);
  }

  findAnchored(prefix: string, options: CallOptions): Promise<readonly TargetGroup[]> {
    const $filter = `startsWith(uniqueName,${literal(prefix)})`;
    return this.#list(`/groups${query({ $filter, $select: groupSelect, $top: 999 })}`, options);
  }

  getDeletedGroup(id: string, options: CallOptions): Promise<TargetGroup | undefined> {
    const path = `/directory/deletedItems/${segment(id)}/microsoft.graph.group${query({ $select: groupSelect })}`;
    return this.#group({ operation: 'deletedGroups.get', path, id }, options);
  }

  async findDeleted(uniqueName: string, options: CallOptions): Promise<readonly TargetGroup[]> {
    const filter = query({ $filter: `uniqueName eq ${literal(uniqueName)}`, $select: groupSelect });
    try {
      const found = await this.#list(`/directory/deletedItems/microsoft.graph.group${filter}`, options);
      return found.filter((group) => group.uniqueName === uniqueName);
    } catch (error) {
      // A directory that cannot search its recycle bin tells by its refusal that a name is still held there.
      if (directoryFailure(error, 'InvalidRequest') !== undefined) return [];
      throw error;
    }
  }

  async membersPage(request: MembersRequest, options: CallOptions): Promise<ResultPage<GroupMember>> {
    const target =
      'link' in request
        ? { link: request.link }
        : { path: `/groups/${segment(request.groupId)}/members${query({ $select: selectList(request.select), $top: 999 })}` };
    const call = { operation: 'targetGroups.members', kind: 'read', method: 'GET', target } as const;
    const page = collection((await this.#client.send({ ...call, cost: readCost('members', { select: true }) }, options)).body);
    leadsOn(target, page.next);
    const { usable, unusable } = sortedOut(page.items);
    const items = usable.map((item) => memberOf(item, idOf(item)));
    return { items, ...(page.next === undefined ? {} : { next: page.next }), ...unusable };
  }

  async createGroup(uniqueName: string, names: GroupNames, options: CallOptions): Promise<string | undefined> {
    const body = { ...names, mailEnabled: false, securityEnabled: true, groupTypes: [] };
    const call = { operation: 'targetGroups.create', kind: 'group', method: 'PATCH', target: { path: keyPath(uniqueName) } } as const;
    const receipt = either(
      made((group) => guidOf(group.id) !== undefined),
      nothingMore,
    );
    const answer = await carryOut(this.#client, { ...call, prefer: 'create-if-missing', body }, receipt, options);
    return isJson(answer.body) ? guidOf(answer.body.id) : undefined;
  }

  async updateGroup(id: string, changes: GroupChanges, options: CallOptions): Promise<void> {
    await this.#write(
      { operation: 'targetGroups.patch', kind: 'group', method: 'PATCH', path: `/groups/${segment(id)}`, id, body: changes },
      nothingMore,
      options,
    );
  }

  async deleteGroup(id: string, options: CallOptions): Promise<void> {
    const call = { operation: 'targetGroups.delete', kind: 'group', method: 'DELETE', path: `/groups/${segment(id)}`, id } as const;
    await this.#write(call, nothingMore, options);
  }

  async restoreGroup(id: string, options: CallOptions): Promise<void> {
    const path = `/directory/deletedItems/${segment(id)}/restore`;
    await this.#write({ operation: 'deletedGroups.restore', kind: 'group', method: 'POST', path, id, body: {} }, restored(id), options);
  }

  async addMembers(id: string, memberIds: readonly string[], options: CallOptions): Promise<void> {
    if (memberIds.length === 0 || memberIds.length > mostReferences) throw new RangeError('1 to 20 members are added at a time');
    // The references name this cloud's own host: the ids mean nothing anywhere else.
    const references = memberIds.map((member) => `${this.#client.graphHost}/v1.0/directoryObjects/${segment(member)}`);
    const body = { 'members@odata.bind': references };
    await this.#write(
      { operation: 'targetGroups.addMembers', kind: 'members', method: 'PATCH', path: `/groups/${segment(id)}`, id, body },
      nothingMore,
      options,
    );
  }

  async removeMembers(id: string, memberIds: readonly string[], options: CallOptions): Promise<ReadonlyMap<string, MemberOutcome>> {
    const parts = memberIds.map((member) => ({
      method: 'DELETE' as const,
      kind: 'members' as const,
      path: memberRemovalPath(id, member),
      cost: writeCost,
      objectId: id,
      parse: () => 'Done' as const,
    }));
    const answers = await sendBatch<MemberOutcome>(this.#client, 'targetGroups.removeMembers', parts, options);
    const failure = worstOf(answers.filter((answer) => directoryFailure(answer, 'NotFound') === undefined));
    if (failure !== undefined) throw failure;
    return new Map(memberIds.map((member, at) => [member, isDone(answers[at]) ? 'Done' : 'NotThere']));
  }

  async #group(
    { operation, path, id }: { readonly operation: string; readonly path: string; readonly id?: string },
    options: CallOptions,
  ): Promise<TargetGroup | undefined> {
    const about = id === undefined ? {} : { objectId: id };
    const call = { operation, kind: 'read', method: 'GET', target: { path }, ...about } as const;
    try {
      const answer = await this.#client.send({ ...call, cost: readCost('other', { select: true }) }, options);
      return group(id === undefined ? objectBody(answer.body, false) : entity(answer.body, id));
    } catch (error) {
      if (directoryFailure(error, 'NotFound') !== undefined) return undefined;
      throw error;
    }
  }

  async #list(path: string, options: CallOptions): Promise<readonly TargetGroup[]> {
    const call = { operation: 'targetGroups.list', kind: 'read', method: 'GET', target: { path } } as const;
    return (await allItems(this.#client, { ...call, cost: readCost('other', { select: true }) }, options)).map(group);
  }

  async #write(
    write: Pick<GraphCall, 'operation' | 'kind' | 'method' | 'body'> & { readonly path: string; readonly id: string },
    receipt: Receipt,
    options: CallOptions,
  ): Promise<void> {
    const { path, id, ...call } = write;
    await carryOut(this.#client, { ...call, target: { path }, objectId: id }, receipt, options);
  }
}

/** Every user has a name: one who is shown without it may not be read, or nothing was asked for. */
function memberOf(item: Json, id: string): GroupMember {
  if (!isUser(item)) return { id, isUser: false };
  return { id, isUser: true, ...(text(item.userPrincipalName) === undefined ? {} : { user: directoryUser(item, id, undefined, false) }) };
}

const isDone = (answer: unknown): boolean => isJson(answer) && 'object' in answer;

const keyPath = (uniqueName: string): string => `/groups(uniqueName=${encodeURIComponent(literal(uniqueName))})`;

/** A group as a read tells it. One whose kind cannot be told is none that may be written, and makes the answer unusable. */
function group(item: Json): TargetGroup {
  const { mailEnabled, groupTypes } = item;
  if (typeof mailEnabled !== 'boolean' || !Array.isArray(groupTypes))
    throw incomplete('Graph sent a group without saying of which kind it is.');
  return {
    id: idOf(item),
    displayName: text(item.displayName) ?? null,
    mailNickname: text(item.mailNickname) ?? null,
    uniqueName: text(item.uniqueName) ?? null,
    mailEnabled: mailEnabled || (groupTypes as unknown[]).includes('Unified'),
    dynamic: (groupTypes as unknown[]).includes('DynamicMembership'),
    roleAssignable: item.isAssignableToRole === true,
    managementRestricted: item.isManagementRestricted === true,
    onPremises: item.onPremisesSyncEnabled === true,
  };
}
