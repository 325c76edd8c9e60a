import fc from 'fast-check';
import { ledgerWith, parseLedger, passedForGonePairs, type Ledger } from '../../../../src/core/guard/ledger.ts';

const hour = 3_600_000;
const start = Date.parse('2026-01-05T00:00:00Z');
const none = new Set<string>();

describe('I3 what has passed between two tenants, beyond the life of a pair', () => {
  it('counts what passed for pairs that are gone within the window, and nothing that is older', () => {
    const ledger = ledgerWith(ledgerWith({}, start, { pair: 'a', count: 3 }), start + 5 * hour, { pair: 'b', count: 2 });
    expect(passedForGonePairs(ledger, start, none)).toBe(5);
    expect(passedForGonePairs(ledger, start + hour - 1, none)).toBe(5);
    expect(passedForGonePairs(ledger, start + hour, none)).toBe(2);
    expect(passedForGonePairs(ledger, start, new Set(['a']))).toBe(2);
    expect(passedForGonePairs(ledger, start, new Set(['a', 'b']))).toBe(0);
  });

  it('puts together what no window reaches, drops it in the end, and keeps what is ahead of a clock that was set back', () => {
    const ahead = ledgerWith({}, start + 400 * hour, { pair: 'a', count: 3 });
    const back = ledgerWith(ahead, start, { pair: 'b', count: 1 });
    expect(passedForGonePairs(back, start - hour, none)).toBe(4);
    const later = ledgerWith(back, start + 600 * hour, { pair: 'c', count: 1 });
    expect(passedForGonePairs(later, start - hour, none)).toBe(5);
    expect(later.b).toEqual({ [String(start / hour + 23)]: 1 });
    expect(ledgerWith(later, start + 1600 * hour, { pair: 'd', count: 1 })).toEqual({
      c: { [String(start / hour + 600 + (23 - (600 % 24)))]: 1 },
      d: { [String(start / hour + 1600)]: 1 },
    });
  });

  it('never counts too few, in whatever order sets pass, and reads what it wrote', () => {
    const passing = fc.record({ at: fc.integer({ min: 0, max: 160 }), count: fc.nat(9), pair: fc.constantFrom('a', 'b', 'c') });
    fc.assert(
      fc.property(fc.array(passing, { maxLength: 60 }), (all) => {
        const ledger = all.reduce<Ledger>((sum, { at, ...passed }) => ledgerWith(sum, start + at * hour, passed), {});
        expect(passedForGonePairs(ledger, start - 1, none)).toBe(all.reduce((sum, { count }) => sum + count, 0));
        expect(parseLedger(JSON.stringify(ledger))).toEqual(ledger);
      }),
    );
  });

  it.each(['', 'null', '[]', '3', '{"a":3}', '{"a":[1]}', '{"a":{"x":1}}', '{"a":{"1":-1}}', '{"a":{"1":"2"}}', '{"a":{"1":1.5}}'])(
    'takes %s for nothing that it wrote, and never for nobody',
    (text) => expect(parseLedger(text)).toBeUndefined(),
  );
});
