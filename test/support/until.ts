import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits until something is so, looking again and again, at most `patienceMs`. Fails with what it waited for, and with what `about`
 * says then. Gives how long it took, in milliseconds.
 */
export async function until(
  what: string,
  done: () => boolean | Promise<boolean>,
  patienceMs = 60_000,
  about: () => string | Promise<string> = () => '',
): Promise<number> {
  const began = performance.now();
  while (!(await done())) {
    if (performance.now() - began > patienceMs) throw new Error(`waited in vain for: ${what}\n${await about()}`.trimEnd());
    await delay(100);
  }
  return performance.now() - began;
}
