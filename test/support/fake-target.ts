import { DirectoryError, type DirectoryErrorKind, type DirectoryFailure } from '../../src/core/errors/directory-error.ts';
import type { CandidateQuery, DirectoryUser, Invitation, TargetDirectory, UserPatch } from '../../src/ports/directory.ts';

/** A refusal of the directory. */
export function refusal(kind: DirectoryErrorKind, more: Partial<DirectoryFailure> = {}): DirectoryError {
  return new DirectoryError({ kind, reason: 'GraphError', code: `Code${kind}`, message: `refused: ${kind}`, status: 400, ...more });
}

type Operation = keyof TargetDirectory;

/** A target of some accounts that keeps in order what was asked of it, and fails where a test says so. */
export class FakeTarget {
  readonly live = new Map<string, DirectoryUser>();
  readonly deleted = new Map<string, DirectoryUser>();
  /** What a search finds. */
  found: readonly DirectoryUser[] = [];
  foundDeleted: readonly DirectoryUser[] = [];
  /** The mail contact that holds whatever address is asked for. */
  contactId: string | undefined;
  /** The last searches. */
  readonly queries: CandidateQuery[] = [];
  readonly invitations: Invitation[] = [];
  /** Writes as they were asked for, those that failed included: `updateUser account jobTitle`. */
  readonly writes: string[] = [];
  readonly reads: string[] = [];
  /** What a search for one of these addresses finds beside that. */
  readonly foundBy = new Map<string, readonly DirectoryUser[]>();
  /** What the list of users shows, page by page; undefined: every live account on one page. */
  pages: readonly (readonly DirectoryUser[])[] | undefined;
  /** The last page of the list names the first one as the one that follows. */
  listIsEndless = false;
  userSyncInboundAllowed: boolean | null | undefined = true;
  /** When the budget has something left again; undefined: it has. */
  retryAt: number | undefined;
  /** Permits that were given and not released. */
  permits = 0;
  readonly needs: { readonly reads: number; readonly writes: number }[] = [];
  /** Called at each request, as what happens meanwhile. */
  during: (operation: Operation) => void = () => undefined;
  readonly #failures: { readonly operation: Operation; readonly error: Error; readonly tookEffect: boolean }[] = [];

  constructor(...accounts: readonly DirectoryUser[]) {
    for (const account of accounts) this.live.set(account.id, account);
  }

  /** The next request of that kind fails; with `tookEffect` its answer is what was lost. */
  fail(operation: Operation, error: Error, tookEffect = false): void {
    this.#failures.push({ operation, error, tookEffect });
  }

  #ask<R>(operation: Operation, effect: () => R): Promise<R> {
    return Promise.resolve().then(() => {
      this.during(operation);
      const index = this.#failures.findIndex((failure) => failure.operation === operation);
      const [failure] = index < 0 ? [] : this.#failures.splice(index, 1);
      if (!failure) return effect();
      if (failure.tookEffect) effect();
      throw failure.error;
    });
  }

  #read<R>(operation: Operation, what: string, answer: () => R): Promise<R> {
    this.reads.push(`${operation} ${what}`.trim());
    return this.#ask(operation, answer);
  }

  #write(operation: Operation, what: string, effect: () => void): Promise<void> {
    this.writes.push(`${operation} ${what}`);
    return this.#ask(operation, effect);
  }

  #account(id: string): DirectoryUser {
    const account = this.live.get(id);
    if (!account) throw refusal('NotFound');
    return account;
  }

  #page(index: number): { items: readonly DirectoryUser[]; next?: string } {
    const pages = this.pages ?? [[...this.live.values()]];
    const following = index + 1 < pages.length ? index + 1 : this.listIsEndless ? 0 : undefined;
    return { items: pages[index] ?? [], ...(following === undefined ? {} : { next: String(following) }) };
  }

  #change(id: string, patch: UserPatch): void {
    const account = this.#account(id);
    const { accountEnabled } = patch;
    this.live.set(id, {
      ...account,
      ...(typeof accountEnabled === 'boolean' ? { accountEnabled } : {}),
      attributes: { ...account.attributes, ...patch },
    });
  }

  readonly directory: TargetDirectory = {
    tenantId: 'spoke',
    quota: {
      reserve: (need) => {
        this.needs.push(need);
        if (this.retryAt !== undefined) return { retryAt: this.retryAt };
        this.permits += 1;
        return { release: () => void (this.permits -= 1) };
      },
      availableAt: () => this.retryAt ?? 0,
      inFlight: () => 8,
      pauses: () => [],
    },
    grantedPermissions: () => Promise.resolve([]),
    organization: () => Promise.resolve({ id: 'spoke', displayName: 'Spoke', verifiedDomains: [] }),
    partnerAccess: () => Promise.reject(refusal('NotFound')),
    syncAccess: () =>
      this.#read('syncAccess', '', () => ({
        userSyncInboundAllowed: this.userSyncInboundAllowed,
        automaticConsent: { inboundAllowed: true, outboundAllowed: true },
      })),
    allowedCloudEndpoints: () => Promise.resolve([]),
    invitationPolicy: () => Promise.resolve({ allowInvitesFrom: null }),
    subscriptions: () => Promise.resolve([]),
    findAccounts: (query) => {
      this.queries.push(query);
      return this.#read('findAccounts', '', () => ({
        live: query.addresses.flatMap((address) => this.foundBy.get(address) ?? []).concat(this.found),
        deleted: this.foundDeleted,
        ...(query.contactAddress === undefined || this.contactId === undefined ? {} : { contactId: this.contactId }),
      }));
    },
    usersPage: (link) => this.#read('usersPage', link ?? '', () => this.#page(Number(link ?? 0))),
    findContact: (address) => this.#read('findContact', address, () => this.contactId),
    getUser: (id) => this.#read('getUser', id, () => this.live.get(id)),
    getDeletedUser: (id) => this.#read('getDeletedUser', id, () => this.deleted.get(id)),
    invite: (invitation) => {
      this.writes.push(`invite ${invitation.emailAddress}`);
      this.invitations.push(invitation);
      return this.#ask('invite', () => {
        this.live.set('invited', {
          id: 'invited',
          userPrincipalName: 'invited#EXT#@spoke',
          userType: invitation.userType,
          creationType: 'Invitation',
          externalUserState: 'PendingAcceptance',
          identities: [],
          accountEnabled: true,
          managerId: null,
          attributes: {},
        });
        return { id: 'invited', userPrincipalName: 'invited#EXT#@spoke', redeemed: false };
      });
    },
    updateUser: (id, patch) => this.#write('updateUser', `${id} ${Object.keys(patch).join()}`, () => this.#change(id, patch)),
    setManager: (id, managerId) =>
      this.#write('setManager', `${id} ${managerId}`, () => void this.live.set(id, { ...this.#account(id), managerId })),
    clearManager: (id) => this.#write('clearManager', id, () => void this.live.set(id, { ...this.#account(id), managerId: null })),
    revokeSessions: (id) => this.#write('revokeSessions', id, () => void this.#account(id)),
    deleteUser: (id) =>
      this.#write('deleteUser', id, () => {
        this.deleted.set(id, this.#account(id));
        this.live.delete(id);
      }),
    restoreUser: (id, { reconcileProxies }) =>
      this.#write('restoreUser', reconcileProxies ? `${id} reconciling` : id, () => {
        const account = this.deleted.get(id);
        if (!account) throw refusal('NotFound');
        this.deleted.delete(id);
        this.live.set(id, account);
      }),
    purgeUser: (id) => this.#write('purgeUser', id, () => void this.deleted.delete(id)),
  };
}
