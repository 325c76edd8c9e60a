/** What goes wrong. `apply` says whether the request takes effect all the same; without it, it does not. */
type FaultEffect =
  | { readonly effect: 'throttle'; /** Seconds, may be fractional; null: no header. */ readonly retryAfter?: number | null }
  | {
      readonly effect: 'status';
      readonly status: number;
      readonly code?: string;
      readonly message?: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
      readonly apply?: boolean;
    }
  /** The promise rejects, nothing happened. */
  | { readonly effect: 'dropBefore' }
  /** The promise rejects although the request took effect. */
  | { readonly effect: 'dropAfter' }
  /** No answer until the caller aborts, or `ms` (default 300,000) have passed. */
  | { readonly effect: 'timeout'; readonly ms?: number; readonly apply?: boolean }
  /** The answer takes `ms` longer. */
  | { readonly effect: 'delay'; readonly ms: number }
  /** 410 Gone with a Location that starts over; only for requests with a delta or skip token of a delta round. */
  | { readonly effect: 'deltaReset' }
  /** 400 syncStateNotFound; only for requests with a delta or skip token of a delta round. */
  | { readonly effect: 'deltaExpire' }
  /** The answer's body breaks off half way. */
  | { readonly effect: 'truncate' }
  /** A list or delta page with an empty value and a nextLink to the real one. */
  | { readonly effect: 'emptyPage' }
  /** The access token is refused with 401 InvalidAuthenticationToken. */
  | { readonly effect: 'unauthorized' }
  /** 200 with an empty object; nothing happens. */
  | { readonly effect: 'emptyAnswer' }
  /** The answer to one part of a batch bears an id that nobody has sent. */
  | { readonly effect: 'otherId' };

interface FaultMatch {
  readonly tenant?: string;
  readonly method?: string;
  /** Tested against path and query as sent. */
  readonly path?: RegExp;
  /** Tested against the body as sent; a request without one does not match. */
  readonly body?: RegExp;
  readonly operation?: string;
  readonly write?: boolean;
  readonly appId?: string;
}

/** A fault: the first one that matches a request is applied. */
export type Fault = FaultEffect & {
  readonly match?: FaultMatch;
  /** Applied to this many matching requests; without it and without `probability`, once. */
  readonly times?: number;
  /** Chance for each matching request. */
  readonly probability?: number;
  /** Matching requests to let pass first. */
  readonly after?: number;
};

export interface FaultHandle {
  /** How often it was applied. */
  readonly applied: number;
  remove(): void;
}

export interface Faults {
  add(fault: Fault): FaultHandle;
  clear(): void;
}
