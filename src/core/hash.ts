import { createHash, hash } from 'node:crypto';
import { mayHoldHalves, wellFormed } from './wire/text.ts';

/** JSON with the keys of every object in order and absent members left out, so that equal values give equal text. */
export function stableStringify(value: unknown): string {
  if (value === undefined) return 'null';
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(stableStringify).join(',')}]`;
  let members = '';
  for (const name of Object.keys(value).sort()) {
    const member = (value as Readonly<Record<string, unknown>>)[name];
    if (member !== undefined) members += `${members === '' ? '' : ','}${JSON.stringify(name)}:${stableStringify(member)}`;
  }
  return `{${members}}`;
}

/**
 * A short hash (128 bits, hexadecimal) of a JSON value that depends neither on the order of its keys nor on whether it has been stored
 * meanwhile: half a character counts as what it is stored as.
 */
export function hashOf(value: unknown): string {
  const text = stableStringify(value);
  const stored = mayHoldHalves(text) ? stableStringify(wellFormed(value)) : text;
  return hash('sha256', stored, 'hex').slice(0, 32);
}

/** Numbers of at least 0 and below 1 that follow from the seed: the same seed gives the same ones, another seed unrelated ones. */
export function randomFrom(seed: string): () => number {
  let drawn = 0;
  return () => {
    drawn += 1;
    return createHash('sha256').update(`${drawn}:${seed}`).digest().readUIntBE(0, 6) / 2 ** 48;
  };
}
