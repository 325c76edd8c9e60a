import { groupProjectionName, labels, type GroupProjection } from '../../../api/kinds.ts';
import { type GroupNaming, type Naming } from '../../../core/groups/names.ts';
import {
  presentGroup,
  removeGroup,
  trustedGroupSpec,
  type GroupContent,
  type UnsealedGroupSpec,
} from '../../../core/groups/transitions.ts';
import { restartAsked } from '../../../core/cycle/schedule.ts';
import { awaitsAttempt } from '../../../core/groups/attempts.ts';
import { hashOf } from '../../../core/hash.ts';
import { isUntampered, sealSpec } from '../../../core/projection/sealed-spec.ts';
import { mergePatchBetween } from '../../../core/status/merge-patch.ts';
import type { DirectoryGroup } from '../../../ports/directory.ts';
import { priorities } from '../../../ports/reconcile.ts';
import { KubeError, keyString } from '../../../ports/resources.ts';
import { namingOf } from '../../shared/compiled.ts';
import { groupIndexes } from '../../shared/dependencies.ts';
import { recordFacts } from '../../shared/skeleton.ts';
import { call, CycleFailure, inSteps, readOptions, type CycleRun, type Steps } from '../cycle-run.ts';
import { followGroups } from './follow.ts';
import { selectGroups } from './select.ts';

/** Ids read in one step. */
const stepSize = 100;
/** As long as a deleted group stays in the recycle bin. */
const recycleMs = 30 * 24 * 3_600_000;

/** What the watermark keeps of the groups that are projected. */
export interface GroupLinks {
  readonly projectedGroups: string | undefined;
  readonly projectedGroupIds: string | undefined;
}

const noLinks: GroupLinks = { projectedGroups: undefined, projectedGroupIds: undefined };

/** The records of the groups of a configuration. */
const recordsOf = ({ deps, configurationKey }: Pick<CycleRun, 'deps' | 'configurationKey'>): readonly GroupProjection[] =>
  deps.groups.lister
    .byIndex(groupIndexes.configuration, configurationKey)
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined);

/**
 * Projects the selected groups: each has a record, which its own controller makes the target agree with. An incremental cycle reads what has changed of
 * them since `links`, a full one all; whoever is not selected any more is let go, or its deletion waits for a decision. Rejects as a cycle does.
 */
export async function* projectGroups(run: CycleRun, links: string | undefined): Steps<GroupLinks> {
  const { groups: spec } = run.configuration.spec;
  if (spec === undefined) {
    yield* letGo(run, recordsOf(run));
    return noLinks;
  }
  const naming = namingOf(run.configuration);
  if ('message' in naming) throw new CycleFailure(naming.reason, naming.message, { stalled: true });
  const { ids, resolved } = yield* selectGroups(run);
  run.findings.resolveGroups(resolved);
  const about = hashOf([[...ids].sort(), spec, run.configuration.spec.mode]);
  const followed = yield* followGroups(run, ids, { about, links });
  const all = new Map(recordsOf(run).map((record) => [record.spec.source.objectId.toLowerCase(), record]));
  const isOpen = (id: string): boolean => {
    const record = all.get(id);
    return (
      record === undefined ||
      !isUntampered(record.spec) ||
      record.spec.lifecycle !== 'Present' ||
      run.deps.groupMemory.isLookRequested(keyString(record.metadata))
    );
  };
  const due = [...ids].filter((id) => followed.touched === 'All' || followed.touched.has(id) || isOpen(id));
  yield* projectDue(run, naming, due, all);
  const unselected = [...all.values()].filter((record) => !ids.has(record.spec.source.objectId.toLowerCase()));
  yield* inSteps(run, run.configuration.spec.previewOf === undefined ? unselected : [], async (seen) => {
    const record = current(run, seen);
    if (record !== undefined) await remove(run, record, 'Unassigned');
  });
  yield* previewRemovals(run, ids, unselected);
  if (run.kind === 'Full')
    yield* letGo(
      run,
      [...all.values()].filter((record) => isOver(run, record)),
    );
  return followed.links === undefined ? noLinks : { projectedGroups: followed.links, projectedGroupIds: about };
}

