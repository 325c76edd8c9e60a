import type { GroupProjection, SyncConfiguration } from '../../api/kinds.ts';
import { stagedOfGroup, type StagedOfGroup } from '../../core/groups/staged.ts';
import { findCondition } from '../../core/status/conditions.ts';
import { plain, table } from './table.ts';

/** How many of something are in which state, most first. */
export type States = readonly { readonly state: string; readonly count: number }[];

/** Adds up how many are in which state. */
export function statesOf(counts: Iterable<readonly [state: string, count: number]>): States {
  const sums = new Map<string, number>();
  for (const [state, count] of counts) if (count > 0) sums.set(state, (sums.get(state) ?? 0) + count);
  return [...sums].map(([state, count]) => ({ state, count })).toSorted((a, b) => b.count - a.count || (a.state < b.state ? -1 : 1));
}

/** The name of a group, for whoever may read its record. */
export const groupName = ({ spec }: GroupProjection): string => plain(spec.attributes?.displayName ?? spec.source.objectId);

/** What of a group waits for a decision. */
export const stagedText = (staged: StagedOfGroup): string =>
  staged.type === 'Deletion' ? 'deletion of the group' : `${staged.count} member(s) would leave it`;

/** Where a group stands, by its record. */
export interface GroupStanding {
  readonly namespace: string;
  readonly configuration: string;
  readonly group: string;
  readonly sourceObjectId: string;
  readonly targetObjectId?: string;
  readonly state: string;
  readonly reason: string;
  readonly message: string;
  readonly members?: GroupProjection['status']['members'];
  /** What waits for a decision. */
  readonly waits?: string;
  readonly conflictingObjectId?: string;
  readonly nextAttemptAt?: string;
  /** Somebody or something has to change. */
  readonly isProblem: boolean;
  readonly warnings: readonly { readonly reason: string; readonly message: string }[];
}

function standingOf(record: GroupProjection): GroupStanding {
  const { metadata, spec, status } = record;
  const ready = findCondition(status.conditions, 'Ready');
  const staged = stagedOfGroup(record);
  const { targetGroup, members, conflictingObjectId, nextAttemptAt, state, warnings = [] } = status;
  return {
    namespace: metadata.namespace,
    configuration: spec.syncConfigurationRef.name,
    group: groupName(record),
    sourceObjectId: spec.source.objectId,
    ...(targetGroup === undefined ? {} : { targetObjectId: targetGroup.objectId }),
    state,
    reason: ready?.reason ?? 'Progressing',
    message: plain(ready?.message ?? 'The operator has not worked on this record yet.'),
    ...(members === undefined ? {} : { members }),
    ...(staged === undefined ? {} : { waits: stagedText(staged) }),
    ...(conflictingObjectId === undefined ? {} : { conflictingObjectId }),
    ...(nextAttemptAt === undefined ? {} : { nextAttemptAt }),
    isProblem: state === 'Failed' || state === 'Conflict',
    warnings: warnings.map(({ reason, message }) => ({ reason, message: plain(message) })),
  };
}

/** What would be done about a group. */
export interface PlannedGroup {
  readonly group: string;
  readonly sourceObjectId: string;
  readonly operation: string;
  readonly attributes: readonly string[];
  readonly addMembers: number;
  readonly removeMembers: number;
}

/** What the plan of a configuration would do about groups, by operation and name; those that would stay as they are are left out. */
export function plannedGroupsOf(records: readonly GroupProjection[], configuration: string): readonly PlannedGroup[] {
  return records
    .flatMap((record): readonly PlannedGroup[] => {
      const { spec, status } = record;
      const { plan } = status;
      if (spec.syncConfigurationRef.name !== configuration || plan === undefined || plan.operation === 'None') return [];
      const { operation, attributes = [], addMembers = 0, removeMembers = 0 } = plan;
      return [{ group: groupName(record), sourceObjectId: spec.source.objectId, operation, attributes, addMembers, removeMembers }];
    })
    .toSorted((a, b) => (`${a.operation} ${a.group}` < `${b.operation} ${b.group}` ? -1 : 1));
}

export function groupPlanLines(all: readonly PlannedGroup[]): readonly string[] {
  if (all.length === 0) return [];
  const rows = all.map(({ operation, group, attributes, addMembers, removeMembers }) => [
    operation,
    group,
    attributes.join(', '),
    addMembers === 0 ? '' : `+${addMembers}`,
    removeMembers === 0 ? '' : `-${removeMembers}`,
  ]);
  return ['', ...table(['OPERATION', 'GROUP', 'CHANGES', 'JOIN', 'LEAVE'], rows)];
}

/** How groups stand. */
export interface GroupsReport {
  readonly states: States;
  /** Problems first, then what waits for a decision. */
  readonly standings: readonly GroupStanding[];
  /** Whether the groups are in it, or numbers alone. */
  readonly names: 'Named' | 'NotReadable';
}

/** How the groups of configurations stand; undefined where there are none. Without records: by the numbers of the configurations. */
export function groupsReport(
  configurations: readonly SyncConfiguration[],
  records: readonly GroupProjection[] | undefined,
): GroupsReport | undefined {
  if (records === undefined) {
    const counts = configurations.flatMap(({ status }) => Object.entries(status.groups ?? {}).filter(([state]) => state !== 'selected'));
    const isThere = configurations.some(({ status }) => status.groups !== undefined);
    return isThere ? { states: statesOf(counts), standings: [], names: 'NotReadable' } : undefined;
  }
  if (records.length === 0) return undefined;
  const rank = ({ isProblem, waits }: GroupStanding): number => (isProblem ? 0 : waits === undefined ? 2 : 1);
  return {
    states: statesOf(records.map(({ status }) => [status.state, 1])),
    standings: records.map(standingOf).toSorted((a, b) => rank(a) - rank(b) || (a.group < b.group ? -1 : 1)),
    names: 'Named',
  };
}
