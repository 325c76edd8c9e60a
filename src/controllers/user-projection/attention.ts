import { annotations, type UserProjection } from '../../api/kinds.ts';
import { findCondition } from '../../core/status/conditions.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import { resolveManager } from './manager.ts';
import { addressRival, claimsOn } from './observe.ts';
import { purgeDueAt, searchLeftMs } from './work.ts';

/** Whether a projection has something to do, or when it will have. */
export type Attention = { readonly type: 'Due' } | { readonly type: 'Settled'; readonly dueInMs?: number };

/** Whether anything is to be done for a projection now, from what the process already knows: nothing is read for the settled. */
export function needsAttention(deps: Dependencies, projection: UserProjection, key: string): Attention {
  const { status, spec, metadata } = projection;
  const due: Attention = { type: 'Due' };
  const requested = metadata.annotations?.[annotations.requestedAt];
  if (
    status.observedGeneration !== metadata.generation ||
    (requested !== undefined && requested !== status.lastHandledReconcileAt) ||
    deps.tracker.isRecheckRequested(key)
  )
    return due;
  const now = deps.clock.now();
  const reason = findCondition(status.conditions, 'Ready')?.reason;
  const claimed = reason === 'ClaimedByOtherConfiguration';
  if (claimed !== claimsOn(deps, projection).claimedElsewhere && spec.lifecycle === 'Present') return due;
  // Whoever competed for the address has let go of it.
  if (reason === 'DuplicateSourceUsers' && !addressRival(deps, projection)) return due;
  const held = claimed || spec.lifecycle === 'RemovalStaged';
  if (!held && searchLeftMs(deps, status) > 0) return due;
  if (status.nextAttemptAt !== undefined) {
    const wait = Date.parse(status.nextAttemptAt) - now;
    return wait <= 0 ? due : { type: 'Settled', dueInMs: wait };
  }
  if ((status.intent && !held) || status.state === 'Pending') return due;
  // A failure without a time for the next attempt is tried now.
  if (status.state === 'Failed' || status.state === 'Conflict') return due;
  if (spec.lifecycle === 'Present' && spec.manager && status.targetUser && spec.mode === 'Apply') {
    const managerId = resolveManager(deps, projection);
    if (managerId !== undefined && managerId !== status.targetUser.managerId) return due;
  }
  if (status.state === 'SoftDeleted' && spec.lifecycle === 'Removed') {
    if (status.targetUser?.deletedAt !== undefined && claimsOn(deps, projection).wantedElsewhere) return due;
    const wait = purgeDueAt(projection, undefined) - now;
    return wait <= 0 ? due : { type: 'Settled', dueInMs: wait };
  }
  return { type: 'Settled' };
}
