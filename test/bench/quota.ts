import { fillOrganisation, type RequestLog } from '@tenantsync/sandbox/entra';
import type { JsonObject } from '@tenantsync/sandbox/kubernetes';
import type { UserProjection } from '../../src/api/kinds.ts';
import { targetPermissions } from '../support/permissions.ts';
import { World } from '../support/world.ts';

/** How the target behaves. */
export interface QuotaScenario {
  readonly users: number;
  /** Seconds until an account that was made can be written to. */
  readonly lag: number;
  /** Mean seconds of an answer. */
  readonly latency: number;
  /** Applications that write to the target. */
  readonly applications: number;
}

export interface QuotaFigures extends QuotaScenario {
  readonly virtualMinutes: number;
  readonly writes: number;
  /** Writes that took effect, of those that the share of the limit gives in the time. */
  readonly usefulShare: number;
  readonly throttledShare: number;
  /** Writes that found no account yet. */
  readonly missedShare: number;
  readonly readsPerUser: number;
  readonly inviteToCompleteP50Seconds: number;
  readonly inviteToCompleteP99Seconds: number;
  /** Hours for 100,000 people at this rate. */
  readonly hours: number;
  readonly realSeconds: number;
}

/**
 * Writes that the documented limits give in a time: to each application 3,000 at once and 3,000 in each 150 s after, and no more than 18,000 at once and
 * 18,000 in each 300 s after to all of them.
 */
const grantedWrites = (seconds: number, applications: number, share: number): number =>
  share * Math.min(applications * (3000 + (3000 / 150) * seconds), 18_000 + (18_000 / 300) * seconds);
const quotaShare = 0.9;

/** Delays and latencies around a mean. */
const around = (seconds: number): { min: number; max: number } => ({ min: seconds * 500, max: seconds * 1500 });

/** An initial cycle against the documented write quota, on a simulated clock: how much of the granted share is used, and for what. */
export async function measureQuota(scenario: QuotaScenario): Promise<QuotaFigures> {
  const { users, lag, latency, applications } = scenario;
  const began = performance.now();
  const world = new World({
    settings: {
      latency: around(latency),
      replication: { reads: around(lag), advanced: around(lag + 1) },
      throttling: { enabled: true, scale: 1 },
      delta: { pageSize: { min: 200, max: 500 } },
    },
  });
  fillOrganisation(world.hub, { people: users, seed: 3, guests: 0 });
  world.applyPair({ target: targetOf(world, applications) });
  world.applyConfiguration({ matching: { anchor: { attribute: 'extensionAttribute15' } }, interval: '60m' });
  await world.startOperator();
  const done = (): boolean => world.configuration().status.lastCycle?.id !== undefined && isSettled(world.projections());
  const tally = new Tally();
  while (!done()) {
    // Looking at everybody takes its time.
    const until = world.clock.monotonic() + Math.max(10_000, users);
    while (world.clock.monotonic() < until) {
      await world.run(Math.min(10_000, until - world.clock.monotonic()));
      tally.take(world.spoke.log);
    }
  }
  const { writes, reads } = tally;
  const first = writes[0]?.at ?? 0;
  // The tail is short of work, not of quota: what counts is the time until nine tenths are done.
  const counted = writes.slice(0, Math.floor(writes.length * 0.9));
  const seconds = ((counted.at(-1)?.at ?? first) - first) / 1000;
  const useful = counted.filter(({ status }) => status < 300).length;
  const ages = tally.completions();
  const share = (status: number): number => writes.filter((entry) => entry.status === status).length / writes.length;
  const figures = {
    ...scenario,
    virtualMinutes: round(seconds / 60, 1),
    writes: writes.length,
    usefulShare: round(useful / grantedWrites(seconds, applications, quotaShare), 3),
    throttledShare: round(share(429), 4),
    missedShare: round(share(404), 4),
    readsPerUser: round(reads / users, 2),
    inviteToCompleteP50Seconds: quantile(ages, 0.5),
    inviteToCompleteP99Seconds: quantile(ages, 0.99),
    hours: round((seconds / 3600) * (100_000 / users) * 0.9 ** -1, 2),
    realSeconds: round((performance.now() - began) / 1000, 1),
  };
  world.killOperator();
  world.kube.close();
  return figures;
}

/** Whether nobody waits for an account, nor for a manager who has one. */
function isSettled(records: readonly UserProjection[]): boolean {
  const withAccount = new Set(records.flatMap(({ spec, status }) => (status.targetUser === undefined ? [] : [spec.source.objectId])));
  const waitsForManager = ({ spec, status }: UserProjection): boolean =>
    spec.manager !== undefined &&
    withAccount.has(spec.manager.sourceObjectId) &&
    status.targetUser !== undefined &&
    status.targetUser.managerId === undefined &&
    status.refusedAttributes?.some(({ name }) => name === 'manager') !== true;
  return records.every((record) => record.status.state !== 'Pending' && !waitsForManager(record));
}

/** The target of the pair, with as many applications more as make up the number. */
function targetOf(world: World, applications: number): JsonObject {
  const target = world.pairSpec().target as JsonObject;
  if (applications === 1) return target;
  const additionalCredentials = Array.from({ length: applications - 1 }, (_, index): JsonObject => {
    const name = `spoke-app-${index + 2}`;
    const app = world.spoke.registerApp({ permissions: targetPermissions, secrets: [{ value: name }] });
    world.secret(name, { clientSecret: name });
    return { clientSecret: { clientId: app.appId, secretRef: { name, key: 'clientSecret' } } };
  });
  return { ...target, additionalCredentials };
}

/** What the figures need of the requests to a tenant: its log has not room for those of 100,000 people. */
class Tally {
  readonly writes: { readonly at: number; readonly status: number }[] = [];
  reads = 0;
  readonly #invited = new Map<string, number>();
  readonly #complete = new Map<string, number>();

  /** Takes the requests out of the log. */
  take(log: RequestLog): void {
    // A batch is one request, whatever it asks.
    const numbers = new Set<number>();
    for (const { write, operation, number, at, status, objectId } of log.entries()) {
      if (!write) {
        if (!operation.includes('token')) numbers.add(number);
        continue;
      }
      this.writes.push({ at, status });
      if (objectId === undefined || status >= 300) continue;
      if (operation === 'POST /invitations') this.#invited.set(objectId, at);
      if (operation === 'PATCH /users/{id}' && !this.#complete.has(objectId)) this.#complete.set(objectId, at);
    }
    this.reads += numbers.size;
    log.reset();
  }

  /** Seconds from each invitation to the first write that filled the account in. */
  completions(): readonly number[] {
    return Array.from(this.#complete, ([id, at]) => (at - (this.#invited.get(id) ?? at)) / 1000).toSorted((a, b) => a - b);
  }
}

const quantile = (sorted: readonly number[], share: number): number => round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0, 1);
const round = (value: number, digits: number): number => Number(value.toFixed(digits));
