import { createServer, type Server } from 'node:http';
import type { Metrics } from './registry.ts';

export interface Endpoint {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

type Handler = () => Promise<Endpoint> | Endpoint;

/** `host:port` or `:port`; port 0 takes a free one. */
export function parseBindAddress(text: string): { readonly host: string | undefined; readonly port: number } | undefined {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]]*)):([0-9]{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65_535) return undefined;
  const host = match[1] ?? match[2];
  return { host: host === '' ? undefined : host, port };
}

/** An address that cannot be listened on, in one sentence. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  constructor(server: string, address: string, { code = 'unknown', message }: NodeJS.ErrnoException) {
    const why = code === 'EADDRINUSE' ? 'another process listens there' : code === 'EACCES' ? 'that port needs more rights' : message;
    super(`${server} cannot be served on ${address} (${code}): ${why}. The bind addresses are flags: see --help.`);
  }
}

/** A small HTTP server over fixed GET paths, such as /metrics or /healthz. */
export class EndpointServer {
  readonly name: string;
  readonly #address: { readonly host: string | undefined; readonly port: number };
  readonly #server: Server;

  constructor(
    name: string,
    address: { readonly host: string | undefined; readonly port: number },
    handlers: Readonly<Record<string, Handler>>,
  ) {
    this.name = name;
    this.#address = address;
    this.#server = createServer((request, response) => {
      const path = (request.url ?? '').split('?')[0] ?? '';
      const handler = request.method === 'GET' && Object.hasOwn(handlers, path) ? handlers[path] : undefined;
      const answer = handler
        ? Promise.resolve().then(handler)
        : Promise.resolve({ status: 404, contentType: 'text/plain', body: 'not found\n' });
      answer
        .catch((): Endpoint => ({ status: 500, contentType: 'text/plain', body: 'internal error\n' }))
        .then((endpoint) => {
          response.writeHead(endpoint.status, { 'content-type': endpoint.contentType });
          response.end(endpoint.body);
        })
        .catch(() => response.destroy());
    });
  }

  /** The port in use, once started. */
  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** Rejects with ListenError where the address is not to be had. */
  start(): Promise<void> {
    return new Promise((resolve, fail) => {
      const { host = '', port } = this.#address;
      const reject = (error: NodeJS.ErrnoException): void => fail(new ListenError(this.name, `${host}:${port}`, error));
      this.#server.once('error', reject);
      this.#server.listen({ port: this.#address.port, ...(this.#address.host === undefined ? {} : { host: this.#address.host }) }, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }
}

export function metricsHandlers(metrics: Metrics): Readonly<Record<string, Handler>> {
  return { '/metrics': async () => ({ status: 200, ...(await metrics.expose()) }) };
}

/** Liveness tells whether parts hang, readiness whether the stores are filled. A standby without a lease is ready too. */
export function healthHandlers(manager: { readonly ready: boolean; stuck(): readonly string[] }): Readonly<Record<string, Handler>> {
  const text = (status: number, body: string): Endpoint => ({ status, contentType: 'text/plain', body: `${body}\n` });
  return {
    '/healthz': () => {
      const stuck = manager.stuck();
      return stuck.length === 0 ? text(200, 'ok') : text(500, `stuck: ${stuck.join(', ')}`);
    },
    '/readyz': () => (manager.ready ? text(200, 'ok') : text(503, 'the stores are not filled yet')),
  };
}
