import { addFinalizer, removeFinalizer } from '../../src/controllers/shared/finalizers.ts';
import { EventRecorder } from '../../src/kube/event-recorder.ts';
import { KubeHttp } from '../../src/kube/http.ts';
import { Informer } from '../../src/kube/informer.ts';
import { KubeLinks } from '../../src/kube/links.ts';
import { KubeNotes } from '../../src/kube/notes.ts';
import { KubeSecretReader, KubeServiceAccountTokens } from '../../src/kube/secrets.ts';
import { silentLogger } from '../../src/ports/logger.ts';
import { systemClock, systemRandom } from '../../src/system.ts';
import { until } from '../support/until.ts';
import { RecordingMetrics, type Widget } from '../unit/kube/support.ts';
import { namesOf, useServer, type Client } from './support/client.ts';
import { widget } from './support/widgets.ts';

const client = useServer();
const type = { group: 'contract.example.dev', version: 'v1', plural: 'widgets', kind: 'Widget' };
const { signal } = new AbortController();
const [clock, random, logger] = [systemClock, systemRandom, silentLogger];

interface Runtime {
  readonly api: Client;
  readonly http: KubeHttp;
  readonly informer: Informer<Widget>;
}

const started: Informer<Widget>[] = [];

afterEach(async () => {
  for (const informer of started.splice(0)) await informer.stop();
});

async function runtime(): Promise<Runtime> {
  const api = await client();
  const { fetch, url: baseUrl } = api.server;
  const { metrics } = new RecordingMetrics();
  const http = new KubeHttp({ fetch, baseUrl, userAgent: 'tenantsync/test', timeoutMs: 30_000, clock, metrics });
  const informer = new Informer<Widget>({ type, http, indexes: {}, clock, random, logger });
  informer.watch({ namespace: api.namespace });
  started.push(informer);
  return { api, http, informer };
}

