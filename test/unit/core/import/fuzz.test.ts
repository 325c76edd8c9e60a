import fc from 'fast-check';
import { createKubernetes, type KubeObject } from '@tenantsync/sandbox/kubernetes';
import type { SyncConfiguration } from '../../../../src/api/kinds.ts';
import { compileSpec } from '../../../../src/controllers/sync-configuration/validate.ts';
import { plainOf } from '../../../../src/core/import/commented.ts';
import { importJob, type ImportResult } from '../../../../src/core/import/import.ts';
import { describeProblem } from '../../../../src/core/import/problem.ts';
import { commentedYaml } from '../../../../src/cli/commented-yaml.ts';
import { loadAll } from 'js-yaml';
import { crds } from '../../../support/crds.ts';
import { entraCases } from '../../../support/entra-cases.ts';
import { contoso, fabrikam } from '../../../support/entra-job.ts';
import { bytesOf, type Exported } from '../../../support/import-run.ts';
import { seededRandom, VirtualClock } from '../../../support/virtual-clock.ts';

const kubernetes = createKubernetes({ clock: new VirtualClock(), random: seededRandom(1), crds: crds(), namespaces: ['identity'] });
const client = '3c9d4b0a-6f4e-4d61-8f0b-2f7f5c1d2e01';
let count = 0;

/** An import with everything said that files may leave out. */
function run(files: Exported, strictness: 'Strict' | 'Lenient'): ImportResult {
  count += 1;
  const named = Object.fromEntries(Object.entries(files).map(([kind, value]) => [kind, { name: `${kind}.json`, bytes: bytesOf(value) }]));
  return importJob(named as unknown as Parameters<typeof importJob>[0], {
    strictness,
    name: `fuzz-${count}`,
    namespace: 'identity',
    sourceTenant: contoso,
    sourceClientId: client,
    targetClientId: client,
    ...(files.secrets === undefined ? { targetTenant: fabrikam } : {}),
  });
}

/** What has no place for an id in it, because no file said it. */
const incomplete = (text: string): boolean => text.includes('REPLACE-WITH-');

/** Problems that say something, or manifests that the API server and the operator take, and that are printed as they are. */
function check(result: ImportResult): void {
  if (result.kind === 'Refused') {
    expect(result.problems.length).toBeGreaterThan(0);
    for (const problem of result.problems) {
      expect(problem.what).not.toBe('');
      expect(problem.wayOut).not.toBe('');
      expect(describeProblem(problem)).toMatch(/^[a-z]+\.json: [^\n]+; [^\n]+$/);
    }
    return;
  }
  const yaml = commentedYaml(result.remarks, result.parts);
  expect(loadAll(yaml)).toEqual(result.parts.map(plainOf));
  expect(yaml).not.toMatch(/[^\P{C}\n]/u);
  if (incomplete(yaml)) return;
  const [, configuration] = result.parts.map((part) => kubernetes.create(plainOf(part) as object)) as [KubeObject, KubeObject];
  expect(compileSpec(configuration as unknown as SyncConfiguration)).not.toHaveProperty('reason');
  expect(configuration).toMatchObject({ spec: { mode: 'Plan' } });
}

/** Places of a JSON value, deepest included. */
function pathsOf(json: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof json !== 'object' || json === null) return [path];
  return [path, ...Object.entries(json).flatMap(([name, member]) => pathsOf(member, [...path, name]))];
}

function replaced(json: unknown, path: readonly string[], by: unknown): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return by;
  const copy = (Array.isArray(json) ? [...(json as unknown[])] : { ...(json as object) }) as Record<string, unknown>;
  copy[name] = replaced(copy[name], rest, by);
  return copy;
}

