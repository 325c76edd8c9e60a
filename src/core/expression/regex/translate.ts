import { literal, readEscape, readSet } from './classes.ts';
import { PatternFailure } from './failure.ts';

/** A .NET pattern in the engine's form. */
export interface Translation {
  readonly text: string;
  /** Names of the groups, by their number in the engine; unnamed ones are undefined. Number 0 is the whole match. */
  readonly groups: readonly (string | undefined)[];
  /** About how many instructions the engine makes of it. */
  readonly size: number;
  /** What compiling it takes, in the same measure: large sets of characters take long. */
  readonly weight: number;
}

/** Why a construct in parentheses cannot be had from an engine that never goes back. */
const refused: readonly (readonly [prefix: string, name: string])[] = [
  ['(?=', 'look-ahead (?=...)'],
  ['(?!', 'negative look-ahead (?!...)'],
  ['(?<=', 'look-behind (?<=...)'],
  ['(?<!', 'negative look-behind (?<!...)'],
  ['(?>', 'atomic groups (?>...)'],
  ['(?(', 'conditionals (?(...)...)'],
];

const options: Readonly<Record<string, string>> = {
  n: 'option n (only named groups capture)',
  x: 'option x (white space in patterns is ignored)',
};

/** How large what stands in one pair of parentheses is. */
interface Level {
  total: number;
  /** Size of what a quantifier would repeat; undefined when there is nothing to repeat. */
  atom: number | undefined;
  readonly start: number;
}

