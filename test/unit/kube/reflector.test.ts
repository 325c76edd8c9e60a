import { Informer } from '../../../src/kube/informer.ts';
import { RestlessClock, seededRandom, VirtualClock } from '../../support/virtual-clock.ts';
import {
  failure,
  FakeServer,
  json,
  listOf,
  recordingLogger,
  WatchStream,
  widget,
  widgets,
  type Handler,
  type LogLine,
  type SeenRequest,
  type Widget,
} from './support.ts';

interface Script {
  list: (request: SeenRequest) => Response | Promise<Response>;
  watch: (request: SeenRequest) => Response | Promise<Response>;
}

function setUp(script: Partial<Script> = {}, clock = new VirtualClock()) {
  const lines: LogLine[] = [];
  const streams: WatchStream[] = [];
  const state: Script = {
    list: () => listOf([widget('a', 5)], 10),
    watch: () => {
      const stream = new WatchStream();
      streams.push(stream);
      return stream.response;
    },
    ...script,
  };
  const handle: Handler = (request) => (request.query.watch === 'true' ? state.watch(request) : state.list(request));
  const server = new FakeServer(handle);
  const informer = new Informer<Widget>({
    type: widgets,
    http: server.http(clock),
    indexes: {},
    clock,
    random: seededRandom(11),
    logger: recordingLogger(lines),
  });
  informer.watch({ namespace: 'team' });
  const lists = (): SeenRequest[] => server.requests.filter((request) => request.query.watch === undefined);
  const watches = (): SeenRequest[] => server.requests.filter((request) => request.query.watch === 'true');
  const names = (): string[] => informer.store.list().map((object) => object.metadata.name);
  const version = (name: string): string | undefined => informer.store.get({ namespace: 'team', name })?.metadata.resourceVersion;
  return { clock, lines, streams, state, server, informer, lists, watches, names, version };
}

const bookmark = (version: number): object => ({
  kind: 'Widget',
  apiVersion: 'example.dev/v1',
  metadata: { resourceVersion: String(version) },
});
const gone = { kind: 'Status', status: 'Failure', code: 410, reason: 'Expired', message: 'too old resource version' };

