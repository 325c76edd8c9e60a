import type { ProvisioningEvent } from '../../../src/ports/provisioning-log.ts';
import { jsonLinesProvisioningLog, provisioningObjectSummary, settingsSummary } from '../../../src/telemetry/provisioning-log.ts';
import { seededRandom } from '../../support/virtual-clock.ts';

const event: ProvisioningEvent = {
  at: Date.parse('2026-01-05T08:00:00Z'),
  namespace: 'identity',
  configuration: 'staff',
  cycleId: 'cycle-1',
  changeId: 'revision-1',
  action: 'update',
  status: 'success',
  durationMs: 12.6,
  source: { tenantId: 'source-tenant', objectId: 'source-user' },
  target: { tenantId: 'target-tenant', objectId: 'target-user' },
  modifiedAttributes: ['displayName', 'jobTitle'],
  reason: 'UserUpdated',
  errorCode: undefined,
  recommendedAction: undefined,
  steps: [
    { name: 'EntryImport', status: 'success' },
    { name: 'EntryMatching', status: 'success' },
    { name: 'EntryExportUpdate', status: 'warning' },
    { name: 'ReferenceResolution', status: 'success' },
  ],
  approvedBy: undefined,
};

test('an event has the shape of provisioningObjectSummary', () => {
  expect(provisioningObjectSummary(event, 'id-1')).toEqual({
    '@odata.type': '#microsoft.graph.provisioningObjectSummary',
    id: 'id-1',
    activityDateTime: '2026-01-05T08:00:00.000Z',
    tenantId: 'source-tenant',
    jobId: 'identity/staff',
    cycleId: 'cycle-1',
    changeId: 'revision-1',
    provisioningAction: 'update',
    durationInMilliseconds: 13,
    initiatedBy: { id: null, displayName: 'tenantsync', initiatorType: 'system' },
    sourceSystem: { id: 'source-tenant', displayName: null, details: {} },
    targetSystem: { id: 'target-tenant', displayName: null, details: {} },
    sourceIdentity: { id: 'source-user', displayName: null, identityType: 'User', details: {} },
    targetIdentity: { id: 'target-user', displayName: null, identityType: 'User', details: {} },
    provisioningStatusInfo: { status: 'success', errorInformation: null },
    provisioningSteps: [
      { name: 'EntryImport', provisioningStepType: 'import', status: 'success', description: null, details: {} },
      { name: 'EntryMatching', provisioningStepType: 'matching', status: 'success', description: null, details: {} },
      { name: 'EntryExportUpdate', provisioningStepType: 'export', status: 'warning', description: null, details: {} },
      { name: 'ReferenceResolution', provisioningStepType: 'referenceResolution', status: 'success', description: null, details: {} },
    ],
    modifiedProperties: [
      { displayName: 'displayName', oldValue: null, newValue: null },
      { displayName: 'jobTitle', oldValue: null, newValue: null },
    ],
  });
});

test('a failure says why and what to do', () => {
  const summary = provisioningObjectSummary(
    { ...event, status: 'failure', reason: 'InvitationRefused', errorCode: 'Other', recommendedAction: 'Change the list.' },
    'id-1',
  );
  expect(summary.provisioningStatusInfo).toEqual({
    status: 'failure',
    errorInformation: {
      errorCode: 'Other',
      reason: 'InvitationRefused',
      additionalDetails: null,
      errorCategory: 'failure',
      recommendedAction: 'Change the list.',
    },
  });
});

test('a skip says why, as no failure of the service', () => {
  const skipped = { ...event, status: 'skipped', reason: 'LimitReached', errorCode: undefined, recommendedAction: 'Raise it.' } as const;
  expect(provisioningObjectSummary(skipped, 'id-1').provisioningStatusInfo).toEqual({
    status: 'skipped',
    errorInformation: {
      errorCode: 'LimitReached',
      reason: 'LimitReached',
      additionalDetails: null,
      errorCategory: 'nonServiceFailure',
      recommendedAction: 'Raise it.',
    },
  });
});

test('an approved deletion names who approved it', () => {
  const summary = provisioningObjectSummary({ ...event, action: 'delete', approvedBy: 'kubectl-annotate' }, 'id-1');
  expect(summary.initiatedBy).toEqual({ id: null, displayName: 'kubectl-annotate', initiatorType: 'user' });
});

test.each([
  ['create', 'create'],
  ['update', 'update'],
  ['delete', 'delete'],
  ['disable', 'disable'],
  ['stagedDelete', 'stagedDelete'],
  ['other', 'other'],
  ['restore', 'other'],
] as const)('the action %s is %s in the vocabulary of the provisioning log', (action, expected) => {
  expect(provisioningObjectSummary({ ...event, action }, 'id-1')).toMatchObject({ provisioningAction: expected });
});

test('a restore, for which there is no word, says so beside', () => {
  expect(provisioningObjectSummary({ ...event, action: 'restore' }, 'id-1')).toMatchObject({ additionalDetails: { operation: 'restore' } });
});

test('before there is an account its id is null', () => {
  const summary = provisioningObjectSummary({ ...event, target: { tenantId: 'target-tenant', objectId: undefined } }, 'id-1');
  expect(summary.targetIdentity).toMatchObject({ id: null });
});

test('each event is one line of JSON with an id of its own', () => {
  const lines: string[] = [];
  const log = jsonLinesProvisioningLog((line) => lines.push(line), seededRandom(1));
  log.write(event);
  log.write(event);
  expect(lines.every((line) => line.endsWith('\n') && line.indexOf('\n') === line.length - 1)).toBe(true);
  const ids = lines.map((line) => (JSON.parse(line) as { id: string }).id);
  expect(new Set(ids).size).toBe(2);
});

test('B8 a change of access settings has each setting with its values, and no name', () => {
  const settings = {
    at: event.at,
    namespace: 'identity',
    pair: 'hub-to-spoke',
    tenantId: 'target-tenant',
    partnerTenantId: 'source-tenant',
    status: 'success',
    changes: [{ setting: 'inboundTrust.isMfaAccepted', from: 'inherited', to: 'true' }],
    reason: 'AccessSettingsWritten',
    errorCode: undefined,
    recommendedAction: undefined,
  } as const;
  expect(settingsSummary(settings, 'id-1')).toMatchObject({
    activityDateTime: '2026-01-05T08:00:00.000Z',
    tenantId: 'target-tenant',
    jobId: 'identity/hub-to-spoke',
    provisioningAction: 'other',
    sourceIdentity: { id: 'source-tenant', displayName: null },
    provisioningStatusInfo: { status: 'success', errorInformation: null },
    modifiedProperties: [{ displayName: 'inboundTrust.isMfaAccepted', oldValue: 'inherited', newValue: 'true' }],
  });
  const refused = settingsSummary({ ...settings, status: 'failure', errorCode: 'Forbidden', recommendedAction: 'Grant it.' }, 'id-1');
  expect(refused.provisioningStatusInfo).toMatchObject({
    status: 'failure',
    errorInformation: { errorCode: 'Forbidden', recommendedAction: 'Grant it.' },
  });
});
