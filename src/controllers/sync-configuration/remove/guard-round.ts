import type { UserProjection } from '../../../api/kinds.ts';
import { durationMs, timestamp } from '../../../core/duration.ts';
import { guardVerdict, type GuardVerdict } from '../../../core/guard/guard.ts';
import { Tally } from '../../../core/guard/proposals.ts';
import { isLive } from '../../../core/projection/account.ts';
import type { RemovalAction } from '../../../core/lifecycle/removal-policy.ts';
import { sealSpec, trustedSpec, type UnsealedSpec } from '../../../core/projection/sealed-spec.ts';
import { block, remove, type Judgement } from '../../../core/projection/transitions.ts';
import { visitAll } from '../../../ports/clock.ts';
import { keyString } from '../../../ports/resources.ts';
import { recordFacts } from '../../shared/skeleton.ts';
import { call, inSteps, type ConfirmedRemoval, type CycleRun, type Steps } from '../cycle-run.ts';
import type { Judged } from '../decided-on.ts';
import { convertedSpec } from '../project.ts';
import { reconsider, writeDecided } from '../records.ts';
import { countOf, foundBy, liveOf } from '../projections.ts';
import { currentCycle } from '../summary.ts';
import { wantedByOthers } from './handover.ts';
import { countPassed, passedBefore } from './passed.ts';
import { judgedBefore } from './plan-verdict.ts';
import { confirmRemovals } from './removals.ts';

/** The removals and blocks of a round, as one set. */
interface Proposed {
  readonly removals: readonly ConfirmedRemoval[];
  /** Source ids of those whom another configuration takes over. */
  readonly wanted: ReadonlySet<string>;
}

/**
 * Confirms the round's removals, has the guard judge them with the round's blocks as one set, and marks the records by the verdict. What
 * passes is added to the numbers of the pair before anything is marked, and so is the verdict to the status: a crash in between counts
 * a set once more, and never splits it into two small ones.
 */
export async function* guardAndMark(run: CycleRun): Steps<void> {
  run.findings.enter('Guarding');
  const removals = yield* confirmRemovals(run);
  if (removals.length === 0 && run.findings.blocks.size + run.findings.conversions.size === 0) return;
  const proposed: Proposed = { removals, wanted: yield* wantedByOthers(run, removals) };
  const verdict = yield* judge(run, proposed);
  run.findings.judge({ result: verdict.result, count: verdict.count });
  yield* call(run, () =>
    recordFacts(run.deps.configurations, run.configuration.metadata, { currentCycle: currentCycle(run) }, { signal: run.turn.signal }),
  );
  const passed = { removed: guardedOf(proposed).length, blocked: run.findings.blocks.size + run.findings.conversions.size };
  const counts = verdict.result === 'Passed' && run.configuration.spec.mode === 'Apply' && passed.removed + passed.blocked > 0;
  if (counts) yield* countPassed(run, passed);
  run.findings.enter('Projecting');
  yield* mark(run, proposed, judgementOf(run, verdict));
}

function judgementOf(run: CycleRun, { result }: GuardVerdict): Judgement {
  const held = result === 'Staged';
  if (run.configuration.spec.mode === 'Plan') return { type: 'Planned', held };
  return held ? { type: 'Held' } : { type: 'Passed', at: timestamp(run.deps.clock.now()) };
}

/** The action of a removal. A person whom another configuration wants changes hands, and nothing is deleted (B5). */
function actionFor({ sourceId, action }: ConfirmedRemoval, wanted: ReadonlySet<string>): RemovalAction {
  return wanted.has(sourceId) ? 'Retain' : action;
}

/** Removals that take an account away or block it; letting go and clearing up records need no guard. */
function guardedOf({ removals, wanted }: Proposed): readonly ConfirmedRemoval[] {
  return removals.filter((removal) => removal.live && actionFor(removal, wanted) !== 'Retain');
}

