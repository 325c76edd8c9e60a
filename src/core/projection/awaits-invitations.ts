import type { UserProjection } from '../../api/kinds.ts';
import { findCondition } from '../status/conditions.ts';

/** Whether a record waits until its target accepts invitations again. It is woken then; its own time does not matter. */
export function awaitsInvitations({ spec, status }: Pick<UserProjection, 'spec' | 'status'>): boolean {
  const waits = spec.lifecycle === 'Present' && status.state === 'Pending' && status.intent === undefined;
  return waits && findCondition(status.conditions, 'Ready')?.reason === 'InvitationsBlocked';
}
