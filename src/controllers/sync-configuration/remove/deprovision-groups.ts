import type { GroupProjection, SyncConfiguration, TenantPair } from '../../../api/kinds.ts';
import { removalEvidence, removeGroup, trustedGroupSpec } from '../../../core/groups/transitions.ts';
import { sealSpec } from '../../../core/projection/sealed-spec.ts';
import { mergePatchBetween } from '../../../core/status/merge-patch.ts';
import { keyString } from '../../../ports/resources.ts';
import { groupIndexes, type Dependencies } from '../../shared/dependencies.ts';

/** Attempts after which a deletion counts as failed for good: all growing pauses are used up. */
const lastAttempt = 7;

const removal = { reason: 'ConfigurationDeleted', action: 'SoftDelete' } as const;

/** What of a deleted configuration's groups is still to be decided about, or to be carried out. */
export interface OutstandingGroups {
  readonly count: number;
  readonly staged: number;
}

/**
 * Takes a deleted configuration's groups out of the target where `groups.deprovisioning` asks for that: each is staged, always, with the people (A10). Where
 * it does not, groups stay as they are. Rejects with KubeError.
 */
export async function deprovisionGroups(
  deps: Dependencies,
  { metadata, spec }: SyncConfiguration,
  { spec: { limits } }: TenantPair,
  signal: AbortSignal,
): Promise<OutstandingGroups> {
  if (spec.groups?.deprovisioning !== 'SoftDelete' || limits?.allowDelete === false) return { count: 0, staged: 0 };
  const records = (): readonly GroupProjection[] =>
    deps.groups.lister.byIndex(groupIndexes.configuration, keyString(metadata)).filter((record) => isOutstanding(record));
  for (const record of records()) {
    if (record.spec.lifecycle !== 'Present' && record.spec.removal?.reason === removal.reason) continue;
    // What was decided for another reason rests on a reading of the source, which nobody reads any more.
    const desired = removeGroup({ ...trustedGroupSpec(record.spec), lifecycle: 'Present' }, spec.mode, removal);
    const patch = mergePatchBetween(record.spec, sealSpec(desired));
    if (patch) await deps.groups.writer.patch(record.metadata, { spec: patch }, { signal });
  }
  const left = records();
  return { count: left.length, staged: left.filter((record) => record.spec.lifecycle === 'RemovalStaged').length };
}

/** Whether a group is still to be deleted. One whose deletion was rejected, or has failed for good, is not. */
function isOutstanding({ metadata, spec, status }: GroupProjection): boolean {
  const { targetGroup, state, attempts = 0 } = status;
  const isThere = targetGroup !== undefined && targetGroup.deletedAt === undefined && targetGroup.releasedAt === undefined;
  if (metadata.deletionTimestamp !== undefined || !isThere) return false;
  if (spec.rejected === true && spec.evidence === removalEvidence(spec, removal)) return false;
  if (spec.lifecycle !== 'Removed' || status.observedGeneration !== metadata.generation) return true;
  return state !== 'Conflict' && !(state === 'Failed' && attempts >= lastAttempt);
}
