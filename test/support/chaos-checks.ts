import type { LogEntry } from '@tenantsync/sandbox/entra';
import type { UserProjection } from '../../src/api/kinds.ts';
import { FeatureChecks, isPolicyWrite, purges } from './chaos-feature-checks.ts';
import { GroupChecks } from './chaos-group-checks.ts';
import { describe, Violation } from './chaos-violation.ts';
import { anchorStart, minute, type Person } from './chaos-tenants.ts';
import type { ChaosWorld } from './chaos-world.ts';
import { condition } from './scene.ts';
import type { World } from './world.ts';

/** More requests in a minute than any of these small worlds needs of one tenant (I14). */
const mostRequestsAMinute = 400;

/** What must hold at any time. */
export class Checks {
  readonly #chaos: ChaosWorld;
  readonly #world: World;
  readonly #features: FeatureChecks;
  readonly #groups: GroupChecks | undefined;
  #seenWrites = 0;
  /** Application that made each account its own, and when (server time): by its invitation, or by its mark. */
  readonly #makers = new Map<string, { readonly appId: string; readonly at: number }>();
  /** Applications that have invited each account. */
  readonly #inviters = new Map<string, Set<string>>();
  /** What each application has asked an invitation for that was not answered as carried out: which it may have been. */
  readonly #unanswered = new Map<string, Set<string>>();
  /** Whose account it is, and the tokens of the sets that were rejected. */
  readonly #owners = new Map<string, Person>();
  readonly #rejections = new Set<string>();

  constructor(chaos: ChaosWorld) {
    this.#chaos = chaos;
    this.#world = chaos.world;
    this.#features = new FeatureChecks(chaos);
    if (chaos.projecting !== undefined) this.#groups = new GroupChecks(chaos, chaos.projecting);
  }

  /** Checks what has happened since the last time, and how things are. */
  always(): void {
    const { people, foreign } = this.#chaos;
    for (const person of people) {
      // An account that was there before and is not to be adopted is nobody's: an address is no person.
      const accounts = this.#chaos
        .accountsOf(person)
        .filter((account) => !foreign.has(account.id) && !this.#chaos.isLost(person, account) && !this.#chaos.isUnknown(person, account));
      if (accounts.length > 1) throw new Violation(`I1 I6 person ${person.place} has ${accounts.length} accounts, live or deleted`);
    }
    for (const [id, version] of foreign) {
      if (this.#world.spoke.user(id)?.version !== version) throw new Violation('I2 an account that is not ours was written');
    }
    const { token, decision } = this.#chaos.configuration().status.lastHandledDeletionDecision ?? {};
    if (token !== undefined && decision === 'Rejected') this.#rejections.add(token);
    const writes = this.#world.spoke.log.writes().map((write) => ({ ...write, appId: this.#chaos.installationOf(write.appId) }));
    const invited = new Set(writes.filter(({ operation }) => operation === 'POST /invitations').map(({ objectId }) => objectId));
    // A purged account is found at nobody any more.
    for (const person of people) for (const { id } of this.#chaos.accountsOf(person)) this.#owners.set(id, person);
    this.#noteUnanswered();
    for (const write of writes.slice(this.#seenWrites)) {
      this.#features.write(write, this.#personOf(write.objectId), this.#sinceStart(write.at), this.#rejections);
      if (isPolicyWrite(write)) continue;
      this.#chaos.rules.check(write, this.#personOf(write.objectId), this.#sinceStart(write.at), this.#rejections);
      if (this.#groups?.write(write, this.#sinceStart(write.at), (id) => this.#personOf(id)) === true) {
        this.#checkStopped(write);
        continue;
      }
      this.#checkOwner(write, invited);
      this.#checkStopped(write);
      this.#checkInstallation(write);
      this.#checkStanding(write);
    }
    this.#seenWrites = writes.length;
    this.#checkGuard(writes);
    this.#features.creations(writes, (id) => this.#owners.get(id));
    for (const side of ['hub', 'spoke'] as const) {
      this.#checkThrottling(side);
      this.#checkRate(side);
    }
    this.#groups?.always();
    const projections = this.#world.projections();
    this.#features.records(projections);
    // A preview attempts nothing.
    for (const projection of projections) if (projection.spec.previewOf === undefined) checkFailure(projection);
  }

  /** A time of the directories on the monotonic clock. */
  #sinceStart(serverTime: number): number {
    return serverTime - this.#world.entra.now() + this.#world.clock.monotonic();
  }

  /** Only what we have invited or adopted is written (I2). */
  #checkOwner({ operation, objectId }: LogEntry, invited: ReadonlySet<string | undefined>): void {
    const adopted = this.#chaos.options.adoption === 'Adopt' && objectId === this.#chaos.guestId;
    if (objectId !== undefined && !invited.has(objectId) && !adopted)
      throw new Violation(`I2 ${operation} to an account that we neither created nor adopted`);
  }

  /** Takes down the invitations that got no answer of success: some of them may have been carried out. */
  #noteUnanswered(): void {
    for (const { operation, objectId, appId, body } of this.#world.spoke.log.entries()) {
      if (operation !== 'POST /invitations' || objectId !== undefined) continue;
      const installation = this.#chaos.installationOf(appId);
      if (installation === undefined) continue;
      const { invitedUserEmailAddress = '' } = JSON.parse(body ?? '{}') as { readonly invitedUserEmailAddress?: string };
      this.#unanswered.set(installation, (this.#unanswered.get(installation) ?? new Set()).add(invitedUserEmailAddress));
    }
  }

  /** What one installation has made its own, no other one writes (I15). */
  #checkInstallation({ operation, objectId, appId, at, body }: LogEntry): void {
    if (objectId === undefined || appId === undefined) return;
    const maker = this.#makers.get(objectId);
    const inviters = this.#inviters.get(objectId) ?? new Set();
    this.#inviters.set(objectId, inviters);
    if (operation === 'POST /invitations') {
      // The second invitation finds the account of the first and changes nothing of it.
      inviters.add(appId);
      if (!maker) this.#makers.set(objectId, { appId, at });
      return;
    }
    // Both may have searched, and found nothing or the same, before either had left a mark that could be seen: the last mark counts.
    const asked = this.#owners.get(objectId)?.addresses.some((address) => this.#unanswered.get(appId)?.has(address) === true) === true;
    const found = inviters.has(appId) || asked || objectId === this.#chaos.guestId;
    const unseen = maker !== undefined && at <= maker.at + this.#chaos.worstLagMs + this.#chaos.patienceMs();
    if (maker && maker.appId !== appId && !(found && unseen))
      throw new Violation(`I15 ${operation} by one installation to an account of another`);
    if (body?.includes(anchorStart) === true) this.#makers.set(objectId, { appId, at });
  }

