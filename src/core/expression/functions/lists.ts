import type { Call } from '../call.ts';
import type { Scope } from '../scope.ts';
import { isList } from '../values.ts';
import { direct, ofText, parameter, type FunctionSpec } from './spec.ts';

function join(call: Call, scope: Scope): string {
  const separator = call.text(0, scope) ?? '';
  const parts: string[] = [];
  let length = 0;
  for (let index = 1; index < call.count; index += 1) {
    for (const part of call.list(index, scope)) {
      if (part === '') continue;
      parts.push(part);
      length += part.length + separator.length;
      call.allow(length - separator.length);
    }
  }
  return parts.join(separator);
}

function word(text: string, number: number, delimiters: string): string {
  const divides = new Set(delimiters);
  let seen = 0;
  let current = '';
  for (const character of text) {
    if (!divides.has(character)) current += character;
    else if (current !== '') {
      seen += 1;
      if (seen === number) return current;
      current = '';
    }
  }
  return current !== '' && seen + 1 === number ? current : '';
}

/** Functions of several values, and those that make one of several or several of one. */
export const listFunctions: readonly FunctionSpec[] = [
  {
    name: 'Count',
    parameters: [parameter('attribute', 'list')],
    summary: 'The number of values of an attribute.',
    nulls: 'Null has 0 values, a single value counts 1.',
    example: {
      expression: 'Count([proxyAddresses])',
      attributes: { proxyAddresses: ['SMTP:a@contoso.com', 'smtp:b@contoso.com'] },
      gives: 2,
    },
    build: direct((call, scope) => call.list(0, scope).length),
  },
  {
    name: 'Item',
    parameters: [parameter('attribute', 'list'), parameter('index', 'integer')],
    summary: 'One of the values of an attribute; the first is 1. Beyond the last: null.',
    nulls: 'Null gives null. An index below 1 fails the evaluation.',
    example: {
      expression: 'Item([proxyAddresses], 2)',
      attributes: { proxyAddresses: ['SMTP:a@contoso.com', 'smtp:b@contoso.com'] },
      gives: 'smtp:b@contoso.com',
    },
    build: direct((call, scope) => {
      const index = call.integer(1, scope) ?? call.fail(1, 'has no value');
      if (index < 1) call.fail(1, 'is below 1; the first value is 1');
      return call.list(0, scope)[index - 1] ?? null;
    }),
  },
  {
    name: 'Join',
    parameters: [parameter('separator', 'text'), parameter('source', 'value')],
    repeats: 1,
    summary: 'All values of all sources with the separator between them.',
    nulls: 'Sources that are null or empty are skipped, their separator too; nothing left gives an empty text.',
    example: {
      expression: 'Join(", ", [surname], [middleName], [givenName])',
      attributes: { surname: 'Silva', givenName: 'Ana' },
      gives: 'Silva, Ana',
    },
    build: direct(join),
  },
  {
    name: 'RemoveDuplicates',
    parameters: [parameter('attribute', 'list')],
    summary: 'The values of an attribute, each once, compared with case.',
    nulls: 'Null gives null, a single value itself.',
    example: {
      expression: 'RemoveDuplicates([otherMails])',
      attributes: { otherMails: ['a@x.com', 'b@x.com', 'a@x.com'] },
      gives: ['a@x.com', 'b@x.com'],
    },
    build: direct((call, scope) => {
      const value = call.value(0, scope);
      return isList(value) ? [...new Set(value)] : value;
    }),
  },
  {
    name: 'Split',
    parameters: [parameter('source', 'text'), parameter('delimiter', 'text')],
    summary: 'The parts of the source between the delimiters, without the space around them; empty parts are left out.',
    nulls: 'A source of null gives null, an empty one an empty list.',
    example: {
      expression: 'Split([extensionAttribute5], ",")',
      attributes: { extensionAttribute5: 'Sales, Support' },
      gives: ['Sales', 'Support'],
    },
    build: ofText(null, (source, call, scope) => {
      const given = call.text(1, scope);
      const delimiter = given === null || given === '' ? call.fail(1, 'is empty') : given;
      return source
        .split(delimiter)
        .map((part) => part.trim())
        .filter((part) => part !== '');
    }),
  },
  {
    name: 'Word',
    parameters: [parameter('source', 'text'), parameter('number', 'integer'), parameter('delimiters', 'text')],
    summary: 'One of the words of the source; the first is 1. Each of the delimiters divides words, several in a row like one.',
    nulls: 'A source of null, a number below 1 and fewer words than that give an empty text.',
    example: { expression: 'Word([displayName], 2, " ,")', attributes: { displayName: 'Silva, Ana' }, gives: 'Ana' },
    build: ofText('', (source, call, scope) => {
      const number = call.integer(1, scope) ?? call.fail(1, 'has no value');
      const delimiters = call.text(2, scope) ?? call.fail(2, 'has no value');
      call.spend(scope, source.length);
      return number < 1 ? '' : word(source, number, delimiters);
    }),
  },
];
