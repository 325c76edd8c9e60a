import type { SyncConfiguration } from '../../api/kinds.ts';
import { addressesOf } from '../../core/matching/addresses.ts';
import { parseAnchor } from '../../core/matching/anchor.ts';
import { isReleased } from '../../core/projection/account.ts';
import { groupOf } from '../../core/projection/groups.ts';
import { isPreview } from '../../core/projection/preview.ts';
import type { GroupMember } from '../../ports/group-directory.ts';
import { keyString } from '../../ports/resources.ts';
import { isEvaluated } from '../shared/compiled.ts';
import { configurationIndexes, projectionIndexes } from '../shared/dependencies.ts';
import type { GroupWork } from './work.ts';

/** Whose account of this pair of tenants that is; for a plan, would be. An account that was let go is nobody's. */
export function personOf({ deps, record }: GroupWork, account: string): string | undefined {
  const { source, target, mode } = record.spec;
  const key = `${target.tenantId}/${account}`.toLowerCase();
  const { lister } = deps.projections;
  const planned = mode === 'Plan' ? lister.byIndex(projectionIndexes.plannedUser, key) : [];
  return [...lister.byIndex(projectionIndexes.targetUser, key), ...planned]
    .find((each) => !isPreview(each) && !isReleased(each) && each.spec.source.tenantId.toLowerCase() === source.tenantId.toLowerCase())
    ?.spec.source.objectId.toLowerCase();
}

const configurationsOf = ({ deps, pair }: GroupWork): readonly SyncConfiguration[] =>
  deps.configurations.lister.byIndex(configurationIndexes.pair, keyString(pair.metadata));

/** The attributes in which configurations of the pair keep anchors: a person may have the account by another configuration than the group. */
export function anchorAttributes(work: GroupWork): readonly string[] {
  const attributes = configurationsOf(work).map(({ spec }) => spec.matching.anchor?.attribute);
  return [...new Set(attributes.filter((attribute) => attribute !== undefined))];
}

/** Properties of a user by which it can be told whose account it may be, where these attributes may have anchors. */
export function likenessSelect(anchors: readonly string[]): readonly string[] {
  return ['userPrincipalName', 'mail', 'otherMails', 'proxyAddresses', ...anchors];
}

/**
 * People whose account a user may be that no record links, of whichever tenant: those whom its anchors name, and those who are invited at an address
 * of it, or would be searched for at one. Undefined where the user may not be read.
 */
export function likenessOf({ deps, record }: GroupWork, { user }: GroupMember, anchors: readonly string[]): readonly string[] | undefined {
  if (user === undefined) return undefined;
  const { lister } = deps.projections;
  const invited = addressesOf(user)
    .map((address) => `${record.spec.target.tenantId}/${address}`.toLowerCase())
    .flatMap((key) => [...lister.byIndex(projectionIndexes.address, key), ...lister.byIndex(projectionIndexes.searched, key)])
    .map(({ spec }) => spec.source.objectId.toLowerCase());
  const anchored = anchors.flatMap((attribute) => parseAnchor(user.attributes[attribute])?.sourceObjectId ?? []);
  return [...anchored, ...invited];
}

/**
 * Whether each account of the pair has its record: before the first cycles have come to their ends, as after the cluster was lost, after records were
 * deleted, and after a configuration was changed, a member whom nobody knows may be somebody whose record is still to be made.
 */
export function knowsEverybody(work: GroupWork): boolean {
  const { deps } = work;
  return configurationsOf(work).every(
    (configuration) =>
      configuration.spec.previewOf !== undefined ||
      (isEvaluated(configuration) &&
        deps.projections.lister.count(groupOf(keyString(configuration.metadata), 'State/Pending')) === 0 &&
        deps.projections.lister.count(groupOf(keyString(configuration.metadata), 'InScope')) >= (configuration.status.users?.inScope ?? 0)),
  );
}
