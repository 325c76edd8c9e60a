import type { DirectoryUser } from '../../api/directory-user.ts';
import { changesOf, type PlannedWrites } from '../../core/lifecycle/changes.ts';
import type { Decision } from '../../core/lifecycle/decide.ts';
import type { WritePlan } from '../../core/lifecycle/writes.ts';
import { createdUserType } from '../../core/limits/limits.ts';
import { act } from './act.ts';
import { planFor } from './attributes.ts';
import { withManager, writesAfterLink } from './create.ts';
import { accountOf } from './finish.ts';
import { managerGone, mayBeOnItsWay, waitForReplication, type Ended, type Planned } from './outcome.ts';
import type { Work } from './work.ts';

/** What is found of an account that we have just written may be older than that: it is looked at again when it cannot be any more. */
function planned(work: Work, writes: PlannedWrites, plan?: Pick<WritePlan, 'manager'>): Planned {
  const { lastWriteAt } = work.status;
  const settlesAt = lastWriteAt === undefined ? 0 : Date.parse(lastWriteAt) + work.deps.settings.replicationWindowMs;
  return {
    type: 'Planned',
    ...writes,
    warnings: plan?.manager.type === 'NotProjected' ? [managerGone] : [],
    ...(mayBeOnItsWay(work, lastWriteAt) ? { compareAgainAt: Math.max(settlesAt, work.deps.clock.now()) } : {}),
  };
}

/** The account that stays as it is. */
function linked({ status }: Work): Pick<PlannedWrites, 'objectId'> {
  return status.targetUser === undefined ? {} : { objectId: status.targetUser.objectId };
}

const nothing = { operation: 'None', changes: [] } as const;

/** The plan for an account that is there: what would be written, and as which operation. */
function toAccount(work: Work, user: DirectoryUser): Planned {
  const plan = planFor(work, accountOf(work, user), 'Write');
  const changes = changesOf(plan, user);
  const operation = changes.length === 0 ? 'None' : plan.action === 'disable' ? 'Disable' : 'Update';
  return planned(work, { operation, changes, objectId: user.id }, plan);
}

/** The account that would be made: what the invitation sets, and what is written then. */
function toCreate(work: Work): Planned {
  const plan = planFor(work, { type: 'New' }, 'Write');
  const invited = { userType: createdUserType(work.projection.spec) };
  const changes = changesOf({ patch: { ...plan.patch, ...invited }, manager: plan.manager }, undefined);
  return planned(work, { operation: 'Create', changes }, plan);
}

/** Plan mode: the act is swapped for a record of it (E10). */
export async function plan(work: Work, decision: Decision): Promise<Ended> {
  switch (decision.do) {
    case 'Create':
      return toCreate(work);
    case 'Link':
      if (!writesAfterLink(work, decision.origin)) return planned(work, { ...nothing, objectId: decision.user.id });
      return toAccount(work, await withManager(work, decision.user));
    case 'Update':
      return toAccount(work, decision.user);
    case 'Delete':
      return planned(work, { operation: 'Delete', changes: [], objectId: decision.user.id });
    case 'Block': {
      const { user } = decision;
      const changes = changesOf({ patch: { accountEnabled: false }, manager: { type: 'None' } }, user);
      return user.accountEnabled === false
        ? planned(work, { ...nothing, objectId: user.id })
        : planned(work, { operation: 'Disable', changes, objectId: user.id });
    }
    case 'Restore': {
      const writes = planFor(work, { type: 'Restored', user: decision.user }, 'Write');
      return planned(work, { operation: 'Restore', changes: changesOf(writes, decision.user), objectId: decision.user.id }, writes);
    }
    case 'Wait':
      return {
        ...planned(work, nothing),
        compareAgainAt: work.deps.clock.now() + (waitForReplication(work, decision.since).requeueAfterMs ?? 0),
      };
    case 'Forget':
      return work.projection.spec.previewOf === undefined ? planned(work, nothing) : { type: 'Forgotten' };
    case 'Settle':
      if (decision.state === 'Skipped') return { type: 'Acted', outcome: await act(work, decision) };
      // What waits for a decision is told by the numbers of the plan; the account would be made once it is approved.
      if (decision.reason === 'CreationsStaged') return toCreate(work);
      return planned(work, { ...nothing, ...(decision.state === 'SoftDeleted' ? {} : linked(work)) });
    case 'Conflict':
      return { type: 'Acted', outcome: await act(work, decision) };
  }
}
