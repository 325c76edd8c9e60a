import type { Sample } from './questions.ts';

/** How memory moved from the time when the process had warmed up to the end: medians of a tenth of the cycles each. */
export interface Growth {
  readonly rssMbEarly: number;
  readonly rssMbLate: number;
  readonly heapMbEarly: number;
  readonly heapMbLate: number;
  readonly externalMbEarly: number;
  readonly externalMbLate: number;
  /** Late over early, less one. */
  readonly rssGrowth: number;
}

/** Compares the second tenth of the cycles with the last one. */
export function growth(samples: readonly Sample[]): Growth {
  const tenth = Math.max(1, Math.floor(samples.length / 10));
  const early = samples.slice(tenth, 2 * tenth);
  const late = samples.slice(-tenth);
  const megabytes = (some: readonly Sample[], of: keyof Sample): number =>
    Number((median(some.map((sample) => sample[of])) / 2 ** 20).toFixed(1));
  const [rssMbEarly, rssMbLate] = [megabytes(early, 'rss'), megabytes(late, 'rss')];
  return {
    rssMbEarly,
    rssMbLate,
    heapMbEarly: megabytes(early, 'heapUsed'),
    heapMbLate: megabytes(late, 'heapUsed'),
    externalMbEarly: megabytes(early, 'external'),
    externalMbLate: megabytes(late, 'external'),
    rssGrowth: Number((rssMbLate / rssMbEarly - 1).toFixed(3)),
  };
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
