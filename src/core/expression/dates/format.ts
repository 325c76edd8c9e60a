import { fieldsOf, weekday, type Fields, type Moment } from './calendar.ts';
import { dayNames, monthNames } from './names.ts';
import type { PatternPart } from './pattern.ts';

const padded = (value: number, length: number): string => String(value).padStart(length, '0');

function nameOf(names: readonly string[], index: number, count: number): string {
  const name = names[index] ?? '';
  return count === 3 ? name.slice(0, 3) : name;
}

function year(value: number, count: number): string {
  if (count === 1) return String(value % 100);
  return count === 2 ? padded(value % 100, 2) : padded(value, count);
}

function fraction(moment: Moment, part: PatternPart): string {
  const all = padded((((moment.ms % 1000) + 1000) % 1000) * 10_000 + moment.ticks, 7).slice(0, part.count);
  return part.specifier === 'F' ? all.replace(/0+$/, '') : all;
}

function printPart(part: PatternPart, moment: Moment, fields: Fields): string {
  const { count } = part;
  switch (part.specifier) {
    case 'literal':
      return part.text;
    case 'd':
      return count < 3 ? padded(fields.day, count) : nameOf(dayNames, weekday(moment.ms), count);
    case 'M':
      return count < 3 ? padded(fields.month, count) : nameOf(monthNames, fields.month - 1, count);
    case 'y':
      return year(fields.year, count);
    case 'h':
      return padded(fields.hour % 12 === 0 ? 12 : fields.hour % 12, Math.min(count, 2));
    case 'H':
      return padded(fields.hour, Math.min(count, 2));
    case 'm':
      return padded(fields.minute, Math.min(count, 2));
    case 's':
      return padded(fields.second, Math.min(count, 2));
    case 'f':
    case 'F':
      return fraction(moment, part);
    case 't':
      return (fields.hour < 12 ? 'AM' : 'PM').slice(0, count);
    case 'z':
      return count === 1 ? '+0' : count === 2 ? '+00' : '+00:00';
    case 'K':
      return moment.zoned ? 'Z' : '';
    case 'g':
      return 'A.D.';
  }
}

/** A point in time in UTC by the parts of a .NET pattern, in the invariant culture. */
export function formatDate(moment: Moment, parts: readonly PatternPart[]): string {
  const fields = fieldsOf(moment.ms);
  let text = '';
  for (const part of parts) {
    // .NET drops a point before a fraction that turns out empty.
    const printed = printPart(part, moment, fields);
    if (part.specifier === 'F' && printed === '' && text.endsWith('.')) text = text.slice(0, -1);
    text += printed;
  }
  return text;
}
