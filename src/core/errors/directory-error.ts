import type { Reason } from '../../api/reasons.ts';

/**
 * What a failed Graph request means for the work that made it. One table in the Graph adapter maps answers to these kinds.
 *
 * - `Throttled`: refused by our own budget or by the service; nothing happened; `retryAt` says when. Not a failure of the user.
 * - `Unavailable`: no usable answer (network, 5xx, timeout). With `outcomeUnknown` the request may have taken effect.
 * - `Unauthenticated`: no token, or the token was refused: the credentials need attention.
 * - `Forbidden`: the application lacks a permission or a role for this call.
 * - `NotFound`: the object is not there, or not visible yet.
 * - `DeltaExpired`: the delta token is no longer valid: read everything anew.
 * - `ObjectConflict`: a unique value (address, name) is taken by another object, named when the answer names it.
 * - `InvitationRefused`: the target does not accept this invitation (settings, domain lists, an internal account of that address).
 * - `InvitationsBlocked`: the target refuses all invitations, whoever is invited; only Microsoft lifts that.
 * - `AttributeRefused`: the directory refuses one or more attributes of this user.
 * - `ReferenceNotReady`: a reference to an object that is not visible yet.
 * - `QuotaExceeded`: the directory is full.
 * - `InvalidRequest`: the request itself is wrong; repeating it as it is will not help.
 * - `Unclassified`: anything else; retried slowly.
 */
export type DirectoryErrorKind =
  | 'Throttled'
  | 'Unavailable'
  | 'Unauthenticated'
  | 'Forbidden'
  | 'NotFound'
  | 'DeltaExpired'
  | 'ObjectConflict'
  | 'InvitationRefused'
  | 'InvitationsBlocked'
  | 'AttributeRefused'
  | 'ReferenceNotReady'
  | 'QuotaExceeded'
  | 'InvalidRequest'
  | 'Unclassified';

/** What may stand in the way of an account or group. */
export type ObstacleKind = 'User' | 'Contact' | 'Group';

export interface DirectoryFailure {
  readonly kind: DirectoryErrorKind;
  /** What conditions, events and metrics show. */
  readonly reason: Reason;
  /** The most specific Graph or AADSTS code that the table knows, else `Other`: bounded, fit for a metric label. */
  readonly code: string;
  /** Our own words: what happened and what to do. Never text of the service, which may quote names and addresses. */
  readonly message: string;
  /** HTTP status, 0 without an answer. */
  readonly status: number;
  /** Graph's request-id, for a support case. */
  readonly requestId?: string;
  /** Epoch milliseconds before which the same request must not be sent again. */
  readonly retryAt?: number;
  /** The request may have taken effect although no answer came. */
  readonly outcomeUnknown?: boolean;
  /** Id of the object that holds the conflicting value. */
  readonly conflictingObjectId?: string;
  /** What that object is, as far as the answer tells. */
  readonly conflictingObjectKind?: ObstacleKind;
  /** Names of the refused attributes in Graph's spelling, as far as the answer names them. */
  readonly attributes?: readonly string[];
}

/** A Graph request that did not succeed. */
export class DirectoryError extends Error {
  override readonly name = 'DirectoryError';
  readonly failure: DirectoryFailure;
  constructor(failure: DirectoryFailure, options?: { cause?: unknown }) {
    super(`${failure.reason}: ${failure.message}`, options);
    this.failure = failure;
  }
}

/** The failure inside `error`, if it is one of the given kinds (of any kind when none is given). */
export function directoryFailure(error: unknown, ...kinds: readonly DirectoryErrorKind[]): DirectoryFailure | undefined {
  if (!(error instanceof DirectoryError)) return undefined;
  return kinds.length === 0 || kinds.includes(error.failure.kind) ? error.failure : undefined;
}