const words = fc.constantFrom(
  ...['', 'Attribute', 'Constant', 'Function', 'Always', 'AttributeAddOnly', 'manager', '__proto__', 'constructor', 'telephoneNumber'],
  ...[
    '[manager]',
    '[city',
    'Append([city], "x")',
    'Item([telephoneNumber], 2)',
    'IsSoftDeleted',
    'alternativeSecurityIds',
    'IS NULL',
    'EQUALS',
  ],
  ...[
    'Add',
    'Add,Delete',
    'x\n- y: z',
    '\u202e',
    '\ud800',
    'x'.repeat(3000),
    'extension_',
    `extension_${'a'.repeat(32)}_${'b'.repeat(200)}`,
  ],
);
const anything = fc.oneof(
  fc.constantFrom(null, undefined, true, false, 0, 1, -1, 7, 1e21, [], {}, [[]], [null]),
  words,
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.jsonValue({ maxDepth: 3 }),
  words.map((name) => ({ targetAttributeName: name, source: { type: name, name, expression: name }, key: name, value: name })),
);

interface Change {
  readonly kind: string;
  readonly at: number;
  readonly by: unknown;
}

const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom('schema', 'schema', 'schema', 'job', 'secrets', 'assignments'),
  at: fc.nat(),
  by: anything,
});

const jsonCases = entraCases.filter(({ files, name }) => !(files.schema instanceof Uint8Array) && name !== 'many-people');

/** By name, so that a failure prints what was changed alone. */
const anyCase = fc.constantFrom(...jsonCases.map(({ name }) => name));
const filesOf = (name: string): Exported => jsonCases.find((each) => each.name === name)?.files ?? { schema: undefined };

function apply(files: Exported, { kind, at, by }: Change): Exported {
  const whole = files as unknown as Readonly<Record<string, unknown>>;
  if (whole[kind] === undefined) return files;
  const paths = pathsOf(whole[kind]);
  return { ...files, [kind]: replaced(whole[kind], paths[at % paths.length] ?? [], by) };
}

const strictness = fc.constantFrom('Strict' as const, 'Lenient' as const);

test('G7 whatever is changed in an export, the import says what is wrong or makes manifests that are taken', () => {
  let taken = 0;
  fc.assert(
    fc.property(anyCase, fc.array(change, { minLength: 1, maxLength: 4 }), strictness, (name, changes, how) => {
      const result = run(changes.reduce(apply, filesOf(name)), how);
      if (result.kind === 'Taken') taken += 1;
      check(result);
    }),
    { numRuns: 600 },
  );
  expect(taken).toBeGreaterThan(60);
});

test('G7 any JSON, and any bytes, in the place of any file are refused or taken', () => {
  expect.hasAssertions();
  const file = fc.oneof(
    fc.json({ maxDepth: 6 }).map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 200 }),
  );
  const kinds = fc.record({ schema: file, job: file, secrets: file, assignments: file }, { requiredKeys: ['schema'] });
  fc.assert(
    fc.property(kinds, strictness, (files, how) => check(run(files, how))),
    { numRuns: 300 },
  );
  const [whole] = jsonCases;
  fc.assert(
    fc.property(fc.record({ job: file, secrets: file, assignments: file }, { requiredKeys: [] }), strictness, (files, how) =>
      check(run({ schema: whole?.files.schema, ...files }, how)),
    ),
    { numRuns: 200 },
  );
});

/** Lenience may take mappings away, and nothing else. */
test('G7 lenience changes neither scope nor matching nor what happens to leavers', () => {
  fc.assert(
    fc.property(anyCase, fc.array(change, { minLength: 1, maxLength: 3 }), (name, changes) => {
      const altered = changes.reduce(apply, filesOf(name));
      const [strict, lenient] = [run(altered, 'Strict'), run(altered, 'Lenient')];
      const bound = strict.kind === 'Refused' ? strict.problems.filter(({ canBeLeftOut }) => canBeLeftOut !== true) : [];
      expect(lenient.kind === 'Refused' ? lenient.problems : []).toEqual(bound);
      expect(lenient.kind === 'Taken' && strict.kind === 'Taken' ? lenient.leftOut : 0).toBe(0);
    }),
    { numRuns: 400 },
  );
});
