import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import { Agent, fetch, ProxyAgent, type Dispatcher } from 'undici';
import type { Clock } from '../ports/clock.ts';
import type { HttpFetch } from '../ports/http.ts';

/** A way to one API server. */
export interface KubeTransport {
  readonly baseUrl: string;
  /** The namespace of the kubeconfig's context or of the pod. */
  readonly namespace: string | undefined;
  /** Sends with the current credentials: they are looked up again as they rotate, and at once after a 401. */
  readonly fetch: HttpFetch;
  close(): Promise<void>;
}

/** How long looked-up credentials are used; client-go reads token files anew once a minute, exec plugins keep their own time. */
const credentialsMs = 10_000;

interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly dispatcher: Dispatcher;
}

/**
 * The configuration to use: the file named, else what KUBECONFIG names, else in a pod its own ServiceAccount, else
 * ~/.kube/config. `context` chooses another than the current one.
 */
export function loadKubeConfig(options: {
  readonly file?: string;
  readonly context?: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}): KubeConfig {
  const { file, context, environment } = options;
  const config = new KubeConfig();
  if (file !== undefined) config.loadFromFile(file);
  else if (!environment.KUBECONFIG && environment.KUBERNETES_SERVICE_HOST) config.loadFromCluster();
  else config.loadFromDefault();
  if (context !== undefined) config.setCurrentContext(context);
  return config;
}

/** HTTP to the API server of a KubeConfig's current context. Throws when the context names no cluster. */
export function kubeTransport(config: KubeConfig, clock: Clock): KubeTransport {
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error('the kubeconfig has no current cluster');
  const credentials = new CredentialSource(withPlainHttp(config), clock);
  const send = async (url: string, request: Parameters<HttpFetch>[1]): Promise<Response> => {
    const { headers, dispatcher } = await credentials.get();
    const response = await fetch(url, {
      method: request.method,
      headers: { ...request.headers, ...headers },
      dispatcher,
      redirect: 'error',
      ...(request.body === undefined ? {} : { body: request.body }),
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    });
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- undici's own class, with the interface of the global one
    return response;
  };
  return {
    baseUrl: cluster.server.replace(/\/+$/, ''),
    namespace: config.getContextObject(config.getCurrentContext())?.namespace,
    fetch: async (url, request) => {
      const response = await send(url, request);
      if (response.status !== 401) return response;
      // A token can end before its file was read again. The request did nothing: once more is safe.
      credentials.invalidate();
      await response.body?.cancel();
      return await send(url, request);
    },
    close: () => credentials.close(),
  };
}

/** client-node refuses plain HTTP unless TLS verification is off; kubectl does not (a local proxy, the demo). */
function withPlainHttp(config: KubeConfig): KubeConfig {
  const cluster = config.getCurrentCluster();
  if (cluster?.server.startsWith('http:') !== true || cluster.skipTLSVerify) return config;
  const plain = new KubeConfig();
  plain.loadFromClusterAndUser({ ...cluster, skipTLSVerify: true }, config.getCurrentUser() ?? { name: 'user' });
  return plain;
}

/** Credentials of the current context, kept for a moment; connections are kept for as long as the TLS material stays the same. */
class CredentialSource {
  readonly #clock: Clock;
  #config: KubeConfig;
  #current: Promise<Credentials> | undefined;
  #until = 0;
  #tls: { readonly fingerprint: string; readonly dispatcher: Dispatcher } | undefined;

  constructor(config: KubeConfig, clock: Clock) {
    this.#config = config;
    this.#clock = clock;
  }

  get(): Promise<Credentials> {
    if (this.#current === undefined || this.#clock.monotonic() >= this.#until) {
      this.#until = this.#clock.monotonic() + credentialsMs;
      const looking = this.#lookUp();
      this.#current = looking;
      // A failed look-up must not be kept.
      looking.catch(() => {
        if (this.#current === looking) this.#current = undefined;
      });
    }
    return this.#current;
  }

  /** Has the next request look up everything anew. client-node keeps tokens in its authenticators, so these go too. */
  invalidate(): void {
    const { clusters, users, contexts, currentContext } = this.#config;
    this.#config = new KubeConfig();
    this.#config.loadFromOptions({ clusters, users, contexts, currentContext });
    this.#current = undefined;
  }

  async close(): Promise<void> {
    await this.#tls?.dispatcher.destroy();
  }

  async #lookUp(): Promise<Credentials> {
    const options: RequestOptions = {};
    await this.#config.applyToHTTPSOptions(options);
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries((options.headers ?? {}) as Record<string, unknown>)) {
      if (typeof value === 'string') headers[name.toLowerCase()] = value.trim();
    }
    if (typeof options.auth === 'string') headers.authorization = `Basic ${Buffer.from(options.auth).toString('base64')}`;
    return { headers, dispatcher: this.#dispatcher(options) };
  }

  #dispatcher(options: RequestOptions): Dispatcher {
    const { ca, cert, key, passphrase, servername, rejectUnauthorized } = options;
    const tls = Object.fromEntries(
      Object.entries({ ca, cert, key, passphrase, servername, rejectUnauthorized }).filter(([, value]) => value !== undefined),
    );
    const fingerprint = JSON.stringify(tls);
    if (this.#tls?.fingerprint === fingerprint) return this.#tls.dispatcher;
    const previous = this.#tls?.dispatcher;
    const dispatcher = dispatcherOf(this.#config, tls);
    this.#tls = { fingerprint, dispatcher };
    // Waits for the requests on it; watches end within ten minutes.
    void previous?.close();
    return dispatcher;
  }
}

function dispatcherOf(config: KubeConfig, tls: Readonly<Record<string, unknown>>): Dispatcher {
  // Watches are silent for minutes and have timers of their own.
  const timeouts = { bodyTimeout: 0, headersTimeout: 0 };
  const connect = { keepAlive: true, keepAliveInitialDelay: 30_000 };
  const proxy = config.getCurrentCluster()?.proxyUrl;
  if (proxy === undefined) return new Agent({ ...timeouts, connect: { ...tls, ...connect } });
  if (!proxy.startsWith('http')) throw new Error('only HTTP proxies to the API server are supported');
  return new ProxyAgent({ ...timeouts, uri: proxy, requestTls: tls, connect });
}
