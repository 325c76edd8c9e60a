import * as units from '@grafana/grafana-foundation-sdk/units';
import { bars, from, increase, latencies, lines, rate, stat, type Page, type Row } from './parts.ts';

const side = 'side=~"$side"';
const requests = 'tenantsync_graph_requests_total';
const throttled = 'tenantsync_graph_throttled_total';

/** What share of all requests is. Nothing throttled yet counts as none. */
const shareThrottled = `(${rate(throttled, 'side', side)} or 0 * ${rate(requests, 'side', side)}) / ${rate(requests, 'side', side)}`;

const quota: Row = {
  title: 'Quota and throttling',
  panels: [
    stat(
      {
        title: 'Quota in use, at most',
        description: 'Of all tenants and budgets, the one that is used most. At 100 % work waits.',
        unit: units.PercentUnit,
        span: 6,
      },
      { expr: `max(tenantsync_graph_quota_used_ratio${from(side)})` },
      { steps: ['green', [0.8, 'yellow'], [0.95, 'orange']] },
    ),
    stat(
      { title: 'Requests', description: 'Requests to Microsoft Graph, of all replicas.', unit: units.RequestsPerSecond, span: 6 },
      { expr: `sum(rate(${requests}${from(side)}[$__rate_interval]))` },
    ),
    stat(
      {
        title: 'Failed requests',
        description: 'Share of the requests that Graph refused or failed on, 404 left out: not being there is an answer.',
        unit: units.PercentUnit,
        span: 6,
      },
      {
        expr: `(sum(rate(${requests}${from(side, 'code!~"2..|404"')}[$__rate_interval])) or vector(0)) / sum(rate(${requests}${from(side)}[$__rate_interval]))`,
      },
      { steps: ['green', [0.05, 'yellow'], [0.2, 'red']] },
    ),
    stat(
      {
        title: 'Throttled, at most',
        description: 'Share of the requests of a side that Graph asked to send later.',
        unit: units.PercentUnit,
        span: 6,
      },
      { expr: `max(${shareThrottled})` },
      { steps: ['green', [0.05, 'yellow'], [0.1, 'orange']] },
    ),
    lines(
      {
        title: 'Quota in use',
        description: 'Share of the granted quota in use, by side, tenant and budget. After a large initial cycle it falls by itself.',
        unit: units.PercentUnit,
      },
      { expr: `max by (side, tenant, budget) (tenantsync_graph_quota_used_ratio${from(side)})`, legend: '{{side}} {{tenant}}: {{budget}}' },
    ),
    bars(
      {
        title: 'Throttled requests',
        description: 'Requests that Graph asked to send later, by scope of the limit. Tenant: another application may use it up.',
        unit: units.Short,
      },
      { expr: increase(throttled, 'side, scope', side), legend: '{{side}}: {{scope}}' },
    ),
    lines(
      {
        title: 'Share throttled',
        description: 'A few are normal at the limit. More than a tenth for long: lower `graphQuotaShare`.',
        unit: units.PercentUnit,
      },
      { expr: shareThrottled, legend: '{{side}}' },
    ),
  ],
};

const traffic: Row = {
  title: 'Requests',
  panels: [
    lines(
      { title: 'Requests by code', description: 'Answers of Graph, by side and status.', unit: units.RequestsPerSecond },
      { expr: rate(requests, 'side, code', side), legend: '{{side}}: {{code}}' },
    ),
    lines(
      { title: 'Requests by operation', description: 'What is asked of Graph, by side.', unit: units.RequestsPerSecond },
      { expr: rate(requests, 'side, operation', side), legend: '{{side}}: {{operation}}' },
    ),
    lines(
      {
        title: 'Duration',
        description: 'Time until Graph has answered: the median, and what 95 % and 99 % stay below.',
        unit: units.Seconds,
      },
      ...latencies('tenantsync_graph_request_duration_seconds', 'side', side),
    ),
    lines(
      { title: 'Duration by operation', description: 'What 95 % of the requests of each operation stay below.', unit: units.Seconds },
      ...latencies('tenantsync_graph_request_duration_seconds', 'operation', side).slice(1, 2),
    ),
  ],
};

const credentials: Row = {
  title: 'Credentials',
  panels: [
    lines(
      {
        title: 'Time until certificates expire',
        description: 'By pair and side. The expiry of client secrets cannot be read with the permissions of the operator.',
        unit: units.Seconds,
        span: 24,
      },
      {
        expr: `min by (namespace, tenant_pair, side) (tenantsync_credential_expiry_timestamp_seconds${from(side)}) - time()`,
        legend: '{{namespace}}/{{tenant_pair}}: {{side}}',
      },
    ),
  ],
};

/** Microsoft Graph, as the operator sees it. */
export const graph: Page = {
  uid: 'tenantsync-graph',
  title: 'TenantSync / Graph and quota',
  description: 'Microsoft Graph as the operator sees it: quota, throttling, requests, credentials.',
  choices: ['side'],
  rows: [quota, traffic, credentials],
};
