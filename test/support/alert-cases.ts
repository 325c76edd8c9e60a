/** One look at the alerts: which series there are (values by the step, in promtool's notation), and whether the alert fires then. */
export interface AlertCase {
  readonly alert: string;
  readonly severity: 'info' | 'warning' | 'critical';
  readonly what: string;
  /** Of series and rules: a minute, or more for what takes days. */
  readonly step: '1m' | '5m' | '1h';
  readonly series: Readonly<Record<string, string>>;
  readonly at: string;
  readonly fires: boolean;
}

type Look = Omit<AlertCase, 'alert' | 'severity'>;

const fires = (what: string, series: Look['series'], at: string): Look => ({
  what,
  step: '1m',
  series,
  at,
  fires: true,
});
const quiet = (what: string, series: Look['series'], at: string): Look => ({
  what,
  step: '1m',
  series,
  at,
  fires: false,
});
const byTheHour = (look: Look): Look => ({ ...look, step: '1h' });
const of = (alert: string, severity: AlertCase['severity'], ...looks: readonly Look[]): readonly AlertCase[] =>
  looks.map((look) => ({ alert: `TenantSync${alert}`, severity, ...look }));

const hours = 60;
const days = 24 * hours;
/** A value that stays, longer than any look. */
const always = (value: number): string => `${value}x620`;

const staff = 'namespace="identity",configuration="staff"';
const build = { 'tenantsync_build_info{namespace="tenantsync-system",version="1"}': always(1) };
const lease = (replica: string): string => `leader_election_master_status{namespace="tenantsync-system",name="shard-0",pod="${replica}"}`;
const condition = (kind: string, type: string): string =>
  `tenantsync_resource_condition{kind="${kind}",namespace="identity",name="x",type="${type}",status="True"}`;
const reconciles = (share: number): Look['series'] => ({
  'controller_runtime_reconcile_total{namespace="s",controller="c",result="success"}': `0+${60 * (100 - share)}x300`,
  'controller_runtime_reconcile_total{namespace="s",controller="c",result="error"}': `0+${60 * share}x300`,
  'controller_runtime_reconcile_errors_total{namespace="s",controller="c"}': `0+${60 * share}x300`,
});
const depth = (value: string): Look['series'] => ({
  'workqueue_depth{namespace="s",name="q",pod="a"}': value,
  'workqueue_depth{namespace="s",name="q",pod="b"}': always(0),
});
const users = (state: string, value: string): Look['series'] => ({ [`tenantsync_users{${staff},state="${state}"}`]: value });
const staffIs = (metric: string, value: string): Look['series'] => ({ [`tenantsync_${metric}{${staff}}`]: value });

/** A credential that expires so many minutes after the beginning. */
const expiring = (minutes: number): Look['series'] => ({
  'tenantsync_credential_expiry_timestamp_seconds{namespace="identity",tenant_pair="x",side="source"}': always(minutes * 60),
});

const bucket = (le: string, values: string): Look['series'] => ({
  [`tenantsync_propagation_seconds_bucket{${staff},action="update",le="${le}"}`]: values,
});
/** All changes take between the two bounds. */
const taking = (from: string, to: string): Look['series'] => ({
  ...bucket(from, always(0)),
  ...bucket(to, '0+10x300'),
  ...bucket('+Inf', '0+10x300'),
});
/** 95 of 100 changes take up to 15 minutes. */
const nineteenOfTwenty = {
  ...bucket('300', always(0)),
  ...bucket('900', '0+5700x300'),
  ...bucket('1800', '0+6000x300'),
  ...bucket('+Inf', '0+6000x300'),
};
const deletions = (perMinute: string): Look['series'] => ({
  [`tenantsync_operations_total{${staff},action="delete",status="success"}`]: perMinute,
  [`tenantsync_operations_total{${staff},action="update",status="success"}`]: '0+100x300',
  [`tenantsync_operations_total{${staff},action="delete",status="failure"}`]: '0+100x300',
});
const throttled = (share: number): Look['series'] => ({
  'tenantsync_graph_requests_total{namespace="s",side="target",operation="o",code="200"}': '0+6000x300',
  'tenantsync_graph_throttled_total{namespace="s",side="target",scope="Tenant"}': `0+${60 * share}x300`,
});
const quota = (ratio: number): Look['series'] => ({
  'tenantsync_graph_quota_used_ratio{namespace="s",side="target",tenant="t",budget="write"}': `${ratio}x600`,
});

