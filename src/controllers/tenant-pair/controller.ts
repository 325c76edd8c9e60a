import { finalizers, type TenantPair } from '../../api/kinds.ts';
import type { Reconcile } from '../../ports/reconcile.ts';
import { parseKey } from '../../ports/resources.ts';
import { configurationIndexes, type Dependencies } from '../shared/dependencies.ts';
import { asksForDeprovisioning } from '../shared/deprovisioning.ts';
import { addFinalizer, removeFinalizer } from '../shared/finalizers.ts';
import { looksAfterPair } from '../shared/looked-after.ts';
import { checkPair, recheckMs } from './check.ts';
import { endSession, refusePair, suspendPair } from './standing.ts';
import { duplicateProblem, specProblem } from './validate.ts';

/** Reconciles TenantPairs: opens a session with both tenants, checks whether the work is allowed, and says so (B1, B2, B10). */
export function tenantPairReconciler(deps: Dependencies): Reconcile {
  return async (key, context) => {
    const found = deps.pairs.lister.get(parseKey(key));
    // Another replica looks after it; taking over begins with a check of every pair.
    if (found && !looksAfterPair(deps, found)) {
      deps.sessions.delete(key, deps.clock.monotonic());
      return {};
    }
    const pair = found && (await keepFinalizer(deps, found, key, context.signal));
    if (!pair || (pair.metadata.deletionTimestamp !== undefined && !holdsOn(pair))) {
      deps.sessions.delete(key, deps.clock.monotonic());
      return {};
    }
    const duplicate = duplicateProblem(deps, pair);
    if (duplicate) return refusePair(deps, pair, duplicate, context.signal);
    const problem = specProblem(deps, pair);
    if (problem) {
      await endSession(deps, pair, problem, context.signal);
      return { requeueAfterMs: recheckMs };
    }
    return pair.spec.suspend ? suspendPair(deps, pair, context.signal) : checkPair(deps, pair, context.signal);
  };
}

const holdsOn = (pair: TenantPair): boolean => (pair.metadata.finalizers ?? []).includes(finalizers.deprovision);

/** A pair waits for the configurations that take their people out of the target when they go, and for no others (A10). */
async function keepFinalizer(deps: Dependencies, pair: TenantPair, key: string, signal: AbortSignal): Promise<TenantPair> {
  const needed = deps.configurations.lister.byIndex(configurationIndexes.pair, key).some(asksForDeprovisioning);
  if (!needed) return removeFinalizer(deps.pairs.writer, pair, finalizers.deprovision, signal);
  // A pair that is being deleted takes no new finalizer.
  if (pair.metadata.deletionTimestamp !== undefined) return pair;
  return addFinalizer(deps.pairs.writer, pair, finalizers.deprovision, signal);
}
