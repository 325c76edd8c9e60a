import { sleep } from '../../../src/ports/clock.ts';
import type { HttpRequest } from '../../../src/ports/http.ts';
import type { Answer } from './answer.ts';
import { authorityOperation, type Authority } from './authority/authority.ts';
import type { Endpoint, Endpoints } from './endpoints.ts';
import { callFaults, faultAnswer, fitsRequest, takesEffect } from './fault-answers.ts';
import type { FaultList } from './fault-list.ts';
import { answerBatch, hasWritingPart } from './graph-api/batch-service.ts';
import { findRoute } from './graph-api/routes.ts';
import type { GraphService } from './graph-api/service.ts';
import type { EntraSettings } from './settings.ts';
import type { TenantState, World } from './state/tenant-state.ts';
import { draw } from './state/user-table.ts';
import type { Fault, RequestHook, RequestInfo } from './types.ts';

/** A request with everything that is known of it before it takes effect. */
export interface Arrival {
  readonly info: RequestInfo;
  readonly tenant: TenantState | undefined;
  readonly endpoint: Endpoint;
  readonly pathname: string;
  readonly search: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly graph: boolean;
}

interface Services {
  readonly world: World;
  readonly endpoints: Endpoints;
  readonly authority: Authority;
  readonly graph: GraphService;
  readonly faults: FaultList;
  readonly settings: EntraSettings;
}

/** Carries requests to the simulated services: latency, faults, hooks and the log happen here. */
export class Transport {
  readonly hooks = new Set<RequestHook>();
  #services: Services;
  #count = 0;

  constructor(services: Services) {
    this.#services = services;
  }

  async fetch(url: string, request: HttpRequest): Promise<Response> {
    throwIfAborted(request.signal);
    const arrival = this.#arrive(url, request);
    for (const hook of this.hooks) {
      const waiting = hook.before?.(arrival.info);
      if (waiting !== undefined) await waiting;
    }
    const fault = this.#services.faults.take(arrival.info, fitsRequest);
    const delay = draw((arrival.tenant?.settings ?? this.#services.settings).latency, this.#services.world.random);
    await this.#wait(delay / 2, request.signal);
    if (fault?.effect === 'dropBefore') {
      this.#log(arrival, { status: 0, headers: {}, body: undefined }, fault, false);
      throw new TypeError('fetch failed', { cause: new Error('The connection was closed before the request was sent.') });
    }
    const answer = this.#process(arrival, fault);
    await this.#lose(fault, request.signal);
    await this.#wait(delay / 2 + (fault?.effect === 'delay' ? fault.ms : 0), request.signal);
    for (const hook of this.hooks) {
      const waiting = hook.after?.({ ...arrival.info, status: answer.status });
      if (waiting !== undefined) await waiting;
    }
    return toResponse(answer, fault);
  }

  #arrive(url: string, request: HttpRequest): Arrival {
    const { host, pathname, search } = new URL(url);
    const { endpoints, graph, authority, world } = this.#services;
    const endpoint = endpoints.find(host);
    if (endpoint === undefined) throw new TypeError('fetch failed', { cause: new Error(`getaddrinfo ENOTFOUND ${host}`) });
    const method = request.method.toUpperCase();
    const body = typeof request.body === 'object' ? Buffer.from(request.body).toString() : request.body;
    const isGraph = endpoint.isGraph(pathname);
    const headers = lowerCased(request.headers);
    const common = { number: (this.#count += 1), at: world.now(), method, path: pathname + search, body };
    if (!isGraph) {
      const { operation, tenant: name } = authorityOperation(method, pathname);
      const tenant = authority.findTenant(name, endpoint);
      const appId = operation === 'POST /token' ? (new URLSearchParams(body).get('client_id') ?? undefined) : undefined;
      const info = { ...common, tenantId: tenant?.id, appId, operation, write: false };
      return { info, tenant, endpoint, pathname, search: search.slice(1), headers, graph: false };
    }
    const token = graph.token(headers);
    const path = pathname.startsWith('/v1.0/') ? pathname.slice('/v1.0'.length) : pathname;
    const { operation, write } = describe(method, pathname, body);
    const info = { ...common, tenantId: token?.tenant.id, appId: token?.app.appId, operation, write };
    return { info, tenant: token?.tenant, endpoint, pathname: path, search: search.slice(1), headers, graph: true };
  }

  /** Lets the request take effect, unless the fault is in the way, and logs it. */
  #process(arrival: Arrival, fault: Fault | undefined): Answer {
    const instead = fault === undefined ? undefined : faultAnswer(fault, arrival.graph);
    const happens = takesEffect(fault);
    const real = happens ? this.#serve(arrival, fault) : undefined;
    const answer = instead ?? real ?? { status: 0, headers: {}, body: undefined };
    this.#log(
      arrival,
      { ...answer, ...(real?.objectId === undefined ? {} : { objectId: real.objectId }) },
      fault,
      real !== undefined && real.status < 300,
    );
    return answer;
  }

  #serve(arrival: Arrival, fault: Fault | undefined): Answer {
    const { authority, graph, faults } = this.#services;
    const { info, endpoint, pathname, search, headers } = arrival;
    if (!arrival.graph) return authority.handle({ method: info.method, pathname, body: info.body, endpoint });
    const request = { method: info.method, path: pathname, search, headers, body: info.body, endpoint, faults: callFaults(fault) };
    if (info.operation !== 'POST /$batch') return graph.handle(request);
    return answerBatch(request, {
      graph,
      faults,
      info,
      record: (part, answer, partFault) => this.#log({ ...arrival, info: part }, answer, partFault, answer.status < 300),
    });
  }

