import type { RestingAct } from '../../core/evaluation/still-holds.ts';

/** A decision that waits for a new reading of the source: of whom, by which record, and for what. */
export interface Asked {
  readonly sourceId: string;
  readonly projectionKey: string;
  readonly act: RestingAct;
}

/**
 * A reading of the source that says what a record of that revision says: the pages of a cycle, or a read of just this person. A deletion
 * or block rests on the latter.
 */
export interface Confirmed {
  readonly revision: string;
  /** Hash of the rules by which the person was evaluated: what was read under other ones than those of now confirms nothing. */
  readonly rules: string;
  /** When the reading began (monotonic). */
  readonly readAt: number;
  readonly by: 'Cycle' | 'DirectRead';
}

/**
 * Which decisions a recent reading of the source has confirmed, and which ask for one (I11). A cache: a confirmation that is forgotten
 * costs one more reading, so that no old decision outlives a suspension, a lost lease or the process. Times are monotonic: a wall clock
 * that jumps makes no reading younger.
 */
export class Confirmations {
  /** Decisions that ask for a reading, by configuration and record. */
  readonly #asked = new Map<string, Map<string, Asked>>();
  /** Since when a record has been asking (monotonic). */
  readonly #waiting = new Map<string, Map<string, number>>();
  /** By configuration and record. */
  readonly #confirmed = new Map<string, Map<string, Confirmed>>();
  /** Source users about whom a cycle is to decide anew, by configuration; each request with a number of its own. */
  readonly #reconsidered = new Map<string, Map<string, number>>();
  /** Source users whose records follow a direct read that contradicted them, by configuration, and since when (monotonic). */
  readonly #followed = new Map<string, Map<string, number>>();
  #requests = 0;

  /** A record asks for a reading; `at` (monotonic): now. */
  ask(configurationKey: string, asked: Asked, at: number): void {
    const waiting = this.#waiting.get(configurationKey) ?? new Map<string, number>();
    if (!waiting.has(asked.projectionKey)) waiting.set(asked.projectionKey, at);
    this.#waiting.set(configurationKey, waiting);
    const known = this.#asked.get(configurationKey) ?? new Map<string, Asked>();
    known.set(asked.projectionKey, asked);
    this.#asked.set(configurationKey, known);
  }

  /** Takes the records that ask for a reading out, oldest first, at most `limit` of them: they ask no more. */
  take(configurationKey: string, limit: number): readonly Asked[] {
    const known = this.#asked.get(configurationKey);
    if (!known) return [];
    const taken = [...known.values()].slice(0, limit);
    for (const { projectionKey } of taken) known.delete(projectionKey);
    return taken;
  }

  isAsking(configurationKey: string): boolean {
    return (this.#asked.get(configurationKey)?.size ?? 0) > 0;
  }

  /** Whether a record has asked since `since` (monotonic) or longer, and nothing has confirmed what it says. */
  asksInVain(configurationKey: string, projectionKey: string, since: number): boolean {
    return (this.#waiting.get(configurationKey)?.get(projectionKey) ?? Number.POSITIVE_INFINITY) <= since;
  }

  /** Remembers a reading; one of just this person is worth more than the page of a cycle that says the same. */
  confirm(configurationKey: string, projectionKey: string, confirmed: Confirmed): void {
    const known = this.#confirmed.get(configurationKey) ?? new Map<string, Confirmed>();
    const before = known.get(projectionKey);
    const same = before?.revision === confirmed.revision && before.rules === confirmed.rules;
    if (same && before.by === 'DirectRead' && confirmed.by === 'Cycle') return;
    known.set(projectionKey, confirmed);
    this.#confirmed.set(configurationKey, known);
  }

  /** Whether a reading of that kind, begun at `since` (monotonic) or later, has confirmed exactly this revision by exactly these rules. */
  isConfirmed(
    configurationKey: string,
    projectionKey: string,
    wanted: Pick<Confirmed, 'revision' | 'rules'> & { readonly since: number; readonly by: 'AnyReading' | 'DirectRead' },
  ): boolean {
    const known = this.#confirmed.get(configurationKey)?.get(projectionKey);
    if (known?.revision !== wanted.revision || known.rules !== wanted.rules || known.readAt < wanted.since) return false;
    return wanted.by === 'AnyReading' || known.by === 'DirectRead';
  }

  /** The record was handled, or is gone: nothing waits for a reading. */
  drop(configurationKey: string, projectionKey: string): void {
    this.#confirmed.get(configurationKey)?.delete(projectionKey);
    this.#asked.get(configurationKey)?.delete(projectionKey);
    this.#waiting.get(configurationKey)?.delete(projectionKey);
  }

  /** The work of a configuration was interrupted: no reading from before counts any more. */
  forget(configurationKey: string): void {
    this.#confirmed.delete(configurationKey);
    this.#asked.delete(configurationKey);
    this.#waiting.delete(configurationKey);
  }

  /** Nobody looks after the configuration here any more: nothing of it is kept. */
  end(configurationKey: string): void {
    this.forget(configurationKey);
    this.#reconsidered.delete(configurationKey);
    this.#followed.delete(configurationKey);
  }

  /** A record follows a direct read that contradicted it, at `at` (monotonic): where the read was behind the delta, no delta tells of it again. */
  follow(configurationKey: string, sourceId: string, at: number): void {
    const known = this.#followed.get(configurationKey) ?? new Map<string, number>();
    known.set(sourceId, at);
    this.#followed.set(configurationKey, known);
  }

  /** Source users who are to be read once more. */
  followed(configurationKey: string): readonly string[] {
    return [...(this.#followed.get(configurationKey)?.keys() ?? [])];
  }

  /** These source users were read once more: whoever is followed since `since` (monotonic) or longer is known well enough. */
  readOnceMore(configurationKey: string, sourceIds: readonly string[], since: number): void {
    const known = this.#followed.get(configurationKey);
    for (const id of sourceIds) if ((known?.get(id) ?? Number.POSITIVE_INFINITY) <= since) known?.delete(id);
  }

  /** A source user is to be decided about anew by the next cycle, whatever the delta says. */
  reconsider(configurationKey: string, sourceId: string): void {
    const known = this.#reconsidered.get(configurationKey) ?? new Map<string, number>();
    known.set(sourceId, (this.#requests += 1));
    this.#reconsidered.set(configurationKey, known);
  }

  /** Source users about whom a cycle is to decide anew, each with the number of the request. */
  reconsideredOf(configurationKey: string): ReadonlyMap<string, number> {
    return new Map(this.#reconsidered.get(configurationKey));
  }

  /** A cycle has decided about these source users. A user who was named once more since stays. */
  decided(configurationKey: string, decided: ReadonlyMap<string, number>): void {
    const known = this.#reconsidered.get(configurationKey);
    for (const [id, request] of decided) if (known?.get(id) === request) known.delete(id);
  }
}
