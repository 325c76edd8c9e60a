import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  GraphDrawStyle,
  StackingMode,
  StackingConfigBuilder,
  VizLegendOptionsBuilder,
  LegendDisplayMode,
  LegendPlacement,
  VizTooltipOptionsBuilder,
  TooltipDisplayMode,
  SortOrder,
  BigValueGraphMode,
  ReduceDataOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  VariableRefresh,
  VariableSort,
  type Panel as BuiltPanel,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as Stat } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as StateTimeline } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as Table } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as Timeseries } from '@grafana/grafana-foundation-sdk/timeseries';

/** What every panel has. The unit is one of Grafana's. */
export interface Shown {
  readonly title: string;
  /** What it says, and what is to be done about it: one or two sentences. */
  readonly description: string;
  readonly unit: string;
  /** Width in 24ths of the page. */
  readonly span?: number;
}

/** A PromQL expression, and what its series are called. */
export interface Query {
  readonly expr: string;
  readonly legend?: string;
}

type Colour = 'green' | 'yellow' | 'orange' | 'red' | 'text';
/** Colours from a value on; the first from the least value on. */
export type Steps = readonly [Colour, ...(readonly [number, Colour])[]];

export type AnyPanel = Builder<BuiltPanel>;
/** A heading with what stands below it. */
export interface Row {
  readonly title: string;
  readonly panels: readonly AnyPanel[];
}

const datasource = { type: 'prometheus', uid: '${datasource}' };

/** The matchers that every selector has; further ones come first. */
export const from = (...matchers: readonly string[]): string => `{${[...matchers, 'job=~"$job"', 'instance=~"$instance"'].join(', ')}}`;

/** How much a counter rises within the interval that one point of the page stands for. */
export const increase = (metric: string, by: string, ...matchers: readonly string[]): string =>
  `sum by (${by}) (increase(${metric}${from(...matchers)}[$__rate_interval]))`;

/** A counter by the second. */
export const rate = (metric: string, by: string, ...matchers: readonly string[]): string =>
  `sum by (${by}) (rate(${metric}${from(...matchers)}[$__rate_interval]))`;

/** The value that so many of the observations of a histogram stay below. */
export function quantile(share: number, histogram: string, by: string, ...matchers: readonly string[]): string {
  return `histogram_quantile(${share}, sum by (le, ${by}) (rate(${histogram}_bucket${from(...matchers)}[$__rate_interval])))`;
}

/** The three quantiles that latencies are looked at by, for each value of a label. */
export const latencies = (histogram: string, label: string, ...matchers: readonly string[]): readonly Query[] =>
  [0.5, 0.95, 0.99].map((share) => ({
    expr: quantile(share, histogram, label, ...matchers),
    legend: `{{${label}}}: ${share * 100} %`,
  }));

const refIdOf = (place: number): string => String.fromCharCode('A'.charCodeAt(0) + place);

const target = ({ expr, legend }: Query, place: number): DataqueryBuilder =>
  new DataqueryBuilder()
    .datasource(datasource)
    .refId(refIdOf(place))
    .expr(expr)
    .legendFormat(legend ?? '');

function thresholds([least, ...steps]: Steps): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps([{ value: null, color: least }, ...steps.map(([value, color]) => ({ value, color }))]);
}

/** One number, as it is now. */
export function stat(
  shown: Shown,
  query: Query,
  look: { readonly steps?: Steps; readonly mappings?: readonly ValueMapping[]; readonly none?: string } = {},
): Stat {
  return new Stat()
    .title(shown.title)
    .description(shown.description)
    .unit(shown.unit)
    .datasource(datasource)
    .span(shown.span ?? 3)
    .height(4)
    .graphMode(BigValueGraphMode.None)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .thresholds(thresholds(look.steps ?? ['text']))
    .mappings([...(look.mappings ?? [])])
    .noValue(look.none ?? '-')
    .withTarget(target(query, 0).instant());
}

/** Lines over time. */
export function lines(shown: Shown, ...queries: readonly Query[]): Timeseries {
  return queries.reduce(
    (panel, query, place) => panel.withTarget(target(query, place).range()),
    new Timeseries()
      .title(shown.title)
      .description(shown.description)
      .unit(shown.unit)
      .datasource(datasource)
      .span(shown.span ?? 12)
      .height(8)
      .min(0)
      .fillOpacity(10)
      .legend(new VizLegendOptionsBuilder().displayMode(LegendDisplayMode.List).placement(LegendPlacement.Bottom).showLegend(true))
      .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending)),
  );
}

/** Numbers of things that happened, stacked: a bar for each interval. */
export function bars(shown: Shown, ...queries: readonly Query[]): Timeseries {
  return lines(shown, ...queries)
    .drawStyle(GraphDrawStyle.Bars)
    .fillOpacity(60)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'));
}

