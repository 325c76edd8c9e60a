import type { FieldError } from './field-error.ts';
import { fieldErrorBody } from './field-error.ts';
import type { JsonObject } from './types.ts';

/** What an error is about, in the words of `Status.details`. */
export interface Subject {
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
}

interface Cause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

/** An answer of `kind: Status` that is not a success. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: number;
  readonly reason: string;
  readonly details: JsonObject | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** `metadata.continue` of the answer. */
  readonly continueToken: string | undefined;

  constructor(
    code: number,
    reason: string,
    message: string,
    more: { details?: JsonObject; headers?: Record<string, string>; continueToken?: string } = {},
  ) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = more.details;
    this.headers = more.headers ?? {};
    this.continueToken = more.continueToken;
  }

  /** The answer's body. */
  toStatus(): JsonObject {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: this.continueToken === undefined ? {} : { continue: this.continueToken },
      status: 'Failure',
      message: this.message,
      ...(this.reason === '' ? {} : { reason: this.reason }),
      ...(this.details ? { details: this.details } : {}),
      code: this.code,
    };
  }
}

function qualified(subject: Subject): string {
  return subject.group === '' ? subject.plural : `${subject.plural}.${subject.group}`;
}

function detailsOf(subject: Subject, name: string, kind: string, causes?: readonly Cause[]): JsonObject {
  return {
    ...(name === '' ? {} : { name }),
    ...(subject.group === '' ? {} : { group: subject.group }),
    kind,
    ...(causes ? { causes } : {}),
  };
}

/** 404 for an object. */
export function notFound(subject: Subject, name: string): ApiError {
  return new ApiError(404, 'NotFound', `${qualified(subject)} "${name}" not found`, { details: detailsOf(subject, name, subject.plural) });
}

/** 404 for a path that leads nowhere. */
export function noSuchResource(): ApiError {
  return new ApiError(404, 'NotFound', 'the server could not find the requested resource', { details: {} });
}

/** 409 for a name that is taken. */
export function alreadyExists(subject: Subject, name: string): ApiError {
  return new ApiError(409, 'AlreadyExists', `${qualified(subject)} "${name}" already exists`, {
    details: detailsOf(subject, name, subject.plural),
  });
}

/** 409 for a lost race. */
export function conflict(subject: Subject, name: string, why?: string): ApiError {
  const cause = why ?? 'the object has been modified; please apply your changes to the latest version and try again';
  return new ApiError(409, 'Conflict', `Operation cannot be fulfilled on ${qualified(subject)} "${name}": ${cause}`, {
    details: detailsOf(subject, name, subject.plural),
  });
}

/** 409 for a deletion that was meant for another object, or another state of it. */
export function failedPrecondition(subject: Subject, name: string, why: string): ApiError {
  return conflict({ ...subject, plural: subject.kind }, name, why);
}

/** 422 for fields that are wrong. */
export function invalid(subject: Subject, name: string, errors: readonly FieldError[]): ApiError {
  const texts = [...new Set(errors.map((error) => `${error.field}: ${fieldErrorBody(error)}`))];
  const kind = subject.group === '' ? subject.kind : `${subject.kind}.${subject.group}`;
  const causes = errors.map((error) => ({ reason: error.type, message: fieldErrorBody(error), field: error.field }));
  const list = texts.length === 1 ? String(texts[0]) : `[${texts.join(', ')}]`;
  return new ApiError(422, 'Invalid', `${kind} "${name}" is invalid: ${list}`, { details: detailsOf(subject, name, subject.kind, causes) });
}

/** 400 for a request that makes no sense. */
export function badRequest(message: string): ApiError {
  return new ApiError(400, 'BadRequest', message);
}

/** 403 for a creation in a namespace that is on its way out. */
export function namespaceTerminating(subject: Subject, name: string, namespace: string): ApiError {
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const causes = [{ reason: 'NamespaceTerminating', message: `namespace ${namespace} is being terminated`, field: 'metadata.namespace' }];
  return new ApiError(403, 'Forbidden', `${qualified(subject)} "${name}" is forbidden: ${why}`, {
    details: detailsOf(subject, name, subject.plural, causes),
  });
}

/** 410 for a version that the server no longer remembers. */
export function expired(message: string, continueToken?: string): ApiError {
  return new ApiError(410, 'Expired', message, continueToken === undefined ? {} : { continueToken });
}

/** 406, naming what could be had. */
export function notAcceptable(offered: readonly string[]): ApiError {
  return new ApiError(406, 'NotAcceptable', `only the following media types are accepted: ${offered.join(', ')}`);
}

/** 405. */
export function methodNotAllowed(subject?: Subject): ApiError {
  return new ApiError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {
    details: subject ? detailsOf(subject, '', subject.plural) : {},
  });
}

/** 415, naming what would be accepted. */
export function unsupportedMediaType(accepted: readonly string[]): ApiError {
  return new ApiError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  );
}
