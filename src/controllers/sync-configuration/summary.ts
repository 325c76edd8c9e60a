import type { SyncConfigurationStatus } from '../../api/generated.ts';
import { formatDuration, timestamp } from '../../core/duration.ts';
import type { CycleCounts } from '../shared/cycle-tracker.ts';
import type { CycleRun } from './cycle-run.ts';

/** As many as status.resolvedScope may hold; of an application's further groups it is not noticed when one is emptied. */
const mostGroups = 200;

/** How far a cycle is, for `status.currentCycle`. */
export function currentCycle(run: CycleRun): NonNullable<SyncConfigurationStatus['currentCycle']> {
  return {
    id: run.id,
    kind: run.kind,
    phase: run.findings.phase,
    startedAt: timestamp(run.startedAt),
    usersRead: run.findings.usersRead,
    ...(run.findings.verdict ? { guard: run.findings.verdict } : {}),
  };
}

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
    ...(run.findings.skipped.size > 0 ? { skipped: countBy(run.findings.skipped.values()) } : {}),
    ...(planned === undefined ? {} : { planned }),
  };
}

/** The summary of a cycle in one line, for an event. */
export function describe(run: CycleRun, operations: Readonly<Record<string, number>>): string {
  const parts = Object.entries(operations).map(([action, count]) => `${count} ${action}`);
  return `${run.kind} cycle: ${parts.length > 0 ? parts.join(', ') : `${run.findings.writes} projection(s) written`}.`;
}
