import type { SandboxUser } from '@tenantsync/sandbox/entra';
import type { HttpFetch } from '../../../src/ports/http.ts';
import { asked, granted, refused, rightsUsed } from './support/rights.ts';
import { until } from '../../support/until.ts';
import { runOperator, Tenants, type RunningOperator } from './support/running-operator.ts';
import { apply, chart, clear, get, helm, kubeconfigOf, kubectl, restrictedNamespace, takeFinalizersOff } from './support/site.ts';

const minute = 60_000;
const identity = 'identity';

/** Sends the first of some requests twice, as when its answer was lost, so that the second meets what the first has done. */
function twice(...patterns: readonly { readonly method: string; readonly path: RegExp }[]): (fetch: HttpFetch) => HttpFetch {
  const left = [...patterns];
  return (fetch) => async (url, request) => {
    const index = left.findIndex(({ method, path }) => method === request.method && path.test(url));
    if (index >= 0) {
      left.splice(index, 1);
      const response = await fetch(url, request);
      await response.body?.cancel();
    }
    return fetch(url, request);
  };
}

/** A pair in the other direction that signs in with a ServiceAccount of its namespace. */
function federatedPair(tenants: Tenants): object {
  const side = (tenantId: string): object => ({
    tenantId,
    credentials: { workloadIdentity: { clientId: tenants.hubApp.appId, serviceAccountName: 'sync' } },
  });
  return {
    apiVersion: 'tenantsync.dev/v1alpha1',
    kind: 'TenantPair',
    metadata: { name: 'spoke-to-hub', namespace: identity },
    spec: { source: side(tenants.spoke.tenantId), target: side(tenants.hub.tenantId) },
  };
}

const countOf = async (selector: string): Promise<number> =>
  (await get<{ items: unknown[] }>('userprojections', '-n', identity, '-l', selector)).items.length;

/** Has the operator project a group under two names, and no more. */
async function groups({ hub, spoke, spokeApp }: Tenants): Promise<void> {
  spokeApp.grant('Group.ReadWrite.All');
  spoke.policies.setGroupSync(hub.tenantId, true);
  const { id } = hub.createGroup({ displayName: 'Falcon', members: hub.users().map((user) => user.id) });
  const configure = (wanted: object | null): Promise<string> =>
    kubectl('patch', 'syncconfiguration', 'staff', '-n', identity, '--type', 'merge', '-p', JSON.stringify({ spec: { groups: wanted } }));
  const records = async (): Promise<readonly { readonly status: { readonly state?: string } }[]> =>
    (await get<{ items: { status: { state?: string } }[] }>('groupprojections', '-n', identity)).items;
  await configure({ select: [{ id }] });
  await until('the group', async () => (await records()).some(({ status }) => status.state === 'Provisioned'));
  hub.updateGroup(id, { displayName: 'Eagle' });
  await kubectl('annotate', '--overwrite', 'syncconfiguration', 'staff', '-n', identity, 'tenantsync.dev/requested-at=eagle');
  await until('its other name', () => spoke.groups().some(({ displayName }) => displayName === 'Eagle'));
  await configure(null);
  await until('the record is gone', async () => (await records()).length === 0);
}

