import { RE2JS, RE2JSException, type Matcher } from 're2js';
import { PatternFailure } from './failure.ts';
import type { Replacement } from './replacement.ts';
import { translate } from './translate.ts';

/** Told of what is about to be done; each throws when that is too much. */
interface Limits {
  /** Told of the characters that a search may pass over. */
  readonly spend: (length: number) => void;
  /** Told of the length that a result is about to have. */
  readonly allow: (length: number) => void;
}

/** A .NET pattern compiled for an engine whose time grows with the text and never explodes. */
export class Pattern {
  /** About how many steps the engine may take for a character. */
  readonly size: number;
  /** What it counts against a limit on everything that is compiled together. */
  readonly cost: number;
  readonly groupNames: readonly string[];
  readonly #engine: RE2JS;
  readonly #groupCount: number;
  readonly #indexes = new Map<string, number>([['0', 0]]);

  /** Throws {@link PatternFailure} for what is not supported, malformed, or larger than the limit. */
  constructor(pattern: string, limit: number) {
    const { text, groups, size, weight } = translate(pattern, limit);
    try {
      this.#engine = RE2JS.compile(text);
    } catch (error) {
      if (error instanceof RE2JSException) throw new PatternFailure('the engine does not take this pattern', 0);
      throw error;
    }
    this.size = Math.max(size, this.#engine.programSize());
    this.cost = Math.max(this.size, weight);
    this.groupNames = groups.filter((name) => name !== undefined);
    this.#groupCount = groups.length;
    // .NET numbers the unnamed groups first.
    const indexes = groups.map((name, index) => ({ name, index })).slice(1);
    const numbered = [...indexes.filter(({ name }) => name === undefined), ...indexes.filter(({ name }) => name !== undefined)];
    for (const [number, { name, index }] of numbered.entries()) {
      this.#indexes.set(String(number + 1), index);
      if (name !== undefined) this.#indexes.set(name, index);
    }
  }

  /** The engine's number of a group by its name or .NET number. */
  group(name: string): number | undefined {
    return this.#indexes.get(name);
  }

  /** Whether the whole text matches. */
  matches(text: string): boolean {
    // Not testExact(): that makes an automaton which grows with every text, at more than 10 microseconds for a new state.
    return this.#engine.matcher(text).matches();
  }

  /** The text with every match replaced. */
  replace(text: string, replacement: Replacement, limits: Limits): string {
    return this.#rewrite(text, 0, limits, (matcher) => this.#expand(text, replacement, matcher, limits));
  }

  /** The text with what a group holds in every match replaced. */
  replaceGroup(text: string, group: number, by: string, limits: Limits): string {
    return this.#rewrite(text, group, limits, () => by);
  }

  /** What a group holds in the first match; null when nothing matches or the group takes no part. */
  extract(text: string, group: number, { spend }: Pick<Limits, 'spend'>): string | null {
    spend(text.length + 1);
    const matcher = this.#engine.matcher(text);
    return matcher.find() ? matcher.group(group) : null;
  }

  #rewrite(text: string, group: number, { spend, allow }: Limits, by: (matcher: Matcher) => string): string {
    const matcher = this.#engine.matcher(text);
    let result = '';
    let copied = 0;
    for (let from = 0; from <= text.length;) {
      spend(text.length - from + 1);
      if (!matcher.find(from)) break;
      const start = matcher.start(group);
      if (start >= copied) {
        result += text.slice(copied, start) + by(matcher);
        copied = matcher.end(group);
        allow(result.length);
      }
      const end = matcher.end();
      from = end > matcher.start() ? end : end + ((text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1);
    }
    allow(result.length + text.length - copied);
    return result + text.slice(copied);
  }

  #expand(text: string, replacement: Replacement, matcher: Matcher, { allow }: Limits): string {
    let result = '';
    for (const part of replacement) {
      if (part.kind === 'text') result += part.text;
      else if (part.kind === 'group') result += matcher.group(part.index) ?? '';
      else if (part.kind === 'before') result += text.slice(0, matcher.start());
      else if (part.kind === 'after') result += text.slice(matcher.end());
      else if (part.kind === 'input') result += text;
      else result += this.#last(matcher);
      allow(result.length);
    }
    return result;
  }

  /** The group with the highest .NET number. */
  #last(matcher: Matcher): string {
    return matcher.group(this.#indexes.get(String(this.#groupCount - 1)) ?? 0) ?? '';
  }
}
