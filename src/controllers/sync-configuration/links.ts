import { parseKept, recalled, referred, refersToKept, stillNamed, type LinksById, type NamedLinks } from '../../core/cycle/watermark.ts';
import { KubeError } from '../../ports/resources.ts';
import { call, type CycleRun, type Steps } from './cycle-run.ts';

/** The links that an incremental cycle goes on from, and what is kept of them outside of the status. */
export interface Recalled {
  readonly links: NamedLinks;
  readonly kept: LinksById;
}

/** The links of the round before. None for a cycle that reads everything: it asks for new ones. */
export async function* recallLinks(run: CycleRun): Steps<Recalled> {
  const { watermark = {} } = run.configuration.status;
  if (run.kind !== 'Incremental') return { links: {}, kept: {} };
  const kept = refersToKept(watermark) ? stillNamed(watermark, parseKept(yield* readKept(run))) : {};
  return { links: recalled(watermark, kept), kept };
}

async function* readKept(run: CycleRun): Steps<string | undefined> {
  try {
    return yield* call(run, () => run.deps.links.read(run.configurationKey, run.turn.signal));
  } catch (error) {
    // Links that may not be read are as good as lost: everything is read.
    if (error instanceof KubeError && error.kind === 'Forbidden') return undefined;
    throw error;
  }
}

/**
 * Keeps the long links outside of the status, before it names them. Where that cannot be, they stand in the status as far as they fit. A cycle that was
 * told nothing leaves the links as they are: the next one goes on from the same place, and has written one status (I7).
 */
export async function keepLinks(run: CycleRun, links: NamedLinks, before: Recalled): Promise<NamedLinks> {
  const { deps, configurationKey, turn } = run;
  const shown = run.configuration.status.watermark ?? {};
  if (run.kind === 'Incremental' && !run.findings.heard && refersToKept(shown) && areAllThere(shown, before.links))
    return { users: shown.users, groups: shown.groups, projectedGroups: shown.projectedGroups };
  const found = referred(links, before.kept);
  if (found === undefined) return links;
  try {
    await deps.links.write(configurationKey, JSON.stringify(found.kept), turn.signal);
    return found.shown;
  } catch (error) {
    if (!(error instanceof KubeError) || turn.signal.aborted) throw error;
    deps.logger.debug('Delta links could not be kept outside of the status', { configuration: configurationKey, kind: error.kind });
    return links;
  }
}

const areAllThere = (shown: NamedLinks, links: NamedLinks): boolean =>
  (['users', 'groups', 'projectedGroups'] as const).every((name) => (shown[name] === undefined) === (links[name] === undefined));
