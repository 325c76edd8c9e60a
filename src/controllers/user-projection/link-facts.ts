import type { DirectoryUser } from '../../api/directory-user.ts';
import type { UserProjectionStatus } from '../../api/generated.ts';
import type { Allowance } from '../../core/guard/allowance.ts';
import { timestamp } from '../../core/duration.ts';
import type { ManagerChange, WritePlan, WrittenAccount } from '../../core/lifecycle/writes.ts';
import { omit } from '../../core/omit.ts';
import { conversionNow } from './attributes.ts';
import { now } from './outcome.ts';
import type { Work } from './work.ts';

type TargetUser = NonNullable<UserProjectionStatus['targetUser']>;

/** Facts of the link that a read does not tell. */
export function factsKept(known: TargetUser | undefined): Partial<TargetUser> {
  if (known === undefined) return {};
  const { createdAt, invitedAsGuestAt, addressSeenAt, convertedAt, addressListOnly } = known;
  const { signInBlockedAt, blockVerdict, creationVerdict, managerId, sessionsOpen, unfinished } = known;
  return {
    ...(createdAt === undefined ? {} : { createdAt }),
    ...(signInBlockedAt === undefined ? {} : { signInBlockedAt }),
    ...(blockVerdict === undefined ? {} : { blockVerdict }),
    ...(creationVerdict === undefined ? {} : { creationVerdict }),
    ...(managerId === undefined ? {} : { managerId }),
    ...(sessionsOpen === undefined ? {} : { sessionsOpen }),
    ...(unfinished === undefined ? {} : { unfinished }),
    ...(invitedAsGuestAt === undefined ? {} : { invitedAsGuestAt }),
    ...(addressSeenAt === undefined ? {} : { addressSeenAt }),
    ...(convertedAt === undefined ? {} : { convertedAt }),
    ...(addressListOnly === undefined ? {} : { addressListOnly }),
  };
}

/** Notes whether sign-in is blocked by us: that outlives other states, and decides what an unassignment means (A5). */
export function noteSignIn(work: Work, account: WrittenAccount, plan: WritePlan, allowance: Allowance): void {
  const link = work.done.targetUser;
  if (link === undefined) return;
  const { signInBlockedAt, ...others } = link;
  const verdict = allowance.type === 'Allowed' && work.done.written.includes('accountEnabled') ? { blockVerdict: allowance.verdict } : {};
  work.done.targetUser = isBlocked(work, account, plan) ? { ...others, ...verdict, signInBlockedAt: signInBlockedAt ?? now(work) } : others;
}

/** Whether an account of the address list that waits for a decision about its conversion was not opened. */
function staysListed({ status, done }: Work, enabled: boolean | null | undefined): boolean {
  return status.targetUser?.addressListOnly === true && enabled === false && !done.written.includes('accountEnabled');
}

function isBlocked(work: Work, account: WrittenAccount, plan: WritePlan): boolean {
  const desired = work.projection.spec.attributes?.accountEnabled;
  const enabled = account.type === 'New' ? true : account.user.accountEnabled;
  const before = work.status.targetUser?.signInBlockedAt !== undefined;
  // With no word on sign-in, an earlier block that still stands is remembered.
  if (desired === undefined) return enabled === false && before;
  if (desired === true && before && staysListed(work, enabled)) return true;
  if (desired === true || plan.blockWithheld) return false;
  if (work.done.written.includes('accountEnabled') || enabled === false) return true;
  // Sign-in that the target's people have changed since stays, and the block that we wrote stays known (C8).
  return before && plan.patch.accountEnabled === undefined;
}

/**
 * Notes since when the account has the invited address, and that it was made a member; that outlives a restart, which so neither hurries nor
 * forgets a conversion (D7). Gives the time at which to look again, in epoch milliseconds.
 */
export function noteConversion(work: Work, account: WrittenAccount): number | undefined {
  const { targetUser: link, written } = work.done;
  if (link === undefined) return undefined;
  const facts = withListing(link, work.projection.spec);
  work.done.targetUser = facts;
  if (work.projection.spec.memberStrategy !== 'InviteAsGuest' || facts.convertedAt !== undefined) return undefined;
  // What the account has is told by a read, and it was made just now.
  if (account.type === 'New') return work.deps.clock.now() + firstLookMs;
  if (written.includes('userType') || isUnnotedMember(account.user, facts)) {
    work.done.targetUser = { ...facts, userType: 'Member', convertedAt: now(work) };
    return undefined;
  }
  return noteWaiting(work, facts, account.user);
}

/** A process that ended after the write and before the note leaves a member whom the record takes for a guest. */
const isUnnotedMember = ({ userType }: DirectoryUser, { invitedAsGuestAt }: TargetUser): boolean =>
  userType === 'Member' && invitedAsGuestAt !== undefined;

/** The link with whether sign-in is blocked for the address list alone: whoever is blocked in the source is blocked for that as well (D8). */
function withListing(link: TargetUser, { memberStrategy, sourceDisabled }: Work['projection']['spec']): TargetUser {
  const rest = omit(link, 'addressListOnly');
  if (link.signInBlockedAt === undefined) return rest;
  const listed = memberStrategy === 'AddressListOnly' ? sourceDisabled !== true : link.addressListOnly === true;
  return listed ? { ...rest, addressListOnly: true } : rest;
}

/** Notes since when the account has the invited address, or that it has it no more. */
function noteWaiting(work: Work, facts: TargetUser, user: DirectoryUser): number | undefined {
  const conversion = conversionNow({ ...work, status: { ...work.status, targetUser: facts } }, user);
  if (conversion.type !== 'Waiting') return undefined;
  const { addressSeenAt: seenAt } = conversion;
  const rest = omit(facts, 'addressSeenAt');
  work.done.targetUser = seenAt === undefined ? rest : { ...rest, addressSeenAt: facts.addressSeenAt ?? timestamp(seenAt) };
  return conversion.at;
}

/** Exchange takes minutes to see an account. */
const firstLookMs = 60_000;

/** Notes who the manager is now, as far as that is known. */
export function noteManager(
  work: Work,
  account: WrittenAccount,
  change: ManagerChange,
  result: 'Done' | 'Unchanged' | 'Later' | 'Refused',
): void {
  const link = work.done.targetUser;
  if (link === undefined) return;
  const others = omit(link, 'managerId');
  const current = account.type === 'New' ? undefined : (account.user.managerId ?? undefined);
  const known =
    change.type === 'None'
      ? (change.managerId ?? current)
      : result === 'Done'
        ? change.type === 'Set'
          ? change.managerId
          : undefined
        : current;
  work.done.targetUser = known === undefined ? others : { ...others, managerId: known };
}
