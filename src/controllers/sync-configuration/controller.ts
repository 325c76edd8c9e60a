import type { SyncConfiguration, TenantPair, UserProjection } from '../../api/kinds.ts';
import type { SyncConfigurationStatus } from '../../api/generated.ts';
import type { Reason } from '../../api/reasons.ts';
import { durationMs, timestamp } from '../../core/duration.ts';
import { directoryFailure } from '../../core/errors/directory-error.ts';
import { retryPause } from '../../core/errors/retry.ts';
import { isDirectoryExtension } from '../../core/mapping/source-attributes.ts';
import { findCondition } from '../../core/status/conditions.ts';
import { priorities, type Reconcile, type ReconcileContext, type ReconcileResult } from '../../ports/reconcile.ts';
import { keyString, parseKey } from '../../ports/resources.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import { objectReference } from '../shared/report.ts';
import { cycleFailure } from './cycle-failure.ts';
import { runCycle, type CycleEnd } from './cycle.ts';
import type { CycleFailure, CycleRun } from './cycle-run.ts';
import { handleDecision } from './decisions.ts';
import { deprovision, keepFinalizer } from './deprovision.ts';
import { newMemory, type Memory } from './memory.ts';
import { hasAccount, projectionsOf } from './removals.ts';
import { echoOf, requestsOf, restartAsked } from './requests.ts';
import { evaluationRevision } from './revision.ts';
import { nextAt, nextKind, recordsMissing, untilDue, untilNext, type Timetable } from './schedule.ts';
import { writeStatus, type Standing } from './status.ts';
import { currentCycle, describe, resolvedScope, summaryOf } from './summary.ts';
import { isDeltaExpired, sourceSelect } from './users-round.ts';
import { compileSpec } from './validate.ts';

/** A cycle under way tells how far it is after this time, and then this often. */
const progressMs = 5000;
const historyLength = 10;

/** Reconciles SyncConfigurations: runs their cycles, step by step, and says how they stand. */
export function syncConfigurationReconciler(deps: Dependencies): Reconcile {
  const memories = new Map<string, Memory>();
  return async (key, context) => {
    const configuration = deps.configurations.lister.get(parseKey(key));
    if (!configuration || configuration.metadata.deletionTimestamp !== undefined) {
      memories.delete(key);
      deps.tracker.end(key);
      if (configuration) return isOurs(deps, configuration) ? deprovision(deps, configuration, key, context.signal) : {};
      await sweep(deps, key, context.signal);
      return {};
    }
    // Another replica goes on with it: what is known here is out of date by the time this one looks after it again.
    if (!isOurs(deps, configuration)) {
      memories.delete(key);
      deps.tracker.end(key);
      return {};
    }
    let memory = memories.get(key);
    if (memory?.uid !== configuration.metadata.uid) {
      memory = newMemory(configuration.metadata.uid);
      memories.set(key, memory);
    }
    const kept = await keepFinalizer(deps, configuration, context.signal);
    return new ConfigurationReconcile(deps, key, kept, memory, context).run();
  };
}

/** Whether this replica looks after a configuration; the first shard's owner speaks for those whose pair is missing. */
function isOurs(deps: Dependencies, { metadata, spec }: SyncConfiguration): boolean {
  const pair = deps.pairs.lister.get({ namespace: metadata.namespace, name: spec.tenantPairRef.name });
  return deps.shards.holds(pair ? deps.shards.shardOf(pair.spec.target.tenantId) : 0);
}

/** Deletes the records of a configuration that is gone; the people stay (A10). */
async function sweep(deps: Dependencies, key: string, signal: AbortSignal): Promise<void> {
  const isDue = ({ metadata, spec }: UserProjection): boolean =>
    metadata.deletionTimestamp === undefined && deps.shards.holds(deps.shards.shardOf(spec.target.tenantId));
  const records = deps.projections.lister.byIndex('configuration', key).filter(isDue);
  // The cache may lag behind, as after a failover: a configuration that it does not show may well be there.
  if (records.length === 0 || (await deps.configurations.writer.getLive(parseKey(key), signal))) return;
  for (const record of records) {
    if (isDue(record)) await deps.projections.writer.delete(record.metadata, { uid: record.metadata.uid, signal });
  }
}

/** One reconcile of one configuration. */
class ConfigurationReconcile {
  readonly #deps: Dependencies;
  readonly #key: string;
  readonly #configuration: SyncConfiguration;
  readonly #memory: Memory;
  readonly #context: ReconcileContext;

  constructor(deps: Dependencies, key: string, configuration: SyncConfiguration, memory: Memory, context: ReconcileContext) {
    this.#deps = deps;
    this.#key = key;
    this.#configuration = configuration;
    this.#memory = memory;
    this.#context = context;
  }