const running = staffIs('suspended', always(0));
const lastSuccess = (at: number): Look['series'] => ({
  ...running,
  ...staffIs('last_successful_cycle_timestamp_seconds', always(at)),
  ...staffIs('interval_seconds', always(600)),
});

const operator = [
  ...of(
    'Down',
    'critical',
    fires('without any metrics', {}, '10m'),
    quiet('with a replica', build, '10m'),
    quiet('without metrics for less than 5 minutes', {}, '4m'),
    fires('with those of another installation alone', { 'tenantsync_build_info{namespace="other"}': always(1) }, '10m'),
  ),
  ...of(
    'NoLeader',
    'critical',
    fires('when nobody holds the lease', { [lease('a')]: always(0), [lease('b')]: always(0) }, '10m'),
    quiet('when one of them holds it', { [lease('a')]: always(0), [lease('b')]: always(1) }, '10m'),
    quiet('when it changes hands in less than 5 minutes', { [lease('a')]: '1x5 0x3 1x60' }, '9m'),
  ),
  ...of(
    'ReconcileErrors',
    'warning',
    fires('at 11 of 100', reconciles(11), '60m'),
    quiet('at none', reconciles(0), '60m'),
    quiet('at 10 of 100', reconciles(10), '60m'),
  ),
  ...of(
    'QueueNotDraining',
    'warning',
    fires('with 1001 keys all the time', depth(always(1001)), '60m'),
    quiet('when it was empty for a moment', depth('5000x40 0 5000x60'), '60m'),
    quiet('with 1000 keys', depth(always(1000)), '60m'),
  ),
];

const pairs = [
  ...of(
    'PairNotReady',
    'warning',
    fires('after 15 minutes', { [condition('TenantPair', 'Ready')]: always(0) }, '15m'),
    quiet('when it is ready', { [condition('TenantPair', 'Ready')]: always(1) }, '60m'),
    quiet('before 15 minutes', { [condition('TenantPair', 'Ready')]: always(0) }, '14m'),
    quiet('when it is stalled', { [condition('TenantPair', 'Ready')]: always(0), [condition('TenantPair', 'Stalled')]: always(1) }, '60m'),
  ),
  ...of(
    'CredentialExpiring',
    'info',
    fires('29 days before', expiring(29 * days), '10m'),
    quiet('31 days before', expiring(31 * days), '10m'),
    fires('30 days before', expiring(30 * days), '5m'),
    quiet('6 days before, as another one does', expiring(6 * days), '10m'),
  ),
  ...of(
    'CredentialExpiring',
    'warning',
    fires('6 days before', expiring(6 * days), '10m'),
    quiet('8 days before', expiring(8 * days), '10m'),
    fires('7 days before', expiring(7 * days), '5m'),
    quiet('an hour before, as another one does', expiring(hours), '10m'),
  ),
  ...of(
    'CredentialExpiring',
    'critical',
    fires('an hour before', expiring(hours), '10m'),
    fires('after it', expiring(5), '20m'),
    quiet('2 days before', expiring(2 * days), '10m'),
    fires('a day before', expiring(days), '5m'),
  ),
];

