import type { SyncConfiguration, TenantPair } from '../../api/kinds.ts';
import type { Reason } from '../../api/reasons.ts';
import { isCredentialReason } from '../../core/cycle/quarantine.ts';
import { timestamp } from '../../core/duration.ts';
import { entraJobMessage } from '../../core/preflight/entra-jobs.ts';
import { previewProblem, type PreviewProblem } from '../../core/projection/preview.ts';
import { findCondition } from '../../core/status/conditions.ts';
import { priorities, type ReconcileResult } from '../../ports/reconcile.ts';
import { keyString } from '../../ports/resources.ts';
import { isEvaluated } from '../shared/compiled.ts';
import { tenantsKey } from '../shared/indexes.ts';
import type { PairSession } from '../shared/pair-sessions.ts';
import { recordFacts } from '../shared/skeleton.ts';
import { handleDecision } from './remove/decisions.ts';
import { inParallel, type Admitted } from './cycle-run.ts';
import { namesIn } from './projections.ts';
import { disabled, disabledInMs, quarantineFor } from './quarantine.ts';
import { continueOnDemand, refuseOnDemand } from './on-demand/answer.ts';
import { continueConfirming } from './confirm-round.ts';
import { continueDrift, dropDrift } from './drift/continue.ts';
import { releaseForeign } from './release-foreign.ts';
import { echoOf, requestsOf } from './requests.ts';
import { beginCycle, continueCycle, dropCycle, recordCutOff } from './running-cycle.ts';
import { scheduleOf } from './schedule.ts';
import { standingAfter, type ConfigurationStanding } from './status.ts';
import { compileSpec } from './validate.ts';
import { report, type Work } from './work.ts';

/**
 * One look at a configuration: its cycle goes on, or one begins when it is due, unless something forbids it; then that is in the
 * status. Rejects with KubeError and with errors of the program itself.
 */
export async function reconcile(work: Work): Promise<ReconcileResult> {
  const { deps, configuration } = work;
  if (configuration.spec.suspend) return stop(work, { type: 'Suspended' });
  const live = liveConfiguration(work);
  const problem = previewProblem(configuration, live);
  if (problem || live === undefined) return stopPreview(work, problem);
  const compiled = compileSpec(configuration);
  if ('message' in compiled) return stop(work, { type: 'Stalled', ...compiled });
  const pair = deps.pairs.lister.get({ namespace: configuration.metadata.namespace, name: configuration.spec.tenantPairRef.name });
  if (!pair) {
    return stop(work, {
      type: 'Failed',
      reason: 'TenantPairNotFound',
      message: `TenantPair ${configuration.spec.tenantPairRef.name} does not exist in this namespace. Create it.`,
    });
  }
  if (await forgetFormerTenants(work, pair)) return { requeueAfterMs: 0 };
  const session = deps.sessions.get(keyString(pair.metadata));
  const obstacle = obstacleOf(pair, session, configuration.spec.mode);
  if (obstacle) return stop(work, { type: 'Failed', ...obstacle });
  if (!session?.verdict.ready) return stopForPair(work, pair, session?.verdict);
  if (await handleDecision(deps, configuration, work.context.signal)) return { requeueAfterMs: 0 };
  if ((disabledInMs(work) ?? 1) <= 0) return stop(work, disabled(work));
  const admitted = { ...compiled, live, pair, session };
  const onDemandMs = await continueOnDemand(work, admitted);
  const confirmMs = await continueConfirming(work, admitted);
  const result = soonest(soonest(await cycle(work, admitted), confirmMs), onDemandMs);
  return soonest(result, await continueDrift(work, { ...admitted, target: session.target, groups: session.groups }));
}

/** What of its pair forbids the work of a configuration although the pair's check, as far as there is one, allows it; undefined: nothing. */
function obstacleOf(
  { metadata, spec }: TenantPair,
  session: Pick<PairSession, 'verdict' | 'entraJob'> | undefined,
  mode: SyncConfiguration['spec']['mode'],
): { readonly reason: Reason; readonly message: string } | undefined {
  if (metadata.deletionTimestamp !== undefined)
    return { reason: 'TenantPairNotReady', message: `TenantPair ${metadata.name} is being deleted.` };
  if (spec.suspend) return { reason: 'Suspended', message: `TenantPair ${metadata.name} is suspended.` };
  // Two engines never work on one pair; a plan may be made meanwhile.
  if (session?.verdict.ready !== true || session.entraJob === undefined || mode !== 'Apply') return undefined;
  return { reason: 'EntraJobActive', message: entraJobMessage(session.entraJob) };
}

/** The configuration whose records this one's decisions rest on: the previewed one, if it is there, or itself. */
function liveConfiguration({ deps, configuration }: Work): SyncConfiguration | undefined {
  const { previewOf } = configuration.spec;
  if (previewOf === undefined) return configuration;
  return deps.configurations.lister.get({ namespace: configuration.metadata.namespace, name: previewOf.name });
}

/** There is nothing to compare with: what the preview has said of each person would be of something that is not there any more (G8). */
async function stopPreview(work: Work, problem: PreviewProblem | undefined): Promise<ReconcileResult> {
  const { deps, context } = work;
  if (problem === undefined) return {};
  await inParallel(await namesIn(work, 'All'), 16, ({ metadata }) =>
    deps.projections.writer.delete(metadata, { uid: metadata.uid, signal: context.signal }),
  );
  return stop(work, problem);
}

