import type { UserProjectionStatus } from '../../api/generated.ts';
import type { UserProjection } from '../../api/kinds.ts';
import { timestamp } from '../../core/duration.ts';
import { setConditions } from '../../core/status/conditions.ts';
import { mergePatchBetween } from '../../core/status/merge-patch.ts';
import { userMessage } from '../../core/status/messages.ts';
import { projectionConditions } from '../../core/status/projection.ts';
import type { ReconcileContext } from '../../ports/reconcile.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import { emitConditionEvents, objectReference } from '../shared/report.ts';

/** Says that the spec is not ours any more and is not acted on. */
export async function reportTampered(deps: Dependencies, projection: UserProjection, context: ReconcileContext): Promise<void> {
  const conditions = setConditions(
    projection.status.conditions,
    projectionConditions('Failed', 'SpecTampered', userMessage('SpecTampered')),
    {
      now: timestamp(deps.clock.now()),
      generation: projection.metadata.generation,
    },
  );
  const status: UserProjectionStatus = {
    ...projection.status,
    observedGeneration: projection.metadata.generation,
    state: 'Failed',
    conditions,
  };
  const patch = mergePatchBetween(projection.status, status);
  if (!patch) return;
  emitConditionEvents(deps.events, objectReference(projection), projection.status.conditions, conditions);
  const labels = { namespace: projection.metadata.namespace, configuration: projection.spec.syncConfigurationRef.name, action: 'other' };
  deps.metrics.operationsTotal.inc({ ...labels, status: 'failure' });
  deps.metrics.operationFailuresTotal.inc({ ...labels, code: 'SpecTampered' });
  await deps.projections.writer.patchStatus(projection.metadata, patch, { signal: context.signal });
}
