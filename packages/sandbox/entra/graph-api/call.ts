import type { IssuedToken } from '../authority/tokens.ts';
import type { PagingSessions } from '../odata/paging.ts';
import type { Query } from '../odata/query.ts';
import type { TenantState, World } from '../state/tenant-state.ts';
import type { JsonObject } from '../types.ts';

/** Effects of faults that act inside the service. */
export interface CallFaults {
  readonly emptyPage?: boolean;
  readonly delta?: 'reset' | 'expire';
}

/** A Graph request that has passed authentication and routing. */
export interface Call {
  readonly world: World;
  readonly tenant: TenantState;
  readonly token: IssuedToken;
  readonly method: string;
  /** Values of the route's parameters, decoded. */
  readonly params: readonly string[];
  readonly query: Query;
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed JSON body; undefined without one. */
  readonly body: unknown;
  /** https://host/v1.0 of the tenant's Graph, for links. */
  readonly base: string;
  /** Path after the version, for links. */
  readonly path: string;
  readonly paging: PagingSessions;
  readonly faults: CallFaults;
}

/** A handler's answer: 200 with a body, 204 without, unless it says otherwise. Refusals are thrown as GraphFault. */
export interface Reply {
  readonly status?: number;
  readonly body?: JsonObject;
  readonly objectId?: string;
}

/** The parameter at a place of the route. */
export function param(call: Call, at: number): string {
  return call.params[at] ?? '';
}

/** Whether the app has one of the permissions. */
export function allowed(call: Call, ...permissions: readonly string[]): boolean {
  return permissions.some((permission) => call.token.roles.has(permission));
}

/** Whether the caller asked for an advanced query: ConsistencyLevel: eventual together with $count=true. */
export function isAdvanced(call: Call): boolean {
  return call.headers.consistencylevel?.toLowerCase() === 'eventual' && call.query.get('$count') === 'true';
}

/** The @odata.context of an answer. */
export function context(call: Call, what: string): string {
  return `${call.base}/$metadata#${what}`;
}
