import type { SyncConfiguration, TenantPair } from '../../api/kinds.ts';
import { findCondition } from '../../core/status/conditions.ts';
import { ago, plain, table, type Cell, type Paint, type Tone } from './table.ts';

/** One resource at a glance. */
export interface Glance {
  readonly namespace: string;
  readonly kind: 'TenantPair' | 'SyncConfiguration';
  readonly name: string;
  readonly ready: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  readonly since?: string;
  /** Of a configuration: what it does, between whom, and how often. */
  readonly mode?: string;
  readonly pair?: string;
  readonly interval?: string;
  readonly lastCycleAt?: string;
  readonly nextCycleAt?: string;
  readonly users?: SyncConfiguration['status']['users'];
  readonly groups?: SyncConfiguration['status']['groups'];
  readonly warnings: readonly { readonly reason: string; readonly message: string }[];
  /** The command that leads on; undefined where nothing is to be done. */
  readonly next?: string;
}

type Resource = TenantPair | SyncConfiguration;

/** What to do next about a resource that is not as it should be. */
function nextStep({ kind, metadata }: Pick<Resource, 'kind' | 'metadata'>, reason: string): string {
  const at = `-n ${metadata.namespace}`;
  const named = kind === 'TenantPair' ? `tenantpair/${metadata.name}` : metadata.name;
  switch (reason) {
    case 'DeletionsStaged':
    case 'CreationsStaged':
      return `kubectl tenantsync approve ${metadata.name} ${at}    (or reject)`;
    case 'Suspended':
      return `kubectl tenantsync resume ${named} ${at}`;
    case 'EntraJobActive':
      return `kubectl tenantsync handover ${metadata.name} ${at}`;
    default:
      return `kubectl describe ${kind.toLowerCase()} ${metadata.name} ${at}; what to do: docs/runbooks/${reason}.md`;
  }
}

/** Fields of the spec that a message names by their place, with the name that stands there. */
function withNames({ scope, groups }: SyncConfiguration['spec'], message: string): string {
  const lists = { 'scope.users': scope.users, 'scope.groups': scope.groups, 'groups.select': groups?.select };
  return message.replaceAll(
    /\bspec\.(scope\.users|scope\.groups|groups\.select)\[(\d+)\]/g,
    (place, list: keyof typeof lists, index: string) => {
      const entry: object = lists[list]?.[Number(index)] ?? {};
      const { userPrincipalName, displayName, id } = entry as Partial<Record<'userPrincipalName' | 'displayName' | 'id', string>>;
      const name = userPrincipalName ?? displayName ?? id;
      return name === undefined ? place : `${place} (${JSON.stringify(plain(name))})`;
    },
  );
}

function glance(kind: Glance['kind'], { metadata, status }: Resource, more: Partial<Glance>): Glance {
  const ready = findCondition(status.conditions, 'Ready');
  const reason = ready?.reason ?? 'Progressing';
  const fine = ready?.status === 'True' && reason !== 'Suspended';
  return {
    namespace: metadata.namespace,
    kind,
    name: metadata.name,
    ready: ready?.status ?? 'Unknown',
    reason,
    message: plain(ready?.message ?? 'The operator has not looked at it yet. Is it running?'),
    ...(ready === undefined ? {} : { since: ready.lastTransitionTime }),
    ...(fine ? {} : { next: nextStep({ kind, metadata }, reason) }),
    warnings: [],
    ...more,
  };
}

/** Every resource at a glance, those with a problem first. */
export function glances(pairs: readonly TenantPair[], configurations: readonly SyncConfiguration[]): readonly Glance[] {
  const all = [
    ...pairs.map((pair) => glance('TenantPair', pair, { warnings: pair.status.access?.warnings ?? [] })),
    ...configurations.map((configuration) => {
      const { users, groups, lastCycle, nextCycleAt, warnings = [] } = configuration.status;
      const { mode, tenantPairRef, interval } = configuration.spec;
      const of = glance('SyncConfiguration', configuration, {});
      return {
        ...of,
        message: withNames(configuration.spec, of.message),
        mode,
        pair: tenantPairRef.name,
        interval,
        ...(users === undefined ? {} : { users }),
        ...(groups === undefined ? {} : { groups }),
        ...(lastCycle?.completedAt === undefined ? {} : { lastCycleAt: lastCycle.completedAt }),
        ...(nextCycleAt === undefined ? {} : { nextCycleAt }),
        warnings: warnings.map(({ reason, message }) => ({ reason, message: withNames(configuration.spec, message) })),
      };
    }),
  ];
  return all.toSorted((a, b) => rank(a) - rank(b));
}

