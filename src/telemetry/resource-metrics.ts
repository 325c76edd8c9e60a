import type { SyncConfiguration, TenantPair, UserProjection } from '../api/kinds.ts';
import type { Labels } from '../ports/metrics.ts';
import { keyString, type Lister } from '../ports/resources.ts';
import type { Metrics } from './registry.ts';

interface Sources {
  readonly pairs: Lister<TenantPair>;
  readonly configurations: Lister<SyncConfiguration>;
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
  for (const configuration of sources.configurations.list()) {
    const key = keyString(configuration.metadata);
    for (const state of states) yield [{ ...configurationLabels(configuration), state }, sources.records.inState(key, state)];
  }
}

function* conditions(sources: Sources): Generator<Series> {
  for (const object of [...sources.pairs.list(), ...sources.configurations.list()]) {
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
  for (const pair of sources.pairs.list()) {
    for (const side of ['source', 'target'] as const) {
      const expiry = sources.credentialExpiry(pair, side);
      if (expiry !== undefined) yield [{ namespace: pair.metadata.namespace, tenant_pair: pair.metadata.name, side }, expiry / 1000];
    }
  }
}

function* lastSuccess(sources: Sources): Generator<Series> {
  for (const configuration of sources.configurations.list()) {
    const { lastCycle, watermark } = configuration.status;
    const succeeded = lastCycle?.result === 'Succeeded' || lastCycle?.result === 'EntryLevelErrors';
    // After a failure the watermark still tells the last success: when its reading began.
    const at = succeeded ? lastCycle.completedAt : watermark?.takenAt;
    if (at !== undefined) yield [configurationLabels(configuration), Date.parse(at) / 1000];
  }
}

/** Registers the metrics that are a state of resources, computed from the stores at each scrape. */
export function registerResourceMetrics(metrics: Metrics, sources: Sources): void {
  const labels = ['namespace', 'configuration'];
  const perConfiguration = (name: string, help: string, value: (configuration: SyncConfiguration) => number): void =>
    metrics.computedGauge(name, help, labels, () =>
      sources.configurations.list().map((configuration) => [configurationLabels(configuration), value(configuration)] as const),
    );
  metrics.computedGauge('tenantsync_users', 'Users by state.', [...labels, 'state'], () => usersByState(sources));
  metrics.computedGauge('tenantsync_last_successful_cycle_timestamp_seconds', 'When the last successful cycle ended.', labels, () =>
    lastSuccess(sources),
  );
  perConfiguration(
    'tenantsync_staged_deletions',
    'Deletions and blocks that wait for a decision.',
    ({ status }) => status.stagedDeletions?.count ?? 0,
  );
  perConfiguration('tenantsync_quarantined', 'Whether the configuration is slowed down.', ({ status }) => (status.quarantine ? 1 : 0));
  perConfiguration('tenantsync_suspended', 'Whether the configuration is suspended.', ({ spec }) => (spec.suspend ? 1 : 0));
  metrics.computedGauge('tenantsync_drifted_users', 'Users whose account was changed in the target.', labels, () =>
    sources.configurations
      .list()
      .map((configuration) => [configurationLabels(configuration), sources.records.drifted(keyString(configuration.metadata))] as const),
  );
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
