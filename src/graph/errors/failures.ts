import { DirectoryError } from '../../core/errors/directory-error.ts';
import type { Reason } from '../../api/reasons.ts';

/** Refused by our own budget: nothing was sent. `retryAt` in epoch milliseconds. */
export function quotaShort(retryAt: number): DirectoryError {
  return new DirectoryError({
    kind: 'Throttled',
    reason: 'QuotaShort',
    code: 'QuotaShort',
    message: 'The request budget of this application in this tenant is used up for the moment.',
    status: 0,
    retryAt,
  });
}

/** No usable answer came. A write may have taken effect. */
export function noAnswer(
  message: string,
  write: boolean,
  options: { status?: number; reason?: Reason; requestId?: string } = {},
): DirectoryError {
  return new DirectoryError({
    kind: 'Unavailable',
    reason: options.reason ?? 'GraphUnreachable',
    code: 'NoAnswer',
    message,
    status: options.status ?? 0,
    ...(options.requestId === undefined ? {} : { requestId: options.requestId }),
    ...(write ? { outcomeUnknown: true } : {}),
  });
}

/** The caller gave up. */
export function cancelled(sent: boolean): DirectoryError {
  return new DirectoryError({
    kind: 'Unavailable',
    reason: 'GraphUnavailable',
    code: 'Cancelled',
    message: 'The call was cancelled.',
    status: 0,
    ...(sent ? { outcomeUnknown: true } : {}),
  });
}

/** A request that is wrong before it is sent. */
export function invalidRequest(message: string): DirectoryError {
  return new DirectoryError({ kind: 'InvalidRequest', reason: 'RequestInvalid', code: 'Other', message, status: 0 });
}
