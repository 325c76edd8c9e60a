import { addFinalizer, removeFinalizer } from '../../../src/controllers/shared/finalizers.ts';
import { ResourceClient, type FieldOwners } from '../../../src/kube/resource-client.ts';
import { KubeSecretReader, KubeServiceAccountTokens } from '../../../src/kube/secrets.ts';
import { Store } from '../../../src/kube/store.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { failure, FakeServer, json, recordingLogger, widget, widgets, type Handler, type Widget } from './support.ts';

const key = { namespace: 'team', name: 'a' };

function setUp(handle: Handler, fieldOwners: FieldOwners = 'Kept') {
  const clock = new VirtualClock();
  const server = new FakeServer(handle);
  const store = new Store<Widget>({ clock, logger: recordingLogger(), indexes: {} });
  const http = server.http(clock);
  return { server, store, http, client: new ResourceClient<Widget>({ http, type: widgets, store, fieldOwners }) };
}

describe('writes of a resource', () => {
  it('create with type, field manager and content, and are in the store at once', async () => {
    const { client, server, store } = setUp(() => json(widget('a', 7), 201));
    const created = await client.create({ metadata: key, spec: { size: 1 } });
    expect(server.requests[0]).toMatchObject({
      method: 'POST',
      path: '/apis/example.dev/v1/namespaces/team/widgets',
      query: { fieldManager: 'tenantsync' },
      body: { apiVersion: 'example.dev/v1', kind: 'Widget', metadata: key, spec: { size: 1 } },
    });
    expect(store.get(key)).toEqual(created);
  });

  it('fail with AlreadyExists when the name is taken', async () => {
    const { client } = setUp(() => failure(409, 'AlreadyExists'));
    await expect(client.create({ metadata: key, spec: {} })).rejects.toMatchObject({ kind: 'AlreadyExists' });
  });

  it('merge-patch, with a lock on the version when asked for', async () => {
    const { client, server, store } = setUp(() => json(widget('a', 8)));
    await client.patch(key, { metadata: { labels: { x: 'y' } } });
    await client.patch(key, { metadata: { labels: { x: null } } }, { resourceVersion: '7' });
    await client.patchStatus(key, { phase: 'Ready' }, { resourceVersion: '7' });
    await client.patchStatus(key, { phase: null });
    expect(server.requests.map((request) => [request.method, request.path, request.body])).toEqual([
      ['PATCH', '/apis/example.dev/v1/namespaces/team/widgets/a', { metadata: { labels: { x: 'y' } } }],
      ['PATCH', '/apis/example.dev/v1/namespaces/team/widgets/a', { metadata: { labels: { x: null }, resourceVersion: '7' } }],
      [
        'PATCH',
        '/apis/example.dev/v1/namespaces/team/widgets/a/status',
        { metadata: { resourceVersion: '7' }, status: { phase: 'Ready' } },
      ],
      ['PATCH', '/apis/example.dev/v1/namespaces/team/widgets/a/status', { status: { phase: null } }],
    ]);
    expect(server.requests[0]?.headers['content-type']).toBe('application/merge-patch+json');
    expect(server.requests[0]?.query).toEqual({ fieldManager: 'tenantsync' });
    expect(store.get(key)?.metadata.resourceVersion).toBe('8');
  });

  it('do not let an answer that arrives late undo what the watch has shown', async () => {
    const { client, store } = setUp(() => json(widget('a', 8)));
    store.applyEvent(widget('a', 9));
    await client.patch(key, {});
    expect(store.get(key)?.metadata.resourceVersion).toBe('9');
  });

  it('drop the notes on owners of fields with a patch of the object, where nobody reads them, and with no other', async () => {
    const { client, server } = setUp(() => json(widget('a', 8)), 'Dropped');
    await client.patch(key, { metadata: { finalizers: [] }, spec: { size: 1 } }, { resourceVersion: '7' });
    await client.patch(key, { spec: { size: 2 } });
    await client.patchStatus(key, { ready: true });
    const kept = setUp(() => json(widget('a', 8)));
    await kept.client.patch(key, { spec: { size: 1 } });
    expect([...server.requests, ...kept.server.requests].map(({ body }) => body)).toEqual([
      { metadata: { finalizers: [], managedFields: [{}], resourceVersion: '7' }, spec: { size: 1 } },
      { metadata: { managedFields: [{}] }, spec: { size: 2 } },
      { status: { ready: true } },
      { spec: { size: 1 } },
    ]);
  });

  it('delete by uid, and what is gone at once is gone from the store', async () => {
    const { client, server, store } = setUp(() => json({ kind: 'Status', status: 'Success', details: { uid: 'uid-a' } }));
    store.applyEvent(widget('a', 7));
    await client.delete(key, { uid: 'uid-a' });
    expect(server.requests[0]?.body).toEqual({ apiVersion: 'meta.k8s.io/v1', kind: 'DeleteOptions', preconditions: { uid: 'uid-a' } });
    expect(store.get(key)).toBeUndefined();
    store.applyEvent(widget('a', 7));
    expect(store.get(key)).toBeUndefined();
  });

  it('delete what is there now, also when the store still has a predecessor, and let no late event bring it back', async () => {
    const { client, store } = setUp(() => json({ kind: 'Status', status: 'Success', details: { uid: 'successor' } }));
    store.applyEvent(widget('a', 7));
    await client.delete(key);
    expect(store.get(key)?.metadata.uid).toBe('uid-a');
    store.applyDeleted(widget('a', 8), () => true);
    expect(store.get(key)).toBeUndefined();
  });

  it('delete an object with finalizers into one that is being deleted', async () => {
    const deletionTimestamp = '2026-01-05T09:00:00Z';
    const { client, store } = setUp(() => json(widget('a', 8, { metadata: { deletionTimestamp, finalizers: ['f'] } })));
    store.applyEvent(widget('a', 7, { metadata: { finalizers: ['f'] } }));
    await client.delete(key);
    expect(store.get(key)?.metadata.deletionTimestamp).toBe(deletionTimestamp);
  });

  it('count an object that is not there as deleted, and so one whose name is another’s by now', async () => {
    const { client, server, store } = setUp(() => failure(404, 'NotFound'));
    store.applyEvent(widget('a', 7));
    await client.delete(key);
    expect(store.get(key)).toBeUndefined();

    server.handle = (request) => (request.method === 'DELETE' ? failure(409, 'Conflict') : json(widget('a', 20, { uid: 'successor' })));
    await client.delete(key, { uid: 'uid-a' });
    expect(store.get(key)?.metadata.uid).toBe('successor');
  });

  it('fail when the object is still there after a conflict', async () => {
    const { client } = setUp((request) => (request.method === 'DELETE' ? failure(409, 'Conflict') : json(widget('a', 20))));
    await expect(client.delete(key, { uid: 'uid-a' })).rejects.toMatchObject({ kind: 'Conflict' });
  });

  it('read live with the managed fields, which the store drops', async () => {
    const managedFields = [{ manager: 'kubectl-annotate' }];
    const { client, store } = setUp(() => json(widget('a', 30, { metadata: { managedFields } as object })));
    expect((await client.getLive(key))?.metadata).toMatchObject({ managedFields });
    expect(store.get(key)?.metadata).not.toHaveProperty('managedFields');
  });

  it('read live past the store, and nothing as undefined', async () => {
    const { client, server, store } = setUp(() => json(widget('a', 30)));
    expect((await client.getLive(key))?.metadata.resourceVersion).toBe('30');
    expect(store.get(key)?.metadata.resourceVersion).toBe('30');
    server.handle = () => failure(404, 'NotFound');
    expect(await client.getLive(key)).toBeUndefined();
    server.handle = () => failure(403, 'Forbidden');
    await expect(client.getLive(key)).rejects.toMatchObject({ kind: 'Forbidden' });
  });
});

