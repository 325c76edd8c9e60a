import type { ExpressionNode } from '../ast.ts';
import type { Call } from '../call.ts';
import { addInterval, differenceIn, intervals, type Interval, type Moment } from '../dates/calendar.ts';
import { formatDate } from '../dates/format.ts';
import { parseExact } from '../dates/parse-exact.ts';
import { parsePattern, type PatternPart } from '../dates/pattern.ts';
import { fromFiletime, parseDate, printDate, toFiletime } from '../dates/text.ts';
import type { Evaluator, Scope } from '../scope.ts';
import { always, direct, optional, parameter, type FunctionSpec } from './spec.ts';

const emptyGivesNull = 'Null and empty give null.';

/** The date that an argument says; null for null and empty text. */
function dateOf(call: Call, index: number, scope: Scope): Moment | null {
  const text = call.text(index, scope);
  if (text === null || text === '') return null;
  return parseDate(text) ?? call.fail(index, 'is not a date; dates look like 2026-01-31, 2026-01-31T08:00:00Z or 1/31/2026 8:00:00 AM');
}

function intervalOf(call: Call, scope: Scope): Interval {
  const text = call.text(0, scope);
  return intervals.find((interval) => interval === text) ?? call.fail(0, `is not an interval; the intervals are ${intervals.join(', ')}`);
}

const styleNames = [
  'None',
  'AllowLeadingWhite',
  'AllowTrailingWhite',
  'AllowInnerWhite',
  'AllowWhiteSpaces',
  'NoCurrentDateDefault',
  'AdjustToUniversal',
  'AssumeLocal',
  'AssumeUniversal',
  'RoundtripKind',
];

/** The source without the white space that the styles allow around it. */
function trimmed(call: Call, scope: Scope, source: string): string {
  const styles = call.text(1, scope);
  if (styles === null || styles === '') return source.trim();
  const names = styles.split(/[,|]/).map((name) => name.trim());
  if (!names.every((name) => styleNames.includes(name))) call.fail(1, `is not made of the styles ${styleNames.join(', ')}`);
  const allows = (name: string): boolean => names.includes(name) || names.includes('AllowWhiteSpaces');
  const start = allows('AllowLeadingWhite') ? source.trimStart() : source;
  return allows('AllowTrailingWhite') ? start.trimEnd() : start;
}

const badPattern = 'is not a .NET date pattern; an example is "yyyy-MM-dd"';

/** How the pattern in an argument is got: once when it is written out, else at each evaluation. */
function patternAt(call: Call, index: number): (scope: Scope) => readonly PatternPart[] {
  const written = call.literal(index);
  if (written !== undefined) {
    const parts = parsePattern(written) ?? call.refuse(index, badPattern);
    return () => parts;
  }
  return (scope) => parsePattern(call.text(index, scope) ?? '') ?? call.fail(index, badPattern);
}

function formatDateTime(call: Call): Evaluator {
  const input = patternAt(call, 2);
  const output = patternAt(call, 3);
  return (scope) => {
    const source = call.text(0, scope);
    if (source === null || source === '') return null;
    const moment = parseExact(trimmed(call, scope, source), input(scope), scope.context.now);
    return moment === null ? call.fail(0, 'is not a date in the input format') : formatDate(moment, output(scope));
  };
}

/** What a pattern does not read comes from today, as in .NET; with a year, from its first month and day. */
function readsNoYear(args: readonly ExpressionNode[]): boolean {
  const pattern = args[2];
  return pattern?.kind !== 'text' || parsePattern(pattern.value)?.some(({ specifier }) => specifier === 'y') !== true;
}

