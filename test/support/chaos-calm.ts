import type { SandboxUser } from '@tenantsync/sandbox/entra';
import type { UserProjection } from '../../src/api/kinds.ts';
import { describe, describeConfiguration, Violation } from './chaos-violation.ts';
import { minute, type Person } from './chaos-tenants.ts';
import type { ChaosWorld } from './chaos-world.ts';
import { condition } from './scene.ts';

/** The longest that anything waits before it is tried again, or looked at. */
const longestWaitMs = 24 * 60 * minute;

/** What must hold when everything has been quiet for a while. */
export class CalmChecks {
  readonly #chaos: ChaosWorld;

  constructor(chaos: ChaosWorld) {
    this.#chaos = chaos;
  }

  /** Without any help: what the source has is what the projections say (I4). */
  recorded(): void {
    for (const person of this.#chaos.people) {
      const projection = this.#chaos.projection(person);
      const problem = this.#recordProblem(person, projection);
      if (problem !== undefined)
        throw new Violation(
          `I4 person ${person.place} ${problem}: ${describe(projection)} ${describeConfiguration(this.#chaos.configuration())}`,
        );
    }
  }

  #recordProblem(person: Person, projection: UserProjection | undefined): string | undefined {
    const user = this.#chaos.sourceOf(person);
    if (!user || !this.#chaos.inScope(person)) {
      const present = projection?.spec.lifecycle === 'Present' && projection.spec.rejected !== true;
      return present ? 'is out of scope and recorded as present' : undefined;
    }
    if (projection?.spec.lifecycle !== 'Present') return 'is in scope and not recorded as present';
    const { attributes, source, manager } = projection.spec;
    if (attributes?.jobTitle !== user.properties.jobTitle) return 'has another title in the source';
    if (source.userPrincipalName !== user.properties.userPrincipalName) return 'has another name in the source';
    return user.managerId !== null && manager?.sourceObjectId !== user.managerId ? 'has another manager in the source' : undefined;
  }

  /** Everybody is where they belong, or it says why not (I4). */
  settled(): void {
    const ready = condition(this.#chaos.configuration());
    if (ready?.status !== 'True' && ready?.reason !== 'DeletionsStaged')
      throw new Violation(`I4 not ready in the calm: ${describeConfiguration(this.#chaos.configuration())}`);
    this.recorded();
    this.#checkWaits();
    this.#checkSums();
    for (const person of this.#chaos.people) {
      const problem = this.#problemOf(person);
      if (problem !== undefined) throw new Violation(`I4 person ${person.place} ${problem}: ${describe(this.#chaos.projection(person))}`);
    }
  }

  /** Whatever still waits says until when, and that is not later than anybody would believe (I14). */
  #checkWaits(): void {
    const latest = this.#chaos.world.clock.now() + longestWaitMs;
    const { nextCycleAt, failures } = this.#chaos.configuration().status;
    const times = [nextCycleAt, failures?.nextAttemptAt, ...this.#chaos.world.projections().map(({ status }) => status.nextAttemptAt)];
    for (const time of times)
      if (time !== undefined && Date.parse(time) > latest) throw new Violation(`I14 something waits until ${time}, which is far ahead`);
  }

  /** What status counts is what the records say, and the line of those in scope adds up (F1). */
  #checkSums(): void {
    const { users = {} } = this.#chaos.configuration().status;
    const { inScope = 0, synced = 0, pending = 0, failed = 0, conflict = 0, skipped = 0, staged = 0 } = users;
    const inTheirNames = this.#chaos.world
      .projections()
      .filter(({ spec }) => spec.syncConfigurationRef.name === this.#chaos.configurationName && spec.lifecycle === 'Present');
    const inState = (...states: readonly string[]): number => inTheirNames.filter(({ status }) => states.includes(status.state)).length;
    const counted = [synced, failed, conflict, skipped, staged];
    const there = [inState('Provisioned', 'Blocked'), inState('Failed'), inState('Conflict'), inState('Skipped'), inState('Staged')];
    const sum = counted.reduce((total, count) => total + count, pending);
    if (sum !== inScope || counted.join() !== there.join() || inScope !== inTheirNames.length)
      throw new Violation(`F1 status.users does not add up to what the records say (${there.join()}): ${JSON.stringify(users)}`);
  }

  #problemOf(person: Person): string | undefined {
    const { foreign } = this.#chaos;
    const projection = this.#chaos.projection(person);
    const accounts = this.#chaos.accountsOf(person);
    const account = accounts.find((one) => !foreign.has(one.id) && !this.#chaos.isLost(person, one)) ?? accounts[0];
    const live = account?.deletedAt === null;
    const user = this.#chaos.sourceOf(person);
    // While a removal is staged nobody looks what became of a write that was under way.
    if (projection?.status.intent && projection.spec.lifecycle !== 'RemovalStaged') return 'has an intent left';
    if (!user || !this.#chaos.inScope(person)) {
      // The guard of another installation is nobody's here: what it has made it may hold. Who was there before, and found no seat, is not ours.
      const isFound = account?.id === this.#chaos.guestId && !this.#chaos.linked.has(account?.id ?? '');
      const ours = live && !foreign.has(account.id) && !this.#chaos.isOfOther(account) && !isFound;
      const letGo = !projection && this.#chaos.recordDeleted.has(person.id);
      return ours && !letGo ? outOfScopeProblem(projection) : undefined;
    }
    if (!projection) return 'is in scope and has no projection';
    switch (projection.status.state) {
      case 'Provisioned':
      case 'Blocked':
      case 'Staged':
        return live ? this.#accountProblem(user, projection, account) : 'has no live account';
      case 'Skipped':
        if (condition(projection)?.reason === 'CreationsRejected' && this.#chaos.history.mayHoldRejectedCreation(person)) return undefined;
        return user.properties.accountEnabled === false && !(live && this.#isFound(user, account)) ? undefined : 'is skipped';
      case 'Conflict':
        return this.#conflictProblem(projection, account);
      default:
        return 'is in no final state';
    }
  }

  /** Whether an account can be told to be the person's: one that is not ours is known by the person's present address alone. */
  #isFound(user: SandboxUser, { id, invitedAddress }: SandboxUser): boolean {
    return !this.#chaos.foreign.has(id) || invitedAddress === user.properties.userPrincipalName;
  }

  #accountProblem(user: SandboxUser, { spec, status }: UserProjection, account: SandboxUser): string | undefined {
    const { jobTitle, accountEnabled } = account.properties;
    // What was refused, is to be compared once more, or is a conversion that nobody has approved, does not count as brought there.
    const held = spec.conversion?.verdict === 'Staged' || spec.conversion?.verdict === 'Rejected';
    const open = held || (status.refusedAttributes ?? []).length > 0 || status.nextAttemptAt !== undefined;
    if (!open && status.appliedRevision !== spec.revision) return 'has a record that does not say what was brought into the target (I12)';
    if (status.targetUser?.objectId !== account.id) return 'is linked to another account';
    const adopted = account.id === this.#chaos.guestId || this.#chaos.unmarked.has(account.id);
    if (status.targetUser.origin !== 'Created' && !adopted) return "has an account that counts as somebody else's";
    // What the target's people changed stays until the source changes (C8).
    const theirs = this.#chaos.features.retitled.get(account.id);
    if (jobTitle !== user.properties.jobTitle && jobTitle !== theirs) return 'has another title in the target';
    if (status.state === 'Blocked' && accountEnabled !== false) return 'is not blocked';
    // A conversion that was rejected leaves an account of the address list blocked (D8).
    const rejected = spec.rejected === true || spec.conversion?.verdict === 'Rejected';
    if (status.state === 'Provisioned' && !rejected && accountEnabled !== (user.properties.accountEnabled !== false))
      return 'is blocked or not, against what the source says';
    const manager = user.managerId === null ? undefined : this.#chaos.projection({ id: user.managerId });
    const referable =
      manager?.spec.lifecycle === 'Present' && (manager.status.state === 'Provisioned' || manager.status.state === 'Blocked');
    return referable && account.managerId !== manager.status.targetUser?.objectId ? 'has another manager in the target' : undefined;
  }

  #conflictProblem(projection: UserProjection, account: SandboxUser | undefined): string | undefined {
    const reason = condition(projection)?.reason;
    if (reason === 'DeletedInTarget')
      return typeof account?.deletedAt === 'number' && this.#chaos.deletedByAdmin.has(account.id)
        ? undefined
        : 'says that somebody else deleted its account';
    if (reason === 'ExistingUserNotAdopted')
      return account && (this.#chaos.foreign.has(account.id) || this.#chaos.unmarked.has(account.id))
        ? undefined
        : 'says that its account is not adopted';
    // Who was there before and was nobody's belongs to whichever installation marked them first.
    if (reason === 'OwnedByOtherInstallation')
      return account && this.#chaos.isOfOther(account) ? undefined : 'says that another installation owns its account';
    return `is in conflict, ${reason ?? 'without a reason'}`;
  }
}

/** Whoever left and still has an account is held back or was let go, and the record says so. */
function outOfScopeProblem(projection: UserProjection | undefined): string | undefined {
  if (!projection) return 'is out of scope, has an account of ours and no projection';
  const held = projection.spec.lifecycle === 'RemovalStaged' || projection.spec.rejected === true;
  return held || projection.status.state === 'Retained' ? undefined : 'is out of scope and still has an account of ours';
}