describe('finalizers', () => {
  const { signal } = new AbortController();

  it('are added under a lock, keeping those of others, and only once', async () => {
    const { client, server } = setUp(() => json(widget('a', 8, { metadata: { finalizers: ['theirs', 'ours'] } })));
    const object = widget('a', 7, { metadata: { finalizers: ['theirs'] } });
    const added = await addFinalizer(client, object, 'ours', signal);
    expect(server.requests[0]?.body).toEqual({ metadata: { finalizers: ['theirs', 'ours'], resourceVersion: '7' } });
    expect(await addFinalizer(client, added, 'ours', signal)).toBe(added);
    expect(server.requests).toHaveLength(1);
  });

  it('are removed under a lock, keeping those of others, and the last one by null', async () => {
    const { client, server } = setUp(() => json(widget('a', 8)));
    await removeFinalizer(client, widget('a', 7, { metadata: { finalizers: ['ours', 'theirs'] } }), 'ours', signal);
    await removeFinalizer(client, widget('a', 7, { metadata: { finalizers: ['ours'] } }), 'ours', signal);
    await removeFinalizer(client, widget('a', 7), 'ours', signal);
    expect(server.requests.map((request) => request.body)).toEqual([
      { metadata: { finalizers: ['theirs'], resourceVersion: '7' } },
      { metadata: { finalizers: null, resourceVersion: '7' } },
    ]);
  });

  it('leave a conflict to the caller', async () => {
    const { client } = setUp(() => failure(409, 'Conflict'));
    await expect(addFinalizer(client, widget('a', 7), 'ours', signal)).rejects.toMatchObject({ kind: 'Conflict' });
  });
});

