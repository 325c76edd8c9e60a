/**
 * Expressions and patterns that once went wrong, took too long or came close to it, each with the texts of its attribute `a`.
 * A failure that is found goes in here.
 */
interface Entry {
  readonly name: string;
  readonly expression: string;
  readonly a?: string;
}

const replace = (pattern: string, by = ''): string =>
  `Replace([a], , "${pattern.replace(/["\\]/g, '\\$&')}", , "${by.replace(/["\\]/g, '\\$&')}", , )`;

export const corpus: readonly Entry[] = [
  { name: 'a match is tried at every place and runs to the end', expression: replace('a.*b|a'), a: 'a'.repeat(16_000) },
  { name: 'many optional parts', expression: replace('(a?){200}b|a'), a: 'a'.repeat(1_000) },
  { name: 'nested repetition', expression: replace('((a+)+)+b'), a: 'a'.repeat(5_000) },
  { name: 'ambiguous states', expression: replace('(.*(a|b)){20}.{20}c$'), a: 'ab'.repeat(2_000) },
  { name: 'hundreds of Unicode classes', expression: replace('\\w'.repeat(1_400)) },
  { name: 'hundreds of Unicode classes without case', expression: replace(`(?i)${'\\w'.repeat(400)}`) },
  {
    name: 'many small patterns',
    expression: `Join("", ${Array.from({ length: 150 }, () => replace('[^\\p{Lu}\\W]')).join(', ')})`,
    a: 'b',
  },
  {
    name: 'a large set',
    expression: replace(`(?i)[${Array.from({ length: 3_000 }, (_, i) => String.fromCharCode(0x4e00 + i * 2)).join('')}]`),
  },
  { name: 'a repetition of a repetition', expression: replace('(a{1000}){1000}') },
  { name: 'a replacement that holds the input again and again', expression: replace('a', '$_'.repeat(4_000)), a: 'a'.repeat(16_000) },
  { name: 'replacements that multiply', expression: `${'Replace('.repeat(90)}[a]${', "a", , , "aaaaaaaaaa", , )'.repeat(90)}`, a: 'aaa' },
  { name: 'texts that double', expression: `${'Append('.repeat(99)}[a]${', [a])'.repeat(99)}`, a: 'a'.repeat(16_384) },
  {
    name: 'one long text many times',
    expression: `Join("", ${Array.from({ length: 1_900 }, () => '[a]').join(', ')})`,
    a: 'a'.repeat(16_384),
  },
  {
    name: 'letters with marks again and again',
    expression: `${'NormalizeDiacritics('.repeat(99)}[a]${')'.repeat(99)}`,
    a: 'é'.repeat(9_000),
  },
  {
    name: 'a hundred times random characters',
    expression: `Join("", ${Array.from({ length: 300 }, () => 'RandomString(256, 1, 1, 1, 1)').join(', ')})`,
  },
  {
    name: 'a thousand keys',
    expression: `Switch([a], , ${Array.from({ length: 1_200 }, () => '[a], ""').join(', ')})`,
    a: 'x'.repeat(16_000),
  },
  { name: 'thousands of commas', expression: `Join(${','.repeat(9_900)})` },
  { name: 'thousands of calls deep', expression: 'Not('.repeat(2_400) },
  { name: 'thousands of parentheses', expression: '('.repeat(10_000) },
  { name: 'thousands of groups deep', expression: replace('('.repeat(4_000)) },
  { name: 'thousands of alternatives', expression: replace('a|'.repeat(4_000)) },
  { name: 'half a surrogate pair', expression: `Left(Append("\ud83d", [a]), 1)`, a: '\ude00' },
  { name: 'half a surrogate pair in a pattern', expression: replace('[\ud83d-\udfff]+\ud83d'), a: '\ud83d\ude00' },
  { name: 'a name of every object', expression: 'constructor([a])' },
  { name: 'an attribute of every object', expression: '[__proto__]' },
  { name: 'digits without end', expression: `Mid([a], ${'9'.repeat(9_000)}, 1)`, a: 'a' },
  { name: 'a date far away', expression: 'DateAdd("yyyy", "999999999999", [a])', a: '2026-01-31' },
  { name: 'a culture of odd characters', expression: 'ToLower([a], "-x-")', a: 'A' },
  { name: 'a date pattern without end', expression: `FormatDateTime([a], , "${'f'.repeat(9_000)}", "yyyy")`, a: '2026' },
];
