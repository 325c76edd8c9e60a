import type { Clock, Random, Timer } from '../../src/ports/clock.ts';

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly fire: () => void;
}

/** Something outside of this process that takes part in a test, and takes real time for it. */
export interface Outside {
  /** Whether anything is on its way. */
  readonly busy: boolean;
  /** Resolves when nothing is on its way. */
  wait(): Promise<void>;
}

/** A clock that stands still until it is told to move. Timers fire in the order of their times, then of their setting. */
export class VirtualClock implements Clock {
  #now: number;
  #offset = 0;
  #order = 0;
  #timers = new Map<number, Entry>();
  /** Raised by everything that happens, so that quiet can be told from work. */
  activity = 0;
  outside: Outside | undefined;

  constructor(start = Date.parse('2026-01-05T08:00:00Z')) {
    this.#now = start;
  }

  now(): number {
    return this.#now + this.#offset;
  }

  monotonic(): number {
    return this.#now;
  }

  setTimer(delayMs: number, fire: () => void): Timer {
    this.activity += 1;
    const order = (this.#order += 1);
    this.#timers.set(order, { at: this.#now + Math.max(0, delayMs), order, fire });
    return { cancel: () => void this.#timers.delete(order) };
  }

  /** Makes the wall clock jump without the monotonic one moving. */
  jumpWallClock(ms: number): void {
    this.#offset += ms;
  }

  /** Time of the earliest timer on the monotonic scale. */
  nextTimerAt(): number | undefined {
    let earliest: number | undefined;
    for (const entry of this.#timers.values()) if (earliest === undefined || entry.at < earliest) earliest = entry.at;
    return earliest;
  }

  /** Lets everything that is ready run, without moving time. */
  async settle(): Promise<void> {
    do {
      await this.outside?.wait();
      await this.#settleInside();
    } while (this.outside?.busy === true);
  }

  async #settleInside(): Promise<void> {
    let quiet = 0;
    let seen = this.activity;
    while (quiet < 4) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (this.activity === seen) quiet += 1;
      else {
        quiet = 0;
        seen = this.activity;
      }
    }
  }

  /** Moves time on by `ms`, firing each timer at its time and letting what it starts run before the next. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await this.settle();
    for (;;) {
      const at = this.nextTimerAt();
      if (at === undefined || at > end) break;
      this.#now = Math.max(this.#now, at);
      this.#fireDue();
      await this.settle();
    }
    this.#now = end;
  }

  /** Moves time on, timer by timer, until `done` holds; gives up after `limitMs` of virtual time. */
  async advanceUntil(done: () => boolean, limitMs: number): Promise<boolean> {
    const end = this.#now + limitMs;
    await this.settle();
    while (!done()) {
      const at = this.nextTimerAt();
      if (at === undefined || at > end) return false;
      this.#now = Math.max(this.#now, at);
      this.#fireDue();
      await this.settle();
    }
    return true;
  }

  #fireDue(): void {
    const due = [...this.#timers.values()].filter((entry) => entry.at <= this.#now).sort((a, b) => a.at - b.at || a.order - b.order);
    for (const entry of due) {
      if (!this.#timers.delete(entry.order)) continue;
      this.activity += 1;
      entry.fire();
    }
  }
}

/** A clock on which each look at the time takes time: long work gives way again and again. Its timers fire as those of a VirtualClock. */
export class RestlessClock extends VirtualClock {
  readonly #lookMs: number;
  #looked = 0;

  constructor(lookMs: number) {
    super();
    this.#lookMs = lookMs;
  }

  override monotonic(): number {
    this.#looked += this.#lookMs;
    return super.monotonic() + this.#looked;
  }
}

/** A repeatable source of randomness (mulberry32). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const hex = (digits: number): string => {
    let text = '';
    while (text.length < digits) text += '0123456789abcdef'.charAt(Math.floor(next() * 16));
    return text;
  };
  return { next, uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}` };
}
