import { readFileSync } from 'node:fs';
import { generateDashboards } from '../../../scripts/generate-dashboards.ts';
import { allMetrics, describeMetrics } from '../../../scripts/generate-docs.ts';
import { dashboardFiles, dashboards, dashboardText, panelsOf, queryOf, type Dashboard, type Panel } from '../../support/dashboards.ts';
import { familyOf, labelsOf, metricsOf, selectorsOf } from '../../support/promql.ts';

const metrics = allMetrics();
metrics.collectDefaults();
const known = new Map((await describeMetrics(metrics)).map((metric) => [metric.name, metric]));
/** Of the queries alone: those of what a replica shows of itself. */
const source = { type: 'prometheus', uid: '${datasource}' };
/** Prometheus adds these to what it reads; le belongs to the buckets of a histogram. */
const added = ['job', 'instance', 'namespace', 'le'];

interface Asked {
  readonly panel: Panel;
  readonly expr: string;
}

const asked = (dashboard: Dashboard): readonly Asked[] =>
  panelsOf(dashboard).flatMap((panel) => (panel.targets ?? []).map(({ expr }) => ({ panel, expr })));
/** What of the panels or queries breaks a rule, by the name of the panel. */
const breaking = <T extends { readonly panel: Panel }>(all: readonly T[], isRight: (each: T) => boolean): readonly string[] =>
  all.filter((each) => !isRight(each)).map(({ panel, ...rest }) => `${panel.title ?? ''} ${JSON.stringify(rest)}`);

/** The functions that make of a counter what can be looked at. */
const rising = ['rate', 'increase'];
/** Numbers that only rise: counters, and the parts of histograms. */
const isCounter = (series: string): boolean => ['counter', 'histogram'].includes(known.get(familyOf(series, known))?.type ?? '');

test('F4 the dashboards are what the script makes, and no others', () => {
  const generated = generateDashboards();
  expect(dashboardFiles).toEqual(generated.map(({ file }) => file).sort());
  for (const { file, text } of generated) expect(dashboardText(file)).toBe(text);
});

test('F4 every metric of the product that has gauges or counters of pairs and configurations is on some page', () => {
  const shown = new Set(dashboards.flatMap(asked).flatMap(({ expr }) => metricsOf(expr).map((metric) => familyOf(metric, known))));
  const own = [...known.keys()].filter((name) => /^(tenantsync|controller_runtime|workqueue|rest_client|leader_election)_/.test(name));
  expect(own.filter((name) => !shown.has(name))).toEqual([]);
});

