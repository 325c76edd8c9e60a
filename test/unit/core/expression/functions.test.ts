import type { Example } from '../../../../src/core/expression/functions/spec.ts';
import { functions } from '../../../../src/core/expression/functions/table.ts';
import { outcome, refusalOf } from './support.ts';

const specs = [...functions.values()];

/** What an example promises, as a test compares it. */
function promised(gives: Example['gives']): unknown {
  if (gives instanceof RegExp) return expect.stringMatching(gives);
  return typeof gives === 'object' && gives !== null && 'flow' in gives ? { $flow: gives.flow } : gives;
}

describe('the example of', () => {
  test.each(specs)('$name gives what its documentation says', ({ example }) => {
    const { expression, attributes, gives, ...world } = example;
    expect(outcome(expression, attributes, world)).toEqual(promised(gives));
  });
});

const list = (name: string, argument: string): object => ({
  error: `${name}: argument ${argument} has several values; use Item or Join to make one of them; read from list`,
});
const noDate = (name: string, argument: string, input: string): object => ({
  error: `${name}: argument ${argument} is not a date; dates look like 2026-01-31, 2026-01-31T08:00:00Z or 1/31/2026 8:00:00 AM; read from ${input}`,
});
const noNumber = (name: string, argument: string): object => ({
  error: `${name}: argument ${argument} is not a whole number; read from wide`,
});
const badTruth = (name: string, argument: string, input: string): object => ({
  error: `${name}: argument ${argument} is neither True nor False nor a number; read from ${input}`,
});
const role = (name: string): string =>
  JSON.stringify({ primary: false, type: 'WindowsAzureActiveDirectoryRole', display: name, value: name });
const attributeFlow = { $flow: 'IgnoreAttributeFlow' };

