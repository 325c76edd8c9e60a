/** So many of the latest attempts tell how it is now. */
const remembered = 20;
/** While fewer than this share of writes to fresh accounts miss, they are made at once. */
const bearableMisses = 0.05;
/** One in so many is made at once although others wait: only so is it learned that waiting is needed no more. */
const probeEvery = 50;
const firstWaitMs = 2_000;
const leastWaitMs = 500;
const mostWaitMs = 60_000;
/** A look that comes too early makes the next wait a quarter longer, one that does not a little shorter: about one in eleven comes too early. */
const longer = 1.25;
const shorter = 0.98;
/** Older than so many waits, an account is an exception and tells nothing about the others. */
const exceptionalAge = 2;

/**
 * How long accounts of one tenant take to become visible after their invitation, learned from the attempts to write to them. A cache: what is
 * forgotten is learned anew, by a few writes that miss.
 */
export class Visibility {
  /** Whether the latest writes that were made at once found their account. */
  readonly #atOnce: boolean[] = [];
  #waitMs = firstWaitMs;
  #created = 0;

  /** Milliseconds to wait before a fresh account is written to; 0: at once. */
  next(): number {
    this.#created += 1;
    return this.#misses() < bearableMisses || this.#created % probeEvery === 0 ? 0 : this.#waitMs;
  }

  /** A write that was made at once has found its account, or has not. */
  triedAtOnce(found: boolean): void {
    this.#atOnce.push(found);
    if (this.#atOnce.length > remembered) this.#atOnce.shift();
  }

  /** An account was looked for `ageMs` after its invitation, and was there, or was not. What many tell at the same time counts once. */
  lookedFor(found: boolean, ageMs: number): void {
    if (found) this.#waitMs = Math.max(leastWaitMs, this.#waitMs * shorter);
    else if (ageMs <= exceptionalAge * this.#waitMs) this.#waitMs = Math.min(mostWaitMs, Math.max(this.#waitMs, ageMs * longer));
  }

  /** The share of misses; a single one tells nothing about the others. */
  #misses(): number {
    const missed = this.#atOnce.filter((found) => !found).length;
    return missed < 2 ? 0 : missed / this.#atOnce.length;
  }
}
