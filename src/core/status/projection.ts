import type { UserProjectionStatus } from '../../api/generated.ts';
import type { Reason } from '../../api/reasons.ts';
import type { DesiredCondition } from './conditions.ts';
import { summaryConditions, type Standing } from './summary.ts';

type State = UserProjectionStatus['state'];

/** The conditions that go with a state of a UserProjection (kstatus). */
export function projectionConditions(state: State, reason: Reason, message: string): readonly DesiredCondition[] {
  return summaryConditions(standingOf(state, { reason, message }));
}

function standingOf(state: State, why: Pick<Standing, 'reason' | 'message'>): Standing {
  switch (state) {
    case 'Provisioned':
    case 'Blocked':
    case 'Planned':
    case 'Skipped':
    case 'SoftDeleted':
    case 'Purged':
    case 'Retained':
      return { type: 'Done', ...why };
    case 'Pending':
      return { type: 'Waiting', ready: 'Unknown', ...why };
    // A failed attempt is repeated at a time that the record names.
    case 'Staged':
    case 'Failed':
      return { type: 'Waiting', ready: 'False', ...why };
    case 'Conflict':
      return { type: 'Stalled', ...why };
  }
}
