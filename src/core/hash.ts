import { createHash } from 'node:crypto';
import { mayHoldHalves, wellFormed } from './wire/text.ts';

/** JSON with the keys of every object in order and absent members left out, so that equal values give equal text. */
export function stableStringify(value: unknown): string {
  if (value === undefined) return 'null';
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(stableStringify).join(',')}]`;
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${stableStringify(member)}`);
  return `{${members.join(',')}}`;
}

/**
 * A short hash (128 bits, hexadecimal) of a JSON value that depends neither on the order of its keys nor on whether it has been stored
 * meanwhile: half a character counts as what it is stored as.
 */
export function hashOf(value: unknown): string {
  const text = stableStringify(value);
  const stored = mayHoldHalves(text) ? stableStringify(wellFormed(value)) : text;
  return createHash('sha256').update(stored).digest('hex').slice(0, 32);
}

/** Numbers of at least 0 and below 1 that follow from the seed: the same seed gives the same ones, another seed unrelated ones. */
export function randomFrom(seed: string): () => number {
  let drawn = 0;
  return () => {
    drawn += 1;
    return createHash('sha256').update(`${drawn}:${seed}`).digest().readUIntBE(0, 6) / 2 ** 48;
  };
}
