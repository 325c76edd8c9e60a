import type { SyncConfigurationSpec } from '../../../../src/api/generated.ts';
import { evaluationRevision } from '../../../../src/core/cycle/fingerprint.ts';

const spec = {
  tenantPairRef: { name: 'p' },
  mode: 'Apply',
  suspend: false,
  interval: '40m',
  fullInterval: '24h',
  scope: { type: 'All', includeNestedGroups: false },
  defaultAttributeMappings: true,
  matching: { adoption: 'Adopt' },
  targetActions: ['Create', 'Update', 'Delete'],
  invitation: { address: 'UserPrincipalName', sendInvitationMessage: false, redirectUrl: 'https://myapplications.microsoft.com' },
  memberStrategy: 'InviteAsMember',
  memberConversionDelay: '60m',
  deprovisioning: {
    action: 'SoftDelete',
    disabledUsers: 'Retain',
    adoptedUsers: 'SoftDelete',
    revokeSessions: false,
    onConfigurationDeletion: 'Retain',
    purgeAfterSourcePurge: false,
    guard: { threshold: 500, percent: 20, minimum: 10, window: '24h' },
  },
  restore: { reconcileProxies: false },
  drift: { policy: 'Ignore', interval: '24h' },
} as unknown as SyncConfigurationSpec;

const rich = {
  ...spec,
  mode: 'Plan',
  scope: {
    type: 'Assigned',
    includeNestedGroups: true,
    groups: [{ displayName: 'Project Falcon' }],
    users: [{ userPrincipalName: 'a@contoso.com' }],
  },
  defaultAttributeMappings: false,
  attributeMappings: [
    { target: 'jobTitle', source: 'department', apply: 'Always', authority: 'Source', whenNull: 'Keep', propagateRemoval: false },
  ],
  matching: { adoption: 'Ignore', anchor: { attribute: 'extensionAttribute15' } },
  invitation: { ...spec.invitation, addressExpression: '[mail]' },
  restore: { reconcileProxies: true },
} as SyncConfigurationSpec;

test('an upgrade of the operator alone evaluates nobody anew: the fingerprints of earlier versions stand', () => {
  expect(evaluationRevision(spec)).toBe('c535efeb05fd3288a01635e39d0ba024');
  expect(evaluationRevision(rich)).toBe('f8d21e8e5f1093bfc41b59e5dc08d6bb');
});

test.each<[string, Partial<SyncConfigurationSpec>]>([
  ['mode', { mode: 'Plan' }],
  ['scope', { scope: { type: 'Assigned', includeNestedGroups: false } }],
  ['default mappings', { defaultAttributeMappings: false }],
  ['mappings', { attributeMappings: rich.attributeMappings ?? [] }],
  ['adoption', { matching: { adoption: 'Ignore' } }],
  ['anchor', { matching: { adoption: 'Adopt', anchor: { attribute: 'extensionAttribute15' } } }],
  ['target actions', { targetActions: ['Create', 'Update'] }],
  ['address', { invitation: { ...spec.invitation, address: 'Mail' } }],
  ['address expression', { invitation: { ...spec.invitation, addressExpression: '[mail]' } }],
  ['restore', { restore: { reconcileProxies: true } }],
])('a change of %s evaluates everybody anew', (_, change) => {
  expect(evaluationRevision({ ...spec, ...change })).not.toBe(evaluationRevision(spec));
});

test.each<[string, Partial<SyncConfigurationSpec>]>([
  ['suspend', { suspend: true }],
  ['interval', { interval: '5m' }],
  ['full interval', { fullInterval: '1h' }],
  ['order of the target actions', { targetActions: ['Delete', 'Update', 'Create'] }],
  ['an empty list of mappings', { attributeMappings: [] }],
  ['invitation message', { invitation: { ...spec.invitation, sendInvitationMessage: true } }],
  ['drift', { drift: { policy: 'Ignore', interval: '1h' } }],
])('a change of %s evaluates nobody anew', (_, change) => {
  expect(evaluationRevision({ ...spec, ...change })).toBe(evaluationRevision(spec));
});