const versionsOf = (objects: readonly Widget[]): string[] =>
  objects.map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`).sort();

/** What has to be in the store. */
function stored(informer: Informer<Widget>, key: { readonly namespace: string; readonly name: string }): Widget {
  const found = informer.store.get(key);
  if (!found) throw new Error(`${key.name} is not in the store`);
  return found;
}

/** What is there by the server's own word. */
async function truth(api: Client): Promise<string[]> {
  return versionsOf((await api.get(api.widgets)).body.items as Widget[]);
}

describe('the operator’s runtime', () => {
  test('reads a collection of several pages, and follows what happens to it', async () => {
    const { api, informer } = await runtime();
    const names = Array.from({ length: 620 }, (_, index) => `w${index}`);
    for (let from = 0; from < names.length; from += 62) {
      await Promise.all(names.slice(from, from + 62).map((name) => api.create(name)));
    }
    informer.start();
    await until('the first list', () => informer.synced);
    expect(informer.store.size).toBe(620);
    await api.patch('w0', { spec: { size: 77 } });
    await api.call('DELETE', `${api.widgets}/w1`);
    await api.create('late');
    const expected = await truth(api);
    await until('the changes', () => versionsOf(informer.store.list()).join() === expected.join());
    expect(versionsOf(informer.store.list())).toEqual(expected);
  });

  test('reads what it wrote at once, and is told of a lost race', async () => {
    const { api, informer } = await runtime();
    const key = { namespace: api.namespace, name: 'a' };
    informer.start();
    await until('the first list', () => informer.synced);
    const created = await informer.client.create(widget('a', {}, { namespace: api.namespace }) as never);
    expect(informer.store.get(key)).toEqual(created);
    const lock = { resourceVersion: created.metadata.resourceVersion };
    expect((await informer.client.patch(key, { spec: { size: 2 } }, lock)).metadata.generation).toBe(2);
    await expect(informer.client.patch(key, { spec: { size: 3 } }, lock)).rejects.toMatchObject({ kind: 'Conflict' });
    await expect(informer.client.patch(key, { spec: { size: 1000 } })).rejects.toMatchObject({ kind: 'Invalid' });
    await expect(informer.client.create(widget('a', {}, { namespace: api.namespace }) as never)).rejects.toMatchObject({
      kind: 'AlreadyExists',
    });
    await informer.client.patchStatus(key, { state: 'Old' });
    expect(informer.store.get(key)?.status).toMatchObject({ state: 'Old' });
    expect(versionsOf(informer.store.list())).toEqual(await truth(api));
  });

  test('deletes through finalizers, and never a successor of the same name', async () => {
    const { api, informer } = await runtime();
    const key = { namespace: api.namespace, name: 'a' };
    await api.create('a');
    informer.start();
    await until('the first list', () => informer.synced);
    const guarded = await addFinalizer(informer.client, stored(informer, key), 'example.dev/guard', signal);
    await informer.client.delete(key, { uid: guarded.metadata.uid });
    const deleting = stored(informer, key);
    expect(deleting.metadata.deletionTimestamp).toBeDefined();
    await removeFinalizer(informer.client, deleting, 'example.dev/guard', signal);
    expect(informer.store.get(key)).toBeUndefined();
    await informer.client.delete(key);
    const successor = await api.create('a');
    await informer.client.delete(key, { uid: guarded.metadata.uid });
    expect(((await api.get(`${api.widgets}/a`)).body as unknown as Widget).metadata.uid).toBe(successor.metadata.uid);
  });

  test('is refused in a namespace that is being deleted by that name', async () => {
    const { api, informer } = await runtime();
    await api.create('held', {}, { finalizers: ['example.dev/held'] });
    await api.call('DELETE', `/api/v1/namespaces/${api.namespace}`);
    const late = widget('late', {}, { namespace: api.namespace }) as never;
    await expect(informer.client.create(late)).rejects.toMatchObject({ kind: 'NamespaceTerminating' });
    await api.patch('held', { metadata: { finalizers: null } });
  });

  test('writes events that become a series', async () => {
    const { api, http } = await runtime();
    const { metadata } = await api.create('a');
    const recorder = new EventRecorder({ http, reportingInstance: 'pod-1', clock, random, logger });
    const about = { apiVersion: 'contract.example.dev/v1', kind: 'Widget', namespace: api.namespace, name: 'a', uid: metadata.uid };
    const emit = (): void => recorder.emit(about, { type: 'Normal', reason: 'Succeeded', action: 'Reconcile', note: 'Measured.' });
    const path = `/apis/events.k8s.io/v1/namespaces/${api.namespace}/events`;
    emit();
    await until('the event', async () => namesOf(await api.get(path)).length === 1);
    emit();
    emit();
    await recorder.stop(10_000);
    expect((await api.get(path)).body.items).toMatchObject([{ reason: 'Succeeded', series: { count: 3 } }]);
  });

  test('keeps notes, which whoever comes second does not overwrite', async () => {
    const { api, http } = await runtime();
    const notes = new KubeNotes(http, { namespace: api.namespace, name: 'notes' });
    expect(await notes.read('a.b')).toEqual({});
    await notes.write('a.b', '{"one":1}', undefined);
    await expect(notes.write('c', 'late', undefined)).rejects.toMatchObject({ kind: 'Conflict' });
    const { text, version } = await notes.read('a.b');
    expect(text).toBe('{"one":1}');
    await notes.write('c', 'other', version);
    await expect(notes.write('a.b', 'late', version)).rejects.toMatchObject({ kind: 'Conflict' });
    expect(await notes.read('a.b')).toMatchObject({ text: '{"one":1}' });
    expect(await notes.read('c')).toMatchObject({ text: 'other' });
  });

  test('keeps links, each for itself, and forgets them', async () => {
    const { api, http } = await runtime();
    const [one, other] = [new KubeLinks(http, api.namespace), new KubeLinks(http, api.namespace)];
    const keys = Array.from({ length: 20 }, (_, index) => `team/configuration-${index}`);
    expect(await one.read('team/configuration-0')).toBeUndefined();
    await one.forget('team/configuration-0');
    await Promise.all(keys.map((key, index) => (index % 2 === 0 ? one : other).write(key, `links of ${key}`)));
    for (const key of keys) expect(await one.read(key)).toBe(`links of ${key}`);
    await one.write('team/configuration-3', 'newer');
    expect(await other.read('team/configuration-3')).toBe('newer');
    await other.forget('team/configuration-3');
    await other.forget('team/configuration-3');
    expect(await one.read('team/configuration-3')).toBeUndefined();
    expect(await one.read('team/configuration-4')).toBe('links of team/configuration-4');
  });

  test('reads Secrets and obtains tokens', async () => {
    const { api, http } = await runtime();
    const { namespace } = api;
    await api.call('POST', `/api/v1/namespaces/${namespace}/secrets`, { metadata: { name: 's' }, stringData: { k: 'v' } });
    await api.call('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name: 'sync' } });
    const secret = await new KubeSecretReader(http).get({ namespace, name: 's' });
    expect(Buffer.from(secret?.data.k ?? []).toString()).toBe('v');
    expect(await new KubeSecretReader(http).get({ namespace, name: 'none' })).toBeUndefined();
    const tokens = new KubeServiceAccountTokens(http, { expirationSeconds: 3600 });
    const { token, expiresAt } = await tokens.request({ namespace, name: 'sync' }, 'api://AzureADTokenExchange', signal);
    expect(token.split('.')).toHaveLength(3);
    expect(expiresAt).toBeGreaterThan(Date.now() + 3_000_000);
  });
});
