import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEntra, fillOrganisation, serveHttps as serveEntra, type Json } from '@tenantsync/sandbox/entra';
import { createKubernetes, serveHttps as serveKubernetes, type Kubernetes } from '@tenantsync/sandbox/kubernetes';
import { projectionName, type SyncConfiguration, type UserProjection } from '../../src/api/kinds.ts';
import { formatAnchor } from '../../src/core/matching/anchor.ts';
import { omit } from '../../src/core/omit.ts';
import { contentRevision } from '../../src/core/projection/desired.ts';
import { sealSpec } from '../../src/core/projection/sealed-spec.ts';
import { systemClock, systemRandom } from '../../src/system.ts';
import { crds, namespace, operatorNamespace } from '../support/world.ts';
import { startCount } from './measure.ts';
import { manifests, sleep, startOperator, tenants, type Tenants } from './sites.ts';

/** What so many people cost the operator after a restart; the names are those of docs/scale.md. Of what is not measured there is no member. */
export type ScaleFigures = Readonly<Record<string, string | number>>;

/** People who are created at a time. */
const batch = 200;
/** How long a step may take: the looks at 100,000 accounts are some ten minutes of a loaded machine. */
const longestMs = 3_600_000;
const kernelTick = /^\d+/;

/** Everything around the operator; the operator comes and goes. */
interface Place {
  readonly made: Tenants;
  readonly kube: Kubernetes;
  readonly people: readonly string[];
  start(): Promise<Running>;
  close(): Promise<void>;
}

interface Probe {
  readonly number: number;
  readonly stallMs: number;
  readonly workMs: number;
  readonly heapUsed: number;
  readonly external: number;
  readonly arrayBuffers: number;
}

/** The operator's process as the kernel and its probe see it. */
class Running {
  readonly began = performance.now();
  readonly #process: ChildProcess;
  readonly #healthPort: number;
  readonly #probeFile: string;
  #probed = 0;

  constructor(process: ChildProcess, healthPort: number, probeFile: string) {
    this.#process = process;
    this.#healthPort = healthPort;
    this.#probeFile = probeFile;
  }

