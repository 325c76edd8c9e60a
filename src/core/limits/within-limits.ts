import type { UserProjectionSpec } from '../../api/generated.ts';
import type { Decision } from '../lifecycle/decide.ts';
import { allowsUserType, createdUserType, isExcluded, type Limits } from './limits.ts';

export interface LimitFacts {
  readonly limits: Limits | undefined;
  readonly spec: Pick<UserProjectionSpec, 'lifecycle' | 'onCreate' | 'attributes'>;
  /** Takes one of the accounts that the pair may have for this person, if there is one left. Asked only where it is needed. */
  readonly takesSeat: () => boolean;
}

/**
 * A decision as the limits of the pair leave it (B11): nothing is done to an account that they exclude, no account of another type than
 * they name is created, and none beyond their number is created, restored or adopted. An account that is ours already, by its anchor or by
 * an intent, counts and is linked all the same: nobody gains by not knowing it.
 */
export function withinLimits(decision: Decision, { limits, spec, takesSeat }: LimitFacts): Decision {
  if (limits === undefined) return decision;
  if ('user' in decision && isExcluded(limits, decision.user)) {
    const state = spec.lifecycle === 'Present' ? 'Skipped' : 'Retained';
    return { do: 'Settle', state, reason: 'LimitReached', limit: 'excludedTargetUsers', objectId: decision.user.id };
  }
  if (decision.do === 'Create' && !allowsUserType(limits, createdUserType(spec)))
    return { do: 'Settle', state: 'Skipped', reason: 'LimitReached', limit: 'userTypes' };
  const adds =
    decision.do === 'Create' ||
    decision.do === 'Restore' ||
    (decision.do === 'Link' && decision.origin === 'Adopted' && decision.marked !== true);
  return !adds || limits.maxUsers === undefined || takesSeat()
    ? decision
    : { do: 'Settle', state: 'Skipped', reason: 'LimitReached', limit: 'maxUsers' };
}
