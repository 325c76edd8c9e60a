import type { GroupProjectionStatus } from '../../api/generated.ts';
import type { GroupProjection, SyncConfiguration, TenantPair } from '../../api/kinds.ts';
import { adoptedGroupAnchor, groupAnchor } from '../../core/groups/anchor.ts';
import { groupSyncRefusal } from '../../core/preflight/group-permission.ts';
import type { CallOptions } from '../../ports/directory.ts';
import type { GroupDirectory } from '../../ports/group-directory.ts';
import { priorities } from '../../ports/reconcile.ts';
import type { WriteOptions } from '../../ports/resources.ts';
import { mayWrite } from '../shared/access-gate.ts';
import { isEvaluated } from '../shared/compiled.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import { asksForDeprovisioning } from '../shared/deprovisioning.ts';
import type { PairSession } from '../shared/pair-sessions.ts';
import { writeStatus, type StatusChange } from '../shared/skeleton.ts';
import { behindGate, Deferred, obstacleTo, type Obstacle } from '../shared/write-gate.ts';

/** What the work on one group knows of its pair's session: the target is written through {@link GroupWork.groups} alone. */
export type GroupSession = Pick<
  PairSession,
  'source' | 'target' | 'groups' | 'groupAccess' | 'verdict' | 'entraJob' | 'accessCheckedAt' | 'accessCheck'
>;

/** One pass over the record of one group: what it works on, and what it has done so far. */
export interface GroupWork {
  readonly deps: Dependencies;
  readonly key: string;
  readonly record: GroupProjection;
  readonly configuration: SyncConfiguration;
  readonly configurationKey: string;
  readonly pair: TenantPair;
  readonly session: GroupSession;
  /** The groups of the target behind the write gate. */
  readonly groups: GroupDirectory;
  readonly options: CallOptions;
  /** The status as last written. */
  status: GroupProjectionStatus;
  resourceVersion: string;
  /** When the pass began (monotonic). */
  readonly startedAt: number;
  readonly done: { readonly attributes: string[]; added: number; removed: number; pages: number; readonly steps: string[] };
}

/** No write to groups starts on a reading of the target's setting that is older than this; the promise to the target is 60 s (I5). */
const accessFreshMs = 45_000;
const oldestAccessMs = 58_000;

/** The name under which a cycle follows the record of a group: records of people may have the same. */
export const trackedAs = (key: string): string => `groups/${key}`;

/** The unique name of the group in the target, where we have made it. */
export function anchorOf({ deps, record }: Pick<GroupWork, 'deps' | 'record'>): string {
  return groupAnchor(deps.settings.installationId, record.spec.source);
}

/** The unique name of the group in the target, where it was taken over. */
export function adoptedAnchorOf({ deps, record }: Pick<GroupWork, 'deps' | 'record'>): string {
  return adoptedGroupAnchor(deps.settings.installationId, record.spec.source);
}

/** Writes what differs from the status as last written. With `locked`, only if nobody has written the record in between. */
export async function persist(work: GroupWork, desired: GroupProjectionStatus, locked: 'Locked' | 'Anyhow'): Promise<void> {
  await change(work, { desired, tell: 'Nothing' }, locked === 'Locked' ? { resourceVersion: work.resourceVersion } : {});
}

/** Writes the status that a pass ends with, and tells of what has changed since it began. */
export function persistEnd(work: GroupWork, desired: GroupProjectionStatus): Promise<void> {
  return change(work, { desired, tell: 'Changes', told: work.record.status.conditions ?? [] }, {});
}

async function change(work: GroupWork, status: StatusChange<GroupProjection>, lock: WriteOptions): Promise<void> {
  const { deps, record, options } = work;
  const seen = { ...record, status: work.status };
  const written = await writeStatus(deps, deps.groups, seen, { ...status, ...lock, signal: options.signal });
  if (!written) return;
  work.status = written.status;
  work.resourceVersion = written.metadata.resourceVersion;
}

/**
 * Makes sure that the target allows the work, by its settings for people and for groups, as they were read not too long ago. Gives the reason where it
 * does not allow groups. Rejects with Deferred where nothing may be written at all.
 */
export async function accessRefusal(
  work: Pick<GroupWork, 'deps' | 'record' | 'pair' | 'session' | 'options'>,
): Promise<ReturnType<typeof groupSyncRefusal>> {
  const { deps, record, pair, session } = work;
  const options = { signal: work.options.signal, priority: priorities.onDemand };
  if (record.spec.mode === 'Apply' && !(await mayWrite(deps, pair, session, options))) throw new Deferred('AccessNotGranted');
  const { groupAccess } = session;
  if (groupAccess === undefined || deps.clock.monotonic() - groupAccess.checkedAt > accessFreshMs) {
    const checkedAt = deps.clock.monotonic();
    session.groupAccess = { allowed: await session.groups.groupSyncAllowed(pair.spec.source.tenantId, options), checkedAt };
  }
  return groupSyncRefusal(session.groupAccess?.allowed, pair.spec.crossTenantAccess.withoutGroupPolicy);
}

