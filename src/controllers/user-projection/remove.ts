import type { DirectoryUser } from '../../api/directory-user.ts';
import { directoryFailure } from '../../core/errors/directory-error.ts';
import { omit } from '../../core/omit.ts';
import { anchorValue, patchFor, writePatch } from './attributes.ts';
import { finish } from './finish.ts';
import { linkOf, mayBeOnItsWay, noteRefusal, nothing, now, waitForReplication, type Outcome } from './outcome.ts';
import { conditionsOf, persist, type Work } from './work.ts';

/** Marks the anchor, deletes, and remembers that it was us. */
export async function remove(work: Work, user: DirectoryUser): Promise<Outcome> {
  // A former deletion, undone since, does not tell whose this one is.
  const link = work.status.targetUser && omit(work.status.targetUser, 'deletedAt');
  const begun = work.status.intent?.operation === 'Delete' ? work.status.intent.at : undefined;
  const at = begun !== undefined && mayBeOnItsWay(work, begun) ? begun : now(work);
  await persist(
    work,
    { ...omit(work.status, 'targetUser', 'nextAttemptAt'), ...(link ? { targetUser: link } : {}), intent: { operation: 'Delete', at } },
    true,
  );
  const anchor = anchorValue(work, work.deps.clock.now());
  try {
    if (anchor) await writePatch(work, user.id, { [anchor.attribute]: anchor.value });
    await work.target.deleteUser(user.id, work.options);
  } catch (error) {
    noteRefusal(work, error);
    // Deleted by an earlier attempt, which reads do not show yet.
    if (directoryFailure(error, 'NotFound') && (begun === undefined || begun === at)) throw waitForReplication(work);
    throw error;
  }
  work.steps.push('EntryExportDelete');
  const targetUser = { ...linkOf(user, 'Created'), ...work.status.targetUser, objectId: user.id, deletedAt: now(work) };
  return { ...nothing, state: 'SoftDeleted', reason: 'UserDeleted', action: 'delete', status: 'success', targetUser, applied: true };
}

/** Blocks sign-in instead of deleting. */
export async function block(work: Work, user: DirectoryUser): Promise<Outcome> {
  const { written, refused } = await writePatch(work, user.id, user.accountEnabled === false ? {} : { accountEnabled: false });
  if (refused.length > 0)
    return { ...nothing, state: 'Provisioned', reason: 'BlockRefused', action: 'disable', status: 'warning', refused, applied: true };
  if (work.configuration.spec.deprovisioning.revokeSessions) await work.target.revokeSessions(user.id, work.options);
  return {
    ...nothing,
    state: 'Blocked',
    reason: 'UserBlocked',
    action: 'disable',
    status: 'success',
    written,
    applied: true,
  };
}

/** Restores what we have deleted and brings it up to date; a name or address that was taken meanwhile is a conflict. */
export async function restore(work: Work, user: DirectoryUser): Promise<Outcome> {
  await persist(
    work,
    {
      ...omit(work.status, 'nextAttemptAt'),
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
  // A wait or a crash from here on goes on with the rest of the restore. What the tombstone showed is what comes back; a patch of what differs may have to wait until the account is visible again.
  await persist(
    work,
    { ...work.status, targetUser, lastWriteAt: now(work), state: 'Pending', conditions: conditionsOf(work, 'Pending', 'Progressing') },
    false,
  );
  return finish(work, {
    id: user.id,
    patch: patchFor(work, user, { created: false }),
    currentManagerId: user.managerId ?? undefined,
    targetUser,
    action: 'restore',
  });
}
