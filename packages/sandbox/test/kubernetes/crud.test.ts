import { Cluster, base, widget } from './cluster.ts';

describe('creating', () => {
  test('gives the object a uid, a version, a generation and a creation time in whole seconds', async () => {
    const { metadata } = await new Cluster().create('a');
    expect(metadata).toMatchObject({ name: 'a', namespace: 'default', generation: 1, creationTimestamp: '2026-01-05T08:00:00Z' });
    expect(metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(Number(metadata.resourceVersion)).toBeGreaterThan(0);
  });

  test('drops status, and fills in the defaults of status', async () => {
    const { body } = await new Cluster().call('POST', base, { ...widget('a'), status: { state: 'Old', observedGeneration: 4 } });
    expect(body.status).toEqual({ state: 'New', observedGeneration: -1 });
  });

  test('of a name that is taken is a 409 AlreadyExists', async () => {
    const cluster = new Cluster();
    await cluster.create('a');
    const { status, body } = await cluster.call('POST', base, widget('a'));
    expect(status).toBe(409);
    expect(body).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'widgets.example.dev "a" already exists',
      reason: 'AlreadyExists',
      details: { name: 'a', group: 'example.dev', kind: 'widgets' },
      code: 409,
    });
  });

  test('with generateName appends five letters', async () => {
    const { body } = await new Cluster().call('POST', base, { ...widget(''), metadata: { generateName: 'w-' } });
    expect(body).toMatchObject({ metadata: { name: expect.stringMatching(/^w-[a-z0-9]{5}$/) as string, generateName: 'w-' } });
  });

  test('with dryRun=All checks and answers, and stores nothing', async () => {
    const cluster = new Cluster();
    expect((await cluster.call('POST', `${base}?dryRun=All`, widget('a'))).status).toBe(201);
    expect((await cluster.call('POST', `${base}?dryRun=All`, widget('a', { colour: 'pink' }))).status).toBe(422);
    expect(cluster.kubernetes.count('Widget')).toBe(0);
  });

  test.each([
    ['a missing namespace', '/apis/example.dev/v1/namespaces/nowhere/widgets', widget('a'), 404, 'namespaces "nowhere" not found'],
    [
      'another namespace in the body',
      base,
      widget('a', {}, { namespace: 'other' }),
      400,
      'the namespace of the provided object does not match',
    ],
    [
      'another version in the body',
      base,
      { ...widget('a'), apiVersion: 'example.dev/v2' },
      400,
      'the API version in the data (example.dev/v2)',
    ],
    [
      'a version in the metadata',
      base,
      widget('a', {}, { resourceVersion: '5' }),
      500,
      'resourceVersion should not be set on objects to be created',
    ],
    ['no name', base, { ...widget(''), metadata: {} }, 422, 'metadata.name: Required value: name or generateName is required'],
    ['a bad name', base, widget('A_b'), 422, 'metadata.name: Invalid value: "A_b": a lowercase RFC 1123 subdomain'],
    ['a bad label', base, widget('a', {}, { labels: { x: '-' } }), 422, 'metadata.labels: Invalid value: "-": a valid label'],
  ])('with %s is refused', async (_, path, body, status, message) => {
    const answer = await new Cluster().call('POST', path, body);
    expect(answer.status).toBe(status);
    expect(answer.body.message).toContain(message);
  });

  test('with a body that is no JSON is a 400', async () => {
    expect((await new Cluster().call('POST', base, '{')).body).toMatchObject({ code: 400, reason: 'BadRequest' });
  });
});

describe('reading', () => {
  test('what is not there is a 404 with details', async () => {
    expect((await new Cluster().call('GET', `${base}/a`)).body).toMatchObject({
      code: 404,
      reason: 'NotFound',
      message: 'widgets.example.dev "a" not found',
      details: { name: 'a', group: 'example.dev', kind: 'widgets' },
    });
  });

  test.each(['/apis/example.dev/v1/namespaces/default/gadgets', '/apis/nowhere/v1/things', '/nonsense', '/apis/example.dev/v1/widgets/a'])(
    'the path %s leads nowhere',
    async (path) => {
      expect((await new Cluster().call('GET', path)).status).toBe(404);
    },
  );

  test('what the path does not support is a 405', async () => {
    expect((await new Cluster().call('POST', '/apis/example.dev/v1/widgets', widget('a'))).status).toBe(405);
    expect((await new Cluster().call('PUT', base, widget('a'))).status).toBe(400);
    expect((await new Cluster().call('PUT', '/api/v1/namespaces/default/secrets', {})).status).toBe(405);
  });
});