/**
 * Whether a record says what its configuration says: a configuration that was changed is evaluated first, and nobody is taken out of a group, and no group
 * deleted, by what it said before (I11).
 */
export function restsOnConfiguration({ deps, record, configuration }: Pick<GroupWork, 'deps' | 'record' | 'configuration'>): boolean {
  const current = deps.configurations.lister.get(configuration.metadata);
  if (current === undefined) return false;
  // Nothing is evaluated for a configuration that is deleted: what it says about its own end counts.
  if (record.spec.removal?.reason === 'ConfigurationDeleted') return deprovisionsGroups(current);
  return isEvaluated(current);
}

/** Whether a configuration is being deleted, and takes its groups with it. */
function deprovisionsGroups(configuration: SyncConfiguration): boolean {
  const { metadata, spec } = configuration;
  return metadata.deletionTimestamp !== undefined && asksForDeprovisioning(configuration) && spec.groups?.deprovisioning === 'SoftDelete';
}

/** Why an approved deletion of the group waits, in words; undefined: it does not. */
export function deletionHold(work: Pick<GroupWork, 'deps' | 'record' | 'configuration' | 'pair'>): string | undefined {
  const { limits } = (work.deps.pairs.lister.get(work.pair.metadata) ?? work.pair).spec;
  if (limits?.allowDelete === false)
    return 'The deletion of the group was approved; limits.allowDelete of the TenantPair does not allow it.';
  if (restsOnConfiguration(work)) return undefined;
  return 'The deletion of the group was approved, and waits until everybody was evaluated by the SyncConfiguration as it is now.';
}

/** Why no write for the record may start at this instant, if so. */
function obstacle(work: Omit<GroupWork, 'groups'>): Obstacle | undefined {
  const { deps, record, pair, session } = work;
  const found = obstacleTo({ ...work, current: () => deps.groups.lister.get(record.metadata) });
  if (found !== undefined) return found;
  const { groupAccess } = session;
  if (groupAccess === undefined || deps.clock.monotonic() - groupAccess.checkedAt > oldestAccessMs) return 'AccessNotChecked';
  return groupSyncRefusal(groupAccess.allowed, pair.spec.crossTenantAccess.withoutGroupPolicy);
}

/** The groups of the target with each write behind the gate. */
export function guardGroups(groups: GroupDirectory, work: Omit<GroupWork, 'groups'>): GroupDirectory {
  const guarded = behindGate(() => obstacle(work));
  // What was decided by rules that do not hold any more is not carried out, although the pass began before they were changed.
  const removal = behindGate(() => obstacle(work) ?? (restsOnConfiguration(work) ? undefined : 'PolicyChanged'));
  const deletion = behindGate(() => obstacle(work) ?? (deletionHold(work) === undefined ? undefined : 'PolicyChanged'));
  return {
    groupSyncAllowed: (partner, options) => groups.groupSyncAllowed(partner, options),
    getGroup: (id, options) => groups.getGroup(id, options),
    findByUniqueName: (name, options) => groups.findByUniqueName(name, options),
    findNamed: (name, options) => groups.findNamed(name, options),
    findNicknamed: (name, options) => groups.findNicknamed(name, options),
    findAnchored: (prefix, options) => groups.findAnchored(prefix, options),
    getDeletedGroup: (id, options) => groups.getDeletedGroup(id, options),
    findDeleted: (name, options) => groups.findDeleted(name, options),
    membersPage: (request, options) => groups.membersPage(request, options),
    createGroup: guarded((guard, name, names, options) => groups.createGroup(name, names, { ...options, ...guard })),
    updateGroup: guarded((guard, id, changes, options) => groups.updateGroup(id, changes, { ...options, ...guard })),
    deleteGroup: deletion((guard, id, options) => groups.deleteGroup(id, { ...options, ...guard })),
    restoreGroup: guarded((guard, id, options) => groups.restoreGroup(id, { ...options, ...guard })),
    addMembers: guarded((guard, id, members, options) => groups.addMembers(id, members, { ...options, ...guard })),
    removeMembers: removal((guard, id, members, options) => groups.removeMembers(id, members, { ...options, ...guard })),
  };
}
