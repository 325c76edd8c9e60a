import type { TenantPair } from '../../api/kinds.ts';
import type { Reason } from '../../api/reasons.ts';
import { keyString } from '../../ports/resources.ts';
import { pairIndexes, type Dependencies } from '../shared/dependencies.ts';
import { tenantsKey } from '../shared/indexes.ts';

/** Why a pair cannot be checked. */
export interface Problem {
  readonly reason: Reason;
  readonly message: string;
  /** Nothing will change until somebody acts on the resource. */
  readonly stalled: boolean;
}

/** What is wrong with the resource as written; none of it heals by itself. */
export function specProblem(deps: Dependencies, pair: TenantPair): Problem | undefined {
  for (const side of ['source', 'target'] as const) {
    if (!deps.directories.clouds.includes(pair.spec[side].cloud)) {
      return {
        stalled: true,
        reason: 'UnknownCloud',
        message: `spec.${side}.cloud: ${pair.spec[side].cloud} is not known. Use one of ${deps.directories.clouds.join(', ')}, or have it defined in the operator's clouds file.`,
      };
    }
  }
  if (pair.spec.crossTenantAccess.managementPolicy === 'Enforce') {
    return {
      stalled: true,
      reason: 'FeatureNotAvailable',
      message: 'spec.crossTenantAccess.managementPolicy: Enforce is not available in this version; use Observe.',
    };
  }
  if (pair.spec.limits)
    return { stalled: true, reason: 'FeatureNotAvailable', message: 'spec.limits is not available in this version; remove it.' };
  if ((pair.spec.target.additionalCredentials?.length ?? 0) > 0) {
    return {
      stalled: true,
      reason: 'FeatureNotAvailable',
      message: 'spec.target.additionalCredentials is not available in this version; remove it.',
    };
  }
  const older = deps.pairs.lister
    .byIndex(pairIndexes.tenants, tenantsKey(pair))
    .find((other) => other.metadata.uid !== pair.metadata.uid && isOlder(other, pair));
  return older
    ? {
        stalled: true,
        reason: 'DuplicateTenantPair',
        message: `TenantPair ${keyString(older.metadata)} already connects the same two tenants. Delete one of the two.`,
      }
    : undefined;
}

function isOlder(a: TenantPair, b: TenantPair): boolean {
  if (a.metadata.creationTimestamp !== b.metadata.creationTimestamp) return a.metadata.creationTimestamp < b.metadata.creationTimestamp;
  return keyString(a.metadata) < keyString(b.metadata);
}
