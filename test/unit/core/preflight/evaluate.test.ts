import { evaluatePreflight } from '../../../../src/core/preflight/evaluate.ts';
import type { AccessFacts, PreflightFacts, SideFacts } from '../../../../src/core/preflight/facts.ts';

const side = (tenantId: string, more: Partial<Extract<SideFacts, { type: 'Connected' }>> = {}): SideFacts => ({
  type: 'Connected',
  tenantId,
  displayName: 'Contoso',
  defaultDomain: 'contoso.com',
  verifiedDomains: [`${tenantId}.example`],
  missingPermissions: [],
  granted: [],
  ...more,
});
const access = (more: Partial<AccessFacts> = {}): AccessFacts => ({
  userSyncInboundAllowed: true,
  inboundConsent: true,
  outboundConsent: true,
  b2bInboundBlocked: false,
  b2bOutboundBlocked: false,
  own: { configured: true, automaticConsent: null, inboundTrust: null },
  inboundTrust: { mfa: true, compliantDevice: false, hybridJoinedDevice: false },
  ...more,
});
const well: PreflightFacts = {
  source: side('a'),
  target: side('b'),
  signIn: { source: { named: 'source tenant', expiry: undefined }, target: { named: 'target tenant', expiry: undefined } },
  expected: { sourceTenantId: 'a', targetTenantId: 'b' },
  sourceAccess: access(),
  targetAccess: access(),
  accessFailure: undefined,
  sameCloud: true,
  cloudsAllowed: { source: true, target: true },
  withoutSyncPolicy: 'Refuse',
  isUsed: true,
  projectsGroups: false,
  groupSync: undefined,
  withoutGroupPolicy: 'Refuse',
  allowInvitesFrom: 'everyone',
  licences: { source: undefined, target: undefined, sameCloud: true },
  entraJobs: { found: { type: 'NotReadable' }, recorded: undefined, targetTenantId: 'b' },
  applications: [],
  enforces: false,
  userSyncSeen: false,
  underWay: new Set(),
};
const failed = (reason: 'CredentialsExpired' | 'GraphUnreachable'): SideFacts => ({ type: 'Failed', reason, message: 'Do something.' });

