import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { generate } from 'selfsigned';
import { cloudsFromFile } from '../../../src/graph/clouds.ts';
import { createTransport, defaultTransport, type TransportOptions } from '../../../src/graph/transport.ts';
import { fetchText, graphAnswerBytes } from '../../../src/graph/http/fetch-text.ts';
import type { HttpFetch } from '../../../src/ports/http.ts';
import { systemClock } from '../../../src/system.ts';
import { serveHttp2 } from '../../support/http2-server.ts';
import { serveProxy } from '../../support/proxy-server.ts';

let server: Server;
let folder: string;
let url: string;
let certificate: { readonly cert: string; readonly private: string };
let connections = 0;
/** Some 300 KB on the wire, 300 MB unpacked. */
const bomb = gzipSync(Buffer.alloc(300 * 2 ** 20, ' '));

beforeAll(async () => {
  const extensions: NonNullable<Parameters<typeof generate>[1]>['extensions'] = [
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
  ];
  const pair = await generate([{ name: 'commonName', value: '127.0.0.1' }], { algorithm: 'sha256', extensions });
  certificate = pair;
  folder = mkdtempSync(path.join(tmpdir(), 'transport-'));
  writeFileSync(path.join(folder, 'ca.pem'), pair.cert);
  server = createServer({ key: pair.private, cert: pair.cert }, (request, response) => {
    if (request.url === '/redirect') response.writeHead(307, { location: '/ok' }).end();
    else if (request.url === '/empty') response.writeHead(204).end();
    else if (request.url === '/half') response.writeHead(200, { 'content-length': '100' }).write('{"value"', () => response.destroy());
    else if (request.url === '/bomb') response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
    else if (request.url === '/never') response.on('close', () => undefined);
    else response.end(JSON.stringify({ method: request.method, agent: request.headers['user-agent'] }));
  });
  server.on('secureConnection', () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

async function withTransport<T>(
  use: (fetch: HttpFetch) => Promise<T>,
  options: TransportOptions = defaultTransport,
  host = url,
): Promise<T> {
  const transport = createTransport(options);
  const [cloud] = cloudsFromFile({ lab: { authorityHost: host, graphHost: host, caBundleFile: path.join(folder, 'ca.pem') } });
  if (cloud === undefined) throw new Error('no cloud');
  try {
    return await use(transport.fetchForCloud(cloud));
  } finally {
    await transport.close();
  }
}

const get = { method: 'GET', headers: {} };

async function withProxy<T>(use: (proxyUrl: string, asked: readonly string[]) => Promise<T>): Promise<T> {
  const proxy = await serveProxy();
  try {
    return await use(proxy.url, proxy.asked);
  } finally {
    await proxy.close();
  }
}

describe('a proxy on the way to the tenants', () => {
  it('is used for every host, with the certificates of the cloud', () =>
    withProxy(async (proxyUrl, asked) => {
      const options = { ...defaultTransport, proxy: { url: proxyUrl, noProxy: '' } };
      const answer = await withTransport(async (fetch) => (await fetch(`${url}/ok`, get)).text(), options);
      expect(JSON.parse(answer)).toMatchObject({ method: 'GET' });
      expect(asked).toEqual([new URL(url).host]);
    }));

  it('is passed by for the hosts that are named', () =>
    withProxy(async (proxyUrl, asked) => {
      const options = { ...defaultTransport, proxy: { url: proxyUrl, noProxy: '127.0.0.1' } };
      expect(await withTransport(async (fetch) => (await fetch(`${url}/ok`, get)).status, options)).toBe(200);
      expect(asked).toEqual([]);
    }));

  it('that cannot be reached fails the request', async () => {
    const options = { ...defaultTransport, proxy: { url: 'http://127.0.0.1:1', noProxy: '' } };
    await expect(withTransport(async (fetch) => (await fetch(`${url}/ok`, get)).status, options)).rejects.toThrow();
  });
});

describe('The production transport', () => {
  test.each(['directly', 'through a proxy'] as const)(
    'speaks HTTP/1.1 with a server that has HTTP/2 too, %s: there the end of a request leaves nothing behind',
    (how) =>
      withProxy(async (proxyUrl, asked) => {
        const http2 = await serveHttp2(certificate);
        try {
          const options = how === 'directly' ? defaultTransport : { ...defaultTransport, proxy: { url: proxyUrl, noProxy: '' } };
          await withTransport(async (fetch) => (await fetch(`${http2.url}/ok`, get)).text(), options, http2.url);
          expect(http2.versions).toEqual(['1.1']);
          expect(asked).toHaveLength(how === 'directly' ? 0 : 1);
        } finally {
          await http2.close();
        }
      }),
  );

  test('ends an answer that unpacks to more than the bound, within the memory of the bound', async () => {
    expect(bomb.byteLength).toBeLessThan(2 ** 19);
    const before = process.memoryUsage().rss;
    const result = await withTransport((fetch) =>
      fetchText(fetch, `${url}/bomb`, get, { clock: systemClock, timeoutMs: 60_000, maxBytes: graphAnswerBytes }),
    );
    expect(result).toEqual({ outcome: 'NoAnswer', detail: 'answer too large' });
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 2 ** 20);
  });

  test('returns a redirect instead of following it', async () => {
    const response = await withTransport((fetch) => fetch(`${url}/redirect`, { method: 'POST', headers: {}, body: '{}' }));
    expect(response.status).toBe(307);
  });

  test('keeps connections alive', async () => {
    const before = connections;
    const texts = await withTransport(async (fetch) => {
      const read: string[] = [];
      for (let n = 0; n < 10; n += 1) read.push(await (await fetch(`${url}/ok`, get)).text());
      return read;
    });
    expect(texts[9]).toBe('{"method":"GET","agent":"tenantsync"}');
    expect(connections - before).toBeLessThan(4);
  });

  test('gives answers without a body', async () => {
    const response = await withTransport((fetch) => fetch(`${url}/empty`, { method: 'DELETE', headers: {} }));
    expect([response.status, await response.text()]).toEqual([204, '']);
  });

  test('rejects a body that breaks off', async () => {
    await expect(withTransport(async (fetch) => (await fetch(`${url}/half`, get)).text())).rejects.toThrow(TypeError);
  });

  test('gives up a server that does not answer in time', async () => {
    const options = { ...defaultTransport, headersTimeoutMs: 50 };
    await expect(withTransport((fetch) => fetch(`${url}/never`, get), options)).rejects.toMatchObject({
      cause: { code: 'UND_ERR_HEADERS_TIMEOUT' },
    });
  });

  test('ends with the signal', async () => {
    const abort = new AbortController();
    abort.abort();
    await expect(withTransport((fetch) => fetch(`${url}/never`, { ...get, signal: abort.signal }))).rejects.toMatchObject({
      name: 'AbortError',
    });
  });

  test('says which CA bundle cannot be read', () => {
    const [cloud] = cloudsFromFile({ lab: { authorityHost: url, graphHost: url, caBundleFile: path.join(folder, 'missing.pem') } });
    if (cloud === undefined) throw new Error('no cloud');
    expect(() => createTransport(defaultTransport).fetchForCloud(cloud)).toThrow(/missing\.pem/);
  });
});