/** Per function: a call with X for an argument, and what it gives for null, "", the list a, b and the text 😀b. */
const table: Readonly<Record<string, readonly [call: string, none: unknown, empty: unknown, several: unknown, wide: unknown]>> = {
  Append: ['Append(X, "!")', null, '!', list('Append', '1 (source)'), '😀b!'],
  AppRoleAssignments: ['AppRoleAssignments(X)', null, [''], ['a', 'b'], ['😀b']],
  AppRoleAssignmentsComplex: ['AppRoleAssignmentsComplex(X)', null, [role('')], [role('a'), role('b')], [role('😀b')]],
  AssertiveAppRoleAssignmentsComplex: ['AssertiveAppRoleAssignmentsComplex(X)', null, [role('')], [role('a'), role('b')], [role('😀b')]],
  BitAnd: ['BitAnd(X, 1)', null, null, list('BitAnd', '1 (value1)'), noNumber('BitAnd', '1 (value1)')],
  CBool: ['CBool(X)', false, false, badTruth('CBool', '1 (expression)', 'list'), badTruth('CBool', '1 (expression)', 'wide')],
  CDate: ['CDate(X)', null, null, list('CDate', '1 (value)'), noDate('CDate', '1 (value)', 'wide')],
  Coalesce: ['Coalesce(X, "default")', 'default', 'default', ['a', 'b'], '😀b'],
  ConvertToBase64: ['ConvertToBase64(X)', null, '', list('ConvertToBase64', '1 (source)'), 'PdgA3mIA'],
  ConvertToUTF8Hex: ['ConvertToUTF8Hex(X)', null, '', list('ConvertToUTF8Hex', '1 (source)'), 'F09F988062'],
  Count: ['Count(X)', 0, 1, 2, 1],
  CStr: ['CStr(X)', null, '', list('CStr', '1 (value)'), '😀b'],
  DateAdd: ['DateAdd("d", 1, X)', null, null, list('DateAdd', '3 (date)'), noDate('DateAdd', '3 (date)', 'wide')],
  DateDiff: ['DateDiff("d", Now(), X)', null, null, list('DateDiff', '3 (date2)'), noDate('DateDiff', '3 (date2)', 'wide')],
  DateFromNum: ['DateFromNum(X)', null, null, list('DateFromNum', '1 (value)'), noNumber('DateFromNum', '1 (value)')],
  FormatDateTime: [
    'FormatDateTime(X, , "yyyy", "yy")',
    null,
    null,
    list('FormatDateTime', '1 (source)'),
    { error: 'FormatDateTime: argument 1 (source) is not a date in the input format; read from wide' },
  ],
  IgnoreFlowIfNullOrEmpty: ['IgnoreFlowIfNullOrEmpty(X)', attributeFlow, attributeFlow, ['a', 'b'], '😀b'],
  IIF: ['IIF(X, "1", "0")', '0', '0', badTruth('IIF', '1 (condition)', 'list'), badTruth('IIF', '1 (condition)', 'wide')],
  InStr: ['InStr(X, "b")', 0, 0, list('InStr', '1 (source)'), 3],
  IsNothing: ['IsNothing(X)', true, false, false, false],
  IsNull: ['IsNull(X)', true, false, false, false],
  IsNullOrEmpty: ['IsNullOrEmpty(X)', true, true, false, false],
  IsPresent: ['IsPresent(X)', false, false, true, true],
  IsString: ['IsString(X)', false, true, false, true],
  Item: ['Item(X, 2)', null, null, 'b', null],
  Join: ['Join("-", "x", X, "y")', 'x-y', 'x-y', 'x-a-b-y', 'x-😀b-y'],
  Left: ['Left(X, 2)', '', '', list('Left', '1 (source)'), '😀'],
  Mid: ['Mid(X, 2, 2)', '', '', list('Mid', '1 (source)'), 'b'],
  NormalizeDiacritics: ['NormalizeDiacritics(X)', null, '', list('NormalizeDiacritics', '1 (source)'), '😀b'],
  Not: ['Not(X)', null, null, badTruth('Not', '1 (source)', 'list'), badTruth('Not', '1 (source)', 'wide')],
  NumFromDate: ['NumFromDate(X)', null, null, list('NumFromDate', '1 (value)'), noDate('NumFromDate', '1 (value)', 'wide')],
  PCase: ['PCase(X)', null, '', list('PCase', '1 (source)'), '😀B'],
  Prepend: ['Prepend("!", X)', null, '!', list('Prepend', '2 (source)'), '!😀b'],
  RandomString: [
    'RandomString(X, 0, 0, 0, 0)',
    { error: 'RandomString: argument 1 (length) has no value; read from none' },
    { error: 'RandomString: argument 1 (length) has no value; read from empty' },
    list('RandomString', '1 (length)'),
    noNumber('RandomString', '1 (length)'),
  ],
  Redact: ['Redact(X)', null, '', ['a', 'b'], '😀b'],
  RemoveDuplicates: ['RemoveDuplicates(X)', null, '', ['a', 'b'], '😀b'],
  Replace: ['Replace(X, "b", , , "😀", , )', null, '', list('Replace', '1 (source)'), '😀😀'],
  SelectUniqueValue: ['SelectUniqueValue(X, "other")', 'other', 'other', list('SelectUniqueValue', '1 (rule1)'), '😀b'],
  SingleAppRoleAssignment: ['SingleAppRoleAssignment(X)', null, '', 'a', '😀b'],
  Split: ['Split(X, "b")', null, [], list('Split', '1 (source)'), ['😀']],
  StripSpaces: ['StripSpaces(X)', null, '', list('StripSpaces', '1 (source)'), '😀b'],
  Switch: ['Switch(X, "default", "", "none", "😀b", "wide")', 'none', 'none', list('Switch', '1 (source)'), 'wide'],
  ToLower: ['ToLower(X)', null, '', list('ToLower', '1 (source)'), '😀b'],
  ToUpper: ['ToUpper(X)', null, '', list('ToUpper', '1 (source)'), '😀B'],
  Word: ['Word(X, 1, "b")', '', '', list('Word', '1 (source)'), '😀'],
};

const withoutArguments = specs.filter(({ parameters }) => parameters.length === 0).map(({ name }) => name);

test('every function that takes arguments is in the table', () => {
  expect(Object.keys(table).sort()).toEqual([...functions.keys()].filter((name) => !withoutArguments.includes(name)).sort());
  expect(withoutArguments.sort()).toEqual(['DefaultDomain', 'Guid', 'Now']);
});

const values = { empty: '', list: ['a', 'b'], wide: '😀b' };

