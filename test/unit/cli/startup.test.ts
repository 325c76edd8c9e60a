import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeProblem } from '../../../src/system.ts';

const main = new URL('../../../src/main.ts', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'tenantsync-startup-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A kubeconfig of a server that is not there. */
const nowhere = join(folder, 'nowhere.yaml');
writeFileSync(
  nowhere,
  JSON.stringify({
    clusters: [{ name: 'c', cluster: { server: 'http://127.0.0.1:9' } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    users: [{ name: 'u', user: {} }],
    'current-context': 'c',
  }),
);
const broken = join(folder, 'broken.yaml');
writeFileSync(broken, 'clusters: [');

/** What a process says that cannot start, and how it ends. */
function startIn(kubeconfig: string, ...args: readonly string[]): { readonly status: number | null; readonly said: string } {
  const env = { PATH: process.env.PATH, HOME: folder, KUBECONFIG: kubeconfig };
  const { status, stderr } = spawnSync(process.execPath, [main, ...args], { env, encoding: 'utf8', timeout: 60_000 });
  const lines = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
  expect(lines).toHaveLength(1);
  return { status, said: lines[0] ?? '' };
}

describe('F2 a process that cannot start says why in one sentence', () => {
  test.each([
    ['operator', '/nowhere/kubeconfig', 'there is no way to Kubernetes (ENOENT'],
    ['operator', broken, 'is no YAML, see line'],
    ['operator', '', 'no current cluster'],
    ['release', '/nowhere/kubeconfig', 'there is no way to Kubernetes (ENOENT'],
    ['status', '/nowhere/kubeconfig', 'There is no cluster to ask'],
  ])('%s with the kubeconfig %j', (verb, kubeconfig, why) => {
    const { status, said } = startIn(kubeconfig, verb);
    expect([status, said]).toEqual([2, expect.stringContaining(why)]);
  });

  test('an operator whose port is taken', async () => {
    const other = createServer();
    const port = await new Promise<number>((resolve) =>
      other.listen(0, '127.0.0.1', () => resolve((other.address() as { port: number }).port)),
    );
    const { status, said } = startIn(
      nowhere,
      'operator',
      '--metrics-bind-address',
      `127.0.0.1:${port}`,
      '--health-probe-bind-address',
      '0',
    );
    other.close();
    expect([status, said]).toEqual([
      1,
      expect.stringContaining(`metrics cannot be served on 127.0.0.1:${port} (EADDRINUSE): another process`),
    ]);
  });

  test.each([
    ['v20.19.0', true],
    ['v24.10.9', true],
    ['v24.11.0', false],
    ['v26.0.0', false],
  ])('Node %s', (version, isTooOld) => {
    expect(nodeProblem(version) !== undefined).toBe(isTooOld);
  });
});
