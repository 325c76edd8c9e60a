import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { reasons } from '../src/api/reasons.ts';
import { clientProgram } from '../src/cli/client/program.ts';
import { evaluateHelp } from '../src/cli/evaluate.ts';
import { importHelp } from '../src/cli/import.ts';
import { operatorHelp } from '../src/cli/operator.ts';
import { releaseHelp } from '../src/cli/release.ts';
import { systemClock, systemRandom } from '../src/system.ts';
import { Metrics } from '../src/telemetry/registry.ts';
import { registerBuildInfo, registerResourceMetrics } from '../src/telemetry/resource-metrics.ts';
import { graphMetrics, operatorMetrics, runtimeMetrics } from '../src/telemetry/runtime-metrics.ts';

const docs = new URL('../docs/', import.meta.url);
const begin = '<!-- generated: begin -->';
const end = '<!-- generated: end -->';

/** Groups of reasons as the comments in src/api/reasons.ts divide them. */
function reasonGroups(): readonly { readonly title: string; readonly reasons: readonly string[] }[] {
  const source = readFileSync(new URL('../src/api/reasons.ts', import.meta.url), 'utf8');
  const groups: { title: string; reasons: string[] }[] = [];
  for (const line of source.split('\n')) {
    const title = /^ {2}\/\/ (.+?)\.?$/.exec(line)?.[1];
    if (title !== undefined) groups.push({ title, reasons: [] });
    const reason = /^ {2}'(\w+)',$/.exec(line)?.[1];
    if (reason !== undefined) groups.at(-1)?.reasons.push(reason);
  }
  return groups;
}

/** The sentence under the title of a runbook. */
function summaryOf(reason: string): string {
  const [, , summary] = readFileSync(new URL(`runbooks/${reason}.md`, docs), 'utf8').split('\n');
  return summary ?? '';
}

/** The list of runbooks: each reason with the first sentence of its page. */
export function runbookIndex(): string {
  return reasonGroups()
    .map(({ title, reasons: group }) => {
      const rows = group.map((reason) => `| [${reason}](${reason}.md) | ${summaryOf(reason)} |`);
      return [`### ${title}`, '', '| Reason | In one sentence |', '| --- | --- |', ...rows].join('\n');
    })
    .join('\n\n');
}

/** All metrics of the operator over one registry, as the operator registers them. */
export function allMetrics(): Metrics {
  const metrics = new Metrics();
  runtimeMetrics(metrics);
  operatorMetrics(metrics);
  graphMetrics(metrics);
  registerResourceMetrics(metrics, {
    pairs: () => [],
    configurations: () => [],
    intervalMs: () => 0,
    cycleProgress: () => undefined,
    records: { inState: () => 0, drifted: () => 0 },
    credentialExpiry: () => undefined,
  });
  registerBuildInfo(metrics, 'test', process.version);
  return metrics;
}

interface Described {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly labels: readonly string[];
}

/** Name, type, help and labels of every metric. */
export async function describeMetrics(metrics: Metrics): Promise<readonly Described[]> {
  const labels = new Map(
    metrics.registry.getMetricsAsArray().map((metric) => {
      const known = metric as unknown as { readonly name: string; readonly labelNames: readonly string[] };
      return [known.name, known.labelNames.filter((label) => label !== 'le')] as const;
    }),
  );
  const described = await metrics.registry.getMetricsAsJSON();
  return described.map(({ name, help, type }) => ({ name, help, type, labels: labels.get(name) ?? [] }));
}

/** The tables of docs/metrics.md. */
export async function metricsTables(): Promise<string> {
  const all = await describeMetrics(allMetrics());
  const table = (rows: readonly Described[]): string =>
    [
      '| Name | Type | Labels | Meaning |',
      '| --- | --- | --- | --- |',
      ...rows.map(({ name, type, labels, help }) => `| \`${name}\` | ${type} | ${labels.join(', ')} | ${help} |`),
    ].join('\n');
  const own = all.filter(({ name }) => name.startsWith('tenantsync_'));
  const others = all.filter(({ name }) => !name.startsWith('tenantsync_'));
  return `## Synchronization\n\n${table(own)}\n\n## The operator's runtime\n\n${table(others)}`;
}

/** The client's commands as they are declared, for reading: none of them can run. */
export function declaredProgram(): ReturnType<typeof clientProgram> {
  const nobody = (): never => {
    throw new Error('a reference asks no cluster');
  };
  const terminal = { say: nobody, note: nobody, ask: nobody };
  return clientProgram({
    terminal,
    clock: systemClock,
    random: systemRandom,
    version: '',
    paint: nobody,
    read: nobody,
    connect: nobody,
    site: nobody,
  });
}

/** The help of each command of the client, and of the others, as it is printed. */
export function commandReference(): string {
  const ofClient = declaredProgram().commands.map((command) => {
    const said: string[] = [];
    command.configureOutput({ writeOut: (text) => said.push(text), getOutHelpWidth: () => 110 }).outputHelp();
    return [command.name(), said.join('')] as const;
  });
  const others = [
    ['operator', operatorHelp],
    ['release', releaseHelp],
    ['import', importHelp],
    ['evaluate', evaluateHelp],
  ] as const;
  return [...ofClient, ...others].map(([name, help]) => `## ${name}\n\n\`\`\`text\n${help.trim()}\n\`\`\``).join('\n\n');
}

/** `page` with the text between its two marks replaced. */
function fill(page: string, text: string): string {
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`the page must hold ${begin} and ${end}`);
  return `${page.slice(0, from + begin.length)}\n\n${text}\n\n${page.slice(to)}`;
}

/** The generated pages: path under docs/, and the text as it should be. */
export async function generateDocs(): Promise<readonly { readonly path: string; readonly current: string; readonly text: string }[]> {
  const page = (path: string, text: string): { path: string; current: string; text: string } => {
    const current = readFileSync(new URL(path, docs), 'utf8');
    return { path, current, text: fill(current, text) };
  };
  return [
    page('runbooks/README.md', runbookIndex()),
    page('metrics.md', await metricsTables()),
    page('command-reference.md', commandReference()),
  ];
}

/** Reasons without a runbook, and runbooks without a reason. */
export function runbookMismatches(): { readonly missing: readonly string[]; readonly orphaned: readonly string[] } {
  const pages = readdirSync(new URL('runbooks/', docs))
    .filter((file) => file !== 'README.md')
    .map((file) => file.replace(/\.md$/, ''));
  return {
    missing: reasons.filter((reason) => !pages.includes(reason)),
    orphaned: pages.filter((name) => !(reasons as readonly string[]).includes(name)),
  };
}

if (import.meta.main) {
  for (const { path, current, text } of await generateDocs()) {
    if (current === text) continue;
    if (process.argv.includes('--check')) {
      console.error(`docs/${path} is not up to date: run \`npm run generate\``);
      process.exitCode = 1;
    } else writeFileSync(new URL(path, docs), text);
  }
}
