import type { CallOptions } from '../../src/ports/calls.ts';
import type { GroupChanges, GroupDirectory, GroupMember, GroupNames, MemberOutcome, TargetGroup } from '../../src/ports/group-directory.ts';
import { refusal } from './fake-target.ts';

type Operation = keyof GroupDirectory;

/** As many members as one request takes. */
const mostInRequest = 20;

/** A group as the target has it. */
interface Kept {
  group: TargetGroup;
  readonly members: Map<string, GroupMember>;
  deleted: boolean;
}

/** The groups of a target: it keeps in order what was asked of it, shows late what a test says, and fails where a test says so. */
export class FakeGroups {
  readonly kept = new Map<string, Kept>();
  allowed: boolean | null | undefined = true;
  /** Writes as they were asked for, those that failed included: `addMembers g1 account-u1,account-u2`. */
  readonly writes: string[] = [];
  readonly reads: string[] = [];
  /** Accounts that can be no members. */
  readonly unready = new Set<string>();
  /** Groups that no request finds yet, although they are there. */
  readonly unseenGroups = new Set<string>();
  /** Members whom the list of members does not show yet, or still shows, although that is not so. */
  readonly unseen = new Set<string>();
  readonly stillSeen = new Set<string>();
  /** The list of members names its first page as the one that follows. */
  listIsEndless = false;
  pageSize = 1000;
  /** Called at each request before it leaves, as what happens meanwhile. */
  during: (operation: Operation) => void = () => undefined;
  readonly #failures: { readonly operation: Operation; readonly error: Error; readonly tookEffect: boolean }[] = [];
  #made = 0;

  /** A group that is there, whoever made it. */
  put(id: string, change: Partial<TargetGroup> = {}, members: readonly string[] = []): void {
    const group = { id, displayName: id, mailNickname: id, uniqueName: null, mailEnabled: false, dynamic: false, roleAssignable: false };
    this.kept.set(id, {
      group: { ...group, managementRestricted: false, onPremises: false, ...change },
      members: new Map(members.map((member) => [member, { id: member, isUser: true }])),
      deleted: false,
    });
  }

  /** Puts a group into the recycle bin by the hand of somebody else, or takes it out again. */
  bin(id: string, deleted = true): void {
    const kept = this.kept.get(id);
    if (kept) kept.deleted = deleted;
  }

  /** Puts a member there by the hand of somebody else. */
  putMember(id: string, member: GroupMember): void {
    this.kept.get(id)?.members.set(member.id, member);
  }

  /** A live group. */
  live(id: string): TargetGroup | undefined {
    return this.#find(({ group, deleted }) => group.id === id && !deleted);
  }

  /** Writes of one kind. */
  written(operation: Operation): readonly string[] {
    return this.writes.filter((write) => write.startsWith(`${operation} `));
  }

  /** The next request of that kind fails; with `tookEffect` its answer is what was lost. */
  fail(operation: Operation, error: Error, tookEffect = false): void {
    this.#failures.push({ operation, error, tookEffect });
  }

  members(id: string): readonly string[] {
    return [...(this.kept.get(id)?.members.keys() ?? [])].sort();
  }

