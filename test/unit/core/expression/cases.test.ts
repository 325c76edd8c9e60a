import { readFileSync } from 'node:fs';
import { evaluateCase } from '../../../../src/core/evaluation-case.ts';

interface Case {
  readonly id: string;
  readonly status: 'documented' | 'derived';
  readonly expression: string;
  readonly expected: unknown;
}

const world = { now: () => Date.parse('2026-01-31T08:00:00Z'), random: () => 0.5 };
const cases = JSON.parse(readFileSync(new URL('../../../data/expression-cases.json', import.meta.url), 'utf8')) as readonly Case[];

test('there are 160 cases, each of which is documented or follows from a documented rule', () => {
  expect(cases).toHaveLength(160);
  expect(new Set(cases.map(({ status }) => status))).toEqual(new Set(['documented', 'derived']));
});

test.each(cases)('case $id: $expression', ({ expected, ...input }) => {
  expect(evaluateCase(input, world)).toEqual({ value: expected });
});
