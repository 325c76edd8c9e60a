import { groupProjectionName, type GroupProjection } from '../../api/kinds.ts';
import type { GroupWork } from './work.ts';

/** The record of the same group that a record of a preview is compared with; undefined where there is none, or it is no preview. */
export function liveGroup({
  deps,
  record,
  configuration,
}: Pick<GroupWork, 'deps' | 'record' | 'configuration'>): GroupProjection | undefined {
  const { previewOf } = configuration.spec;
  if (previewOf === undefined) return undefined;
  const { namespace } = record.metadata;
  return deps.groups.lister.get({ namespace, name: groupProjectionName(previewOf.name, record.spec.source.objectId) });
}

/**
 * The status by which decisions are made: of a preview that of the record of the configuration itself, with its group and what was written to it (G8). What
 * a preview finds out is none of its own facts.
 */
export function supposedStatus(work: Pick<GroupWork, 'deps' | 'record' | 'configuration' | 'status'>): GroupProjection['status'] {
  if (work.configuration.spec.previewOf === undefined) return work.status;
  return liveGroup(work)?.status ?? { observedGeneration: -1, state: 'Pending' };
}
