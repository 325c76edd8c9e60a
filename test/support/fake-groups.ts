import type { GroupDirectory, GroupMember, GroupNames, TargetGroup } from '../../src/ports/group-directory.ts';
import { refusal } from './fake-target.ts';

type Operation = keyof GroupDirectory;

/** A group as the target has it. */
interface Kept {
  group: TargetGroup;
  readonly members: Map<string, GroupMember>;
  deleted: boolean;
}

/** The groups of a target: it keeps in order what was asked of it, and fails where a test says so. */
export class FakeGroups {
  readonly kept = new Map<string, Kept>();
  allowed: boolean | null | undefined = true;
  /** Writes as they were asked for, those that failed included: `addMembers g1 account-u1,account-u2`. */
  readonly writes: string[] = [];
  /** Accounts that can be no members. */
  readonly unready = new Set<string>();
  pageSize = 1000;
  /** Called at each request, as what happens meanwhile. */
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

  /** The next request of that kind fails; with `tookEffect` its answer is what was lost. */
  fail(operation: Operation, error: Error, tookEffect = false): void {
    this.#failures.push({ operation, error, tookEffect });
  }

  members(id: string): readonly string[] {
    return [...(this.kept.get(id)?.members.keys() ?? [])].sort();
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

  #write<R>(operation: Operation, what: string, effect: () => R): Promise<R> {
    this.writes.push(`${operation} ${what}`);
    return this.#ask(operation, effect);
  }

  #live(id: string): Kept {
    const kept = this.kept.get(id);
    if (kept === undefined || kept.deleted) throw refusal('NotFound');
    return kept;
  }

  #find(is: (kept: Kept) => boolean): TargetGroup | undefined {
    return [...this.kept.values()].find(is)?.group;
  }

  #add(id: string, members: readonly string[]): void {
    const kept = this.#live(id);
    if (members.some((member) => this.unready.has(member))) throw refusal('ReferenceNotReady');
    if (members.some((member) => kept.members.has(member))) throw refusal('ObjectConflict');
    for (const member of members) kept.members.set(member, { id: member, isUser: true });
  }

  readonly directory: GroupDirectory = {
    groupSyncAllowed: () => this.#ask('groupSyncAllowed', () => this.allowed),
    getGroup: (id) => this.#ask('getGroup', () => this.#find(({ group, deleted }) => group.id === id && !deleted)),
    findByUniqueName: (name) =>
      this.#ask('findByUniqueName', () => this.#find(({ group, deleted }) => group.uniqueName === name && !deleted)),
    findNamed: (name) =>
      this.#ask('findNamed', () =>
        [...this.kept.values()].filter(({ group, deleted }) => group.displayName === name && !deleted).map(({ group }) => group),
      ),
    getDeletedGroup: (id) => this.#ask('getDeletedGroup', () => this.#find(({ group, deleted }) => group.id === id && deleted)),
    findDeleted: (name) =>
      this.#ask('findDeleted', () =>
        [...this.kept.values()].filter(({ group, deleted }) => group.uniqueName === name && deleted).map(({ group }) => group),
      ),
    membersPage: (request) =>
      this.#ask('membersPage', () => {
        const [id = '', from = '0'] = 'link' in request ? request.link.split('@') : [request.groupId];
        const all = [...this.#live(id).members.values()];
        const end = Number(from) + this.pageSize;
        return { items: all.slice(Number(from), end), ...(end < all.length ? { next: `${id}@${end}` } : {}) };
      }),
    createGroup: (uniqueName, names) =>
      this.#write('createGroup', uniqueName, () => {
        if (this.#find(({ group, deleted }) => group.uniqueName === uniqueName && !deleted)) return undefined;
        const id = `made-${(this.#made += 1)}`;
        this.put(id, { ...names, uniqueName });
        return id;
      }),
    updateGroup: (id, changes: Partial<GroupNames>) =>
      this.#write('updateGroup', `${id} ${Object.keys(changes).join()}`, () => {
        const kept = this.#live(id);
        kept.group = { ...kept.group, ...changes };
      }),
    deleteGroup: (id) => this.#write('deleteGroup', id, () => void (this.#live(id).deleted = true)),
    restoreGroup: (id) =>
      this.#write('restoreGroup', id, () => {
        const kept = this.kept.get(id);
        if (kept) kept.deleted = false;
      }),
    addMembers: (id, members) => this.#write('addMembers', `${id} ${members.join()}`, () => this.#add(id, members)),
    removeMembers: (id, members) =>
      this.#write('removeMembers', `${id} ${members.join()}`, () => {
        const kept = this.#live(id);
        return new Map(members.map((member) => [member, kept.members.delete(member) ? ('Done' as const) : ('NotThere' as const)]));
      }),
  };
}
