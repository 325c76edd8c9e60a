import type { LogEntry, SandboxUser } from '@tenantsync/sandbox/entra';
import type { UserProjection } from '../../src/api/kinds.ts';
import type { Schedule } from './chaos-schedule.ts';
import { ChaosWorld, retryAfterMs, slowestAnswerMs, type Person } from './chaos-world.ts';
import { condition } from './scene.ts';
import type { World } from './world.ts';

const minute = 60_000;
/** Longer than a check of the pair, the longest pause after a failed cycle, a cycle, and the lag. */
const calmMs = 25 * minute;
/** Longer than the replication window, after which late comparisons are made. */
const settledMs = 12 * minute;

/** Something that must not be. */
class Violation extends Error {
  override readonly name = 'Violation';
}

/** Plays a schedule and checks the invariants after each event and in the calm that follows. Rejects with Violation. */
export async function play(schedule: Schedule): Promise<void> {
  const chaos = new ChaosWorld(schedule.options);
  const checks = new Checks(chaos);
  try {
    await chaos.begin();
    checks.always();
    for (const event of schedule.events) {
      await chaos.happen(event);
      checks.always();
    }
    await calmDown(chaos, checks);
  } finally {
    chaos.end();
  }
}

/** Everything works again and nobody does anything: everybody must come to the place where they belong. */
async function calmDown(chaos: ChaosWorld, checks: Checks): Promise<void> {
  const { world } = chaos;
  chaos.endFaults();
  chaos.allowSync(true);
  chaos.setSpec({ suspend: false, mode: 'Apply' });
  for (const group of [0, 1]) chaos.restoreGroup(group);
  await chaos.start();
  await world.run(calmMs);
  checks.always();
  checks.recorded();
  // A full cycle takes back the pauses after failures; then the replication window passes.
  const token = `calm ${world.clock.monotonic()}`;
  chaos.annotate('restarted-at', token);
  const handled = await world.clock.advanceUntil(() => world.configuration().status.lastHandledRestartAt === token, 30 * minute);
  if (!handled) throw new Violation(`I4 a restart is not handled: ${describeConfiguration(world)}`);
  await world.run(settledMs);
  checks.always();
  checks.calm();
  await checkQuiet(chaos);
  if (chaos.staged().length === 0) return;
  chaos.decide('approve');
  await world.run(settledMs);
  checks.always();
  if (chaos.staged().length > 0) throw new Violation('I4 what was approved is still staged');
  checks.calm();
}

/** A second cycle over an unchanged world writes nothing to a tenant, and one status (I7). */
async function checkQuiet({ world }: ChaosWorld): Promise<void> {
  const tenantWrites = (): number => world.spoke.log.writes().length + world.hub.log.writes().length;
  await world.nextCycle();
  for (let tries = 1; tries <= 3; tries += 1) {
    const before = tenantWrites();
    world.kube.clearRequests();
    await world.nextCycle();
    if (tenantWrites() !== before) throw new Violation('I7 a cycle without changes wrote to a tenant');
    const written = world.kube.requests.filter(({ method, path }) => method !== 'GET' && !path.includes('/leases'));
    // Whoever is in conflict is looked at again at a time of its own: then the cycle had something to do.
    const waiting = world.projections().flatMap(({ metadata, status }) => (status.nextAttemptAt === undefined ? [] : [metadata.name]));
    if (written.some(({ path }) => waiting.some((name) => path.includes(name)))) continue;
    if (written.length === 1) return;
    const lines = written.map(({ method, path, body }) => `${method} ${path} ${body ?? ''}`);
    throw new Violation(`I7 a cycle without changes wrote to Kubernetes:\n${lines.join('\n')}`);
  }
}

class Checks {
  readonly #chaos: ChaosWorld;
  readonly #world: World;
  #seenWrites = 0;

  constructor(chaos: ChaosWorld) {
    this.#chaos = chaos;
    this.#world = chaos.world;
  }

