import type { FaultEffect } from '../../kubernetes/types.ts';
import { Cluster, base, outline, widget } from './cluster.ts';

describe('a fault', () => {
  test('of status 429 says when to come back, and is over after its times', async () => {
    const cluster = new Cluster();
    cluster.kubernetes.faults.add({ match: { method: 'POST' }, times: 2, effect: { status: 429, retryAfterSeconds: 7 } });
    const answers = [];
    for (let i = 0; i < 3; i += 1) answers.push(await cluster.call('POST', base, widget('a')));
    expect(answers.map((answer) => answer.status)).toEqual([429, 429, 201]);
    expect(answers[0]?.headers.get('retry-after')).toBe('7');
    expect(answers[0]?.body).toMatchObject({ reason: 'TooManyRequests', details: { retryAfterSeconds: 7 } });
  });

  test.each([
    [500, 'InternalError'],
    [409, 'Conflict'],
    [410, 'Expired'],
    [503, 'ServiceUnavailable'],
  ])('of status %i has the reason %s', async (status, reason) => {
    const cluster = new Cluster();
    cluster.kubernetes.faults.add({ effect: { status } });
    expect((await cluster.call('GET', base)).body).toMatchObject({ code: status, reason });
  });

  test('dropBefore breaks the connection before anything happens, dropAfter when it has happened', async () => {
    const cluster = new Cluster();
    cluster.kubernetes.faults.add({ effect: 'dropBefore' });
    await expect(cluster.call('POST', base, widget('a'))).rejects.toThrow('fetch failed');
    expect(cluster.kubernetes.count('Widget')).toBe(0);
    cluster.kubernetes.faults.add({ effect: 'dropAfter' });
    await expect(cluster.call('POST', base, widget('a'))).rejects.toThrow('fetch failed');
    expect(cluster.kubernetes.count('Widget')).toBe(1);
    expect(cluster.kubernetes.requests.map((request) => request.status)).toEqual([undefined, undefined]);
  });

  test('hits the requests that match, and can be taken back', async () => {
    const cluster = new Cluster();
    const remove = cluster.kubernetes.faults.add({ match: { path: /widgets$/, userAgent: 'bad' }, times: 99, effect: { status: 500 } });
    expect((await cluster.call('GET', base, undefined, { 'user-agent': 'bad/1.0' })).status).toBe(500);
    expect((await cluster.call('GET', base, undefined, { 'user-agent': 'good' })).status).toBe(200);
    expect((await cluster.call('GET', `${base}/a`, undefined, { 'user-agent': 'bad' })).status).toBe(404);
    remove();
    expect((await cluster.call('GET', base, undefined, { 'user-agent': 'bad' })).status).toBe(200);
  });

  test('with a probability hits about that share, until it is cleared', async () => {
    const cluster = new Cluster();
    cluster.kubernetes.faults.add({ probability: 0.3, effect: { status: 500 } });
    let hits = 0;
    for (let i = 0; i < 300; i += 1) if ((await cluster.call('GET', base)).status === 500) hits += 1;
    expect(hits).toBeGreaterThan(60);
    expect(hits).toBeLessThan(120);
    cluster.kubernetes.faults.clear();
    expect((await cluster.call('GET', base)).status).toBe(200);
  });
});

