import type { SyncConfiguration, TenantPair } from '../../api/kinds.ts';
import type { Dependencies } from './dependencies.ts';

/** Whether this process holds the shard of a pair: nobody else looks after it, or says how it stands. */
export function looksAfterPair({ shards }: Pick<Dependencies, 'shards'>, { spec }: TenantPair): boolean {
  return shards.holds(shards.shardOf(spec.target.tenantId));
}

/** The same of a configuration; who holds the first shard speaks for those whose pair is missing. */
export function looksAfterConfiguration(
  deps: { readonly shards: Dependencies['shards']; readonly pairs: Pick<Dependencies['pairs'], 'lister'> },
  { metadata, spec }: SyncConfiguration,
): boolean {
  const pair = deps.pairs.lister.get({ namespace: metadata.namespace, name: spec.tenantPairRef.name });
  return pair ? looksAfterPair(deps, pair) : deps.shards.holds(0);
}
