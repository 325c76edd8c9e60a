/** A point in time on the proleptic Gregorian calendar, as exact as .NET keeps it. */
export interface Moment {
  /** Whole milliseconds since 1970, in UTC. */
  readonly ms: number;
  /** Units of 100 nanoseconds beyond them, 0 to 9999. */
  readonly ticks: number;
  /** Whether the text it was read from named an offset or UTC. */
  readonly zoned: boolean;
}

export interface Fields {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

export const second = 1000;
export const minute = 60 * second;
export const hour = 60 * minute;
export const day = 24 * hour;

const firstMs = -62_135_596_800_000;
const lastMs = 253_402_300_799_999;

/** Whether a point in time is in the years 1 to 9999. */
export const inRange = (ms: number): boolean => ms >= firstMs && ms <= lastMs;

export function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Milliseconds since 1970 of a date and time in UTC, or null when there is none such. */
export function msOf({ year, month, day: date, hour: hours, minute: minutes, second: seconds }: Fields): number | null {
  if (year < 1 || year > 9999 || month < 1 || month > 12 || date < 1 || date > daysInMonth(year, month)) return null;
  if (hours > 23 || minutes > 59 || seconds > 59) return null;
  // Four hundred years are a whole number of days, and Date.UTC takes years below 100 for years of the 20th century.
  return Date.UTC(year + 400, month - 1, date, hours, minutes, seconds) - 146_097 * day;
}

export function fieldsOf(ms: number): Fields {
  const date = new Date(ms);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
  };
}

/** 0: Sunday. */
export const weekday = (ms: number): number => new Date(ms).getUTCDay();

export const intervals = ['yyyy', 'm', 'd', 'ww', 'h', 'n', 's'] as const;
export type Interval = (typeof intervals)[number];

const lengths: Readonly<Record<Exclude<Interval, 'yyyy' | 'm'>, number>> = { d: day, ww: 7 * day, h: hour, n: minute, s: second };

/** `ms` moved by a number of intervals; null outside the calendar. The last days of a month become the last of a shorter one. */
export function addInterval(ms: number, interval: Interval, count: number): number | null {
  if (interval !== 'yyyy' && interval !== 'm') {
    const moved = ms + count * lengths[interval];
    return inRange(moved) ? moved : null;
  }
  const fields = fieldsOf(ms);
  const months = fields.year * 12 + fields.month - 1 + count * (interval === 'm' ? 1 : 12);
  const year = Math.floor(months / 12);
  const month = (months % 12) + 1;
  if (year < 1 || year > 9999) return null;
  const moved = msOf({ ...fields, year, month, day: Math.min(fields.day, daysInMonth(year, month)) });
  return moved === null ? null : moved + (((ms % second) + second) % second);
}

/** Intervals from one point in time to another: years, months and weeks (from Sunday) count boundaries, the others whole elapsed units. */
export function differenceIn(interval: Interval, from: number, to: number): number {
  if (interval === 'yyyy' || interval === 'm') {
    const a = fieldsOf(from);
    const b = fieldsOf(to);
    return interval === 'yyyy' ? b.year - a.year : (b.year - a.year) * 12 + b.month - a.month;
  }
  if (interval === 'ww') {
    const sunday = (ms: number): number => Math.floor(ms / day) - weekday(ms);
    return (sunday(to) - sunday(from)) / 7;
  }
  // Plus zero, so that nothing is ever minus zero.
  return Math.trunc((to - from) / lengths[interval]) + 0;
}
