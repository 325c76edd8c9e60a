import { TokenCache } from '../../../src/graph/auth/token-cache.ts';
import { type Cloud, cloudsFromFile } from '../../../src/graph/clouds.ts';
import type { CredentialSpec, TenantConnection } from '../../../src/ports/directory.ts';
import type { ServiceAccountTokens } from '../../../src/ports/resources.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { clientId, fakeFetch, type Reply, type SeenRequest, tenantId } from './support.ts';

/** A cloud of one's own. */
export const [lab] = cloudsFromFile({ lab: { authorityHost: 'https://login.lab.example', graphHost: 'https://graph.lab.example' } }) as [
  Cloud,
];
/** Credentials that the authority takes. */
export const secret = { type: 'ClientSecret' as const, clientId, secret: 's3cret' } satisfies CredentialSpec;
/** Kubernetes gives a token for any ServiceAccount. */
export const accountTokens: ServiceAccountTokens = { request: () => Promise.resolve({ token: 'sa-token', expiresAt: 0 }) };

/** An authority that gives out `token-1`, `token-2`, ..., or answers token requests as told. */
export function authority(cloud: Cloud = lab, tokenReply?: (request: SeenRequest, count: number) => Reply, expiresIn = 3600) {
  let count = 0;
  const { fetch, seen } = fakeFetch((request) => {
    if (request.url.includes('/.well-known/openid-configuration')) {
      const base = `${new URL(request.url).origin}/${tenantId}`;
      return {
        body: {
          issuer: `${base}/v2.0`,
          token_endpoint: `${base}/oauth2/v2.0/token`,
          authorization_endpoint: `${base}/authorize`,
          jwks_uri: `${base}/keys`,
        },
      };
    }
    count += 1;
    return tokenReply?.(request, count) ?? { body: { token_type: 'Bearer', expires_in: expiresIn, access_token: `token-${count}` } };
  });
  const clock = new VirtualClock();
  const cache = new TokenCache(clock);
  const tokensFor = (credentials: CredentialSpec, tokens: ServiceAccountTokens = accountTokens, inTenant = tenantId) => {
    const connection: TenantConnection = { side: 'source', tenantId: inTenant, cloud: cloud.name, credentials };
    return cache.tokens(connection, {
      cloud,
      transport: { fetch, clock, timeoutMs: 30_000 },
      serviceAccountTokens: tokens,
      federatedTokenFile: '/nowhere/token',
    });
  };
  const posts = () => seen.filter((request) => request.method === 'POST');
  return { clock, tokensFor, posts, seen, fetch };
}

/** Never aborted. */
export const signal = (): AbortSignal => new AbortController().signal;
