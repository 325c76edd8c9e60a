import { keptUnder } from './window.ts';

const hourMs = 3_600_000;

/**
 * How many removals and blocks have passed between two tenants, by uid of the pair and hour since 1970. It outlives the pairs: one that is
 * deleted and applied again goes on with what was let through before.
 */
export type Ledger = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** The ledger with a set that has passed now; what no window reaches any more is kept as the pair keeps it ({@link keptUnder}). */
export function ledgerWith(ledger: Ledger, now: number, passed: { readonly pair: string; readonly count: number }): Ledger {
  const hour = String(Math.floor(now / hourMs));
  const own = ledger[passed.pair] ?? {};
  const counted = { ...ledger, [passed.pair]: { ...own, [hour]: (own[hour] ?? 0) + passed.count } };
  const kept = Object.entries(counted).map(([pair, hours]) => [pair, keptAt(hours, now)] as const);
  return Object.fromEntries(kept.filter(([, hours]) => Object.keys(hours).length > 0));
}

function keptAt(hours: Ledger[string], now: number): Ledger[string] {
  const kept: Record<string, number> = {};
  for (const [hour, count] of Object.entries(hours)) {
    const under = keptUnder(Number(hour) * hourMs, now);
    if (under !== undefined) kept[under / hourMs] = (kept[under / hourMs] ?? 0) + count;
  }
  return kept;
}

/** How many have passed since `from` for pairs that are gone. Whole hours count, and hours ahead of our clock: never too few. */
export function passedForGonePairs(ledger: Ledger, from: number, there: ReadonlySet<string>): number {
  return Object.entries(ledger)
    .filter(([pair]) => !there.has(pair))
    .flatMap(([, hours]) => Object.entries(hours))
    .filter(([hour]) => (Number(hour) + 1) * hourMs > from)
    .reduce((sum, [, count]) => sum + count, 0);
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);
const isCount = ([hour, count]: [string, unknown]): boolean => /^\d{1,9}$/.test(hour) && Number.isSafeInteger(count) && Number(count) >= 0;

/** A ledger as it was written; undefined for any other text: numbers that cannot be read are not taken for none. */
export function parseLedger(text: string): Ledger | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    const valid = isObject(parsed) && Object.values(parsed).every((hours) => isObject(hours) && Object.entries(hours).every(isCount));
    return valid ? (parsed as Ledger) : undefined;
  } catch {
    return undefined;
  }
}
