import type { UserProjection } from '../../src/api/kinds.ts';
import { namespace } from '../support/world.ts';
import { sleep, type Site } from './sites.ts';

/** Requests between two points in time, tokens, leases and the pair's own rechecks left out (architecture, rule 9). */
export interface Requests {
  readonly graphReads: number;
  readonly graphWrites: number;
  readonly kubernetesWrites: number;
  readonly events: number;
  readonly throttled: number;
  readonly seconds: number;
}

const kubernetesWrite = /^(POST|PUT|PATCH|DELETE)$/;
/** The last is how many users there are. */
const ownRechecks = /organization|authorizationPolicy|crossTenantAccessPolicy\/default|\/users\?.*\$top=1&/;

/** Counts requests to the tenants from now on. */
export function countGraph({ hub, spoke }: Pick<Site, 'hub' | 'spoke'>): () => Pick<Requests, 'graphReads' | 'graphWrites' | 'throttled'> {
  hub.log.reset();
  spoke.log.reset();
  return () => {
    const graph = [...hub.log.entries(), ...spoke.log.entries()].filter(
      (entry) => !entry.operation.includes('token') && !entry.operation.includes('openid') && !ownRechecks.test(entry.path),
    );
    return {
      // The parts of a batch have its number: they are one request.
      graphReads: new Set(graph.filter(({ write }) => !write).map(({ number }) => number)).size,
      graphWrites: graph.filter(({ write }) => write).length,
      throttled: graph.filter((entry) => entry.status === 429).length,
    };
  };
}

/** Counts writes to the simulated API server from now on. */
export function countKubernetes(kube: Site['kube']): () => Pick<Requests, 'kubernetesWrites' | 'events'> {
  kube.clearRequests();
  return () => {
    const writes = kube.requests.filter((request) => kubernetesWrite.test(request.method));
    return {
      kubernetesWrites: writes.filter((request) => request.path.includes('tenantsync.dev')).length,
      events: writes.filter((request) => request.path.includes('/events')).length,
    };
  };
}

export function startCount(site: Pick<Site, 'hub' | 'spoke' | 'kube'>): () => Requests {
  const graph = countGraph(site);
  const kubernetes = countKubernetes(site.kube);
  const began = performance.now();
  return () => ({ ...graph(), ...kubernetes(), seconds: (performance.now() - began) / 1000 });
}

/** Waits until the configuration's cycle has ended and everybody is handled. */
export async function untilSettled(site: Site, limitSeconds: number): Promise<void> {
  const end = Date.now() + limitSeconds * 1000;
  for (;;) {
    if (site.configuration().status.lastCycle?.id !== undefined) {
      const projections = site.kube.list('UserProjection', { namespace }) as unknown as UserProjection[];
      const open = projections.filter(
        ({ metadata, status }) => status.state === 'Pending' || status.observedGeneration !== metadata.generation,
      );
      if (open.length === 0 && projections.length > 0) return;
    }
    if (Date.now() > end) throw new Error(`not settled after ${limitSeconds} s: ${JSON.stringify(site.configuration().status.users)}`);
    await sleep(250);
  }
}

/** Asks for a cycle and waits for its end. */
export async function requestCycle(site: Site): Promise<void> {
  const token = `${Date.now()}`;
  site.kube.patch(
    { kind: 'SyncConfiguration', name: 'staff', namespace },
    { metadata: { annotations: { 'tenantsync.dev/requested-at': token } } },
  );
  const end = Date.now() + 120_000;
  while (site.configuration().status.lastHandledReconcileAt !== token) {
    if (Date.now() > end) throw new Error('the requested cycle did not end');
    await sleep(20);
  }
}
