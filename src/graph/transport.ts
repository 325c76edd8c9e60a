import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import { Agent, EnvHttpProxyAgent, fetch, type Dispatcher } from 'undici';
import { http1, type HttpFetch } from '../ports/http.ts';
import type { Cloud } from './clouds.ts';

/** An HTTP proxy, and the hosts that are reached past it: names, `.suffixes` and ports, separated by commas. */
export interface Proxy {
  readonly url: string;
  readonly noProxy: string;
}

export interface TransportOptions {
  /** Milliseconds until the headers of an answer, and between two parts of its body. */
  readonly headersTimeoutMs: number;
  readonly bodyTimeoutMs: number;
  /** Connections to one host at most. */
  readonly connections: number;
  /** The way out, where hosts cannot be reached directly. */
  readonly proxy?: Proxy;
}

/** Timeouts within which Graph answers even a large delta page; connections for as many requests as the operator has under way at once, one on each. */
export const defaultTransport: TransportOptions = { headersTimeoutMs: 60_000, bodyTimeoutMs: 60_000, connections: 256 };

/** Statuses that come without a body. */
const nullBody = new Set([204, 205, 304]);

/** HTTPS for the clouds: one pool of connections for each set of trusted certificates. */
export interface Transport {
  fetchForCloud(cloud: Cloud): HttpFetch;
  /** Waits for what is under way and closes all connections. */
  close(): Promise<void>;
}

/** Reads no environment: what is not said there is not used. */
function throughProxy({ url, noProxy }: Proxy, options: ConstructorParameters<typeof EnvHttpProxyAgent>[0]): Dispatcher {
  return new EnvHttpProxyAgent({ ...options, httpsProxy: url, httpProxy: url, noProxy });
}

/**
 * The production transport. Connections are kept alive; redirects are not followed (the answer itself is returned, and refused by the caller). The
 * certificates of a cloud's `caBundleFile` are trusted besides the usual ones, for that cloud alone. The file is read at the first use; a file that
 * cannot be read throws.
 */
export function createTransport(options: TransportOptions): Transport {
  const agents = new Map<string | undefined, Dispatcher>();
  const agentFor = (caBundleFile: string | undefined): Dispatcher => {
    const known = agents.get(caBundleFile);
    if (known !== undefined) return known;
    const trusted = caBundleFile === undefined ? undefined : [...tls.getCACertificates('default'), readFileSync(caBundleFile, 'utf8')];
    const tlsOptions = { timeout: 10_000, ...(trusted === undefined ? {} : { ca: trusted }) };
    const common = {
      headersTimeout: options.headersTimeoutMs,
      bodyTimeout: options.bodyTimeoutMs,
      connections: options.connections,
      keepAliveTimeout: 30_000,
      connect: tlsOptions,
      ...http1,
    };
    const agent =
      options.proxy === undefined ? new Agent(common) : throughProxy(options.proxy, { ...common, requestTls: { ...tlsOptions, ...http1 } });
    agents.set(caBundleFile, agent);
    return agent;
  };
  return {
    fetchForCloud(cloud) {
      const dispatcher = agentFor(cloud.caBundleFile);
      return async (url, request) => {
        const { method, headers, body, signal } = request;
        const response = await fetch(url, {
          method,
          headers: { 'user-agent': 'tenantsync', ...headers },
          redirect: 'manual',
          dispatcher,
          ...(body === undefined ? {} : { body }),
          ...(signal === undefined ? {} : { signal }),
        });
        // The package's Response is another class than the global one that callers know; the body passes through as a stream.
        const { status } = response;
        return new Response(nullBody.has(status) ? null : response.body, { status, headers: [...response.headers] });
      };
    },
    async close() {
      await Promise.all([...agents.values()].map((agent) => agent.close()));
      agents.clear();
    },
  };
}
