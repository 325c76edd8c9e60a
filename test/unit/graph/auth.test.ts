import { generate } from 'selfsigned';
import { credentialExpiry } from '../../../src/graph/auth/certificate-expiry.ts';
import { TokenCache } from '../../../src/graph/auth/token-cache.ts';
import { builtInClouds } from '../../../src/graph/clouds.ts';
import type { CredentialSpec, TenantConnection } from '../../../src/ports/directory.ts';
import { KubeError, type ServiceAccountTokens } from '../../../src/ports/resources.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { accountTokens, authority, lab, secret, signal } from './authority.ts';
import { clientId, failureOf, fakeFetch, type Reply, tenantId } from './support.ts';

const refusal = (number: string, status = 401): Reply => ({
  status,
  body: {
    error: 'invalid_client',
    error_description: `AADSTS${number}: nestor@contoso.com is not welcome. Trace ID: x`,
    error_codes: [Number(number)],
    correlation_id: '7ca0a1c4-0000-4000-8000-00000000000a',
  },
});

describe('Tokens', () => {
  test('come from the authority of the cloud alone, for exactly this tenant and its Graph', async () => {
    const { tokensFor, posts, seen } = authority();
    await expect(tokensFor(secret).get(signal())).resolves.toBe('token-1');
    expect(posts()[0]?.url).toMatch(new RegExp(`^https://login\\.lab\\.example/${tenantId}/oauth2/v2\\.0/token`));
    expect(String(posts()[0]?.body)).toContain('scope=https%3A%2F%2Fgraph.lab.example%2F.default');
    expect(seen.every((request) => request.url.startsWith('https://login.lab.example/'))).toBe(true);
  });

  test.each(builtInClouds.map((cloud) => [cloud.name, cloud] as const))(
    'trap 20: %s asks its own authority and for its own Graph',
    async (_, cloud) => {
      const { tokensFor, posts, seen } = authority(cloud);
      await expect(tokensFor(secret).get(signal())).resolves.toBe('token-1');
      expect(String(posts()[0]?.body)).toContain(`scope=${encodeURIComponent(`${cloud.graphHost}/.default`)}`);
      const origins = new Set(seen.map((request) => new URL(request.url).origin));
      expect([...origins].every((origin) => [cloud.authorityHost, ...cloud.loginHosts].includes(origin))).toBe(true);
    },
  );

  test('are kept and shared; many askers make one request', async () => {
    const { tokensFor, posts } = authority();
    const all = await Promise.all(Array.from({ length: 50 }, () => tokensFor(secret).get(signal())));
    expect(new Set(all)).toEqual(new Set(['token-1']));
    expect(posts()).toHaveLength(1);
  });

  test('trap 20: are never shared between tenants, applications or contents of the credentials', async () => {
    const { tokensFor, posts } = authority();
    const other = '33333333-3333-4333-8333-333333333333';
    await tokensFor(secret).get(signal());
    await tokensFor(secret, accountTokens, other).get(signal());
    await tokensFor({ ...secret, clientId: other }).get(signal());
    await tokensFor({ ...secret, secret: 'rotated' }).get(signal());
    expect(posts()).toHaveLength(4);
  });

  test('are renewed before they end, in the background', async () => {
    const { tokensFor, posts, clock } = authority();
    const tokens = tokensFor(secret);
    await tokens.get(signal());
    await clock.advance(44 * 60_000);
    await expect(tokens.get(signal())).resolves.toBe('token-1');
    await clock.advance(2 * 60_000);
    await expect(tokens.get(signal())).resolves.toBe('token-1');
    await clock.settle();
    await expect(tokens.get(signal())).resolves.toBe('token-2');
    expect(posts()).toHaveLength(2);
  });

  test('that have ended are not handed out', async () => {
    const { tokensFor, clock } = authority();
    const tokens = tokensFor(secret);
    await tokens.get(signal());
    await clock.advance(59 * 60_000);
    await expect(tokens.get(signal())).resolves.toBe('token-2');
  });

  test('that Graph refused are replaced, whatever the library still has in its cache', async () => {
    const { tokensFor } = authority();
    const tokens = tokensFor(secret);
    tokens.invalidate(await tokens.get(signal()));
    await expect(tokens.get(signal())).resolves.toBe('token-2');
    tokens.invalidate('token-1');
    await expect(tokens.get(signal())).resolves.toBe('token-2');
  });

  test('an asker who gives up does not disturb the others', async () => {
    const { tokensFor } = authority();
    const abort = new AbortController();
    const given = failureOf(tokensFor(secret).get(abort.signal));
    const kept = tokensFor(secret).get(signal());
    abort.abort();
    await expect(given).resolves.toMatchObject({ code: 'Cancelled' });
    await expect(kept).resolves.toBe('token-1');
  });
});

