import type { UserProjectionStatus } from '../../api/generated.ts';
import type { UserProjection } from '../../api/kinds.ts';
import { userMessage } from '../../core/status/messages.ts';
import { projectionConditions } from '../../core/status/projection.ts';
import type { ReconcileContext } from '../../ports/reconcile.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import { conditionsNow, writeStatus } from '../shared/skeleton.ts';

/** Says that the spec is not ours any more and is not acted on. */
export async function reportTampered(deps: Dependencies, projection: UserProjection, context: ReconcileContext): Promise<void> {
  const desired: UserProjectionStatus = {
    ...projection.status,
    observedGeneration: projection.metadata.generation,
    state: 'Failed',
    conditions: conditionsNow(deps, projection, projectionConditions('Failed', 'SpecTampered', userMessage('SpecTampered'))),
  };
  if (!(await writeStatus(deps, deps.projections, projection, { desired, tell: 'Changes', signal: context.signal }))) return;
  const labels = { namespace: projection.metadata.namespace, configuration: projection.spec.syncConfigurationRef.name, action: 'other' };
  deps.metrics.operationsTotal.inc({ ...labels, status: 'failure' });
  deps.metrics.operationFailuresTotal.inc({ ...labels, code: 'SpecTampered' });
}
