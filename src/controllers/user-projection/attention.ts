import { annotations, type UserProjection } from '../../api/kinds.ts';
import { attentionOf, type Attention } from '../../core/lifecycle/attention.ts';
import { keyString, parseKey } from '../../ports/resources.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import { invitationGate } from '../shared/invitations.ts';
import { hasRoom } from '../shared/seats.ts';
import { addressRival, claimsOn } from './claims.ts';
import { resolveManager } from './manager.ts';
import { comparedNow, supposedRecord } from './supposed.ts';

/** Whether anything is to be done for a projection now, from what the process already knows: nothing is read for the settled. */
export function needsAttention(deps: Dependencies, projection: UserProjection, key: string): Attention {
  const { status, spec, metadata } = projection;
  const supposed = supposedRecord(deps, projection);
  const requested = metadata.annotations?.[annotations.requestedAt];
  const configurationKey = keyString({ namespace: metadata.namespace, name: spec.syncConfigurationRef.name });
  return attentionOf({
    projection,
    now: deps.clock.now(),
    replicationWindowMs: deps.settings.replicationWindowMs,
    asked: (requested !== undefined && requested !== status.lastHandledReconcileAt) || deps.tracker.isRecheckRequested(key),
    claimedElsewhere: claimsOn(deps, supposed).claimedElsewhere,
    wantedElsewhere: () => claimsOn(deps, supposed).wantedElsewhere,
    comparedAnew: status.comparedWith !== comparedNow(deps, projection),
    hasRival: () => addressRival(deps, projection) !== undefined,
    creationsLimited: () => deps.configurations.lister.get(parseKey(configurationKey))?.spec.deprovisioning.guard.creations !== undefined,
    hasRoom: () => hasRoom(deps, projection),
    acceptsInvitations: () => invitationGate(deps, spec.target.tenantId) === 'Open',
    managerAccount: () => resolveManager(deps, projection),
    beingJudged: () => deps.confirmations.reconsideredOf(configurationKey).has(spec.source.objectId),
  });
}
