import fc from 'fast-check';
import { timestamp } from '../../../../src/core/duration.ts';
import { nextPassAt, repeatPassAt, type PassFacts } from '../../../../src/core/drift/schedule.ts';

const minute = 60_000;
const hour = 60 * minute;
const now = Date.parse('2026-05-04T12:00:00Z');
const at = (offset: number): string => timestamp(now + offset);

describe('the next pass over the accounts', () => {
  it.each<[string, PassFacts['last'], number]>([
    ['is due when there was none', undefined, 0],
    ['is due when the last has left nothing', {}, 0],
    ['follows an interval after the last began', { startedAt: at(-20 * minute), result: 'Succeeded' }, 40 * minute],
    ['is due when that has passed', { startedAt: at(-3 * hour), result: 'Succeeded' }, -2 * hour],
    ['does not wait for a time that another interval has set', { startedAt: at(-20 * minute), nextPassAt: at(23 * hour) }, 40 * minute],
    ['is due when a clock was ahead', { startedAt: at(5 * hour), nextPassAt: at(6 * hour), result: 'Succeeded' }, 0],
    ['is due when the time cannot be read', { startedAt: 'yesterday' }, 0],
    [
      'comes sooner after one that was cut short',
      { startedAt: at(-20 * minute), nextPassAt: at(15 * minute), result: 'Incomplete' },
      15 * minute,
    ],
    ['comes no later for that', { startedAt: at(-20 * minute), nextPassAt: at(9 * hour), result: 'Incomplete' }, 40 * minute],
  ])('E11 %s', (_, last, expected) => {
    expect(nextPassAt({ now, intervalMs: hour, last }) - now).toBe(expected);
  });

  it('I14 is never further away than the interval, whatever a clock has written', () => {
    const time = fc.integer({ min: -1000, max: 1000 }).map((hours) => at(hours * hour));
    const last = fc.record(
      { startedAt: time, nextPassAt: time, result: fc.constantFrom('Succeeded', 'Incomplete' as const) },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(last, fc.integer({ min: 1, max: 100_000 }), (seen, minutes) => {
        const next = nextPassAt({ now, intervalMs: minutes * minute, last: seen });
        expect(next - now).toBeLessThanOrEqual(minutes * minute);
      }),
    );
  });

  it.each([
    [24 * hour, 15 * minute],
    [minute, minute],
  ])('E11 one that was cut short, of every %d ms, is repeated after %d', (intervalMs, expected) => {
    expect(repeatPassAt(now, intervalMs) - now).toBe(expected);
  });
});
