import type { App, SandboxUser, Tenant } from '@tenantsync/sandbox/entra';
import type { JsonObject } from '@tenantsync/sandbox/kubernetes';
import { hire, untilState } from '../support/people.ts';
import { condition, guests, replicated } from '../support/scene.ts';
import { namespace, unfriendly, World } from '../support/world.ts';
import { realCluster } from '../support/real-kubernetes/cluster.ts';

const minute = 60_000;
const serviceAccountName = 'tenantsync';
/** What each side grants (docs/tenantpair.md), for a scope of all and a configuration that acts. */
const permissions = {
  source: ['User.Read.All', 'Policy.Read.All'],
  target: [
    'User.Read.All',
    'Policy.Read.All',
    'User.Invite.All',
    'User.ReadWrite.All',
    'User.EnableDisableAccount.All',
    'User.DeleteRestore.All',
  ],
} as const;

type Side = keyof typeof permissions;

describe('E12 either side can run it', () => {
  let world: World;
  let people: readonly SandboxUser[];
  let apps: Readonly<Record<Side, App>>;
  afterEach(() => world.end());

  /** The tokens of the cluster's own ServiceAccounts, as a tenant is to know them. */
  const issuer = (): { readonly issuer: string; readonly publicKey?: string } => {
    if (realCluster === undefined) return { issuer: world.kube.issuer.url, publicKey: world.kube.issuer.publicKey };
    return { issuer: 'https://kubernetes.default.svc.cluster.local' };
  };

  /** The cluster of one side: its own tenant trusts a ServiceAccount of it, and of the other tenant there is a Secret. */
  async function clusterOf(home: Side): Promise<void> {
    world = new World({ settings: unfriendly });
    for (const name of ['hub-app', 'spoke-app']) world.kube.delete({ kind: 'Secret', name, namespace });
    world.kube.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: serviceAccountName, namespace } });
    const trusted = { ...issuer(), subject: `system:serviceaccount:${namespace}:${serviceAccountName}` };
    const register = (tenant: Tenant, side: Side): App =>
      tenant.registerApp({
        permissions: permissions[side],
        ...(side === home ? { federatedCredentials: [trusted] } : { secrets: [{ value: 'of-the-other-side' }] }),
      });
    apps = { source: register(world.hub, 'source'), target: register(world.spoke, 'target') };
    world.secret('other-tenant', { clientSecret: 'of-the-other-side' });
    people = ['ana', 'eva', 'ida', 'uma'].map((name) => hire(world, name));
    await replicated(world);
    world.applyPair({ source: side(world.hub, 'source', home), target: side(world.spoke, 'target', home) });
    world.applyConfiguration({ deprovisioning: { guard: { threshold: 10, percent: 100 } } });
    await world.startOperator();
  }

  function side({ tenantId }: Tenant, of: Side, home: Side): JsonObject {
    const clientId = apps[of].appId;
    const credentials =
      of === home
        ? { workloadIdentity: { clientId, serviceAccountName } }
        : { clientSecret: { clientId, secretRef: { name: 'other-tenant', key: 'clientSecret' } } };
    return { tenantId, credentials };
  }

  it.each([
    ['pushes from the cluster of the source', 'source'],
    ['pulls from the cluster of the target', 'target'],
  ] as const)('E12 %s: people come, change and go, with no more than the permissions of each side', async (_, home) => {
    await clusterOf(home);
    for (const person of people) await untilState(world, person, 'Provisioned');
    expect(condition(world.pair())).toMatchObject({ status: 'True', reason: 'Succeeded' });
    expect([world.pair().status.source?.missingPermissions, world.pair().status.target?.missingPermissions].flat()).toEqual([]);
    await world.run(15 * minute);
    const [ana, eva, ida] = people;
    world.hub.updateUser(ana?.id ?? '', { jobTitle: 'Engineer' });
    world.hub.updateUser(eva?.id ?? '', { accountEnabled: false });
    world.hub.softDelete(ida?.id ?? '');
    await replicated(world);
    await world.sync();
    await world.until('who left has gone', () => ida !== undefined && world.projection(ida.id)?.status.state === 'SoftDeleted');
    await world.until('who changed is changed', () => world.account(ana?.id ?? '')?.properties.jobTitle === 'Engineer');
    await world.until('who is disabled is blocked', () => world.account(eva?.id ?? '')?.properties.accountEnabled === false);
    expect(guests(world)).toHaveLength(3);
    // Nothing is written to the source, and nobody else's applications are used.
    expect(world.hub.log.writes()).toEqual([]);
    const clients = (tenant: Tenant): readonly unknown[] => [...new Set(tenant.log.entries().flatMap(({ appId }) => appId ?? []))];
    expect([clients(world.hub), clients(world.spoke)]).toEqual([[apps.source.appId], [apps.target.appId]]);
  });

  it.each(['source', 'target'] as const)(
    'E12 A3 the other tenant takes back the Secret that the cluster of the %s has: nobody is touched',
    async (home) => {
      await clusterOf(home);
      for (const person of people) await untilState(world, person, 'Provisioned');
      apps[home === 'source' ? 'target' : 'source'].removeSecret('of-the-other-side');
      apps[home === 'source' ? 'target' : 'source'].revokeTokens();
      world.hub.softDelete(people[0]?.id ?? '');
      await world.until('it is said', () => condition(world.pair())?.status === 'False', 90 * minute);
      await world.run(60 * minute);
      expect(guests(world)).toHaveLength(4);
      expect(condition(world.pair(), home === 'source' ? 'TargetConnected' : 'SourceConnected')?.status).toBe('False');
      expect(condition(world.pair(), home === 'source' ? 'SourceConnected' : 'TargetConnected')?.status).toBe('True');
    },
  );
});
