import fc from 'fast-check';
import { directoryJson, isWithin, parseBounded } from '../../../../src/core/wire/json.ts';

describe('JSON of an answer', () => {
  test('is what JSON.parse makes of it, whatever stands in its texts', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), fc.boolean(), (value, pretty) => {
        const text = JSON.stringify(value, null, pretty ? 2 : undefined);
        expect(parseBounded(text, directoryJson)).toEqual(JSON.parse(text));
      }),
    );
    const brackets = JSON.stringify(['[{'.repeat(100_000), '\\"[', '"{', ',,,']);
    expect(parseBounded(brackets, { depth: 1, parts: 10 })).toEqual(JSON.parse(brackets));
  });

  test('is as deep and as manifold as its structure, counted exactly', () => {
    const measure = (value: unknown): { depth: number; parts: number } => {
      if (typeof value !== 'object' || value === null) return { depth: 0, parts: 0 };
      const inner = Object.values(value).map(measure);
      const parts = 1 + Math.max(0, inner.length - 1) + inner.reduce((sum, each) => sum + each.parts, 0);
      return { depth: 1 + Math.max(0, ...inner.map((each) => each.depth)), parts };
    };
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const { depth, parts } = measure(value);
        const text = JSON.stringify(value);
        expect(isWithin(text, { depth, parts })).toBe(true);
        expect(isWithin(text, { depth: Math.max(0, depth - 1), parts })).toBe(depth === 0);
        expect(isWithin(text, { depth, parts: Math.max(0, parts - 1) })).toBe(parts === 0);
      }),
    );
  });

  test.each([
    ['ten thousand lists inside one another', `${'['.repeat(10_000)}${']'.repeat(10_000)}`],
    ['ten thousand objects inside one another', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`],
    ['nothing but brackets', '['.repeat(2 ** 22)],
    ['ten million empty objects', `[${'{},'.repeat(10_000_000)}{}]`],
    ['a text without an end', `["${'\\"'.repeat(1000)}`],
    ['nothing', ''],
  ])('of %s is refused before anything is built of it', (_, text) => {
    expect(() => parseBounded(text, directoryJson)).toThrow(SyntaxError);
  });
});
