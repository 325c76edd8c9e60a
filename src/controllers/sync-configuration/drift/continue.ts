import type { Reason } from '../../../api/reasons.ts';
import { driftPolicy } from '../../../core/drift/compare.ts';
import { nextPassAt, repeatPassAt } from '../../../core/drift/schedule.ts';
import { durationMs, timestamp } from '../../../core/duration.ts';
import { directoryFailure } from '../../../core/errors/directory-error.ts';
import { breather } from '../../../ports/clock.ts';
import type { TargetDirectory } from '../../../ports/directory.ts';
import type { GroupDirectory } from '../../../ports/group-directory.ts';
import { KubeError, keyString } from '../../../ports/resources.ts';
import { objectReference } from '../../shared/skeleton.ts';
import { CycleFailure, type Admitted, type Pause } from '../cycle-run.ts';
import type { ActivePass } from '../memory.ts';
import { countOf } from '../projections.ts';
import { driftText, standingAfter, standingDuringCycle, type StatusChanges } from '../status.ts';
import { report, type Work } from '../work.ts';
import { driftedGroups } from '../groups/counts.ts';
import { comparePass, forgetDrift, type Pass } from './pass.ts';

/** A pass that has waited for so long without anything new, be it a page or the end of a look, is given up and repeated later. */
const patienceMs = 60 * 60_000;

/** What a pass needs besides what a cycle does: the reading part of the target. */
export type DriftAdmitted = Pick<Admitted, 'pair' | 'mappings'> & {
  readonly target: Pick<TargetDirectory, 'tenantId' | 'usersPage'>;
  readonly groups: Pick<GroupDirectory, 'findAnchored'>;
};

/**
 * Takes the pass over the accounts one step further, or begins one that is due (E11). Returns when to go on, in milliseconds; undefined when there is
 * nothing to wait for, or when something more urgent brings the configuration back: cycles and requests go first. Rejects with KubeError and with
 * errors of the program itself.
 */
export async function continueDrift(reconcile: Work, admitted: DriftAdmitted): Promise<number | undefined> {
  const { deps, memory } = reconcile;
  const configuration = deps.configurations.lister.get(reconcile.configuration.metadata);
  if (configuration?.metadata.generation !== reconcile.configuration.metadata.generation) return undefined;
  const work = { ...reconcile, configuration };
  if (isStale(work, admitted)) dropDrift(work);
  if (!mayRun(work)) return undefined;
  if (!memory.drift) {
    const dueInMs = dueIn(work);
    if (dueInMs === undefined || dueInMs > 0) return dueInMs;
    memory.drift = begin(work, admitted);
  }
  return step(work, memory.drift);
}

/** Lets go of the pass under way: begun anew it costs a read for each thousand accounts. */
export function dropDrift({ deps, memory, configurationKey }: Pick<Work, 'deps' | 'memory' | 'configurationKey'>): void {
  memory.drift = undefined;
  deps.tracker.endLooks(configurationKey);
}

/** Whether a pass was begun for another spec, other tenants or other credentials. */
function isStale({ memory, configuration }: Work, { pair, target }: DriftAdmitted): boolean {
  const pass = memory.drift?.pass;
  if (pass === undefined) return false;
  const { generation, uid } = { generation: configuration.metadata.generation, uid: pair.metadata.uid };
  return pass.configuration.metadata.generation !== generation || pass.pair.metadata.uid !== uid || pass.target !== target;
}

/** Only while nothing more urgent is being done for the configuration; a cycle that has decided about everybody only waits. */
function mayRun({ memory, configuration }: Work): boolean {
  const { status, metadata, spec } = configuration;
  // A preview has no accounts of its own.
  if (spec.previewOf !== undefined) return false;
  if (status.watermark === undefined || status.observedGeneration !== metadata.generation) return false;
  if (memory.onDemand.size > 0 || memory.confirming !== undefined) return false;
  return memory.active === undefined || memory.active.end !== undefined;
}

function dueIn(work: Work): number | undefined {
  const { deps, configuration } = work;
  const { status, spec } = configuration;
  if (spec.drift.policy === 'Ignore')
    return status.drift === undefined && countOf(work, 'Drifted') + driftedGroups(work) === 0 ? undefined : 0;
  const now = deps.clock.now();
  return Math.max(0, nextPassAt({ now, intervalMs: durationMs(spec.drift.interval), last: status.drift }) - now);
}

