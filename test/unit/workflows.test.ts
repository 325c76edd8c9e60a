import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';

const root = new URL('../../', import.meta.url).pathname;
const folder = join(root, '.github/workflows');
const files = readdirSync(folder).sort();
const textOf = (file: string): string => readFileSync(join(folder, file), 'utf8');

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly 'timeout-minutes'?: number;
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly concurrency?: { readonly group: string; readonly 'cancel-in-progress': unknown };
  readonly jobs: Readonly<Record<string, Job>>;
}

const workflows = files.map((file) => ({ file, workflow: load(textOf(file)) as Workflow }));
const jobs = workflows.flatMap(({ file, workflow }) =>
  Object.entries(workflow.jobs).map(([name, job]) => ({ at: `${file}: ${name}`, job })),
);
const steps = jobs.flatMap(({ at, job }) => job.steps.map((step) => ({ at, step })));
const scripts = steps.flatMap(({ at, step }) => (step.run === undefined ? [] : [{ at, run: step.run }]));

test('there is a workflow for each thing that a project must do by itself', () => {
  expect(files).toEqual(['chaos.yaml', 'cluster.yaml', 'code-scanning.yaml', 'release.yaml', 'test.yaml']);
});

test('every action is pinned by the commit, and its version stands behind it', () => {
  const used = files.flatMap((file) => [...textOf(file).matchAll(/uses: (.*)/g)].map(([, action = '']) => action));
  expect(used.length).toBeGreaterThan(15);
  expect(used.filter((action) => !/^[\w-]+\/[\w/.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action))).toEqual([]);
});

test('an action is the same version everywhere', () => {
  const pins = new Map<string, Set<string>>();
  for (const { step } of steps) {
    const [name = '', pin = ''] = (step.uses ?? '').split('@');
    const repository = name.split('/').slice(0, 2).join('/');
    pins.set(repository, (pins.get(repository) ?? new Set()).add(pin));
  }
  expect([...pins].filter(([, used]) => used.size !== 1)).toEqual([]);
});

test('a workflow has no permission, and each job names its own', () => {
  expect(workflows.filter(({ workflow }) => JSON.stringify(workflow.permissions) !== '{}').map(({ file }) => file)).toEqual([]);
  expect(jobs.filter(({ job }) => job.permissions === undefined).map(({ at }) => at)).toEqual([]);
});

test('only what publishes may write, and nothing more than it publishes', () => {
  const writes = jobs.flatMap(({ at, job }) =>
    Object.entries(job.permissions ?? {}).flatMap(([scope, right]) => (right === 'read' ? [] : [`${at}: ${scope}`])),
  );
  expect(writes.sort()).toEqual([
    'code-scanning.yaml: analyze: security-events',
    'release.yaml: chart: id-token',
    'release.yaml: chart: packages',
    'release.yaml: image: id-token',
    'release.yaml: image: packages',
    'release.yaml: notes: contents',
  ]);
});

test('nobody from outside starts a workflow that has rights or secrets', () => {
  const events = workflows.flatMap(({ workflow }) => Object.keys(workflow.on));
  expect(events.filter((event) => !['push', 'pull_request', 'schedule', 'workflow_dispatch'].includes(event))).toEqual([]);
  const open = files.filter((file) => file !== 'release.yaml' && /secrets\.|github\.token/.test(textOf(file)));
  expect(open).toEqual([]);
  expect(workflows.find(({ file }) => file === 'release.yaml')?.workflow.on).toEqual({ push: { tags: ['v*'] } });
});

test('no script is put together from an expression: values come as variables', () => {
  expect(scripts.filter(({ run }) => run.includes('${{'))).toEqual([]);
});

test('no checkout leaves a token behind', () => {
  const checkouts = steps.filter(({ step }) => step.uses?.startsWith('actions/checkout@'));
  expect(checkouts.length).toBeGreaterThan(5);
  expect(checkouts.filter(({ step }) => step.with?.['persist-credentials'] !== false).map(({ at }) => at)).toEqual([]);
});

test('every job ends some day, and no workflow runs twice for one thing', () => {
  expect(jobs.filter(({ job }) => !((job['timeout-minutes'] ?? Infinity) <= 150)).map(({ at }) => at)).toEqual([]);
  expect(workflows.filter(({ workflow }) => workflow.concurrency === undefined).map(({ file }) => file)).toEqual([]);
});

test('a release is never broken off', () => {
  expect(workflows.find(({ file }) => file === 'release.yaml')?.workflow.concurrency).toEqual({
    group: 'release',
    'cancel-in-progress': false,
  });
});

test('no host is written down: where images go, the forge’s variables say', () => {
  const hosts = ['.github/dependabot.yml', ...files.map((file) => `.github/workflows/${file}`)].flatMap((path) =>
    [...readFileSync(join(root, path), 'utf8').matchAll(/\b(?:[\w-]+\.)+(?:io|com|org|net|dev)\b(?!\/cmd)/g)].map(
      ([host]) => `${path}: ${host}`,
    ),
  );
  // A Go package of go.mod, which the tests of the chart use as well.
  expect(hosts.filter((host) => !host.endsWith(': helm.sh'))).toEqual([]);
});

test('the scripts and files that are run are there', () => {
  const { scripts: known } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly scripts: object };
  const text = scripts.map(({ run }) => run).join('\n');
  const named = [...text.matchAll(/npm run (?:-s )?([\w:]+)/g)].map(([, name = '']) => name);
  expect(named.length).toBeGreaterThan(8);
  expect(named.filter((name) => !(name in known))).toEqual([]);
  const paths = [...text.matchAll(/(?:node |-C |package )([\w./-]+\/[\w./-]+)/g)].map(([, path = '']) => path);
  expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

describe('dependency updates', () => {
  const { updates } = load(readFileSync(join(root, '.github/dependabot.yml'), 'utf8')) as {
    readonly updates: readonly {
      readonly 'package-ecosystem': string;
      readonly directory?: string;
      readonly directories?: readonly string[];
      readonly groups?: object;
    }[];
  };

  test('come in groups for everything that has versions', () => {
    expect(updates.map((update) => update['package-ecosystem']).sort()).toEqual(['docker', 'github-actions', 'gomod', 'npm']);
    expect(updates.filter(({ groups }) => groups === undefined)).toEqual([]);
  });

  test('are looked for where the versions are', () => {
    const go = updates.find((update) => update['package-ecosystem'] === 'gomod')?.directories ?? [];
    expect(go.filter((path) => !existsSync(join(root, path, 'go.mod')))).toEqual([]);
    expect(go).toHaveLength(3);
  });
});

test('each path that has owners is there, and each line names them', () => {
  const lines = readFileSync(join(root, '.github/CODEOWNERS'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  expect(lines.length).toBeGreaterThan(1);
  expect(lines.filter((line) => !/^\S+ @[\w-]+\/[\w-]+$/.test(line))).toEqual([]);
  const paths = lines.map((line) => line.split(' ')[0] ?? '').filter((path) => path !== '*');
  expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});
