import type { DirectoryUser } from '../../api/directory-user.ts';
import type { UserProjectionStatus } from '../../api/generated.ts';
import type { Reason } from '../../api/reasons.ts';
import { directoryFailure } from '../../core/errors/directory-error.ts';
import { replicationPause } from '../../core/errors/retry.ts';
import { isContentApplied, type WritePlan, type WrittenAccount } from '../../core/lifecycle/writes.ts';
import { allowanceFor, type Allowance, type BlockedAccount } from '../../core/guard/allowance.ts';
import { omit } from '../../core/omit.ts';
import { isUnfinished } from '../../core/projection/account.ts';
import { priorities } from '../../ports/reconcile.ts';
import { keyString } from '../../ports/resources.ts';
import { planFor, writePatch } from './attributes.ts';
import { applyManager, managerProjection } from './manager.ts';
import { differing } from './drifted.ts';
import { lookAtMail, withMail } from './mail.ts';
import { linkOf, managerGone, mayBeOnItsWay, waitForReplication, type Outcome } from './outcome.ts';
import { factsKept, noteConversion, noteManager, noteSignIn } from './link-facts.ts';
import { awaitingSource, confirmedBySource, proposeToGuard } from './rests-on-source.ts';
import { Deferred } from '../shared/write-gate.ts';
import type { Work } from './work.ts';

const hourMs = 60 * 60_000;

type TargetUser = NonNullable<UserProjectionStatus['targetUser']>;

/** Makes a live account agree. */
export async function update(work: Work, user: DirectoryUser): Promise<Outcome> {
  const { targetUser } = work.status;
  return finish(work, accountOf(work, user), linkOf(user, targetUser?.origin ?? 'Adopted'));
}

/** How the account came to be where it is, from what was recorded while it was made or brought back. */
export function accountOf({ status }: Pick<Work, 'status'>, user: DirectoryUser): WrittenAccount {
  if (isUnfinished({ status })) return { type: 'Unfinished', user };
  return status.intent?.operation === 'Restore' ? { type: 'Restored', user } : { type: 'InUse', user };
}

function blockedAccount({ type }: WrittenAccount): BlockedAccount {
  switch (type) {
    case 'New':
    case 'Unfinished':
      return 'JustCreated';
    case 'Restored':
      return 'JustRestored';
    case 'InUse':
      return 'InUse';
  }
}

/**
 * Writes attributes, sign-in and manager of an account that is there, one step after the other, and says how it stands. What each step
 * did is noted before the next begins.
 */
export async function finish(work: Work, read: WrittenAccount, link: TargetUser): Promise<Outcome> {
  const before = work.status;
  const account = withOwnBlock(work, read);
  const allowance = allowanceFor({ spec: work.projection.spec, status: before }, 'Block', blockedAccount(account));
  const plan = planFor(work, account, allowance.type === 'NotJudged' ? 'Withhold' : 'Write');
  if (plan.patch.accountEnabled === false && !isBlockCurrent(work, account, allowance)) throw awaitingSource();
  const mail = await lookAtMail(work, account);
  work.done.targetUser = { ...factsKept(before.targetUser), ...withMail(link, mail.enabled) };
  await writeAttributes(work, account, { plan, allowance });
  work.done.targetUser = omit(work.done.targetUser, 'unfinished');
  noteSignIn(work, account, plan, allowance);
  const convertsAt = noteConversion(work, account);
  work.done.contentApplied = true;
  work.done.writeOnlyApplied = true;
  work.done.drifted = differing(work, account, plan);
  const sessions = await endSessions(work, plan.patch.accountEnabled === false && work.done.written.includes('accountEnabled'));
  const manager = await applyManager(work, link.objectId, plan.manager);
  const late = manager === 'Later' ? managerLater(work) : undefined;
  noteManager(work, account, plan.manager, manager);
  const again = compareAgainAt(work, account);
  if (again !== undefined) work.done.contentApplied = false;
  work.done.revisionApplied = again === undefined && !plan.blockWithheld;
  if (plan.blockWithheld) proposeToGuard(work);
  const looksAt = earliest(again, convertsAt);
  const outcome = outcomeOf(work, plan, { ...(looksAt === undefined ? {} : { compareAgainAt: looksAt }), ...sessions, ...(late ?? {}) });
  return { ...outcome, warnings: [...outcome.warnings, ...mail.warnings] };
}

