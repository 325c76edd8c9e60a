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

/** What is wrong with a version of Node, in one sentence; undefined: nothing. */
export function nodeProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  return major > 24 || (major === 24 && minor >= 11) ? undefined : `Node 24.11 or later is needed; this is ${version}.`;
}