/** Functions of dates. All give dates in the form that CDate does. */
export const dateFunctions: readonly FunctionSpec[] = [
  {
    name: 'CDate',
    parameters: [parameter('value', 'date')],
    summary:
      'The date in UTC, as `M/d/yyyy h:mm:ss tt`. Read are ISO 8601, dates with slashes (month first) and dates with the name of the month, with or without a time; without an offset they are in UTC.',
    nulls: `${emptyGivesNull} A comparison with null fails.`,
    example: { expression: 'CDate("2026-01-31T08:00:00+02:00")', gives: '1/31/2026 6:00:00 AM' },
    build: direct((call, scope) => {
      const date = dateOf(call, 0, scope);
      return date === null ? null : printDate(date.ms);
    }),
  },
  {
    name: 'DateAdd',
    parameters: [parameter('interval', 'interval'), parameter('number', 'integer'), parameter('date', 'date')],
    summary:
      'The date moved by a number of years (`yyyy`), months (`m`), days (`d`), weeks (`ww`), hours (`h`), minutes (`n`) or seconds (`s`); backwards when negative.',
    nulls: 'A date of null or empty gives null.',
    example: { expression: 'DateAdd("m", 1, "2026-01-31")', gives: '2/28/2026 12:00:00 AM' },
    build: direct((call, scope) => {
      const interval = intervalOf(call, scope);
      const number = call.integer(1, scope) ?? call.fail(1, 'has no value');
      const date = dateOf(call, 2, scope);
      if (date === null) return null;
      const moved = addInterval(date.ms, interval, number);
      return moved === null ? call.failWhole('the result is outside the years 1 to 9999') : printDate(moved);
    }),
  },
  {
    name: 'DateDiff',
    parameters: [parameter('interval', 'interval'), parameter('date1', 'date'), parameter('date2', 'date')],
    summary:
      'Intervals from the first date to the second, negative when the second is earlier. Years, months and weeks (from Sunday) count the boundaries between them, the others whole elapsed units.',
    nulls: 'A date of null or empty gives null.',
    example: { expression: 'DateDiff("d", "2026-01-31", "2026-02-02T12:00:00Z")', gives: 2 },
    build: direct((call, scope) => {
      const interval = intervalOf(call, scope);
      const from = dateOf(call, 1, scope);
      const to = dateOf(call, 2, scope);
      return from === null || to === null ? null : differenceIn(interval, from.ms, to.ms);
    }),
  },
  {
    name: 'DateFromNum',
    parameters: [parameter('value', 'integer')],
    summary: 'The date of a number of 100 nanoseconds since 1601, as Active Directory stores dates.',
    nulls: emptyGivesNull,
    example: { expression: 'DateFromNum("133484544000000000")', gives: '12/31/2023 12:00:00 AM' },
    build: direct((call, scope) => {
      const value = call.bigInteger(0, scope);
      if (value === null) return null;
      return printDate(fromFiletime(value) ?? call.fail(0, 'is not a date between the years 1601 and 9999'));
    }),
  },
  {
    name: 'NumFromDate',
    parameters: [parameter('value', 'date')],
    summary: 'The number of 100 nanoseconds from 1601 to the date, as a text of digits.',
    nulls: emptyGivesNull,
    example: { expression: 'NumFromDate("2023-12-31")', gives: '133484544000000000' },
    build: direct((call, scope) => {
      const date = dateOf(call, 0, scope);
      if (date === null) return null;
      return (toFiletime(date) ?? call.fail(0, 'is before the year 1601')).toString();
    }),
  },
  {
    name: 'FormatDateTime',
    parameters: [
      parameter('source', 'text'),
      optional('dateTimeStyles', 'text'),
      parameter('inputFormat', 'text'),
      parameter('outputFormat', 'text'),
    ],
    shortForm: { count: 3, leavesOut: 1 },
    summary:
      'The date in another form. Both forms are .NET custom or standard patterns in the invariant culture; an offset that is read is applied, so the result is in UTC. Without styles, white space around the source is allowed. What the input format does not read comes from the day of the evaluation or, when it reads the year, is the first month or day.',
    nulls: emptyGivesNull,
    example: {
      expression: 'FormatDateTime([employeeHireDate], , "yyyy-MM-ddTHH:mm:ssZ", "dd MMM yyyy")',
      attributes: { employeeHireDate: '2026-01-31T08:00:00Z' },
      gives: '31 Jan 2026',
    },
    volatile: readsNoYear,
    build: formatDateTime,
  },
  {
    name: 'Now',
    parameters: [],
    summary: 'The time of the evaluation, in UTC.',
    nulls: 'Takes no arguments.',
    example: { expression: 'Now()', now: '2026-01-31T08:00:00Z', gives: '1/31/2026 8:00:00 AM' },
    volatile: always,
    build: direct((_, scope) => printDate(scope.context.now)),
  },
];
