import fc from 'fast-check';
import { timestamp } from '../../../../src/core/duration.ts';
import { createdSince, passedSince, withPassed } from '../../../../src/core/guard/window.ts';

const hour = 3_600_000;
const start = Date.parse('2026-01-05T00:00:00Z');
const alone = (name: string) => ({ name, others: new Set<string>() });

describe('I3 the window of the guard, kept with the pair', () => {
  it('counts what passed within it, and nothing that is older', () => {
    const guard = withPassed(withPassed(undefined, start, { configuration: 'a', removed: 2, blocked: 1 }), start + 5 * hour, {
      configuration: 'a',
      removed: 1,
      blocked: 0,
    });
    expect(passedSince(guard, start, alone('a'))).toBe(4);
    expect(passedSince(guard, start + 2 * hour, alone('a'))).toBe(1);
    expect(passedSince(guard, start + 6 * hour - 1, alone('a'))).toBe(1);
    expect(passedSince(guard, start + 6 * hour, alone('a'))).toBe(0);
  });

  it('goes on with the numbers of configurations that are gone, and not with those of others that are there', () => {
    const guard = withPassed(undefined, start, { configuration: 'old', removed: 3, blocked: 0 });
    expect(passedSince(guard, start, alone('new'))).toBe(3);
    expect(passedSince(guard, start, { name: 'new', others: new Set(['old']) })).toBe(0);
  });

  it('E7 counts creations apart from removals and blocks, and keeps both', () => {
    const harm = withPassed(undefined, start, { configuration: 'a', removed: 3, blocked: 1 });
    const both = withPassed(harm, start, { configuration: 'a', removed: 0, blocked: 0, created: 7 });
    expect([passedSince(both, start, alone('a')), createdSince(both, start, alone('a'))]).toEqual([4, 7]);
    expect(both.windows).toHaveLength(1);
    const more = withPassed(both, start + hour, { configuration: 'a', removed: 0, blocked: 0, created: 2 });
    expect(createdSince(more, start, alone('renamed'))).toBe(9);
    expect(createdSince(more, start, { name: 'b', others: new Set(['a']) })).toBe(0);
    expect(createdSince(more, start + hour, alone('a'))).toBe(2);
    expect(harm.windows?.[0]).not.toHaveProperty('created');
    // In the same hour they add up, and what creates nothing takes none away.
    const again = withPassed(withPassed(both, start, { configuration: 'a', removed: 0, blocked: 0, created: 5 }), start, {
      configuration: 'a',
      removed: 1,
      blocked: 0,
    });
    expect([passedSince(again, start, alone('a')), createdSince(again, start, alone('a'))]).toEqual([5, 12]);
    expect(again.windows).toHaveLength(1);
  });

  it('never counts too few, however much passes and however the clock jumps', () => {
    const passing = fc.record({
      at: fc.integer({ min: 0, max: 24 * 60 }),
      removed: fc.nat(9),
      blocked: fc.nat(9),
      name: fc.constantFrom('a', 'b'),
    });
    fc.assert(
      fc.property(fc.array(passing, { maxLength: 60 }), (all) => {
        let guard: ReturnType<typeof withPassed> | undefined;
        for (const { at, removed, blocked, name } of all)
          guard = withPassed(guard, start + at * 60_000, { configuration: name, removed, blocked });
        const sum = all.reduce((total, { removed, blocked }) => total + removed + blocked, 0);
        expect(passedSince(guard, start - 1, alone('c'))).toBe(sum);
        expect(guard?.windows?.length ?? 0).toBeLessThanOrEqual(1024);
      }),
    );
  });

  it('counts nothing again, nor for others, when its hour is put together with those of its day', () => {
    for (let age = 160; age < 240; age += 1) {
      const before = withPassed(undefined, start, { configuration: 'b', removed: 19, blocked: 0 });
      const now = start + age * hour;
      const after = withPassed(before, now, { configuration: 'a', removed: 1, blocked: 0 });
      expect(passedSince(after, now - 168 * hour, { name: 'a', others: new Set(['a', 'b']) })).toBe(1);
    }
  });

  it('I14 counts an hour ahead of our clock as now, until it is past', () => {
    const wrong = withPassed(undefined, start + 30 * 24 * hour, { configuration: 'a', removed: 4, blocked: 0 });
    const guard = withPassed(wrong, start, { configuration: 'a', removed: 1, blocked: 0 });
    expect(passedSince(guard, start - 24 * hour, alone('a'))).toBe(5);
    const past = withPassed(guard, start + 80 * 24 * hour, { configuration: 'a', removed: 1, blocked: 0 });
    expect(past.windows).toEqual([{ configuration: 'a', hour: '2026-03-26T00:00:00Z', removed: 1, blocked: 0 }]);
  });

  it('forgets nothing when the clock is ahead for one set, by up to 44 days', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 44 * 24 }), (hoursAhead) => {
        const before = withPassed(undefined, start, { configuration: 'a', removed: 18, blocked: 0 });
        const during = withPassed(before, start + hoursAhead * hour, { configuration: 'a', removed: 1, blocked: 0 });
        const after = withPassed(during, start + hour, { configuration: 'a', removed: 1, blocked: 0 });
        expect(passedSince(after, start - 24 * hour, alone('a'))).toBeGreaterThanOrEqual(20);
      }),
    );
  });

  it('forgets nothing when the clock is set back for one set, by whatever time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 * 24 }), (hoursBack) => {
        const before = withPassed(undefined, start, { configuration: 'a', removed: 18, blocked: 0 });
        const during = withPassed(before, start - hoursBack * hour, { configuration: 'a', removed: 1, blocked: 0 });
        expect(passedSince(during, start - hoursBack * hour - 24 * hour, alone('a'))).toBe(19);
        const after = withPassed(during, start + hour, { configuration: 'a', removed: 1, blocked: 0 });
        expect(passedSince(after, start - 24 * hour, alone('a'))).toBeGreaterThanOrEqual(19);
      }),
    );
  });

  /** One removal of each of so many configurations in each of these hours, the last of which is now. */
  function passedBy(configurations: number, hours: readonly number[]): ReturnType<typeof withPassed> {
    const entries = hours.flatMap((index) =>
      Array.from({ length: configurations }, (_, name) => ({
        configuration: `c${name}`,
        hour: timestamp(start + index * hour),
        removed: 1,
        blocked: 0,
      })),
    );
    const last = Math.max(...hours);
    return withPassed({ windows: entries }, start + last * hour, { configuration: 'c0', removed: 0, blocked: 0 });
  }
  const keysOf = ({ windows = [] }: ReturnType<typeof withPassed>): readonly string[] =>
    windows.map(({ configuration, hour: at }) => `${configuration} ${at}`);

  it('keeps days where hours do not fit into the status', () => {
    const guard = passedBy(10, [...Array(160).keys()]);
    expect(guard.windows?.length).toBeLessThanOrEqual(1024);
    expect(passedSince(guard, start, alone('x'))).toBe(1600);
    const others = new Set(Array.from({ length: 9 }, (_, index) => `c${index + 1}`));
    expect(passedSince(guard, start, { name: 'c0', others })).toBe(160);
    for (let index = 0; index < 160; index += 1)
      expect(passedSince(guard, start + index * hour, alone('x'))).toBeGreaterThanOrEqual(10 * (160 - index));
  });

  it('keeps every hour while hours fit', () => {
    expect(passedBy(8, [...Array(128).keys()]).windows).toHaveLength(1024);
    expect(passedBy(25, [...Array(41).keys()]).windows?.length).toBeLessThanOrEqual(1024);
  });

  it('where days do not fit either, forgets nothing: the oldest count for every configuration', () => {
    const days = Array.from({ length: 8 }, (_, day) => day * 24 - (day === 7 ? 1 : 0));
    const guard = passedBy(300, days);
    expect(guard.windows?.length).toBeLessThanOrEqual(1024);
    // As the API server wants it: each configuration and hour once.
    expect(new Set(keysOf(guard)).size).toBe(guard.windows?.length);
    expect(passedSince(guard, start, alone('x'))).toBe(2400);
    const everybody = Array.from({ length: 300 }, (_, index) => `c${index}`);
    for (const name of ['c0', 'c150', 'c299']) {
      const others = new Set(everybody.filter((other) => other !== name));
      expect(passedSince(guard, start, { name, others })).toBeGreaterThanOrEqual(8);
      // The newest day is kept apart, and counts for its own configuration alone.
      expect(passedSince(guard, start + 7 * 24 * hour - 2 * hour, { name, others })).toBe(2);
    }
  });

  it('and what was put together is dropped when no window reaches it any more', () => {
    const days = Array.from({ length: 8 }, (_, day) => day * 24 - (day === 7 ? 1 : 0));
    let guard = passedBy(300, days);
    for (let later = 8; later < 54; later += 1)
      guard = withPassed(guard, start + later * 24 * hour, { configuration: 'c0', removed: 0, blocked: 0 });
    expect(passedSince(guard, start, alone('x'))).toBe(0);
  });
});
