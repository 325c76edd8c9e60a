import { grants, wishes, type LiveLease } from '../../../src/kube/shard-balance.ts';

/** Leases written as `holder` or `holder>wisher`. */
const leases = (...texts: readonly string[]): readonly LiveLease[] =>
  texts.map((text, index) => {
    const [holder = '', wantedBy] = text.split('>');
    return { name: `shard-${index}`, holder, wantedBy };
  });
const names = (...indexes: readonly number[]): readonly string[] => indexes.map((index) => `shard-${index}`);

test.each<[string, readonly string[], readonly string[]]>([
  ['half of what the busiest has more', ['a', 'a', 'a', 'a', 'b', 'b'], names(0, 1)],
  ['nothing where nobody has two more', ['a', 'a', 'me'], []],
  ['nothing of a lone shard', ['a'], []],
  ['one where somebody has two', ['a', 'a'], names(0)],
  ['nothing that was asked for already', ['a>me', 'a>me', 'a', 'a'], []],
  ['of what another has not asked for', ['a>b', 'a>b', 'a', 'a', 'a'], names(2)],
  ['nothing while it has most itself', ['me', 'me', 'me', 'a'], []],
])('a replica asks for %s', (_, live, expected) => {
  expect(wishes(leases(...live), 'me')).toEqual(expected);
});

test.each<[string, readonly string[], readonly string[], readonly string[]]>([
  ['while it has two more', ['me>b', 'me>b', 'me', 'me'], [], names(0, 1)],
  ['not to one who would then have as many or more', ['me>b', 'b'], [], []],
  ['counting what it has granted already', ['me>b', 'me>b', 'me'], names(0), []],
  ['to each in turn', ['me>b', 'me>c', 'me>b', 'me>c', 'me', 'me', 'me', 'me'], [], names(0, 1, 2, 3)],
  ['only of its own', ['a>b', 'me', 'me', 'me'], [], []],
])('a replica grants wishes %s', (_, live, granted, expected) => {
  expect(grants(leases(...live), 'me', new Set(granted))).toEqual(expected);
});
