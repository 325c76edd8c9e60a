import { createSign, generateKeyPairSync } from 'node:crypto';
import { allPermissions, client, clientWith, requestToken, text, world } from './support.ts';

function assertion(header: object, payload: object, key: Parameters<ReturnType<typeof createSign>['sign']>[0]): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part(header)}.${part(payload)}`;
  return `${signed}.${createSign('sha256').update(signed).sign(key).toString('base64url')}`;
}

const jwtBearer = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

describe('The token endpoint', () => {
  it('issues a JWT with roles, tenant, app and an expiry by the clock', async () => {
    const { entra, source, sourceApp, clock } = world();
    const answer = await requestToken(entra, source, { client_id: sourceApp.appId, client_secret: 's3cret' });
    const token = text(answer.body.access_token);
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;
    expect(answer.body).toMatchObject({ token_type: 'Bearer', expires_in: 3599 });
    expect(claims).toMatchObject({
      aud: 'https://graph.microsoft.com',
      tid: source.tenantId,
      appid: sourceApp.appId,
      roles: allPermissions,
      exp: Math.floor(clock.now() / 1000) + 3599,
    });
  });

  it.each([
    ['a wrong secret', { client_secret: 'no' }, 7000215, 401, 'invalid_client'],
    ['no credential', {}, 7000218, 401, 'invalid_client'],
    ['an expired secret', { client_secret: 'old' }, 7000222, 401, 'invalid_client'],
    [
      'an unknown application',
      { client_id: '11111111-1111-1111-1111-111111111111', client_secret: 's3cret' },
      700016,
      400,
      'unauthorized_client',
    ],
    ['a scope of another resource', { client_secret: 's3cret', scope: 'https://graph.microsoft.us/.default' }, 70011, 400, 'invalid_scope'],
  ])('refuses %s', async (_, form, number, status, error) => {
    const { entra, source, sourceApp, clock } = world();
    sourceApp.addSecret('old', clock.now() - 1);
    const answer = await requestToken(entra, source, { client_id: sourceApp.appId, ...form });
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ error, error_codes: [number] });
    expect(answer.body.error_description).toMatch(`AADSTS${number}:`);
  });

  it('refuses an unknown tenant and an application without consent', async () => {
    const { entra, source, sourceApp } = world();
    const unknown = await requestToken(entra, '22222222-2222-2222-2222-222222222222', {
      client_id: sourceApp.appId,
      client_secret: 's3cret',
    });
    sourceApp.consented = false;
    const without = await requestToken(entra, source, { client_id: sourceApp.appId, client_secret: 's3cret' });
    expect(unknown.body.error_codes).toEqual([90002]);
    expect(without.body.error_codes).toEqual([65001]);
  });

  it('does not know tenants of other clouds', async () => {
    const { entra, source } = world();
    const gov = entra.addTenant({ displayName: 'Agency', initialDomain: 'agency', cloud: 'USGov' });
    gov.registerApp({ appId: '33333333-3333-3333-3333-333333333333', permissions: [], secrets: [{ value: 's3cret' }] });
    const form = { client_id: '33333333-3333-3333-3333-333333333333', client_secret: 's3cret' };
    expect((await requestToken(entra, gov, form)).body.error_codes).toEqual([90002]);
    const there = await entra.fetch(`https://login.microsoftonline.us/${gov.tenantId}/oauth2/v2.0/token`, {
      method: 'POST',
      headers: {},
      body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'https://graph.microsoft.us/.default', ...form }).toString(),
    });
    expect(there.status).toBe(200);
    expect(source.cloud).toBe('Global');
  });

  it('accepts a federated token by issuer, subject and audience, and checks its signature when it has a key', async () => {
    const { entra, target, targetApp } = world();
    const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const issuer = 'https://cluster.example';
    const subject = 'system:serviceaccount:sync:operator';
    targetApp.addFederatedCredential({ issuer, subject, publicKey: keys.publicKey.export({ type: 'spki', format: 'pem' }) as string });
    const ask = async (claims: object, key = keys.privateKey) => {
      const jwt = assertion({ alg: 'RS256' }, { iss: issuer, sub: subject, aud: ['api://AzureADTokenExchange'], ...claims }, key);
      const form = { client_id: targetApp.appId, client_assertion_type: jwtBearer, client_assertion: jwt };
      const { status, body } = await requestToken(entra, target, form);
      return status === 200 ? 200 : body.error_codes;
    };
    expect(await ask({})).toBe(200);
    expect(await ask({ iss: 'https://other.example' })).toEqual([70021]);
    expect(await ask({ sub: 'system:serviceaccount:sync:other' })).toEqual([700213]);
    expect(await ask({ aud: 'api://AzureADTokenExchangeUSGov' })).toEqual([70021]);
    expect(await ask({}, generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey)).toEqual([50013]);
  });
});

describe('A token at Graph', () => {
  it('is refused when missing, unknown, expired, revoked, of a removed application, or for another host', async () => {
    const { entra, source, sourceApp, clock } = world();
    const graph = await client(entra, source, sourceApp);
    const none = await entra.fetch('https://graph.microsoft.com/v1.0/organization', { method: 'GET', headers: {} });
    expect(none.status).toBe(401);
    expect((await clientWith(entra, 'abc').get('/organization')).code).toBe('InvalidAuthenticationToken');
    expect((await graph.get('https://graph.microsoft.us/v1.0/organization')).code).toBe('InvalidAuthenticationToken');
    expect((await graph.get('/organization')).status).toBe(200);
    sourceApp.revokeTokens();
    expect((await graph.get('/organization')).code).toBe('InvalidAuthenticationToken');
    const again = await client(entra, source, sourceApp);
    await clock.advance(3_600_000);
    expect((await again.get('/organization')).code).toBe('InvalidAuthenticationToken');
    const last = await client(entra, source, sourceApp);
    sourceApp.remove();
    expect((await last.get('/organization')).code).toBe('Authorization_IdentityNotFound');
  });

  it('carries the permissions of the moment it was issued', async () => {
    const { entra, source, sourceApp } = world();
    const before = await client(entra, source, sourceApp);
    sourceApp.revoke('User.Read.All', 'User.ReadWrite.All');
    const after = await client(entra, source, sourceApp);
    expect((await before.get('/users/delta')).status).toBe(200);
    const refused = await after.get('/users/delta');
    expect([refused.status, refused.code]).toEqual([403, 'Authorization_RequestDenied']);
    sourceApp.grant('User.Read.All');
    expect((await (await client(entra, source, sourceApp)).get('/users/delta')).status).toBe(200);
  });
});
