import fc from 'fast-check';
import { directoryJson, isWithin, parseBounded, splitList } from '../../../../src/core/wire/json.ts';

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

describe('JSON of a list', () => {
  const whole = ({ envelope, items }: ReturnType<typeof splitList>): unknown => ({
    ...(envelope as object),
    items: items.map((item) => parseBounded(item.toString(), directoryJson)),
  });

  test('has the same items and the same envelope when it is split, whatever stands in its texts', () => {
    const members = fc.dictionary(
      fc.oneof(
        fc.constantFrom('metadata', 'a"b', '"items":[', '\\'),
        fc.string().filter((name) => name !== 'items' && name !== '__proto__'),
      ),
      fc.jsonValue({ maxDepth: 4 }),
    );
    fc.assert(
      fc.property(members, fc.array(fc.jsonValue({ maxDepth: 5 })), members, fc.boolean(), (before, items, after, pretty) => {
        const list = { ...before, items, ...after };
        const text = JSON.stringify(list, null, pretty ? 2 : undefined);
        expect(whole(splitList(Buffer.from(text), directoryJson))).toEqual(JSON.parse(text));
      }),
    );
  });

  test('knows items from members of the same name elsewhere', () => {
    const list = { metadata: { items: [1, 2] }, kind: 'items', items: [{ items: [3, { items: [4] }] }, ['items', 5]] };
    expect(whole(splitList(Buffer.from(JSON.stringify(list)), directoryJson))).toEqual(list);
  });

  test.each(['{"items":null}', '{}', '{"metadata":{"continue":""}}', '{"items":{"a":[1,2]}}', '{"items" : [ ] }', '[[1],[2]]', '"items"'])(
    'without items has none: %s',
    (text) => {
      expect(splitList(Buffer.from(text), directoryJson).items).toEqual([]);
    },
  );

  test.each(['', '{', '{"items":[', '{"items":[1', '{"items":[1,', '{"items":[1}', '{"items":[1]', '{"items":[1]]', '{"items":[1]}}'])(
    'that has no end is refused as a whole: %s',
    (text) => {
      expect(() => splitList(Buffer.from(text), directoryJson)).toThrow(SyntaxError);
    },
  );

  test.each(['{"items":[,]}', '{"items":[1,]}', '{"items":[1,,2]}', '{"items":[{]}]}', '{"items":[1 2]}', '{"items":[{"a":[}]}'])(
    'is refused at the item that is none: %s',
    (text) => {
      expect(() => whole(splitList(Buffer.from(text), directoryJson))).toThrow(SyntaxError);
    },
  );

  test('has no more items than any page can have', () => {
    expect(() => splitList(Buffer.from(`{"items":[${'1,'.repeat(1_000_001)}1]}`), directoryJson)).toThrow(SyntaxError);
    expect(() => splitList(Buffer.from(`{"a":${'['.repeat(100)}${']'.repeat(100)},"items":[1]}`), directoryJson)).toThrow(SyntaxError);
  });
});
