import type { SyncConfiguration, TenantPair } from '../../api/kinds.ts';
import { findCondition } from '../../core/status/conditions.ts';
import { ago, plain, table } from './table.ts';

/** One resource at a glance. */
export interface Glance {
  readonly namespace: string;
  readonly kind: 'TenantPair' | 'SyncConfiguration';
  readonly name: string;
  readonly ready: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  readonly since?: string;
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
      const { users, groups, lastCycle, nextCycleAt, warnings } = configuration.status;
      return glance('SyncConfiguration', configuration, {
        ...(users === undefined ? {} : { users }),
        ...(groups === undefined ? {} : { groups }),
        ...(lastCycle?.completedAt === undefined ? {} : { lastCycleAt: lastCycle.completedAt }),
        ...(nextCycleAt === undefined ? {} : { nextCycleAt }),
        warnings: warnings ?? [],
      });
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

/** The glances as lines of a terminal: a table, and below it what is to be done. */
export function statusLines(all: readonly Glance[], now: number): readonly string[] {
  if (all.length === 0) return ['There are no TenantPairs and no SyncConfigurations here. -A looks in all namespaces.'];
  const rows = all.map((one) => [
    one.namespace,
    one.kind,
    one.name,
    one.ready,
    one.reason,
    number(one.users?.inScope),
    number(one.users?.synced),
    number(one.users?.failed),
    ago(one.lastCycleAt, now),
  ]);
  const head = ['NAMESPACE', 'KIND', 'NAME', 'READY', 'REASON', 'IN-SCOPE', 'SYNCED', 'FAILED', 'LAST-CYCLE'];
  const problems = all.filter(({ next }) => next !== undefined);
  const told = problems.flatMap(({ kind, name, message, next = '', since }) => [
    '',
    `${kind} ${name}: ${message}${since === undefined ? '' : ` (for ${ago(since, now)})`}`,
    `  next: ${next}`,
  ]);
  const warned = all.flatMap(({ kind, name, warnings }) =>
    warnings.map((warning) => `${kind} ${name}: warning ${warning.reason}: ${plain(warning.message)}`),
  );
  const grouped = all.flatMap(({ name, groups }) => groupLine(groups).map((line) => `SyncConfiguration ${name}: ${line}`));
  return [...table(head, rows), ...(grouped.length > 0 ? ['', ...grouped] : []), ...told, ...(warned.length > 0 ? ['', ...warned] : [])];
}
