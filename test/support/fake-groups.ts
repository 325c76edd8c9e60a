import type { GroupSync } from '../../src/core/preflight/group-permission.ts';
import type { CallOptions } from '../../src/ports/calls.ts';
import type { GroupDirectory, GroupMember, GroupNames, MemberOutcome, TargetGroup } from '../../src/ports/group-directory.ts';
import { refusal } from './fake-target.ts';

type Operation = keyof GroupDirectory;

/** As many members as one request takes. */
const mostInRequest = 20;

/** A static security group of the target, whoever made it. */
export function targetGroup(id: string, more: Partial<TargetGroup> = {}): TargetGroup {
  return {
    id,
    displayName: 'Falcon',
    mailNickname: 'Falcon',
    uniqueName: null,
    mailEnabled: false,
    dynamic: false,
    roleAssignable: false,
    managementRestricted: false,
    onPremises: false,
    ...more,
  };
}

/** Groups of a target and their members. It keeps in order what was asked of it, shows late what a test says, and fails where a test says so. */
export class FakeGroups {
  readonly live = new Map<string, TargetGroup>();
  readonly deleted = new Map<string, TargetGroup>();
  readonly #members = new Map<string, Map<string, GroupMember>>();
  /** Groups that no request finds yet, although they are there. */
  readonly unseenGroups = new Set<string>();
  /** Members whom the list of members does not show yet, or still shows, although that is not so. */
  readonly unseen = new Set<string>();
  readonly stillSeen = new Set<string>();
  /** Accounts that no group takes yet. */
  readonly notReady = new Set<string>();
  /** Writes as they were asked for, those that failed included: `addMembers made a1,a2`. */
  readonly writes: string[] = [];
  readonly reads: string[] = [];
  allowed: GroupSync = true;
  pageSize = 100;
  /** The list of members names its first page as the one that follows. */
  listIsEndless = false;
  /** Called at each request before it leaves, as what happens meanwhile. */
  during: (operation: Operation) => void = () => undefined;
  readonly #failures: { readonly operation: Operation; readonly error: Error; readonly tookEffect: boolean }[] = [];

  /** Puts a live group there, with these users as its members. */
  put(group: TargetGroup, ...users: readonly string[]): void {
    this.live.set(group.id, group);
    this.#members.set(group.id, new Map(users.map((id) => [id, { id, isUser: true }])));
  }

  /** Puts a member there by the hand of somebody else. */
  putMember(group: string, member: GroupMember): void {
    this.#membersOf(group).set(member.id, member);
  }

  /** Ids of the members of a group, in order. */
  membersOf(group: string): readonly string[] {
    return [...this.#membersOf(group).keys()].sort();
  }

  /** Requests of one kind among the writes. */
  written(operation: Operation): readonly string[] {
    return this.writes.filter((write) => write.startsWith(`${operation} `));
  }

  /** The next request of that kind fails; with `tookEffect` its answer is what was lost. */
  fail(operation: Operation, error: Error, tookEffect = false): void {
    this.#failures.push({ operation, error, tookEffect });
  }

  #membersOf(group: string): Map<string, GroupMember> {
    const members = this.#members.get(group) ?? new Map<string, GroupMember>();
    this.#members.set(group, members);
    return members;
  }

