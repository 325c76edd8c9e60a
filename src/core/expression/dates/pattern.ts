/** One piece of a .NET date pattern: a run of one specifier, or literal text. */
export interface PatternPart {
  readonly specifier: 'd' | 'f' | 'F' | 'g' | 'h' | 'H' | 'K' | 'm' | 'M' | 's' | 't' | 'y' | 'z' | 'literal';
  /** How often the specifier is repeated; for literals 0. */
  readonly count: number;
  readonly text: string;
}

/** What the single-letter patterns of .NET stand for in the invariant culture. */
const standard: Readonly<Record<string, string>> = {
  d: 'MM/dd/yyyy',
  D: 'dddd, dd MMMM yyyy',
  f: 'dddd, dd MMMM yyyy HH:mm',
  F: 'dddd, dd MMMM yyyy HH:mm:ss',
  g: 'MM/dd/yyyy HH:mm',
  G: 'MM/dd/yyyy HH:mm:ss',
  m: 'MMMM dd',
  M: 'MMMM dd',
  o: "yyyy'-'MM'-'dd'T'HH':'mm':'ss'.'fffffffK",
  O: "yyyy'-'MM'-'dd'T'HH':'mm':'ss'.'fffffffK",
  r: "ddd, dd MMM yyyy HH':'mm':'ss 'GMT'",
  R: "ddd, dd MMM yyyy HH':'mm':'ss 'GMT'",
  s: "yyyy'-'MM'-'dd'T'HH':'mm':'ss",
  t: 'HH:mm',
  T: 'HH:mm:ss',
  u: "yyyy'-'MM'-'dd HH':'mm':'ss'Z'",
  U: 'dddd, dd MMMM yyyy HH:mm:ss',
  y: 'yyyy MMMM',
  Y: 'yyyy MMMM',
};

const specifiers = 'dfFghHKmMstyz';
const isSpecifier = (character: string): character is Exclude<PatternPart['specifier'], 'literal'> => specifiers.includes(character);
const longest: Readonly<Record<string, number>> = { f: 7, F: 7, K: 1, y: 5 };

interface Reading {
  readonly part: PatternPart;
  readonly end: number;
}

/** Text between quotes, or the character after a backslash. */
function readQuoted(pattern: string, start: number): Reading | null {
  const quote = pattern.charAt(start);
  if (quote === '\\') {
    return start + 1 < pattern.length ? literal(pattern.charAt(start + 1), start + 2) : null;
  }
  const close = pattern.indexOf(quote, start + 1);
  return close < 0 ? null : literal(pattern.slice(start + 1, close), close + 1);
}

const literal = (text: string, end: number): Reading => ({ part: { specifier: 'literal', count: 0, text }, end });

function readPart(pattern: string, start: number): Reading | null {
  const first = pattern.charAt(start);
  if (first === "'" || first === '"' || first === '\\') return readQuoted(pattern, start);
  if (first === '%') return start + 1 < pattern.length && pattern.charAt(start + 1) !== '%' ? readPart(pattern, start + 1) : null;
  if (!isSpecifier(first)) return literal(first, start + 1);
  let end = start + 1;
  while (pattern.charAt(end) === first) end += 1;
  const count = end - start;
  const limit = longest[first];
  if (limit !== undefined && count > limit && first !== 'K') return null;
  if (first === 'K') return { part: { specifier: 'K', count: 1, text: '' }, end: start + 1 };
  return { part: { specifier: first, count: Math.min(count, longest[first] ?? 4), text: '' }, end };
}

/** Splits a .NET standard or custom date pattern into its parts; null when it is malformed. */
export function parsePattern(pattern: string): readonly PatternPart[] | null {
  if (pattern === '' || pattern.length > 200) return null;
  if (pattern.length === 1) {
    const full = Object.hasOwn(standard, pattern) ? standard[pattern] : undefined;
    return full === undefined ? null : parsePattern(full);
  }
  const parts: PatternPart[] = [];
  for (let index = 0; index < pattern.length;) {
    const reading = readPart(pattern, index);
    if (reading === null) return null;
    parts.push(reading.part);
    index = reading.end;
  }
  return parts;
}
