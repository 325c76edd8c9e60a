import type { UserProjection } from '../../api/kinds.ts';
import type { DirectoryUser } from '../../api/directory-user.ts';
import { timestamp } from '../../core/duration.ts';
import type { Account, LifecycleInput } from '../../core/lifecycle/decide.ts';
import { anchorOwner, anchorPrefix, formatAnchor, isMarkedAdopted, parseAnchor } from '../../core/matching/anchor.ts';
import { isExcluded } from '../../core/limits/limits.ts';
import { matchAccount, type Match } from '../../core/matching/match.ts';
import { identityProperties } from '../../core/scope/identity-kind.ts';
import { isReleased } from '../../core/projection/account.ts';
import type { CandidateQuery } from '../../ports/directory.ts';
import { projectionIndexes } from '../shared/dependencies.ts';
import { claimsOn, isOfFormerHolder, siblingsOf } from './claims.ts';
import { mayBeOnItsWay } from './outcome.ts';
import { limitsOf, type Work } from './work.ts';

type Link = NonNullable<UserProjection['status']['targetUser']>;

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

/**
 * The accounts that siblings have handed over, or leave behind while their records are being deleted or after their pair has lost the tenants,
 * for a projection that has none of its own. A deletion that a sibling has begun counts as done: taken for live, the account would be linked
 * and then be gone.
 */
function inheritedLinks({ deps, projection }: Work): readonly Link[] {
  const leavesBehind = (other: UserProjection): boolean =>
    isReleased(other) || other.metadata.deletionTimestamp !== undefined || isOfFormerHolder(deps, other);
  return siblingsOf(deps, projection)
    .filter((other) => other.metadata.uid !== projection.metadata.uid && leavesBehind(other))
    .flatMap(({ status: { targetUser, intent } }) => {
      if (targetUser === undefined) return [];
      return [intent?.operation === 'Delete' ? { deletedAt: intent.at, ...targetUser } : targetUser];
    });
}

/**
 * When we deleted the account for this person, by whichever record (I6). What another record tells counts for a tombstone of that time alone: the
 * account may have been restored since, and deleted by somebody else (A7).
 */
function deletedByUs(
  { deps, projection }: Work,
  { objectId, deletedAt }: Link,
  tombstoneOf: string | null | undefined,
): string | undefined {
  if (deletedAt !== undefined || typeof tombstoneOf !== 'string') return deletedAt;
  const told = siblingsOf(deps, projection).flatMap(({ status: { targetUser } }) =>
    targetUser?.objectId === objectId && targetUser.deletedAt !== undefined ? [targetUser.deletedAt] : [],
  );
  return told.find((at) => Math.abs(Date.parse(at) - Date.parse(tombstoneOf)) < deps.settings.replicationWindowMs);
}

function hasDeletionMark(work: Work, user: DirectoryUser): boolean {
  const attribute = work.configuration.spec.matching.anchor?.attribute;
  return attribute !== undefined && parseAnchor(user.attributes[attribute])?.deletedAt !== undefined;
}

/** The account that a record is linked to, as read, and whether a deletion of ours may still show itself there. */
interface LinkedAccount {
  readonly account: Account;
  readonly deletionMayAppear: boolean;
}

/** Reads the linked account. A read may lag behind our own writes, so that what it shows is weighed against when those were. */
async function readAccount(work: Work, link: Link): Promise<LinkedAccount> {
  const { intent, lastWriteAt } = work.status;
  const select = accountSelect(work);
  const live = await work.target.getUser(link.objectId, select, work.options);
  const deletionMayAppear =
    intent === undefined ? mayBeOnItsWay(work, link.deletedAt) : intent.operation === 'Delete' && mayBeOnItsWay(work, intent.at);
  if (live && !deletionMayAppear) return { account: { type: 'Live', user: live }, deletionMayAppear };
  const deleted = await work.target.getDeletedUser(link.objectId, [...select, 'deletedDateTime'], work.options);
  if (deleted) return { account: tombstone(work, link, deleted), deletionMayAppear: false };
  if (live) return { account: { type: 'Live', user: live }, deletionMayAppear };
  return { account: { type: mayBeOnItsWay(work, lastWriteAt) ? 'Unseen' : 'Gone' }, deletionMayAppear: false };
}

