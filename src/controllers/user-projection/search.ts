import type { DirectoryUser } from '../../api/directory-user.ts';
import { isExcluded } from '../../core/limits/limits.ts';
import { anchorPrefix, formatAnchor } from '../../core/matching/anchor.ts';
import { domainOf } from '../../core/matching/domain.ts';
import { matchAccount, type Match } from '../../core/matching/match.ts';
import { identityProperties } from '../../core/scope/identity-kind.ts';
import { isReleased } from '../../core/projection/account.ts';
import type { CandidateQuery, FoundAccounts } from '../../ports/directory.ts';
import { projectionIndexes } from '../shared/dependencies.ts';
import { holdersOf } from './claims.ts';
import { mayBeOnItsWay } from './outcome.ts';
import { limitsOf, type Work } from './work.ts';

/** Properties to read of an account: those that decide, those that are compared, and the anchor. */
export function accountSelect(work: Pick<Work, 'mappings' | 'configuration'>): readonly string[] {
  const anchor = work.configuration.spec.matching.anchor?.attribute;
  return [
    ...new Set([
      ...identityProperties,
      'otherMails',
      'proxyAddresses',
      ...work.mappings.targetAttributes,
      ...(anchor === undefined ? [] : [anchor, 'createdDateTime']),
    ]),
  ];
}

/** Whether an address is in a domain that the source tenant has verified: a source speaks for nobody else (I15, D1). */
export function isVerified(work: Work, address: string): boolean {
  return work.session.sourceDomains.has(domainOf(address));
}

/** Addresses by which an existing account of the person may be known: the invited one, and others in domains of the source. */
function searchAddresses(work: Work): readonly string[] {
  const { spec } = work.projection;
  const others = [spec.source.userPrincipalName, spec.attributes?.mail].filter(
    (value): value is string => typeof value === 'string' && isVerified(work, value),
  );
  // The user may have been renamed since an invitation whose answer was lost.
  const invited = [spec.invitedAddress, work.status.intent?.address].filter((address) => address !== undefined);
  const all = [...invited, ...others];
  return [...new Map(all.map((address) => [address.toLowerCase(), address])).values()];
}

/** How an anchor of the person is searched: by its beginning, whoever wrote it, or by what this installation writes and has written. */
function anchorQuery({ projection, deps }: Work, attribute: string): NonNullable<CandidateQuery['anchor']> {
  const { tenantId, objectId } = projection.spec.source;
  const value = anchorPrefix(tenantId, objectId);
  const anchor = { sourceTenantId: tenantId, sourceObjectId: objectId, installation: deps.settings.installationId };
  return { attribute, value, whole: [formatAnchor(anchor), formatAnchor({ ...anchor, adopted: true }), value] };
}

/** Looks for accounts of the person: among the live ones, and among the deleted ones unless one of those is known. */
export async function search(
  work: Work,
  ownTombstone: string | undefined,
): Promise<{ readonly match: Match; readonly contactId?: string }> {
  const { spec } = work.projection;
  const addresses = searchAddresses(work);
  const anchor = work.configuration.spec.matching.anchor?.attribute;
  const query = {
    addresses,
    ...(anchor === undefined ? {} : { anchor: anchorQuery(work, anchor) }),
    ...(work.session.readsContacts && spec.invitedAddress !== undefined ? { contactAddress: spec.invitedAddress } : {}),
  };
  if (addresses.length === 0 && anchor === undefined) return { match: { type: 'None' } };
  const found = await work.target.findAccounts(query, accountSelect(work), work.options);
  const offered = {
    live: found.live.filter((user) => user.id !== ownTombstone),
    deleted: ownTombstone === undefined ? found.deleted : [],
  };
  const match = matchAmong(work, offered, spec.invitedAddress ?? '');
  const { contactId } = found;
  return { match: match.type === 'None' ? await searchFormer(work) : match, ...(contactId === undefined ? {} : { contactId }) };
}

