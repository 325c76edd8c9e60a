import type { DirectoryUser } from '../../api/directory-user.ts';
import type { UserProjectionStatus } from '../../api/generated.ts';
import type { Reason } from '../../api/reasons.ts';
import { timestamp } from '../../core/duration.ts';
import { omit } from '../../core/omit.ts';
import { directoryFailure } from '../../core/errors/directory-error.ts';
import { replicationPause } from '../../core/errors/retry.ts';
import type { Decision, Origin, ProjectionState } from '../../core/lifecycle/decide.ts';
import type { ProvisioningEvent } from '../../ports/provisioning-log.ts';
import { priorities } from '../../ports/reconcile.ts';
import { keyString } from '../../ports/resources.ts';
import { anchorPatch, anchorValue, patchFor, patchForNew, stillRefused, writePatch, type RefusedAttribute } from './attributes.ts';
import { applyManager, managerChange, managerProjection, type ManagerChange } from './manager.ts';
import { accountSelect } from './observe.ts';
import { Deferred, persist, purgeDueAt, type Work } from './work.ts';

const hourMs = 60 * 60_000;
const dayMs = 24 * hourMs;

/** How one piece of work came out, for status, events, metrics and the provisioning log. */
export interface Outcome {
  readonly state: ProjectionState;
  readonly reason: Reason;
  /** The object in the target that stands in the way. */
  readonly objectId?: string;
  readonly action: ProvisioningEvent['action'];
  readonly status: ProvisioningEvent['status'];
  readonly written: readonly string[];
  readonly refused: readonly RefusedAttribute[];
  readonly warnings: readonly { readonly reason: Reason; readonly message: string }[];
  readonly targetUser?: UserProjectionStatus['targetUser'];
  /** The desired state was brought into the target. */
  readonly applied: boolean;
  /** Look again after this time although nothing changes. */
  readonly requeueAfterMs?: number;
  /** Epoch milliseconds at which the account is to be compared again, recorded so that a restart does not forget it. */
  readonly compareAgainAt?: number;
  /** Nothing was looked at, so that a write under way stays as open as it was. */
  readonly keepIntent?: boolean;
}

const nothing = { written: [], refused: [], warnings: [], applied: false } as const;

const now = (work: Work): string => timestamp(work.deps.clock.now());

/** Waits for a recent write to become visible; not a failure. */
function waitForReplication(work: Work): Deferred {
  const since = work.status.intent?.at ?? work.status.lastWriteAt;
  return new Deferred('WaitingForReplication', replicationPause(since === undefined ? 0 : work.deps.clock.now() - Date.parse(since)));
}

/** Carries out a decision. Rejects with Deferred, DirectoryError or KubeError. */
export async function act(work: Work, decision: Decision): Promise<Outcome> {
  switch (decision.do) {
    case 'Create':
      return create(work);
    case 'Link':
      return link(work, decision.user, decision.origin);
    case 'Update':
      return update(work, decision.user);
    case 'Restore':
      return restore(work, decision.user);
    case 'Delete':
      return remove(work, decision.user);
    case 'Block':
      return block(work, decision.user);
    case 'Wait':
      throw waitForReplication(work);
    case 'Conflict':
      return {
        ...nothing,
        state: 'Conflict',
        reason: decision.reason,
        ...(decision.objectId === undefined ? {} : { objectId: decision.objectId }),
        action: 'other',
        status: 'failure',
        keepIntent: decision.reason === 'DuplicateSourceUsers',
      };
    case 'Settle':
      return {
        ...nothing,
        state: decision.state,
        reason: decision.reason,
        action: decision.state === 'Staged' ? 'stagedDelete' : 'other',
        status: 'skipped',
        keepIntent: decision.reason === 'RemovalStaged' || decision.reason === 'ClaimedByOtherConfiguration',
        ...(decision.state === 'SoftDeleted' ? untilPurged(work) : {}),
      };
    case 'Forget':
      return { ...nothing, state: 'Purged', reason: 'UserPurged', action: 'other', status: 'success' };
  }
}

/** Until the 30 days are over, and then once a day: the directory purges when it likes. */
function untilPurged(work: Work): Pick<Outcome, 'requeueAfterMs'> {
  const due = purgeDueAt({ ...work.projection, status: work.status }, work.deletedAt);
  return { requeueAfterMs: Math.max(dayMs, due - work.deps.clock.now()) };
}

