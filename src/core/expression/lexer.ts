import { CompileFailure } from './errors.ts';

export interface Token {
  readonly kind: '(' | ')' | ',' | 'operator' | 'text' | 'number' | 'attribute' | 'name' | 'end';
  /** What it says: text without its quotes and escapes, an attribute without its brackets. */
  readonly text: string;
  readonly position: number;
}

/** Entra takes no longer expression. */
export const maximumLength = 10_000;

const space = /\s+/y;
const number = /&[Hh][0-9A-Fa-f]+|-?[0-9]+(?:\.[0-9]+)?/y;
const name = /[A-Za-z_][A-Za-z0-9_]*/y;
const operator = /<>|<=|>=|[=<>]/y;

const hints: Readonly<Record<string, string>> = {
  '“': 'write straight double quotes (")',
  '”': 'write straight double quotes (")',
  '„': 'write straight double quotes (")',
  "'": 'text is written in double quotes (")',
  '&': 'there is no operator to join texts; use Append or Join',
  '+': 'there is no arithmetic; texts are joined with Append or Join',
  ']': 'an attribute is written [name]',
  '!': 'unequal is written <>',
};

function fail(position: number, message: string, expected?: string): never {
  throw new CompileFailure({ message, position, ...(expected === undefined ? {} : { expected }) });
}

/** The text between quotes; only \" and \\ are escapes, any other backslash stands for itself. */
function readText(source: string, start: number): { readonly value: string; readonly end: number } {
  let value = '';
  for (let index = start + 1; index < source.length; index += 1) {
    const character = source.charAt(index);
    if (character === '"') return { value, end: index + 1 };
    const next = source.charAt(index + 1);
    if (character === '\\' && (next === '"' || next === '\\')) {
      value += next;
      index += 1;
    } else value += character;
  }
  return fail(start, 'text without a closing quote; write " at its end', 'closing "');
}

function readAttribute(source: string, start: number): { readonly value: string; readonly end: number } {
  const close = source.indexOf(']', start);
  const inside = close < 0 ? '' : source.slice(start + 1, close);
  if (close < 0 || /["[]/.test(inside)) fail(start, 'attribute without a closing bracket; write [name]', 'closing ]');
  const value = inside.trim();
  if (value === '') fail(start, 'attribute without a name; write [name]', 'attribute name');
  return { value, end: close + 1 };
}

/** The offset in the source of a character of a text token, for messages about what a text holds. */
export function offsetInText(source: string, position: number, index: number): number {
  let at = position + 1;
  for (let count = 0; count < index && at < source.length; count += 1) {
    const next = source.charAt(at + 1);
    at += source.charAt(at) === '\\' && (next === '"' || next === '\\') ? 2 : 1;
  }
  return at;
}

function readToken(source: string, position: number): { readonly token: Token; readonly end: number } {
  const first = source.charAt(position);
  const take = (kind: Token['kind'], text: string, end: number): { readonly token: Token; readonly end: number } => ({
    token: { kind, text, position },
    end,
  });
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = position;
    return pattern.exec(source)?.[0];
  };
  if (first === '(' || first === ')' || first === ',') return take(first, first, position + 1);
  if (first === '"') {
    const { value, end } = readText(source, position);
    return take('text', value, end);
  }
  if (first === '[') {
    const { value, end } = readAttribute(source, position);
    return take('attribute', value, end);
  }
  for (const [kind, pattern] of [
    ['number', number],
    ['name', name],
    ['operator', operator],
  ] as const) {
    const text = match(pattern);
    if (text === undefined) continue;
    const end = position + text.length;
    if (kind === 'number' && /[A-Za-z0-9_.]/.test(source.charAt(end)))
      fail(position, 'not a number; write digits, or put text in double quotes');
    return take(kind, text, end);
  }
  const character = String.fromCodePoint(source.codePointAt(position) ?? 0);
  return fail(
    position,
    `unexpected character ${character}; ${hints[character] ?? 'text is written in double quotes, attributes in brackets'}`,
  );
}

/** Splits an expression into tokens, the last of which is always `end`. */
export function tokenize(source: string): readonly Token[] {
  if (source.length > maximumLength) {
    fail(maximumLength, `the expression is longer than ${maximumLength} characters`, `at most ${maximumLength} characters`);
  }
  const tokens: Token[] = [];
  let position = 0;
  for (;;) {
    space.lastIndex = position;
    position += space.exec(source)?.[0].length ?? 0;
    if (position >= source.length) break;
    const { token, end } = readToken(source, position);
    tokens.push(token);
    position = end;
  }
  tokens.push({ kind: 'end', text: '', position: source.length });
  return tokens;
}
