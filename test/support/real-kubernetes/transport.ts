import {
  ApiError,
  type FaultBook,
  type Fault,
  type KubeObject,
  type RequestHook,
  type RequestRecord,
} from '@tenantsync/sandbox/kubernetes';
import { sleep, type Clock } from '../../../src/ports/clock.ts';
import type { HttpFetch, HttpRequest } from '../../../src/ports/http.ts';
import { isGone, keyOf, versionOf, type Mirror } from './mirror.ts';
import { parsePath, type ApiPath } from './paths.ts';
import type { Quiet } from './quiet.ts';
import { Renewals } from './renewals.ts';
import { WatchRelay } from './watch-relay.ts';

export interface TransportOptions {
  readonly clock: Clock;
  readonly mirror: Mirror;
  readonly quiet: Quiet;
  readonly faults: FaultBook;
  /** The operator's own way to the server. */
  readonly send: HttpFetch;
  readonly onActivity: () => void;
}

/** One process: its watches, and its way to the server. */
interface Process {
  readonly own: Set<WatchRelay>;
  readonly send: HttpFetch;
}

/** What stands between the operator's processes and a real API server: hooks, faults, a log, and knowledge of what is on its way. */
export class Transport {
  readonly #options: TransportOptions;
  readonly before = new Set<RequestHook>();
  readonly after = new Set<RequestHook>();
  readonly watches = new Set<WatchRelay>();
  readonly renewals = new Renewals();
  #connections = 0;
  #count = 0;
  requests: RequestRecord[] = [];
  latencyMs = 0;
  /** Versions before this one are forgotten. */
  compacted = 0n;

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  /** The way of one process, with the operator's rights unless `send` has others. `cut` ends it as the end of the process does. */
  connect(send: HttpFetch = this.#options.send): { readonly fetch: HttpFetch; readonly cut: () => void } {
    const own = new Set<WatchRelay>();
    let connected = true;
    this.#connections += 1;
    return {
      fetch: (url, request) => this.#fetch(url, request, { own, send }),
      cut: () => {
        if (connected) this.#connections -= 1;
        connected = false;
        for (const watch of own) watch.cut();
      },
    };
  }

