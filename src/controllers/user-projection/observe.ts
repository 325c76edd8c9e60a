import type { UserProjection } from '../../api/kinds.ts';
import type { DirectoryUser } from '../../api/directory-user.ts';
import { timestamp } from '../../core/duration.ts';
import type { Account, LifecycleInput } from '../../core/lifecycle/decide.ts';
import { anchorOwner, isMarkedAdopted, parseAnchor } from '../../core/matching/anchor.ts';
import type { Match } from '../../core/matching/match.ts';
import { isReleased } from '../../core/projection/account.ts';
import { claimsOn, isOfFormerHolder, siblingsOf } from './claims.ts';
import { mayBeOnItsWay } from './outcome.ts';
import { accountSelect, isVerified, search } from './search.ts';
import type { Work } from './work.ts';

type Link = NonNullable<UserProjection['status']['targetUser']>;

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

/** Whose the anchor of an account says that it is, where that is not us: another installation alone may write it (I15), and so may who has that person. */
function foreignOwner(work: Work, account: Account): Pick<LifecycleInput, 'ownedElsewhere' | 'boundElsewhere'> {
  const attribute = work.configuration.spec.matching.anchor?.attribute;
  if (attribute === undefined || !('user' in account)) return { ownedElsewhere: false };
  const owner = anchorOwner(account.user.attributes[attribute], work.projection.spec.source, work.deps.settings.installationId);
  const moved = owner === 'OtherPerson' && account.type === 'Live';
  return { ownedElsewhere: owner === 'OtherInstallation', ...(moved ? { boundElsewhere: true } : {}) };
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
