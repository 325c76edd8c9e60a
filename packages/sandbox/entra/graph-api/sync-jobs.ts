import { pauseJob, startJob } from '../engine/cycle.ts';
import { listOption } from '../odata/query.ts';
import { parseFilter } from '../odata/filter-syntax.ts';
import { matches } from '../odata/filter-match.ts';
import { jobIntervalMs, type LogLine, type SyncJobState } from '../state/sync-job-state.ts';
import type { ServicePrincipal } from '../state/tenant-state.ts';
import type { Json, JsonObject } from '../types.ts';
import { context, param, type Call, type Reply } from './call.ts';
import { notFound } from './graph-fault.ts';
import { page } from './pages.ts';
import { timestamp } from './users/properties.ts';

const never = '0001-01-01T00:00:00Z';

/** GET /servicePrincipals: $filter and $select on what is kept of them. */
export function listServicePrincipals(call: Call): Reply {
  const text = call.query.get('$filter');
  const filter = text === undefined ? undefined : parseFilter(text);
  const select = listOption(call.query, '$select');
  const all = call.tenant.servicePrincipals;
  return page(call, 'servicePrincipals', {
    ids: () => [...all].filter(([id, each]) => filter === undefined || matches(filter, rendered(id, each))).map(([id]) => id),
    render: (id) => {
      const found = all.get(id);
      if (found === undefined) return undefined;
      return Object.fromEntries(Object.entries(rendered(id, found)).filter(([name]) => select?.includes(name) !== false || name === 'id'));
    },
  });
}

function rendered(id: string, { displayName, templateId }: ServicePrincipal): Record<string, Json> {
  return { id, displayName, applicationTemplateId: templateId ?? null, servicePrincipalType: 'Application', accountEnabled: true };
}

/** GET /servicePrincipals/{id}/synchronization/jobs. */
export function listJobs(call: Call): Reply {
  const value = jobsOf(call).map((job) => renderedJob(call, job));
  return { body: { '@odata.context': context(call, `servicePrincipals('${param(call, 0)}')/synchronization/jobs`), value } };
}

/** GET /servicePrincipals/{id}/synchronization/jobs/{id}. */
export function getJob(call: Call): Reply {
  const what = `servicePrincipals('${param(call, 0)}')/synchronization/jobs/$entity`;
  return { body: { '@odata.context': context(call, what), ...renderedJob(call, jobOf(call)) } };
}

/** GET /servicePrincipals/{id}/synchronization/jobs/{id}/schema. */
export function getSchema(call: Call): Reply {
  const job = jobOf(call);
  const what = `servicePrincipals('${param(call, 0)}')/synchronization/jobs('${job.id}')/schema/$entity`;
  return { body: { '@odata.context': context(call, what), ...job.schema } };
}

/** POST /servicePrincipals/{id}/synchronization/jobs/{id}/start. */
export function start(call: Call): Reply {
  startJob(call.tenant, jobOf(call));
  return {};
}

/** POST /servicePrincipals/{id}/synchronization/jobs/{id}/pause. */
export function pause(call: Call): Reply {
  pauseJob(jobOf(call));
  return {};
}

/** GET /servicePrincipals/{id}/synchronization/secrets: values of what is secret come as asterisks. */
export function listSecrets(call: Call): Reply {
  const value = jobsOf(call).flatMap(({ secrets }) =>
    Object.entries(secrets).map(([key, each]): JsonObject => ({ key, value: key.endsWith('Token') ? '*' : each })),
  );
  return { body: { '@odata.context': context(call, `servicePrincipals('${param(call, 0)}')/synchronization/secrets`), value } };
}

function jobsOf(call: Call): readonly SyncJobState[] {
  const id = param(call, 0).toLowerCase();
  if (!call.tenant.servicePrincipals.has(id)) throw notFound(id);
  return [...call.tenant.syncJobs.values()].filter(({ servicePrincipalId }) => servicePrincipalId === id);
}

function jobOf(call: Call): SyncJobState {
  const found = jobsOf(call).find(({ id }) => id === param(call, 1));
  if (found === undefined) throw notFound(param(call, 1));
  return found;
}

