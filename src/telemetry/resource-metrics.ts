import type { SyncConfiguration, TenantPair, UserProjection } from '../api/kinds.ts';
import type { Labels } from '../ports/metrics.ts';
import { keyString } from '../ports/resources.ts';
import type { Metrics } from './registry.ts';

/** Where the numbers come from: of the resources that this process looks after, so that sums over all processes are right. */
interface Sources {
  readonly pairs: () => readonly TenantPair[];
  readonly configurations: () => readonly SyncConfiguration[];
  readonly intervalMs: (configuration: SyncConfiguration) => number;
  /** How much of the cycle under way is done, from 0 to 1, by `namespace/name`; undefined while none is. */
  readonly cycleProgress: (configuration: string) => number | undefined;
  /** Numbers of records of a configuration, by `namespace/name`. */
  readonly records: {
    readonly inState: (configuration: string, state: State) => number;
    readonly drifted: (configuration: string) => number;
  };
  /** Expiry of the credentials in use, epoch milliseconds, where it is known. */
  readonly credentialExpiry: (pair: TenantPair, side: 'source' | 'target') => number | undefined;
}

type State = UserProjection['status']['state'];
type Series = readonly [Labels, number];

const states = [
  'Pending',
  'Planned',
  'Provisioned',
  'Blocked',
  'Skipped',
  'Staged',
  'SoftDeleted',
  'Purged',
  'Retained',
  'Conflict',
  'Failed',
] as const;

const configurationLabels = ({ metadata }: SyncConfiguration): Labels => ({ namespace: metadata.namespace, configuration: metadata.name });

function* usersByState(sources: Sources): Generator<Series> {
  for (const configuration of sources.configurations()) {
    const key = keyString(configuration.metadata);
    for (const state of states) yield [{ ...configurationLabels(configuration), state }, sources.records.inState(key, state)];
  }
}

function* conditions(sources: Sources): Generator<Series> {
  for (const object of [...sources.pairs(), ...sources.configurations()]) {
    for (const condition of object.status.conditions ?? []) {
      for (const status of ['True', 'False', 'Unknown']) {
        yield [
          { kind: object.kind, namespace: object.metadata.namespace, name: object.metadata.name, type: condition.type, status },
          condition.status === status ? 1 : 0,
        ];
      }
    }
  }
}

function* expiries(sources: Sources): Generator<Series> {
  for (const pair of sources.pairs()) {
    for (const side of ['source', 'target'] as const) {
      const expiry = sources.credentialExpiry(pair, side);
      if (expiry !== undefined) yield [{ namespace: pair.metadata.namespace, tenant_pair: pair.metadata.name, side }, expiry / 1000];
    }
  }
}

/** Seconds since the epoch; 0 for one that never succeeded. */
function lastSuccess({ status: { lastCycle, watermark } }: SyncConfiguration): number {
  const succeeded = lastCycle?.result === 'Succeeded' || lastCycle?.result === 'EntryLevelErrors';
  // After a failure the watermark still tells the last success: when its reading began.
  return toSeconds(succeeded ? lastCycle.completedAt : watermark?.takenAt) ?? 0;
}

const nextCycle = ({ spec, status }: SyncConfiguration): number | undefined => (spec.suspend ? undefined : toSeconds(status.nextCycleAt));

const toSeconds = (time: string | undefined): number | undefined => (time === undefined ? undefined : Date.parse(time) / 1000);

type Value = (configuration: SyncConfiguration) => number | undefined;

/** Gauges with one series for each configuration: name, meaning and value. */
function configurationGauges(sources: Sources): readonly (readonly [string, string, Value])[] {
  const key = ({ metadata }: SyncConfiguration): string => keyString(metadata);
  return [
    ['last_successful_cycle_timestamp_seconds', 'When the last successful cycle ended; 0 when none ever did.', lastSuccess],
    ['next_cycle_timestamp_seconds', 'When the next cycle starts, where it is known; not while suspended.', nextCycle],
    [
      'interval_seconds',
      'Time from the start of a cycle to that of the next.',
      (configuration) => sources.intervalMs(configuration) / 1000,
    ],
    [
      'cycle_progress_ratio',
      'Of the people whom the cycle under way has changed so far, the share that is done; of those whom it looks at, the share that is decided about, while it has changed nobody; 1 while none is under way.',
      (configuration) => sources.cycleProgress(key(configuration)) ?? 1,
    ],
    ['staged_deletions', 'Deletions and blocks that wait for a decision.', ({ status }) => status.stagedDeletions?.count ?? 0],
    ['quarantined', 'Whether the configuration is slowed down.', ({ status }) => (status.quarantine ? 1 : 0)],
    ['suspended', 'Whether the configuration is suspended.', ({ spec }) => (spec.suspend ? 1 : 0)],
    ['drifted_users', 'Users whose account was changed in the target.', (configuration) => sources.records.drifted(key(configuration))],
  ];
}

function* seriesOf(configurations: readonly SyncConfiguration[], value: Value): Generator<Series> {
  for (const configuration of configurations) {
    const known = value(configuration);
    if (known !== undefined) yield [configurationLabels(configuration), known];
  }
}

/** Registers the metrics that are a state of resources, computed from the stores at each scrape. */
export function registerResourceMetrics(metrics: Metrics, sources: Sources): void {
  const labels = ['namespace', 'configuration'];
  metrics.computedGauge('tenantsync_users', 'Users by state.', [...labels, 'state'], () => usersByState(sources));
  for (const [name, help, value] of configurationGauges(sources)) {
    metrics.computedGauge(`tenantsync_${name}`, help, labels, () => seriesOf(sources.configurations(), value));
  }
  metrics.computedGauge(
    'tenantsync_resource_condition',
    'Conditions of TenantPairs and SyncConfigurations.',
    ['kind', 'namespace', 'name', 'type', 'status'],
    () => conditions(sources),
  );
  metrics.computedGauge(
    'tenantsync_credential_expiry_timestamp_seconds',
    'When the credentials in use expire, where it is known.',
    ['namespace', 'tenant_pair', 'side'],
    () => expiries(sources),
  );
}

/** Which build runs on which Node. */
export function registerBuildInfo(metrics: Metrics, version: string, node: string): void {
  metrics.gauge('tenantsync_build_info', 'Version of the operator and of Node; always 1.', ['version', 'node']).set({ version, node }, 1);
}
