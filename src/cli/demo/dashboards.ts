import { readdirSync, readFileSync } from 'node:fs';
import { evaluatedRules, seriesOf, type Prometheus } from './prometheus.ts';

/** A query of a dashboard, and where it stands. */
export interface DashboardQuery {
  readonly dashboard: string;
  readonly panel: string;
  readonly expr: string;
}

interface Dashboard {
  readonly title: string;
  readonly panels: readonly { readonly title: string; readonly targets?: readonly { readonly expr: string }[] }[];
}

const folder = new URL('../../../charts/tenantsync/files/dashboards/', import.meta.url);

/** Every query of the chart's dashboards. */
export function dashboardQueries(): readonly DashboardQuery[] {
  return readdirSync(folder)
    .sort()
    .map((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Dashboard)
    .flatMap(({ title: dashboard, panels }) =>
      panels.flatMap(({ title: panel, targets = [] }) => targets.map(({ expr }) => ({ dashboard, panel, expr }))),
    );
}

/** Queries of the dashboards that give nothing now, with what is wrong with them if anything is. */
export async function emptyQueries(
  prometheus: Pick<Prometheus, 'url'>,
): Promise<readonly (DashboardQuery & { readonly found: number | string })[]> {
  const all = dashboardQueries();
  const found = await Promise.all(all.map(({ expr }) => seriesOf(prometheus, expr)));
  return all
    .map((query, place) => ({ ...query, found: found[place] ?? 0 }))
    .filter((query) => typeof query.found === 'string' || query.found === 0);
}

/** What Prometheus makes of the demo, in a few lines. */
export async function describeMonitoring(prometheus: Prometheus): Promise<string> {
  const empty = await emptyQueries(prometheus);
  const rules = await evaluatedRules(prometheus);
  const active = rules.filter(({ state }) => state !== 'inactive').map(({ name, state }) => `${name} (${state})`);
  const failed = rules.filter(({ health }) => health === 'err').map(({ name, lastError }) => `${name}: ${lastError ?? ''}`);
  const all = dashboardQueries().length;
  return [
    `${all - empty.length} of ${all} queries of the dashboards show something.`,
    ...empty.map(({ dashboard, panel, found }) => `  nothing in ${dashboard}, ${panel}${typeof found === 'string' ? `: ${found}` : ''}`),
    `${rules.length} alerts, ${active.length === 0 ? 'none active' : `active: ${active.join(', ')}`}.`,
    ...failed.map((text) => `  cannot be evaluated: ${text}`),
  ].join('\n');
}
