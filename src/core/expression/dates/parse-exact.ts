import { fieldsOf, inRange, minute, msOf, weekday, type Moment } from './calendar.ts';
import { dayNames, monthNames } from './names.ts';
import type { PatternPart } from './pattern.ts';
import { hourOf } from './text.ts';

/** What has been read of a date so far. */
interface Found {
  year?: number;
  month?: number;
  day?: number;
  weekday?: number;
  hour?: number;
  half?: 'am' | 'pm';
  minute?: number;
  second?: number;
  fraction?: number;
  offset?: number;
}

/** Reads digits; -1 when there are too few. */
function digits(text: string, at: number, least: number, most: number): { readonly value: number; readonly end: number } | null {
  let end = at;
  while (end < text.length && end - at < most && text.charCodeAt(end) >= 48 && text.charCodeAt(end) <= 57) end += 1;
  return end - at < least ? null : { value: Number(text.slice(at, end) || '0'), end };
}

/** The name that stands at a place, as its index and where it ends. */
function named(text: string, at: number, names: readonly string[], count: number): { readonly value: number; readonly end: number } | null {
  const known = names.map((name) => (count === 3 ? name.slice(0, 3) : name).toLowerCase());
  const value = known.findIndex((name) => text.slice(at, at + name.length).toLowerCase() === name);
  return value < 0 ? null : { value, end: at + (known[value] ?? '').length };
}

function readNumber(found: Found, part: PatternPart, text: string, at: number): number | null {
  const field = { d: 'day', M: 'month', h: 'hour', H: 'hour', m: 'minute', s: 'second' } as const;
  const reading = digits(text, at, Math.min(part.count, 2), 2);
  if (reading === null) return null;
  found[field[part.specifier as keyof typeof field]] = reading.value;
  return reading.end;
}

function readYear(found: Found, count: number, text: string, at: number): number | null {
  const reading = count <= 2 ? digits(text, at, count, 2) : digits(text, at, count, Math.max(4, count));
  if (reading === null) return null;
  found.year = count > 2 ? reading.value : reading.value + (reading.value > 49 ? 1900 : 2000);
  return reading.end;
}

function readFraction(found: Found, part: PatternPart, text: string, at: number): number | null {
  const reading = digits(text, at, part.specifier === 'f' ? part.count : 0, part.count);
  if (reading === null) return null;
  found.fraction = Number(text.slice(at, reading.end).padEnd(7, '0'));
  return reading.end;
}

function readHalf(found: Found, count: number, text: string, at: number): number | null {
  const letter = text.charAt(at).toLowerCase();
  if (letter !== 'a' && letter !== 'p') return null;
  if (count > 1 && text.charAt(at + 1).toLowerCase() !== 'm') return null;
  found.half = letter === 'a' ? 'am' : 'pm';
  return at + Math.min(count, 2);
}

function readOffset(found: Found, part: PatternPart, text: string, at: number): number | null {
  const rest = text.slice(at, at + 6);
  if (part.specifier === 'K' && !/^[Z+-]/.test(rest)) return at;
  if (rest.startsWith('Z')) {
    found.offset = 0;
    return at + 1;
  }
  const form = part.specifier === 'K' || part.count > 2 ? /^[+-]\d{2}:?\d{2}/ : part.count === 2 ? /^[+-]\d{2}/ : /^[+-]\d{1,2}/;
  const read = form.exec(rest)?.[0];
  if (read === undefined) return null;
  const [hours = '', minutes = '0'] = read.length > 3 ? [read.slice(1, 3), read.slice(-2)] : [read.slice(1)];
  if (Number(hours) > 14 || Number(minutes) > 59) return null;
  found.offset = (read.startsWith('-') ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  return at + read.length;
}

/** Reads one part at a place and gives where it ends; null when it is not there. */
function readPart(found: Found, part: PatternPart, text: string, at: number): number | null {
  switch (part.specifier) {
    case 'literal':
      return text.startsWith(part.text, at) ? at + part.text.length : null;
    case 'y':
      return readYear(found, part.count, text, at);
    case 'd':
    case 'M': {
      if (part.count < 3) return readNumber(found, part, text, at);
      const reading = named(text, at, part.specifier === 'd' ? dayNames : monthNames, part.count);
      if (reading === null) return null;
      if (part.specifier === 'd') found.weekday = reading.value;
      else found.month = reading.value + 1;
      return reading.end;
    }
    case 'f':
    case 'F':
      return readFraction(found, part, text, at);
    case 't':
      return readHalf(found, part.count, text, at);
    case 'z':
    case 'K':
      return readOffset(found, part, text, at);
    case 'g':
      return text.slice(at, at + 4).toUpperCase() === 'A.D.' ? at + 4 : null;
    default:
      return readNumber(found, part, text, at);
  }
}

/** The date that was read: today without one, the first where a month or day is missing. */
function dateOf({ year, month, day }: Found, now: number): { readonly year: number; readonly month: number; readonly day: number } {
  const today = fieldsOf(now);
  if (year === undefined && month === undefined && day === undefined) return today;
  return { year: year ?? today.year, month: month ?? 1, day: day ?? 1 };
}

/** What was read as a point in time. What is missing comes from today, or is the first month or day. */
function complete(found: Found, now: number): Moment | null {
  const hour = hourOf(found.hour ?? 0, found.half);
  if (hour === null) return null;
  const ms = msOf({ ...dateOf(found, now), hour, minute: found.minute ?? 0, second: found.second ?? 0 });
  if (ms === null || (found.weekday !== undefined && found.weekday !== weekday(ms))) return null;
  const fraction = found.fraction ?? 0;
  const at = ms - (found.offset ?? 0) * minute + Math.floor(fraction / 10_000);
  return inRange(at) ? { ms: at, ticks: fraction % 10_000, zoned: found.offset !== undefined } : null;
}

/** Reads a date by the parts of a .NET pattern, in the invariant culture; an offset is applied, so that the result is in UTC. */
export function parseExact(text: string, parts: readonly PatternPart[], now: number): Moment | null {
  const found: Found = {};
  let at = 0;
  for (const part of parts) {
    const end = readPart(found, part, text, at);
    if (end === null) return null;
    at = end;
  }
  return at === text.length ? complete(found, now) : null;
}
