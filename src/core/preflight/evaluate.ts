import type { TenantPairStatus } from '../../api/generated.ts';
import { applicationWarnings } from '../pool/applications.ts';
import { makeCondition, type DesiredCondition } from '../status/conditions.ts';
import { connected, groupAccess, permissions, redemption, userSync } from './checks.ts';
import { permissionWarnings } from './enforce.ts';
import { entraJobAfter, entraJobConditions, entraJobWarnings } from './entra-jobs.ts';
import type { PreflightFacts, SideFacts } from './facts.ts';
import { warnings } from './warnings.ts';

/** The conditions and the status that follow from the facts. */
export interface PreflightResult {
  readonly ready: boolean;
  readonly conditions: readonly DesiredCondition[];
  readonly source: TenantPairStatus['source'];
  readonly target: TenantPairStatus['target'];
  readonly access: NonNullable<TenantPairStatus['access']>;
}

function sideStatus(facts: SideFacts): TenantPairStatus['source'] {
  if (facts.type === 'Failed') return undefined;
  return { displayName: facts.displayName, defaultDomain: facts.defaultDomain, missingPermissions: facts.missingPermissions };
}

/** Turns what was read of both tenants into conditions and status (B1, B2, B10). What stops the work is a condition, the rest a warning. */
export function evaluatePreflight(facts: PreflightFacts): PreflightResult {
  const sync = userSync(facts);
  const consent = redemption(facts);
  const entraJob = entraJobAfter(facts.entraJobs);
  const checks = [
    connected('source', facts),
    connected('target', facts),
    permissions(facts),
    sync.condition,
    // Within one cloud automatic redemption is required; across clouds it does not exist.
    ...(facts.sameCloud ? [consent] : []),
  ];
  const first = checks.find((check) => check.status !== 'True');
  const ready = first === undefined;
  return {
    ready,
    conditions: [
      makeCondition(
        'Ready',
        ready ? 'True' : first.reason === 'Progressing' ? 'Unknown' : 'False',
        first?.reason ?? 'Succeeded',
        first?.message ?? 'Users can be synchronized between the two tenants.',
      ),
      ...checks,
      ...(facts.sameCloud ? [] : [consent]),
      ...entraJobConditions(entraJob),
    ],
    source: sideStatus(facts.source),
    target: sideStatus(facts.target),
    access: {
      userSync: sync.state,
      ...groupAccess(facts),
      ...(facts.sourceAccess && facts.targetAccess
        ? { automaticRedemption: { sourceOutbound: facts.sourceAccess.outboundConsent, targetInbound: facts.targetAccess.inboundConsent } }
        : {}),
      ...(consent.status === 'Unknown' ? {} : { consentPrompt: consent.status === 'True' ? 'Suppressed' : 'Shown' }),
      entraJob,
      warnings: [
        ...warnings(facts),
        ...entraJobWarnings(facts.entraJobs, entraJob),
        ...permissionWarnings(facts),
        ...applicationWarnings(facts.applications),
      ],
      ...(facts.targetAccess ? { inboundTrust: facts.targetAccess.inboundTrust } : {}),
    },
  };
}
