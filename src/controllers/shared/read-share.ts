import type { TenantPair } from '../../api/kinds.ts';
import { clientIdOf } from '../../core/preflight/sign-in.ts';
import type { ShardOwnership } from '../../ports/lease.ts';

type Side = TenantPair['spec']['source'] | TenantPair['spec']['target'];

/** The applications that sign in on a side, in lower case. */
function clientIdsOf(side: Side): readonly (string | undefined)[] {
  const additional = 'additionalCredentials' in side ? (side.additionalCredentials ?? []) : [];
  return [side.credentials, ...additional].map((credentials) => clientIdOf(credentials)?.toLowerCase());
}

/**
 * The part of the read budget of one application in one tenant that falls to this process: of the shards whose pairs read that tenant with
 * that application, those that it holds. The parts of all processes make the whole, so that several shards of one source tenant read no
 * faster than one. A process that holds none of them may still have a request under way: it gets what one shard gets.
 */
export function readShareOf(
  pairs: Iterable<TenantPair>,
  budget: { readonly clientId: string; readonly tenantId: string },
  shards: ShardOwnership,
): number {
  const reads = (side: Side): boolean =>
    side.tenantId.toLowerCase() === budget.tenantId.toLowerCase() && clientIdsOf(side).includes(budget.clientId.toLowerCase());
  const readers = new Set<number>();
  for (const { spec } of pairs)
    if (!spec.suspend && (reads(spec.source) || reads(spec.target))) readers.add(shards.shardOf(spec.target.tenantId));
  const held = [...readers].filter((shard) => shards.holds(shard)).length;
  return readers.size === 0 ? 1 : Math.max(1, held) / readers.size;
}
