import type { SyncConfiguration, TenantPair, UserProjection } from '../../api/kinds.ts';
import { findCondition } from '../../core/status/conditions.ts';
import { groupLine } from './status.ts';
import { ago, table } from './table.ts';

const readiness = (resource: TenantPair | SyncConfiguration): string => {
  const ready = findCondition(resource.status.conditions, 'Ready');
  return ready === undefined ? 'not looked at yet' : `Ready=${ready.status} ${ready.reason}`;
};

/** Pairs, the configurations of each, and how many users of each are in which state. */
export function treeLines(
  pairs: readonly TenantPair[],
  configurations: readonly SyncConfiguration[],
  records: readonly UserProjection[],
): readonly string[] {
  const states = new Map<string, Map<string, number>>();
  for (const { metadata, spec, status } of records) {
    const key = `${metadata.namespace}/${spec.syncConfigurationRef.name}`;
    const counts = states.get(key) ?? new Map<string, number>();
    counts.set(status.state, (counts.get(status.state) ?? 0) + 1);
    states.set(key, counts);
  }
  const below = (configuration: SyncConfiguration): readonly string[] => {
    const counts = states.get(`${configuration.metadata.namespace}/${configuration.metadata.name}`) ?? new Map<string, number>();
    const sorted = [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return [
      `  SyncConfiguration ${configuration.metadata.name}   ${configuration.spec.mode}   ${readiness(configuration)}`,
      ...sorted.map(([state, count]) => `    ${count} ${state}`),
      ...groupLine(configuration.status.groups).map((line) => `    ${line}`),
    ];
  };
  const ofPair =
    ({ metadata }: TenantPair) =>
    (configuration: SyncConfiguration) =>
      configuration.metadata.namespace === metadata.namespace && configuration.spec.tenantPairRef.name === metadata.name;
  const lost = configurations.filter((configuration) => !pairs.some((pair) => ofPair(pair)(configuration)));
  const lines = pairs.flatMap((pair) => [
    `TenantPair ${pair.metadata.namespace}/${pair.metadata.name}   ${readiness(pair)}`,
    ...configurations.filter(ofPair(pair)).flatMap(below),
  ]);
  if (lost.length > 0) lines.push('without a TenantPair', ...lost.flatMap(below));
  return lines.length > 0 ? lines : ['There is nothing here. -A looks in all namespaces.'];
}

/** A decision about a staged set, as the configuration remembers it. */
export interface Decided {
  readonly namespace: string;
  readonly configuration: string;
  readonly decision: string;
  readonly by?: string;
  readonly at?: string;
  readonly state?: string;
  readonly token?: string;
}

type Made = NonNullable<SyncConfiguration['status']['deletionDecisions']>[number];

/** The decisions of each configuration about staged sets, newest first, after what waits for one. */
export function decisionsOf(configurations: readonly SyncConfiguration[]): readonly Decided[] {
  return configurations.flatMap(({ metadata, status }) => {
    const { stagedDeletions, stagedCreations, stagedPurges, lastHandledDeletionDecision: last } = status;
    const named = { namespace: metadata.namespace, configuration: metadata.name };
    const waits = [
      ['staged', stagedDeletions],
      ['creations', stagedCreations],
      ['purges', stagedPurges],
    ] as const;
    return [
      ...waits.flatMap(([what, set]) =>
        set === undefined ? [] : [{ ...named, decision: `waits (${set.count ?? 0} ${what})`, ...pick(set.since, set.token) }],
      ),
      ...(status.deletionDecisions ?? (last === undefined ? [] : [last])).map((made: Made) => ({
        ...named,
        decision: `${made.decision ?? ''}${made.count === undefined ? '' : ` (${made.count} ${made.set === undefined ? 'staged' : made.set.toLowerCase()})`}`,
        ...pick(made.at, made.token),
        ...(made.by === undefined ? {} : { by: made.verified === true ? made.by : `${made.by} (unverified)` }),
        ...(made.state === undefined ? {} : { state: made.state }),
      })),
    ];
  });
}

const pick = (at: string | undefined, token: string | undefined): { at?: string; token?: string } => ({
  ...(at === undefined ? {} : { at }),
  ...(token === undefined ? {} : { token }),
});

export function decisionLines(all: readonly Decided[], now: number): readonly string[] {
  if (all.length === 0) return ['Nothing waits for a decision, and none was made.'];
  const rows = all.map(({ namespace, configuration, decision, by, at, state, token }) => [
    namespace,
    configuration,
    decision,
    state ?? '-',
    by ?? '-',
    ago(at, now),
    token ?? '-',
  ]);
  return table(['NAMESPACE', 'CONFIGURATION', 'DECISION', 'STATE', 'BY', 'AGO', 'TOKEN'], rows);
}
