import { KubeError, type ObjectKey, type SecretReader, type ServiceAccountTokens } from '../ports/resources.ts';
import type { KubeHttp } from './http.ts';
import { objectPath, type ResourceType } from './resource-client.ts';

const secrets: ResourceType = { group: '', version: 'v1', plural: 'secrets', kind: 'Secret' };
const serviceAccounts: ResourceType = { group: '', version: 'v1', plural: 'serviceaccounts', kind: 'ServiceAccount' };

interface SecretAnswer {
  readonly metadata: { readonly resourceVersion: string };
  readonly type?: string;
  readonly data?: Readonly<Record<string, string>> | null;
}

/** Reads single Secrets from the API server. */
export class KubeSecretReader implements SecretReader {
  readonly #http: KubeHttp;

  constructor(http: KubeHttp) {
    this.#http = http;
  }

  async get(key: ObjectKey, signal?: AbortSignal): ReturnType<SecretReader['get']> {
    try {
      const path = objectPath(secrets, key);
      const secret = await this.#http.json<SecretAnswer>({ method: 'GET', path, ...(signal === undefined ? {} : { signal }) });
      const data = Object.fromEntries(Object.entries(secret.data ?? {}).map(([name, value]) => [name, Buffer.from(value, 'base64')]));
      return { data, resourceVersion: secret.metadata.resourceVersion, type: secret.type ?? 'Opaque' };
    } catch (error) {
      if (error instanceof KubeError && error.kind === 'NotFound') return undefined;
      throw error;
    }
  }
}

/** Obtains ServiceAccount tokens through the TokenRequest API. */
export class KubeServiceAccountTokens implements ServiceAccountTokens {
  readonly #http: KubeHttp;
  readonly #expirationSeconds: number;

  /** `expirationSeconds` is asked for; the server may give less or more. */
  constructor(http: KubeHttp, options: { readonly expirationSeconds: number }) {
    this.#http = http;
    this.#expirationSeconds = options.expirationSeconds;
  }

  async request(account: ObjectKey, audience: string, signal?: AbortSignal): Promise<{ token: string; expiresAt: number }> {
    const answer = await this.#http.json<{ readonly status: { readonly token: string; readonly expirationTimestamp: string } }>({
      method: 'POST',
      path: `${objectPath(serviceAccounts, account)}/token`,
      body: {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { audiences: [audience], expirationSeconds: this.#expirationSeconds },
      },
      ...(signal === undefined ? {} : { signal }),
    });
    return { token: answer.status.token, expiresAt: Date.parse(answer.status.expirationTimestamp) };
  }
}
