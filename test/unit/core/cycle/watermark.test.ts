import fc from 'fast-check';
import {
  keptLinks,
  parseKept,
  recalled,
  referred,
  refersToKept,
  stillNamed,
  type NamedLinks,
} from '../../../../src/core/cycle/watermark.ts';

const link = (length: number): string => 'https://graph.microsoft.com/v1.0/users/delta?$deltatoken='.padEnd(length, 'x');

test.each([
  ['usual links', { users: link(2_000), groups: `${link(8_000)}\n${link(8_000)}` }, 10_000, { users: true, groups: true }],
  ['no groups', { users: link(2_000), groups: undefined }, 10_000, { users: true, groups: false }],
  ['an empty list of groups', { users: link(2_000), groups: '' }, 10_000, { users: true, groups: true }],
  [
    'links for four times fifty groups',
    { users: link(100_000), groups: Array(4).fill(link(100_000)).join('\n') },
    10_000,
    { users: true, groups: true },
  ],
  ['a link of the users beyond the schema', { users: link(262_145), groups: link(100) }, 10_000, { users: false, groups: true }],
  ['links of groups beyond the schema', { users: link(100), groups: link(786_433) }, 10_000, { users: true, groups: false }],
  ['both at the limit, beside a small spec', { users: link(262_144), groups: link(786_432) }, 10_000, { users: true, groups: true }],
  ['both at the limit, beside a large spec', { users: link(262_144), groups: link(786_432) }, 600_000, { users: true, groups: false }],
  ['a spec that leaves no room', { users: link(2_000), groups: link(100) }, 1_300_000, { users: false, groups: false }],
  ['what the API server escapes', { users: link(10_000) + '&'.repeat(250_000), groups: '' }, 10_000, { users: false, groups: true }],
  ['what no link holds', { users: 'https://ü', groups: 'a b' }, 10_000, { users: false, groups: false }],
])('%s', (_, links, otherBytes, kept) => {
  const { users, groups } = keptLinks(links, otherBytes);
  expect({ users: users !== undefined, groups: groups !== undefined }).toEqual(kept);
});

test('whatever the source sends as links, the object that holds them fits into etcd, and they come back as they were', () => {
  const any = fc.option(
    fc.oneof(
      fc
        .tuple(fc.constantFrom('x', '&', '"', 'ü', '\u{1F600}', '\ud800', '\n'), fc.nat({ max: 900_000 }))
        .map(([unit, count]) => unit.repeat(count)),
      fc.string({ unit: 'binary' }),
    ),
    { nil: undefined },
  );
  fc.assert(
    fc.property(any, any, fc.nat({ max: 1_200_000 }), (users, groups, otherBytes) => {
      const kept = keptLinks({ users, groups }, otherBytes);
      const stored = JSON.stringify(kept).replaceAll(/[<>&]/g, '\\u0026');
      expect(Buffer.byteLength(stored) + otherBytes).toBeLessThan(1_400_000);
      expect((kept.users ?? '').length).toBeLessThanOrEqual(262_144);
      expect((kept.groups ?? '').length).toBeLessThanOrEqual(786_432);
      const texts = [kept.users ?? '', kept.groups ?? ''];
      expect(texts.map((text) => Buffer.from(text).toString())).toEqual(texts);
    }),
    { numRuns: 60 },
  );
});

describe('E2 links outside of the status', () => {
  const links: NamedLinks = { users: link(2_000), groups: `${link(500)}\n${link(600)}`, projectedGroups: 'short' };

  test('are named there by ids of one line, and come back as they were', () => {
    const found = referred(links, {});
    expect(found?.shown).toEqual({
      users: expect.stringMatching(/^kept:[0-9a-f]{32}$/) as string,
      groups: expect.stringMatching(/^kept:[0-9a-f]{32}$/) as string,
      projectedGroups: 'short',
    });
    expect(refersToKept(found?.shown ?? {})).toBe(true);
    expect(recalled(found?.shown ?? {}, parseKept(JSON.stringify(found?.kept)))).toEqual(links);
  });

  test('are not, where each is short, or all are too long', () => {
    expect(referred({ users: link(128), groups: '' }, {})).toBeUndefined();
    expect(referred({ users: link(129) }, {})).toBeDefined();
    expect(referred({ users: link(890_000) }, {})).toBeDefined();
    expect(referred({ users: link(900_000) }, {})).toBeUndefined();
    expect(refersToKept({ users: link(2_000) })).toBe(false);
  });

  test('are kept beside those of the round before, whose ids the status may still name; those alone where both are too long', () => {
    const before = referred({ users: link(600_000) }, {});
    const small = referred({ users: link(200) }, before?.kept ?? {});
    expect(recalled(before?.shown ?? {}, small?.kept ?? {}).users).toHaveLength(600_000);
    const large = referred({ users: link(500_000) }, before?.kept ?? {});
    expect(Object.values(large?.kept ?? {}).map(({ length }) => length)).toEqual([500_000]);
    // What neither names goes.
    expect(Object.keys(stillNamed(small?.shown ?? {}, small?.kept ?? {}))).toEqual([small?.shown.users]);
  });

  test.each<[string, string | undefined]>([
    ['nothing', undefined],
    ['no JSON', '{'],
    ['null', 'null'],
    ['a list', '["a"]'],
    ['a text that is none', JSON.stringify({ 'kept:0': 7 })],
  ])('that come back as %s are none', (_, text) => {
    expect(recalled({ users: 'kept:0', groups: 'raw' }, parseKept(text))).toEqual({
      users: undefined,
      groups: 'raw',
      projectedGroups: undefined,
    });
  });

  test('that somebody has changed are none', () => {
    const { shown = {}, kept = {} } = referred(links, {}) ?? {};
    const changed = Object.fromEntries(Object.entries(kept).map(([id, text]) => [id, `${text}/elsewhere`]));
    expect(recalled(shown, changed)).toEqual({ users: undefined, groups: undefined, projectedGroups: 'short' });
  });
});
