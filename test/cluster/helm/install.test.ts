import { readdirSync } from 'node:fs';
import path from 'node:path';
import { apply, chart, clear, get, helm, kubectl, previousChart, restrictedNamespace, tryKubectl } from './support/site.ts';
import { monitoringDefinitions } from './support/monitoring.ts';

const namespace = 'helm-system';
const watched = ['identity', 'identity-test'];
const variants = readdirSync(path.join(chart, 'ci')).filter((file) => file.endsWith('-values.yaml'));
const minute = 60_000;

interface Items {
  readonly items: readonly { readonly kind: string; readonly metadata: { readonly name: string } }[];
}

const definitions = ['groupprojections', 'syncconfigurations', 'tenantpairs', 'userprojections'].map(
  (plural) => `${plural}.tenantsync.dev`,
);

/** What the namespace and the cluster still hold of a release. */
async function remains(release: string): Promise<readonly string[]> {
  const kinds =
    'deployments,services,configmaps,serviceaccounts,roles,rolebindings,jobs,poddisruptionbudgets,networkpolicies,clusterroles,clusterrolebindings,validatingadmissionpolicies,validatingadmissionpolicybindings,crd';
  const { items } = await get<Items>(kinds, '-A', '-l', `app.kubernetes.io/instance=${release}`);
  return items.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
}

async function established(): Promise<readonly string[]> {
  const { items } = await get<Items>('crd');
  return items.map(({ metadata }) => metadata.name).filter((name) => name.endsWith('.tenantsync.dev'));
}

/** kwok's pods run without a kubelet that would take them down; deletion of the Deployment has them collected. */
const gone = (kind: string): Promise<string> => kubectl('wait', '--for=delete', kind, '--all', '-n', namespace, '--timeout=60s');

beforeAll(async () => {
  await clear(namespace, ...watched);
  for (const name of [namespace, ...watched]) await restrictedNamespace(name);
  await apply(monitoringDefinitions);
}, minute);
afterAll(() => clear(namespace, ...watched), minute);

describe('Installed in a namespace of the restricted profile', () => {
  it.each(variants)(
    'becomes ready, passes its test, and leaves nothing but the definitions: %s',
    async (file) => {
      const values = ['-f', path.join(chart, 'ci', file)];
      await helm('install', 'ts', chart, '-n', namespace, ...values, '--wait', '--timeout', '60s');
      const deployments = await get<{ items: { spec: { replicas: number }; status: { availableReplicas?: number } }[] }>(
        'deployments',
        '-n',
        namespace,
      );
      expect(deployments.items.map(({ status }) => status.availableReplicas)).toEqual(deployments.items.map(({ spec }) => spec.replicas));
      expect(await helm('test', 'ts', '-n', namespace, '--timeout', '60s')).toContain('STATUS: deployed');
      await helm('uninstall', 'ts', '-n', namespace, '--wait', '--timeout', '60s');
      await gone('pods');
      const left = await remains('ts');
      expect(left.filter((each) => !each.startsWith('CustomResourceDefinition'))).toEqual([]);
    },
    2 * minute,
  );
});

describe('A release through its life', () => {
  it(
    'is upgraded from the previous chart, rolled back, and uninstalled',
    async () => {
      const revision = async (): Promise<unknown> =>
        (JSON.parse(await helm('list', '-n', namespace, '-o', 'json')) as Readonly<Record<string, unknown>>[]).map(
          ({ chart: version, status, revision: number }) => [version, status, number],
        );
      const wait = ['-n', namespace, '--wait', '--timeout', '60s'];
      await helm('install', 'ts', previousChart, ...wait, '--set', 'watchNamespaces={identity}');
      expect(await revision()).toEqual([['tenantsync-0.0.1', 'deployed', '1']]);
      await apply(sample);
      const credentials = ['--reset-then-reuse-values', '--set', 'rbac.credentialNamespaces={identity}'];
      // The value is set with the upgrade: the chart before does not know it.
      await expect(helm('upgrade', 'ts', previousChart, ...wait, ...credentials)).rejects.toThrow("'credentialNamespaces' not allowed");
      await helm('upgrade', 'ts', chart, ...wait, ...credentials, '--set', 'shards=4,replicas=3');
      expect(await revision()).toEqual([['tenantsync-0.1.0', 'deployed', '2']]);
      await helm('rollback', 'ts', '1', ...wait);
      expect(await revision()).toEqual([['tenantsync-0.0.1', 'deployed', '3']]);
      // Where no value of the newer chart is there.
      await helm('upgrade', 'ts', chart, ...wait, '--reuse-values');
      await helm('uninstall', 'ts', '-n', namespace, '--wait', '--timeout', '60s');
      expect(await established()).toEqual(definitions);
      const { items } = await get<Items>('tenantpairs', '-A');
      expect(items.map(({ metadata }) => metadata.name)).toEqual(['contoso-to-fabrikam']);
      await helm('install', 'ts', chart, ...wait);
      await helm('uninstall', 'ts', '-n', namespace, '--wait', '--timeout', '60s');
    },
    4 * minute,
  );

  it(
    'can be told to watch other namespaces, and to read Secrets in others, by upgrades',
    async () => {
      const wait = ['-n', namespace, '--wait', '--timeout', '60s'];
      const places = [
        'rbac.credentialNamespaces={identity}',
        'watchNamespaces={identity}',
        'watchNamespaces={identity,identity-test},rbac.credentialNamespaces={identity-test}',
        'rbac.credentialNamespaces={*}',
        'rbac.credentialNamespaces={identity}',
      ];
      await helm('install', 'ts', chart, ...wait);
      for (const place of places) expect(await helm('upgrade', 'ts', chart, ...wait, '--set', place)).toContain('STATUS: deployed');
      await helm('uninstall', 'ts', '-n', namespace, '--wait', '--timeout', '60s');
    },
    3 * minute,
  );

  it(
    'says what to do where the definitions belong to somebody else',
    async () => {
      const elsewhere = await tryKubectl('get', 'crd', ...definitions, '-o', 'name');
      expect(elsewhere.status).toBe(0);
      const wait = ['-n', namespace, '--wait', '--timeout', '60s'];
      await expect(helm('install', 'other', chart, ...wait)).rejects.toThrow('meta.helm.sh/release-name');
      await helm('install', 'other', chart, ...wait, '--take-ownership');
      await helm('uninstall', 'other', '-n', namespace, '--wait', '--timeout', '60s');
    },
    2 * minute,
  );
});

const side = (tenantId: string): object => ({
  tenantId,
  credentials: { clientSecret: { clientId: tenantId, secretRef: { name: 'app', key: 'clientSecret' } } },
});

const sample = {
  apiVersion: 'tenantsync.dev/v1alpha1',
  kind: 'TenantPair',
  metadata: { name: 'contoso-to-fabrikam', namespace: 'identity' },
  spec: {
    source: side('8f2c0c1e-5a0b-4c57-9d1a-3f3a5f0c1a11'),
    target: side('1d9b7a52-7c1e-4a57-8f6e-6f3f1f0b2b22'),
  },
};
