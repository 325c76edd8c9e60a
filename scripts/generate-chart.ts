import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { chartValues, valuesSchema, valuesTables } from './chart-values.ts';

const project = new URL('../', import.meta.url);
const chart = new URL('charts/tenantsync/', project);
const begin = '<!-- values: begin -->';
const end = '<!-- values: end -->';

const read = (file: string, folder = chart): string => readFileSync(new URL(file, folder), 'utf8');

/** A definition as a template: only while it is enabled, with the labels and annotations of the release. */
function crdTemplate(crd: string): string {
  const head = /^metadata:\n {2}name: \S+\n(?=spec:)/m;
  if (!head.test(crd)) throw new Error('the metadata of a CRD must hold its name and nothing else');
  const escaped = crd.replaceAll('{{', "{{ '{{' }}");
  const labelled = escaped.replace(head, (metadata) => `${metadata}  {{- include "tenantsync.crdMetadata" . | nindent 2 }}\n`);
  return `{{- /* Generated from crds/ by npm run generate. */ -}}\n{{- if .Values.crds.enabled }}\n${labelled.trimEnd()}\n{{- end }}\n`;
}

function fill(page: string, text: string): string {
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`charts/tenantsync/README.md must hold ${begin} and ${end}`);
  return `${page.slice(0, from + begin.length)}\n\n${text}\n\n${page.slice(to)}`;
}

/** The generated files of the chart: path in it, and the text as it should be. */
export function generateChart(): readonly { readonly path: string; readonly text: string }[] {
  const values = chartValues(read('values.yaml'));
  const crds = readdirSync(new URL('crds/', project)).sort();
  const { version } = JSON.parse(read('package.json', project)) as { readonly version: string };
  return [
    ...crds.map((file) => ({ path: `templates/crds/${file}`, text: crdTemplate(read(`crds/${file}`, project)) })),
    { path: 'values.schema.json', text: `${JSON.stringify(valuesSchema(values), undefined, 2)}\n` },
    { path: 'README.md', text: fill(read('README.md'), valuesTables(values)) },
    { path: 'Chart.yaml', text: read('Chart.yaml').replace(/^appVersion: .*$/m, `appVersion: ${version}`) },
  ];
}

/** Templates of definitions that are not there any more. */
function orphans(generated: ReturnType<typeof generateChart>): readonly string[] {
  const files = readdirSync(new URL('templates/crds/', chart)).map((file) => `templates/crds/${file}`);
  return files.filter((path) => !generated.some((file) => file.path === path));
}

function current(path: string): string | undefined {
  try {
    return read(path);
  } catch {
    return undefined;
  }
}

if (import.meta.main) {
  const generated = generateChart();
  const check = process.argv.includes('--check');
  for (const path of orphans(generated)) {
    console.error(`charts/tenantsync/${path} belongs to no definition in crds/: delete it`);
    process.exitCode = 1;
  }
  for (const { path, text } of generated) {
    if (current(path) === text) continue;
    if (check) {
      console.error(`charts/tenantsync/${path} is not up to date: run \`npm run generate\``);
      process.exitCode = 1;
    } else writeFileSync(new URL(path, chart), text);
  }
}
