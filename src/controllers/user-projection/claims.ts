import type { UserProjection } from '../../api/kinds.ts';
import type { LifecycleInput } from '../../core/lifecycle/decide.ts';
import { claimOwner, personKey } from '../../core/projection/claims.ts';
import { projectionIndexes, type Dependencies } from '../shared/dependencies.ts';

/** The records of one person in one target, whichever configurations they are of. */
export const siblingsOf = (deps: Dependencies, projection: UserProjection): readonly UserProjection[] =>
  deps.projections.lister.byIndex(projectionIndexes.person, personKey(projection.spec));

/** Whether another configuration owns the person, and whether another one wants the person to be present (B5). */
export function claimsOn(deps: Dependencies, projection: UserProjection): Pick<LifecycleInput, 'claimedElsewhere' | 'wantedElsewhere'> {
  const siblings = siblingsOf(deps, projection);
  if (siblings.length === 1) return { claimedElsewhere: false, wantedElsewhere: false };
  const owner = claimOwner(siblings);
  return {
    claimedElsewhere: owner !== undefined && owner.metadata.uid !== projection.metadata.uid,
    wantedElsewhere: siblings.some((other) => other.metadata.uid !== projection.metadata.uid && wantsPresence(deps, other)),
  };
}

/** Whether a projection stands for a wish that lasts: neither it nor its configuration is on its way out. */
function wantsPresence(deps: Dependencies, { metadata, spec }: UserProjection): boolean {
  if (metadata.deletionTimestamp !== undefined || spec.lifecycle !== 'Present' || spec.mode !== 'Apply') return false;
  const configuration = deps.configurations.lister.get({ namespace: metadata.namespace, name: spec.syncConfigurationRef.name });
  return configuration !== undefined && configuration.metadata.deletionTimestamp === undefined;
}

/** Another source user who is to be present and would be invited by the same address (D3). */
export function addressRival(deps: Dependencies, projection: UserProjection): UserProjection | undefined {
  const { spec } = projection;
  if (spec.invitedAddress === undefined || spec.lifecycle !== 'Present') return undefined;
  return deps.projections.lister
    .byIndex(projectionIndexes.address, `${spec.target.tenantId}/${spec.invitedAddress}`.toLowerCase())
    .find(
      (other) =>
        other.spec.source.objectId !== spec.source.objectId &&
        other.spec.lifecycle === 'Present' &&
        (other.status.state !== 'Skipped' || other.status.targetUser !== undefined),
    );
}
