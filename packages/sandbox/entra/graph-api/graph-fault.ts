import type { Json, JsonObject } from '../types.ts';

export interface FaultDetail {
  readonly code: string;
  readonly message: string;
  readonly target: string | null;
}

/** A refusal in Graph's error envelope. */
export class GraphFault extends Error {
  readonly status: number;
  readonly code: string;
  readonly details: readonly FaultDetail[];
  readonly headers: Readonly<Record<string, string>>;
  readonly inner: JsonObject;

  constructor(
    status: number,
    code: string,
    message: string,
    more: { details?: readonly FaultDetail[]; headers?: Readonly<Record<string, string>>; inner?: JsonObject } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = more.details ?? [];
    this.headers = more.headers ?? {};
    this.inner = more.inner ?? {};
  }

  /** The envelope, with the identifiers of one request. */
  body(trace: JsonObject): JsonObject {
    const error: Record<string, Json> = { code: this.code, message: this.message };
    if (this.details.length > 0) error.details = this.details.map(({ code, message, target }) => ({ code, message, target }));
    error.innerError = { ...this.inner, ...trace };
    return { error };
  }
}

/** 400 Request_BadRequest. */
export function badRequest(message: string, details?: readonly FaultDetail[]): GraphFault {
  return new GraphFault(400, 'Request_BadRequest', message, details === undefined ? {} : { details });
}

/** 400 Request_UnsupportedQuery. */
export function unsupportedQuery(message: string): GraphFault {
  return new GraphFault(400, 'Request_UnsupportedQuery', message);
}

/** 404 for an object that is not there, or not yet. */
export function notFound(id: string): GraphFault {
  return new GraphFault(
    404,
    'Request_ResourceNotFound',
    `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`,
  );
}

/** 403 for a call beyond the application's permissions. */
export function forbidden(): GraphFault {
  return new GraphFault(403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.');
}

/** 401 for a token that is not accepted. */
export function unauthenticated(message: string): GraphFault {
  return new GraphFault(401, 'InvalidAuthenticationToken', message, {
    headers: { 'www-authenticate': 'Bearer realm="" error="invalid_token"' },
  });
}

/** 400 for a unique value that another object holds; `owner` in the form User_<id>. */
export function conflictOn(property: string, owner: string): GraphFault {
  const message = `Another object with the same value for property ${property} already exists.`;
  return badRequest(message, [
    { code: 'ObjectConflict', message, target: property },
    { code: 'ConflictingObjects', message, target: owner },
  ]);
}
