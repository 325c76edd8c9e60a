import { directoryFailure } from '../../core/errors/directory-error.ts';
import type {
  CallOptions,
  CandidateQuery,
  DirectoryUser,
  FoundAccounts,
  Invitation,
  ResultPage,
  TargetDirectory,
  UserPatch,
} from '../../ports/directory.ts';
import type { GraphCall } from '../http/call.ts';
import { readCost } from '../quota/costs.ts';
import { userQuery } from './batch.ts';
import { findCandidates, findContact } from './candidates.ts';
import { entity, guidOf, idOf, sortedOut, wholeUser } from './evidence.ts';
import { collection, isJson, type Json, objectBody, text } from './json.ts';
import { leadsOn } from './lists.ts';
import { query, segment } from './odata.ts';
import { carryOut, made, nothingMore, type Receipt, restored, sessionsEnded } from './receipts.ts';
import { GraphTenant } from './tenant.ts';
import { directoryUser, patchBody, selectList } from './user-mapping.ts';

/** Reads and writes of a target tenant over Microsoft Graph; see {@link TargetDirectory}. */
export class GraphTarget extends GraphTenant implements TargetDirectory {
  findAccounts(search: CandidateQuery, select: readonly string[], options: CallOptions): Promise<FoundAccounts> {
    return findCandidates(this.client, { ...search, select, initialDomain: () => this.initialDomain(options) }, options);
  }

  async usersPage(link: string | undefined, select: readonly string[], options: CallOptions): Promise<ResultPage<DirectoryUser>> {
    const target = link === undefined ? { path: `/users${query({ $select: selectList(select), $top: 999 })}` } : { link };
    const call = { operation: 'users.list', kind: 'read', method: 'GET', target, cost: readCost('users', { select: true }) } as const;
    const page = collection((await this.client.send(call, options)).body);
    leadsOn(target, page.next);
    const { usable, unusable } = sortedOut(page.items);
    const items = usable.map((item) => directoryUser(wholeUser(item, select), idOf(item), select, false));
    return { items, ...(page.next === undefined ? {} : { next: page.next }), ...unusable };
  }

