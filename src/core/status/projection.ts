import type { UserProjectionStatus } from '../../api/generated.ts';
import type { Reason } from '../../api/reasons.ts';
import type { DesiredCondition } from './conditions.ts';

/** The conditions that go with a state of a UserProjection (kstatus). */
export function projectionConditions(state: UserProjectionStatus['state'], reason: Reason, message: string): readonly DesiredCondition[] {
  const ready = (status: DesiredCondition['status']): DesiredCondition => ({ type: 'Ready', status, reason, message });
  const abnormal = (type: 'Reconciling' | 'Stalled'): DesiredCondition => ({ type, status: 'True', reason, message });
  switch (state) {
    case 'Provisioned':
    case 'Blocked':
    case 'Planned':
    case 'Skipped':
    case 'SoftDeleted':
    case 'Purged':
    case 'Retained':
      return [ready('True')];
    case 'Pending':
      return [ready('Unknown'), abnormal('Reconciling')];
    case 'Staged':
    case 'Failed':
      return [ready('False'), abnormal('Reconciling')];
    case 'Conflict':
      return [ready('False'), abnormal('Stalled')];
  }
}
