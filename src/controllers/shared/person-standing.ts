import type { SyncConfiguration } from '../../api/kinds.ts';
import { personStanding, type PersonStanding } from '../../core/groups/membership.ts';
import { personKeyOf } from '../../core/projection/claims.ts';
import { isPreview } from '../../core/projection/preview.ts';
import { projectionIndexes, type Dependencies } from './dependencies.ts';

/** Where a person of one tenant stands in another, whichever configuration projects them. A preview stands in place of the configuration itself. */
export function standingBetween(
  { projections }: Pick<Dependencies, 'projections'>,
  { source, target }: { readonly source: { readonly tenantId: string }; readonly target: { readonly tenantId: string } },
  person: string,
  preview?: Pick<SyncConfiguration, 'metadata' | 'spec'>,
): PersonStanding {
  const key = personKeyOf(source.tenantId, person, target.tenantId);
  const records = projections.lister.byIndex(projectionIndexes.person, key);
  const of = preview?.spec.previewOf?.name;
  if (preview === undefined || of === undefined) return personStanding(records.filter((each) => !isPreview(each)));
  const { name, namespace } = preview.metadata;
  return personStanding(
    records.filter((each) => {
      const isOf = (configuration: string): boolean =>
        each.metadata.namespace === namespace && each.spec.syncConfigurationRef.name === configuration;
      return isPreview(each) ? isOf(name) : !isOf(of);
    }),
  );
}
