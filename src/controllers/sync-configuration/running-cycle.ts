import { oneMoreFailure } from '../../core/cycle/failures.ts';
import { looksAtAccounts, restartAsked, withoutLinks, type CycleKind, type NextCycle } from '../../core/cycle/schedule.ts';
import { durationMs, timestamp } from '../../core/duration.ts';
import { directoryFailure } from '../../core/errors/directory-error.ts';
import { isDirectoryExtension } from '../../core/mapping/source-attributes.ts';
import { breather } from '../../ports/clock.ts';
import { priorities, type ReconcileResult } from '../../ports/reconcile.ts';
import { keyString } from '../../ports/resources.ts';
import { nothingCounted } from '../shared/cycle-tracker.ts';
import { objectReference } from '../shared/skeleton.ts';
import { cycleFailure } from './cycle-failure.ts';
import { runCycle, type CycleEnd } from './cycle.ts';
import { CycleFailure, type Admitted, type CycleRun } from './cycle-run.ts';
import { Findings } from './findings.ts';
import { withCycle, withoutZeros } from './approved.ts';
import type { ActiveCycle } from './memory.ts';
import { awaitStep, passes, progressMs } from './progress.ts';
import { countOf, liveOf } from './projections.ts';
import { quarantineAfter } from './quarantine.ts';
import { askedSince, echoOf, requestsOf } from './requests.ts';
import { evaluationRevision } from '../../core/cycle/fingerprint.ts';
import { scheduleOf } from './schedule.ts';
import { isMiscounted, standingAfter, standingDuringCycle, type StatusChanges } from './status.ts';
import { currentCycle, describe, progressOf, resolvedScope, summaryOf } from './summary.ts';
import { isDeltaExpired, sourceSelect } from './read/users-round.ts';
import { plannedNow } from './remove/plan-verdict.ts';
import { report, type Work } from './work.ts';

/** Makes a new cycle the one under way; nothing of it has run yet. */
export function beginCycle(work: Work, admitted: Admitted, kind: CycleKind): ActiveCycle {
  const run = newRun(work, admitted, kind);
  const now = run.startedMonotonic;
  const active: ActiveCycle = {
    run,
    steps: runCycle(run),
    end: undefined,
    closing: undefined,
    progressAt: now + progressMs,
    resumeAt: now,
    progress: { count: 0, at: now },
    stuck: false,
  };
  work.memory.active = active;
  work.deps.tracker.begin(work.configurationKey, run.id, run.startedMonotonic);
  return active;
}

/** Lets go of the cycle under way, if there is one, as it is. */
export function dropCycle({ deps, configurationKey, memory }: Work): void {
  // Changes of groups that it has taken in were not decided about: the next cycle would not see them any more.
  if (memory.active && !memory.active.end) memory.memberships.clear();
  memory.active = undefined;
  deps.tracker.end(configurationKey);
}

/**
 * Takes a cycle one step further, and ends it when it is done or has failed: then its outcome is in the status. Rejects with KubeError,
 * with errors of the program itself, and with whatever a shutdown has cut short.
 */
export async function continueCycle(work: Work, active: ActiveCycle): Promise<ReconcileResult> {
  const { deps, context, memory } = work;
  const { run } = active;
  run.turn.signal = context.signal;
  try {
    if (!active.end && deps.clock.monotonic() >= active.resumeAt) {
      const step = await active.steps.next();
      noteRead(work, run);
      if (!step.done) active.resumeAt = deps.clock.monotonic() + step.value.waitMs;
      else {
        active.end = step.value;
        deps.tracker.decided(work.configurationKey, run.lost);
        deps.confirmations.decided(work.configurationKey, run.reconsidered);
        memory.cycles += 1;
        run.findings.enter('Settling');
      }
    }
    return await (active.end ? settle(work, active, active.end) : awaitStep(work, active));
  } catch (error) {
    // Everything is recorded: only the status is still to be written.
    if (active.end && passes(error)) throw error;
    return await fail(work, run, error);
  }
}

/** How far a cycle has read: a full one looks at everybody who has a record, others at whom the source has told of. */
function noteRead({ deps, configurationKey }: Work, { kind, findings }: CycleRun): void {
  const known = kind === 'Incremental' ? 0 : countOf({ deps, configurationKey }, 'All');
  deps.tracker.noteRead(configurationKey, { decided: findings.decided, expected: Math.max(known, findings.usersRead) });
}

