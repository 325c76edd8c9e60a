import { caretLines, lineAndColumn } from '../../../../src/core/expression/errors.ts';
import { asAttributeValue } from '../../../../src/core/expression/expression.ts';
import { parseExpression } from '../../../../src/core/expression/parser.ts';
import { printExpression } from '../../../../src/core/expression/print.ts';
import { compiled, contextOf, outcome, refusalOf } from './support.ts';

describe('the grammar', () => {
  test.each([
    ['escapes are \\" and \\\\ alone', String.raw`Append("a\"b\\c\d\n", "")`, String.raw`a"b\c\d\n`],
    ['a number may be bare or quoted', 'Join("-", Mid("abcdef", 2, 3), Mid("abcdef", "2", "3"))', 'bcd-bcd'],
    ['a number may be negative', 'Left("John Doe", -1)', 'John Doe'],
    ['a number may be hexadecimal', 'BitAnd(&HF7, "&hF")', 7],
    ['a bare number is a source of Join', 'Join("", "x", 7, 1.5)', 'x71.5'],
    ['white space and line breaks may stand between tokens', ' Append \n ( "a" ,\t"b" ) ', 'ab'],
    ['an empty argument at the end counts as not given', 'ToLower("A", )', 'a'],
    ['empty arguments in the middle count as not given', 'Switch("b", , "a", "1")', null],
    ['an attribute alone is an expression', '[x]', 'X'],
    ['a space inside the brackets does not count', '[ x ]', 'X'],
    ['a text alone is an expression', '"constant"', 'constant'],
    ['a bare number beyond what is exact keeps its digits', 'DateFromNum(133484544000000000)', '12/31/2023 12:00:00 AM'],
    ['a flow keyword alone is an expression', 'IgnoreObjectFlow', { $flow: 'IgnoreObjectFlow' }],
    [
      'a flow keyword leaves through the functions around it',
      'Append(IIF("a" = "b", "x", IgnoreAttributeFlow), "y")',
      { $flow: 'IgnoreAttributeFlow' },
    ],
    ['a branch that is not chosen is not evaluated', 'IIF("a" = "a", "x", CDate([x]))', 'x'],
  ])('%s', (_, expression, expected) => {
    expect(outcome(expression, { x: 'X' })).toEqual(expected);
  });

  test.each([
    ['=', true, false, false],
    ['<>', false, true, true],
    ['>', false, false, true],
    ['>=', true, false, true],
    ['<', false, true, false],
    ['<=', true, true, false],
  ])('%s compares numbers by value', (operator, same, less, more) => {
    expect([10, 9, 11].map((value) => outcome(`CBool(${value} ${operator} "10")`))).toEqual([same, less, more]);
  });

  test.each([
    ['texts with case', '"a" = "A"', false],
    ['texts by their characters', '"b" > "a"', true],
    ['quoted numbers by value when ordered', '"9" < "10"', true],
    ['quoted numbers as text when equal', '"01" = "1"', false],
    ['dates in time', 'CDate("2026-02-01") > CDate("2025-12-01")', true],
    ['booleans as True and False', '[yes] = "True"', true],
    ['nothing that is null', '[none] <> "x"', false],
    ['nothing that is empty', '"" = ""', false],
  ])('comparisons compare %s', (_, condition, expected) => {
    expect(outcome(`IIF(${condition}, "1", "0")`, { yes: true })).toBe(expected ? '1' : '0');
  });

  test('several values cannot be compared', () => {
    expect(outcome('IIF([x] = "a", "1", "0")', { x: ['a'] })).toEqual({ error: 'several values cannot be compared; read from x' });
  });
});

