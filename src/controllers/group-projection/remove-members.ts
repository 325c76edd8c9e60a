import { Deferred } from '../shared/write-gate.ts';
import { beforeWrite } from './add-members.ts';
import type { GroupWork } from './work.ts';

/** As many as one batch has. */
const batchSize = 20;

/**
 * Takes members out of the group. That somebody is no member, and that the group is not there, are told in the same words: the group is read before
 * anything is concluded. Rejects with DirectoryError or Deferred.
 */
export async function removeMembers(work: GroupWork, groupId: string, accounts: readonly string[]): Promise<void> {
  const { deps, key, groups, options } = work;
  let known = false;
  let early = 0;
  for (let from = 0; from < accounts.length; from += batchSize) {
    const some = accounts.slice(from, from + batchSize);
    await beforeWrite(work);
    const outcomes = await groups.removeMembers(groupId, some, options).catch((error: unknown) => {
      // Some of them may be gone: believed to be members, they would stay out when they come back.
      deps.groupMemory.forget(key, some);
      throw error;
    });
    const removed = some.filter((account) => outcomes.get(account) === 'Done');
    const absent = some.filter((account) => outcomes.get(account) !== 'Done');
    work.done.removed += removed.length;
    if (absent.length > 0 && !known) {
      known = (await groups.getGroup(groupId, options)) !== undefined;
      if (!known) throw new Deferred('WaitingForReplication', 5000);
    }
    // Whom we have put in a moment ago may be a member whom the directory does not show yet: that is waited for.
    const recent = deps.groupMemory.writtenSince(key, deps.clock.monotonic() - deps.settings.replicationWindowMs);
    const gone = absent.filter((account) => recent.get(account) !== true);
    deps.groupMemory.wrote(key, [...removed, ...gone], false, deps.clock.monotonic());
    early += absent.length - gone.length;
  }
  if (early > 0) throw new Deferred('WaitingForReplication', 10_000);
}
