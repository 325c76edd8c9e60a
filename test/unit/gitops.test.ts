import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { compileRules } from '../../packages/sandbox/kubernetes/schema/cel.ts';

const root = new URL('../../', import.meta.url).pathname;
const read = (file: string): unknown => load(readFileSync(join(root, 'manifests/gitops', file), 'utf8'));

const condition = (type: string, status: string, reason: string) => ({ type, status, reason, message: `Because of ${reason}.` });

interface State {
  readonly generation?: number;
  readonly suspend?: true;
  readonly conditions?: readonly ReturnType<typeof condition>[];
}

/** A resource as the operator leaves it: generation 2, seen, unless said otherwise. */
const resource = ({ generation = 2, suspend, conditions }: State) => ({
  metadata: { name: 'staff', generation },
  spec: suspend === undefined ? {} : { suspend },
  status: conditions === undefined ? { observedGeneration: -1 } : { observedGeneration: 2, conditions },
});

const states = {
  'that nobody has looked at': resource({}),
  'whose spec is newer than what was looked at': resource({ generation: 3, conditions: [condition('Ready', 'True', 'Succeeded')] }),
  'in its first cycle': resource({
    conditions: [condition('Reconciling', 'True', 'Progressing'), condition('Ready', 'Unknown', 'Progressing')],
  }),
  'that is synchronized': resource({ conditions: [condition('Ready', 'True', 'Succeeded')] }),
  'with deletions staged': resource({
    conditions: ['Stalled', 'DeletionsStaged']
      .map((type) => condition(type, 'True', 'DeletionsStaged'))
      .concat(condition('Ready', 'False', 'DeletionsStaged')),
  }),
  'with creations staged': resource({
    conditions: ['Stalled', 'CreationsStaged']
      .map((type) => condition(type, 'True', 'CreationsStaged'))
      .concat(condition('Ready', 'False', 'CreationsStaged')),
  }),
  'with a filter that cannot be used': resource({
    conditions: [condition('Stalled', 'True', 'InvalidFilter'), condition('Ready', 'False', 'InvalidFilter')],
  }),
  'whose cycle failed and is repeated': resource({ conditions: [condition('Ready', 'False', 'GraphUnavailable')] }),
  'that is suspended': resource({ suspend: true, conditions: [condition('Ready', 'True', 'Suspended')] }),
} as const;

type Name = keyof typeof states;

/** Health by Argo CD and by Flux. */
const expected: Readonly<Record<Name, readonly [string, string]>> = {
  'that nobody has looked at': ['Progressing', 'InProgress'],
  'whose spec is newer than what was looked at': ['Progressing', 'InProgress'],
  'in its first cycle': ['Progressing', 'InProgress'],
  'that is synchronized': ['Healthy', 'Current'],
  'with deletions staged': ['Suspended', 'Current'],
  'with creations staged': ['Suspended', 'Current'],
  'with a filter that cannot be used': ['Degraded', 'Failed'],
  'whose cycle failed and is repeated': ['Degraded', 'InProgress'],
  'that is suspended': ['Suspended', 'Current'],
};
const names = Object.keys(expected) as Name[];

/** A value as Lua writes it. */
function lua(value: unknown): string {
  if (Array.isArray(value)) return `{${value.map(lua).join(', ')}}`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, member]) => `[${JSON.stringify(key)}] = ${lua(member)}`)
    .join(', ')}}`;
}

/** Path of Lua as Argo CD has it; undefined where there is no Go to build it with, or no network to get it from. */
const built = spawnSync('go', ['-C', join(root, '.github/tools'), 'tool', '-n', 'glua'], { encoding: 'utf8' });
const interpreter = built.status === 0 ? built.stdout.trim() : undefined;
const withLua = interpreter === undefined ? describe.skip : describe;

const { data } = read('argocd-cm.yaml') as { readonly data: Readonly<Record<string, string>> };

describe('G8 Argo CD', () => {
  test('has one check for both kinds that people write', () => {
    expect(Object.keys(data).sort()).toEqual(
      ['SyncConfiguration', 'TenantPair'].map((kind) => `resource.customizations.health.tenantsync.dev_${kind}`),
    );
    expect(new Set(Object.values(data)).size).toBe(1);
  });
});

withLua('G8 the check for Argo CD', () => {
  /** Runs the check in the interpreter that Argo CD has, without the libraries that it leaves out. */
  function healths(): readonly string[] {
    const folder = mkdtempSync(join(tmpdir(), 'tenantsync-lua-'));
    try {
      const check = join(folder, 'health.lua');
      writeFileSync(check, Object.values(data)[0] ?? '');
      const lines = names.map((name) => `obj = ${lua(states[name])}; local hs = check(); out(hs.status .. " | " .. hs.message)`);
      const script = join(folder, 'run.lua');
      writeFileSync(
        script,
        ['check = assert(loadfile(arg[1]))', 'out = print', 'os, io, string, math, table, print = nil', ...lines].join('\n'),
      );
      const said = execFileSync(interpreter ?? 'glua', [script, check], { encoding: 'utf8' });
      return said.trim().split('\n');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  test('knows the health of a configuration in each state', () => {
    const found = healths();
    expect(found.map((line) => line.split(' | ')[0])).toEqual(names.map((name) => expected[name][0]));
    expect(found[names.indexOf('with a filter that cannot be used')]).toBe('Degraded | InvalidFilter: Because of InvalidFilter.');
  });
});

describe('G8 Flux', () => {
  interface Expressions {
    readonly kind: string;
    readonly inProgress: string;
    readonly failed: string;
    readonly current: string;
  }
  const { spec } = read('flux-kustomization.yaml') as { readonly spec: { wait: boolean; healthCheckExprs: readonly Expressions[] } };
  const [expressions] = spec.healthCheckExprs;

  /** Whether an expression is true of a resource. It names the resource's own fields, as a rule of ours names them below `self`. */
  function holds(expression: string | undefined, object: object): boolean {
    const rule = (expression ?? 'false').replaceAll(/(?<![\w.])(status|metadata)\./g, 'self.$1.');
    const errors: unknown[] = [];
    const schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, 'x-kubernetes-validations': [{ rule }] };
    compileRules(schema)?.(object, undefined, '', errors as never[]);
    return errors.length === 0;
  }

  function health(object: object): string {
    if (holds(expressions?.inProgress, object)) return 'InProgress';
    if (holds(expressions?.failed, object)) return 'Failed';
    return holds(expressions?.current, object) ? 'Current' : 'InProgress';
  }

  test('waits, and has expressions for the kind that can be staged', () => {
    expect(spec.wait).toBe(true);
    expect(spec.healthCheckExprs.map(({ kind }) => kind)).toEqual(['SyncConfiguration']);
  });

  test.each(names)('knows the health of a configuration %s', (name) => {
    expect(health(states[name])).toBe(expected[name][1]);
  });
});
