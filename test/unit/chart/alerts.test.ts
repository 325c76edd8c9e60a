import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { allMetrics, describeMetrics } from '../../../scripts/generate-docs.ts';
import { alertCases, type AlertCase } from '../../support/alert-cases.ts';
import { alertGroups, alertTemplate, alertValues, type Alert } from '../../../src/cli/demo/alert-rules.ts';
import { familyOf, labelsOf, metricsOf } from '../../support/promql.ts';
import { promtool, runPromtool } from '../../support/promtool.ts';

const rules = alertGroups().flatMap((group) => group.rules);
const names = [...new Set(rules.map(({ alert }) => alert))];
const page = readFileSync(new URL('../../../docs/alerts.md', import.meta.url), 'utf8');

/** The sections of the page, by the name of their alert. */
const sections = new Map(
  page
    .split(/^### /m)
    .slice(1)
    .map((section) => [section.split('\n')[0] ?? '', section] as const),
);

const known = new Map((await describeMetrics(allMetrics())).map(({ name, labels }) => [name, labels]));
const baseOf = (metric: string): string => familyOf(metric, known);

describe('F4 the alerts of the chart', () => {
  test('are those of the list', () => {
    expect(names.map((name) => name.replace('TenantSync', '')).sort()).toEqual(
      [
        ...['Down', 'NoLeader', 'PairNotReady', 'ConfigurationNotReady', 'Stalled', 'CycleTooOld', 'DeletionsStaged', 'UsersFailing'],
        ...[
          'Conflicts',
          'CredentialExpiring',
          'GraphThrottled',
          'QuotaSaturated',
          'SuspendedTooLong',
          'Quarantined',
          'InvitationsBlocked',
          'ReconcileErrors',
        ],
        ...['QueueNotDraining', 'SlowPropagation', 'DeletionBurst', 'DriftGrowing'],
      ].sort(),
    );
  });

  test.each(rules.map((rule) => [`${rule.alert}, ${rule.labels.severity}`, rule] as const))(
    '%s: asks for metrics and labels that there are',
    (_, { expr }) => {
      const metrics = metricsOf(expr);
      expect(metrics.length).toBeGreaterThan(0);
      expect(metrics.filter((metric) => !known.has(baseOf(metric)))).toEqual([]);
      // Prometheus itself adds the namespace of what it scrapes, and le to the buckets of a histogram.
      const labels = new Set([...metrics.flatMap((metric) => known.get(baseOf(metric)) ?? []), 'namespace', 'le']);
      expect(labelsOf(expr).filter((label) => !labels.has(label))).toEqual([]);
    },
  );

  const fault = ({ alert, labels, annotations }: Alert): string | undefined => {
    if (!['info', 'warning', 'critical'].includes(labels.severity ?? '')) return 'no severity';
    if ((annotations.summary ?? '') === '' || (annotations.description ?? '') === '') return 'no text';
    return annotations.runbook_url === `${alertValues().runbookUrl}#${alert.toLowerCase()}` ? undefined : 'another runbook';
  };

  test('each have a severity, a text and a runbook', () => {
    expect(rules.filter((rule) => fault(rule) !== undefined)).toEqual([]);
  });

  test('each have a section of docs/alerts.md, which names severity and threshold', () => {
    expect([...sections.keys()]).toEqual(names);
    const lacking = rules.filter(({ alert, labels }) => sections.get(alert)?.includes(`\`${labels.severity ?? ''}\``) !== true);
    expect(lacking).toEqual([]);
    const template = alertTemplate()
      .split(/^ {6}- alert: /m)
      .slice(1);
    const thresholds = template.flatMap((text) => [...text.matchAll(/<(\w+)>/g)].map(([, name = '']) => [text.split('\n')[0] ?? '', name]));
    const unnamed = thresholds
      .filter(([, name = '']) => name in alertValues().thresholds)
      .filter(([alert = '', name = '']) => sections.get(alert)?.includes(`\`${name}\``) !== true);
    expect(unnamed).toEqual([]);
  });

  test('use every threshold of the values, and no other', () => {
    const used = new Set([...alertTemplate().matchAll(/<(\w+)>/g)].map(([, name]) => name));
    expect([...used].sort()).toEqual([...Object.keys(alertValues().thresholds), 'namespace', 'runbook', 'name'].sort());
  });

  test('each have a case that fires, one that does not, and one at the boundary', () => {
    for (const { alert, labels } of rules) {
      const cases = alertCases.filter((each) => each.alert === alert && each.severity === labels.severity);
      expect(cases.length).toBeGreaterThanOrEqual(3);
      expect(new Set(cases.map((each) => each.fires)).size).toBe(2);
    }
  });
});

const withPromtool = promtool === undefined ? describe.skip : describe;

withPromtool('F4 promtool', () => {
  const folder = mkdtempSync(join(tmpdir(), 'alerts-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const write = (name: string, content: unknown): string => {
    const path = join(folder, name);
    // JSON is YAML.
    writeFileSync(path, JSON.stringify(content));
    return path;
  };
  const run = (...args: readonly string[]): ReturnType<typeof runPromtool> => runPromtool(args);
  const rulesFile = write('rules.yaml', { groups: alertGroups() });

  test('takes the rules', () => {
    expect(run('check', 'rules', rulesFile)).toEqual({
      status: 0,
      text: expect.stringContaining(`SUCCESS: ${rules.length} rules found`) as string,
    });
  });

  const caseOf = ({ alert, severity, what, step, series, at, fires }: AlertCase): object => ({
    name: `${alert} (${severity}) ${fires ? 'fires' : 'is quiet'} ${what}`,
    interval: step,
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    promql_expr_test: [
      {
        expr: `count(ALERTS{alertname="${alert}",severity="${severity}",alertstate="firing"})`,
        eval_time: at,
        exp_samples: fires ? [{ labels: '{}', value: 1 }] : [],
      },
    ],
  });

  test.each(['1m', '5m', '1h'])('each alert fires when it should, and not when it should not: by steps of %s', (step) => {
    const chosen = alertCases.filter((each) => each.step === step);
    const cases = { rule_files: [rulesFile], evaluation_interval: step, tests: chosen.map(caseOf) };
    // The names of the cases that came out otherwise are in the text.
    expect(run('test', 'rules', write('cases.yaml', cases))).toEqual({ status: 0, text: expect.stringContaining('SUCCESS') as string });
  });

  test('fills the texts with the labels and the value', () => {
    const cases = {
      rule_files: [rulesFile],
      tests: [
        {
          interval: '1m',
          input_series: [{ series: 'tenantsync_staged_deletions{namespace="identity",configuration="staff"}', values: '640x20' }],
          alert_rule_test: [
            {
              eval_time: '10m',
              alertname: 'TenantSyncDeletionsStaged',
              exp_alerts: [
                {
                  exp_labels: { severity: 'warning', namespace: 'identity', configuration: 'staff' },
                  exp_annotations: {
                    summary: '640 deletions of the SyncConfiguration identity/staff wait for a decision.',
                    description: 'The accidental deletion guard holds them back until somebody approves or rejects them.',
                    runbook_url: `${alertValues().runbookUrl}#tenantsyncdeletionsstaged`,
                  },
                },
              ],
            },
          ],
        },
      ],
    };
    expect(run('test', 'rules', write('texts.yaml', cases)).text).toContain('SUCCESS');
  });
});
