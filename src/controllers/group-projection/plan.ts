import type { GroupProjectionStatus } from '../../api/generated.ts';
import type { GroupDecision } from '../../core/groups/decide.ts';
import { compared, planMembers } from './members.ts';
import { conflict, limited } from './act.ts';
import type { GroupEnded } from './outcome.ts';
import type { GroupWork } from './work.ts';

type Plan = NonNullable<GroupProjectionStatus['plan']>;

const planned = (plan: Plan): GroupEnded => ({
  type: 'Acted',
  outcome: { state: 'Planned', reason: 'Planned', action: 'other', facts: { plan } },
});

/** What Apply would do; nothing is written. Rejects with DirectoryError. */
export async function plan(work: GroupWork, decision: GroupDecision): Promise<GroupEnded> {
  switch (decision.do) {
    case 'Create':
    case 'Restore': {
      const { add, coming } = await planMembers(work, undefined);
      return planned({ operation: decision.do, addMembers: add.length + coming, removeMembers: 0 });
    }
    case 'Adopt': {
      const { add, coming } = await planMembers(work, { type: 'TakenOver', id: decision.group.id });
      const attributes = ['uniqueName', ...Object.keys(decision.rename)].sort();
      return planned({ operation: 'Update', attributes, addMembers: add.length + coming, removeMembers: 0 });
    }
    case 'Keep': {
      const { add, remove, coming } = await planMembers(work, compared(work, decision.group));
      const attributes = Object.keys(decision.rename).sort();
      const changes = attributes.length + add.length + remove.length + coming > 0;
      return planned({
        operation: changes ? 'Update' : 'None',
        attributes,
        addMembers: add.length + coming,
        removeMembers: remove.length,
      });
    }
    case 'Delete':
      return planned({ operation: 'Delete' });
    case 'Nothing':
      return planned({ operation: work.record.spec.lifecycle === 'RemovalStaged' ? 'Delete' : 'None' });
    case 'Wait':
    case 'Deleted':
    case 'Release':
    case 'Fail':
      return planned({ operation: 'None' });
    case 'Forget':
      return { type: 'Forgotten' };
    case 'Skip':
      return limited;
    case 'Conflict':
      return conflict(decision);
  }
}
