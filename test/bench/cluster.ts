import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createEntra, fillOrganisation, serveHttps } from '@tenantsync/sandbox/entra';
import { loadKubeConfig } from '../../src/kube/kubeconfig.ts';
import { kubeTransport } from '../../src/kube/transport.ts';
import { systemClock, systemRandom } from '../../src/system.ts';
import { startOwnControlPlane, type OwnControlPlane } from '../cluster/support/control-plane.ts';
import { crds, namespace, operatorNamespace } from '../support/world.ts';
import { manifests, provisionByHand, sleep, startOperator, tenants } from './sites.ts';

type Row = Readonly<Record<string, string | number>>;

/** A real API server, asked as its administrator. */
export class Api {
  readonly #kube;
  constructor(kubeconfig: string) {
    this.#kube = kubeTransport(loadKubeConfig({ file: kubeconfig, environment: {} }), systemClock);
  }

  async text(method: string, path: string, body?: object): Promise<string> {
    const contentType = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    for (let tries = 1; ; tries += 1) {
      const response = await this.#kube.fetch(`${this.#kube.baseUrl}${path}`, {
        method,
        headers: { 'content-type': contentType },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (response.ok) return text;
      // A kind is served a moment after it was made.
      if (response.status !== 404 || tries === 40) throw new Error(`${method} ${path}: ${response.status} ${text}`);
      await sleep(250);
    }
  }

  async json<T>(method: string, path: string, body?: object): Promise<T> {
    return JSON.parse(await this.text(method, path, body)) as T;
  }

  close(): Promise<void> {
    return this.#kube.close();
  }
}

/** What the API server itself has counted of requests for UserProjections. */
interface Counted {
  readonly requests: ReadonlyMap<string, number>;
  readonly conflicts: number;
  /** Cumulative numbers of writes by the upper bound of their duration in seconds. */
  readonly durations: ReadonlyMap<number, number>;
}

const label = (line: string, name: string): string => new RegExp(`[{,]${name}="([^"]*)"`).exec(line)?.[1] ?? '';
const writes = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

async function counted(api: Api): Promise<Counted> {
  const requests = new Map<string, number>();
  const durations = new Map<number, number>();
  let conflicts = 0;
  for (const line of (await api.text('GET', '/metrics')).split('\n')) {
    if (!line.includes('resource="userprojections"')) continue;
    const value = Number(line.slice(line.lastIndexOf(' ')));
    const verb = label(line, 'verb');
    if (line.startsWith('apiserver_request_total{')) {
      const name = label(line, 'subresource') === 'status' ? `${verb} status` : verb;
      requests.set(name, (requests.get(name) ?? 0) + value);
      if (label(line, 'code') === '409') conflicts += value;
    } else if (line.startsWith('apiserver_request_duration_seconds_bucket{') && writes.has(verb)) {
      const bound = Number(label(line, 'le').replace('+Inf', 'Infinity'));
      durations.set(bound, (durations.get(bound) ?? 0) + value);
    }
  }
  return { requests, conflicts, durations };
}

/** The upper bound, in milliseconds, under which 99 of 100 writes between two counts ended. */
function p99(before: Counted, after: Counted): number {
  const bounds = [...after.durations.keys()].sort((a, b) => a - b);
  const grown = (bound: number): number => (after.durations.get(bound) ?? 0) - (before.durations.get(bound) ?? 0);
  const all = grown(Infinity);
  return (bounds.find((bound) => grown(bound) >= all * 0.99) ?? Infinity) * 1000;
}

interface Projections {
  readonly metadata: { readonly remainingItemCount?: number };
  readonly items: readonly {
    readonly metadata: { readonly generation: number };
    readonly status?: { readonly observedGeneration?: number };
  }[];
}

const collection = `/apis/tenantsync.dev/v1alpha1/namespaces/${namespace}/userprojections`;

/** How many records there are, and how many of them the operator has handled as they stand. */
async function handled(api: Api): Promise<{ total: number; done: number }> {
  const { items } = await api.json<Projections>('GET', `${collection}?resourceVersion=0`);
  return { total: items.length, done: items.filter(({ metadata, status }) => status?.observedGeneration === metadata.generation).length };
}

async function until(what: string, done: () => Promise<boolean>): Promise<void> {
  const began = performance.now();
  while (!(await done())) {
    if (performance.now() - began > 900_000) throw new Error(`${what}: not done after 15 minutes`);
    await sleep(2000);
  }
}

async function step(api: Api, what: string, users: number, begin: () => Promise<unknown>, done: () => Promise<boolean>): Promise<Row> {
  const before = await counted(api);
  const began = performance.now();
  await begin();
  await until(what, done);
  const seconds = (performance.now() - began) / 1000;
  const after = await counted(api);
  const grown = (name: string): number => (after.requests.get(name) ?? 0) - (before.requests.get(name) ?? 0);
  const each = (name: string): number => Number((grown(name) / users).toFixed(3));
  return {
    what,
    users,
    'create/user': each('POST'),
    'patch/user': each('PATCH'),
    'status/user': each('PATCH status'),
    'delete/user': each('DELETE'),
    'get/user': each('GET'),
    'watches opened': grown('WATCH'),
    lists: grown('LIST'),
    conflicts: after.conflicts - before.conflicts,
    'p99 of writes, ms': p99(before, after),
    seconds: Number(seconds.toFixed(1)),
  };
}

