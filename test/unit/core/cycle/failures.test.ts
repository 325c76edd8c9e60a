import { oneMoreFailure, pausedUntil, problemOf } from '../../../../src/core/cycle/failures.ts';

const minute = 60_000;
const day = 24 * 60 * minute;
const now = Date.parse('2026-01-05T08:00:00Z');
const at = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
const problem = { reason: 'SourceReadFailed', message: 'The source could not be read.', stalled: false } as const;

test('failures in a row are counted from the first on, each with a longer pause than the one before, up to the interval', () => {
  let failures: ReturnType<typeof oneMoreFailure> | undefined;
  const pauses: number[] = [];
  let time = now;
  for (let count = 1; count <= 6; count += 1) {
    failures = oneMoreFailure(failures, problem, 30 * minute, time);
    pauses.push((Date.parse(failures.nextAttemptAt ?? '') - time) / minute);
    time = Date.parse(failures.nextAttemptAt ?? '');
  }
  expect(pauses).toEqual([1, 5, 15, 30, 30, 30]);
  expect(failures).toMatchObject({ count: 6, since: at(now), reason: 'SourceReadFailed', stalled: false });
});

test('what status says of the last failure is what happened', () => {
  expect(problemOf(oneMoreFailure(undefined, { ...problem, stalled: true }, minute, now))).toEqual({ ...problem, stalled: true });
  expect(problemOf(undefined)).toBeUndefined();
});

test('a message of any length fits the status, and is well-formed', () => {
  const { message = '' } = oneMoreFailure(undefined, { ...problem, message: '\u{1F600}'.repeat(5000) }, minute, now);
  expect(message.length).toBeLessThanOrEqual(4096);
  expect(message.isWellFormed()).toBe(true);
});

test.each([
  ['none', undefined, undefined],
  ['one that is over', { count: 1, nextAttemptAt: at(now - minute) }, now - minute],
  ['one that goes on', { count: 3, nextAttemptAt: at(now + 10 * minute) }, now + 10 * minute],
  ['one that a wrong clock has written', { count: 3, nextAttemptAt: at(now + 30 * day) }, now],
])('the pause after failures: %s', (_, failures, until) => {
  expect(pausedUntil(failures, 40 * minute, now)).toBe(until);
});

test('failures that a wrong clock has dated ahead began now', () => {
  expect(oneMoreFailure({ count: 1, since: at(now + 30 * day) }, problem, minute, now).since).toBe(at(now));
});
