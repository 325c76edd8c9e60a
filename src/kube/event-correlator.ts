import type { Clock } from '../ports/clock.ts';
import type { EventInput, ObjectReference } from '../ports/events.ts';
import { LruMap } from './lru-map.ts';

/** One series of equal events, to be written as one Event object. */
export interface EventSeries {
  readonly about: ObjectReference;
  readonly input: EventInput;
  /** Wall-clock time of the first and of the last. */
  firstAt: number;
  lastAt: number;
  count: number;
}

/** client-go's limits (tools/record/events_cache.go). */
const limits = { remembered: 4096, similar: 10, similarWithinMs: 10 * 60_000, burst: 25, refillMs: 5 * 60_000 } as const;

/** The API refuses longer notes; it counts bytes. */
const longestNote = 1024;

interface Similar {
  notes: Set<string>;
  lastAt: number;
}

interface Bucket {
  tokens: number;
  at: number;
}

/**
 * Turns a flood of events into few: equal ones become one with a count; more than ten that differ in their note only, within ten
 * minutes, become one; and each object has a budget of 25 at once and one per five minutes after that.
 */
export class EventCorrelator {
  readonly #clock: Clock;
  readonly #series = new LruMap<EventSeries>(limits.remembered);
  readonly #similar = new LruMap<Similar>(limits.remembered);
  readonly #buckets = new LruMap<Bucket>(limits.remembered);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The series that the event belongs to, counted in; undefined when it must not be written now. */
  observe(about: ObjectReference, input: EventInput): EventSeries | undefined {
    const { key, note } = this.#aggregate(about, input);
    const now = this.#clock.now();
    let series = this.#series.get(key);
    if (series === undefined) {
      series = { about, input: { ...input, note: truncate(note) }, firstAt: now, lastAt: now, count: 1 };
      this.#series.set(key, series);
    } else {
      series.count += 1;
      series.lastAt = now;
    }
    return this.#spend(about) ? series : undefined;
  }

  #aggregate(about: ObjectReference, input: EventInput): { readonly key: string; readonly note: string } {
    const common = [about.uid, about.namespace, about.name, input.type, input.reason, input.action].join('\n');
    const now = this.#clock.monotonic();
    let similar = this.#similar.get(common);
    if (similar === undefined || now - similar.lastAt > limits.similarWithinMs) {
      similar = { notes: new Set(), lastAt: now };
      this.#similar.set(common, similar);
    }
    similar.lastAt = now;
    if (similar.notes.has(input.note) || similar.notes.size < limits.similar) {
      similar.notes.add(input.note);
      return { key: `${common}\n\n${input.note}`, note: input.note };
    }
    return { key: common, note: `(combined from similar events): ${input.note}` };
  }

  #spend(about: ObjectReference): boolean {
    const key = [about.uid, about.namespace, about.name].join('\n');
    const now = this.#clock.monotonic();
    const bucket = this.#buckets.get(key) ?? { tokens: limits.burst, at: now };
    bucket.tokens = Math.min(limits.burst, bucket.tokens + (now - bucket.at) / limits.refillMs);
    bucket.at = now;
    this.#buckets.set(key, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }
}

/** At most 1024 bytes of UTF-8, without half a character at the end. */
function truncate(note: string): string {
  const bytes = Buffer.from(note);
  if (bytes.length <= longestNote) return note;
  let end = longestNote - 3;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return `${bytes.subarray(0, end).toString()}...`;
}
