import { labels, type SyncConfiguration, type UserProjection } from '../../api/kinds.ts';
import { findCondition } from '../../core/status/conditions.ts';
import type { Showing } from './status.ts';
import { ago, plain, table, type Cell, type Tone } from './table.ts';

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
  readonly pair?: string;
  readonly user?: string;
  readonly sourceObjectId: string;
  readonly targetObjectId?: string;
  readonly origin?: string;
  readonly state: string;
  readonly reason: string;
  readonly message: string;
  readonly since?: string;
  readonly nextAttemptAt?: string;
  /** The object in the way, and what it is. */
  readonly conflictingObjectId?: string;
  readonly conflictingObjectKind?: string;
  readonly lastWriteAt?: string;
  /** What was refused last, for a support case. */
  readonly lastError?: UserProjection['status']['lastError'];
  readonly warnings?: UserProjection['status']['warnings'];
}

/** The members of a value that are there. */
const defined = <T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as { [K in keyof T]?: Exclude<T[K], undefined> };

export function whereabouts({ metadata, spec, status }: UserProjection): Whereabouts {
  const ready = findCondition(status.conditions, 'Ready');
  const { targetUser, nextAttemptAt, conflictingObjectId, conflictingObjectKind, lastWriteAt, lastError, warnings } = status;
  const user = spec.source.userPrincipalName;
  return {
    namespace: metadata.namespace,
    configuration: spec.syncConfigurationRef.name,
    ...defined({ pair: metadata.labels?.[labels.tenantPair], user: user && plain(user) }),
    sourceObjectId: spec.source.objectId,
    ...defined({ targetObjectId: targetUser?.objectId, origin: targetUser?.origin }),
    state: status.state,
    reason: ready?.reason ?? 'Progressing',
    message: plain(ready?.message ?? 'The operator has not worked on this record yet.'),
    ...defined({
      since: ready?.lastTransitionTime,
      nextAttemptAt,
      conflictingObjectId,
      conflictingObjectKind,
      lastWriteAt,
      lastError,
      warnings,
    }),
  };
}

/** What holds a person back, in words; none where nothing does. */
function heldLines(one: Whereabouts): readonly string[] {
  const { conflictingObjectId, conflictingObjectKind = 'object', nextAttemptAt, lastError } = one;
  const { code = '', requestId } = lastError ?? {};
  return [
    ...(conflictingObjectId === undefined ? [] : [`  in the way  ${conflictingObjectKind} ${conflictingObjectId}`]),
    ...(lastError === undefined ? [] : [`  refused   ${plain(code)}${requestId === undefined ? '' : `, request ${plain(requestId)}`}`]),
    ...(nextAttemptAt === undefined ? [] : [`  next attempt at ${nextAttemptAt}`]),
    ...(one.warnings ?? []).map(({ reason, message }) => `  warning   ${reason}: ${plain(message)}`),
  ];
}

/** The whereabouts of one person, in words. */
export function whoLines(all: readonly Whereabouts[], now: number): readonly string[] {
  return all.flatMap((one, index) => [
    ...(index > 0 ? [''] : []),
    `${one.user ?? one.sourceObjectId}, by configuration ${one.namespace}/${one.configuration}${one.pair === undefined ? '' : ` of pair ${one.pair}`}`,
    `  state     ${one.state}${one.since === undefined ? '' : `, for ${ago(one.since, now)}`}`,
    `  because   ${one.reason}: ${one.message}`,
    `  source    ${one.sourceObjectId}`,
    `  account   ${one.targetObjectId ?? 'none'}${one.origin === undefined ? '' : ` (${one.origin})`}`,
    ...(one.lastWriteAt === undefined ? [] : [`  written   ${ago(one.lastWriteAt, now)} ago`]),
    ...heldLines(one),
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
  /** Who approved it, where somebody had to. */
  readonly approvedBy?: string;
}

/** Who has decided what, by configuration (`namespace/name`) and token, as long as the configurations remember. */
export type Deciders = ReadonlyMap<string, string>;

/** Who approved which set, as the configurations tell. */
export function decidersOf(configurations: readonly SyncConfiguration[]): Deciders {
  return new Map(
    configurations.flatMap(({ metadata, status }) =>
      (status.deletionDecisions ?? []).flatMap(({ token, decision, by, verified }) =>
        token === undefined || by === undefined || decision !== 'Approved'
          ? []
          : [[`${metadata.namespace}/${metadata.name} ${token}`, verified === true ? by : `${by} (unverified)`] as const],
      ),
    ),
  );
}

/** What happened to people, newest first, as far as their records still tell: the last ten events of each. */
export function happenings(
  records: readonly UserProjection[],
  { since, action, deciders }: { readonly since?: number | undefined; readonly action?: string | undefined; readonly deciders: Deciders },
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
        ...approval(deciders.get(`${metadata.namespace}/${spec.syncConfigurationRef.name} ${event.cycleId ?? ''}`)),
      })),
    )
    .filter(({ at }) => since === undefined || Date.parse(at) >= since)
    .filter((event) => action === undefined || same(event.action, action))
    .toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at));
}

const approval = (by: string | undefined): Pick<Happening, 'approvedBy'> => (by === undefined ? {} : { approvedBy: plain(by) });

const tones: Readonly<Record<string, Tone>> = { failure: 'Bad', warning: 'Doubtful' };

export function historyLines(all: readonly Happening[], { paint, form }: Pick<Showing, 'paint' | 'form'>): readonly string[] {
  if (all.length === 0) return ['Nothing happened that a record tells of.'];
  const isWide = form === 'Wide';
  const rows = all.map((one): readonly Cell[] => {
    const { attributes = [], status } = one;
    const tone = tones[status];
    return [
      one.at,
      ...(isWide ? [one.namespace] : []),
      one.configuration,
      one.user,
      one.action,
      tone === undefined ? status : { text: status, tone },
      [one.reason ?? '', attributes.length === 0 ? '' : `[${attributes.join(', ')}]`].filter(Boolean).join(' ') || '-',
      one.approvedBy ?? '-',
      one.cycleId ?? '-',
    ];
  });
  const place = isWide ? ['NAMESPACE', 'CONFIGURATION'] : ['CONFIGURATION'];
  return table(['TIME', ...place, 'USER', 'ACTION', 'STATUS', 'WHY', 'APPROVED-BY', 'CYCLE'], rows, paint);
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

export function planLines(all: readonly Planned[], form: 'Usual' | 'Wide'): readonly string[] {
  if (all.length === 0) return ['Nothing would change.'];
  const sums = new Map<string, number>();
  for (const { operation } of all) sums.set(operation, (sums.get(operation) ?? 0) + 1);
  const wide = (id: string): readonly string[] => (form === 'Wide' ? [id] : []);
  const rows = all.flatMap(({ operation, user, sourceObjectId, attributes, changes }) => {
    const told = new Map(changes.map(({ attribute, from, to }) => [attribute, `${attribute}: ${shown(from)} → ${shown(to)}`]));
    const [first = '', ...others] = [...new Set([...attributes, ...told.keys()])].map((attribute) => told.get(attribute) ?? attribute);
    return [[operation, user, ...wide(sourceObjectId), first], ...others.map((other) => ['', '', ...wide(''), other])];
  });
  return [
    ...table(['OPERATION', 'USER', ...wide('SOURCE-ID'), 'CHANGES'], rows),
    '',
    [...sums].map(([operation, count]) => `${count} ${operation}`).join(', '),
  ];
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
