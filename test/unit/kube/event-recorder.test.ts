import type { EventInput, ObjectReference } from '../../../src/ports/events.ts';
import { EventRecorder } from '../../../src/kube/event-recorder.ts';
import { LruMap } from '../../../src/kube/lru-map.ts';
import { seededRandom, VirtualClock } from '../../support/virtual-clock.ts';
import { failure, FakeServer, json, recordingLogger, type Handler, type LogLine, type SeenRequest } from './support.ts';

const about: ObjectReference = {
  apiVersion: 'example.dev/v1',
  kind: 'Widget',
  namespace: 'team',
  name: 'a',
  uid: 'uid-a',
  resourceVersion: '5',
};
const input: EventInput = { type: 'Warning', reason: 'Throttled', action: 'Reconcile', note: 'The directory asks for patience.' };

interface Body {
  readonly metadata: { readonly name: string };
  readonly note: string;
  readonly series?: { readonly count: number };
}

function setUp(handle: Handler = () => json({}, 201)) {
  const clock = new VirtualClock();
  const lines: LogLine[] = [];
  const server = new FakeServer(handle);
  const recorder = new EventRecorder({
    http: server.http(clock),
    reportingInstance: 'pod-1',
    clock,
    random: seededRandom(5),
    logger: recordingLogger(lines),
  });
  const bodies = (method: string): Body[] =>
    server.requests.filter((request) => request.method === method).map((request) => request.body as Body);
  return { clock, lines, server, recorder, posts: () => bodies('POST'), patches: () => bodies('PATCH') };
}

