import { annotations } from '../../src/api/kinds.ts';
import { namespace } from '../support/world.ts';
import { startCount, untilSettled } from './measure.ts';
import { openSite, sleep, type Site } from './sites.ts';

/** How soon an idle operator answers requests about single users, and what an answer costs. */
export interface ExplainFigures {
  readonly users: number;
  /** So many are named in each request. */
  readonly named: number;
  readonly answers: number;
  readonly p50Ms: number;
  readonly longestMs: number;
  readonly graphReadsEach: number;
  readonly graphWrites: number;
}

const rounds = 20;
const longestWaitMs = 30_000;

/** Milliseconds from the annotation to the answer in the status. */
async function answered(site: Site, token: string, names: readonly string[]): Promise<number> {
  const begun = performance.now();
  const value = `${token}:${names.join(',')}`;
  site.kube.patch(
    { kind: 'SyncConfiguration', name: 'staff', namespace },
    { metadata: { annotations: { [annotations.explainUsers]: value } } },
  );
  while (site.configuration().status.lastHandledExplainUsers?.token !== token) {
    if (performance.now() - begun > longestWaitMs) throw new Error(`the request ${token} is not answered`);
    await sleep(5);
  }
  return performance.now() - begun;
}

/** Explains others in each round, of `users` people who have their accounts already (E4, F5). */
export async function measureExplain(users: number, named: number): Promise<ExplainFigures> {
  const site = await openSite({ users, linked: true });
  try {
    await untilSettled(site, 900);
    const count = startCount(site);
    const times: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const first = (round * named) % Math.max(1, users - named);
      times.push(await answered(site, `bench-${round}`, site.people.slice(first, first + named)));
    }
    const { graphReads, graphWrites } = count();
    const sorted = times.toSorted((a, b) => a - b).map(Math.round);
    return {
      users,
      named,
      answers: rounds,
      p50Ms: sorted[Math.floor(rounds / 2)] ?? 0,
      longestMs: sorted.at(-1) ?? 0,
      graphReadsEach: graphReads / rounds,
      graphWrites,
    };
  } finally {
    await site.stop();
  }
}
