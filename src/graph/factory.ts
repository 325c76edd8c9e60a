import type { DirectoryFactory, SynchronizationReader, TenantConnection } from '../ports/directory.ts';
import { credentialExpiry } from './auth/certificate-expiry.ts';
import { TokenCache } from './auth/token-cache.ts';
import type { Cloud } from './clouds.ts';
import { GraphGroups } from './directory/groups.ts';
import { accessSettings } from './directory/policies.ts';
import { GraphSource } from './directory/source.ts';
import { synchronizationReader } from './directory/synchronization.ts';
import { GraphTarget } from './directory/target.ts';
import type { TenantContext, TenantFacts } from './directory/tenant.ts';
import { GraphClient } from './http/client.ts';
import type { GraphOptions } from './options.ts';
import { BudgetRegistry } from './quota/registry.ts';

export type { GraphOptions } from './options.ts';

/** The directories of this process, over Microsoft Graph. */
export interface GraphDirectories extends DirectoryFactory {
  /** Entra's own synchronization jobs of a tenant, as they are. */
  synchronization(connection: TenantConnection): SynchronizationReader;
  /** Divides the read budgets anew: which shards read a tenant, or which of them this process holds, has changed. */
  shareReads(): void;
}

const defaultTimeoutMs = 100_000;
const tokenTimeoutMs = 30_000;

/**
 * Makes directories over Microsoft Graph. Tokens, budgets and what is known of a tenant are kept in this factory and shared by all directories it
 * makes, so make one for a process. Throws for a connection to a cloud that it was not given.
 */
export function createDirectoryFactory(options: GraphOptions): GraphDirectories {
  if (!(options.quotaShare > 0 && options.quotaShare <= 1)) throw new RangeError('quotaShare: must be above 0 and at most 1');
  const clouds = new Map(options.clouds.map((cloud) => [cloud.name, cloud]));
  const { clock, random, metrics } = options;
  const tokenCache = new TokenCache(clock);
  const budgets = new BudgetRegistry({ clock, random, metrics, share: options.quotaShare });
  const facts = new Map<string, TenantFacts>();

  const shareReads = (): void => budgets.shareReads((budget) => options.readShare?.(budget) ?? 1);

  const cloudOf = (name: string): Cloud => {
    const cloud = clouds.get(name);
    if (cloud === undefined) throw new RangeError(`no cloud of the name ${name}; known are ${[...clouds.keys()].join(', ')}`);
    return cloud;
  };

  const factsOf = (connection: TenantConnection): TenantFacts => {
    const key = `${connection.cloud}/${connection.tenantId.toLowerCase()}`;
    const known = facts.get(key) ?? {};
    facts.set(key, known);
    return known;
  };

  const context = (connection: TenantConnection): TenantContext => {
    const { side, tenantId, credentials } = connection;
    const cloud = cloudOf(connection.cloud);
    const fetch = options.fetchForCloud(cloud);
    const logger = options.logger.child({ side, tenant: tenantId });
    const tokens = tokenCache.tokens(connection, {
      cloud,
      transport: { fetch, clock, timeoutMs: tokenTimeoutMs },
      serviceAccountTokens: options.serviceAccountTokens,
      federatedTokenFile: options.federatedTokenFile,
    });
    const budget = budgets.get(credentials.clientId, tenantId);
    shareReads();
    const client = new GraphClient({
      side,
      graphHost: cloud.graphHost,
      fetch,
      tokens,
      budget,
      budgets,
      clock,
      random,
      metrics,
      logger,
      timeoutMs: options.requestTimeoutMs ?? defaultTimeoutMs,
    });
    const credentialExpiresAt = credentialExpiry(credentials);
    return { tenantId, client, tokens, clock, facts: factsOf(connection), credentialExpiresAt };
  };

  return {
    shareReads,
    clouds: [...clouds.keys()],
    cloudEndpoint: (cloud) => cloudOf(cloud).cloudEndpoint,
    source: (connection) => new GraphSource(context(connection)),
    target: (connection) => new GraphTarget(context(connection)),
    groups: (connection) => new GraphGroups(context(connection).client),
    synchronization: (connection) => synchronizationReader(context(connection).client),
    accessSettings: (connection) => accessSettings(context(connection).client),
  };
}
