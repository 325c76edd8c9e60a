import { MemberReadings } from './member-readings.ts';

/** A member as we have written it last. */
interface Written {
  readonly present: boolean;
  /** Monotonic. */
  readonly at: number;
}

/**
 * What the process keeps about the records of groups, by their keys. All of it can be had again: whoever takes over looks at each group, which reads
 * both sides anew.
 */
export class GroupMemory {
  readonly readings = new MemberReadings();
  readonly #requested = new Set<string>();
  readonly #attempts = new Set<string>();
  /** Passes that are to go on where they were, and of those the ones whose readings began before something was asked for. */
  readonly #resumed = new Set<string>();
  readonly #overtaken = new Set<string>();
  readonly #held = new Set<string>();
  readonly #again = new Map<string, number>();
  readonly #sources = new Map<string, ReadonlySet<string>>();
  readonly #groupsOf = new Map<string, Set<string>>();
  readonly #written = new Map<string, Map<string, Written>>();
  readonly #passed = new Map<string, Set<string>>();
  /** The two tenants between which a group is being made, by the key of its record. */
  readonly #creating = new Map<string, string>();

  /** Asks for a look at a group although its record has not changed. One that waits for its next attempt is looked at then. */
  requestLook(key: string): void {
    this.#requested.add(key);
  }

  /** Asks for a look now, also at a group that waits for its next attempt: what stood in its way may be gone. */
  requestAttempt(key: string): void {
    this.#attempts.add(key);
  }

  isAttemptRequested(key: string): boolean {
    return this.#attempts.has(key) || this.#resumed.has(key);
  }

  /** A pass came to no end, and another one goes on with its work: that asks for nothing new. */
  resume(key: string): void {
    this.#resumed.add(key);
  }

  /** A pass came to its end. What was asked for after its readings had begun is looked at once more. */
  ended(key: string): void {
    this.readings.end(key);
    if (this.#overtaken.delete(key)) this.requestLook(key);
  }

  /** Nothing is gone on with: whoever looks next reads from the first page. */
  abandon(key: string): void {
    this.readings.end(key);
    this.#overtaken.delete(key);
  }

  /** Asks for one more look later (monotonic): what was announced may not be visible to the first. */
  lookAgainAt(key: string, at: number): void {
    this.#again.set(key, at);
  }

  /** How long until that look; undefined when there is none. */
  againInMs(key: string, now: number): number | undefined {
    const at = this.#again.get(key);
    return at === undefined ? undefined : Math.max(0, at - now);
  }

  isLookRequested(key: string): boolean {
    return this.#requested.has(key) || this.isAttemptRequested(key);
  }

  /** Removals wait until the configuration of a group is evaluated as it stands. */
  holdRemovals(key: string): void {
    this.#held.add(key);
  }

  holdsRemovals(key: string): boolean {
    return this.#held.has(key);
  }

  /** A look begins, for all that was asked for until now; `now` is monotonic. */
  looking(key: string, now: number): void {
    const isAsked = this.#requested.has(key) || this.#attempts.has(key) || this.againInMs(key, now) === 0;
    if (isAsked && this.readings.isUnderWay(key)) this.#overtaken.add(key);
    this.#resumed.delete(key);
    this.#requested.delete(key);
    this.#attempts.delete(key);
    this.#held.delete(key);
    if ((this.#again.get(key) ?? Number.POSITIVE_INFINITY) <= now) this.#again.delete(key);
  }

  /** The people of the source group as they were read last. */
  learnSource(key: string, people: ReadonlySet<string>): void {
    if (this.#sources.get(key) === people) return;
    for (const person of this.#sources.get(key) ?? []) if (!people.has(person)) this.#groupsOf.get(person)?.delete(key);
    this.#sources.set(key, people);
    for (const person of people) {
      const groups = this.#groupsOf.get(person) ?? new Set<string>();
      groups.add(key);
      this.#groupsOf.set(person, groups);
    }
  }

  /** Records of the groups that a person is in, as far as they were read. */
  groupsOf(person: string): Iterable<string> {
    return this.#groupsOf.get(person) ?? [];
  }

  wrote(key: string, members: readonly string[], present: boolean, at: number): void {
    const written = this.#written.get(key) ?? new Map<string, Written>();
    for (const member of members) written.set(member, { present, at });
    this.#written.set(key, written);
    this.readings.cameOn(key, at);
  }

  /** What became of a request about these members is not known: reads tell. */
  forget(key: string, members: readonly string[]): void {
    for (const member of members) this.#written.get(key)?.delete(member);
    this.readings.drop(key, 'Target');
  }

  /** Members that we have put in (`true`) or taken out since a time (monotonic): a read may not show it yet. */
  writtenSince(key: string, from: number): ReadonlyMap<string, boolean> {
    const written = this.#written.get(key);
    // A reading that goes on from pass to pass shows nothing of what was written since it began.
    const needed = Math.min(from, this.readings.oldestOf(key) ?? from);
    const since = new Map<string, boolean>();
    for (const [member, { present, at }] of written ?? []) {
      if (at < needed) written?.delete(member);
      else if (at >= from) since.set(member, present);
    }
    return since;
  }

  /** Members whose removal was let through, and is not carried out yet. */
  passedOf(key: string): ReadonlySet<string> {
    return this.#passed.get(key) ?? new Set();
  }

  letPass(key: string, members: readonly string[]): void {
    this.#passed.set(key, new Set(members));
  }

  /** A group is being made, between those tenants. */
  creating(key: string, tenants: string): void {
    this.#creating.set(key, tenants);
  }

  created(key: string): void {
    this.#creating.delete(key);
  }

  /** Records of groups that are being made between two tenants. */
  creatingIn(tenants: string): readonly string[] {
    return [...this.#creating].flatMap(([key, between]) => (between === tenants ? [key] : []));
  }

  /** The record is gone. */
  gone(key: string): void {
    this.learnSource(key, new Set());
    this.#sources.delete(key);
    this.abandon(key);
    this.#resumed.delete(key);
    this.#requested.delete(key);
    this.#attempts.delete(key);
    this.#again.delete(key);
    this.#held.delete(key);
    this.#written.delete(key);
    this.#passed.delete(key);
    this.#creating.delete(key);
  }
}
