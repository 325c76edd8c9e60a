import type { DirectoryUser, GroupChange, SourceDirectory, UserChange } from '../../../src/ports/directory.ts';
import { sourceUser } from '../../support/fake-source.ts';

type Operation = keyof SourceDirectory;

/** The people and groups of a source tenant: every change shows in a delta, and in direct reads unless a test says that those are behind. */
export class People {
  readonly users = new Map<string, DirectoryUser>();
  readonly groups = new Map<string, Set<string>>();
  /** Display names of groups; the others are called as their ids. */
  readonly groupNames = new Map<string, string>();
  /** Direct reads show these people as they were then; undefined: not at all. */
  readonly stale = new Map<string, DirectoryUser | undefined>();
  /** What was asked, in order: `getUsers u1,u2`. */
  readonly asked: string[] = [];
  /** Requests that always fail, as they stand in `asked`. */
  readonly refused = new Map<string, Error>();
  /** Groups that hide their members from the application. */
  readonly hidden = new Set<string>();
  /** People whom reads of their groups do not show, although other reads do. */
  readonly unlisted = new Set<string>();
  /** From which question on they are so, counted from 1. */
  readonly unlistedFrom = new Map<string, number>();
  /** The recycle bin, which is also where who is deleted goes. */
  readonly bin = new Set<string>();
  /** People whom the list of the recycle bin does not show, although a read of each does. */
  readonly unlistedInBin = new Set<string>();
  /** The list of the recycle bin names its first page as the one that follows. */
  binIsEndless = false;
  pageSize = 100;
  /** What the links of users end with. */
  linkEnd = '';
  readonly #changes: UserChange[] = [];
  readonly #groupChanges: GroupChange[] = [];
  readonly #failures: { readonly operation: Operation; readonly error: Error }[] = [];

  constructor(...ids: readonly string[]) {
    for (const id of ids) this.add(id);
  }

  add(id: string, attributes: DirectoryUser['attributes'] = {}): void {
    this.set({ ...sourceUser(id, { accountEnabled: true, ...attributes }), accountEnabled: attributes.accountEnabled !== false });
  }

  set(user: DirectoryUser): void {
    this.users.set(user.id, user);
    this.#changes.push({ type: 'Present', user, complete: true });
  }

  delete(id: string): void {
    this.users.delete(id);
    this.bin.add(id);
    this.announce({ type: 'SoftDeleted', id });
  }

  /** Takes somebody out of the recycle bin, for good. */
  purge(id: string): void {
    this.bin.delete(id);
  }

  /** A delta says so, whatever is true. */
  announce(change: UserChange): void {
    this.#changes.push(change);
  }

  join(group: string, ...ids: readonly string[]): void {
    const members = this.groups.get(group) ?? new Set<string>();
    this.groups.set(group, members);
    for (const id of ids) members.add(id);
    this.#groupChanges.push({ type: 'Present', id: group, added: ids, removed: [] });
  }

  quit(group: string, ...ids: readonly string[]): void {
    for (const id of ids) this.groups.get(group)?.delete(id);
    this.#groupChanges.push({ type: 'Present', id: group, added: [], removed: ids });
  }

  /** Deletes a group. */
  dissolve(group: string): void {
    this.groups.delete(group);
    this.#groupChanges.push({ type: 'Deleted', id: group });
  }

  /** A delta says that members have left a group, whatever is true. */
  announceQuit(group: string, ...ids: readonly string[]): void {
    this.#groupChanges.push({ type: 'Present', id: group, added: [], removed: ids });
  }

  /** The next request of that kind fails. */
  fail(operation: Operation, ...errors: readonly Error[]): void {
    for (const error of errors) this.#failures.push({ operation, error });
  }

