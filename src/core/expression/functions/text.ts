import { wholeCharacters } from '../values.ts';
import { isCulture, lowerInvariant, titleCase, titleCaseBetween, upperInvariant } from './casing.ts';
import { normalizeDiacritics } from './diacritics.ts';
import { direct, ofText, optional, parameter, type FunctionSpec } from './spec.ts';
import type { Call } from '../call.ts';
import type { Scope } from '../scope.ts';

const nullStaysNull = 'A source of null gives null.';

/** The culture that the second argument names; null for the rules of none. */
function cultureOf(call: Call, scope: Scope): string | null {
  const culture = call.text(1, scope);
  if (culture === null || culture === '') return null;
  if (!isCulture(culture)) call.fail(1, 'is not the name of a culture; write a name such as tr-TR, or leave it out');
  return culture;
}

/** Functions that make one text of another. */
export const textFunctions: readonly FunctionSpec[] = [
  {
    name: 'Append',
    parameters: [parameter('source', 'text'), parameter('suffix', 'text')],
    summary: 'The source with the suffix after it.',
    nulls: 'A source of null gives null, so that a suffix never stands alone; a suffix of null adds nothing.',
    example: {
      expression: 'Append([displayName], " (Contoso)")',
      attributes: { displayName: 'Ana Silva' },
      gives: 'Ana Silva (Contoso)',
    },
    build: ofText(null, (source, call, scope) => source + (call.text(1, scope) ?? '')),
  },
  {
    name: 'Prepend',
    parameters: [parameter('prefix', 'text'), parameter('source', 'text')],
    summary: 'The source with the prefix before it.',
    nulls: 'A source of null gives null; a prefix of null adds nothing.',
    example: { expression: 'Prepend("EXT-", [employeeId])', attributes: { employeeId: '1042' }, gives: 'EXT-1042' },
    build: direct((call, scope) => {
      const source = call.text(1, scope);
      return source === null ? null : (call.text(0, scope) ?? '') + source;
    }),
  },
  {
    name: 'Left',
    parameters: [parameter('source', 'text'), parameter('count', 'integer')],
    summary:
      'The first characters of the source, all of it when it is shorter. Zero gives an empty text, a negative count the whole source.',
    nulls: 'A source of null gives an empty text.',
    example: { expression: 'Left([givenName], 1)', attributes: { givenName: 'Ana' }, gives: 'A' },
    build: ofText('', (source, call, scope) => {
      const count = call.integer(1, scope) ?? call.fail(1, 'has no value');
      return count < 0 ? source : wholeCharacters(source.slice(0, count));
    }),
  },
  {
    name: 'Mid',
    parameters: [parameter('source', 'text'), parameter('start', 'integer'), parameter('length', 'integer')],
    summary:
      'Characters from the middle of the source. The first is 1, and a smaller start counts as 1; past the end it gives what there is; a negative length gives the rest.',
    nulls: 'A source of null gives an empty text.',
    example: { expression: 'Mid([employeeId], 3, 4)', attributes: { employeeId: 'DE1042' }, gives: '1042' },
    build: ofText('', (source, call, scope) => {
      const start = Math.max(1, call.integer(1, scope) ?? call.fail(1, 'has no value')) - 1;
      const length = call.integer(2, scope) ?? call.fail(2, 'has no value');
      return wholeCharacters(source.slice(start, length < 0 ? undefined : start + length));
    }),
  },
  {
    name: 'StripSpaces',
    parameters: [parameter('source', 'text')],
    summary: 'The source without its spaces. Tabs and line breaks stay.',
    nulls: nullStaysNull,
    example: { expression: 'StripSpaces([displayName])', attributes: { displayName: ' Ana Silva ' }, gives: 'AnaSilva' },
    build: ofText(null, (source) => source.replaceAll(' ', '')),
  },
  {
    name: 'NormalizeDiacritics',
    parameters: [parameter('source', 'text')],
    summary: 'Latin letters without their marks: ä becomes a, ø becomes oe, ß becomes ss. Other letters stay as they are.',
    nulls: nullStaysNull,
    example: { expression: 'NormalizeDiacritics([surname])', attributes: { surname: 'Brønsted-Müller' }, gives: 'Broensted-Muller' },
    build: ofText(null, (source, call, scope) => {
      call.spend(scope, source.length * 4);
      return normalizeDiacritics(source);
    }),
  },
  {
    name: 'PCase',
    parameters: [parameter('source', 'text'), optional('wordSeparators', 'text')],
    summary:
      'Every word with a capital first letter and the rest in lower case. Words are divided by space, punctuation and symbols, except an apostrophe inside a word; with word separators given, by those characters alone.',
    nulls: nullStaysNull,
    example: { expression: 'PCase([displayName])', attributes: { displayName: "ANA O'NEIL-SILVA" }, gives: "Ana O'neil-Silva" },
    build: ofText(null, (source, call, scope) => {
      call.spend(scope, source.length * 4);
      const separators = call.text(1, scope);
      return separators === null || separators === '' ? titleCase(source) : titleCaseBetween(source, separators);
    }),
  },
  {
    name: 'ToLower',
    parameters: [parameter('source', 'text'), optional('culture', 'text')],
    summary: 'The source in lower case, by the rules of no culture or of the one named, such as "tr-TR".',
    nulls: nullStaysNull,
    example: { expression: 'ToLower([mail])', attributes: { mail: 'Ana.Silva@Contoso.com' }, gives: 'ana.silva@contoso.com' },
    build: ofText(null, (source, call, scope) => {
      const culture = cultureOf(call, scope);
      return culture === null ? lowerInvariant(source) : source.toLocaleLowerCase(culture);
    }),
  },
  {
    name: 'ToUpper',
    parameters: [parameter('source', 'text'), optional('culture', 'text')],
    summary: 'The source in upper case, by the rules of no culture or of the one named.',
    nulls: nullStaysNull,
    example: { expression: 'ToUpper([country])', attributes: { country: 'Deutschland' }, gives: 'DEUTSCHLAND' },
    build: ofText(null, (source, call, scope) => {
      const culture = cultureOf(call, scope);
      return culture === null ? upperInvariant(source) : source.toLocaleUpperCase(culture);
    }),
  },
  {
    name: 'ConvertToBase64',
    parameters: [parameter('source', 'text')],
    summary: 'The UTF-16 (little-endian) bytes of the source in Base64.',
    nulls: nullStaysNull,
    example: { expression: 'ConvertToBase64("Hi")', gives: 'SABpAA==' },
    build: ofText(null, (source) => Buffer.from(source, 'utf16le').toString('base64')),
  },
  {
    name: 'ConvertToUTF8Hex',
    parameters: [parameter('source', 'text')],
    summary: 'The UTF-8 bytes of the source as upper-case hexadecimal digits.',
    nulls: nullStaysNull,
    example: { expression: 'ConvertToUTF8Hex("né")', gives: '6EC3A9' },
    build: ofText(null, (source) => Buffer.from(source, 'utf8').toString('hex').toUpperCase()),
  },
  {
    name: 'Redact',
    parameters: [parameter('source', 'value')],
    summary: 'The source unchanged; marks the mapping as one whose values must never be shown.',
    nulls: nullStaysNull,
    example: { expression: 'Redact([employeeId])', attributes: { employeeId: '1042' }, gives: '1042' },
    build: direct((call, scope) => call.value(0, scope)),
  },
];
