import fc from 'fast-check';
import { keptLinks } from '../../../../src/core/cycle/watermark.ts';

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
