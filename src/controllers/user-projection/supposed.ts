import type { UserProjection } from '../../api/kinds.ts';
import { timestamp } from '../../core/duration.ts';
import { asIfLive, factsCompared, isPreview, liveName } from '../../core/projection/preview.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import { nothingDone, type Work } from './work.ts';

/** The record of the same person that a record of a preview is compared with; undefined where there is none. */
function liveRecord(deps: Dependencies, preview: UserProjection): UserProjection | undefined {
  const name = liveName(preview);
  return name === undefined ? undefined : deps.projections.lister.get({ namespace: preview.metadata.namespace, name });
}

/** A record as decisions about it see it: one of a preview stands as the one of the configuration itself would (G8), any other as it does. */
export function supposedRecord(deps: Dependencies, record: UserProjection): UserProjection {
  return isPreview(record) ? asIfLive(record, liveRecord(deps, record), timestamp(deps.clock.now())) : record;
}

/**
 * The work as decisions see it, with notes of its own: what a plan of a preview finds out about the account of another record is none of its
 * own facts.
 */
export function supposedWork(work: Work): Work {
  if (!isPreview(work.projection)) return work;
  const projection = supposedRecord(work.deps, work.projection);
  return { ...work, projection, status: projection.status, done: nothingDone(), steps: [], openSteps: new Set() };
}

/** What a record of a preview was compared with, as status keeps it; of any other record nothing. */
export function comparedNow(deps: Dependencies, record: UserProjection): string | undefined {
  return isPreview(record) ? factsCompared(liveRecord(deps, record)) : undefined;
}
