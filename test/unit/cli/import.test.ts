import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { loadAll } from 'js-yaml';
import { createKubernetes } from '@tenantsync/sandbox/kubernetes';
import type { SyncConfiguration, TenantPair } from '../../../src/api/kinds.ts';
import { runImport } from '../../../src/cli/import.ts';
import { compileSpec } from '../../../src/controllers/sync-configuration/validate.ts';
import { crds } from '../../support/crds.ts';
import { entraCases, type EntraCase } from '../../support/entra-cases.ts';
import { engineRows, fabrikam, pascalCased, schemaOf, secrets } from '../../support/entra-job.ts';
import { bytesOf } from '../../support/import-run.ts';
import { seededRandom, VirtualClock } from '../../support/virtual-clock.ts';

const folder = mkdtempSync(join(tmpdir(), 'import-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Run {
  readonly status: number;
  readonly output: string;
  readonly errors: string;
}

async function run(args: readonly string[], input: Uint8Array = Buffer.alloc(0)): Promise<Run> {
  const streams = { input: Readable.from([input]), output: new PassThrough(), errors: new PassThrough() };
  const collected = { output: '', errors: '' };
  streams.output.on('data', (chunk: Buffer) => (collected.output += chunk.toString()));
  streams.errors.on('data', (chunk: Buffer) => (collected.errors += chunk.toString()));
  const status = await runImport(args, streams, { environment: {} });
  await new Promise((resolve) => setImmediate(resolve));
  return { status, ...collected };
}

/** Files of a case where a command can name them; the path of the schema is the argument, those of the others are flags. */
function argumentsOf({ name, files, flags = [] }: EntraCase): readonly string[] {
  const paths = Object.entries(files).map(([kind, value]) => {
    const path = join(folder, `${name}.${kind}.json`);
    writeFileSync(path, bytesOf(value));
    return [kind, path] as const;
  });
  return [...paths.flatMap(([kind, path]) => (kind === 'schema' ? [path] : [`--${kind}`, path])), ...flags];
}

function entraCase(name: string): EntraCase {
  const found = entraCases.find((each) => each.name === name);
  if (found === undefined) throw new Error(`there is no case ${name}`);
  return found;
}

const runCase = (each: EntraCase, ...flags: readonly string[]): Promise<Run> => run([...argumentsOf(each), ...flags]);

/** What an import of a case is expected to print; with UPDATE_EXPECTED=1 it is written anew, to be read before it is committed. */
function expectedOf({ name }: EntraCase, now: string): string {
  const path = new URL(`../../data/entra-jobs/${name}.yaml`, import.meta.url);
  if (process.env.UPDATE_EXPECTED === '1') writeFileSync(path, now);
  return readFileSync(path, 'utf8');
}

const told = ({ status, output, errors }: Run): string =>
  `${output}# exit status ${status}\n${errors.replaceAll(`${folder}/`, '').replaceAll(/^/gm, '# ').replace(/# $/, '')}`;

describe('G7 an export becomes what stands in test/data/entra-jobs:', () => {
  test.each(entraCases)('$name, $what', async (each) => {
    const result = told(await runCase(each));
    expect(result).toBe(expectedOf(each, result));
  });
});

const clientIds = [
  '--source-client-id',
  '3c9d4b0a-6f4e-4d61-8f0b-2f7f5c1d2e01',
  '--target-client-id',
  '7b1e2f93-0f0d-4b43-9e0e-5a3c8d9f4c02',
];
const complete = [...clientIds, '--namespace', 'identity'];
const takenCases = entraCases.filter(({ name }) => !['broken', 'other-application', 'everything-wrong'].includes(name));

/** What a case lacks beside client ids. */
const missing = ({ name, files }: EntraCase): readonly string[] => [
  ...(files.secrets === undefined ? ['--target-tenant', fabrikam] : []),
  ...(name === 'hand-written' ? ['--service-principal', '5b0d6c1f-3e2a-4d88-9a47-0c1e2f3a4b5c'] : []),
];

const cluster = () => createKubernetes({ clock: new VirtualClock(), random: seededRandom(1), crds: crds(), namespaces: ['identity'] });

describe('G7 what is printed', () => {
  test.each(takenCases)('of $name is taken by the API server, and by the operator', async (each) => {
    const { status, output, errors } = await runCase(each, ...complete, ...missing(each));
    expect(errors).not.toContain('to fill in');
    expect(status).toBe(0);
    const kubernetes = cluster();
    const [pair, configuration] = (loadAll(output) as object[]).map((object) => kubernetes.create(object)) as unknown as [
      TenantPair,
      SyncConfiguration,
    ];
    expect(pair.kind).toBe('TenantPair');
    expect(configuration.spec).toMatchObject({ mode: 'Plan', defaultAttributeMappings: false });
    expect(configuration.spec.tenantPairRef.name).toBe(pair.metadata.name);
    expect(compileSpec(configuration)).not.toHaveProperty('reason');
  });

  test('is refused by the API server until everything is filled in', async () => {
    const { output } = await runCase(entraCase('default-2023'), '--namespace', 'identity');
    const [pair = {}] = loadAll(output) as object[];
    expect(() => cluster().create(pair)).toThrow(/clientId.*should match/s);
  });

  test('is an empty list where no mapping is left, and not nothing', async () => {
    const { output } = await run(['-'], bytesOf(schemaOf(engineRows)));
    const [, configuration] = loadAll(output) as { spec: object }[];
    expect(configuration?.spec).toMatchObject({ attributeMappings: [] });
  });

  test('is the same bytes for the same files', async () => {
    for (const each of entraCases) expect(await runCase(each)).toEqual(await runCase(each));
  });

  test.each(entraCases)('of $name shows nothing of the secrets but the target tenant', async (each) => {
    const lenient = await runCase(each, '--lenient');
    for (const { output, errors } of [await runCase(each), lenient]) expect(`${output}${errors}`).not.toMatch(/canary|Recipients/);
  });
});

describe('the command', () => {
  test('reads one of its files from standard input', async () => {
    const { status, output } = await run(['-'], bytesOf(schemaOf()));
    expect(status).toBe(0);
    expect(output).toContain('kind: SyncConfiguration');
    const path = join(folder, 'schema.json');
    writeFileSync(path, bytesOf(schemaOf()));
    const piped = await run([path, '--secrets', '-'], bytesOf(secrets()));
    expect(piped.output).toContain(`tenantId: ${fabrikam}`);
  });

  test.each([
    [[], 'give the exported schema'],
    [['a.json', 'b.json'], 'one schema at a time; b.json is too much'],
    [['/nowhere.json'], '/nowhere.json: ENOENT'],
    [['-', '--job', '-'], 'only one file can come from standard input'],
    [['-', '--source-tenant', 'contoso'], '--source-tenant: contoso is not an id such as'],
    [['-', '--name', 'Contoso Staff'], '--name: use 1 to 63 of a-z'],
    [['-', '--from-nowhere'], 'Unknown option'],
  ])('is wrong use with %j', async (args, message) => {
    const { status, output, errors } = await run(args);
    expect([status, output]).toEqual([2, '']);
    expect(errors).toContain(message);
    expect(errors.trimEnd().split('\n')).toHaveLength(1);
  });

  test('shows its flags', async () => {
    const { status, output } = await run(['--help']);
    expect(status).toBe(0);
    for (const flag of ['--job', '--secrets', '--assignments', '--lenient']) expect(output).toContain(`  ${flag}`);
  });

  test.each([
    ['nothing', Buffer.alloc(0), 'the file is empty'],
    ['no JSON', Buffer.from('apiVersion: tenantsync.dev/v1alpha1\n'), 'it is not JSON'],
    ['JSON that has no end', Buffer.from('{"a":['), 'it is not JSON'],
    ['brackets without end', Buffer.from('['.repeat(100_000)), 'it is not JSON'],
    ['a number', Buffer.from('7'), 'nothing known is in it, where the schema belongs'],
    ['secrets', bytesOf(secrets()), 'it has the shape of secrets, where the schema belongs'],
    ["secrets of PowerShell's", bytesOf(pascalCased(secrets())), 'it has the shape of secrets, where the schema belongs'],
  ])('says what is wrong with a file of %s, and shows nothing of it', async (_, input, message) => {
    const { status, output, errors } = await run(['-'], input);
    expect([status, output]).toEqual([1, '']);
    expect(errors).toContain(`standard input: ${message}`);
    expect(errors).not.toMatch(/canary|apiVersion/);
  });

  test('cannot be made to write to a terminal, or out of a comment, by what stands in a file', async () => {
    const evil = 'x\n  mode: Apply\u001b[2J\u202e\u2028- evil: true';
    const rows = (schemaOf() as { synchronizationRules: { objectMappings: { scope: unknown; name: string }[] }[] }).synchronizationRules;
    const mapping = rows[0]?.objectMappings[0];
    if (mapping === undefined) throw new Error('there is a mapping');
    mapping.scope = {
      groups: [{ name: evil, clauses: [{ sourceOperandName: 'city', operatorName: 'EQUALS', targetOperand: { values: [evil] } }] }],
    };
    mapping.name = evil;
    const file = bytesOf({ ...schemaOf(), synchronizationRules: rows });
    const { status, output } = await run(['-'], file);
    expect(status).toBe(0);
    expect(output).not.toMatch(/[^\P{C}\n]|\p{Zl}/u);
    const [, configuration] = loadAll(output) as { spec: { mode: string; scope: { filters: { name: string }[] } } }[];
    expect(configuration?.spec.mode).toBe('Plan');
    expect(configuration?.spec.scope.filters[0]?.name).toBe(evil);
  });
});
