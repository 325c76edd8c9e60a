import { patienceMs } from '../../core/cycle/progress.ts';
import { durationMs, timestamp } from '../../core/duration.ts';
import type { ReconcileResult } from '../../ports/reconcile.ts';
import { KubeError, type KubeFailureKind } from '../../ports/resources.ts';
import type { ActiveCycle } from './memory.ts';
import { standingDuringCycle, type ConfigurationStanding } from './status.ts';
import { currentCycle, progressOf } from './summary.ts';
import { report, type Work } from './work.ts';

/** A cycle under way tells how far it is after this time, and then this often. */
export const progressMs = 5000;

const passing: ReadonlySet<KubeFailureKind> = new Set(['Unavailable', 'TooManyRequests', 'Conflict']);

/** Whether a write to the cluster that failed may succeed when it is repeated as it is. */
export function passes(error: unknown): boolean {
  return error instanceof KubeError && passing.has(error.kind);
}

/**
 * Waits until the next step of a cycle is due, which may be at once. Meanwhile the status tells how far the cycle is, and, when it has
 * not come on for long, that it has not: a source that throttles for ever must not look like one that is read.
 */
export async function awaitStep(work: Work, active: ActiveCycle): Promise<ReconcileResult> {
  const { clock } = work.deps;
  const now = clock.monotonic();
  const count = active.run.turn.progress + active.run.findings.writes;
  if (count !== active.progress.count) active.progress = { count, at: now };
  const stuckAt = active.progress.at + patienceMs(durationMs(work.configuration.spec.interval));
  const stuck = now >= stuckAt;
  if (stuck !== active.stuck || now >= active.progressAt) {
    active.stuck = stuck;
    active.progressAt = now + progressMs;
    await tell(work, active, stuck ? withoutProgress(clock.now() - (now - active.progress.at)) : undefined);
  }
  const stepMs = Math.max(0, active.resumeAt - now);
  return { requeueAfterMs: stuck ? stepMs : Math.min(stepMs, stuckAt - now) };
}

/** A status that cannot be written just now is no reason to begin the cycle anew. */
async function tell(work: Work, { run }: ActiveCycle, stuck: ConfigurationStanding | undefined): Promise<void> {
  const { configuration } = work;
  const cycle = currentCycle(run);
  const standing = stuck ?? standingDuringCycle(configuration, configuration.status.failures, progressOf(cycle));
  try {
    await report(work, standing, { currentCycle: cycle });
  } catch (error) {
    if (!passes(error)) throw error;
  }
}

function withoutProgress(since: number): ConfigurationStanding {
  return {
    type: 'Failed',
    reason: 'NoProgress',
    message: `The cycle under way has read nothing new and written nothing since ${timestamp(since)}. Nothing is deleted; it goes on by itself as soon as it is answered.`,
  };
}
