import { deflateRawSync, inflateRawSync } from 'node:zlib';

/** Buffers for values of few kilobytes: those that zlib takes by default cost more than the work. */
const small = { level: 1, memLevel: 3, windowBits: 11, chunkSize: 4096 };

/**
 * A value of JSON, compressed and outside of the heap. A cycle may have to keep a desired state for each person of the tenant until the guard has judged
 * all of them: as objects 50,000 of those fill the heap of the image.
 */
export class Packed<T> {
  readonly #bytes: Uint8Array;

  constructor(value: T) {
    // A copy of its own size: what deflate gives back, and what Buffer.from makes, are views of buffers many times as large, which stay with them.
    this.#bytes = new Uint8Array(deflateRawSync(JSON.stringify(value), small));
  }

  /** The value, made anew each time. */
  read(): T {
    return JSON.parse(inflateRawSync(this.#bytes, { chunkSize: small.chunkSize }).toString()) as T;
  }
}
