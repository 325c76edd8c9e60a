import { readFile, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from 'js-yaml';
import type { HttpsServer } from '../../kubernetes/https.ts';
import { serveHttps } from '../../kubernetes/https.ts';
import { Cluster, base, widget } from './cluster.ts';

const cluster = new Cluster({ tokens: { sesame: 'ali' } });
let server: HttpsServer;

beforeAll(async () => {
  server = await serveHttps(cluster.kubernetes, { token: 'sesame' });
});

afterAll(() => server.close());

interface Received {
  readonly status: number;
  readonly text: string;
}

/** Sends a request; `until` ends the reading early. */
function send(
  method: string,
  path: string,
  token: string | undefined,
  body?: unknown,
  until?: (text: string) => boolean,
): Promise<Received> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
    const sent = request(`${server.url}${path}`, { method, headers, ca: server.ca }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        if (!until?.(text)) return;
        resolve({ status: response.statusCode ?? 0, text });
        sent.destroy();
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

test('the server answers over TLS to a client that trusts its certificate and has the token', async () => {
  const created = await send('POST', base, 'sesame', widget('a'));
  expect(created.status).toBe(201);
  expect((await send('GET', `${base}/a`, 'sesame')).text).toBe(created.text);
  expect(cluster.kubernetes.requests.at(-1)).toMatchObject({ method: 'GET', path: `${base}/a`, user: 'ali', status: 200 });
});

test.each([undefined, 'wrong'])('a client with the token %s is not let in', async (token) => {
  expect((await send('GET', base, token)).status).toBe(401);
});

test('a watch delivers events as they come, and ends when the client goes', async () => {
  const events = send('GET', `${base}?watch=true&resourceVersion=${cluster.kubernetes.resourceVersion}`, 'sesame', undefined, (text) =>
    text.endsWith('\n'),
  );
  while (cluster.kubernetes.openWatches === 0) await new Promise((resolve) => setImmediate(resolve));
  cluster.kubernetes.apply(widget('b'));
  expect(JSON.parse((await events).text)).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'b' } } });
  while (cluster.kubernetes.openWatches > 0) await new Promise((resolve) => setImmediate(resolve));
});

test('a connection that a fault breaks is an error for the client', async () => {
  cluster.kubernetes.faults.add({ effect: 'dropBefore' });
  await expect(send('GET', base, 'sesame')).rejects.toThrow('socket hang up');
});

test('a kubeconfig names the server, its certificate and the token', async () => {
  const path = join(tmpdir(), `kubeconfig-${server.port}`);
  await server.writeKubeconfig(path);
  const config: unknown = load(await readFile(path, 'utf8'));
  await rm(path);
  expect(config).toMatchObject({
    kind: 'Config',
    'current-context': 'sandbox',
    clusters: [{ cluster: { server: server.url, 'certificate-authority-data': Buffer.from(server.ca).toString('base64') } }],
    users: [{ user: { token: 'sesame' } }],
  });
});
