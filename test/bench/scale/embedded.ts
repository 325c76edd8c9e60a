import { join } from 'node:path';
import { createKubernetes, serveHttps } from '@tenantsync/sandbox/kubernetes';
import type { SyncConfiguration, UserProjection } from '../../../src/api/kinds.ts';
import { systemClock } from '../../../src/system.ts';
import { crds, namespace, operatorNamespace } from '../../support/world.ts';
import { countKubernetes } from '../measure.ts';
import type { ScaleServer } from './server.ts';

const configuration = { kind: 'SyncConfiguration', name: 'staff', namespace };
const projection = (name: string): { kind: string; name: string; namespace: string } => ({ kind: 'UserProjection', name, namespace });

/** The simulated API server, in this process; asking it costs the operator nothing. */
export async function openEmbedded(folder: string): Promise<ScaleServer> {
  const kube = createKubernetes({
    clock: systemClock,
    crds: crds(),
    namespaces: [namespace, operatorNamespace],
    tokens: { bench: 'admin' },
    requestLogLimit: 200_000,
  });
  const served = await serveHttps(kube, { token: 'bench' });
  const kubeconfig = join(folder, 'kubeconfig');
  await served.writeKubeconfig(kubeconfig);
  return {
    name: 'embedded',
    kubeconfig,
    lookMs: { one: 10, all: 10 },
    apply: async (manifests) => {
      for (const manifest of manifests) await Promise.resolve(kube.apply(manifest));
    },
    put: async (settled) => {
      for (const { apiVersion, kind, metadata, spec, status } of settled) {
        kube.create({ apiVersion, kind, metadata, spec });
        kube.patch(projection(metadata.name), { status }, 'status');
      }
      await Promise.resolve();
    },
    records: () => Promise.resolve(kube.list('UserProjection', { namespace }) as unknown as UserProjection[]),
    record: (name) => Promise.resolve(kube.get(projection(name)) as unknown as UserProjection),
    configuration: () => Promise.resolve(kube.get(configuration) as unknown as SyncConfiguration),
    annotate: (annotations) => Promise.resolve(void kube.patch(configuration, { metadata: { annotations } })),
    count: () => {
      const count = countKubernetes(kube);
      const pages = (): number =>
        kube.requests.filter(({ path, query }) => path.endsWith('/userprojections') && query.includes('limit=')).length;
      return Promise.resolve(() => Promise.resolve({ kubernetesWrites: count().kubernetesWrites, pages: pages() }));
    },
    close: async () => {
      kube.close();
      await served.close();
    },
  };
}
