import { setTimeout as delay } from 'node:timers/promises';

/** Waits until something is so, looking again and again; fails with what it waited for. */
export async function until(what: string, done: () => boolean | Promise<boolean>, patienceMs = 30_000): Promise<void> {
  const late = performance.now() + patienceMs;
  while (!(await done())) {
    if (performance.now() > late) throw new Error(`waited in vain for: ${what}`);
    await delay(20);
  }
}
