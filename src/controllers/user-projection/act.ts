import type { Decision } from '../../core/lifecycle/decide.ts';
import { purgeDueAt } from '../../core/lifecycle/attention.ts';
import { invitationGate } from '../shared/invitations.ts';
import { allowanceOf, link, proposeCreation } from './create.ts';
import { update } from './finish.ts';
import { awaitInvitations, createThroughGate } from './invite-gate.ts';
import { now, waitForReplication, type Outcome } from './outcome.ts';
import { block, remove, restore } from './remove.ts';
import { awaitingSource, confirmedBySource, proposeToGuard } from './rests-on-source.ts';
import type { Work } from './work.ts';

const dayMs = 24 * 60 * 60_000;

/** Carries out a decision. Rejects with Deferred, DirectoryError or KubeError. */
export async function act(work: Work, decision: Exclude<Decision, { do: 'Forget' }>): Promise<Outcome> {
  switch (decision.do) {
    case 'Create':
      if (invitationGate(work.deps, work.target.tenantId) === 'Blocked') return awaitInvitations;
      if (allowanceOf(work).type === 'NotJudged') return proposeCreation(work);
      if (!confirmedBySource(work, 'Create')) throw awaitingSource();
      return createThroughGate(work, decision);
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
        state: 'Conflict',
        reason: decision.reason,
        ...(decision.objectId === undefined ? {} : { objectId: decision.objectId }),
        action: 'other',
        status: 'failure',
        warnings: [],
        keepIntent: decision.reason === 'DuplicateSourceUsers',
      };
    case 'Settle':
      noteEnd(work, decision);
      return {
        state: decision.state,
        reason: decision.reason,
        ...(decision.objectId === undefined ? {} : { objectId: decision.objectId }),
        ...(decision.limit === undefined ? {} : { limit: decision.limit }),
        action: decision.reason === 'RemovalStaged' ? 'stagedDelete' : 'other',
        status: 'skipped',
        warnings: [],
        keepIntent: decision.reason === 'RemovalStaged' || decision.reason === 'ClaimedByOtherConfiguration',
        ...(decision.state === 'SoftDeleted' ? untilPurged(work) : {}),
      };
  }
}

/** Notes what ends the life of the account with us: that outlives every other state of the record. */
function noteEnd(work: Work, { state, reason, objectId }: Extract<Decision, { do: 'Settle' }>): void {
  const link = work.status.targetUser;
  if (link === undefined) return;
  // An account that is left as it is by a limit of the pair lives on.
  if (state === 'Skipped' && objectId === link.objectId) return;
  if (state === 'Retained') work.done.targetUser = { ...link, releasedAt: link.releasedAt ?? now(work) };
  else if ((state === 'SoftDeleted' && reason === 'DeletedInTarget') || (state === 'Skipped' && reason !== 'ClaimedByOtherConfiguration')) {
    work.done.targetUser = { ...link, foundDeletedAt: link.foundDeletedAt ?? now(work) };
    // A block has nobody left to take anything from: decided about anew, the person waits for nothing and keeps nobody waiting.
    if (work.projection.spec.blockStaged === true) proposeToGuard(work);
  }
}

/** Until the 30 days are over, and then once a day: the directory purges when it likes. */
function untilPurged(work: Work): Pick<Outcome, 'requeueAfterMs'> {
  const at = work.deps.clock.now();
  return { requeueAfterMs: Math.max(dayMs, purgeDueAt({ ...work.projection, status: work.status }, work.deletedAt, at) - at) };
}
