/**
 * Who is assigned, as far as the process knows: members by group, and principals assigned one by one. Kept between the cycles of
 * a configuration; after a restart it is read again when it is needed.
 */
export class Memberships {
  readonly groups = new Map<string, Set<string>>();
  /** Users assigned one by one: by the scope itself or through an application. */
  readonly users = new Set<string>();
  /** False until the members of every scope group have been read completely. */
  complete = false;

  isAssigned(userId: string): boolean {
    if (this.users.has(userId)) return true;
    for (const members of this.groups.values()) if (members.has(userId)) return true;
    return false;
  }

  clear(): void {
    this.groups.clear();
    this.users.clear();
    this.complete = false;
  }
}