describe('a fault of a watch', () => {
  async function watched(effect: FaultEffect): Promise<[Cluster, Awaited<ReturnType<Cluster['watch']>>]> {
    const cluster = new Cluster();
    cluster.kubernetes.faults.add({ effect, afterEvents: 1 });
    await cluster.call('GET', base);
    const watch = await cluster.watch(`allowWatchBookmarks=true&resourceVersion=${cluster.kubernetes.resourceVersion}`);
    await cluster.create('a');
    await cluster.create('b');
    await cluster.clock.advance(60_000);
    return [cluster, watch];
  }

  test('dropWatch breaks the stream off with an error', async () => {
    const [cluster, watch] = await watched('dropWatch');
    expect(outline(watch).filter((line) => line.startsWith('ADDED'))).toEqual(['ADDED a']);
    expect(watch.error()).toEqual(new TypeError('terminated'));
    expect(cluster.kubernetes.openWatches).toBe(0);
  });

  test('halfClose ends the stream cleanly, an event too early', async () => {
    const [, watch] = await watched('halfClose');
    expect([outline(watch), watch.ended(), watch.error()]).toEqual([['ADDED a'], true, undefined]);
  });

  test('stallWatch keeps the stream open and says nothing, no bookmark either', async () => {
    const [cluster, watch] = await watched('stallWatch');
    expect([outline(watch), watch.ended()]).toEqual([['ADDED a'], false]);
    expect(cluster.kubernetes.openWatches).toBe(1);
  });
});

describe('the request log', () => {
  test('tells method, path, query, user agent, body and status, in order', async () => {
    const cluster = new Cluster();
    await cluster.call('POST', `${base}?fieldManager=me`, widget('a'), { 'user-agent': 'tester/1' });
    await cluster.call('GET', `${base}/b`);
    expect(cluster.kubernetes.requests).toMatchObject([
      {
        number: 1,
        method: 'POST',
        path: base,
        query: 'fieldManager=me',
        userAgent: 'tester/1',
        user: 'system:admin',
        status: 201,
        watch: false,
      },
      { number: 2, method: 'GET', path: `${base}/b`, status: 404 },
    ]);
    expect(JSON.parse(cluster.kubernetes.requests[0]?.body ?? '')).toEqual(widget('a'));
    cluster.kubernetes.clearRequests();
    expect(cluster.kubernetes.requests).toEqual([]);
  });

  test('says nothing of what tests do past the API', () => {
    const cluster = new Cluster();
    cluster.kubernetes.apply(widget('a'));
    expect(cluster.kubernetes.requests).toEqual([]);
  });
});

describe('hooks', () => {
  test('before the server sees a request can stop it', async () => {
    const cluster = new Cluster();
    const remove = cluster.kubernetes.hooks.before((request) => {
      if (request.method === 'POST') throw new Error('killed');
    });
    await expect(cluster.create('a')).rejects.toThrow('killed');
    expect(cluster.kubernetes.count('Widget')).toBe(0);
    remove();
    await cluster.create('a');
  });

  test('after it has taken effect can keep the answer from the client', async () => {
    const cluster = new Cluster();
    cluster.kubernetes.hooks.after((request) => {
      if (request.status === 201) throw new Error('killed');
    });
    await expect(cluster.create('a')).rejects.toThrow('killed');
    expect(cluster.kubernetes.count('Widget')).toBe(1);
  });
});

test('a hook can hold a request until the client gives up', async () => {
  const cluster = new Cluster();
  cluster.kubernetes.hooks.after(() => new Promise<void>(() => undefined));
  const abort = new AbortController();
  const body = JSON.stringify(widget('a'));
  const request = cluster.kubernetes.fetch(`https://k${base}`, { method: 'POST', headers: {}, body, signal: abort.signal });
  await cluster.clock.settle();
  expect(cluster.kubernetes.count('Widget')).toBe(1);
  abort.abort(new Error('enough'));
  await expect(request).rejects.toThrow('enough');
});

test('latency passes on the clock, and an abort cuts it short', async () => {
  const cluster = new Cluster();
  cluster.kubernetes.setLatency(500);
  let status: number | undefined;
  void cluster.call('GET', base).then((answer) => (status = answer.status));
  await cluster.clock.advance(499);
  expect(status).toBeUndefined();
  await cluster.clock.advance(1);
  expect(status).toBe(200);

  const abort = new AbortController();
  const request = cluster.kubernetes.fetch(`https://k${base}`, { method: 'GET', headers: {}, signal: abort.signal });
  abort.abort(new Error('enough'));
  await expect(request).rejects.toThrow('enough');
});
