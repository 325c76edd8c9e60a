import { effortOf } from '../../../support/effort.ts';
import { compileFilters, type FilterProblem, type ScopeFilter } from '../../../../src/core/scope/filter.ts';

type Filters = Parameters<typeof compileFilters>[0];
type Clause = Filters[number]['clauses'][number];

const matching = (value: string, operator: Clause['operator'] = 'RegexMatch', attribute = 'x'): Clause => ({ attribute, operator, value });
const long: Clause = matching('(?:[ab]?){200}z');
const fails: Clause = { attribute: 'y', operator: 'Equals', value: 'wrong' };
const holds: Clause = { attribute: 'y', operator: 'Equals', value: 'right' };

const compiled = (...filters: readonly (readonly Clause[])[]): ScopeFilter | FilterProblem =>
  compileFilters(
    filters.map((clauses, index) => ({ name: `filter-${index}`, clauses })),
    () => undefined,
  );
const usable = (...filters: readonly (readonly Clause[])[]): ScopeFilter => {
  const result = compiled(...filters);
  if ('problem' in result) throw new Error(result.message);
  return result;
};
/** Undecided for `long`, decided for the rest. */
const user = (name: string): string => (name === 'x' ? 'a'.repeat(2_000) : 'right');

/** The effort of some work, in milliseconds of a machine at rest. */
const shortest = (work: () => void): number => effortOf(work, { enough: 50 });

describe('what is too large to decide is neither in nor out:', () => {
  it.each<[string, readonly (readonly Clause[])[], boolean | null]>([
    ['a filter with an undecided clause is undecided', [[long]], null],
    ['whichever way the clause asks', [[matching(long.value ?? '', 'NotRegexMatch')]], null],
    ['an undecided clause beside one that holds leaves the filter undecided', [[long, holds]], null],
    ['a clause that fails for certain makes the filter fail, before an undecided one', [[fails, long]], false],
    ['and after it', [[long, fails]], false],
    ['a filter that passes for certain decides, before an undecided one', [[holds], [long]], true],
    ['and after it', [[long], [holds]], true],
    ['a filter that fails for certain leaves another undecided', [[fails], [long], [fails]], null],
    [
      'a pattern that fails for certain makes its filter fail beside an undecided one',
      [[long, matching('wrong', 'RegexMatch', 'y')]],
      false,
    ],
  ])('%s', (_, filters, expected) => {
    expect(usable(...filters).passes(user)).toBe(expected);
  });

  it('decides the next user by the full budget again', () => {
    const filter = usable([long], [matching('ok')]);
    expect([filter.passes(user), filter.passes(() => 'ok'), filter.passes(user), filter.passes(() => 'no')]).toEqual([
      null,
      true,
      null,
      false,
    ]);
  });
});

describe('the patterns of all filters together', () => {
  const many = (count: number, pattern: (index: number) => string): readonly (readonly Clause[])[] =>
    Array.from({ length: count }, (_, filter) =>
      Array.from({ length: 50 }, (_unused, clause) => matching(pattern(filter * 50 + clause), 'NotRegexMatch')),
    );

  it('are bounded in size, and the clause is named at which that is passed', () => {
    const problem = compiled(...many(50, (index) => `(?:[ab]?){200}z${index}`)) as FilterProblem;
    expect(problem).toMatchObject({ reason: 'InvalidFilter', filter: 0, clause: 24 });
    expect(problem.message).toMatch(
      /^spec\.scope\.filters\[name=filter-0\]\.clauses\[24\]\.value: .*the patterns of all filters are too large together/,
    );
  });

  it('count once when they are equal', () => {
    expect(usable(...many(50, () => '(?:[ab]?){200}z')).passes(() => 'ab')).toBe(true);
  });

  it('cost a user once when they ask the same', () => {
    const filter = usable(...many(50, () => '(?:[ab]?){200}z'));
    expect(filter.passes(() => 'a'.repeat(1_024))).toBe(true);
    expect(filter.explain(() => 'a'.repeat(1_024)).filter(({ because }) => because === 'TooLarge')).toEqual([]);
  });

  it.each<[string, (index: number) => string, string]>([
    ['many optional parts', (index) => `(?:[ab]?){200}z${index}`, 'a'],
    ['fewer of them, more often', (index) => `(?:[ab]?){20}z${index}`, 'ab'],
    ['more states than can be kept', (index) => `[ab]*a[ab]{14}z${index}`, 'abaabbb'],
    ['sets of thousands of characters', (index) => `.*\\w.{6}z${index}`, 'éaßłб9'],
    ['anything, several times', (index) => `.*.*.*.*x${index}`, 'q'],
  ])('are asked in time whatever they are: %s', (_, pattern, unit) => {
    const all = Array.from({ length: 2_450 }, (_unused, index) => matching(pattern(index), 'NotRegexMatch'));
    const clauses = all.slice(0, (compiled(all) as FilterProblem).clause);
    expect(clauses.length).toBeGreaterThan(20);
    for (const length of [1_024, 500, 100, 30]) {
      const filter = usable(clauses);
      const value = unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
      expect(shortest(() => filter.passes(() => value))).toBeLessThan(50);
    }
  });
});
