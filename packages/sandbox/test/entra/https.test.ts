import { createSign, generateKeyPairSync } from 'node:crypto';
import { createHttpHeaders, type PipelineRequest } from '@azure/core-rest-pipeline';
import { ClientAssertionCredential, ClientCertificateCredential, ClientSecretCredential } from '@azure/identity';
import { generate } from 'selfsigned';
import { Agent, fetch as undiciFetch } from 'undici';
import { createEntra, serveHttps, type App, type EntraServer, type Tenant } from '../../entra/index.ts';
import { seededRandom } from '../../../../test/support/virtual-clock.ts';

const realClock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer: (delayMs: number, fire: () => void) => {
    const timer = setTimeout(fire, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};

describe('The HTTPS server, with the real @azure/identity', () => {
  let server: EntraServer;
  let tenant: Tenant;
  let app: App;
  const entra = createEntra({ clock: realClock, random: seededRandom(3) });

  beforeAll(async () => {
    server = await serveHttps(entra);
    tenant = entra.addTenant({ displayName: 'Contoso', initialDomain: 'contoso' });
    app = tenant.registerApp({ permissions: ['User.Read.All'], secrets: [{ value: 's3cret' }] });
  });
  afterAll(() => server.close());

  const options = () => ({ authorityHost: server.url, disableInstanceDiscovery: true, tlsOptions: {}, ...trusting(server.caPem) });
  const scope = () => `${server.url}/.default`;

  it('gives a token for a secret, and Graph answers to it with links to its own host', async () => {
    const credential = new ClientSecretCredential(tenant.tenantId, app.appId, 's3cret', options());
    const { token } = await credential.getToken(scope());
    tenant.createUser({ properties: { displayName: 'Zoé' } });
    const dispatcher = new Agent({ connect: { ca: server.caPem } });
    const response = await undiciFetch(`${server.url}/v1.0/users/delta?$select=displayName`, {
      headers: { authorization: `Bearer ${token}` },
      dispatcher,
    });
    const body = (await response.json()) as { value: { displayName: string }[]; '@odata.deltaLink': string };
    await dispatcher.close();
    expect(body.value.map((user) => user.displayName)).toEqual(['Zoé']);
    expect(body['@odata.deltaLink']).toMatch(`${server.url}/v1.0/users/delta?$deltatoken=`);
  });

  it('names the AADSTS number of a refusal', async () => {
    const wrong = new ClientSecretCredential(tenant.tenantId, app.appId, 'wrong', options());
    await expect(wrong.getToken(scope())).rejects.toThrow(/AADSTS7000215/);
    const unknown = new ClientSecretCredential('44444444-4444-4444-4444-444444444444', app.appId, 's3cret', options());
    await expect(unknown.getToken(scope())).rejects.toThrow();
  });

  it('gives a token for an assertion signed with the registered certificate, and for no other', async () => {
    const [mine, other] = await Promise.all([certificate(), certificate()]);
    app.addCertificate(mine.cert);
    const good = new ClientCertificateCredential(tenant.tenantId, app.appId, { certificate: `${mine.cert}\n${mine.private}` }, options());
    const bad = new ClientCertificateCredential(tenant.tenantId, app.appId, { certificate: `${other.cert}\n${other.private}` }, options());
    expect((await good.getToken(scope())).token).toBeTruthy();
    await expect(bad.getToken(scope())).rejects.toThrow(/AADSTS700027/);
  });

  it('gives a token for a federated assertion', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const [iss, sub] = ['https://issuer.example', 'system:serviceaccount:a:b'];
    app.addFederatedCredential({ issuer: iss, subject: sub, publicKey: publicKey.export({ type: 'spki', format: 'pem' }) as string });
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const signed = `${part({ alg: 'RS256' })}.${part({ iss, sub, aud: 'api://AzureADTokenExchange' })}`;
    const jwt = `${signed}.${createSign('sha256').update(signed).sign(privateKey).toString('base64url')}`;
    const credential = new ClientAssertionCredential(tenant.tenantId, app.appId, () => Promise.resolve(jwt), options());
    expect((await credential.getToken(scope())).token).toBeTruthy();
  });

  it('closes the connection of a dropped request', async () => {
    entra.faults.add({ effect: 'dropAfter', match: { operation: 'POST /token' } });
    const body = new URLSearchParams({ grant_type: 'client_credentials' });
    const dispatcher = new Agent({ connect: { ca: server.caPem } });
    const sent = undiciFetch(`${server.url}/${tenant.tenantId}/oauth2/v2.0/token`, { method: 'POST', body, dispatcher });
    await expect(sent).rejects.toThrow();
    await dispatcher.close();
  });
});

async function certificate() {
  return generate([{ name: 'commonName', value: 'operator' }], { keySize: 2048, algorithm: 'sha256' });
}

/** An HTTP client for the credentials that trusts the server's certificate. */
function trusting(ca: string) {
  const dispatcher = new Agent({ connect: { ca }, keepAliveTimeout: 1 });
  return {
    httpClient: {
      sendRequest: async (request: PipelineRequest) => {
        const headers = request.headers.toJSON();
        delete headers['content-length'];
        const body = typeof request.body === 'string' ? { body: request.body } : {};
        const response = await undiciFetch(request.url, { method: request.method, headers, dispatcher, ...body });
        return {
          request,
          status: response.status,
          headers: createHttpHeaders(Object.fromEntries(response.headers)),
          bodyAsText: await response.text(),
        };
      },
    },
    retryOptions: { maxRetries: 0 },
  };
}
