import { createPublicKey, verify } from 'node:crypto';
import { Cluster, base, outline } from './cluster.ts';

const modernEvents = '/apis/events.k8s.io/v1/namespaces/default/events';
const coreEvents = '/api/v1/namespaces/default/events';

function modernEvent(name: string, more: object = {}): object {
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name },
    eventTime: '2026-01-05T08:00:00.000000Z',
    reportingController: 'example.dev/operator',
    reportingInstance: 'operator-0',
    action: 'Paint',
    reason: 'Painted',
    type: 'Normal',
    note: 'now red',
    regarding: { apiVersion: 'example.dev/v1', kind: 'Widget', name: 'a', namespace: 'default', uid: 'u1' },
    ...more,
  };
}

describe('events', () => {
  test('of events.k8s.io are the same ones as those of core, in other words', async () => {
    const cluster = new Cluster();
    expect((await cluster.call('POST', modernEvents, modernEvent('e'))).status).toBe(201);
    expect((await cluster.call('GET', `${coreEvents}/e`)).body).toMatchObject({
      apiVersion: 'v1',
      message: 'now red',
      involvedObject: { kind: 'Widget', uid: 'u1' },
      reportingComponent: 'example.dev/operator',
    });
    expect((await cluster.call('GET', modernEvents)).body).toMatchObject({
      apiVersion: 'events.k8s.io/v1',
      items: [{ note: 'now red', regarding: { name: 'a' } }],
    });
    const old = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'f' },
      message: 'hello',
      count: 2,
      involvedObject: { namespace: 'default' },
    };
    await cluster.call('POST', coreEvents, old);
    expect((await cluster.call('GET', `${modernEvents}/f`)).body).toMatchObject({ note: 'hello', deprecatedCount: 2 });
  });

  test('are found by the fields that kubectl describe asks for', async () => {
    const cluster = new Cluster();
    await cluster.call('POST', modernEvents, modernEvent('e'));
    await cluster.call(
      'POST',
      modernEvents,
      modernEvent('f', { regarding: { kind: 'Widget', name: 'b', namespace: 'default', uid: 'u2' } }),
    );
    const selector = 'involvedObject.name=a,involvedObject.namespace=default,involvedObject.kind=Widget,involvedObject.uid=u1';
    const { body } = await cluster.call('GET', `${coreEvents}?fieldSelector=${encodeURIComponent(selector)}&limit=500`);
    expect(body).toMatchObject({ kind: 'EventList', items: [{ metadata: { name: 'e' } }] });
    expect((await cluster.call('GET', `${modernEvents}?fieldSelector=${encodeURIComponent('regarding.name=b')}`)).body).toMatchObject({
      items: [{ metadata: { name: 'f' } }],
    });
  });

  test('are watched in the form of the watch', async () => {
    const cluster = new Cluster();
    const watch = await cluster.watch('', modernEvents);
    await cluster.call('POST', modernEvents, modernEvent('e'));
    await cluster.call('PATCH', `${modernEvents}/e`, { series: { count: 2, lastObservedTime: '2026-01-05T08:01:00.000000Z' } });
    await cluster.clock.settle();
    expect(outline(watch)).toEqual(['ADDED e', 'MODIFIED e']);
    expect(watch.events[1]?.object).toMatchObject({ apiVersion: 'events.k8s.io/v1', note: 'now red', series: { count: 2 } });
  });
});

describe('leases', () => {
  const path = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
  const lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'l' },
    spec: { holderIdentity: 'a', leaseDurationSeconds: 15 },
  };

  test('go to the one who writes first', async () => {
    const cluster = new Cluster();
    const { body } = await cluster.call('POST', path, lease);
    const take = (holderIdentity: string): object => ({ ...body, spec: { ...lease.spec, holderIdentity } });
    expect((await cluster.call('PUT', `${path}/l`, take('b'))).status).toBe(200);
    expect((await cluster.call('PUT', `${path}/l`, take('c'))).body).toMatchObject({ code: 409, reason: 'Conflict' });
    expect((await cluster.call('PUT', `${path}/l`, lease)).status).toBe(422);
  });

  test('with a duration of nothing are refused', async () => {
    const { body } = await new Cluster().call('POST', path, { ...lease, spec: { leaseDurationSeconds: 0 } });
    expect(body.message).toContain('spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0');
  });
});

