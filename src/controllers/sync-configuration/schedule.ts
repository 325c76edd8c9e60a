import type { SyncConfiguration } from '../../api/kinds.ts';
import type { SyncConfigurationStatus } from '../../api/generated.ts';
import { following, nextCycle, type NextCycle } from '../../core/cycle/schedule.ts';
import { durationMs, timestamp } from '../../core/duration.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import { projectionsOf } from './removals.ts';
import { requestsOf } from './requests.ts';
import { evaluationRevision } from '../../core/cycle/fingerprint.ts';
import type { Work } from './work.ts';

/** When the next cycle is due, why, and which kind, by the status and what this process knows. */
export function scheduleOf(work: Work): NextCycle {
  const { deps, configurationKey, configuration, memory } = work;
  return nextCycle({
    now: deps.clock.now(),
    status: configuration.status,
    intervalMs: durationMs(configuration.spec.interval),
    revision: evaluationRevision(configuration.spec),
    requests: requestsOf(configuration),
    heldBackMs: memory.notBefore - deps.clock.monotonic(),
    handover: deps.tracker.isCycleRequested(configurationKey),
    recordsMissing: recordsMissing(work),
    linksUseless: memory.forceFull,
  });
}

/** When the cycle after the one that began at `startedAt` is due, as status shows it. */
export function nextAt(
  deps: Dependencies,
  configuration: SyncConfiguration,
  startedAt: number,
  watermark: SyncConfigurationStatus['watermark'],
): string {
  const now = deps.clock.now();
  return timestamp(Math.max(now, following(startedAt, durationMs(configuration.spec.interval), watermark, now)));
}

/** After a start: fewer people have records than when the counts were last written, so some were deleted meanwhile. */
export function recordsMissing(work: Work): boolean {
  const { configuration, memory } = work;
  if (memory.cycles > 0) return false;
  return projectionsOf(work).filter(({ spec }) => spec.lifecycle === 'Present').length < (configuration.status.users?.inScope ?? 0);
}