/** Lines stacked on each other: parts of a whole. */
export function areas(shown: Shown, ...queries: readonly Query[]): Timeseries {
  return lines(shown, ...queries)
    .fillOpacity(40)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'));
}

/** States over time, a strip for each series. */
export function strips(shown: Shown, mappings: readonly ValueMapping[], ...queries: readonly Query[]): StateTimeline {
  return queries.reduce(
    (panel, query, place) => panel.withTarget(target(query, place).range()),
    new StateTimeline()
      .title(shown.title)
      .description(shown.description)
      .unit(shown.unit)
      .datasource(datasource)
      .span(shown.span ?? 24)
      .height(7)
      .mappings([...mappings])
      .mergeValues(true),
  );
}

/** A column of a table: its name, the number in it, its unit and its colours. */
export interface Column {
  readonly name: string;
  readonly expr: string;
  readonly unit: string;
  readonly steps?: Steps;
  readonly mappings?: readonly ValueMapping[];
}

/** A line for each set of labels that the expressions have in common, by which they are joined. */
export function table(shown: Shown, labels: Readonly<Record<string, string>>, columns: readonly Column[]): Table {
  const panel = columns.reduce(
    (made, { expr }, place) => made.withTarget(target({ expr }, place).instant().format(PromQueryFormat.Table)),
    new Table()
      .title(shown.title)
      .description(shown.description)
      .unit(shown.unit)
      .datasource(datasource)
      .span(shown.span ?? 24)
      .height(9),
  );
  const names = Object.fromEntries(columns.map(({ name }, place) => [`Value #${refIdOf(place)}`, name]));
  panel.withTransformation({ id: 'merge', options: {} }).withTransformation({
    id: 'organize',
    options: { excludeByName: { Time: true }, indexByName: {}, renameByName: { ...labels, ...names } },
  });
  for (const { name, unit, steps, mappings } of columns) {
    panel.overrideByName(name, [
      { id: 'unit', value: unit },
      ...(mappings === undefined ? [] : [{ id: 'mappings', value: mappings }]),
      ...(steps === undefined
        ? []
        : [
            { id: 'thresholds', value: thresholds(steps).build() },
            { id: 'custom.cellOptions', value: { type: 'color-text' } },
          ]),
    ]);
  }
  return panel;
}

/** A choice of the reader's that the queries of a page follow, from the values of a label. */
function choice(name: string, label: string, query: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(datasource)
    .query({ query, refId: name })
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc);
}

/** Any number of values; all at first. */
const several = (made: QueryVariableBuilder): QueryVariableBuilder =>
  made.multi(true).includeAll(true).allValue('.+').current({ selected: true, text: 'All', value: '$__all' });

const choices = {
  namespace: () => several(choice('namespace', 'Namespace', 'label_values(tenantsync_suspended{job=~"$job"}, namespace)')),
  /** One alone. */
  configuration: () =>
    choice('configuration', 'Configuration', 'label_values(tenantsync_suspended{job=~"$job", namespace=~"$namespace"}, configuration)'),
  side: () => several(choice('side', 'Side', 'label_values(tenantsync_graph_requests_total{job=~"$job"}, side)')),
};

/** What a page is about. */
export interface Page {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly choices: readonly (keyof typeof choices)[];
  readonly rows: readonly Row[];
}

const tag = 'tenantsync';

/** The page as Grafana's JSON. */
export function dashboard(page: Page): object {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- sidecars and the operator of Grafana expect the classic form
  const built = new DashboardBuilder(page.title)
    .uid(page.uid)
    .description(page.description)
    .tags([tag])
    .readonly()
    .timezone('browser')
    .time({ from: 'now-6h', to: 'now' })
    .refresh('1m')
    .tooltip(DashboardCursorSync.Crosshair)
    .link(new DashboardLinkBuilder('TenantSync').type(DashboardLinkType.Dashboards).tags([tag]).includeVars(true).keepTime(true))
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'))
    .withVariable(several(choice('job', 'Job', 'label_values(tenantsync_build_info, job)')))
    .withVariable(several(choice('instance', 'Instance', 'label_values(tenantsync_build_info{job=~"$job"}, instance)')));
  for (const name of page.choices) built.withVariable(choices[name]());
  for (const { title, panels } of page.rows) {
    built.withRow(new RowBuilder(title));
    for (const panel of panels) built.withPanel(panel);
  }
  const { panels = [], links = [], ...rest } = built.build();
  return {
    ...rest,
    // In sight, instead of in a menu.
    links: links.map((link) => ({ ...link, placement: undefined })),
    // Addresses of single panels name their number.
    panels: panels.map((panel, place) => ({ ...panel, id: place + 1 })),
  };
}
