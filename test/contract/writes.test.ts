import { useServer } from './support/client.ts';
import { widget } from './support/widgets.ts';

const client = useServer();

describe('creating', () => {
  test('gives the object a uid, a version, generation 1 and a creation time in whole seconds', async () => {
    const api = await client();
    const { status, body } = await api.call('POST', api.widgets, widget('a'));
    expect(status).toBe(201);
    expect(body.metadata).toMatchObject({
      name: 'a',
      namespace: api.namespace,
      generation: 1,
      uid: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/) as string,
      resourceVersion: expect.stringMatching(/^\d+$/) as string,
      creationTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
    });
  });

  test('takes nothing from the client that is the server’s to say', async () => {
    const api = await client();
    const given = { generation: 7, creationTimestamp: '2020-01-01T00:00:00Z', deletionTimestamp: '2020-01-01T00:00:00Z', uid: 'mine' };
    const { metadata } = await api.create('a', {}, given);
    expect(metadata).toMatchObject({ generation: 1 });
    expect(metadata.creationTimestamp).not.toBe('2020-01-01T00:00:00Z');
    expect(metadata.uid).not.toBe('mine');
    expect(metadata).not.toHaveProperty('deletionTimestamp');
  });

  test('with generateName makes a name of its own', async () => {
    const api = await client();
    const { body } = await api.call('POST', api.widgets, { ...widget(''), metadata: { generateName: 'w-' } });
    expect(body.metadata).toMatchObject({ name: expect.stringMatching(/^w-[a-z0-9]{5}$/) as string, generateName: 'w-' });
  });

  test('with dryRun=All checks and answers, and stores nothing', async () => {
    const api = await client();
    const { status, body } = await api.call('POST', `${api.widgets}?dryRun=All`, widget('a'));
    expect([status, body.spec]).toEqual([201, { colour: 'red', size: 7 }]);
    expect((await api.call('POST', `${api.widgets}?dryRun=All`, widget('a', { colour: 'pink' }))).status).toBe(422);
    expect((await api.get(`${api.widgets}/a`)).status).toBe(404);
  });

  test.each([
    ['another namespace in the body', widget('a', {}, { namespace: 'other' }), 400, /^the namespace of the provided object does not match/],
    [
      'another version in the body',
      { ...widget('a'), apiVersion: 'contract.example.dev/v2' },
      400,
      /^the API version in the data \(contract\.example\.dev\/v2\) does not match the expected API version \(contract\.example\.dev\/v1\)$/,
    ],
    ['a resourceVersion', widget('a', {}, { resourceVersion: '5' }), 500, /^resourceVersion should not be set on objects to be created$/],
    ['no name', { ...widget(''), metadata: {} }, 422, /metadata\.name: Required value: name or generateName is required/],
    [
      'a name that is no subdomain',
      widget('A_b'),
      422,
      /metadata\.name: Invalid value: "A_b": a lowercase RFC 1123 subdomain must consist/,
    ],
    ['a bad label', widget('a', {}, { labels: { x: '-' } }), 422, /metadata\.labels: Invalid value: "-": a valid label must be/],
    [
      'a long label',
      widget('a', {}, { labels: { x: 'y'.repeat(64) } }),
      422,
      /metadata\.labels: Invalid value: "y+": must be no more than 63 bytes/,
    ],
  ])('with %s is refused', async (_, body, status, message) => {
    const api = await client();
    const answer = await api.call('POST', api.widgets, body);
    expect([answer.status, answer.body.message]).toEqual([status, expect.stringMatching(message)]);
  });
});

describe('the generation', () => {
  test('rises with a change of the spec, and with nothing else', async () => {
    const api = await client();
    await api.create('a');
    const generation = async (change: object, subresource = ''): Promise<number | undefined> =>
      (await api.patch('a', change, subresource)).metadata.generation;
    expect(await generation({ metadata: { labels: { x: 'y' }, annotations: { x: 'y' } } })).toBe(1);
    expect(await generation({ metadata: { finalizers: ['example.dev/held'] } })).toBe(1);
    expect(await generation({ status: { state: 'Old' } }, '/status')).toBe(1);
    expect(await generation({ spec: { size: 7 } })).toBe(1);
    expect(await generation({ spec: { size: 8 } })).toBe(2);
    expect(await generation({ spec: { size: null } })).toBe(3);
    expect(await generation({ metadata: { finalizers: null } })).toBe(3);
  });
});

