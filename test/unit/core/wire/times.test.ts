import fc from 'fast-check';
import { boundedWait, directoryWait, notInFuture, retryAfterMs, waitUntil } from '../../../../src/core/wire/times.ts';

const now = Date.parse('2026-01-05T08:00:00Z');
const hour = 3_600_000;

describe('A wait that the wire asks for', () => {
  test.each([
    ['2.128', 2128],
    ['0', 1000],
    ['0.124', 1000],
    ['0000', 1000],
    ['31536000', hour],
    ['9'.repeat(400), hour],
    ['Mon, 05 Jan 2026 08:00:30 GMT', 30_000],
    ['Mon, 05 Jan 2026 07:00:00 GMT', 1000],
    ['Fri, 05 Jan 2126 08:00:00 GMT', hour],
    ['-5', undefined],
    ['-0', undefined],
    ['NaN', undefined],
    ['Infinity', undefined],
    ['1e9', undefined],
    ['0x10', undefined],
    ['soon', undefined],
    ['may be 7 days', undefined],
    ['', undefined],
    [null, undefined],
  ])('of %s is %s ms', (header, expected) => {
    expect(retryAfterMs(header, now, directoryWait)).toBe(expected);
  });

  test('is a second at least and an hour at most, or nothing, whatever is sent and whatever our clock says', () => {
    const header = fc.oneof(
      fc.string(),
      fc.double().map(String),
      fc.integer().map(String),
      fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
    );
    fc.assert(
      fc.property(header, fc.integer({ min: -8e15, max: 8e15 }), (text, clock) => {
        const wait = retryAfterMs(text, clock, directoryWait);
        expect(wait === undefined || (wait >= 1000 && wait <= hour)).toBe(true);
      }),
      { numRuns: 500 },
    );
    fc.assert(fc.property(fc.double(), (ms) => expect(boundedWait(ms, directoryWait)).toBeGreaterThanOrEqual(1000)));
  });

  test('until a time that was given out by a clock 30 days ahead is an hour at most', () => {
    expect(waitUntil(now + 30 * 24 * hour, now, directoryWait)).toBe(hour);
    expect(waitUntil(now - hour, now, directoryWait)).toBe(1000);
  });
});

describe('A recorded time', () => {
  test('that is ahead of the clock, or none, counts as now; any other as it is', () => {
    expect(notInFuture(now + 1, now)).toBe(now);
    expect(notInFuture(Number.NaN, now)).toBe(now);
    expect(notInFuture(now - 1, now)).toBe(now - 1);
  });
});
