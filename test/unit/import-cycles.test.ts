import { cyclesIn } from '../../scripts/import-cycles.ts';

const graph = (imports: Readonly<Record<string, readonly string[]>>): ReadonlyMap<string, readonly string[]> =>
  new Map(Object.entries(imports));

test('files that import each other only in one direction are in no cycle', () => {
  expect(cyclesIn(graph({ a: ['b', 'c'], b: ['c'], c: [] }))).toEqual([]);
});

test('a cycle is told as the way around it', () => {
  expect(cyclesIn(graph({ a: ['b'], b: ['c'], c: ['d', 'b'], d: [] }))).toEqual([['b', 'c']]);
  expect(cyclesIn(graph({ a: ['a'] }))).toEqual([['a']]);
});