/**
 * Whether a block rests on what holds now (I11). That of an account which was invited or brought back in an earlier pass is old as well: the person or
 * the strategy may have changed while the rest of it was waited for, and nobody judges it.
 */
function isBlockCurrent(work: Work, account: WrittenAccount, allowance: Allowance): boolean {
  if (allowance.type === 'Allowed') return confirmedBySource(work, 'Block');
  if (account.type === 'New') return true;
  const { memberStrategy, sourceDisabled } = work.projection.spec;
  const listed = memberStrategy === 'AddressListOnly' && sourceDisabled !== true;
  // The full cycle that follows a change of strategy says what is to become of the account.
  if (listed && work.configuration.spec.memberStrategy !== 'AddressListOnly') return false;
  return confirmedBySource(work, account.type === 'Restored' ? 'Restore' : 'Create');
}

const earliest = (...times: readonly (number | undefined)[]): number | undefined => {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
};

/** An account of the address list that a read behind our own write still shows as enabled is blocked: it is no new block, and nobody has to judge it. */
function withOwnBlock(work: Work, account: WrittenAccount): WrittenAccount {
  const { targetUser, lastWriteAt } = work.status;
  const blocked = targetUser?.addressListOnly === true && targetUser.signInBlockedAt !== undefined;
  if (account.type === 'New' || !blocked || !mayBeOnItsWay(work, lastWriteAt)) return account;
  const { user } = account;
  return { ...account, user: { ...user, accountEnabled: false, attributes: { ...user.attributes, accountEnabled: false } } };
}

/** Writes the patch; an account that is not visible yet is waited for, never created again. */
async function writeAttributes(
  work: Work,
  account: WrittenAccount,
  { plan, allowance }: { readonly plan: WritePlan; readonly allowance: Allowance },
): Promise<void> {
  const id = work.done.targetUser?.objectId ?? '';
  try {
    const refused = await writePatch(work, id, plan.patch);
    work.done.refused = [...plan.refused, ...refused];
  } catch (error) {
    // A part of a patch may have been written before another one failed.
    if (work.done.written.includes('accountEnabled')) noteSignIn(work, account, plan, allowance);
    const fresh = mayBeOnItsWay(work, work.status.intent?.at) || mayBeOnItsWay(work, work.status.lastWriteAt);
    if (fresh && directoryFailure(error, 'NotFound', 'ReferenceNotReady')) throw waitForReplication(work);
    throw error;
  }
  if (work.done.written.length > 0) work.steps.push('EntryExportUpdate');
}

/** After this time sessions that could not be ended are left to end by themselves. */
const endSessionsForMs = hourMs;
const endSessionsAgainMs = 30_000;

/**
 * Asks for the end of running sessions after a block. Best effort: of external users Microsoft promises nothing, and a refusal changes
 * nothing about the block. Without an answer it is asked again for an hour.
 */
export async function endSessions(work: Work, blockedNow: boolean): Promise<Pick<Outcome, 'requeueAfterMs'>> {
  const link = work.done.targetUser;
  if (link === undefined || !work.configuration.spec.deprovisioning.revokeSessions) return {};
  if (link.signInBlockedAt === undefined || !(blockedNow || link.sessionsOpen === true)) return {};
  const settled = omit(link, 'sessionsOpen');
  try {
    await work.target.revokeSessions(link.objectId, work.options);
    work.steps.push('SessionsRevoked');
    work.done.targetUser = settled;
  } catch (error) {
    const failure = directoryFailure(error);
    if (!failure && !(error instanceof Deferred)) throw error;
    const mayPass = !failure || failure.kind === 'Unavailable' || failure.kind === 'Throttled' || failure.kind === 'NotFound';
    const since = Date.parse(link.signInBlockedAt);
    const again = mayPass && work.deps.clock.now() - since < endSessionsForMs;
    work.done.targetUser = again ? { ...link, sessionsOpen: true } : settled;
    return again ? { requeueAfterMs: endSessionsAgainMs } : {};
  }
  return {};
}