/** Has the operator do everything that it can do in a cluster. */
async function everything(tenants: Tenants, leavers: readonly SandboxUser[]): Promise<void> {
  await apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'sync', namespace: identity } });
  await apply(federatedPair(tenants));
  await tenants.applyTo(identity, { deprovisioning: { onConfigurationDeletion: 'Deprovision', guard: { threshold: 5, percent: 100 } } });
  await until('everybody', () => tenants.guests().length === 10);
  for (const [index, { id }] of leavers.entries()) {
    tenants.hub.softDelete(id);
    await kubectl('annotate', '--overwrite', 'syncconfiguration', 'staff', '-n', identity, `tenantsync.dev/requested-at=${id}`);
    await until('the leaver is gone', () => tenants.guests().length === 9 - index);
  }
  await groups(tenants);
  const plan = { tenantPairRef: { name: 'hub-to-spoke' }, mode: 'Plan', scope: { type: 'All' } };
  const metadata = { name: 'plan', namespace: identity };
  await apply({ apiVersion: 'tenantsync.dev/v1alpha1', kind: 'SyncConfiguration', metadata, spec: plan });
  await until('the plan', async () => (await countOf('tenantsync.dev/configuration=plan')) === 8);
  await kubectl('delete', 'syncconfiguration', 'plan', '-n', identity, '--wait=false');
  const me = await kubectl('auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}');
  for (const token of ['a', 'b', 'c']) {
    const decision = [`tenantsync.dev/approve-deletions=${token}`, `tenantsync.dev/decided-by=${me.trim()}`];
    await kubectl('annotate', '--overwrite', 'syncconfiguration', 'staff', '-n', identity, ...decision);
    await new Promise((resolve) => setTimeout(resolve, 1500));
  }
  await until('the records of the plan are gone', async () => (await countOf('tenantsync.dev/configuration=plan')) === 0);
}

describe.each([
  {
    mode: 'in all namespaces',
    system: 'rights-all',
    values: ['--set', `rbac.credentialNamespaces={${identity}},rbac.serviceAccountTokens.enabled=true`],
    flags: [] as readonly string[],
    refusedWhenGone: [] as readonly string[],
  },
  {
    mode: 'in one namespace',
    system: 'rights-one',
    values: [
      '--set',
      `watchNamespaces={${identity}},rbac.secretNames={hub-app,spoke-app}`,
      '--set',
      'rbac.serviceAccountTokens.enabled=true,rbac.serviceAccountTokens.names={sync}',
    ],
    flags: ['--watch-namespaces', identity],
    // The Roles went with the namespace.
    refusedWhenGone: ['groupprojections', 'syncconfigurations', 'tenantpairs', 'userprojections'].map(
      (kind) => `list /apis/tenantsync.dev/v1alpha1/namespaces/${identity}/${kind}?limit=500`,
    ),
  },
])('The rights of an operator that watches $mode', ({ system, values, flags, refusedWhenGone }) => {
  let operator: RunningOperator | undefined;
  const tenants = new Tenants();

  beforeAll(async () => {
    await clear(system, identity);
    for (const name of [system, identity]) await restrictedNamespace(name);
    await helm('install', 'ts', chart, '-n', system, '--wait', '--timeout', '60s', ...values);
  }, minute);
  afterAll(async () => {
    await operator?.stop();
    await helm('uninstall', 'ts', '-n', system, '--no-hooks');
    await clear(system, identity);
  }, minute);

  it(
    'are all that it needs, and it uses each of them',
    async () => {
      const account = `system:serviceaccount:${system}:ts-tenantsync`;
      const rights = await granted(system, 'ts-tenantsync');
      expect(rights.size).toBeGreaterThan(20);
      const around = twice(
        { method: 'POST', path: /\/userprojections/ },
        { method: 'POST', path: /\/groupprojections/ },
        { method: 'PUT', path: /\/leases/ },
      );
      const leavers = tenants.hire(10).slice(0, 2);
      const kubeconfig = await kubeconfigOf(system, 'ts-tenantsync');
      operator = await runOperator(tenants, kubeconfig, flags, around);
      await everything(tenants, leavers);
      expect(refused(asked(account))).toEqual([]);
      await operator.stop();
      await takeFinalizersOff();
      await kubectl('delete', 'namespace', identity);
      // The next one becomes ready by what it is told of the namespace.
      operator = await runOperator(tenants, kubeconfig, flags);
      const events = asked(account);
      expect([...new Set(refused(events))].sort()).toEqual(refusedWhenGone);
      // Which of the ConfigMaps a configuration has its links in follows from its name: one stands for all of them.
      const kind = (right: string): string => right.replace(/ tenantsync-links-\d$/, ' tenantsync-links');
      const used = new Set([...rightsUsed(events, rights)].map(kind));
      expect([...rights].filter((right) => !used.has(kind(right)))).toEqual([]);
    },
    3 * minute,
  );
});
