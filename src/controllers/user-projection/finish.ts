import type { DirectoryUser, UserPatch } from '../../api/directory-user.ts';
import type { UserProjectionStatus } from '../../api/generated.ts';
import type { Reason } from '../../api/reasons.ts';
import { directoryFailure } from '../../core/errors/directory-error.ts';
import { replicationPause } from '../../core/errors/retry.ts';
import { priorities } from '../../ports/reconcile.ts';
import { keyString } from '../../ports/resources.ts';
import { anchorPatch, patchFor, stillRefused, triedAgain, writePatch } from './attributes.ts';
import { applyManager, managerChange, managerProjection, type ManagerChange } from './manager.ts';
import { linkOf, mayBeOnItsWay, now, waitForReplication, type Outcome } from './outcome.ts';
import type { Work } from './work.ts';

const hourMs = 60 * 60_000;

/** Makes a live account agree. `created`: it is known to be the unfinished result of our own invitation, or not. */
export async function update(work: Work, user: DirectoryUser, created?: boolean): Promise<Outcome> {
  const { targetUser, appliedRevision, intent, lastWriteAt } = work.status;
  const restored = intent?.operation === 'Restore';
  const unfinished =
    created ?? (!restored && targetUser?.origin === 'Created' && appliedRevision === undefined && lastWriteAt !== undefined);
  // The source speaks when it changes; until then what the target's people edit stays (C8).
  const whole = patchFor(work, user, { created: unfinished });
  const patch =
    appliedRevision === work.projection.spec.revision ? { ...only(whole, triedAgain(work)), ...anchorPatch(work, user) } : whole;
  const origin = targetUser?.origin ?? 'Adopted';
  return finish(work, {
    id: user.id,
    patch,
    currentManagerId: user.managerId,
    enabled: user.accountEnabled,
    targetUser: linkOf(user, origin),
    action: unfinished ? 'create' : restored ? 'restore' : patch.accountEnabled === false ? 'disable' : 'update',
  });
}

/** The part of a patch that is about the attributes named. */
function only(patch: UserPatch, names: ReadonlySet<string>): UserPatch {
  return Object.fromEntries(Object.entries(patch).filter(([name]) => names.has(name)));
}

interface Finish {
  readonly id: string;
  readonly patch: UserPatch;
  readonly currentManagerId: string | null | undefined;
  /** Whether the account was enabled when it was read; undefined: new. */
  readonly enabled?: boolean | null | undefined;
  readonly targetUser: NonNullable<UserProjectionStatus['targetUser']>;
  readonly action: 'create' | 'update' | 'disable' | 'restore';
}

/** Writes attributes and manager of an account that is there, and says how it stands. */
export async function finish(work: Work, input: Finish): Promise<Outcome> {
  const before = work.projection.status;
  const { written, refused: refusedNow } = await writeVisible(work, input);
  const refused = [...stillRefused(work), ...refusedNow];
  if (written.length > 0) work.steps.push('EntryExportUpdate');
  const wantsBlock = work.projection.spec.attributes?.accountEnabled === false;
  // The mapping may leave sign-in to the target: then only what is there counts.
  const decides = work.mappings.authorityOf('accountEnabled') !== 'Target';
  const blocked = wantsBlock && (decides || written.includes('accountEnabled') || input.enabled === false);
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
      ...stillBlocked(work, input.enabled),
    },
    ...comparison(work, before),
    writeOnlyApplied: true,
    ...(late ? { requeueAfterMs: late.requeueAfterMs } : {}),
  };
}

/** With no word on sign-in, an earlier block that still stands is remembered. */
function stillBlocked(work: Work, enabled: boolean | null | undefined): { signInBlockedAt?: string } {
  const { signInBlockedAt } = work.status.targetUser ?? {};
  const silent = work.projection.spec.attributes?.accountEnabled === undefined;
  return silent && enabled === false && signInBlockedAt !== undefined ? { signInBlockedAt } : {};
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
  if (!mayBeOnItsWay(work, lastWriteAt)) return { applied: true };
  return { applied: false, compareAgainAt: Date.parse(lastWriteAt) + work.deps.settings.replicationWindowMs };
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
    const fresh = mayBeOnItsWay(work, work.status.intent?.at) || mayBeOnItsWay(work, work.status.lastWriteAt);
    if (fresh && directoryFailure(error, 'NotFound', 'ReferenceNotReady')) throw waitForReplication(work);
    throw error;
  }
}
