import type { GroupProjection } from '../../../api/kinds.ts';
import type { DriftPolicy } from '../../../core/drift/compare.ts';
import { driftEntries, showsDrift } from '../../../core/drift/entries.ts';
import { timestamp } from '../../../core/duration.ts';
import { groupAnchorPrefix } from '../../../core/groups/anchor.ts';
import { driftedNames } from '../../../core/groups/decide.ts';
import { isUntampered } from '../../../core/projection/sealed-spec.ts';
import type { Breathe } from '../../../ports/clock.ts';
import type { GroupDirectory, TargetGroup } from '../../../ports/group-directory.ts';
import { priorities } from '../../../ports/reconcile.ts';
import { KubeError, keyString } from '../../../ports/resources.ts';
import { isWrittenRecently } from '../../shared/groups.ts';
import { groupIndexes, type Dependencies } from '../../shared/dependencies.ts';
import { recordFacts } from '../../shared/skeleton.ts';
import { inSteps, retried, type Steps, type Turn } from '../cycle-run.ts';

/** What a pass over groups works on. */
export interface GroupsPass {
  readonly deps: Dependencies;
  readonly configurationKey: string;
  readonly groups: Pick<GroupDirectory, 'findAnchored'>;
  readonly policy: DriftPolicy;
  readonly breathe: Breathe;
  readonly turn: Turn;
  /** Not there where the configuration has no groups. */
  readonly counts: { driftedGroups?: number };
}

/** Records of the configuration whose groups are in the target, as far as is known. */
const recordsOf = ({ deps, configurationKey }: GroupsPass): readonly GroupProjection[] =>
  deps.groups.lister.byIndex(groupIndexes.configuration, configurationKey).filter(({ metadata, spec, status: { targetGroup } }) => {
    const isThere = targetGroup !== undefined && targetGroup.deletedAt === undefined && targetGroup.releasedAt === undefined;
    return isThere && metadata.deletionTimestamp === undefined && spec.lifecycle === 'Present' && isUntampered(spec);
  });

/**
 * Compares the names of the groups that are ours with those that were written, by a list of the target's groups (E11). What differs is recorded, or set back
 * by a look at the group, which reads it first. Members are compared with the source at each look, and are no matter of drift.
 */
export async function* compareGroups(pass: GroupsPass): Steps<void> {
  const records = recordsOf(pass);
  if (records.length === 0) return;
  const options = { signal: pass.turn.signal, priority: priorities.drift };
  const found = yield* retried(pass, () => pass.groups.findAnchored(groupAnchorPrefix, options));
  pass.turn.progress += 1;
  const live = new Map(found.map((group) => [group.id.toLowerCase(), group]));
  pass.counts.driftedGroups = 0;
  yield* inSteps(pass, records, (record) => compareGroup(pass, record, live.get(record.status.targetGroup?.objectId.toLowerCase() ?? '')));
}

/** A group that the list does not show is left to the looks at it: a list proves nothing. */
async function compareGroup(pass: GroupsPass, record: GroupProjection, live: TargetGroup | undefined): Promise<void> {
  if (live === undefined) return;
  const { deps } = pass;
  const names = driftedNames(record, live, isWrittenRecently(deps, record.status));
  if (names.length > 0) pass.counts.driftedGroups = (pass.counts.driftedGroups ?? 0) + 1;
  if (names.length > 0 && pass.policy === 'Correct') {
    const key = keyString(record.metadata);
    deps.groupMemory.requestLook(key);
    deps.enqueue.group(key, { priority: priorities.drift });
  } else if (!showsDrift(record.status, names)) await recordNames(pass, record, names);
}

/** Nobody looks for drift of groups any more. */
export async function* forgetGroups(pass: GroupsPass): Steps<void> {
  const drifted = recordsOf(pass).filter(({ status }) => status.drift !== undefined);
  yield* inSteps(pass, drifted, (record) => recordNames(pass, record, []));
}

/** Writes on the version of the record that was compared. */
async function recordNames({ deps, turn }: GroupsPass, { metadata, status }: GroupProjection, names: readonly string[]): Promise<void> {
  const drift = driftEntries(names, status.drift, timestamp(deps.clock.now())) ?? null;
  try {
    await recordFacts(deps.groups, metadata, { drift }, { resourceVersion: metadata.resourceVersion, signal: turn.signal });
  } catch (error) {
    if (!(error instanceof KubeError) || (error.kind !== 'Conflict' && error.kind !== 'NotFound')) throw error;
  }
  turn.progress += 1;
}
