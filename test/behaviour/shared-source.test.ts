import { condition, hire, replicated } from '../support/scene.ts';
import { targetPermissions } from '../support/permissions.ts';
import { World } from '../support/world.ts';
import { shardOfTenant } from '../../src/kube/shards.ts';

const minute = 60_000;
const windowMs = 10_000;

describe('Eight shards on three replicas that read one source', () => {
  let world: World;
  afterEach(() => world.end());

  /** Spokes until each of the eight shards has one. */
  function spokes(): void {
    const free = new Set(Array.from({ length: 8 }, (_, shard) => shard));
    for (let n = 0; free.size > 0; n += 1) {
      const tenant = world.entra.addTenant({ displayName: `Spoke ${n}`, initialDomain: `spoke${n}`, domains: [`spoke${n}.com`] });
      if (!free.delete(shardOfTenant(tenant.tenantId, 8))) continue;
      const app = tenant.registerApp({ permissions: targetPermissions, secrets: [{ value: 'spoke-secret' }] });
      world.hub.policies.setPartner(tenant.tenantId, { automaticUserConsentSettings: { outboundAllowed: true } });
      tenant.policies.setPartner(world.hub.tenantId, { automaticUserConsentSettings: { inboundAllowed: true } });
      tenant.policies.setUserSync(world.hub.tenantId, true);
      const credentials = { clientSecret: { clientId: app.appId, secretRef: { name: 'spoke-app', key: 'clientSecret' } } };
      world.applyPair({ target: { tenantId: tenant.tenantId, credentials } }, `spoke-${n}`);
      world.applyConfiguration({ tenantPairRef: { name: `spoke-${n}` }, mode: 'Plan', interval: '5m' }, `staff-${n}`);
    }
  }

  const pairs = () => world.kube.list('TenantPair').map(({ metadata }) => world.pair(String(metadata.name)));

  /** Most requests that reached the hub within ten seconds. */
  const busiest = (times: readonly number[]): number =>
    Math.max(...times.map((from) => times.filter((time) => time >= from && time < from + windowMs).length));

  it('ask no more of it together than one of them may', async () => {
    // A tenant of 200 people gives 250 resource units in ten seconds at this share, and as many may have been saved up.
    world = new World({ flags: ['--shards', '8', '--graph-quota-share', '0.05'], settings: { delta: { pageSize: { min: 2, max: 2 } } } });
    hire(world, 200);
    await replicated(world);
    spokes();
    for (let replica = 0; replica < 3; replica += 1) await world.startOperator();
    await world.until('all are ready', () => pairs().every((pair) => condition(pair)?.status === 'True'), 30 * minute);
    const holders = (): readonly unknown[] =>
      world.kube.list('Lease').map((lease) => (lease.spec as { holderIdentity?: unknown }).holderIdentity);
    await world.until('the shards are spread', () => new Set(holders()).size === 3, 30 * minute);
    await world.run(30 * minute);
    const times: number[] = [];
    world.entra.intercept({
      before: ({ tenantId, at, operation }) => {
        if (tenantId === world.hub.tenantId && operation === 'GET /users/delta') times.push(at);
      },
    });
    for (const { metadata } of world.kube.list('SyncConfiguration'))
      world.annotate('SyncConfiguration', String(metadata.name), { 'tenantsync.dev/restarted-at': 'now' });
    await world.run(5 * minute);
    expect(times.length).toBeGreaterThan(800);
    expect(busiest(times)).toBeLessThanOrEqual(500);
  });
});
