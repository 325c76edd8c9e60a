import { MappingType, type ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import * as units from '@grafana/grafana-foundation-sdk/units';
import { areas, bars, from, increase, lines, quantile, stat, table, type Page, type Row } from './parts.ts';

const inNamespace = 'namespace=~"$namespace"';
const each = 'namespace, configuration';
const sum = (metric: string, ...matchers: readonly string[]): string => `sum(${metric}${from(inNamespace, ...matchers)})`;
const max = (metric: string, ...matchers: readonly string[]): string => `max by (${each}) (${metric}${from(inNamespace, ...matchers)})`;

/** Of a kind of resource, the share that is ready. */
const ready = (kind: string): string =>
  `avg(max by (namespace, name) (tenantsync_resource_condition${from(inNamespace, `kind="${kind}"`, 'type="Ready"', 'status="True"')}))`;
const condition = (type: string): string =>
  `max by (${each}) (label_replace(tenantsync_resource_condition${from(inNamespace, 'kind="SyncConfiguration"', `type="${type}"`, 'status="True"')}, "configuration", "$1", "name", "(.*)"))`;
/** Seconds since the last success of each; without those that never had one. */
const age = `time() - max by (${each}) (tenantsync_last_successful_cycle_timestamp_seconds${from(inNamespace)} > 0)`;

const yesOrNo: ValueMapping = {
  type: MappingType.ValueToText,
  options: { '0': { text: 'No', color: 'red', index: 0 }, '1': { text: 'Yes', color: 'green', index: 1 } },
};

const now: Row = {
  title: 'Now',
  panels: [
    stat(
      {
        title: 'Replicas',
        description: 'Replicas that show metrics. Without one nobody is synchronized; accounts stay as they are.',
        unit: units.Short,
      },
      { expr: `count(tenantsync_build_info${from()})` },
      { steps: ['red', [1, 'green']], none: '0' },
    ),
    stat(
      {
        title: 'Pairs ready',
        description: 'TenantPairs whose checks pass. `kubectl get tpair -A` says why the others do not.',
        unit: units.PercentUnit,
      },
      { expr: ready('TenantPair') },
      { steps: ['red', [1, 'green']] },
    ),
    stat(
      {
        title: 'Configurations ready',
        description:
          'SyncConfigurations that have completed a cycle as they stand. `kubectl tenantsync status` says why the others have not.',
        unit: units.PercentUnit,
      },
      { expr: ready('SyncConfiguration') },
      { steps: ['red', [1, 'green']] },
    ),
    stat(
      {
        title: 'Oldest success',
        description: 'Time since the last success of the configuration that has waited longest, suspended ones left out.',
        unit: units.Seconds,
      },
      { expr: `max((${age}) unless on (${each}) (tenantsync_suspended${from(inNamespace)} == 1))` },
      { steps: ['green', [7200, 'yellow'], [10_800, 'red']] },
    ),
    stat(
      {
        title: 'Deletions staged',
        description: 'Deletions and blocks that wait until somebody approves or rejects them: `kubectl tenantsync approve`.',
        unit: units.Short,
      },
      { expr: sum('tenantsync_staged_deletions') },
      { steps: ['green', [1, 'orange']] },
    ),
    stat(
      {
        title: 'Failed or in conflict',
        description: 'People whose last attempt failed, or who have something in the way. `kubectl tenantsync status` names the reasons.',
        unit: units.Short,
      },
      { expr: sum('tenantsync_users', 'state=~"Failed|Conflict"') },
      { steps: ['green', [1, 'orange']] },
    ),
    stat(
      {
        title: 'Accounts drifted',
        description: 'Accounts that somebody has changed in the target since they were written.',
        unit: units.Short,
      },
      { expr: sum('tenantsync_drifted_users') },
      { steps: ['green', [1, 'yellow']] },
    ),
    stat(
      {
        title: 'First credential to expire',
        description: 'Time until the first certificate expires. The expiry of client secrets is not known.',
        unit: units.Seconds,
      },
      { expr: `min(tenantsync_credential_expiry_timestamp_seconds${from(inNamespace)}) - time()` },
      { steps: ['red', [86_400, 'orange'], [7 * 86_400, 'yellow'], [30 * 86_400, 'green']], none: 'unknown' },
    ),
  ],
};

const configurations: Row = {
  title: 'Configurations',
  panels: [
    table(
      {
        title: 'Each configuration',
        description: 'How each configuration stands. Its name leads to the page about it.',
        unit: units.Short,
      },
      { namespace: 'Namespace', configuration: 'Configuration' },
      [
        { name: 'Ready', expr: condition('Ready'), unit: units.Short, mappings: [yesOrNo] },
        { name: 'People', expr: `sum by (${each}) (tenantsync_users${from(inNamespace)})`, unit: units.Short },
        {
          name: 'In the target',
          expr: `sum by (${each}) (tenantsync_users${from(inNamespace, 'state=~"Provisioned|Blocked"')})`,
          unit: units.Short,
        },
        { name: 'Failed', expr: max('tenantsync_users', 'state="Failed"'), unit: units.Short, steps: ['green', [1, 'orange']] },
        { name: 'Conflict', expr: max('tenantsync_users', 'state="Conflict"'), unit: units.Short, steps: ['green', [1, 'orange']] },
        { name: 'Staged', expr: max('tenantsync_staged_deletions'), unit: units.Short, steps: ['green', [1, 'orange']] },
        { name: 'Last success', expr: age, unit: units.Seconds },
        { name: 'Interval', expr: max('tenantsync_interval_seconds'), unit: units.Seconds },
        { name: 'Cycle done', expr: max('tenantsync_cycle_progress_ratio'), unit: units.PercentUnit },
        { name: 'Suspended', expr: max('tenantsync_suspended'), unit: units.Short, steps: ['text', [1, 'yellow']] },
        { name: 'Quarantined', expr: max('tenantsync_quarantined'), unit: units.Short, steps: ['text', [1, 'red']] },
      ],
    ).overrideByName('Configuration', [
      {
        id: 'links',
        value: [
          {
            title: 'The page about it',
            url: '/d/tenantsync-configuration?${datasource:queryparam}&${job:queryparam}&var-namespace=${__data.fields.Namespace}&var-configuration=${__value.raw}',
          },
        ],
      },
    ]),
  ],
};

const work: Row = {
  title: 'Work',
  panels: [
    areas(
      {
        title: 'People by state',
        description: 'Everybody whom some configuration knows. Changes come in steps; a cliff is worth a look.',
        unit: units.Short,
      },
      { expr: `sum by (state) (tenantsync_users${from(inNamespace)}) > 0`, legend: '{{state}}' },
    ),
    bars(
      {
        title: 'What was done',
        description: 'Accounts created, updated, blocked, deleted and restored, in each interval.',
        unit: units.Short,
      },
      { expr: increase('tenantsync_operations_total', 'action', inNamespace, 'status="success"'), legend: '{{action}}' },
    ),
    bars(
      {
        title: 'What failed',
        description: 'Attempts that failed, by code; each code is in the table of errors. They are repeated.',
        unit: units.Short,
      },
      { expr: increase('tenantsync_operation_failures_total', 'code', inNamespace), legend: '{{code}}' },
    ),
    bars(
      {
        title: 'Cycles',
        description: 'Cycles that ended, by result. EntryLevelErrors: completed, with people who failed.',
        unit: units.Short,
      },
      { expr: increase('tenantsync_cycles_total', 'result', inNamespace), legend: '{{result}}' },
    ),
    lines(
      {
        title: 'From read to confirmed',
        description: 'Time from the change being read in the source to the target confirming it: the median, and what 95 % stay below.',
        unit: units.Seconds,
      },
      ...[0.5, 0.95].map((share) => ({
        expr: quantile(share, 'tenantsync_propagation_seconds', 'action', inNamespace),
        legend: `{{action}}: ${share * 100} %`,
      })),
    ),
    bars(
      {
        title: 'Decisions',
        description: 'Staged sets that somebody approved or rejected. `kubectl tenantsync decisions` says who.',
        unit: units.Short,
      },
      { expr: increase('tenantsync_deletion_decisions_total', 'decision', inNamespace), legend: '{{decision}}' },
    ),
  ],
};

/** Where to look first: is everything well, and if not, where. */
export const overview: Page = {
  uid: 'tenantsync-overview',
  title: 'TenantSync / Overview',
  description: 'Is everything well, and if not, where: pairs, configurations, people, and what is being done.',
  choices: ['namespace'],
  rows: [now, configurations, work],
};
