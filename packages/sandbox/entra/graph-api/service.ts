import type { Answer } from '../answer.ts';
import type { IssuedToken, TokenStore } from '../authority/tokens.ts';
import type { Endpoint } from '../endpoints.ts';
import { PagingSessions } from '../odata/paging.ts';
import { parseQuery, type Query } from '../odata/query.ts';
import type { TenantState, World } from '../state/tenant-state.ts';
import type { Json, JsonObject } from '../types.ts';
import type { Call, CallFaults, Reply } from './call.ts';
import { forbidden, GraphFault, unauthenticated } from './graph-fault.ts';
import { findRoute, type Route } from './routes.ts';
import { Throttle } from './throttle.ts';

/** One request to Graph, or one part of a batch. */
export interface GraphRequest {
  readonly method: string;
  /** Path after the version, beginning with a slash, not decoded. */
  readonly path: string;
  /** Query without the question mark. */
  readonly search: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly endpoint: Endpoint;
  readonly faults: CallFaults;
}

/** Graph v1.0 over all tenants. Everything happens at once; time passes outside. */
export class GraphService {
  #world: World;
  #tokens: TokenStore;
  #throttle: Throttle;
  #paging = new WeakMap<TenantState, PagingSessions>();

  constructor(world: World, tokens: TokenStore) {
    this.#world = world;
    this.#tokens = tokens;
    this.#throttle = new Throttle(world);
  }

  /** The token of a request, valid or not; undefined when it was never issued. */
  token(headers: Readonly<Record<string, string>>): IssuedToken | undefined {
    const authorization = headers.authorization ?? '';
    return /^bearer /i.test(authorization) ? this.#tokens.get(authorization.slice(7).trim()) : undefined;
  }

  handle(request: GraphRequest): Answer {
    const requestId = this.#world.random.uuid();
    const trace = {
      date: new Date(this.#world.now()).toISOString().slice(0, 19),
      'request-id': requestId,
      'client-request-id': request.headers['client-request-id'] ?? requestId,
    };
    const headers: Record<string, string> = {
      'request-id': requestId,
      'client-request-id': trace['client-request-id'],
      date: new Date(this.#world.now()).toUTCString(),
    };
    try {
      const token = this.authenticate(request);
      token.tenant.catchUp();
      const reply = this.#dispatch(request, token, headers);
      if (reply.body !== undefined)
        headers['content-type'] = 'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8';
      const status = reply.status ?? (reply.body === undefined ? 204 : 200);
      return { status, headers, body: reply.body, ...(reply.objectId === undefined ? {} : { objectId: reply.objectId }) };
    } catch (error) {
      return this.#refusal(error, headers, trace);
    }
  }

  /** The token, if it is good for this request; throws 401 otherwise. */
  authenticate(request: GraphRequest): IssuedToken {
    if (request.headers.authorization === undefined) throw unauthenticated('Access token is empty.');
    const token = this.token(request.headers);
    if (token === undefined) throw unauthenticated('CompactToken parsing failed.');
    if (token.expiresAt <= this.#world.now()) throw unauthenticated('Lifetime validation failed, the token is expired.');
    if (token.audience !== request.endpoint.graphBase(token.tenant.cloud) || !request.endpoint.serves(token.tenant.cloud)) {
      throw unauthenticated('Access token validation failure. Invalid audience.');
    }
    if (token.generation !== token.app.generation) throw unauthenticated('Access token has been revoked.');
    if (token.tenant.apps.get(token.app.appId) !== token.app) {
      throw new GraphFault(401, 'Authorization_IdentityNotFound', 'The identity of the calling application could not be established.');
    }
    return token;
  }

  #dispatch(request: GraphRequest, token: IssuedToken, headers: Record<string, string>): Reply {
    const found = findRoute(request.method, request.path);
    if (found === undefined) throw new GraphFault(404, 'ResourceNotFound', `Resource not found for the segment '${request.path}'.`);
    const { route, params } = found;
    const query = parsed(request.search);
    Object.assign(headers, this.#throttle.admit(token.tenant, token.app, unitsOf(route, query), route.write));
    if (!route.permissions.some((permission) => token.roles.has(permission))) throw forbidden();
    const call: Call = {
      world: this.#world,
      tenant: token.tenant,
      token,
      method: request.method,
      params,
      query,
      headers: request.headers,
      body: parsedBody(request.body),
      base: `${request.endpoint.graphBase(token.tenant.cloud)}/v1.0`,
      path: request.path,
      paging: this.#pagingOf(token.tenant),
      faults: request.faults,
    };
    return route.handle(call);
  }

  #pagingOf(tenant: TenantState): PagingSessions {
    const known = this.#paging.get(tenant) ?? new PagingSessions(this.#world.random);
    this.#paging.set(tenant, known);
    return known;
  }

  #refusal(error: unknown, headers: Record<string, string>, trace: JsonObject): Answer {
    if (!(error instanceof GraphFault)) throw error;
    Object.assign(headers, error.headers, { 'content-type': 'application/json' });
    return { status: error.status, headers, body: error.body(trace), code: error.code };
  }
}

/** Documented price: $select one less, $expand one more, $top below 20 one less, never under one. */
function unitsOf(route: Route, query: Query): number {
  if (route.write) return 1;
  let units = route.units;
  if (route.operation === 'POST /directoryObjects/getByIds') return query.has('$select') ? 2 : units;
  if (query.has('$select')) units -= 1;
  if (query.has('$expand')) units += 1;
  if (query.has('$top') && Number(query.get('$top')) < 20) units -= 1;
  return Math.max(1, units);
}

function parsed(search: string): Query {
  try {
    return parseQuery(search);
  } catch {
    throw new GraphFault(400, 'BadRequest', 'The query string is malformed.');
  }
}

function parsedBody(body: string | undefined): unknown {
  if (body === undefined || body === '') return undefined;
  try {
    return JSON.parse(body) as Json;
  } catch {
    throw new GraphFault(
      400,
      'BadRequest',
      'Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.',
    );
  }
}