describe.each(dashboards.map((dashboard) => [dashboard.title, dashboard] as const))('F4 %s', (_, dashboard) => {
  const panels = panelsOf(dashboard).map((panel) => ({ panel }));
  const queries = asked(dashboard);
  const variable = (name: string) => dashboard.templating.list.find((each) => each.name === name);

  test('cannot be edited in place, has a name, a uid and a tag, and is of the classic form', () => {
    expect(dashboard).toMatchObject({ editable: false, schemaVersion: 42, tags: ['tenantsync'] });
    expect(dashboard.uid).toMatch(/^tenantsync-[a-z]{1,29}$/);
    expect(dashboard.description).toMatch(/\.$/);
  });

  test('asks the data source that the reader has chosen', () => {
    const sources = dashboard.templating.list.filter(({ type }) => type === 'datasource');
    expect(sources).toEqual([expect.objectContaining({ name: 'datasource', label: 'Data source', query: 'prometheus' })]);
    const all = [...dashboard.templating.list.filter(({ type }) => type === 'query'), ...panels.map(({ panel }) => panel)];
    const targets = panels.flatMap(({ panel }) => panel.targets ?? []);
    expect([...all, ...targets].filter(({ datasource }) => JSON.stringify(datasource) !== JSON.stringify(source))).toEqual([]);
  });

  test('lets the reader choose job and instance, anew with each other range of time', () => {
    for (const name of ['job', 'instance']) {
      const choice = { type: 'query', label: name === 'job' ? 'Job' : 'Instance', multi: true, includeAll: true, allValue: '.+' };
      expect(variable(name)).toMatchObject(choice);
    }
    expect(dashboard.templating.list.filter(({ type, refresh }) => type === 'query' && refresh !== 2)).toEqual([]);
    const unknown = dashboard.templating.list.filter(
      (each) => each.type === 'query' && !known.has(/^label_values\(([a-z_]+)/.exec(queryOf(each))?.[1] ?? ''),
    );
    expect(unknown).toEqual([]);
  });

  test('has panels with a title, a description and a unit, and something in each', () => {
    const isWhole = ({ title = '', description = '', fieldConfig, targets = [] }: Panel): boolean =>
      /^[A-Z]/.test(title) && description.endsWith('.') && (fieldConfig?.defaults.unit ?? '') !== '' && targets.length > 0;
    expect(breaking(panels, ({ panel }) => isWhole(panel))).toEqual([]);
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    const titles = panels.map(({ panel }) => panel.title);
    expect(titles.filter((title, place) => titles.indexOf(title) !== place)).toEqual([]);
  });

  test('has panels that fit the page and do not lie on each other', () => {
    const places = dashboard.panels.map(({ gridPos }) => gridPos);
    expect(places.filter(({ x, w }) => x + w > 24)).toEqual([]);
    const cells = places.flatMap(({ x, y, w, h }) => Array.from({ length: w * h }, (__, n) => `${x + (n % w)},${y + Math.floor(n / w)}`));
    expect(new Set(cells).size).toBe(cells.length);
  });

  test('asks for metrics that there are, each by job and instance', () => {
    const isOfTheReplica = (expr: string): boolean => {
      const selectors = selectorsOf(expr);
      const isChosen = selectors.every(({ matchers }) => matchers.includes('job=~"$job"') && matchers.includes('instance=~"$instance"'));
      return selectors.length > 0 && isChosen && metricsOf(expr).length === selectors.length;
    };
    expect(breaking(queries, ({ expr }) => metricsOf(expr).every((metric) => known.has(familyOf(metric, known))))).toEqual([]);
    expect(breaking(queries, ({ expr }) => isOfTheReplica(expr))).toEqual([]);
  });

  test('asks by labels that the metrics of the query have', () => {
    const labels = (expr: string): ReadonlySet<string> =>
      new Set([
        ...metricsOf(expr).flatMap((metric) => known.get(familyOf(metric, known))?.labels ?? []),
        // Made of another label.
        ...[...expr.matchAll(/label_replace\([^"]*(?:"[^"]*"[^"]*)*?\}, "(\w+)"/g)].map(([, label = '']) => label),
        ...added,
      ]);
    expect(breaking(queries, ({ expr }) => labelsOf(expr).every((label) => labels(expr).has(label)))).toEqual([]);
    // A matcher speaks of the metric that it stands at.
    const ofItsOwn = (expr: string): boolean =>
      selectorsOf(expr).every(({ metric, matchers }) => {
        const own = new Set([...(known.get(familyOf(metric, known))?.labels ?? []), ...added]);
        return labelsOf(matchers).every((label) => own.has(label));
      });
    expect(breaking(queries, ({ expr }) => ofItsOwn(expr))).toEqual([]);
  });

  test('looks at counters by rate or increase, over the interval that Grafana gives, and at nothing else so', () => {
    const isRight = (expr: string): boolean =>
      selectorsOf(expr).every(({ metric, within, range }) =>
        isCounter(metric)
          ? rising.includes(within ?? '') && range === '$__rate_interval'
          : !rising.includes(within ?? '') && range === undefined,
      );
    expect(breaking(queries, ({ expr }) => isRight(expr))).toEqual([]);
  });

  test('uses every variable that it offers, and no other', () => {
    const text = [
      ...queries.map(({ expr }) => expr),
      ...dashboard.templating.list.map((each) => JSON.stringify([each.datasource, queryOf(each)])),
    ];
    const used = new Set(text.flatMap((each) => [...each.matchAll(/\$\{?(\w+)\}?/g)].map(([, name = '']) => name)));
    used.delete('__rate_interval');
    // Of label_replace.
    used.delete('1');
    expect([...used].sort()).toEqual(dashboard.templating.list.map(({ name }) => name).sort());
  });

  test('names its series by labels that the query keeps', () => {
    const isKept = ({ expr, legendFormat = '' }: { expr: string; legendFormat?: string }): boolean => {
      const kept = new Set(
        [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(',').map((label) => label.trim())),
      );
      return [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].every(([, label = '']) => kept.has(label));
    };
    expect(panels.flatMap(({ panel }) => panel.targets ?? []).filter((target) => !isKept(target))).toEqual([]);
  });

  test('is a section of docs/dashboards.md', () => {
    const page = readFileSync(new URL('../../../docs/dashboards.md', import.meta.url), 'utf8');
    expect(page).toContain(`\n## ${dashboard.title.replace('TenantSync / ', '')}\n`);
  });
});