  async run(): Promise<ReconcileResult> {
    const configuration = this.#configuration;
    if (configuration.spec.suspend) return this.#stop({ type: 'Suspended' });
    const compiled = compileSpec(configuration);
    if ('message' in compiled) return this.#stop({ type: 'Stalled', ...compiled });
    const pair = this.#deps.pairs.lister.get({ namespace: configuration.metadata.namespace, name: configuration.spec.tenantPairRef.name });
    if (!pair) {
      return this.#stop({
        type: 'NotReady',
        reason: 'TenantPairNotFound',
        message: `TenantPair ${configuration.spec.tenantPairRef.name} does not exist in this namespace. Create it.`,
      });
    }
    const session = this.#deps.sessions.get(keyString(pair.metadata));
    if (pair.metadata.deletionTimestamp !== undefined)
      return this.#stop({ type: 'NotReady', reason: 'TenantPairNotReady', message: `TenantPair ${pair.metadata.name} is being deleted.` });
    if (pair.spec.suspend)
      return this.#stop({ type: 'NotReady', reason: 'Suspended', message: `TenantPair ${pair.metadata.name} is suspended.` });
    if (!session?.verdict.ready) return this.#stopForPair(pair, session?.verdict);
    if (await handleDecision(this.#deps, configuration, this.#context.signal)) return { requeueAfterMs: 0 };
    return this.#cycle(pair, () => this.#newRun(pair, session, compiled));
  }

  /** No cycle may run now: drops the one under way and says why. What was asked for is echoed, for it has been answered. */
  async #stop(standing: Standing): Promise<ReconcileResult> {
    const active = this.#memory.active;
    if (active) {
      this.#memory.active = undefined;
      this.#deps.tracker.end(this.#key);
    }
    // A verdict to stage outlives the cycle that reached it.
    const dropped = active && active.run.guard?.result !== 'Staged';
    const answered = standing.type === 'Stalled' || standing.type === 'Suspended' ? echoOf(requestsOf(this.#configuration)) : {};
    // While the pair is not ready nobody can say when the next cycle begins.
    const unknown = standing.type === 'NotReady' ? { nextCycleAt: undefined } : {};
    await this.#write(standing, { ...answered, ...unknown, ...(dropped ? { currentCycle: undefined } : {}) });
    return {};
  }

  /** The pair is not ready. While this process has not checked it, there is nothing to say; its check brings the configuration back. */
  async #stopForPair(pair: TenantPair, verdict: CycleRun['session']['verdict'] | undefined): Promise<ReconcileResult> {
    const shown = findCondition(pair.status.conditions, 'Ready');
    const known = verdict?.ready === false ? verdict : shown?.status === 'False' ? { ...shown, reason: shown.reason as Reason } : undefined;
    if (!known) return {};
    const message = `TenantPair ${pair.metadata.name} is not ready: ${known.message}`;
    return this.#stop({ type: 'NotReady', reason: known.reason, message });
  }

  get #timetable(): Timetable {
    return { deps: this.#deps, key: this.#key, configuration: this.#configuration, memory: this.#memory };
  }

  async #cycle(pair: TenantPair, begin: () => CycleRun): Promise<ReconcileResult> {
    const memory = this.#memory;
    // A cycle of another generation is dropped at once; what it has projected so far is evaluated anew.
    if (memory.active && memory.active.run.configuration.metadata.generation !== this.#configuration.metadata.generation) {
      memory.active = undefined;
      this.#deps.tracker.end(this.#key);
    }
    if (!memory.active) {
      const waitMs = untilDue(this.#timetable);
      if (waitMs > 0) return this.#idle(waitMs);
      const run = begin();
      memory.active = { run, steps: runCycle(run), end: undefined, progressAt: run.startedMonotonic + progressMs };
      this.#deps.tracker.begin(this.#key, run.id, run.startedMonotonic);
    }
    const { active } = memory;
    return active.end ? this.#settle(active.run, active.end) : this.#step(active);
  }

  /** Nothing to do until the next cycle, except to keep the counts true. */
  async #idle(waitMs: number): Promise<ReconcileResult> {
    const { lastCycle, watermark } = this.#configuration.status;
    // A change of the interval moves the next cycle; after a failure its pause decides.
    const moved =
      this.#memory.failure || lastCycle?.startedAt === undefined
        ? {}
        : { nextCycleAt: nextAt(this.#deps, this.#configuration, lastCycle.startedAt, watermark) };
    await this.#write(this.#memory.failure ?? { type: 'Ready' }, { currentCycle: undefined, ...moved });
    return { requeueAfterMs: waitMs, priority: priorities.update };
  }

  #newRun(pair: TenantPair, session: CycleRun['session'], compiled: Pick<CycleRun, 'mappings' | 'filter'>): CycleRun {
    const kind = nextKind(this.#timetable);
    if (kind !== 'Incremental') this.#memory.memberships.clear();
    const interrupted = this.#configuration.status.currentCycle;
    return {
      ...compiled,
      deps: this.#deps,
      id: this.#deps.random.uuid(),
      kind,
      configuration: this.#configuration,
      configurationKey: this.#key,
      pair,
      session,
      revision: evaluationRevision(this.#configuration),
      startedAt: this.#deps.clock.now(),
      startedMonotonic: this.#deps.clock.monotonic(),
      answers: requestsOf(this.#configuration),
      memberships: this.#memory.memberships,
      stagingBegun: interrupted?.guard?.result === 'Staged' && (interrupted.phase === 'Guarding' || interrupted.phase === 'Projecting'),
      signal: this.#context.signal,
      phase: 'Checking',
      usersRead: 0,
      writes: 0,
      skipped: new Map(),
      blocks: new Map(),
      inScope: new Set(),
      candidates: new Set(),
      unconfirmed: new Map(),
      announcedGone: new Set(),
      lost: this.#deps.tracker.lostOf(this.#key),
      liveBefore: projectionsOf({ deps: this.#deps, configurationKey: this.#key }).filter(hasAccount).length,
      emptied: false,
      guard: undefined,
      resolvedScope: { users: [], groups: [] },
      applicationGroups: new Map(),
    };
  }

  async #step(active: NonNullable<Memory['active']>): Promise<ReconcileResult> {
    const { run } = active;
    run.signal = this.#context.signal;
    try {
      const step = await active.steps.next();
      if (!step.done) {
        if (this.#deps.clock.monotonic() >= active.progressAt) {
          active.progressAt = this.#deps.clock.monotonic() + progressMs;
          await this.#write(this.#working(), { currentCycle: currentCycle(run) });
        }
        return { requeueAfterMs: step.value.waitMs };
      }
      active.end = step.value;
      this.#deps.tracker.decided(this.#key, run.lost);
      this.#memory.failures = 0;
      this.#memory.failure = undefined;
      this.#memory.notBefore = 0;
      this.#memory.forceFull = false;
      this.#memory.cycles += 1;
      run.phase = 'Settling';
      return await this.#settle(run, step.value);
    } catch (error) {
      return await this.#failed(run, error);
    }
  }

  /**
   * Before its first completed cycle a generation is being worked on; afterwards cycles run without changing Ready, and what failed
   * stays failed until a cycle has succeeded.
   */
  #working(): Standing {
    const { status, metadata } = this.#configuration;
    const progressing: Standing = { type: 'Working', reason: 'Progressing', message: 'A cycle is under way.' };
    if (status.observedGeneration !== metadata.generation) return progressing;
    if (this.#memory.failure) return this.#memory.failure;
    const ready = findCondition(status.conditions, 'Ready');
    return ready?.status === 'True' || ready?.reason === 'DeletionsStaged' ? { type: 'Ready' } : progressing;
  }

  /** The watermark moves as soon as everything is recorded; the cycle ends when what it changed was handled once. */
  async #settle(run: CycleRun, end: CycleEnd): Promise<ReconcileResult> {
    const open = this.#deps.tracker.openCount(this.#key);
    const now = this.#deps.clock.now();
    const overdue = now - run.startedAt >= durationMs(this.#configuration.spec.interval);
    if (open > 0 && !overdue) {
      const advanced =
        this.#configuration.status.watermark?.users === end.watermark.users &&
        this.#configuration.status.currentCycle?.phase === 'Settling';
      const active = this.#memory.active;
      if (!advanced || (active && this.#deps.clock.monotonic() >= active.progressAt)) {
        if (active) active.progressAt = this.#deps.clock.monotonic() + progressMs;
        await this.#write(this.#working(), {
          watermark: end.watermark,
          resolvedScope: resolvedScope(run),
          currentCycle: currentCycle(run),
        });
      }
      return { requeueAfterMs: 1000 };
    }
    await this.#complete(run, end, now);
    const nextMs = untilNext(this.#deps, this.#configuration, run.startedAt, end.watermark);
    return { requeueAfterMs: this.#askedMeanwhile(run) ? 0 : nextMs, priority: priorities.update };
  }

  /** Whether somebody has asked for a cycle since this one began. */
  #askedMeanwhile(run: CycleRun): boolean {
    const { requestedAt, restartedAt } = requestsOf(this.#configuration);
    return requestedAt !== run.answers.requestedAt || restartedAt !== run.answers.restartedAt;
  }

  async #complete(run: CycleRun, end: CycleEnd, now: number): Promise<void> {
    const counts = this.#deps.tracker.current(this.#key)?.counts ?? { operations: {}, planned: {} };
    const failures = counts.operations.failure ?? 0;
    const summary = summaryOf(run, now, failures > 0 ? 'EntryLevelErrors' : 'Succeeded', counts);
    const changed = run.writes > 0 || Object.keys(counts.operations).length > 0;
    const { status } = this.#configuration;
    await this.#write(
      { type: 'Ready' },
      {
        watermark: end.watermark,
        resolvedScope: resolvedScope(run),
        currentCycle: undefined,
        lastCycle: summary,
        nextCycleAt: nextAt(this.#deps, this.#configuration, timestamp(run.startedAt), end.watermark),
        ...echoOf(run.answers),
        ...(changed ? { history: [summary, ...(status.history ?? [])].slice(0, historyLength) } : {}),
      },
    );
    this.#memory.active = undefined;
    this.#deps.tracker.end(this.#key);
    this.#measure(run, summary.result ?? 'Succeeded', now);
    if (changed) {
      this.#deps.events.emit(objectReference(this.#configuration), {
        type: 'Normal',
        reason: 'CycleCompleted',
        action: 'Cycle',
        note: describe(run, counts.operations),
      });
    }
  }

  #measure(run: CycleRun, result: string, now: number): void {
    const labels = { namespace: this.#configuration.metadata.namespace, configuration: this.#configuration.metadata.name, kind: run.kind };
    this.#deps.metrics.cyclesTotal.inc({ ...labels, result });
    this.#deps.metrics.cycleDuration.observe(labels, (this.#deps.clock.monotonic() - run.startedMonotonic) / 1000);
    this.#context.logger.info('Cycle ended', {
      cycle: run.id,
      kind: run.kind,
      result,
      durationMs: now - run.startedAt,
      usersRead: run.usersRead,
      projectionsWritten: run.writes,
    });
  }

  async #failed(run: CycleRun, error: unknown): Promise<ReconcileResult> {
    this.#memory.active = undefined;
    this.#deps.tracker.end(this.#key);
    this.#memory.memberships.clear();
    // A link that the source does not take any more, for whatever reason, is of no use: everything is read anew.
    if (run.kind === 'Incremental' && (isDeltaExpired(error) || directoryFailure(error, 'InvalidRequest'))) {
      this.#memory.forceFull = true;
      this.#context.logger.info('Delta token expired; a full read follows', { cycle: run.id });
      return { requeueAfterMs: 0 };
    }
    const failure = cycleFailure(error, sourceSelect(run).filter(isDirectoryExtension));
    // What was cut short by a shutdown says nothing about the source.
    if (!failure || this.#context.signal.aborted) throw error;
    // The credentials and permissions are the pair's matter.
    if (directoryFailure(error, 'Unauthenticated', 'Forbidden')) this.#deps.enqueue.pair(keyString(run.pair.metadata));
    const now = this.#deps.clock.now();
    const result = failure.stopped ? 'Stopped' : 'Failed';
    const restarting = restartAsked(this.#configuration, run.answers);
    this.#memory.failures += 1;
    const pause = Math.min(retryPause(this.#memory.failures), Math.max(60_000, durationMs(this.#configuration.spec.interval)));
    this.#memory.notBefore = this.#deps.clock.monotonic() + pause;
    this.#memory.failure = failedStanding(failure);
    await this.#write(this.#memory.failure, {
      currentCycle: run.guard?.result === 'Staged' ? currentCycle(run) : undefined,
      lastCycle: { ...summaryOf(run, now, result, { operations: {}, planned: {} }), reason: failure.reason },
      // A restart that failed is answered all the same; the full cycle it asked for is still owed.
      ...(restarting ? { watermark: undefined } : {}),
      nextCycleAt: timestamp(now + pause),
      ...echoOf(run.answers),
    });
    this.#measure(run, result, now);
    return { requeueAfterMs: this.#askedMeanwhile(run) ? 0 : pause, priority: priorities.update };
  }

  async #write(
    standing: Standing,
    changes: { readonly [K in keyof SyncConfigurationStatus]?: SyncConfigurationStatus[K] | undefined },
  ): Promise<void> {
    const projections = projectionsOf({ deps: this.#deps, configurationKey: this.#key });
    // Only the counts tell that records are missing, and this brings them up to date: the full read is still owed if the process ends.
    const owed = recordsMissing(this.#timetable) ? { watermark: undefined } : {};
    await writeStatus(
      this.#deps,
      this.#configuration,
      projections,
      standing,
      { ...owed, ...changes } as Partial<SyncConfigurationStatus>,
      this.#context.signal,
    );
  }
}

const failedStanding = (failure: CycleFailure): Standing => ({
  type: failure.stalled ? 'Stalled' : 'NotReady',
  reason: failure.reason,
  message: failure.message,
});
