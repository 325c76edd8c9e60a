import type { TenantPair } from '../../../api/kinds.ts';
import { ledgerWith, parseLedger, passedForGonePairs, type Ledger } from '../../../core/guard/ledger.ts';
import { passedSince, withPassed } from '../../../core/guard/window.ts';
import { keyString } from '../../../ports/resources.ts';
import { configurationIndexes, pairIndexes } from '../../shared/dependencies.ts';
import { tenantsKey } from '../../shared/indexes.ts';
import { recordFacts } from '../../shared/skeleton.ts';
import { call, CycleFailure, type CycleRun, type Steps } from '../cycle-run.ts';

/** Removals and blocks of a set. */
interface Counts {
  readonly removed: number;
  readonly blocked: number;
}

/** The pair as it is now: a cycle may have begun with an older one. */
const pairNow = (run: CycleRun): TenantPair => run.deps.pairs.lister.get(run.pair.metadata) ?? run.pair;

const ledgerKey = ({ pair }: CycleRun): string => tenantsKey(pair).replace('/', '.');

/**
 * How many removals and blocks have passed between the two tenants since a time, whatever records still tell of them: by this configuration
 * and those of its pair that are gone, by other pairs for the same tenants, and by pairs that are gone.
 */
export async function* passedBefore(run: CycleRun, since: number): Steps<number> {
  const { ledger } = yield* call(run, () => readLedger(run));
  const pairs = run.deps.pairs.lister.byIndex(pairIndexes.tenants, tenantsKey(run.pair));
  const { name } = run.configuration.metadata;
  const there = run.deps.configurations.lister.byIndex(configurationIndexes.pair, keyString(run.pair.metadata));
  const others = new Set(there.map(({ metadata }) => metadata.name));
  const own = passedSince(pairNow(run).status.guard, since, { name, others });
  const elsewhere = pairs
    .filter(({ metadata }) => metadata.uid !== run.pair.metadata.uid)
    .map(({ status }) => passedSince(status.guard, since, { name: '', others: new Set() }));
  const gone = passedForGonePairs(ledger, since, new Set([run.pair, ...pairs].map(({ metadata }) => metadata.uid)));
  return elsewhere.reduce((sum, count) => sum + count, own + gone);
}

/** Adds a set that has passed to the numbers of the pair, and to those that outlive it. */
export async function* countPassed(run: CycleRun, { removed, blocked }: Counts): Steps<void> {
  const { deps, turn } = run;
  yield* call(run, async () => {
    // Read in the same attempt: other cycles write to the same notes, and whoever comes second begins again.
    const { ledger, version } = await readLedger(run);
    const counted = ledgerWith(ledger, deps.clock.now(), { pair: run.pair.metadata.uid, count: removed + blocked });
    await deps.guardLedger.write(ledgerKey(run), JSON.stringify(counted), version, turn.signal);
  });
  yield* call(run, async () => {
    const pair = pairNow(run);
    const guard = withPassed(pair.status.guard, deps.clock.now(), { configuration: run.configuration.metadata.name, removed, blocked });
    const { resourceVersion } = pair.metadata;
    await recordFacts(deps.pairs, pair.metadata, { guard }, { signal: turn.signal, resourceVersion });
  });
}

async function readLedger(run: CycleRun): Promise<{ readonly ledger: Ledger; readonly version: string | undefined }> {
  const { text, version } = await run.deps.guardLedger.read(ledgerKey(run), run.turn.signal);
  const ledger = text === undefined ? {} : parseLedger(text);
  if (ledger !== undefined) return { ledger, version };
  const message = `The numbers of the deletion guard cannot be read: ${ledgerKey(run)} in the ConfigMap tenantsync-guard of the operator's namespace is not as it was written. Restore it, or remove the key to count from zero. Nothing is deleted.`;
  throw new CycleFailure('CycleFailed', message);
}
