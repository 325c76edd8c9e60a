import { apiGroup, kinds } from '../../api/kinds.ts';
import type { KubeHttp, KubeRequest } from '../../kube/http.ts';
import { listPages } from '../../kube/list-pager.ts';
import { collectionPath, objectPath, type ResourceType } from '../../kube/resource-client.ts';
import { KubeError, keyString, type KubeObject, type MergePatch, type ObjectKey } from '../../ports/resources.ts';

/** A kind of ours, as the client names it. */
export type Kind = keyof typeof kinds;

const typeOf = (kind: Kind): ResourceType => ({ group: apiGroup, version: 'v1alpha1', ...kinds[kind] });

/** What went wrong for the person at the terminal: one sentence that says what to do. `status` is the exit status. */
export class ClientError extends Error {
  override readonly name: string = 'ClientError';
  readonly status: 1 | 2 | 3;
  constructor(message: string, status: 1 | 2 | 3 = 1) {
    super(message);
    this.status = status;
  }
}

/** The cluster could not serve a request, and may serve the next: whoever waits goes on. */
export class PassingError extends ClientError {
  override readonly name = 'PassingError';
}

/** An operator in the cluster: the Deployment as `namespace/name`, and the version that it says. */
export interface Operator {
  readonly name: string;
  readonly version: string;
}

/** The field manager of what a person writes with the command. Flux takes back what managers write whose names begin with `kubectl`. */
const fieldManager = 'tenantsync-client';

/** Our resources in one cluster, with the rights of whoever asks. Rejects with ClientError. */
export class Cluster {
  readonly #http: KubeHttp;
  readonly #signal: AbortSignal;
  /** The namespace in use; undefined: all of them. */
  readonly namespace: string | undefined;

  constructor(http: KubeHttp, namespace: string | undefined, signal: AbortSignal) {
    this.#http = http;
    this.namespace = namespace;
    this.#signal = signal;
  }

  /** All objects of a kind in the namespace in use, in order of their names. */
  async list<T extends KubeObject>(kind: Kind): Promise<readonly T[]> {
    const found: T[] = [];
    await this.#explained(`list ${kinds[kind].plural}`, () =>
      listPages<T>({
        http: this.#http,
        path: collectionPath(typeOf(kind), this.namespace),
        query: {},
        resourceVersion: '',
        signal: this.#signal,
        onPage: (items) => void found.push(...items),
        onRestart: () => void found.splice(0),
      }),
    );
    return found.toSorted((a, b) => (keyString(a.metadata) < keyString(b.metadata) ? -1 : 1));
  }

  /** One object of the namespace in use. Rejects if it is not there. */
  async get<T extends KubeObject>(kind: Kind, name: string): Promise<T> {
    return this.#send<T>(kind, name, { method: 'GET', path: objectPath(typeOf(kind), this.#key(name)) });
  }

  /** Merges a patch into an object: all of it but the status. */
  async patch<T extends KubeObject>(kind: Kind, name: string, patch: MergePatch): Promise<T> {
    return this.#send<T>(kind, name, {
      method: 'PATCH',
      path: objectPath(typeOf(kind), this.#key(name)),
      query: { fieldManager },
      contentType: 'application/merge-patch+json',
      body: patch,
    });
  }

  /** Makes an object in the namespace in use. */
  async create(kind: Kind, object: MergePatch & { readonly metadata: { readonly name: string } }): Promise<void> {
    const { namespace } = this.#key(object.metadata.name);
    await this.#explained(`make ${kinds[kind].kind} ${object.metadata.name}`, () =>
      this.#http.json({
        method: 'POST',
        path: collectionPath(typeOf(kind), namespace),
        query: { fieldManager },
        body: object,
        signal: this.#signal,
      }),
    );
  }

  /** Deletes an object of the namespace in use, also for somebody who has interrupted the command. One that is gone is no failure. */
  async remove(kind: Kind, name: string): Promise<void> {
    try {
      await this.#http.json({ method: 'DELETE', path: objectPath(typeOf(kind), this.#key(name)) });
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      if (error.kind !== 'NotFound')
        throw new ClientError(`Cannot delete ${kinds[kind].kind} ${name}, which only this command needed: ${wayOut(error)}`);
    }
  }

  /** The operators that were installed by the chart, in the namespaces that the caller may look into. Rejects with ClientError. */
  async operators(): Promise<readonly Operator[]> {
    const path = collectionPath({ group: 'apps', version: 'v1', plural: 'deployments', kind: 'Deployment' }, this.namespace);
    const query = { labelSelector: 'app.kubernetes.io/part-of=tenantsync,app.kubernetes.io/component=operator' };
    const { items } = await this.#explained('list deployments', () =>
      this.#http.json<{ readonly items: readonly KubeObject[] }>({ method: 'GET', path, query, signal: this.#signal }),
    );
    return items.map(({ metadata }) => ({
      name: keyString(metadata),
      version: metadata.labels?.['app.kubernetes.io/version'] ?? 'unknown',
    }));
  }

  /** The name that the cluster knows the caller by; undefined where it does not say. */
  async whoAmI(): Promise<string | undefined> {
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
    const request = {
      method: 'POST',
      path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      body: review,
      signal: this.#signal,
    } as const;
    try {
      const { status } = await this.#http.json<{ readonly status?: { readonly userInfo?: { readonly username?: string } } }>(request);
      return status?.userInfo?.username;
    } catch (error) {
      if (error instanceof KubeError) return undefined;
      throw error;
    }
  }

  #key(name: string): ObjectKey {
    if (this.namespace === undefined) throw new ClientError('Name one namespace with -n; a resource is in one of them.', 2);
    return { namespace: this.namespace, name };
  }

  #send<T>(kind: Kind, name: string, request: KubeRequest): Promise<T> {
    const verb = request.method === 'GET' ? 'get' : 'change';
    return this.#explained(`${verb} ${kinds[kind].kind} ${keyString(this.#key(name))}`, () =>
      this.#http.json<T>({ ...request, signal: this.#signal }),
    );
  }

  async #explained<T>(what: string, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      if (this.#signal.aborted) throw new ClientError('Interrupted. What was asked for may still happen.');
      const message = `Cannot ${what}: ${wayOut(error)}`;
      const passes = error.kind === 'Unavailable' || error.kind === 'TooManyRequests';
      throw passes ? new PassingError(message) : new ClientError(message);
    }
  }
}

function wayOut(error: KubeError): string {
  switch (error.kind) {
    case 'NotFound':
      return error.reason === 'NotFound' && error.message.includes('could not find the requested resource')
        ? 'TenantSync is not installed in this cluster (its definitions are missing).'
        : 'it does not exist. kubectl tenantsync status -A shows what there is.';
    case 'Forbidden':
      return `you may not. ${error.message}`;
    case 'Unauthorized':
      return 'the cluster does not accept your credentials. Sign in again.';
    case 'Unavailable':
      return error.status === 0
        ? `the cluster does not answer (${error.message}). Look at --context and --kubeconfig.`
        : `the cluster cannot serve it now (${error.status}). Try again.`;
    default:
      return error.message;
  }
}