/** What is broken, then what cannot be told, then what waits by order of somebody, then what is as it should be. */
function rank({ ready, reason }: Glance): number {
  if (reason === 'Suspended') return 2;
  return ready === 'False' ? 0 : ready === 'Unknown' ? 1 : 3;
}

const number = (value: number | undefined): string => (value === undefined ? '-' : String(value));

/** How the groups of a configuration stand, in one line; none where it projects none. */
export function groupLine(groups: SyncConfiguration['status']['groups']): readonly string[] {
  if (groups === undefined) return [];
  const { selected = 0, ...states } = groups;
  const counts = Object.entries(states).filter(([, count]) => count > 0);
  return [`${selected} group(s)${counts.length === 0 ? '' : `: ${counts.map(([state, count]) => `${count} ${state}`).join(', ')}`}`];
}

/** How a resource stands, for a terminal that has colours. */
export const toneOf = ({ ready, reason }: { readonly ready: string; readonly reason: string }): Tone =>
  ready === 'False' ? 'Bad' : ready === 'Unknown' || reason === 'Suspended' ? 'Doubtful' : 'Good';

const head = ['NAMESPACE', 'KIND', 'NAME', 'READY', 'REASON', 'IN-SCOPE', 'SYNCED', 'FAILED', 'LAST-CYCLE'];
const wideHead = ['PAIR', 'MODE', 'INTERVAL', 'NEXT-CYCLE', 'PENDING', 'CONFLICT', 'SKIPPED', 'STAGED'];

function rowOf(one: Glance, now: number): readonly Cell[] {
  const { users, ready, reason } = one;
  const counts = [users?.inScope, users?.synced, users?.failed].map(number);
  const tone = toneOf(one);
  return [one.namespace, one.kind, one.name, { text: ready, tone }, { text: reason, tone }, ...counts, ago(one.lastCycleAt, now)];
}

function wideOf({ pair = '-', mode = '-', interval = '-', nextCycleAt = '-', users }: Glance): readonly Cell[] {
  return [pair, mode, interval, nextCycleAt, ...[users?.pending, users?.conflict, users?.skipped, users?.staged].map(number)];
}

/** How the glances are shown. */
export interface Showing {
  readonly now: number;
  readonly paint: Paint;
  readonly form: 'Usual' | 'Wide';
}

/** The glances as lines of a terminal: a table, and below it what is to be done. */
export function statusLines(all: readonly Glance[], { now, paint, form }: Showing): readonly string[] {
  if (all.length === 0) return ['There are no TenantPairs and no SyncConfigurations here. -A looks in all namespaces.'];
  const isWide = form === 'Wide';
  const rows = all.map((one) => [...rowOf(one, now), ...(isWide ? wideOf(one) : [])]);
  const problems = all.filter(({ next }) => next !== undefined);
  const told = problems.flatMap((one) => {
    const { kind, name, message, next = '', since } = one;
    return [
      '',
      `${paint(`${kind} ${name}`, toneOf(one))}: ${message}${since === undefined ? '' : ` (for ${ago(since, now)})`}`,
      `  next: ${next}`,
    ];
  });
  const warned = all.flatMap(({ kind, name, warnings }) =>
    warnings.map((warning) => `${kind} ${name}: ${paint('warning', 'Doubtful')} ${warning.reason}: ${plain(warning.message)}`),
  );
  const grouped = all.flatMap(({ name, groups }) => groupLine(groups).map((line) => `SyncConfiguration ${name}: ${line}`));
  const titles = [...head, ...(isWide ? wideHead : [])];
  return [
    ...table(titles, rows, paint),
    ...(grouped.length > 0 ? ['', ...grouped] : []),
    ...told,
    ...(warned.length > 0 ? ['', ...warned] : []),
  ];
}
