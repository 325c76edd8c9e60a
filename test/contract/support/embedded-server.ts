import { createKubernetes } from '@tenantsync/sandbox/kubernetes';
import { systemClock, systemRandom } from '../../../src/system.ts';
import { crds } from '../../support/crds.ts';
import type { ContractServer } from './server.ts';
import { widgetCrd } from './widgets.ts';

/** The embedded API on the machine's own time. */
export function embeddedServer(): ContractServer {
  const kubernetes = createKubernetes({ clock: systemClock, random: systemRandom, crds: [...crds(), widgetCrd], collectorDelayMs: 10 });
  let namespaces = 0;
  return {
    url: kubernetes.url,
    fetch: kubernetes.fetch,
    namespace: () => {
      namespaces += 1;
      const name = `contract-${namespaces}`;
      kubernetes.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
      return Promise.resolve(name);
    },
    compact: () => {
      kubernetes.compact();
      return Promise.resolve();
    },
    close: () => {
      kubernetes.close();
      return Promise.resolve();
    },
  };
}