  async #lose(fault: Fault | undefined, signal: AbortSignal | undefined): Promise<void> {
    if (fault?.effect === 'dropAfter')
      throw new TypeError('fetch failed', { cause: new Error('The connection was closed before the answer came.') });
    if (fault?.effect !== 'timeout') return;
    await this.#wait(fault.ms ?? 300_000, signal);
    throw new TypeError('fetch failed', { cause: new Error('No answer came.') });
  }

  async #wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
    if (ms <= 0) return;
    await sleep(this.#services.world.clock, ms, signal);
    throwIfAborted(signal);
  }

  #log(arrival: Pick<Arrival, 'info' | 'tenant'>, answer: Answer, fault: Fault | undefined, tookEffect: boolean): void {
    const { code, objectId } = answer;
    arrival.tenant?.journal.record(
      {
        ...arrival.info,
        status: answer.status,
        ...(code === undefined ? {} : { code }),
        ...(objectId === undefined ? {} : { objectId }),
        ...(fault === undefined ? {} : { fault: fault.effect }),
      },
      tookEffect,
    );
  }
}

function describe(method: string, pathname: string, body: string | undefined): { operation: string; write: boolean } {
  const path = pathname.startsWith('/v1.0/') ? pathname.slice('/v1.0'.length) : pathname;
  if (/^\/(\$|%24)batch$/i.test(path) && method === 'POST') return { operation: 'POST /$batch', write: hasWritingPart(body) };
  const route = findRoute(method, path)?.route;
  return route === undefined ? { operation: 'unknown', write: method !== 'GET' } : { operation: route.operation, write: route.write };
}

function toResponse(answer: Answer, fault: Fault | undefined): Response {
  const own = fault?.effect === 'status' ? fault.body : undefined;
  const whole = own ?? (answer.body === undefined ? '' : JSON.stringify(answer.body));
  const text = fault?.effect === 'truncate' ? whole.slice(0, Math.floor(whole.length / 2)) : whole;
  const empty = text === '' || answer.status === 204;
  return new Response(empty ? null : text, { status: answer.status, headers: { 'content-type': 'application/json', ...answer.headers } });
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  const lower: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) lower[name.toLowerCase()] = value;
  return lower;
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  signal?.throwIfAborted();
}
