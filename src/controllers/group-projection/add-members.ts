import { directoryFailure, type DirectoryErrorKind } from '../../core/errors/directory-error.ts';
import { replicationPause } from '../../core/errors/retry.ts';
import { Deferred } from '../shared/write-gate.ts';
import { accessRefusal, type GroupWork } from './work.ts';

/** As many references as one request takes. */
const batchSize = 20;
/** After so long a pass comes to an end and begins anew, before the time that a reconcile has is over. */
const longestPassMs = 120_000;

/** A group that does not show is looked for again after this time. */
const groupAgainMs = 5000;

/** Refusals that may be about one member alone. */
const perMember: readonly DirectoryErrorKind[] = ['ObjectConflict', 'ReferenceNotReady', 'NotFound', 'InvalidRequest'];

/**
 * Puts accounts into the group, as many at a time as a request takes. A request is all or nothing and does not say because of whom it was refused:
 * after a refusal they are put in one by one. Gives how many could not be put in yet. Rejects with DirectoryError or Deferred.
 */
export async function addMembers(work: GroupWork, groupId: string, accounts: readonly string[]): Promise<number> {
  let left = 0;
  for (let from = 0; from < accounts.length; from += batchSize) {
    const some = accounts.slice(from, from + batchSize);
    await beforeWrite(work);
    if (await added(work, groupId, some)) continue;
    for (const account of some) {
      await beforeWrite(work);
      if (!(await added(work, groupId, [account]))) left += 1;
    }
  }
  // That somebody is not there, and that the group is not, are told in the same words.
  if (left > 0 && left === accounts.length && (await work.groups.getGroup(groupId, work.options)) === undefined)
    throw new Deferred('WaitingForReplication', groupAgainMs);
  return left;
}

/** The target is asked again in time, and a long pass gives way. */
export async function beforeWrite(work: GroupWork): Promise<void> {
  if ((await accessRefusal(work)) !== undefined) throw new Deferred('AccessNotGranted', 0);
  if (work.deps.clock.monotonic() - work.startedAt > longestPassMs) throw new Deferred('MoreMembers', 0);
}

/** Whether they are members now; false: at least one of them cannot be, or not yet. */
async function added(work: GroupWork, groupId: string, accounts: readonly string[]): Promise<boolean> {
  const { deps, key } = work;
  try {
    await work.groups.addMembers(groupId, accounts, work.options);
    work.done.added += accounts.length;
  } catch (error) {
    const failure = directoryFailure(error, ...perMember);
    // They may be in it by now, whoever took them out before.
    if (failure === undefined) deps.groupMemory.forget(key, accounts);
    if (failure === undefined || failure.reason === 'GroupOnPremises' || failure.reason === 'GroupMailEnabled') throw error;
    if (accounts.length > 1) return false;
    // Who is in it already is in it: somebody else, or a request of ours whose answer was lost, has done it.
    if (failure.kind !== 'ObjectConflict') return notReady(work);
  }
  deps.groupMemory.wrote(key, accounts, true, deps.clock.monotonic());
  return true;
}

/** A fresh group takes no members for a while, whoever they are: that is waited for. Of a group that takes others it is the member's matter. */
function notReady({ deps, status: { targetGroup }, done }: GroupWork): false {
  const age = deps.clock.now() - Date.parse(targetGroup?.createdAt ?? '1970-01-01T00:00:00Z');
  if (done.added === 0 && age < deps.settings.replicationWindowMs)
    throw new Deferred('WaitingForReplication', replicationPause(Math.max(0, age)));
  return false;
}
