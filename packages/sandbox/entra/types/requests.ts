export interface RequestInfo {
  /** 1 for the first request ever, over all tenants. Parts of a batch are not counted by themselves. */
  readonly number: number;
  readonly at: number;
  /** Undefined when the request names no known tenant. */
  readonly tenantId: string | undefined;
  readonly appId: string | undefined;
  readonly method: string;
  /** Path and query as sent, beginning with a slash. */
  readonly path: string;
  /** Template such as `PATCH /users/{id}`, `POST /token`, `GET /users/delta`; `unknown` for paths that are not simulated. */
  readonly operation: string;
  /** True for anything but GET, the token endpoint and getByIds; a batch counts as a write when it has a writing part. */
  readonly write: boolean;
  readonly body: string | undefined;
}

export interface RequestHook {
  /** Before any effect. */
  readonly before?: (info: RequestInfo) => void | Promise<void>;
  /** After the effect, before the answer is handed over. */
  readonly after?: (info: RequestInfo & { readonly status: number }) => void | Promise<void>;
}

export interface LogEntry extends RequestInfo {
  readonly status: number;
  /** The code of the error answer. */
  readonly code?: string;
  /** Object the request made or changed, where there is one. */
  readonly objectId?: string;
  /** The effect of an applied fault. */
  readonly fault?: string;
}

/** What was asked of a tenant. Parts of a batch have entries of their own beside the batch's. */
export interface RequestLog {
  entries(): readonly LogEntry[];
  /** Writes that took effect, in order. */
  writes(): readonly LogEntry[];
  /** Requests of that operation template, optionally of one status, since the last reset. */
  count(operation: string, status?: number): number;
  /** Counts by `operation status`, such as `PATCH /users/{id} 204`. */
  counts(): Readonly<Record<string, number>>;
  reset(): void;
}