describe('the status subresource', () => {
  test('is not written through the object: neither by POST, nor PUT, nor PATCH', async () => {
    const api = await client();
    const { body } = await api.call('POST', api.widgets, { ...widget('a'), status: { state: 'Hacked' } });
    expect(body.status).toEqual({ state: 'New', observedGeneration: -1 });
    const put = await api.call('PUT', `${api.widgets}/a`, { ...body, status: { state: 'Hacked' } });
    expect(put.body.status).toEqual({ state: 'New', observedGeneration: -1 });
    expect((await api.patch('a', { status: { state: 'Hacked' } })).status).toEqual({ state: 'New', observedGeneration: -1 });
  });

  test('writes status alone: neither spec nor labels', async () => {
    const api = await client();
    await api.create('a', {}, { labels: { x: 'y' } });
    const change = { metadata: { labels: { x: 'z' } }, spec: { size: 99 }, status: { state: 'Old', observedGeneration: 1 } };
    expect(await api.patch('a', change, '/status')).toMatchObject({
      metadata: { generation: 1, labels: { x: 'y' } },
      spec: { size: 7 },
      status: { state: 'Old', observedGeneration: 1 },
    });
  });

  test('is checked by the schema, and pruned', async () => {
    const api = await client();
    await api.create('a');
    const { body } = await api.call('PATCH', `${api.widgets}/a/status`, { status: { observedGeneration: 'x' } });
    expect(body).toMatchObject({ code: 422, reason: 'Invalid' });
    expect(body.message).toContain(
      'status.observedGeneration: Invalid value: "string": observedGeneration in body must be of type integer: "string"',
    );
    expect((await api.patch('a', { status: { unknown: 1 } }, '/status')).status).toEqual({ state: 'New', observedGeneration: -1 });
  });

  test('that is taken away comes back with its defaults', async () => {
    const api = await client();
    await api.create('a');
    await api.patch('a', { status: { state: 'Old', observedGeneration: 4 } }, '/status');
    expect((await api.patch('a', { status: null }, '/status')).status).toEqual({ state: 'New', observedGeneration: -1 });
  });

  test('can be read by itself', async () => {
    const api = await client();
    await api.create('a');
    expect((await api.get(`${api.widgets}/a/status`)).body).toMatchObject({ kind: 'Widget', status: { state: 'New' } });
  });
});

describe('replacing', () => {
  test('keeps uid, creation time and status, and drops what is left out', async () => {
    const api = await client();
    const first = await api.create('a', { code: 'ab', size: 9 }, { labels: { x: 'y' } });
    const { uid, creationTimestamp } = first.metadata;
    const body = widget('a', {}, { resourceVersion: first.metadata.resourceVersion });
    const answer = await api.call('PUT', `${api.widgets}/a`, body);
    expect(answer.body).toMatchObject({ metadata: { uid, creationTimestamp, generation: 2 }, status: { state: 'New' } });
    expect(answer.body.spec).toEqual({ colour: 'red', size: 7 });
    expect(answer.body.metadata).not.toHaveProperty('labels');
  });

  test('without any change writes nothing: the version stays, once the first write has stored the defaults of status', async () => {
    const api = await client();
    await api.create('a');
    const first = await api.patch('a', { spec: { size: 8 } });
    const { body } = await api.call('PUT', `${api.widgets}/a`, first);
    expect(body.metadata).toMatchObject({ resourceVersion: first.metadata.resourceVersion });
    expect((await api.patch('a', { spec: { colour: 'red' } })).metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  });

  test('under another name is a 400', async () => {
    const api = await client();
    const first = await api.create('a');
    const { body } = await api.call('PUT', `${api.widgets}/a`, { ...first, metadata: { ...first.metadata, name: 'b' } });
    expect(body).toMatchObject({ code: 400, message: 'the name of the object (b) does not match the name on the URL (a)' });
  });

  test('what is not there is a 404', async () => {
    const api = await client();
    expect((await api.call('PUT', `${api.widgets}/a`, widget('a', {}, { resourceVersion: '5' }))).body).toMatchObject({ code: 404 });
  });
});
