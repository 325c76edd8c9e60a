import type { Clock } from '../ports/clock.ts';

/** How an object went. */
export interface Deletion {
  /** States of the object before this version are from before the deletion. */
  readonly version: bigint;
  /** Set when the object of that uid can never come back; left out when it may only have left what is watched. */
  readonly uid?: string;
}

interface Tombstone extends Deletion {
  readonly at: number;
}

/** Longer than any event can be late: watches are renewed after ten minutes at most, and a list then shows the truth. */
const lifetimeMs = 15 * 60_000;

/** Remembers deleted objects for a while, so that an event from before the deletion does not bring one back. */
export class Tombstones {
  readonly #clock: Clock;
  readonly #stones = new Map<string, Tombstone>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#stones.size;
  }

  add(key: string, deletion: Deletion): void {
    const at = this.#clock.monotonic();
    this.#stones.delete(key);
    // Re-inserted at the end: the map stays ordered by time.
    this.#stones.set(key, { ...deletion, at });
    for (const [oldest, stone] of this.#stones) {
      if (at - stone.at < lifetimeMs) break;
      this.#stones.delete(oldest);
    }
  }

  /** Whether a state of an object is from before its recorded deletion. */
  covers(key: string, uid: string, version: bigint): boolean {
    const stone = this.#stones.get(key);
    return stone !== undefined && (stone.uid === uid || version < stone.version);
  }
}
