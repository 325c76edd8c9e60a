import { durationMs, timestamp } from '../../core/duration.ts';
import { creationsPassing, isOverdueCreation, type CreationVerdict } from '../../core/guard/creations.ts';
import { inSteps, type CycleRun, type Steps } from './cycle-run.ts';
import { writeDecided } from './records.ts';
import { liveOf, visitProjections } from './projections.ts';
import { countPassed, passedBefore } from './remove/passed.ts';

/** How many creations have passed since a time, and before it without having been carried out. */
export async function* creationsBefore(run: CycleRun, windowStart: number): Steps<number> {
  let overdue = 0;
  await visitProjections(liveOf(run), 'CreationPassed', (record) => {
    if (isOverdueCreation(record, windowStart)) overdue += 1;
  });
  return (yield* passedBefore(run, windowStart, 'Creations')) + overdue;
}

/**
 * Counts the creations that records have asked for, where the configuration limits them (E7): so many as are left within the window pass,
 * the others are staged. What passes is in the numbers of the pair before anybody is marked: a crash in between counts it once more.
 */
export async function* admitCreations(run: CycleRun): Steps<void> {
  const { window, creations: limit } = run.configuration.spec.deprovisioning.guard;
  const proposed = [...run.findings.creations.values()];
  if (limit === undefined || proposed.length === 0 || run.configuration.spec.mode === 'Plan') return;
  const now = run.deps.clock.now();
  const windowStart = now - durationMs(window);
  const recent = yield* creationsBefore(run, windowStart);
  // Who was staged under a lower limit is judged anew, and keeps nobody waiting.
  let staged = 0;
  await visitProjections(run, 'CreationStaged', ({ spec }) => {
    if ((spec.creation?.limit ?? 0) >= limit) staged += 1;
  });
  const passing = creationsPassing({ proposed: proposed.length, recent, staged }, limit);
  if (passing > 0) yield* countPassed(run, { removed: 0, blocked: 0, created: passing });
  const passed = new Set(proposed.slice(0, passing));
  yield* inSteps(run, proposed, async (creation) => {
    const verdict: CreationVerdict = passed.has(creation)
      ? { verdict: 'Passed', at: timestamp(now) }
      : { verdict: 'Staged', limit, evidence: creation.evidence };
    await writeDecided(run, creation, () => ({ ...creation.spec.read(), creation: verdict }));
  });
}
