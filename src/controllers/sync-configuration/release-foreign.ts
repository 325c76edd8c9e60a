import type { SyncConfiguration, TenantPair, UserProjection } from '../../api/kinds.ts';
import { isOfPair } from '../../core/projection/claims.ts';
import { madeForGroupOf, tenantsKey } from '../../core/projection/groups.ts';
import { keyString } from '../../ports/resources.ts';
import { groupIndexes, type Dependencies } from '../shared/dependencies.ts';
import { objectReference } from '../shared/skeleton.ts';
import { inParallel } from './cycle-run.ts';
import { countOf, namesIn } from './projections.ts';

/**
 * Lets go of records that were made for other tenants than those of the pair now, or as a preview where there is none now, as after a
 * configuration or pair was deleted and applied again under its name (I15): the records are deleted, the accounts stay, and it is said.
 * Returns how many there were.
 */
export async function releaseForeign(
  deps: Dependencies,
  configuration: SyncConfiguration,
  pair: TenantPair,
  signal: AbortSignal,
): Promise<number> {
  const whose = { deps, configurationKey: keyString(configuration.metadata) };
  const groups = deps.groups.lister
    .byIndex(groupIndexes.configuration, whose.configurationKey)
    .filter((record) => record.metadata.deletionTimestamp === undefined && tenantsKey(record) !== tenantsKey(pair));
  await inParallel(groups, 16, ({ metadata }) => deps.groups.writer.delete(metadata, { uid: metadata.uid, signal }));
  const { previewOf } = configuration.spec;
  const own = deps.projections.lister.count(madeForGroupOf(whose.configurationKey, tenantsKey(pair), previewOf?.name));
  if (own === countOf(whose, 'All')) return 0;
  const isForeign = ({ metadata, spec }: UserProjection): boolean =>
    metadata.deletionTimestamp === undefined && !(isOfPair(spec, pair) && spec.previewOf?.name === previewOf?.name);
  const foreign = await namesIn(whose, 'All', isForeign);
  if (foreign.length === 0) return 0;
  await inParallel(foreign, 16, ({ metadata }) => deps.projections.writer.delete(metadata, { uid: metadata.uid, signal }));
  deps.events.emit(objectReference(configuration), {
    type: 'Warning',
    reason: 'TenantsChanged',
    action: 'Release',
    note: `${foreign.length} record(s) were made for other tenants than those of TenantPair ${pair.metadata.name} now, or for another preview. They are let go; the accounts stay as they are.`,
  });
  return foreign.length;
}
