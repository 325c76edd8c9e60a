import { boundedWait, kubernetesWait, retryAfterMs } from '../core/wire/times.ts';
import { KubeError, type KubeFailureKind } from '../ports/resources.ts';

/** The parts of a Kubernetes Status that tell failures apart. */
export interface Status {
  readonly kind?: string;
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: {
    readonly retryAfterSeconds?: number;
    readonly causes?: readonly { readonly reason?: string }[];
  };
}

/** The failure that an answer means; `now` is wall-clock time, for a Retry-After that is a date. */
export function errorOf(code: number, retryAfter: string | null, body: string, now: number): KubeError {
  return errorOfStatus(parseStatus(body), code, retryAfter, now);
}

/** The failure that a Status means, from an answer or from an ERROR event of a watch. */
export function errorOfStatus(status: Status, code: number, retryAfter: string | null, now: number): KubeError {
  return new KubeError(kindOf(status, code), status.message ?? `status ${code}`, {
    status: code,
    reason: status.reason,
    retryAfterMs: retryAfterMs(retryAfter, now, kubernetesWait) ?? secondsToWait(status.details?.retryAfterSeconds),
  });
}

function secondsToWait(seconds: unknown): number | undefined {
  return typeof seconds === 'number' && seconds > 0 ? boundedWait(seconds * 1000, kubernetesWait) : undefined;
}

function parseStatus(body: string): Status {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    // A proxy's page instead of a Status: the code has to do.
    return {};
  }
}

function kindOf(status: Status, code: number): KubeFailureKind {
  switch (code) {
    case 401:
      return 'Unauthorized';
    case 403:
      return status.details?.causes?.some((cause) => cause.reason === 'NamespaceTerminating') ? 'NamespaceTerminating' : 'Forbidden';
    case 404:
      return 'NotFound';
    case 409:
      return status.reason === 'AlreadyExists' ? 'AlreadyExists' : 'Conflict';
    case 410:
      return 'Expired';
    case 429:
      return 'TooManyRequests';
    case 400:
    case 405:
    case 406:
    case 413:
    case 415:
    case 422:
      return 'Invalid';
    default:
      return status.reason === 'Expired' || status.reason === 'Gone' ? 'Expired' : 'Unavailable';
  }
}
