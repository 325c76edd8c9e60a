import { Informer } from '../../../src/kube/informer.ts';
import { seededRandom, VirtualClock } from '../../support/virtual-clock.ts';
import {
  failure,
  FakeServer,
  json,
  listOf,
  recordingLogger,
  WatchStream,
  widget,
  widgets,
  type LogLine,
  type SeenRequest,
  type Widget,
} from './support.ts';

const minute = 60_000;
const forbidden = (): Response => failure(403, 'Forbidden');
const missing = (): Response => failure(404, 'NotFound');

/** A server with namespaces `a` and `b`; `a` is well, and nothing of `b` may be listed. */
function setUp(answer: () => Response | Promise<Response> = missing, watched: readonly string[] = ['a', 'b']) {
  const clock = new VirtualClock();
  const lines: LogLine[] = [];
  const streams: WatchStream[] = [];
  const state = { list: forbidden, namespace: answer };
  const server = new FakeServer((request) => {
    if (request.path === '/api/v1/namespaces/b') return state.namespace();
    if (request.path.includes('/namespaces/a/')) return request.query.watch === 'true' ? new WatchStream().response : listOf([inA], 10);
    if (request.query.watch !== 'true') return state.list();
    const stream = new WatchStream();
    streams.push(stream);
    return stream.response;
  });
  const informer = new Informer<Widget>({
    type: widgets,
    http: server.http(clock),
    indexes: {},
    clock,
    random: seededRandom(5),
    logger: recordingLogger(lines),
  });
  for (const namespace of watched) informer.watch({ namespace });
  const asked = (path: RegExp): readonly SeenRequest[] => server.requests.filter((request) => path.test(request.path));
  const lists = (): readonly SeenRequest[] => asked(/\/namespaces\/b\/widgets/).filter(({ query }) => query.watch === undefined);
  const warnings = (): readonly string[] => lines.filter(({ level }) => level === 'warn').map(({ message }) => message);
  const names = (): readonly string[] => [...informer.store.keys()];
  return { clock, lines, streams, state, server, informer, asked, lists, warnings, names };
}

const inA = widget('one', 5, { metadata: { namespace: 'a' } });
const inB = (name: string, version: number): Widget => widget(name, version, { metadata: { namespace: 'b' } });
const countsAsEmpty = 'What is watched does not exist; it counts as empty until it does';

/** The informer after its first list of `b`, whose watch has ended since; nothing may be listed there any more. */
async function deletedMeanwhile(answer: () => Response | Promise<Response> = missing) {
  const site = setUp(answer);
  site.state.list = () => listOf([inB('two', 6), inB('three', 7)], 10);
  site.informer.start();
  await site.clock.settle();
  expect(site.names()).toEqual(['a/one', 'b/two', 'b/three']);
  site.state.list = forbidden;
  site.streams[0]?.send('ERROR', { kind: 'Status', code: 410, reason: 'Expired' });
  await site.clock.advance(10_000);
  return site;
}

describe('a watched namespace that does not exist', () => {
  it('counts as listed and empty: the others are not kept waiting', async () => {
    const { clock, informer, names, asked } = setUp();
    let synced = false;
    informer.start();
    void informer.waitForSync(new AbortController().signal).then(() => (synced = true));
    await clock.settle();
    expect(synced).toBe(true);
    expect(informer.synced).toBe(true);
    expect(names()).toEqual(['a/one']);
    expect(asked(/\/namespaces\/.$/).map(({ method, path, query }) => ({ method, path, query }))).toEqual([
      { method: 'GET', path: '/api/v1/namespaces/b', query: {} },
    ]);
    await informer.stop();
    expect(clock.nextTimerAt()).toBeUndefined();
  });

  it('is spoken of once, by its name', async () => {
    const { clock, informer, lists, lines, warnings } = setUp();
    informer.start();
    await clock.advance(20 * minute);
    expect(lists().length).toBeGreaterThan(20);
    expect(warnings()).toEqual([countsAsEmpty]);
    expect(lines.find(({ level }) => level === 'warn')?.fields).toEqual({ reflector: 'widgets', namespace: 'b' });
    await informer.stop();
  });

  it('is asked for with the usual backoff, for ever, and the loop is alive', async () => {
    const { clock, informer, lists } = setUp(missing, ['b']);
    informer.start();
    await clock.advance(20 * minute);
    expect(lists().length).toBeLessThan(60);
    expect(clock.monotonic() - (informer.lastActivity ?? 0)).toBeLessThan(2 * minute);
    await informer.stop();
  });

  it('is watched as soon as it is there and may be listed, without a restart', async () => {
    const { clock, informer, state, streams, lists, names, warnings } = setUp();
    const seen: string[] = [];
    informer.onChange(({ current }, { initial }) => seen.push(`${current?.metadata.name ?? ''} ${initial}`));
    informer.start();
    await clock.advance(5 * minute);
    // First the namespace, then its Roles.
    state.namespace = () => json({ kind: 'Namespace' });
    await clock.advance(2 * minute);
    expect(informer.synced).toBe(true);
    state.list = () => listOf([inB('two', 16)], 20);
    await clock.advance(minute);
    expect(lists().at(-1)?.query).toEqual({ limit: '500' });
    streams[0]?.send('ADDED', inB('three', 21));
    await clock.settle();
    expect(names()).toEqual(['a/one', 'b/two', 'b/three']);
    expect(seen).toEqual(['one true', 'two false', 'three false']);
    // Gone once more, which is worth another line.
    state.list = forbidden;
    state.namespace = missing;
    streams[0]?.send('ERROR', { kind: 'Status', code: 410, reason: 'Expired' });
    await clock.advance(minute);
    expect(names()).toEqual(['a/one']);
    expect(warnings().filter((message) => message === countsAsEmpty)).toHaveLength(2);
    await informer.stop();
  });

  it('loses what the store still has of it, and nothing else is touched', async () => {
    const { informer, names, lists, clock } = await deletedMeanwhile();
    expect(names()).toEqual(['a/one']);
    await clock.advance(2 * minute);
    expect(
      lists()
        .slice(2)
        .every(({ query }) => query.resourceVersion === undefined),
    ).toBe(true);
    await informer.stop();
  });

  it('loses also what a late answer to a write has put there since', async () => {
    const { clock, informer, server, names } = await deletedMeanwhile();
    const { handle } = server;
    server.handle = (request) => (request.method === 'PATCH' ? json(inB('two', 8)) : handle(request));
    await informer.client.patch({ namespace: 'b', name: 'two' }, {});
    expect(names()).toEqual(['a/one', 'b/two']);
    await clock.advance(2 * minute);
    expect(names()).toEqual(['a/one']);
    await informer.stop();
  });
});