  getUser(id: string, select: readonly string[], options: CallOptions): Promise<DirectoryUser | undefined> {
    const path = `/users/${segment(id)}${userQuery(select)}`;
    return this.#user(
      { operation: 'users.get', path, cost: readCost('users', { select: true, expand: true }), id, select, manager: true },
      options,
    );
  }

  getDeletedUser(id: string, select: readonly string[], options: CallOptions): Promise<DirectoryUser | undefined> {
    const path = `/directory/deletedItems/${segment(id)}/microsoft.graph.user${query({ $select: selectList(select) })}`;
    return this.#user(
      { operation: 'deletedUsers.get', path, cost: readCost('other', { select: true }), id, select, manager: false },
      options,
    );
  }

  findContact(address: string, options: CallOptions): Promise<string | undefined> {
    return findContact(this.client, address, options);
  }

  async invite(
    invitation: Invitation,
    options: CallOptions,
  ): Promise<{ readonly id: string; readonly userPrincipalName?: string; readonly redeemed: boolean }> {
    const body = {
      invitedUserEmailAddress: invitation.emailAddress,
      ...(invitation.displayName === undefined ? {} : { invitedUserDisplayName: invitation.displayName }),
      invitedUserType: invitation.userType,
      inviteRedirectUrl: invitation.redirectUrl,
      sendInvitationMessage: invitation.sendMessage,
    };
    const call = { operation: 'invitations.create', kind: 'invite', method: 'POST', target: { path: '/invitations' }, body } as const;
    // The account may exist although its id was lost: the caller has to search for it.
    const answer = await carryOut(
      this.client,
      call,
      made((content) => invitedId(content) !== undefined),
      options,
    );
    const content = objectBody(answer.body, true);
    const user = content.invitedUser as Json;
    const id = idOf(user);
    const userPrincipalName = text(user.userPrincipalName);
    return { id, ...(userPrincipalName === undefined ? {} : { userPrincipalName }), redeemed: content.status === 'Completed' };
  }

  async updateUser(id: string, patch: UserPatch, options: CallOptions): Promise<void> {
    const body = patchBody(patch);
    if (Object.keys(body).length === 0) return;
    await this.#write(
      { operation: 'users.patch', kind: 'update', method: 'PATCH', path: `/users/${segment(id)}`, id, body, sent: Object.keys(patch) },
      nothingMore,
      options,
    );
  }

  async setManager(id: string, managerId: string, options: CallOptions): Promise<void> {
    // The reference names this cloud's own host: the id means nothing anywhere else.
    const body = { '@odata.id': `${this.client.graphHost}/v1.0/users/${segment(managerId)}` };
    await this.#write(
      { operation: 'users.setManager', kind: 'manager', method: 'PUT', path: `/users/${segment(id)}/manager/$ref`, id, body },
      nothingMore,
      options,
    );
  }

  async clearManager(id: string, options: CallOptions): Promise<void> {
    const call = {
      operation: 'users.clearManager',
      kind: 'write',
      method: 'DELETE',
      path: `/users/${segment(id)}/manager/$ref`,
      id,
    } as const;
    try {
      await this.#write(call, nothingMore, options);
    } catch (error) {
      if (directoryFailure(error, 'NotFound') === undefined) throw error;
    }
  }

  async revokeSessions(id: string, options: CallOptions): Promise<void> {
    await this.#write(
      { operation: 'users.revokeSessions', kind: 'write', method: 'POST', path: `/users/${segment(id)}/revokeSignInSessions`, id },
      sessionsEnded,
      options,
    );
  }

  async deleteUser(id: string, options: CallOptions): Promise<void> {
    const call = { operation: 'users.delete', kind: 'write', method: 'DELETE', path: `/users/${segment(id)}`, id } as const;
    await this.#write(call, nothingMore, options);
  }

  async restoreUser(id: string, restore: { readonly reconcileProxies: boolean }, options: CallOptions): Promise<void> {
    const path = `/directory/deletedItems/${segment(id)}/restore`;
    // Documented for users, though missing from Graph's published metadata.
    const body = restore.reconcileProxies ? { autoReconcileProxyConflict: true } : {};
    await this.#write({ operation: 'deletedUsers.restore', kind: 'restore', method: 'POST', path, id, body }, restored(id), options);
  }

  async purgeUser(id: string, options: CallOptions): Promise<void> {
    await this.#write(
      { operation: 'deletedUsers.purge', kind: 'write', method: 'DELETE', path: `/directory/deletedItems/${segment(id)}`, id },
      nothingMore,
      options,
    );
  }

  async #user(
    read: Pick<GraphCall, 'operation' | 'cost'> & {
      readonly path: string;
      readonly id: string;
      readonly select: readonly string[];
      readonly manager: boolean;
    },
    options: CallOptions,
  ): Promise<DirectoryUser | undefined> {
    const { operation, cost, path, id, select, manager } = read;
    try {
      const answer = await this.client.send({ operation, kind: 'read', method: 'GET', target: { path }, cost, objectId: id }, options);
      return directoryUser(wholeUser(entity(answer.body, id), select), id, select, manager);
    } catch (error) {
      if (directoryFailure(error, 'NotFound') !== undefined) return undefined;
      throw error;
    }
  }

  async #write(
    write: Pick<GraphCall, 'operation' | 'kind' | 'method' | 'body' | 'sent'> & { readonly path: string; readonly id: string },
    receipt: Receipt,
    options: CallOptions,
  ): Promise<void> {
    const { path, id, ...call } = write;
    await carryOut(this.client, { ...call, target: { path }, objectId: id }, receipt, options);
  }
}

const invitedId = ({ invitedUser }: Json): string | undefined => (isJson(invitedUser) ? guidOf(invitedUser.id) : undefined);
