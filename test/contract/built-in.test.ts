import type { JsonObject } from '@tenantsync/sandbox/kubernetes';
import { useServer, type Client } from './support/client.ts';

const client = useServer();
const microTime = '2026-01-05T08:00:00.123456Z';

describe('a Secret', () => {
  const path = (api: Client): string => `/api/v1/namespaces/${api.namespace}/secrets`;

  test('holds its values as base64; stringData is a way to write them', async () => {
    const api = await client();
    const { status, body } = await api.call('POST', path(api), { metadata: { name: 's' }, stringData: { a: 'x' }, data: { b: 'eQ==' } });
    expect([status, body.data, body.type]).toEqual([201, { a: 'eA==', b: 'eQ==' }, 'Opaque']);
    expect(body).not.toHaveProperty('stringData');
    expect((await api.get(`${path(api)}/s`)).body).toMatchObject({ kind: 'Secret', apiVersion: 'v1', data: { a: 'eA==' } });
  });

  test('cannot be written with what is no base64', async () => {
    const api = await client();
    const { body } = await api.call('POST', path(api), { metadata: { name: 's' }, data: { b: '%' } });
    expect(body).toMatchObject({ code: 400, reason: 'BadRequest' });
    expect(body.message).toMatch(/^Secret in version "v1" cannot be handled as a Secret: illegal base64 data at input byte 0$/);
  });

  test('of type kubernetes.io/tls needs both its keys', async () => {
    const api = await client();
    const { body } = await api.call('POST', path(api), {
      metadata: { name: 's' },
      type: 'kubernetes.io/tls',
      stringData: { 'tls.crt': 'x' },
    });
    expect(body).toMatchObject({ code: 422, reason: 'Invalid', message: 'Secret "s" is invalid: data[tls.key]: Required value' });
  });

  test('has no generation, and needs no version in a PUT', async () => {
    const api = await client();
    await api.call('POST', path(api), { metadata: { name: 's' } });
    const { status, body } = await api.call('PUT', `${path(api)}/s`, { metadata: { name: 's' }, stringData: { a: 'x' } });
    expect([status, body.data]).toEqual([200, { a: 'eA==' }]);
    expect(body.metadata).not.toHaveProperty('generation');
  });

  test('that is not there is a 404 in the words of its group', async () => {
    const api = await client();
    expect((await api.get(`${path(api)}/s`)).body).toMatchObject({
      message: 'secrets "s" not found',
      reason: 'NotFound',
      details: { name: 's', kind: 'secrets' },
    });
  });
});

