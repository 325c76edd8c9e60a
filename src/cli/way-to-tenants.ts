import { proxyFrom } from '../config.ts';
import type { Cloud } from '../graph/clouds.ts';
import type { GraphOptions } from '../graph/factory.ts';
import { createTransport, defaultTransport } from '../graph/transport.ts';
import { silentLogger } from '../ports/logger.ts';
import { systemClock, systemRandom } from '../system.ts';
import { Metrics } from '../telemetry/registry.ts';
import { graphMetrics } from '../telemetry/runtime-metrics.ts';
import { loadClouds } from './clouds-file.ts';

/** What a command needs to reach tenants from this machine. */
export type WayToTenants = Omit<GraphOptions, 'serviceAccountTokens' | 'quotaShare'>;

/** A small part of the quota: the operator is at work on the same one. */
export const commandQuotaShare = 0.1;

/**
 * The way from this machine: to the hosts of the built-in clouds and of the operator's file alone, through the proxy of the environment. Throws
 * ConfigError where one of them cannot be used.
 */
export function wayToTenants(
  cloudsFile: string | undefined,
  environment: NodeJS.ProcessEnv,
): { readonly way: WayToTenants; readonly close: () => Promise<void> } {
  const clouds = loadClouds(cloudsFile);
  const proxy = proxyFrom(environment);
  const transport = createTransport({ ...defaultTransport, ...(proxy === undefined ? {} : { proxy }) });
  const way = {
    clouds,
    fetchForCloud: (cloud: Cloud) => transport.fetchForCloud(cloud),
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    metrics: graphMetrics(new Metrics()),
  };
  return { way, close: () => transport.close() };
}