test.each([
  ['/apis/coordination.k8s.io/v1/namespaces/default/leases', 'Lease', { spec: { renewTime: '2026-01-05T08:00:00.123Z' } }],
  ['/apis/coordination.k8s.io/v1/namespaces/default/leases', 'Lease', { spec: { acquireTime: '2026-01-05T08:00:00Z' } }],
  [modernEvents, 'Event', modernEvent('x', { eventTime: '2026-01-05T08:00:00Z' })],
  ['/api/v1/namespaces/default/secrets', 'Secret', { data: { key: 'not base64!' } }],
  ['/api/v1/namespaces/default/configmaps', 'ConfigMap', { data: { key: 1 } }],
])('what Go could not decode is a 400: %s %s %j', async (path, kind, body) => {
  const { status, body: answer } = await new Cluster().call('POST', path, { metadata: { name: 'x' }, ...body });
  expect(status).toBe(400);
  expect(answer.message).toContain(`${kind} in version "v1" cannot be handled as a ${kind}: `);
});

describe('a token request', () => {
  test('is answered with a token of the service account, for the audience, signed by the issuer', async () => {
    const cluster = new Cluster({ issuer: 'https://issuer.example' });
    cluster.kubernetes.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'bot', namespace: 'default' } });
    const request = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { audiences: ['api://AzureADTokenExchange'], expirationSeconds: 600 },
    };
    const { status, body } = await cluster.call('POST', '/api/v1/namespaces/default/serviceaccounts/bot/token', request);
    expect(status).toBe(201);
    const { token, expirationTimestamp } = body.status as { token: string; expirationTimestamp: string };
    expect(expirationTimestamp).toBe('2026-01-05T08:10:00Z');
    const [header = '', payload = '', signature = ''] = token.split('.');
    const now = cluster.clock.now() / 1000;
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({
      iss: 'https://issuer.example',
      sub: 'system:serviceaccount:default:bot',
      aud: ['api://AzureADTokenExchange'],
      iat: now,
      exp: now + 600,
    });
    const key = createPublicKey(cluster.kubernetes.issuer.publicKey);
    expect(verify('RSA-SHA256', Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url'))).toBe(true);
  });

  test('for an account that is not there is a 404, for less than ten minutes a 422', async () => {
    const cluster = new Cluster();
    const path = '/api/v1/namespaces/default/serviceaccounts/bot/token';
    expect((await cluster.call('POST', path, {})).status).toBe(404);
    cluster.kubernetes.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'bot' } });
    expect((await cluster.call('POST', path, { spec: { expirationSeconds: 60 } })).status).toBe(422);
  });
});

describe('reviews', () => {
  test('allow everything, and say who asks', async () => {
    const cluster = new Cluster({ tokens: { sesame: 'ali' } });
    const access = await cluster.call('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', { spec: {} });
    expect(access.body).toMatchObject({ kind: 'SelfSubjectAccessReview', status: { allowed: true } });
    const self = await cluster.call('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {}, { authorization: 'Bearer sesame' });
    expect(self.body).toMatchObject({ status: { userInfo: { username: 'ali' } } });
  });

  test('a token that nobody knows is a 401', async () => {
    const { body } = await new Cluster({ tokens: { sesame: 'ali' } }).call('GET', base, undefined, { authorization: 'Bearer constructor' });
    expect(body).toMatchObject({ code: 401, reason: 'Unauthorized' });
  });
});

test('a secret of type kubernetes.io/tls needs its two keys', async () => {
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, type: 'kubernetes.io/tls', data: { 'tls.crt': '' } };
  const { body } = await new Cluster().call('POST', '/api/v1/namespaces/default/secrets', secret);
  expect(body.message).toBe('Secret "s" is invalid: data[tls.key]: Required value');
});
