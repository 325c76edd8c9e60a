import { writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { dump } from 'js-yaml';
import { generate } from 'selfsigned';
import type { HttpFetch } from '../../../src/ports/http.ts';
import type { Kubernetes } from './types.ts';

/** How to serve. */
export interface HttpsOptions {
  /** Bearer token that clients must present; one of the tokens the server was made with. */
  readonly token: string;
  /** A free port by default. */
  readonly port?: number;
  /** Name of the context in kubeconfig files. */
  readonly contextName?: string;
}

/** A server that listens. */
export interface HttpsServer {
  readonly url: string;
  readonly port: number;
  /** The certificate that clients must trust, as PEM. */
  readonly ca: string;
  /** A kubeconfig for this server, as YAML. */
  readonly kubeconfig: string;
  writeKubeconfig(path: string): Promise<void>;
  close(): Promise<void>;
}

const host = '127.0.0.1';

/** Serves a simulated API server over HTTPS on the loopback interface, with a certificate of its own. */
export async function serveHttps(kubernetes: Pick<Kubernetes, 'fetch'>, options: HttpsOptions): Promise<HttpsServer> {
  const pems = await generate([{ name: 'commonName', value: 'kubernetes' }], {
    keySize: 2048,
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, digitalSignature: true, keyEncipherment: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 7, ip: host },
          { type: 2, value: 'localhost' },
        ],
      },
    ],
  });
  const server = createServer(
    { key: pems.private, cert: pems.cert },
    (request, response) => void answer(kubernetes.fetch, request, response),
  );
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const url = `https://${host}:${port}`;
  const kubeconfig = kubeconfigOf(url, pems.cert, options);
  return {
    url,
    port,
    ca: pems.cert,
    kubeconfig,
    writeKubeconfig: (path) => writeFile(path, kubeconfig, { mode: 0o600 }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(fetch: HttpFetch, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const { headers } = request;
    const result = await fetch(`https://${host}${request.url ?? '/'}`, {
      method: request.method ?? 'GET',
      // A request without credentials must not pass for one that comes in-process.
      headers: { ...singleValues(headers), authorization: headers.authorization ?? 'none' },
      ...(body.length > 0 ? { body } : {}),
      signal: gone.signal,
    });
    response.writeHead(result.status, Object.fromEntries(result.headers));
    response.flushHeaders();
    if (result.body) await pipeline(Readable.fromWeb(result.body), response);
    else response.end();
  } catch {
    response.destroy();
  }
}

function singleValues(headers: IncomingMessage['headers']): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])));
}

function kubeconfigOf(server: string, ca: string, options: HttpsOptions): string {
  const name = options.contextName ?? 'sandbox';
  return dump({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') } }],
    users: [{ name, user: { token: options.token } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: 'default' } }],
    'current-context': name,
  });
}
