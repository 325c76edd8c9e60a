export type Labels = Readonly<Record<string, string>>;

/** A measurement with a fixed set of label names; every name is listed in docs/metrics.md. */
export interface Counter {
  inc(labels: Labels, by?: number): void;
}
export interface Gauge {
  set(labels: Labels, value: number): void;
  remove(labels: Labels): void;
}
export interface Histogram {
  observe(labels: Labels, seconds: number): void;
}

/** What the Graph adapter measures. */
export interface GraphMetrics {
  request(sample: {
    readonly side: 'source' | 'target';
    readonly operation: string;
    readonly code: string;
    readonly seconds: number;
  }): void;
  /** `scope` is one of a closed list (graph/quota/throttle-headers.ts). */
  throttled(sample: { readonly side: 'source' | 'target'; readonly scope: string }): void;
  /** From now on this is how much of a budget is in use, asked at each scrape: it falls while nothing is sent. */
  quotaUsed(budget: {
    readonly side: 'source' | 'target';
    readonly tenant: string;
    readonly budget: 'read' | 'write';
    readonly ratio: () => number;
  }): void;
}

/** What the operator runtime measures, under controller-runtime's and client-go's names. */
export interface RuntimeMetrics {
  readonly reconcileTotal: Counter; // controller, result
  readonly reconcileErrors: Counter; // controller
  readonly reconcilePanics: Counter; // controller
  readonly reconcileTimeouts: Counter; // controller
  readonly reconcileTime: Histogram; // controller
  readonly maxConcurrentReconciles: Gauge; // controller
  readonly activeWorkers: Gauge; // controller
  readonly workqueueDepth: Gauge; // name
  readonly workqueueAdds: Counter; // name
  readonly workqueueQueueDuration: Histogram; // name
  readonly workqueueWorkDuration: Histogram; // name
  readonly workqueueRetries: Counter; // name
  readonly workqueueUnfinishedWork: Gauge; // name
  readonly workqueueLongestRunning: Gauge; // name
  readonly restClientRequests: Counter; // code, method, host
  readonly leaderElectionStatus: Gauge; // name
}

/** Statuses that alerts and dashboards tell apart. */
const statuses: ReadonlySet<number> = new Set([
  ...[200, 201, 202, 204, 300, 302, 304, 307, 400, 401, 403, 404, 405, 406, 408, 409, 410, 412, 413, 415, 422, 424, 429],
  ...[500, 501, 502, 503, 504],
]);

/** An HTTP status as the value of a label: the status itself where it is one of the usual ones, else its class, so that no answer makes a new series. */
export function statusLabel(status: number): string {
  return statuses.has(status) ? String(status) : `${Math.floor(status / 100)}xx`;
}