describe('what is wrong is told at its place', () => {
  test.each([
    ['', 0, 'expected a function, an attribute or a text, found the end of the expression'],
    ['Append("a", "b"', 15, 'expected , or ) in the arguments of Append, found the end of the expression'],
    ['Append("a" "b")', 11, 'expected , or ) in the arguments of Append, found a text'],
    ['Append("a", "b") [x]', 17, 'expected the end of the expression, found [x]'],
    ['Append("a, [b])', 7, 'text without a closing quote'],
    ['Append([a, "b")', 7, 'attribute without a closing bracket'],
    ['Append([], "b")', 7, 'attribute without a name'],
    ['Append(“a”, "b")', 7, 'write straight double quotes'],
    ['Append(\'a\', "b")', 7, 'text is written in double quotes'],
    ['[a] & [b]', 4, 'use Append or Join'],
    ['Mid([a], 1x, 2)', 9, 'not a number'],
    ['Append([a], b)', 12, 'b is neither a function call nor a keyword'],
    ['IgnoreAttributFlow', 0, 'did you mean IgnoreAttributeFlow?'],
    ['Apend([a], "b")', 0, 'there is no function Apend; did you mean Append?'],
    ['append([a], "b")', 0, 'there is no function append; did you mean Append?'],
    ['AltSecIdFromNetId([netId])', 0, 'not available: Entra keeps it'],
    ['Append([a])', 0, 'argument 2 (suffix) of Append is missing: Append(source, suffix)'],
    ['Append([a], )', 12, 'argument 2 (suffix) of Append is missing'],
    ['Append([a], "b", "c")', 17, 'Append takes at most 2 arguments: Append(source, suffix)'],
    ['Switch([a], "b", "c")', 17, 'an even number of arguments'],
    ['Append([a] = "b", "c")', 7, 'a comparison stands only as the condition of IIF and CBool'],
    ['[a] = "b"', 0, 'a comparison stands only as the condition of IIF and CBool'],
    ['IIF([a] = [b] = [c], "1", "2")', 14, 'expected , or )'],
    ['Append(IgnoreAttributeFlow, "b")', 7, 'belongs into a result of IIF or Switch'],
    ['Append(vbTextCompare, "b")', 7, 'belongs into the fourth argument of InStr'],
    ['Append(SelectUniqueValue("a", "b"), "c")', 7, 'SelectUniqueValue stands outside every other function'],
    ['Append([manager], "b")', 7, 'manager refers to another object'],
    ['Mid([a], "one", 2)', 9, 'argument 2 (start) of Mid must be a whole number'],
    ['DateAdd("day", 1, Now())', 8, 'must be one of yyyy, m, d, ww, h, n, s'],
    ['CDate("tomorrow")', 6, 'must be a date such as'],
    ['FormatDateTime([a], , "yyyy", "q\'")', 30, 'is not a .NET date pattern'],
    ['Replace([a], "b")', 0, 'these arguments do not go together'],
    ['Replace([a], , [b], , "c", , )', 15, 'must be a text in quotes'],
    [String.raw`Replace([a], , "\\d(?=x)", , "c", , )`, 19, 'look-ahead (?=...) is not supported'],
    ['Replace([a], , "(?<name>x)", "nme", "c", , )', 29, 'did you mean name?'],
    ['Replace([a], , "(?<name>x)", , "-${nme}", , )', 33, 'refers to ${nme}'],
  ])('%s', (expression, position, message) => {
    const error = refusalOf(expression);
    expect(error.message).toContain(message);
    expect(error.position).toBe(position);
  });

  test('an attribute is refused with what the caller says of it', () => {
    const options = { refusalOf: (name: string) => (name === 'mail' ? undefined : `there is no source attribute ${name}`) };
    expect(refusalOf('ToLower([displayname])', options)).toEqual({ message: 'there is no source attribute displayname', position: 8 });
    expect(compiled('Append([mail], "x")', options).attributes).toEqual(['mail']);
  });

  test('SelectUniqueValue is refused where the value is used for matching', () => {
    expect(refusalOf('SelectUniqueValue("a", "b")', { selectUniqueValue: false }).message).toContain('cannot be used here');
  });

  test('references are those that the caller names', () => {
    expect(refusalOf('[sponsor]', { references: new Set(['sponsor']) }).message).toContain('sponsor refers to another object');
  });

  test('more than 10,000 characters and nesting beyond 100 are refused', () => {
    expect(refusalOf(`"${'a'.repeat(9_999)}"`)).toMatchObject({ position: 10_000, expected: 'at most 10000 characters' });
    expect(compiled(`"${'a'.repeat(9_998)}"`).attributes).toEqual([]);
    expect(refusalOf(`${'Not('.repeat(101)}[a]${')'.repeat(101)}`).message).toBe('functions are nested more than 100 deep');
    expect(compiled(`${'Not('.repeat(100)}[a]${')'.repeat(100)}`).attributes).toEqual(['a']);
  });

  test('the caret stands under the place, on the line of it', () => {
    const text = 'Join(" ",\n\t[givenName],\n  Apend([surname], "x"))';
    expect(lineAndColumn(text, refusalOf(text).position)).toEqual({ line: 3, column: 3 });
    expect(caretLines(text, refusalOf(text).position)).toBe('  Apend([surname], "x"))\n  ^');
    expect(caretLines('a\n\tb', 3)).toBe('\tb\n\t^');
    expect(caretLines('ab', 2)).toBe('ab\n  ^');
  });
});

