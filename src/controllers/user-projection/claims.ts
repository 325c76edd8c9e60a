import { labels, type UserProjection } from '../../api/kinds.ts';
import type { LifecycleInput } from '../../core/lifecycle/decide.ts';
import { holderOf } from '../../core/preflight/holding.ts';
import { claimOwner, personKey } from '../../core/projection/claims.ts';
import { isPreview } from '../../core/projection/preview.ts';
import { keyString } from '../../ports/resources.ts';
import { pairIndexes, projectionIndexes, type Dependencies } from '../shared/dependencies.ts';
import { tenantsKey } from '../shared/indexes.ts';

/** The records of one person in one target, whichever configurations they are of; a preview has no part in it (G8). */
export const siblingsOf = (deps: Dependencies, projection: UserProjection): readonly UserProjection[] =>
  deps.projections.lister.byIndex(projectionIndexes.person, personKey(projection.spec)).filter((record) => !isPreview(record));

/**
 * Whether the pair of a record has lost the tenants to another pair: nobody acts for the record any more, so that it claims no person and no
 * address, and its account is the successor's. While no pair holds the tenants, every claim stands.
 */
export function isOfFormerHolder(deps: Dependencies, { metadata, spec }: UserProjection): boolean {
  const holder = holderOf(deps.pairs.lister.byIndex(pairIndexes.tenants, tenantsKey({ spec })));
  if (holder === undefined) return false;
  const configuration = deps.configurations.lister.get({ namespace: metadata.namespace, name: spec.syncConfigurationRef.name });
  const name = configuration?.spec.tenantPairRef.name ?? metadata.labels?.[labels.tenantPair];
  return name !== undefined && keyString(holder.metadata) !== keyString({ namespace: metadata.namespace, name });
}

/** Whether another configuration owns the person, and whether another one wants the person to be present (B5). */
export function claimsOn(deps: Dependencies, projection: UserProjection): Pick<LifecycleInput, 'claimedElsewhere' | 'wantedElsewhere'> {
  const others = siblingsOf(deps, projection).filter(
    (other) => other.metadata.uid !== projection.metadata.uid && !isOfFormerHolder(deps, other),
  );
  if (others.length === 0) return { claimedElsewhere: false, wantedElsewhere: false };
  const owner = claimOwner([projection, ...others]);
  return {
    claimedElsewhere: owner !== undefined && owner.metadata.uid !== projection.metadata.uid,
    wantedElsewhere: others.some((other) => wantsPresence(deps, other)),
  };
}

/** Whether a projection stands for a wish that lasts: neither it nor its configuration is on its way out. */
function wantsPresence(deps: Dependencies, { metadata, spec }: UserProjection): boolean {
  if (metadata.deletionTimestamp !== undefined || spec.lifecycle !== 'Present' || spec.mode !== 'Apply') return false;
  const configuration = deps.configurations.lister.get({ namespace: metadata.namespace, name: spec.syncConfigurationRef.name });
  return configuration !== undefined && configuration.metadata.deletionTimestamp === undefined;
}

/** Another source user who is to be present and would be invited by the same address (D3). A preview has its own, in place of those of its configuration. */
export function addressRival(deps: Dependencies, projection: UserProjection): UserProjection | undefined {
  const { spec } = projection;
  if (spec.invitedAddress === undefined || spec.lifecycle !== 'Present') return undefined;
  return deps.projections.lister
    .byIndex(projectionIndexes.address, `${spec.target.tenantId}/${spec.invitedAddress}`.toLowerCase())
    .find(
      (other) =>
        other.spec.source.objectId !== spec.source.objectId &&
        other.spec.lifecycle === 'Present' &&
        competes(spec, other.spec) &&
        !isOfFormerHolder(deps, other) &&
        (other.status.state !== 'Skipped' || other.status.targetUser !== undefined),
    );
}

/** Whether the other record has a say in who is invited: a preview for itself alone, and there in place of the configuration that is previewed. */
function competes({ syncConfigurationRef, previewOf }: UserProjection['spec'], other: UserProjection['spec']): boolean {
  if (previewOf === undefined) return other.previewOf === undefined;
  if (other.previewOf !== undefined) return other.syncConfigurationRef.name === syncConfigurationRef.name;
  return other.syncConfigurationRef.name !== previewOf.name;
}
