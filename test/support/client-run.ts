import { Cluster } from '../../src/cli/client/cluster.ts';
import { runClient } from '../../src/cli/client/program.ts';
import type { WayToTenants } from '../../src/cli/way-to-tenants.ts';
import { builtInClouds } from '../../src/graph/clouds.ts';
import { KubeHttp } from '../../src/kube/http.ts';
import { silentLogger } from '../../src/ports/logger.ts';
import { Metrics } from '../../src/telemetry/registry.ts';
import { graphMetrics } from '../../src/telemetry/runtime-metrics.ts';
import { RecordingMetrics } from '../unit/kube/support.ts';
import { namespace, type World } from './world.ts';

/** What a command came to. */
export interface Ran {
  readonly status: number;
  readonly out: string;
  readonly notes: string;
}

/** The way to the tenants of a world. */
export const wayIn = ({ entra, clock }: World): WayToTenants => ({
  clouds: builtInClouds,
  fetchForCloud: () => entra.fetch,
  clock,
  random: { next: () => 0.5, uuid: () => 'uuid' },
  logger: silentLogger,
  metrics: graphMetrics(new Metrics()),
});

/** Lets virtual time pass until a command has ended. */
export async function ended<T>(world: World, running: Promise<T>): Promise<T> {
  let open = true;
  const end = (): void => void (open = false);
  running.then(end, end);
  await world.until('the command has ended', () => !open, 30 * 60_000);
  return running;
}

let tokens = 0;

/** Runs a command of the client as a person at a terminal would, who gives these answers and has these files. */
export async function runClientIn(
  world: World,
  args: readonly string[],
  answers: readonly string[] = [],
  files: ReadonlyMap<string, string> = new Map(),
): Promise<Ran> {
  const out: string[] = [];
  const notes: string[] = [];
  const left = [...answers];
  const { clock, kube } = world;
  const http = new KubeHttp({
    fetch: world.connection(),
    baseUrl: kube.url,
    userAgent: 'client',
    timeoutMs: 60_000,
    clock,
    metrics: new RecordingMetrics().metrics,
  });
  const running = runClient(args, {
    terminal: { say: (text) => void out.push(text), note: (text) => void notes.push(text), ask: () => Promise.resolve(left.shift()) },
    clock,
    random: { next: () => 0.5, uuid: () => `token-${(tokens += 1)}` },
    version: '0.1.0',
    paint: (text) => text,
    read: (file) => Promise.resolve(files.get(file) ?? ''),
    site: () => ({ http, signal: new AbortController().signal, graph: wayIn(world) }),
    connect: (flags) =>
      new Cluster(http, flags.allNamespaces === true ? undefined : (flags.namespace ?? namespace), new AbortController().signal),
  });
  const status = await ended(world, running);
  return { status, out: out.join('\n'), notes: notes.join('\n') };
}