describe('a Lease', () => {
  const path = (api: Client): string => `/apis/coordination.k8s.io/v1/namespaces/${api.namespace}/leases`;
  const spec = { holderIdentity: 'one', leaseDurationSeconds: 15, acquireTime: microTime, renewTime: microTime, leaseTransitions: 0 };
  const lease = (change: object = {}, metadata: object = {}): JsonObject => ({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'l', ...metadata },
    spec: { ...spec, ...change },
  });

  test('is created once, and keeps its times to the microsecond', async () => {
    const api = await client();
    const { status, body } = await api.call('POST', path(api), lease());
    expect([status, body.spec]).toEqual([201, spec]);
    expect((await api.call('POST', path(api), lease())).body).toMatchObject({
      code: 409,
      reason: 'AlreadyExists',
      message: 'leases.coordination.k8s.io "l" already exists',
    });
  });

  test('is taken over by whoever knows its version: one of two', async () => {
    const api = await client();
    const { metadata } = (await api.call('POST', path(api), lease())).body as { metadata: { resourceVersion: string } };
    const { resourceVersion } = metadata;
    const take = (holderIdentity: string) =>
      api.call('PUT', `${path(api)}/l`, lease({ holderIdentity, leaseTransitions: 1 }, { resourceVersion }));
    const answers = await Promise.all(['two', 'three'].map(take));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const lost = answers.find(({ status }) => status === 409);
    expect(lost?.body.message).toBe(
      'Operation cannot be fulfilled on leases.coordination.k8s.io "l": the object has been modified; please apply your changes to the latest version and try again',
    );
  });

  test('is not replaced without a version', async () => {
    const api = await client();
    await api.call('POST', path(api), lease());
    const { body } = await api.call('PUT', `${path(api)}/l`, lease({ holderIdentity: 'two' }));
    expect(body).toMatchObject({ code: 422, reason: 'Invalid' });
    expect(body.message).toContain('metadata.resourceVersion: Invalid value: 0: must be specified for an update');
  });

  test('can be released: no holder and a duration of a second', async () => {
    const api = await client();
    const created = (await api.call('POST', path(api), lease())).body as { metadata: object };
    const { status, body } = await api.call('PUT', `${path(api)}/l`, {
      ...lease({ holderIdentity: '', leaseDurationSeconds: 1 }),
      metadata: created.metadata,
    });
    expect([status, body.spec]).toMatchObject([200, { holderIdentity: '', leaseDurationSeconds: 1 }]);
  });

  test.each([
    [{ leaseDurationSeconds: 0 }, 422, /spec\.leaseDurationSeconds: Invalid value: 0: must be greater than 0/],
    [{ leaseTransitions: -1 }, 422, /spec\.leaseTransitions: Invalid value: -1: must be greater than or equal to 0/],
    [{ renewTime: '2026-01-05T08:00:00Z' }, 400, /Lease in version "v1" cannot be handled as a Lease: parsing time/],
    [{ renewTime: '2026-01-05T08:00:00.123Z' }, 400, /Lease in version "v1" cannot be handled as a Lease: parsing time/],
  ])('with %j is a %i', async (change, status, message) => {
    const api = await client();
    const { body } = await api.call('POST', path(api), lease(change));
    expect([body.code, body.message]).toEqual([status, expect.stringMatching(message)]);
  });
});

describe('a token of a ServiceAccount', () => {
  const path = (api: Client): string => `/api/v1/namespaces/${api.namespace}/serviceaccounts`;
  const request = (spec: object): JsonObject => ({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec });

  async function account(): Promise<Client> {
    const api = await client();
    await api.call('POST', path(api), { metadata: { name: 'sync' } });
    return api;
  }

  test('is for the audience that was asked for, and says whose it is and how long it lasts', async () => {
    const api = await account();
    const spec = { audiences: ['api://AzureADTokenExchange'], expirationSeconds: 3600 };
    const { status, body } = await api.call('POST', `${path(api)}/sync/token`, request(spec));
    expect(status).toBe(201);
    const answer = body as { kind: string; status: { token: string; expirationTimestamp: string } };
    expect(answer).toMatchObject({ kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1', spec });
    const claims = JSON.parse(Buffer.from(answer.status.token.split('.')[1] ?? '', 'base64url').toString()) as JsonObject;
    expect(claims).toMatchObject({ aud: ['api://AzureADTokenExchange'], sub: `system:serviceaccount:${api.namespace}:sync` });
    expect(Number(claims.exp) - Number(claims.iat)).toBe(3600);
    expect(Date.parse(answer.status.expirationTimestamp)).toBe(Number(claims.exp) * 1000);
  });

  test('cannot last less than ten minutes', async () => {
    const api = await account();
    const { body } = await api.call('POST', `${path(api)}/sync/token`, request({ audiences: ['x'], expirationSeconds: 60 }));
    expect(body).toMatchObject({ code: 422, reason: 'Invalid' });
    expect(body.message).toContain('spec.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes');
  });

  test('of an account that is not there is a 404', async () => {
    const api = await client();
    const { body } = await api.call('POST', `${path(api)}/nobody/token`, request({ audiences: ['x'] }));
    expect(body).toMatchObject({ code: 404, reason: 'NotFound', message: 'serviceaccounts "nobody" not found' });
  });
});
