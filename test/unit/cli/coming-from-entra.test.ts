import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { loadAll } from 'js-yaml';
import { createKubernetes } from '@tenantsync/sandbox/kubernetes';
import { importHelp } from '../../../src/cli/import.ts';
import { crds } from '../../support/crds.ts';
import { assignment, assignments, expression, job, row, rows2026, schemaOf, secrets, withRows } from '../../support/entra-job.ts';
import { seededRandom, VirtualClock } from '../../support/virtual-clock.ts';

const page = readFileSync(new URL('../../../docs/coming-from-entra.md', import.meta.url), 'utf8');
const main = new URL('../../../src/main.ts', import.meta.url).pathname;

/** Commands of the page, each on one line. */
const commands = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = '']) =>
  block
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line.trim() !== ''),
);

const folder = mkdtempSync(join(tmpdir(), 'coming-'));
afterAll(() => rmSync(folder, { recursive: true }));

const files = {
  'schema.json': schemaOf(withRows(rows2026, row('department', expression('CostCentreOf([department])')))),
  'job.json': job(),
  'secrets.json': secrets(),
  'assignments.json': assignments(assignment('User', 'e1b7c0d4-2f5a-4c38-9e61-0a4d8b7f3c25', 'Ana')),
};

/** Runs a line of the page in a shell where the files are, with `tenantsync` as it stands in this project. */
function shell(line: string): { readonly status: number | null; readonly output: string; readonly errors: string } {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', `tenantsync() { ${process.execPath} ${main} "$@"; }\n${line}`], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { status, output: stdout, errors: stderr };
}

const write = (name: string, json: unknown): void => writeFileSync(join(folder, name), JSON.stringify(json));

describe('the commands of docs/coming-from-entra.md', () => {
  beforeEach(() => Object.entries(files).forEach(([name, json]) => write(name, json)));

  test('are all tried here', () => {
    expect(commands.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
      'tenantsync import',
      'tenantsync import',
      'tenantsync import',
      'tenantsync import',
      'kubectl -n',
      'kubectl -n',
      'kubectl -n',
      // Those of the move are run by test/behaviour/move.test.ts.
      'kubectl tenantsync',
      'kubectl tenantsync',
      'tenantsync import',
      'az rest',
      'kubectl tenantsync',
      'kubectl -n',
      'kubectl tenantsync',
    ]);
  });

  test('refuse what cannot be taken over, as the page shows it', () => {
    const { status, output, errors } = shell(commands[0] ?? '');
    expect([status, output]).toEqual([1, '']);
    const [, shown = ''] = /```text\n([\s\S]*?)```/.exec(page) ?? [];
    // The place of the row is that of another export.
    const withoutIndex = (text: string): string => text.replace(/attributeMappings\[\d+\]/, 'attributeMappings[]');
    expect(withoutIndex(errors)).toContain(withoutIndex(shown));
  });

  test('leave it out with --lenient', () => {
    const { status, output } = shell(commands[3] ?? '');
    expect(status).toBe(0);
    expect(output).toContain('# cannot be: department from CostCentreOf([department])');
  });

  test('make manifests that apply as they are, with the Secrets that the page makes', () => {
    write('schema.json', schemaOf());
    const { status, errors } = shell(commands[0] ?? '');
    expect([status, errors]).toEqual([0, '']);
    const [, , , , source, target, apply = ''] = commands;
    const file = /apply -f (\S+)$/.exec(apply)?.[1] ?? '';
    const manifests = loadAll(readFileSync(join(folder, file), 'utf8')) as { metadata: { namespace: string }; spec: object }[];
    const kubernetes = createKubernetes({ clock: new VirtualClock(), random: seededRandom(1), crds: crds(), namespaces: ['identity'] });
    const applied = manifests.map((manifest) => kubernetes.create(manifest));
    expect(applied.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name ?? ''}`)).toEqual([
      'TenantPair identity/contoso-to-fabrikam',
      'SyncConfiguration identity/contoso-to-fabrikam',
    ]);
    const made = [source, target].map((line = '') => /secret generic (\S+) --from-literal=(\w+)=/.exec(line)?.slice(1));
    const named = (['source', 'target'] as const).map((side) => {
      const { spec } = applied[0] as unknown as {
        spec: Record<typeof side, { credentials: { clientSecret: { secretRef: { name: string; key: string } } } }>;
      };
      const { name, key } = spec[side].credentials.clientSecret.secretRef;
      return [name, key];
    });
    expect(made).toEqual(named);
  });

  test('ask the cluster what comes next with --handover', () => {
    const { status, output, errors } = shell('tenantsync import --handover staff --kubeconfig none.yaml');
    expect([status, output]).toEqual([2, '']);
    expect(errors).toContain('There is no cluster to ask');
  });

  test('read the schema from standard input', () => {
    write('schema.json', schemaOf());
    const { status, output, errors } = shell(commands[1] ?? '');
    expect(status).toBe(0);
    expect(output).toContain('clientId: REPLACE-WITH-CLIENT-ID');
    expect(errors).toContain('tenantsync import: to fill in: ');
  });
});

test('the page and the help name the same files, and every kind of remark is explained', () => {
  for (const flag of ['--job', '--secrets', '--assignments', '--lenient']) {
    expect(importHelp).toContain(flag);
    expect(page).toContain(flag);
  }
  for (const kind of ['taken over', 'differs', 'cannot be', 'note', 'fill in']) expect(page).toContain(`| \`${kind}\` |`);
});
