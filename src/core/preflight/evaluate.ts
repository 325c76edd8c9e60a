import type { TenantPairStatus } from '../../api/generated.ts';
import type { Reason } from '../../api/reasons.ts';
import type { DesiredCondition } from '../status/conditions.ts';

/** What was learnt about one side: a failure, or the facts. */
export type SideFacts =
  | { readonly type: 'Failed'; readonly reason: Reason; readonly message: string }
  | {
      readonly type: 'Connected';
      readonly tenantId: string;
      readonly displayName: string;
      readonly defaultDomain: string;
      readonly verifiedDomains: readonly string[];
      readonly missingPermissions: readonly string[];
    };

/** Access settings of one side towards the other, after inheritance. Undefined: could not be read. */
export interface AccessFacts {
  readonly userSyncInboundAllowed: boolean | null | undefined;
  readonly inboundConsent: boolean;
  readonly outboundConsent: boolean;
  readonly b2bInboundBlocked: boolean;
  readonly b2bOutboundBlocked: boolean;
  readonly inboundTrust: { readonly mfa: boolean; readonly compliantDevice: boolean; readonly hybridJoinedDevice: boolean };
}

export interface PreflightFacts {
  readonly source: SideFacts;
  readonly target: SideFacts;
  readonly expected: { readonly sourceTenantId: string; readonly targetTenantId: string };
  readonly sourceAccess: AccessFacts | undefined;
  readonly targetAccess: AccessFacts | undefined;
  /** Why the access settings could not be read, if so. */
  readonly accessFailure: { readonly reason: Reason; readonly message: string } | undefined;
  readonly sameCloud: boolean;
  /** Across clouds: whether each side has switched on the other's cloud. */
  readonly cloudsAllowed: { readonly source: boolean; readonly target: boolean };
  /** The target's cloud has the identity synchronization API. */
  readonly hasUserSyncApi: boolean;
  readonly withoutSyncPolicy: 'Refuse' | 'Accept';
  readonly allowInvitesFrom: string | null;
}

type Access = NonNullable<TenantPairStatus['access']>;

export interface PreflightResult {
  readonly ready: boolean;
  readonly conditions: readonly DesiredCondition[];
  readonly source: TenantPairStatus['source'];
  readonly target: TenantPairStatus['target'];
  readonly access: Access;
}

const condition = (type: string, status: DesiredCondition['status'], reason: Reason, message: string): DesiredCondition => ({
  type,
  status,
  reason,
  message,
});

function connected(side: 'source' | 'target', facts: SideFacts, expected: string): DesiredCondition {
  const type = side === 'source' ? 'SourceConnected' : 'TargetConnected';
  if (facts.type === 'Failed') return condition(type, 'False', facts.reason, facts.message);
  if (facts.tenantId.toLowerCase() !== expected.toLowerCase()) {
    return condition(
      type,
      'False',
      'TenantMismatch',
      `The credentials of the ${side} sign in to another tenant than spec.${side}.tenantId. Correct the tenant id or the credentials.`,
    );
  }
  return condition(type, 'True', 'Succeeded', `Signed in to the ${side} tenant.`);
}

function permissions(facts: PreflightFacts): DesiredCondition {
  if (facts.source.type === 'Failed' || facts.target.type === 'Failed') {
    return condition('PermissionsGranted', 'Unknown', 'Progressing', 'Not known until both tenants are connected.');
  }
  const lacking = [
    ...facts.source.missingPermissions.map((name) => `${name} in the source`),
    ...facts.target.missingPermissions.map((name) => `${name} in the target`),
  ];
  if (lacking.length === 0)
    return condition('PermissionsGranted', 'True', 'Succeeded', 'The applications have all permissions that the work needs.');
  return condition(
    'PermissionsGranted',
    'False',
    'PermissionMissing',
    `Missing application permissions: ${lacking.join(', ')}. Add them to the app registration and grant admin consent.`,
  );
}

function userSync(facts: PreflightFacts): { readonly state: Access['userSync'] & string; readonly condition: DesiredCondition } {
  const type = 'UserSyncAllowed';
  if (!facts.targetAccess) {
    const why = facts.accessFailure ?? {
      reason: 'UserSyncUnknown' as const,
      message: 'The access settings of the target have not been read yet.',
    };
    return { state: 'Unknown', condition: condition(type, 'Unknown', why.reason, why.message) };
  }
  if (!facts.hasUserSyncApi) {
    return facts.withoutSyncPolicy === 'Accept'
      ? {
          state: 'Unknown',
          condition: condition(
            type,
            'True',
            'Succeeded',
            "The target's cloud has no inbound synchronization policy; withoutSyncPolicy: Accept goes on without it.",
          ),
        }
      : {
          state: 'Unknown',
          condition: condition(
            type,
            'False',
            'UserSyncUnknown',
            "The target's cloud has no inbound synchronization policy. Set spec.crossTenantAccess.withoutSyncPolicy: Accept to go on without it.",
          ),
        };
  }
  return facts.targetAccess.userSyncInboundAllowed === true
    ? {
        state: 'Allowed',
        condition: condition(type, 'True', 'Succeeded', 'The target allows inbound user synchronization from the source.'),
      }
    : {
        state: 'NotAllowed',
        condition: condition(
          type,
          'False',
          'UserSyncNotAllowed',
          'The target does not allow inbound user synchronization from the source: nothing is written and nothing is deleted. Its administrator allows it under cross-tenant access settings, inbound, cross-tenant sync.',
        ),
      };
}