/** Whether a block or a conversion of somebody who is to be there waits for a decision. */
const isHeld = ({ blockStaged, conversion }: Work['projection']['spec']): boolean =>
  blockStaged === true || conversion?.verdict === 'Staged';

function outcomeOf(
  work: Work,
  plan: WritePlan,
  more: { readonly compareAgainAt?: number; readonly requeueAfterMs?: number; readonly managerGone?: boolean },
): Outcome {
  const { managerGone: gone, ...timing } = more;
  const { written, refused } = work.done;
  const blockRefused =
    work.projection.spec.attributes?.accountEnabled === false && refused?.some(({ name }) => name === 'accountEnabled') === true;
  const blocked = work.done.targetUser?.signInBlockedAt !== undefined;
  const refusedNow = (refused?.length ?? 0) > plan.refused.length;
  const staged = isHeld(work.projection.spec);
  return {
    ...standingShown(plan, { staged, blocked, blockRefused }),
    action: plan.action === 'disable' && plan.blockWithheld ? 'update' : plan.action,
    status: refusedNow ? 'warning' : written.length === 0 && plan.action !== 'create' && plan.action !== 'restore' ? 'skipped' : 'success',
    warnings: plan.manager.type === 'NotProjected' || gone === true ? [managerGone] : [],
    ...timing,
  };
}

function standingShown(
  plan: WritePlan,
  { staged, blocked, blockRefused }: { readonly staged: boolean; readonly blocked: boolean; readonly blockRefused: boolean },
): Pick<Outcome, 'state' | 'reason'> {
  if (staged) return { state: 'Staged', reason: 'RemovalStaged' };
  if (plan.blockWithheld) return { state: 'Staged', reason: 'AwaitingGuard' };
  if (blockRefused) return { state: 'Provisioned', reason: 'BlockRefused' };
  return blocked ? { state: 'Blocked', reason: 'UserBlocked' } : { state: 'Provisioned', reason: reasonOf(plan.action) };
}

function reasonOf(action: WritePlan['action']): Reason {
  if (action === 'create') return 'UserCreated';
  return action === 'restore' ? 'UserRestored' : 'UserUpdated';
}

/**
 * A second change soon after the last write was compared with a read that may not show that write: a value set back to what it was
 * before looks as if it were there already. Such a change counts as applied only when a later look confirms it.
 */
function compareAgainAt(work: Work, account: WrittenAccount): number | undefined {
  const { projection } = work;
  const { appliedRevision, lastWriteAt } = projection.status;
  if (lastWriteAt === undefined || !mayBeOnItsWay(work, lastWriteAt)) return undefined;
  // Everything was written, and nothing compared, of an account that was made or brought back just now.
  if (appliedRevision === undefined && account.type !== 'InUse') return undefined;
  if (account.type !== 'Restored' && isContentApplied(projection)) return undefined;
  return Math.min(Date.parse(lastWriteAt), work.deps.clock.now()) + work.deps.settings.replicationWindowMs;
}

/**
 * The account of the person or of the manager is not visible yet. After the replication window the manager's must be gone, which the
 * manager's own record finds out.
 */
function managerLater(work: Work): { readonly requeueAfterMs: number; readonly managerGone: boolean } {
  const manager = managerProjection(work.deps, work.projection);
  const latest = [work.status.lastWriteAt, manager?.status.lastWriteAt].map((at) => (at === undefined ? 0 : Date.parse(at)));
  const age = Math.max(0, work.deps.clock.now() - Math.max(...latest));
  if (age < work.deps.settings.replicationWindowMs) return { requeueAfterMs: replicationPause(age), managerGone: false };
  if (manager) {
    const key = keyString(manager.metadata);
    work.deps.tracker.requestRecheck(key);
    work.deps.enqueue.projection(key, { priority: priorities.update });
  }
  return { requeueAfterMs: hourMs, managerGone: true };
}
