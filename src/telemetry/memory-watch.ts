import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';

/** Bytes of a process and its bounds; a bound that there is not is undefined. */
export interface MemoryUse {
  readonly heap: { readonly used: number; readonly limit: number };
  readonly process: { readonly used: number; readonly limit: number | undefined };
}

const intervalMs = 10_000;
/** From this share of a bound on it is told, once until less than the second is in use. */
const nearlyAll = 0.8;
const lessAgain = 0.7;
const wayOut = 'It ends when the rest is used up too: give the operator more memory, or divide its tenants among several shards.';

/**
 * Looks at the memory of the process now and then and logs an error long before it is used up: the engine ends a process whose heap is full,
 * and the kernel one whose container is, without a word about what to do. Returns what ends the watch.
 */
export function watchMemory(use: () => MemoryUse, clock: Clock, logger: Logger): () => void {
  const told = { heap: false, process: false };
  const look = (part: keyof MemoryUse, { used, limit }: MemoryUse[keyof MemoryUse]): void => {
    if (limit === undefined) return;
    if (used < limit * lessAgain) told[part] = false;
    if (used < limit * nearlyAll || told[part]) return;
    told[part] = true;
    logger.error(`The memory of the ${part} is nearly used up. ${wayOut}`, { usedMb: toMb(used), limitMb: toMb(limit) });
  };
  const lookAtAll = (): void => {
    const now = use();
    look('heap', now.heap);
    look('process', now.process);
    timer = clock.setTimer(intervalMs, lookAtAll);
  };
  let timer = clock.setTimer(intervalMs, lookAtAll);
  return () => timer.cancel();
}

const toMb = (bytes: number): number => Math.round(bytes / 2 ** 20);
