import { useServer } from './support/client.ts';

const client = useServer();

describe('a watch', () => {
  test('from a version gives everything after it in order, each event with a version of its own', async () => {
    const api = await client();
    const { metadata } = await api.create('a');
    await api.create('b');
    await api.patch('b', { spec: { size: 2 } });
    await api.call('DELETE', `${api.widgets}/b`);
    const watch = await api.watch(`resourceVersion=${metadata.resourceVersion}`);
    await watch.take(3);
    await api.call('DELETE', `${api.widgets}/a`);
    expect(await watch.take(4)).toEqual(['ADDED b', 'MODIFIED b', 'DELETED b', 'DELETED a']);
    const versions = watch.events.map((event) => Number(event.object.metadata.resourceVersion));
    expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
  });

  test('from the version of a list misses nothing and repeats nothing', async () => {
    const api = await client();
    await api.create('a');
    const version = await api.version();
    await api.create('b');
    expect(await (await api.watch(`resourceVersion=${version}`)).take(1)).toEqual(['ADDED b']);
  });

  test.each(['', 'resourceVersion=0'])('with "%s" begins with what there is, then follows', async (query) => {
    const api = await client();
    await api.create('a');
    await api.version();
    const watch = await api.watch(query);
    expect(await watch.take(1)).toEqual(['ADDED a']);
    await api.create('b');
    expect(await watch.take(2)).toEqual(['ADDED a', 'ADDED b']);
  });

  test('sends a deleted object in its last state, at the version of the deletion', async () => {
    const api = await client();
    const { metadata } = await api.create('a', { size: 9 });
    const watch = await api.watch(`resourceVersion=${metadata.resourceVersion}`);
    await api.call('DELETE', `${api.widgets}/a`);
    const { object } = await watch.takeType('DELETED');
    expect(object).toMatchObject({ kind: 'Widget', metadata: { uid: metadata.uid }, spec: { size: 9 }, status: { state: 'New' } });
    expect(Number(object.metadata.resourceVersion)).toBeGreaterThan(Number(metadata.resourceVersion));
  });

  test('shows a deletion that waits for finalizers as a change, and its end as a deletion', async () => {
    const api = await client();
    const { metadata } = await api.create('a', {}, { finalizers: ['example.dev/held'] });
    const watch = await api.watch(`resourceVersion=${metadata.resourceVersion}`);
    await api.call('DELETE', `${api.widgets}/a`);
    await api.patch('a', { metadata: { finalizers: null } });
    expect(await watch.take(2)).toEqual(['MODIFIED a', 'DELETED a']);
    expect(watch.events[0]?.object.metadata.deletionTimestamp).toBeDefined();
    expect(watch.events[1]?.object.metadata.deletionTimestamp).toBeDefined();
  });

  test('of one namespace does not see another', async () => {
    const [api, other] = [await client(), await client()];
    const watch = await api.watch(`resourceVersion=${await api.version()}`);
    await other.create('x');
    await api.create('a');
    expect(await watch.take(1)).toEqual(['ADDED a']);
  });

  test('of all namespaces sees each', async () => {
    const [api, other] = [await client(), await client()];
    const watch = await api.watch(`resourceVersion=${await api.version()}`, '/apis/contract.example.dev/v1/widgets');
    await other.create('x');
    await api.create('a');
    expect(await watch.take(2)).toEqual(['ADDED x', 'ADDED a']);
  });

  test('of a built-in kind sends whole objects', async () => {
    const api = await client();
    const path = `/api/v1/namespaces/${api.namespace}/secrets`;
    const watch = await api.watch('', path);
    await api.call('POST', path, { metadata: { name: 's' }, stringData: { k: 'v' } });
    await watch.take(1);
    expect(watch.events[0]).toMatchObject({ type: 'ADDED', object: { kind: 'Secret', apiVersion: 'v1', data: { k: 'dg==' } } });
  });
});

