import { readFileSync } from 'node:fs';
import { allMetrics, describeMetrics, metricsTables } from '../../../scripts/generate-docs.ts';
import { Metrics } from '../../../src/telemetry/registry.ts';
import { graphMetrics } from '../../../src/telemetry/runtime-metrics.ts';
import { promtool, runPromtool } from '../../support/promtool.ts';
import { World } from '../../support/world.ts';

/** The metrics of the published API: name, type and labels. */
const published: readonly (readonly [string, string, readonly string[]])[] = [
  ['tenantsync_cycle_duration_seconds', 'histogram', ['namespace', 'configuration', 'kind']],
  ['tenantsync_cycles_total', 'counter', ['namespace', 'configuration', 'kind', 'result']],
  ['tenantsync_last_successful_cycle_timestamp_seconds', 'gauge', ['namespace', 'configuration']],
  ['tenantsync_next_cycle_timestamp_seconds', 'gauge', ['namespace', 'configuration']],
  ['tenantsync_interval_seconds', 'gauge', ['namespace', 'configuration']],
  ['tenantsync_cycle_progress_ratio', 'gauge', ['namespace', 'configuration']],
  ['tenantsync_deletion_decisions_total', 'counter', ['namespace', 'configuration', 'decision']],
  ['tenantsync_operations_total', 'counter', ['namespace', 'configuration', 'action', 'status']],
  ['tenantsync_operation_failures_total', 'counter', ['namespace', 'configuration', 'action', 'code']],
  ['tenantsync_users', 'gauge', ['namespace', 'configuration', 'state']],
  ['tenantsync_propagation_seconds', 'histogram', ['namespace', 'configuration', 'action']],
  ['tenantsync_graph_requests_total', 'counter', ['side', 'operation', 'code']],
  ['tenantsync_graph_request_duration_seconds', 'histogram', ['side', 'operation']],
  ['tenantsync_graph_throttled_total', 'counter', ['side', 'scope']],
  ['tenantsync_graph_quota_used_ratio', 'gauge', ['side', 'tenant', 'budget']],
  ['tenantsync_staged_deletions', 'gauge', ['namespace', 'configuration']],
  ['tenantsync_quarantined', 'gauge', ['namespace', 'configuration']],
  ['tenantsync_suspended', 'gauge', ['namespace', 'configuration']],
  ['tenantsync_drifted_users', 'gauge', ['namespace', 'configuration']],
  ['tenantsync_resource_condition', 'gauge', ['kind', 'namespace', 'name', 'type', 'status']],
  ['tenantsync_credential_expiry_timestamp_seconds', 'gauge', ['namespace', 'tenant_pair', 'side']],
  ['tenantsync_build_info', 'gauge', ['version', 'node']],
];

/** Metrics of the runtime, under the names that dashboards of controller-runtime and client-go know. */
const familiar = [
  'controller_runtime_reconcile_total',
  'controller_runtime_reconcile_errors_total',
  'controller_runtime_reconcile_panics_total',
  'controller_runtime_reconcile_timeouts_total',
  'controller_runtime_reconcile_time_seconds',
  'controller_runtime_max_concurrent_reconciles',
  'controller_runtime_active_workers',
  'workqueue_depth',
  'workqueue_adds_total',
  'workqueue_queue_duration_seconds',
  'workqueue_work_duration_seconds',
  'workqueue_unfinished_work_seconds',
  'workqueue_longest_running_processor_seconds',
  'workqueue_retries_total',
  'rest_client_requests_total',
  'leader_election_master_status',
];

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Family {
  help: string | undefined;
  type: string | undefined;
  readonly samples: Sample[];
}