describe('the reflector: lists', () => {
  it('reads pages of 500 and is synced only after the last one', async () => {
    const { clock, informer, state, lists, names } = setUp();
    let release: (() => void) | undefined;
    state.list = async (request) => {
      if (request.query.continue === undefined) return listOf([widget('a', 1)], 10, 'next-page');
      await new Promise<void>((resolve) => (release = resolve));
      return listOf([widget('b', 2)], 10);
    };
    informer.start();
    let synced = false;
    void informer.waitForSync(new AbortController().signal).then(() => (synced = true));
    await clock.settle();
    expect(informer.synced).toBe(false);
    expect(synced).toBe(false);
    release?.();
    await clock.settle();
    expect(informer.synced).toBe(true);
    expect(synced).toBe(true);
    expect(names()).toEqual(['a', 'b']);
    expect(lists().map((request) => request.query)).toEqual([{ limit: '500' }, { limit: '500', continue: 'next-page' }]);
  });

  it('reads the list again in larger pages when the server has forgotten where it was', async () => {
    const { clock, informer, state, lists, names } = setUp();
    state.list = (request) => {
      if (request.query.limit === '500')
        return request.query.continue === undefined ? listOf([widget('gone', 1)], 10, 'next') : failure(410, 'Expired');
      return request.query.continue === undefined ? listOf([widget('a', 1)], 12, 'more') : listOf([widget('b', 2)], 12);
    };
    informer.start();
    await clock.settle();
    expect(lists().map((request) => request.query.limit)).toEqual(['500', '500', '5000', '5000']);
    expect(names().sort()).toEqual(['a', 'b']);
    await informer.stop();
  });

  it('reads smaller pages when one is larger than any answer may be', async () => {
    const { clock, informer, state, lists, names } = setUp();
    const huge = new Response(new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(2 ** 24)) }));
    state.list = (request) => (request.query.limit === '500' ? huge : listOf([widget('a', 1)], 12));
    informer.start();
    await clock.settle();
    expect(lists().map((request) => request.query.limit)).toEqual(['500', '250']);
    expect(names()).toEqual(['a']);
    await informer.stop();
  });

  it.each(['the same continuation again and again', 'pages without an object'])('gives up a list of %s', async (what) => {
    const { clock, informer, state, lists } = setUp();
    let page = 0;
    state.list = () => (what.startsWith('pages') ? listOf([], 10, `next-${(page += 1)}`) : listOf([widget('a', 1)], 10, 'next'));
    informer.start();
    await clock.settle();
    expect(lists().length).toBeLessThan(150);
    expect(informer.synced).toBe(false);
    await informer.stop();
  });

  it('does not ask for the whole list because of any other error between two pages', async () => {
    const { clock, informer, state, lists } = setUp();
    state.list = (request) => (request.query.continue === undefined ? listOf([widget('a', 1)], 10, 'next') : failure(500, 'InternalError'));
    informer.start();
    await clock.advance(5_000);
    expect(lists().length).toBeGreaterThan(2);
    expect(lists().every((request) => request.query.limit === '500')).toBe(true);
    expect(informer.synced).toBe(false);
    await informer.stop();
  });

  it('asks for the next page before it has taken the one at hand in', async () => {
    const { clock, informer, state, lists, names } = setUp({}, new RestlessClock(6));
    const objects = Array.from({ length: 40 }, (_, index) => widget(`w${index}`, 1));
    state.list = (request) => (request.query.continue === undefined ? listOf(objects, 10, 'next') : listOf([widget('last', 1)], 10));
    informer.start();
    await clock.settle();
    expect(lists()).toHaveLength(2);
    expect(names().length).toBeLessThan(40);
    expect(informer.synced).toBe(false);
    await clock.advance(0);
    expect(names()).toHaveLength(41);
    expect(informer.synced).toBe(true);
    await informer.stop();
  });

  it('forgets nothing when it is ended in the middle of a page', async () => {
    const { clock, informer, streams, state, names } = setUp({}, new RestlessClock(6));
    const objects = Array.from({ length: 10 }, (_, index) => widget(`w${index}`, 1));
    state.list = () => listOf(objects, 10);
    informer.start();
    await clock.advance(0);
    expect(names()).toHaveLength(10);
    state.list = () => listOf(objects, 20);
    streams[0]?.send('ERROR', gone);
    await clock.settle();
    const stopped = informer.stop();
    await clock.advance(5_000);
    await stopped;
    expect(names()).toHaveLength(10);
  });

  it('keeps what this process writes and deletes while a page is taken in by parts', async () => {
    const { clock, informer, state, names, version } = setUp({}, new RestlessClock(6));
    const objects = Array.from({ length: 10 }, (_, index) => widget(`w${index}`, 1));
    state.list = () => listOf(objects, 10);
    informer.start();
    await clock.settle();
    expect(names().length).toBeLessThan(10);
    informer.store.applyLocal(widget('w9', 12));
    informer.store.applyLocal(widget('mine', 13));
    informer.store.removeLocal({ namespace: 'team', name: 'w8' }, 'uid-w8');
    await clock.advance(0);
    expect(version('w9')).toBe('12');
    expect(version('mine')).toBe('13');
    expect(version('w8')).toBeUndefined();
    expect(names()).toHaveLength(10);
    await informer.stop();
  });

  it('takes a page for refused when one of its objects is no JSON, and reads the list again', async () => {
    const { clock, informer, state, names } = setUp();
    const broken = `{"metadata":{"resourceVersion":"10","continue":"next"},"items":[${JSON.stringify(widget('a', 1))},{"metadata":}]}`;
    state.list = () => new Response(broken);
    informer.start();
    await clock.settle();
    expect(informer.synced).toBe(false);
    state.list = () => listOf([widget('b', 2)], 12);
    await clock.advance(5_000);
    expect(informer.synced).toBe(true);
    expect(names()).toEqual(['b']);
    await informer.stop();
  });

  it('gives items of built-in kinds the type that only the list carries', async () => {
    const { clock, informer, state } = setUp();
    const bare = { metadata: widget('a', 1).metadata };
    state.list = () => listOf([bare as Widget], 10);
    informer.start();
    await clock.settle();
    expect(informer.store.list()[0]).toMatchObject({ apiVersion: 'example.dev/v1', kind: 'Widget' });
  });

  it('marks the first list as initial, and nothing after it', async () => {
    const { clock, informer, streams, state } = setUp();
    const seen: string[] = [];
    informer.onChange(({ current }, { initial }) => seen.push(`${current?.metadata.name ?? ''} ${initial}`));
    informer.start();
    await clock.settle();
    streams[0]?.send('ADDED', widget('b', 11));
    state.list = () => listOf([widget('a', 5), widget('b', 11), widget('c', 12)], 20);
    streams[0]?.send('ERROR', gone);
    await clock.advance(2_000);
    expect(seen).toEqual(['a true', 'b false', 'c false']);
  });

  it('never gives up when lists fail, and backs off with jitter up to a minute', async () => {
    const { clock, informer, state, lists } = setUp();
    const times: number[] = [];
    state.list = () => {
      times.push(clock.monotonic());
      return failure(500, 'InternalError');
    };
    informer.start();
    await clock.advance(20 * 60_000);
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(gaps[0]).toBeGreaterThanOrEqual(800);
    expect(gaps[0]).toBeLessThanOrEqual(1_600);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(60_000);
    expect(times.length).toBeLessThan(60);
    expect(new Set(gaps.slice(-5)).size).toBe(5);
    state.list = () => listOf([], 1);
    await clock.advance(60_000);
    expect(informer.synced).toBe(true);
    expect(lists().length).toBe(times.length + 1);
  });
});