describe.each(Object.entries(table))('%s', (name, [call, none, empty, several, wide]) => {
  test.each([
    ['null', 'none', none],
    ['an empty text', 'empty', empty],
    ['several values', 'list', several],
    ['characters beyond the basic plane', 'wide', wide],
  ])('takes %s as documented', (_, attribute, expected) => {
    expect(outcome(call.replace('X', `[${attribute}]`), values)).toEqual(expected);
  });

  test('is refused with too few arguments', () => {
    expect(refusalOf(`${name}()`)).toMatchObject({
      message: expect.stringContaining(`of ${name} is missing: ${name}(`) as string,
      position: 0,
    });
  });
});

test.each(specs.filter(({ repeats }) => repeats === undefined))('$name is refused with too many arguments', ({ name, parameters }) => {
  const args = [...parameters, 'more'].map(() => '[a]').join(', ');
  expect(refusalOf(`${name}(${args})`).message).toContain(`${name} takes at most ${parameters.length} arguments`);
});

describe('rules of single functions:', () => {
  test.each([
    ['CBool takes numbers', 'CBool("-1")', true],
    ['CBool takes zero', 'CBool(0)', false],
    ['CBool takes words in any case', 'CBool("TRUE")', true],
    ['Coalesce gives the last when all are empty', 'Coalesce([none], "")', ''],
    ['Coalesce with one source', 'Coalesce([none])', null],
    ['BitAnd takes 64 bits', 'BitAnd("9223372036854775807", &HFFFFFFFFFFFFFFF)', '1152921504606846975'],
    ['InStr from a start', 'InStr("repEated", "e", 3)', 7],
    ['InStr without case', 'InStr("repEated", "e", 3, vbTextCompare)', 4],
    ['InStr past the end', 'InStr("a", "a", 9)', 0],
    ['InStr of an empty text', 'InStr("a", "")', 1],
    ['Item below 1', 'Item([list], 0)', { error: 'Item: argument 2 (index) is below 1; the first value is 1' }],
    ['Item of a single value', 'Item([wide], 1)', '😀b'],
    ['Left of nothing', 'Left("abc", 0)', ''],
    ['Left beyond the end', 'Left("abc", 9)', 'abc'],
    ['Left cuts no character in two', 'Left([wide], 1)', ''],
    ['Mid from before the start', 'Mid("abc", 0, 2)', 'ab'],
    ['Mid past the end', 'Mid("abc", 9, 2)', ''],
    ['Mid of a negative length', 'Mid("abc", 2, -1)', 'bc'],
    ['Join takes lists and booleans', 'Join(",", [list], [yes], 3)', 'a,b,True,3'],
    ['Split needs a delimiter', 'Split("a", "")', { error: 'Split: argument 2 (delimiter) is empty' }],
    ['Split leaves out empty parts', 'Split("a,, b ,", ",")', ['a', 'b']],
    ['Word takes several delimiters as one', 'Word("a,  b", 2, ", ")', 'b'],
    ['Word at the end', 'Word("a b", 2, " ")', 'b'],
    ['Word below 1', 'Word("a b", 0, " ")', ''],
    ['PCase with separators', 'PCase("ana-maria o.silva", "-")', 'Ana-Maria o.silva'],
    ['PCase of a digit before a letter', 'PCase("3RD floor")', '3Rd Floor'],
    ['ToLower leaves dotted capital I to cultures', 'ToLower("İI")', 'İi'],
    ['ToLower by a culture', 'ToLower("Iİ", "tr-TR")', 'ıi'],
    ['ToLower knows no final sigma', 'ToLower("ΟΔΟΣ")', 'οδοσ'],
    ['ToUpper leaves ß', 'ToUpper("straße")', 'STRAßE'],
    ['ToUpper by a culture', 'ToUpper("i", "tr")', 'İ'],
    [
      'a culture must be one',
      'ToUpper("i", "?")',
      { error: 'ToUpper: argument 2 (culture) is not the name of a culture; write a name such as tr-TR, or leave it out' },
    ],
    ['NormalizeDiacritics takes letters and marks apart', 'NormalizeDiacritics("e\u0301Łő ǣ")', 'eLo ae'],
    ['NormalizeDiacritics leaves other scripts', 'NormalizeDiacritics("Й한が")', 'Й한が'],
    ['StripSpaces leaves tabs', 'StripSpaces(" a\tb ")', 'a\tb'],
    ['Switch takes booleans', 'Switch([yes], "0", "True", "1")', '1'],
    ['Switch takes computed keys', 'Switch("b", "0", Left("abc", 1), "1", Mid("abc", 2, 1), "2")', '2'],
    ['Switch takes the first of equal keys', 'Switch("a", , "a", "1", "a", "2")', '1'],
    ['Switch takes a value that is left out', 'Switch("a", "0", "a", )', null],
    ['Switch takes numbers', 'Switch(Count([list]), "0", 2, "two")', 'two'],
    ['Not of a word', 'Not("false")', true],
    ['CStr of a number', 'CStr(&H10)', '16'],
    ['DefaultDomain that is not known', 'DefaultDomain()', null],
    ['Replace with a template', 'Replace("Ana", "%", , , , , "Hi %, %!")', 'Hi Ana, Ana!'],
    ['Replace of nothing', 'Replace("a", [empty], , , "b", , )', { error: 'Replace: argument 2 (oldValue) is empty; read from empty' }],
    ['Replace with empty texts for what is not given', 'Replace("aa", "a", "", "", "b", "", "")', 'bb'],
    ['Replace without the arguments at its end', 'Replace("aa", "a", , , "b")', 'bb'],
    ['Replace takes no sign for a reference', 'Replace("a.b", ".", , , "$&", , )', 'a$&b'],
    ['Replace of a group in every match', 'Replace("a1 b2", , "(?<letter>[a-z])(?<digit>\\\\d)", "digit", "#", , )', 'a# b#'],
    ['Replace of a group by its number', 'Replace("a1", , "([a-z])(\\\\d)", "2", "#", , )', 'a#'],
    ['Replace from another attribute that does not match', 'Replace([none], , "(?<n>\\\\d+)", "n", , [wide], )', null],
    ['Replace from another attribute that is null', 'Replace([none], , "(?<n>\\\\d+)", "n", , [none], )', null],
    ['Replace with nothing', 'Replace("abc", "b", , , [none], , )', 'ac'],
    [
      'SelectUniqueValue without a free value',
      'SelectUniqueValue("a", "b")',
      { error: 'SelectUniqueValue: none of the 2 candidates is free' },
    ],
    ['RemoveDuplicates compares with case', 'RemoveDuplicates([twice])', ['a', 'A']],
  ])('%s', (_, expression, expected) => {
    const world = { existingTargetValues: ['A', 'B'] };
    expect(outcome(expression, { ...values, yes: true, twice: ['a', 'A', 'a'] }, world)).toEqual(expected);
  });
});

