/* eslint-disable no-console -- a program for people */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { beyond, readBounds } from './bounds.ts';
import { measureCluster } from './cluster.ts';
import { measureExplain } from './explain.ts';
import { measureGroups } from './groups.ts';
import { measureLanguages } from './languages.ts';
import { measureLedger } from './ledger/measure.ts';
import { measurePeer } from './peer.ts';
import { measureQuota, type QuotaFigures, type QuotaScenario } from './quota.ts';
import { measureReading } from './reading.ts';
import { checkedServer, serverFor } from './scale/choice.ts';
import { measureScale } from './scale/measure.ts';
import { measureSoak } from './soak/measure.ts';
import { requestCycle, startCount, untilSettled, type Requests } from './measure.ts';
import { namespace } from '../support/world.ts';
import { openSite, sleep, type Site } from './sites.ts';

type Row = Readonly<Record<string, string | number>>;

const round = (value: number, digits = 2): number => Number(value.toFixed(digits));

function row(what: string, users: number, requests: Requests, per: number, more: Row = {}): Row {
  return {
    what,
    users,
    'graph reads': round(requests.graphReads / per),
    'graph writes': round(requests.graphWrites / per),
    'kubernetes writes': round(requests.kubernetesWrites / per),
    events: round(requests.events / per),
    throttled: requests.throttled,
    seconds: round(requests.seconds),
    ...more,
  };
}

/** A cycle without changes, then one change. */
async function steadyState(site: Site, users: number): Promise<readonly Row[]> {
  await requestCycle(site);
  const idle = startCount(site);
  await requestCycle(site);
  // The request itself is an annotation by hand, not a write of the operator.
  const unchanged = idle();
  const changed = startCount(site);
  const person = site.people[Math.floor(site.people.length / 2)] ?? '';
  site.hub.updateUser(person, { jobTitle: 'Something else' });
  await requestCycle(site);
  await untilSettled(site, 60);
  return [
    row('cycle without changes, in all', users, unchanged, 1, { 'peak RSS MB': round(site.peakRss() / 1e6, 0) }),
    row('cycle with one change, in all', users, changed(), 1, { 'peak RSS MB': round(site.peakRss() / 1e6, 0) }),
  ];
}

/** A pass over accounts that all agree (E11). */
async function driftPass(site: Site, users: number): Promise<Row> {
  site.kube.patch({ kind: 'SyncConfiguration', name: 'staff', namespace }, { spec: { drift: { policy: 'Correct', interval: '1m' } } });
  await requestCycle(site);
  const first = await nextPass(site, undefined);
  const count = startCount(site);
  await nextPass(site, first);
  return row('pass over accounts that agree, in all', users, count(), 1, { 'peak RSS MB': round(site.peakRss() / 1e6, 0) });
}

/** Waits for the end of a pass that began after another one. */
async function nextPass(site: Site, before: string | undefined): Promise<string> {
  const end = Date.now() + 300_000;
  for (;;) {
    const { startedAt, result } = site.configuration().status.drift ?? {};
    if (startedAt !== undefined && startedAt !== before && result === 'Succeeded') return startedAt;
    if (Date.now() > end) throw new Error('the pass over the accounts did not end');
    await sleep(100);
  }
}

async function drift(users: number): Promise<Row> {
  const site = await openSite({ users, linked: true });
  try {
    await untilSettled(site, 900);
    return await driftPass(site, users);
  } finally {
    await site.stop();
  }
}

async function creations(users: number): Promise<readonly Row[]> {
  const site = await openSite({ users, linked: false });
  try {
    const count = startCount(site);
    await untilSettled(site, 600);
    const created = site.spoke.users().filter((user) => user.properties.creationType === 'Invitation').length;
    return [
      row('initial cycle, for each created user', users, count(), created, { 'peak RSS MB': round(site.peakRss() / 1e6, 0) }),
      ...(await steadyState(site, users)),
    ];
  } finally {
    await site.stop();
  }
}

async function linking(users: number): Promise<readonly Row[]> {
  const site = await openSite({ users, linked: true });
  try {
    const count = startCount(site);
    await untilSettled(site, 900);
    return [
      row('first cycle after the loss of a cluster, for each linked user', users, count(), users, {
        'peak RSS MB': round(site.peakRss() / 1e6, 0),
      }),
      ...(await steadyState(site, users)),
      await driftPass(site, users),
    ];
  } finally {
    await site.stop();
  }
}