describe('a watch with a selector', () => {
  test('by field sees objects enter and leave', async () => {
    const api = await client();
    await api.create('a', { colour: 'blue' });
    const watch = await api.watch(`resourceVersion=${await api.version()}&fieldSelector=spec.colour%3Dred`);
    await api.patch('a', { spec: { colour: 'red' } });
    await api.patch('a', { spec: { size: 3 } });
    const left = await api.patch('a', { spec: { colour: 'green' } });
    await api.patch('a', { spec: { size: 4 } });
    await api.create('z');
    expect(await watch.take(4)).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a', 'ADDED z']);
    expect(watch.events[2]?.object).toMatchObject({
      metadata: { resourceVersion: left.metadata.resourceVersion },
      spec: { colour: 'red', size: 3 },
    });
  });

  test('by label sees objects enter and leave', async () => {
    const api = await client();
    await api.create('a');
    const watch = await api.watch(`resourceVersion=${await api.version()}&labelSelector=team%3Done`);
    await api.patch('a', { metadata: { labels: { team: 'one' } } });
    await api.patch('a', { metadata: { labels: { team: 'two' } } });
    expect(await watch.take(2)).toEqual(['ADDED a', 'DELETED a']);
    expect(watch.events[1]?.object.metadata.labels).toEqual({ team: 'one' });
  });

  test('by name sees one object', async () => {
    const api = await client();
    const watch = await api.watch(`resourceVersion=${await api.version()}&fieldSelector=metadata.name%3Db`);
    for (const name of ['a', 'b', 'bb']) await api.create(name);
    await api.patch('b', { spec: { size: 3 } });
    expect(await watch.take(2)).toEqual(['ADDED b', 'MODIFIED b']);
  });
});

describe('the end of a watch', () => {
  test('comes by itself after timeoutSeconds, cleanly', async () => {
    const api = await client();
    const watch = await api.watch(`resourceVersion=${await api.version()}&timeoutSeconds=1`);
    await watch.end();
    expect([watch.events, watch.error]).toEqual([[], undefined]);
  });

  test('is preceded by a bookmark, when bookmarks are allowed and the kind has changed elsewhere', async () => {
    const [api, other] = [await client(), await client()];
    const watch = await api.watch(`resourceVersion=${await api.version()}&timeoutSeconds=4&allowWatchBookmarks=true`);
    const elsewhere = await other.create('x');
    const { object } = await watch.takeType('BOOKMARK');
    expect(object).toEqual({
      kind: 'Widget',
      apiVersion: 'contract.example.dev/v1',
      metadata: { resourceVersion: expect.stringMatching(/^\d+$/) as string },
    });
    expect(Number(object.metadata.resourceVersion)).toBeGreaterThanOrEqual(Number(elsewhere.metadata.resourceVersion));
    await watch.end();
    expect([new Set(watch.outline), watch.error]).toEqual([new Set(['BOOKMARK ']), undefined]);
    const after = await api.watch(`resourceVersion=${object.metadata.resourceVersion ?? ''}`);
    await api.create('b');
    expect(await after.take(1)).toEqual(['ADDED b']);
  });

  test('from a forgotten version comes at once, with an ERROR that holds a 410', async () => {
    const api = await client();
    await api.create('a');
    await api.server.compact?.();
    const watch = await api.watch('resourceVersion=2');
    await watch.end();
    expect(watch.status).toBe(200);
    expect(watch.events).toEqual([
      {
        type: 'ERROR',
        object: {
          kind: 'Status',
          apiVersion: 'v1',
          metadata: {},
          status: 'Failure',
          message: expect.stringMatching(/^too old resource version: 2 \(\d+\)$/) as string,
          reason: 'Expired',
          code: 410,
        },
      },
    ]);
  });
});

describe('initial events on demand', () => {
  const stream = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';

  test('end with a bookmark that says so; what happens afterwards follows', async () => {
    const api = await client();
    await api.create('a');
    const watch = await api.watch(stream);
    expect(await watch.take(2)).toEqual(['ADDED a', 'BOOKMARK ']);
    expect(watch.events[1]?.object.metadata).toEqual({
      annotations: { 'k8s.io/initial-events-end': 'true' },
      resourceVersion: expect.stringMatching(/^\d+$/) as string,
    });
    await api.create('b');
    expect((await watch.take(3)).slice(2)).toEqual(['ADDED b']);
  });

  test('of an empty namespace are the bookmark alone', async () => {
    const api = await client();
    expect(await (await api.watch(stream)).take(1)).toEqual(['BOOKMARK ']);
  });

  test('without resourceVersionMatch=NotOlderThan are refused', async () => {
    const api = await client();
    const { body } = await api.get(`${api.widgets}?watch=true&sendInitialEvents=true`);
    expect(body).toMatchObject({ code: 422, reason: 'Invalid' });
    expect(body.message).toBe(
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
    );
  });
});