describe('RandomString', () => {
  const seeded = (): (() => number) => {
    let state = 1;
    return () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
  };

  test('holds at least what is asked of each kind, and nothing to avoid', () => {
    const random = seeded();
    for (let round = 0; round < 50; round += 1) {
      const text = String(outcome('RandomString(10, 2, 3, 1, 4, "abcABC012")', {}, { random }));
      const counts = [/\d/g, /[^A-Za-z0-9]/g, /[A-Z]/g, /[a-z]/g].map((kind) => text.match(kind)?.length);
      expect(counts).toEqual([2, 3, 1, 4]);
      expect(text).not.toMatch(/[abcABC012]/);
    }
  });

  test('survives chance at its edges', () => {
    for (const edge of [0, 1]) expect(outcome('RandomString(256, 1, 1, 1, 1)', {}, { random: () => edge })).toHaveLength(256);
    expect(outcome('Guid()', {}, { random: () => 1 })).toBe('ffffffff-ffff-4fff-bfff-ffffffffffff');
  });

  test.each([
    ['RandomString(257, 0, 0, 0, 0)', 'argument 1 (length) is not between 1 and 256'],
    ['RandomString(3, 2, 2, 0, 0)', 'does not fit the length'],
    ['RandomString(3, 1, 0, 0, 0, "0123456789")', 'leaves no character of a kind'],
  ])('%s fails', (expression, message) => {
    expect(outcome(expression)).toEqual({ error: expect.stringContaining(message) as string });
  });
});
