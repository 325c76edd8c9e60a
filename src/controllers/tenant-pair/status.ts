import { annotations, type TenantPair } from '../../api/kinds.ts';
import type { TenantPairStatus } from '../../api/generated.ts';
import { timestamp } from '../../core/duration.ts';
import { omit } from '../../core/omit.ts';
import type { Holding } from '../../core/preflight/holding.ts';
import type { PreflightResult } from '../../core/preflight/evaluate.ts';
import { findCondition, type DesiredCondition } from '../../core/status/conditions.ts';
import { findingsOf, summaryConditions, suspendedConditions } from '../../core/status/summary.ts';
import type { Warning } from '../../core/preflight/warning.ts';
import { keyString } from '../../ports/resources.ts';
import { configurationIndexes, type Dependencies } from '../shared/dependencies.ts';
import { asksForDeprovisioning } from '../shared/deprovisioning.ts';
import type { Reads } from '../shared/pair-sessions.ts';
import { conditionsNow, writeStatus } from '../shared/skeleton.ts';
import type { Problem } from './validate.ts';

/** A status as decided; times and generation are filled in by {@link reportPair}. */
type DesiredStatus = Omit<TenantPairStatus, 'conditions'> & {
  readonly conditions: readonly DesiredCondition[];
};

/** The echo of a request for a check, which any status answers. */
function baseStatus(pair: TenantPair): { lastHandledReconcileAt?: string } {
  const requested = pair.metadata.annotations?.[annotations.requestedAt];
  return requested === undefined ? {} : { lastHandledReconcileAt: requested };
}

/** What a check has found, and what is shown beside it. */
interface Found {
  readonly result: PreflightResult & Pick<TenantPairStatus, 'enforcement'>;
  readonly holding: Holding;
  readonly warnings: readonly Warning[];
  readonly reads: Reads;
}

/**
 * The status of a pair whose check is done: its findings and what else was found beside them. What is known of a tenant that cannot be read now
 * stays, with the time of the reading.
 */
export function checkedStatus(pair: TenantPair, { result, holding, warnings, reads }: Found): DesiredStatus {
  const { conditions, enforcement } = result;
  const had = pair.status;
  const source = sideShown(result.source, had.source, reads.source);
  const target = sideShown(result.target, had.target, reads.target);
  const access = { ...accessShown(result.access, had.access, reads.access), warnings: [...(result.access.warnings ?? []), ...warnings] };
  const sides = { ...(source ? { source } : {}), ...(target ? { target } : {}) };
  return { ...baseStatus(pair), ...holding, conditions, ...sides, access, ...(enforcement ? { enforcement } : {}) };
}

type Side = TenantPairStatus['source'];
type Access = NonNullable<TenantPairStatus['access']>;

/** When something was read that is shown though it cannot be read now; what was shown so before keeps its time. */
const since = (had: { readonly readAt?: string } | undefined, readAt: number | undefined): { readonly readAt?: string } => {
  const known = had?.readAt ?? (readAt === undefined ? undefined : timestamp(readAt));
  return known === undefined ? {} : { readAt: known };
};

/** What is shown of a tenant: without a domain it was not read. */
function sideShown(found: Side, had: Side, readAt: number | undefined): Side {
  const isRead = found?.defaultDomain !== undefined && found.defaultDomain !== '';
  if (isRead || had?.defaultDomain === undefined || had.defaultDomain === '') return found;
  const { displayName = '', defaultDomain } = had;
  return { ...found, displayName, defaultDomain, ...since(had, readAt) };
}

/** What is shown of the access settings. */
function accessShown(found: Access, had: TenantPairStatus['access'], readAt: number | undefined): Access {
  const { automaticRedemption, inboundTrust, consentPrompt } = had ?? {};
  const isRead = found.automaticRedemption !== undefined && found.inboundTrust !== undefined;
  if (isRead || (automaticRedemption ?? inboundTrust) === undefined) return found;
  const known = {
    ...(automaticRedemption === undefined ? {} : { automaticRedemption }),
    ...(inboundTrust === undefined ? {} : { inboundTrust }),
    ...(consentPrompt === undefined ? {} : { consentPrompt }),
  };
  return { ...known, ...found, ...since(had, readAt) };
}

/**
 * The status of a pair whose check has to wait for a tenant: earlier findings, Ready and the checked generation stay, with a warning that
 * says what is waited for and until when.
 */
