import { DirectoryError, type DirectoryFailure } from '../../core/errors/directory-error.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Reason } from '../../api/reasons.ts';
import type { Observation } from './identity-transport.ts';

const meanings: readonly { readonly numbers: readonly string[]; readonly reason: Reason; readonly message: string }[] = [
  {
    numbers: ['7000215', '700027', '7000217', '700030', '7000112', '53003'],
    reason: 'CredentialsRejected',
    message:
      'The authority refused the credentials. Check that the secret or certificate belongs to this application and that nothing blocks it.',
  },
  {
    numbers: ['7000222', '700024'],
    reason: 'CredentialsExpired',
    message: 'The credentials have expired. Create new ones for the application and put them into the Secret.',
  },
  {
    numbers: ['700016', '7000229'],
    reason: 'ApplicationNotFound',
    message: 'The application is not known in this tenant. Check the client id, and give admin consent in this tenant.',
  },
  {
    numbers: ['65001', '650052', '650057', '500011', '501051'],
    reason: 'ConsentMissing',
    message: 'The application has no consent for Microsoft Graph in this tenant. An administrator of the tenant has to grant it.',
  },
  {
    numbers: ['90002', '900023', '900021', '500021'],
    reason: 'TenantNotFound',
    message: 'The authority does not know this tenant. Check the tenant id and the cloud.',
  },
  {
    numbers: ['70021', '700211', '700212', '700213', '7002131', '7002138', '700021'],
    reason: 'FederatedCredentialMismatch',
    message: 'No federated credential of the application fits the ServiceAccount token. Compare issuer, subject and audience.',
  },
];

/** What a failed token request means. AADSTS numbers decide; without one, what was seen on the wire. */
export function tokenFailure(seen: Observation, error: unknown, clock: Clock): DirectoryError {
  const number = seen.aadsts ?? /AADSTS(\d{1,9})\b/.exec(error instanceof Error ? error.message : '')?.[1];
  const meaning = meanings.find((candidate) => number !== undefined && candidate.numbers.includes(number));
  const status = seen.status ?? 0;
  if (meaning !== undefined) {
    const message = `${meaning.message}${answerOf(number, seen)}`;
    return failure({ kind: 'Unauthenticated', reason: meaning.reason, code: `AADSTS${number ?? ''}`, message, status });
  }
  if (status === 429 || (status === 503 && seen.retryAfterMs !== undefined))
    return failure({ ...askedToWait, status, retryAt: clock.now() + (seen.retryAfterMs ?? 10_000) });
  if (status >= 400 && status < 500 && (number !== undefined || seen.network === undefined))
    return failure({ ...rejected, message: `${rejected.message}${answerOf(number, seen)}`, status });
  return noAnswer(seen, status);
}

/** By what the authority and its support know the answer: the number is documented, the id is theirs. */
function answerOf(number: string | undefined, { correlationId }: Observation): string {
  const named = [
    ...(number === undefined ? [] : [`AADSTS${number}`]),
    ...(correlationId === undefined ? [] : [`correlation id ${correlationId}`]),
  ];
  return named.length === 0 ? '' : ` The authority answered ${named.join(', ')}.`;
}

function noAnswer(seen: Observation, status: number): DirectoryError {
  const detail = seen.network ?? (status === 0 ? 'no request was possible' : `status ${status}`);
  return failure({
    kind: 'Unavailable',
    reason: 'AuthorityUnreachable',
    code: 'NoAnswer',
    message: `The authority gave no usable answer (${detail}): it cannot be reached, or its certificate is not trusted here (caBundleFile).`,
    status,
  });
}

const askedToWait = {
  kind: 'Throttled',
  reason: 'Throttled',
  code: 'TooManyRequests',
  message: 'The authority asks to wait.',
} as const;

const rejected = {
  kind: 'Unauthenticated',
  reason: 'CredentialsRejected',
  code: 'Other',
  message: 'The authority refused the credentials for a reason that the operator does not know.',
} as const;

/** The ServiceAccount token, or the credentials as given, could not be used at all: no request went out. */
export function unusableCredentials(
  reason: 'ServiceAccountTokenFailed' | 'SecretInvalid',
  message: string,
  transient: boolean,
): DirectoryError {
  return failure({ kind: transient ? 'Unavailable' : 'Unauthenticated', reason, code: 'Other', message, status: 0 });
}

function failure(facts: DirectoryFailure): DirectoryError {
  return new DirectoryError(facts);
}
