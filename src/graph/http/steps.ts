import type { Random, Clock } from '../../ports/clock.ts';
import type { HttpFetch } from '../../ports/http.ts';
import type { Logger } from '../../ports/logger.ts';
import { statusLabel, type GraphMetrics } from '../../ports/metrics.ts';
import { priorities } from '../../ports/reconcile.ts';
import { cancelled, invalidRequest, noAnswer, quotaShort } from '../errors/failures.ts';
import type { Budget } from '../quota/budget.ts';
import type { Cost } from '../quota/costs.ts';
import type { BudgetRegistry } from '../quota/registry.ts';
import { scopeLabel, throttleSignals } from '../quota/throttle-headers.ts';
import { fetchText, graphAnswerBytes } from './fetch-text.ts';
import type { Step } from './step.ts';

/** Where tokens come from, for one application in one tenant. */
export interface Tokens {
  /** A token that is valid for a while; rejects with a DirectoryError. */
  get(signal: AbortSignal): Promise<string>;
  /** Graph refused this token: never hand it out again. */
  invalidate(token: string): void;
}

/**
 * Replaces the SDK's reading of an opaque link (it would take the query apart and put it together again) by the link itself, and lets requests go
 * to this cloud's Graph host alone, before any token is attached: a link is data, and data must not choose who gets the token.
 */
export function pinHost(graphHost: string): Step {
  return async ({ state, context }, next) => {
    if ('link' in state.call.target) context.request = state.call.target.link;
    const url = context.request as string;
    const prefix = `${graphHost}/${state.call.version ?? 'v1.0'}/`;
    if (!URL.canParse(url) || new URL(url).origin !== graphHost || !new URL(url).href.startsWith(prefix)) {
      throw invalidRequest('A link leads away from the Graph host of this cloud and is not followed.');
    }
    return next();
  };
}

/** Attaches the token. A token that Graph refuses is dropped and the request sent once more with a fresh one. */
export function authenticate(tokens: Tokens): Step {
  return async ({ state, headers }, next) => {
    const token = await tokens.get(state.options.signal);
    headers.authorization = `Bearer ${token}`;
    const response = await next();
    if (response.status !== 401) return response;
    tokens.invalidate(token);
    headers.authorization = `Bearer ${await tokens.get(state.options.signal)}`;
    return next();
  };
}

/** Draws the cost of the request on the budget, or rejects without sending; learns from the answer. */
export function withinQuota(budget: Budget, registry: BudgetRegistry, side: 'source' | 'target', telemetry: Telemetry): Step {
  return async ({ state, headers }, next) => {
    const { cost } = state.call;
    const { priority, permit } = state.options;
    const retryAt = budget.draw(cost, priority, permit);
    registry.report(budget, side);
    if (retryAt !== undefined) throw quotaShort(retryAt);
    headers['x-ms-throttle-priority'] = priority >= priorities.removal ? 'high' : priority >= priorities.update ? 'normal' : 'low';
    let response: Response;
    const began = telemetry.clock.monotonic();
    try {
      response = await next();
      budget.answeredIn(telemetry.clock.monotonic() - began);
    } catch (error) {
      budget.unanswered(cost);
      throw error;
    }
    const header = (name: string): string | null => response.headers.get(name);
    const { operation } = state.call;
    state.retryAt = learnFromRefusal({ status: response.status, header, cost, operation }, { budget, registry, side }, telemetry);
    if (state.retryAt === undefined) budget.observe(throttleSignals(header, telemetry.clock.now()), cost);
    return response;
  };
}

/**
 * If an answer is a refusal for load (429, or 503 and above with Retry-After), pauses what it names and returns until when, in epoch milliseconds.
 */
export function learnFromRefusal(
  answer: {
    readonly status: number;
    readonly header: (name: string) => string | null | undefined;
    readonly cost: Cost;
    readonly operation: string;
  },
  { budget, registry, side }: { readonly budget: Budget; readonly registry: BudgetRegistry; readonly side: 'source' | 'target' },
  { clock, metrics, logger }: Telemetry,
): number | undefined {
  const signals = throttleSignals(answer.header, clock.now());
  if (answer.status !== 429 && !(answer.status >= 503 && signals.retryAfterMs !== undefined)) return undefined;
  const retryAt = registry.refused(budget, signals, answer.cost);
  const scope = scopeLabel(signals.scope);
  metrics.throttled({ side, scope });
  const seconds = Math.round((retryAt - clock.now()) / 100) / 10;
  logger.info('Graph asks to wait', { operation: answer.operation, status: answer.status, scope, seconds });
  return retryAt;
}

/** Sends a fresh client-request-id each time and remembers Graph's request-id, for support cases. */
export function trace(random: Random, logger: Logger): Step {
  return async ({ state, headers }, next) => {
    const clientRequestId = random.uuid();
    headers['client-request-id'] = clientRequestId;
    const response = await next();
    state.requestId = response.headers.get('request-id') ?? undefined;
    logger.debug('Graph answered', {
      operation: state.call.operation,
      status: response.status,
      requestId: state.requestId,
      clientRequestId,
      diagnostics: response.headers.get('x-ms-ags-diagnostic'),
    });
    return response;
  };
}

export interface Telemetry {
  readonly clock: Clock;
  readonly metrics: GraphMetrics;
  readonly logger: Logger;
}

/** Counts and times each request that goes out. `code` is the status, or `none` without an answer. */
export function measure(side: 'source' | 'target', { clock, metrics }: Telemetry): Step {
  return async ({ state }, next) => {
    const start = clock.monotonic();
    const sample = (code: string): void =>
      metrics.request({ side, operation: state.call.operation, code, seconds: (clock.monotonic() - start) / 1000 });
    try {
      const response = await next();
      sample(statusLabel(response.status));
      return response;
    } catch (error) {
      sample('none');
      throw error;
    }
  };
}

/** A write may be on its way for so long at most: a shard that is handed over is kept for longer (src/kube/lease.ts). */
const writeTimeoutMs = 30_000;

/** Sends the request and reads the whole answer, within the timeout. The last step. */
export function send(fetch: HttpFetch, clock: Clock, timeoutMs: number): Step {
  return async ({ state, headers, context }) => {
    const { signal } = state.options;
    if (signal.aborted) throw cancelled(state.sent && state.write);
    // What went before was refused for want of a valid token, so that nothing of it took effect.
    if (state.write && state.options.mayStart?.() === false) throw cancelled(false);
    state.sent = true;
    const body = context.options?.body as string | undefined;
    const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    const request = { method: state.call.method, headers: lower, ...(body === undefined ? {} : { body }) };
    const limits = {
      clock,
      timeoutMs: state.write ? Math.min(timeoutMs, writeTimeoutMs) : timeoutMs,
      maxBytes: graphAnswerBytes,
      signal,
    };
    const result = await fetchText(fetch, context.request as string, request, limits);
    if (result.outcome === 'Cancelled') throw cancelled(state.write);
    if (result.outcome === 'NoAnswer') throw noAnswer(`Graph gave no usable answer (${result.detail}).`, state.write);
    state.text = result.text;
    return result.response;
  };
}
