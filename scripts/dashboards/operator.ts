import * as units from '@grafana/grafana-foundation-sdk/units';
import { bars, from, increase, latencies, lines, rate, table, type Page, type Query, type Row } from './parts.ts';

/** A gauge of each replica. */
const of = (metric: string, by: string, legend: string): Query => ({ expr: `max by (${by}) (${metric}${from()})`, legend });

const replicas: Row = {
  title: 'Replicas',
  panels: [
    table(
      {
        title: 'Replicas',
        description: 'Who runs which version, since when, and how many shards each holds.',
        unit: units.Short,
        span: 12,
      },
      { instance: 'Replica', version: 'Version', node: 'Node' },
      [
        { name: 'Running', expr: `max by (instance, version, node) (tenantsync_build_info${from()})`, unit: units.Short },
        { name: 'Shards', expr: `sum by (instance) (leader_election_master_status${from()})`, unit: units.Short },
        { name: 'Up for', expr: `time() - max by (instance) (process_start_time_seconds${from()})`, unit: units.Seconds },
      ],
    ),
    lines(
      {
        title: 'Who holds the leases',
        description: 'Shards that each replica holds. One that nobody holds is not worked on.',
        unit: units.Short,
      },
      { expr: `sum by (instance) (leader_election_master_status${from()})`, legend: '{{instance}}' },
    ),
  ],
};

const reconciles: Row = {
  title: 'Reconciles',
  panels: [
    lines(
      { title: 'Reconciles', description: 'Reconciles by controller and result.', unit: units.OpsPerSecond },
      { expr: rate('controller_runtime_reconcile_total', 'controller, result'), legend: '{{controller}}: {{result}}' },
    ),
    bars(
      {
        title: 'Reconciles that failed',
        description: 'Errors, errors of the program, and timeouts. The log names the request; each reconcile is repeated.',
        unit: units.Short,
      },
      { expr: increase('controller_runtime_reconcile_errors_total', 'controller'), legend: '{{controller}}: error' },
      { expr: increase('controller_runtime_reconcile_panics_total', 'controller'), legend: '{{controller}}: panic' },
      { expr: increase('controller_runtime_reconcile_timeouts_total', 'controller'), legend: '{{controller}}: timeout' },
    ),
    lines(
      { title: 'Time of a reconcile', description: 'The median, and what 95 % and 99 % stay below, by controller.', unit: units.Seconds },
      ...latencies('controller_runtime_reconcile_time_seconds', 'controller'),
    ),
    lines(
      {
        title: 'Workers',
        description: 'Reconciles that run, and how many may. At the limit for long: look at the queues.',
        unit: units.Short,
      },
      { expr: `sum by (controller) (controller_runtime_active_workers${from()})`, legend: '{{controller}}: running' },
      { expr: `sum by (controller) (controller_runtime_max_concurrent_reconciles${from()})`, legend: '{{controller}}: at most' },
    ),
  ],
};

const queues: Row = {
  title: 'Work queues',
  panels: [
    lines(
      {
        title: 'Depth',
        description: 'Keys that wait. An initial cycle of many people makes it rise; it must come down again.',
        unit: units.Short,
      },
      of('workqueue_depth', 'name, instance', '{{name}} {{instance}}'),
    ),
    lines(
      {
        title: 'Added and tried again',
        description: 'Keys added, and those of them that come back after an error.',
        unit: units.OpsPerSecond,
      },
      { expr: rate('workqueue_adds_total', 'name'), legend: '{{name}}: added' },
      { expr: rate('workqueue_retries_total', 'name'), legend: '{{name}}: again' },
    ),
    lines(
      { title: 'Time in the queue', description: 'How long a ready key waits before it is worked on.', unit: units.Seconds },
      ...latencies('workqueue_queue_duration_seconds', 'name'),
    ),
    lines(
      { title: 'Time of the work', description: 'How long the work on a key takes.', unit: units.Seconds },
      ...latencies('workqueue_work_duration_seconds', 'name'),
    ),
    lines(
      {
        title: 'Work under way',
        description: 'Time that the work under way has taken, summed up. A line that only rises is something that hangs.',
        unit: units.Seconds,
      },
      of('workqueue_unfinished_work_seconds', 'name, instance', '{{name}} {{instance}}'),
    ),
    lines(
      {
        title: 'Longest work under way',
        description: 'Time that the longest work under way has taken. After five minutes it is cut off.',
        unit: units.Seconds,
      },
      of('workqueue_longest_running_processor_seconds', 'name, instance', '{{name}} {{instance}}'),
    ),
  ],
};

const kubernetes: Row = {
  title: 'Kubernetes API',
  panels: [
    lines(
      { title: 'Requests by method', description: 'What is asked of the Kubernetes API.', unit: units.RequestsPerSecond },
      { expr: rate('rest_client_requests_total', 'method'), legend: '{{method}}' },
    ),
    lines(
      {
        title: 'Requests by code',
        description: 'Answers of the Kubernetes API. 409 is normal; 403: the operator lacks a right; 429: the API server is busy.',
        unit: units.RequestsPerSecond,
      },
      { expr: rate('rest_client_requests_total', 'code'), legend: '{{code}}' },
    ),
  ],
};

const process: Row = {
  title: 'Process',
  panels: [
    lines(
      { title: 'CPU', description: 'Cores in use. At the limit of the container everything waits.', unit: units.Short },
      { expr: rate('process_cpu_seconds_total', 'instance'), legend: '{{instance}}' },
    ),
    lines(
      { title: 'Memory', description: 'Resident memory and the heap. The log warns from 80 % of the bound on.', unit: units.BytesIEC },
      of('process_resident_memory_bytes', 'instance', '{{instance}}: resident'),
      of('nodejs_heap_size_used_bytes', 'instance', '{{instance}}: heap used'),
      of('nodejs_external_memory_bytes', 'instance', '{{instance}}: outside of the heap'),
    ),
    lines(
      {
        title: 'Event loop',
        description: 'How late timers are, 99 of 100 times. Above a second leases are in danger: give it more CPU.',
        unit: units.Seconds,
      },
      of('nodejs_eventloop_lag_p99_seconds', 'instance', '{{instance}}'),
    ),
    lines(
      {
        title: 'Garbage collection',
        description: 'Share of the time that it takes. Much of it: the heap is nearly full.',
        unit: units.PercentUnit,
      },
      { expr: rate('nodejs_gc_duration_seconds_sum', 'instance'), legend: '{{instance}}' },
    ),
    lines(
      { title: 'Open files', description: 'File descriptors, connections included, and how many there may be.', unit: units.Short },
      of('process_open_fds', 'instance', '{{instance}}: open'),
      of('process_max_fds', 'instance', '{{instance}}: at most'),
    ),
  ],
};

/** The operator itself, by the names that dashboards of controller-runtime know. */
export const operator: Page = {
  uid: 'tenantsync-operator',
  title: 'TenantSync / Operator',
  description: 'The operator itself: replicas, reconciles, queues, the Kubernetes API, the process.',
  choices: [],
  rows: [replicas, reconciles, queues, kubernetes, process],
};