  #seen(id: string): TargetGroup | undefined {
    return this.unseenGroups.has(id) ? undefined : this.live.get(id);
  }

  #group(id: string): TargetGroup {
    const group = this.#seen(id);
    if (group === undefined) throw refusal('NotFound');
    return group;
  }

  async #ask<R>(operation: Operation, effect: () => R, options?: CallOptions): Promise<R> {
    await Promise.resolve();
    this.during(operation);
    // A write that may not start does not leave.
    if (options?.mayStart?.() === false) throw refusal('Unclassified');
    const index = this.#failures.findIndex((failure) => failure.operation === operation);
    const [failure] = index < 0 ? [] : this.#failures.splice(index, 1);
    if (!failure) return effect();
    if (failure.tookEffect) effect();
    throw failure.error;
  }

  #read<R>(operation: Operation, what: string, answer: () => R): Promise<R> {
    this.reads.push(`${operation} ${what}`);
    return this.#ask(operation, answer);
  }

  #write<R>(operation: Operation, what: string, options: CallOptions, effect: () => R): Promise<R> {
    this.writes.push(`${operation} ${what}`);
    return this.#ask(operation, effect, options);
  }

  #page(groupId: string, from: number): { items: readonly GroupMember[]; next?: string } {
    this.#group(groupId);
    const shown = [
      ...[...this.#membersOf(groupId).values()].filter(({ id }) => !this.unseen.has(id)),
      ...[...this.stillSeen].map((id) => ({ id, isUser: true })),
    ];
    const items = shown.slice(from, from + this.pageSize);
    if (this.listIsEndless) return { items, next: `${groupId} 0` };
    return from + this.pageSize < shown.length ? { items, next: `${groupId} ${from + this.pageSize}` } : { items };
  }

  #create(uniqueName: string, names: GroupNames): string | undefined {
    const there = [...this.live.values()].find((group) => group.uniqueName === uniqueName);
    if (there !== undefined) {
      this.live.set(there.id, { ...there, ...names });
      return undefined;
    }
    const id = this.live.has('made') ? `made-${this.live.size}` : 'made';
    this.put(targetGroup(id, { uniqueName, ...names }));
    return id;
  }

  #add(id: string, memberIds: readonly string[]): void {
    this.#group(id);
    const members = this.#membersOf(id);
    if (memberIds.length === 0 || memberIds.length > mostInRequest) throw refusal('InvalidRequest');
    if (memberIds.some((member) => this.notReady.has(member))) throw refusal('ReferenceNotReady');
    if (memberIds.some((member) => members.has(member))) throw refusal('ObjectConflict');
    for (const member of memberIds) members.set(member, { id: member, isUser: true });
  }

  #remove(id: string, memberIds: readonly string[]): ReadonlyMap<string, MemberOutcome> {
    if (memberIds.length === 0 || memberIds.length > mostInRequest) throw refusal('InvalidRequest');
    const members = this.#seen(id) && this.#membersOf(id);
    return new Map(memberIds.map((member) => [member, members?.delete(member) === true ? 'Done' : 'NotThere']));
  }

  #move(id: string, from: Map<string, TargetGroup>, to: Map<string, TargetGroup>): void {
    const group = from.get(id);
    if (group === undefined) throw refusal('NotFound');
    from.delete(id);
    to.set(id, group);
  }

  readonly directory: GroupDirectory = {
    groupSyncAllowed: (partner) => this.#read('groupSyncAllowed', partner, () => this.allowed),
    getGroup: (id) => this.#read('getGroup', id, () => this.#seen(id)),
    findByUniqueName: (name) =>
      this.#read('findByUniqueName', name, () =>
        [...this.live.values()].find((group) => group.uniqueName === name && this.#seen(group.id)),
      ),
    findNamed: (name) => this.#read('findNamed', name, () => [...this.live.values()].filter(({ displayName }) => displayName === name)),
    getDeletedGroup: (id) => this.#read('getDeletedGroup', id, () => this.deleted.get(id)),
    findDeleted: (name) => this.#read('findDeleted', name, () => [...this.deleted.values()].filter((group) => group.uniqueName === name)),
    membersPage: (request) => {
      const [id = '', from = '0'] = 'link' in request ? request.link.split(' ') : [request.groupId];
      return this.#read('membersPage', `${id} ${from}`, () => this.#page(id, Number(from)));
    },
    createGroup: (uniqueName, names, options) =>
      this.#write('createGroup', names.displayName, options, () => this.#create(uniqueName, names)),
    updateGroup: (id, changes, options) =>
      this.#write(
        'updateGroup',
        `${id} ${Object.keys(changes).join()}`,
        options,
        () => void this.live.set(id, { ...this.#group(id), ...changes }),
      ),
    deleteGroup: (id, options) => this.#write('deleteGroup', id, options, () => this.#move(id, this.live, this.deleted)),
    restoreGroup: (id, options) => this.#write('restoreGroup', id, options, () => this.#move(id, this.deleted, this.live)),
    addMembers: (id, memberIds, options) => this.#write('addMembers', `${id} ${memberIds.join()}`, options, () => this.#add(id, memberIds)),
    removeMembers: (id, memberIds, options) =>
      this.#write('removeMembers', `${id} ${memberIds.join()}`, options, () => this.#remove(id, memberIds)),
  };
}
