import { durationMs, formatDuration, parseDuration, timestamp } from '../../../src/core/duration.ts';

describe('durations', () => {
  it.each<[string, number | undefined]>([
    ['0s', 0],
    ['250ms', 250],
    ['1.5s', 1500],
    ['40m', 2_400_000],
    ['1h30m', 5_400_000],
    ['24h', 86_400_000],
    ['1m1m', 120_000],
    ['', undefined],
    ['40', undefined],
    ['m', undefined],
    ['-1m', undefined],
    ['1d', undefined],
    ['1 m', undefined],
    ['.5s', undefined],
    ['1.s', undefined],
  ])('parses %j', (text, expected) => {
    expect(parseDuration(text)).toBe(expected);
    expect(durationMs(text)).toBe(expected ?? 0);
  });

  it.each([
    [0, '0ms'],
    [239.6, '240ms'],
    [999, '999ms'],
    [1000, '1s'],
    [1720, '1.7s'],
    [60_000, '1m0s'],
    [185_000, '3m5s'],
    [3_600_000, '1h0m'],
    [7_440_000, '2h4m'],
  ])('shows %d ms as %s', (ms, expected) => {
    expect(formatDuration(ms)).toBe(expected);
  });

  it('writes times in whole seconds, never later than they are', () => {
    expect(timestamp(Date.parse('2026-01-05T08:00:00.999Z'))).toBe('2026-01-05T08:00:00Z');
  });
});