describe('Secrets and ServiceAccount tokens', () => {
  it('are read one at a time and decoded; a missing Secret is undefined', async () => {
    const { http, server } = setUp(() =>
      json({ metadata: { resourceVersion: '5' }, type: 'Opaque', data: { clientSecret: Buffer.from('s3crét').toString('base64') } }),
    );
    const reader = new KubeSecretReader(http);
    const secret = await reader.get({ namespace: 'team', name: 'creds' });
    expect(server.requests[0]).toMatchObject({ method: 'GET', path: '/api/v1/namespaces/team/secrets/creds' });
    expect(Buffer.from(secret?.data.clientSecret ?? []).toString()).toBe('s3crét');
    expect(secret).toMatchObject({ resourceVersion: '5', type: 'Opaque' });
    server.handle = () => json({ metadata: { resourceVersion: '6' } });
    expect(await reader.get({ namespace: 'team', name: 'creds' })).toEqual({ data: {}, resourceVersion: '6', type: 'Opaque' });
    server.handle = () => failure(404, 'NotFound');
    expect(await reader.get({ namespace: 'team', name: 'creds' })).toBeUndefined();
    server.handle = () => failure(403, 'Forbidden');
    await expect(reader.get({ namespace: 'team', name: 'creds' })).rejects.toMatchObject({ kind: 'Forbidden' });
  });

  it('are requested for one audience', async () => {
    const { http, server } = setUp(() => json({ status: { token: 't', expirationTimestamp: '2026-01-05T09:00:00Z' } }, 201));
    const tokens = new KubeServiceAccountTokens(http, { expirationSeconds: 3600 });
    expect(await tokens.request({ namespace: 'team', name: 'sync' }, 'api://AzureADTokenExchange')).toEqual({
      token: 't',
      expiresAt: Date.parse('2026-01-05T09:00:00Z'),
    });
    expect(server.requests[0]).toMatchObject({
      method: 'POST',
      path: '/api/v1/namespaces/team/serviceaccounts/sync/token',
      body: { kind: 'TokenRequest', spec: { audiences: ['api://AzureADTokenExchange'], expirationSeconds: 3600 } },
    });
  });
});
