import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';

/**
 * Judges what `jest --coverage` has left: the least share of lines, in percent, that the tests of these two folders have to reach. Behaviour tests
 * are not counted: they would reach nearly all.
 */
const least = { core: 95, controllers: 95 } as const;
const folders = ['core', 'controllers'] as const;

type Summary = Readonly<Record<string, { readonly lines: { readonly total: number; readonly covered: number } }>>;

/** The share of the lines of one folder of src that was reached, in percent. */
function shareOf(summary: Summary, folder: string): number {
  const files = Object.entries(summary).filter(([path]) => relative('.', path).startsWith(`src/${folder}/`));
  const total = files.reduce((sum, [, { lines }]) => sum + lines.total, 0);
  const covered = files.reduce((sum, [, { lines }]) => sum + lines.covered, 0);
  return total === 0 ? 0 : (100 * covered) / total;
}

const file = 'coverage/coverage-summary.json';
if (!existsSync(file)) throw new Error('nothing was measured: the tests with --coverage come first');
const summary = JSON.parse(readFileSync(file, 'utf8')) as Summary;
const shares = folders.map((folder) => ({ folder, share: shareOf(summary, folder) }));
console.log(`coverage ${shares.map(({ folder, share }) => `of ${folder}: ${share.toFixed(1)} % lines`).join(', ')}`);
const short = shares.filter(({ folder, share }) => share < least[folder]);
if (short.length > 0) {
  console.error(
    `It must be ${short.map(({ folder }) => `${least[folder]} % of ${folder}`).join(', ')}. The lines that no test reaches stand in coverage/lines.txt.`,
  );
  process.exitCode = 1;
}
