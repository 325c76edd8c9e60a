import type { SyncConfiguration, UserProjection } from '../../api/kinds.ts';
import { personStanding, type PersonStanding } from '../../core/groups/membership.ts';
import { personKeyOf } from '../../core/projection/claims.ts';
import { isPreview } from '../../core/projection/preview.ts';
import { projectionIndexes, type Dependencies } from './dependencies.ts';

/** By whose records it is told where somebody stands. */
export type SeenBy =
  /** By those of every configuration. */
  | { readonly type: 'Everybody' }
  /** By those of every configuration; of a preview by its own in place of those of the configuration that it previews. */
  | { readonly type: 'Configuration'; readonly configuration: Pick<SyncConfiguration, 'metadata' | 'spec'> };

/** Where a person of one tenant stands in another, whichever configuration projects them. */
export function standingBetween(
  { projections }: Pick<Dependencies, 'projections'>,
  { source, target }: { readonly source: { readonly tenantId: string }; readonly target: { readonly tenantId: string } },
  person: string,
  seenBy: SeenBy,
): PersonStanding {
  const key = personKeyOf(source.tenantId, person, target.tenantId);
  const records = projections.lister.byIndex(projectionIndexes.person, key);
  return personStanding(records.filter((record) => isSeen(record, seenBy)));
}

function isSeen(record: UserProjection, seenBy: SeenBy): boolean {
  const previewed = seenBy.type === 'Configuration' ? seenBy.configuration.spec.previewOf?.name : undefined;
  if (seenBy.type === 'Everybody' || previewed === undefined) return !isPreview(record);
  const { name, namespace } = seenBy.configuration.metadata;
  const isOf = (configuration: string): boolean =>
    record.metadata.namespace === namespace && record.spec.syncConfigurationRef.name === configuration;
  return isPreview(record) ? isOf(name) : !isOf(previewed);
}