const { values, positionals } = parseArgs({
  options: {
    small: { type: 'string', default: '1000' },
    large: { type: 'string', default: '10000' },
    users: { type: 'string', default: '10000' },
    accounts: { type: 'string', default: '100000' },
    cycles: { type: 'string', default: '2000' },
    minutes: { type: 'string', default: '60' },
    lag: { type: 'string' },
    latency: { type: 'string' },
    applications: { type: 'string' },
    groups: { type: 'string', default: '1000' },
    memberships: { type: 'string', default: '50000' },
    json: { type: 'string' },
    profiles: { type: 'string' },
    server: { type: 'string' },
    check: { type: 'boolean', default: false },
    out: { type: 'string', default: 'bench-results.json' },
  },
  allowPositionals: true,
});

/** The operator as a process, against simulated tenants. */
async function measureOperator(): Promise<void> {
  const rows: Row[] = [];
  rows.push(...(await creations(Number(values.small))));
  console.table(rows);
  rows.push(...(await linking(Number(values.large))));
  console.table(rows);
  const quota = [await measureQuota({ users: Number(values.large), lag: 0.5, latency: 0.25, applications: 1 })];
  console.table(quota);
  writeFileSync(values.out, `${JSON.stringify({ rows, quota }, undefined, 2)}\n`);
  console.log(`Written to ${values.out}`);
}

/** Scenarios for each of the numbers that were named, or the usual ones. */
function quotaScenarios(users: number): readonly QuotaScenario[] {
  const numbers = (text: string | undefined): readonly number[] | undefined => text?.split(',').map(Number);
  const [lags, latencies, applications] = [numbers(values.lag), numbers(values.latency), numbers(values.applications)];
  if (lags !== undefined || latencies !== undefined || applications !== undefined) {
    return (lags ?? [0]).flatMap((lag) =>
      (latencies ?? [0.1]).flatMap((latency) => (applications ?? [1]).map((each) => ({ users, lag, latency, applications: each }))),
    );
  }
  return [
    ...[0, 2, 10, 30].map((lag) => ({ users, lag, latency: 0.1, applications: 1 })),
    ...[0.5, 1, 2].map((latency) => ({ users, lag: 0, latency, applications: 1 })),
    // What an application may write at once is soon used up only if there is as much to do for each.
    ...[1, 2, 3].map((each) => ({ users: users * each, lag: 0.5, latency: 0.25, applications: each })),
  ];
}

/** The write quota of a target at lags and latencies, on a simulated clock. */
async function measureQuotas(users: number): Promise<void> {
  const figures: QuotaFigures[] = [];
  for (const scenario of quotaScenarios(users)) {
    figures.push(await measureQuota(scenario));
    console.table(figures.slice(-1));
    // What was measured stays, whenever the rest is given up.
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(figures, undefined, 2)}\n`);
  }
}

function tell(figures: object): void {
  console.log(JSON.stringify(figures, undefined, 2));
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(figures, undefined, 2)}\n`);
}

switch (positionals[0]) {
  case undefined:
    await measureOperator();
    break;
  case 'drift':
    console.table([await drift(Number(values.users))]);
    break;
  case 'explain':
    for (const named of [1, 20]) tell(await measureExplain(Number(values.users), named));
    break;
  case 'groups': {
    const figures = await measureGroups({ groups: Number(values.groups), memberships: Number(values.memberships) });
    console.log(JSON.stringify(figures, undefined, 2));
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(figures, undefined, 2)}\n`);
    break;
  }
  case 'languages':
    console.table(measureLanguages());
    break;
  case 'peer':
    tell(await measurePeer(Number(values.users)));
    break;
  case 'quota':
    await measureQuotas(Number(values.users));
    break;
  case 'ledger':
    tell(await measureLedger(Number(values.accounts)));
    break;
  case 'reading':
    console.table(measureReading(100_000));
    break;
  case 'cluster':
    console.table(await measureCluster(Number(values.large)));
    break;
  case 'scale': {
    const server = values.check ? checkedServer : serverFor(values.server);
    if (server === undefined) {
      console.error(`bench: there is no server ${values.server}; name kube-apiserver or embedded`);
      process.exitCode = 2;
      break;
    }
    const figures = await measureScale({
      server,
      users: Number(values.users),
      extent: values.check ? 'Counts' : 'All',
      ...(values.profiles === undefined ? {} : { profiles: values.profiles }),
    });
    tell(figures);
    const mistakes = values.check ? beyond(figures, readBounds()) : [];
    for (const mistake of mistakes) console.error(mistake);
    if (mistakes.length > 0) process.exitCode = 1;
    break;
  }
  case 'soak':
    tell(await measureSoak({ users: Number(values.users), cycles: Number(values.cycles), minutes: Number(values.minutes) }));
    break;
  default:
    console.error(
      `bench: there is no ${positionals[0]}; name drift, explain, groups, languages, ledger, peer, quota, reading, cluster, scale, soak, or nothing`,
    );
    process.exitCode = 2;
}
