import type { TenantPair } from '../../api/kinds.ts';
import { directoryFailure } from '../../core/errors/directory-error.ts';
import { holderOf, holdingAfter, type Holding, type HoldingFacts } from '../../core/preflight/holding.ts';
import { priorities, type ReconcileResult } from '../../ports/reconcile.ts';
import { keyString } from '../../ports/resources.ts';
import { configurationIndexes, type Dependencies } from '../shared/dependencies.ts';
import { resume } from '../wiring/wiring.ts';
import { openSession } from './open-session.ts';
import { failedStatus, suspendedStatus, reportPair } from './status.ts';
import { waitingPairs, type Problem } from './validate.ts';

/** How often it is looked whether a pair that another one waits for can still work. */
const lookMs = 5 * 60_000;

/** The pair's hold on its tenants after a check, from what the check has found. */
export function holdingFor(deps: Dependencies, pair: TenantPair, found: Pick<HoldingFacts, 'ready' | 'able'>): Holding {
  return holdingAfter(pair, { ...found, awaited: waitingPairs(deps, pair).length > 0, now: deps.clock.now() });
}

/** A pair that has given up its tenants acts no more, and those that wait for them are checked. */
export function letGo(deps: Dependencies, pair: TenantPair, holding: Holding): void {
  if (holderOf([pair]) === undefined || holding.holdsTenantsSince !== undefined) return;
  deps.sessions.delete(keyString(pair.metadata), deps.clock.monotonic());
  for (const other of waitingPairs(deps, pair)) deps.enqueue.pair(keyString(other.metadata));
}

/** There can be no session: the one there was goes, and the pair says why. */
export async function endSession(deps: Dependencies, pair: TenantPair, problem: Problem, signal: AbortSignal): Promise<void> {
  const holding = holdingFor(deps, pair, { ready: false, able: false });
  deps.sessions.delete(keyString(pair.metadata), deps.clock.monotonic());
  await reportPair(deps, pair, failedStatus(pair, problem, holding, deps.sessions.readsOf(keyString(pair.metadata))), signal);
  letGo(deps, pair, holding);
  resumeAll(deps, pair);
}

/** Another pair holds the tenants: this one asks nothing of them, and any hold on its own record ends. */
export async function refusePair(deps: Dependencies, pair: TenantPair, problem: Problem, signal: AbortSignal): Promise<ReconcileResult> {
  deps.sessions.delete(keyString(pair.metadata), deps.clock.monotonic());
  await reportPair(deps, pair, failedStatus(pair, problem, {}, deps.sessions.readsOf(keyString(pair.metadata))), signal);
  resumeAll(deps, pair);
  return { requeueAfterMs: lookMs };
}

/** A suspended pair keeps its tenants, unless it could not sign in there anyhow and another pair waits. */
export async function suspendPair(deps: Dependencies, pair: TenantPair, signal: AbortSignal): Promise<ReconcileResult> {
  const looks = holderOf([pair]) !== undefined && waitingPairs(deps, pair).length > 0;
  const holding = holdingFor(deps, pair, { ready: false, able: !looks || (await signsIn(deps, pair, signal)) });
  await reportPair(deps, pair, suspendedStatus(pair, holding), signal);
  letGo(deps, pair, holding);
  return looks ? { requeueAfterMs: lookMs } : {};
}

async function signsIn(deps: Dependencies, pair: TenantPair, signal: AbortSignal): Promise<boolean> {
  const opened = await openSession(deps, pair, signal);
  if ('reason' in opened) return false;
  const options = { signal, priority: priorities.background };
  try {
    await Promise.all([opened.source.grantedPermissions(options), opened.target.grantedPermissions(options)]);
    return true;
  } catch (error) {
    const failure = directoryFailure(error);
    if (failure === undefined) throw error;
    return failure.kind === 'Throttled';
  }
}

/** The work of a pair follows its verdict: its configurations, and those of their projections that have something to do. */
export function resumeAll(deps: Dependencies, pair: TenantPair): void {
  for (const configuration of deps.configurations.lister.byIndex(configurationIndexes.pair, keyString(pair.metadata)))
    resume(deps, configuration);
}
