import type { KubeObject } from '@tenantsync/sandbox/kubernetes';
import type { SyncConfiguration, UserProjection } from '../../../src/api/kinds.ts';
import { startOwnControlPlane, type OwnControlPlane } from '../../cluster/support/control-plane.ts';
import { namespace } from '../../support/world.ts';
import { Api, create, heapBytes, metricLabel, prepare, watched } from '../api.ts';
import { store, storedBytes, type GivenRecord } from '../etcd.ts';
import { sleep } from '../sites.ts';
import type { Keeping, KubernetesRequests, ScaleServer } from './server.ts';

const collection = `/apis/tenantsync.dev/v1alpha1/namespaces/${namespace}/userprojections`;
const configuration = `/apis/tenantsync.dev/v1alpha1/namespaces/${namespace}/syncconfigurations/staff`;
const writes = new Set(['POST', 'PUT', 'PATCH', 'APPLY', 'DELETE', 'DELETECOLLECTION']);

/** An object to which the operator may not have come yet. */
type Read<T extends { readonly status: unknown }> = Omit<T, 'status'> & Partial<Pick<T, 'status'>>;

/** A kube-apiserver with its etcd, each a process of its own. */
class KubeApiserver implements ScaleServer {
  readonly name = 'kube-apiserver';
  readonly lookMs = { one: 100, all: 500 };
  readonly kubeconfig: string;
  readonly keeping: Keeping;
  readonly #plane: OwnControlPlane;
  readonly #api: Api;
  /** When the benchmark last asked for something. */
  #askedAt = 0;
  /** What the benchmark itself has asked for, which the server counts with the rest. */
  readonly #own = { kubernetesWrites: 0, pages: 0 };

  constructor(plane: OwnControlPlane, api: Api) {
    this.#plane = plane;
    this.#api = api;
    this.kubeconfig = plane.kubeconfig;
    this.keeping = {
      storedBytes: () => storedBytes(plane.etcd),
      restart: async () => {
        await plane.crash();
        await plane.recover();
      },
      heapBytes: () => this.#heapAtRest(),
    };
  }

  async apply(manifests: readonly KubeObject[]): Promise<void> {
    await create(this.#api, manifests);
  }

  async put(settled: Iterable<GivenRecord>): Promise<void> {
    await store(this.#plane.etcd, settled);
    // An answer that is not from the cache alone waits until the cache has all of them.
    this.#own.pages += 1;
    await this.#ask('GET', `${collection}?limit=1`);
  }

  async records(): Promise<readonly UserProjection[]> {
    this.#own.pages += 1;
    const { items } = await this.#ask<{ readonly items: readonly Read<UserProjection>[] }>('GET', `${collection}?resourceVersion=0`);
    return items.map((item) => ({ ...item, status: item.status ?? { state: 'Pending' } }));
  }

  record(name: string): Promise<UserProjection> {
    return this.#ask('GET', `${collection}/${name}`);
  }

  async configuration(): Promise<SyncConfiguration> {
    const read = await this.#ask<Read<SyncConfiguration>>('GET', configuration);
    return { ...read, status: read.status ?? {} };
  }

  async annotate(annotations: Readonly<Record<string, string>>): Promise<void> {
    this.#own.kubernetesWrites += 1;
    await this.#ask('PATCH', configuration, { metadata: { annotations } });
  }

  async count(): Promise<() => Promise<KubernetesRequests>> {
    const before = await this.#counted();
    return async () => {
      const after = await this.#counted();
      return { kubernetesWrites: after.kubernetesWrites - before.kubernetesWrites, pages: after.pages - before.pages };
    };
  }

  prepare(): Promise<void> {
    return prepare(this.#api);
  }

  async close(): Promise<void> {
    try {
      await this.#api.close();
    } finally {
      await this.#plane.close();
    }
  }

  async #ask<T>(method: string, path: string, body?: object): Promise<T> {
    const answer = await this.#api.json<T>(method, path, body);
    this.#askedAt = performance.now();
    return answer;
  }

  /** Requests of others since the server was started. */
  async #counted(): Promise<KubernetesRequests> {
    // A request is counted a moment after its answer has left; one of the operator was answered before the benchmark saw what it did.
    await sleep(Math.max(0, this.#askedAt + 500 - performance.now()));
    const { ...own } = this.#own;
    let [all, lists] = [0, 0];
    for (const line of (await this.#api.text('GET', '/metrics')).split('\n')) {
      if (!line.startsWith('apiserver_request_total{') || metricLabel(line, 'group') !== 'tenantsync.dev') continue;
      const value = Number(line.slice(line.lastIndexOf(' ')));
      const verb = metricLabel(line, 'verb');
      if (writes.has(verb)) all += value;
      if (verb === 'LIST' && metricLabel(line, 'resource') === 'userprojections') lists += value;
    }
    return { kubernetesWrites: all - own.kubernetesWrites, pages: lists - own.pages };
  }

  /** Once the operator watches the records, and the server's own cache does not grow any more. */
  async #heapAtRest(): Promise<number> {
    await watched(this.#api);
    let before = 0;
    for (let tries = 0; tries < 60; tries += 1) {
      const now = await heapBytes(this.#api);
      if (Math.abs(now - before) < now / 200) return now;
      before = now;
      await sleep(2000);
    }
    throw new Error('the heap of kube-apiserver does not come to rest');
  }
}

export async function openKubeApiserver(): Promise<ScaleServer> {
  const plane = await startOwnControlPlane({ controllers: false, say: (line) => process.stderr.write(`${line}\n`) });
  const server = new KubeApiserver(plane, new Api(plane.kubeconfig));
  try {
    await server.prepare();
  } catch (error) {
    await server.close();
    throw error;
  }
  return server;
}
