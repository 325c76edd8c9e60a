import type { ObjectKey } from '../../ports/resources.ts';
import type { Dependencies } from '../shared/dependencies.ts';

const actions = ['create', 'update', 'disable', 'delete', 'restore'] as const;
const decisions = ['Approved', 'Rejected'] as const;

/** Has the counters of a configuration stand at 0 before anything is counted: of a series that begins higher, nobody sees the rise. */
export function countFromZero({ metrics }: Pick<Dependencies, 'metrics'>, { namespace, name: configuration }: ObjectKey): void {
  for (const action of actions) metrics.operationsTotal.inc({ namespace, configuration, action, status: 'success' }, 0);
  for (const decision of decisions) metrics.deletionDecisionsTotal.inc({ namespace, configuration, decision }, 0);
}
