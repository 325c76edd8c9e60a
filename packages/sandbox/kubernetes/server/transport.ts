import type { Clock } from '../../../../src/ports/clock.ts';
import { sleep } from '../../../../src/ports/clock.ts';
import type { HttpRequest } from '../../../../src/ports/http.ts';
import { ApiError } from '../api-error.ts';
import type { WatchFault } from '../reads/watch.ts';
import type { Fault, RequestHook, RequestHooks, RequestRecord } from '../types.ts';
import { bodyText } from './body.ts';
import type { FaultBook } from './faults.ts';
import type { ApiRequest, ApiResponse } from './handler.ts';
import { errorResponse } from './handler.ts';

/** What the transport needs. */
export interface TransportOptions {
  readonly clock: Clock;
  readonly faults: FaultBook;
  readonly tokens: Readonly<Record<string, string>>;
  readonly requestLogLimit: number;
  readonly handle: (request: ApiRequest) => ApiResponse;
}

/** Takes requests in, logs them, lets hooks and faults at them, and puts answers on the wire. */
export class Transport implements RequestHooks {
  readonly #options: TransportOptions;
  readonly #before = new Set<RequestHook>();
  readonly #after = new Set<RequestHook>();
  #requests: RequestRecord[] = [];
  #count = 0;
  latencyMs = 0;

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  get requests(): readonly RequestRecord[] {
    return this.#requests;
  }

  clearRequests(): void {
    this.#requests = [];
  }

  before(hook: RequestHook): () => void {
    this.#before.add(hook);
    return () => void this.#before.delete(hook);
  }

  after(hook: RequestHook): () => void {
    this.#after.add(hook);
    return () => void this.#after.delete(hook);
  }

  /** Answers one request; rejects when the connection breaks. */
  readonly fetch = async (url: string, request: HttpRequest): Promise<Response> => {
    const { signal } = request;
    signal?.throwIfAborted();
    const target = new URL(url);
    const record = this.#record(target, request);
    await Promise.resolve();
    if (this.latencyMs > 0) await sleep(this.#options.clock, this.latencyMs, signal);
    signal?.throwIfAborted();
    for (const hook of [...this.#before]) await unlessAborted(hook(record), signal);
    const fault = this.#options.faults.take(record);
    if (fault?.effect === 'dropBefore') throw new TypeError('fetch failed');
    const answer = this.#answer(target, request, record, fault);
    record.status = answer.status;
    if (fault?.effect === 'dropAfter') {
      record.status = undefined;
      await cancel(answer);
      throw new TypeError('fetch failed');
    }
    for (const hook of [...this.#after]) {
      try {
        await unlessAborted(hook(record), signal);
      } catch (error) {
        await cancel(answer);
        throw error;
      }
    }
    return respond(answer, signal);
  };

  #record(target: URL, request: HttpRequest): RequestRecord {
    const { headers } = request;
    this.#count += 1;
    const record: RequestRecord = {
      number: this.#count,
      method: request.method,
      path: target.pathname,
      query: target.search.slice(1),
      userAgent: headers['user-agent'] ?? '',
      user: this.#userOf(headers.authorization) ?? '',
      contentType: headers['content-type'] ?? '',
      watch: request.method === 'GET' && ['true', '1'].includes(target.searchParams.get('watch') ?? ''),
      body: request.body === undefined ? undefined : bodyText(request.body),
      at: this.#options.clock.now(),
      status: undefined,
    };
    this.#requests.push(record);
    if (this.#requests.length > this.#options.requestLogLimit * 2) this.#requests = this.#requests.slice(-this.#options.requestLogLimit);
    return record;
  }

  #userOf(authorization: string | undefined): string | undefined {
    if (authorization === undefined) return 'system:admin';
    const token = authorization.replace(/^Bearer\s+/i, '');
    return Object.hasOwn(this.#options.tokens, token) ? this.#options.tokens[token] : undefined;
  }

  #answer(target: URL, request: HttpRequest, record: RequestRecord, fault: Fault | undefined): ApiResponse {
    const effect = fault?.effect;
    if (typeof effect === 'object') return errorResponse(injected(effect));
    if (record.user === '') return errorResponse(new ApiError(401, 'Unauthorized', 'Unauthorized'));
    try {
      return this.#options.handle({
        method: request.method,
        path: target.pathname,
        query: target.searchParams,
        accept: request.headers.accept ?? '',
        contentType: record.contentType,
        body: request.body,
        user: record.user,
        watchFault: watchFault(fault),
      });
    } catch (error) {
      if (error instanceof ApiError) return errorResponse(error);
      return errorResponse(
        new ApiError(500, 'InternalError', `Internal error occurred: ${error instanceof Error ? (error.stack ?? '') : String(error)}`),
      );
    }
  }
}

const reasons: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Expired',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

function injected(effect: Exclude<Fault['effect'], string>): ApiError {
  const { status, retryAfterSeconds } = effect;
  const seconds = retryAfterSeconds ?? (status === 429 ? 1 : undefined);
  const more = seconds === undefined ? {} : { details: { retryAfterSeconds: seconds }, headers: { 'retry-after': String(seconds) } };
  return new ApiError(status, effect.reason ?? reasons[status] ?? '', effect.message ?? 'injected fault', more);
}

function watchFault(fault: Fault | undefined): WatchFault | undefined {
  const effect = fault?.effect;
  if (effect !== 'dropWatch' && effect !== 'stallWatch' && effect !== 'halfClose') return undefined;
  return { effect, afterEvents: fault?.afterEvents ?? 0 };
}

async function cancel(answer: ApiResponse): Promise<void> {
  if (answer.body instanceof ReadableStream) await answer.body.cancel();
}

function respond(answer: ApiResponse, signal: AbortSignal | undefined): Response {
  const { body, status } = answer;
  const isText = typeof body === 'string';
  const headers = { 'content-type': isText ? 'text/plain' : 'application/json', ...answer.headers };
  if (body instanceof ReadableStream) return new Response(signal ? abortable(body, signal) : body, { status, headers });
  return new Response(isText ? body : JSON.stringify(body), { status, headers });
}

/** Waits, but no longer than until the signal says stop. */
async function unlessAborted(work: void | Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (!work || !signal) return work;
  signal.throwIfAborted();
  const stopped = Promise.withResolvers<never>();
  const stop = (): void => stopped.reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    await Promise.race([work, stopped.promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** A stream that breaks off when the signal says so. */
function abortable(source: ReadableStream<Uint8Array>, signal: AbortSignal): ReadableStream<Uint8Array> {
  const reader = source.getReader();
  let breakOff = (): void => undefined;
  const settle = (): void => signal.removeEventListener('abort', breakOff);
  return new ReadableStream<Uint8Array>({
    start(controller) {
      breakOff = () => {
        controller.error(signal.reason);
        void reader.cancel(signal.reason);
      };
      signal.addEventListener('abort', breakOff, { once: true });
    },
    async pull(controller) {
      const { done, value } = await reader.read();
      if (signal.aborted) return;
      if (!done) {
        controller.enqueue(value);
        return;
      }
      settle();
      controller.close();
    },
    cancel(reason) {
      settle();
      return reader.cancel(reason);
    },
  });
}