describe('the reflector: watches', () => {
  it('asks for bookmarks and for an end after five to ten minutes, from the version of the list', async () => {
    const { clock, informer, watches } = setUp();
    informer.start();
    await clock.settle();
    expect(watches()[0]?.query).toMatchObject({ resourceVersion: '10', allowWatchBookmarks: 'true' });
    const seconds = Number(watches()[0]?.query.timeoutSeconds);
    expect(seconds).toBeGreaterThanOrEqual(300);
    expect(seconds).toBeLessThanOrEqual(600);
    expect(watches()[0]?.path).toBe('/apis/example.dev/v1/namespaces/team/widgets');
  });

  it('follows changes', async () => {
    const { clock, informer, streams, names, version } = setUp();
    informer.start();
    await clock.settle();
    streams[0]?.send('ADDED', widget('b', 11));
    streams[0]?.send('MODIFIED', widget('a', 12));
    streams[0]?.send('DELETED', widget('b', 13));
    await clock.settle();
    expect(names()).toEqual(['a']);
    expect(version('a')).toBe('12');
  });

  it('goes on from the last event or bookmark after the server ended the watch, without a list and without delay', async () => {
    const { clock, informer, streams, watches, lists } = setUp();
    informer.start();
    await clock.advance(5_000);
    streams[0]?.send('MODIFIED', widget('a', 12));
    streams[0]?.send('BOOKMARK', bookmark(40));
    streams[0]?.close();
    await clock.settle();
    expect(watches().map((request) => request.query.resourceVersion)).toEqual(['10', '40']);
    expect(lists()).toHaveLength(1);
  });

  it('survives a connection that breaks: backs off, goes on where it was, lists nothing', async () => {
    const { clock, informer, streams, watches, lists, version } = setUp();
    informer.start();
    await clock.advance(5_000);
    streams[0]?.send('MODIFIED', widget('a', 12));
    await clock.settle();
    streams[0]?.break(new Error('socket hang up'));
    await clock.settle();
    expect(watches()).toHaveLength(1);
    await clock.advance(1_600);
    expect(watches().map((request) => request.query.resourceVersion)).toEqual(['10', '12']);
    expect(lists()).toHaveLength(1);
    streams[1]?.send('MODIFIED', widget('a', 13));
    await clock.settle();
    expect(version('a')).toBe('13');
  });

  it('waits out a refused connection without listing', async () => {
    const { clock, informer, state, watches, lists, streams } = setUp();
    const connect = state.watch;
    state.watch = () => Promise.reject(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }));
    informer.start();
    await clock.advance(60_000);
    expect(watches().length).toBeGreaterThan(3);
    expect(watches().length).toBeLessThan(10);
    state.watch = connect;
    await clock.advance(60_000);
    expect(streams).toHaveLength(1);
    expect(lists()).toHaveLength(1);
  });

  it('lists again after a 410, as a status and as an event, not older than what it has', async () => {
    const { clock, informer, streams, state, lists, names } = setUp();
    informer.start();
    await clock.settle();
    streams[0]?.send('BOOKMARK', bookmark(30));
    streams[0]?.send('ERROR', gone);
    state.list = () => listOf([widget('b', 35)], 40);
    await clock.advance(2_000);
    expect(lists()[1]?.query).toEqual({ limit: '500', resourceVersion: '30', resourceVersionMatch: 'NotOlderThan' });
    expect(names()).toEqual(['b']);
    const connect = state.watch;
    state.watch = () => {
      state.watch = connect;
      return failure(410, 'Gone');
    };
    streams[1]?.close();
    await clock.advance(12_000);
    expect(lists()).toHaveLength(3);
  });

  it('takes the newest list there is when the server no longer, or not yet, has the version', async () => {
    for (const [code, reason] of [
      [410, 'Expired'],
      [504, 'Timeout'],
    ] as const) {
      const { clock, informer, streams, state, lists } = setUp();
      informer.start();
      await clock.settle();
      state.list = (request) => (request.query.resourceVersion === undefined ? listOf([], 50) : failure(code, reason));
      streams[0]?.send('ERROR', gone);
      await clock.advance(2_000);
      expect(lists().map((request) => request.query.resourceVersion)).toEqual([undefined, '10', undefined]);
      expect(informer.store.size).toBe(0);
    }
  });

  it('waits as long as a 429 says, as a status or an event, then goes on without a list', async () => {
    const { clock, informer, state, watches, lists, streams } = setUp();
    const connect = state.watch;
    state.watch = () => failure(429, 'TooManyRequests', {}, { 'retry-after': '45' });
    informer.start();
    await clock.advance(44_999);
    expect(watches()).toHaveLength(1);
    state.watch = connect;
    await clock.advance(1);
    expect(watches()).toHaveLength(2);
    streams[0]?.send('ERROR', { code: 429, reason: 'TooManyRequests', details: { retryAfterSeconds: 60 } });
    await clock.advance(59_999);
    expect(watches()).toHaveLength(2);
    await clock.advance(1);
    expect(watches()).toHaveLength(3);
    expect(lists()).toHaveLength(1);
  });

  it('does not believe a server that asks for hours', async () => {
    const { clock, informer, state, watches } = setUp();
    state.watch = () => failure(429, 'TooManyRequests', {}, { 'retry-after': '86400' });
    informer.start();
    await clock.advance(5 * 60_000);
    expect(watches()).toHaveLength(2);
  });

  it('lists again with backoff after other refusals of the watch', async () => {
    const { clock, informer, state, lists } = setUp();
    state.watch = () => failure(403, 'Forbidden');
    informer.start();
    await clock.advance(60_000);
    expect(lists().length).toBeGreaterThan(2);
    expect(lists().length).toBeLessThan(10);
  });

  it('does not run hot against a server that closes at once', async () => {
    const { clock, informer, state, watches } = setUp();
    state.watch = () => {
      const stream = new WatchStream();
      stream.close();
      return stream.response;
    };
    informer.start();
    await clock.advance(60_000);
    expect(watches().length).toBeLessThan(10);
  });

  it('takes a short watch that brought something for a healthy one', async () => {
    const { clock, informer, state, watches } = setUp();
    const connect = state.watch;
    state.watch = () => {
      state.watch = connect;
      const stream = new WatchStream();
      stream.send('MODIFIED', widget('a', 12));
      stream.close();
      return stream.response;
    };
    informer.start();
    await clock.settle();
    expect(watches()).toHaveLength(2);
  });

  it('starts the backoff over after a healthy period', async () => {
    const { clock, informer, state, streams, watches } = setUp();
    const connect = state.watch;
    state.watch = () => Promise.reject(new Error('down'));
    informer.start();
    await clock.advance(120_000);
    state.watch = connect;
    await clock.advance(60_000);
    await clock.advance(150_000);
    const before = watches().length;
    streams.at(-1)?.break(new Error('reset'));
    await clock.advance(1_600);
    expect(watches().length).toBe(before + 1);
  });

  it('ends a half-open connection by itself, five seconds after the server should have', async () => {
    const { clock, informer, watches, streams, lists } = setUp();
    informer.start();
    await clock.settle();
    const seconds = Number(watches()[0]?.query.timeoutSeconds);
    await clock.advance(seconds * 1000 + 4_999);
    expect(watches()).toHaveLength(1);
    await clock.advance(1);
    expect(watches()).toHaveLength(2);
    expect(streams[0]?.cancelled).toBe(true);
    expect(watches()[0]?.signal?.aborted).toBe(true);
    expect(lists()).toHaveLength(1);
    expect(Number(watches()[1]?.query.timeoutSeconds)).not.toBe(seconds);
  });

  it('leaves out events that make no sense, says so, and goes on', async () => {
    const { clock, informer, streams, lines, version } = setUp();
    informer.start();
    await clock.settle();
    streams[0]?.send('MUTATED', widget('a', 11));
    streams[0]?.send('ADDED', { kind: 'Widget' });
    streams[0]?.raw('"text"\n');
    streams[0]?.raw('null\n');
    streams[0]?.send('MODIFIED', widget('a', 12));
    await clock.settle();
    expect(version('a')).toBe('12');
    expect(lines.filter((line) => line.message === 'A watch event was not understood')).toHaveLength(4);
  });

  it('takes a line that is not JSON for a broken connection', async () => {
    const { clock, informer, streams, watches } = setUp();
    informer.start();
    await clock.advance(5_000);
    streams[0]?.raw('{"type": oops}\n');
    await clock.advance(1_600);
    expect(watches()).toHaveLength(2);
  });

  it('shows an object that was replaced while nobody watched as removed and added', async () => {
    const { clock, informer, streams, state } = setUp();
    const seen: string[] = [];
    informer.onChange(({ old, current }) => seen.push(`${old?.metadata.uid ?? '-'} ${current?.metadata.uid ?? '-'}`));
    informer.start();
    await clock.settle();
    state.list = () => listOf([widget('a', 30, { uid: 'second' })], 40);
    streams[0]?.send('ERROR', gone);
    await clock.advance(2_000);
    expect(seen).toEqual(['- uid-a', 'uid-a -', '- second']);
  });

  it('stays alive when a handler throws', async () => {
    const { clock, informer, streams, version } = setUp();
    informer.onChange(() => {
      throw new Error('broken');
    });
    informer.start();
    await clock.settle();
    streams[0]?.send('MODIFIED', widget('a', 12));
    await clock.settle();
    expect(version('a')).toBe('12');
  });

  it('tells when it last moved', async () => {
    const { clock, informer, streams } = setUp();
    informer.start();
    await clock.advance(60_000);
    const early = informer.lastActivity ?? 0;
    streams[0]?.send('BOOKMARK', bookmark(20));
    await clock.settle();
    expect((informer.lastActivity ?? 0) - early).toBe(60_000);
  });

  it('stops when told, whatever it is doing, and leaves no timer behind', async () => {
    const idle = setUp();
    idle.informer.start();
    await idle.clock.settle();
    await idle.informer.stop();
    expect(idle.clock.nextTimerAt()).toBeUndefined();
    expect(idle.streams[0]?.cancelled).toBe(true);

    const backingOff = setUp({ list: () => failure(500, 'InternalError') });
    backingOff.informer.start();
    await backingOff.clock.advance(10_000);
    await backingOff.informer.stop();
    expect(backingOff.clock.nextTimerAt()).toBeUndefined();

    const listing = setUp({ list: () => new Promise(() => undefined) });
    listing.informer.start();
    await listing.clock.settle();
    await listing.informer.stop();
    expect(listing.clock.nextTimerAt()).toBeUndefined();
    expect(listing.lines).toEqual([]);
  });
});