describe('evaluatePreflight', () => {
  it('is ready when nothing is in the way, with every check as a condition', () => {
    const result = evaluatePreflight(well);
    expect(result.ready).toBe(true);
    expect(result.conditions.map(({ type, status }) => `${type}=${status}`)).toEqual([
      'Ready=True',
      'SourceConnected=True',
      'TargetConnected=True',
      'PermissionsGranted=True',
      'UserSyncAllowed=True',
      'AutomaticRedemption=True',
    ]);
    expect(result.access).toEqual({
      userSync: 'Allowed',
      automaticRedemption: { sourceOutbound: true, targetInbound: true },
      consentPrompt: 'Suppressed',
      entraJob: { state: 'Unknown' },
      warnings: [],
      inboundTrust: { mfa: true, compliantDevice: false, hybridJoinedDevice: false },
    });
  });

  it.each<[string, Partial<PreflightFacts>, string, string]>([
    ['the source cannot be reached', { source: failed('GraphUnreachable') }, 'SourceConnected', 'GraphUnreachable'],
    ['the target refuses the credentials', { target: failed('CredentialsExpired') }, 'TargetConnected', 'CredentialsExpired'],
    [
      'both: the source comes first',
      { source: failed('GraphUnreachable'), target: failed('CredentialsExpired') },
      'SourceConnected',
      'GraphUnreachable',
    ],
    ['another tenant', { target: side('c') }, 'TargetConnected', 'TenantMismatch'],
    [
      'a permission is missing',
      { source: side('a', { missingPermissions: ['User.Read.All'] }) },
      'PermissionsGranted',
      'PermissionMissing',
    ],
    ['inbound sync is false', { targetAccess: access({ userSyncInboundAllowed: false }) }, 'UserSyncAllowed', 'UserSyncNotAllowed'],
    ['there is no sync policy', { targetAccess: access({ userSyncInboundAllowed: null }) }, 'UserSyncAllowed', 'UserSyncNotAllowed'],
    [
      'the settings cannot be read',
      { targetAccess: undefined, accessFailure: { reason: 'GraphForbidden', message: 'No.' } },
      'UserSyncAllowed',
      'GraphForbidden',
    ],
    [
      'the target offers no such policy',
      { targetAccess: access({ userSyncInboundAllowed: undefined }) },
      'UserSyncAllowed',
      'UserSyncUnknown',
    ],
    [
      'redemption is off',
      { sourceAccess: access({ outboundConsent: false, inboundConsent: false }) },
      'AutomaticRedemption',
      'AutomaticRedemptionOff',
    ],
    [
      'redemption is in the wrong direction',
      { sourceAccess: access({ outboundConsent: false }) },
      'AutomaticRedemption',
      'AutomaticRedemptionWrongDirection',
    ],
  ])('is not ready when %s', (_, facts, type, reason) => {
    const { ready, conditions } = evaluatePreflight({ ...well, ...facts });
    expect(ready).toBe(false);
    expect(conditions[0]).toMatchObject({ type: 'Ready', status: 'False', reason });
    expect(conditions.find((condition) => condition.type === type)).toMatchObject({ reason });
    expect(conditions.find((condition) => condition.type === type)?.status).not.toBe('True');
  });

  it('compares tenant ids without regard to case', () => {
    expect(evaluatePreflight({ ...well, source: side('A') }).ready).toBe(true);
  });

  it('across clouds does without redemption and says that the prompt is shown', () => {
    const result = evaluatePreflight({
      ...well,
      sameCloud: false,
      sourceAccess: access({ outboundConsent: false }),
      cloudsAllowed: { source: false, target: true },
    });
    expect(result.ready).toBe(true);
    expect(result.access.consentPrompt).toBe('Shown');
    expect(result.access.warnings?.map(({ reason }) => reason)).toEqual(['ConsentPromptShown', 'CloudNotAllowed']);
    expect(result.conditions.at(-1)).toMatchObject({ type: 'AutomaticRedemption', status: 'False', reason: 'ConsentPromptShown' });
  });

  it('accepts a target that offers no policy when told to', () => {
    const facts = {
      withoutSyncPolicy: 'Accept',
      targetAccess: access({ userSyncInboundAllowed: undefined }),
    } as const;
    const result = evaluatePreflight({ ...well, ...facts });
    expect(result.ready).toBe(true);
    expect(result.access.userSync).toBe('Unknown');
  });

  it.each<[string, Partial<PreflightFacts>, string]>([
    ['nobody may invite', { allowInvitesFrom: 'none' }, 'InvitationsDisabled'],
    ['the source blocks collaboration', { sourceAccess: access({ b2bOutboundBlocked: true }) }, 'CollaborationBlocked'],
    ['the target blocks collaboration', { targetAccess: access({ b2bInboundBlocked: true }) }, 'CollaborationBlocked'],
    ['a domain is verified on both sides', { target: side('b', { verifiedDomains: ['a.example'] }) }, 'DomainNotVerified'],
  ])('only warns when %s', (_, facts, reason) => {
    const result = evaluatePreflight({ ...well, ...facts });
    expect(result.ready).toBe(true);
    expect(result.access.warnings?.map((warning) => warning.reason)).toEqual([reason]);
  });

  it('B10 of a pair without a configuration warns of each permission that mode Apply will need, and stays ready', () => {
    const reads = ['User.Read.All', 'Policy.Read.All'];
    const bare = { ...well, isUsed: false, source: side('a', { granted: reads }), target: side('b', { granted: reads }) };
    const { ready, access } = evaluatePreflight(bare);
    expect(ready).toBe(true);
    const told = (access.warnings ?? []).filter(({ reason }) => reason === 'PermissionMissing').map(({ message }) => message);
    const names = ['User.Invite.All', 'User.ReadWrite.All', 'User.EnableDisableAccount.All', 'User.DeleteRestore.All'];
    expect(told.map((message) => /permission (\S+) in the target/.exec(message)?.[1])).toEqual(names);
    const whole = { ...bare, target: side('b', { granted: [...reads, 'User.Invite.All', 'User.ReadWrite.All'] }) };
    expect(evaluatePreflight(whole).access.warnings).toEqual([]);
    expect(evaluatePreflight({ ...bare, isUsed: true }).access.warnings).toEqual([]);
  });
});