async function* projectDue(run: CycleRun, naming: Naming, due: readonly string[], all: ReadonlyMap<string, GroupProjection>): Steps<void> {
  for (let from = 0; from < due.length; from += stepSize) {
    const ids = due.slice(from, from + stepSize);
    const found = yield* call(run, () => run.session.source.getGroups(ids, readOptions(run)));
    yield* inSteps(run, ids, async (id) => {
      const group = found.get(id);
      const record = current(run, all.get(id));
      if (group !== undefined) await project(run, naming, group, record);
      else if (record !== undefined) await remove(run, record, 'Deleted');
      else
        run.findings.warn({
          reason: 'ScopeNameNotFound',
          message: `spec.groups.select: the source has no group ${id}. Correct it, or take it out.`,
        });
    });
    yield { waitMs: 0 };
  }
}

/** A record as it stands now: its own controller writes it meanwhile, and a step that met a conflict is repeated. */
function current({ deps }: CycleRun, record: GroupProjection | undefined): GroupProjection | undefined {
  return record && deps.groups.lister.get(record.metadata);
}

/** Writes what a group should be, and has its record looked at: its members may have changed where nothing else has. */
async function project(run: CycleRun, naming: Naming, group: DirectoryGroup, record: GroupProjection | undefined): Promise<void> {
  const defaultDomain = run.pair.status.source?.defaultDomain;
  const { mailNickname = null, description = null } = group;
  const named = naming.name(
    { ...group, mailNickname, description },
    { now: run.deps.clock.now(), ...(defaultDomain === undefined ? {} : { defaultDomain }) },
  );
  const content = contentOf(run, group.id, named, record);
  const former = record && trustedGroupSpec(record.spec);
  const isWritten = await write(run, record, presentGroup(former, content));
  const { namespace, name } = run.configuration.metadata;
  const key = keyString({ namespace, name: groupProjectionName(name, group.id) });
  // Of what has failed, and of an object of the target that is in the way, changes of the source tell nothing.
  if (!isWritten && record !== undefined && awaitsAttempt(record.status, run.deps.clock.now()) && !(await begunAnew(run, record))) return;
  look(run, key);
}

/** Whether a group is tried before its time: who reads everything asks for what is in the way, too, and a restart begins anew with what has failed. */
async function begunAnew(run: CycleRun, { metadata, status }: GroupProjection): Promise<boolean> {
  const restarted = restartAsked(run.configuration.status, run.answers);
  if (run.kind === 'Incremental' || (status.state === 'Failed' && !restarted)) return false;
  if (restarted) await recordFacts(run.deps.groups, metadata, { attempts: 0 }, { signal: run.turn.signal });
  run.deps.groupMemory.requestAttempt(keyString(metadata));
  return true;
}

function contentOf(run: CycleRun, objectId: string, named: GroupNaming, record: GroupProjection | undefined): GroupContent {
  const { spec, metadata } = run.configuration;
  const kept = record !== undefined && isUntampered(record.spec) ? record.spec.attributes : undefined;
  return {
    syncConfigurationRef: { name: metadata.name },
    source: { tenantId: run.pair.spec.source.tenantId, objectId },
    target: { tenantId: run.pair.spec.target.tenantId },
    mode: spec.mode,
    // What cannot be computed any more stays as it was.
    ...('failure' in named
      ? { failedMapping: named.failure.slice(0, 1024), ...(kept === undefined ? {} : { attributes: kept }) }
      : { attributes: named }),
    members: {
      membership: spec.groups?.membership ?? 'Direct',
      propagateRemovals: spec.groups?.propagateRemovals ?? true,
      exclusive: spec.groups?.exclusiveMembership ?? false,
    },
  };
}

function removalOf(run: CycleRun, reason: 'Deleted' | 'Unassigned'): NonNullable<UnsealedGroupSpec['removal']> {
  const deletes = run.configuration.spec.groups?.deprovisioning === 'SoftDelete' && run.pair.spec.limits?.allowDelete !== false;
  return { reason, action: deletes ? 'SoftDelete' : 'Retain' };
}

async function remove(run: CycleRun, record: GroupProjection, reason: 'Deleted' | 'Unassigned'): Promise<void> {
  const desired = removeGroup(trustedGroupSpec(record.spec), run.configuration.spec.mode, removalOf(run, reason));
  const isWritten = await write(run, record, desired);
  const isTriedAnew = !isWritten && awaitsAttempt(record.status, run.deps.clock.now()) && (await begunAnew(run, record));
  if (isWritten || isTriedAnew) look(run, keyString(record.metadata));
}

