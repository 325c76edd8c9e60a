import { useServer, type Client } from './support/client.ts';

const client = useServer();
const jsonPatch = { 'content-type': 'application/json-patch+json' };

async function withWidget(spec: object = {}, metadata: object = {}): Promise<Client> {
  const api = await client();
  await api.create('a', spec, metadata);
  return api;
}

describe('a merge patch', () => {
  test('sets, replaces and removes members, and leaves the others alone', async () => {
    const api = await withWidget({ code: 'ab' }, { labels: { keep: 'k', drop: 'd' } });
    const patched = await api.patch('a', { metadata: { labels: { add: 'a', drop: null } }, spec: { size: 9, code: null } });
    expect(patched.metadata.labels).toEqual({ keep: 'k', add: 'a' });
    expect(patched.spec).toEqual({ colour: 'red', size: 9 });
  });

  test('replaces lists as a whole', async () => {
    const api = await withWidget({ parts: [{ name: 'p', count: 2 }, { name: 'q' }] });
    expect((await api.patch('a', { spec: { parts: [{ name: 'q' }] } })).spec).toMatchObject({ parts: [{ name: 'q', count: 1 }] });
  });

  test('of null to a member that is not there changes nothing', async () => {
    const api = await withWidget();
    const before = await api.patch('a', {});
    expect((await api.patch('a', { spec: { code: null, options: { fast: null } } })).spec).toEqual({
      colour: 'red',
      size: 7,
      options: { fast: false },
    });
    expect(before.spec).toEqual({ colour: 'red', size: 7 });
  });

  test('of null to a member with a default puts the default back', async () => {
    const api = await withWidget({ size: 9 });
    expect((await api.patch('a', { spec: { size: null } })).spec).toEqual({ colour: 'red', size: 7 });
  });

  test('of null inside a list keeps it where the schema says nullable', async () => {
    const api = await withWidget({ extra: { list: [1] } });
    expect((await api.patch('a', { spec: { extra: { list: [null] } } })).spec).toMatchObject({ extra: { list: [null] } });
  });

  test('that breaks the schema is a 422', async () => {
    const api = await withWidget();
    const { body } = await api.call('PATCH', `${api.widgets}/a`, { spec: { colour: null } });
    expect(body).toMatchObject({ code: 422, reason: 'Invalid', message: expect.stringContaining('spec.colour: Required value') as string });
  });

  test('cannot change the name', async () => {
    const api = await withWidget();
    const { body } = await api.call('PATCH', `${api.widgets}/a`, { metadata: { name: 'b' } });
    expect(body).toMatchObject({ code: 400, message: 'the name of the object (b) does not match the name on the URL (a)' });
  });

  test('cannot change what the server keeps', async () => {
    const api = await withWidget();
    const patched = await api.patch('a', { metadata: { generation: 40, creationTimestamp: '2020-01-01T00:00:00Z', selfLink: '/x' } });
    expect(patched.metadata.generation).toBe(1);
    expect(patched.metadata.creationTimestamp).not.toBe('2020-01-01T00:00:00Z');
    const { body } = await api.call('PATCH', `${api.widgets}/a`, { metadata: { deletionTimestamp: '2020-01-01T00:00:00Z' } });
    expect(body.message).toBe(
      'Widget.contract.example.dev "a" is invalid: metadata.deletionTimestamp: Invalid value: "2020-01-01T00:00:00Z": field is immutable',
    );
  });

  test('that is no object is a 400', async () => {
    const api = await withWidget();
    for (const text of ['[', '[]', '"x"']) expect((await api.call('PATCH', `${api.widgets}/a`, text)).status).toBe(400);
  });

  test('with dryRun=All answers and stores nothing', async () => {
    const api = await withWidget();
    const { body } = await api.call('PATCH', `${api.widgets}/a?dryRun=All`, { spec: { size: 9 } });
    expect(body.spec).toMatchObject({ size: 9 });
    expect((await api.get(`${api.widgets}/a`)).body.spec).toMatchObject({ size: 7 });
  });
});

describe('a JSON patch', () => {
  test('adds, replaces, removes, moves and copies in order', async () => {
    const api = await withWidget({ tags: ['x'], code: 'ab' });
    const operations = [
      { op: 'add', path: '/spec/tags/-', value: 'z' },
      { op: 'add', path: '/spec/tags/1', value: 'y' },
      { op: 'replace', path: '/spec/size', value: 9 },
      { op: 'remove', path: '/spec/code' },
      { op: 'add', path: '/metadata/annotations', value: { 'example.dev/a': '1' } },
      { op: 'copy', from: '/metadata/annotations/example.dev~1a', path: '/metadata/annotations/b' },
    ];
    const { status, body } = await api.call('PATCH', `${api.widgets}/a`, operations, jsonPatch);
    expect([status, body.spec]).toEqual([200, { colour: 'red', size: 9, tags: ['x', 'y', 'z'] }]);
    expect(body.metadata).toMatchObject({ annotations: { 'example.dev/a': '1', b: '1' } });
  });

  test('does nothing when a test in it fails: a 422', async () => {
    const api = await withWidget();
    const operations = [
      { op: 'replace', path: '/spec/size', value: 9 },
      { op: 'test', path: '/spec/colour', value: 'blue' },
    ];
    const { status, body } = await api.call('PATCH', `${api.widgets}/a`, operations, jsonPatch);
    expect(status).toBe(422);
    expect(body).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'the server rejected our request due to an error in our request',
      reason: 'Invalid',
      details: {},
      code: 422,
    });
    expect((await api.get(`${api.widgets}/a`)).body.spec).toMatchObject({ size: 7 });
  });

  test('with a test of the version is a lock', async () => {
    const api = await withWidget();
    const before = await api.patch('a', { spec: { size: 8 } });
    const write = (version: string, size: number): object[] => [
      { op: 'test', path: '/metadata/resourceVersion', value: version },
      { op: 'replace', path: '/spec/size', value: size },
    ];
    const { resourceVersion } = before.metadata;
    expect((await api.call('PATCH', `${api.widgets}/a`, write(resourceVersion, 9), jsonPatch)).status).toBe(200);
    expect((await api.call('PATCH', `${api.widgets}/a`, write(resourceVersion, 10), jsonPatch)).status).toBe(422);
  });

  test.each([
    ['to a path that is not there', [{ op: 'remove', path: '/spec/code' }], 422],
    ['with an unknown operation', [{ op: 'frob', path: '/spec/size' }], 422],
    ['that is no list', { op: 'remove', path: '/spec/size' }, 400],
    ['that does not parse', '[{', 400],
  ])('%s is refused', async (_, body, status) => {
    const api = await withWidget();
    expect((await api.call('PATCH', `${api.widgets}/a`, body, jsonPatch)).status).toBe(status);
  });
});

describe('other ways to patch', () => {
  test('a strategic merge patch is a 415 for custom resources', async () => {
    const api = await withWidget();
    const { body } = await api.call('PATCH', `${api.widgets}/a`, {}, { 'content-type': 'application/strategic-merge-patch+json' });
    expect(body).toMatchObject({ code: 415, reason: 'UnsupportedMediaType' });
    expect(body.message).toContain('application/json-patch+json, application/merge-patch+json');
  });

  test('a patch in another format is a 415', async () => {
    const api = await withWidget();
    expect((await api.call('PATCH', `${api.widgets}/a`, {}, { 'content-type': 'application/json' })).body).toMatchObject({ code: 415 });
  });
});
