import { outcome } from './support.ts';

describe('a date is read', () => {
  test.each([
    ['2026-01-31', '1/31/2026 12:00:00 AM'],
    ['2026-1-3', '1/3/2026 12:00:00 AM'],
    ['2026-01-31T08:05:09Z', '1/31/2026 8:05:09 AM'],
    ['2026-01-31 13:05', '1/31/2026 1:05:00 PM'],
    ['2026-01-31T08:05:09.1234567+02:00', '1/31/2026 6:05:09 AM'],
    ['2026-01-31T08:05:09-0530', '1/31/2026 1:35:09 PM'],
    ['2021-06-30+08:00', '6/29/2021 4:00:00 PM'],
    ['1/31/2026', '1/31/2026 12:00:00 AM'],
    ['1/31/2026 12:00:00 AM', '1/31/2026 12:00:00 AM'],
    ['01/31/2026 12:30 pm', '1/31/2026 12:30:00 PM'],
    ['2026/01/31', '1/31/2026 12:00:00 AM'],
    ['31 January 2026', '1/31/2026 12:00:00 AM'],
    ['Sat, 31 Jan 2026 08:05:09 GMT', '1/31/2026 8:05:09 AM'],
    ['Jan 31, 2026 8:05 PM', '1/31/2026 8:05:00 PM'],
    [' 2024-02-29 ', '2/29/2024 12:00:00 AM'],
    ['0001-01-01', '1/1/0001 12:00:00 AM'],
    ['9999-12-31T23:59:59.9999999Z', '12/31/9999 11:59:59 PM'],
  ])('%s', (text, expected) => {
    expect(outcome('CDate([x])', { x: text })).toBe(expected);
  });

  test.each([
    '2026-02-29',
    '2026-13-01',
    '31/1/2026',
    '2026-01-31T25:00',
    '13:00:00',
    '1/31/2026 13:00 PM',
    '31 Foo 2026',
    '0001-01-01+01:00',
    '2026-01-31+15:00',
    'x'.repeat(90),
  ])('but not %s', (text) => {
    expect(outcome('CDate([x])', { x: text })).toHaveProperty('error');
  });
});

describe('a date is moved', () => {
  test.each([
    ['DateAdd("yyyy", 1, "2024-02-29")', '2/28/2025 12:00:00 AM'],
    ['DateAdd("m", -3, "2026-05-31")', '2/28/2026 12:00:00 AM'],
    ['DateAdd("m", -13, "2026-01-31 10:00")', '12/31/2024 10:00:00 AM'],
    ['DateAdd("ww", 2, "2026-01-31")', '2/14/2026 12:00:00 AM'],
    ['DateAdd("d", "-31", "2026-01-31")', '12/31/2025 12:00:00 AM'],
    ['DateAdd("h", 25, "2026-01-31")', '2/1/2026 1:00:00 AM'],
    ['DateAdd("n", 90, "2026-01-31")', '1/31/2026 1:30:00 AM'],
    ['DateAdd("s", -1, "2026-01-31")', '1/30/2026 11:59:59 PM'],
    ['DateAdd("d", 1, "1969-12-31T23:59:59.5Z")', '1/1/1970 11:59:59 PM'],
  ])('%s', (expression, expected) => {
    expect(outcome(expression)).toBe(expected);
  });

  test.each([
    'DateAdd("yyyy", 8000, "2026-01-31")',
    'DateAdd("yyyy", -3000, "2026-01-31")',
    'DateAdd("d", 9007199254740991, "2026-01-31")',
  ])('%s leaves the calendar', (expression) => {
    expect(outcome(expression)).toEqual({ error: 'DateAdd: the result is outside the years 1 to 9999' });
  });

  test('only by an interval', () => {
    expect(outcome('DateAdd([x], 1, "2026-01-31")', { x: 'q' })).toEqual({
      error: 'DateAdd: argument 1 (interval) is not an interval; the intervals are yyyy, m, d, ww, h, n, s; read from x',
    });
  });
});

describe('two dates differ', () => {
  test.each([
    ['yyyy', '2025-12-31', '2026-01-01', 1],
    ['m', '2026-01-31', '2026-02-01', 1],
    ['m', '2026-02-01', '2024-12-31', -14],
    ['ww', '2026-01-31', '2026-02-01', 1],
    ['ww', '2026-02-01', '2026-02-07', 0],
    ['ww', '1969-12-27', '1969-12-28', 1],
    ['d', '2026-01-31T23:00Z', '2026-02-01T01:00Z', 0],
    ['d', '2026-02-01', '2026-01-31', -1],
    ['h', '2026-01-31', '2026-01-31T01:59:59Z', 1],
    ['n', '2026-01-31', '2026-01-31T00:01:59Z', 1],
    ['s', '2026-01-31', '2026-01-30T23:59:59Z', -1],
    ['d', '2026-01-31T01:00Z', '2026-01-31', 0],
  ])('in %s from %s to %s', (interval, from, to, expected) => {
    expect(outcome(`DateDiff("${interval}", [from], [to])`, { from, to })).toBe(expected);
  });
});

