import fc from 'fast-check';
import { keeperOf, keptOf } from '../../../../src/core/groups/kept.ts';

describe('G3 who was in a group before it was taken over', () => {
  test('is known again in any case of the id, and in any order, and nobody else is', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.uuid(), { maxLength: 50 }), fc.uuid(), (there, stranger) => {
        const kept = keptOf(there);
        expect(kept).toBe(keptOf(there.map((id) => id.toUpperCase()).toReversed()));
        expect(there.every(keeperOf(kept))).toBe(true);
        expect(keeperOf(kept)(stranger)).toBe(there.includes(stranger));
      }),
    );
  });

  test('is everybody where they are too many to be written down', () => {
    const many = Array.from({ length: 32_769 }, (_, index) => `account-${index}`);
    expect(keptOf(many.slice(1))).toHaveLength(262_144);
    expect(keeperOf(keptOf(many.slice(1)))('somebody')).toBe(false);
    expect(keeperOf(keptOf(many))('somebody')).toBe(true);
  });

  test('is nobody where nobody was there', () => {
    expect(keeperOf(keptOf([]))('a')).toBe(false);
  });
});
