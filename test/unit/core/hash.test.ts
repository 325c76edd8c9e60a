import fc from 'fast-check';
import { hashOf, stableStringify } from '../../../src/core/hash.ts';

describe('stableStringify', () => {
  it.each<[unknown, string]>([
    [{ b: 1, a: 2 }, '{"a":2,"b":1}'],
    [{ a: { d: [1, { z: 1, y: 2 }], c: null } }, '{"a":{"c":null,"d":[1,{"y":2,"z":1}]}}'],
    [{ a: undefined, b: 1 }, '{"b":1}'],
    [[undefined, 'x'], '[null,"x"]'],
    [undefined, 'null'],
    ['O\'Neil "x"', '"O\'Neil \\"x\\""'],
    [true, 'true'],
  ])('%j', (value, expected) => {
    expect(stableStringify(value)).toBe(expected);
  });

  it('says what JSON says', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        expect(JSON.parse(stableStringify(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe('hashOf', () => {
  it('is the same for equal values in any order of keys, and 128 bits long', () => {
    expect(hashOf({ a: 1, b: { c: 2, d: 3 } })).toBe(hashOf({ b: { d: 3, c: 2 }, a: 1 }));
    expect(hashOf({})).toMatch(/^[0-9a-f]{32}$/);
  });

  it.each<[unknown, unknown]>([
    [{ a: 1 }, { a: '1' }],
    [{ a: [1, 2] }, { a: [2, 1] }],
    [{ a: null }, {}],
    [['a', 'b'], ['ab']],
    [{ a: { b: 1 } }, { a: 1, b: 1 }],
  ])('tells %j from %j', (left, right) => {
    expect(hashOf(left)).not.toBe(hashOf(right));
  });
});
