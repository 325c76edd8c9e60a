import fc from 'fast-check';
import { mergePatchBetween } from '../../../../src/core/status/merge-patch.ts';

type Json = Record<string, unknown>;

/** RFC 7386, as a server applies it. */
function applied(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result: Json = typeof target === 'object' && target !== null && !Array.isArray(target) ? { ...(target as Json) } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(result, name);
    else result[name] = applied(result[name], value);
  }
  return result;
}

describe('mergePatchBetween', () => {
  it.each<[string, unknown, unknown, unknown]>([
    ['equal values', { a: 1, b: [1, { c: 2 }] }, { b: [1, { c: 2 }], a: 1 }, undefined],
    ['equal objects whose keys stand in another order', { a: { x: 1, y: 2 } }, { a: { y: 2, x: 1 } }, undefined],
    ['a new member', {}, { a: 1 }, { a: 1 }],
    ['a changed member', { a: 1, b: 2 }, { a: 1, b: 3 }, { b: 3 }],
    ['a removed member', { a: 1, b: 2 }, { a: 1 }, { b: null }],
    ['an undefined member counts as removed', { a: 1 }, { a: undefined }, { a: null }],
    ['an undefined member that was never there', {}, { a: undefined }, undefined],
    ['a nested change', { a: { b: 1, c: 2 } }, { a: { b: 1, c: 3 } }, { a: { c: 3 } }],
    ['arrays as a whole', { a: [1, 2] }, { a: [1] }, { a: [1] }],
    ['an object in place of a value', { a: 1 }, { a: { b: 1 } }, { a: { b: 1 } }],
    ['a value in place of an object', { a: { b: 1 } }, { a: 1 }, { a: 1 }],
    ['nothing in place of an object', { a: { b: 1 } }, {}, { a: null }],
    ['no current state', undefined, { a: 1 }, { a: 1 }],
    ['an empty object that is new', {}, { a: {} }, { a: {} }],
  ])('%s', (_, current, desired, patch) => {
    expect(mergePatchBetween(current, desired)).toEqual(patch);
  });

  it('turns any state into any other, and is empty exactly between equals', () => {
    const leaf = fc.oneof(
      fc.integer({ min: 0, max: 3 }),
      fc.boolean(),
      fc.constantFrom('x', 'y'),
      fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 2 }),
    );
    const { tree } = fc.letrec<{ tree: Json; member: unknown }>((tie) => ({
      tree: fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('member'), { maxKeys: 3, noNullPrototype: true }),
      member: fc.oneof({ maxDepth: 3 }, leaf, tie('tree')),
    }));
    fc.assert(
      fc.property(tree, tree, (current, desired) => {
        const patch = mergePatchBetween(current, desired);
        expect(patch === undefined ? current : applied(current, patch)).toEqual(desired);
      }),
    );
  });
});
