import type { TenantPair } from '../../../src/api/kinds.ts';
import { runOperator, Tenants, until, type RunningOperator } from './support/running-operator.ts';
import { apply, chart, clear, get, helm, kubeconfigOf, kubectl, restrictedNamespace, tryKubectl } from './support/site.ts';

const minute = 60_000;
const system = 'credentials-system';
const [finance, identity] = ['finance', 'identity'];

async function ready(): Promise<{ readonly reason: string; readonly message: string }> {
  const { status } = await get<TenantPair>('tenantpair', 'hub-to-spoke', '-n', finance);
  const found = status.conditions?.find(({ type }) => type === 'Ready');
  return { reason: found?.reason ?? '', message: found?.message ?? '' };
}

describe('A TenantPair in a namespace where the operator may read no Secret', () => {
  const tenants = new Tenants();
  let operator: RunningOperator | undefined;

  beforeAll(async () => {
    await clear(system, finance, identity);
    for (const name of [system, finance, identity]) await restrictedNamespace(name);
    await helm('install', 'ts', chart, '-n', system, '--wait', '--timeout', '60s', '--set', `rbac.credentialNamespaces={${identity}}`);
    operator = await runOperator(tenants, await kubeconfigOf(system, 'ts-tenantsync'), []);
  }, 2 * minute);
  afterAll(async () => {
    await operator?.stop();
    await helm('uninstall', 'ts', '-n', system, '--no-hooks');
    await clear(system, finance, identity);
  }, minute);

  it(
    'says so, until the owner of the namespace binds the right there',
    async () => {
      await tenants.applyTo(finance, { mode: 'Plan' });
      await until('the refusal', async () => (await ready()).reason === 'SecretAccessDenied');
      expect((await ready()).message).toContain(
        'may not read Secret hub-app, named by the credentials of the source, in namespace finance.',
      );

      const group = 'rbac.authorization.k8s.io';
      await apply({
        apiVersion: `${group}/v1`,
        kind: 'RoleBinding',
        metadata: { name: 'owner', namespace: finance },
        roleRef: { apiGroup: group, kind: 'ClusterRole', name: 'admin' },
        subjects: [{ apiGroup: group, kind: 'User', name: 'owner' }],
      });
      const asOwner = ['--as', 'owner', '--as-group', 'system:authenticated'];
      const role = ['--clusterrole', `${system}.ts-tenantsync-credentials`, '--serviceaccount', `${system}:ts-tenantsync`];
      const bind = (namespace: string): readonly string[] => ['create', 'rolebinding', 'tenantsync-credentials', '-n', namespace, ...role];
      expect((await tryKubectl(...bind(identity), ...asOwner)).stderr).toContain('forbidden');
      await kubectl(...bind(finance), ...asOwner);
      await kubectl('annotate', 'tenantpair', 'hub-to-spoke', '-n', finance, 'tenantsync.dev/requested-at=now', ...asOwner);
      await until('the sign-in', async () => (await ready()).reason === 'Succeeded');
    },
    2 * minute,
  );
});