  #ask<R>(operation: Operation, effect: () => R, options?: CallOptions): Promise<R> {
    return Promise.resolve().then(() => {
      this.during(operation);
      // A write that may not start does not leave.
      if (options?.mayStart?.() === false) throw refusal('Unclassified');
      const index = this.#failures.findIndex((failure) => failure.operation === operation);
      const [failure] = index < 0 ? [] : this.#failures.splice(index, 1);
      if (!failure) return effect();
      if (failure.tookEffect) effect();
      throw failure.error;
    });
  }

  #read<R>(operation: Operation, what: string, answer: () => R): Promise<R> {
    this.reads.push(`${operation} ${what}`);
    return this.#ask(operation, answer);
  }

  #write<R>(operation: Operation, what: string, options: CallOptions, effect: () => R): Promise<R> {
    this.writes.push(`${operation} ${what}`);
    return this.#ask(operation, effect, options);
  }

  #live(id: string): Kept {
    const kept = this.kept.get(id);
    if (kept === undefined || kept.deleted || this.unseenGroups.has(id)) throw refusal('NotFound');
    return kept;
  }

  #find(is: (kept: Kept) => boolean): TargetGroup | undefined {
    return [...this.kept.values()].find(is)?.group;
  }

  /** A group as reads show it. */
  #seen(is: (kept: Kept) => boolean): TargetGroup | undefined {
    return this.#find((kept) => is(kept) && !kept.deleted && !this.unseenGroups.has(kept.group.id));
  }

  #page(id: string, from: number, select: readonly string[]): { items: readonly GroupMember[]; next?: string } {
    const members = [...this.#live(id).members.values()].filter((member) => !this.unseen.has(member.id));
    const shown = [...members, ...[...this.stillSeen].map((member) => ({ id: member, isUser: true }))];
    const end = from + this.pageSize;
    const next = this.listIsEndless ? 0 : end < shown.length ? end : undefined;
    const items = shown.slice(from, end).map((member) => asked(member, select));
    return { items, ...(next === undefined ? {} : { next: `${id}@${next}@${select.join()}` }) };
  }

  #create(uniqueName: string, names: GroupNames): string | undefined {
    const there = this.#find(({ group, deleted }) => group.uniqueName === uniqueName && !deleted);
    const kept = there && this.kept.get(there.id);
    if (kept) {
      kept.group = { ...kept.group, ...names };
      return undefined;
    }
    const id = `made-${(this.#made += 1)}`;
    this.put(id, { ...names, uniqueName });
    return id;
  }

  #remove(id: string, members: readonly string[]): ReadonlyMap<string, MemberOutcome> {
    if (members.length === 0 || members.length > mostInRequest) throw refusal('InvalidRequest');
    const kept = this.unseenGroups.has(id) ? undefined : this.kept.get(id);
    return new Map(
      members.map((member) => [member, kept?.deleted === false && kept.members.delete(member) ? ('Done' as const) : ('NotThere' as const)]),
    );
  }

  #add(id: string, members: readonly string[]): void {
    const kept = this.#live(id);
    if (members.length === 0 || members.length > mostInRequest) throw refusal('InvalidRequest');
    if (members.some((member) => this.unready.has(member))) throw refusal('ReferenceNotReady');
    if (members.some((member) => kept.members.has(member))) throw refusal('ObjectConflict');
    for (const member of members) kept.members.set(member, { id: member, isUser: true });
  }

  readonly directory: GroupDirectory = {
    groupSyncAllowed: (partner) => this.#read('groupSyncAllowed', partner, () => this.allowed),
    getGroup: (id) => this.#read('getGroup', id, () => this.#seen(({ group }) => group.id === id)),
    findByUniqueName: (name) => this.#read('findByUniqueName', name, () => this.#seen(({ group }) => group.uniqueName === name)),
    findNamed: (name) =>
      this.#read('findNamed', name, () =>
        [...this.kept.values()].filter(({ group, deleted }) => group.displayName === name && !deleted).map(({ group }) => group),
      ),
    findNicknamed: (name) =>
      this.#read('findNicknamed', name, () =>
        [...this.kept.values()].filter(({ group, deleted }) => group.mailNickname === name && !deleted).map(({ group }) => group),
      ),
    findAnchored: (prefix) =>
      this.#read('findAnchored', prefix, () =>
        [...this.kept.values()]
          .filter(({ group, deleted }) => group.uniqueName?.startsWith(prefix) === true && !deleted)
          .map(({ group }) => group),
      ),
    getDeletedGroup: (id) => this.#read('getDeletedGroup', id, () => this.#find(({ group, deleted }) => group.id === id && deleted)),
    findDeleted: (name) =>
      this.#read('findDeleted', name, () =>
        [...this.kept.values()].filter(({ group, deleted }) => group.uniqueName === name && deleted).map(({ group }) => group),
      ),
    membersPage: (request) => {
      const [id = '', from = '0', select = ''] =
        'link' in request ? request.link.split('@') : [request.groupId, '0', request.select.join()];
      return this.#read('membersPage', `${id} ${from}`, () => this.#page(id, Number(from), select.split(',')));
    },
    createGroup: (uniqueName, names, options) => this.#write('createGroup', uniqueName, options, () => this.#create(uniqueName, names)),
    updateGroup: (id, changes: GroupChanges, options) =>
      this.#write('updateGroup', `${id} ${Object.keys(changes).join()}`, options, () => {
        const kept = this.#live(id);
        kept.group = { ...kept.group, ...changes };
      }),
    deleteGroup: (id, options) => this.#write('deleteGroup', id, options, () => void (this.#live(id).deleted = true)),
    restoreGroup: (id, options) => this.#write('restoreGroup', id, options, () => this.bin(id, false)),
    addMembers: (id, members, options) => this.#write('addMembers', `${id} ${members.join()}`, options, () => this.#add(id, members)),
    removeMembers: (id, members, options) =>
      this.#write('removeMembers', `${id} ${members.join()}`, options, () => this.#remove(id, members)),
  };
}

/** A member with those properties of a user that were asked for; every user has a name. */
function asked({ id, isUser, user }: GroupMember, select: readonly string[]): GroupMember {
  if (!isUser || !select.includes('userPrincipalName')) return { id, isUser };
  const { attributes = {}, ...properties } = user ?? {};
  const wanted = <T>(of: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(of).filter(([name]) => select.includes(name)));
  return { id, isUser, user: { ...wanted(properties), id, attributes: wanted(attributes) } };
}