/** Whether a person of this round was held back before. A person who was once kept for a decision is never removed or blocked without one. */
function wasHeldBack(run: CycleRun, guarded: readonly ConfirmedRemoval[]): boolean {
  const isHeldBack = ({ heldBack }: Judged): boolean => heldBack;
  return guarded.some(isHeldBack) || [...run.findings.blocks.values()].some(isHeldBack);
}

/** Whether of all who are to be present each one leaves in this round. Some may go while that is counted. */
async function nobodyStays(run: CycleRun, leaving: ReadonlySet<string>): Promise<boolean> {
  const present = countOf(liveOf(run), 'InScope');
  if (present > leaving.size) return false;
  const { namespace } = run.configuration.metadata;
  let left = 0;
  await visitAll(run.deps.clock, leaving, (name) => {
    if (run.deps.projections.lister.get({ namespace, name })?.spec.lifecycle === 'Present') left += 1;
  });
  return left >= Math.min(present, countOf(liveOf(run), 'InScope'));
}

/** Counts everything the guard looks at and decides about the whole set of this round (E7). */
async function* judge(run: CycleRun, proposed: Proposed): Steps<GuardVerdict> {
  const { guard } = run.configuration.spec.deprovisioning;
  const windowStart = run.deps.clock.now() - durationMs(guard.window);
  const guarded = guardedOf(proposed);
  const leaving = new Set(proposed.removals.map(({ name }) => name));
  const { blocks, conversions } = run.findings;
  const harmed = guarded.length + blocks.size + conversions.size;
  const passed = harmed === 0 ? 0 : yield* passedBefore(run, windowStart, 'Harm');
  const tally = new Tally({ leaving, blocked: new Set([...blocks.keys(), ...conversions.keys()]) }, windowStart);
  await visitAll(run.deps.clock, judgedBefore(run), (record) => tally.add(record));
  const { counted } = tally;
  return guardVerdict({
    proposed: harmed,
    recent: Math.max(counted.recent, passed) + counted.overdue + counted.awaiting,
    staged: counted.staged,
    live: run.findings.liveBefore(foundBy(run)),
    emptied: run.findings.emptied || (guarded.length > 0 && (await nobodyStays(run, leaving))) || wasHeldBack(run, guarded),
    stagingBegun: run.stagingBegun,
    ...guard,
  });
}

/** Marks the records as the guard decided: to be carried out, or staged for approval. */
async function* mark(run: CycleRun, { removals, wanted }: Proposed, judgement: Judgement): Steps<void> {
  const { mode } = run.configuration.spec;
  yield* inSteps(run, removals, async (removal) => {
    const { reason, evidence, readAt } = removal;
    const now = run.deps.projections.lister.get({ namespace: run.configuration.metadata.namespace, name: removal.name });
    // An account that has come since was not counted: the next cycle judges its removal.
    if (now !== undefined && isLive(now) && !removal.live) {
      reconsider(run, removal.sourceId);
      return;
    }
    await writeDecided(run, removal, (record) => {
      const spec = remove(record, mode, { reason, action: actionFor(removal, wanted) }, { evidence, judgement });
      if (mode === 'Apply') confirm(run, record, spec, readAt);
      return spec;
    });
  });
  yield* inSteps(run, [...run.findings.conversions.values()], (conversion) =>
    writeDecided(run, conversion, ({ spec }) => convertedSpec(spec, conversion, judgement)),
  );
  yield* inSteps(run, [...run.findings.blocks.values()], (proposed) =>
    writeDecided(run, proposed, ({ spec }) => block(trustedSpec(spec), proposed.desired.read(), proposed.evidence, judgement)),
  );
}

/** The direct read that led to the mark is the reading that it may be carried out under, while it is fresh. */
function confirm(run: CycleRun, { metadata }: UserProjection, spec: UnsealedSpec, readAt: number): void {
  run.deps.confirmations.confirm(run.configurationKey, keyString(metadata), {
    revision: sealSpec(spec).revision,
    rules: run.revision,
    readAt,
    by: 'DirectRead',
  });
}
