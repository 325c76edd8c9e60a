import type { RequestOptions } from 'node:https';
import { Agent, fetch, ProxyAgent, type Dispatcher } from 'undici';
import type { Clock } from '../ports/clock.ts';
import { http1, type HttpFetch } from '../ports/http.ts';
import { Authenticator, currentOf, type CurrentContext, type KubeConfigData } from './kubeconfig.ts';

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

/** HTTP to the API server of a kubeconfig's current context. Throws when the context names no cluster. */
export function kubeTransport(config: KubeConfigData, clock: Clock): KubeTransport {
  const current = currentOf(config);
  const credentials = new CredentialSource(current, clock);
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
    baseUrl: current.cluster.server.replace(/\/+$/, ''),
    namespace: current.namespace,
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

/** Credentials of the current context, kept for a moment; connections are kept for as long as the TLS material stays the same. */
class CredentialSource {
  readonly #clock: Clock;
  readonly #context: CurrentContext;
  #authenticator: Authenticator;
  #current: Promise<Credentials> | undefined;
  #until = 0;
  #tls: { readonly fingerprint: string; readonly dispatcher: Dispatcher } | undefined;

  constructor(context: CurrentContext, clock: Clock) {
    this.#context = context;
    this.#authenticator = new Authenticator(context);
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

  /** Has the next request look up everything anew. Tokens are kept by the authenticator, so it goes too. */
  invalidate(): void {
    this.#authenticator = new Authenticator(this.#context);
    this.#current = undefined;
  }

  async close(): Promise<void> {
    await this.#tls?.dispatcher.destroy();
  }

  async #lookUp(): Promise<Credentials> {
    const options = await this.#authenticator.options();
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
    const dispatcher = dispatcherOf(this.#context, tls);
    this.#tls = { fingerprint, dispatcher };
    // Waits for the requests on it; watches end within ten minutes.
    void previous?.close();
    return dispatcher;
  }
}

function dispatcherOf({ cluster }: CurrentContext, tls: Readonly<Record<string, unknown>>): Dispatcher {
  // Watches are silent for minutes and have timers of their own.
  const common = { bodyTimeout: 0, headersTimeout: 0, ...http1 };
  const connect = { keepAlive: true, keepAliveInitialDelay: 30_000 };
  const proxy = cluster.proxyUrl;
  if (!proxy) return new Agent({ ...common, connect: { ...tls, ...connect } });
  if (!proxy.startsWith('http')) throw new Error('only HTTP proxies to the API server are supported');
  return new ProxyAgent({ ...common, uri: proxy, requestTls: { ...tls, ...http1 }, connect });
}
