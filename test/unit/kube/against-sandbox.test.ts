import { createKubernetes } from '@tenantsync/sandbox/kubernetes';
import { Controller } from '../../../src/kube/controller.ts';
import { EventRecorder } from '../../../src/kube/event-recorder.ts';
import { addFinalizer, removeFinalizer } from '../../../src/controllers/shared/finalizers.ts';
import { KubeHttp } from '../../../src/kube/http.ts';
import { Informer } from '../../../src/kube/informer.ts';
import { leaseTiming } from '../../../src/kube/lease.ts';
import { Manager } from '../../../src/kube/manager.ts';
import { controllerRateLimits } from '../../../src/kube/rate-limiter.ts';
import { KubeSecretReader, KubeServiceAccountTokens } from '../../../src/kube/secrets.ts';
import { Shards } from '../../../src/kube/shards.ts';
import { mergePatchBetween } from '../../../src/core/status/merge-patch.ts';
import { priorities } from '../../../src/ports/reconcile.ts';
import { keyString } from '../../../src/ports/resources.ts';
import { seededRandom, VirtualClock } from '../../support/virtual-clock.ts';
import { recordingLogger, RecordingMetrics, widgets, type LogLine, type Widget } from './support.ts';

const crd = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.dev' },
  spec: {
    group: 'example.dev',
    scope: 'Namespaced',
    names: { kind: 'Widget', listKind: 'WidgetList', plural: 'widgets', singular: 'widget' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: { type: 'object', properties: { size: { type: 'integer', maximum: 100 }, owner: { type: 'string' } } },
              status: { type: 'object', properties: { size: { type: 'integer' }, seen: { type: 'integer' } } },
            },
          },
        },
      },
    ],
  },
};

const key = { namespace: 'team', name: 'a' };
const { signal } = new AbortController();

function setUp() {
  const clock = new VirtualClock();
  const random = seededRandom(8);
  const kube = createKubernetes({ clock, random, crds: [crd], namespaces: ['team', 'operator'] });
  const recording = new RecordingMetrics();
  const lines: LogLine[] = [];
  const logger = recordingLogger(lines);
  const { metrics } = recording;
  const http = new KubeHttp({ fetch: kube.fetch, baseUrl: kube.url, userAgent: 'tenantsync/test', timeoutMs: 30_000, clock, metrics });
  const informer = new Informer<Widget, 'owner'>({
    type: widgets,
    http,
    indexes: { owner: (object) => (object.spec?.owner === undefined ? [] : [object.spec.owner]) },
    clock,
    random,
    logger,
  });
  informer.watch({});
  const create = (name: string, size: number): object =>
    kube.create({ apiVersion: 'example.dev/v1', kind: 'Widget', metadata: { namespace: 'team', name }, spec: { size, owner: 'x' } });
  return { clock, random, kube, recording, lines, logger, metrics, http, informer, create };
}

