import type { GroupProjection } from '../../src/api/kinds.ts';
import { keeperOf } from '../../src/core/groups/kept.ts';
import { projected, type ChaosGroups } from './chaos-groups.ts';
import type { Person } from './chaos-tenants.ts';
import { Violation } from './chaos-violation.ts';
import type { ChaosWorld } from './chaos-world.ts';
import { condition } from './scene.ts';

const describe = (record: GroupProjection | undefined): string =>
  record ? JSON.stringify({ spec: record.spec, status: { ...record.status, history: undefined } }) : 'no record';

/** What must hold of groups when everything has been quiet for a while: each has exactly the members that it should have, or it says why not (G3). */
export class GroupCalm {
  readonly #chaos: ChaosWorld;
  readonly #groups: ChaosGroups;

  constructor(chaos: ChaosWorld, groups: ChaosGroups) {
    this.#chaos = chaos;
    this.#groups = groups;
  }

  settled(): void {
    for (const place of projected) {
      const record = this.#groups.record(place);
      const problem = this.#problemOf(place, record);
      if (problem !== undefined) throw new Violation(`G3 group ${place} ${problem}: ${describe(record)}`);
    }
    const stray = this.#groups.allRecords().find(({ spec }) => spec.syncConfigurationRef.name !== this.#chaos.configurationName);
    if (stray !== undefined) throw new Violation(`G3 a record outlives its configuration: ${describe(stray)}`);
  }

  /** Whatever was done is not proposed again (I13). */
  planned(): void {
    for (const { spec, status } of this.#groups.records()) {
      const { operation = 'None', addMembers = 0 } = status.plan ?? {};
      if (operation === 'None' || spec.memberRemovals?.verdict === 'Rejected') continue;
      // Whoever has no account is put in as soon as there is one.
      const waiting = status.plan?.removeMembers === 0 && (status.plan.attributes ?? []).length === 0 && addMembers > 0;
      if (!waiting) throw new Violation(`I13 proposed for a group after all was done: ${JSON.stringify({ spec, status })}`);
    }
  }

  #problemOf(place: number, record: GroupProjection | undefined): string | undefined {
    if (record === undefined) return 'is selected and has no record';
    const { spec, status } = record;
    if (spec.lifecycle !== 'Present') return 'is selected and not recorded as present';
    if (status.intent !== undefined) return 'has an intent left';
    const target = this.#groups.target(place);
    if (status.state === 'Conflict') return this.#conflictProblem(place, record);
    if (status.state !== 'Provisioned' && status.state !== 'Staged') return 'is in no final state';
    if ((status.state === 'Staged') !== (status.stagedRemovals !== undefined)) return 'is staged or not, against what waits';
    if (target?.deletedAt !== null) return 'has no live group';
    if (status.targetGroup?.objectId !== target.id) return 'is linked to another group';
    if (status.appliedRevision !== spec.revision) return 'has a record that does not say what was brought into the target (I12)';
    const source = this.#chaos.group(place);
    const held = (status.warnings ?? []).some(({ reason }) => reason === 'GroupNameTaken') || target.displayName.startsWith('Theirs ');
    if (!held && target.displayName !== source?.displayName) return 'has another name than the source group';
    return this.#membersProblem(place, record);
  }

  /** Whether a group was deleted by its administrator, as far as its record can know: one that was made after a deletion of ours cannot tell whose it was. */
  #isTheirDeletion({ metadata }: GroupProjection, objectId: string): boolean {
    const { deletedByAdmin, deletedByUs } = this.#groups;
    return deletedByAdmin.has(objectId) || (deletedByUs.has(objectId) && deletedByUs.get(objectId) !== metadata.uid);
  }

  #conflictProblem(place: number, record: GroupProjection): string | undefined {
    const reason = condition(record)?.reason;
    const target = this.#groups.target(place);
    if (reason === 'GroupDeletedInTarget')
      return typeof target?.deletedAt === 'number' && this.#isTheirDeletion(record, target.id)
        ? undefined
        : 'says that somebody has deleted its group';
    if (reason === 'ExistingGroupNotAdopted')
      return this.#groups.options.adoption === 'Ignore' && target !== undefined ? undefined : 'is not adopted';
    return `is in conflict, ${reason ?? 'without a reason'}`;
  }

  /** The account of a person that a group should have: linked, and live. */
  #accountOf(person: Person): string | undefined {
    const projection = this.#chaos.projection(person);
    if (projection?.spec.lifecycle !== 'Present') return undefined;
    const { state, targetUser } = projection.status;
    const id = state === 'Provisioned' || state === 'Blocked' ? targetUser?.objectId : undefined;
    return id !== undefined && this.#chaos.world.spoke.user(id)?.deletedAt === null ? id : undefined;
  }

  #membersProblem(place: number, record: GroupProjection): string | undefined {
    const target = this.#groups.target(place);
    if (target === undefined) return undefined;
    const members = new Set(this.#groups.liveMembers(target));
    const wanted = new Map<string, Person>();
    for (const person of this.#chaos.people) {
      const account = this.#groups.isMember(place, person) ? this.#accountOf(person) : undefined;
      if (account === undefined) continue;
      wanted.set(account, person);
      if (!members.has(account)) return `has lost person ${person.place}`;
    }
    // An account that was let go is nobody's.
    const linked = new Set(
      this.#chaos.world
        .projections()
        .flatMap(({ status: { state, targetUser } }) => (state === 'Retained' ? [] : (targetUser?.objectId ?? []))),
    );
    const { spec, status } = record;
    // Who was there before the group was taken over stays.
    const isKept = keeperOf((target.uniqueName?.startsWith('tenantsync-1a-') === true ? status.keptMembers : undefined) ?? '');
    const held = status.stagedRemovals !== undefined || spec.memberRemovals?.verdict === 'Rejected';
    for (const member of members) {
      if (wanted.has(member) || held) continue;
      const isForeign = !linked.has(member) || this.#chaos.foreign.has(member);
      const person = this.#chaos.people.find((each) => this.#chaos.accountsOf(each).some(({ id }) => id === member));
      if (spec.members?.exclusive === true && isForeign && !this.#mayBelong(place, person)) return 'has a foreign member, and is exclusive';
      const theirs = this.#groups.theirs.get(target.id)?.has(member) === true;
      if (isForeign && !theirs && person === undefined) return 'has a member whom nobody has put there';
      if (isKept(member)) continue;
      if (!isForeign && spec.members?.propagateRemovals === true && person !== undefined && !this.#groups.isMember(place, person))
        return `still has person ${person.place}, who has left the source group`;
    }
    return this.#lostProblem(target.id, members);
  }

  /** Whether a person is of the source group and in scope: an account of theirs that is not linked is theirs all the same. */
  #mayBelong(place: number, person: Person | undefined): boolean {
    if (person === undefined || !this.#groups.isMember(place, person)) return false;
    return this.#chaos.projection(person)?.spec.lifecycle === 'Present';
  }

  /** Whoever was put there by somebody else, and is no account of the pair, stays. */
  #lostProblem(id: string, members: ReadonlySet<string>): string | undefined {
    if (this.#groups.exclusive.some(({ is }) => is)) return undefined;
    for (const member of this.#groups.theirs.get(id) ?? []) {
      const isOurs = this.#chaos.people.some((person) => this.#chaos.accountsOf(person).some((account) => account.id === member));
      const live = this.#chaos.world.spoke.user(member)?.deletedAt === null;
      if (live && !isOurs && !members.has(member)) return 'has lost a member whom others have put there';
    }
    return undefined;
  }
}
