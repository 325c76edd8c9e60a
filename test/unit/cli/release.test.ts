import type { JsonObject, KubeObject } from '@tenantsync/sandbox/kubernetes';
import { patient, releaseFinalizers, type ReleaseResult } from '../../../src/cli/release.ts';
import { KubeHttp } from '../../../src/kube/http.ts';
import { guestIds, hire, replicated } from '../../support/scene.ts';
import { namespace, operatorNamespace, unfriendly, usualRenewals, World } from '../../support/world.ts';
import { RecordingMetrics } from '../kube/support.ts';

const minute = 60_000;
const ours = ['tenantsync.dev/target-user', 'tenantsync.dev/deprovision'];
const kinds = ['UserProjection', 'SyncConfiguration', 'TenantPair'];

let world: World;
afterEach(() => world.end());

let releases = 0;

/** What the command does, over the world's API; `namespaces` as --watch-namespaces gives them. */
function begin(namespaces: readonly string[] = []): Promise<ReleaseResult> {
  releases += 1;
  const { clock, kube } = world;
  const http = new KubeHttp({
    fetch: patient(kube.fetch, clock),
    baseUrl: kube.url,
    userAgent: 'release',
    timeoutMs: minute,
    clock,
    metrics: new RecordingMetrics().metrics,
  });
  return releaseFinalizers({ http, namespaces, leaseNamespace: operatorNamespace, identity: `release-${releases}`, clock });
}

/** The result, after as much virtual time as it takes. */
async function finished<T>(running: Promise<T>): Promise<T> {
  let settled = false;
  const end = (): void => {
    settled = true;
  };
  running.then(end, end);
  await world.until('the release has ended', () => settled);
  return running;
}

const release = (namespaces?: readonly string[]): Promise<ReleaseResult> => finished(begin(namespaces));

function held(): readonly string[] {
  return kinds
    .flatMap((kind) => world.kube.list(kind))
    .filter(({ metadata }) => metadata.finalizers?.some((name) => ours.includes(name)))
    .map(({ kind, metadata }) => `${kind} ${metadata.name ?? ''}`);
}

const leases = (): readonly KubeObject[] => world.kube.list('Lease', { namespace: operatorNamespace });

/** A UserProjection with a finalizer of somebody else too. */
function record(name: string, inNamespace: string, finalizers: readonly string[]): JsonObject {
  return {
    apiVersion: 'tenantsync.dev/v1alpha1',
    kind: 'UserProjection',
    metadata: { name, namespace: inNamespace, finalizers: [...finalizers] },
    spec: {
      syncConfigurationRef: { name: 'staff' },
      source: { tenantId: world.hub.tenantId, objectId: '5b1f0000-0000-4000-8000-000000000001', userPrincipalName: 'a@contoso.com' },
      target: { tenantId: world.spoke.tenantId },
      mode: 'Apply',
      lifecycle: 'Present',
      revision: 'none',
    },
  };
}

const deprovisioning = { deprovisioning: { onConfigurationDeletion: 'Deprovision' } };