describe('the runtime against the simulated API server', () => {
  it('fills its store page by page and follows every change', async () => {
    const { clock, kube, informer, create } = setUp();
    for (let n = 0; n < 1_234; n += 1) create(`w${n}`, n % 100);
    informer.start();
    await clock.settle();
    expect(informer.synced).toBe(true);
    expect(informer.store.size).toBe(1_234);
    expect(kube.requests.filter((request) => !request.watch)).toHaveLength(3);
    create('late', 1);
    kube.patch({ kind: 'Widget', namespace: 'team', name: 'w0' }, { spec: { size: 77 } });
    kube.delete({ kind: 'Widget', namespace: 'team', name: 'w1' });
    await clock.settle();
    expect(informer.store.size).toBe(1_234);
    expect(informer.store.get({ namespace: 'team', name: 'w0' })?.spec?.size).toBe(77);
    expect(informer.store.get({ namespace: 'team', name: 'w1' })).toBeUndefined();
    expect(informer.store.byIndex('owner', 'x')).toHaveLength(1_234);
    await informer.stop();
    kube.close();
  });

  it('comes back to the truth after dropped watches, forgotten history, errors and replaced objects', async () => {
    const { clock, kube, informer, create } = setUp();
    create('a', 1);
    create('b', 1);
    informer.start();
    await clock.advance(10_000);
    kube.faults.add({ match: { path: /widgets/ }, times: 3, effect: { status: 500 } });
    kube.dropWatches();
    kube.delete({ kind: 'Widget', namespace: 'team', name: 'a' });
    create('a', 2);
    kube.delete({ kind: 'Widget', namespace: 'team', name: 'b' });
    create('c', 3);
    kube.compact();
    await clock.advance(60_000);
    const seen = informer.store.list().map((object) => [object.metadata.name, object.spec?.size, object.metadata.uid]);
    const truth = kube.list('Widget').map((object) => [object.metadata.name, (object.spec as { size: number }).size, object.metadata.uid]);
    expect(seen.sort()).toEqual(truth.sort());
    await informer.stop();
    kube.close();
  });

  it('survives a day of random faults with the truth in its store', async () => {
    const { clock, random, kube, informer, create } = setUp();
    informer.start();
    for (const effect of ['dropBefore', 'dropAfter', 'dropWatch', 'halfClose', 'stallWatch'] as const) {
      kube.faults.add({ match: { path: /widgets/ }, probability: 0.1, effect });
    }
    for (let step = 0; step < 200; step += 1) {
      const name = `w${Math.floor(random.next() * 20)}`;
      const ref = { kind: 'Widget', namespace: 'team', name };
      if (kube.get(ref) === undefined) create(name, 1);
      else if (random.next() < 0.3) kube.delete(ref);
      else kube.patch(ref, { spec: { size: Math.floor(random.next() * 100) } });
      if (random.next() < 0.05) kube.compact();
      if (random.next() < 0.1) kube.dropWatches();
      await clock.advance(random.next() * 15 * 60_000);
    }
    kube.faults.clear();
    await clock.advance(20 * 60_000);
    const seen = informer.store.list().map((object) => `${object.metadata.uid}@${object.metadata.resourceVersion}`);
    const truth = kube.list('Widget').map((object) => `${object.metadata.uid ?? ''}@${object.metadata.resourceVersion ?? ''}`);
    expect(seen.sort()).toEqual(truth.sort());
    await informer.stop();
    kube.close();
  });

  it('reads what it wrote at once, and never sees it undone', async () => {
    const { clock, kube, informer } = setUp();
    informer.start();
    await clock.settle();
    const versions: bigint[] = [];
    informer.onChange(({ current }) => versions.push(BigInt(current?.metadata.resourceVersion ?? '0')));
    const created = await informer.client.create({ metadata: key, spec: { size: 1 } });
    expect(informer.store.get(key)).toEqual(created);
    await expect(informer.client.create({ metadata: key, spec: {} })).rejects.toMatchObject({ kind: 'AlreadyExists' });
    await expect(informer.client.patch(key, { spec: { size: 1_000 } })).rejects.toMatchObject({ kind: 'Invalid' });
    const patched = await informer.client.patch(key, { spec: { size: 2 } }, { resourceVersion: created.metadata.resourceVersion });
    expect(patched.metadata.generation).toBe(2);
    await expect(
      informer.client.patch(key, { spec: { size: 3 } }, { resourceVersion: created.metadata.resourceVersion }),
    ).rejects.toMatchObject({ kind: 'Conflict' });
    const patch = mergePatchBetween(patched.status, { size: 2, seen: 1 });
    await informer.client.patchStatus(key, patch ?? {});
    expect(informer.store.get(key)?.status).toEqual({ size: 2, seen: 1 });
    await clock.settle();
    expect(versions).toEqual([...versions].sort((a, b) => (a < b ? -1 : 1)));
    expect((kube.get({ kind: 'Widget', ...key }) as unknown as Widget).status).toEqual({ size: 2, seen: 1 });
    await informer.stop();
    kube.close();
  });

  it('deletes through finalizers, and an object that is gone stays gone', async () => {
    const { clock, kube, informer, create } = setUp();
    create('a', 1);
    informer.start();
    await clock.settle();
    const object = informer.store.get(key);
    if (object === undefined) throw new Error('missing');
    const guarded = await addFinalizer(informer.client, object, 'example.dev/guard', signal);
    await informer.client.delete(key, { uid: guarded.metadata.uid });
    const deleting = informer.store.get(key);
    expect(deleting?.metadata.deletionTimestamp).toBeDefined();
    if (deleting === undefined) throw new Error('missing');
    await removeFinalizer(informer.client, deleting, 'example.dev/guard', signal);
    expect(informer.store.get(key)).toBeUndefined();
    await clock.settle();
    expect(informer.store.get(key)).toBeUndefined();
    expect(kube.get({ kind: 'Widget', ...key })).toBeUndefined();
    await informer.client.delete(key);
    create('a', 2);
    await informer.client.delete(key, { uid: guarded.metadata.uid });
    expect(kube.get({ kind: 'Widget', ...key })).toBeDefined();
    await informer.stop();
    kube.close();
  });

  it('reads Secrets and obtains tokens', async () => {
    const { clock, kube, http } = setUp();
    kube.create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace: 'team', name: 's' },
      data: { k: Buffer.from('v').toString('base64') },
    });
    kube.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace: 'team', name: 'sync' } });
    const secret = await new KubeSecretReader(http).get({ namespace: 'team', name: 's' });
    expect(Buffer.from(secret?.data.k ?? []).toString()).toBe('v');
    const tokens = new KubeServiceAccountTokens(http, { expirationSeconds: 3_600 });
    const { token, expiresAt } = await tokens.request({ namespace: 'team', name: 'sync' }, 'api://x', signal);
    expect(token.split('.')).toHaveLength(3);
    expect(expiresAt - clock.now()).toBeLessThanOrEqual(3_600_000);
    kube.close();
  });

  it('runs as a whole: leases, controllers, events, and a graceful end', async () => {
    const { clock, random, kube, recording, lines, logger, metrics, http, informer, create } = setUp();
    const events = new EventRecorder({ http, reportingInstance: 'pod-1', clock, random, logger });
    const shards = new Shards({
      http,
      namespace: 'operator',
      shards: 1,
      identity: 'pod-1_x',
      timing: leaseTiming,
      clock,
      random,
      logger,
      metrics,
      onAcquired: () => {
        for (const known of informer.store.keys()) controller.enqueue(known, { priority: priorities.background });
      },
      onLost: () => undefined,
    });
    const controller = new Controller({
      name: 'widget',
      concurrency: 2,
      timeoutMs: 60_000,
      rateLimits: controllerRateLimits,
      clock,
      random,
      logger,
      metrics,
      reconcile: async (text, { signal: stop }) => {
        const [namespace = '', name = ''] = text.split('/');
        const object = informer.store.get({ namespace, name });
        if (object === undefined || !shards.holds(0)) return {};
        const patch = mergePatchBetween(object.status, { size: object.spec?.size ?? 0 });
        if (patch === undefined) return {};
        await informer.client.patchStatus(object.metadata, patch, { resourceVersion: object.metadata.resourceVersion, signal: stop });
        events.emit(
          { ...object.metadata, apiVersion: object.apiVersion, kind: object.kind },
          {
            type: 'Normal',
            reason: 'Succeeded',
            action: 'Reconcile',
            note: 'Measured.',
          },
        );
        return {};
      },
    });
    informer.onChange(({ old, current }, { initial }) => {
      if (current === undefined || old?.metadata.generation === current.metadata.generation) return;
      controller.enqueue(keyString(current.metadata), { priority: initial ? priorities.background : priorities.update });
    });
    const manager = new Manager({
      servers: [],
      informers: [informer],
      leases: shards,
      controllers: [controller],
      afterwards: [{ name: 'events', stop: (deadlineMs) => events.stop(deadlineMs) }],
      stopDeadlineMs: 20_000,
      clock,
      logger,
    });
    for (let n = 0; n < 30; n += 1) create(`w${n}`, n);
    await manager.start();
    await clock.advance(5_000);
    kube.patch({ kind: 'Widget', namespace: 'team', name: 'w3' }, { spec: { size: 55 } });
    await clock.advance(5_000);
    const sizes = kube.list('Widget').map((object) => {
      const { spec, status } = object as unknown as Widget;
      return [spec?.size, status?.size];
    });
    expect(sizes).toHaveLength(30);
    expect(sizes.filter(([wanted, measured]) => wanted !== measured)).toEqual([]);
    expect(kube.list('Event')).toHaveLength(30);
    expect(recording.value('reconcileErrors', { controller: 'widget' })).toBe(0);

    kube.clearRequests();
    await clock.advance(60_000);
    const writes = kube.requests.filter((request) => request.method !== 'GET' && !request.path.includes('/leases/'));
    expect(writes).toEqual([]);

    await manager.stop();
    expect(kube.get({ kind: 'Lease', namespace: 'operator', name: 'tenantsync-shard-0' })?.spec).toMatchObject({ holderIdentity: '' });
    expect(lines.filter((line) => line.level === 'error')).toEqual([]);
    kube.close();
    expect(clock.nextTimerAt()).toBeUndefined();
  });
});
