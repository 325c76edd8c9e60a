import { readFileSync } from 'node:fs';
import { compileFilterPattern } from '../../../../src/core/expression/regex/filter-pattern.ts';
import { outcome, type Values } from './support.ts';

interface Clause {
  readonly attribute: string;
  readonly operator: string;
  readonly value?: string;
}

interface Case {
  readonly id: string;
  readonly status: 'documented' | 'derived';
  readonly expression: string;
  readonly filter?: { readonly groups: readonly { readonly clauses: readonly Clause[] }[] };
  readonly attributes: Values;
  readonly now?: string;
  readonly existingTargetValues?: readonly string[];
  readonly expected: unknown;
}

const cases = JSON.parse(readFileSync(new URL('../../../data/expression-cases.json', import.meta.url), 'utf8')) as readonly Case[];

test('there are 160 cases, each of which is documented or follows from a documented rule', () => {
  expect(cases).toHaveLength(160);
  expect(new Set(cases.map(({ status }) => status))).toEqual(new Set(['documented', 'derived']));
});

test.each(cases.filter(({ filter }) => filter === undefined))('case $id: $expression', ({ expression, attributes, expected, ...world }) => {
  expect(outcome(expression, attributes, world)).toEqual(expected);
});

const patterns = cases.flatMap(({ id, filter, attributes, expected }) => {
  const clauses = (filter?.groups ?? []).flatMap((group) => group.clauses);
  const [clause] = clauses;
  if (clauses.length !== 1 || clause?.value === undefined || !clause.operator.endsWith('REGEX MATCH')) return [];
  const wanted = clause.operator === 'REGEX MATCH' ? expected : !(expected as boolean);
  return [{ id, pattern: clause.value, text: String(attributes[clause.attribute]), wanted }];
});

test.each(patterns)('case $id: the pattern $pattern of a filter', ({ pattern, text, wanted }) => {
  const result = compileFilterPattern(pattern);
  expect('matches' in result && result.matches(text)).toBe(wanted);
});
