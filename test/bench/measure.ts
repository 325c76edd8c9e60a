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

export function startCount(site: Site): () => Requests {
  site.hub.log.reset();
  site.spoke.log.reset();
  site.kube.clearRequests();
  const began = performance.now();
  return () => {
    const graph = [...site.hub.log.entries(), ...site.spoke.log.entries()].filter(
      (entry) => !entry.operation.includes('token') && !entry.operation.includes('openid') && !ownRechecks.test(entry.path),
    );
    const writes = site.kube.requests.filter((request) => kubernetesWrite.test(request.method));
    return {
      // The parts of a batch have its number: they are one request.
      graphReads: new Set(graph.filter(({ write }) => !write).map(({ number }) => number)).size,
      graphWrites: graph.filter(({ write }) => write).length,
      kubernetesWrites: writes.filter((request) => request.path.includes('tenantsync.dev')).length,
      events: writes.filter((request) => request.path.includes('/events')).length,
      throttled: graph.filter((entry) => entry.status === 429).length,
      seconds: (performance.now() - began) / 1000,
    };
  };
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
