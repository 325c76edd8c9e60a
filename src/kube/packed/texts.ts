/** Shorter than this a text is as short as a reference to it. */
const shortest = 3;
/** Longer ones are not looked for: a message that differs for each object would fill the memory that it is to save. */
const longest = 512;
const mostCharacters = 2 ** 21;
const sightings = 2 ** 16;

/**
 * Texts that occur again and again, each with a number. One is taken in when it is seen a second time, and none when there are too many:
 * whoever meets them then writes them out.
 */
export class Texts {
  readonly #numbers = new Map<string, number>();
  readonly #texts: string[] = [];
  /** Hashes of texts that were seen once, the last one for each place. */
  readonly #seen = new Uint32Array(sightings);
  readonly #most: number;
  #characters = 0;

  /** `most`: how many texts are taken in. */
  constructor(most: number) {
    this.#most = most;
  }

  /** The number of a text that has been met often enough. */
  numberOf(text: string): number | undefined {
    if (text.length < shortest || text.length > longest) return undefined;
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    if (this.#texts.length >= this.#most || this.#characters + text.length > mostCharacters) return undefined;
    const hash = hashOfText(text, 0);
    const place = hash % sightings;
    if (this.#seen[place] !== hash) {
      this.#seen[place] = hash;
      return undefined;
    }
    const number = this.#texts.length;
    this.#texts.push(text);
    this.#numbers.set(text, number);
    this.#characters += text.length;
    return number;
  }

  /** The text of a number that {@link numberOf} has given. */
  textOf(number: number): string {
    const text = this.#texts[number];
    if (text === undefined) throw new RangeError('there is no text of that number');
    return text;
  }
}

/** FNV-1a over the UTF-16 units of a text, as an unsigned number of 32 bits. */
export function hashOfText(text: string, seed: number): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  // The low bits choose places in tables, and must depend on all of the text.
  hash ^= hash >>> 15;
  return hash >>> 0;
}
