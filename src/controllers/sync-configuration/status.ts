import { annotations, type SyncConfiguration } from '../../api/kinds.ts';
import type { SyncConfigurationStatus } from '../../api/generated.ts';
import type { Reason } from '../../api/reasons.ts';
import { problemOf } from '../../core/cycle/failures.ts';
import { timestamp } from '../../core/duration.ts';
import type { RecordGroup } from '../../core/projection/groups.ts';
import { findCondition, makeCondition, type DesiredCondition } from '../../core/status/conditions.ts';
import { mergePatchBetween } from '../../core/status/merge-patch.ts';
import { summaryConditions, suspendedConditions, type Standing } from '../../core/status/summary.ts';
import { nobodyInScope, wellMessage } from '../../core/status/well.ts';
import { keyString } from '../../ports/resources.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import { conditionsNow, objectReference, writeStatus } from '../shared/skeleton.ts';
import { countGroups, driftedGroups } from './groups/counts.ts';
import { stagedCreations, stagedDeletions, stagedPurges } from './remove/decisions.ts';
import { countOf } from './projections.ts';

type Users = NonNullable<SyncConfigurationStatus['users']>;

/** Number of users by state. */
export function countUsers(whose: Parameters<typeof countOf>[0]): Required<Users> {
  const of = (group: RecordGroup): number => countOf(whose, group);
  const inScope = of('InScope');
  const settled = {
    synced: of('Synced'),
    failed: of('FailedInScope'),
    conflict: of('ConflictInScope'),
    skipped: of('SkippedInScope'),
    staged: of('StagedInScope'),
  };
  return {
    inScope,
    ...settled,
    pending: inScope - Object.values(settled).reduce((sum, count) => sum + count, 0),
    leaving: of('Leaving'),
    blocked: of('State/Blocked'),
    adopted: of('Adopted'),
    retained: of('State/Retained'),
    softDeleted: of('State/SoftDeleted'),
    pendingAcceptance: of('PendingAcceptance'),
  };
}

/** Number of users by state, with those whose records were deleted until they are decided about: by that a new process sees that somebody is missing. */
function usersNow(deps: Pick<Dependencies, 'tracker' | 'projections'>, configurationKey: string): Required<Users> {
  const counted = countUsers({ deps, configurationKey });
  const lost = deps.tracker.lostOf(configurationKey).size;
  return { ...counted, inScope: counted.inScope + lost, pending: counted.pending + lost };
}

/** Whether the numbers of people and groups in a status are not those of the records any more. */
export function isMiscounted(deps: Pick<Dependencies, 'tracker' | 'projections' | 'groups'>, configuration: SyncConfiguration): boolean {
  const { users, groups } = configuration.status;
  const counted = { users: usersNow(deps, keyString(configuration.metadata)), groups: countGroups(deps, configuration) };
  return mergePatchBetween({ users, groups }, counted) !== undefined;
}

/** How the configuration stands, apart from what is staged. */
export type ConfigurationStanding = Exclude<Standing, { type: 'Done' }> | { readonly type: 'Done' } | { readonly type: 'Suspended' };

/** How a configuration stands between cycles: as its last one left it. */
export function standingAfter(failures: SyncConfigurationStatus['failures']): ConfigurationStanding {
  const problem = problemOf(failures);
  if (!problem) return { type: 'Done' };
  return { type: problem.stalled ? 'Stalled' : 'Failed', reason: problem.reason, message: problem.message };
}

/** What Ready may say between cycles that went well: a cycle under way changes nothing about it. */
const betweenCycles: ReadonlySet<string> = new Set<Reason>(['DeletionsStaged', 'CreationsStaged', 'Quarantined']);

/**
 * How a configuration stands while a cycle is under way. Before its first completed cycle a generation is being worked on; afterwards
 * cycles run without changing Ready, and what failed stays failed until a cycle has succeeded. `message`: how far it is.
 */
export function standingDuringCycle(
  { status, metadata }: SyncConfiguration,
  failures: SyncConfigurationStatus['failures'],
  message = 'A cycle is under way.',
): ConfigurationStanding {
  const progressing: ConfigurationStanding = { type: 'Waiting', ready: 'Unknown', reason: 'Progressing', message };
  if (status.observedGeneration !== metadata.generation) return progressing;
  if (failures) return standingAfter(failures);
  const ready = findCondition(status.conditions, 'Ready');
  return ready?.status === 'True' || (ready !== undefined && betweenCycles.has(ready.reason)) ? { type: 'Done' } : progressing;
}

