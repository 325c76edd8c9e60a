import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createEntra, fillOrganisation, serveHttps } from '@tenantsync/sandbox/entra';
import { systemClock, systemRandom } from '../../src/system.ts';
import { startOwnControlPlane, type OwnControlPlane } from '../cluster/support/control-plane.ts';
import { namespace } from '../support/world.ts';
import { create, heapBytes, metricLabel, prepare, until, watched, Api } from './api.ts';
import { manifests, provisionByHand, startOperator, tenants } from './sites.ts';

type Row = Readonly<Record<string, string | number>>;

/** What the API server itself has counted of requests for UserProjections. */
interface Counted {
  readonly requests: ReadonlyMap<string, number>;
  readonly conflicts: number;
  /** Cumulative numbers of writes by the upper bound of their duration in seconds. */
  readonly durations: ReadonlyMap<number, number>;
}

const writes = new Set(['POST', 'PUT', 'PATCH', 'APPLY', 'DELETE']);

async function counted(api: Api): Promise<Counted> {
  const requests = new Map<string, number>();
  const durations = new Map<number, number>();
  let conflicts = 0;
  for (const line of (await api.text('GET', '/metrics')).split('\n')) {
    if (!line.includes('resource="userprojections"')) continue;
    const value = Number(line.slice(line.lastIndexOf(' ')));
    const verb = metricLabel(line, 'verb');
    if (line.startsWith('apiserver_request_total{')) {
      const name = metricLabel(line, 'subresource') === 'status' ? `${verb} status` : verb;
      requests.set(name, (requests.get(name) ?? 0) + value);
      if (metricLabel(line, 'code') === '409') conflicts += value;
    } else if (line.startsWith('apiserver_request_duration_seconds_bucket{') && writes.has(verb)) {
      const bound = Number(metricLabel(line, 'le').replace('+Inf', 'Infinity'));
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
  await prepare(api);
  const operator = startOperator(folder, server.caPem, server.url, plane.kubeconfig);
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
      await step(api, 'records created', users, () => create(api, manifests(made)), everybody),
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
