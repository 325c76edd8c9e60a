import type { TenantPairStatus } from '../../api/generated.ts';
import { makeCondition, type DesiredCondition } from '../status/conditions.ts';
import { userSyncSetting } from './enforce.ts';
import { groupSyncRefusal } from './group-permission.ts';
import type { AccessFacts, PreflightFacts } from './facts.ts';
import { about } from './sign-in.ts';

type Access = NonNullable<TenantPairStatus['access']>;

/** Whether the credentials of a side sign in, and to the tenant that they should. */
export function connected(side: 'source' | 'target', all: PreflightFacts): DesiredCondition {
  const type = side === 'source' ? 'SourceConnected' : 'TargetConnected';
  const { [side]: facts, signIn, expected } = all;
  const { named, expiry } = signIn[side];
  const ending = expiry === undefined ? '' : ` ${expiry}`;
  if (facts.type === 'Failed') return makeCondition(type, 'False', facts.reason, `${about(named, facts.message)}${ending}`);
  const tenantId = side === 'source' ? expected.sourceTenantId : expected.targetTenantId;
  if (facts.tenantId.toLowerCase() !== tenantId.toLowerCase()) {
    const found = `The credentials of the ${side} sign in to tenant ${facts.tenantId}, which is another tenant than spec.${side}.tenantId.`;
    return makeCondition(type, 'False', 'TenantMismatch', about(named, `${found} Correct the tenant id or the credentials.`));
  }
  return makeCondition(type, 'True', 'Succeeded', `Signed in to the ${side} tenant.${ending}`);
}

/** Whether both applications may do all that the work needs. */
export function permissions(facts: PreflightFacts): DesiredCondition {
  if (facts.source.type === 'Failed' || facts.target.type === 'Failed') {
    return makeCondition('PermissionsGranted', 'Unknown', 'Progressing', 'Not known until both tenants are connected.');
  }
  const lacking = [
    ...facts.source.missingPermissions.map((name) => `${name} in the source`),
    ...facts.target.missingPermissions.map((name) => `${name} in the target`),
  ];
  if (lacking.length === 0)
    return makeCondition('PermissionsGranted', 'True', 'Succeeded', 'The applications have all permissions that the work needs.');
  return makeCondition(
    'PermissionsGranted',
    'False',
    'PermissionMissing',
    `Missing application permissions: ${lacking.join(', ')}. Add them to the app registration and grant admin consent.`,
  );
}

/** Whether the target allows inbound user synchronization from the source, as `status.access.userSync` and as a condition. */
export function userSync(facts: PreflightFacts): { readonly state: Access['userSync'] & string; readonly condition: DesiredCondition } {
  const type = 'UserSyncAllowed';
  if (!facts.targetAccess) {
    const { reason, message } = facts.accessFailure ?? {
      reason: 'UserSyncUnknown' as const,
      message: 'The access settings of the target have not been read yet.',
    };
    return { state: 'Unknown', condition: makeCondition(type, 'Unknown', reason, message) };
  }
  if (facts.targetAccess.userSyncInboundAllowed === undefined) {
    const accepted = 'The target does not offer an inbound synchronization policy; withoutSyncPolicy: Accept goes on without it.';
    const refused =
      'The target does not offer an inbound synchronization policy. Set spec.crossTenantAccess.withoutSyncPolicy: Accept to go on without it.';
    return {
      state: 'Unknown',
      condition:
        facts.withoutSyncPolicy === 'Accept'
          ? makeCondition(type, 'True', 'Succeeded', accepted)
          : makeCondition(type, 'False', 'UserSyncUnknown', refused),
    };
  }
  if (facts.targetAccess.userSyncInboundAllowed === true) {
    const message = 'The target allows inbound user synchronization from the source.';
    return { state: 'Allowed', condition: makeCondition(type, 'True', 'Succeeded', message) };
  }
  const allowed = facts.targetAccess.userSyncInboundAllowed;
  if (facts.enforces && (allowed === false || facts.userSyncSeen)) return stoppedByTarget(allowed);
  if (facts.underWay.has('target partner') || facts.underWay.has(`target ${userSyncSetting}`)) {
    const message = 'The identity synchronization policy of the target was made just now; it is read again until it shows.';
    return { state: 'NotAllowed', condition: makeCondition(type, 'Unknown', 'Progressing', message) };
  }
  const message =
    'The target does not allow inbound user synchronization from the source: nothing is written and nothing is deleted. Its administrator allows it under cross-tenant access settings, inbound, cross-tenant sync.';
  return { state: 'NotAllowed', condition: makeCondition(type, 'False', 'UserSyncNotAllowed', message) };
}