/** Properties make large sets, and the complement of one takes longer; anything else counts little. */
function weightOf(text: string): number {
  const properties = text.split(/\\[pP]\{/).length - 1;
  return properties === 0 ? 1 : properties * (text.startsWith('[^') || properties > 5 ? 6 : 4);
}

class Translator {
  readonly #pattern: string;
  readonly #limit: number;
  readonly #groups: (string | undefined)[] = [undefined];
  readonly #levels: Level[] = [{ total: 0, atom: undefined, start: 0 }];
  #text = '';
  #index = 0;
  #weight = 5;

  constructor(pattern: string, limit: number) {
    this.#pattern = pattern;
    this.#limit = limit;
  }

  run(): Translation {
    while (this.#index < this.#pattern.length) this.#step();
    if (this.#levels.length > 1) throw new PatternFailure('a parenthesis is not closed; write )', this.#level().start);
    return { text: this.#text, groups: this.#groups, size: this.#level().total, weight: this.#weight };
  }

  #level(): Level {
    const level = this.#levels.at(-1);
    if (level === undefined) throw new PatternFailure('there are too many closing parentheses', this.#index);
    return level;
  }

  #atom(text: string, end: number, size = 1): void {
    const level = this.#level();
    level.total += size;
    level.atom = size;
    this.#text += text;
    this.#index = end;
    this.#weight += weightOf(text);
    this.#bound(Math.max(level.total, this.#weight));
  }

  #bound(size: number): void {
    if (size > this.#limit)
      throw new PatternFailure('the pattern is too large; repeat less, or use fewer patterns in one expression', this.#index);
  }

  #step(): void {
    const code = this.#pattern.codePointAt(this.#index) ?? 0;
    const character = String.fromCodePoint(code);
    const next = this.#index + character.length;
    if (character === '(') this.#open();
    else if (character === ')') this.#close();
    else if (character === '[') {
      const { text, end } = readSet(this.#pattern, this.#index);
      this.#atom(text, end);
    } else if (character === '\\') this.#escape(next);
    else if (character === '|') {
      this.#level().atom = undefined;
      this.#level().total += 1;
      this.#text += '|';
      this.#index = next;
    } else if (character === '.' || character === '^' || character === '$') this.#atom(character, next);
    else if (!this.#quantifier(character)) this.#atom(literal(code), next);
  }

  #escape(after: number): void {
    const letter = this.#pattern.charAt(after);
    const fail = (problem: string): never => {
      throw new PatternFailure(`${problem} not supported`, after - 1);
    };
    if (/[1-9]/.test(letter) || letter === 'k') fail(`backreferences (\\${letter}) are`);
    if (letter === 'b' || letter === 'B') fail(`word boundaries (\\${letter}) are`);
    if (letter === 'G') fail('\\G is');
    if (letter === 'A') {
      this.#atom('\\A', after + 1);
      return;
    }
    if (letter === 'z' || letter === 'Z') {
      this.#atom('\\z', after + 1);
      return;
    }
    const escape = readEscape(this.#pattern, after);
    this.#atom('set' in escape ? `[${escape.set}]` : literal(escape.character), escape.end);
  }

  #open(): void {
    const start = this.#index;
    const rest = this.#pattern.slice(start, start + 80);
    const name = refused.find(([prefix]) => rest.startsWith(prefix))?.[1];
    if (name !== undefined) throw new PatternFailure(`${name} is not supported: patterns are matched in linear time`, start);
    if (!rest.startsWith('(?')) {
      this.#enter('(', start + 1, null);
      return;
    }
    if (rest.startsWith('(?:')) {
      this.#enter('(?:', start + 3);
      return;
    }
    if (rest.startsWith('(?#')) {
      this.#comment(start);
      return;
    }
    const named = /^\(\?(?:<([^>]*)>|'([^']*)')/.exec(rest);
    if (named !== null) {
      this.#named(named[1] ?? named[2] ?? '', start, named[0].length);
      return;
    }
    const inline = /^\(\?([a-z-]*)([:)])/.exec(rest);
    if (inline === null) throw new PatternFailure('this form of parentheses is not known', start);
    this.#options(inline[1] ?? '', start);
    if (inline[2] === ':') {
      this.#enter(inline[0], start + inline[0].length);
      return;
    }
    this.#text += inline[0];
    this.#index = start + inline[0].length;
    this.#level().atom = undefined;
  }

  /** Begins a group; with a name or null it captures. */
  #enter(text: string, end: number, name?: string | null): void {
    if (name !== undefined) this.#groups.push(name ?? undefined);
    if (this.#levels.length > 100) throw new PatternFailure('parentheses are nested too deep', this.#index);
    this.#levels.push({ total: name === undefined ? 0 : 2, atom: undefined, start: this.#index });
    this.#text += text;
    this.#index = end;
  }

  #named(name: string, start: number, length: number): void {
    if (/^.*-/.test(name)) throw new PatternFailure('balancing groups (?<a-b>...) are not supported', start);
    if (/^[0-9]/.test(name)) throw new PatternFailure('groups with a number for a name are not supported', start);
    if (!/^[\p{L}_][\p{L}\p{Nd}_]*$/u.test(name)) throw new PatternFailure('the name of a group is made of letters, digits and _', start);
    if (this.#groups.includes(name)) throw new PatternFailure(`two groups are named ${name}; that is not supported`, start);
    this.#enter('(', start + length, name);
  }

  #comment(start: number): void {
    const close = this.#pattern.indexOf(')', start);
    if (close < 0) throw new PatternFailure('a comment is not closed; write )', start);
    this.#index = close + 1;
  }

  #options(letters: string, start: number): void {
    for (const letter of letters) {
      const name = Object.hasOwn(options, letter) ? options[letter] : undefined;
      if (name !== undefined) throw new PatternFailure(`${name} is not supported`, start);
      if (!'ims-'.includes(letter)) throw new PatternFailure(`the option ${letter} is not known`, start);
    }
    if (!/^[ims]*(-[ims]+)?$/.test(letters) || letters === '') throw new PatternFailure('these options are malformed', start);
  }

  #close(): void {
    const closed = this.#levels.pop();
    if (closed === undefined || this.#levels.length === 0)
      throw new PatternFailure('a closing parenthesis has no opening one', this.#index);
    this.#atom(')', this.#index + 1, Math.max(1, closed.total));
  }

  /** Reads a quantifier, when there is one; a brace that begins none is a character. */
  #quantifier(character: string): boolean {
    const start = this.#index;
    const found = /^(?:[*+?]|\{([0-9]{1,9})(?:(,)([0-9]{0,9}))?\})\??/.exec(this.#pattern.slice(start, start + 32));
    if (found === null) return false;
    const level = this.#level();
    if (level.atom === undefined) throw new PatternFailure(`the quantifier ${character} repeats nothing`, start);
    const [text, least = '1', , most = ''] = found;
    const times = Math.max(Number(least), Number(most === '' ? least : most));
    if (times > 1000) throw new PatternFailure('repetition of more than 1000 times is not supported', start);
    if (most !== '' && Number(most) < Number(least)) throw new PatternFailure('the bounds of a repetition are in the wrong order', start);
    level.total += level.atom * (times - 1) + 1;
    this.#bound(level.total);
    level.atom = undefined;
    this.#text += text;
    this.#index = start + text.length;
    return true;
  }
}

/** Translates a .NET pattern for the engine; throws {@link PatternFailure} for what .NET or the engine does not take. */
export const translate = (pattern: string, limit: number): Translation => new Translator(pattern, limit).run();
