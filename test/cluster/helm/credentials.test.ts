import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { TenantPair } from '../../../src/api/kinds.ts';
import { until } from '../../support/until.ts';
import { runOperator, Tenants, type RunningOperator } from './support/running-operator.ts';
import { apply, chart, clear, get, helm, kubeconfigOf, kubectl, project, restrictedNamespace, tryKubectl } from './support/site.ts';

const minute = 60_000;
const system = 'credentials-system';
const [finance, identity] = ['finance', 'identity'];

async function ready(): Promise<{ readonly reason: string; readonly message: string }> {
  const { status } = await get<TenantPair>('tenantpair', 'hub-to-spoke', '-n', finance);
  const found = status.conditions?.find(({ type }) => type === 'Ready');
  return { reason: found?.reason ?? '', message: found?.message ?? '' };
}

/** What the check in the runbook of a reason answers about a Secret or ServiceAccount. */
async function checked(reason: string, namespace: string, name: string): Promise<string> {
  const page = readFileSync(path.join(project, `docs/runbooks/${reason}.md`), 'utf8');
  const command = /^kubectl (auth can-i .*)$/m.exec(page)?.[1] ?? '';
  const given = command
    .replace('OPERATOR_NAMESPACE:OPERATOR_SERVICE_ACCOUNT', `${system}:ts-tenantsync`)
    .replace('-n NAMESPACE', `-n ${namespace}`)
    .replace(/(?<=\/)(SECRET|SERVICE_ACCOUNT)/, name);
  return (await tryKubectl(...given.split(' '))).stdout.trim();
}

describe('A TenantPair in a namespace where the operator may read no Secret', () => {
  const tenants = new Tenants();
  let operator: RunningOperator | undefined;

  beforeAll(async () => {
    await clear(system, finance, identity);
    for (const name of [system, finance, identity]) await restrictedNamespace(name);
    const rights = [
      `rbac.credentialNamespaces={${identity}}`,
      'rbac.secretNames={hub-app,spoke-app}',
      'rbac.serviceAccountTokens.enabled=true',
      'rbac.serviceAccountTokens.names={sync}',
    ];
    await helm('install', 'ts', chart, '-n', system, '--wait', '--timeout', '60s', '--set', rights.join());
    operator = await runOperator(tenants, await kubeconfigOf(system, 'ts-tenantsync'), []);
  }, 2 * minute);
  afterAll(async () => {
    await operator?.stop();
    await helm('uninstall', 'ts', '-n', system, '--no-hooks');
    await clear(system, finance, identity);
  }, minute);

  it.each([
    ['SecretAccessDenied', identity, 'hub-app', 'yes'],
    ['SecretAccessDenied', identity, 'of-somebody-else', 'no'],
    ['SecretAccessDenied', finance, 'hub-app', 'no'],
    ['ServiceAccountTokenFailed', identity, 'sync', 'yes'],
    ['ServiceAccountTokenFailed', identity, 'of-somebody-else', 'no'],
    ['ServiceAccountTokenFailed', finance, 'sync', 'no'],
  ])('is found by the check in the runbook %s: in %s, %s: %s', async (reason, namespace, name, answer) => {
    expect(await checked(reason, namespace, name)).toBe(answer);
  });

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
