import type { UserProjection } from '../../api/kinds.ts';
import { isUnfinished } from '../../core/projection/account.ts';
import { priorities } from '../../ports/reconcile.ts';

/** How urgent the work on a record is, by what is probably to be done: the priority of queue and quota. */
export function urgencyOf({ spec, status }: Pick<UserProjection, 'spec' | 'status'>): number {
  if (spec.lifecycle === 'Removed') return priorities.removal;
  if (status.targetUser === undefined) return priorities.create;
  if (spec.attributes?.accountEnabled === false && status.state !== 'Blocked') return priorities.removal;
  return isUnfinished({ status }) ? priorities.finish : priorities.update;
}
