import type { GraphMetrics, Labels, RuntimeMetrics } from '../ports/metrics.ts';
import type { OperatorMetrics } from '../ports/operator-metrics.ts';
import type { Metrics } from './registry.ts';

const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const queueSeconds = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100, 1000];
const cycleSeconds = [0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 1800, 3600, 7200, 14400];

/** The runtime's metrics under the names that dashboards of controller-runtime and client-go know. */
export function runtimeMetrics(metrics: Metrics): RuntimeMetrics {
  const controller = ['controller'];
  const name = ['name'];
  return {
    reconcileTotal: metrics.counter('controller_runtime_reconcile_total', 'Reconciles by controller and result.', ['controller', 'result']),
    reconcileErrors: metrics.counter('controller_runtime_reconcile_errors_total', 'Reconciles that ended in an error.', controller),
    reconcilePanics: metrics.counter(
      'controller_runtime_reconcile_panics_total',
      'Reconciles that ended in an error of the program.',
      controller,
    ),
    reconcileTimeouts: metrics.counter(
      'controller_runtime_reconcile_timeouts_total',
      'Reconciles that ran into their timeout.',
      controller,
    ),
    reconcileTime: metrics.histogram('controller_runtime_reconcile_time_seconds', 'Time of a reconcile.', controller, seconds),
    maxConcurrentReconciles: metrics.gauge(
      'controller_runtime_max_concurrent_reconciles',
      'Reconciles that may run at the same time.',
      controller,
    ),
    activeWorkers: metrics.gauge('controller_runtime_active_workers', 'Reconciles that are running.', controller),
    workqueueDepth: metrics.gauge('workqueue_depth', 'Keys ready to be worked on.', name),
    workqueueAdds: metrics.counter('workqueue_adds_total', 'Keys added.', name),
    workqueueQueueDuration: metrics.histogram(
      'workqueue_queue_duration_seconds',
      'Time a ready key waits before it is worked on.',
      name,
      queueSeconds,
    ),
    workqueueWorkDuration: metrics.histogram('workqueue_work_duration_seconds', 'Time it takes to work on a key.', name, queueSeconds),
    workqueueRetries: metrics.counter('workqueue_retries_total', 'Keys added again after an error.', name),
    workqueueUnfinishedWork: metrics.gauge('workqueue_unfinished_work_seconds', 'Time that work under way has taken, summed up.', name),
    workqueueLongestRunning: metrics.gauge(
      'workqueue_longest_running_processor_seconds',
      'Time that the longest work under way has taken.',
      name,
    ),
    restClientRequests: metrics.counter('rest_client_requests_total', 'Requests to the Kubernetes API.', ['code', 'method', 'host']),
    leaderElectionStatus: metrics.gauge('leader_election_master_status', 'Whether this process holds the lease.', name),
  };
}

/** What the controllers measure themselves. */
export function operatorMetrics(metrics: Metrics): OperatorMetrics {
  const configuration = ['namespace', 'configuration'];
  return {
    cycleDuration: metrics.histogram('tenantsync_cycle_duration_seconds', 'Duration of cycles.', [...configuration, 'kind'], cycleSeconds),
    cyclesTotal: metrics.counter('tenantsync_cycles_total', 'Cycles by kind and result.', [...configuration, 'kind', 'result']),
    operationsTotal: metrics.counter('tenantsync_operations_total', 'Provisioning operations by action and status.', [
      ...configuration,
      'action',
      'status',
    ]),
    operationFailuresTotal: metrics.counter(
      'tenantsync_operation_failures_total',
      'Failed provisioning operations by action and code of the error table.',
      [...configuration, 'action', 'code'],
    ),
    groupOperationsTotal: metrics.counter('tenantsync_group_operations_total', 'Operations on groups by action and status.', [
      ...configuration,
      'action',
      'status',
    ]),
    groupMembersTotal: metrics.counter('tenantsync_group_members_total', 'Members that were added to groups or removed from them.', [
      ...configuration,
      'change',
    ]),
    deletionDecisionsTotal: metrics.counter('tenantsync_deletion_decisions_total', 'Decisions about staged deletions and creations.', [
      ...configuration,
      'decision',
    ]),
    propagationSeconds: metrics.histogram(
      'tenantsync_propagation_seconds',
      "Time from the source's change being read to the target's confirmation.",
      [...configuration, 'action'],
      cycleSeconds,
    ),
  };
}

/** What the Graph adapter measures. */
export function graphMetrics(metrics: Metrics): GraphMetrics {
  const requests = metrics.counter('tenantsync_graph_requests_total', 'Requests to Microsoft Graph.', ['side', 'operation', 'code']);
  const duration = metrics.histogram(
    'tenantsync_graph_request_duration_seconds',
    'Duration of requests to Microsoft Graph.',
    ['side', 'operation'],
    seconds,
  );
  const throttled = metrics.counter('tenantsync_graph_throttled_total', 'Requests that Microsoft Graph throttled, by scope of the limit.', [
    'side',
    'scope',
  ]);
  const quotas = new Map<string, readonly [Labels, () => number]>();
  metrics.computedGauge('tenantsync_graph_quota_used_ratio', 'Share of the granted quota in use.', ['side', 'tenant', 'budget'], () =>
    [...quotas.values()].map(([labels, ratio]) => [labels, ratio()] as const),
  );
  return {
    request: ({ side, operation, code, seconds: taken }) => {
      requests.inc({ side, operation, code });
      duration.observe({ side, operation }, taken);
    },
    throttled: ({ side, scope }) => throttled.inc({ side, scope }),
    quotaUsed: ({ ratio, ...labels }) => void quotas.set(Object.values(labels).join(' '), [labels, ratio]),
  };
}