export function throttledStatus(pair: TenantPair, found: readonly Warning[]): DesiredStatus {
  const { conditions: had, ...rest } = pair.status;
  const known = (pair.status.access?.warnings ?? []).filter(({ reason }) => reason !== 'Throttled');
  // The condition of a deleted pair that still waits is added to every status.
  const conditions = (had ?? []).filter(({ reason }) => reason !== 'Deleting') as readonly DesiredCondition[];
  const first = findCondition(pair.status.conditions, 'Ready')?.status === 'Unknown' ? found[0] : undefined;
  const waiting = (condition: DesiredCondition): DesiredCondition =>
    first !== undefined && (condition.type === 'Ready' || condition.type === 'Reconciling') ? { ...condition, ...first } : condition;
  const access = rest.access === undefined && found.length === 0 ? {} : { access: { ...rest.access, warnings: [...known, ...found] } };
  return { ...rest, ...access, conditions: conditions.map(waiting) };
}

/** The status of a pair that cannot be checked: Ready is False, earlier findings stay, with the time of the reading. */
export function failedStatus(pair: TenantPair, problem: Problem, holding: Holding, reads: Reads): DesiredStatus {
  const rest = omit(pair.status, 'conditions', 'observedGeneration', 'holdsTenantsSince', 'unableSince');
  const { source, target, access } = rest;
  return {
    ...rest,
    ...(source === undefined ? {} : { source: { ...source, ...since(source, reads.source) } }),
    ...(target === undefined ? {} : { target: { ...target, ...since(target, reads.target) } }),
    ...(access === undefined ? {} : { access: { ...access, ...since(access, reads.access) } }),
    ...holding,
    ...baseStatus(pair),
    conditions: summaryConditions({ type: problem.stalled ? 'Stalled' : 'Failed', reason: problem.reason, message: problem.message }),
  };
}

/** Suspended: Ready keeps its status and gets the reason; what was found of its hold is recorded, and nothing else changes. */
export function suspendedStatus(pair: TenantPair, holding: Holding): DesiredStatus {
  const { conditions } = pair.status;
  const rest = omit(pair.status, 'conditions', 'observedGeneration', 'holdsTenantsSince', 'unableSince');
  const was = findCondition(conditions, 'Ready')?.status ?? 'Unknown';
  // A pair that has let go of its tenants while it was suspended is not ready to go on there.
  const ready = was === 'True' && holding.holdsTenantsSince === undefined ? 'Unknown' : was;
  return { ...rest, ...holding, ...baseStatus(pair), conditions: suspendedConditions(conditions, ready) };
}

/** The condition that says which configurations a deleted pair still waits for. */
function waitingFor(deps: Dependencies, pair: TenantPair): readonly DesiredCondition[] {
  if (pair.metadata.deletionTimestamp === undefined) return [];
  const names = deps.configurations.lister
    .byIndex(configurationIndexes.pair, keyString(pair.metadata))
    .filter(asksForDeprovisioning)
    .map(({ metadata }) => metadata.name);
  const message = `The pair goes when these SyncConfigurations have deprovisioned their people and are gone: ${names.join(', ')}. Delete them, or set deprovisioning.onConfigurationDeletion: Retain.`;
  return [{ type: 'Reconciling', status: 'True', reason: 'Deleting', message }];
}

/** Writes the status if anything in it differs, with what a deleted pair still waits for. Rejects with KubeError. */
export async function reportPair(deps: Dependencies, pair: TenantPair, desired: DesiredStatus, signal: AbortSignal): Promise<void> {
  const conditions = conditionsNow(deps, pair, [...desired.conditions, ...waitingFor(deps, pair)]);
  // The guard's numbers and a block of invitations are others' to write, and outlive every check.
  const { guard, invitationsBlocked } = pair.status;
  const kept = { ...(guard === undefined ? {} : { guard }), ...(invitationsBlocked === undefined ? {} : { invitationsBlocked }) };
  const status: TenantPairStatus = { observedGeneration: pair.metadata.generation, ...desired, ...kept, conditions };
  await writeStatus(deps, deps.pairs, pair, { desired: status, tell: 'Changes', signal });
}

/**
 * A generation that has not been checked yet says so while it is (kstatus); later checks change nothing until they are done. Rejects
 * with KubeError.
 */
export async function sayChecking(deps: Dependencies, pair: TenantPair, signal: AbortSignal): Promise<TenantPair> {
  if (pair.status.observedGeneration === pair.metadata.generation) return pair;
  const message = 'The two tenants are being checked.';
  const conditions = conditionsNow(deps, pair, [
    ...summaryConditions({ type: 'Waiting', ready: 'Unknown', reason: 'Progressing', message }),
    ...findingsOf(pair.status.conditions, ['Ready', 'Reconciling', 'Stalled']),
  ]);
  return (await writeStatus(deps, deps.pairs, pair, { desired: { ...pair.status, conditions }, tell: 'Nothing', signal })) ?? pair;
}
