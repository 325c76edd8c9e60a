import type { DirectoryUser } from '../../api/directory-user.ts';
import { directoryFailure } from '../../core/errors/directory-error.ts';
import type { Harm } from '../../core/guard/allowance.ts';
import { allowanceFor } from '../../core/guard/allowance.ts';
import { omit } from '../../core/omit.ts';
import { asLive } from '../../core/projection/account.ts';
import { isMarkedAdopted } from '../../core/matching/anchor.ts';
import type { Origin } from '../../core/lifecycle/decide.ts';
import { anchorValue, writePatch } from './attributes.ts';
import { endSessions, finish } from './finish.ts';
import { linkOf, mayBeOnItsWay, noteRefusal, now, waitForReplication, type Outcome } from './outcome.ts';
import { awaitingSource, confirmedBySource, proposeToGuard } from './rests-on-source.ts';
import { conditionsOf, persist, type Work } from './work.ts';

/** The gate in front of harm: open, with the verdict under which it is done, or shut, with the outcome of a pass that may not do it yet. */
type Gate = { readonly type: 'Open'; readonly verdict: string } | { readonly type: 'Shut'; readonly outcome: Outcome };

/** The gate in front of the removal of an account: the guard's verdict or an approval (I3), and a recent reading of the source (I11). */
function gate(work: Work, user: DirectoryUser, harm: Harm): Gate {
  const allowance = allowanceFor({ spec: work.projection.spec, status: work.status }, harm, 'InUse');
  if (allowance.type === 'Allowed') {
    if (!confirmedBySource(work, harm)) throw awaitingSource();
    return { type: 'Open', verdict: allowance.verdict };
  }
  proposeToGuard(work);
  const known = work.status.targetUser;
  // The guard counts live accounts: the read has shown this one as live, whatever the record said.
  work.done.targetUser = { ...(known && asLive(known)), ...linkOf(user, known?.origin ?? 'Created') };
  const outcome: Outcome = { state: 'Staged', reason: 'AwaitingGuard', action: 'stagedDelete', status: 'skipped', warnings: [] };
  return { type: 'Shut', outcome };
}

/** Marks the anchor, deletes, and remembers that it was us. */
export async function remove(work: Work, user: DirectoryUser): Promise<Outcome> {
  const passed = gate(work, user, 'Delete');
  if (passed.type === 'Shut') return passed.outcome;
  // The time of a former deletion, undone since, does not tell whose deletion this one is.
  const link = work.status.targetUser && omit(work.status.targetUser, 'deletedAt', 'foundDeletedAt');
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
    // An earlier attempt has deleted the account, and reads do not show that yet.
    if (directoryFailure(error, 'NotFound') && (begun === undefined || begun === at)) throw waitForReplication(work);
    throw error;
  }
  work.steps.push('EntryExportDelete');
  work.done.targetUser = { ...linkOf(user, 'Created'), ...work.status.targetUser, objectId: user.id, deletedAt: now(work) };
  work.done.written.length = 0;
  work.done.revisionApplied = true;
  return { state: 'SoftDeleted', reason: 'UserDeleted', action: 'delete', status: 'success', warnings: [] };
}

/** Blocks sign-in instead of deleting. */
export async function block(work: Work, user: DirectoryUser): Promise<Outcome> {
  const known = work.status.targetUser;
  const link = { ...(known && asLive(known)), ...linkOf(user, known?.origin ?? 'Created') };
  const harmless = user.accountEnabled === false;
  const passed: Gate = harmless ? { type: 'Open', verdict: known?.blockVerdict ?? 'found blocked' } : gate(work, user, 'Block');
  if (passed.type === 'Shut') return passed.outcome;
  work.done.refused = await writePatch(work, user.id, harmless ? {} : { accountEnabled: false });
  work.done.revisionApplied = true;
  const refused = work.done.refused.length > 0;
  if (refused) return { state: 'Provisioned', reason: 'BlockRefused', action: 'disable', status: 'warning', warnings: [] };
  work.done.targetUser = { ...link, signInBlockedAt: link.signInBlockedAt ?? now(work), blockVerdict: passed.verdict };
  const sessions = await endSessions(work, !harmless);
  return { state: 'Blocked', reason: 'UserBlocked', action: 'disable', status: 'success', warnings: [], ...sessions };
}

/** How an account that only its anchor tells of came to be ours. */
function originOf({ configuration }: Work, user: DirectoryUser): Origin {
  const attribute = configuration.spec.matching.anchor?.attribute;
  return attribute !== undefined && isMarkedAdopted(user.attributes[attribute]) ? 'Adopted' : 'Created';
}

/** Restores what we have deleted and brings it up to date; a name or address that was taken meanwhile is a conflict. */
export async function restore(work: Work, user: DirectoryUser): Promise<Outcome> {
  if (!confirmedBySource(work, 'Restore')) throw awaitingSource();
  await persist(
    work,
    {
      ...omit(work.status, 'nextAttemptAt'),
      intent: { operation: 'Restore', at: now(work) },
      targetUser: {
        ...linkOf(user, originOf(work, user)),
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
      state: 'Conflict',
      reason: 'RestoreConflict',
      ...(taken.conflictingObjectId === undefined ? {} : { objectId: taken.conflictingObjectId }),
      action: 'restore',
      status: 'failure',
      warnings: [],
    };
  }
  work.steps.push('EntryExportRestore');
  work.deletedAt = undefined;
  const targetUser = asLive(work.status.targetUser ?? linkOf(user, originOf(work, user)));
  // A wait or a crash from here on goes on with the rest of the restore. What the tombstone showed is what comes back; a patch of what
  // differs may have to wait until the account is visible again.
  await persist(
    work,
    {
      ...omit(work.status, 'appliedContent'),
      targetUser,
      lastWriteAt: now(work),
      state: 'Pending',
      conditions: conditionsOf(work, 'Pending', 'Progressing'),
    },
    false,
  );
  return finish(work, { type: 'Restored', user }, targetUser);
}
