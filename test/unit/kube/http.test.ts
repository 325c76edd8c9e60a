import { KubeHttp } from '../../../src/kube/http.ts';
import { KubeError } from '../../../src/ports/resources.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { failure, FakeServer, json, RecordingMetrics, WatchStream, type Handler } from './support.ts';

function setUp(handle: Handler) {
  const clock = new VirtualClock();
  const recording = new RecordingMetrics();
  const server = new FakeServer(handle);
  const http = server.http(clock, recording);
  const get = (): Promise<unknown> => http.json({ method: 'GET', path: '/api/v1/things' });
  const refusal = async (): Promise<KubeError> => {
    const error: unknown = await get().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(KubeError);
    return error as KubeError;
  };
  return { clock, recording, server, http, get, refusal };
}

const never = (): Promise<Response> => new Promise(() => undefined);

describe('requests to the Kubernetes API', () => {
  it('carry JSON, the caller’s content type, the user agent and only the parameters that are set', async () => {
    const { http, server } = setUp(() => json({ ok: true }));
    const answer = await http.json({
      method: 'PATCH',
      path: '/apis/example.dev/v1/x',
      query: { fieldManager: 'tenantsync', limit: 5, continue: undefined },
      body: { a: null },
      contentType: 'application/merge-patch+json',
    });
    expect(answer).toEqual({ ok: true });
    expect(server.requests[0]).toMatchObject({
      method: 'PATCH',
      path: '/apis/example.dev/v1/x',
      query: { fieldManager: 'tenantsync', limit: '5' },
      body: { a: null },
      headers: { 'content-type': 'application/merge-patch+json', 'user-agent': 'tenantsync/test', accept: 'application/json' },
    });
    expect(server.requests[0]?.query).not.toHaveProperty('continue');
  });

  it('ask for the credentials anew each time', async () => {
    const server = new FakeServer(() => json({}));
    let token = 0;
    const http = new KubeHttp({
      fetch: server.fetch,
      baseUrl: 'https://kube.test/prefix/',
      headers: () => Promise.resolve({ authorization: `Bearer ${(token += 1)}` }),
      userAgent: 'x',
      timeoutMs: 1_000,
      clock: new VirtualClock(),
      metrics: new RecordingMetrics().metrics,
    });
    await http.json({ method: 'GET', path: '/a' });
    await http.json({ method: 'GET', path: '/a' });
    expect(server.requests.map((request) => request.headers.authorization)).toEqual(['Bearer 1', 'Bearer 2']);
    expect(server.requests[0]?.path).toBe('/prefix/a');
  });

  it.each([
    [400, 'BadRequest', 'Invalid'],
    [401, 'Unauthorized', 'Unauthorized'],
    [403, 'Forbidden', 'Forbidden'],
    [404, 'NotFound', 'NotFound'],
    [409, 'AlreadyExists', 'AlreadyExists'],
    [409, 'Conflict', 'Conflict'],
    [410, 'Expired', 'Expired'],
    [410, 'Gone', 'Expired'],
    [413, 'RequestEntityTooLarge', 'Invalid'],
    [422, 'Invalid', 'Invalid'],
    [429, 'TooManyRequests', 'TooManyRequests'],
    [500, 'InternalError', 'Unavailable'],
    [503, 'ServiceUnavailable', 'Unavailable'],
    [504, 'Timeout', 'Unavailable'],
  ])('fail with what %i %s means: %s', async (code, reason, kind) => {
    const { refusal } = setUp(() => failure(code, reason));
    expect(await refusal()).toMatchObject({ kind, status: code, message: `${reason} happened` });
  });

  it.each([
    ['GET', '/apis/tenantsync.dev/v1alpha1/userprojections', {}, 'list', 'userprojections'],
    ['GET', '/apis/tenantsync.dev/v1alpha1/namespaces/a/userprojections', { watch: true }, 'watch', 'userprojections'],
    ['GET', '/api/v1/namespaces/a/secrets/credentials', {}, 'get', 'secrets'],
    ['GET', '/api/v1/namespaces/a', {}, 'get', 'namespaces'],
    ['POST', '/api/v1/namespaces/a/serviceaccounts/b/token', {}, 'create', 'serviceaccounts/token'],
    ['PATCH', '/apis/tenantsync.dev/v1alpha1/namespaces/a/userprojections/namespaces/status', {}, 'patch', 'userprojections/status'],
    ['DELETE', '/apis/tenantsync.dev/v1alpha1/namespaces/a/userprojections/b', {}, 'delete', 'userprojections'],
  ] as const)('say what was asked: %s %s', async (method, path, query, verb, resource) => {
    const { http } = setUp(() => failure(403, 'Forbidden'));
    await expect(http.json({ method, path, query })).rejects.toMatchObject({ kind: 'Forbidden', request: { verb, resource } });
    await expect(http.stream({ method, path, query })).rejects.toMatchObject({ request: { verb, resource } });
  });

  it('tell a terminating namespace from missing permission', async () => {
    const { refusal } = setUp(() => failure(403, 'Forbidden', { causes: [{ reason: 'NamespaceTerminating', message: 'x', field: 'y' }] }));
    expect((await refusal()).kind).toBe('NamespaceTerminating');
  });

  it('understand a proxy’s page instead of a Status', async () => {
    const { refusal } = setUp(() => new Response('<html>bad gateway</html>', { status: 502 }));
    expect(await refusal()).toMatchObject({ kind: 'Unavailable', status: 502, message: 'status 502' });
  });

  it('fail when the answer is not JSON', async () => {
    const { refusal } = setUp(() => new Response('fine', { status: 200 }));
    expect((await refusal()).kind).toBe('Unavailable');
  });

  it('fail with status 0 and the cause when no answer came', async () => {
    const cause = new Error('ECONNREFUSED');
    const { refusal, recording } = setUp(() => Promise.reject(cause));
    expect(await refusal()).toMatchObject({ kind: 'Unavailable', status: 0, cause });
    expect(recording.value('restClientRequests', { code: '<error>', method: 'GET', host: 'kube.test' })).toBe(1);
  });

  it('believe a Retry-After for five minutes at most, from the header and from the Status', async () => {
    const waits = (seconds: unknown, header?: string) =>
      setUp(() => failure(429, 'TooManyRequests', { retryAfterSeconds: seconds }, header === undefined ? {} : { 'retry-after': header }))
        .refusal()
        .then((error) => error.retryAfterMs);
    await expect(waits(31_536_000)).resolves.toBe(300_000);
    await expect(waits(undefined, '31536000')).resolves.toBe(300_000);
    await expect(waits(undefined, 'Fri, 05 Jan 2126 08:00:00 GMT')).resolves.toBe(300_000);
    for (const nonsense of [0, -5, 'soon', null]) await expect(waits(nonsense)).resolves.toBeUndefined();
  });

  it('read Retry-After from the header before the Status', async () => {
    expect(
      (await setUp(() => failure(429, 'TooManyRequests', { retryAfterSeconds: 9 }, { 'retry-after': '2' })).refusal()).retryAfterMs,
    ).toBe(2_000);
    expect((await setUp(() => failure(429, 'TooManyRequests', { retryAfterSeconds: 9 })).refusal()).retryAfterMs).toBe(9_000);
    expect((await setUp(() => failure(500, 'InternalError')).refusal()).retryAfterMs).toBeUndefined();
  });

  it('send texts as the server stores them', async () => {
    const { http, server } = setUp(() => Promise.resolve(new Response('{}')));
    await http.json({ method: 'POST', path: '/x', body: { name: 'Zo\ud83d', 'k\ude00': '👩‍🚀' } });
    expect(server.requests.at(-1)?.body).toEqual({ name: 'Zo\ufffd', 'k\ufffd': '👩‍🚀' });
  });

  it('end at 64 MB unpacked, whatever the status, and tell the server', async () => {
    for (const status of [200, 500]) {
      let ended = false;
      const body = new ReadableStream({ pull: (to) => to.enqueue(new Uint8Array(2 ** 20)), cancel: () => void (ended = true) });
      const { refusal } = setUp(() => Promise.resolve(new Response(body, { status })));
      expect(await refusal()).toMatchObject({ kind: 'Unavailable', cause: { name: 'AnswerTooLarge' } });
      expect(ended).toBe(true);
    }
  });

  it('take no answer that is nested without an end', async () => {
    const { refusal } = setUp(() => Promise.resolve(new Response('['.repeat(2 ** 20))));
    expect(await refusal()).toMatchObject({ kind: 'Unavailable', message: 'the answer is not JSON' });
  });

  it('end at their timeout although the server never answers, and tell the transport', async () => {
    const { clock, refusal, server } = setUp(never);
    const refused = refusal();
    await clock.advance(30_000);
    expect(await refused).toMatchObject({ kind: 'Unavailable', message: 'the request timed out' });
    expect(server.requests[0]?.signal?.aborted).toBe(true);
  });

  it('end at their timeout also while the body is coming', async () => {
    const { clock, refusal } = setUp(() => new WatchStream().response);
    const refused = refusal();
    await clock.advance(30_000);
    expect((await refused).kind).toBe('Unavailable');
  });

  it('end as soon as the caller aborts, also when aborted before the start', async () => {
    const { clock, http } = setUp(never);
    const ending = new AbortController();
    const request = http.json({ method: 'GET', path: '/a', signal: ending.signal });
    const outcome = request.catch((error: unknown) => error);
    await clock.settle();
    ending.abort();
    expect(await outcome).toMatchObject({ kind: 'Unavailable', message: 'the request was aborted' });
    await expect(http.json({ method: 'GET', path: '/a', signal: ending.signal })).rejects.toMatchObject({ kind: 'Unavailable' });
    expect(clock.nextTimerAt()).toBeUndefined();
  });

  it('leave no timer behind, and are counted by code, method and host', async () => {
    const { clock, get, recording, server } = setUp(() => json({}));
    await get();
    await get();
    server.handle = () => failure(404, 'NotFound');
    await get().catch(() => undefined);
    expect(clock.nextTimerAt()).toBeUndefined();
    expect(recording.value('restClientRequests', { code: '200', method: 'GET', host: 'kube.test' })).toBe(2);
    expect(recording.value('restClientRequests', { code: '404', method: 'GET', host: 'kube.test' })).toBe(1);
  });

  it('do not time out a stream that has begun, but still end it for the caller', async () => {
    const stream = new WatchStream();
    const { clock, http, server } = setUp(() => stream.response);
    const ending = new AbortController();
    const body = await http.stream({ method: 'GET', path: '/a', signal: ending.signal });
    await clock.advance(3_600_000);
    expect(server.requests[0]?.signal?.aborted).toBe(false);
    ending.abort();
    expect(server.requests[0]?.signal?.aborted).toBe(true);
    await body.cancel();
  });

  it('reject a stream that the server refuses, and leave no timer behind', async () => {
    const { clock, http } = setUp(() => failure(410, 'Expired'));
    await expect(http.stream({ method: 'GET', path: '/a' })).rejects.toMatchObject({ kind: 'Expired', status: 410 });
    expect(clock.nextTimerAt()).toBeUndefined();
  });

  it('time out a stream that does not begin', async () => {
    const { clock, http } = setUp(never);
    const outcome = http.stream({ method: 'GET', path: '/a' }).catch((error: unknown) => error);
    await clock.advance(30_000);
    expect(await outcome).toMatchObject({ kind: 'Unavailable' });
    expect(clock.nextTimerAt()).toBeUndefined();
  });
});
