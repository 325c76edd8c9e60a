import type { TenantPairStatus } from '../../api/generated.ts';
import { timestamp } from '../duration.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/**
 * Longer than any window that a configuration can have (168 h), and a day more: older hours become days, of all configurations together, which
 * moves them by less than a day.
 */
const longestWindowMs = (170 + 24) * hourMs;
/**
 * How long they are kept. No window reaches them, unless a clock that was ahead is set back: what was dropped by the wrong time would let
 * more through.
 */
const keptMs = 45 * dayMs;
/** As many as the status holds. */
const mostEntries = 1024;
/** The days that are kept, with one more for each end of them, and as many more that a clock has left ahead which was set back. */
const mostDays = 70;
/** Stands for several configurations whose days do not fit. No configuration is called so, so that it counts for each of them. */
const several = '*';

type Guard = NonNullable<TenantPairStatus['guard']>;
type Entry = NonNullable<Guard['windows']>[number];

/** One set that passed the guard: of removals and blocks, or of creations. */
export interface Passed {
  readonly configuration: string;
  readonly removed: number;
  readonly blocked: number;
  readonly created?: number;
}

/** The configuration that is counted for, and the others that are there, which count for themselves. */
interface Counting {
  readonly name: string;
  readonly others: ReadonlySet<string>;
}

const hourOf = (ms: number): string => timestamp(Math.floor(ms / hourMs) * hourMs);

/**
 * How many removals and blocks have passed since `from`, for a configuration: its own, and those of configurations that are gone, so
 * that one made anew under any name goes on with what was let through before. Whole hours count: never too few.
 */
export function passedSince(guard: Guard | undefined, from: number, configuration: Counting): number {
  return within(guard, from, configuration).reduce((sum, { removed, blocked }) => sum + removed + blocked, 0);
}

/** How many limited creations have passed since `from`: as {@link passedSince}. */
export function createdSince(guard: Guard | undefined, from: number, configuration: Counting): number {
  return within(guard, from, configuration).reduce((sum, { created = 0 }) => sum + created, 0);
}

function within(guard: Guard | undefined, from: number, { name, others }: Counting): readonly Entry[] {
  return (guard?.windows ?? [])
    .filter((entry) => Date.parse(entry.hour) + hourMs > from)
    .filter(({ configuration }) => configuration === name || !others.has(configuration));
}

/** The hour under which what passed in an hour is kept at a time: its own, or the last one of its day when no window reaches it any more. */
export function keptUnder(hour: number, now: number): number | undefined {
  if (hour <= now - keptMs) return undefined;
  return hour > now - longestWindowMs ? hour : lastOfDay(hour);
}

const lastOfDay = (ms: number): number => Math.floor(ms / dayMs) * dayMs + 23 * hourMs;

/**
 * The numbers with a set that has passed now. Hours that no window reaches any more are put together, and dropped in the end. An hour ahead of our clock stays and counts
 * as now until it is past: if it is our clock that is wrong and was set back, the hour moved to it would be dropped when it is right again,
 * and the guard would let more through.
 */
export function withPassed(guard: Guard | undefined, now: number, passed: Passed): Guard {
  const kept = (guard?.windows ?? []).flatMap((entry) => {
    const hour = Date.parse(entry.hour);
    const under = keptUnder(hour, now);
    if (under === undefined) return [];
    return under === hour ? [entry] : [{ ...entry, hour: timestamp(under), configuration: several }];
  });
  return { windows: fitting(merged([...kept, { ...passed, hour: hourOf(now) }])) };
}

/**
 * The entries as the status can hold them: by days where hours do not fit, and the oldest days of all configurations together where days
 * do not. What passed is counted longer by that, and for more configurations, and never forgotten: it would let more through.
 */
function fitting(hours: readonly Entry[]): readonly Entry[] {
  if (hours.length <= mostEntries) return hours;
  const days = merged(hours.map(toDay));
  const room = mostEntries - mostDays;
  return merged([...days.slice(0, room), ...days.slice(room).map((day) => ({ ...day, configuration: several }))]);
}

/** One entry for each configuration and hour. */
function merged(entries: readonly Entry[]): Entry[] {
  const sums = new Map<string, Entry>();
  for (const { configuration, hour, removed, blocked, created } of entries) {
    const key = `${configuration}/${hour}`;
    const sum = sums.get(key);
    sums.set(key, {
      configuration,
      hour,
      removed: removed + (sum?.removed ?? 0),
      blocked: blocked + (sum?.blocked ?? 0),
      ...(created === undefined && sum?.created === undefined ? {} : { created: (created ?? 0) + (sum?.created ?? 0) }),
    });
  }
  return [...sums.values()].toSorted((a, b) => Date.parse(b.hour) - Date.parse(a.hour));
}

/** An entry moved to the last hour of its day: where hours do not fit, days are kept, and nothing is forgotten too early. */
const toDay = (entry: Entry): Entry => ({ ...entry, hour: timestamp(lastOfDay(Date.parse(entry.hour))) });
