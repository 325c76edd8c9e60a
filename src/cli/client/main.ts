import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import { ConfigError } from '../../config.ts';
import { KubeHttp } from '../../kube/http.ts';
import { loadKubeConfig } from '../../kube/kubeconfig.ts';
import { kubeTransport } from '../../kube/transport.ts';
import { packageVersion, systemClock, systemRandom } from '../../system.ts';
import { Metrics } from '../../telemetry/registry.ts';
import { runtimeMetrics } from '../../telemetry/runtime-metrics.ts';
import { wayToTenants } from '../way-to-tenants.ts';
import type { Terminal } from './act.ts';
import type { CheckSite } from './session.ts';
import { paintFor } from './table.ts';
import { ClientError, Cluster } from './cluster.ts';
import { runClient } from './program.ts';
import type { Connection } from './surroundings.ts';

const timeoutMs = 30_000;

/** Runs a command of the client on this terminal, against the cluster of the kubeconfig. Resolves with the exit status. */
export async function runClientHere(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  const stop = new AbortController();
  const open: { close: () => Promise<void> }[] = [];
  // Whoever reads the results may stop early: what the command has made is taken away all the same.
  process.stdout.on('error', () => stop.abort());
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort());
  const httpOf = ({ kubeconfig, context, as }: Connection): { readonly http: KubeHttp; readonly namespace: string | undefined } => {
    const transport = (() => {
      try {
        const file = kubeconfig === undefined ? {} : { file: kubeconfig };
        return kubeTransport(loadKubeConfig({ ...file, ...(context === undefined ? {} : { context }), environment }), systemClock);
      } catch (error) {
        throw new ClientError(`There is no cluster to ask: ${(error as Error).message}. Look at --kubeconfig and --context.`, 2);
      }
    })();
    open.push(transport);
    const headers: Readonly<Record<string, string>> = as === undefined ? {} : { 'impersonate-user': as };
    const http = new KubeHttp({
      fetch: transport.fetch,
      baseUrl: transport.baseUrl,
      headers: () => Promise.resolve(headers),
      userAgent: `kubectl-tenantsync/${packageVersion()}`,
      timeoutMs,
      clock: systemClock,
      metrics: runtimeMetrics(new Metrics()),
    });
    return { http, namespace: transport.namespace };
  };
  const connect = (connection: Connection): Cluster => {
    const { http, namespace } = httpOf(connection);
    return new Cluster(http, connection.allNamespaces === true ? undefined : (connection.namespace ?? namespace ?? 'default'), stop.signal);
  };
  const site = (connection: Connection & { readonly cloudsFile?: string }): CheckSite => {
    const { way, close } = knownWays(connection.cloudsFile, environment);
    open.push({ close });
    return { http: httpOf(connection).http, graph: way, signal: stop.signal };
  };
  try {
    const paint = paintFor({ isTerminal: process.stdout.isTTY, environment });
    return await runClient(args, {
      terminal,
      clock: systemClock,
      random: systemRandom,
      version: packageVersion(),
      paint,
      read,
      connect,
      site,
    });
  } finally {
    await Promise.all(open.map((transport) => transport.close()));
  }
}

/** The way to the tenants, or in one sentence why there is none. */
function knownWays(cloudsFile: string | undefined, environment: NodeJS.ProcessEnv): ReturnType<typeof wayToTenants> {
  try {
    return wayToTenants(cloudsFile, environment);
  } catch (error) {
    if (error instanceof ConfigError) throw new ClientError(error.message, 2);
    throw error;
  }
}

async function read(file: string): Promise<string> {
  try {
    return await (file === '-' ? text(process.stdin) : readFile(file, 'utf8'));
  } catch (error) {
    throw new ClientError(`Cannot read ${file}: ${(error as Error).message}`, 2);
  }
}

const terminal: Terminal = {
  say: (line) => void process.stdout.write(`${line}\n`),
  note: (line) => void process.stderr.write(`${line}\n`),
  ask: async (question) => {
    if (!process.stdin.isTTY) return undefined;
    const lines = createInterface({ input: process.stdin, output: process.stderr });
    try {
      return await lines.question(question);
    } catch (error) {
      if ((error as Error).name !== 'AbortError') throw error;
      throw new ClientError('Nothing was decided.');
    } finally {
      lines.close();
    }
  },
};