describe('an evaluation that fails', () => {
  test('names its inputs and their place, and no value', () => {
    const result = compiled('Join(" ", [givenName], CDate(Append([hire], "!")))').evaluate(contextOf({ givenName: 'Ana', hire: 'secret' }));
    expect(result).toMatchObject({ error: { position: 29, inputs: ['hire'] } });
    expect(JSON.stringify(result)).not.toContain('secret');
  });

  test('is bounded in the length of texts and in its work', () => {
    const long = { a: 'a'.repeat(16_384), b: 'b'.repeat(16_385) };
    expect(outcome('Append([a], "b")', long)).toEqual({ error: 'Append: the result is longer than 16384 characters; read from a' });
    expect(outcome('[b]', long)).toEqual({ error: 'b is longer than 16384 characters' });
    expect(outcome(`Coalesce(${'Left([a], 0), '.repeat(20)}"x")`, long)).toEqual({
      error: 'a takes this evaluation beyond the text that it may handle',
    });
  });

  test('takes nothing but texts, numbers, booleans and lists of texts', () => {
    expect(compiled('Append([a], "!")').evaluate({ ...contextOf({}), attribute: () => 7 })).toEqual({ value: '7!' });
    expect(compiled('[a]').evaluate({ ...contextOf({}), attribute: () => NaN })).toMatchObject({ error: { inputs: ['a'] } });
    const context = { ...contextOf({}), attribute: () => ({ nested: true }) as never };
    expect(compiled('[a]').evaluate(context)).toMatchObject({ error: { inputs: ['a'] } });
  });
});

describe('a compiled expression', () => {
  test('knows what it reads and what kind it is', () => {
    expect(compiled('Switch([a], [b], "x", [a], "y", Redact([c]))')).toMatchObject({
      attributes: ['a', 'b', 'c'],
      redacted: true,
      volatile: false,
      selectsUniqueValue: false,
    });
    expect(compiled('IIF(Now() > "x", Guid(), "")')).toMatchObject({ volatile: true, redacted: false });
  });

  test.each([
    ['Now()', true],
    ['Append("x", RandomString(8, 1, 1, 1, 1))', true],
    ['CDate([x])', false],
    ['FormatDateTime([x], , "HH:mm", "yyyy-MM-dd HH:mm")', true],
    ['FormatDateTime([x], "HH:mm", "yyyy-MM-dd")', true],
    ['FormatDateTime([x], , "t", "d")', true],
    ['FormatDateTime([x], , "MM-dd", "d")', true],
    [`FormatDateTime([x], , "'yyyy' HH", "d")`, true],
    ['FormatDateTime([x], , [y], "d")', true],
    ['FormatDateTime([x], , "yyyy-MM-dd HH:mm", "HH:mm")', false],
    ['FormatDateTime([x], "yyyyMMdd", "HH:mm")', false],
    ['FormatDateTime([x], , "o", "d")', false],
    ['FormatDateTime([x], , "yyyy", "d")', false],
  ])('knows whether time or chance decide with the attributes: %s', (expression, expected) => {
    expect(compiled(expression).volatile).toBe(expected);
  });

  test.each([
    ['HH:mm', '14:07'],
    ['MM-dd', '03-14'],
    ['yyyy', '2026'],
    ['yyyy-MM', '2026-03'],
    ['yyyy-dd', '2026-03'],
  ])('which gives the same on every day when it is not volatile: %s', (pattern, x) => {
    const expression = `FormatDateTime([x], , "${pattern}", "o")`;
    const days = ['2025-02-03T01:00:00Z', '2026-11-12T01:00:00Z'].map((now) => outcome(expression, { x }, { now }));
    expect(days[0] !== days[1]).toBe(compiled(expression).volatile);
  });

  test('gives the candidates of SelectUniqueValue, whatever is taken', () => {
    const expression = compiled('SelectUniqueValue([a], [none], Append([a], "1"))');
    expect(expression.selectsUniqueValue).toBe(true);
    expect(expression.candidates(contextOf({ a: 'ana' }, { existingTargetValues: ['ana', 'ana1'] }))).toEqual(['ana', 'ana1']);
    expect(compiled('IIF([a] = "b", "c", IgnoreObjectFlow)').candidates(contextOf({}))).toEqual({ flow: 'IgnoreObjectFlow' });
  });

  test('prints in one form that means the same', () => {
    const text = ' Switch( [ a ],,"x\\y" , IIF([b]>=-1,"q\\"",IgnoreAttributeFlow) )';
    const printed = printExpression(parseExpression(text));
    expect(printed).toBe('Switch([a], , "x\\\\y", IIF([b] >= -1, "q\\"", IgnoreAttributeFlow))');
    expect(printExpression(parseExpression(printed))).toBe(printed);
  });

  test('gives numbers as the text that an attribute holds', () => {
    expect([12, -1, true, 'x', null].map(asAttributeValue)).toEqual(['12', '-1', true, 'x', null]);
  });
});
