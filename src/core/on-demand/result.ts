import type { UserProjectionStatus } from '../../api/generated.ts';
import type { Reason } from '../../api/reasons.ts';
import type { ProvisionAnswer } from './request.ts';

export type UserResult = NonNullable<ProvisionAnswer['results']>[number] & { readonly user: string };
type Word = NonNullable<UserResult['result']>;

/** How the work on one record ended. */
export interface Ending {
  readonly state: UserProjectionStatus['state'];
  readonly reason: Reason;
  /** What was done, in the words of the provisioning log. */
  readonly action: string;
  /** Whether anything was written to the account. */
  readonly wrote: boolean;
}

/** What was done for a named user, in one word. */
export function resultOf({ state, action, wrote }: Ending): Word {
  if (state === 'Failed' || state === 'Conflict') return 'Failed';
  if (action === 'delete' && state === 'SoftDeleted') return 'Deleted';
  if (state !== 'Provisioned' && state !== 'Blocked') return wrote ? 'Updated' : 'Skipped';
  if (action === 'create') return 'Created';
  if (action === 'restore') return 'Restored';
  if (!wrote) return 'Unchanged';
  return action === 'disable' && state === 'Blocked' ? 'Disabled' : 'Updated';
}
