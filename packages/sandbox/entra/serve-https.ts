import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { generate } from 'selfsigned';
import type { Entra } from './types.ts';

/** A simulated Entra that listens on 127.0.0.1. */
export interface EntraServer {
  /** host:port, for authority and Graph alike. */
  readonly host: string;
  /** https://host:port without a slash at the end. */
  readonly url: string;
  /** Certificate to trust (NODE_EXTRA_CA_CERTS, or a CA option). */
  readonly caPem: string;
  /** Ends the server and cuts open connections. */
  close(): Promise<void>;
}

export interface HttpsOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** Told why a connection was closed without an answer: a fault that was asked for, a caller that gave up, or a defect. */
  readonly onError?: (error: unknown) => void;
}

/**
 * Serves all tenants of `entra` over HTTPS on loopback, on a free port unless one is given. One host answers for authority and Graph of
 * every cloud; tokens are for that host. A dropped request shows as a closed connection.
 */
export async function serveHttps(entra: Entra, options: HttpsOptions = {}): Promise<EntraServer> {
  const certificate = await selfSigned();
  const server = createServer({ key: certificate.private, cert: certificate.cert });
  const listening = await listen(server, options.port ?? 0);
  const host = `127.0.0.1:${listening}`;
  entra.serveAlso(host);
  server.on('request', (request: IncomingMessage, response: ServerResponse) => void handle({ entra, host, ...options }, request, response));
  return {
    host,
    url: `https://${host}`,
    caPem: certificate.cert,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function selfSigned(): Promise<{ private: string; cert: string }> {
  return generate([{ name: 'commonName', value: '127.0.0.1' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 7, ip: '127.0.0.1' },
          { type: 2, value: 'localhost' },
        ],
      },
    ],
  });
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

interface Service extends HttpsOptions {
  readonly entra: Entra;
  readonly host: string;
}

async function handle({ entra, host, onError }: Service, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(request.headers)) if (typeof value === 'string') headers[name] = value;
    const body = chunks.length === 0 ? {} : { body: Buffer.concat(chunks).toString() };
    const url = `https://${host}${request.url ?? '/'}`;
    const answer = await entra.fetch(url, { method: request.method ?? 'GET', headers, ...body, signal: gone.signal });
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(Buffer.from(await answer.arrayBuffer()));
  } catch (error) {
    onError?.(error);
    request.socket.destroy();
  }
}
