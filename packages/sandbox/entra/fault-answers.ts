import type { Answer } from './answer.ts';
import type { CallFaults } from './graph-api/call.ts';
import type { Fault, Json } from './types.ts';

/** The ready-made answer of a fault, for those that have one. */
export function faultAnswer(fault: Fault, graph: boolean): Answer | undefined {
  switch (fault.effect) {
    case 'throttle': {
      const retryAfter = fault.retryAfter === undefined ? 2.128 : fault.retryAfter;
      const headers = retryAfter === null ? {} : { 'retry-after': String(retryAfter) };
      return failure(429, { code: 'TooManyRequests', message: 'Please retry again later.' }, graph, headers);
    }
    case 'status':
      return failure(
        fault.status,
        { code: fault.code ?? defaultCode(fault.status), message: fault.message ?? 'A fault that was asked for.' },
        graph,
        fault.headers ?? {},
      );
    case 'unauthorized':
      return failure(401, { code: 'InvalidAuthenticationToken', message: 'Access token validation failure.' }, graph, {});
    case 'emptyAnswer':
      return { status: 200, headers: { 'content-type': 'application/json' }, body: {} };
    default:
      return undefined;
  }
}

/** The body of a part of a batch whose fault has one of its own: what is no JSON travels as Base64. */
export function partBody(fault: Fault | undefined): string | undefined {
  return fault?.effect === 'status' && fault.body !== undefined ? Buffer.from(fault.body).toString('base64') : undefined;
}

/** What a fault means to the inside of the service. */
export function callFaults(fault: Fault | undefined): CallFaults {
  switch (fault?.effect) {
    case 'emptyPage':
      return { emptyPage: true };
    case 'deltaReset':
      return { delta: 'reset' };
    case 'deltaExpire':
      return { delta: 'expire' };
    default:
      return {};
  }
}

/** Whether the request takes effect in spite of the fault. */
export function takesEffect(fault: Fault | undefined): boolean {
  switch (fault?.effect) {
    case 'status':
    case 'timeout':
      return fault.apply === true;
    case 'throttle':
    case 'unauthorized':
    case 'dropBefore':
    case 'emptyAnswer':
      return false;
    default:
      return true;
  }
}

const ofParts: readonly string[] = [
  'throttle',
  'status',
  'unauthorized',
  'emptyPage',
  'deltaReset',
  'deltaExpire',
  'emptyAnswer',
  'otherId',
] satisfies readonly Fault['effect'][];

/** Whether a fault can be had by one part of a batch. */
export function fitsPart(fault: Fault): boolean {
  return ofParts.includes(fault.effect);
}

/** Whether a fault can be had by a request of its own. */
export function fitsRequest(fault: Fault): boolean {
  return fault.effect !== 'otherId';
}

interface Refusal {
  readonly code: string;
  readonly message: string;
}

function failure(status: number, { code, message }: Refusal, graph: boolean, headers: Readonly<Record<string, string>>): Answer {
  const body: Json = graph ? { error: { code, message, innerError: {} } } : { error: code, error_description: message };
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: body, code };
}

function defaultCode(status: number): string {
  const codes: Readonly<Record<number, string>> = {
    400: 'Request_BadRequest',
    403: 'Authorization_RequestDenied',
    404: 'Request_ResourceNotFound',
    500: 'InternalServerError',
    503: 'ServiceUnavailable',
    504: 'UnknownError',
  };
  return codes[status] ?? 'UnknownError';
}
