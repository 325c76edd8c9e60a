import { KubeConfig } from '@kubernetes/client-node';
import type { JsonObject, KubeObject } from '@tenantsync/sandbox/kubernetes';
import { kubeTransport } from '../../../src/kube/transport.ts';
import type { HttpFetch } from '../../../src/ports/http.ts';
import { systemClock } from '../../../src/system.ts';
import { controlPlane } from '../../cluster/support/control-plane.ts';
import { crds } from '../../support/crds.ts';
import type { ContractServer } from './server.ts';
import { widgetCrd } from './widgets.ts';

/** The real kube-apiserver, spoken to through the operator's own transport. */
export async function realServer(): Promise<ContractServer> {
  const { kubeconfig, etcd } = controlPlane();
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const transport = kubeTransport(config, systemClock);
  const send = senderOf(transport.baseUrl, transport.fetch);
  for (const crd of [...crds(), widgetCrd]) await serve(send, crd as KubeObject);
  return {
    url: transport.baseUrl,
    fetch: transport.fetch,
    namespace: async () => {
      const { body } = await send('POST', '/api/v1/namespaces', {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { generateName: 'contract-' },
      });
      return (body as unknown as KubeObject).metadata.name ?? '';
    },
    compact: etcd === '' ? undefined : () => compact(etcd),
    close: () => transport.close(),
  };
}

type Send = (method: string, path: string, body?: unknown) => Promise<{ readonly status: number; readonly body: JsonObject }>;

function senderOf(url: string, fetch: HttpFetch): Send {
  return async (method, path, body) => {
    const request = { method, headers: { 'content-type': 'application/json', accept: 'application/json' } };
    const response = await fetch(`${url}${path}`, body === undefined ? request : { ...request, body: JSON.stringify(body) });
    const text = await response.text();
    // A kind that is not served yet is answered without a Status.
    return { status: response.status, body: text.startsWith('{') ? (JSON.parse(text) as JsonObject) : {} };
  };
}

const crdPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** Has the server serve a kind, as the definition says; returns when it does. */
async function serve(send: Send, crd: KubeObject): Promise<void> {
  const name = crd.metadata.name ?? '';
  const created = await send('POST', crdPath, crd);
  if (created.status === 409) await replace(send, crd);
  else if (created.status !== 201) throw new Error(JSON.stringify(created.body));
  const { group, names, versions } = crd.spec as { group: string; names: { plural: string }; versions: readonly { name: string }[] };
  for (let attempt = 0; attempt < 300; attempt += 1) {
    const { status } = await send('GET', `/apis/${group}/${versions[0]?.name ?? ''}/${names.plural}?limit=1`);
    if (status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${name} is not served`);
}

async function replace(send: Send, crd: KubeObject): Promise<void> {
  const path = `${crdPath}/${crd.metadata.name ?? ''}`;
  const current = (await send('GET', path)).body as unknown as KubeObject;
  const { resourceVersion } = current.metadata;
  const { status, body } = await send('PUT', path, { ...crd, metadata: { ...crd.metadata, resourceVersion } });
  // Another file of the suite may have been quicker with the same definition.
  if (status !== 200 && status !== 409) throw new Error(JSON.stringify(body));
}

/** Compacts etcd up to its present revision through its HTTP gateway. */
async function compact(etcd: string): Promise<void> {
  const post = async (path: string, body: object): Promise<JsonObject> => {
    const response = await fetch(`${etcd}${path}`, { method: 'POST', body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`etcd: ${response.status} ${await response.text()}`);
    return (await response.json()) as JsonObject;
  };
  const { header } = await post('/v3/kv/range', { key: Buffer.from('compact_rev_key').toString('base64') });
  await post('/v3/kv/compaction', { revision: (header as { revision: string }).revision, physical: true });
}