  /** Nothing is carried out that does not hold any more, or was rejected, however long it had been decided (I11, I13). */
  #checkStanding({ operation, objectId, body, at: serverTime }: LogEntry): void {
    const { history, options, worstLagMs, features } = this.#chaos;
    const person = this.#personOf(objectId);
    if (!person) return;
    const at = this.#sinceStart(serverTime);
    const known = at - worstLagMs - this.#chaos.patienceMs();
    const blocks = operation === 'PATCH /users/{id}' && body?.includes('"accountEnabled":false') === true;
    const deletes = operation === 'DELETE /users/{id}';
    if (deletes && history.belongedSince(person, known, 'account'))
      throw new Violation(`I11 person ${person.place} is deleted and in scope`);
    // Whoever is only to be in the address list is blocked whatever the source says (D8).
    const listed = features.addressListBetween(known, at);
    if (blocks && !listed && history.belongedSince(person, known, 'signIn'))
      throw new Violation(`I11 person ${person.place} is blocked and in scope`);
    const rests = known - (options.interval === '1m' ? minute : 5 * minute);
    const comes = operation === 'POST /invitations' || operation === 'POST /directory/deletedItems/{id}/restore';
    if (comes && history.goneSince(person, rests)) throw new Violation(`I11 ${operation} for person ${person.place}, who has left`);
    const rejected = history.rejectedBy(person);
    if ((deletes || blocks) && rejected !== undefined && this.#rejections.has(rejected))
      throw new Violation(`I13 ${operation} for person ${person.place}, for whom it was rejected`);
  }

