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
  /** Medians of each tenth: whether it went on growing. */
  readonly rssMbTenths: readonly number[];
  /** The least of each tenth, which is what was left after a collection. */
  readonly heapMbTenths: readonly number[];
}

/** Compares the second tenth of the cycles with the last one. */
export function growth(samples: readonly Sample[]): Growth {
  const tenth = Math.max(1, Math.floor(samples.length / 10));
  const tenths = Array.from({ length: 10 }, (_, index) => samples.slice(index * tenth, (index + 1) * tenth));
  const early = tenths[1] ?? [];
  const late = samples.slice(-tenth);
  const megabytes = (some: readonly Sample[], of: keyof Sample): number => rounded(median(some.map((sample) => sample[of])));
  const [rssMbEarly, rssMbLate] = [megabytes(early, 'rss'), megabytes(late, 'rss')];
  return {
    rssMbEarly,
    rssMbLate,
    heapMbEarly: megabytes(early, 'heapUsed'),
    heapMbLate: megabytes(late, 'heapUsed'),
    externalMbEarly: megabytes(early, 'external'),
    externalMbLate: megabytes(late, 'external'),
    rssGrowth: Number((rssMbLate / rssMbEarly - 1).toFixed(3)),
    rssMbTenths: tenths.map((some) => megabytes(some, 'rss')),
    heapMbTenths: tenths.map((some) => rounded(Math.min(...some.map(({ heapUsed }) => heapUsed)))),
  };
}

const rounded = (bytes: number): number => Number((bytes / 2 ** 20).toFixed(1));
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
