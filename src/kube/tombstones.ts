import type { Clock } from '../ports/clock.ts';

interface Tombstone {
  readonly uid: string;
  readonly version: bigint;
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

  add(key: string, uid: string, version: bigint): void {
    const at = this.#clock.monotonic();
    const known = this.#stones.get(key);
    this.#stones.delete(key);
    // Re-inserted at the end: the map stays ordered by time.
    this.#stones.set(key, known !== undefined && known.version > version ? { ...known, at } : { uid, version, at });
    for (const [oldest, stone] of this.#stones) {
      if (at - stone.at < lifetimeMs) break;
      this.#stones.delete(oldest);
    }
  }

  /** Whether an object state is from before the recorded deletion: the same object, or one that is older. */
  covers(key: string, uid: string, version: bigint): boolean {
    const stone = this.#stones.get(key);
    if (stone === undefined) return false;
    return stone.uid === uid || version <= stone.version;
  }
}
