import type { Call } from '../call.ts';
import { FlowSignal } from '../errors.ts';
import type { Evaluator, Scope } from '../scope.ts';
import { asNumber, asText, isEmpty, isList } from '../values.ts';
import { direct, optional, parameter, type FunctionSpec } from './spec.ts';

const ignoreAttribute = new FlowSignal('IgnoreAttributeFlow');

/** The truth of a value: True, False, or a number that is not zero. Null when it has none. */
function truth(call: Call, index: number, scope: Scope): boolean | null {
  const value = call.value(index, scope);
  if (isEmpty(value) || value === null) return null;
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return value !== 0;
  const text = isList(value) ? '' : value.trim().toLowerCase();
  if (text === 'true' || text === 'false') return text === 'true';
  const number = asNumber(text);
  return number === null ? call.fail(index, 'is neither True nor False nor a number') : number !== 0;
}

/** A switch looks its source up; keys that are written out are looked up in one step. */
function switchOn(call: Call): Evaluator {
  const keys: number[] = [];
  for (let index = 2; index < call.count; index += 2) keys.push(index);
  const written = new Map<string, number>();
  for (const index of keys) {
    const key = call.literal(index);
    if (key !== undefined && !written.has(key)) written.set(key, index + 1);
  }
  const allWritten = keys.every((index) => call.literal(index) !== undefined);
  return (scope) => {
    const source = call.text(0, scope) ?? '';
    const found = allWritten ? written.get(source) : search(call, keys, source, scope);
    return call.value(found ?? 1, scope);
  };
}

function search(call: Call, keys: readonly number[], source: string, scope: Scope): number | undefined {
  const key = keys.find((index) => (call.text(index, scope) ?? '') === source);
  return key === undefined ? undefined : key + 1;
}

const presence = (
  name: string,
  summary: string,
  example: FunctionSpec['example'],
  test: (value: ReturnType<Call['value']>) => boolean,
): FunctionSpec => ({
  name,
  parameters: [parameter('expression', 'value')],
  summary,
  nulls: 'That is what it tests.',
  example,
  build: direct((call, scope) => test(call.value(0, scope))),
});

/** Functions that decide, and those that test for a value. */
export const logicFunctions: readonly FunctionSpec[] = [
  {
    name: 'CBool',
    parameters: [parameter('expression', 'condition')],
    summary: 'True for True, a number that is not zero and a comparison that holds; False for False, zero and one that does not.',
    nulls: 'Null and empty give False.',
    example: { expression: 'CBool([country] = "DE")', attributes: { country: 'DE' }, gives: true },
    build: direct((call, scope) => truth(call, 0, scope) ?? false),
  },
  {
    name: 'Coalesce',
    parameters: [parameter('source', 'value')],
    repeats: 1,
    summary: 'The first source that has a value. The last one is the default: it is given as it is when none has.',
    nulls: 'Null and empty sources are passed over.',
    example: { expression: 'Coalesce([preferredName], [givenName], "unknown")', attributes: { givenName: 'Ana' }, gives: 'Ana' },
    build: direct((call, scope) => {
      const last = call.count - 1;
      for (let index = 0; index < last; index += 1) {
        const value = call.value(index, scope);
        if (!isEmpty(value)) return value;
      }
      return call.value(last, scope);
    }),
  },
  {
    name: 'IIF',
    parameters: [parameter('condition', 'condition'), parameter('ifTrue', 'result'), parameter('ifFalse', 'result')],
    summary:
      'One of two values, by a comparison or by a value that is True or False. Only the chosen one is evaluated. There is no AND and OR: nest instead.',
    nulls: 'A comparison in which either side is null or empty fails, with every operator; so does a condition of null.',
    example: { expression: 'IIF([country] = "DE", "Berlin", "London")', attributes: { country: 'DE' }, gives: 'Berlin' },
    build: direct((call, scope) => call.value(truth(call, 0, scope) === true ? 1 : 2, scope)),
  },
  {
    name: 'IgnoreFlowIfNullOrEmpty',
    parameters: [parameter('expression', 'value')],
    summary: 'The value; when there is none, the attribute is left as it is in the target.',
    nulls: 'Null and empty become IgnoreAttributeFlow.',
    example: {
      expression: 'IgnoreFlowIfNullOrEmpty([department])',
      attributes: { department: '' },
      gives: { flow: 'IgnoreAttributeFlow' },
    },
    build: direct((call, scope) => {
      const value = call.value(0, scope);
      if (isEmpty(value)) throw ignoreAttribute;
      return value;
    }),
  },
  presence(
    'IsNothing',
    'Whether the value is null. The same as IsNull.',
    { expression: 'IsNothing([department])', gives: true },
    (value) => value === null,
  ),
  presence(
    'IsNull',
    'Whether the value is null: the attribute has none. An empty text is not null.',
    { expression: 'IsNull([department])', gives: true },
    (value) => value === null,
  ),
  presence(
    'IsNullOrEmpty',
    'Whether the value is null or empty.',
    { expression: 'IsNullOrEmpty([department])', attributes: { department: '' }, gives: true },
    isEmpty,
  ),
  presence(
    'IsPresent',
    'Whether there is a value: neither null nor empty.',
    { expression: 'IsPresent([department])', attributes: { department: 'Sales' }, gives: true },
    (value) => !isEmpty(value),
  ),
  presence(
    'IsString',
    'Whether the value is a text.',
    { expression: 'IsString([department])', attributes: { department: 'Sales' }, gives: true },
    (value) => typeof value === 'string',
  ),
  {
    name: 'Not',
    parameters: [parameter('source', 'value')],
    summary: 'False for True, True for False.',
    nulls: 'Null and empty give null.',
    example: { expression: 'Not([accountEnabled])', attributes: { accountEnabled: false }, gives: true },
    build: direct((call, scope) => {
      const value = truth(call, 0, scope);
      return value === null ? null : !value;
    }),
  },
  {
    name: 'Switch',
    parameters: [parameter('source', 'value'), optional('default', 'result'), parameter('key', 'value'), optional('value', 'result')],
    repeats: 2,
    summary:
      'The value after the key that equals the source, with case, or the default when none does. Only that value is evaluated. Booleans compare as True and False.',
    nulls: 'A source of null or empty equals the key "". A default or value that is left out is null.',
    example: { expression: 'Switch([state], "Sydney", "QLD", "Brisbane", "", "none")', attributes: { state: 'QLD' }, gives: 'Brisbane' },
    build: switchOn,
  },
  {
    name: 'CStr',
    parameters: [parameter('value', 'value')],
    summary: 'The value as text: a number in decimal, a boolean as True or False.',
    nulls: 'Null gives null.',
    example: { expression: 'CStr([accountEnabled])', attributes: { accountEnabled: true }, gives: 'True' },
    build: direct((call, scope) => {
      const text = call.text(0, scope);
      return text === null ? null : asText(text);
    }),
  },
];