describe('Credentials', () => {
  test('a named ServiceAccount proves itself with a token for the audience of the cloud', async () => {
    const asked: unknown[] = [];
    const tokens: ServiceAccountTokens = {
      request: (account, audience) => {
        asked.push([account, audience]);
        return Promise.resolve({ token: 'sa-token', expiresAt: 0 });
      },
    };
    const { tokensFor, posts } = authority(builtInClouds[1]);
    await tokensFor({ type: 'WorkloadIdentity', clientId, serviceAccount: { namespace: 'identity', name: 'contoso' } }, tokens).get(
      signal(),
    );
    expect(asked).toEqual([[{ namespace: 'identity', name: 'contoso' }, 'api://AzureADTokenExchangeUSGov']]);
    expect(String(posts()[0]?.body)).toContain('client_assertion=sa-token');
  });

  test.each([
    [new KubeError('NotFound', 'no contoso'), 'Unauthenticated'],
    [new KubeError('Unavailable', 'down'), 'Unavailable'],
  ])('a ServiceAccount without a token (%s) is named as the reason', async (error, kind) => {
    const { tokensFor } = authority();
    const spec: CredentialSpec = { type: 'WorkloadIdentity', clientId, serviceAccount: { namespace: 'identity', name: 'contoso' } };
    const failure = await failureOf(tokensFor(spec, { request: () => Promise.reject(error) }).get(signal()));
    expect(failure).toMatchObject({ kind, reason: 'ServiceAccountTokenFailed' });
  });

  test("the operator's own identity needs its projected token", async () => {
    const { tokensFor } = authority();
    await expect(failureOf(tokensFor({ type: 'WorkloadIdentity', clientId }).get(signal()))).resolves.toMatchObject({
      reason: 'ServiceAccountTokenFailed',
    });
  });

  test('a certificate signs its own assertion, and its end is known', async () => {
    const end = new Date('2027-03-01T00:00:00Z');
    const pair = await generate([{ name: 'commonName', value: 'app' }], { notAfterDate: end, algorithm: 'sha256' });
    const spec: CredentialSpec = { type: 'ClientCertificate', clientId, certificatePem: pair.cert, privateKeyPem: pair.private };
    const { tokensFor, posts } = authority();
    await expect(tokensFor(spec).get(signal())).resolves.toBe('token-1');
    expect(String(posts()[0]?.body)).toMatch(/client_assertion=eyJ/);
    expect(credentialExpiry(spec)).toBe(end.getTime());
    expect(credentialExpiry(secret)).toBeUndefined();
  });

  test('a certificate that cannot be read is named as the reason', async () => {
    const spec: CredentialSpec = { type: 'ClientCertificate', clientId, certificatePem: 'nonsense', privateKeyPem: 'nonsense' };
    const { tokensFor, posts } = authority();
    await expect(failureOf(tokensFor(spec).get(signal()))).resolves.toMatchObject({ kind: 'Unauthenticated', reason: 'SecretInvalid' });
    expect(posts()).toEqual([]);
    expect(credentialExpiry(spec)).toBeUndefined();
  });

  test('a managed identity asks the endpoint of the platform', async () => {
    const { tokensFor, seen } = authority(lab, () => ({
      body: { access_token: 'mi-token', expires_on: String(Math.floor(Date.now() / 1000) + 3600), token_type: 'Bearer', resource: 'x' },
    }));
    await expect(tokensFor({ type: 'ManagedIdentity', clientId }).get(signal())).resolves.toBe('mi-token');
    expect(seen[0]?.url).toContain('169.254.169.254');
    expect(seen[0]?.url).toContain(`client_id=${clientId}`);
  });
});

