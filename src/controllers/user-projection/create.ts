import type { DirectoryUser } from '../../api/directory-user.ts';
import { directoryFailure } from '../../core/errors/directory-error.ts';
import { creationAllowance, type CreationAllowance } from '../../core/guard/creations.ts';
import type { Decision, Origin } from '../../core/lifecycle/decide.ts';
import { mailWarning } from '../../core/lifecycle/mail.ts';
import type { Visibility } from '../../core/lifecycle/visibility.ts';
import { createdUserType, isExcluded } from '../../core/limits/limits.ts';
import { omit } from '../../core/omit.ts';
import { planFor } from './attributes.ts';
import { finish, update } from './finish.ts';
import { accountSelect } from './search.ts';
import { linkOf, noteRefusal, now, type Outcome } from './outcome.ts';
import { proposeToGuard } from './rests-on-source.ts';
import { Deferred } from '../shared/write-gate.ts';
import { conditionsOf, limitsOf, persist, type Work } from './work.ts';

/** Whether the account that a record asks for may be created, by the limit on creations. */
export function allowanceOf({ projection: { spec }, status, configuration }: Work): CreationAllowance {
  return creationAllowance({ spec, status }, configuration.spec.deprovisioning.guard.creations);
}

/** The mark of the verdict under which an account is created, where there is a limit. */
function usedUp(allowance: CreationAllowance): { readonly creationVerdict?: string } {
  return allowance.type === 'Allowed' && allowance.verdict !== undefined ? { creationVerdict: allowance.verdict } : {};
}

/** The account is to be created, and nobody has counted it yet: that is done in a cycle that comes at once, for all such together (E7). */
export function proposeCreation(work: Work): Outcome {
  proposeToGuard(work);
  const link = work.status.targetUser;
  // A link that is still there is one to an account that has gone for good: nobody loses it a second time.
  if (link !== undefined) work.done.targetUser = { ...link, foundDeletedAt: link.foundDeletedAt ?? now(work) };
  return { state: 'Staged', reason: 'AwaitingGuard', action: 'other', status: 'skipped', warnings: [] };
}

/** Records the intent first, then invites, then records the id, then writes the rest: a crash anywhere is found by the search. */
export async function create(work: Work, { contactId }: Extract<Decision, { do: 'Create' }>): Promise<Outcome> {
  const { spec } = work.projection;
  const invitation = work.configuration.spec.invitation;
  const userType = createdUserType(spec);
  const displayName = spec.attributes?.displayName ?? spec.onCreate?.displayName;
  const address = spec.invitedAddress ?? '';
  const allowance = allowanceOf(work);
  // Facts of an account that is gone for good do not hold for the account that takes its place.
  const fresh = omit(
    work.status,
    'targetUser',
    'lastWriteAt',
    'appliedRevision',
    'appliedContent',
    'writeOnlyRevision',
    'refusedAttributes',
    'nextAttemptAt',
    'compareAgainAt',
  );
  await persist(
    work,
    {
      ...fresh,
      intent: { operation: 'Create', at: now(work), address },
      state: 'Pending',
      conditions: conditionsOf(work, 'Pending', 'Progressing'),
    },
    true,
  );
  const invited = await invite(work, {
    emailAddress: address,
    ...(typeof displayName === 'string' ? { displayName } : {}),
    userType,
    redirectUrl: invitation.redirectUrl,
    sendMessage: invitation.sendInvitationMessage,
  });
  work.steps.push('EntryExportAdd');
  const targetUser = {
    objectId: invited.id,
    ...(invited.userPrincipalName === undefined ? {} : { userPrincipalName: invited.userPrincipalName }),
    userType,
    externalUserState: invited.redeemed ? 'Accepted' : 'PendingAcceptance',
    origin: 'Created',
    createdAt: now(work),
    unfinished: true,
    // A member, and a guest beside a contact, has no mail of its own from the start.
    ...(userType === 'Member' || contactId !== undefined ? { mailEnabled: false } : {}),
    ...usedUp(allowance),
    ...invitedAs(work, now(work)),
  } as const;
  await persist(work, { ...omit(work.status, 'intent'), targetUser, lastWriteAt: now(work) }, false);
  // The limits of the pair may exclude a name that nobody had before.
  if (isExcluded(limitsOf(work), invited)) throw new Deferred('Linked', 0);
  const visibility = work.deps.visibilityOf(work.target.tenantId);
  const waitMs = visibility.next();
  // A write that misses costs as much quota as one that does not.
  if (waitMs > 0) throw new Deferred('WaitingForReplication', waitMs);
  const outcome = await finishAtOnce(work, targetUser, visibility);
  return contactId === undefined ? outcome : { ...outcome, warnings: [...outcome.warnings, mailWarning(contactId)] };
}

