import type { JsonBounds } from '../../core/wire/json.ts';
import type { CallOptions } from '../../ports/directory.ts';
import type { CallKind } from '../errors/table.ts';
import type { Cost } from '../quota/costs.ts';

/** One request to Graph, described. */
export interface GraphCall {
  /** Name for metrics and logs, such as `users.patch`. */
  readonly operation: string;
  readonly kind: CallKind;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Path below the version with its query, already encoded: `/users/<id>?$select=id`; or an opaque link of the service. */
  readonly target: { readonly path: string } | { readonly link: string };
  readonly cost: Cost;
  readonly body?: unknown;
  /** The version of Graph; v1.0 unless it is said. Only of a path. */
  readonly version?: 'beta';
  /** Value of the Prefer header. */
  readonly prefer?: string;
  /** Adds the header that advanced queries need. */
  readonly advanced?: boolean;
  /** Names of the properties in the body, to recognise in refusals. */
  readonly sent?: readonly string[];
  /** How deep and manifold the answer may be; those of the directory unless said. */
  readonly bounds?: JsonBounds;
  /** The object that the request is about. */
  readonly objectId?: string;
}

/** An answer of status 200 to 299; `body` is undefined when empty. */
export interface GraphAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly header: (name: string) => string | null;
  readonly requestId: string | undefined;
}

/** What travels with a request through the chain of middleware (the SDK finds it by its class). */
export class CallState {
  readonly call: GraphCall;
  readonly options: CallOptions;
  /** True as soon as the request may have reached the service. */
  sent = false;
  /** The whole body of the last answer. */
  text = '';
  requestId: string | undefined;
  /** Set by the quota step when the service refused the request: epoch milliseconds. */
  retryAt: number | undefined;
  /** Whatever a step threw, because the SDK would wrap it. */
  error: unknown;

  constructor(call: GraphCall, options: CallOptions) {
    this.call = call;
    this.options = options;
  }

  get write(): boolean {
    return this.call.cost.writes > 0;
  }
}
