import type { ProvisioningEvent, ProvisioningLog, SettingsEvent } from '../ports/provisioning-log.ts';
import type { Random } from '../ports/clock.ts';

const stepTypes: Readonly<Record<string, string>> = {
  EntryImport: 'import',
  EntryMatching: 'matching',
  EntryLink: 'matching',
  EntrySynchronizationSkip: 'processing',
  ReferenceResolution: 'referenceResolution',
  EntryExportAdd: 'export',
  EntryExportUpdate: 'export',
  EntryExportDelete: 'export',
  EntryExportRestore: 'export',
};

/** Entra's vocabulary has no restore and spells staged deletions in one word. */
const actions: Readonly<Record<ProvisioningEvent['action'], string>> = {
  create: 'create',
  update: 'update',
  delete: 'delete',
  disable: 'disable',
  restore: 'other',
  stagedDelete: 'stagedDelete',
  other: 'other',
};

const bySystem = { id: null, displayName: 'tenantsync', initiatorType: 'system' };

/** An event in the shape of Microsoft Graph's provisioningObjectSummary: ids and names of attributes, never values. */
export function provisioningObjectSummary(event: ProvisioningEvent, id: string): Readonly<Record<string, unknown>> {
  const identity = (objectId: string | undefined) => ({
    id: objectId ?? null,
    displayName: null,
    identityType: event.subject ?? 'User',
    details: {},
  });
  // Whatever did not simply succeed says why: a skip by its reason, which is no failure of the service.
  const told = event.errorCode !== undefined || event.status !== 'success';
  // What the vocabulary has no word for.
  const operation =
    event.action === 'restore' ? 'restore' : event.reason === 'UserPurged' || event.reason === 'PurgedAfterSource' ? 'purge' : undefined;
  return {
    '@odata.type': '#microsoft.graph.provisioningObjectSummary',
    id,
    activityDateTime: new Date(event.at).toISOString(),
    tenantId: event.source.tenantId,
    jobId: `${event.namespace}/${event.configuration}`,
    cycleId: event.cycleId ?? null,
    changeId: event.changeId,
    provisioningAction: actions[event.action],
    durationInMilliseconds: Math.round(event.durationMs),
    initiatedBy: event.approvedBy === undefined ? bySystem : { id: null, displayName: event.approvedBy, initiatorType: 'user' },
    sourceSystem: { id: event.source.tenantId, displayName: null, details: {} },
    targetSystem: { id: event.target.tenantId, displayName: null, details: {} },
    sourceIdentity: identity(event.source.objectId),
    targetIdentity: identity(event.target.objectId),
    provisioningStatusInfo: {
      status: event.status,
      errorInformation: told
        ? {
            errorCode: event.errorCode ?? event.reason,
            reason: event.reason,
            additionalDetails: null,
            errorCategory: event.status === 'failure' ? 'failure' : 'nonServiceFailure',
            recommendedAction: event.recommendedAction ?? null,
          }
        : null,
    },
    provisioningSteps: event.steps.map(({ name, status }) => ({
      name,
      provisioningStepType: stepTypes[name] ?? 'processing',
      status,
      description: null,
      details: {},
    })),
    modifiedProperties: event.modifiedAttributes.map((displayName) => ({ displayName, oldValue: null, newValue: null })),
    ...(operation === undefined ? {} : { additionalDetails: { operation } }),
  };
}

/** A change of access settings in the same shape: each setting with its values before and after. */
export function settingsSummary(event: SettingsEvent, id: string): Readonly<Record<string, unknown>> {
  const { tenantId, partnerTenantId, status, errorCode, reason } = event;
  const tenant = (of: string, identityType: string) => ({ id: of, displayName: null, identityType, details: {} });
  return {
    '@odata.type': '#microsoft.graph.provisioningObjectSummary',
    id,
    activityDateTime: new Date(event.at).toISOString(),
    tenantId,
    jobId: `${event.namespace}/${event.pair}`,
    cycleId: null,
    changeId: null,
    provisioningAction: 'other',
    durationInMilliseconds: 0,
    initiatedBy: bySystem,
    sourceSystem: { id: tenantId, displayName: null, details: {} },
    targetSystem: { id: tenantId, displayName: null, details: {} },
    sourceIdentity: tenant(partnerTenantId, 'Tenant'),
    targetIdentity: tenant(partnerTenantId, 'CrossTenantAccessPolicyConfigurationPartner'),
    provisioningStatusInfo: {
      status,
      errorInformation:
        errorCode === undefined
          ? null
          : {
              errorCode,
              reason,
              additionalDetails: null,
              errorCategory: 'failure',
              recommendedAction: event.recommendedAction ?? null,
            },
    },
    provisioningSteps: [{ name: 'AccessSettings', provisioningStepType: 'export', status, description: null, details: {} }],
    modifiedProperties: event.changes.map(({ setting, from, to }) => ({ displayName: setting, oldValue: from, newValue: to })),
    additionalDetails: { operation: 'accessSettings' },
  };
}

/** Writes each event as one JSON line, for any log store. */
export function jsonLinesProvisioningLog(write: (line: string) => void, random: Random): ProvisioningLog {
  const line = (summary: Readonly<Record<string, unknown>>): void => write(`${JSON.stringify(summary)}\n`);
  return {
    write: (event) => line(provisioningObjectSummary(event, random.uuid())),
    writeSettings: (event) => line(settingsSummary(event, random.uuid())),
  };
}
