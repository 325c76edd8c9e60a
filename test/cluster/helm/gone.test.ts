import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { HttpFetch } from '../../../src/ports/http.ts';
import { controlPlane } from '../support/control-plane.ts';
import { until } from '../../support/until.ts';
import { runOperator, Tenants, type RunningOperator } from './support/running-operator.ts';
import {
  apply,
  chart,
  clear,
  fileOf,
  get,
  helm,
  kubeconfigOf,
  kubectl,
  outcome,
  project,
  restrictedNamespace,
  takeFinalizersOff,
  tryHelm,
  tryKubectl,
} from './support/site.ts';

const minute = 60_000;
const system = 'gone-system';
const { kubeconfig, tools } = controlPlane();

const names = async (kind: string, namespace: string): Promise<readonly string[]> =>
  (await get<{ items: { metadata: { name: string } }[] }>(kind, '-n', namespace)).items.map(({ metadata }) => metadata.name);

const account = `system:serviceaccount:${system}:ts-tenantsync`;
const resources = ['tenantpairs', 'syncconfigurations', 'userprojections', 'groupprojections'];

/** A record, with the finalizer by which the operator hears of its deletion. */
const record = {
  apiVersion: 'tenantsync.dev/v1alpha1',
  kind: 'UserProjection',
  metadata: { name: 'held-5b1f', namespace: 'lost', finalizers: ['tenantsync.dev/target-user'] },
  spec: {
    syncConfigurationRef: { name: 'held' },
    source: {
      tenantId: '8f2c0c1e-5a0b-4c57-9d1a-3f3a5f0c1a11',
      objectId: '5b1f0000-0000-4000-8000-000000000001',
      userPrincipalName: 'ana@contoso.com',
    },
    target: { tenantId: '1d9b7a52-7c1e-4a57-8f6e-6f3f1f0b2b22' },
    mode: 'Plan',
    lifecycle: 'Present',
    revision: 'r1',
  },
};

/** A command of docs/install.md that has `word` in it, for a namespace other than the one that it names. */
function documented(word: string, namespace: string): string {
  const page = readFileSync(path.join(project, 'docs/install.md'), 'utf8');
  const blocks = [...page.matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) => block);
  return blocks.find((block) => block.includes(word))?.replaceAll('--namespace identity', `--namespace ${namespace}`) ?? 'exit 1';
}

describe('An operator of two namespaces, of which one was deleted while no operator was there', () => {
  const tenants = new Tenants();
  let ready = false;
  /** What the operator has asked of the API server, with the answers. */
  const asked: string[] = [];
  const overheard = (fetch: HttpFetch): HttpFetch => {
    return async (url, request) => {
      const response = await fetch(url, request);
      asked.push(`${request.method} ${response.status} ${new URL(url).pathname}`);
      return response;
    };
  };
  const times = (request: string): number => asked.filter((each) => each === request).length;
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
    await until('the right to create a record', async () => {
      const { status } = await tryKubectl('create', '-f', fileOf(record), '--as', account);
      return status === 0;
    });
    await kubectl('delete', 'namespace', 'lost', '--wait=false');
    await until('its Roles are gone', async () => (await names('roles', 'lost')).length === 0);
    starting = runOperator(tenants, await kubeconfigOf(system, 'ts-tenantsync'), ['--watch-namespaces', 'identity,lost'], overheard);
    // Why it could not start is said where it is waited for.
    starting.then(
      () => (ready = true),
      () => undefined,
    );
  }, 2 * minute);
  afterAll(async () => {
    // Not ready, it could not be stopped.
    await takeFinalizersOff();
    await kubectl('delete', 'namespace', 'lost', '--ignore-not-found');
    await starting?.then(
      (operator) => operator.stop(),
      () => undefined,
    );
    await helm('uninstall', 'ts', '-n', system, '--no-hooks');
    await clear(system, 'identity', 'lost');
  }, minute);

  it('does nothing while that one is Terminating: what is in it may matter', async () => {
    const collection = (namespace: string, plural: string): string => `/apis/tenantsync.dev/v1alpha1/namespaces/${namespace}/${plural}`;
    const known = (): boolean => resources.every((plural) => times(`GET 200 ${collection('identity', plural)}`) > 0);
    const refused = (): boolean => resources.every((plural) => times(`GET 403 ${collection('lost', plural)}`) > 2);
    await until('all of the other is known, and this one refused again and again', () => known() && refused());
    expect(times('GET 200 /api/v1/namespaces/lost')).toBeGreaterThanOrEqual(2 * resources.length);
    expect(ready).toBe(false);
    // Not even for its Leases, without which it does nothing in the tenants.
    const lists = ['identity', 'lost'].flatMap((namespace) => resources.map((plural) => collection(namespace, plural)));
    const elsewhere = asked.filter((request) => ![...lists, '/api/v1/namespaces/lost'].includes(request.split(' ')[2] ?? ''));
    expect(elsewhere).toEqual([]);
    expect(asked.filter((request) => !request.startsWith('GET '))).toEqual([]);
    expect(await names('syncconfigurations', 'lost')).toEqual(['held']);
    expect(await names('userprojections', 'lost')).toEqual(['held-5b1f']);
    expect(tenants.guests()).toEqual([]);
  });

  it(
    'synchronizes the other once that one is gone, as it is by the command of the documentation',
    async () => {
      const environment = { KUBECONFIG: kubeconfig, PATH: `${path.dirname(tools.kubectl)}:${process.env.PATH ?? ''}` };
      const { status, stdout } = await outcome('sh', ['-ec', documented('xargs', 'lost')], environment);
      const patched = 'userprojection.tenantsync.dev/held-5b1f patched\nsyncconfiguration.tenantsync.dev/held patched\n';
      expect({ status, stdout }).toEqual({ status: 0, stdout: patched });
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
