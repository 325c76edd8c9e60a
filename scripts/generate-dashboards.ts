import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { configuration } from './dashboards/configuration.ts';
import { graph } from './dashboards/graph.ts';
import { operator } from './dashboards/operator.ts';
import { overview } from './dashboards/overview.ts';
import { dashboard } from './dashboards/parts.ts';

const folder = new URL('../charts/tenantsync/files/dashboards/', import.meta.url);
const pages = { overview, configuration, graph, operator };

/** The dashboards of the chart: name of the file, and the text as it should be. */
export function generateDashboards(): readonly { readonly file: string; readonly text: string }[] {
  return Object.entries(pages).map(([name, page]) => ({
    file: `${name}.json`,
    text: `${JSON.stringify(dashboard(page), undefined, 2)}\n`,
  }));
}

function current(file: string): string | undefined {
  try {
    return readFileSync(new URL(file, folder), 'utf8');
  } catch {
    return undefined;
  }
}

if (import.meta.main) {
  const generated = generateDashboards();
  const fail = (message: string): void => {
    console.error(`charts/tenantsync/files/dashboards/${message}`);
    process.exitCode = 1;
  };
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(folder)) {
    if (!generated.some((each) => each.file === file)) fail(`${file} is made by nothing: delete it`);
  }
  for (const { file, text } of generated) {
    if (current(file) === text) continue;
    if (process.argv.includes('--check')) fail(`${file} is not up to date: run \`npm run generate\``);
    else writeFileSync(new URL(file, folder), text);
  }
}
