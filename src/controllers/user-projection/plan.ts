import type { Decision } from '../../core/lifecycle/decide.ts';
import { act } from './act.ts';
import { patchFor } from './attributes.ts';
import { managerChange } from './manager.ts';
import { reportOutcome, reportPlan } from './report.ts';
import type { Work } from './work.ts';

/** Plan mode: the act is swapped for a record of it (E10). */
export async function plan(work: Work, decision: Decision, startedAt: number): Promise<void> {
  switch (decision.do) {
    case 'Create':
      return reportPlan(work, 'Create', Object.keys(work.projection.spec.attributes ?? {}));
    case 'Link':
    case 'Update': {
      const patch = patchFor(work, decision.user, { created: false });
      const change = managerChange(work, decision.user.managerId);
      const names = [...Object.keys(patch), ...(change.type === 'Set' || change.type === 'Clear' ? ['manager'] : [])];
      return reportPlan(work, names.length === 0 ? 'None' : patch.accountEnabled === false ? 'Disable' : 'Update', names);
    }
    case 'Delete':
      return reportPlan(work, 'Delete', []);
    case 'Block':
      return reportPlan(work, 'Disable', ['accountEnabled']);
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
