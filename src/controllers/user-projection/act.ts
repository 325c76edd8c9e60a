import type { DirectoryUser } from '../../api/directory-user.ts';
import type { UserProjectionStatus } from '../../api/generated.ts';
import type { Reason } from '../../api/reasons.ts';
import { timestamp } from '../../core/duration.ts';
import { omit } from '../../core/omit.ts';
import { directoryFailure } from '../../core/errors/directory-error.ts';
import { replicationPause } from '../../core/errors/retry.ts';
import type { Decision, Origin, ProjectionState } from '../../core/lifecycle/decide.ts';
import type { ProvisioningEvent } from '../../ports/provisioning-log.ts';
import { anchorValue, patchFor, patchForNew, writePatch, type RefusedAttribute } from './attributes.ts';
import { applyManager, managerChange } from './manager.ts';
import { Deferred, persist, type Work } from './work.ts';

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
}

const nothing = { written: [], refused: [], warnings: [], applied: false } as const;

const now = (work: Work): string => timestamp(work.deps.clock.now());

/** Waits for a recent write to become visible; not a failure. */
function waitForReplication(work: Work): Deferred {
  const since = work.status.lastWriteAt ?? work.status.intent?.at;
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
      return update(work, decision.user, 'update');
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
      };
    case 'Settle':
      return {
        ...nothing,
        state: decision.state,
        reason: decision.reason,
        action: decision.state === 'Staged' ? 'stagedDelete' : 'other',
        status: 'skipped',
      };
    case 'Forget':
      return { ...nothing, state: 'Purged', reason: 'UserPurged', action: 'other', status: 'success' };
  }
}

/** Records the intent first, then invites, then records the id, then writes the rest: a crash anywhere is found by the search. */
async function create(work: Work): Promise<Outcome> {
  const { spec } = work.projection;
  const invitation = work.configuration.spec.invitation;
  const userType = spec.onCreate?.userType ?? spec.attributes?.userType;
  const displayName = spec.attributes?.displayName ?? spec.onCreate?.displayName;
  await persist(work, { ...work.status, intent: { operation: 'Create', at: now(work) }, state: 'Pending' }, true);
  const invited = await invite(work, {
    emailAddress: spec.invitedAddress ?? '',
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

/** An invitation whose outcome is unknown keeps its intent; one that was refused for certain takes it back. */
async function invite(work: Work, invitation: Parameters<Work['target']['invite']>[0]): ReturnType<Work['target']['invite']> {
  try {
    return await work.target.invite(invitation, work.options);
  } catch (error) {
    if (directoryFailure(error)?.outcomeUnknown === true) throw waitForReplication(work);
    if (directoryFailure(error, 'Throttled') || error instanceof Deferred) await persist(work, omit(work.status, 'intent'), false);
    throw error;
  }
}

async function link(work: Work, user: DirectoryUser, origin: Origin): Promise<Outcome> {
  work.steps.push('EntryLink');
  const targetUser = linkOf(user, origin);
  const created = origin === 'Created' && work.status.intent?.operation === 'Create';
  await persist(work, { ...omit(work.status, 'intent'), targetUser, ...(created ? { lastWriteAt: now(work) } : {}) }, true);
  if (work.projection.spec.lifecycle === 'Removed') throw new Deferred('Linked', 0);
  return update(work, user, 'update', created);
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

async function update(work: Work, user: DirectoryUser, action: 'update' | 'restore', created?: boolean): Promise<Outcome> {
  const targetUser = work.status.targetUser;
  const unfinished =
    created ?? (targetUser?.origin === 'Created' && work.status.appliedRevision === undefined && work.status.lastWriteAt !== undefined);
  const patch = patchFor(work, user, { created: unfinished });
  const origin = targetUser?.origin ?? 'Adopted';
  return finish(work, {
    id: user.id,
    patch,
    currentManagerId: user.managerId,
    targetUser: linkOf(user, origin),
    action: unfinished ? 'create' : patch.accountEnabled === false ? 'disable' : action,
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
  const { written, refused } = await writeVisible(work, input);
  if (written.length > 0) work.steps.push('EntryExportUpdate');
  if (written.includes('accountEnabled') && input.patch.accountEnabled === false && work.configuration.spec.deprovisioning.revokeSessions) {
    await work.target.revokeSessions(input.id, work.options);
  }
  const change = managerChange(work, input.currentManagerId);
  const manager = await applyManager(work, input.id, change);
  const managerId =
    change.type === 'Set' && manager === 'Done'
      ? change.managerId
      : change.type === 'Clear'
        ? undefined
        : (input.currentManagerId ?? undefined);
  const blocked = work.projection.spec.attributes?.accountEnabled === false;
  const blockRefused = blocked && refused.some((entry) => entry.name === 'accountEnabled');
  const staged = work.projection.spec.blockStaged === true;
  const names = [...written, ...(manager === 'Done' ? ['manager'] : [])];
  return {
    state: staged ? 'Staged' : blocked && !blockRefused ? 'Blocked' : 'Provisioned',
    reason: staged ? 'RemovalStaged' : blockRefused ? 'BlockRefused' : reasonOf(input.action, blocked),
    action: input.action,
    status: refused.length > 0 ? 'warning' : names.length === 0 && input.action === 'update' ? 'skipped' : 'success',
    written: names,
    refused,
    warnings:
      change.type === 'NotProjected'
        ? [{ reason: 'ManagerNotProjected', message: 'The manager has no account in the target; the manager there stays as it is.' }]
        : [],
    targetUser: { ...input.targetUser, ...(managerId === undefined ? {} : { managerId }) },
    applied: true,
    ...(manager === 'Later' ? { requeueAfterMs: 5000 } : {}),
  };
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
      targetUser: { ...linkOf(user, 'Created'), ...work.status.targetUser, objectId: user.id },
    },
    true,
  );
  try {
    await work.target.restoreUser(user.id, { reconcileProxies: work.configuration.spec.restore.reconcileProxies }, work.options);
  } catch (error) {
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

/** Records that the account is back, so that a wait or a crash from here on goes on with an update. */
async function persistRestored(work: Work, targetUser: NonNullable<UserProjectionStatus['targetUser']>): Promise<void> {
  const written = await work.deps.projections.writer.patchStatus(
    work.projection.metadata,
    { intent: null, targetUser: { ...targetUser, deletedAt: null }, lastWriteAt: now(work), state: 'Pending' },
    { signal: work.options.signal },
  );
  work.status = written.status;
  work.resourceVersion = written.metadata.resourceVersion;
}

async function remove(work: Work, user: DirectoryUser): Promise<Outcome> {
  await persist(work, { ...work.status, intent: { operation: 'Delete', at: now(work) } }, true);
  const anchor = anchorValue(work, work.deps.clock.now());
  if (anchor) await writePatch(work, user.id, { [anchor.attribute]: anchor.value });
  try {
    await work.target.deleteUser(user.id, work.options);
  } catch (error) {
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
