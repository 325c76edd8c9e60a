import { hostname } from 'node:os';
import { ConfigError, loadConfig, type OperatorConfig } from '../config.ts';
import { retryAfterMs } from '../core/wire/times.ts';
import { KubeHttp } from '../kube/http.ts';
import { leaseTiming } from '../kube/lease.ts';
import type { KubeTransport } from '../kube/transport.ts';
import { sleep, type Clock, type Random } from '../ports/clock.ts';
import type { HttpFetch } from '../ports/http.ts';
import { KubeError } from '../ports/resources.ts';
import { packageVersion, systemClock, systemRandom } from '../system.ts';
import { Metrics } from '../telemetry/registry.ts';
import { runtimeMetrics } from '../telemetry/runtime-metrics.ts';
import { ownNamespace } from './own-namespace.ts';
import { wayToKubernetes } from './way-to-kubernetes.ts';
import { Fence, holdMs } from './release-fence.ts';
import { releaseOnce, type Pass } from './release-finalizers.ts';

export const releaseHelp = `Usage: tenantsync release [flags]

Removes the finalizers of TenantSync from UserProjections, SyncConfigurations and TenantPairs, so that they and their namespaces
can be deleted when no operator is left to do it. Resources, records and people stay. An operator that still runs is kept from
acting by taking its Leases, until ${holdMs / 1000} seconds after the end. The chart runs this before it is uninstalled.

The flags are those of tenantsync operator, and so are their twins in the environment. These matter here:
  --watch-namespaces             namespaces to release, separated by commas; all when empty
  --leader-election-namespace    namespace of the operator's Leases; the own one when empty
  --config                       YAML file with the settings in camelCase
`;

export interface ReleaseOptions {
  readonly http: KubeHttp;
  readonly namespaces: readonly string[];
  readonly leaseNamespace: string;
  readonly identity: string;
  readonly clock: Clock;
}

export interface ReleaseResult {
  /** Leases taken from replicas that held them. */
  readonly leases: number;
  /** Objects released, by kind. */
  readonly released: Readonly<Record<string, number>>;
  /** Objects that still have a finalizer of ours. */
  readonly left: Pass['refused'];
}

/** Between two passes while something was found. */
const passPauseMs = 2_000;
/** Passes that may find nothing but what the API server refuses. */
const mostFutilePasses = 5;

/**
 * Fences the operator off, then removes its finalizers in passes until one finds none. Rejects with KubeError when Leases or
 * resources cannot be read or the Leases cannot be taken.
 */
export async function releaseFinalizers(options: ReleaseOptions): Promise<ReleaseResult> {
  const { http, namespaces, leaseNamespace, identity, clock } = options;
  const fence = new Fence({ http, namespace: leaseNamespace, identity, timing: leaseTiming, clock });
  const released: Record<string, number> = {};
  await fence.raise();
  try {
    for (let futile = 0; ;) {
      await sleep(clock, Math.max(0, fence.quietAt - clock.monotonic()));
      const begun = clock.monotonic();
      const pass = await releaseOnce(http, namespaces);
      for (const [kind, count] of Object.entries(pass.released)) released[kind] = (released[kind] ?? 0) + count;
      const nothingLeft = Object.values(pass.found).every((count) => count === 0);
      if (nothingLeft && begun >= fence.quietAt) return { leases: fence.taken, released, left: [] };
      futile = sum(pass.released) > 0 || nothingLeft ? 0 : futile + 1;
      if (futile >= mostFutilePasses && pass.refused.length > 0) return { leases: fence.taken, released, left: pass.refused };
      await sleep(clock, passPauseMs);
    }
  } finally {
    await fence.leave();
  }
}

const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((total, count) => total + count, 0);

/** A hook of Helm does not wait for longer before it asks again. */
const patience = { floorMs: 0, ceilingMs: 60_000 };

/** Repeats what met no answer, a busy server or an error of it. Every request of a release can be sent twice. */
export function patient(fetch: HttpFetch, clock: Clock): HttpFetch {
  const attempts = 6;
  return async (url, request) => {
    for (let attempt = 1; ; attempt += 1) {
      let waitMs = 500 * 2 ** (attempt - 1);
      try {
        const response = await fetch(url, request);
        if ((response.status !== 429 && response.status < 500) || attempt === attempts) return response;
        waitMs = Math.max(waitMs, retryAfterMs(response.headers.get('retry-after'), clock.now(), patience) ?? 0);
        await response.body?.cancel();
      } catch (error) {
        if (attempt === attempts || request.signal?.aborted === true) throw error;
      }
      await sleep(clock, waitMs, request.signal);
    }
  };
}

/** Runs the command. Resolves with the exit status. */
export async function runRelease(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(releaseHelp);
    return 0;
  }
  let config: OperatorConfig;
  let kube: KubeTransport;
  try {
    config = loadConfig(args, environment);
    kube = wayToKubernetes(environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`tenantsync release: ${error.message}\n`);
    return 2;
  }
  try {
    const result = await releaseFinalizers({
      http: httpOf(kube, systemClock),
      namespaces: config.watchNamespaces,
      leaseNamespace: config.leaderElectionNamespace ?? ownNamespace(kube.namespace),
      identity: identityOf(systemRandom),
      clock: systemClock,
    });
    return report(result);
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    process.stderr.write(`tenantsync release: ${error.kind}: ${error.message}\n`);
    return 1;
  } finally {
    await kube.close();
  }
}

function httpOf(kube: { readonly fetch: HttpFetch; readonly baseUrl: string }, clock: Clock): KubeHttp {
  return new KubeHttp({
    fetch: patient(kube.fetch, clock),
    baseUrl: kube.baseUrl,
    userAgent: `tenantsync/${packageVersion()}`,
    // Longer than all pauses of one patient request together.
    timeoutMs: 60_000,
    clock,
    metrics: runtimeMetrics(new Metrics()),
  });
}

function identityOf(random: Random): string {
  return `release-${hostname()}_${random.uuid()}`;
}

function report({ leases, released, left }: ReleaseResult): number {
  const counts = ['UserProjection', 'SyncConfiguration', 'TenantPair'].map((kind) => `${released[kind] ?? 0} ${kind}s`);
  process.stdout.write(`tenantsync release: finalizers removed from ${counts.join(', ')}; ${leases} Leases taken from replicas\n`);
  if (left.length === 0) return 0;
  for (const { kind, key, why } of left.slice(0, 20)) process.stderr.write(`tenantsync release: ${kind} ${key} was refused: ${why}\n`);
  process.stderr.write(`tenantsync release: ${left.length} resources still have a finalizer; run it again\n`);
  return 1;
}