const configurations = [
  ...of(
    'ConfigurationNotReady',
    'warning',
    fires('after 30 minutes', { [condition('SyncConfiguration', 'Ready')]: always(0) }, '30m'),
    quiet('when it is ready', { [condition('SyncConfiguration', 'Ready')]: always(1) }, '60m'),
    quiet('before 30 minutes', { [condition('SyncConfiguration', 'Ready')]: always(0) }, '29m'),
  ),
  ...of(
    'Stalled',
    'warning',
    fires('after 5 minutes', { [condition('SyncConfiguration', 'Stalled')]: always(1) }, '5m'),
    fires('for a pair too', { [condition('TenantPair', 'Stalled')]: always(1) }, '10m'),
    quiet('before 5 minutes', { [condition('SyncConfiguration', 'Stalled')]: always(1) }, '4m'),
    quiet(
      'when deletions are staged, which has an alert of its own',
      { [condition('SyncConfiguration', 'Stalled')]: always(1), [condition('SyncConfiguration', 'DeletionsStaged')]: always(1) },
      '60m',
    ),
  ),
  ...of(
    'CycleTooOld',
    'critical',
    fires('after three hours and a bit', lastSuccess(60), '187m'),
    quiet('before three intervals of two hours', { ...lastSuccess(60), ...staffIs('interval_seconds', always(7200)) }, '365m'),
    fires('after three intervals of two hours', { ...lastSuccess(60), ...staffIs('interval_seconds', always(7200)) }, '368m'),
    quiet('after an hour', lastSuccess(60), '60m'),
    quiet('five minutes after exactly three hours', lastSuccess(60), '186m'),
    fires('when there was none for three hours', lastSuccess(0), '190m'),
    quiet('when it is younger than that', lastSuccess(0), '179m'),
    quiet('when it is suspended', { ...lastSuccess(60), ...staffIs('suspended', always(1)) }, '600m'),
    quiet('when it is suspended and never succeeded', { ...lastSuccess(0), ...staffIs('suspended', always(1)) }, '600m'),
  ),
  ...of(
    'DeletionsStaged',
    'warning',
    fires('with one', staffIs('staged_deletions', always(1)), '10m'),
    quiet('with none', staffIs('staged_deletions', always(0)), '10m'),
    quiet('before 5 minutes', staffIs('staged_deletions', always(1)), '4m'),
  ),
  ...of(
    'UsersFailing',
    'warning',
    fires('with one for an hour', users('Failed', always(1)), '60m'),
    quiet('with none', users('Failed', always(0)), '120m'),
    quiet('before an hour', users('Failed', always(1)), '59m'),
    quiet('with people of another state', users('Skipped', always(7)), '120m'),
  ),
  ...of(
    'Conflicts',
    'warning',
    fires('with one for an hour', users('Conflict', always(1)), '60m'),
    quiet('with none', users('Conflict', always(0)), '120m'),
    quiet('before an hour', users('Conflict', always(1)), '59m'),
  ),
  ...of(
    'SuspendedTooLong',
    'info',
    byTheHour(fires('after a week', staffIs('suspended', always(1)), '168h')),
    byTheHour(quiet('when it works', staffIs('suspended', always(0)), '200h')),
    byTheHour(quiet('before a week', staffIs('suspended', always(1)), '167h')),
    { ...fires('after a week in which another replica took over', staffIs('suspended', '1x1000 _x1 1x1200'), '169h'), step: '5m' },
  ),
  ...of(
    'Quarantined',
    'warning',
    fires('after 5 minutes', staffIs('quarantined', always(1)), '5m'),
    quiet('when it is not', staffIs('quarantined', always(0)), '60m'),
    quiet('before 5 minutes', staffIs('quarantined', always(1)), '4m'),
  ),
  ...of(
    'InvitationsBlocked',
    'warning',
    fires('after 5 minutes', { [condition('TenantPair', 'InvitationsBlocked')]: always(1) }, '5m'),
    quiet('when it is over', { [condition('TenantPair', 'InvitationsBlocked')]: always(0) }, '60m'),
    quiet('before 5 minutes', { [condition('TenantPair', 'InvitationsBlocked')]: always(1) }, '4m'),
  ),
  ...of(
    'SlowPropagation',
    'warning',
    fires('between 15 and 30 minutes', taking('900', '1800'), '120m'),
    quiet('below a minute', taking('30', '60'), '120m'),
    quiet('below 15 minutes', taking('300', '900'), '120m'),
    quiet('with 95 of 100 below 15 minutes', nineteenOfTwenty, '120m'),
  ),
  ...of(
    'DeletionBurst',
    'warning',
    fires('with two a minute', deletions('0+2x300'), '120m'),
    quiet('with none, whatever else is done or fails', deletions('0x300'), '120m'),
    quiet('with 100 in an hour', deletions('0x100 100x200'), '120m'),
    fires('with 200 in an hour', deletions('0x100 200x200'), '120m'),
  ),
  ...of(
    'DriftGrowing',
    'info',
    byTheHour(fires('with 11 more in a day', staffIs('drifted_users', '5x48 16x24'), '50h')),
    byTheHour(quiet('with as many as ever', staffIs('drifted_users', always(500)), '72h')),
    byTheHour(quiet('with 10 more in a day', staffIs('drifted_users', '5x48 15x24'), '50h')),
  ),
];

const graph = [
  ...of(
    'GraphThrottled',
    'warning',
    fires('at 11 of 100', throttled(11), '60m'),
    quiet('at none', throttled(0), '60m'),
    quiet('at 10 of 100', throttled(10), '60m'),
  ),
  ...of(
    'QuotaSaturated',
    'info',
    fires('after six hours', quota(0.96), '360m'),
    quiet('at half of it', quota(0.5), '500m'),
    quiet('at 95 %', quota(0.95), '500m'),
    quiet('before six hours', quota(0.96), '359m'),
  ),
];

export const alertCases: readonly AlertCase[] = [...operator, ...pairs, ...configurations, ...graph];
