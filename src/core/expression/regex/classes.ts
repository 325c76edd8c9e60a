import { PatternFailure } from './failure.ts';

/** What the shorthand classes of .NET hold, as ranges and properties inside brackets. */
const shorthand: Readonly<Record<string, string>> = {
  d: String.raw`\p{Nd}`,
  D: String.raw`\P{Nd}`,
  w: String.raw`\p{L}\p{Mn}\p{Nd}\p{Pc}`,
  W: String.raw`\p{Mc}\p{Me}\p{Nl}\p{No}\p{Pd}\p{Ps}\p{Pe}\p{Pi}\p{Pf}\p{Po}\p{S}\p{Z}\p{C}`,
  s: String.raw`\x{9}-\x{D}\x{85}\p{Z}`,
  S: String.raw`\x{0}-\x{8}\x{E}-\x{1F}\x{21}-\x{84}\x{86}-\x{9F}\x{A1}-\x{167F}\x{1681}-\x{1FFF}\x{200B}-\x{2027}\x{202A}-\x{202E}\x{2030}-\x{205E}\x{2060}-\x{2FFF}\x{3001}-\x{10FFFF}`,
};

const categories = new Set(
  'L Lu Ll Lt Lm Lo M Mn Mc Me N Nd Nl No P Pc Pd Ps Pe Pi Pf Po S Sm Sc Sk So Z Zs Zl Zp C Cc Cf Cs Co Cn'.split(' '),
);

const controls: Readonly<Record<string, number>> = { a: 7, t: 9, v: 11, f: 12, n: 10, r: 13, e: 27 };

/** What an escape stands for: one character, or a set of them as the inside of brackets. */
export type Escape = { readonly end: number } & ({ readonly character: number } | { readonly set: string });

/** A character as it can stand anywhere in a pattern of the engine. */
export function literal(character: number): string {
  const text = String.fromCodePoint(character);
  return /^[A-Za-z0-9]$/.test(text) ? text : `\\x{${character.toString(16).toUpperCase()}}`;
}

function hexadecimal(pattern: string, start: number, length: number): Escape {
  const digits = pattern.slice(start, start + length);
  if (!new RegExp(`^[0-9A-Fa-f]{${length}}$`).test(digits))
    throw new PatternFailure(`the escape needs ${length} hexadecimal digits`, start);
  return { character: parseInt(digits, 16), end: start + length };
}

function octal(pattern: string, start: number): Escape {
  const digits = /^0[0-7]{0,2}/.exec(pattern.slice(start, start + 3))?.[0] ?? '0';
  return { character: parseInt(digits, 8), end: start + digits.length };
}

function property(pattern: string, start: number): Escape {
  const found = /^[pP]\{(\^?)([A-Za-z0-9_-]+)\}/.exec(pattern.slice(start, start + 64));
  const name = found?.[2] ?? '';
  if (found === null) throw new PatternFailure('a Unicode category is written in braces, such as \\p{L}', start - 1);
  if (!categories.has(name)) {
    const what = name.startsWith('Is')
      ? `named blocks (\\p{${name}}) are not supported; use a category such as \\p{L} or a range`
      : `\\p{${name}} is not a Unicode category`;
    throw new PatternFailure(what, start - 1);
  }
  const letter = (pattern.charAt(start) === 'P') !== (found[1] === '^') ? 'P' : 'p';
  return { set: `\\${letter}{${name}}`, end: start + found[0].length };
}

/** Reads an escape that means the same inside and outside of brackets; `start` is the offset after the backslash. */
export function readEscape(pattern: string, start: number): Escape {
  const code = pattern.codePointAt(start);
  if (code === undefined) throw new PatternFailure('the pattern ends in a backslash', start - 1);
  const letter = String.fromCodePoint(code);
  const end = start + letter.length;
  const set = Object.hasOwn(shorthand, letter) ? shorthand[letter] : undefined;
  if (set !== undefined) return { set, end };
  const control = Object.hasOwn(controls, letter) ? controls[letter] : undefined;
  if (control !== undefined) return { character: control, end };
  if (letter === 'p' || letter === 'P') return property(pattern, start);
  if (letter === 'x') return hexadecimal(pattern, end, 2);
  if (letter === 'u') return hexadecimal(pattern, end, 4);
  if (letter === '0') return octal(pattern, start);
  if (letter === 'c' && /[A-Za-z@[\]^_]/.test(pattern.charAt(end))) return { character: pattern.charCodeAt(end) & 31, end: end + 1 };
  if (/[\p{L}\p{Nd}_]/u.test(letter)) throw new PatternFailure(`the escape \\${letter} is not known`, start - 1);
  return { character: code, end };
}

interface Item {
  readonly text: string;
  /** The character, when the item is one and can begin or end a range. */
  readonly character: number | undefined;
  readonly end: number;
}

function readItem(pattern: string, start: number): Item {
  const code = pattern.codePointAt(start);
  if (code === undefined) throw new PatternFailure('a set of characters in brackets is not closed; write ]', start);
  if (code !== 92) return { text: literal(code), character: code, end: start + (code > 0xffff ? 2 : 1) };
  if (pattern.charAt(start + 1) === 'b') return { text: literal(8), character: 8, end: start + 2 };
  const escape = readEscape(pattern, start + 1);
  if ('set' in escape) return { text: escape.set, character: undefined, end: escape.end };
  return { text: literal(escape.character), character: escape.character, end: escape.end };
}

/** Reads a set of characters in brackets that starts at `start`, and gives it in the engine's form. */
export function readSet(pattern: string, start: number): { readonly text: string; readonly end: number } {
  const negated = pattern.charAt(start + 1) === '^';
  let index = start + (negated ? 2 : 1);
  let inside = '';
  for (let first = true; first || pattern.charAt(index) !== ']'; first = false) {
    if (index >= pattern.length) throw new PatternFailure('a set of characters in brackets is not closed; write ]', start);
    if (pattern.startsWith('-[', index) && !first) throw new PatternFailure('subtraction of sets (-[...]) is not supported', index);
    const item = readItem(pattern, index);
    const follows = pattern.charAt(item.end) === '-' && !['', ']', '['].includes(pattern.charAt(item.end + 1));
    if (!follows) {
      inside += item.text;
      index = item.end;
      continue;
    }
    const last = readItem(pattern, item.end + 1);
    if (item.character === undefined || last.character === undefined || last.character < item.character) {
      throw new PatternFailure('this is not a range of characters', index);
    }
    inside += `${item.text}-${last.text}`;
    index = last.end;
  }
  return { text: `[${negated ? '^' : ''}${inside}]`, end: index + 1 };
}
