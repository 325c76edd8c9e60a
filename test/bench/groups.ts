import type { GroupProjection } from '../../src/api/kinds.ts';
import { namespace } from '../support/world.ts';
import { requestCycle, startCount, untilSettled, type Requests } from './measure.ts';
import { openSite, sleep, type Site } from './sites.ts';

/** What so many groups cost; the names are those of docs/scale.md. */
export type GroupFigures = Readonly<Record<string, number>>;

export interface GroupsOptions {
  readonly groups: number;
  /** Of all groups together. */
  readonly memberships: number;
}

const fewestPeople = 2000;
const longestMs = 1_500_000;
const quietMs = 8000;
const round = (value: number, digits = 2): number => Number(value.toFixed(digits));

/**
 * Groups of people who have their accounts already: all of them are made and filled, then cycles without changes, and one in which somebody joins a
 * group. The operator is a process of its own; tenants and API server are simulated in this one.
 */
export async function measureGroups({ groups, memberships }: GroupsOptions): Promise<GroupFigures> {
  const size = Math.round(memberships / groups);
  // One more than a group has, so that somebody is left who joins.
  const site = await openSite({ users: Math.max(fewestPeople, size + 1), linked: true, groups: true });
  try {
    await untilSettled(site, 900);
    await untilQuiet(site);
    const peopleRss = site.peakRss();
    const { people, hub } = site;
    const ids = Array.from({ length: groups }, (_, index) => {
      const members = Array.from({ length: size }, (__, at) => people[(index * 7 + at) % people.length] ?? '');
      return hub.createGroup({ displayName: `Group ${index}`, members }).id;
    });
    const count = countGroups(site);
    site.kube.patch({ kind: 'SyncConfiguration', name: 'staff', namespace }, { spec: { groups: { select: ids.map((id) => ({ id })) } } });
    await untilFilled(site, groups, size);
    const initial = count();
    const rss = site.peakRss();
    await requestCycle(site);
    const idle = await measured(site, () => requestCycle(site));
    const joined = await measured(site, async () => {
      hub.addMember(ids[0] ?? '', people[size] ?? '');
      await requestCycle(site);
      await untilFilled(site, 1, size + 1);
    });
    return {
      groups,
      memberships,
      people: people.length,
      initialSeconds: round(initial.seconds, 0),
      initialGraphReads: initial.graphReads,
      initialGraphWrites: initial.graphWrites,
      graphWritesPerMembership: round(initial.graphWrites / memberships, 3),
      initialKubernetesWrites: initial.kubernetesWrites,
      throttled: initial.throttled,
      ...named('idle', idle),
      ...named('joined', joined),
      peopleRssMb: round(peopleRss / 2 ** 20, 0),
      rssMb: round(rss / 2 ** 20, 0),
    };
  } finally {
    await site.stop();
  }
}

/** Waits until nobody asks the target for anything any more: accounts that were found are compared once more. */
async function untilQuiet({ spoke }: Site): Promise<void> {
  for (let before = -1; spoke.log.entries().length !== before;) {
    before = spoke.log.entries().length;
    await sleep(quietMs);
  }
}

const named = (name: string, { seconds, graphReads, graphWrites, kubernetesWrites }: Requests): GroupFigures => ({
  [`${name}Seconds`]: round(seconds),
  [`${name}GraphReads`]: graphReads,
  [`${name}GraphWrites`]: graphWrites,
  [`${name}KubernetesWrites`]: kubernetesWrites,
});

/** As startCount, without looks at the accounts of people, which go on for long after these were found. */
function countGroups(site: Site): () => Requests {
  const count = startCount(site);
  return () => {
    const all = count();
    return { ...all, graphReads: all.graphReads - site.spoke.log.count('GET /users/{id}') };
  };
}

async function measured(site: Site, work: () => Promise<void>): Promise<Requests> {
  const count = countGroups(site);
  await work();
  return count();
}

/** Waits until so many groups have so many members, and say so. */
async function untilFilled(site: Site, groups: number, size: number): Promise<void> {
  const end = Date.now() + longestMs;
  for (;;) {
    const records = site.kube.list('GroupProjection', { namespace }) as unknown as readonly GroupProjection[];
    const filled = records.filter(
      ({ status, metadata }) =>
        status.state === 'Provisioned' && status.observedGeneration === metadata.generation && status.members?.present === size,
    );
    if (filled.length >= groups) return;
    if (Date.now() > end) throw new Error(`${filled.length} of ${groups} groups have their members after ${longestMs / 1000} s`);
    await sleep(500);
  }
}
