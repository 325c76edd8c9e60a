import { useServer } from './support/client.ts';
import { widget } from './support/widgets.ts';

const client = useServer();
const held = { finalizers: ['example.dev/held'] };

describe('deleting', () => {
  test('what has no finalizers is done at once, and answered by a Status with the uid', async () => {
    const api = await client();
    const { metadata } = await api.create('a');
    const { status, body } = await api.call('DELETE', `${api.widgets}/a`);
    expect(status).toBe(200);
    expect(body).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: { name: 'a', group: 'contract.example.dev', kind: 'widgets', uid: metadata.uid },
    });
    expect((await api.get(`${api.widgets}/a`)).status).toBe(404);
  });

  test('what is not there is a 404', async () => {
    const api = await client();
    const { body } = await api.call('DELETE', `${api.widgets}/a`);
    expect(body).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'widgets.contract.example.dev "a" not found',
      reason: 'NotFound',
      details: { name: 'a', group: 'contract.example.dev', kind: 'widgets' },
      code: 404,
    });
  });

  test('with the uid of another object is a 409 that names both', async () => {
    const api = await client();
    const { metadata } = await api.create('a');
    const { body } = await api.call('DELETE', `${api.widgets}/a`, {
      apiVersion: 'meta.k8s.io/v1',
      kind: 'DeleteOptions',
      preconditions: { uid: 'x' },
    });
    expect(body).toMatchObject({
      code: 409,
      reason: 'Conflict',
      message: `Operation cannot be fulfilled on Widget.contract.example.dev "a": the UID in the precondition (x) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
      details: { name: 'a', group: 'contract.example.dev', kind: 'Widget' },
    });
    expect((await api.call('DELETE', `${api.widgets}/a`, { preconditions: { uid: metadata.uid } })).status).toBe(200);
  });

  test('with an old version is a 409', async () => {
    const api = await client();
    const { metadata } = await api.create('a');
    const latest = await api.patch('a', { spec: { size: 3 } });
    const { body } = await api.call('DELETE', `${api.widgets}/a`, { preconditions: { resourceVersion: metadata.resourceVersion } });
    expect(body).toMatchObject({ code: 409, reason: 'Conflict' });
    expect(body.message).toBe(
      `Operation cannot be fulfilled on Widget.contract.example.dev "a": the ResourceVersion in the precondition (${metadata.resourceVersion}) does not match the ResourceVersion in record (${latest.metadata.resourceVersion}). The object might have been modified`,
    );
  });

  test('with dryRun=All leaves the object', async () => {
    const api = await client();
    await api.create('a');
    expect((await api.call('DELETE', `${api.widgets}/a?dryRun=All`)).status).toBe(200);
    expect((await api.get(`${api.widgets}/a`)).status).toBe(200);
  });

  test('a collection takes what is selected', async () => {
    const api = await client();
    await api.create('a', {}, { labels: { half: 'one' } });
    await api.create('b', {}, { labels: { half: 'two' } });
    await api.version();
    const { status } = await api.call('DELETE', `${api.widgets}?labelSelector=half%3Done`);
    expect(status).toBe(200);
    expect([(await api.get(`${api.widgets}/a`)).status, (await api.get(`${api.widgets}/b`)).status]).toEqual([404, 200]);
  });
});

describe('a finalizer', () => {
  test('holds the object: it gets a deletion time and one more generation, once', async () => {
    const api = await client();
    await api.create('a', {}, held);
    const { status, body } = await api.call('DELETE', `${api.widgets}/a`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      kind: 'Widget',
      metadata: {
        deletionTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
        deletionGracePeriodSeconds: 0,
        generation: 2,
        finalizers: ['example.dev/held'],
      },
    });
    const again = await api.call('DELETE', `${api.widgets}/a`);
    expect([again.status, again.body.metadata]).toEqual([200, body.metadata]);
  });

  test('lets the object be read and changed meanwhile, spec and status alike', async () => {
    const api = await client();
    await api.create('a', {}, held);
    await api.call('DELETE', `${api.widgets}/a`);
    expect(await api.patch('a', { spec: { size: 3 } })).toMatchObject({ metadata: { generation: 3 }, spec: { size: 3 } });
    expect(await api.patch('a', { status: { state: 'Leaving' } }, '/status')).toMatchObject({ status: { state: 'Leaving' } });
  });

  test('that goes last takes the object with it; the answer is its last state', async () => {
    const api = await client();
    await api.create('a', {}, { finalizers: ['example.dev/one', 'example.dev/two'] });
    await api.call('DELETE', `${api.widgets}/a`);
    await api.patch('a', { metadata: { finalizers: ['example.dev/two'] } });
    expect((await api.get(`${api.widgets}/a`)).status).toBe(200);
    const last = await api.patch('a', { metadata: { finalizers: null } });
    expect(last).toMatchObject({ kind: 'Widget', metadata: { name: 'a' } });
    expect(last.metadata.finalizers).toBeUndefined();
    expect((await api.get(`${api.widgets}/a`)).status).toBe(404);
  });

  test('cannot be added to what is being deleted', async () => {
    const api = await client();
    await api.create('a', {}, held);
    await api.call('DELETE', `${api.widgets}/a`);
    const patch = { metadata: { finalizers: ['example.dev/held', 'example.dev/new'] } };
    const { body } = await api.call('PATCH', `${api.widgets}/a`, patch);
    expect(body).toMatchObject({ code: 422, reason: 'Invalid' });
    expect(body.message).toBe(
      'Widget.contract.example.dev "a" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"example.dev/new"}',
    );
  });

  test('is removed at once by a patch that tests its place', async () => {
    const api = await client();
    await api.create('a', {}, held);
    const patch = [
      { op: 'test', path: '/metadata/finalizers/0', value: 'example.dev/held' },
      { op: 'remove', path: '/metadata/finalizers/0' },
    ];
    const { body } = await api.call('PATCH', `${api.widgets}/a`, patch, { 'content-type': 'application/json-patch+json' });
    expect((body as unknown as { metadata: object }).metadata).not.toHaveProperty('finalizers');
  });

  test('without a domain is refused', async () => {
    const api = await client();
    const { body } = await api.call('POST', api.widgets, widget('a', {}, { finalizers: ['not valid!'] }));
    expect(body).toMatchObject({ code: 422, reason: 'Invalid' });
    expect(body.message).toContain('metadata.finalizers: Invalid value: "not valid!": name part must consist of alphanumeric characters');
  });
});

describe('a namespace that is being deleted', () => {
  test('takes nothing in: a 403 whose cause says why', async () => {
    const api = await client();
    await api.create('a', {}, held);
    expect((await api.call('DELETE', `/api/v1/namespaces/${api.namespace}`)).status).toBe(200);
    const { status, body } = await api.call('POST', api.widgets, widget('late'));
    expect(status).toBe(403);
    expect(body).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: `widgets.contract.example.dev "late" is forbidden: unable to create new content in namespace ${api.namespace} because it is being terminated`,
      reason: 'Forbidden',
      details: {
        name: 'late',
        group: 'contract.example.dev',
        kind: 'widgets',
        causes: [
          { reason: 'NamespaceTerminating', message: `namespace ${api.namespace} is being terminated`, field: 'metadata.namespace' },
        ],
      },
      code: 403,
    });
    expect(await api.patch('a', { metadata: { finalizers: null } })).toMatchObject({ kind: 'Widget' });
  });

  test('that never was takes nothing in either: a 404', async () => {
    const api = await client();
    const { body } = await api.call('POST', '/apis/contract.example.dev/v1/namespaces/nowhere/widgets', widget('a'));
    expect(body).toMatchObject({ code: 404, reason: 'NotFound', message: 'namespaces "nowhere" not found' });
  });
});