  async #answer<T>(operation: Operation, what: string, answer: () => T): Promise<T> {
    const request = `${operation} ${what}`.trim();
    this.asked.push(request);
    await Promise.resolve();
    const refused = this.refused.get(request);
    if (refused) throw refused;
    const index = this.#failures.findIndex((failure) => failure.operation === operation);
    const [failure] = index < 0 ? [] : this.#failures.splice(index, 1);
    if (failure) throw failure.error;
    return answer();
  }

  #page(all: readonly UserChange[], from: number, more: string, end: number) {
    const changes = all.slice(from, from + this.pageSize);
    const next = from + this.pageSize;
    return next < all.length ? { changes, next: `${more}/${next}/${end}` } : { changes, watermark: `since/${end}${this.linkEnd}` };
  }

  #usersDelta(link: string | undefined) {
    const everybody = [...this.users.values()].map((user): UserChange => ({ type: 'Present', user, complete: true }));
    if (link === undefined) return this.#page(everybody, 0, 'all', this.#changes.length);
    const [kind, from, end] = link.split('/');
    if (kind === 'all') return this.#page(everybody, Number(from), 'all', Number(end));
    return this.#page(this.#changes.slice(Number(from)), 0, 'never', this.#changes.length);
  }

  /** A person as a direct read shows them. */
  #read(id: string): DirectoryUser | undefined {
    return this.stale.has(id) ? this.stale.get(id) : this.users.get(id);
  }

  #getUsers(ids: readonly string[]): ReadonlyMap<string, DirectoryUser> {
    return new Map(ids.flatMap((id) => [this.#read(id)].flatMap((user) => (user ? [[id, user] as const] : []))));
  }

  #binPage(link: string | undefined) {
    const from = Number(link ?? 0);
    const listed = [...this.bin].filter((id) => !this.unlistedInBin.has(id));
    const items = listed.slice(from, from + this.pageSize);
    if (this.binIsEndless) return { items, next: '0' };
    return from + this.pageSize < listed.length ? { items, next: String(from + this.pageSize) } : { items };
  }

  #groupsOf(id: string): ReadonlySet<string> {
    return new Set([...this.groups].flatMap(([group, members]) => (members.has(id) ? [group, ...this.#groupsOf(group)] : [])));
  }

  #isListed(id: string): boolean {
    const left = this.unlistedFrom.get(id);
    if (left !== undefined) this.unlistedFrom.set(id, left - 1);
    return this.#read(id) !== undefined && !this.unlisted.has(id) && (left === undefined || left > 1);
  }

  #group(id: string) {
    const displayName = this.groupNames.get(id) ?? id;
    return { id, displayName, securityEnabled: true, visibility: this.hidden.has(id) ? 'HiddenMembership' : null };
  }

  #members(group: string, nested: boolean): readonly string[] {
    const members = [...(this.groups.get(group) ?? [])];
    return members.flatMap((id) => (this.groups.has(id) ? (nested ? this.#members(id, nested) : []) : [id]));
  }

  readonly source: Partial<SourceDirectory> = {
    grantedPermissions: () => this.#answer('grantedPermissions', '', () => ['User.Read.All', 'GroupMember.Read.All']),
    quota: { reserve: () => ({ release: () => undefined }), availableAt: () => 0, inFlight: () => 8, pauses: () => [] },
    syncAccess: () =>
      this.#answer('syncAccess', '', () => ({
        userSyncInboundAllowed: null,
        automaticConsent: { inboundAllowed: false, outboundAllowed: true },
      })),
    usersDelta: (request) => {
      const link = 'link' in request ? request.link : undefined;
      return this.#answer('usersDelta', link ?? '', () => this.#usersDelta(link));
    },
    groupsDelta: (request) =>
      this.#answer('groupsDelta', 'link' in request ? request.link : '', () => ({
        changes: 'link' in request ? this.#groupChanges.slice(Number(request.link)) : [],
        watermark: String(this.#groupChanges.length),
      })),
    getUsers: (ids) => this.#answer('getUsers', ids.join(), () => this.#getUsers(ids)),
    deletedUsersPage: (link) => this.#answer('deletedUsersPage', link ?? '', () => this.#binPage(link)),
    deletedAmong: (ids) => this.#answer('deletedAmong', ids.join(), () => new Set(ids.filter((id) => this.bin.has(id)))),
    findUserByPrincipalName: (name) =>
      this.#answer('findUserByPrincipalName', name, () => [...this.users.values()].find((user) => user.userPrincipalName === name)),
    findUsersByMail: (mail) =>
      this.#answer('findUsersByMail', mail, () =>
        [...this.users.values()].filter(({ attributes }) => attributes.mail === mail).map(({ id }) => id),
      ),
    getGroup: (id) => this.#answer('getGroup', id, () => (this.groups.has(id) ? this.#group(id) : undefined)),
    getGroups: (ids) =>
      this.#answer(
        'getGroups',
        ids.join(),
        () => new Map(ids.filter((id) => this.groups.has(id)).map((id) => [id, this.#group(id)] as const)),
      ),
    findGroupsByName: (name) =>
      this.#answer('findGroupsByName', name, () =>
        [...this.groups.keys()].map((id) => this.#group(id)).filter(({ displayName }) => displayName === name),
      ),
    groupsOf: (ids) =>
      this.#answer('groupsOf', ids.join(), () => new Map(ids.filter((id) => this.#isListed(id)).map((id) => [id, this.#groupsOf(id)]))),
    groupsInGroup: (request) =>
      this.#answer('groupsInGroup', 'link' in request ? request.link : request.groupId, () => ({
        items: 'link' in request ? [] : [...(this.groups.get(request.groupId) ?? [])].filter((id) => this.groups.has(id)),
      })),
    groupMembers: (request) =>
      this.#answer('groupMembers', 'link' in request ? request.link : request.groupId, () => ({
        items: 'link' in request ? [] : this.#members(request.groupId, request.nested),
      })),
  };
}
