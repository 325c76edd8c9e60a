import { nextCycle, type NextCycle } from '../../core/cycle/schedule.ts';
import { durationMs } from '../../core/duration.ts';
import { countOf } from './projections.ts';
import { heldQuarantine } from './quarantine.ts';
import { requestsOf } from './requests.ts';
import { evaluationRevision } from '../../core/cycle/fingerprint.ts';
import type { StatusChanges } from './status.ts';
import type { Work } from './work.ts';

/** When the next cycle is due, why, and which kind, by the status with `changes` and what this process knows. */
export function scheduleOf(work: Work, changes: StatusChanges): NextCycle {
  const { deps, configurationKey, configuration } = work;
  return nextCycle({
    now: deps.clock.now(),
    status: { ...configuration.status, quarantine: heldQuarantine(work), ...changes },
    intervalMs: durationMs(configuration.spec.interval),
    fullIntervalMs: durationMs(configuration.spec.fullInterval),
    revision: evaluationRevision(configuration.spec),
    requests: requestsOf(configuration),
    observed: configuration.status.observedGeneration === configuration.metadata.generation,
    previews: configuration.spec.previewOf !== undefined,
    handover: deps.tracker.isCycleRequested(configurationKey),
    recordsMissing: recordsMissing(work),
  });
}

/** After a start: fewer people have records than when the counts were last written, so some were deleted meanwhile. */
export function recordsMissing(work: Work): boolean {
  const { configuration, memory } = work;
  if (memory.cycles > 0) return false;
  return countOf(work, 'InScope') < (configuration.status.users?.inScope ?? 0);
}
