/** Rebuilds the ledger from a tenant, in a process of its own with the flags of the image, and says what it took. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { cloudsFromFile } from '../../../src/graph/clouds.ts';
import { createDirectoryFactory } from '../../../src/graph/factory.ts';
import { createTransport, defaultTransport } from '../../../src/graph/transport.ts';
import { silentLogger } from '../../../src/ports/logger.ts';
import { priorities } from '../../../src/ports/reconcile.ts';
import { systemClock, systemRandom } from '../../../src/system.ts';
import { Metrics } from '../../../src/telemetry/registry.ts';
import { graphMetrics } from '../../../src/telemetry/runtime-metrics.ts';
import { accountId, appliedOf, isEnabled, parseLedgerAnchor, personId } from './accounts.ts';
import { Ledger } from './ledger.ts';
import type { TenantPlace } from './tenant.ts';

export interface RebuildFigures {
  readonly requests: number;
  readonly seconds: number;
  readonly cpuMs: number;
  /** Of it the main thread's longest piece of work. */
  readonly longestWorkMs: number;
  readonly loopStallMs: number;
  readonly rssBeforeMb: number;
  readonly peakRssMb: number;
  readonly heapUsedMb: number;
  readonly arrayBuffersMb: number;
}

const select = ['accountEnabled', 'extensionAttribute15'];
const megabytes = (bytes: number): number => Math.round(bytes / 2 ** 20);
const [, , placeText = '', caBundleFile = '', count = '0'] = process.argv;
const place = JSON.parse(placeText) as TenantPlace;
const accounts = Number(count);

const transport = createTransport(defaultTransport);
let requests = 0;
const factory = createDirectoryFactory({
  clouds: cloudsFromFile({ bench: { authorityHost: place.url, graphHost: place.url, caBundleFile } }),
  fetchForCloud: (cloud) => {
    const send = transport.fetchForCloud(cloud);
    return (url, request) => {
      requests += 1;
      return send(url, request);
    };
  },
  clock: systemClock,
  random: systemRandom,
  logger: silentLogger,
  metrics: graphMetrics(new Metrics()),
  quotaShare: 0.9,
  serviceAccountTokens: { request: () => Promise.reject(new Error('there is no cluster')) },
});
const target = factory.target({
  side: 'target',
  tenantId: place.tenantId,
  cloud: 'bench',
  credentials: { type: 'ClientSecret', clientId: place.clientId, secret: 'spoke-secret' },
});
const options = { signal: new AbortController().signal, priority: priorities.drift };

const threadMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};
// What a start costs anyway, the token included, is not the ledger's.
await target.organization(options);
requests = 0;
const rssBeforeMb = megabytes(process.memoryUsage().rss);
const stalls = monitorEventLoopDelay({ resolution: 5 });
stalls.enable();
let longestWorkMs = 0;
let before = threadMs();
const looking = setInterval(() => {
  const now = threadMs();
  longestWorkMs = Math.max(longestWorkMs, now - before);
  before = now;
}, 1);
const began = performance.now();
const cpuBefore = process.cpuUsage();

const ledger = new Ledger();
let link: string | undefined;
do {
  const page = await target.usersPage(link, select, options);
  for (const { id, attributes, accountEnabled } of page.items) {
    const found = parseLedgerAnchor(attributes.extensionAttribute15);
    if (found === undefined) continue;
    const { sourceTenantId, sourceObjectId } = found.anchor;
    ledger.add({ sourceTenantId, sourceObjectId, accountId: id, applied: found.applied, accountEnabled: accountEnabled === true });
  }
  link = page.next;
} while (link !== undefined);

const { user, system } = process.cpuUsage(cpuBefore);
const seconds = (performance.now() - began) / 1000;
clearInterval(looking);
stalls.disable();
const { heapUsed, arrayBuffers } = process.memoryUsage();
check();
const figures: RebuildFigures = {
  requests,
  seconds: Number(seconds.toFixed(2)),
  cpuMs: Math.round((user + system) / 1000),
  longestWorkMs: Math.round(longestWorkMs),
  loopStallMs: Math.round(stalls.max / 1e6),
  rssBeforeMb,
  peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
  heapUsedMb: megabytes(heapUsed),
  arrayBuffersMb: megabytes(arrayBuffers),
};
process.stdout.write(JSON.stringify(figures));
await transport.close();

/** Everybody is there once, with the right account and content; a figure of a ledger that is wrong would say nothing. */
function check(): void {
  if (ledger.size !== accounts) throw new Error(`the ledger has ${ledger.size} accounts instead of ${accounts}`);
  for (let index = 0; index < accounts; index += Math.max(1, Math.floor(accounts / 10_000))) {
    const found = ledger.of(place.sourceTenantId, personId(index));
    const [entry] = found;
    const isRight =
      entry?.accountId === accountId(index) && entry.applied === appliedOf(index) && entry.accountEnabled === isEnabled(index);
    if (found.length !== 1 || !isRight) throw new Error(`the ledger is wrong about person ${index}`);
  }
}
