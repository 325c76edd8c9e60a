/**
 * Who is assigned, as far as the process knows: members by group, and principals assigned one by one. Kept between the cycles of
 * a configuration; after a restart it is read again when it is needed.
 */
export class Memberships {
  readonly #groups = new Map<string, Set<string>>();
  #copied: Memberships | undefined;
  /** In how many groups somebody is: with hundreds of groups nobody could be looked for in each. */
  readonly #counts = new Map<string, number>();
  /** Users assigned one by one: by the scope itself or through an application. */
  readonly users = new Set<string>();
  /** Entries that were left out of what was read, because their ids are none that an object can have. */
  unusable = 0;
  /** False until the members of every scope group have been read completely. */
  complete = false;

  isAssigned(userId: string): boolean {
    return this.users.has(userId) || this.#counts.has(userId);
  }

  /** The groups that a user is in, as far as their members are known. */
  groupsOf(userId: string): readonly string[] {
    return [...this.#groups].filter(([, members]) => members.has(userId)).map(([id]) => id);
  }

  isMember(groupId: string, userId: string): boolean {
    return this.#groups.get(groupId)?.has(userId) === true;
  }

  /** Number of members by group. */
  sizes(): readonly (readonly [groupId: string, members: number])[] {
    return Array.from(this.#groups, ([id, members]) => [id, members.size] as const);
  }

  /** Everybody who is assigned, once. */
  *everybody(): Generator<string> {
    yield* this.users;
    for (const id of this.#counts.keys()) if (!this.users.has(id)) yield id;
  }

  /** Makes a group known, with the members that it has. */
  addGroup(groupId: string, members: Iterable<string>): void {
    if (!this.#groups.has(groupId)) this.#groups.set(groupId, new Set());
    for (const id of members) this.add(groupId, id);
  }

  /** Adds a member to a group that is known. */
  add(groupId: string, userId: string): void {
    const members = this.#groups.get(groupId);
    if (!members || members.has(userId)) return;
    members.add(userId);
    this.#counts.set(userId, (this.#counts.get(userId) ?? 0) + 1);
  }

  remove(groupId: string, userId: string): void {
    if (this.#groups.get(groupId)?.delete(userId) !== true) return;
    const left = (this.#counts.get(userId) ?? 1) - 1;
    if (left === 0) this.#counts.delete(userId);
    else this.#counts.set(userId, left);
  }

  /** Takes over what a read has found of some people. */
  correct(userIds: Iterable<string>, fresh: Memberships): void {
    for (const id of userIds) {
      if (fresh.users.has(id)) this.users.add(id);
      else this.users.delete(id);
      for (const groupId of this.#groups.keys()) {
        if (fresh.#groups.get(groupId)?.has(id) === true) this.add(groupId, id);
        else this.remove(groupId, id);
      }
    }
  }

  /** Whether these have become what that read has found, and nothing since. */
  isCopyOf(fresh: Memberships): boolean {
    return this.#copied === fresh;
  }

  /** Becomes what a complete read has found. */
  become(fresh: Memberships): void {
    this.clear();
    this.#copied = fresh;
    for (const id of fresh.users) this.users.add(id);
    for (const [id, members] of fresh.#groups) this.#groups.set(id, members);
    for (const [id, count] of fresh.#counts) this.#counts.set(id, count);
    this.unusable = fresh.unusable;
    this.complete = fresh.complete;
  }

  clear(): void {
    this.#copied = undefined;
    this.#groups.clear();
    this.#counts.clear();
    this.users.clear();
    this.unusable = 0;
    this.complete = false;
  }
}
