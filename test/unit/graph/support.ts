import { GraphClient } from '../../../src/graph/http/client.ts';
import type { Tokens } from '../../../src/graph/http/steps.ts';
import { GraphSource } from '../../../src/graph/directory/source.ts';
import { GraphTarget } from '../../../src/graph/directory/target.ts';
import type { TenantContext } from '../../../src/graph/directory/tenant.ts';
import { BudgetRegistry } from '../../../src/graph/quota/registry.ts';
import { DirectoryError, type DirectoryFailure } from '../../../src/core/errors/directory-error.ts';
import type { CallOptions } from '../../../src/ports/directory.ts';
import type { HttpFetch } from '../../../src/ports/http.ts';
import type { LogFields, Logger } from '../../../src/ports/logger.ts';
import type { GraphMetrics } from '../../../src/ports/metrics.ts';
import { priorities } from '../../../src/ports/reconcile.ts';
import { seededRandom, VirtualClock } from '../../support/virtual-clock.ts';

export const tenantId = '11111111-1111-4111-8111-111111111111';
export const clientId = '22222222-2222-4222-8222-222222222222';
export const graphHost = 'https://graph.microsoft.com';

/** A guid that ends in `n`. */
export function id(n: number): string {
  return `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
}

/** An internal member as a plain read returns it, with everything that tells who it is. */
export function person(n: number): Record<string, unknown> {
  return {
    id: id(n),
    userPrincipalName: `person${n}@contoso.com`,
    displayName: `Person ${n}`,
    mail: `person${n}@contoso.com`,
    accountEnabled: true,
    userType: 'Member',
    creationType: null,
    externalUserState: null,
    identities: [{ signInType: 'userPrincipalName', issuer: 'contoso.onmicrosoft.com', issuerAssignedId: `person${n}@contoso.com` }],
  };
}

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  /** Path and query below the version, decoded. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface Reply {
  readonly status?: number;
  readonly body?: unknown;
  readonly raw?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Handler = (request: SeenRequest) => Reply | Promise<Reply>;

export interface Recorded extends GraphMetrics {
  readonly requests: { operation: string; code: string; seconds: number }[];
  readonly throttles: string[];
  readonly quota: Map<string, () => number>;
}

/** Metrics that remember. */
export function recordedMetrics(): Recorded {
  const recorded: Recorded = {
    requests: [],
    throttles: [],
    quota: new Map(),
    request: ({ operation, code, seconds }) => void recorded.requests.push({ operation, code, seconds }),
    throttled: ({ scope }) => void recorded.throttles.push(scope),
    quotaUsed: ({ budget, ratio }) => void recorded.quota.set(budget, ratio),
  };
  return recorded;
}

/** A logger that remembers its lines as JSON, by level. */
export function recordedLog(): { readonly logger: Logger; readonly lines: { level: string; text: string }[] } {
  const lines: { level: string; text: string }[] = [];
  const at = (level: string) => (message: string, fields?: LogFields) =>
    void lines.push({ level, text: JSON.stringify({ message, ...fields }) });
  const logger: Logger = { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug'), child: () => logger };
  return { logger, lines };
}

/** A fetch that answers from `handler` and remembers what it was asked. */
export function fakeFetch(handler: Handler): { readonly fetch: HttpFetch; readonly seen: SeenRequest[] } {
  const seen: SeenRequest[] = [];
  return {
    seen,
    fetch: async (url, request) => {
      const text = typeof request.body === 'string' ? request.body : undefined;
      const { pathname, search } = new URL(url);
      const entry: SeenRequest = {
        method: request.method,
        url,
        path: decodeURIComponent(`${pathname}${search}`.replace(/^\/v1\.0/, '')),
        headers: request.headers,
        body: !text?.startsWith('{') ? text : JSON.parse(text),
      };
      seen.push(entry);
      const reply = await handler(entry);
      const status = reply.status ?? 200;
      const content = reply.raw ?? (reply.body === undefined ? '' : JSON.stringify(reply.body));
      return new Response(status === 204 ? null : content, { status, headers: { 'request-id': id(999), ...reply.headers } });
    },
  };
}

export interface World {
  readonly clock: VirtualClock;
  readonly source: GraphSource;
  readonly target: GraphTarget;
  readonly client: GraphClient;
  readonly seen: SeenRequest[];
  readonly metrics: Recorded;
  readonly lines: { level: string; text: string }[];
  readonly budgets: BudgetRegistry;
  readonly dropped: string[];
}

/** Directories of one tenant over a fake Graph, with tokens named `token-1`, `token-2`, ... */
export function world(handler: Handler, options: { share?: number; host?: string } = {}): World {
  const clock = new VirtualClock();
  const random = seededRandom(7);
  const metrics = recordedMetrics();
  const { logger, lines } = recordedLog();
  const { fetch, seen } = fakeFetch(handler);
  const budgets = new BudgetRegistry({ clock, random, metrics, share: options.share ?? 0.9 });
  const dropped: string[] = [];
  const tokens: Tokens = {
    get: () => Promise.resolve(`token-${dropped.length + 1}`),
    invalidate: (token) => void dropped.push(token),
  };
  const budget = budgets.get(clientId, tenantId);
  const host = options.host ?? graphHost;
  const client = new GraphClient({
    side: 'target',
    graphHost: host,
    fetch,
    tokens,
    budget,
    budgets,
    clock,
    random,
    metrics,
    logger,
    timeoutMs: 100_000,
  });
  const context: TenantContext = {
    tenantId,
    client,
    tokens,
    clock,
    facts: {},
    credentialExpiresAt: undefined,
  };
  return { clock, source: new GraphSource(context), target: new GraphTarget(context), client, seen, metrics, lines, budgets, dropped };
}

/** Call options of an update, unless told otherwise. */
export function call(options: Partial<CallOptions> = {}): CallOptions {
  return { signal: new AbortController().signal, priority: priorities.update, ...options };
}

/** The failure that a promise rejects with; fails the test if it does not reject with a DirectoryError. */
export async function failureOf(promise: Promise<unknown>): Promise<DirectoryFailure> {
  const outcome: unknown = await promise.then(
    () => new Error('the call succeeded'),
    (error: unknown) => error,
  );
  if (outcome instanceof DirectoryError) return outcome.failure;
  throw outcome;
}

/** An error envelope. */
export function envelope(code: string, message = '', more: Record<string, unknown> = {}): { error: Record<string, unknown> } {
  return { error: { code, message, ...more } };
}

interface Part {
  readonly id: string;
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers each part of a batch as if it had come alone; the parts are remembered as requests in `parts`. */
export function inParts(handler: Handler, parts: SeenRequest[] = []): Handler {
  return async (request) => {
    if (request.path !== '/$batch') return handler(request);
    const { requests } = request.body as { readonly requests: readonly Part[] };
    const responses = await Promise.all(
      requests.map(async ({ id: partId, method, url, headers = {} }) => {
        const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
        const part = { method, url: `${graphHost}/v1.0${url}`, path: decodeURIComponent(url), headers: lower, body: undefined };
        parts.push(part);
        const { status = 200, body, raw, headers: answered = {} } = await handler(part);
        return { id: partId, status, headers: answered, body: raw === undefined ? body : (JSON.parse(raw) as unknown) };
      }),
    );
    return { body: { responses } };
  };
}