describe('tenantsync release', () => {
  it('takes every finalizer of ours from a running operator, which puts none back until its Deployment is gone', async () => {
    world = new World({ settings: unfriendly });
    hire(world, 20);
    await replicated(world);
    await world.begin(deprovisioning);
    const people = guestIds(world);
    expect(held()).toHaveLength(22);

    const result = await release();
    expect(result).toEqual({ leases: 1, released: { UserProjection: 20, SyncConfiguration: 1, TenantPair: 1 }, left: [] });
    expect(held()).toEqual([]);
    // The operator goes on for a while, as pods do while Helm deletes what belongs to the release.
    hire(world, 3, 'late');
    world.annotate('SyncConfiguration', 'staff', { 'tenantsync.dev/requested-at': 'now' });
    await world.run(50_000);
    expect(held()).toEqual([]);
    await world.stopOperator();
    await world.run(5 * minute);
    expect(held()).toEqual([]);
    expect(guestIds(world)).toEqual(people);
    expect(world.projections()).toHaveLength(20);
    world.kube.delete({ kind: 'Namespace', name: namespace });
    await world.run(2000);
    expect(world.kube.get({ kind: 'Namespace', name: namespace })).toBeUndefined();
    expect(guestIds(world)).toEqual(people);
  });

  it('catches what an operator in the middle of its first cycle still writes', async () => {
    const settings = { ...unfriendly, delta: { pageSize: { min: 1, max: 2 } } };
    for (const startedFor of [2000, 4000, 6000]) {
      world = new World({ seed: startedFor, settings, flags: usualRenewals });
      hire(world, 120);
      await replicated(world);
      world.applyPair();
      world.applyConfiguration(deprovisioning);
      await world.startOperator();
      await world.run(startedFor);
      const before = world.projections().length;
      expect(before).toBeLessThan(120);
      await release();
      expect(world.projections().length).toBeGreaterThan(before);
      expect(world.projections().length).toBeLessThan(120);
      await world.run(50_000);
      expect(held()).toEqual([]);
      await world.end();
    }
  });

  it.each([
    ['of the usual timing', usualRenewals, 5000],
    ['that renews more rarely than the command would', [], 28_000],
  ])('waits for a replica %s that has not heard that its Lease is gone, until it may not act any more', async (_, flags, actsAfterMs) => {
    world = new World({ flags });
    hire(world, 5);
    await world.begin(deprovisioning);
    hire(world, 1, 'late');
    world.kube.faults.add({ match: { path: /leases/, userAgent: /tenantsync/ }, probability: 1, effect: 'dropBefore' });
    const releasing = begin();
    await world.run(actsAfterMs);
    world.annotate('SyncConfiguration', 'staff', { 'tenantsync.dev/requested-at': 'now' });
    const { released } = await finished(releasing);
    expect(released).toEqual({ UserProjection: 6, SyncConfiguration: 1, TenantPair: 1 });
    await world.run(50_000);
    expect(held()).toEqual([]);
  });

  it('takes the Leases of all shards, whatever their number, and lets no replica have one for a minute', async () => {
    world = new World({ flags: ['--shards', '4'] });
    await world.begin();
    await world.until('all shards are held', () => leases().length === 4);
    const result = await release();
    expect(result.leases).toBe(4);
    const holders = (): readonly unknown[] => leases().map(({ spec }) => (spec as { holderIdentity: string }).holderIdentity);
    await world.run(55_000);
    expect(new Set(holders())).toEqual(new Set([`release-${releases}`]));
    // Nobody has uninstalled anything: the operator comes back by itself, and with it what it needs.
    await world.run(minute);
    expect(holders()).not.toContain(`release-${releases}`);
    world.annotate('TenantPair', 'hub-to-spoke', { 'tenantsync.dev/requested-at': 'now' });
    await world.until('the operator acts again', () => world.pair().status.lastHandledReconcileAt === 'now');
  });

  it('keeps an operator that starts while it runs from acting', async () => {
    world = new World();
    hire(world, 5);
    world.applyPair();
    world.applyConfiguration(deprovisioning);
    world.kube.apply({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'another', namespace: operatorNamespace } });
    expect(await release()).toEqual({ leases: 0, released: {}, left: [] });
    await world.startOperator();
    await world.run(55_000);
    expect(held()).toEqual([]);
    expect(world.projections()).toEqual([]);
  });

  it('finds nothing to do the second time, at once', async () => {
    world = new World();
    hire(world, 3);
    await world.begin();
    await world.stopOperator();
    expect((await release()).released).toEqual({ UserProjection: 3 });
    const before = world.clock.monotonic();
    const again = await release();
    expect(again.released).toEqual({});
    // The Leases of the first are taken over: it might still run.
    expect(world.clock.monotonic() - before).toBeLessThan(30_000);
  });
});