/** What a tombstone says of the linked account. */
function tombstone(work: Work, link: Link, deleted: DirectoryUser): Account {
  const { intent, lastWriteAt, state } = work.status;
  // A tombstone that we have purged is gone, although a replica that has not heard of it still shows it.
  if (state === 'Purged' && mayBeOnItsWay(work, lastWriteAt)) return { type: 'Gone' };
  const deletedAt = deletedByUs(work, link, deleted.deletedDateTime);
  const recorded = deletedAt !== undefined || intent?.operation === 'Delete';
  // A tombstone older than our last write to the live account is one that we have restored.
  if (!recorded && mayBeOnItsWay(work, lastWriteAt) && isBefore(deleted.deletedDateTime, lastWriteAt)) return { type: 'Unseen' };
  const byUs = recorded || hasDeletionMark(work, deleted);
  if (byUs) work.deletedAt = deletedAt ?? deleted.deletedDateTime ?? timestamp(work.deps.clock.now());
  return { type: 'SoftDeleted', user: deleted, byUs };
}

function isBefore(time: string | null | undefined, other: string | undefined): boolean {
  return typeof time === 'string' && other !== undefined && Date.parse(time) < Date.parse(other);
}

/** Whether an address is in a domain that the source tenant has verified: a source speaks for nobody else (I15, D1). */
function isVerified(work: Work, address: string): boolean {
  return work.session.sourceDomains.has(address.slice(address.lastIndexOf('@') + 1).toLowerCase());
}