describe('a date is written as', () => {
  test.each([
    ['d', '01/05/2026'],
    ['D', 'Monday, 05 January 2026'],
    ['F', 'Monday, 05 January 2026 14:07:09'],
    ['g', '01/05/2026 14:07'],
    ['M', 'January 05'],
    ['o', '2026-01-05T14:07:09.1234567'],
    ['R', 'Mon, 05 Jan 2026 14:07:09 GMT'],
    ['s', '2026-01-05T14:07:09'],
    ['u', '2026-01-05 14:07:09Z'],
    ['Y', '2026 January'],
    ['%d', '5'],
    ['d/M/y', '5/1/26'],
    ['ddd dd MMM yyy', 'Mon 05 Jan 2026'],
    ['yyyyy', '02026'],
    ['h:m:s t', '2:7:9 P'],
    ['hh:mm tt', '02:07 PM'],
    ['HH.mm.ss.fff', '14.07.09.123'],
    ['ss.FFFFFFF', '09.1234567'],
    ['zzz zz z', '+00:00 +00 +0'],
    ["'on' d 'of' MMMM", 'on 5 of January'],
    ['"d" \\d d', 'd d 5'],
    ['g yy', '01/05/2026'],
  ])('%s', (pattern, expected) => {
    const result = outcome('FormatDateTime([x], , "yyyy-MM-ddTHH:mm:ss.fffffff", [p])', { x: '2026-01-05T14:07:09.1234567', p: pattern });
    expect(result).toBe(pattern === 'g yy' ? 'A.D. 26' : expected);
  });

  test('without a point before no fraction', () => {
    expect(outcome('FormatDateTime("2026-01-05", "yyyy-MM-dd", "ss.FF")')).toBe('00');
  });

  test('with its zone when it was read with one', () => {
    expect(outcome('FormatDateTime("2026-01-05T02:00:00+03:00", "yyyy-MM-ddTHH:mm:ssK", "o")')).toBe('2026-01-04T23:00:00.0000000Z');
  });
});

describe('a date is read by a pattern', () => {
  test.each([
    ['20150123105347.1Z', 'yyyyMMddHHmmss.fZ', '2015-01-23T10:53:47'],
    ['5/1/26', 'd/M/yy', '2026-01-05T00:00:00'],
    ['05.01.1950', 'dd.MM.yyyy', '1950-01-05T00:00:00'],
    ['1/5/50', 'M/d/y', '1950-01-05T00:00:00'],
    ['5 january 2026', 'd MMMM yyyy', '2026-01-05T00:00:00'],
    ['Mon 05 JAN 2026', 'ddd dd MMM yyyy', '2026-01-05T00:00:00'],
    ['12:07 am', 'h:mm tt', '2026-01-31T00:07:00'],
    ['12 P', 'h t', '2026-01-31T12:00:00'],
    ['2026-01-05T14:07:09.12-05', 'yyyy-MM-ddTHH:mm:ss.FFFzz', '2026-01-05T19:07:09'],
    ['2026-01-05 +5', 'yyyy-MM-dd z', '2026-01-04T19:00:00'],
    ['2026-01-05Z', 'yyyy-MM-ddK', '2026-01-05T00:00:00'],
    ['2026-01-05', 'yyyy-MM-ddK', '2026-01-05T00:00:00'],
    ['A.D. 2026', 'gg yyyy', '2026-01-01T00:00:00'],
    [' 2026 ', 'yyyy', '2026-01-01T00:00:00'],
    ['2026-01', 'yyyy-MM', '2026-01-01T00:00:00'],
    ['03-14', 'MM-dd', '2026-03-14T00:00:00'],
  ])('%s by %s', (text, pattern, expected) => {
    expect(outcome('FormatDateTime([x], , [p], "s")', { x: text, p: pattern })).toBe(expected);
  });

  test.each([
    ['Tue 05 Jan 2026', 'ddd dd MMM yyyy'],
    ['2026-01-05x', 'yyyy-MM-dd'],
    ['26', 'yyyy'],
    ['2026-02-30', 'yyyy-MM-dd'],
    ['5 Foo', 'd MMM'],
    ['13 pm', 'h tt'],
    ['1 xm', 'h tt'],
    ['+99:00', 'zzz'],
    ['x', 'zzz'],
    ['B.C.', 'gg'],
    ['1', 'ff'],
  ])('but not %s by %s', (text, pattern) => {
    expect(outcome('FormatDateTime([x], , [p], "s")', { x: text, p: pattern })).toEqual({
      error: 'FormatDateTime: argument 1 (source) is not a date in the input format; read from x',
    });
  });

  test.each(['x', "yyyy 'open", 'yyyy\\', 'ffffffff', 'yyyyyy', '%%', ''])('and not by the pattern %s', (pattern) => {
    expect(outcome('FormatDateTime("2026", , [p], "s")', { p: pattern })).toHaveProperty('error');
  });

  test('with white space as the styles allow', () => {
    const read = (styles: string): unknown => outcome('FormatDateTime(" 2026 ", [styles], "yyyy", "yy")', { styles });
    expect(read('AllowWhiteSpaces')).toBe('26');
    expect(read('AllowLeadingWhite, AllowTrailingWhite')).toBe('26');
    expect(read('None')).toHaveProperty('error');
    expect(read('Loose')).toEqual({ error: expect.stringContaining('is not made of the styles None, ') as string });
  });
});

describe('a FILETIME', () => {
  test.each([
    ['NumFromDate("1601-01-01")', '0'],
    ['NumFromDate("2026-01-31T08:05:09.1234567Z")', '134143203091234567'],
    ['DateFromNum("134143203091234567")', '1/31/2026 8:05:09 AM'],
    ['DateFromNum(0)', '1/1/1601 12:00:00 AM'],
  ])('%s', (expression, expected) => {
    expect(outcome(expression)).toBe(expected);
  });

  test.each(['NumFromDate("1600-12-31")', 'DateFromNum("-1")', 'DateFromNum("99999999999999999999")'])('%s is none', (expression) => {
    expect(outcome(expression)).toHaveProperty('error');
  });
});
