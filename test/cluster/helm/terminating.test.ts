import { until } from '../../support/until.ts';
import { runOperator, Tenants, type RunningOperator } from './support/running-operator.ts';
import { chart, clear, get, helm, kubeconfigOf, kubectl, restrictedNamespace, tryKubectl } from './support/site.ts';

const minute = 60_000;
const system = 'terminating-system';
const account = `system:serviceaccount:${system}:ts-tenantsync`;

/** Whatever there is of ours in a namespace. */
const there = async (namespace: string): Promise<number> =>
  (await get<{ items: unknown[] }>('userprojections,syncconfigurations,tenantpairs', '-n', namespace)).items.length;

describe('A watched namespace that is deleted, its Roles and all that is in it', () => {
  const tenants = new Tenants();
  let operator: RunningOperator | undefined;

  beforeAll(async () => {
    await clear(system, 'identity', 'elsewhere');
    for (const name of [system, 'identity', 'elsewhere']) await restrictedNamespace(name);
    await helm('install', 'ts', chart, '-n', system, '--wait', '--timeout', '60s', '--set', 'watchNamespaces={identity}');
    tenants.hire(30);
    await tenants.applyTo('identity', { deprovisioning: { onConfigurationDeletion: 'Deprovision' } });
    await tenants.applyTo('elsewhere', { mode: 'Plan' });
    operator = await runOperator(tenants, await kubeconfigOf(system, 'ts-tenantsync'), ['--watch-namespaces', 'identity']);
    await until('everybody', () => tenants.guests().length === 30);
    await until('the records', async () => (await there('identity')) === 32);
  }, 2 * minute);
  afterAll(async () => {
    await operator?.stop();
    await helm('uninstall', 'ts', '-n', system, '--no-hooks');
    await clear(system, 'identity', 'elsewhere');
  }, minute);

  it(
    'goes at once: the operator may still take its finalizers off',
    async () => {
      const people = tenants.guests();
      await kubectl('delete', 'namespace', 'identity', '--timeout=40s');
      expect(await there('identity')).toBe(0);
      expect(tenants.guests()).toEqual(people);
    },
    minute,
  );

  it('leaves the operator no right in other namespaces but that', async () => {
    const patch = (content: object): ReturnType<typeof tryKubectl> => {
      const body = JSON.stringify(content);
      // kubectl reads before it patches; the operator may not, so the right to read is an administrator's.
      const args = ['patch', 'syncconfiguration', 'staff', '-n', 'elsewhere', '--type', 'merge', '-p', body];
      return tryKubectl(...args, '--as', account, '--as-group', 'system:masters', '--as-group', 'system:authenticated');
    };
    const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'gone', uid: '00000000-0000-4000-8000-000000000000' };
    const changes = [
      { spec: { mode: 'Apply' } },
      { metadata: { annotations: { 'tenantsync.dev/requested-at': 'now' } } },
      { metadata: { ownerReferences: [owner] } },
      { metadata: { finalizers: ['tenantsync.dev/deprovision'] } },
    ];
    for (const change of changes) {
      const { status, stderr } = await patch(change);
      expect(status).not.toBe(0);
      expect(stderr).toContain('may take finalizers off in namespaces that it does not watch, and change nothing else');
    }
    const finalizers = JSON.stringify({ metadata: { finalizers: ['tenantsync.dev/deprovision'] } });
    await kubectl('patch', 'syncconfiguration', 'staff', '-n', 'elsewhere', '--type', 'merge', '-p', finalizers);
    expect(await patch({ metadata: { finalizers: null } })).toMatchObject({ status: 0 });
    for (const verb of ['get', 'list', 'watch', 'create', 'delete']) {
      const { stdout } = await tryKubectl('auth', 'can-i', verb, 'userprojections', '-n', 'elsewhere', '--as', account);
      expect(stdout.trim()).toBe('no');
    }
    const { stdout } = await tryKubectl('auth', 'can-i', 'get', 'secrets', '-n', 'elsewhere', '--as', account);
    expect(stdout.trim()).toBe('no');
  });
});