function begin(work: Work, { pair, mappings, target, groups }: DriftAdmitted): ActivePass {
  const { deps, configuration, configurationKey, context } = work;
  deps.tracker.endLooks(configurationKey);
  const pass: Pass = {
    deps,
    configuration,
    configurationKey,
    pair,
    target,
    groups,
    mappings,
    policy: driftPolicy(configuration.spec),
    startedAt: deps.clock.now(),
    breathe: breather(deps.clock),
    turn: { signal: context.signal, progress: 0 },
    counts: { compared: 0, drifted: 0, unseen: 0 },
    mailed: new Set(),
    seen: new Set(),
  };
  const now = deps.clock.monotonic();
  const steps = pass.policy === 'Ignore' ? forgetDrift(pass) : comparePass(pass);
  return { pass, steps, resumeAt: now, waited: { count: 0, ms: 0 } };
}

async function step(work: Work, active: ActivePass): Promise<number | undefined> {
  const { clock } = work.deps;
  const waitMs = active.resumeAt - clock.monotonic();
  if (waitMs > 0) return waitMs;
  const taken = await take(work, active);
  if (typeof taken === 'string') return end(work, active.pass, taken === 'Done' ? undefined : taken);
  active.resumeAt = clock.monotonic() + taken.waitMs;
  active.waited = { ...active.waited, ms: active.waited.ms + taken.waitMs };
  return taken.waitMs;
}

/** The next step: a pause, the end, or the reason why the pass cannot go on. */
async function take({ deps, memory, context }: Work, active: ActivePass): Promise<Pause | 'Done' | Reason> {
  const { turn, pair } = active.pass;
  turn.signal = context.signal;
  if (turn.progress !== active.waited.count) active.waited = { count: turn.progress, ms: 0 };
  else if (active.waited.ms > patienceMs) return 'NoProgress';
  try {
    const next = await active.steps.next();
    return next.done ? 'Done' : next.value;
  } catch (error) {
    // Cut off by a shutdown or by the time that a reconcile has: nothing is known, and the pass is begun anew.
    memory.drift = undefined;
    const reason = context.signal.aborted ? undefined : reasonOf(error);
    if (reason === undefined) throw error;
    if (directoryFailure(error, 'Forbidden', 'Unauthenticated')) deps.enqueue.pair(keyString(pair.metadata));
    return reason;
  }
}

function reasonOf(error: unknown): Reason | undefined {
  if (error instanceof CycleFailure) return error.reason;
  const failure = directoryFailure(error);
  if (failure) return failure.reason;
  return error instanceof KubeError ? 'CycleFailed' : undefined;
}

/** Records what the pass came to: the one write to the status that it costs. Returns when the next is due. */
async function end(work: Work, pass: Pass, failed: Reason | undefined): Promise<number | undefined> {
  const { deps, configuration, memory, context } = work;
  const drift = resultOf(work, pass, failed);
  const { failures } = configuration.status;
  const standing = memory.active ? standingDuringCycle(configuration, failures) : standingAfter(failures);
  await report(work, standing, { drift });
  dropDrift(work);
  if (drift === undefined) return undefined;
  context.logger.info('Pass over the accounts ended', { ...pass.counts, result: drift.result ?? '' });
  const before = configuration.status.drift;
  const { drifted, driftedGroups: named = 0 } = pass.counts;
  if (drifted > (before?.drifted ?? 0) || named > (before?.driftedGroups ?? 0)) {
    const note = `${driftText(drifted, named)} were changed in the target. ${pass.policy === 'Correct' ? 'They are set back.' : 'status.drift of their records names the attributes.'}`;
    deps.events.emit(objectReference(configuration), { type: 'Warning', reason: 'DriftDetected', action: 'Compare', note });
  }
  return Math.max(0, Date.parse(drift.nextPassAt ?? '') - deps.clock.now());
}

function resultOf({ deps, configuration }: Work, pass: Pass, failed: Reason | undefined): StatusChanges['drift'] {
  if (pass.policy === 'Ignore') return undefined;
  const now = deps.clock.now();
  const intervalMs = durationMs(configuration.spec.drift.interval);
  const startedAt = Math.min(pass.startedAt, now);
  const next = failed === undefined ? Math.max(now, startedAt + intervalMs) : repeatPassAt(now, intervalMs);
  return {
    startedAt: timestamp(startedAt),
    completedAt: timestamp(now),
    result: failed === undefined ? 'Succeeded' : 'Incomplete',
    ...(failed === undefined ? {} : { reason: failed }),
    ...pass.counts,
    nextPassAt: timestamp(next),
  };
}
