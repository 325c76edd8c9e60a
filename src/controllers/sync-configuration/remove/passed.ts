import type { TenantPair } from '../../../api/kinds.ts';
import { ledgerWith, parseLedger, passedForGonePairs, type Ledger } from '../../../core/guard/ledger.ts';
import { createdSince, passedSince, withPassed, type Passed } from '../../../core/guard/window.ts';
import { keyString } from '../../../ports/resources.ts';
import { configurationIndexes, pairIndexes } from '../../shared/dependencies.ts';
import { tenantsKey } from '../../shared/indexes.ts';
import { recordFacts } from '../../shared/skeleton.ts';
import { call, CycleFailure, type CycleRun, type Steps } from '../cycle-run.ts';

/** What is counted together: removals and blocks, or creations. */
export type Counted = 'Harm' | 'Creations';

/** Removals and blocks of a set, or creations. */
type Counts = Omit<Passed, 'configuration'>;

/** The pair as it is now: a cycle may have begun with an older one. */
const pairNow = (run: CycleRun): TenantPair => run.deps.pairs.lister.get(run.pair.metadata) ?? run.pair;

const ledgerKey = ({ pair }: CycleRun, counted: Counted): string =>
  `${tenantsKey(pair).replace('/', '.')}${counted === 'Creations' ? '.creations' : ''}`;

/**
 * How many removals and blocks, or creations, have passed between the two tenants since a time, whatever records still tell of them: by this configuration
 * and those of its pair that are gone, by other pairs for the same tenants, and by pairs that are gone.
 */
export async function* passedBefore(run: CycleRun, since: number, counted: Counted): Steps<number> {
  const { ledger } = yield* call(run, () => readLedger(run, counted));
  const pairs = run.deps.pairs.lister.byIndex(pairIndexes.tenants, tenantsKey(run.pair));
  const { name } = run.live.metadata;
  const there = run.deps.configurations.lister.byIndex(configurationIndexes.pair, keyString(run.pair.metadata));
  // A preview lets nothing through: what stands under its name is of a configuration that is gone.
  const others = new Set(there.filter(({ spec }) => spec.previewOf === undefined).map(({ metadata }) => metadata.name));
  const sumSince = counted === 'Harm' ? passedSince : createdSince;
  const pair = pairNow(run);
  const own = sumSince(pair.status.guard, since, { name, others });
  const elsewhere = pairs
    .filter(({ metadata }) => metadata.uid !== pair.metadata.uid)
    .map(({ status }) => sumSince(status.guard, since, { name: '', others: new Set() }));
  const gone = passedForGonePairs(ledger, since, new Set([pair, ...pairs].map(({ metadata }) => metadata.uid)));
  return elsewhere.reduce((sum, count) => sum + count, own + gone);
}

/** Adds a set that has passed to the numbers of the pair, and to those that outlive it. */
export async function* countPassed(run: CycleRun, counts: Counts): Steps<void> {
  const { deps, turn } = run;
  const counted: Counted = counts.created === undefined ? 'Harm' : 'Creations';
  yield* call(run, async () => {
    // Read in the same attempt: other cycles write to the same notes, and whoever comes second begins again.
    const { ledger, version } = await readLedger(run, counted);
    const count = counts.created ?? counts.removed + counts.blocked;
    const summed = ledgerWith(ledger, deps.clock.now(), { pair: run.pair.metadata.uid, count });
    await deps.notes.write(ledgerKey(run, counted), JSON.stringify(summed), version, turn.signal);
  });
  yield* call(run, async () => {
    const pair = pairNow(run);
    const guard = withPassed(pair.status.guard, deps.clock.now(), { ...counts, configuration: run.configuration.metadata.name });
    const { resourceVersion } = pair.metadata;
    await recordFacts(deps.pairs, pair.metadata, { guard }, { signal: turn.signal, resourceVersion });
  });
}

async function readLedger(run: CycleRun, counted: Counted): Promise<{ readonly ledger: Ledger; readonly version: string | undefined }> {
  const key = ledgerKey(run, counted);
  const { text, version } = await run.deps.notes.read(key, run.turn.signal);
  const ledger = text === undefined ? {} : parseLedger(text);
  if (ledger !== undefined) return { ledger, version };
  const message = `The numbers of the deletion guard cannot be read: ${key} in the ConfigMap tenantsync-guard of the operator's namespace is not as it was written. Restore it, or remove the key to count from zero. Nothing is deleted.`;
  throw new CycleFailure('CycleFailed', message);
}