  async #fetch(url: string, request: HttpRequest, from: Process): Promise<Response> {
    const { clock, faults } = this.#options;
    const { signal } = request;
    signal?.throwIfAborted();
    const target = new URL(url);
    const record = this.#record(target, request);
    await Promise.resolve();
    if (this.latencyMs > 0) await sleep(clock, this.latencyMs, signal);
    signal?.throwIfAborted();
    for (const hook of [...this.before]) await unlessAborted(hook(record), signal);
    const fault = faults.take(record);
    if (fault?.effect === 'dropBefore') throw new TypeError('fetch failed');
    const answered = this.#answer(target, request, record, fault, from);
    const response = await unlessAborted(answered, signal);
    this.#options.onActivity();
    if (fault?.effect === 'dropAfter') {
      await response.body?.cancel();
      throw new TypeError('fetch failed');
    }
    record.status = response.status;
    try {
      for (const hook of [...this.after]) await unlessAborted(hook(record), signal);
    } catch (error) {
      await response.body?.cancel();
      throw error;
    }
    return response;
  }

  #record(target: URL, request: HttpRequest): RequestRecord {
    this.#count += 1;
    const record: RequestRecord = {
      number: this.#count,
      method: request.method,
      path: target.pathname,
      query: target.search.slice(1),
      userAgent: request.headers['user-agent'] ?? '',
      user: 'system:admin',
      contentType: request.headers['content-type'] ?? '',
      watch: request.method === 'GET' && target.searchParams.get('watch') === 'true',
      body: typeof request.body === 'string' ? request.body : undefined,
      at: this.#options.clock.now(),
      status: undefined,
    };
    this.requests.push(record);
    return record;
  }

  async #answer(
    target: URL,
    request: HttpRequest,
    record: RequestRecord,
    fault: Fault | undefined,
    { own, send }: Process,
  ): Promise<Response> {
    if (typeof fault?.effect === 'object') return injected(fault.effect);
    const path = parsePath(target.pathname);
    const forgotten = path && this.#forgotten(target.searchParams, record.watch);
    if (forgotten) return forgotten;
    const renewed = path?.plural === 'leases' ? this.renewals.absorb(record, this.#connections) : undefined;
    if (renewed !== undefined) return Response.json(renewed);
    return await this.#options.quiet.during(async () => {
      // Aborted requests are waited for as well: what they do in the server must be known.
      const { signal, ...rest } = request;
      const response = await send(target.href, rest);
      if (record.watch && response.ok && response.body !== null && path) {
        return new Response(this.#relay(response.body, path, target.searchParams, fault, own, signal), {
          headers: { 'content-type': 'application/json' },
        });
      }
      return this.#known(response, await response.text(), path, record);
    });
  }

  #relay(
    source: ReadableStream<Uint8Array>,
    path: ApiPath,
    query: URLSearchParams,
    fault: Fault | undefined,
    own: Set<WatchRelay>,
    signal: AbortSignal | undefined,
  ): ReadableStream<Uint8Array> {
    const { clock, mirror, quiet, onActivity } = this.#options;
    const watch = new WatchRelay({ source, path, query, fault, clock, mirror, quiet, onActivity });
    for (const known of [own, this.watches]) {
      for (const old of known) if (!old.open) known.delete(old);
      known.add(watch);
    }
    watch.expect(mirror.latestOf(path.plural));
    const stop = (): void => watch.end(signal?.reason);
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted) stop();
    return watch.body;
  }

  /** Takes in what an answer tells, and gives it on with the times of the test's clock. */
  #known(response: Response, text: string, path: ApiPath | undefined, record: RequestRecord): Response {
    const { status, headers } = response;
    const made = (body: string): Response => new Response(body, { status, headers: plainHeaders(headers) });
    if (!response.ok || path === undefined) return made(text);
    const body = JSON.parse(text) as KubeObject & { items?: KubeObject[]; details?: { uid?: string } };
    const { mirror } = this.#options;
    if (body.items !== undefined) return made(JSON.stringify({ ...body, items: body.items.map((item) => mirror.restamp(item)) }));
    const object = mirror.restamp(body);
    if (record.method !== 'GET' && path.subresource !== 'token') this.noteWrite(path, object);
    if (path.plural === 'leases') this.renewals.note(record, object);
    return made(JSON.stringify(object));
  }

  /** A write has been answered with this: an object, or the Status of a deletion. */
  noteWrite(path: ApiPath, object: KubeObject): void {
    const { mirror } = this.#options;
    const status = object as unknown as { readonly kind: string; readonly details?: { readonly uid?: string } };
    const gone = status.kind === 'Status' || isGone(object);
    const uid = status.kind === 'Status' ? status.details?.uid : object.metadata.uid;
    if (gone)
      mirror.remove(path.plural, status.kind === 'Status' ? `${path.namespace ?? ''}/${path.name ?? ''}` : keyOf(object), uid ?? '');
    else mirror.put(path.plural, object);
    for (const watch of this.watches) {
      if (watch.path.plural !== path.plural || (watch.path.namespace !== undefined && watch.path.namespace !== path.namespace)) continue;
      if (!gone) watch.expect(versionOf(object));
      else if (uid !== undefined) watch.expectDeletion(uid);
    }
  }

  /** 410 for what is older than the last compaction. */
  #forgotten(query: URLSearchParams, watch: boolean): Response | undefined {
    const from = watch ? query.get('resourceVersion') : versionInToken(query.get('continue'));
    if (from === null || !/^\d+$/.test(from) || BigInt(from) === 0n || BigInt(from) >= this.compacted) return undefined;
    const status = new ApiError(410, 'Expired', `too old resource version: ${from} (${this.compacted})`).toStatus();
    return watch ? new Response(`${JSON.stringify({ type: 'ERROR', object: status })}\n`) : Response.json(status, { status: 410 });
  }
}

const reasons: Readonly<Record<number, string>> = {
  409: 'Conflict',
  410: 'Expired',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
};

function injected(effect: Exclude<Fault['effect'], string>): Response {
  const seconds = effect.retryAfterSeconds ?? (effect.status === 429 ? 1 : undefined);
  const details = seconds === undefined ? {} : { details: { retryAfterSeconds: seconds } };
  const error = new ApiError(effect.status, effect.reason ?? reasons[effect.status] ?? '', effect.message ?? 'injected fault', details);
  return Response.json(error.toStatus(), {
    status: effect.status,
    ...(seconds === undefined ? {} : { headers: { 'retry-after': String(seconds) } }),
  });
}

/** The server's tokens are base64 of JSON. */
function versionInToken(token: string | null): string | null {
  if (token === null) return null;
  const { rv } = JSON.parse(Buffer.from(token, 'base64url').toString()) as { rv?: number };
  return rv === undefined ? null : String(rv);
}

function plainHeaders(headers: Headers): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => !['content-encoding', 'content-length', 'transfer-encoding'].includes(name)));
}

/** Waits, but no longer than until the signal says stop. */
async function unlessAborted<T>(work: T | Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!(work instanceof Promise) || !signal) return work;
  signal.throwIfAborted();
  const stopped = Promise.withResolvers<never>();
  const stop = (): void => stopped.reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, stopped.promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