function codeOf({ quarantine, state, executions }: SyncJobState): string {
  if (state !== 'Active') return executions === 0 ? 'NotRun' : 'Paused';
  return quarantine === undefined ? 'Active' : 'Quarantine';
}

function renderedJob(call: Call, job: SyncJobState): JsonObject {
  const { lastExecution: last, quarantine } = job;
  const execution: Json =
    last === undefined
      ? null
      : {
          activityIdentifier: `${job.id}-${job.executions}`,
          countEntitled: last.entitled,
          countEntitledForProvisioning: last.entitled,
          countEscrowed: 0,
          countEscrowedRaw: 0,
          countExported: last.exported,
          countExports: last.exported,
          countImported: last.entitled,
          countImportedDeltas: 0,
          countImportedReferenceDeltas: 0,
          error: null,
          state: 'Succeeded',
          timeBegan: timestamp(last.began),
          timeEnded: timestamp(last.ended),
        };
  return {
    id: job.id,
    templateId: job.templateId,
    schedule: { expiration: null, interval: `PT${jobIntervalMs / 60_000}M`, state: job.state },
    status: {
      code: codeOf(job),
      countSuccessiveCompleteFailures: 0,
      escrowsPruned: false,
      lastExecution: execution,
      lastSuccessfulExecution: execution,
      lastSuccessfulExecutionWithExports: execution,
      progress: [],
      quarantine:
        quarantine === undefined
          ? null
          : {
              currentBegan: timestamp(quarantine.since),
              error: null,
              nextAttempt: timestamp(call.world.now() + jobIntervalMs),
              reason: quarantine.reason,
              seriesBegan: timestamp(quarantine.since),
              seriesCount: 1,
            },
      steadyStateFirstAchievedTime: never,
      steadyStateLastAchievedTime: never,
      synchronizedEntryCountByType: [
        { key: 'User to User', value: [...job.links.values()].filter(({ deletedAt }) => deletedAt === null).length },
      ],
      troubleshootingUrl: null,
    },
    synchronizationJobSettings: [
      { name: 'AzureIngestionAttributeOptimization', value: 'False' },
      { name: 'LookaheadQueryEnabled', value: 'False' },
    ],
  };
}

/** GET /auditLogs/provisioning: $filter on jobId; what was done to accounts in the last 30 days. */
export function listProvisioningLog(call: Call): Reply {
  const text = call.query.get('$filter');
  const filter = text === undefined ? undefined : parseFilter(text);
  const oldest = call.world.now() - logDays * 24 * 60 * 60_000;
  const lines = [...call.tenant.syncJobs.values()].flatMap((job) =>
    job.log.filter(({ at }) => at >= oldest).map((line) => ({ job, line })),
  );
  const byId = new Map(lines.map(({ job, line }) => [line.id, renderedLine(call, job, line)]));
  return page(call, 'auditLogs/provisioning', {
    ids: () => [...byId].filter(([, each]) => filter === undefined || matches(filter, each)).map(([id]) => id),
    render: (id) => byId.get(id),
  });
}

const logDays = 30;

function renderedLine(call: Call, job: SyncJobState, { id, at, action, sourceId, targetId, changes }: LogLine): Record<string, Json> {
  const identity = (objectId: string): Json => ({ id: objectId, displayName: null, identityType: 'User', details: {} });
  return {
    id,
    activityDateTime: timestamp(at),
    tenantId: call.tenant.id,
    jobId: job.id,
    cycleId: `${job.id}-${at}`,
    changeId: id,
    provisioningAction: action,
    durationInMilliseconds: 1,
    initiatedBy: { id: '', displayName: 'Azure AD Provisioning Service', initiatorType: 'system' },
    servicePrincipal: { id: job.servicePrincipalId, displayName: '' },
    sourceSystem: null,
    targetSystem: null,
    sourceIdentity: identity(sourceId),
    targetIdentity: identity(targetId),
    provisioningStatusInfo: { status: 'success', errorInformation: null },
    provisioningSteps: [],
    modifiedProperties: changes.map(({ name, from, to }) => ({ displayName: name, oldValue: from, newValue: to })),
  };
}
