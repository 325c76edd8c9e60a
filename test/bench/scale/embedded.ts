import type { SyncConfiguration, UserProjection } from '../../../src/api/kinds.ts';
import { namespace } from '../../support/world.ts';
import { countKubernetes } from '../measure.ts';
import { openKubernetes } from '../sites.ts';
import type { ScaleServer } from './server.ts';

const configuration = { kind: 'SyncConfiguration', name: 'staff', namespace };
const projection = (name: string): { kind: string; name: string; namespace: string } => ({ kind: 'UserProjection', name, namespace });

/** The simulated API server, in this process; asking it costs the operator nothing. */
export async function openEmbedded(folder: string): Promise<ScaleServer> {
  const { kube, kubeconfig, close } = await openKubernetes(folder);
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
    close,
  };
}
