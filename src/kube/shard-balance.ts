import type { LeaseRecord } from './lease.ts';

/** A Lease of a shard that somebody holds at the moment. */
export type LiveLease = Pick<LeaseRecord, 'name' | 'holder' | 'wantedBy'>;

const count = <T>(items: readonly T[], is: (item: T) => boolean): number => items.filter(is).length;

/**
 * Leases that a replica with few shards asks for: half of what the busiest has more, so that two replicas end up at most one
 * apart. What is asked for already counts as handed over, so that nobody asks twice.
 */
export function wishes(live: readonly LiveLease[], identity: string): readonly string[] {
  const mine = count(live, ({ holder, wantedBy }) => (wantedBy === undefined ? holder === identity : wantedBy === identity));
  const others = new Map<string, LiveLease[]>();
  for (const lease of live) {
    if (lease.holder === identity || lease.wantedBy !== undefined) continue;
    const leases = others.get(lease.holder) ?? [];
    leases.push(lease);
    others.set(lease.holder, leases);
  }
  const [busiest = []] = [...others.values()].sort((a, b) => b.length - a.length);
  const share = Math.max(0, Math.floor((busiest.length - mine) / 2));
  return busiest.slice(0, share).map(({ name }) => name);
}

/**
 * Which of the wishes for its Leases a replica grants: as long as it has at least two more than the one who asks, both as they
 * will be after what was granted before.
 */
export function grants(live: readonly LiveLease[], identity: string, granted: ReadonlySet<string>): readonly string[] {
  const loads = new Map<string, number>();
  const add = (who: string, by: number): void => void loads.set(who, (loads.get(who) ?? 0) + by);
  for (const { name, holder, wantedBy } of live) add(granted.has(name) && wantedBy !== undefined ? wantedBy : holder, 1);
  const given: string[] = [];
  for (const { name, holder, wantedBy } of live) {
    if (holder !== identity || wantedBy === undefined || granted.has(name)) continue;
    if ((loads.get(identity) ?? 0) - (loads.get(wantedBy) ?? 0) < 2) continue;
    given.push(name);
    add(identity, -1);
    add(wantedBy, 1);
  }
  return given;
}
