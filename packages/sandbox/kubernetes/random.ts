import { randomUUID } from 'node:crypto';
import type { Random } from '../../../src/ports/clock.ts';

/** Randomness that nobody can repeat. */
export const systemRandom: Random = {
  next: () => Math.random(),
  uuid: () => randomUUID(),
};