/** What waits for a decision, as a condition for each set; the first of them sums the configuration up. */
function heldFor(deletions: number, creations: number): readonly DesiredCondition[] {
  const how = (name: string): string =>
    `Look at status.${name}, then annotate ${annotations.approveDeletions} or ${annotations.rejectDeletions} with its token.`;
  const held = (reason: 'DeletionsStaged' | 'CreationsStaged', message: string) => makeCondition(reason, 'True', reason, message);
  return [
    ...(deletions > 0
      ? [held('DeletionsStaged', `${deletions} deletion(s) and block(s) wait for a decision. ${how('stagedDeletions')}`)]
      : []),
    ...(creations > 0 ? [held('CreationsStaged', `${creations} creation(s) wait for a decision. ${how('stagedCreations')}`)] : []),
  ];
}

/** That a configuration is in quarantine, as a condition. */
function quarantined(quarantine: StatusChanges['quarantine']): readonly DesiredCondition[] {
  if (quarantine === undefined) return [];
  const { reason = '', since = '', nextAttemptAt } = quarantine;
  const next = nextAttemptAt === undefined ? 'as soon as the credentials of the TenantPair work' : `at ${nextAttemptAt}`;
  const message = `In quarantine since ${since} (${reason}): the next cycle runs ${next}. A restart, a change of the spec or the end of the cause lifts it; after 28 days the configuration is disabled.`;
  return [makeCondition('Quarantined', 'True', 'Quarantined', message)];
}

function conditionsFor(
  { status }: SyncConfiguration,
  standing: ConfigurationStanding,
  {
    held,
    slowed,
    well,
  }: { readonly held: readonly DesiredCondition[]; readonly slowed: readonly DesiredCondition[]; readonly well: string },
): readonly DesiredCondition[] {
  if (standing.type === 'Suspended') return suspendedConditions(status.conditions);
  const findings = [...held, ...slowed];
  const [first] = findings;
  if (standing.type !== 'Done') return [...summaryConditions(standing), ...findings];
  if (first === undefined) return summaryConditions({ type: 'Done', reason: 'Succeeded', message: well });
  const { reason, message } = first;
  return [...summaryConditions({ type: held.length > 0 ? 'Stalled' : 'Failed', reason, message }), ...findings];
}

const anchorMissing = {
  reason: 'AnchorMissing',
  message:
    'Without spec.matching.anchor accounts are found again only by their addresses if this cluster is lost. Set an attribute that the target does not use.',
};

/** Accounts that were there before the configuration and are let go when their users leave. */
function accountsAdopted({ spec }: SyncConfiguration, adopted: number): readonly { reason: Reason; message: string }[] {
  if (adopted === 0 || spec.deprovisioning.adoptedUsers !== 'Retain') return [];
  const message = `${adopted} account(s) were there before this configuration, and deprovisioning.adoptedUsers is Retain: they stay when their users leave.`;
  return [{ reason: 'AccountsAdopted', message }];
}

/** People in scope whom a limit of the pair keeps from having an account (B11). */
function heldBack(count: number): readonly { reason: Reason; message: string }[] {
  if (count === 0) return [];
  return [
    {
      reason: 'LimitReached',
      message: `${count} user(s) in scope are Skipped by spec.limits of the TenantPair; status.limitedBy of their records names the limit.`,
    },
  ];
}

/** What was changed in the target, in words. */
export function driftText(accounts: number, groups: number): string {
  const ofGroups = groups > 0 ? [`the names of ${groups} group(s)`] : [];
  return [...(accounts > 0 || groups === 0 ? [`${accounts} account(s)`] : []), ...ofGroups].join(' and ');
}

/** People whose accounts, and groups whose names, were changed in the target (E11). */
function drifted(count: number, groups: number): readonly { reason: Reason; message: string }[] {
  if (count + groups === 0) return [];
  return [
    {
      reason: 'DriftDetected',
      message: `${driftText(count, groups)} were changed in the target; status.drift of their records names the attributes.`,
    },
  ];
}

/** People in scope whose creation waits until the target accepts invitations again. */
function uninvited({ spec }: SyncConfiguration, count: number): readonly { reason: Reason; message: string }[] {
  if (count === 0) return [];
  const message = `${count} creation(s) wait: the target refuses all invitations. TenantPair ${spec.tenantPairRef.name} says since when, and when one asks again.`;
  return [{ reason: 'InvitationsBlocked', message }];
}