/** Whose the anchor of an account says that it is, where that is not us: another installation alone may write it (I15), and so may who has that person. */
function foreignOwner(work: Work, account: Account): Pick<LifecycleInput, 'ownedElsewhere' | 'boundElsewhere'> {
  const attribute = work.configuration.spec.matching.anchor?.attribute;
  if (attribute === undefined || !('user' in account)) return { ownedElsewhere: false };
  const owner = anchorOwner(account.user.attributes[attribute], work.projection.spec.source, work.deps.settings.installationId);
  const moved = owner === 'OtherPerson' && account.type === 'Live';
  return { ownedElsewhere: owner === 'OtherInstallation', ...(moved ? { boundElsewhere: true } : {}) };
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
async function search(work: Work, ownTombstone: string | undefined): Promise<{ readonly match: Match; readonly contactId?: string }> {
  const { spec } = work.projection;
  const addresses = searchAddresses(work);
  const anchor = work.configuration.spec.matching.anchor?.attribute;
  const query = {
    addresses,
    ...(anchor === undefined ? {} : { anchor: anchorQuery(work, anchor) }),
    ...(work.session.readsContacts && spec.invitedAddress !== undefined ? { contactAddress: spec.invitedAddress } : {}),
  };
  if (addresses.length === 0 && anchor === undefined) return { match: { type: 'None' } };
  const select = accountSelect(work);
  const { live, deleted, contactId } = await work.target.findAccounts(query, select, work.options);
  const fading = deletedJustNow(work, live);
  if (fading !== undefined) return { match: { type: 'Unsettled', since: fading } };
  const match = matchAccount({
    sourceTenantId: spec.source.tenantId,
    sourceObjectId: spec.source.objectId,
    address: spec.invitedAddress ?? '',
    verifiedDomains: work.session.sourceDomains,
    installation: work.deps.settings.installationId,
    ...(anchor === undefined ? {} : { anchorAttribute: anchor }),
    live: live.filter((user) => user.id !== ownTombstone),
    deleted: ownTombstone === undefined ? deleted : [],
    isExcluded: (user) => isExcluded(limitsOf(work), user),
    boundTo: (objectId) => boundTo(work, objectId),
  });
  return { match, ...(contactId === undefined ? {} : { contactId }) };
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

type Observation = Omit<LifecycleInput, 'spec' | 'status' | 'configuration'>;

/** Reads what the decision about this person needs, and no more. */
export const observe = (work: Work): Promise<Observation> => asStep(work, 'EntryImport', () => gather(work));

/** Does something as a step of its own: one that fails stays open. */
async function asStep<T>({ steps, openSteps }: Work, name: string, act: () => Promise<T>): Promise<T> {
  steps.push(name);
  openSteps.add(name);
  const found = await act();
  openSteps.delete(name);
  return found;
}

async function gather(work: Work): Promise<Observation> {
  const claims = claimsOn(work.deps, work.projection);
  const { invitedAddress, lifecycle } = work.projection.spec;
  const addressVerified = invitedAddress !== undefined && isVerified(work, invitedAddress);
  const unlinked: LinkedAccount = { account: { type: 'Unlinked' }, deletionMayAppear: false };
  const idle = { ...claims, ...unlinked, ownedElsewhere: false, addressVerified, match: undefined, creationMayAppear: false };
  if (lifecycle === 'RemovalStaged' || (lifecycle === 'Present' && claims.claimedElsewhere)) return idle;
  const own = work.status.targetUser;
  if (own !== undefined) return observeAccount(work, idle, await readAccount(work, own));
  return (await observeInherited(work, idle)) ?? observeAccount(work, idle, unlinked);
}

/**
 * The account that another record leaves behind, if it can be taken over: live, or deleted by us. Undefined: there is none, and whoever deleted the
 * account, or made another one since, is found by the search (A7, I2).
 */
async function observeInherited(work: Work, idle: Observation): Promise<Observation | undefined> {
  for (const link of inheritedLinks(work)) {
    const { account, deletionMayAppear } = await readAccount(work, link);
    const { ownedElsewhere } = foreignOwner(work, account);
    // Its former owner may have deleted it just now: an account that a read still shows is waited for, neither linked nor created anew.
    if (account.type === 'Unseen' || (account.type === 'Live' && deletionMayAppear))
      return { ...idle, ownedElsewhere, account: { type: 'Unseen' } };
    const match = takenOver(account, link);
    if (match) return { ...idle, ownedElsewhere, account: { type: 'Unlinked' }, match };
  }
  return undefined;
}

/** The linked account as read, and what else is to be known where that does not say all. */
async function observeAccount(work: Work, idle: Observation, { account, deletionMayAppear }: LinkedAccount): Promise<Observation> {
  const known = { ...idle, account, ...foreignOwner(work, account) };
  if (!needsMatch(work, account)) {
    const { targetUser, lastWriteAt } = work.status;
    const unwritten = account.type === 'Live' && targetUser?.origin === 'Adopted' && lastWriteAt === undefined;
    return { ...known, deletionMayAppear, ...(unwritten ? markOf(work, account.user) : {}) };
  }
  const deletedId = account.type === 'SoftDeleted' ? account.user.id : undefined;
  const { match, contactId } = await asStep(work, 'EntryMatching', () => search(work, deletedId));
  return {
    ...known,
    match,
    ...(contactId === undefined ? {} : { contactId }),
    creationMayAppear: isCreating(work) && mayBeOnItsWay(work, work.status.intent?.at),
    deletionMayAppear,
    ...(match.type === 'Found' && match.by === 'Address' ? markOf(work, match.user) : {}),
  };
}

const isCreating = ({ status }: Work): boolean => status.intent?.operation === 'Create';

/** Whether an account has to be searched for: where none is known, and beside one that is to be restored. */
function needsMatch(work: Work, account: Account): boolean {
  const present = work.projection.spec.lifecycle === 'Present';
  if (account.type === 'Unlinked' || account.type === 'Gone') return present || isCreating(work);
  return present && account.type === 'SoftDeleted' && account.byUs;
}

/** A new record may be the successor of one that has just created the account: its mark is written after the invitation, and seen later. */
function markOf(work: Work, user: DirectoryUser): Pick<LifecycleInput, 'mark'> {
  const attribute = work.configuration.spec.matching.anchor?.attribute;
  if (attribute === undefined) return {};
  const owner = anchorOwner(user.attributes[attribute], work.projection.spec.source, work.deps.settings.installationId);
  if (owner === 'Mine') return isMarkedAdopted(user.attributes[attribute]) ? {} : { mark: { ours: true } };
  const { createdDateTime } = user.attributes;
  if (typeof createdDateTime !== 'string') return {};
  // A clock that was set back must not make it young for hours.
  const young = Math.abs(work.deps.clock.now() - Date.parse(createdDateTime)) < work.deps.settings.replicationWindowMs;
  return young ? { mark: { mayAppearSince: createdDateTime } } : {};
}

/** A sibling's account counts as found, so that it is linked before anything else happens. */
function takenOver(account: Account, { origin }: Link): Match | undefined {
  if (account.type === 'Live') return { type: 'Found', user: account.user, by: origin === 'Adopted' ? 'Address' : 'Anchor' };
  return account.type === 'SoftDeleted' && account.byUs ? { type: 'Restorable', user: account.user } : undefined;
}