describe.each<{ answer: string; respond: () => Response | Promise<Response> }>([
  { answer: 'that it is there', respond: () => json({ kind: 'Namespace', status: { phase: 'Active' } }) },
  { answer: 'that it is being deleted', respond: () => json({ kind: 'Namespace', status: { phase: 'Terminating' } }) },
  { answer: 'that nobody is known by this name', respond: () => failure(401, 'Unauthorized') },
  { answer: 'that it may not be asked', respond: forbidden },
  { answer: 'that it is gone for ever', respond: () => failure(410, 'Gone') },
  { answer: 'to come later', respond: () => failure(429, 'TooManyRequests', {}, { 'retry-after': '1' }) },
  { answer: 'an error', respond: () => failure(500, 'InternalError') },
  { answer: 'an error of a proxy', respond: () => new Response('bad gateway', { status: 502 }) },
  { answer: 'the page of a proxy that knows no such path', respond: () => new Response('<html>not found</html>', { status: 404 }) },
  { answer: 'no JSON', respond: () => new Response('<html>') },
  { answer: 'nothing, and breaks', respond: () => Promise.reject(new TypeError('fetch failed')) },
  { answer: 'nothing at all', respond: () => new Promise<Response>(() => undefined) },
])('a watched namespace that may not be listed, when the server answers $answer', ({ respond }) => {
  it('may hold anything: it is waited for', async () => {
    const { clock, informer, lists, state, warnings, names } = setUp(respond);
    informer.start();
    await clock.advance(5 * minute);
    expect(informer.synced).toBe(false);
    expect(informer.knows('b')).toBe(false);
    expect(warnings()).toContain('A list failed');
    expect(warnings()).not.toContain(countsAsEmpty);
    expect(lists().length).toBeGreaterThan(2);
    state.list = () => listOf([inB('two', 6)], 10);
    await clock.advance(2 * minute);
    expect(informer.synced).toBe(true);
    expect(names()).toEqual(['a/one', 'b/two']);
    await informer.stop();
    expect(clock.nextTimerAt()).toBeUndefined();
  });

  it('keeps what is known of it', async () => {
    const { clock, informer, names } = await deletedMeanwhile(respond);
    await clock.advance(5 * minute);
    expect(names()).toEqual(['a/one', 'b/two', 'b/three']);
    await informer.stop();
  });
});

describe('the question whether a namespace exists', () => {
  it.each([
    [401, 'Unauthorized'],
    [404, 'NotFound'],
    [429, 'TooManyRequests'],
    [500, 'InternalError'],
    [503, 'ServiceUnavailable'],
  ])('is not asked because of a list that fails with %i', async (code, reason) => {
    const { clock, informer, state, asked } = setUp();
    state.list = () => failure(code, reason);
    informer.start();
    await clock.advance(5 * minute);
    expect(asked(/\/namespaces\/b$/)).toEqual([]);
    expect(informer.synced).toBe(false);
    await informer.stop();
  });

  it('is not asked where all namespaces are watched', async () => {
    const { clock, server, informer } = setUp(missing, []);
    server.handle = forbidden;
    informer.watch({});
    informer.start();
    await clock.advance(5 * minute);
    expect(new Set(server.requests.map(({ path }) => path))).toEqual(new Set(['/apis/example.dev/v1/widgets']));
    expect(informer.synced).toBe(false);
    await informer.stop();
  });

  it('ends with the watch, and its answer counts no more', async () => {
    let answer: (response: Response) => void = () => undefined;
    const { clock, informer, lines } = setUp(() => new Promise<Response>((resolve) => (answer = resolve)));
    informer.start();
    await clock.settle();
    const stopping = informer.stop();
    answer(missing());
    await stopping;
    expect(informer.synced).toBe(false);
    expect(lines).toEqual([]);
    expect(clock.nextTimerAt()).toBeUndefined();
  });
});
