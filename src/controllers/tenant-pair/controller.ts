import { finalizers, type TenantPair } from '../../api/kinds.ts';
import { directoryFailure } from '../../core/errors/directory-error.ts';
import { hashOf } from '../../core/hash.ts';
import { waitWarnings, type Pause } from '../../core/preflight/pauses.ts';
import { directoryWait, waitUntil } from '../../core/wire/times.ts';
import { evaluatePreflight } from '../../core/preflight/evaluate.ts';
import { jitter } from '../../ports/clock.ts';
import { priorities, type Reconcile, type ReconcileResult } from '../../ports/reconcile.ts';
import { keyString, parseKey } from '../../ports/resources.ts';
import { configurationIndexes, type Dependencies } from '../shared/dependencies.ts';
import type { PairSession } from '../shared/pair-sessions.ts';
import { asksForDeprovisioning } from '../shared/deprovisioning.ts';
import { addFinalizer, removeFinalizer } from '../shared/finalizers.ts';
import { resume } from '../wiring.ts';
import { gatherFacts } from './gather.ts';
import { openSession } from './open-session.ts';
import { checkedStatus, failedStatus, sayChecking, suspendedStatus, throttledStatus, writeStatus } from './status.ts';
import { specProblem, type Problem } from './validate.ts';

/** How often a pair is checked anew. */
const recheckMs = 5 * 60_000;
const retryMs = 60_000;
/** A server that has just started may refuse for a moment what it allows. */
const deniedRetryMs = 5_000;

/** Reconciles TenantPairs: opens a session with both tenants, checks whether the work is allowed, and says so (B1, B2, B10). */
export function tenantPairReconciler(deps: Dependencies): Reconcile {
  return async (key, context) => {
    const found = deps.pairs.lister.get(parseKey(key));
    // Another replica looks after it; taking over begins with a check of every pair.
    if (found && !deps.shards.holds(deps.shards.shardOf(found.spec.target.tenantId))) {
      deps.sessions.delete(key);
      return {};
    }
    const pair = found && (await keepFinalizer(deps, found, key, context.signal));
    if (!pair || (pair.metadata.deletionTimestamp !== undefined && !holdsOn(pair))) {
      deps.sessions.delete(key);
      return {};
    }
    const problem = specProblem(deps, pair);
    if (problem) {
      await endSession(deps, pair, problem, context.signal);
      return {};
    }
    if (pair.spec.suspend) {
      await writeStatus(deps, pair, suspendedStatus(pair), context.signal);
      return {};
    }
    return checkPair(deps, pair, context.signal);
  };
}

const holdsOn = (pair: TenantPair): boolean => (pair.metadata.finalizers ?? []).includes(finalizers.deprovision);

/** A pair waits for the configurations that take their people out of the target when they go, and for no others (A10). */
async function keepFinalizer(deps: Dependencies, pair: TenantPair, key: string, signal: AbortSignal): Promise<TenantPair> {
  const needed = deps.configurations.lister.byIndex(configurationIndexes.pair, key).some(asksForDeprovisioning);
  if (!needed) return removeFinalizer(deps.pairs.writer, pair, finalizers.deprovision, signal);
  // What is being deleted takes no new finalizer.
  if (pair.metadata.deletionTimestamp !== undefined) return pair;
  return addFinalizer(deps.pairs.writer, pair, finalizers.deprovision, signal);
}

async function checkPair(deps: Dependencies, seen: TenantPair, signal: AbortSignal): Promise<ReconcileResult> {
  const pair = await sayChecking(deps, seen, signal);
  const opened = await openSession(deps, pair, signal);
  if ('reason' in opened) {
    const running = deps.sessions.get(keyString(pair.metadata));
    if (opened.reason === 'SecretAccessDenied' && running?.secretDenied === false) {
      running.secretDenied = true;
      return { requeueAfterMs: deniedRetryMs };
    }
    await endSession(deps, pair, opened, signal);
    return { requeueAfterMs: retryMs };
  }
  opened.secretDenied = false;
  const asked = deps.clock.monotonic();
  try {
    const facts = await gatherFacts({
      pair,
      session: opened,
      configurations: deps.configurations.lister.byIndex(configurationIndexes.pair, keyString(pair.metadata)),
      directories: deps.directories,
      cloudEndpoint: (cloud) => deps.directories.cloudEndpoint(cloud),
      options: { signal, priority: priorities.onDemand },
    });
    // What a shutdown has cut short is no finding.
    if (signal.aborted) return {};
    const result = evaluatePreflight(facts);
    const ready = result.conditions[0];
    const was = opened.verdict;
    opened.verdict = result.ready || !ready ? { ready: true } : { ready: false, reason: ready.reason, message: ready.message };
    opened.sourceDomains = new Set(facts.source.type === 'Connected' ? facts.source.verifiedDomains : []);
    opened.accessCheckedAt = asked;
    opened.checkedAt = asked;
    deps.sessions.set(keyString(pair.metadata), opened);
    await writeStatus(deps, pair, checkedStatus(pair, result, pausesOf(opened)), signal);
    if (hashOf(was) !== hashOf(opened.verdict)) resumeAll(deps, pair);
    return { requeueAfterMs: jitter(deps.random, result.ready ? recheckMs : retryMs, 0.1) };
  } catch (error) {
    const failure = directoryFailure(error, 'Throttled');
    if (!failure) throw error;
    const now = deps.clock.now();
    await writeStatus(deps, pair, throttledStatus(pair, waitWarnings(pausesOf(opened), failure, now)), signal);
    return { requeueAfterMs: Math.min(recheckMs, waitUntil(failure.retryAt ?? now + 5000, now, directoryWait)) };
  }
}

function pausesOf(session: Pick<PairSession, 'source' | 'target'>): readonly Pause[] {
  return (['source', 'target'] as const).flatMap((side) => session[side].quota.pauses().map((pause) => ({ side, ...pause })));
}

/** There can be no session: the one there was goes, and the pair says why. */
async function endSession(deps: Dependencies, pair: TenantPair, problem: Problem, signal: AbortSignal): Promise<void> {
  deps.sessions.delete(keyString(pair.metadata));
  await writeStatus(deps, pair, failedStatus(pair, problem), signal);
  resumeAll(deps, pair);
}

/** The work of a pair follows its verdict: its configurations, and those of their projections that have something to do. */
function resumeAll(deps: Dependencies, pair: TenantPair): void {
  for (const configuration of deps.configurations.lister.byIndex(configurationIndexes.pair, keyString(pair.metadata)))
    resume(deps, configuration);
}
