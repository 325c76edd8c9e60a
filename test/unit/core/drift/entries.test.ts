import fc from 'fast-check';
import { driftEntries, showsDrift } from '../../../../src/core/drift/entries.ts';

const now = '2026-05-04T12:00:00Z';
const before = '2026-05-03T12:00:00Z';

describe('status.drift', () => {
  it('E11 keeps since when an attribute has differed, and begins anew for others', () => {
    const former = [
      { attribute: 'city', since: before },
      { attribute: 'country', since: before },
    ];
    expect(driftEntries(['city', 'jobTitle'], former, now)).toEqual([
      { attribute: 'city', since: before },
      { attribute: 'jobTitle', since: now },
    ]);
  });

  it('E11 goes when nothing differs any more', () => {
    expect(driftEntries([], [{ attribute: 'city', since: before }], now)).toBeUndefined();
  });

  it('E11 shows what it was made of, however much that is, and nothing else', () => {
    const names = fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 140 });
    fc.assert(
      fc.property(names, names, (some, others) => {
        const drift = driftEntries(some, driftEntries(others, undefined, before), now);
        expect((drift ?? []).length).toBeLessThanOrEqual(128);
        const status = drift === undefined ? {} : { drift };
        expect(showsDrift(status, some)).toBe(true);
        expect(showsDrift(status, [...some.slice(1), 'one more'])).toBe(false);
      }),
    );
  });
});
