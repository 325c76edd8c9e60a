/** Processor time of some work, in milliseconds. */
function processorMs(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

/** Some work that takes about a millisecond on a machine at rest: what else the machine does slows it down as it does any other. */
function yardstick(): void {
  const words = Array.from({ length: 5_000 }, (_, index) => String((index * 7_919) % 10_007));
  words.sort();
  if (words.join(',').length < 2_000) throw new Error('unreachable');
}

/**
 * How much effort `work` takes, in pieces of work of about a millisecond each: the least of up to `runs` runs, each beside a piece of that
 * work, so that neither a slow machine nor a busy one makes it more. Fewer runs are made once it is below `enough`.
 */
export function effortOf(work: () => void, { enough, runs = 5 }: { readonly enough: number; readonly runs?: number }): number {
  let best = Infinity;
  for (let run = 0; run < runs && best >= enough; run += 1) {
    const took = processorMs(work);
    if (took < enough) return took;
    // The one that was interrupted less, and no shorter than a machine at rest can be.
    const piece = Math.max(1, Math.min(processorMs(yardstick), processorMs(yardstick)));
    best = Math.min(best, took / piece);
  }
  return best;
}
