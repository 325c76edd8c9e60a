import type { Call } from '../call.ts';
import type { Scope } from '../scope.ts';
import { fromBigInteger } from '../values.ts';
import { lowerInvariant } from './casing.ts';
import { direct, optional, parameter, type FunctionSpec } from './spec.ts';

function inStr(call: Call, scope: Scope): number {
  const compare = call.text(3, scope);
  if (compare !== null && compare !== '' && compare !== 'vbTextCompare' && compare !== 'vbBinaryCompare') {
    call.fail(3, 'is neither vbTextCompare nor vbBinaryCompare');
  }
  const start = call.integer(2, scope) ?? 1;
  if (start < 1) call.fail(2, 'is below 1; the first character is 1');
  const source = call.text(0, scope);
  const wanted = call.text(1, scope);
  if (source === null || wanted === null || start > source.length + 1) return 0;
  call.spend(scope, source.length);
  if (compare !== 'vbTextCompare') return source.indexOf(wanted, start - 1) + 1;
  return lowerInvariant(source).indexOf(lowerInvariant(wanted), start - 1) + 1;
}

/** Functions that give a number. */
export const numberFunctions: readonly FunctionSpec[] = [
  {
    name: 'BitAnd',
    parameters: [parameter('value1', 'integer'), parameter('value2', 'integer')],
    summary: 'The bits that are set in both numbers.',
    nulls: 'Null and empty give null.',
    example: { expression: 'BitAnd(&HF, &HF7)', gives: 7 },
    build: direct((call, scope) => {
      const first = call.bigInteger(0, scope);
      const second = call.bigInteger(1, scope);
      return first === null || second === null ? null : fromBigInteger(first & second);
    }),
  },
  {
    name: 'InStr',
    parameters: [parameter('source', 'text'), parameter('text', 'text'), optional('start', 'integer'), optional('compare', 'compare')],
    summary:
      'Where the text first stands in the source, at or after the start; the first character is 1, and 0 says that it does not. With vbTextCompare case does not count; vbBinaryCompare is the default.',
    nulls: 'A source or text of null gives 0.',
    example: { expression: 'InStr([mail], "@")', attributes: { mail: 'ana@contoso.com' }, gives: 4 },
    build: direct(inStr),
  },
];
