import { fillOrganisation } from '@tenantsync/sandbox/entra';
import { projectionName, type UserProjection } from '../../../src/api/kinds.ts';
import { countGraph, type Requests } from '../measure.ts';
import { manifests, sleep } from '../sites.ts';
import { addPeople, others, settledOf, type Added } from './people.ts';
import { batch, openPlace, type Place, type PlaceOptions } from './place.ts';
import { cpuOf, untilQuiet, type Running } from './running.ts';
import type { KubernetesRequests, ScaleServer } from './server.ts';

/** What so many people cost the operator after a restart; the names are those of docs/scale.md. Of what is not measured there is no member. */
export type ScaleFigures = Readonly<Record<string, string | number>>;

/** How the benchmark is made. */
export interface ScaleOptions extends PlaceOptions {
  readonly users: number;
  /** `Counts`: requests, writes and bytes alone, in less than half of the time. */
  readonly extent: 'Counts' | 'All';
}

type Counted = Pick<Requests, 'graphReads' | 'graphWrites'> & KubernetesRequests;

/** Counts requests to the tenants and to the API server from now on. */
async function startCount({ made, server }: Place): Promise<() => Promise<Counted>> {
  const kubernetes = await server.count();
  const graph = countGraph(made);
  return async () => ({ ...graph(), ...(await kubernetes()) });
}

async function requestCycle(running: Running, server: ScaleServer): Promise<void> {
  const token = `${performance.now()}`;
  await server.annotate({ 'tenantsync.dev/requested-at': token });
  await running.until(async () => (await server.configuration()).status.lastHandledReconcileAt === token, server.lookMs.one);
}

async function requestRestart(running: Running, server: ScaleServer): Promise<void> {
  const token = `${performance.now()}`;
  await server.annotate({ 'tenantsync.dev/restarted-at': token });
  await running.until(async () => (await server.configuration()).status.lastHandledRestartAt === token, server.lookMs.one);
}

async function settled(running: Running, server: ScaleServer, people: number): Promise<void> {
  await running.until(async () => (await server.configuration()).status.lastCycle?.id !== undefined, server.lookMs.one);
  await running.until(async () => {
    const all = await server.records();
    const open = all.filter(({ metadata, status }) => status.state === 'Pending' || status.observedGeneration !== metadata.generation);
    return all.length >= people && open.length === 0;
  }, server.lookMs.all);
}

/** What it takes to create the real people, with their managers, right after the start. */
async function measureCreation(running: Running, place: Place): Promise<ScaleFigures> {
  await running.ready();
  const from = running.cpuMs();
  const count = await startCount(place);
  await settled(running, place.server, batch);
  const cpuMs = running.cpuMs() - from;
  const requests = await count();
  const each = (number: number): number => Number((number / batch).toFixed(2));
  return {
    createCpuMsPerUser: each(cpuMs),
    createGraphReadsPerUser: each(requests.graphReads),
    createGraphWritesPerUser: each(requests.graphWrites),
    createKubernetesWritesPerUser: each(requests.kubernetesWrites),
  };
}

