import type { Random } from '../../../../src/ports/clock.ts';
import type { EntraSettings } from '../settings.ts';
import type { SandboxGroup } from '../types.ts';
import { ChangeLog, type GroupLogEntry } from './change-log.ts';
import { draw } from './user-table.ts';

export interface GroupRecord extends SandboxGroup {
  displayName: string;
  securityEnabled: boolean;
  mailEnabled: boolean;
  visibility: string | null;
  proxyAddresses: readonly string[];
  deletedAt: number | null;
  readonly members: Set<string>;
}

interface Surroundings {
  readonly settings: EntraSettings;
  readonly random: Random;
  readonly now: () => number;
}

/** Groups, their members (users and groups, by id) and the log that group delta rounds read. Plain reads of groups do not lag. */
export class GroupTable {
  readonly log = new ChangeLog<GroupLogEntry>();
  readonly groups = new Map<string, GroupRecord>();
  #memberOf = new Map<string, Set<string>>();
  #around: Surroundings;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  live(id: string): GroupRecord | undefined {
    const group = this.groups.get(id);
    return group?.deletedAt === null ? group : undefined;
  }

  liveGroups(): readonly GroupRecord[] {
    return [...this.groups.values()].filter((group) => group.deletedAt === null);
  }

  add(group: GroupRecord): void {
    this.groups.set(group.id, group);
    for (const member of group.members) this.#groupsOf(member).add(group.id);
    this.append({ id: group.id, kind: 'present' });
    for (const memberId of group.members) this.append({ id: group.id, kind: 'added', memberId });
  }

  /** Removes a group for good. */
  purge(group: GroupRecord): void {
    for (const member of group.members) this.#groupsOf(member).delete(group.id);
    this.forget(group.id, false);
    this.groups.delete(group.id);
    this.append({ id: group.id, kind: 'purged' });
  }

  addMember(group: GroupRecord, memberId: string): void {
    if (group.members.has(memberId)) return;
    group.members.add(memberId);
    this.#groupsOf(memberId).add(group.id);
    this.append({ id: group.id, kind: 'added', memberId });
  }

  removeMember(group: GroupRecord, memberId: string): void {
    if (!group.members.delete(memberId)) return;
    this.#groupsOf(memberId).delete(group.id);
    this.append({ id: group.id, kind: 'removed', memberId });
  }

  /** A member was soft-deleted or came back: its memberships are hidden or shown again, and reported so. */
  memberChanged(memberId: string, present: boolean): void {
    for (const id of this.#memberOf.get(memberId) ?? []) this.append({ id, kind: present ? 'added' : 'removed', memberId });
  }

  /** A member is gone for good. */
  forget(memberId: string, wasLive: boolean): void {
    for (const id of this.#memberOf.get(memberId) ?? []) {
      this.groups.get(id)?.members.delete(memberId);
      if (wasLive) this.append({ id, kind: 'removed', memberId });
    }
    this.#memberOf.delete(memberId);
  }

  append(entry: GroupLogEntry): void {
    this.log.append(entry, this.#around.now() + draw(this.#around.settings.replication.delta, this.#around.random));
  }

  position(): number {
    return this.log.position(this.#around.now(), () => undefined);
  }

  /** Ids of all members of a group and of the groups in it, each once; nested groups included. */
  transitiveMembers(group: GroupRecord): string[] {
    const seen = new Set<string>();
    const visit = (record: GroupRecord): void => {
      for (const id of record.members) {
        if (seen.has(id) || id === group.id) continue;
        seen.add(id);
        const nested = this.live(id);
        if (nested !== undefined) visit(nested);
      }
    };
    visit(group);
    return [...seen];
  }

  /** Ids of the live groups that an object is in, through other groups too, each once. */
  transitiveGroupsOf(memberId: string): string[] {
    const seen = new Set<string>();
    const visit = (id: string): void => {
      for (const groupId of this.#memberOf.get(id) ?? []) {
        if (seen.has(groupId) || this.live(groupId) === undefined) continue;
        seen.add(groupId);
        visit(groupId);
      }
    };
    visit(memberId);
    return [...seen];
  }

  #groupsOf(memberId: string): Set<string> {
    let found = this.#memberOf.get(memberId);
    if (found === undefined) this.#memberOf.set(memberId, (found = new Set()));
    return found;
  }
}
