import { readFileSync } from 'node:fs';
import path from 'node:path';
import { controlPlane } from '../support/control-plane.ts';
import { runOperator, Tenants, until, type RunningOperator } from './support/running-operator.ts';
import {
  apply,
  chart,
  clear,
  get,
  helm,
  kubeconfigOf,
  kubectl,
  outcome,
  project,
  restrictedNamespace,
  takeFinalizersOff,
  tryHelm,
} from './support/site.ts';

const minute = 60_000;
const system = 'gone-system';
const { kubeconfig, tools } = controlPlane();

const names = async (kind: string, namespace: string): Promise<readonly string[]> =>
  (await get<{ items: { metadata: { name: string } }[] }>(kind, '-n', namespace)).items.map(({ metadata }) => metadata.name);

/** A command of docs/install.md that has `word` in it, for a namespace other than the one that it names. */
function documented(word: string, namespace: string): string {
  const page = readFileSync(path.join(project, 'docs/install.md'), 'utf8');
  const blocks = [...page.matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) => block);
  return blocks.find((block) => block.includes(word))?.replaceAll('--namespace identity', `--namespace ${namespace}`) ?? 'exit 1';
}

describe('An operator of two namespaces, of which one was deleted while no operator was there', () => {
  const tenants = new Tenants();
  let ready = false;
  let starting: Promise<RunningOperator> | undefined;

  beforeAll(async () => {
    await clear(system, 'identity', 'lost');
    for (const name of [system, 'identity', 'lost']) await restrictedNamespace(name);
    await helm('install', 'ts', chart, '-n', system, '--wait', '--timeout', '60s', '--set', 'watchNamespaces={identity,lost}');
    tenants.hire(5);
    await tenants.applyTo('identity');
    await apply({
      apiVersion: 'tenantsync.dev/v1alpha1',
      kind: 'SyncConfiguration',
      metadata: { name: 'held', namespace: 'lost', finalizers: ['tenantsync.dev/deprovision'] },
      spec: { tenantPairRef: { name: 'none' }, mode: 'Plan', scope: { type: 'All' } },
    });
    await kubectl('delete', 'namespace', 'lost', '--wait=false');
    await until('its Roles are gone', async () => (await names('roles', 'lost')).length === 0);
    starting = runOperator(tenants, await kubeconfigOf(system, 'ts-tenantsync'), ['--watch-namespaces', 'identity,lost']);
    void starting.then(() => (ready = true));
  }, 2 * minute);
  afterAll(async () => {
    // Not ready, it could not be stopped.
    await takeFinalizersOff();
    await kubectl('delete', 'namespace', 'lost', '--ignore-not-found');
    await (await starting)?.stop();
    await helm('uninstall', 'ts', '-n', system, '--no-hooks');
    await clear(system, 'identity', 'lost');
  }, minute);

  it('does nothing while that one is Terminating: what is in it may matter', async () => {
    await new Promise((resolve) => setTimeout(resolve, 5000));
    expect(ready).toBe(false);
    expect(await names('syncconfigurations', 'lost')).toEqual(['held']);
    expect(tenants.guests()).toEqual([]);
  });

  it(
    'synchronizes the other once that one is gone, as it is by the command of the documentation',
    async () => {
      const environment = { KUBECONFIG: kubeconfig, PATH: `${path.dirname(tools.kubectl)}:${process.env.PATH ?? ''}` };
      const { status, stdout } = await outcome('sh', ['-ec', documented('xargs', 'lost')], environment);
      expect({ status, stdout }).toEqual({ status: 0, stdout: 'syncconfiguration.tenantsync.dev/held patched\n' });
      await kubectl('wait', '--for=delete', 'namespace/lost', '--timeout=30s');
      await starting;
      await until('everybody', () => tenants.guests().length === 5);
    },
    2 * minute,
  );

  it(
    'works in that one too as soon as it is there again with its Roles, without a restart',
    async () => {
      await kubectl('delete', 'syncconfigurations,tenantpairs,userprojections', '--all', '-n', 'identity', '--timeout=30s');
      const upgrade = ['upgrade', 'ts', chart, '-n', system, '--reset-then-reuse-values', '--wait', '--timeout', '60s'];
      const { status, stderr } = await tryHelm(...upgrade);
      expect(status).not.toBe(0);
      expect(stderr).toContain('namespaces "lost" not found');
      await restrictedNamespace('lost');
      await helm(...upgrade);
      tenants.hire(3, 'later');
      await tenants.applyTo('lost');
      await until('the later ones', () => tenants.guests().length === 8, 2 * minute);
      await until('their records', async () => (await names('userprojections', 'lost')).length === 8);
      expect(tenants.guests()).toHaveLength(8);
    },
    4 * minute,
  );
});
