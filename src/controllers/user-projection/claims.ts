import { labels, type UserProjection } from '../../api/kinds.ts';
import type { LifecycleInput } from '../../core/lifecycle/decide.ts';
import { domainOf } from '../../core/matching/domain.ts';
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
  const key = pairKeyOf(deps, { metadata, spec });
  return key !== undefined && keyString(holder.metadata) !== key;
}

/** The key of the pair that a record is of, as far as that is known. */
function pairKeyOf(
  deps: Dependencies,
  { metadata: { namespace, labels: given }, spec }: Pick<UserProjection, 'metadata' | 'spec'>,
): string | undefined {
  const configuration = deps.configurations.lister.get({ namespace, name: spec.syncConfigurationRef.name });
  const name = configuration?.spec.tenantPairRef.name ?? given?.[labels.tenantPair];
  return name === undefined ? undefined : keyString({ namespace, name });
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
  const address = spec.invitedAddress;
  // Who may not be invited competes with nobody, and is told so.
  if (address === undefined || spec.lifecycle !== 'Present' || mayName(deps, projection, address) === false) return undefined;
  return holdersOf(deps, projection, address).find(
    (other) =>
      competes(spec, other.spec) &&
      !isOfFormerHolder(deps, other) &&
      (other.status.state !== 'Skipped' || other.status.targetUser !== undefined),
  );
}

/** The records of other source users who are to be present, and have the address of an account or may be invited by it. */
export function holdersOf(deps: Dependencies, projection: UserProjection, address: string): readonly UserProjection[] {
  const { spec } = projection;
  const own = mayName(deps, projection, address);
  // A domain is verified in one tenant alone.
  const unlessOurs = own === true ? false : undefined;
  return deps.projections.lister.byIndex(projectionIndexes.address, `${spec.target.tenantId}/${address}`.toLowerCase()).filter((other) => {
    if (other.spec.source.objectId === spec.source.objectId || other.spec.lifecycle !== 'Present') return false;
    const sameSource = other.spec.source.tenantId.toLowerCase() === spec.source.tenantId.toLowerCase();
    return holdsAddress(other, sameSource ? own : (mayName(deps, other, address) ?? unlessOurs));
  });
}

/**
 * Whether a person holds the address of their record: by an account, or an invitation that is under way, or because the source may name the address.
 * While the domains of the source are not known, the claim stands.
 */
function holdsAddress({ status }: UserProjection, sourceMayName: boolean | undefined): boolean {
  return status.targetUser !== undefined || status.intent !== undefined || sourceMayName !== false;
}

/** Whether the source of a record speaks for an address, by the domains that it has verified (I15); undefined while they are not known here. */
function mayName(deps: Dependencies, projection: UserProjection, address: string): boolean | undefined {
  const key = pairKeyOf(deps, projection);
  const domains = key === undefined ? undefined : deps.sessions.get(key)?.sourceDomains;
  // Each tenant has a domain: without any, they were not read.
  return domains === undefined || domains.size === 0 ? undefined : domains.has(domainOf(address));
}

/** Whether the other record has a say in who is invited: a preview for itself alone, and there in place of the configuration that is previewed. */
function competes({ syncConfigurationRef, previewOf }: UserProjection['spec'], other: UserProjection['spec']): boolean {
  if (previewOf === undefined) return other.previewOf === undefined;
  if (other.previewOf !== undefined) return other.syncConfigurationRef.name === syncConfigurationRef.name;
  return other.syncConfigurationRef.name !== previewOf.name;
}
