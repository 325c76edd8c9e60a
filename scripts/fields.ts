import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

/** Which test fails when the operator ignores a field: `SyncConfiguration.spec.suspend` -> `test/behaviour/requests.test.ts > its name`. */
const tableFile = 'test/data/field-tests.json';
/** A test that has not ended by then has failed; the process may take a little longer, and is ended where it waits for ever. */
const testMs = 60_000;
const processMs = 150_000;

interface Proof {
  readonly field: string;
  readonly file: string;
  readonly title: string;
}

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly title: string; readonly fullName: string; readonly status: string }[];
  }[];
}

/** Titles of the tests that passed and failed; `NoReport`: the run did not come to its end. */
type Outcome = { readonly passed: readonly string[]; readonly failed: readonly string[] } | 'NoReport';

function proofs(only: string | undefined): readonly Proof[] {
  const table = JSON.parse(readFileSync(tableFile, 'utf8')) as Readonly<Record<string, string>>;
  return Object.entries(table).flatMap(([field, test]) => {
    const [file = '', title = ''] = test.split(/ > (.*)/s);
    return only === undefined || field.includes(only) ? [{ field, file, title }] : [];
  });
}

/** The names that jest gives to a test with a title: of one with a table, those of each row. */
function patternOf(title: string): string {
  const literal = title.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return `${literal.replace(/%[sdifjop]|\\\$[\w.]+/g, '.*')}$`;
}

/** Plays tests of one file with an operator that ignores a field. */
async function play(ignored: string, file: string, titles: readonly string[]): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'fields-'));
  const report = join(folder, 'report.json');
  try {
    const child = spawn(
      process.execPath,
      [
        ...['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js', '--runInBand', '--ci'],
        ...[`--testTimeout=${testMs}`, '--json', `--outputFile=${report}`],
        ...['--testNamePattern', titles.map(patternOf).join('|'), '--runTestsByPath', file],
      ],
      { env: { ...process.env, TENANTSYNC_IGNORED_FIELD: ignored }, stdio: 'ignore', timeout: processMs, killSignal: 'SIGKILL' },
    );
    await new Promise((resolve) => child.on('close', resolve));
    return outcomeOf(report);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function outcomeOf(report: string): Outcome {
  let text: string;
  try {
    text = readFileSync(report, 'utf8');
  } catch {
    return 'NoReport';
  }
  const results = (JSON.parse(text) as Report).testResults.flatMap(({ assertionResults }) => assertionResults);
  const named = (status: string): readonly string[] => results.filter((result) => result.status === status).map(({ fullName }) => fullName);
  return { passed: named('passed'), failed: named('failed') };
}

/** Why a test does not show that an operator may not ignore the field; undefined: it does. */
function flawOf(proof: Proof, usual: Outcome, blind: Outcome): string | undefined {
  const isIt = (name: string): boolean => new RegExp(patternOf(proof.title)).test(name);
  if (usual === 'NoReport') return 'the test does not end when nothing is ignored';
  if (usual.failed.some(isIt)) return 'the test fails when nothing is ignored';
  if (!usual.passed.some(isIt)) return 'there is no such test';
  // A process that was ended may have been slow, and shows nothing about the field.
  if (blind === 'NoReport') return 'the test does not end when the field is ignored';
  if (!blind.failed.some(isIt)) return 'no test fails when the field is ignored';
  return undefined;
}

/** Each in turn by `workers` at once. */
async function each<T>(items: readonly T[], workers: number, work: (item: T) => Promise<void>): Promise<void> {
  const rest = [...items];
  const worker = async (): Promise<void> => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: workers }, worker));
}

/** Measures for each field that its test fails without it, and passes with it. Returns the exit code. */
async function main(): Promise<number> {
  process.chdir(join(import.meta.dirname, '..'));
  const { values } = parseArgs({ options: { only: { type: 'string' }, jobs: { type: 'string' } } });
  const chosen = proofs(values.only);
  const workers = Number(values.jobs ?? availableParallelism());
  if (chosen.length === 0 || !(workers >= 1)) {
    console.error('usage: npm run fields -- [--only PART OF A NAME] [--jobs N]');
    return 2;
  }
  const started = Date.now();
  const usual = new Map<string, Outcome>();
  await each([...Map.groupBy(chosen, ({ file }) => file)], workers, async ([file, all]) => {
    usual.set(file, await play('none', file, [...new Set(all.map(({ title }) => title))]));
  });
  let flaws = 0;
  await each(chosen, workers, async (proof) => {
    const begun = Date.now();
    const blind = await play(proof.field, proof.file, [proof.title]);
    const flaw = flawOf(proof, usual.get(proof.file) ?? 'NoReport', blind);
    if (flaw !== undefined) flaws += 1;
    const seconds = ((Date.now() - begun) / 1000).toFixed(1);
    console.log(`${flaw === undefined ? 'ok' : 'NOT PROVEN'}  ${proof.field}  ${seconds} s  ${flaw ?? ''}`.trimEnd());
  });
  console.log(`${chosen.length - flaws} of ${chosen.length} fields proven in ${Math.round((Date.now() - started) / 1000)} s`);
  return flaws === 0 ? 0 : 1;
}

process.exitCode = await main();
