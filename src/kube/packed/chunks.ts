const chunkBytes = 2 ** 18;
/** Below this share of bytes in use, what is left of a chunk moves to another one. */
const leastShare = 0.6;

/** Where bytes are: chunk and offset as one number. */
export type Place = number;

interface Chunk {
  readonly bytes: Buffer;
  used: number;
  live: number;
}

/**
 * Bytes of varying length, one after the other in large chunks outside of the heap, which no collection walks. What is put goes to the end
 * of the last chunk; a chunk of which little is in use is emptied by its user, and used again.
 */
export class Chunks {
  readonly #chunks: (Chunk | undefined)[] = [];
  readonly #empty: number[] = [];
  /** Chunks that were left with little in use. */
  readonly #sparse = new Set<number>();
  #spare: Buffer | undefined;
  #current = -1;

  /** Bytes that are held, in use or not. */
  get size(): number {
    return this.#chunks.reduce((sum, chunk) => sum + (chunk?.bytes.length ?? 0), this.#spare?.length ?? 0);
  }

  put(bytes: Buffer): Place {
    let chunk = this.#chunks[this.#current];
    if (chunk === undefined || chunk.used + bytes.length > chunk.bytes.length) chunk = this.#next(bytes.length);
    const at = chunk.used;
    bytes.copy(chunk.bytes, at);
    chunk.used += bytes.length;
    chunk.live += bytes.length;
    return this.#current * chunkBytes + at;
  }

  /** The chunk of a place and the offset in it. */
  at(place: Place): { readonly bytes: Buffer; readonly offset: number } {
    const chunk = this.#chunks[chunkOf(place)];
    if (chunk === undefined) throw new RangeError('there is nothing at that place');
    return { bytes: chunk.bytes, offset: place % chunkBytes };
  }

  /** Gives bytes up. Returns the number of a chunk that is to be emptied: whatever is in it is to be put anew, and then {@link drop}ped. */
  free(place: Place, length: number): number | undefined {
    const number = chunkOf(place);
    const chunk = this.#chunks[number];
    if (chunk === undefined) return undefined;
    chunk.live -= length;
    return number !== this.#current && isSparse(chunk) ? number : this.#sparse.values().next().value;
  }

  /** Lets a chunk go, with whatever is in it. */
  drop(number: number): void {
    const chunk = this.#chunks[number];
    this.#sparse.delete(number);
    this.#chunks[number] = undefined;
    this.#empty.push(number);
    if (chunk?.bytes.length === chunkBytes) this.#spare = chunk.bytes;
  }

  /** What was given up while a chunk was the last one may have been nearly all of it: no part would ever be freed again to tell so. */
  #leave(): void {
    const chunk = this.#chunks[this.#current];
    if (chunk?.live === 0) this.drop(this.#current);
    else if (chunk !== undefined && isSparse(chunk)) this.#sparse.add(this.#current);
  }

  /** A value that fits in no chunk has one of its own. */
  #next(length: number): Chunk {
    this.#leave();
    const bytes = length <= chunkBytes && this.#spare !== undefined ? this.#spare : Buffer.allocUnsafeSlow(Math.max(chunkBytes, length));
    if (bytes === this.#spare) this.#spare = undefined;
    const chunk = { bytes, used: 0, live: 0 };
    this.#current = this.#empty.pop() ?? this.#chunks.length;
    this.#chunks[this.#current] = chunk;
    return chunk;
  }
}

const isSparse = ({ live, used }: Chunk): boolean => live < used * leastShare;

/** The chunk that a place is in. */
export const chunkOf = (place: Place): number => Math.floor(place / chunkBytes);