/** A run over the source that has found nothing yet. */
export function newRun(work: Work, admitted: Admitted, kind: CycleKind): CycleRun {
  const { deps, configuration, configurationKey, memory } = work;
  if (kind !== 'Incremental') memory.memberships.clear();
  const interrupted = configuration.status.currentCycle;
  const live = liveOf({ deps, live: admitted.live });
  return {
    ...admitted,
    deps,
    id: deps.random.uuid(),
    kind,
    configuration,
    configurationKey,
    revision: evaluationRevision(configuration.spec),
    startedAt: deps.clock.now(),
    startedMonotonic: deps.clock.monotonic(),
    looksAtAccounts: looksAtAccounts({
      now: deps.clock.now(),
      status: configuration.status,
      fullIntervalMs: durationMs(configuration.spec.fullInterval),
      requests: requestsOf(configuration),
      previews: configuration.spec.previewOf !== undefined,
    }),
    answers: requestsOf(configuration),
    memberships: memory.memberships,
    stagingBegun: interrupted?.guard?.result === 'Staged' && (interrupted.phase === 'Guarding' || interrupted.phase === 'Projecting'),
    breathe: breather(deps.clock),
    turn: { signal: work.context.signal, progress: 0 },
    lost: deps.tracker.lostOf(configurationKey),
    reconsidered: deps.confirmations.reconsideredOf(configurationKey),
    findings: new Findings({ live: countOf(live, 'WithAccount'), found: countOf(live, 'Found') }),
  };
}

/** The watermark moves as soon as everything is recorded; the cycle ends when what it changed was handled once. */
async function settle(work: Work, active: ActiveCycle, end: CycleEnd): Promise<ReconcileResult> {
  const { deps, configuration } = work;
  const { run } = active;
  const open = deps.tracker.openCount(work.configurationKey);
  const now = deps.clock.now();
  const overdue = deps.clock.monotonic() - run.startedMonotonic >= durationMs(configuration.spec.interval);
  if (open > 0 && !overdue) {
    const cycle = currentCycle(run);
    const isDue = deps.clock.monotonic() >= active.progressAt;
    if (isToldNow(run, { shown: configuration.status.currentCycle, cycle, isDue }) || (isDue && isMiscounted(deps, configuration))) {
      active.progressAt = deps.clock.monotonic() + progressMs;
      await report(work, standingDuringCycle(configuration, undefined, progressOf(cycle)), {
        failures: undefined,
        ...readEverything(run),
        watermark: end.watermark,
        resolvedScope: resolvedScope(run),
        resolvedGroups: run.findings.resolvedGroups,
        warnings: run.findings.warnings,
        currentCycle: cycle,
      });
    }
    return { requeueAfterMs: 1000 };
  }
  const planned = await (active.closing ??= plannedNow(run)).next();
  if (!planned.done) return { requeueAfterMs: planned.value.waitMs };
  const next = await complete(work, { run, planned: planned.value }, end, now);
  return { requeueAfterMs: Math.max(0, next.at - now), priority: priorities.update };
}

interface Telling {
  readonly shown: StatusChanges['currentCycle'];
  readonly cycle: NonNullable<StatusChanges['currentCycle']>;
  readonly isDue: boolean;
}

/** Whether a settling cycle is told of. One that has recorded nothing new only looks at groups, and is told of when it takes its time. */
function isToldNow(run: CycleRun, { shown, cycle, isDue }: Telling): boolean {
  if (shown?.id !== run.id || shown.phase !== 'Settling') return run.findings.writes > 0 || isDue;
  return isDue && (shown.written !== cycle.written || shown.pending !== cycle.pending || shown.limitedBy !== cycle.limitedBy);
}

/** When everything was last read, if this cycle has done so. */
const readEverything = (run: CycleRun): StatusChanges =>
  run.kind === 'Incremental' || !run.looksAtAccounts ? {} : { lastFullCycleAt: timestamp(run.startedAt) };

interface Completed {
  readonly run: CycleRun;
  readonly planned: NonNullable<StatusChanges['lastCycle']>['planned'];
}

