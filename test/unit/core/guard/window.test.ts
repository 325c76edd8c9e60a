import fc from 'fast-check';
import { passedSince, withPassed } from '../../../../src/core/guard/window.ts';

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
    expect(passedSince(guard, start + 7 * hour, alone('a'))).toBe(0);
  });

  it('goes on with the numbers of configurations that are gone, and not with those of others that are there', () => {
    const guard = withPassed(undefined, start, { configuration: 'old', removed: 3, blocked: 0 });
    expect(passedSince(guard, start, alone('new'))).toBe(3);
    expect(passedSince(guard, start, { name: 'new', others: new Set(['old']) })).toBe(0);
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

  it('takes an hour ahead of our clock for this one, so that it is counted no longer than others', () => {
    const wrong = withPassed(undefined, start + 30 * 24 * hour, { configuration: 'a', removed: 4, blocked: 0 });
    const guard = withPassed(wrong, start, { configuration: 'a', removed: 1, blocked: 0 });
    expect(guard.windows).toEqual([{ configuration: 'a', hour: '2026-01-05T00:00:00Z', removed: 5, blocked: 0 }]);
  });

  it('keeps days where hours do not fit into the status', () => {
    let guard: ReturnType<typeof withPassed> | undefined;
    for (let index = 0; index < 160; index += 1)
      for (let name = 0; name < 10; name += 1)
        guard = withPassed(guard, start + index * hour, { configuration: `c${name}`, removed: 1, blocked: 0 });
    expect(guard?.windows?.length).toBeLessThanOrEqual(1024);
    expect(passedSince(guard, start, alone('x'))).toBe(1600);
  });
});
