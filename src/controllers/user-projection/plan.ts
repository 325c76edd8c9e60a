import type { Decision } from '../../core/lifecycle/decide.ts';
import { writtenNames } from '../../core/lifecycle/writes.ts';
import { act } from './act.ts';
import { planFor } from './attributes.ts';
import { accountOf } from './finish.ts';
import { reportOutcome, reportPlan } from './report.ts';
import type { Work } from './work.ts';

/** Plan mode: the act is swapped for a record of it (E10). */
export async function plan(work: Work, decision: Decision, startedAt: number): Promise<void> {
  switch (decision.do) {
    case 'Create':
      return reportPlan(work, 'Create', writtenNames(planFor(work, { type: 'New' }, 'Write')));
    case 'Link':
    case 'Update': {
      const writes = planFor(work, accountOf(work, decision.user, decision.do === 'Link' ? false : undefined), 'Write');
      const names = writtenNames(writes);
      return reportPlan(work, names.length === 0 ? 'None' : writes.action === 'disable' ? 'Disable' : 'Update', names);
    }
    case 'Delete':
      return reportPlan(work, 'Delete', []);
    case 'Block':
      return decision.user.accountEnabled === false ? reportPlan(work, 'None', []) : reportPlan(work, 'Disable', ['accountEnabled']);
    case 'Restore':
      return reportPlan(work, 'Restore', []);
    case 'Wait':
    case 'Forget':
      return reportPlan(work, 'None', []);
    case 'Settle':
      if (decision.state === 'Skipped') return reportOutcome(work, await act(work, decision), startedAt);
      return reportPlan(work, 'None', []);
    case 'Conflict':
      return reportOutcome(work, await act(work, decision), startedAt);
  }
}