async function complete(work: Work, { run, planned }: Completed, end: CycleEnd, now: number): Promise<NextCycle> {
  const { deps, configuration } = work;
  const counts = deps.tracker.current(work.configurationKey)?.counts ?? nothingCounted();
  const failures = (counts.operations.failure ?? 0) + (counts.groupOperations.failure ?? 0);
  const summary = summaryOf(run, now, {
    result: failures > 0 ? 'EntryLevelErrors' : 'Succeeded',
    counts,
    ...(planned === undefined ? {} : { planned }),
  });
  const past = { ...summary, operations: withoutZeros(summary.operations ?? {}) };
  const changed = run.findings.writes > 0 || Object.keys({ ...counts.operations, ...counts.groupOperations }).length > 0;
  const changes = {
    failures: undefined,
    quarantine: quarantineAfter(work),
    ...readEverything(run),
    watermark: end.watermark,
    resolvedScope: resolvedScope(run),
    resolvedGroups: run.findings.resolvedGroups,
    warnings: run.findings.warnings,
    currentCycle: undefined,
    lastCycle: summary,
    ...echoOf(run.answers),
    ...(changed ? { history: withCycle(configuration.status.history ?? [], past) } : {}),
  };
  const next = scheduleOf(work, changes);
  await report(work, { type: 'Done' }, { ...changes, nextCycleAt: timestamp(Math.max(now, next.at)) });
  dropCycle(work);
  measure(work, run, summary.result ?? 'Succeeded', now);
  if (changed) {
    deps.events.emit(objectReference(configuration), {
      type: 'Normal',
      reason: 'CycleCompleted',
      action: 'Cycle',
      note: describe(run, { counts, planned }),
    });
  }
  return next;
}

async function fail(work: Work, run: CycleRun, error: unknown): Promise<ReconcileResult> {
  const { configuration, context, memory } = work;
  dropCycle(work);
  memory.memberships.clear();
  // A link that the source does not take any more, for whatever reason, is of no use: everything is read anew.
  if (run.kind === 'Incremental' && (isDeltaExpired(error) || directoryFailure(error, 'InvalidRequest'))) {
    context.logger.info('Delta token expired; a full read follows', { cycle: run.id });
    const { failures, watermark } = configuration.status;
    await report(work, standingDuringCycle(configuration, failures), { currentCycle: undefined, watermark: withoutLinks(watermark) });
    return { requeueAfterMs: 0 };
  }
  const failure = cycleFailure(error, sourceSelect(run).filter(isDirectoryExtension));
  // By the time that a reconcile has, or by a shutdown, after which nobody asks any more.
  if (context.signal.aborted) memory.cutOff = run;
  if (!failure || context.signal.aborted) throw error;
  return recordFailure(work, run, failure, error);
}

/** A step of the cycle was cut off by the time that a reconcile has: to begin anew at once, again and again, would go unnoticed. */
export function recordCutOff(work: Work, run: CycleRun): Promise<ReconcileResult> {
  work.memory.cutOff = undefined;
  const message = 'A step of the cycle did not end within the time that a reconcile has. Nothing is deleted; the cycle is repeated.';
  return recordFailure(work, run, new CycleFailure('NoProgress', message), undefined);
}

async function recordFailure(work: Work, run: CycleRun, failure: CycleFailure, error: unknown): Promise<ReconcileResult> {
  const { deps, configuration } = work;
  // The credentials and permissions are the pair's matter.
  if (directoryFailure(error, 'Unauthenticated', 'Forbidden')) deps.enqueue.pair(keyString(run.pair.metadata));
  const now = deps.clock.now();
  const result = failure.stopped ? 'Stopped' : 'Failed';
  const restarting = restartAsked(configuration.status, run.answers);
  const before = configuration.status.observedGeneration === configuration.metadata.generation ? configuration.status.failures : undefined;
  const failures = oneMoreFailure(before, failure, durationMs(configuration.spec.interval), now);
  await report(work, standingAfter(failures), {
    failures,
    currentCycle: run.findings.verdict?.result === 'Staged' ? currentCycle(run) : undefined,
    lastCycle: { ...summaryOf(run, now, { result, counts: nothingCounted() }), reason: failure.reason },
    // A restart that failed is answered all the same; the full cycle it asked for is still owed.
    ...(restarting ? { watermark: undefined } : {}),
    nextCycleAt: failures.nextAttemptAt,
    ...echoOf(run.answers),
  });
  measure(work, run, result, now);
  const pauseMs = Date.parse(failures.nextAttemptAt ?? '') - now;
  return { requeueAfterMs: askedSince(configuration, run.answers) ? 0 : pauseMs, priority: priorities.update };
}

function measure({ deps, configuration, context }: Work, run: CycleRun, result: string, now: number): void {
  const labels = { namespace: configuration.metadata.namespace, configuration: configuration.metadata.name, kind: run.kind };
  deps.metrics.cyclesTotal.inc({ ...labels, result });
  deps.metrics.cycleDuration.observe(labels, (deps.clock.monotonic() - run.startedMonotonic) / 1000);
  context.logger.info('Cycle ended', {
    cycle: run.id,
    kind: run.kind,
    result,
    durationMs: now - run.startedAt,
    usersRead: run.findings.usersRead,
    projectionsWritten: run.findings.writes,
  });
}
