import { finalizers, type UserProjection } from '../../api/kinds.ts';
import { priorities, type ReconcileContext, type ReconcileResult } from '../../ports/reconcile.ts';
import { keyString } from '../../ports/resources.ts';
import { omit } from '../../core/omit.ts';
import { personKey } from '../../core/projection/claims.ts';
import { isUntampered } from '../../core/projection/sealed-spec.ts';
import { projectionIndexes, type Dependencies } from '../shared/dependencies.ts';
import { removeFinalizer } from '../shared/finalizers.ts';
import { recordFacts } from '../shared/skeleton.ts';

/** Pause before the next look while it is not known whether the pair is ready. */
const uncheckedPauseMs = 5000;

/**
 * Removes our finalizer. The person stays, and is found again. Only while the outcome of a write may still be on its way does the
 * record of it stay, so that a successor of this projection does not write it a second time.
 */
export async function finalize(deps: Dependencies, projection: UserProjection, context: ReconcileContext): Promise<ReconcileResult> {
  if (!(projection.metadata.finalizers ?? []).includes(finalizers.targetUser)) return {};
  const waitMs = untilIntentOver(deps, projection);
  if (waitMs > 0) return { requeueAfterMs: waitMs, priority: priorities.background };
  await handOver(deps, projection, context.signal);
  await removeFinalizer(deps.projections.writer, projection, finalizers.targetUser, context.signal);
  return {};
}

/**
 * Gives the link to the record by which another configuration wants the same person, if there is one without a link of its own: who made
 * the account is not forgotten when a configuration is renamed (B5, D4).
 */
async function handOver(deps: Dependencies, { metadata, spec, status }: UserProjection, signal: AbortSignal): Promise<void> {
  const { targetUser } = status;
  const own = deps.configurations.lister.get({ namespace: metadata.namespace, name: spec.syncConfigurationRef.name });
  // A configuration that goes on finds the account again: only what it leaves behind changes hands.
  const goesOn = own?.metadata.deletionTimestamp === undefined && own?.spec.previewOf?.name === spec.previewOf?.name;
  if (targetUser === undefined || (own !== undefined && goesOn)) return;
  const successor = deps.projections.lister
    .byIndex(projectionIndexes.person, personKey(spec))
    .find(
      (other) =>
        other.metadata.uid !== metadata.uid &&
        other.metadata.deletionTimestamp === undefined &&
        other.spec.lifecycle === 'Present' &&
        other.spec.mode === 'Apply' &&
        isUntampered(other.spec) &&
        other.status.targetUser === undefined &&
        other.status.intent === undefined,
    );
  if (!successor) return;
  const { resourceVersion } = successor.metadata;
  await recordFacts(deps.projections, successor.metadata, { targetUser: omit(targetUser, 'releasedAt') }, { signal, resourceVersion });
}

/** How long to wait for the outcome of a write under way; 0 when there is none, or nobody left who would write it again. */
function untilIntentOver(deps: Dependencies, projection: UserProjection): number {
  const { namespace } = projection.metadata;
  const configuration = deps.configurations.lister.get({ namespace, name: projection.spec.syncConfigurationRef.name });
  if (!projection.status.intent || !configuration || configuration.metadata.deletionTimestamp !== undefined) return 0;
  const pair = deps.pairs.lister.get({ namespace, name: configuration.spec.tenantPairRef.name });
  if (!pair) return 0;
  const leftMs = Math.min(Date.parse(projection.status.intent.at), deps.clock.now()) + deps.settings.replicationWindowMs - deps.clock.now();
  const session = deps.sessions.get(keyString(pair.metadata));
  if (session) return session.verdict.ready ? leftMs : 0;
  // This process has not checked the pair yet. A suspended pair is not checked.
  return pair.spec.suspend ? 0 : Math.min(leftMs, uncheckedPauseMs);
}
