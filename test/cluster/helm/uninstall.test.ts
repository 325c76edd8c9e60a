import { loadAll } from 'js-yaml';
import { asked, granted, refused, rightsUsed } from './support/rights.ts';
import { until } from '../../support/until.ts';
import { runOperator, Tenants, type RunningOperator } from './support/running-operator.ts';
import { chart, clear, fileOf, get, helm, kubeconfigOf, kubectl, outcome, project, restrictedNamespace } from './support/site.ts';

const minute = 60_000;
const system = 'helm-system';
const ours = /tenantsync\.dev\/(target-user|deprovision)/;
const wait = ['-n', system, '--wait', '--timeout', '60s'];

interface Resource {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly finalizers?: readonly string[] };
}

const resources = async (): Promise<readonly Resource[]> =>
  (await get<{ items: Resource[] }>('userprojections,syncconfigurations,tenantpairs', '-A')).items;

const held = async (): Promise<readonly string[]> =>
  (await resources())
    .filter(({ metadata }) => metadata.finalizers?.some((name) => ours.test(name)))
    .map(({ kind, metadata }) => `${kind} ${metadata.name}`);

interface Hook {
  readonly kubeconfig: string;
  readonly args: readonly string[];
  readonly remove: () => Promise<unknown>;
}

/** The hook's ServiceAccount and rights, as Helm creates them, and the arguments of its container. kwok runs no container. */
async function releaseJob(values: readonly string[]): Promise<Hook> {
  const text = await helm('template', 'ts', chart, '-n', system, ...values, '--show-only', 'templates/release-hook.yaml');
  const objects = loadAll(text) as { kind: string; spec?: { template: { spec: { containers: { args: string[] }[] } } } }[];
  const list = fileOf({ apiVersion: 'v1', kind: 'List', items: objects.filter(({ kind }) => kind !== 'Job') });
  await kubectl('apply', '-f', list);
  const job = objects.find(({ kind }) => kind === 'Job');
  const args = job?.spec?.template.spec.containers[0]?.args ?? [];
  return {
    kubeconfig: await kubeconfigOf(system, 'ts-tenantsync-release'),
    args: args.slice(args.indexOf('dist/main.js') + 1),
    remove: () => kubectl('delete', '-f', list),
  };
}

/** A release where there is nothing to release. With what came before it, it has used each of the hook's rights, and no other. */
async function hookIsNarrow(values: readonly string[]): Promise<void> {
  const { kubeconfig, args, remove } = await releaseJob(values);
  await kubectl('delete', 'leases', '--all', '-n', system);
  const again = await outcome(process.execPath, [`${project}src/main.ts`, ...args], { KUBECONFIG: kubeconfig });
  expect(again.stdout).toContain('0 UserProjections, 0 SyncConfigurations, 0 TenantPairs; 0 Leases');
  const rights = await granted(system, 'ts-tenantsync-release');
  const events = asked(`system:serviceaccount:${system}:ts-tenantsync-release`);
  expect(rights.size).toBe(9);
  expect(refused(events)).toEqual([]);
  expect([...rights].filter((right) => !rightsUsed(events, rights).has(right))).toEqual([]);
  await remove();
}

describe.each([
  { mode: 'in all namespaces', values: ['--set', 'rbac.credentialNamespaces={identity}'], flags: [] as readonly string[] },
  { mode: 'in one namespace', values: ['--set', 'watchNamespaces={identity}'], flags: ['--watch-namespaces', 'identity'] },
])('An uninstall of an operator that runs $mode', ({ values, flags }) => {
  const tenants = new Tenants();
  let operator: RunningOperator | undefined;

  beforeAll(async () => {
    await clear(system, 'identity');
    for (const name of [system, 'identity']) await restrictedNamespace(name);
    await helm('install', 'ts', chart, ...wait, ...values);
    tenants.hire(30);
    await tenants.applyTo('identity', { deprovisioning: { onConfigurationDeletion: 'Deprovision' } });
    operator = await runOperator(tenants, await kubeconfigOf(system, 'ts-tenantsync'), flags);
    await until('everybody', () => tenants.guests().length === 30);
  }, 2 * minute);
  afterAll(async () => {
    await operator?.stop();
    await clear(system, 'identity');
  }, minute);

  it(
    'leaves definitions, resources and people, no finalizer of ours, and a namespace that goes at once',
    async () => {
      await until('the finalizers', async () => (await held()).length === 32);
      const people = tenants.guests();

      const { kubeconfig, args } = await releaseJob(values);
      expect(args[0]).toBe('release');
      expect(await outcome(process.execPath, [`${project}src/main.ts`, ...args], { KUBECONFIG: kubeconfig })).toEqual({
        status: 0,
        stdout:
          'tenantsync release: finalizers removed from 30 UserProjections, 1 SyncConfigurations, 1 TenantPairs; 1 Leases taken from replicas\n',
        stderr: '',
      });
      expect(await held()).toEqual([]);
      // The operator still runs: Helm deletes its Deployment only now, and its ServiceAccount with it.
      await kubectl('annotate', 'syncconfiguration', 'staff', '-n', 'identity', 'tenantsync.dev/requested-at=now');
      await helm('uninstall', 'ts', ...wait);
      await new Promise((resolve) => setTimeout(resolve, 5000));
      expect(await held()).toEqual([]);
      await operator?.stop();
      operator = undefined;

      expect((await resources()).map(({ kind }) => kind).sort()).toEqual([
        'SyncConfiguration',
        'TenantPair',
        ...Array.from({ length: 30 }, () => 'UserProjection'),
      ]);
      expect((await kubectl('get', 'crd', '-o', 'name')).match(/\.tenantsync\.dev$/gm)).toHaveLength(4);
      expect(tenants.guests()).toEqual(people);
      await hookIsNarrow(values);

      const began = performance.now();
      await kubectl('delete', 'namespace', 'identity', '--timeout=30s');
      expect(performance.now() - began).toBeLessThan(20_000);
      expect(await resources()).toEqual([]);
      expect(tenants.guests()).toEqual(people);
    },
    3 * minute,
  );
});
