import type { SyncConfigurationStatus } from '../../../api/generated.ts';
import type { UserProjection } from '../../../api/kinds.ts';
import { durationMs, timestamp } from '../../../core/duration.ts';
import { creationAllowance, creationKept, creationsPassing } from '../../../core/guard/creations.ts';
import { guardVerdict, type GuardVerdict } from '../../../core/guard/guard.ts';
import { Tally } from '../../../core/guard/proposals.ts';
import { mayBlock } from '../../../core/lifecycle/permitted.ts';
import { isLive } from '../../../core/projection/account.ts';
import { asIfLive } from '../../../core/projection/preview.ts';
import { isConvertible, proposesBlock } from '../../../core/projection/transitions.ts';
import { findCondition } from '../../../core/status/conditions.ts';
import { visitAll } from '../../../ports/clock.ts';
import { parseKey } from '../../../ports/resources.ts';
import type { CycleRun, Steps } from '../cycle-run.ts';
import { permittedIn } from '../project.ts';
import { projectionOf } from '../records.ts';
import { countOf, liveOf, peopleOf, projectionsOf, visitProjections } from '../projections.ts';
import { creationsBefore } from '../creations.ts';
import { passedBefore } from './passed.ts';

type Planned = NonNullable<NonNullable<SyncConfigurationStatus['lastCycle']>['planned']>;

/** The records about whom something was decided before; of a preview as they would stand with what it says. */
export function* judgedBefore(run: CycleRun): Iterable<UserProjection> {
  const now = timestamp(run.deps.clock.now());
  for (const record of projectionsOf(liveOf(run), 'Judged')) {
    const own = run.configuration.spec.previewOf === undefined ? undefined : ownRecordOf(run, record.spec.source.objectId);
    yield own === undefined ? record : asIfLive(own, record, now);
  }
}

const ownRecordOf = (run: CycleRun, id: string): UserProjection | undefined => projectionOf({ ...run, live: run.configuration }, id);

/** What the guard would say of everything that the plan as it stands would delete or block, were it applied now (E7, E10). */
async function* planVerdict(run: CycleRun): Steps<GuardVerdict> {
  const { guard } = run.configuration.spec.deprovisioning;
  const windowStart = run.deps.clock.now() - durationMs(guard.window);
  const permitted = permittedIn(run);
  const harmed = new Set<string>();
  let held = false;
  await visitProjections(run, 'PlannedHarm', (own) => {
    const record = projectionOf(run, own.spec.source.objectId);
    if (record === undefined || !isLive(record)) return;
    // A verdict under which the configuration may act already counts; one of a plan never does.
    const isBlock = own.spec.lifecycle === 'Present';
    if (isBlock && !(mayBlock(permitted, record) && proposesBlock(record, { ...own.spec, mode: 'Apply' }))) return;
    harmed.add(record.metadata.name);
    // Held back by a cycle, for a reason that the numbers alone do not tell: an emptied scope, or an earlier decision.
    held ||= own.spec.evidence !== undefined;
  });
  await visitProjections(liveOf(run), 'Convertible', (record) => {
    const own = ownRecordOf(run, record.spec.source.objectId);
    if (own?.spec.lifecycle === 'Present' && isConvertible(record, own.spec, permitted) && !isDecided(record, own))
      harmed.add(record.metadata.name);
  });
  const passed = harmed.size === 0 ? 0 : yield* passedBefore(run, windowStart, 'Harm');
  const tally = new Tally({ leaving: harmed, blocked: new Set() }, windowStart);
  await visitAll(run.deps.clock, judgedBefore(run), (before) => tally.add(before));
  const { counted } = tally;
  return guardVerdict({
    proposed: harmed.size,
    recent: Math.max(counted.recent, passed) + counted.overdue + counted.awaiting,
    staged: counted.staged,
    live: countOf(liveOf(run), 'WithAccount'),
    emptied: held,
    stagingBegun: false,
    ...guard,
  });
}

/** How many of the creations that the plan asks for would wait for a decision, were it applied now; undefined where they are not limited (E7). */
async function* plannedCreations(run: CycleRun): Steps<number | undefined> {
  const { window, creations: limit } = run.configuration.spec.deprovisioning.guard;
  if (limit === undefined) return undefined;
  const counts = { NotJudged: 0, Staged: 0, Rejected: 0, Allowed: 0 };
  await visitProjections(run, 'Plan/Create', (own) => {
    const record = projectionOf(run, own.spec.source.objectId) ?? own;
    const { creation: before, ...spec } = record.spec;
    const kept = creationKept(record, { limit, permitted: true }, () => before?.evidence ?? '');
    counts[creationAllowance({ spec: { ...spec, ...kept }, status: record.status }, limit).type] += 1;
  });
  const recent = yield* creationsBefore(run, run.deps.clock.now() - durationMs(window));
  const passing = creationsPassing({ proposed: counts.NotJudged, recent, staged: counts.Staged }, limit);
  return counts.NotJudged - passing + counts.Staged;
}

/**
 * Whether somebody has decided about the conversion already. A rejection holds in each mode while it rests on the same evidence, which is told by the
 * record of the plan that has kept it; any other verdict in Apply alone.
 */
function isDecided({ spec }: UserProjection, own: UserProjection): boolean {
  if (own.spec.conversion?.verdict === 'Rejected') return true;
  const verdict = spec.memberStrategy === own.spec.memberStrategy && spec.mode === 'Apply' ? spec.conversion?.verdict : undefined;
  return verdict !== undefined && verdict !== 'Rejected';
}

const operations = ['Create', 'Update', 'Disable', 'Delete', 'Restore', 'None'] as const;

/** People who would be passed over, by reason: those without a record by the cycle, the others by their record. */
async function skippedOf(run: CycleRun): Promise<Record<string, number>> {
  const skipped: Record<string, number> = {};
  const count = (reason: string): void => void (skipped[reason] = (skipped[reason] ?? 0) + 1);
  for (const reason of run.findings.skipped.values()) count(reason);
  await visitAll(run.deps.clock, peopleOf(run, 'State/Skipped'), ({ key }) => {
    const record = run.deps.projections.lister.get(parseKey(key));
    // Whoever the cycle has named is counted once.
    if (record && !run.findings.skipped.has(record.spec.source.objectId))
      count(findCondition(record.status.conditions, 'Ready')?.reason ?? 'Skipped');
  });
  return skipped;
}

/**
 * What a plan comes to as its records stand now: every operation, conflicts, skips by reason, and the verdict of the guard (E10, G8). Undefined
 * where the configuration acts. Rejects like a cycle.
 */
export async function* plannedNow(run: CycleRun): Steps<Planned | undefined> {
  if (run.configuration.spec.mode !== 'Plan') return undefined;
  const numbers: readonly (readonly [string, number])[] = [
    ...operations.map((operation) => [operation.toLowerCase(), countOf(run, `Plan/${operation}`)] as const),
    ['conflict', countOf(run, 'State/Conflict')],
    ['failure', countOf(run, 'State/Failed')],
  ];
  const { result, count, percent } = yield* planVerdict(run);
  const stagedCreations = yield* plannedCreations(run);
  const skipped = await skippedOf(run);
  return {
    ...Object.fromEntries(numbers.filter(([, number]) => number > 0)),
    ...(Object.keys(skipped).length === 0 ? {} : { skipped }),
    guard: { result, count, percent, ...(stagedCreations === undefined ? {} : { stagedCreations }) },
  };
}