/** Records the intent first, then invites, then records the id, then writes the rest: a crash anywhere is found by the search. */
async function create(work: Work): Promise<Outcome> {
  const { spec } = work.projection;
  const invitation = work.configuration.spec.invitation;
  const userType = spec.onCreate?.userType ?? spec.attributes?.userType;
  const displayName = spec.attributes?.displayName ?? spec.onCreate?.displayName;
  const address = spec.invitedAddress ?? '';
  // Nothing of an account that is gone for good counts for the one that takes its place.
  const fresh = omit(work.status, 'targetUser', 'lastWriteAt', 'appliedRevision', 'writeOnlyRevision', 'refusedAttributes');
  await persist(work, { ...fresh, intent: { operation: 'Create', at: now(work), address }, state: 'Pending' }, true);
  const invited = await invite(work, {
    emailAddress: address,
    ...(typeof displayName === 'string' ? { displayName } : {}),
    userType: userType === 'Guest' ? 'Guest' : 'Member',
    redirectUrl: invitation.redirectUrl,
    sendMessage: invitation.sendInvitationMessage,
  });
  work.steps.push('EntryExportAdd');
  const targetUser = {
    objectId: invited.id,
    ...(invited.userPrincipalName === undefined ? {} : { userPrincipalName: invited.userPrincipalName }),
    userType: userType === 'Guest' ? 'Guest' : 'Member',
    externalUserState: invited.redeemed ? 'Accepted' : 'PendingAcceptance',
    origin: 'Created',
  } as const;
  await persist(work, { ...omit(work.status, 'intent'), targetUser, lastWriteAt: now(work) }, false);
  return finish(work, { id: invited.id, patch: patchForNew(work), currentManagerId: null, targetUser, action: 'create' });
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

/** Notes whether a failed write is known not to have taken effect. */
function noteRefusal(work: Work, error: unknown): void {
  const failure = directoryFailure(error);
  if (failure && failure.outcomeUnknown !== true && failure.kind !== 'NotFound') work.intentOver = true;
}

async function link(work: Work, user: DirectoryUser, origin: Origin): Promise<Outcome> {
  work.steps.push('EntryLink');
  const targetUser = linkOf(user, origin);
  const created = origin === 'Created' && work.status.intent?.operation === 'Create';
  await persist(work, { ...omit(work.status, 'intent'), targetUser, ...(created ? { lastWriteAt: now(work) } : {}) }, true);
  if (work.projection.spec.lifecycle === 'Removed') throw new Deferred('Linked', 0);
  return update(work, await withManager(work, user), created);
}

/** A search does not tell the manager; it is read where there is one to compare, so that what is equal is not written. */
async function withManager(work: Work, user: DirectoryUser): Promise<DirectoryUser> {
  const clears = work.projection.spec.clear?.includes('manager') === true;
  if (managerChange(work, user.managerId).type !== 'Set' && !clears) return user;
  return (await work.target.getUser(user.id, accountSelect(work), work.options)) ?? user;
}

function linkOf(user: DirectoryUser, origin: Origin): NonNullable<UserProjectionStatus['targetUser']> {
  return {
    objectId: user.id,
    ...(typeof user.userPrincipalName === 'string' ? { userPrincipalName: user.userPrincipalName } : {}),
    ...(typeof user.userType === 'string' ? { userType: user.userType } : {}),
    ...(typeof user.externalUserState === 'string' ? { externalUserState: user.externalUserState } : {}),
    origin,
    mailEnabled: (user.proxyAddresses?.length ?? 0) > 0,
  };
}

async function update(work: Work, user: DirectoryUser, created?: boolean): Promise<Outcome> {
  const { targetUser, appliedRevision, intent, lastWriteAt } = work.status;
  const restored = intent?.operation === 'Restore';
  const unfinished =
    created ?? (!restored && targetUser?.origin === 'Created' && appliedRevision === undefined && lastWriteAt !== undefined);
  // The source speaks when it changes; until then what the target's people edit stays (C8).
  const patch = appliedRevision === work.projection.spec.revision ? anchorPatch(work, user) : patchFor(work, user, { created: unfinished });
  const origin = targetUser?.origin ?? 'Adopted';
  return finish(work, {
    id: user.id,
    patch,
    currentManagerId: user.managerId,
    targetUser: linkOf(user, origin),
    action: unfinished ? 'create' : restored ? 'restore' : patch.accountEnabled === false ? 'disable' : 'update',
  });
}

interface Finish {
  readonly id: string;
  readonly patch: ReturnType<typeof patchForNew>;
  readonly currentManagerId: string | null | undefined;
  readonly targetUser: NonNullable<UserProjectionStatus['targetUser']>;
  readonly action: 'create' | 'update' | 'disable' | 'restore';
}

/** Writes attributes and manager of an account that is there, and says how it stands. */
async function finish(work: Work, input: Finish): Promise<Outcome> {
  const before = work.projection.status;
  const { written, refused: refusedNow } = await writeVisible(work, input);
  const refused = [...stillRefused(work), ...refusedNow];
  if (written.length > 0) work.steps.push('EntryExportUpdate');
  const blocked = work.projection.spec.attributes?.accountEnabled === false;
  const blockRefused = blocked && refused.some((entry) => entry.name === 'accountEnabled');
  if (blocked && !blockRefused && endsSessions(work, written)) await work.target.revokeSessions(input.id, work.options);
  const change = managerChange(work, input.currentManagerId);
  const manager = await applyManager(work, input.id, change);
  const late = manager === 'Later' ? managerLater(work) : undefined;
  const managerId = managerAfter(change, manager, input.currentManagerId);
  const staged = work.projection.spec.blockStaged === true;
  const names = [...written, ...(manager === 'Done' ? ['manager'] : [])];
  return {
    state: staged ? 'Staged' : blocked && !blockRefused ? 'Blocked' : 'Provisioned',
    reason: staged ? 'RemovalStaged' : blockRefused ? 'BlockRefused' : reasonOf(input.action, blocked),
    action: input.action,
    status: refusedNow.length > 0 ? 'warning' : names.length === 0 && input.action === 'update' ? 'skipped' : 'success',
    written: names,
    refused,
    warnings:
      change.type === 'NotProjected' || late?.managerGone === true
        ? [{ reason: 'ManagerNotProjected', message: 'The manager has no account in the target; the manager there stays as it is.' }]
        : [],
    targetUser: {
      ...input.targetUser,
      ...(managerId === undefined ? {} : { managerId }),
      // Outlives other states of the projection: an earlier block decides what an unassignment means (A5).
      ...(blocked && !blockRefused ? { signInBlockedAt: work.status.targetUser?.signInBlockedAt ?? now(work) } : {}),
    },
    ...comparison(work, before),
    ...(late ? { requeueAfterMs: late.requeueAfterMs } : {}),
  };
}

/** The manager in the target as far as it is known now. */
function managerAfter(
  change: ManagerChange,
  result: 'Done' | 'Unchanged' | 'Later',
  current: string | null | undefined,
): string | undefined {
  if (change.type === 'None' && change.managerId !== undefined) return change.managerId;
  if (result === 'Done') return change.type === 'Set' ? change.managerId : undefined;
  return current ?? undefined;
}

/** Sessions end with the block that was just written, and with one whose attempt broke off before they were ended. */
function endsSessions(work: Work, written: readonly string[]): boolean {
  if (!work.configuration.spec.deprovisioning.revokeSessions) return false;
  const { targetUser, state } = work.projection.status;
  return written.includes('accountEnabled') || (targetUser !== undefined && state === 'Failed');
}

/**
 * A second change soon after the last write was compared with a read that may not show that write: a value set back to what it was
 * before looks as if it were there already. Such a change counts as applied only when a later look confirms it.
 */
function comparison(work: Work, before: UserProjectionStatus): Pick<Outcome, 'applied' | 'compareAgainAt'> {
  const { appliedRevision, lastWriteAt } = before;
  if (appliedRevision === undefined || appliedRevision === work.projection.spec.revision || lastWriteAt === undefined)
    return { applied: true };
  const visibleAt = Date.parse(lastWriteAt) + work.deps.settings.replicationWindowMs;
  return visibleAt > work.deps.clock.now() ? { applied: false, compareAgainAt: visibleAt } : { applied: true };
}

/** One of the two accounts is not visible yet; after the replication window it must be gone, which its own projection will find out. */
function managerLater(work: Work): { readonly requeueAfterMs: number; readonly managerGone: boolean } {
  const manager = managerProjection(work.deps, work.projection);
  const latest = [work.status.lastWriteAt, manager?.status.lastWriteAt].map((at) => (at === undefined ? 0 : Date.parse(at)));
  const age = work.deps.clock.now() - Math.max(...latest);
  if (age < work.deps.settings.replicationWindowMs) return { requeueAfterMs: replicationPause(age), managerGone: false };
  if (manager) {
    const key = keyString(manager.metadata);
    work.deps.tracker.requestRecheck(key);
    work.deps.enqueue.projection(key, { priority: priorities.update });
  }
  return { requeueAfterMs: hourMs, managerGone: true };
}

function reasonOf(action: Finish['action'], blocked: boolean): Reason {
  if (blocked) return 'UserBlocked';
  if (action === 'create') return 'UserCreated';
  return action === 'restore' ? 'UserRestored' : 'UserUpdated';
}

/** Writes the patch; an account that is not visible yet is waited for, never created again. */
async function writeVisible(work: Work, input: Finish): ReturnType<typeof writePatch> {
  try {
    return await writePatch(work, input.id, input.patch);
  } catch (error) {
    if (directoryFailure(error, 'NotFound', 'ReferenceNotReady')) throw waitForReplication(work);
    throw error;
  }
}

async function restore(work: Work, user: DirectoryUser): Promise<Outcome> {
  await persist(
    work,
    {
      ...work.status,
      intent: { operation: 'Restore', at: now(work) },
      targetUser: {
        ...linkOf(user, 'Created'),
        deletedAt: work.deletedAt ?? user.deletedDateTime ?? now(work),
        ...work.status.targetUser,
        objectId: user.id,
      },
    },
    true,
  );
  try {
    await work.target.restoreUser(user.id, { reconcileProxies: work.configuration.spec.restore.reconcileProxies }, work.options);
  } catch (error) {
    noteRefusal(work, error);
    const taken = directoryFailure(error, 'ObjectConflict');
    if (!taken) throw error;
    return {
      ...nothing,
      state: 'Conflict',
      reason: 'RestoreConflict',
      ...(taken.conflictingObjectId === undefined ? {} : { objectId: taken.conflictingObjectId }),
      action: 'restore',
      status: 'failure',
    };
  }
  work.steps.push('EntryExportRestore');
  work.deletedAt = undefined;
  const targetUser = omit(work.status.targetUser ?? linkOf(user, 'Created'), 'deletedAt');
  // What the tombstone showed is what comes back; a patch of what differs may have to wait until the account is visible again.
  await persistRestored(work, targetUser);
  return finish(work, {
    id: user.id,
    patch: patchFor(work, user, { created: false }),
    currentManagerId: user.managerId ?? undefined,
    targetUser,
    action: 'restore',
  });
}

/** Records that the account is back, so that a wait or a crash from here on goes on with the rest of the restore. */
async function persistRestored(work: Work, targetUser: NonNullable<UserProjectionStatus['targetUser']>): Promise<void> {
  const written = await work.deps.projections.writer.patchStatus(
    work.projection.metadata,
    { targetUser: { ...targetUser, deletedAt: null }, lastWriteAt: now(work), state: 'Pending' },
    { signal: work.options.signal },
  );
  work.status = written.status;
  work.resourceVersion = written.metadata.resourceVersion;
}

async function remove(work: Work, user: DirectoryUser): Promise<Outcome> {
  // A former deletion, undone since, does not tell whose this one is.
  const link = work.status.targetUser && omit(work.status.targetUser, 'deletedAt');
  await persist(
    work,
    { ...omit(work.status, 'targetUser'), ...(link ? { targetUser: link } : {}), intent: { operation: 'Delete', at: now(work) } },
    true,
  );
  const anchor = anchorValue(work, work.deps.clock.now());
  try {
    if (anchor) await writePatch(work, user.id, { [anchor.attribute]: anchor.value });
    await work.target.deleteUser(user.id, work.options);
  } catch (error) {
    noteRefusal(work, error);
    if (directoryFailure(error, 'NotFound')) throw waitForReplication(work);
    throw error;
  }
  work.steps.push('EntryExportDelete');
  const targetUser = { ...linkOf(user, 'Created'), ...work.status.targetUser, objectId: user.id, deletedAt: now(work) };
  return { ...nothing, state: 'SoftDeleted', reason: 'UserDeleted', action: 'delete', status: 'success', targetUser, applied: true };
}

async function block(work: Work, user: DirectoryUser): Promise<Outcome> {
  const { refused } = await writePatch(work, user.id, { accountEnabled: false });
  if (refused.length > 0)
    return { ...nothing, state: 'Provisioned', reason: 'BlockRefused', action: 'disable', status: 'warning', refused, applied: true };
  if (work.configuration.spec.deprovisioning.revokeSessions) await work.target.revokeSessions(user.id, work.options);
  return {
    ...nothing,
    state: 'Blocked',
    reason: 'UserBlocked',
    action: 'disable',
    status: 'success',
    written: ['accountEnabled'],
    applied: true,
  };
}
