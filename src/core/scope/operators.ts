import type { AttributeValue } from '../../api/attributes.ts';
import type { SyncConfigurationSpec } from '../../api/generated.ts';
import type { FilterBudget, FilterPatterns } from '../expression/regex/filter-pattern.ts';

export type FilterSpec = NonNullable<SyncConfigurationSpec['scope']['filters']>[number];
export type ClauseSpec = FilterSpec['clauses'][number];
export type Operator = ClauseSpec['operator'];

/** Entra's texts of the operators, as its portal and its exported schemas have them. */
export const entraOperators: ReadonlyMap<string, Operator> = new Map([
  ['EQUALS', 'Equals'],
  ['NOT EQUALS', 'NotEquals'],
  ['&', 'In'],
  ['!&', 'NotIn'],
  ['Includes', 'Includes'],
  ['ENDS_WITH', 'EndsWith'],
  ['Greater_Than', 'GreaterThan'],
  ['Greater_Than_OR_EQUALS', 'GreaterThanOrEquals'],
  ['IS TRUE', 'IsTrue'],
  ['IS FALSE', 'IsFalse'],
  ['IS NULL', 'IsNull'],
  ['IS NOT NULL', 'IsNotNull'],
  ['REGEX MATCH', 'RegexMatch'],
  ['NOT REGEX MATCH', 'NotRegexMatch'],
]);

/** Operators that take no value to compare with. */
export const unary: ReadonlySet<Operator> = new Set(['IsTrue', 'IsFalse', 'IsNull', 'IsNotNull']);

/** Decides about the text of a single value that is there. Null: undecided, because the budget does not suffice. */
type Test = (value: string, budget: FilterBudget) => boolean | null;

/** Decides one clause. Null: undecided, because the budget does not suffice; that says neither that it holds nor that it fails. */
export type ClauseTest = (value: AttributeValue | number | null, budget: FilterBudget) => boolean | null;

/** What is wrong with the operand of a clause, with its offset where one is known. */
export interface OperandProblem {
  readonly problem: string;
  readonly position?: number;
}

const digits = /^[0-9]+$/;

function compareWhole(operand: string, compare: (value: bigint, operand: bigint) => boolean): Test | OperandProblem {
  if (!digits.test(operand)) return { problem: 'whole numbers are compared; write digits only' };
  const wanted = BigInt(operand);
  return (value) => value.length <= 1024 && digits.test(value) && compare(BigInt(value), wanted);
}

function matchPattern(text: string, wanted: boolean, patterns: FilterPatterns): Test | OperandProblem {
  const pattern = patterns.compile(text);
  if ('message' in pattern) return { problem: pattern.message, position: pattern.position };
  return (value, budget) => {
    const matches = pattern.matches(value, budget);
    return matches === null ? null : matches === wanted;
  };
}

function testFor(operator: Exclude<Operator, 'IsNull'>, operand: string, patterns: FilterPatterns): Test | OperandProblem {
  switch (operator) {
    case 'Equals':
      return (value) => value === operand;
    case 'NotEquals':
      return (value) => value !== operand;
    case 'In':
      return (value) => operand.includes(value);
    case 'NotIn':
      return (value) => !operand.includes(value);
    case 'Includes':
      return (value) => value.includes(operand);
    case 'EndsWith':
      return (value) => value.endsWith(operand);
    case 'GreaterThan':
      return compareWhole(operand, (a, b) => a > b);
    case 'GreaterThanOrEquals':
      return compareWhole(operand, (a, b) => a >= b);
    case 'IsTrue':
      return (value) => value.toLowerCase() === 'true';
    case 'IsFalse':
      return (value) => value.toLowerCase() === 'false';
    case 'IsNotNull':
      return () => true;
    case 'RegexMatch':
      return matchPattern(operand, true, patterns);
    case 'NotRegexMatch':
      return matchPattern(operand, false, patterns);
  }
}

/** Decides about `true` or `false`, where texts are compared otherwise: the language writes True, Graph true, so case does not count. */
function booleanTest(operator: Operator, operand: string): ((word: string) => boolean) | undefined {
  const wanted = operand.toLowerCase();
  if (operator === 'Equals') return (word) => word === wanted;
  if (operator === 'NotEquals') return (word) => word !== wanted;
  if (operator === 'In') return (word) => wanted.includes(word);
  return operator === 'NotIn' ? (word) => !wanted.includes(word) : undefined;
}

/**
 * Compiles a comparison. Without a value every clause but IsNull fails; several values fail every clause, as Entra cannot compare
 * them; text is compared with case, booleans without.
 */
export function compileClause(operator: Operator, operand: string, patterns: FilterPatterns): ClauseTest | OperandProblem {
  if (operator === 'IsNull') return (value) => value === null || value === '' || (typeof value === 'object' && value.length === 0);
  const test = testFor(operator, operand, patterns);
  if (typeof test !== 'function') return test;
  const ofBoolean = booleanTest(operator, operand) ?? test;
  return (value, budget) => {
    if (value === null || value === '' || typeof value === 'object') return false;
    return typeof value === 'boolean' ? ofBoolean(String(value), budget) : test(String(value), budget);
  };
}
