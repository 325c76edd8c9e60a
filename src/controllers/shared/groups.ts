import { groupProjectionName, type GroupProjection, type SyncConfiguration } from '../../api/kinds.ts';
import type { Dependencies } from './dependencies.ts';

/** The record of a group, and whose it is. */
export interface RecordedGroup {
  readonly deps: Dependencies;
  readonly record: GroupProjection;
  readonly configuration: SyncConfiguration;
}

/** The record of the same group that a record of a preview is compared with; undefined where there is none, or it is no preview. */
export function liveGroup({ deps, record, configuration }: RecordedGroup): GroupProjection | undefined {
  const { previewOf } = configuration.spec;
  if (previewOf === undefined) return undefined;
  const { namespace } = record.metadata;
  return deps.groups.lister.get({ namespace, name: groupProjectionName(previewOf.name, record.spec.source.objectId) });
}

/** How long ago we last wrote to a group, by the status of its record, in ms; undefined: never. A time of a clock that was ahead of ours counts as now. */
export function sinceWritten(
  { clock }: Pick<Dependencies, 'clock'>,
  { targetGroup, lastWriteAt }: GroupProjection['status'],
): number | undefined {
  const times = [targetGroup?.createdAt, targetGroup?.deletedAt, lastWriteAt].flatMap((at) => (at === undefined ? [] : [Date.parse(at)]));
  return times.length === 0 ? undefined : Math.max(0, clock.now() - Math.max(...times));
}

/** Whether what we wrote to a group, or begin to write, may still be on its way to those who read. */
export function isWrittenRecently(deps: Pick<Dependencies, 'clock' | 'settings'>, status: GroupProjection['status']): boolean {
  if (status.targetGroup === undefined) return false;
  const { replicationWindowMs } = deps.settings;
  const begun = status.intent === undefined ? undefined : deps.clock.now() - Date.parse(status.intent.at);
  return [sinceWritten(deps, status), begun].some((age) => age !== undefined && age < replicationWindowMs);
}