function redemption(facts: PreflightFacts): { readonly prompt: 'Suppressed' | 'Shown'; readonly condition: DesiredCondition } {
  const type = 'AutomaticRedemption';
  const { sourceAccess, targetAccess } = facts;
  if (!facts.sameCloud)
    return {
      prompt: 'Shown',
      condition: condition(
        type,
        'False',
        'ConsentPromptShown',
        'Automatic redemption does not exist across clouds: users see a consent prompt once.',
      ),
    };
  if (!sourceAccess || !targetAccess)
    return {
      prompt: 'Shown',
      condition: condition(
        type,
        'Unknown',
        facts.accessFailure?.reason ?? 'Progressing',
        facts.accessFailure?.message ?? 'The access settings have not been read yet.',
      ),
    };
  if (sourceAccess.outboundConsent && targetAccess.inboundConsent) {
    return {
      prompt: 'Suppressed',
      condition: condition(type, 'True', 'Succeeded', 'Set on the source, outbound, and on the target, inbound: no consent prompt.'),
    };
  }
  const off = [
    ...(sourceAccess.outboundConsent ? [] : ['outbound on the source']),
    ...(targetAccess.inboundConsent ? [] : ['inbound on the target']),
  ].join(' and ');
  const wrong = [
    ...(!sourceAccess.outboundConsent && sourceAccess.inboundConsent ? ['inbound on the source'] : []),
    ...(!targetAccess.inboundConsent && targetAccess.outboundConsent ? ['outbound on the target'] : []),
  ];
  return wrong.length > 0
    ? {
        prompt: 'Shown',
        condition: condition(
          type,
          'False',
          'AutomaticRedemptionWrongDirection',
          `Automatic redemption is set ${wrong.join(' and ')}, which is for the other direction. Set it ${off}.`,
        ),
      }
    : { prompt: 'Shown', condition: condition(type, 'False', 'AutomaticRedemptionOff', `Automatic redemption is off. Set it ${off}.`) };
}

function warnings(facts: PreflightFacts): readonly { readonly reason: Reason; readonly message: string }[] {
  const found: { reason: Reason; message: string }[] = [];
  const { sourceAccess, targetAccess } = facts;
  if (facts.allowInvitesFrom === 'none')
    found.push({
      reason: 'InvitationsDisabled',
      message: 'The target allows nobody to invite guests: creations will be refused. Relax the guest invite settings.',
    });
  if (sourceAccess?.b2bOutboundBlocked === true)
    found.push({
      reason: 'CollaborationBlocked',
      message: 'The source blocks outbound B2B collaboration towards the target for some or all users.',
    });
  if (targetAccess?.b2bInboundBlocked === true)
    found.push({
      reason: 'CollaborationBlocked',
      message: 'The target blocks inbound B2B collaboration from the source for some or all users.',
    });
  if (!facts.sameCloud) {
    found.push({
      reason: 'ConsentPromptShown',
      message: 'Automatic redemption does not exist across clouds: users see a consent prompt once.',
    });
    if (!facts.cloudsAllowed.source)
      found.push({
        reason: 'CloudNotAllowed',
        message: "The source has not switched on the target's cloud under Microsoft cloud settings.",
      });
    if (!facts.cloudsAllowed.target)
      found.push({
        reason: 'CloudNotAllowed',
        message: "The target has not switched on the source's cloud under Microsoft cloud settings.",
      });
  }
  if (facts.source.type === 'Connected' && facts.target.type === 'Connected') {
    const shared = facts.source.verifiedDomains.filter(
      (domain) => facts.target.type === 'Connected' && facts.target.verifiedDomains.includes(domain),
    );
    if (shared.length > 0)
      found.push({
        reason: 'DomainNotVerified',
        message: `${shared.length} domain(s) of the source are verified in the target too: users with addresses there cannot be invited.`,
      });
  }
  return found;
}

function sideStatus(facts: SideFacts): TenantPairStatus['source'] {
  if (facts.type === 'Failed') return undefined;
  return { displayName: facts.displayName, defaultDomain: facts.defaultDomain, missingPermissions: facts.missingPermissions };
}

/** Turns what was read of both tenants into conditions and status (B1, B2, B10). What stops the work is a condition, the rest a warning. */
export function evaluatePreflight(facts: PreflightFacts): PreflightResult {
  const sync = userSync(facts);
  const consent = redemption(facts);
  const checks = [
    connected('source', facts.source, facts.expected.sourceTenantId),
    connected('target', facts.target, facts.expected.targetTenantId),
    permissions(facts),
    sync.condition,
    // Within one cloud automatic redemption is required; across clouds it does not exist.
    ...(facts.sameCloud ? [consent.condition] : []),
  ];
  const first = checks.find((check) => check.status !== 'True');
  const ready = first === undefined;
  return {
    ready,
    conditions: [
      condition(
        'Ready',
        ready ? 'True' : 'False',
        first?.reason ?? 'Succeeded',
        first?.message ?? 'Users can be synchronized between the two tenants.',
      ),
      ...checks,
      ...(facts.sameCloud ? [] : [consent.condition]),
    ],
    source: sideStatus(facts.source),
    target: sideStatus(facts.target),
    access: {
      userSync: sync.state,
      ...(facts.sourceAccess && facts.targetAccess
        ? { automaticRedemption: { sourceOutbound: facts.sourceAccess.outboundConsent, targetInbound: facts.targetAccess.inboundConsent } }
        : {}),
      consentPrompt: consent.prompt,
      warnings: warnings(facts),
      ...(facts.targetAccess ? { inboundTrust: facts.targetAccess.inboundTrust } : {}),
    },
  };
}
