import { useServer } from './support/client.ts';
import { widget } from './support/widgets.ts';

const client = useServer();

describe('a request', () => {
  test('for what is not there is a 404 Status', async () => {
    const api = await client();
    const { status, body, headers } = await api.get(`${api.widgets}/a`);
    expect(status).toBe(404);
    expect(headers.get('content-type')).toBe('application/json');
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

  test.each([
    ['an unknown kind', '/apis/contract.example.dev/v1/namespaces/default/gadgets'],
    ['an unknown group', '/apis/nowhere.example.dev/v1/things'],
    ['an unknown version', '/apis/contract.example.dev/v9/widgets'],
    ['an unknown subresource', '/apis/contract.example.dev/v1/namespaces/default/widgets/a/scale'],
    ['one of a namespaced kind without its namespace', '/apis/contract.example.dev/v1/widgets/a'],
    ['nonsense', '/nonsense'],
  ])('for %s is a 404', async (_, path) => {
    const api = await client();
    const response = await api.send('GET', path);
    await response.text();
    expect(response.status).toBe(404);
  });

  test.each([
    ['POST', '/api/v1/secrets'],
    ['PUT', '/api/v1/namespaces/default/secrets'],
    ['POST', '/api/v1/namespaces/default/secrets/s'],
  ])('by %s to %s is a 405', async (method, path) => {
    const api = await client();
    const { body } = await api.call(method, path, { metadata: { name: 's' } });
    expect(body).toMatchObject({ kind: 'Status', code: 405, reason: 'MethodNotAllowed' });
    expect(body.message).toBe('the server does not allow this method on the requested resource');
  });

  test('by PUT to a collection of custom resources is a 400', async () => {
    const api = await client();
    expect((await api.call('PUT', api.widgets, widget('a'))).body).toMatchObject({ code: 400, message: 'name must be provided' });
  });

  test('with a body in an unknown format is a 415 that says what would do', async () => {
    const api = await client();
    const { body } = await api.call('POST', api.widgets, 'x', { 'content-type': 'text/plain' });
    expect(body).toMatchObject({ code: 415, reason: 'UnsupportedMediaType' });
    expect(body.message).toMatch(
      /^the body of the request was in an unknown format - accepted media types include: application\/json, application\/yaml/,
    );
  });

  test('may bring YAML', async () => {
    const api = await client();
    const yaml = 'apiVersion: contract.example.dev/v1\nkind: Widget\nmetadata: {name: a}\nspec: {colour: red}\n';
    const { status, body } = await api.call('POST', api.widgets, yaml, { 'content-type': 'application/yaml' });
    expect([status, body.spec]).toEqual([201, { colour: 'red', size: 7 }]);
  });

  test('that wants an answer in a format unknown is a 406', async () => {
    const api = await client();
    expect((await api.get(api.widgets, { accept: 'image/png' })).body).toMatchObject({ code: 406, reason: 'NotAcceptable' });
  });

  test.each(['{', '[]', '"x"', ''])('with the body %s is a 400', async (text) => {
    const api = await client();
    expect((await api.call('POST', api.widgets, text)).body).toMatchObject({ kind: 'Status', code: 400, reason: 'BadRequest' });
  });

  test('without kind is a 400', async () => {
    const api = await client();
    const { body } = await api.call('POST', api.widgets, { metadata: { name: 'a' }, spec: { colour: 'red' } });
    expect(body).toMatchObject({ code: 400, reason: 'BadRequest' });
    expect(body.message).toContain("Object 'Kind' is missing in");
  });

  test('of another kind is refused', async () => {
    const api = await client();
    const { body } = await api.call('POST', api.widgets, { ...widget('a'), kind: 'Gadget' });
    expect([body.code, body.message]).toMatchSnapshot();
  });

  test('with an unknown dryRun is refused', async () => {
    const api = await client();
    const { body } = await api.call('POST', `${api.widgets}?dryRun=Some`, widget('a'));
    expect(body.message).toMatchSnapshot();
  });

  test('with an unknown fieldValidation is refused', async () => {
    const api = await client();
    const { body } = await api.call('POST', `${api.widgets}?fieldValidation=Odd`, widget('a'));
    expect(body.message).toMatchSnapshot();
  });
});

test('the server says which version it is, and that it is well', async () => {
  const api = await client();
  expect((await api.get('/version')).body).toMatchObject({ major: '1', gitVersion: expect.stringMatching(/^v1\.\d+\.\d+/) as string });
  for (const path of ['/healthz', '/livez', '/readyz']) {
    const response = await api.send('GET', path);
    expect([response.status, await response.text()]).toEqual([200, 'ok']);
  }
});

test('discovery names our kinds with short names and category', async () => {
  const api = await client();
  const { body } = await api.get('/apis/tenantsync.dev/v1alpha1');
  const resources = body.resources as { name: string; kind: string; shortNames?: string[]; categories?: string[]; verbs: string[] }[];
  const outline = resources.map(({ name, kind, shortNames, categories, verbs }) =>
    [name, kind, shortNames?.join(), categories?.join(), [...verbs].sort().join()].join(' | '),
  );
  expect(outline.sort()).toMatchSnapshot();
});