/** A target that says no, or has taken its policy away, is not overruled: only its administrator says yes again. */
function stoppedByTarget(allowed: boolean | null | undefined): ReturnType<typeof userSync> {
  const what = allowed === false ? 'says no' : 'is gone';
  const message = `The target's policy for inbound user synchronization from the source ${what}: nothing is written and nothing is deleted. managementPolicy: Enforce never sets it back. The target's administrator allows it under cross-tenant access settings, inbound, cross-tenant sync.`;
  return { state: 'NotAllowed', condition: makeCondition('UserSyncAllowed', 'False', 'StoppedByTarget', message) };
}

/** Whether what automatic redemption lacks was written a moment ago. */
function mayStillShow({ underWay }: PreflightFacts, source: AccessFacts, target: AccessFacts): boolean {
  const lacking = [
    ...(source.outboundConsent ? [] : ['source automaticUserConsentSettings.outboundAllowed']),
    ...(target.inboundConsent ? [] : ['target automaticUserConsentSettings.inboundAllowed']),
  ];
  return lacking.every((setting) => underWay.has(setting));
}

/** Whether users are spared the consent prompt: automatic redemption is on, on both sides and in the right direction. */
export function redemption(facts: PreflightFacts): DesiredCondition {
  const type = 'AutomaticRedemption';
  const { sourceAccess, targetAccess } = facts;
  if (!facts.sameCloud) {
    const message = 'Automatic redemption does not exist across clouds: users see a consent prompt once.';
    return makeCondition(type, 'False', 'ConsentPromptShown', message);
  }
  if (!sourceAccess || !targetAccess) {
    const { reason, message } = facts.accessFailure ?? {
      reason: 'Progressing' as const,
      message: 'The access settings have not been read yet.',
    };
    return makeCondition(type, 'Unknown', reason, message);
  }
  if (sourceAccess.outboundConsent && targetAccess.inboundConsent)
    return makeCondition(type, 'True', 'Succeeded', 'Set on the source, outbound, and on the target, inbound: no consent prompt.');
  if (mayStillShow(facts, sourceAccess, targetAccess))
    return makeCondition(type, 'Unknown', 'Progressing', 'Automatic redemption was set just now; it is read again until it shows.');
  const off = [
    ...(sourceAccess.outboundConsent ? [] : ['outbound on the source']),
    ...(targetAccess.inboundConsent ? [] : ['inbound on the target']),
  ].join(' and ');
  const wrong = [
    ...(!sourceAccess.outboundConsent && sourceAccess.inboundConsent ? ['inbound on the source'] : []),
    ...(!targetAccess.inboundConsent && targetAccess.outboundConsent ? ['outbound on the target'] : []),
  ];
  if (wrong.length === 0) return makeCondition(type, 'False', 'AutomaticRedemptionOff', `Automatic redemption is off. Set it ${off}.`);
  const message = `Automatic redemption is set ${wrong.join(' and ')}, which is for the other direction. Set it ${off}.`;
  return makeCondition(type, 'False', 'AutomaticRedemptionWrongDirection', message);
}

/** Whether the target allows inbound group synchronization, as `status.access.groupSync`; nothing while no groups are projected. */
export function groupAccess({ projectsGroups, groupSync, withoutGroupPolicy }: PreflightFacts): Pick<Access, 'groupSync'> {
  if (!projectsGroups) return {};
  if (groupSync?.allowed === undefined) return { groupSync: 'Unknown' };
  return { groupSync: groupSyncRefusal(groupSync.allowed, withoutGroupPolicy) === undefined ? 'Allowed' : 'NotAllowed' };
}
