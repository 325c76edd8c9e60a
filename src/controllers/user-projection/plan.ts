import type { Decision } from '../../core/lifecycle/decide.ts';
import { writtenNames } from '../../core/lifecycle/writes.ts';
import { act } from './act.ts';
import { planFor } from './attributes.ts';
import { accountOf } from './finish.ts';
import type { Ended, Planned } from './outcome.ts';
import type { Work } from './work.ts';

const planned = (operation: Planned['operation'], attributes: readonly string[] = []): Planned => ({
  type: 'Planned',
  operation,
  attributes,
});

/** Plan mode: the act is swapped for a record of it (E10). */
export async function plan(work: Work, decision: Decision): Promise<Ended> {
  switch (decision.do) {
    case 'Create':
      return planned('Create', writtenNames(planFor(work, { type: 'New' }, 'Write')));
    case 'Link':
    case 'Update': {
      const writes = planFor(work, accountOf(work, decision.user, decision.do === 'Link' ? false : undefined), 'Write');
      const names = writtenNames(writes);
      return planned(names.length === 0 ? 'None' : writes.action === 'disable' ? 'Disable' : 'Update', names);
    }
    case 'Delete':
      return planned('Delete');
    case 'Block':
      return decision.user.accountEnabled === false ? planned('None') : planned('Disable', ['accountEnabled']);
    case 'Restore':
      return planned('Restore');
    case 'Wait':
    case 'Forget':
      return planned('None');
    case 'Settle':
      return decision.state === 'Skipped' ? { type: 'Acted', outcome: await act(work, decision) } : planned('None');
    case 'Conflict':
      return { type: 'Acted', outcome: await act(work, decision) };
  }
}
