import type { SyncConfigurationStatus } from '../../api/generated.ts';
import { paceOf } from '../../core/cycle/pace.ts';
import { formatDuration, timestamp } from '../../core/duration.ts';
import { operationsText } from '../../core/status/operations.ts';
import { plannedText } from '../../core/status/well.ts';
import type { CycleCounts } from '../shared/cycle-tracker.ts';
import type { CycleRun } from './cycle-run.ts';

/** As many as status.resolvedScope may hold; of an application's further groups it is not noticed when one is emptied. */
const mostGroups = 200;

type CurrentCycle = NonNullable<SyncConfigurationStatus['currentCycle']>;

/** How far a cycle is, for `status.currentCycle`. */
export function currentCycle(run: CycleRun): CurrentCycle {
  const { clock, tracker } = run.deps;
  const { written, pending, ratePerMinute, expectedEnd, limitedBy } = paceOf({
    work: tracker.throughput(run.configurationKey),
    elapsedMs: clock.monotonic() - run.startedMonotonic,
    now: clock.now(),
    hindrance: run.turn.hindrance,
    isDecided: run.findings.phase === 'Settling',
  });
  return {
    id: run.id,
    kind: run.kind,
    phase: run.findings.phase,
    startedAt: timestamp(run.startedAt),
    usersRead: run.findings.usersRead,
    decided: run.findings.decided,
    written,
    pending,
    ...(ratePerMinute === undefined ? {} : { ratePerMinute }),
    ...(expectedEnd === undefined ? {} : { expectedEnd: timestamp(expectedEnd) }),
    limitedBy,
    ...(run.findings.verdict ? { guard: run.findings.verdict } : {}),
  };
}

/** How far a cycle is, as a sentence for Ready. */
export function progressOf({ usersRead = 0, written = 0, pending = 0, ratePerMinute, expectedEnd, limitedBy }: CurrentCycle): string {
  const parts = [
    `${usersRead} user(s) read`,
    `${written} of ${written + pending} change(s) carried out`,
    ...(ratePerMinute === undefined ? [] : [`${ratePerMinute} a minute`]),
    ...(limitedBy === undefined || limitedBy === 'Nothing' ? [] : [`limited by ${limiters[limitedBy]}`]),
    ...(expectedEnd === undefined ? [] : [`expected to end at ${expectedEnd}`]),
  ];
  return `A cycle is under way: ${parts.join(', ')}.`;
}

const limiters = { Quota: "the tenants' quota", Replication: 'replication in the target', Kubernetes: 'the Kubernetes API' } as const;

/** The names of the scope, resolved, for `status.resolvedScope`. */
export function resolvedScope(run: CycleRun): SyncConfigurationStatus['resolvedScope'] {
  const { users } = run.findings.scope;
  const groups = [...run.findings.scope.groups, ...[...run.findings.applicationGroups].map(([id, members]) => ({ id, members }))].slice(
    0,
    mostGroups,
  );
  return users.length + groups.length === 0
    ? undefined
    : { ...(groups.length > 0 ? { groups } : {}), ...(users.length > 0 ? { users } : {}) };
}

function countBy(values: Iterable<string>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

type LastCycle = NonNullable<SyncConfigurationStatus['lastCycle']>;

/** How a cycle ended: what was done, and, in Plan mode, what would be. */
export interface CycleResult {
  readonly result: NonNullable<LastCycle['result']>;
  readonly counts: CycleCounts;
  readonly planned?: LastCycle['planned'];
}

/** The summary of a cycle, for `status.lastCycle` and the history. */
export function summaryOf(run: CycleRun, now: number, { result, counts, planned }: CycleResult): LastCycle {
  const operations = { create: 0, update: 0, disable: 0, delete: 0, restore: 0, skip: 0, failure: 0, ...counts.operations };
  return {
    id: run.id,
    kind: run.kind,
    result,
    startedAt: timestamp(run.startedAt),
    completedAt: timestamp(now),
    duration: formatDuration(run.deps.clock.monotonic() - run.startedMonotonic),
    operations,
    ...(Object.keys(counts.groupOperations).length > 0 ? { groupOperations: { ...counts.groupOperations } } : {}),
    ...(run.findings.skipped.size > 0 ? { skipped: countBy(run.findings.skipped.values()) } : {}),
    ...(planned === undefined ? {} : { planned }),
  };
}

/** The summary of a cycle in one line, for an event. */
export function describe(
  run: CycleRun,
  { counts, planned }: { readonly counts: CycleCounts; readonly planned: LastCycle['planned'] | undefined },
): string {
  if (planned !== undefined) return `${run.kind} cycle. ${plannedText(planned)}`;
  return `${run.kind} cycle: ${operationsText(counts) || `${run.findings.writes} projection(s) written`}.`;
}