  get #folder(): string {
    return `/proc/${this.#process.pid ?? 0}`;
  }

  /** Peak resident memory so far. */
  peakRssMb(): number {
    return Math.round(Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`${this.#folder}/status`, 'utf8'))?.[1] ?? 0) / 1024);
  }

  /** Processor time of all threads so far, in milliseconds. */
  cpuMs(): number {
    const tasks = readdirSync(`${this.#folder}/task`);
    const times = tasks.map((task) => Number(kernelTick.exec(readFileSync(`${this.#folder}/task/${task}/schedstat`, 'utf8'))?.[0] ?? 0));
    return times.reduce((sum, time) => sum + time, 0) / 1e6;
  }

  /** Resolves when the operator says that it is ready, with the time since its start. */
  async ready(): Promise<number> {
    await this.until(async () => {
      const answer = await fetch(`http://127.0.0.1:${this.#healthPort}/readyz`).catch(() => undefined);
      await answer?.body?.cancel();
      return answer?.ok === true;
    });
    return Math.round(performance.now() - this.began);
  }

  async until(done: () => boolean | Promise<boolean>): Promise<void> {
    const end = performance.now() + longestMs;
    while (!(await done())) {
      if (this.#process.exitCode !== null || this.#process.signalCode !== null) throw new Error('the operator has ended');
      if (performance.now() > end) throw new Error('the operator did not come to it in time');
      await sleep(10);
    }
  }

  /** What the probe has seen since it was last asked. */
  async probe(): Promise<Probe> {
    this.#probed += 1;
    this.#process.kill('SIGUSR2');
    let seen: Probe | undefined;
    await this.until(() => {
      try {
        seen = JSON.parse(readFileSync(this.#probeFile, 'utf8')) as Probe;
      } catch {
        // Not written yet, or half.
      }
      return seen?.number === this.#probed;
    });
    if (seen === undefined) throw new Error('there is no probe');
    return seen;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGTERM');
    await ended;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** How the benchmark is made. */
export interface ScaleOptions {
  readonly users: number;
  /** `Counts`: requests, writes and bytes alone, in less than half of the time. */
  readonly extent: 'Counts' | 'All';
  /** A folder for a profile of each process of the operator. */
  readonly profiles?: string;
}

async function openPlace({ profiles }: ScaleOptions): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'tenantsync-bench-'));
  const started: ChildProcess[] = [];
  const entra = createEntra({ clock: systemClock, random: systemRandom, settings: { logLimit: 1_000_000 } });
  const made = tenants(entra);
  const { people } = fillOrganisation(made.hub, { people: batch, seed: 11, guests: 0 });
  const entraServer = await serveEntra(entra);
  const kube = createKubernetes({
    clock: systemClock,
    crds: crds(),
    namespaces: [namespace, operatorNamespace],
    tokens: { bench: 'admin' },
    requestLogLimit: 200_000,
  });
  const kubeServer = await serveKubernetes(kube, { token: 'bench' });
  const kubeconfig = join(folder, 'kubeconfig');
  await kubeServer.writeKubeconfig(kubeconfig);
  for (const manifest of manifests(made)) kube.apply(manifest);
  return {
    made,
    kube,
    people,
    start: async () => {
      const port = await freePort();
      const probeFile = join(folder, 'probe.json');
      rmSync(probeFile, { force: true });
      const operator = startOperator(folder, entraServer.caPem, entraServer.url, kubeconfig, {
        ...(profiles === undefined ? {} : { nodeFlags: ['--cpu-prof', '--cpu-prof-dir', profiles] }),
        preload: new URL('probe.ts', import.meta.url).pathname,
        environment: { TENANTSYNC_BENCH_PROBE: probeFile },
        settings: ['--health-probe-bind-address', `127.0.0.1:${port}`],
      });
      started.push(operator);
      return new Running(operator, port, probeFile);
    },
    close: async () => {
      // After a failure one may be left, and servers wait for their clients.
      for (const operator of started) operator.kill('SIGKILL');
      kube.close();
      await Promise.all([kubeServer.close(), entraServer.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const records = (kube: Kubernetes): readonly UserProjection[] => kube.list('UserProjection', { namespace }) as unknown as UserProjection[];
const configuration = (kube: Kubernetes): SyncConfiguration =>
  kube.get({ kind: 'SyncConfiguration', name: 'staff', namespace }) as unknown as SyncConfiguration;

/** Somebody who is as a real person is, with names of their own. */
interface Added {
  readonly objectId: string;
  readonly accountId: string;
  readonly address: string;
  readonly names: { readonly displayName: string; readonly givenName: string; readonly surname: string };
  readonly pattern: UserProjection;
}

const id = (kind: number, index: number): string =>
  `${String(index).padStart(8, '0')}-0000-4000-8${kind}00-${String(index * 7919).padStart(12, '0')}`;
const [managers, managersAccount] = [id(1, 0), id(2, 0)];

/** As many others as make up the number. */
function others(kube: Kubernetes, users: number): readonly Added[] {
  const real = records(kube).length;
  const patterns = records(kube).filter(({ status }) => status.state === 'Provisioned' || status.state === 'Blocked');
  return Array.from({ length: users - real }, (_, index): Added => {
    const pattern = patterns[index % patterns.length];
    if (pattern === undefined) throw new Error('nobody is provisioned');
    const names = { displayName: `Person ${index}`, givenName: `Given ${index}`, surname: `Family ${index}` };
    return { objectId: id(1, index), accountId: id(2, index), address: `person.${index}@contoso.com`, names, pattern };
  });
}

/** Records of others, as settled as those of the real people. A cycle over changes has no reason to look at them. */
function addSettled(kube: Kubernetes, added: readonly Added[]): void {
  for (const { objectId, accountId, address, names, pattern } of added) {
    const { metadata, spec, status } = pattern;
    const unsealed = {
      ...omit(spec, 'revision'),
      source: { ...spec.source, objectId, userPrincipalName: address },
      invitedAddress: address,
      ...(spec.manager === undefined ? {} : { manager: { sourceObjectId: managers } }),
      attributes: { ...spec.attributes, ...names },
    };
    const sealed = sealSpec(unsealed);
    const name = projectionName('staff', objectId);
    kube.create({ apiVersion: 'tenantsync.dev/v1alpha1', kind: 'UserProjection', metadata: { ...kept(metadata), name }, spec: sealed });
    const userPrincipalName = `${address.replace('@', '_')}#EXT#@fabrikam.onmicrosoft.com`;
    const target = { ...status.targetUser, objectId: accountId, userPrincipalName };
    const applied = { appliedRevision: sealed.revision, appliedContent: contentRevision(sealed) };
    const managed = spec.manager === undefined ? target : { ...target, managerId: managersAccount };
    kube.patch(
      { kind: 'UserProjection', name, namespace },
      { status: { ...omit(status, 'warnings'), ...applied, observedGeneration: 1, targetUser: managed } },
      'status',
    );
  }
}

/** The others themselves and their accounts, as their records say. */
async function addPeople({ hub, spoke }: Tenants, added: readonly Added[]): Promise<void> {
  for (const [index, { objectId, accountId, address, names, pattern }] of added.entries()) {
    const { spec, status } = pattern;
    const person = hub.user(spec.source.objectId);
    const account = spoke.user(status.targetUser?.objectId ?? '');
    if (person === undefined || account === undefined) throw new Error('a person is missing');
    const own = ['id', 'userPrincipalName', 'proxyAddresses', 'identities', 'createdDateTime'] as const;
    const properties = omit(person.properties as Record<(typeof own)[number], Json>, ...own);
    hub.createUser({ id: objectId, userPrincipalName: address, properties: { ...properties, ...names } });
    const anchor = formatAnchor({ sourceTenantId: hub.tenantId, sourceObjectId: objectId, installation: 'default' });
    const external = ['userPrincipalName', 'mail', 'proxyAddresses', 'otherMails', 'identities'] as const;
    const copied = omit(account.properties as Record<(typeof external)[number], Json>, ...external, 'id' as never);
    spoke.createExternalUser({
      id: accountId,
      address,
      userType: 'Member',
      accepted: true,
      properties: { ...copied, ...names, onPremisesExtensionAttributes: { extensionAttribute15: anchor } },
    });
    if (spec.manager !== undefined) {
      hub.setManager(objectId, managers);
      spoke.setManager(accountId, managersAccount);
    }
    // The operator waits for this process, which is its API server.
    if (index % 100 === 0) await sleep(1);
  }
}

const kept = ({ namespace: home, labels, finalizers }: UserProjection['metadata']): object => ({ namespace: home, labels, finalizers });

async function requestCycle(running: Running, kube: Kubernetes): Promise<void> {
  const token = `${performance.now()}`;
  kube.patch(
    { kind: 'SyncConfiguration', name: 'staff', namespace },
    { metadata: { annotations: { 'tenantsync.dev/requested-at': token } } },
  );
  await running.until(() => configuration(kube).status.lastHandledReconcileAt === token);
}

async function requestRestart(running: Running, kube: Kubernetes): Promise<void> {
  const token = `${performance.now()}`;
  kube.patch(
    { kind: 'SyncConfiguration', name: 'staff', namespace },
    { metadata: { annotations: { 'tenantsync.dev/restarted-at': token } } },
  );
  await running.until(() => configuration(kube).status.lastHandledRestartAt === token);
}

async function settled(running: Running, kube: Kubernetes, people: number): Promise<void> {
  await running.until(() => {
    const all = records(kube);
    const open = all.filter(({ metadata, status }) => status.state === 'Pending' || status.observedGeneration !== metadata.generation);
    return configuration(kube).status.lastCycle?.id !== undefined && all.length >= people && open.length === 0;
  });
}

/** What it takes to create the real people, with their managers, right after the start. */
async function measureCreation(running: Running, place: Place): Promise<ScaleFigures> {
  const { kube, made } = place;
  await running.ready();
  const from = running.cpuMs();
  const count = startCount({ ...made, kube });
  await settled(running, kube, batch);
  const requests = count();
  const each = (number: number): number => Number((number / batch).toFixed(2));
  return {
    createCpuMsPerUser: each(running.cpuMs() - from),
    createGraphReadsPerUser: each(requests.graphReads),
    createGraphWritesPerUser: each(requests.graphWrites),
    createKubernetesWritesPerUser: each(requests.kubernetesWrites),
  };
}

/** Processor time for each of those who come once the operator has been at work for a while: what it runs is compiled by then. */
async function measureLaterCreation(running: Running, { kube, made }: Place): Promise<ScaleFigures> {
  await sleep(6000);
  fillOrganisation(made.hub, { people: batch, seed: 12, guests: 0 });
  const from = running.cpuMs();
  await requestCycle(running, kube);
  await settled(running, kube, 2 * batch);
  return { createLaterCpuMsPerUser: Number(((running.cpuMs() - from) / batch).toFixed(2)) };
}

/** Changes of one person, one after the other: the first ones meet code that has not been compiled yet. */
const changes = 5;

/** A change of one person, the median of a few, over what the process uses at rest in the same time. */
async function measureChange(running: Running, place: Place): Promise<ScaleFigures> {
  await sleep(6000);
  const atRest = await cpuOf(running, () => sleep(6000));
  const rest = atRest.cpuMs / atRest.ms;
  const costs: number[] = [];
  for (let number = 1; number <= changes; number += 1) {
    const { cpuMs, ms } = await cpuOf(running, async () => {
      await change(running, place, `Changed ${number}`);
      await sleep(6000);
    });
    costs.push(cpuMs - rest * ms);
  }
  return {
    oneChangeCpuMs: Math.round(costs.toSorted((a, b) => a - b)[Math.floor(changes / 2)] ?? 0),
    firstChangeCpuMs: Math.round(costs[0] ?? 0),
    restCpuMsPerSecond: Number((rest * 1000).toFixed(1)),
  };
}

/**
 * A full cycle over everybody, of whom nobody has changed: reading and deciding, which end with the cycle, and the look at each account, which comes
 * after it.
 */
async function measureFullCycle(running: Running, { kube, made }: Place, added: readonly Added[]): Promise<ScaleFigures> {
  const users = records(kube).length;
  const each = (cpuMs: number): number => Number((cpuMs / users).toFixed(3));
  await addPeople(made, added);
  // To a delta they are new.
  const delta = await cpuOf(running, () => requestCycle(running, kube));
  await untilQuiet(running, 150);
  // The first look at an account corrects what the record was made up to say.
  await requestRestart(running, kube);
  await untilQuiet(running, 150);
  const count = startCount({ ...made, kube });
  const full = await cpuOf(running, () => requestRestart(running, kube));
  const looks = await cpuOf(running, () => untilQuiet(running, 150));
  const { graphReads, kubernetesWrites } = count();
  return {
    deltaCycleCpuMsPerUser: each(delta.cpuMs),
    fullCycleCpuMsPerUser: each(full.cpuMs),
    fullCycleLooksCpuMsPerUser: each(looks.cpuMs),
    fullCycleGraphReadsPerUser: each(graphReads),
    fullCycleKubernetesWrites: kubernetesWrites,
  };
}

/** Waits until a process that has started does nothing any more. */
async function untilQuiet(running: Running, quietMs: number): Promise<void> {
  const end = performance.now() + longestMs;
  for (let quiet = 0, before = running.cpuMs(); quiet < 4;) {
    if (performance.now() > end) throw new Error('the operator does not come to rest');
    await sleep(1000);
    const now = running.cpuMs();
    quiet = now - before < quietMs ? quiet + 1 : 0;
    before = now;
  }
}

/** The processor time of a piece of time, both in milliseconds. */
async function cpuOf(running: Running, piece: () => Promise<void>): Promise<{ readonly cpuMs: number; readonly ms: number }> {
  const [cpu, began] = [running.cpuMs(), performance.now()];
  await piece();
  return { cpuMs: running.cpuMs() - cpu, ms: performance.now() - began };
}

async function change(running: Running, place: Place, title: string): Promise<void> {
  const { hub } = place.made;
  const person = place.people[3] ?? '';
  hub.updateUser(person, { jobTitle: title });
  const key = { kind: 'UserProjection', name: projectionName('staff', person), namespace };
  await requestCycle(running, place.kube);
  await running.until(() => {
    const record = place.kube.get(key) as unknown as UserProjection;
    return record.spec.attributes?.jobTitle === title && record.status.observedGeneration === record.metadata.generation;
  });
}

/** So many records as the benchmark makes them, a part of them of people who were created for real. */
export async function settledRecords(users: number): Promise<readonly UserProjection[]> {
  const place = await openPlace({ users, extent: 'Counts' });
  try {
    const running = await place.start();
    await settled(running, place.kube, batch);
    await running.stop();
    addSettled(place.kube, others(place.kube, users));
    return records(place.kube);
  } finally {
    await place.close();
  }
}

/**
 * A restart with records of so many people, then cycles without changes and one change. Tenants and the API server are simulated in this
 * process, the operator is a process of its own with the flags of the image.
 */
export async function measureScale(options: ScaleOptions): Promise<ScaleFigures> {
  const { users } = options;
  const place = await openPlace(options);
  const { kube, made } = place;
  try {
    const first = await place.start();
    const created = await measureCreation(first, place);
    const createdLater = options.extent === 'Counts' ? {} : await measureLaterCreation(first, place);
    await first.stop();
    // While no operator waits for the server, which this holds up.
    const recordBytes = Math.round(JSON.stringify(records(kube)).length / records(kube).length);
    const added = others(kube, users);
    addSettled(kube, added);
    // What has changed while the operator was away is its first work.
    const person = place.people[2] ?? '';
    made.hub.updateUser(person, { jobTitle: 'Changed meanwhile' });
    kube.patch(
      { kind: 'SyncConfiguration', name: 'staff', namespace },
      { metadata: { annotations: { 'tenantsync.dev/requested-at': 'restart' } } },
    );
    const startRequests = startCount({ ...made, kube });
    const running = await place.start();
    const readyMs = await running.ready();
    const worked = { kind: 'UserProjection', name: projectionName('staff', person), namespace };
    await running.until(() => (kube.get(worked) as unknown as UserProjection).spec.attributes?.jobTitle === 'Changed meanwhile');
    const firstWorkMs = Math.round(performance.now() - running.began);
    // A profile takes its samples at rest too.
    await untilQuiet(running, options.profiles === undefined ? 25 : 150);
    const startCpuMs = running.cpuMs();
    const started = startRequests();
    const pages = kube.requests.filter(({ path, query }) => path.endsWith('/userprojections') && query.includes('limit=')).length;
    const restart = await running.probe();
    await requestCycle(running, kube);
    await sleep(6000);
    const count = startCount({ ...made, kube });
    const idleFrom = running.cpuMs();
    await requestCycle(running, kube);
    const idleCpuMs = running.cpuMs() - idleFrom;
    const idle = count();
    const changed = options.extent === 'Counts' ? {} : await measureChange(running, place);
    const later = await running.probe();
    const restartRssMb = running.peakRssMb();
    const full = options.extent === 'Counts' ? {} : await measureFullCycle(running, place, added);
    const figures = {
      server: 'embedded',
      users,
      rssMb: running.peakRssMb(),
      restartRssMb,
      readyMs,
      firstWorkMs,
      loopStallMs: Math.max(restart.stallMs, later.stallMs),
      ...created,
      ...createdLater,
      startCpuMs: Math.round(startCpuMs),
      startWorkMs: restart.workMs,
      startGraphRequests: started.graphReads + started.graphWrites,
      startKubernetesWrites: started.kubernetesWrites,
      startPages: pages,
      recordBytes,
      idleCpuMs: Math.round(idleCpuMs),
      idleGraphRequests: idle.graphReads + idle.graphWrites,
      idleKubernetesWrites: idle.kubernetesWrites,
      ...changed,
      ...full,
      heapMb: Math.round(later.heapUsed / 2 ** 20),
      externalMb: Math.round(later.external / 2 ** 20),
    };
    await running.stop();
    return figures;
  } finally {
    await place.close();
  }
}
