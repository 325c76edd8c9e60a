import type { SyncConfigurationStatus } from '../../../api/generated.ts';
import { timestamp } from '../../../core/duration.ts';
import { decidePurge, isPurgeHeld } from '../../../core/purge/purge.ts';
import { mergePatchBetween } from '../../../core/status/merge-patch.ts';
import { priorities } from '../../../ports/reconcile.ts';
import { parseKey } from '../../../ports/resources.ts';
import type { Dependencies } from '../../shared/dependencies.ts';
import { recordFacts } from '../../shared/skeleton.ts';
import { inParallel } from '../cycle-run.ts';
import { peopleOf, type Whose } from '../projections.ts';

type HandledDecision = NonNullable<SyncConfigurationStatus['lastHandledDeletionDecision']>;

/** Marks the purges that the guard held as was decided, and has the approved ones carried out, which read the source again before (A12, E8). */
export async function decidePurges(
  whose: Whose & { readonly deps: Dependencies },
  { token = '', by, decision = 'Rejected' }: HandledDecision,
  signal: AbortSignal,
): Promise<void> {
  const { deps } = whose;
  const decided = { decision, token, by, at: timestamp(deps.clock.now()) };
  const held = Array.from(peopleOf(whose, 'PurgeHeld'), ({ key }) => key);
  await inParallel(held, 16, async (key) => {
    const record = deps.projections.lister.get(parseKey(key));
    const before = record?.status.sourcePurge;
    if (record === undefined || before === undefined || !isPurgeHeld(record)) return;
    const change = mergePatchBetween({ sourcePurge: before }, { sourcePurge: decidePurge(before, decided) });
    const { resourceVersion } = record.metadata;
    if (change) await recordFacts(deps.projections, record.metadata, change, { signal, resourceVersion });
    if (decision === 'Approved') askForPurge(whose, key);
  });
}

/** Has a record purge its account. Lost with the process: a later cycle asks again for what was approved, and judges the others anew. */
export function askForPurge({ deps, configurationKey }: Whose & { readonly deps: Dependencies }, key: string): void {
  deps.tracker.requestPurge(configurationKey, key);
  deps.enqueue.projection(key, { priority: priorities.removal });
}
