import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Clock, Random } from './ports/clock.ts';

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer: (delayMs, fire) => {
    // Longer delays overflow Node's timers; whoever set one looks again then.
    const timer = setTimeout(fire, Math.min(delayMs, 2_147_483_647));
    return { cancel: () => clearTimeout(timer) };
  },
};

/** The machine's own randomness. */
export const systemRandom: Random = { next: () => Math.random(), uuid: () => randomUUID() };

/** Version of this build. */
export function packageVersion(): string {
  const content = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { readonly version: string };
  return content.version;
}