  /** Whose account it is or was. */
  #personOf(objectId: string | undefined): Person | undefined {
    return objectId === undefined ? undefined : this.#owners.get(objectId);
  }

  /** Nothing starts after the work was stopped (I5). */
  #checkStopped({ operation, appId, at: serverTime }: LogEntry): void {
    const { clearedAt, stoppedAt, watchesBehindUntil } = this.#chaos;
    const at = this.#sinceStart(serverTime);
    if (clearedAt !== undefined && at > clearedAt + minute)
      throw new Violation(`I5 ${operation} ${at - clearedAt} ms after inbound synchronization was cleared`);
    // Only this installation is stopped by that; the target's own stop is for all.
    if (appId !== this.#world.spokeApp.appId) return;
    const seenLate = stoppedAt !== undefined && watchesBehindUntil > stoppedAt ? 3 * minute : 100;
    if (stoppedAt !== undefined && at > stoppedAt + seenLate)
      throw new Violation(`I5 ${operation} ${at - stoppedAt} ms after suspend or Plan`);
  }

  /**
   * Removals, blocks and purges without an approval, counted by account over the whole run, which is shorter than the window (I3). Each
   * installation has a guard of its own; nothing is ever approved in another one than the one that is looked at.
   */
  #checkGuard(writes: readonly LogEntry[]): void {
    const { options, approved, mostLive, others, purges: decided } = this.#chaos;
    const without = (ids: ReadonlySet<string>, decisions: ReadonlySet<string>): number =>
      [...ids].filter((id) => !decisions.has(this.#owners.get(id)?.id ?? '')).length;
    const purged = (world: World): ReadonlySet<string> => this.#purgedBy(world, writes);
    const removed = without(this.#removedBy(this.#world, writes), approved);
    const taken = removed + without(purged(this.#world), decided.approved);
    for (const count of [taken, ...others.map((other) => this.#removedBy(other, writes).size + purged(other).size)])
      if (count >= options.threshold)
        throw new Violation(`I3 ${count} removals without an approval, with a threshold of ${options.threshold}`);
    if (taken > 0 && taken * 100 >= options.percent * mostLive)
      throw new Violation(
        `I3 ${taken} of ${mostLive} accounts removed or purged without an approval, with a limit of ${options.percent} %`,
      );
  }

  /** Accounts that an installation has deleted or blocked since its guard can know of it. */
  #removedBy({ spokeApp }: World, writes: readonly LogEntry[]): ReadonlySet<string> {
    const removed = new Set<string>();
    for (const write of writes) {
      const { operation, objectId, appId, body, at } = write;
      if (objectId === undefined || at < this.#chaos.guardSince || appId !== spokeApp.appId) continue;
      const blocks = operation === 'PATCH /users/{id}' && body?.includes('"accountEnabled":false') === true;
      // The first block of an account of the address list is a part of its creation (D8).
      if (blocks && this.#features.completesCreation(write, this.#sinceStart(at))) continue;
      if (blocks || operation === 'DELETE /users/{id}') removed.add(objectId);
    }
    return removed;
  }

  /** Accounts that an installation has purged since its guard can know of it: each counts like one more removal (A12). */
  #purgedBy({ spokeApp }: World, writes: readonly LogEntry[]): ReadonlySet<string> {
    const since = writes.filter(({ at, appId }) => at >= this.#chaos.guardSince && appId === spokeApp.appId);
    return new Set(since.flatMap(({ operation, objectId = '' }) => (operation === purges ? [objectId] : [])));
  }

  /** Whatever fails, nobody asks again and again without a pause (I14). */
  #checkRate(side: 'hub' | 'spoke'): void {
    const times = this.#world[side].log.entries().map(({ at }) => at);
    for (let last = mostRequestsAMinute; last < times.length; last += 1)
      if ((times[last] ?? 0) - (times[last - mostRequestsAMinute] ?? 0) < minute)
        throw new Violation(`I14 more than ${mostRequestsAMinute} requests to the ${side} within a minute`);
  }

  /** What was refused for quota is left alone for as long as the refusal says (I9). What a process was told dies with it. */
  #checkThrottling(side: 'hub' | 'spoke'): void {
    const { slowestAnswerMs, retryAfter } = this.#chaos;
    const { leastMs } = retryAfter;
    const entries = this.#world[side].log.entries();
    const offset = this.#world.clock.monotonic() - this.#world.entra.now();
    for (const refused of entries) {
      if (refused.status !== 429 || this.#chaos.startedAt > refused.at + offset) continue;
      const early = entries.find(
        ({ write, at, operation, appId }) =>
          operation !== 'POST /token' &&
          appId === refused.appId &&
          write === refused.write &&
          at > refused.at + slowestAnswerMs &&
          at < refused.at + leastMs,
      );
      if (early)
        throw new Violation(`I9 ${early.operation} of the ${side} ${early.at - refused.at} ms after a refusal for ${leastMs} ms or more`);
    }
  }
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