describe('What a refused token means', () => {
  test.each([
    ['7000215', 'CredentialsRejected'],
    ['7000222', 'CredentialsExpired'],
    ['700016', 'ApplicationNotFound'],
    ['65001', 'ConsentMissing'],
    ['90002', 'TenantNotFound'],
    ['70021', 'FederatedCredentialMismatch'],
    ['700213', 'FederatedCredentialMismatch'],
    ['99999', 'CredentialsRejected'],
  ])('AADSTS%s is %s, in our own words', async (number, reason) => {
    const { tokensFor } = authority(lab, () => refusal(number));
    const failure = await failureOf(tokensFor(secret).get(signal()));
    expect(failure).toMatchObject({ kind: 'Unauthenticated', reason });
    expect(JSON.stringify(failure)).not.toMatch(/nestor|s3cret|Trace/);
    expect(failure.message).toContain(`The authority answered AADSTS${number}, correlation id 7ca0a1c4-0000-4000-8000-00000000000a.`);
  });

  test('an id of the authority that is none is not shown', async () => {
    const forged = { error: 'x', error_codes: [7000215], correlation_id: 'nestor@contoso.com-00000000-000000000' };
    const { tokensFor } = authority(lab, () => ({ status: 401, body: forged }));
    expect((await failureOf(tokensFor(secret).get(signal()))).message).toMatch(/AADSTS7000215\.$/);
  });

  test('a tenant that discovery does not know is not mistaken for an authority that is down', async () => {
    const { fetch } = fakeFetch(() => refusal('90002', 400));
    const clock = new VirtualClock();
    const connection: TenantConnection = { side: 'source', tenantId, cloud: 'lab', credentials: secret };
    const tokens = new TokenCache(clock).tokens(connection, {
      cloud: lab,
      transport: { fetch, clock, timeoutMs: 1 },
      serviceAccountTokens: accountTokens,
      federatedTokenFile: undefined,
    });
    await expect(failureOf(tokens.get(signal()))).resolves.toMatchObject({ reason: 'TenantNotFound' });
  });

  test.each(['ECONNREFUSED', 'SELF_SIGNED_CERT_IN_CHAIN'])(
    'an authority that cannot be reached (%s) may also be one that is not trusted: both are said',
    async (code) => {
      const clock = new VirtualClock();
      const fetch = (): Promise<Response> =>
        Promise.reject(new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code }) }));
      const connection: TenantConnection = { side: 'source', tenantId, cloud: 'lab', credentials: secret };
      const tokens = new TokenCache(clock).tokens(connection, {
        cloud: lab,
        transport: { fetch, clock, timeoutMs: 30_000 },
        serviceAccountTokens: accountTokens,
        federatedTokenFile: undefined,
      });
      const failure = await failureOf(tokens.get(signal()));
      expect(failure).toMatchObject({ kind: 'Unavailable', reason: 'AuthorityUnreachable' });
      expect(failure.message).toMatch(new RegExp(`${code}.*reached.*trusted`));
    },
  );

  test('trap 20: a discovery document that names another host gets no credentials', async () => {
    const { fetch, seen } = fakeFetch((request) =>
      request.method === 'GET'
        ? {
            body: {
              issuer: 'https://evil.example',
              token_endpoint: 'https://evil.example/token',
              authorization_endpoint: 'https://evil.example/a',
              jwks_uri: 'https://evil.example/k',
            },
          }
        : { body: { access_token: 'x', expires_in: 3600 } },
    );
    const clock = new VirtualClock();
    const connection: TenantConnection = { side: 'source', tenantId, cloud: 'lab', credentials: secret };
    const tokens = new TokenCache(clock).tokens(connection, {
      cloud: lab,
      transport: { fetch, clock, timeoutMs: 30_000 },
      serviceAccountTokens: accountTokens,
      federatedTokenFile: undefined,
    });
    await expect(failureOf(tokens.get(signal()))).resolves.toMatchObject({ reason: 'AuthorityUnreachable' });
    expect(seen.filter((request) => request.url.includes('evil'))).toEqual([]);
  });

  test('a failure is not asked for again at once, and then it is', async () => {
    const { tokensFor, posts, clock } = authority(lab, (_, count) =>
      count === 1 ? refusal('7000215') : { body: { access_token: 'good', expires_in: 3600, token_type: 'Bearer' } },
    );
    const tokens = tokensFor(secret);
    await failureOf(tokens.get(signal()));
    await failureOf(tokens.get(signal()));
    expect(posts()).toHaveLength(1);
    await clock.advance(5_000);
    await expect(tokens.get(signal())).resolves.toBe('good');
  });

  test('an authority that asks to wait is left alone that long', async () => {
    const { tokensFor, posts, clock } = authority(lab, () => ({
      status: 429,
      headers: { 'retry-after': '30' },
      body: { error: 'temporarily_unavailable' },
    }));
    await expect(failureOf(tokensFor(secret).get(signal()))).resolves.toMatchObject({ kind: 'Throttled', retryAt: clock.now() + 30_000 });
    await clock.advance(29_000);
    await failureOf(tokensFor(secret).get(signal()));
    expect(posts()).toHaveLength(1);
  });
});
