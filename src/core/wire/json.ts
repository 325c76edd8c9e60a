import { mayHoldHalves, wellFormed } from './text.ts';

/** How deep and how manifold the JSON of an answer may be. */
export interface JsonBounds {
  /** Objects and lists inside one another. */
  readonly depth: number;
  /** Objects, lists and members of them, all in all. */
  readonly parts: number;
}

/** No directory answer of ours is near these: a page of 999 users with forty properties has some 60,000 parts. */
export const directoryJson: JsonBounds = { depth: 64, parts: 2_000_000 };
/** The schema of an Entra job: its expressions nest a hundred deep, and each level of one is three of JSON. */
export const exportJson: JsonBounds = { depth: 1_000, parts: 2_000_000 };
/** Pages of thousands of objects; the schema of a kind has a depth of its own. */
export const kubernetesJson: JsonBounds = { depth: 128, parts: 10_000_000 };

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;

/**
 * The value of a JSON text, well-formed. Throws SyntaxError for what is no JSON, and, before anything is built of it, for one beyond the
 * bounds: thirty megabytes of brackets are a gigabyte of objects, and what is nested deeper than the stack cannot be walked.
 */
export function parseBounded(text: string, bounds: JsonBounds): unknown {
  if (!isWithin(text, bounds)) throw new SyntaxError('JSON beyond the bounds of an answer');
  const value: unknown = JSON.parse(text);
  return mayHoldHalves(text) ? wellFormed(value) : value;
}

/** Whether a JSON text is within the bounds. Says nothing about whether it is JSON. */
export function isWithin(text: string, bounds: JsonBounds): boolean {
  // A text cannot hold more parts than characters, nor be nested deeper than it has brackets: most answers need no closer look.
  if (text.length <= bounds.parts && hasFewerBrackets(text, bounds.depth)) return true;
  let depth = 0;
  let parts = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === quote) at = endOfString(text, at);
    else if (code === comma) parts += 1;
    // The two brackets and the two braces differ from each other in these bits alone.
    else if ((code | 0x20) === 0x7b) {
      depth += 1;
      parts += 1;
    } else if ((code | 0x20) === 0x7d) depth -= 1;
    if (depth > bounds.depth || parts > bounds.parts) return false;
  }
  return true;
}

/** Whether a text opens at most `most` objects and lists, those in its strings included. */
function hasFewerBrackets(text: string, most: number): boolean {
  let found = 0;
  for (const bracket of ['{', '['])
    for (let at = text.indexOf(bracket); at !== -1 && found <= most; at = text.indexOf(bracket, at + 1)) found += 1;
  return found <= most;
}

/** A list as it came: what stands around its items, decoded, and each item as bytes of its own. */
export interface ListBytes {
  readonly envelope: unknown;
  readonly items: readonly Buffer[];
}

/** No page has so many items; empty ones by the million are not even counted. */
const mostItems = 1_000_000;

/**
 * Splits the JSON of a list into its items without building them: many are never there as objects at the same time, nor is the whole as one
 * text. What stands around them has to be within the bounds, and each item when it is decoded. Throws SyntaxError for what is no JSON, unless
 * the mistake is inside of an item.
 */
export function splitList(bytes: Buffer, bounds: JsonBounds): ListBytes {
  const marks = itemsIn(bytes);
  if (marks.length > mostItems) throw new SyntaxError('JSON beyond the bounds of an answer');
  const items = marks.slice(1).map((end, index) => bytes.subarray((marks[index] ?? 0) + 1, end));
  const isEmpty = items.length === 1 && items[0]?.toString().trim() === '';
  const [first = bytes.length] = marks;
  const envelope = bytes.toString('utf8', 0, first + 1) + bytes.toString('utf8', marks.at(-1) ?? bytes.length);
  return { envelope: parseBounded(envelope, bounds), items: isEmpty ? [] : items };
}

/** Where the list in the member `items` opens, each comma between two of its parts, and where it closes; nothing if there is no such list. */
function itemsIn(bytes: Buffer): readonly number[] {
  const marks: number[] = [];
  let [depth, stringAt, isOpen] = [0, 0, false];
  // Of two members of that name, which no server sends, the first counts.
  const opens = (at: number): boolean => depth === 1 && marks.length === 0 && itemsMember.test(bytes.toString('latin1', stringAt, at + 1));
  for (let at = 0; at < bytes.length && marks.length <= mostItems; at += 1) {
    const code = bytes[at] ?? 0;
    if (code === quote) {
      stringAt = at;
      at = endOfStringIn(bytes, at);
    } else if (code === comma) {
      if (isOpen && depth === 2) marks.push(at);
    } else if ((code | 0x20) === 0x7b) {
      if (opens(at)) isOpen = marks.push(at) > 0;
      depth += 1;
    } else if ((code | 0x20) === 0x7d) {
      depth -= 1;
      if (isOpen && depth === 1) isOpen = marks.push(at) === 0;
    }
  }
  return marks;
}

const itemsMember = /^"items"\s*:\s*\[$/;

/** Where the string that begins at `start` ends. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === quote) return at;
    if (code === backslash) at += 1;
  }
  return text.length;
}

/** As {@link endOfString}, of UTF-8: no part of another character looks like one of these. */
function endOfStringIn(bytes: Buffer, start: number): number {
  for (let at = start + 1; at < bytes.length; at += 1) {
    const code = bytes[at];
    if (code === quote) return at;
    if (code === backslash) at += 1;
  }
  return bytes.length;
}
