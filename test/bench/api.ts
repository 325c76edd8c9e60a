import type { KubeObject } from '@tenantsync/sandbox/kubernetes';
import { loadKubeConfig } from '../../src/kube/kubeconfig.ts';
import { kubeTransport } from '../../src/kube/transport.ts';
import { systemClock } from '../../src/system.ts';
import { crds, namespace, operatorNamespace } from '../support/world.ts';
import { sleep } from './sites.ts';

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

/** The kinds and namespaces that the operator works with. */
export async function prepare(api: Api): Promise<void> {
  for (const crd of crds()) await api.json('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', crd);
  for (const name of [namespace, operatorNamespace]) {
    await api.json('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
}

const collections = {
  Secret: `/api/v1/namespaces/${namespace}/secrets`,
  TenantPair: `/apis/tenantsync.dev/v1alpha1/namespaces/${namespace}/tenantpairs`,
  SyncConfiguration: `/apis/tenantsync.dev/v1alpha1/namespaces/${namespace}/syncconfigurations`,
};

/** Secrets, pairs and configurations. */
export async function create(api: Api, manifests: readonly KubeObject[]): Promise<void> {
  for (const manifest of manifests) await api.json('POST', collections[manifest.kind as keyof typeof collections], manifest);
}

/** The value of a label in a line of metrics; empty if it has no such label. */
export const metricLabel = (line: string, name: string): string => new RegExp(`[{,]${name}="([^"]*)"`).exec(line)?.[1] ?? '';

export async function until(what: string, done: () => Promise<boolean>): Promise<void> {
  const began = performance.now();
  while (!(await done())) {
    if (performance.now() - began > 900_000) throw new Error(`${what}: not done after 15 minutes`);
    await sleep(2000);
  }
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
export async function watched(api: Api): Promise<void> {
  const watches = (line: string): boolean =>
    line.startsWith('apiserver_longrunning_requests{') && metricLabel(line, 'resource') === 'userprojections' && !line.endsWith(' 0');
  await until('records watched', async () => (await api.text('GET', '/metrics')).split('\n').some(watches));
}
