import { fieldsOf, inRange, minute, msOf, type Moment } from './calendar.ts';
import { monthOf } from './names.ts';

const time = String.raw`(?:(?:T|\s+)(?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:\.(?<fraction>\d{1,7}))?)?(?:\s*(?<half>[AaPp][Mm]))?)?`;
const zone = String.raw`(?:\s*(?<zone>Z|GMT|UTC|[+-]\d{2}(?::?\d{2})?))?`;
const weekdayName = String.raw`(?:[A-Za-z]{3,9},?\s+)?`;

/** Dates as .NET reads them in the invariant culture: ISO 8601, month first with slashes, and with the name of the month. */
const forms = [
  String.raw`(?<year>\d{4})-(?<month>\d{1,2})-(?<day>\d{1,2})`,
  String.raw`(?<month>\d{1,2})/(?<day>\d{1,2})/(?<year>\d{4})`,
  String.raw`(?<year>\d{4})/(?<month>\d{1,2})/(?<day>\d{1,2})`,
  String.raw`${weekdayName}(?<day>\d{1,2})[\s-](?<monthName>[A-Za-z]{3,9})[\s-](?<year>\d{4})`,
  String.raw`${weekdayName}(?<monthName>[A-Za-z]{3,9})\s(?<day>\d{1,2}),?\s(?<year>\d{4})`,
].map((date) => new RegExp(`^${date}${time}${zone}$`));

/** Minutes east of UTC that a zone says. */
function offsetMinutes(text: string): number | null {
  if (!/^[+-]/.test(text)) return 0;
  const hours = Number(text.slice(1, 3));
  const minutes = Number(text.slice(3).replace(':', ''));
  if (hours > 14 || minutes > 59) return null;
  return (text.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

/** The hour of the day; null when a 12-hour clock does not have it. */
export function hourOf(hour: number, half: 'am' | 'pm' | undefined): number | null {
  if (half === undefined) return hour;
  if (hour < 1 || hour > 12) return null;
  return (hour % 12) + (half === 'pm' ? 12 : 0);
}

function half(text: string | undefined): 'am' | 'pm' | undefined {
  if (text === undefined) return undefined;
  return text.toLowerCase() === 'am' ? 'am' : 'pm';
}

const printed = /^(\d{1,2})\/(\d{1,2})\/(\d{4}) (\d{1,2}):(\d{2}):(\d{2}) ([AP])M$/;

/** The point in time of a text in the form that {@link printDate} gives; null for any other form. */
export function parsePrinted(text: string): number | null {
  const found = printed.exec(text);
  if (found === null) return null;
  const hour = hourOf(Number(found[4]), found[7] === 'A' ? 'am' : 'pm');
  if (hour === null) return null;
  const clock = { hour, minute: Number(found[5]), second: Number(found[6]) };
  return msOf({ year: Number(found[3]), month: Number(found[1]), day: Number(found[2]), ...clock });
}

/** Reads a date; without an offset it is in UTC. Null when it is none. */
export function parseDate(text: string): Moment | null {
  const own = parsePrinted(text);
  if (own !== null) return { ms: own, ticks: 0, zoned: false };
  const trimmed = text.length > 80 ? '' : text.trim();
  for (const form of forms) {
    const groups = form.exec(trimmed)?.groups;
    if (groups === undefined) continue;
    const month = groups.monthName === undefined ? Number(groups.month) : monthOf(groups.monthName);
    const hour = hourOf(Number(groups.hour ?? 0), half(groups.half));
    if (month === null || hour === null) return null;
    const fields = { year: Number(groups.year), month, day: Number(groups.day), hour };
    const ms = msOf({ ...fields, minute: Number(groups.minute ?? 0), second: Number(groups.second ?? 0) });
    return ms === null ? null : moment(ms, Number((groups.fraction ?? '').padEnd(7, '0')), groups.zone);
  }
  return null;
}

function moment(ms: number, fraction: number, zoneText: string | undefined): Moment | null {
  const offset = zoneText === undefined ? 0 : offsetMinutes(zoneText);
  if (offset === null) return null;
  const at = ms - offset * minute + Math.floor(fraction / 10_000);
  return inRange(at) ? { ms: at, ticks: fraction % 10_000, zoned: zoneText !== undefined } : null;
}

/** A date in the form that all functions give: `M/d/yyyy h:mm:ss tt`, in UTC. */
export function printDate(ms: number): string {
  const { year, month, day, hour, minute: minutes, second } = fieldsOf(ms);
  const two = (value: number): string => String(value).padStart(2, '0');
  const clock = `${hour % 12 === 0 ? 12 : hour % 12}:${two(minutes)}:${two(second)} ${hour < 12 ? 'AM' : 'PM'}`;
  return `${month}/${day}/${String(year).padStart(4, '0')} ${clock}`;
}

const filetimeEpoch = 11_644_473_600_000n;

/** A FILETIME (100 nanoseconds since 1601) as milliseconds since 1970; null outside the calendar. */
export function fromFiletime(value: bigint): number | null {
  if (value < 0n) return null;
  const ms = Number(value / 10_000n - filetimeEpoch);
  return inRange(ms) ? ms : null;
}

/** A point in time as FILETIME; null before 1601. */
export function toFiletime({ ms, ticks }: Moment): bigint | null {
  const value = (BigInt(ms) + filetimeEpoch) * 10_000n + BigInt(ticks);
  return value < 0n ? null : value;
}
