import { MappingType, type ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import * as units from '@grafana/grafana-foundation-sdk/units';
import { areas, bars, from, increase, lines, quantile, stat, strips, type Page, type Row } from './parts.ts';

const one = ['namespace=~"$namespace"', 'configuration=~"$configuration"'];
const max = (metric: string): string => `max(tenantsync_${metric}${from(...one)})`;
const conditions = (...matchers: readonly string[]): string =>
  `max by (type) (tenantsync_resource_condition${from('kind="SyncConfiguration"', 'namespace=~"$namespace"', 'name=~"$configuration"', 'status="True"', ...matchers)})`;

const words = (no: string, yes: string, colours: readonly [string, string]): ValueMapping => ({
  type: MappingType.ValueToText,
  options: { '0': { text: no, color: colours[0], index: 0 }, '1': { text: yes, color: colours[1], index: 1 } },
});
const well: readonly [string, string] = ['red', 'green'];
const notable: readonly [string, string] = ['green', 'orange'];

const now: Row = {
  title: 'Now',
  panels: [
    stat(
      {
        title: 'Ready',
        description: 'Whether a cycle of the spec as it stands has completed. `kubectl describe synccfg` gives the reason.',
        unit: units.Short,
      },
      { expr: conditions('type="Ready"') },
      { mappings: [words('No', 'Yes', well)] },
    ),
    stat(
      { title: 'Last success', description: 'Time since the last cycle that succeeded. Empty when none ever did.', unit: units.Seconds },
      { expr: `time() - (${max('last_successful_cycle_timestamp_seconds')} > 0)` },
      { none: 'never' },
    ),
    stat(
      {
        title: 'Next cycle',
        description: 'Time until the next cycle starts. Empty while suspended, or while the pair is not ready.',
        unit: units.Seconds,
      },
      { expr: `${max('next_cycle_timestamp_seconds')} - time()` },
      { none: 'unknown' },
    ),
    stat(
      { title: 'Interval', description: '`spec.interval`: from the start of a cycle to that of the next.', unit: units.Seconds },
      { expr: max('interval_seconds') },
    ),
    stat(
      {
        title: 'Cycle done',
        description: 'Of the people whom the cycle under way has changed so far, the share that is done; 100 % while none is under way.',
        unit: units.PercentUnit,
      },
      { expr: max('cycle_progress_ratio') },
    ),
    stat(
      {
        title: 'Staged',
        description: 'Deletions and blocks that wait for a decision: `kubectl tenantsync approve` shows them and asks.',
        unit: units.Short,
      },
      { expr: max('staged_deletions') },
      { steps: ['green', [1, 'orange']] },
    ),
    stat(
      { title: 'Suspended', description: 'Whether `spec.suspend` is set. Leavers keep their accounts meanwhile.', unit: units.Short },
      { expr: max('suspended') },
      { mappings: [words('No', 'Yes', notable)] },
    ),
    stat(
      { title: 'Quarantined', description: 'Whether its cycles are rare because credentials or too many people fail.', unit: units.Short },
      { expr: max('quarantined') },
      { mappings: [words('No', 'Yes', ['green', 'red'])] },
    ),
    strips(
      {
        title: 'Conditions',
        description: 'What was the case when. Stalled: it does not go on until somebody changes it.',
        unit: units.Short,
      },
      [words('False', 'True', ['transparent', 'blue'])],
      { expr: conditions(), legend: '{{type}}' },
    ),
  ],
};

const people: Row = {
  title: 'People',
  panels: [
    areas(
      { title: 'People by state', description: 'Everybody whom the configuration knows, by the state of their record.', unit: units.Short },
      { expr: `sum by (state) (tenantsync_users${from(...one)}) > 0`, legend: '{{state}}' },
    ),
    lines(
      {
        title: 'People who need somebody',
        description: 'Failed attempts, conflicts and staged deletions. `kubectl tenantsync status` says what to do about each.',
        unit: units.Short,
      },
      { expr: `sum by (state) (tenantsync_users${from(...one, 'state=~"Failed|Conflict|Staged"')})`, legend: '{{state}}' },
    ),
    bars(
      {
        title: 'What was done',
        description: 'Accounts created, updated, blocked, deleted and restored, in each interval.',
        unit: units.Short,
      },
      { expr: increase('tenantsync_operations_total', 'action, status', ...one), legend: '{{action}}, {{status}}' },
    ),
    bars(
      {
        title: 'What failed',
        description: 'Attempts that failed, by action and code; each code is in the table of errors.',
        unit: units.Short,
      },
      { expr: increase('tenantsync_operation_failures_total', 'action, code', ...one), legend: '{{action}}: {{code}}' },
    ),
    lines(
      {
        title: 'Accounts drifted',
        description: 'Accounts that somebody has changed in the target since they were written.',
        unit: units.Short,
      },
      { expr: max('drifted_users'), legend: 'drifted' },
    ),
    bars(
      {
        title: 'Decisions',
        description: 'Staged sets that somebody approved or rejected. `kubectl tenantsync decisions` says who.',
        unit: units.Short,
      },
      { expr: increase('tenantsync_deletion_decisions_total', 'decision', ...one), legend: '{{decision}}' },
    ),
  ],
};

const groups: Row = {
  title: 'Groups',
  panels: [
    bars(
      {
        title: 'What was done to groups',
        description:
          'Groups made, renamed, restored and deleted, and looks whose outcome is a conflict or a wait. Empty where no groups are projected.',
        unit: units.Short,
      },
      { expr: increase('tenantsync_group_operations_total', 'action, status', ...one), legend: '{{action}}, {{status}}' },
    ),
    bars(
      { title: 'Members', description: 'Members who were put into groups, and taken out of them.', unit: units.Short },
      { expr: increase('tenantsync_group_members_total', 'change', ...one), legend: '{{change}}' },
    ),
  ],
};

const cycles: Row = {
  title: 'Cycles',
  panels: [
    bars(
      {
        title: 'Cycles',
        description: 'Cycles that ended, by kind and result. Failed ones are repeated after a pause that grows.',
        unit: units.Short,
      },
      { expr: increase('tenantsync_cycles_total', 'kind, result', ...one), legend: '{{kind}}, {{result}}' },
    ),
    lines(
      { title: 'Duration of cycles', description: 'What 95 % of the cycles of each kind stay below.', unit: units.Seconds },
      { expr: quantile(0.95, 'tenantsync_cycle_duration_seconds', 'kind', ...one), legend: '{{kind}}' },
    ),
    lines(
      {
        title: 'Progress',
        description: 'How much of the cycle under way is done. A plateau below 100 %: look at quota and throttling.',
        unit: units.PercentUnit,
      },
      { expr: max('cycle_progress_ratio'), legend: 'done' },
    ),
    lines(
      {
        title: 'From read to confirmed',
        description: 'Time from the change being read in the source to the target confirming it: what 95 % of the changes stay below.',
        unit: units.Seconds,
      },
      { expr: quantile(0.95, 'tenantsync_propagation_seconds', 'action', ...one), legend: '{{action}}' },
    ),
  ],
};

/** One configuration, with everything that is known of it. */
export const configuration: Page = {
  uid: 'tenantsync-configuration',
  title: 'TenantSync / Configuration',
  description: 'One SyncConfiguration: how it stands, its people, its cycles.',
  choices: ['namespace', 'configuration'],
  rows: [now, people, groups, cycles],
};
