import type { TenantPair } from '../../api/kinds.ts';
import type { Reason } from '../../api/reasons.ts';
import { repeatedApplication } from '../../core/pool/applications.ts';
import { holderOf } from '../../core/preflight/holding.ts';
import { pairIndexes, type Dependencies } from '../shared/dependencies.ts';
import { tenantsKey } from '../shared/indexes.ts';

/** Why a pair cannot be checked. */
export interface Problem {
  readonly reason: Reason;
  readonly message: string;
  /** Nothing will change until somebody acts on the resource. */
  readonly stalled: boolean;
}

/** The fault of the resource as written, which does not heal by itself. */
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
  const repeated = repeatedApplication(pair.spec.target);
  return repeated === undefined ? undefined : { stalled: true, reason: 'InvalidSpec', message: repeated };
}

/** The pairs for the same two tenants, this one included as it is now. */
function sameTenants(deps: Dependencies, pair: TenantPair): readonly TenantPair[] {
  return deps.pairs.lister.byIndex(pairIndexes.tenants, tenantsKey(pair));
}

/** The other pairs that would act between these tenants if they held them. */
export function waitingPairs(deps: Dependencies, pair: TenantPair): readonly TenantPair[] {
  const others = sameTenants(deps, pair).filter(({ metadata }) => metadata.uid !== pair.metadata.uid);
  return others.filter(({ metadata, spec }) => metadata.deletionTimestamp === undefined && !spec.suspend);
}

/**
 * Why the pair may not act between its tenants, if another pair holds them. The name of a holder in another namespace is not told.
 */
export function duplicateProblem(deps: Dependencies, pair: TenantPair): Problem | undefined {
  const holder = holderOf(sameTenants(deps, pair));
  if (holder === undefined || holder.metadata.uid === pair.metadata.uid) return undefined;
  const { namespace, name } = holder.metadata;
  const who = namespace === pair.metadata.namespace ? `TenantPair ${namespace}/${name}` : 'A TenantPair in another namespace';
  const what =
    namespace === pair.metadata.namespace
      ? 'Delete one of the two.'
      : "Ask the cluster's administrators who uses these tenants, or delete this one.";
  return { stalled: true, reason: 'DuplicateTenantPair', message: `${who} already connects the same two tenants. ${what}` };
}
