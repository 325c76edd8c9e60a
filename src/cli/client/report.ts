import type { GroupProjection, SyncConfiguration, TenantPair, UserProjection } from '../../api/kinds.ts';
import { groupsReport, statesOf, type GroupsReport, type States } from './groups.ts';
import { decisionsOf, type Decided } from './overview.ts';
import { operationsText } from '../../core/status/operations.ts';
import { decidersOf, happenings, whereabouts, type Happening, type Whereabouts } from './people.ts';
import { glances, type Glance } from './status.ts';

/** What a report is made of: everything as the caller may read it. */
export interface Findings {
  readonly pairs: readonly TenantPair[];
  readonly configurations: readonly SyncConfiguration[];
  /** Undefined: the caller may not read records, so that there are numbers and no people. */
  readonly records: readonly UserProjection[] | undefined;
  /** The same for records of groups. */
  readonly groups: readonly GroupProjection[] | undefined;
}

/** A report for a change ticket or an auditor: how everything stood at one moment. */
export interface Report {
  readonly title: string;
  readonly at: string;
  readonly resources: readonly Glance[];
  readonly states: States;
  /** Not there where no groups are projected, and of one person. */
  readonly groups?: GroupsReport;
  readonly staged: readonly (Whereabouts & { readonly why: string })[];
  readonly problems: readonly Whereabouts[];
  readonly decisions: readonly Decided[];
  readonly cycles: readonly CycleLine[];
  readonly happened: readonly Happening[];
  /** Whether people are in it, or numbers alone. */
  readonly people: 'Named' | 'NotReadable';
}

interface CycleLine {
  readonly configuration: string;
  readonly kind: string;
  readonly result: string;
  readonly completedAt: string;
  readonly operations: string;
}

/** As many events as a report holds: the newest. */
const mostEvents = 500;

const isProblem = ({ status: { state } }: UserProjection): boolean => state === 'Failed' || state === 'Conflict';
const isStaged = ({ spec, status }: UserProjection): boolean =>
  spec.lifecycle === 'RemovalStaged' || spec.blockStaged === true || status.state === 'Staged';

function whyStaged({ spec }: UserProjection): string {
  if (spec.lifecycle === 'RemovalStaged') return `${spec.removal?.action ?? 'removal'}, ${spec.removal?.reason ?? ''}`;
  return spec.blockStaged === true ? 'Block, source user disabled' : 'Create';
}

/** How many people are in which state: by the records, or by the sums of the configurations where those cannot be read. */
function peopleByState({ configurations, records }: Findings): States {
  if (records) return statesOf(records.map(({ status }) => [status.state, 1]));
  return statesOf(
    configurations.flatMap(({ status }) => {
      const { synced, pending, failed, conflict, skipped, staged, leaving, softDeleted, retained } = status.users ?? {};
      const counts = { synced, pending, failed, conflict, skipped, staged, leaving, softDeleted, retained };
      return Object.entries(counts).map(([state, count]) => [state, count ?? 0] as const);
    }),
  );
}

function cyclesOf(configurations: readonly SyncConfiguration[]): readonly CycleLine[] {
  return configurations.flatMap(({ metadata, status: { lastCycle, history = [] } }) => {
    const all = lastCycle === undefined || history.some(({ id }) => id === lastCycle.id) ? history : [lastCycle, ...history];
    return all.map(({ kind, result, completedAt, ...counts }) => ({
      configuration: `${metadata.namespace}/${metadata.name}`,
      kind: kind ?? '',
      result: result ?? 'Under way',
      completedAt: completedAt ?? '',
      operations: operationsText(counts),
    }));
  });
}

/** The report of what was found, as a value. `now` in epoch milliseconds. */
export function reportOf(found: Findings, title: string, now: number): Report {
  const { pairs, configurations, records } = found;
  const groups = groupsReport(configurations, found.groups);
  return {
    title,
    at: new Date(now).toISOString(),
    resources: glances(pairs, configurations),
    states: peopleByState(found),
    ...(groups === undefined ? {} : { groups }),
    staged: (records ?? []).filter(isStaged).map((record) => ({ ...whereabouts(record), why: whyStaged(record) })),
    problems: (records ?? []).filter(isProblem).map(whereabouts),
    decisions: decisionsOf(configurations),
    cycles: cyclesOf(configurations),
    happened: happenings(records ?? [], { deciders: decidersOf(configurations) }).slice(0, mostEvents),
    people: records === undefined ? 'NotReadable' : 'Named',
  };
}
