import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { inspect } from 'node:util';
import { KubeConfig, type User } from '@kubernetes/client-node';
import { generate } from 'selfsigned';
import { Authenticator, currentOf, loadKubeConfig } from '../../../src/kube/kubeconfig.ts';
import { kubeTransport, type KubeTransport } from '../../../src/kube/transport.ts';
import { serveHttp2 } from '../../support/http2-server.ts';
import { serveProxy } from '../../support/proxy-server.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

interface Seen {
  readonly authorization: string | undefined;
  readonly path: string | undefined;
  readonly client: string | undefined;
}

const folder = mkdtempSync(join(tmpdir(), 'tenantsync-transport-'));
const seen: Seen[] = [];
const open: { close(): Promise<void> }[] = [];
let certificate: { cert: string; private: string };
let server: Server;
let accepts: (authorization: string | undefined) => boolean = () => true;

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const portOf = (listening: { address(): AddressInfo | string | null }): number => (listening.address() as AddressInfo).port;

/** The name in the client certificate of a connection. */
function clientOf(socket: object): string | undefined {
  const subject = (socket as Pick<TLSSocket, 'getPeerCertificate'>).getPeerCertificate().subject as { CN?: string } | undefined;
  return subject?.CN;
}

beforeAll(async () => {
  const altNames = [{ type: 7 as const, ip: '127.0.0.1' }];
  certificate = await generate([{ name: 'commonName', value: 'kube' }], {
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames },
    ],
  });
  server = createServer(
    { key: certificate.private, cert: certificate.cert, requestCert: true, rejectUnauthorized: false },
    (request, response) => {
      const { authorization } = request.headers;
      seen.push({ authorization, path: request.url, client: clientOf(request.socket) });
      response.writeHead(accepts(authorization) ? 200 : 401, { 'content-type': 'application/json' });
      response.end('{}');
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
  seen.length = 0;
  accepts = () => true;
});

afterAll(async () => {
  rmSync(folder, { recursive: true });
  await new Promise((resolve) => server.close(resolve));
});

function transport(user: User, options: { caData?: string; clock?: VirtualClock; server?: string; proxyUrl?: string } = {}): KubeTransport {
  const config = new KubeConfig();
  const caData = options.caData ?? base64(certificate.cert);
  const address = options.server ?? `https://127.0.0.1:${portOf(server)}/`;
  const proxy = options.proxyUrl === undefined ? {} : { proxyUrl: options.proxyUrl };
  config.loadFromClusterAndUser({ name: 'c', server: address, skipTLSVerify: false, caData, ...proxy }, user);
  const made = kubeTransport(config, options.clock ?? new VirtualClock());
  open.push(made);
  return made;
}

const get = (made: KubeTransport): Promise<Response> => made.fetch(`${made.baseUrl}/version`, { method: 'GET', headers: {} });

