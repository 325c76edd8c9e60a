import { readdirSync, readFileSync } from 'node:fs';

export interface Target {
  readonly expr: string;
  readonly refId: string;
  readonly datasource?: unknown;
  readonly legendFormat?: string;
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title?: string;
  readonly description?: string;
  readonly datasource?: unknown;
  readonly targets?: readonly Target[];
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
}

export interface Variable {
  readonly name: string;
  readonly type: string;
  readonly label?: string;
  readonly datasource?: unknown;
  readonly query?: string | { readonly query: string };
  readonly refresh?: number;
  readonly multi?: boolean;
  readonly includeAll?: boolean;
  readonly allValue?: string;
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly editable: boolean;
  readonly schemaVersion: number;
  readonly tags: readonly string[];
  readonly templating: { readonly list: readonly Variable[] };
  readonly panels: readonly Panel[];
}

const folder = new URL('../../charts/tenantsync/files/dashboards/', import.meta.url);

export const dashboardFiles = readdirSync(folder).sort();
export const dashboardText = (file: string): string => readFileSync(new URL(file, folder), 'utf8');
/** The dashboards of the chart, as they stand there. */
export const dashboards = dashboardFiles.map((file) => JSON.parse(dashboardText(file)) as Dashboard);
/** The panels of a dashboard that show something; the others are headings. */
export const panelsOf = (dashboard: Dashboard): readonly Panel[] => dashboard.panels.filter(({ type }) => type !== 'row');
/** The PromQL of a variable. */
export const queryOf = ({ query }: Variable): string => (typeof query === 'string' ? query : (query?.query ?? ''));
