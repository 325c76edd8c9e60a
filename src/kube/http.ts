import { kubernetesJson, parseBounded, splitList, type ListBytes } from '../core/wire/json.ts';
import { mayHoldHalves, wellFormed } from '../core/wire/text.ts';
import type { Clock } from '../ports/clock.ts';
import { AnswerTooLarge, boundedBytes, boundedText, type HttpFetch } from '../ports/http.ts';
import { statusLabel, type RuntimeMetrics } from '../ports/metrics.ts';
import { KubeError } from '../ports/resources.ts';
import { errorOf } from './status-error.ts';

export interface KubeHttpOptions {
  readonly fetch: HttpFetch;
  /** Scheme and authority of the API server, without a path or with a prefix. */
  readonly baseUrl: string;
  /** Added to each request; asked for each time, because tokens rotate. */
  readonly headers?: () => Promise<Readonly<Record<string, string>>>;
  readonly userAgent: string;
  /** For a request that names no timeout of its own. Streams have none: they end by their own rules. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly metrics: Pick<RuntimeMetrics, 'restClientRequests'>;
}

export interface KubeRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path with its segments encoded, starting with a slash. */
  readonly path: string;
  /** Parameters that are undefined are left out. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  /** Of the body; application/json without it. */
  readonly contentType?: string;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

/** Room for a page of 500 objects of 128 KB; a list of larger ones is read in smaller pages. */
const answerBytes = 64 * 2 ** 20;

/** Whether a request failed because its answer was larger than any may be. */
export function isTooLarge(error: unknown): boolean {
  return error instanceof KubeError && error.cause instanceof AnswerTooLarge;
}

/** The Kubernetes API as JSON over an HttpFetch. Every failure is a KubeError; one without an answer has status 0. */
export class KubeHttp {
  readonly #options: KubeHttpOptions;
  readonly #host: string;

  constructor(options: KubeHttpOptions) {
    this.#options = options;
    this.#host = new URL(options.baseUrl).host;
  }

