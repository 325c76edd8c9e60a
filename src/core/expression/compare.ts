import type { ComparisonOperator } from './ast.ts';
import { parsePrinted } from './dates/text.ts';
import { asNumber, asText } from './values.ts';

type Single = string | number | boolean;

/** Numbers and dates by their order, any other texts by the order of their characters; negative, zero or positive. */
function order(left: Single, right: Single): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  const a = asText(left);
  const b = asText(right);
  const leftNumber = asNumber(a);
  const rightNumber = leftNumber === null ? null : asNumber(b);
  if (leftNumber !== null && rightNumber !== null) return leftNumber - rightNumber;
  const leftDate = parsePrinted(a);
  const rightDate = leftDate === null ? null : parsePrinted(b);
  if (leftDate !== null && rightDate !== null) return leftDate - rightDate;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Texts are equal character by character, with case; a bare number equals a text that says the same number. */
function equal(left: Single, right: Single): boolean {
  return typeof left === 'number' || typeof right === 'number' ? order(left, right) === 0 : asText(left) === asText(right);
}

/** The outcome of a comparison of two values, neither of which is null or empty. */
export function compareValues(operator: ComparisonOperator, left: Single, right: Single): boolean {
  switch (operator) {
    case '=':
      return equal(left, right);
    case '<>':
      return !equal(left, right);
    case '>':
      return order(left, right) > 0;
    case '>=':
      return order(left, right) >= 0;
    case '<':
      return order(left, right) < 0;
    case '<=':
      return order(left, right) <= 0;
  }
}
