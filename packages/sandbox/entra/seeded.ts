import type { Random } from '../../../src/ports/clock.ts';

/** A repeatable source of randomness (xorshift32 over a mixed seed). */
export function seeded(seed: number): Random {
  let state = Math.imul((seed | 0) ^ 0x9e3779b9, 0x85ebca6b) | 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 4294967296;
  };
  const hex = (digits: number): string => {
    let text = '';
    while (text.length < digits)
      text += Math.floor(next() * 65536)
        .toString(16)
        .padStart(4, '0');
    return text.slice(0, digits);
  };
  return { next, uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}` };
}
