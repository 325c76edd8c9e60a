import type { Random } from '../../../../src/ports/clock.ts';
import type { EntraSettings } from '../settings.ts';
import type { SandboxGroup } from '../types.ts';
import { ChangeLog, type GroupLogEntry } from './change-log.ts';
import { draw } from './user-table.ts';

export interface GroupRecord extends SandboxGroup {
  displayName: string;
  description: string | null;
  mailNickname: string;
  uniqueName: string | null;
  securityEnabled: boolean;
  mailEnabled: boolean;
  visibility: string | null;
  proxyAddresses: readonly string[];
  groupTypes: readonly string[];
  membershipRule: string | null;
  isAssignableToRole: boolean | null;
  isManagementRestricted: boolean | null;
  onPremisesSyncEnabled: boolean | null;
  createdByAppId: string | null;
  deletedAt: number | null;
  readonly members: Set<string>;
  /** When reads show the group, as it was made or brought back through Graph (epoch milliseconds). */
  visibleAt: number;
  /** Until when reads still show a group that was deleted through Graph. */
  shownUntil: number;
  /** What reads still show of members that were changed through Graph: whether each was one, and until when. */
  readonly late: Map<string, { readonly former: boolean; readonly until: number }>;
  /** What reads still show of properties that were changed through Graph. */
  former: { readonly values: Partial<GroupProperties>; readonly until: number } | undefined;
}

/** What a PATCH can change. */
export interface GroupProperties {
  displayName: string;
  description: string | null;
  mailNickname: string;
  uniqueName: string | null;
}

interface Surroundings {
  readonly settings: EntraSettings;
  readonly random: Random;
  readonly now: () => number;
}

/** Groups, their members (users and groups, by id) and the log that group delta rounds read. Reads lag behind what was written through Graph alone. */
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

  /** The group as reads see it: not yet, or still, after a write through Graph. */
  shown(id: string): GroupRecord | undefined {
    const group = this.groups.get(id);
    return group !== undefined && this.#isShown(group) ? group : undefined;
  }

  shownGroups(): readonly GroupRecord[] {
    return [...this.groups.values()].filter((group) => this.#isShown(group));
  }

  #isShown({ deletedAt, visibleAt, shownUntil }: GroupRecord): boolean {
    const now = this.#around.now();
    return deletedAt === null ? visibleAt <= now : shownUntil > now;
  }

  /** The properties of a live group as reads see them. */
  shownProperties(group: GroupRecord): GroupRecord {
    const { former } = group;
    const late = former === undefined || former.until <= this.#around.now() ? {} : former.values;
    return { ...group, ...late, deletedAt: null };
  }

  /** The direct members of a group as reads see them, soft-deleted ones included. */
  shownMembers(group: GroupRecord): readonly string[] {
    const shown = new Set(group.members);
    const now = this.#around.now();
    for (const [id, { former, until }] of group.late) {
      if (until <= now) group.late.delete(id);
      else if (former) shown.add(id);
      else shown.delete(id);
    }
    return [...shown];
  }

  /** How long a write through Graph takes to be seen by reads. */
  drawLag(): number {
    return draw(this.#around.settings.replication.reads, this.#around.random);
  }

  /** As {@link addMember} or {@link removeMember}, through Graph: reads show it later. */
  changeMember(group: GroupRecord, memberId: string, present: boolean): void {
    const former = this.shownMembers(group).includes(memberId);
    if (present) this.addMember(group, memberId);
    else this.removeMember(group, memberId);
    group.late.set(memberId, { former, until: this.#around.now() + this.drawLag() });
  }

  /** Changes properties through Graph: reads show it later. */
  changeProperties(group: GroupRecord, changes: Partial<GroupProperties>): void {
    const { displayName, description, mailNickname, uniqueName } = this.shownProperties(group);
    group.former = { values: { displayName, description, mailNickname, uniqueName }, until: this.#around.now() + this.drawLag() };
    Object.assign(group, changes);
    this.append({ id: group.id, kind: 'present' });
  }

  softDelete(group: GroupRecord, deletedAt: number): void {
    group.deletedAt = deletedAt;
    this.append({ id: group.id, kind: 'deleted' });
  }

  restore(group: GroupRecord): void {
    group.deletedAt = null;
    this.append({ id: group.id, kind: 'present' });
    for (const memberId of group.members) this.append({ id: group.id, kind: 'added', memberId });
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