/** The bytes that kube-apiserver has on its heap after a collection. */
export async function heapBytes(api: Api): Promise<number> {
  // What pools hold goes with the second one.
  await api.text('GET', '/debug/pprof/heap?gc=1&debug=1');
  const profile = await api.text('GET', '/debug/pprof/heap?gc=1&debug=1');
  const bytes = Number(/^# HeapAlloc = (\d+)$/m.exec(profile)?.[1]);
  if (Number.isNaN(bytes)) throw new Error('the profile of kube-apiserver does not say how large its heap is');
  return bytes;
}

/** Resolves when the operator watches the records, and so has listed them. */
async function watched(api: Api): Promise<void> {
  const watches = (line: string): boolean =>
    line.startsWith('apiserver_longrunning_requests{') && label(line, 'resource') === 'userprojections' && !line.endsWith(' 0');
  await until('records watched', async () => (await api.text('GET', '/metrics')).split('\n').some(watches));
}

/** The same of a kube-apiserver that has just started: it keeps each record once, and none of the states that it went through. */
async function heapBytesAtRest(plane: OwnControlPlane, api: Api): Promise<number> {
  await watched(api);
  await plane.crash();
  await plane.recover();
  await watched(api);
  return await heapBytes(api);
}

const heapRow = (what: string, users: number, bytes: number): Row => ({
  what: `heap of kube-apiserver, ${what}`,
  users,
  'heap bytes/user': Math.round(bytes / users),
});

/** What the operator asks of a real kube-apiserver for each user, records created, updated and removed, and what it keeps of each on its heap. */
export async function measureCluster(users: number): Promise<readonly Row[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'tenantsync-bench-'));
  const plane = await startOwnControlPlane({ controllers: false, say: (line) => process.stderr.write(`${line}\n`) });
  const api = new Api(plane.kubeconfig);
  const entra = createEntra({ clock: systemClock, random: systemRandom, settings: { delta: { pageSize: { min: 200, max: 500 } } } });
  const made = tenants(entra);
  const { people } = fillOrganisation(made.hub, { people: users, seed: 11, guests: 0 });
  provisionByHand(made.hub, made.spoke, people);
  const server = await serveHttps(entra);
  for (const crd of crds()) await api.json('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', crd);
  for (const name of [namespace, operatorNamespace]) {
    await api.json('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
  const operator = startOperator(folder, server.caPem, server.url, plane.kubeconfig);
  const resource = { Secret: '/api/v1', TenantPair: '/apis/tenantsync.dev/v1alpha1', SyncConfiguration: '/apis/tenantsync.dev/v1alpha1' };
  const plural = { Secret: 'secrets', TenantPair: 'tenantpairs', SyncConfiguration: 'syncconfigurations' };
  const create = async (): Promise<void> => {
    for (const manifest of manifests(made)) {
      const kind = manifest.kind as keyof typeof resource;
      await api.json('POST', `${resource[kind]}/namespaces/${namespace}/${plural[kind]}`, manifest);
    }
  };
  const configuration = `/apis/tenantsync.dev/v1alpha1/namespaces/${namespace}/syncconfigurations/staff`;
  // Left to the target's people, so that only the records change and the quota of the tenants is out of it.
  const mapping = { target: 'companyName', constant: 'Contoso', authority: 'Target' };
  const everybody = async (): Promise<boolean> => {
    const { total, done } = await handled(api);
    return total === users && done === users;
  };
  const changed = async (): Promise<boolean> => {
    const { status } = await api.json<{ status: { observedGeneration: number; currentCycle?: object } }>('GET', configuration);
    return status.observedGeneration === 2 && status.currentCycle === undefined && (await everybody());
  };
  try {
    const empty = await heapBytesAtRest(plane, api);
    return [
      await step(api, 'records created', users, create, everybody),
      heapRow('with the states it was told of', users, (await heapBytes(api)) - empty),
      heapRow('at rest, after a restart', users, (await heapBytesAtRest(plane, api)) - empty),
      await step(
        api,
        'records updated',
        users,
        () => api.json('PATCH', configuration, { spec: { attributeMappings: [mapping] } }),
        changed,
      ),
      await step(
        api,
        'records removed',
        users,
        () => api.json('DELETE', configuration),
        async () => (await handled(api)).total === 0,
      ),
    ];
  } finally {
    const ended = new Promise((resolve) => operator.once('exit', resolve));
    operator.kill('SIGTERM');
    await ended;
    await server.close();
    await api.close();
    await plane.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