describe('The finalizers that a release removes', () => {
  it('are ours alone, in the namespaces that are watched, page after page', async () => {
    world = new World();
    world.kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'elsewhere' } });
    for (let n = 0; n < 1100; n += 1) world.kube.create(record(`r${n}`, namespace, ['tenantsync.dev/target-user']));
    world.kube.create(record('shared', namespace, ['example.com/theirs', 'tenantsync.dev/target-user']));
    world.kube.create(record('other', 'elsewhere', ['tenantsync.dev/target-user']));
    const result = await release([namespace]);
    expect(result.released).toEqual({ UserProjection: 1101 });
    expect(world.kube.get({ kind: 'UserProjection', name: 'shared', namespace })?.metadata.finalizers).toEqual(['example.com/theirs']);
    expect(held()).toEqual(['UserProjection other']);
    expect((await release()).released).toEqual({ UserProjection: 1 });
    expect(held()).toEqual([]);
  });

  it('are removed under a lock: what others change meanwhile is kept, and tried again', async () => {
    world = new World();
    for (let n = 0; n < 40; n += 1) world.kube.create(record(`r${n}`, namespace, ['tenantsync.dev/target-user']));
    let meddled = 0;
    const off = world.kube.hooks.before(({ method, path }) => {
      const name = /userprojections\/(r\d+)$/.exec(path)?.[1];
      if (method !== 'PATCH' || name === undefined || meddled >= 10) return;
      meddled += 1;
      world.kube.patch(
        { kind: 'UserProjection', name, namespace },
        { metadata: { finalizers: ['example.com/theirs', 'tenantsync.dev/target-user'] } },
      );
    });
    expect((await release()).released).toEqual({ UserProjection: 40 });
    off();
    expect(held()).toEqual([]);
    expect(world.kube.list('UserProjection').filter(({ metadata }) => metadata.finalizers?.includes('example.com/theirs'))).toHaveLength(
      10,
    );
  });

  it('are removed through errors, lost answers and throttling of the API server', async () => {
    world = new World();
    for (let n = 0; n < 100; n += 1) world.kube.create(record(`r${n}`, namespace, ['tenantsync.dev/target-user']));
    world.kube.faults.add({ probability: 0.1, effect: { status: 500 } });
    world.kube.faults.add({ probability: 0.1, effect: { status: 429, retryAfterSeconds: 1 } });
    world.kube.faults.add({ probability: 0.1, effect: 'dropBefore' });
    world.kube.faults.add({ probability: 0.1, effect: 'dropAfter' });
    await release();
    expect(held()).toEqual([]);
  });

  it('are named when the API server refuses to let them go', async () => {
    world = new World();
    for (const name of ['good', 'bad']) world.kube.create(record(name, namespace, ['tenantsync.dev/target-user']));
    world.kube.faults.add({ match: { method: 'PATCH', path: /bad$/ }, probability: 1, effect: { status: 403, reason: 'Forbidden' } });
    const result = await release();
    expect(result.released).toEqual({ UserProjection: 1 });
    expect(result.left).toEqual([{ kind: 'UserProjection', key: `${namespace}/bad`, why: 'Forbidden' }]);
  });

  it('are not touched when the Leases cannot be taken', async () => {
    world = new World();
    world.kube.create(record('r', namespace, ['tenantsync.dev/target-user']));
    world.kube.faults.add({ match: { path: /leases/ }, probability: 1, effect: { status: 403, reason: 'Forbidden' } });
    await expect(release()).rejects.toMatchObject({ kind: 'Forbidden' });
    expect(held()).toEqual(['UserProjection r']);
  });

  it('are none where the kinds are not defined', async () => {
    world = new World();
    world.kube.faults.add({ match: { path: /tenantsync.dev/ }, probability: 1, effect: { status: 404, reason: 'NotFound' } });
    expect((await release()).released).toEqual({});
  });

  it('are none in a namespace that is gone, and with it the right to list there', async () => {
    world = new World();
    world.kube.create(record('r', namespace, ['tenantsync.dev/target-user']));
    world.kube.faults.add({ match: { path: /namespaces\/gone\// }, probability: 1, effect: { status: 403, reason: 'Forbidden' } });
    expect((await release(['gone', namespace])).released).toEqual({ UserProjection: 1 });
    expect(held()).toEqual([]);
    world.kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'gone' } });
    await expect(release(['gone', namespace])).rejects.toMatchObject({ kind: 'Forbidden' });
  });
});
