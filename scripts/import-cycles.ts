import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

/** Who imports whom, by paths. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/** Cycles that wait for the files in them to be put into another order; each is allowed by any one of its files. */
const allowed: readonly string[] = ['src/controllers/sync-configuration/schedule.ts'];

/** The relative imports of each file, those of types included: a cycle of types binds the files together just as well. */
function importsOf(files: readonly string[]): ImportGraph {
  const known = new Set(files);
  const imports = (file: string): readonly string[] =>
    ts
      .preProcessFile(readFileSync(file, 'utf8'))
      .importedFiles.map(({ fileName }) => join(dirname(file), fileName))
      .filter((path) => known.has(path));
  return new Map(files.map((file) => [file, imports(file)]));
}

/** One cycle for each file that closes one, as the way around it. */
export function cyclesIn(graph: ImportGraph): readonly (readonly string[])[] {
  const cycles: (readonly string[])[] = [];
  const done = new Set<string>();
  const visit = (file: string, way: readonly string[]): void => {
    const at = way.indexOf(file);
    if (at >= 0) {
      cycles.push(way.slice(at));
      return;
    }
    if (done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...way, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return cycles;
}

/** Says which imports of our sources go around in a circle, and what is allowed without need. Returns the exit code. */
function main(): number {
  process.chdir(join(import.meta.dirname, '..'));
  const cycles = cyclesIn(importsOf(globSync(['src/**/*.ts', 'packages/**/*.ts'], { exclude: ['**/node_modules/**'] })));
  const refused = cycles.filter((cycle) => !cycle.some((file) => allowed.includes(file)));
  const unneeded = allowed.filter((file) => !cycles.some((cycle) => cycle.includes(file)));
  for (const cycle of refused) console.error(`import cycle: ${[...cycle, cycle[0]].join(' -> ')}`);
  for (const file of unneeded)
    console.error(`scripts/import-cycles.ts allows a cycle of ${file}, ${existsSync(file) ? 'which is in none' : 'which is gone'}`);
  return refused.length + unneeded.length === 0 ? 0 : 1;
}

if (import.meta.main) process.exitCode = main();