/** Reads the text format by its grammar, strictly; throws on a line that does not fit. */
function parseExposition(text: string): ReadonlyMap<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line must end with a line feed');
  const families = new Map<string, Family>();
  const family = (name: string): Family => {
    const known = families.get(name) ?? { help: undefined, type: undefined, samples: [] };
    families.set(name, known);
    return known;
  };
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const comment = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line);
    if (comment) {
      const [, keyword, name = '', rest = ''] = comment;
      if (keyword === 'TYPE' && !/^(counter|gauge|histogram|summary)$/.test(rest)) throw new Error(`unknown type: ${line}`);
      const known = family(name);
      if (known.samples.length > 0) throw new Error(`a comment after samples: ${line}`);
      if (keyword === 'HELP') known.help = rest;
      else known.type = rest;
      continue;
    }
    const sample =
      /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (NaN|[+-]?Inf|[+-]?[0-9.]+(?:e[+-]?[0-9]+)?)$/.exec(
        line,
      );
    if (!sample) throw new Error(`not a sample: ${line}`);
    const [, name = '', labels = '', value = ''] = sample;
    const base = families.has(name) ? name : name.replace(/_(bucket|sum|count)$/, '');
    const pairs = [...labels.matchAll(/([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g)].map(([, key = '', text_ = '']) => [key, text_]);
    family(base).samples.push({
      name,
      labels: Object.fromEntries(pairs) as Record<string, string>,
      value: Number(value.replace('Inf', 'Infinity')),
    });
  }
  return families;
}

describe('each metric of the published API', () => {
  test.each(published)('%s is a %s with its labels', async (name, type, labels) => {
    const found = (await describeMetrics(allMetrics())).find((metric) => metric.name === name);
    expect(found).toMatchObject({ type, labels });
    expect(found?.help).toMatch(/^[A-Z].{8,}\.$/);
  });

  test('is in the documentation, which is up to date', async () => {
    const page = readFileSync(new URL('../../../docs/metrics.md', import.meta.url), 'utf8');
    expect(page).toContain(await metricsTables());
    for (const [name] of published) expect(page).toContain(`\`${name}\``);
  });
});

test('no label is made for a name, an address or a person', async () => {
  const labels = new Set((await describeMetrics(allMetrics())).flatMap((metric) => metric.labels));
  expect([...labels].filter((label) => /user|mail|upn|principal|address|display|person|object/i.test(label))).toEqual([]);
});

/** All metrics that the operator shows, those of the process and of Node included. */
function everyMetric(): Metrics {
  const metrics = allMetrics();
  metrics.collectDefaults();
  return metrics;
}

test('names follow the conventions, those of the process and of Node too: seconds, counters that end in total, no type in a name', async () => {
  const metrics = await describeMetrics(everyMetric());
  expect(metrics.filter(({ name }) => !/^[a-z][a-z0-9_]*$/.test(name))).toEqual([]);
  expect(metrics.filter(({ name, type }) => (type === 'counter') !== name.endsWith('_total'))).toEqual([]);
  expect(metrics.filter(({ name, type }) => type === 'histogram' && !name.endsWith('_seconds'))).toEqual([]);
  expect(metrics.filter(({ name }) => /_(counter|gauge|histogram|summary)(_|$)/.test(name))).toEqual([]);
});

const withPromtool = promtool === undefined ? describe.skip : describe;

withPromtool('F4 promtool', () => {
  test('has nothing to say about the metrics of the process and of Node, and could have', async () => {
    const check = (text: string): ReturnType<typeof runPromtool> => runPromtool(['check', 'metrics'], text);
    expect(check((await everyMetric().expose()).body)).toEqual({ status: 0, text: '' });
    expect(check('# HELP x_total A gauge.\n# TYPE x_total gauge\nx_total 1\n').status).not.toBe(0);
  });
});

test('a share of the quota is what it is at the scrape, not at the last request', async () => {
  const metrics = new Metrics();
  let used = 0.9;
  graphMetrics(metrics).quotaUsed({ side: 'target', tenant: 't', budget: 'write', ratio: () => used });
  const series = 'tenantsync_graph_quota_used_ratio{side="target",tenant="t",budget="write"}';
  expect((await metrics.expose()).body).toContain(`${series} 0.9`);
  used = 0.1;
  expect((await metrics.expose()).body).toContain(`${series} 0.1`);
});

test('a computed gauge leaves nothing behind of what is gone', async () => {
  const metrics = new Metrics();
  let things: readonly string[] = ['a', 'b'];
  metrics.computedGauge('things', 'Things that are there.', ['name'], () => things.map((name) => [{ name }, 1] as const));
  expect((await metrics.expose()).body).toContain('things{name="b"} 1');
  things = ['a'];
  const { body } = await metrics.expose();
  expect(body).toContain('things{name="a"} 1');
  expect(body).not.toContain('name="b"');
});

