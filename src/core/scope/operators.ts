import type { AttributeValue } from '../../api/attributes.ts';
import type { SyncConfigurationSpec } from '../../api/generated.ts';
import { compileFilterPattern } from '../expression/regex/filter-pattern.ts';

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

/** Decides about the text of a single value that is there. Null: value and pattern are together too large to decide within bounds. */
type Test = (value: string) => boolean | null;

/** Decides one clause. Null: it cannot be decided, so that it does not hold. */
export type ClauseTest = (value: AttributeValue | number | null) => boolean | null;

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

function matchPattern(text: string, wanted: boolean): Test | OperandProblem {
  const pattern = compileFilterPattern(text);
  if ('message' in pattern) return { problem: pattern.message, position: pattern.position };
  return (value) => {
    const matches = pattern.matches(value);
    return matches === null ? null : matches === wanted;
  };
}

function testFor(operator: Exclude<Operator, 'IsNull'>, operand: string): Test | OperandProblem {
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
      return matchPattern(operand, true);
    case 'NotRegexMatch':
      return matchPattern(operand, false);
  }
}

/**
 * Compiles a comparison. Without a value every clause but IsNull fails; several values fail every clause, as Entra cannot compare
 * them; text is compared with case.
 */
export function compileClause(operator: Operator, operand = ''): ClauseTest | OperandProblem {
  if (operator === 'IsNull') return (value) => value === null || value === '' || (typeof value === 'object' && value.length === 0);
  const test = testFor(operator, operand);
  if (typeof test !== 'function') return test;
  return (value) => (value === null || value === '' || typeof value === 'object' ? false : test(String(value)));
}
