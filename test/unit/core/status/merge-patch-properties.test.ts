import fc from 'fast-check';
import { mergePatchBetween } from '../../../../src/core/status/merge-patch.ts';

/** RFC 7386, as written there. */
function mergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> = typeof target === 'object' && target !== null && !Array.isArray(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(result, name);
    else result[name] = mergePatch(result[name], value);
  }
  return result;
}

const status = fc.dictionary(
  fc.constantFrom('a', 'b', 'c', 'd'),
  fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.integer({ min: 0, max: 3 }),
      fc.boolean(),
      fc.constantFrom('x', 'y'),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('value')),
    ),
  })).value,
);

describe('the difference of two statuses', () => {
  it('is nothing when they are equal', () => {
    expect(mergePatchBetween({ a: { b: [1, { c: 2 }] } }, { a: { b: [1, { c: 2 }] } })).toBeUndefined();
    expect(mergePatchBetween(undefined, {})).toBeUndefined();
    expect(mergePatchBetween({ a: 1 }, { a: 1, b: undefined })).toBeUndefined();
    expect(mergePatchBetween({ a: [{ b: 1 }] }, { a: [{ b: 1, c: undefined }] })).toBeUndefined();
  });

  it('has only what changed, field by field', () => {
    const current = { phase: 'Ready', counts: { users: 3, failed: 0 }, observedGeneration: 1 };
    const desired = { phase: 'Ready', counts: { users: 4, failed: 0 }, observedGeneration: 2 };
    expect(mergePatchBetween(current, desired)).toEqual({ counts: { users: 4 }, observedGeneration: 2 });
  });

  it('replaces arrays as a whole', () => {
    expect(mergePatchBetween({ list: [1, 2], same: [3] }, { list: [1, 2, 3], same: [3] })).toEqual({ list: [1, 2, 3] });
    expect(mergePatchBetween({ list: [1] }, { list: [] })).toEqual({ list: [] });
  });

  it('removes what is no longer there by null, whether left out or undefined', () => {
    expect(mergePatchBetween({ a: 1, b: { c: 2, d: 3 }, e: 4 }, { b: { d: 3 }, e: undefined })).toEqual({
      a: null,
      b: { c: null },
      e: null,
    });
  });

  it('writes a whole status where there was none', () => {
    expect(mergePatchBetween(undefined, { a: { b: 1 } })).toEqual({ a: { b: 1 } });
  });

  it('applied as a merge patch, always makes the one into the other, and then there is nothing left', () => {
    fc.assert(
      fc.property(status, status, (current, desired) => {
        const patch = mergePatchBetween(current, desired);
        const patched = patch === undefined ? current : mergePatch(current, patch);
        expect(patched).toEqual(desired);
        expect(mergePatchBetween(patched as object, desired)).toBeUndefined();
      }),
    );
  });

  it('never patches equal statuses', () => {
    fc.assert(fc.property(status, (current) => expect(mergePatchBetween(current, structuredClone(current))).toBeUndefined()));
  });
});