/**
 * A pair may have been made anew for other tenants under its name: records of the former ones are let go, and what was read from them, ids of names
 * and delta links, says nothing about these (I15). Returns true when the resource was changed and is to be looked at anew.
 */
async function forgetFormerTenants(work: Work, pair: TenantPair): Promise<boolean> {
  const { deps, configuration, memory, context } = work;
  const released = await releaseForeign(deps, configuration, pair, context.signal);
  const tenants = tenantsKey(pair);
  const changed = memory.tenants !== undefined && memory.tenants !== tenants;
  memory.tenants = tenants;
  if (released === 0 && !changed) return false;
  dropCycle(work);
  memory.memberships.clear();
  memory.confirming = undefined;
  dropDrift(work);
  memory.onDemand.clear();
  deps.onDemand.end(work.configurationKey);
  deps.confirmations.forget(work.configurationKey);
  const { watermark, resolvedScope } = configuration.status;
  if (watermark === undefined && resolvedScope === undefined) return false;
  await recordFacts(deps.configurations, configuration.metadata, { watermark: null, resolvedScope: null }, { signal: context.signal });
  return true;
}

/** What is due first decides when the configuration is looked at again. */
function soonest(result: ReconcileResult, otherMs: number | undefined): ReconcileResult {
  if (otherMs === undefined) return result;
  return { ...result, requeueAfterMs: Math.min(otherMs, result.requeueAfterMs ?? otherMs) };
}

const dayMs = 24 * 60 * 60_000;

/** No cycle may run now: drops the one under way and says why. What was asked for is echoed, for it has been answered. */
async function stop(work: Work, standing: ConfigurationStanding): Promise<ReconcileResult> {
  const { active } = work.memory;
  if (active) dropCycle(work);
  // What was read before the work was interrupted confirms nothing that is done after it (I11).
  work.memory.confirming = undefined;
  dropDrift(work);
  work.deps.tracker.endPurges(work.configurationKey);
  work.deps.confirmations.forget(work.configurationKey);
  await refuseOnDemand(work, standing.type === 'Suspended' ? 'Suspended' : standing.type === 'Done' ? 'Progressing' : standing.reason);
  // A verdict to stage outlives the cycle that reached it.
  const dropped = active && active.run.findings.verdict?.result !== 'Staged';
  const answered = standing.type === 'Stalled' || standing.type === 'Suspended' ? echoOf(requestsOf(work.configuration)) : {};
  // While the pair is not ready, or the work is suspended, nobody can say when the next cycle begins.
  const unknown = standing.type === 'Failed' || standing.type === 'Suspended' ? { nextCycleAt: undefined } : {};
  await report(work, standing, {
    ...answered,
    ...unknown,
    ...quarantineFor(work, standing),
    ...(dropped ? { currentCycle: undefined } : {}),
  });
  return {};
}

/** The pair is not ready. While this process has not checked it, there is nothing to say; its check brings the configuration back. */
async function stopForPair(work: Work, pair: TenantPair, verdict: PairSession['verdict'] | undefined): Promise<ReconcileResult> {
  const shown = findCondition(pair.status.conditions, 'Ready');
  const known = verdict?.ready === false ? verdict : shown?.status === 'False' ? { ...shown, reason: shown.reason as Reason } : undefined;
  if (!known) return {};
  const leftMs = disabledInMs(work);
  if (leftMs !== undefined && leftMs <= 0) return stop(work, disabled(work));
  const message = `TenantPair ${pair.metadata.name} is not ready: ${known.message}`;
  await stop(work, { type: 'Failed', reason: known.reason, message });
  // A pair that cannot sign in says nothing more: that the configuration is disabled has to be noticed here.
  return isCredentialReason(known.reason) ? { requeueAfterMs: Math.min(leftMs ?? dayMs, dayMs), priority: priorities.background } : {};
}

async function cycle(work: Work, admitted: Admitted): Promise<ReconcileResult> {
  const { configuration, memory } = work;
  // A cycle of another generation, or of a pair that was made anew, is dropped at once; what it has projected so far is evaluated anew.
  const run = memory.active?.run;
  const stale =
    run?.configuration.metadata.generation !== configuration.metadata.generation || run.pair.metadata.uid !== admitted.pair.metadata.uid;
  if (run && stale) dropCycle(work);
  if (memory.active) return continueCycle(work, memory.active);
  if (memory.cutOff) return recordCutOff(work, memory.cutOff);
  const next = scheduleOf(work, {});
  if (next.at > work.deps.clock.now()) return idle(work, next.at);
  await disownWatermark(work);
  return continueCycle(work, beginCycle(work, admitted, next.kind));
}

/**
 * Takes it back that everybody was evaluated, before a cycle evaluates anybody otherwise: should it not come to its end, and its change be taken back, records
 * would go on saying what it has written. Rejects with KubeError.
 */
async function disownWatermark({ deps, configuration, context }: Work): Promise<void> {
  if (configuration.status.watermark?.revision === undefined || isEvaluated(configuration)) return;
  await recordFacts(deps.configurations, configuration.metadata, { watermark: { revision: null } }, { signal: context.signal });
}

/** Nothing to do until the next cycle, except to keep the counts true. */
async function idle(work: Work, nextCycleAt: number): Promise<ReconcileResult> {
  const { deps, configuration } = work;
  // A change of the interval moves the next cycle.
  await report(work, standingAfter(configuration.status.failures), { currentCycle: undefined, nextCycleAt: timestamp(nextCycleAt) });
  return { requeueAfterMs: nextCycleAt - deps.clock.now(), priority: priorities.update };
}