describe('the scopes of an informer', () => {
  it('are watched apart, filled into one store, and drop only their own objects', async () => {
    const { clock, informer, server, names, watches } = setUp();
    server.handle = (request) => {
      if (request.query.watch === 'true') return new WatchStream().response;
      if (request.path.includes('/team/')) return listOf([widget('a', 5)], 10);
      return listOf([widget('b', 6, { metadata: { namespace: 'other', labels: { shard: '1' } } })], 10);
    };
    informer.start();
    await clock.settle();
    const other = informer.watch({ namespace: 'other', labels: { shard: '1' } });
    expect([informer.synced, other.synced]).toEqual([false, false]);
    await other.waitForSync(new AbortController().signal);
    expect([informer.synced, other.synced]).toEqual([true, true]);
    expect(names()).toEqual(['a', 'b']);
    await clock.settle();
    expect(watches().at(-1)?.query).toMatchObject({ labelSelector: 'shard=1' });
    await other.stop();
    expect(names()).toEqual(['a']);
    expect(watches().at(-1)?.signal?.aborted).toBe(true);
  });

  it('take in writes of their own only: nobody would ever correct the others', async () => {
    const { clock, informer, server, names } = setUp();
    informer.start();
    await clock.settle();
    const elsewhere = widget('a', 20, { metadata: { namespace: 'elsewhere' } });
    server.handle = () => json(elsewhere);
    expect(await informer.client.patch(elsewhere.metadata, {})).toEqual(elsewhere);
    expect(informer.store.get(elsewhere.metadata)).toBeUndefined();
    server.handle = () => json(widget('b', 21));
    await informer.client.patch({ namespace: 'team', name: 'b' }, {});
    expect(names()).toEqual(['a', 'b']);
    await informer.stop();
  });
});
