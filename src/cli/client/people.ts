import type { SyncConfiguration, UserProjection } from '../../api/kinds.ts';
import { findCondition } from '../../core/status/conditions.ts';
import { ago, plain, table } from './table.ts';

/** The side of a name: of the person in the source, or of the account in the target. */
export type Side = 'Either' | 'Target';

const same = (a: unknown, b: string): boolean => typeof a === 'string' && a.toLowerCase() === b.toLowerCase();

/** The records of a person by object id, user principal name or mail of either side, whatever the case. */
export function recordsOf(records: readonly UserProjection[], name: string, side: Side): readonly UserProjection[] {
  return records.filter(({ spec, status }) => {
    const { targetUser } = status;
    const inTarget = [targetUser?.objectId, targetUser?.userPrincipalName];
    const inSource = [spec.source.objectId, spec.source.userPrincipalName, spec.invitedAddress, spec.attributes?.mail];
    return (side === 'Target' ? inTarget : [...inSource, ...inTarget]).some((value) => same(value, name));
  });
}

/** Where a person stands, by one record. */
export interface Whereabouts {
  readonly namespace: string;
  readonly configuration: string;
  readonly user?: string;
  readonly sourceObjectId: string;
  readonly targetObjectId?: string;
  readonly origin?: string;
  readonly state: string;
  readonly reason: string;
  readonly message: string;
  readonly since?: string;
  readonly nextAttemptAt?: string;
  /** The object in the way. */
  readonly conflictingObjectId?: string;
}

export function whereabouts({ metadata, spec, status }: UserProjection): Whereabouts {
  const ready = findCondition(status.conditions, 'Ready');
  const { targetUser, nextAttemptAt, conflictingObjectId } = status;
  const user = spec.source.userPrincipalName;
  return {
    namespace: metadata.namespace,
    configuration: spec.syncConfigurationRef.name,
    ...(user === undefined ? {} : { user: plain(user) }),
    sourceObjectId: spec.source.objectId,
    ...(targetUser === undefined ? {} : { targetObjectId: targetUser.objectId }),
    ...(targetUser?.origin === undefined ? {} : { origin: targetUser.origin }),
    state: status.state,
    reason: ready?.reason ?? 'Progressing',
    message: plain(ready?.message ?? 'The operator has not worked on this record yet.'),
    ...(ready === undefined ? {} : { since: ready.lastTransitionTime }),
    ...(nextAttemptAt === undefined ? {} : { nextAttemptAt }),
    ...(conflictingObjectId === undefined ? {} : { conflictingObjectId }),
  };
}

/** The whereabouts of one person, in words. */
export function whoLines(all: readonly Whereabouts[], now: number): readonly string[] {
  return all.flatMap((one, index) => [
    ...(index > 0 ? [''] : []),
    `${one.user ?? one.sourceObjectId}, by configuration ${one.namespace}/${one.configuration}`,
    `  state     ${one.state}${one.since === undefined ? '' : `, for ${ago(one.since, now)}`}`,
    `  because   ${one.reason}: ${one.message}`,
    `  source    ${one.sourceObjectId}`,
    `  account   ${one.targetObjectId ?? 'none'}${one.origin === undefined ? '' : ` (${one.origin})`}`,
    ...(one.conflictingObjectId === undefined ? [] : [`  in the way  ${one.conflictingObjectId}`]),
    ...(one.nextAttemptAt === undefined ? [] : [`  next attempt at ${one.nextAttemptAt}`]),
  ]);
}

/** One thing that was done about somebody. */
export interface Happening {
  readonly at: string;
  readonly namespace: string;
  readonly configuration: string;
  readonly user: string;
  readonly action: string;
  readonly status: string;
  readonly reason?: string;
  readonly attributes?: readonly string[];
  readonly cycleId?: string;
}

/** What happened to people, newest first, as far as their records still tell: the last ten events of each. */
export function happenings(
  records: readonly UserProjection[],
  { since, action }: { readonly since?: number | undefined; readonly action?: string | undefined },
): readonly Happening[] {
  return records
    .flatMap(({ metadata, spec, status }) =>
      (status.history ?? []).map((event): Happening => ({
        at: event.at,
        namespace: metadata.namespace,
        configuration: spec.syncConfigurationRef.name,
        user: plain(spec.source.userPrincipalName ?? spec.source.objectId),
        action: event.action,
        status: event.status,
        ...(event.reason === undefined ? {} : { reason: event.reason }),
        ...(event.modifiedAttributes === undefined ? {} : { attributes: event.modifiedAttributes }),
        ...(event.cycleId === undefined ? {} : { cycleId: event.cycleId }),
      })),
    )
    .filter(({ at }) => since === undefined || Date.parse(at) >= since)
    .filter((event) => action === undefined || same(event.action, action))
    .toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at));
}

