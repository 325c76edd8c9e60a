import fc from 'fast-check';
import { comparisonOperators, keywords, type ExpressionNode } from '../../../../src/core/expression/ast.ts';
import { compileExpression } from '../../../../src/core/expression/expression.ts';
import { functions } from '../../../../src/core/expression/functions/table.ts';
import { parseExpression } from '../../../../src/core/expression/parser.ts';
import { printExpression } from '../../../../src/core/expression/print.ts';
import { FilterBudget, FilterPatterns } from '../../../../src/core/expression/regex/filter-pattern.ts';
import { effortOf } from '../../../support/effort.ts';
import { corpus } from './corpus.ts';
import { contextOf } from './support.ts';

const budget = 50;

/** The effort of some work, in milliseconds of a machine at rest. */
const shortest = (work: () => void): number => effortOf(work, { enough: budget });

/** Compiles and evaluates; throws nothing, whatever the input. */
function exercise(text: string, a: string): void {
  const result = compileExpression(text);
  if (!result.ok) {
    expect(result.error.position).toBeGreaterThanOrEqual(0);
    expect(result.error.position).toBeLessThanOrEqual(Math.max(text.length, 10_000));
    return;
  }
  const context = contextOf({ a, several: [a, 'b'], yes: true });
  result.expression.evaluate(context);
  result.expression.candidates(context);
}

const { tree } = fc.letrec<{ tree: ExpressionNode; term: ExpressionNode; argument: ExpressionNode }>((tie) => ({
  term: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({ kind: fc.constant('text' as const), value: fc.string({ unit: 'binary', maxLength: 12 }), position: fc.constant(0) }),
    fc.record({
      kind: fc.constant('attribute' as const),
      name: fc.string({ minLength: 1, maxLength: 12 }).map((name) => name.replace(/["[\]\s]/g, 'x')),
      position: fc.constant(0),
    }),
    fc.record({
      kind: fc.constant('number' as const),
      text: fc.oneof(
        fc.integer().map(String),
        fc.nat().map((value) => `&H${value.toString(16)}`),
        fc.constant('-1.50'),
      ),
      position: fc.constant(0),
    }),
    fc.record({ kind: fc.constant('keyword' as const), name: fc.constantFrom(...keywords), position: fc.constant(0) }),
    fc.record({
      kind: fc.constant('call' as const),
      name: fc.constantFrom(...functions.keys()),
      // One empty argument alone reads as none.
      args: fc.array(tie('argument'), { maxLength: 7 }).map((args) => (args.length === 1 && args[0]?.kind === 'empty' ? [] : args)),
      position: fc.constant(0),
    }),
  ),
  argument: fc.oneof(tie('tree'), fc.record({ kind: fc.constant('empty' as const), position: fc.constant(0) })),
  tree: fc.oneof(
    { arbitrary: tie('term'), weight: 4 },
    {
      arbitrary: fc.record({
        kind: fc.constant('comparison' as const),
        operator: fc.constantFrom(...comparisonOperators),
        left: tie('term'),
        right: tie('term'),
        position: fc.constant(0),
      }),
      weight: 1,
    },
  ),
}));

const unplaced = (node: unknown): unknown =>
  JSON.parse(JSON.stringify(node, (key, value: unknown) => (key === 'position' ? undefined : value)));

const pieces = [
  ...functions.keys(),
  ...keywords,
  ...comparisonOperators,
  ...[
    '(',
    ')',
    ',',
    '[a]',
    '[several]',
    '[yes]',
    '"a"',
    '""',
    '"(?<x>.)"',
    '"x"',
    '"${x}"',
    '"yyyy-MM-dd"',
    '"d"',
    '1',
    '-1',
    '&HF',
    ' ',
    '"\\',
    '😀',
  ],
];
const almost = fc.array(fc.constantFrom(...pieces), { maxLength: 40 }).map((parts) => parts.join(''));
const signs = fc.string({ unit: fc.constantFrom(...Array.from('()[]{}*+?|^$\\.-<>=!:,0159abdDswWSpPLuxikAzZ#\'"😀é\n')), maxLength: 40 });

beforeAll(() => {
  for (const { expression, a = '' } of corpus) exercise(expression, a);
});

test('printing a parsed expression and parsing it again gives the same tree', () => {
  fc.assert(
    fc.property(tree, (node) => {
      expect(unplaced(parseExpression(printExpression(node)))).toEqual(unplaced(node));
    }),
    { numRuns: 500 },
  );
});

test.each([
  ['any text', fc.string({ unit: 'binary', maxLength: 300 })],
  ['a text that looks like an expression', almost],
  ['a tree of any functions with any arguments', tree.map(printExpression)],
  ['any pattern', signs.map((pattern) => `Replace([a], , "${pattern.replace(/["\\]/g, '\\$&')}", , "$0", , )`)],
])('%s gives a value or an error of the language, in time', (_, expressions) => {
  fc.assert(
    fc.property(expressions, fc.string({ unit: 'binary', maxLength: 2_000, size: 'max' }), (expression, a) => {
      expect(shortest(() => exercise(expression, a))).toBeLessThan(budget);
    }),
    { numRuns: 300 },
  );
});

test('any pattern of a filter gives an answer or an error, in time', () => {
  fc.assert(
    fc.property(signs, fc.string({ unit: 'binary', maxLength: 500 }), (text, value) => {
      const work = (): void => {
        const pattern = new FilterPatterns().compile(text);
        const answer = 'matches' in pattern ? pattern.matches(value, new FilterBudget()) : pattern.position <= text.length;
        expect([true, false, null]).toContain(answer);
      };
      expect(shortest(work)).toBeLessThan(budget);
    }),
    { numRuns: 500 },
  );
});

describe('what once went wrong stays right:', () => {
  test.each(corpus)('$name', ({ expression, a = '' }) => {
    expect(shortest(() => exercise(expression, a))).toBeLessThan(budget);
  });
});