/** Processor time for each of those who come once the operator has been at work for a while: what it runs is compiled by then. */
async function measureLaterCreation(running: Running, { made, server }: Place): Promise<ScaleFigures> {
  await sleep(6000);
  fillOrganisation(made.hub, { people: batch, seed: 12, guests: 0 });
  const from = running.cpuMs();
  await requestCycle(running, server);
  await settled(running, server, 2 * batch);
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
async function measureFullCycle(running: Running, place: Place, added: readonly Added[], users: number): Promise<ScaleFigures> {
  const { made, server } = place;
  const each = (cpuMs: number): number => Number((cpuMs / users).toFixed(3));
  await addPeople(made, added);
  // To a delta they are new.
  const delta = await cpuOf(running, () => requestCycle(running, server));
  await untilQuiet(running, 150);
  // The first look at an account corrects what the record was made up to say.
  await requestRestart(running, server);
  await untilQuiet(running, 150);
  const count = await startCount(place);
  const full = await cpuOf(running, () => requestRestart(running, server));
  const looks = await cpuOf(running, () => untilQuiet(running, 150));
  const { graphReads, kubernetesWrites } = await count();
  return {
    deltaCycleCpuMsPerUser: each(delta.cpuMs),
    fullCycleCpuMsPerUser: each(full.cpuMs),
    fullCycleLooksCpuMsPerUser: each(looks.cpuMs),
    fullCycleGraphReadsPerUser: each(graphReads),
    fullCycleKubernetesWrites: kubernetesWrites,
  };
}

async function change(running: Running, { made, people, server }: Place, title: string): Promise<void> {
  const person = people[3] ?? '';
  made.hub.updateUser(person, { jobTitle: title });
  await requestCycle(running, server);
  await running.until(async () => {
    const { metadata, spec, status } = await server.record(projectionName('staff', person));
    return spec.attributes?.jobTitle === title && status.observedGeneration === metadata.generation;
  }, server.lookMs.one);
}

/** So many records as the benchmark makes them, a part of them of people who were created for real. */
export async function settledRecords(users: number): Promise<readonly UserProjection[]> {
  const place = await openPlace({ server: 'embedded' });
  const { made, server } = place;
  try {
    await server.apply(manifests(made));
    const running = await place.start();
    await settled(running, server, batch);
    await running.stop();
    await server.put(settledOf(others(await server.records(), users)));
    return await server.records();
  } finally {
    await place.close();
  }
}

/** What there is to start with: people of whom some are real, and the figures of their creation. */
interface Begun {
  readonly figures: ScaleFigures;
  readonly added: readonly Added[];
  /** How many there are in all, the added ones included. */
  readonly users: number;
}

/** Creates people for real and adds records of others, with no operator left. */
async function begin(place: Place, { extent, users }: ScaleOptions): Promise<Begun> {
  const { server } = place;
  const first = await place.start();
  const created = await measureCreation(first, place);
  const createdLater = extent === 'Counts' ? {} : await measureLaterCreation(first, place);
  await first.stop();
  const real = await server.records();
  // Of those that the operator has written itself; what a real server adds to a record is a part of what is stored.
  const bytes =
    server.keeping === undefined
      ? { recordBytes: Math.round(JSON.stringify(real).length / real.length) }
      : { etcdBytesPerUser: Math.round((await server.keeping.storedBytes()) / real.length) };
  const added = others(real, users);
  // While no operator waits for the server, which this holds up.
  await server.put(settledOf(added));
  return { figures: { ...created, ...createdLater, ...bytes }, added, users: real.length + added.length };
}

/** A start with all records, up to where nothing is left to do. */
async function measureStart(
  place: Place,
  { profiles }: ScaleOptions,
): Promise<{ running: Running; stallMs: number; figures: ScaleFigures }> {
  const { made, server } = place;
  // What has changed while the operator was away is its first work.
  const person = place.people[2] ?? '';
  made.hub.updateUser(person, { jobTitle: 'Changed meanwhile' });
  await server.annotate({ 'tenantsync.dev/requested-at': 'restart' });
  const count = await startCount(place);
  const running = await place.start();
  const readyMs = await running.ready();
  const worked = async (): Promise<boolean> => {
    const { spec } = await server.record(projectionName('staff', person));
    return spec.attributes?.jobTitle === 'Changed meanwhile';
  };
  await running.until(worked, server.lookMs.one);
  const firstWorkMs = Math.round(performance.now() - running.began);
  // At rest a second takes some 15 ms, and up to 45 on a loaded machine; a profile takes its samples at rest too.
  await untilQuiet(running, profiles === undefined ? 60 : 150);
  const startCpuMs = Math.round(running.cpuMs());
  const started = await count();
  const { stallMs, workMs } = await running.probe();
  return {
    running,
    stallMs,
    figures: {
      readyMs,
      firstWorkMs,
      startCpuMs,
      startWorkMs: workMs,
      startGraphRequests: started.graphReads + started.graphWrites,
      startKubernetesWrites: started.kubernetesWrites,
      startPages: started.pages,
    },
  };
}

/** A cycle in which nothing has changed. */
async function measureIdle(running: Running, place: Place): Promise<ScaleFigures> {
  await requestCycle(running, place.server);
  await sleep(6000);
  const count = await startCount(place);
  const { cpuMs } = await cpuOf(running, () => requestCycle(running, place.server));
  const idle = await count();
  return {
    idleCpuMs: Math.round(cpuMs),
    idleGraphRequests: idle.graphReads + idle.graphWrites,
    idleKubernetesWrites: idle.kubernetesWrites,
  };
}

/** What a real API server has on its heap after a restart, each record once, and none of the states that it went through. */
async function heapAtRest(place: Place): Promise<number | undefined> {
  const { keeping } = place.server;
  if (keeping === undefined) return undefined;
  await keeping.restart();
  const running = await place.start();
  await running.ready();
  const bytes = await keeping.heapBytes();
  await running.stop();
  return bytes;
}

/**
 * A restart with records of so many people, then cycles without changes and one change. Tenants are simulated in this process, the operator is a
 * process of its own with the flags of the image.
 */
export async function measureScale(options: ScaleOptions): Promise<ScaleFigures> {
  const place = await openPlace(options);
  const { made, server } = place;
  try {
    const empty = await heapAtRest(place);
    await server.apply(manifests(made));
    const { figures: created, added, users } = await begin(place, options);
    const { running, stallMs, figures: started } = await measureStart(place, options);
    const idle = await measureIdle(running, place);
    const changed = options.extent === 'Counts' ? {} : await measureChange(running, place);
    const later = await running.probe();
    const restartRssMb = running.peakRssMb();
    const full = options.extent === 'Counts' ? {} : await measureFullCycle(running, place, added, users);
    const rssMb = running.peakRssMb();
    await running.stop();
    const filled = await heapAtRest(place);
    return {
      server: server.name,
      users,
      rssMb,
      restartRssMb,
      loopStallMs: Math.max(stallMs, later.stallMs),
      ...created,
      ...started,
      ...idle,
      ...changed,
      ...full,
      heapMb: Math.round(later.heapUsed / 2 ** 20),
      externalMb: Math.round(later.external / 2 ** 20),
      ...(empty === undefined || filled === undefined ? {} : { apiserverHeapBytesPerUser: Math.round((filled - empty) / users) }),
    };
  } finally {
    await place.close();
  }
}
