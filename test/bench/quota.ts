import { fillOrganisation } from '@tenantsync/sandbox/entra';
import { World } from '../support/world.ts';

export interface QuotaFigures {
  readonly users: number;
  readonly virtualMinutes: number;
  readonly writes: number;
  readonly usedShare: number;
  readonly throttledShare: number;
  readonly realSeconds: number;
}

/** Writes that the documented limit gives in a time: 3,000 at once, and 3,000 in each 150 s after. */
const grantedWrites = (seconds: number, share: number): number => share * (3000 + (3000 / 150) * seconds);
const quotaShare = 0.9;

/** An initial cycle against the documented write quota, on a simulated clock: how much of the granted share is used. */
export async function measureQuota(users: number): Promise<QuotaFigures> {
  const began = performance.now();
  const world = new World({
    settings: {
      latency: { min: 80, max: 400 },
      replication: { reads: { min: 0, max: 1000 }, advanced: { min: 0, max: 2000 } },
      throttling: { enabled: true, scale: 1 },
      logLimit: 1_000_000,
      delta: { pageSize: { min: 200, max: 500 } },
    },
  });
  fillOrganisation(world.hub, { people: users, seed: 3, guests: 0 });
  world.applyPair();
  world.applyConfiguration({ matching: { anchor: { attribute: 'extensionAttribute15' } }, interval: '60m' });
  await world.startOperator();
  const done = (): boolean =>
    world.configuration().status.lastCycle?.id !== undefined && world.projections().every(({ status }) => status.state !== 'Pending');
  while (!done()) await world.run(10_000);
  const entries = world.spoke.log.entries().filter((entry) => entry.method !== 'GET' && !entry.operation.includes('token'));
  const first = entries[0]?.at ?? 0;
  // The tail is short of work, not of quota: what counts is the time until nine tenths are done.
  const counted = entries.slice(0, Math.floor(entries.length * 0.9));
  const seconds = ((counted.at(-1)?.at ?? first) - first) / 1000;
  const figures = {
    users,
    virtualMinutes: Math.round(seconds / 6) / 10,
    writes: entries.length,
    usedShare: counted.length / grantedWrites(seconds, quotaShare),
    throttledShare: entries.filter((entry) => entry.status === 429).length / entries.length,
    realSeconds: Math.round((performance.now() - began) / 100) / 10,
  };
  world.killOperator();
  world.kube.close();
  return figures;
}