/** Warnings that follow from the spec and the records, and not from a cycle. */
const standingWarnings: ReadonlySet<string> = new Set<Reason>([
  'NobodyInScope',
  'AnchorMissing',
  'AccountsAdopted',
  'LimitReached',
  'DriftDetected',
  'InvitationsBlocked',
]);

/** What the spec and the records give reason to warn of, and what the last cycle has: that stands until the next one. */
function warningsOf(
  configuration: SyncConfiguration,
  whose: Parameters<typeof countOf>[0] & Parameters<typeof driftedGroups>[0],
  { ofCycle, nobody }: { readonly ofCycle: StatusChanges['warnings']; readonly nobody: string | undefined },
): StatusChanges['warnings'] {
  const { spec, status } = configuration;
  const standing = [
    ...(nobody === undefined ? [] : [{ reason: 'NobodyInScope', message: nobody } as const]),
    ...(spec.matching.anchor ? [] : [anchorMissing]),
    ...accountsAdopted(configuration, countOf(whose, 'Adopted')),
    ...heldBack(countOf(whose, 'HeldBack')),
    ...drifted(countOf(whose, 'Drifted'), driftedGroups(whose)),
    ...uninvited(configuration, countOf(whose, 'Uninvited')),
  ];
  const cycles = ofCycle ?? status.warnings?.filter(({ reason }) => !standingWarnings.has(reason)) ?? [];
  const all = [...standing, ...cycles];
  return all.length === 0 ? undefined : all;
}

/** Fields of the status and their new values; undefined takes one away. */
export type StatusChanges = { readonly [K in keyof SyncConfigurationStatus]?: SyncConfigurationStatus[K] | undefined };

/**
 * Writes the status if anything in it differs: `changes` over what is there, the rest computed from the projections and the spec. Rejects with
 * KubeError.
 */
export async function reportConfiguration(
  deps: Dependencies,
  configuration: SyncConfiguration,
  { standing, changes }: { readonly standing: ConfigurationStanding; readonly changes: StatusChanges },
  signal: AbortSignal,
): Promise<void> {
  const whose = { deps, configurationKey: keyString(configuration.metadata) };
  const now = timestamp(deps.clock.now());
  const staged = await stagedDeletions(whose, configuration.status.stagedDeletions?.since ?? now);
  const creations = await stagedCreations(whose, configuration.status.stagedCreations?.since ?? now);
  const purges = await stagedPurges(whose, configuration.status.stagedPurges?.since ?? now);
  const quarantine = 'quarantine' in changes ? changes.quarantine : configuration.status.quarantine;
  const findings = { held: heldFor(staged?.count ?? 0, creations?.count ?? 0), slowed: quarantined(quarantine) };
  const users = usersNow(deps, whose.configurationKey);
  const { lastCycle } = { ...configuration.status, ...changes };
  const nobody = nobodyInScope(configuration.spec, { inScope: users.inScope, isRead: standing.type === 'Done' });
  const well = wellMessage(lastCycle?.planned, nobody);
  const conditions = conditionsNow(deps, configuration, conditionsFor(configuration, standing, { ...findings, well }));
  const computed = {
    users,
    groups: countGroups(deps, configuration),
    stagedDeletions: staged,
    stagedCreations: creations,
    stagedPurges: purges,
    conditions,
  };
  const settled = standing.type !== 'Waiting' && standing.type !== 'Suspended';
  const desired = {
    ...configuration.status,
    ...computed,
    ...changes,
    warnings: warningsOf(configuration, whose, { ofCycle: changes.warnings, nobody }),
    ...(settled ? { observedGeneration: configuration.metadata.generation } : {}),
  };
  await writeStatus(deps, deps.configurations, configuration, { desired, tell: 'Changes', signal });
  tellQuarantine(deps, configuration, { slowed: findings.slowed[0], quarantine });
}

/** Tells that a quarantine has begun, or has another reason, where Ready says something else. */
function tellQuarantine(
  { events, logger }: Pick<Dependencies, 'events' | 'logger'>,
  configuration: SyncConfiguration,
  { slowed, quarantine }: { readonly slowed: DesiredCondition | undefined; readonly quarantine: StatusChanges['quarantine'] },
): void {
  if (slowed === undefined || quarantine?.reason === configuration.status.quarantine?.reason || quarantine?.reason === 'TooManyFailures')
    return;
  events.emit(objectReference(configuration), { type: 'Warning', reason: 'Quarantined', action: 'Quarantine', note: slowed.message });
  const { namespace, name } = configuration.metadata;
  logger.warn('A quarantine has begun', { namespace, configuration: name, reason: quarantine?.reason, detail: slowed.message });
}
