import type { DirectoryUser } from '../../api/directory-user.ts';
import type { UserProjectionStatus } from '../../api/generated.ts';
import type { Reason } from '../../api/reasons.ts';
import { timestamp } from '../../core/duration.ts';
import { directoryFailure } from '../../core/errors/directory-error.ts';
import { replicationPause } from '../../core/errors/retry.ts';
import type { PlannedWrites } from '../../core/lifecycle/changes.ts';
import type { Mail } from '../../core/lifecycle/mail.ts';
import type { Limit } from '../../core/limits/limits.ts';
import type { Origin, ProjectionState } from '../../core/lifecycle/decide.ts';
import type { ProvisioningEvent } from '../../ports/provisioning-log.ts';
import { Deferred } from '../shared/write-gate.ts';
import type { Work } from './work.ts';

/** How one piece of work came out, for status, events, metrics and the provisioning log; what was written is in {@link Work.done}. */
export interface Outcome {
  readonly state: ProjectionState;
  readonly reason: Reason;
  /** The object in the target that stands in the way. */
  readonly objectId?: string;
  /** The limit of the pair that decided so. */
  readonly limit?: Limit;
  readonly action: ProvisioningEvent['action'];
  readonly status: ProvisioningEvent['status'];
  readonly warnings: readonly { readonly reason: Reason; readonly message: string }[];
  /** Look again after this time although nothing changes. */
  readonly requeueAfterMs?: number;
  /** Epoch milliseconds at which the account is to be compared again, recorded so that a restart does not forget it. */
  readonly compareAgainAt?: number;
  /** The account was not looked at: an intent stays as open as it was. */
  readonly keepIntent?: boolean;
}

/** What Apply would do for a person. `compareAgainAt`: epoch milliseconds at which it is looked at again although nothing changes. */
export interface Planned extends PlannedWrites {
  readonly type: 'Planned';
  readonly warnings: Outcome['warnings'];
  readonly compareAgainAt?: number;
}

/** The warning about a wanted manager who has no account. */
export const managerGone = {
  reason: 'ManagerNotProjected',
  message: 'The manager has no account in the target; the manager there stays as it is.',
} as const;

/** What a look at an account has seen (E11). */
export interface Seen {
  readonly type: 'Seen';
  /** Attributes that differ; undefined while that cannot be told. */
  readonly drifted: readonly string[] | undefined;
  /** The account is gone for good. */
  readonly gone: boolean;
  /** How its mail stands; undefined while that cannot be told. */
  readonly mail?: Mail;
}

/** How the pass over a record ended, for the status: with an outcome, with what Plan mode or a look found, or with the end of the record. */
export type Ended = { readonly type: 'Acted'; readonly outcome: Outcome } | Planned | Seen | { readonly type: 'Forgotten' };

/** The time as status shows it. */
export const now = (work: Work): string => timestamp(work.deps.clock.now());

/** A time of a clock that was ahead of ours counts as now. */
function age(work: Pick<Work, 'deps'>, since: string | undefined): number {
  return since === undefined ? Number.POSITIVE_INFINITY : Math.max(0, work.deps.clock.now() - Date.parse(since));
}

/** Whether what was written at that time may still be on its way to those who read. */
export function mayBeOnItsWay(work: Pick<Work, 'deps'>, since: string | undefined): boolean {
  return age(work, since) < work.deps.settings.replicationWindowMs;
}

/** Waits for a write of our own to become visible, the last one unless it is said when; not a failure. */
export function waitForReplication(work: Work, since = work.status.intent?.at ?? work.status.lastWriteAt): Deferred {
  const waited = age(work, since);
  return new Deferred('WaitingForReplication', replicationPause(Number.isFinite(waited) ? waited : 0));
}

/** Notes whether a failed write is known not to have taken effect. */
export function noteRefusal(work: Work, error: unknown): void {
  const failure = directoryFailure(error);
  if (failure && failure.outcomeUnknown !== true && failure.kind !== 'NotFound') work.intentOver = true;
}

/** The link to an account as it was just read. */
export function linkOf(user: DirectoryUser, origin: Origin): NonNullable<UserProjectionStatus['targetUser']> {
  return {
    objectId: user.id,
    ...(typeof user.userPrincipalName === 'string' ? { userPrincipalName: user.userPrincipalName } : {}),
    ...(typeof user.userType === 'string' ? { userType: user.userType } : {}),
    ...(typeof user.externalUserState === 'string' ? { externalUserState: user.externalUserState } : {}),
    origin,
    mailEnabled: (user.proxyAddresses?.length ?? 0) > 0,
  };
}
