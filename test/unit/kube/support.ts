import type { HttpFetch, HttpRequest } from '../../../src/ports/http.ts';
import type { LogFields, Logger } from '../../../src/ports/logger.ts';
import type { Labels, RuntimeMetrics } from '../../../src/ports/metrics.ts';
import type { KubeObject } from '../../../src/ports/resources.ts';
import { KubeHttp } from '../../../src/kube/http.ts';
import type { ResourceType } from '../../../src/kube/resource-client.ts';
import type { VirtualClock } from '../../support/virtual-clock.ts';

export interface Widget extends KubeObject {
  spec?: { readonly size?: number; readonly owner?: string };
  status?: Readonly<Record<string, unknown>>;
}

export const widgets: ResourceType = { group: 'example.dev', version: 'v1', plural: 'widgets', kind: 'Widget' };

/** A Widget in namespace `team`; `version` is its resourceVersion. */
export function widget(
  name: string,
  version: number,
  extra: { uid?: string; spec?: Widget['spec']; metadata?: Partial<Widget['metadata']> } = {},
): Widget {
  return {
    apiVersion: 'example.dev/v1',
    kind: 'Widget',
    metadata: {
      name,
      namespace: 'team',
      uid: extra.uid ?? `uid-${name}`,
      resourceVersion: String(version),
      generation: 1,
      creationTimestamp: '2026-01-05T08:00:00Z',
      ...extra.metadata,
    },
    ...(extra.spec === undefined ? {} : { spec: extra.spec }),
  };
}

function series(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort());
}

/** Metrics that remember: sums of counters, values of gauges, observations of histograms. */
export class RecordingMetrics {
  readonly #values = new Map<string, number>();
  readonly #observed = new Map<string, number[]>();

  readonly metrics = new Proxy({} as RuntimeMetrics, {
    get: (_target, name) => ({
      inc: (labels: Labels, by = 1) =>
        this.#values.set(`${String(name)}${series(labels)}`, (this.value(name as keyof RuntimeMetrics, labels) ?? 0) + by),
      set: (labels: Labels, value: number) => this.#values.set(`${String(name)}${series(labels)}`, value),
      remove: (labels: Labels) => this.#values.delete(`${String(name)}${series(labels)}`),
      observe: (labels: Labels, seconds: number) => {
        const id = `${String(name)}${series(labels)}`;
        const known = this.#observed.get(id);
        if (known === undefined) this.#observed.set(id, [seconds]);
        else known.push(seconds);
      },
    }),
  });

  value(name: keyof RuntimeMetrics, labels: Labels): number | undefined {
    return this.#values.get(`${name}${series(labels)}`);
  }

  observed(name: keyof RuntimeMetrics, labels: Labels): readonly number[] {
    return this.#observed.get(`${name}${series(labels)}`) ?? [];
  }
}

export interface LogLine {
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  readonly message: string;
  readonly fields: LogFields;
}

/** A logger that keeps its lines. */
export function recordingLogger(lines: LogLine[] = [], bound: LogFields = {}): Logger & { readonly lines: readonly LogLine[] } {
  const at = (level: LogLine['level']) => (message: string, fields?: LogFields) =>
    void lines.push({ level, message, fields: { ...bound, ...fields } });
  return {
    lines,
    error: at('error'),
    warn: at('warn'),
    info: at('info'),
    debug: at('debug'),
    child: (fields) => recordingLogger(lines, { ...bound, ...fields }),
  };
}

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly signal: AbortSignal | undefined;
}

export type Handler = (request: SeenRequest) => Response | Promise<Response>;

/** An API server made of one function; it keeps what it was asked. */
export class FakeServer {
  readonly requests: SeenRequest[] = [];
  handle: Handler;

  constructor(handle: Handler) {
    this.handle = handle;
  }

  readonly fetch: HttpFetch = async (url: string, request: HttpRequest) => {
    const parsed = new URL(url);
    const seen: SeenRequest = {
      method: request.method,
      path: parsed.pathname,
      query: Object.fromEntries(parsed.searchParams),
      headers: request.headers,
      body: typeof request.body === 'string' ? JSON.parse(request.body) : undefined,
      signal: request.signal,
    };
    this.requests.push(seen);
    return await this.handle(seen);
  };

  http(clock: VirtualClock, recording = new RecordingMetrics()): KubeHttp {
    return new KubeHttp({
      fetch: this.fetch,
      baseUrl: 'https://kube.test',
      userAgent: 'tenantsync/test',
      timeoutMs: 30_000,
      clock,
      metrics: recording.metrics,
    });
  }
}

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });
}

/** A Kubernetes Status answer of a failure. */
export function failure(code: number, reason: string, details: object = {}, headers: Record<string, string> = {}): Response {
  return json({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message: `${reason} happened`, details }, code, headers);
}

export function listOf(items: readonly KubeObject[], version: number, next?: string): Response {
  return json({
    apiVersion: 'example.dev/v1',
    kind: 'WidgetList',
    metadata: { resourceVersion: String(version), ...(next === undefined ? {} : { continue: next }) },
    items,
  });
}

/** A watch answer that the test writes to. */
export class WatchStream {
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  cancelled = false;
  readonly response = new Response(
    new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      cancel: () => {
        this.cancelled = true;
      },
    }),
  );

  send(type: string, object: unknown): void {
    this.raw(`${JSON.stringify({ type, object })}\n`);
  }

  raw(text: string): void {
    this.#controller?.enqueue(new TextEncoder().encode(text));
  }

  close(): void {
    this.#controller?.close();
  }

  break(error: Error): void {
    this.#controller?.error(error);
  }
}
