import type { SyncConfiguration, TenantPair, UserProjection } from '../../api/kinds.ts';
import { findCondition } from '../../core/status/conditions.ts';
import { groupLine, toneOf } from './status.ts';
import { ago, table, type Paint } from './table.ts';

/** How a pair or configuration stands in a tree. */
interface Standing {
  readonly namespace: string;
  readonly name: string;
  readonly ready: string;
  readonly reason: string;
}

/** A configuration in the tree, with how many users and groups are in which state. */
interface Branch extends Standing {
  readonly mode: string;
  readonly users: Readonly<Record<string, number>>;
  readonly groups?: SyncConfiguration['status']['groups'];
}

/** Pairs and the configurations of each; those without their pair last. */
export interface Tree {
  readonly pairs: readonly (Standing & { readonly configurations: readonly Branch[] })[];
  readonly withoutPair: readonly Branch[];
}

function standingOf({ metadata, status }: TenantPair | SyncConfiguration): Standing {
  const ready = findCondition(status.conditions, 'Ready');
  return { namespace: metadata.namespace, name: metadata.name, ready: ready?.status ?? 'Unknown', reason: ready?.reason ?? 'Progressing' };
}

/** Pairs, the configurations of each, and how many users of each are in which state. */
export function treeOf(
  pairs: readonly TenantPair[],
  configurations: readonly SyncConfiguration[],
  records: readonly UserProjection[],
): Tree {
  const states = new Map<string, Record<string, number>>();
  for (const { metadata, spec, status } of records) {
    const key = `${metadata.namespace}/${spec.syncConfigurationRef.name}`;
    const counts = states.get(key) ?? {};
    counts[status.state] = (counts[status.state] ?? 0) + 1;
    states.set(key, counts);
  }
  const branch = (configuration: SyncConfiguration): Branch => {
    const { groups } = configuration.status;
    const counts = states.get(`${configuration.metadata.namespace}/${configuration.metadata.name}`) ?? {};
    const users = Object.fromEntries(Object.entries(counts).toSorted(([a], [b]) => (a < b ? -1 : 1)));
    return { ...standingOf(configuration), mode: configuration.spec.mode, users, ...(groups === undefined ? {} : { groups }) };
  };
  const ofPair =
    ({ metadata }: TenantPair) =>
    (configuration: SyncConfiguration) =>
      configuration.metadata.namespace === metadata.namespace && configuration.spec.tenantPairRef.name === metadata.name;
  return {
    pairs: pairs.map((pair) => ({ ...standingOf(pair), configurations: configurations.filter(ofPair(pair)).map(branch) })),
    withoutPair: configurations.filter((configuration) => !pairs.some((pair) => ofPair(pair)(configuration))).map(branch),
  };
}

/** The tree as lines of a terminal. */
export function treeLines({ pairs, withoutPair }: Tree, paint: Paint): readonly string[] {
  const readiness = ({ ready, reason }: Standing): string => paint(`Ready=${ready} ${reason}`, toneOf({ ready, reason }));
  const below = (one: Branch): readonly string[] => [
    `  SyncConfiguration ${one.name}   ${one.mode}   ${readiness(one)}`,
    ...Object.entries(one.users).map(([state, count]) => `    ${count} ${state}`),
    ...groupLine(one.groups).map((line) => `    ${line}`),
  ];
  const lines = [
    ...pairs.flatMap((pair) => [`TenantPair ${pair.namespace}/${pair.name}   ${readiness(pair)}`, ...pair.configurations.flatMap(below)]),
    ...(withoutPair.length > 0 ? ['without a TenantPair', ...withoutPair.flatMap(below)] : []),
  ];
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
  /** How many for which reason. */
  readonly byReason?: Readonly<Record<string, number>>;
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
        set === undefined
          ? []
          : [{ ...named, decision: `waits (${set.count ?? 0} ${what})`, ...pick(set.since, set.token), ...reasonsOf(set) }],
      ),
      ...(status.deletionDecisions ?? (last === undefined ? [] : [last])).map((made: Made) => ({
        ...named,
        decision: `${made.decision ?? ''}${made.count === undefined ? '' : ` (${made.count} ${made.set === undefined ? 'staged' : made.set.toLowerCase()})`}`,
        ...pick(made.at, made.token),
        ...reasonsOf(made),
        ...(made.by === undefined ? {} : { by: made.verified === true ? made.by : `${made.by} (unverified)` }),
        ...(made.state === undefined ? {} : { state: made.state }),
      })),
    ];
  });
}

function reasonsOf(set: object): Pick<Decided, 'byReason'> {
  const { byReason } = set as { readonly byReason?: Readonly<Record<string, number>> };
  return byReason === undefined ? {} : { byReason };
}

const whyOf = ({ byReason = {} }: Decided): string =>
  Object.entries(byReason)
    .map(([reason, count]) => `${count} ${reason}`)
    .join(', ') || '-';

const pick = (at: string | undefined, token: string | undefined): { at?: string; token?: string } => ({
  ...(at === undefined ? {} : { at }),
  ...(token === undefined ? {} : { token }),
});

export function decisionLines(all: readonly Decided[], now: number): readonly string[] {
  if (all.length === 0) return ['Nothing waits for a decision, and none was made.'];
  const rows = all.map((one) => {
    const { namespace, configuration, decision, by, at, state, token } = one;
    return [namespace, configuration, decision, whyOf(one), state ?? '-', by ?? '-', ago(at, now), token ?? '-'];
  });
  return table(['NAMESPACE', 'CONFIGURATION', 'DECISION', 'WHY', 'STATE', 'BY', 'AGO', 'TOKEN'], rows);
}
