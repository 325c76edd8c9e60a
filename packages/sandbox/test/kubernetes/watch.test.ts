import { Cluster, base, outline, widget } from './cluster.ts';

describe('a watch', () => {
  test('without a version begins with what there is, then follows', async () => {
    const cluster = new Cluster();
    await cluster.create('a');
    const watch = await cluster.watch('');
    await cluster.create('b');
    await cluster.call('PATCH', `${base}/a`, { spec: { size: 2 } });
    await cluster.call('DELETE', `${base}/b`);
    await cluster.clock.settle();
    expect(outline(watch)).toEqual(['ADDED a', 'ADDED b', 'MODIFIED a', 'DELETED b']);
  });

  test('from a version gives everything after it, in order, and each event its own version', async () => {
    const cluster = new Cluster();
    const { metadata } = await cluster.create('a');
    await cluster.create('b');
    await cluster.call('DELETE', `${base}/b`);
    const watch = await cluster.watch(`resourceVersion=${metadata.resourceVersion ?? ''}`);
    await cluster.call('DELETE', `${base}/a`);
    await cluster.clock.settle();
    expect(outline(watch)).toEqual(['ADDED b', 'DELETED b', 'DELETED a']);
    const versions = watch.events.map((event) => Number(event.object.metadata.resourceVersion));
    expect(versions).toEqual([...versions].sort((a, b) => a - b));
    expect(new Set(versions).size).toBe(3);
  });

  test('from a forgotten version gets an ERROR with a 410 and ends', async () => {
    const cluster = new Cluster();
    const { metadata } = await cluster.create('a');
    await cluster.create('b');
    cluster.kubernetes.compact();
    const watch = await cluster.watch(`resourceVersion=${metadata.resourceVersion ?? ''}`);
    expect(watch.events).toMatchObject([{ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } }]);
    expect(watch.ended()).toBe(true);
    expect(cluster.kubernetes.openWatches).toBe(0);
  });

  test('is forgotten by as many events as the history holds', async () => {
    const cluster = new Cluster({ historyLimit: 3 });
    const { metadata } = await cluster.create('a');
    for (const name of ['b', 'c', 'd']) await cluster.create(name);
    const from = `resourceVersion=${metadata.resourceVersion ?? ''}`;
    expect(outline(await cluster.watch(from))).toEqual(['ADDED b', 'ADDED c', 'ADDED d']);
    await cluster.create('e');
    expect((await cluster.watch(from)).events).toMatchObject([{ type: 'ERROR' }]);
  });

  test('with a selector sees objects enter and leave it', async () => {
    const cluster = new Cluster();
    await cluster.create('a', { colour: 'blue' });
    const watch = await cluster.watch(`resourceVersion=${cluster.kubernetes.resourceVersion}&fieldSelector=spec.colour%3Dred`);
    await cluster.call('PATCH', `${base}/a`, { spec: { colour: 'red' } });
    await cluster.call('PATCH', `${base}/a`, { spec: { size: 3 } });
    await cluster.call('PATCH', `${base}/a`, { spec: { colour: 'green' } });
    await cluster.call('PATCH', `${base}/a`, { spec: { size: 4 } });
    await cluster.clock.settle();
    expect(outline(watch)).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a']);
    expect(watch.events[2]?.object).toMatchObject({ spec: { colour: 'red', size: 3 } });
    expect(Number(watch.events[2]?.object.metadata.resourceVersion)).toBe(Number(watch.events[1]?.object.metadata.resourceVersion) + 1);
  });

  test('of one namespace does not see another', async () => {
    const cluster = new Cluster({ namespaces: ['other'] });
    const watch = await cluster.watch('');
    await cluster.call('POST', '/apis/example.dev/v1/namespaces/other/widgets', widget('x'));
    await cluster.create('a');
    await cluster.clock.settle();
    expect(outline(watch)).toEqual(['ADDED a']);
  });

  test('ends by itself after timeoutSeconds', async () => {
    const cluster = new Cluster();
    const watch = await cluster.watch('timeoutSeconds=30');
    await cluster.clock.advance(29_000);
    expect(watch.ended()).toBe(false);
    await cluster.clock.advance(1000);
    expect([watch.ended(), watch.error()]).toEqual([true, undefined]);
  });

  test('without timeoutSeconds ends between half an hour and an hour', async () => {
    const cluster = new Cluster();
    const watch = await cluster.watch('');
    await cluster.clock.advance(1_799_000);
    expect(watch.ended()).toBe(false);
    await cluster.clock.advance(1_801_000);
    expect(watch.ended()).toBe(true);
  });

  test('ends when the client aborts, and leaves nothing behind', async () => {
    const cluster = new Cluster();
    const watch = await cluster.watch('allowWatchBookmarks=true');
    expect(cluster.kubernetes.openWatches).toBe(1);
    watch.abort();
    await cluster.clock.settle();
    expect(watch.error()).toEqual(new Error('enough'));
    expect(cluster.kubernetes.openWatches).toBe(0);
    expect(cluster.clock.nextTimerAt()).toBeUndefined();
  });

  test('breaks off when the server drops all watches', async () => {
    const cluster = new Cluster();
    const watch = await cluster.watch('');
    cluster.kubernetes.dropWatches();
    await cluster.clock.settle();
    expect(watch.error()).toEqual(new TypeError('terminated'));
  });
});

describe('bookmarks', () => {
  test('come every minute with the latest version, when they are allowed', async () => {
    const cluster = new Cluster();
    const watch = await cluster.watch(`allowWatchBookmarks=true&resourceVersion=${cluster.kubernetes.resourceVersion}`);
    const silent = await cluster.watch(`resourceVersion=${cluster.kubernetes.resourceVersion}`);
    cluster.kubernetes.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'elsewhere', namespace: 'default' } });
    await cluster.clock.advance(125_000);
    const bookmark = {
      type: 'BOOKMARK',
      object: { kind: 'Widget', apiVersion: 'example.dev/v1', metadata: { resourceVersion: cluster.kubernetes.resourceVersion } },
    };
    expect(watch.events).toEqual([bookmark, bookmark]);
    expect(silent.events).toEqual([]);
  });

  test('end the initial events of a watch that asks for them', async () => {
    const cluster = new Cluster();
    await cluster.create('a');
    const watch = await cluster.watch('sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true');
    expect(outline(watch)).toEqual(['ADDED a', 'BOOKMARK ']);
    expect(watch.events[1]?.object.metadata).toEqual({
      resourceVersion: cluster.kubernetes.resourceVersion,
      annotations: { 'k8s.io/initial-events-end': 'true' },
    });
    await cluster.create('b');
    await cluster.clock.settle();
    expect(outline(watch).slice(2)).toEqual(['ADDED b']);
  });

  test('sendInitialEvents without resourceVersionMatch=NotOlderThan is a 422', async () => {
    const { body } = await new Cluster().call('GET', `${base}?watch=true&sendInitialEvents=true`);
    expect(body).toMatchObject({ code: 422, reason: 'Invalid' });
  });
});

test('a watch in table form sends each event as a table', async () => {
  const cluster = new Cluster();
  const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
  const watch = await cluster.watch('', base, { accept });
  await cluster.create('a');
  await cluster.clock.settle();
  expect(watch.events).toMatchObject([{ type: 'ADDED', object: { kind: 'Table', rows: [{ cells: ['a', 'red', 7, null, null, '0s'] }] } }]);
});