describe('an operator at work', () => {
  const canaries = ['Canaria', 'Zwitscher', 'canary.bird'];
  const world = new World();
  let first = '';
  let later = '';

  beforeAll(async () => {
    for (const number of [1, 2, 3]) {
      world.hub.createUser({
        userPrincipalName: `canary.bird${number}@contoso.com`,
        properties: { displayName: `Canaria Zwitscher ${number}`, givenName: 'Canaria', surname: 'Zwitscher' },
      });
    }
    await world.startOperator();
    first = (await world.metrics.expose()).body;
    world.applyPair();
    world.applyConfiguration();
    await world.nextCycle();
    later = (await world.metrics.expose()).body;
  });
  afterAll(() => world.end());

  test('shows every metric from the first scrape on, before anything has happened', () => {
    const families = parseExposition(first);
    const expected = [...published.map(([name]) => name).filter((name) => name !== 'tenantsync_build_info'), ...familiar];
    expect(expected.filter((name) => families.get(name)?.type === undefined)).toEqual([]);
  });

  test('writes the exposition format: each family with help and type, each series once', () => {
    for (const text of [first, later]) {
      for (const [name, { help, type, samples }] of parseExposition(text)) {
        expect({ name, help: typeof help, type: typeof type }).toEqual({ name, help: 'string', type: 'string' });
        const series = samples.map((sample) => `${sample.name}${JSON.stringify(sample.labels)}`);
        expect(new Set(series).size).toBe(series.length);
      }
    }
  });

  withPromtool('by promtool', () => {
    test('shows nothing that it refuses', () => {
      expect(runPromtool(['check', 'metrics'], later)).toEqual({ status: 0, text: '' });
    });
  });

  test('gives histograms buckets that only grow, up to the count', () => {
    let checked = 0;
    for (const [name, { type, samples }] of parseExposition(later)) {
      if (type !== 'histogram') continue;
      for (const { labels, value } of samples.filter((sample) => sample.name === `${name}_count`)) {
        const own = samples.filter(
          (sample) => sample.name === `${name}_bucket` && Object.entries(labels).every(([key, text]) => sample.labels[key] === text),
        );
        const counts = own.map((sample) => sample.value);
        expect(counts).toEqual([...counts].sort((a, b) => a - b));
        expect(own.at(-1)).toMatchObject({ labels: { le: '+Inf' }, value });
        checked += 1;
      }
    }
    expect(checked).toBeGreaterThan(5);
  });

  test('counts what it did', () => {
    const families = parseExposition(later);
    const value = (name: string, labels: Readonly<Record<string, string>>): number | undefined =>
      families.get(name)?.samples.find((sample) => Object.entries(labels).every(([key, text]) => sample.labels[key] === text))?.value;
    const staff = { namespace: 'identity', configuration: 'staff' };
    expect(value('tenantsync_cycles_total', { ...staff, kind: 'Initial', result: 'Succeeded' })).toBe(1);
    expect(value('tenantsync_operations_total', { ...staff, action: 'create', status: 'success' })).toBe(3);
    expect(value('tenantsync_users', { ...staff, state: 'Provisioned' })).toBe(3);
    expect(value('tenantsync_users', { ...staff, state: 'Failed' })).toBe(0);
    expect(value('tenantsync_suspended', staff)).toBe(0);
    expect(value('tenantsync_resource_condition', { kind: 'TenantPair', type: 'Ready', status: 'True' })).toBe(1);
    expect(value('tenantsync_last_successful_cycle_timestamp_seconds', staff)).toBeGreaterThan(1_700_000_000);
    expect(value('tenantsync_graph_requests_total', { side: 'target', code: '201' })).toBe(3);
  });

  test('names nobody: no name and no address of the directory', () => {
    for (const canary of [...canaries, '@contoso.com']) expect(later).not.toContain(canary);
    expect(world.provisioningLog.length).toBeGreaterThanOrEqual(3);
    for (const canary of [...canaries, '@contoso.com']) expect(world.provisioningLog.join()).not.toContain(canary);
  });
});
