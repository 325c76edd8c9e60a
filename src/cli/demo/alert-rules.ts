import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';

/** One alert of a PrometheusRule. */
export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface AlertGroup {
  readonly name: string;
  readonly rules: readonly Alert[];
}

interface Values {
  readonly prometheusRule: { readonly runbookUrl: string; readonly thresholds: Readonly<Record<string, string | number>> };
}

const chart = new URL('../../../charts/tenantsync/', import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, chart), 'utf8');

/** The alerts of the chart with their placeholders. */
export const alertTemplate = (): string => read('files/alerts.yaml');
/** The chart's own values for them. */
export const alertValues = (): Values['prometheusRule'] => (load(read('values.yaml')) as Values).prometheusRule;

/** The rules as the chart renders them with its own values, without Helm; test/cluster/helm compares the two. */
export function alertGroups(namespace = 'tenantsync-system'): readonly AlertGroup[] {
  const { runbookUrl, thresholds } = alertValues();
  const names: Readonly<Record<string, string | number>> = { ...thresholds, namespace, runbook: runbookUrl };
  const text = Object.entries(names).reduce((rules, [name, value]) => rules.replaceAll(`<${name}>`, String(value)), alertTemplate());
  return (load(text) as { groups: readonly AlertGroup[] }).groups;
}
