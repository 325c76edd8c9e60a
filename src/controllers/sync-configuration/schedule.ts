import type { SyncConfiguration } from '../../api/kinds.ts';
import type { SyncConfigurationStatus } from '../../api/generated.ts';
import { durationMs, timestamp } from '../../core/duration.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import type { CycleKind } from './cycle-run.ts';
import { projectionsOf } from './projections.ts';
import { requestsOf, restartAsked } from './requests.ts';
import { evaluationRevision } from './revision.ts';
import type { Work } from './work.ts';

/** The next cycle comes sooner when an announced change was not visible yet. */
const unconfirmedPauseMs = 30_000;

type Watermark = SyncConfigurationStatus['watermark'];

/** Milliseconds until the next cycle begins; 0 when one is due. */
export function untilDue(work: Work): number {
  const { deps, configurationKey, configuration, memory } = work;
  const { status } = configuration;
  const requests = requestsOf(configuration);
  if (requests.requestedAt !== undefined && requests.requestedAt !== status.lastHandledReconcileAt) return 0;
  if (restartAsked(configuration, requests)) return 0;
  const heldBackMs = memory.notBefore - deps.clock.monotonic();
  if (heldBackMs > 0) return heldBackMs;
  if (deps.tracker.isCycleRequested(configurationKey) || recordsMissing(work)) return 0;
  // A cycle was interrupted before everything was recorded.
  if (status.currentCycle && status.currentCycle.phase !== 'Settling') return 0;
  if (status.watermark?.revision !== evaluationRevision(configuration) || status.lastCycle?.startedAt === undefined) return 0;
  if (status.lastCycle.result === 'Failed' || status.lastCycle.result === 'Stopped') return 0;
  return untilNext(deps, configuration, Date.parse(status.lastCycle.startedAt), status.watermark);
}

/** Milliseconds until the cycle after one that began at `startedAt`; at once if the clock was set back behind that. */
export function untilNext(deps: Dependencies, configuration: SyncConfiguration, startedAt: number, watermark: Watermark): number {
  const elapsedMs = deps.clock.now() - startedAt;
  return elapsedMs < 0 ? 0 : Math.max(0, pauseOf(configuration, watermark) - elapsedMs);
}

/** When the cycle after the one that began at `startedAt` is due, as status shows it. */
export function nextAt(deps: Dependencies, configuration: SyncConfiguration, startedAt: string, watermark: Watermark): string {
  return timestamp(Math.max(deps.clock.now(), Date.parse(startedAt) + pauseOf(configuration, watermark)));
}

/** From the start of one cycle to the next: shorter while changes wait to become visible. */
function pauseOf(configuration: SyncConfiguration, watermark: Watermark): number {
  const interval = durationMs(configuration.spec.interval);
  return (watermark?.unconfirmed?.length ?? 0) > 0 ? Math.min(interval, unconfirmedPauseMs) : interval;
}

/** Which kind of cycle comes next. */
export function nextKind(work: Work): CycleKind {
  const { configuration, memory } = work;
  const { status } = configuration;
  if (status.watermark?.users === undefined)
    return status.lastCycle === undefined || status.lastCycle.kind === 'Initial' ? 'Initial' : 'Full';
  const full =
    restartAsked(configuration, requestsOf(configuration)) ||
    recordsMissing(work) ||
    memory.forceFull ||
    status.watermark.revision !== evaluationRevision(configuration);
  return full ? 'Full' : 'Incremental';
}

/** After a start: fewer people have records than when the counts were last written, so some were deleted meanwhile. */
export function recordsMissing(work: Work): boolean {
  const { configuration, memory } = work;
  if (memory.cycles > 0) return false;
  return projectionsOf(work).filter(({ spec }) => spec.lifecycle === 'Present').length < (configuration.status.users?.inScope ?? 0);
}
