import type { TenantPair } from '../../api/kinds.ts';
import { timestamp } from '../duration.ts';
import { findCondition, isReady } from '../status/conditions.ts';
import { notInFuture } from '../wire/times.ts';

/** What is recorded of a pair's hold on its two tenants. */
export interface Holding {
  readonly holdsTenantsSince?: string;
  readonly unableSince?: string;
}

/** A pair that cannot work keeps its tenants for so long: an outage, or a Secret that is being replaced, hands them to no other pair. */
const graceMs = 3_600_000;

/** Since when a pair holds its tenants. One that was Ready before holds were recorded counts from then. */
function heldSince({ status }: TenantPair): string | undefined {
  return status.holdsTenantsSince ?? (isReady(status) ? findCondition(status.conditions, 'Ready')?.lastTransitionTime : undefined);
}

/**
 * The holder of two tenants among the pairs for them: the pair that may act. Several pairs on record as holders, which only a lost write, a
 * backup or an old version can have left, mean the first of them. Undefined: no pair holds them yet. A pair that has never been Ready holds
 * nothing, however old it is, so that it blocks no other.
 */
export function holderOf(pairs: readonly TenantPair[]): TenantPair | undefined {
  const holders = pairs.filter((pair) => heldSince(pair) !== undefined);
  return holders.toSorted((a, b) => compare(sortKey(a), sortKey(b)))[0];
}

function sortKey(pair: TenantPair): readonly string[] {
  const { creationTimestamp, namespace, name } = pair.metadata;
  return [heldSince(pair) ?? '', creationTimestamp, `${namespace}/${name}`];
}

function compare(a: readonly string[], b: readonly string[]): number {
  const index = a.findIndex((part, at) => part !== b[at]);
  return index < 0 ? 0 : (a[index] ?? '') < (b[index] ?? '') ? -1 : 1;
}

/** The findings of a check of a pair that no other pair's hold has stopped. */
export interface HoldingFacts {
  /** The pair may act. */
  readonly ready: boolean;
  /** The pair signs in to both tenants and has the permissions. Anything else is the tenants' own doing, and the same for every pair. */
  readonly able: boolean;
  /** Another pair for the same tenants waits. */
  readonly awaited: boolean;
  /** Epoch milliseconds. */
  readonly now: number;
}

/**
 * The hold of a pair after a check: taken by the first pair that is Ready, kept through an hour of failures, given up after it if another
 * pair waits.
 */
export function holdingAfter(pair: TenantPair, { ready, able, awaited, now }: HoldingFacts): Holding {
  const since = heldSince(pair);
  if (since === undefined) return ready ? { holdsTenantsSince: timestamp(now) } : {};
  if (able) return { holdsTenantsSince: since };
  const recorded = pair.status.unableSince;
  const unableSince = recorded === undefined ? now : notInFuture(Date.parse(recorded), now);
  if (awaited && now - unableSince >= graceMs) return {};
  return { holdsTenantsSince: since, unableSince: timestamp(unableSince) };
}
