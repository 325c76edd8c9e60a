import { hostname, totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import { ConfigError, describeSettings, loadConfig, proxyFrom, type OperatorConfig } from '../config.ts';
import type { Cloud } from '../graph/clouds.ts';
import { createTransport, defaultTransport } from '../graph/transport.ts';
import type { KubeTransport } from '../kube/transport.ts';
import { createOperator, type Operator } from '../operator.ts';
import { packageVersion, systemClock, systemRandom } from '../system.ts';
import { ListenError } from '../telemetry/http-server.ts';
import { createOperatorLogger } from '../telemetry/logger.ts';
import { watchMemory, type MemoryUse } from '../telemetry/memory-watch.ts';
import { Metrics } from '../telemetry/registry.ts';
import { registerBuildInfo } from '../telemetry/resource-metrics.ts';
import { loadClouds } from './clouds-file.ts';
import { ownNamespace } from './own-namespace.ts';
import { wayToKubernetes } from './way-to-kubernetes.ts';

export const operatorHelp = `Usage: tenantsync operator [flags]

Runs the operator. Kubernetes is reached from inside the cluster, else through KUBECONFIG.
Each flag has a twin in the environment: --log-level is TENANTSYNC_LOG_LEVEL.

  --config                       YAML file with the settings below in camelCase
${describeSettings()}
`;

/** Runs the operator until it is told to end. Resolves with the exit status. */
export async function runOperator(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(operatorHelp);
    return 0;
  }
  let config: OperatorConfig;
  let clouds: readonly Cloud[];
  let proxy: ReturnType<typeof proxyFrom>;
  let kube: KubeTransport;
  try {
    config = loadConfig(args, environment);
    clouds = loadClouds(config.cloudsFile);
    proxy = proxyFrom(environment);
    kube = wayToKubernetes(environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`tenantsync operator: ${error.message}\n`);
    return 2;
  }
  const logger = createOperatorLogger({ level: config.logLevel, format: config.logFormat });
  const transport = createTransport({ ...defaultTransport, ...(proxy === undefined ? {} : { proxy }) });
  const metrics = new Metrics();
  metrics.collectDefaults();
  registerBuildInfo(metrics, packageVersion(), process.version);
  const operator = createOperator({
    config,
    kube: { fetch: kube.fetch, baseUrl: kube.baseUrl, namespace: ownNamespace(kube.namespace) },
    clouds,
    fetchForCloud: (cloud) => transport.fetchForCloud(cloud),
    clock: systemClock,
    random: systemRandom,
    logger,
    metrics,
    writeLine: (line) => void process.stdout.write(line),
    hostname: hostname(),
    version: packageVersion(),
  });
  const endWatch = watchMemory(memoryUse, systemClock, logger);
  const ended = endRequested((signal) => logger.info('Asked to end', { signal }));
  logger.info('Starting', { version: packageVersion(), node: process.version });
  const status = await started(operator);
  if (status === 0) await ended;
  await operator.stop();
  endWatch();
  await Promise.all([kube.close(), transport.close()]);
  return status;
}

/** Starts the operator. An address that is not to be had is said in one sentence, and the status is 1. */
async function started(operator: Operator): Promise<0 | 1> {
  try {
    await operator.start();
    return 0;
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    process.stderr.write(`tenantsync operator: ${error.message}\n`);
    return 1;
  }
}

function memoryUse(): MemoryUse {
  const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
  // Where there is no bound, the number is larger than any machine's memory.
  const bound = process.constrainedMemory();
  return {
    heap: { used, limit },
    process: { used: process.memoryUsage.rss(), limit: bound > 0 && bound < totalmem() ? bound : undefined },
  };
}

/** Resolves at the first SIGTERM or SIGINT; a second one ends the process at once. */
function endRequested(told: (signal: string) => void): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const handle = (signal: NodeJS.Signals): void => {
      if (asked) process.exit(1);
      asked = true;
      told(signal);
      resolve();
    };
    process.on('SIGTERM', handle);
    process.on('SIGINT', handle);
  });
}