describe('the event recorder', () => {
  it('writes events.k8s.io/v1 as the API wants it', async () => {
    const { clock, recorder, server } = setUp();
    const whole = { ...about, labels: { person: 'ada@example.com' } };
    recorder.emit(whole, input);
    await clock.settle();
    expect(JSON.stringify(server.requests[0]?.body)).not.toContain('ada@');
    expect(server.requests[0]).toMatchObject({
      method: 'POST',
      path: '/apis/events.k8s.io/v1/namespaces/team/events',
      body: {
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { namespace: 'team' },
        eventTime: '2026-01-05T08:00:00.000000Z',
        reportingController: 'tenantsync.dev/operator',
        reportingInstance: 'pod-1',
        regarding: about,
        ...input,
      },
    });
    const body = server.requests[0]?.body as Body;
    expect(body.metadata.name).toMatch(/^a\.[0-9a-f]{16}$/);
    expect(body).not.toHaveProperty('series');
  });

  it('never throws and never waits', () => {
    const { recorder, server } = setUp(() => new Promise(() => undefined));
    expect(() => recorder.emit(about, input)).not.toThrow();
    expect(server.requests).toEqual([]);
  });

  it('counts equal events in the one that is there', async () => {
    const { clock, recorder, posts, server } = setUp();
    recorder.emit(about, input);
    await clock.advance(60_000);
    recorder.emit(about, input);
    await clock.settle();
    recorder.emit(about, input);
    await clock.settle();
    expect(posts()).toHaveLength(1);
    const patches = server.requests.filter((request: SeenRequest) => request.method === 'PATCH');
    expect(patches.map((request) => request.body)).toEqual([
      { series: { count: 2, lastObservedTime: '2026-01-05T08:01:00.000000Z' } },
      { series: { count: 3, lastObservedTime: '2026-01-05T08:01:00.000000Z' } },
    ]);
    expect(patches[0]?.path).toBe(`/apis/events.k8s.io/v1/namespaces/team/events/${posts()[0]?.metadata.name ?? ''}`);
    expect(patches[0]?.headers['content-type']).toBe('application/merge-patch+json');
  });

  it('writes equal events of one moment once, with their number', async () => {
    const { clock, recorder, server } = setUp();
    for (let n = 0; n < 5; n += 1) recorder.emit(about, input);
    await clock.settle();
    expect(server.requests).toHaveLength(1);
    expect((server.requests[0]?.body as Body).series?.count).toBe(5);
  });

  it('starts a new Event when the old one has expired', async () => {
    const { clock, recorder, server, posts, patches } = setUp();
    recorder.emit(about, input);
    await clock.settle();
    server.handle = (request) => (request.method === 'PATCH' ? failure(404, 'NotFound') : json({}, 201));
    recorder.emit(about, input);
    await clock.settle();
    expect(posts()).toHaveLength(2);
    expect(posts()[1]).not.toHaveProperty('series');
    server.handle = () => json({});
    recorder.emit(about, input);
    await clock.settle();
    expect(posts()).toHaveLength(2);
    expect(patches().at(-1)?.series?.count).toBe(2);
  });

  it('combines more than ten similar events within ten minutes', async () => {
    const { clock, recorder, posts, patches } = setUp();
    for (let n = 0; n < 15; n += 1) {
      recorder.emit(about, { ...input, note: `note ${n}` });
      await clock.settle();
    }
    expect(posts().map((body) => body.note)).toEqual([
      ...Array.from({ length: 10 }, (_, n) => `note ${n}`),
      '(combined from similar events): note 10',
    ]);
    expect(patches().at(-1)?.series?.count).toBe(5);
    recorder.emit(about, { ...input, note: 'note 3' });
    await clock.settle();
    expect(patches().at(-1)?.series?.count).toBe(2);
    await clock.advance(11 * 60_000);
    recorder.emit(about, { ...input, note: 'fresh' });
    await clock.settle();
    expect(posts().at(-1)?.note).toBe('fresh');
  });

  it('gives each object 25 at once and then one per five minutes', async () => {
    const { clock, recorder, server } = setUp();
    for (let n = 0; n < 40; n += 1) {
      recorder.emit(about, { ...input, reason: n % 2 === 0 ? 'Throttled' : 'Succeeded', action: `Action${n}` });
      await clock.settle();
    }
    expect(server.requests).toHaveLength(25);
    recorder.emit({ ...about, name: 'b', uid: 'uid-b' }, input);
    await clock.settle();
    expect(server.requests).toHaveLength(26);
    await clock.advance(5 * 60_000);
    for (let n = 0; n < 3; n += 1) recorder.emit(about, { ...input, action: `Late${n}` });
    await clock.settle();
    expect(server.requests).toHaveLength(27);
  });

  it('cuts long notes to the 1024 bytes the API takes, never inside a character', async () => {
    const { clock, recorder, posts } = setUp();
    recorder.emit(about, { ...input, note: `x${'é'.repeat(2_000)}` });
    await clock.settle();
    const note = posts()[0]?.note ?? '';
    expect(Buffer.byteLength(note)).toBeLessThanOrEqual(1024);
    expect(Buffer.byteLength(note)).toBeGreaterThan(1020);
    expect(note).not.toContain('\uFFFD');
    expect(note.endsWith('...')).toBe(true);
  });

  it('tries again a few times when the server is away, then lets it be', async () => {
    const { clock, recorder, server } = setUp(() => failure(503, 'ServiceUnavailable'));
    recorder.emit(about, input);
    await clock.advance(60_000);
    expect(server.requests).toHaveLength(3);
    server.handle = () => json({}, 201);
    recorder.emit(about, input);
    await clock.settle();
    expect(server.requests).toHaveLength(4);
  });

  it('counts what came while it waited for the server in the one write that follows', async () => {
    const { clock, recorder, server } = setUp(() => failure(503, 'ServiceUnavailable'));
    recorder.emit(about, input);
    await clock.settle();
    server.handle = () => json({}, 201);
    recorder.emit(about, input);
    await clock.advance(60_000);
    expect(server.requests.map((request) => request.method)).toEqual(['POST', 'POST']);
    expect((server.requests[1]?.body as Body).series?.count).toBe(2);
  });

  it('drops what the server refuses, as in a namespace that goes away, without noise', async () => {
    for (const refusal of [
      () => failure(403, 'Forbidden', { causes: [{ reason: 'NamespaceTerminating' }] }),
      () => failure(404, 'NotFound'),
      () => failure(403, 'Forbidden'),
    ]) {
      const { clock, recorder, server, lines } = setUp(refusal);
      recorder.emit(about, input);
      await clock.advance(60_000);
      expect(server.requests).toHaveLength(1);
      expect(lines.filter((line) => line.level !== 'debug')).toEqual([]);
    }
  });

  it('writes what is pending at stop, takes nothing more, and does not wait beyond the deadline', async () => {
    const written = setUp();
    written.recorder.emit(about, input);
    written.recorder.emit(about, { ...input, action: 'Delete' });
    const stopped = written.recorder.stop(5_000);
    await written.clock.settle();
    await stopped;
    expect(written.posts()).toHaveLength(2);
    written.recorder.emit(about, { ...input, action: 'Late' });
    await written.clock.settle();
    expect(written.posts()).toHaveLength(2);

    const hanging = setUp(() => new Promise(() => undefined));
    hanging.recorder.emit(about, input);
    let done = false;
    void hanging.recorder.stop(5_000).then(() => (done = true));
    await hanging.clock.advance(4_999);
    expect(done).toBe(false);
    await hanging.clock.advance(1);
    expect(done).toBe(true);
    expect(hanging.clock.nextTimerAt()).toBeUndefined();
  });

  it('does not let a flood of objects grow without end', async () => {
    const { clock, recorder, server, lines } = setUp();
    for (let n = 0; n < 1_500; n += 1) recorder.emit({ ...about, name: `w${n}`, uid: `u${n}` }, input);
    await clock.settle();
    expect(server.requests.length).toBeLessThanOrEqual(1_001);
    expect(lines.some((line) => line.message.startsWith('Too many events'))).toBe(true);
    const map = new LruMap<number>(2);
    for (const [index, key] of ['a', 'b'].entries()) map.set(key, index);
    map.get('a');
    map.set('c', 2);
    expect([map.get('a'), map.get('b'), map.size]).toEqual([0, undefined, 2]);
  });
});
