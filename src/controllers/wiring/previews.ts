import { projectionName, type SyncConfiguration, type UserProjection } from '../../api/kinds.ts';
import { factsCompared, isPreview } from '../../core/projection/preview.ts';
import { priorities } from '../../ports/reconcile.ts';
import { keyString } from '../../ports/resources.ts';
import { configurationIndexes, type Dependencies } from '../shared/dependencies.ts';

/** Configurations that are previews of one. */
export const previewsOf = (deps: Dependencies, { metadata }: Pick<SyncConfiguration, 'metadata'>): readonly SyncConfiguration[] =>
  deps.configurations.lister.byIndex(configurationIndexes.previewOf, keyString(metadata));

/** What a preview says of a person rests on the record of the configuration that it is a preview of (G8). */
export function wakePreviews(deps: Dependencies, old: UserProjection | undefined, now: UserProjection | undefined): void {
  const record = now ?? old;
  if (record === undefined || isPreview(record)) return;
  const { namespace } = record.metadata;
  const previews = previewsOf(deps, { metadata: { ...record.metadata, name: record.spec.syncConfigurationRef.name } });
  if (previews.length === 0 || factsCompared(old) === factsCompared(now)) return;
  for (const preview of previews) {
    const name = projectionName(preview.metadata.name, record.spec.source.objectId);
    deps.enqueue.projection(keyString({ namespace, name }), { priority: priorities.background });
  }
}