/** Writes to the account without a look whether it is visible, and learns from how that goes. */
async function finishAtOnce(work: Work, link: Parameters<typeof finish>[2], visibility: Visibility): Promise<Outcome> {
  try {
    const outcome = await finish(work, { type: 'New' }, link);
    visibility.triedAtOnce(true);
    return outcome;
  } catch (error) {
    if (error instanceof Deferred && error.message === 'WaitingForReplication') visibility.triedAtOnce(false);
    throw error;
  }
}

/** An invitation that was not sent takes its intent back. */
async function invite(work: Work, invitation: Parameters<Work['target']['invite']>[0]): ReturnType<Work['target']['invite']> {
  try {
    return await work.target.invite(invitation, work.options);
  } catch (error) {
    noteRefusal(work, error);
    if (directoryFailure(error, 'Throttled') || error instanceof Deferred) await persist(work, omit(work.status, 'intent'), false);
    throw error;
  }
}

/** That the guest is one who is to become a member, whose invitation was sent at a time. */
function invitedAs({ projection: { spec } }: Work, at: string): { readonly invitedAsGuestAt?: string } {
  return spec.memberStrategy === 'InviteAsGuest' ? { invitedAsGuestAt: at } : {};
}

const isOwnCreation = ({ status }: Work, origin: Origin): boolean => origin === 'Created' && status.intent?.operation === 'Create';

/** Whether an account that is linked is made to agree then: one that was there before is changed only where updates are wanted. */
export function writesAfterLink(work: Work, origin: Origin): boolean {
  return isOwnCreation(work, origin) || work.configuration.spec.targetActions.includes('Update');
}

/** Records whose account it is from now on, and makes it agree. */
export async function link(work: Work, { user, origin, provisional }: Extract<Decision, { do: 'Link' }>): Promise<Outcome> {
  work.steps.push('EntryLink');
  const created = isOwnCreation(work, origin);
  // An invitation whose answer was lost has used its verdict up as well.
  const invitedAt = work.status.intent?.at ?? now(work);
  const own = { createdAt: invitedAt, unfinished: true, ...usedUp(allowanceOf(work)), ...invitedAs(work, invitedAt) } as const;
  const targetUser = { ...linkOf(user, origin), ...(created ? own : {}) };
  const former = omit(work.status, 'intent', 'appliedRevision', 'appliedContent', 'writeOnlyRevision', 'refusedAttributes');
  await persist(work, { ...former, targetUser, ...(created ? { lastWriteAt: now(work) } : {}) }, true);
  if (work.projection.spec.lifecycle === 'Removed' || !writesAfterLink(work, origin) || provisional === true)
    throw new Deferred('Linked', 0);
  return update(work, await withManager(work, user));
}

/** A search does not tell the manager; it is read where there is one to compare, so that what is equal is not written. */
export async function withManager(work: Work, user: DirectoryUser): Promise<DirectoryUser> {
  const clears = work.projection.spec.clear?.includes('manager') === true;
  if (planFor(work, { type: 'InUse', user }, 'Withhold').manager.type !== 'Set' && !clears) return user;
  return (await work.target.getUser(user.id, accountSelect(work), work.options)) ?? user;
}
