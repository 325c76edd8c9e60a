import type { GroupProjectionStatus } from '../../api/generated.ts';
import type { Reason } from '../../api/reasons.ts';
import type { ProvisioningEvent } from '../../ports/provisioning-log.ts';

/** How a pass over the record of a group came out. */
export interface GroupOutcome {
  readonly state: GroupProjectionStatus['state'];
  readonly reason: Reason;
  readonly action: ProvisioningEvent['action'];
  /** In place of what the reason means. */
  readonly message?: string;
  /** The object in the target that stands in the way. */
  readonly objectId?: string;
  /** Facts for the status, beside what every pass records. */
  readonly facts?: Partial<GroupProjectionStatus>;
  readonly warnings?: readonly { readonly reason: Reason; readonly message: string }[];
  /** Why the group does not have its new names: they are tried again at growing distances. */
  readonly names?: 'Taken' | 'Refused';
  /** Look again after this time although nothing changes. */
  readonly againInMs?: number;
}

/** How a pass ended: with an outcome, or with the end of the record. */
export type GroupEnded = { readonly type: 'Acted'; readonly outcome: GroupOutcome } | { readonly type: 'Forgotten' };
