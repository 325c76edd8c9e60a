import { useServer } from './support/client.ts';
import { widget } from './support/widgets.ts';

const client = useServer();
const modified = 'the object has been modified; please apply your changes to the latest version and try again';

describe('optimistic locking', () => {
  test('refuses a PUT with a version that is not the latest', async () => {
    const api = await client();
    const first = await api.create('a');
    expect((await api.call('PUT', `${api.widgets}/a`, { ...first, spec: { colour: 'blue' } })).status).toBe(200);
    const { status, body } = await api.call('PUT', `${api.widgets}/a`, { ...first, spec: { colour: 'green' } });
    expect(status).toBe(409);
    expect(body).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: `Operation cannot be fulfilled on widgets.contract.example.dev "a": ${modified}`,
      reason: 'Conflict',
      details: { name: 'a', group: 'contract.example.dev', kind: 'widgets' },
      code: 409,
    });
  });

  test('refuses a PATCH that names another version, of the object and of its status', async () => {
    const api = await client();
    const first = await api.create('a');
    await api.patch('a', { spec: { size: 3 } });
    const { resourceVersion } = first.metadata;
    for (const [path, patch] of [
      ['', { spec: { size: 4 } }],
      ['/status', { status: { state: 'Old' } }],
    ] as const) {
      const { body } = await api.call('PATCH', `${api.widgets}/a${path}`, { metadata: { resourceVersion }, ...patch });
      expect(body).toMatchObject({ code: 409, reason: 'Conflict', details: { name: 'a', kind: 'widgets' } });
      expect(body.message).toBe(`Operation cannot be fulfilled on widgets.contract.example.dev "a": ${modified}`);
    }
  });

  test('lets a PATCH with the latest version, and one without a version, through', async () => {
    const api = await client();
    const { metadata } = await api.create('a');
    const patched = await api.patch('a', { metadata: { resourceVersion: metadata.resourceVersion }, spec: { size: 3 } });
    expect(patched).toMatchObject({ spec: { size: 3 } });
    expect(await api.patch('a', { spec: { size: 4 } })).toMatchObject({ spec: { size: 4 } });
  });

  test('of many writers at once lets exactly one through for each version', async () => {
    const api = await client();
    const { metadata } = await api.create('a');
    const { resourceVersion } = metadata;
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        api.call('PATCH', `${api.widgets}/a`, { metadata: { resourceVersion }, spec: { size: index + 10 } }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 7 }, () => 409)]);
  });

  test('of a custom resource demands a version in a PUT', async () => {
    const api = await client();
    await api.create('a');
    const { body } = await api.call('PUT', `${api.widgets}/a`, widget('a'));
    expect(body).toMatchObject({
      code: 422,
      reason: 'Invalid',
      message: 'widgets.contract.example.dev "a" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
    });
  });

  test('holds a PUT with another uid for one of another object; a PATCH cannot change it', async () => {
    const api = await client();
    const first = await api.create('a');
    const uid = '00000000-0000-0000-0000-000000000000';
    const put = await api.call('PUT', `${api.widgets}/a`, { ...first, metadata: { ...first.metadata, uid } });
    expect(put.body).toMatchObject({ code: 409, reason: 'Conflict', details: { name: 'a', kind: 'widgets' } });
    expect(put.body.message).toContain(`Precondition failed: UID in precondition: ${uid}, UID in object meta: ${first.metadata.uid}`);
    const patch = await api.call('PATCH', `${api.widgets}/a`, { metadata: { uid }, spec: { size: 3 } });
    expect(patch.body).toMatchObject({
      code: 422,
      message: `Widget.contract.example.dev "a" is invalid: metadata.uid: Invalid value: "${uid}": field is immutable`,
    });
  });

  test('a PATCH to what is not there is a 404, whatever version it names', async () => {
    const api = await client();
    const { body } = await api.call('PATCH', `${api.widgets}/a`, { metadata: { resourceVersion: '5' } });
    expect(body).toMatchObject({ code: 404, reason: 'NotFound' });
  });
});

describe('the name of an object', () => {
  test('is taken once: a second creation is a 409 AlreadyExists', async () => {
    const api = await client();
    await api.create('a');
    const { status, body } = await api.call('POST', api.widgets, widget('a', { colour: 'blue' }));
    expect(status).toBe(409);
    expect(body).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'widgets.contract.example.dev "a" already exists',
      reason: 'AlreadyExists',
      details: { name: 'a', group: 'contract.example.dev', kind: 'widgets' },
      code: 409,
    });
  });

  test('is taken for as long as a deletion waits for finalizers', async () => {
    const api = await client();
    await api.create('a', {}, { finalizers: ['example.dev/held'] });
    await api.call('DELETE', `${api.widgets}/a`);
    expect((await api.call('POST', api.widgets, widget('a'))).body).toMatchObject({ code: 409, reason: 'AlreadyExists' });
    await api.patch('a', { metadata: { finalizers: null } });
    expect((await api.call('POST', api.widgets, widget('a'))).status).toBe(201);
  });

  test('of many creators at once goes to exactly one', async () => {
    const api = await client();
    const answers = await Promise.all(Array.from({ length: 8 }, () => api.call('POST', api.widgets, widget('a'))));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array.from({ length: 7 }, () => 409)]);
  });

  test('stands for another object after it was deleted and created again', async () => {
    const api = await client();
    const first = await api.create('a');
    await api.call('DELETE', `${api.widgets}/a`);
    expect((await api.create('a')).metadata.uid).not.toBe(first.metadata.uid);
  });
});
