import type { Clock, Random } from '../ports/clock.ts';
import type { HttpFetch } from '../ports/http.ts';
import type { Logger } from '../ports/logger.ts';
import type { GraphMetrics } from '../ports/metrics.ts';
import type { ServiceAccountTokens } from '../ports/resources.ts';
import type { Cloud } from './clouds.ts';

/** What the Graph adapter needs from outside. */
export interface GraphOptions {
  /** The clouds that a TenantPair may name: `builtInClouds`, and those of the clouds file. */
  readonly clouds: readonly Cloud[];
  /** The way to the hosts of a cloud, for tokens and for Graph alike. */
  readonly fetchForCloud: (cloud: Cloud) => HttpFetch;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: GraphMetrics;
  /** Share of the documented quota that this process may use, above 0 and at most 1 (`--graph-quota-share`). */
  readonly quotaShare: number;
  /**
   * The part of the read budget of an application in a tenant that falls to this process, above 0 and at most 1: less than 1 when other processes read
   * the same tenant for other shards. Asked when a directory is made, and again with each {@link GraphDirectories.shareReads}; all of it when absent.
   */
  readonly readShare?: (budget: { readonly clientId: string; readonly tenantId: string }) => number;
  /** For workload identity of a named ServiceAccount. */
  readonly serviceAccountTokens: ServiceAccountTokens;
  /** Projected token of the operator's own identity; without it AZURE_FEDERATED_TOKEN_FILE. */
  readonly federatedTokenFile?: string;
  /** How long one request may take, in milliseconds; 100,000 when absent. */
  readonly requestTimeoutMs?: number;
}