export function historyLines(all: readonly Happening[]): readonly string[] {
  if (all.length === 0) return ['Nothing happened that a record tells of.'];
  const rows = all.map(({ at, configuration, user, action, status, reason, attributes }) => [
    at,
    configuration,
    user,
    action,
    status,
    [reason ?? '', attributes === undefined || attributes.length === 0 ? '' : `[${attributes.join(', ')}]`].filter(Boolean).join(' '),
  ]);
  return table(['TIME', 'CONFIGURATION', 'USER', 'ACTION', 'STATUS', 'WHY'], rows);
}

/** Whether a plan is there of the spec as it is now: a cycle of it has ended, and nothing is under way or in the way. */
export function hasPlan({ metadata, status }: SyncConfiguration): boolean {
  const ready = findCondition(status.conditions, 'Ready');
  const { lastCycle, currentCycle } = status;
  // A cycle that is on record as ended may still be shown as current for a while.
  const isOver = lastCycle !== undefined && (currentCycle === undefined || currentCycle.id === lastCycle.id);
  return isOver && status.observedGeneration === metadata.generation && ready?.status === 'True';
}

/** What a plan would do for one person. */
export interface Planned {
  readonly user: string;
  readonly sourceObjectId: string;
  readonly operation: string;
  readonly attributes: readonly string[];
  /** What would stand there instead of what, as far as the plan says. */
  readonly changes: NonNullable<NonNullable<UserProjection['status']['plan']>['changes']>;
}

/** What the plan of a configuration would do, by operation and name; who would stay as they are is left out. */
export function plannedOf(records: readonly UserProjection[], configuration: string): readonly Planned[] {
  return records
    .flatMap(({ spec, status }): readonly Planned[] => {
      if (spec.syncConfigurationRef.name !== configuration || status.plan === undefined || status.plan.operation === 'None') return [];
      const { objectId, userPrincipalName } = spec.source;
      const { operation, attributes = [], changes = [] } = status.plan;
      return [{ user: plain(userPrincipalName ?? objectId), sourceObjectId: objectId, operation, attributes, changes }];
    })
    .toSorted((a, b) => (`${a.operation} ${a.user}` < `${b.operation} ${b.user}` ? -1 : 1));
}

export function planLines(all: readonly Planned[]): readonly string[] {
  if (all.length === 0) return ['Nothing would change.'];
  const sums = new Map<string, number>();
  for (const { operation } of all) sums.set(operation, (sums.get(operation) ?? 0) + 1);
  const rows = all.flatMap(({ operation, user, attributes, changes }) => {
    const told = new Map(changes.map(({ attribute, from, to }) => [attribute, `${attribute}: ${shown(from)} → ${shown(to)}`]));
    const [first = '', ...others] = [...new Set([...attributes, ...told.keys()])].map((attribute) => told.get(attribute) ?? attribute);
    return [[operation, user, first], ...others.map((other) => ['', '', other])];
  });
  return [...table(['OPERATION', 'USER', 'CHANGES'], rows), '', [...sums].map(([operation, count]) => `${count} ${operation}`).join(', ')];
}

const shown = (value: string | undefined): string => (value === undefined ? '(nothing)' : plain(value));

type GuardSays = NonNullable<NonNullable<NonNullable<SyncConfiguration['status']['lastCycle']>['planned']>['guard']>;

/** What the accidental deletion guard would say of a plan. */
export function guardLine(guard: GuardSays | undefined): readonly string[] {
  if (guard === undefined) return [];
  const { stagedCreations = 0 } = guard;
  const creations = stagedCreations === 0 ? [] : [`Guard: ${stagedCreations} creation(s) would wait for a decision.`];
  if (guard.count === 0) return creations;
  const verdict = guard.result === 'Staged' ? 'they would wait for a decision' : 'they would be carried out';
  return [`Guard: ${guard.count} deletion(s) and block(s), ${guard.percent} % of the accounts; ${verdict}.`, ...creations];
}
