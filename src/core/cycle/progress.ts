/** No cycle is called stuck sooner, however short the interval: a throttled source asks for minutes. */
const leastPatienceMs = 15 * 60_000;

/** How long a cycle may go without reading anything new or writing anything, in milliseconds, before it says so. */
export function patienceMs(intervalMs: number): number {
  return Math.max(leastPatienceMs, 3 * intervalMs);
}