  /** Sends a request and gives the answer's JSON. Rejects with a KubeError for any status that is not 2xx. */
  async json<T>(request: KubeRequest): Promise<T> {
    const decode = (text: string): unknown => parseBounded(text, kubernetesJson);
    return (await this.#answer(request, async (response) => decoded(await boundedText(response, answerBytes), decode))) as T;
  }

  /** As {@link json}, for a list: its items are not decoded yet. */
  async list(request: KubeRequest): Promise<ListBytes> {
    const split = (bytes: Buffer): ListBytes => splitList(bytes, kubernetesJson);
    return await this.#answer(request, async (response) => decoded(await boundedBytes(response, answerBytes), split));
  }

  async #answer<T>(request: KubeRequest, read: (response: Response) => Promise<T>): Promise<T> {
    const deadline = this.#deadline(request.signal, request.timeoutMs ?? this.#options.timeoutMs);
    try {
      const response = await this.#send(request, deadline);
      if (response.ok) return await deadline.guard(read(response));
      const text = await deadline.guard(boundedText(response, answerBytes));
      throw errorOf(response.status, response.headers.get('retry-after'), text, this.#options.clock.now());
    } catch (error) {
      throw named(error, request);
    } finally {
      deadline.end();
    }
  }

  /**
   * Opens a stream. The request timeout covers the time until the headers are there; after that only `signal` ends the stream.
   * Rejects like {@link json}.
   */
  async stream(request: KubeRequest): Promise<ReadableStream<Uint8Array>> {
    const deadline = this.#deadline(request.signal, request.timeoutMs ?? this.#options.timeoutMs);
    let opened = false;
    try {
      const response = await this.#send(request, deadline);
      if (!response.ok) {
        const text = await deadline.guard(boundedText(response, answerBytes));
        throw errorOf(response.status, response.headers.get('retry-after'), text, this.#options.clock.now());
      }
      if (response.body === null) throw new KubeError('Unavailable', 'the answer has no body', { status: response.status });
      opened = true;
      return response.body;
    } catch (error) {
      throw named(error, request);
    } finally {
      if (opened) deadline.lift();
      else deadline.end();
    }
  }

  async #send(request: KubeRequest, deadline: Deadline): Promise<Response> {
    const { fetch, baseUrl, headers, userAgent, metrics } = this.#options;
    const count = (code: string): void => metrics.restClientRequests.inc({ code, method: request.method, host: this.#host });
    try {
      const added = headers === undefined ? {} : await deadline.guard(headers());
      const sent: Record<string, string> = { accept: 'application/json', 'user-agent': userAgent, ...added };
      if (request.body !== undefined) sent['content-type'] = request.contentType ?? 'application/json';
      const response = await deadline.guard(
        fetch(`${baseUrl.replace(/\/$/, '')}${request.path}${queryOf(request.query)}`, {
          method: request.method,
          headers: sent,
          signal: deadline.signal,
          ...(request.body === undefined ? {} : { body: textOf(request.body) }),
        }),
      );
      count(statusLabel(response.status));
      return response;
    } catch (error) {
      count('<error>');
      throw error;
    }
  }

  #deadline(signal: AbortSignal | undefined, timeoutMs: number): Deadline {
    return new Deadline(this.#options.clock, signal, timeoutMs);
  }
}

/** One request's end: the caller's signal or its time, whichever comes first. */
class Deadline {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal | undefined;
  readonly #timer: { cancel(): void };
  readonly #forward = (): void =>
    this.#controller.abort(new KubeError('Unavailable', 'the request was aborted', { cause: this.#outer?.reason }));

  constructor(clock: Clock, outer: AbortSignal | undefined, timeoutMs: number) {
    this.#outer = outer;
    this.#timer = clock.setTimer(timeoutMs, () => this.#controller.abort(new KubeError('Unavailable', 'the request timed out')));
    outer?.addEventListener('abort', this.#forward, { once: true });
    if (outer?.aborted) this.#forward();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The promise's value, or a KubeError as soon as the request has ended otherwise, even if the promise never settles. */
  async guard<T>(promise: Promise<T>): Promise<T> {
    const { signal } = this;
    let ended: (() => void) | undefined;
    try {
      return await new Promise<T>((resolve, reject) => {
        ended = () => reject(signal.reason as KubeError);
        signal.addEventListener('abort', ended, { once: true });
        if (signal.aborted) ended();
        promise.then(resolve, reject);
      });
    } catch (error) {
      if (signal.aborted) throw signal.reason as KubeError;
      if (error instanceof KubeError) throw error;
      throw new KubeError('Unavailable', 'no answer from the API server', { cause: error });
    } finally {
      if (ended !== undefined) signal.removeEventListener('abort', ended);
    }
  }

  /** Ends the time limit only; the caller's signal still ends the request. */
  lift(): void {
    this.#timer.cancel();
  }

  end(): void {
    this.#timer.cancel();
    this.#outer?.removeEventListener('abort', this.#forward);
  }
}

const verbs = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' } as const;

/** A failure that says which request it is of. */
function named(error: unknown, { method, path, query }: KubeRequest): unknown {
  if (!(error instanceof KubeError)) return error;
  const segments = path.split('/').slice(path.startsWith('/apis/') ? 4 : 3);
  const [resource = '', name, subresource] = segments[0] === 'namespaces' && segments.length > 2 ? segments.slice(2) : segments;
  const verb = method === 'GET' ? (name === undefined ? (query?.watch === true ? 'watch' : 'list') : 'get') : verbs[method];
  error.request ??= { verb, resource: subresource === undefined ? resource : `${resource}/${subresource}` };
  return error;
}

/** Half a character would be stored as another one: what the server stores is what is sent. */
function textOf(body: unknown): string {
  const text = JSON.stringify(body);
  return mayHoldHalves(text) ? JSON.stringify(wellFormed(body)) : text;
}

function queryOf(query: KubeRequest['query']): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) if (value !== undefined) parameters.set(name, String(value));
  return parameters.size === 0 ? '' : `?${parameters.toString()}`;
}

/** What an answer holds. Throws KubeError when it is not what it should be. */
export function decoded<A, T>(answer: A, decode: (answer: A) => T): T {
  try {
    return decode(answer);
  } catch (error) {
    throw new KubeError('Unavailable', 'the answer is not JSON', { cause: error });
  }
}