/** The person's account among those that a search for an address has found. */
function matchAmong(work: Work, { live, deleted }: Pick<FoundAccounts, 'live' | 'deleted'>, address: string): Match {
  const { source } = work.projection.spec;
  const anchor = work.configuration.spec.matching.anchor?.attribute;
  const fading = deletedJustNow(work, live);
  if (fading !== undefined) return { type: 'Unsettled', since: fading };
  return matchAccount({
    sourceTenantId: source.tenantId,
    sourceObjectId: source.objectId,
    address,
    verifiedDomains: work.session.sourceDomains,
    installation: work.deps.settings.installationId,
    ...(anchor === undefined ? {} : { anchorAttribute: anchor }),
    live,
    deleted,
    isExcluded: (user) => isExcluded(limitsOf(work), user),
    boundTo: (objectId) => boundTo(work, objectId),
  });
}

/**
 * Looks for an account that was there under an address that the person had before, where accounts that were there are adopted (I1). What was made
 * later is of whoever has the address since, and an address that somebody else has now tells nothing any more.
 */
async function searchFormer(work: Work): Promise<Match> {
  const { spec } = work.projection;
  const { targetUser, intent } = work.status;
  // Who has had an account is known by it: their own tombstone would be found here as somebody else's.
  if (work.configuration.spec.matching.adoption === 'Ignore' || targetUser !== undefined || intent !== undefined) return { type: 'None' };
  for (const { address, until } of spec.formerAddresses ?? []) {
    if (!isVerified(work, address) || holdersOf(work.deps, work.projection, address).length > 0) continue;
    const select = [...new Set([...accountSelect(work), 'createdDateTime'])];
    const { live, deleted } = await work.target.findAccounts({ addresses: [address] }, select, work.options);
    const wasThere = (users: readonly DirectoryUser[]): readonly DirectoryUser[] => users.filter((user) => isMadeBefore(user, until));
    const match = matchAmong(work, { live: wasThere(live), deleted: wasThere(deleted) }, address);
    if (formerCounts(match)) return match;
  }
  return { type: 'None' };
}

const isMadeBefore = ({ attributes: { createdDateTime } }: DirectoryUser, until: string): boolean =>
  typeof createdDateTime === 'string' && Date.parse(createdDateTime) <= Date.parse(until);

/** Whether what is found under a former address says something about the person: an account that can be nobody else's, or several. */
function formerCounts(match: Match): boolean {
  if (match.type !== 'Conflict') return match.type !== 'None';
  return match.reason === 'DuplicateTargetUsers' || match.reason === 'DeletedInTarget';
}

/** When we deleted one of these accounts for somebody else, so recently that a read may still show it as live. */
function deletedJustNow(work: Work, live: readonly DirectoryUser[]): string | undefined {
  const { target } = work.projection.spec;
  const deletions = live.flatMap(({ id }) =>
    work.deps.projections.lister
      .byIndex(projectionIndexes.targetUser, `${target.tenantId}/${id}`.toLowerCase())
      .filter(({ metadata }) => metadata.uid !== work.projection.metadata.uid)
      .map(({ status }) => status.targetUser?.deletedAt),
  );
  return deletions.find((deletedAt) => mayBeOnItsWay(work, deletedAt));
}

/** The other source user whose account our records say this is. */
function boundTo(work: Work, objectId: string): { sourceObjectId: string; sameAddress: boolean } | undefined {
  const { spec } = work.projection;
  const others = work.deps.projections.lister
    .byIndex(projectionIndexes.targetUser, `${spec.target.tenantId}/${objectId}`.toLowerCase())
    .filter((other) => other.spec.source.objectId !== spec.source.objectId);
  const other = others.find((candidate) => !isReleased(candidate)) ?? others[0];
  if (!other) return undefined;
  const sameAddress = other.spec.lifecycle === 'Present' && other.spec.invitedAddress?.toLowerCase() === spec.invitedAddress?.toLowerCase();
  return { sourceObjectId: other.spec.source.objectId, sameAddress };
}
