import type { Decision } from '../../core/lifecycle/decide.ts';
import { create, link } from './create.ts';
import { update } from './finish.ts';
import { nothing, waitForReplication, type Outcome } from './outcome.ts';
import { block, remove, restore } from './remove.ts';
import { purgeDueAt, type Work } from './work.ts';

const dayMs = 24 * 60 * 60_000;

/** Carries out a decision. Rejects with Deferred, DirectoryError or KubeError. */
export async function act(work: Work, decision: Exclude<Decision, { do: 'Forget' }>): Promise<Outcome> {
  switch (decision.do) {
    case 'Create':
      return create(work);
    case 'Link':
      return link(work, decision);
    case 'Update':
      return update(work, decision.user);
    case 'Restore':
      return restore(work, decision.user);
    case 'Delete':
      return remove(work, decision.user);
    case 'Block':
      return block(work, decision.user);
    case 'Wait':
      throw waitForReplication(work, decision.since);
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
  }
}

/** Until the 30 days are over, and then once a day: the directory purges when it likes. */
function untilPurged(work: Work): Pick<Outcome, 'requeueAfterMs'> {
  const due = purgeDueAt({ ...work.projection, status: work.status }, work.deletedAt);
  return { requeueAfterMs: Math.max(dayMs, due - work.deps.clock.now()) };
}