describe('replacing', () => {
  test('raises the generation when the spec changes, and only then', async () => {
    const cluster = new Cluster();
    const first = await cluster.create('a');
    const relabelled = await cluster.call('PUT', `${base}/a`, { ...first, metadata: { ...first.metadata, labels: { x: 'y' } } });
    expect(relabelled.body).toMatchObject({ metadata: { generation: 1, labels: { x: 'y' } } });
    const changed = await cluster.call('PUT', `${base}/a`, { ...relabelled.body, spec: { colour: 'blue' } });
    expect(changed.body).toMatchObject({ metadata: { generation: 2 }, spec: { colour: 'blue', size: 7 } });
  });

  test('keeps status, uid and creation time', async () => {
    const cluster = new Cluster();
    const first = await cluster.create('a');
    await cluster.clock.advance(5000);
    const metadata = { ...first.metadata, creationTimestamp: '2020-01-01T00:00:00Z', generation: 40 };
    const { body } = await cluster.call('PUT', `${base}/a`, { ...first, metadata, status: { state: 'Hacked' }, spec: { colour: 'green' } });
    expect(body).toMatchObject({
      metadata: { uid: first.metadata.uid, creationTimestamp: first.metadata.creationTimestamp, generation: 2 },
      status: { state: 'New' },
    });
  });

  test('without any change writes nothing', async () => {
    const cluster = new Cluster();
    const first = await cluster.create('a');
    const before = cluster.kubernetes.resourceVersion;
    expect((await cluster.call('PUT', `${base}/a`, first)).body).toEqual(first);
    expect(cluster.kubernetes.resourceVersion).toBe(before);
  });

  test('with an old version is a 409 Conflict', async () => {
    const cluster = new Cluster();
    const first = await cluster.create('a');
    await cluster.call('PUT', `${base}/a`, { ...first, spec: { colour: 'blue' } });
    const { body } = await cluster.call('PUT', `${base}/a`, { ...first, spec: { colour: 'green' } });
    expect(body).toMatchObject({ code: 409, reason: 'Conflict', details: { name: 'a', kind: 'widgets' } });
    expect(body.message).toBe(
      'Operation cannot be fulfilled on widgets.example.dev "a": the object has been modified; please apply your changes to the latest version and try again',
    );
  });

  test('without a version is refused for custom resources, and taken for secrets', async () => {
    const cluster = new Cluster();
    await cluster.create('a');
    expect((await cluster.call('PUT', `${base}/a`, widget('a'))).body.message).toContain(
      'metadata.resourceVersion: Invalid value: 0: must be specified for an update',
    );
    cluster.kubernetes.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace: 'default' } });
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, stringData: { key: 'value' } };
    const { status, body } = await cluster.call('PUT', '/api/v1/namespaces/default/secrets/s', secret);
    expect(status).toBe(200);
    expect(body).toMatchObject({ type: 'Opaque', data: { key: Buffer.from('value').toString('base64') } });
    expect(body).not.toHaveProperty('stringData');
  });

  test('under another name or uid is refused', async () => {
    const cluster = new Cluster();
    const first = await cluster.create('a');
    const renamed = await cluster.call('PUT', `${base}/a`, { ...first, metadata: { ...first.metadata, name: 'b' } });
    expect(renamed.body).toMatchObject({ code: 400, message: 'the name of the object (b) does not match the name on the URL (a)' });
    const successor = await cluster.call('PUT', `${base}/a`, { ...first, metadata: { ...first.metadata, uid: 'x' } });
    expect(successor.body).toMatchObject({ code: 409, reason: 'Conflict' });
  });
});
