import { FilterBudget, FilterPatterns } from '../../../../src/core/expression/regex/filter-pattern.ts';
import { outcome } from './support.ts';

function matches(pattern: string, text: string): unknown {
  const result = new FilterPatterns().compile(pattern);
  return 'matches' in result ? result.matches(text, new FilterBudget()) : result;
}

const quote = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;
const replaced = (pattern: string, by: string, text: string): unknown =>
  outcome(`Replace([x], , ${quote(pattern)}, , ${quote(by)}, , )`, { x: text });

describe('a pattern means what .NET means by it', () => {
  test.each([
    ['the whole value is matched', '[1-9][0-9]', '42', true],
    ['not a part of it', '[1-9][0-9]', '142', false],
    ['case counts', 'abc', 'ABC', false],
    ['unless option i is on', '(?i)abc', 'ABC', true],
    ['an option ends with its group', '((?i)a)b', 'AB', false],
    ['an option may hold for a group', '(?i:a)b', 'Ab', true],
    ['and be taken back', '(?i)a(?-i)b', 'AB', false],
    ['option s lets the dot match a line break', '(?s)a.b', 'a\nb', true],
    ['without it the dot does not', 'a.b', 'a\nb', false],
    ['a dot is one character beyond the basic plane', 'a.b', 'a😀b', true],
    ['digits of all scripts are digits', String.raw`\d+`, '٣٤', true],
    ['letters of all scripts are word characters', String.raw`\w+`, 'Zoë_Łódź1', true],
    ['and are none of the others', String.raw`\W+`, 'ë', false],
    ['symbols are no word characters', String.raw`[\W_]+`, '-_😀', true],
    ['a no-break space is white space', String.raw`a\sb`, 'a\u00a0b', true],
    ['what is no white space', String.raw`[\S]+`, 'aë-', true],
    ['Unicode categories', String.raw`\p{Lu}\p{Ll}+`, 'Élan', true],
    ['their complement', String.raw`\P{L}+`, '12-', true],
    ['and in sets', String.raw`[^\p{L}\d]+`, '--', true],
    ['escaped signs stand for themselves', String.raw`.*\@contoso\.com`, 'a@contoso.com', true],
    ['so do brackets in sets', '[[\\]a]+', '[]a', true],
    ['and a closing bracket at the start of one', '[]a]+', ']a', true],
    ['a hyphen at the edge of a set', '[a-]+', 'a-', true],
    ['a brace that repeats nothing', 'a{b}', 'a{b}', true],
    ['bounds of repetition', 'a{2,3}', 'aaa', true],
    ['open bounds', 'a{2,}?', 'aaaa', true],
    ['hexadecimal and Unicode escapes', String.raw`\x41\u00e9\t`, 'Aé\t', true],
    ['control and octal escapes', String.raw`\cA\07\e`, '\u0001\u0007\u001b', true],
    ['anchors', String.raw`\A^ab$\z`, 'ab', true],
    ['comments', 'a(?#comment)b', 'ab', true],
    ['lines with option m', '(?m)(^a$\\n?)+', 'a\na', true],
    ['alternatives', 'a|bc|', 'bc', true],
    ['nothing at all', '', '', true],
  ])('%s', (_, pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected);
  });

  test('a value too large for its pattern is not decided', () => {
    expect(matches('(a{100}b?){9}', 'a'.repeat(2_000))).toBeNull();
  });
});

describe('what is not supported is refused by name and place', () => {
  test.each([
    ['a(?=b)', 1, 'look-ahead (?=...)'],
    ['a(?!b)', 1, 'negative look-ahead'],
    ['(?<=a)b', 0, 'look-behind'],
    ['(?<!a)b', 0, 'negative look-behind'],
    ['(?>a)', 0, 'atomic groups'],
    ['(a)?(?(1)b)', 4, 'conditionals'],
    ['(?<a-b>x)', 0, 'balancing groups'],
    [String.raw`(a)\1`, 3, 'backreferences'],
    [String.raw`(?<a>x)\k<a>`, 7, 'backreferences'],
    [String.raw`\bword`, 0, 'word boundaries'],
    [String.raw`a\G`, 1, String.raw`\G is not supported`],
    ['[a-z-[aeiou]]', 4, 'subtraction of sets'],
    [String.raw`\p{IsGreek}`, 0, 'named blocks'],
    [String.raw`\p{Klingon}`, 0, 'not a Unicode category'],
    [String.raw`\pL`, 0, 'in braces'],
    ['(?n)a', 0, 'option n'],
    ['(?x)a', 0, 'option x'],
    ['(?q)a', 0, 'option q is not known'],
    ['(?-)a', 0, 'malformed'],
    ['(?P<a>x)', 0, 'this form of parentheses'],
    ['(?<1>x)', 0, 'number for a name'],
    ['(?<a b>x)', 0, 'letters, digits and _'],
    ["(?<a>x)(?'a'y)", 7, 'two groups are named a'],
    ['(a', 0, 'not closed'],
    ['a)', 1, 'no opening one'],
    ['[a', 0, 'not closed'],
    ['[z-a]', 1, 'not a range'],
    ['*a', 0, 'repeats nothing'],
    ['a**', 2, 'repeats nothing'],
    ['a{3,2}', 1, 'wrong order'],
    ['a{1001}', 1, 'more than 1000'],
    ['(a{100}){100}', 8, 'too large'],
    [String.raw`\y`, 0, String.raw`\y is not known`],
    ['\\', 0, 'backslash'],
    [String.raw`\x4`, 2, 'hexadecimal'],
    ['(?#a', 0, 'comment'],
    ['('.repeat(101), 100, 'nested too deep'],
  ])('%s', (pattern, position, message) => {
    expect(matches(pattern, '')).toEqual({ message: expect.stringContaining(message) as string, position });
  });
});

describe('a replacement', () => {
  test.each([
    ['names groups', '(?<a>.)(?<b>.)', '${b}${a}', 'xyzw', 'yxwz'],
    ['in either kind of quotes', "(?'a'.)(?<b>.)", '${b}${a}', 'xy', 'yx'],
    ['numbers unnamed groups first', '(?<n>a)(b)', '$1-$2', 'ab', 'b-a'],
    ['knows the whole match', 'b+', '[$&$0]', 'abbc', 'a[bbbb]c'],
    ['knows what is around it', 'b', "<$`|$'|$_>", 'abc', 'a<a|c|abc>c'],
    ['knows the last group', '(a)(b)', '$+', 'ab', 'b'],
    ['escapes its sign', 'a', '$$1', 'a', '$1'],
    ['keeps a number that is no group', '(a)', '$9', 'a', '$9'],
    ['leaves out a group that takes no part', '(a)|(b)', '[$2]', 'ab', '[][b]'],
    ['replaces empty matches too', 'x*', '-', 'ab', '-a-b-'],
    ['and one after a match', '[a-z]*', 'X', 'ab1', 'XX1X'],
    ['never cuts a character in two', 'x*', '-', '😀', '-😀-'],
    ['replaces nothing without a match', 'z', '-', 'ab', 'ab'],
  ])('%s', (_, pattern, by, text, expected) => {
    expect(replaced(pattern, by, text)).toBe(expected);
  });

  test('that is computed is taken as it comes', () => {
    expect(outcome('Replace([x], , "a", , [y], , )', { x: 'a', y: '$0${z}' })).toBe('$0${z}');
  });
});