  /** What must hold at any time. */
  always(): void {
    const { people, foreign } = this.#chaos;
    for (const person of people) {
      // An account that was there before and is not to be adopted is nobody's: an address is no person.
      const accounts = this.#chaos.accountsOf(person).filter(({ id }) => !foreign.has(id));
      if (accounts.length > 1) throw new Violation(`I1 I6 person ${person.place} has ${accounts.length} accounts, live or deleted`);
    }
    for (const [id, version] of foreign) {
      if (this.#world.spoke.user(id)?.version !== version) throw new Violation('I2 an account that is not ours was written');
    }
    const writes = this.#world.spoke.log.writes();
    const invited = new Set(writes.filter(({ operation }) => operation === 'POST /invitations').map(({ objectId }) => objectId));
    for (const write of writes.slice(this.#seenWrites)) {
      this.#checkOwner(write, invited);
      this.#checkStopped(write);
    }
    this.#seenWrites = writes.length;
    this.#checkGuard(writes);
    for (const side of ['hub', 'spoke'] as const) this.#checkThrottling(side);
    for (const projection of this.#world.projections()) checkFailure(projection);
  }

  /** Only what we have invited or adopted is written (I2). */
  #checkOwner({ operation, objectId }: LogEntry, invited: ReadonlySet<string | undefined>): void {
    const adopted = this.#chaos.options.adoption === 'Adopt' && objectId === this.#chaos.guestId;
    if (objectId !== undefined && !invited.has(objectId) && !adopted)
      throw new Violation(`I2 ${operation} to an account that we neither created nor adopted`);
  }

  /** Nothing starts after the work was stopped (I5). */
  #checkStopped({ operation, at: serverTime }: LogEntry): void {
    const { clearedAt, stoppedAt, watchesBehindUntil } = this.#chaos;
    const at = serverTime - this.#world.entra.now() + this.#world.clock.monotonic();
    if (clearedAt !== undefined && at > clearedAt + minute)
      throw new Violation(`I5 ${operation} ${at - clearedAt} ms after inbound synchronization was cleared`);
    const seenLate = stoppedAt !== undefined && watchesBehindUntil > stoppedAt ? 3 * minute : 100;
    if (stoppedAt !== undefined && at > stoppedAt + seenLate)
      throw new Violation(`I5 ${operation} ${at - stoppedAt} ms after suspend or Plan`);
  }

  /** Removals and blocks without an approval, counted by account over the whole run, which is shorter than the window (I3). */
  #checkGuard(writes: readonly LogEntry[]): void {
    const { options, people, approved, mostLive } = this.#chaos;
    const approvedAccounts = new Set(
      people.filter(({ id }) => approved.has(id)).flatMap((person) => this.#chaos.accountsOf(person).map(({ id }) => id)),
    );
    const removed = new Set<string>();
    for (const { operation, objectId, body } of writes) {
      const blocks = operation === 'PATCH /users/{id}' && body?.includes('"accountEnabled":false') === true;
      if (objectId !== undefined && (blocks || operation === 'DELETE /users/{id}') && !approvedAccounts.has(objectId))
        removed.add(objectId);
    }
    if (removed.size >= options.threshold)
      throw new Violation(`I3 ${removed.size} removals without an approval, with a threshold of ${options.threshold}`);
    if (removed.size > 0 && removed.size * 100 >= options.percent * mostLive)
      throw new Violation(`I3 ${removed.size} of ${mostLive} accounts removed without an approval, with a limit of ${options.percent} %`);
  }

  /** What was refused for quota is left alone for as long as the refusal says (I9). What a process was told dies with it. */
  #checkThrottling(side: 'hub' | 'spoke'): void {
    const entries = this.#world[side].log.entries();
    const offset = this.#world.clock.monotonic() - this.#world.entra.now();
    for (const refused of entries) {
      if (refused.status !== 429 || this.#chaos.startedAt > refused.at + offset) continue;
      const early = entries.find(
        ({ write, at, operation }) =>
          operation !== 'POST /token' && write === refused.write && at > refused.at + slowestAnswerMs && at < refused.at + retryAfterMs,
      );
      if (early)
        throw new Violation(`I9 ${early.operation} of the ${side} ${early.at - refused.at} ms after a refusal for ${retryAfterMs} ms`);
    }
  }

  /** Without any help: what the source has is what the projections say (I4). */
  recorded(): void {
    for (const person of this.#chaos.people) {
      const projection = this.#world.projection(person.id);
      const problem = this.#recordProblem(person, projection);
      if (problem !== undefined)
        throw new Violation(`I4 person ${person.place} ${problem}: ${describe(projection)} ${describeConfiguration(this.#world)}`);
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
  calm(): void {
    const ready = condition(this.#world.configuration());
    if (ready?.status !== 'True' && ready?.reason !== 'DeletionsStaged')
      throw new Violation(`I4 not ready in the calm: ${describeConfiguration(this.#world)}`);
    this.recorded();
    for (const person of this.#chaos.people) {
      const problem = this.#problemOf(person);
      if (problem !== undefined)
        throw new Violation(`I4 person ${person.place} ${problem}: ${describe(this.#world.projection(person.id))}`);
    }
  }

  #problemOf(person: Person): string | undefined {
    const { foreign } = this.#chaos;
    const projection = this.#world.projection(person.id);
    const accounts = this.#chaos.accountsOf(person);
    const account = accounts.find(({ id }) => !foreign.has(id)) ?? accounts[0];
    const live = account?.deletedAt === null;
    const user = this.#chaos.sourceOf(person);
    // While a removal is staged nobody looks what became of a write that was under way.
    if (projection?.status.intent && projection.spec.lifecycle !== 'RemovalStaged') return 'has an intent left';
    if (!user || !this.#chaos.inScope(person)) {
      const ours = live && !foreign.has(account.id);
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
        return user.properties.accountEnabled === false && !live ? undefined : 'is skipped';
      case 'Conflict':
        return this.#conflictProblem(projection, account);
      default:
        return 'is in no final state';
    }
  }

  #accountProblem(user: SandboxUser, { spec, status }: UserProjection, account: SandboxUser): string | undefined {
    const { jobTitle, accountEnabled } = account.properties;
    if (status.targetUser?.objectId !== account.id) return 'is linked to another account';
    if (status.targetUser.origin !== 'Created' && account.id !== this.#chaos.guestId)
      return "has an account that counts as somebody else's";
    if (jobTitle !== user.properties.jobTitle) return 'has another title in the target';
    if (status.state === 'Blocked' && accountEnabled !== false) return 'is not blocked';
    if (status.state === 'Provisioned' && spec.rejected !== true && accountEnabled !== (user.properties.accountEnabled !== false))
      return 'is blocked or not, against what the source says';
    const manager = user.managerId === null ? undefined : this.#world.projection(user.managerId);
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
      return account && this.#chaos.foreign.has(account.id) ? undefined : 'says that its account is not adopted';
    return `is in conflict, ${reason ?? 'without a reason'}`;
  }
}

/** Whoever left and still has an account is held back or was let go, and the record says so. */
function outOfScopeProblem(projection: UserProjection | undefined): string | undefined {
  if (!projection) return 'is out of scope, has an account of ours and no projection';
  const held = projection.spec.lifecycle === 'RemovalStaged' || projection.spec.rejected === true;
  return held || projection.status.state === 'Retained' ? undefined : 'is out of scope and still has an account of ours';
}

/** A failure has a reason and a time for the next attempt (I8). What somebody else wrote into a record waits for the next cycle. */
function checkFailure(projection: UserProjection): void {
  const { state, nextAttemptAt } = projection.status;
  if (state !== 'Failed' && state !== 'Conflict') return;
  const ready = condition(projection);
  if (ready?.status !== 'False') throw new Violation(`I8 a failure without a reason: ${describe(projection)}`);
  if (nextAttemptAt === undefined && ready.reason !== 'SpecTampered')
    throw new Violation(`I8 a failure without a next attempt: ${describe(projection)}`);
}

const describe = (projection: UserProjection | undefined): string =>
  projection ? JSON.stringify({ spec: projection.spec, status: { ...projection.status, history: undefined } }) : 'no projection';

const describeConfiguration = (world: World): string => JSON.stringify({ ...world.configuration().status, history: undefined });