/** A preview that does not select a group of the configuration itself says what would become of it; of what neither has it says nothing any more. */
async function* previewRemovals(run: CycleRun, ids: ReadonlySet<string>, unselected: readonly GroupProjection[]): Steps<void> {
  const { previewOf } = run.configuration.spec;
  if (previewOf === undefined) return;
  const { namespace, name } = run.configuration.metadata;
  const own = new Map(unselected.map((record) => [record.spec.source.objectId.toLowerCase(), record]));
  const live = run.deps.groups.lister
    .byIndex(groupIndexes.configuration, keyString({ namespace, name: previewOf.name }))
    .filter(({ metadata, spec, status: { targetGroup } }) => {
      const isThere = targetGroup !== undefined && targetGroup.deletedAt === undefined && targetGroup.releasedAt === undefined;
      return isThere && metadata.deletionTimestamp === undefined && spec.lifecycle === 'Present';
    });
  const left = live.filter(({ spec }) => !ids.has(spec.source.objectId.toLowerCase()));
  yield* inSteps(run, left, async ({ spec }) => {
    const { attributes, members, source, target } = trustedGroupSpec(spec);
    const content = { source, target, ...(attributes && { attributes }), ...(members && { members }) };
    const former = { ...content, syncConfigurationRef: { name }, mode: 'Plan' as const, lifecycle: 'Present' as const };
    const record = current(run, own.get(source.objectId.toLowerCase()));
    if (!(await write(run, record, removeGroup(former, 'Plan', removalOf(run, 'Unassigned'))))) return;
    look(run, keyString({ namespace, name: groupProjectionName(name, source.objectId) }));
  });
  const told = new Set(left.map(({ spec }) => spec.source.objectId.toLowerCase()));
  yield* letGo(
    run,
    unselected.filter(({ spec }) => !told.has(spec.source.objectId.toLowerCase())),
  );
}

/** Writes a record if it differs; gives whether it did. */
async function write(run: CycleRun, record: GroupProjection | undefined, desired: UnsealedGroupSpec): Promise<boolean> {
  const { namespace, name: configuration } = run.configuration.metadata;
  const spec = sealSpec(desired);
  const { signal } = run.turn;
  if (record === undefined) {
    const name = groupProjectionName(configuration, spec.source.objectId);
    const metadata = { name, namespace, labels: { [labels.tenantPair]: run.pair.metadata.name, [labels.configuration]: configuration } };
    try {
      await run.deps.groups.writer.create({ metadata, spec }, { signal });
    } catch (error) {
      // The store has not heard of it yet: the next cycle goes on with it.
      if (!(error instanceof KubeError) || error.kind !== 'AlreadyExists') throw error;
    }
  } else {
    if (record.spec.revision === spec.revision && isUntampered(record.spec)) return false;
    const patch = mergePatchBetween(record.spec, spec);
    const { resourceVersion } = record.metadata;
    if (patch) await run.deps.groups.writer.patch(record.metadata, { spec: patch }, { signal, resourceVersion });
  }
  run.findings.countWrite();
  return true;
}

/** Has a record looked at within this cycle, and once more when whatever the source has announced must be visible. */
function look({ deps, configurationKey }: CycleRun, key: string): void {
  deps.groupMemory.requestLook(key);
  deps.groupMemory.lookAgainAt(key, deps.clock.monotonic() + deps.settings.replicationWindowMs);
  deps.tracker.changed(configurationKey, `groups/${key}`);
  deps.enqueue.group(key, { priority: priorities.update });
}

/** Whether nothing is left to remember of a group. */
function isOver({ deps }: CycleRun, { spec, status }: GroupProjection): boolean {
  if (spec.lifecycle !== 'Removed') return false;
  if (status.state === 'Retained') return true;
  const { deletedAt } = status.targetGroup ?? {};
  return status.state === 'SoftDeleted' && deletedAt !== undefined && deps.clock.now() - Date.parse(deletedAt) > recycleMs;
}

/** Takes records away; the groups in the target stay as they are. */
async function* letGo(run: CycleRun, records: readonly GroupProjection[]): Steps<void> {
  yield* inSteps(run, records, async ({ metadata }) => {
    await run.deps.groups.writer.delete(metadata, { uid: metadata.uid, signal: run.turn.signal });
  });
}
