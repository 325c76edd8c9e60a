import type { TenantPairStatus } from '../../api/generated.ts';
import { makeCondition, type DesiredCondition } from '../status/conditions.ts';
import type { Warning } from './warning.ts';

/** A cross-tenant synchronization job of Entra itself in the source tenant. */
export interface EntraJob {
  readonly jobId: string;
  readonly servicePrincipalId: string;
  /** The tenant that it synchronizes to, in lower case; undefined where that could not be read. */
  readonly targetTenantId: string | undefined;
  /** It works by its schedule, or a cycle of it has not ended yet. Paused and disabled jobs delete nobody. */
  readonly runs: boolean;
  /** How many people it counts as synchronized; undefined where it does not say. */
  readonly people?: number;
  /** When its last cycle ended, as Graph says it; undefined where none has. */
  readonly lastRanAt?: string;
}

/** Entra's jobs in a source tenant, as far as its applications have answered. */
export interface EntraJobs {
  readonly jobs: readonly EntraJob[];
  /** The applications (`servicePrincipalId`) of which an answer is missing: they may have further jobs, or one of the above is theirs and its target not known. */
  readonly unread: readonly string[];
}

/** What a check has learnt of Entra's jobs. Not readable: not permitted, or no answer came; that is no absence. */
export type EntraJobFacts = ({ readonly type: 'Read' } & EntraJobs) | { readonly type: 'NotReadable' };

/** What is on record of Entra's own engine for a pair. */
export type EntraJobRecord = NonNullable<NonNullable<TenantPairStatus['access']>['entraJob']>;

export interface EntraJobInput {
  readonly found: EntraJobFacts;
  /** As the last check left it. */
  readonly recorded: EntraJobRecord | undefined;
  readonly targetTenantId: string;
}

/**
 * Whether Entra's own engine works on the pair (B6). A job that ran when it was last seen is taken to run until an answer shows that it
 * does not: paused, gone, or for another target.
 */
export function entraJobAfter({ found, recorded, targetTenantId }: EntraJobInput): EntraJobRecord {
  const wasActive = recorded?.state === 'Active';
  if (found.type === 'NotReadable') return wasActive ? recorded : { state: 'Unknown' };
  const wanted = targetTenantId.toLowerCase();
  const running = found.jobs.filter(({ runs }) => runs).toSorted((a, b) => (a.jobId < b.jobId ? -1 : 1));
  const own =
    running.find((job) => job.targetTenantId === wanted) ??
    running.find((job) => wasActive && job.jobId === recorded.jobId && job.targetTenantId === undefined);
  if (own !== undefined) return { state: 'Active', jobId: own.jobId, servicePrincipalId: own.servicePrincipalId };
  if (wasActive && found.unread.includes(recorded.servicePrincipalId ?? '')) return recorded;
  return { state: found.unread.length > 0 ? 'Unknown' : 'None' };
}

/** The job on which a pair's work in Apply mode has to wait; undefined: none is known to run. */
export function activeEntraJob(record: EntraJobRecord | undefined): string | undefined {
  if (record?.state !== 'Active') return undefined;
  return record.jobId === undefined || record.jobId === '' ? 'without an id' : record.jobId;
}

/** What a configuration in Apply mode says while Entra's own engine works on its pair. */
export function entraJobMessage(jobId: string): string {
  return `Entra's own synchronization job ${jobId} runs for the same two tenants: nothing is written in mode Apply, and Plan goes on. Pause it in Entra (Stop provisioning) and unassign nobody there, for whoever is unassigned while it runs is deleted. The pair is checked every five minutes, or at once with tenantsync.dev/requested-at.`;
}

/** The same as a condition of the pair, there only while it is so: metrics and alerts see it. */
export function entraJobConditions(record: EntraJobRecord): readonly DesiredCondition[] {
  const jobId = activeEntraJob(record);
  return jobId === undefined ? [] : [makeCondition('EntraJobActive', 'True', 'EntraJobActive', entraJobMessage(jobId))];
}

/** A job of which is not known whether it is for the pair stops nothing, and is told of; neither is told where the job of the pair is known. */
export function entraJobWarnings({ found }: EntraJobInput, record: EntraJobRecord): readonly Warning[] {
  const unknown = found.type === 'Read' ? found.jobs.filter(({ runs, targetTenantId }) => runs && targetTenantId === undefined) : [];
  if (unknown.length === 0 || record.state === 'Active') return [];
  const message = `${unknown.length} cross-tenant synchronization job(s) of Entra run in the source, and their target tenants could not be read: one may be for this pair. Look in the portal, and pause it before mode: Apply.`;
  return [{ reason: 'EntraJobActive', message }];
}