describe('the transport to the API server', () => {
  it('speaks TLS with the cluster’s own CA and sends the user’s token', async () => {
    const made = transport({ name: 'u', token: 'abc' });
    const response = await get(made);
    expect(await response.json()).toEqual({});
    expect(seen).toMatchObject([{ authorization: 'Bearer abc', path: '/version' }]);
  });

  it('refuses a server whose certificate another CA has signed', async () => {
    const other = await generate([{ name: 'commonName', value: 'other' }], { extensions: [{ name: 'basicConstraints', cA: true }] });
    await expect(get(transport({ name: 'u', token: 'abc' }, { caData: base64(other.cert) }))).rejects.toThrow('fetch failed');
    expect(seen).toEqual([]);
  });

  it('signs in with a client certificate, or with a name and a password', async () => {
    await get(transport({ name: 'u', certData: base64(certificate.cert), keyData: base64(certificate.private) }));
    await get(transport({ name: 'u', username: 'ada', password: 'pass' }));
    expect(seen[0]?.client).toBe('kube');
    expect(seen[1]?.authorization).toBe(`Basic ${base64('ada:pass')}`);
  });

  it('reads a rotated token file again at once when the old token is refused', async () => {
    const tokenFile = join(folder, 'token');
    writeFileSync(tokenFile, 'first\n');
    const made = transport({ name: 'u', authProvider: { name: 'tokenFile', config: { tokenFile } } });
    await get(made);
    writeFileSync(tokenFile, 'second\n');
    accepts = (authorization) => authorization === 'Bearer second';
    expect((await get(made)).status).toBe(200);
    expect(seen.map((request) => request.authorization)).toEqual(['Bearer first', 'Bearer first', 'Bearer second']);
  });

  it('asks twice at most when it stays refused', async () => {
    accepts = () => false;
    expect((await get(transport({ name: 'u', token: 'abc' }))).status).toBe(401);
    expect(seen).toHaveLength(2);
  });

  it.each(['directly', 'through a proxy'] as const)(
    'speaks HTTP/1.1 with a server that has HTTP/2 too, %s: there the end of a request leaves nothing behind',
    async (how) => {
      const http2 = await serveHttp2(certificate);
      const proxy = how === 'directly' ? undefined : await serveProxy();
      open.push(http2, ...(proxy === undefined ? [] : [proxy]));
      await get(transport({ name: 'u', token: 'abc' }, { server: http2.url, ...(proxy === undefined ? {} : { proxyUrl: proxy.url }) }));
      expect(http2.versions).toEqual(['1.1']);
      expect(proxy?.asked ?? []).toEqual(proxy === undefined ? [] : [new URL(http2.url).host]);
    },
  );

  it('ends a request when its signal says so', async () => {
    const made = transport({ name: 'u', token: 'abc' });
    const ending = new AbortController();
    ending.abort();
    await expect(made.fetch(`${made.baseUrl}/version`, { method: 'GET', headers: {}, signal: ending.signal })).rejects.toThrow('aborted');
  });

  it('reads a kubeconfig file, with plain HTTP to a local proxy, a namespace and another context', async () => {
    const plain = createHttpServer((request, response) => {
      seen.push({ authorization: request.headers.authorization, path: request.url, client: undefined });
      response.end('{}');
    });
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    open.push({ close: () => new Promise<void>((resolve) => plain.close(() => resolve())) });
    const file = join(folder, 'config');
    const cluster = (name: string): object => ({ name, cluster: { server: `http://127.0.0.1:${portOf(plain)}` } });
    const context = (name: string): object => ({ name, context: { cluster: name, user: 'u', namespace: `ns-${name}` } });
    writeFileSync(
      file,
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        'current-context': 'one',
        clusters: [cluster('one'), cluster('two')],
        contexts: [context('one'), context('two')],
        users: [{ name: 'u', user: { token: 'abc' } }],
      }),
    );
    expect(kubeTransport(loadKubeConfig({ file, environment: {} }), new VirtualClock()).namespace).toBe('ns-one');
    const made = kubeTransport(loadKubeConfig({ file, context: 'two', environment: {} }), new VirtualClock());
    expect(made.namespace).toBe('ns-two');
    expect((await get(made)).status).toBe(200);
    await made.close();
    expect(seen).toMatchObject([{ authorization: 'Bearer abc', path: '/version' }]);
  });

  it.each(['    token: SECRET-TOKEN\n   user: [', '  - token: SECRET-TOKEN\n\t bad: x', 'a: "SECRET-TOKEN', '? SECRET-TOKEN: {{'])(
    'says where a file is no YAML, and nothing of what is in it: %j',
    (text) => {
      const file = join(folder, 'broken');
      writeFileSync(file, `users:\n${text}\n`);
      let said: unknown;
      try {
        loadKubeConfig({ file, environment: {} });
      } catch (error) {
        said = error;
      }
      expect(inspect(said, { depth: 9, showHidden: true })).toMatch(/broken is no YAML, see line \d/);
      expect(inspect(said, { depth: 9, showHidden: true })).not.toContain('SECRET');
    },
  );

  it('takes of several kubeconfigs what the first one says', () => {
    const write = (name: string, content: object): string => {
      const file = join(folder, name);
      writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'Config', ...content }));
      return file;
    };
    const cluster = (server: string): object => ({ name: 'c', cluster: { server, 'certificate-authority': 'ca.pem' } });
    const context = { name: 'one', context: { cluster: 'c', user: 'u', namespace: 'ns-one' } };
    const first = write('first', { 'current-context': 'one', clusters: [cluster('https://first')], contexts: [context] });
    const second = write('second', {
      'current-context': 'two',
      clusters: [cluster('https://second')],
      users: [{ name: 'u', user: { token: 'abc' } }],
    });
    expect(currentOf(loadKubeConfig({ environment: { KUBECONFIG: [first, second].join(delimiter) } }))).toMatchObject({
      cluster: { server: 'https://first', caFile: join(folder, 'ca.pem') },
      user: { name: 'u', token: 'abc' },
      namespace: 'ns-one',
    });
  });

  it('signs in with what a plugin prints', async () => {
    const credential = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token: 'of the plugin' } };
    await get(transport({ name: 'u', exec: { command: 'echo', args: [JSON.stringify(credential)] } }));
    expect(seen).toMatchObject([{ authorization: 'Bearer of the plugin' }]);
  });

  it('leaves users of old providers to client-node as a whole', async () => {
    const provider = { name: 'azure', config: { 'access-token': 'of azure', 'expires-on': '99999999999' } };
    await get(transport({ name: 'u', authProvider: provider }));
    expect(seen).toMatchObject([{ authorization: 'Bearer of azure' }]);
    // Whose server is not to be verified is for the kubeconfig to say.
    for (const [skipTLSVerify, rejectUnauthorized] of [
      [false, undefined],
      [true, false],
    ] as const) {
      const cluster = { name: 'c', server: 'https://cluster.example', skipTLSVerify };
      const options = await new Authenticator({ cluster, user: { name: 'u', authProvider: provider }, namespace: undefined }).options();
      expect(options.rejectUnauthorized).toBe(rejectUnauthorized);
    }
  });

  it('uses the pod’s own ServiceAccount in a pod, unless KUBECONFIG says otherwise', () => {
    const config = loadKubeConfig({ environment: { KUBERNETES_SERVICE_HOST: '10.0.0.1' } });
    expect(currentOf(config).user?.authProvider).toMatchObject({
      name: 'tokenFile',
      config: { tokenFile: '/var/run/secrets/kubernetes.io/serviceaccount/token' },
    });
  });

  it('has nothing to talk to without a cluster', () => {
    expect(() => kubeTransport(new KubeConfig(), new VirtualClock())).toThrow('no current cluster');
  });
});
