import { Cluster, base } from './cluster.ts';

describe('a merge patch', () => {
  test('sets, replaces and removes members, and raises the generation', async () => {
    const cluster = new Cluster();
    await cluster.create('a', { code: 'ab' });
    const { body } = await cluster.call('PATCH', `${base}/a`, { metadata: { labels: { x: 'y' } }, spec: { size: 9, code: null } });
    expect(body).toMatchObject({ metadata: { generation: 2, labels: { x: 'y' } }, spec: { colour: 'red', size: 9 } });
    expect(body.spec).not.toHaveProperty('code');
  });

  test('that removes a member with a default leaves the default', async () => {
    const cluster = new Cluster();
    await cluster.create('a', { size: 9 });
    expect((await cluster.call('PATCH', `${base}/a`, { spec: { size: null } })).body).toMatchObject({ spec: { size: 7 } });
  });

  test('with an old version is a 409, with the present one it is taken', async () => {
    const cluster = new Cluster();
    const { metadata } = await cluster.create('a');
    const patch = (size: number): object => ({ metadata: { resourceVersion: metadata.resourceVersion }, spec: { size } });
    expect((await cluster.call('PATCH', `${base}/a`, patch(1))).status).toBe(200);
    expect((await cluster.call('PATCH', `${base}/a`, patch(2))).body).toMatchObject({ code: 409, reason: 'Conflict' });
  });

  test('that changes nothing writes nothing', async () => {
    const cluster = new Cluster();
    const first = await cluster.create('a');
    expect((await cluster.call('PATCH', `${base}/a`, { spec: { colour: 'red' } })).body).toEqual(first);
  });

  test('of what is not there is a 404', async () => {
    expect((await new Cluster().call('PATCH', `${base}/a`, {})).status).toBe(404);
  });

  test('with an unknown field and strict validation is a 422 about the patch', async () => {
    const cluster = new Cluster();
    await cluster.create('a');
    const { body } = await cluster.call('PATCH', `${base}/a?fieldValidation=Strict`, { spec: { wings: 2 } });
    expect(body).toMatchObject({ code: 422, reason: 'Invalid' });
    expect(body.message).toMatch(/^ "" is invalid: patch: Invalid value: .*: strict decoding error: unknown field "spec\.wings"$/);
  });
});

describe('a JSON patch', () => {
  const type = { 'content-type': 'application/json-patch+json' };

  test('is applied operation by operation', async () => {
    const cluster = new Cluster();
    await cluster.create('a');
    const operations = [
      { op: 'test', path: '/spec/colour', value: 'red' },
      { op: 'replace', path: '/spec/colour', value: 'blue' },
      { op: 'add', path: '/metadata/finalizers', value: ['x.dev/y'] },
    ];
    const { status, body } = await cluster.call('PATCH', `${base}/a`, operations, type);
    expect(status).toBe(200);
    expect(body).toMatchObject({ metadata: { finalizers: ['x.dev/y'] }, spec: { colour: 'blue' } });
  });

  test('whose test fails is a 422 and changes nothing', async () => {
    const cluster = new Cluster();
    const first = await cluster.create('a');
    const operations = [
      { op: 'replace', path: '/spec/colour', value: 'blue' },
      { op: 'test', path: '/spec/size', value: 1 },
    ];
    expect((await cluster.call('PATCH', `${base}/a`, operations, type)).body).toMatchObject({ code: 422, reason: 'Invalid' });
    expect(cluster.kubernetes.get({ kind: 'Widget', namespace: 'default', name: 'a' })).toEqual(first);
  });
});

test('strategic merge patches are taken for built-in kinds and refused with 415 for custom resources', async () => {
  const cluster = new Cluster();
  await cluster.create('a');
  const type = { 'content-type': 'application/strategic-merge-patch+json' };
  const refused = await cluster.call('PATCH', `${base}/a`, {}, type);
  expect(refused.body).toMatchObject({ code: 415, reason: 'UnsupportedMediaType' });
  expect(refused.body.message).toContain('application/json-patch+json, application/merge-patch+json');
  const taken = await cluster.call('PATCH', '/api/v1/namespaces/default', { metadata: { labels: { a: 'b' } } }, type);
  expect(taken.body).toMatchObject({ metadata: { labels: { a: 'b', 'kubernetes.io/metadata.name': 'default' } } });
});

describe('the status subresource', () => {
  test('takes status and nothing else, without raising the generation', async () => {
    const cluster = new Cluster();
    const first = await cluster.create('a');
    const { body } = await cluster.call('PATCH', `${base}/a/status`, {
      metadata: { labels: { x: 'y' } },
      spec: { colour: 'blue' },
      status: { state: 'Done' },
    });
    expect(body).toMatchObject({ metadata: { generation: 1 }, spec: { colour: 'red' }, status: { state: 'Done', observedGeneration: -1 } });
    expect(body.metadata).not.toHaveProperty('labels');
    expect(body.metadata).not.toMatchObject({ resourceVersion: first.metadata.resourceVersion });
  });

  test('is replaced by PUT under the same lock', async () => {
    const cluster = new Cluster();
    const first = await cluster.create('a');
    const put = (state: string): object => ({ ...first, spec: { colour: 'blue' }, status: { state } });
    expect((await cluster.call('PUT', `${base}/a/status`, put('One'))).body).toMatchObject({
      spec: { colour: 'red' },
      status: { state: 'One' },
    });
    expect((await cluster.call('PUT', `${base}/a/status`, put('Two'))).status).toBe(409);
  });

  test('is checked against the schema', async () => {
    const cluster = new Cluster();
    await cluster.create('a');
    const conditions = [
      { type: 'Ready', status: 'True' },
      { type: 'Ready', status: 'False' },
    ];
    expect((await cluster.call('PATCH', `${base}/a/status`, { status: { conditions } })).body.message).toContain(
      'status.conditions[1]: Duplicate value: {"type":"Ready"}',
    );
  });

  test('is left alone by writes to the main resource', async () => {
    const cluster = new Cluster();
    await cluster.create('a');
    await cluster.call('PATCH', `${base}/a/status`, { status: { state: 'Done' } });
    const { body } = await cluster.call('PATCH', `${base}/a`, { spec: { size: 3 }, status: { state: 'Hacked' } });
    expect(body).toMatchObject({ spec: { size: 3 }, status: { state: 'Done' } });
  });

  test('can be read like the resource itself, and is missing where the kind has none', async () => {
    const cluster = new Cluster();
    const first = await cluster.create('a');
    expect((await cluster.call('GET', `${base}/a/status`)).body).toEqual(first);
    expect((await cluster.call('GET', '/api/v1/namespaces/default/secrets/s/status')).status).toBe(404);
  });
});
