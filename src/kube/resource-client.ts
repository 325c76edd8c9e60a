import {
  KubeError,
  type KubeObject,
  type MergePatch,
  type ObjectKey,
  type ObjectMeta,
  type ResourceWriter,
  type WriteOptions,
} from '../ports/resources.ts';
import type { KubeHttp } from './http.ts';

/** Where a kind lives in the API. */
export interface ResourceType {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
}

/** The `apiVersion` of a type. */
export function apiVersionOf(type: ResourceType): string {
  return type.group === '' ? type.version : `${type.group}/${type.version}`;
}

/** The path of a collection (of one namespace, or of all), without query. */
export function collectionPath(type: ResourceType, namespace: string | undefined): string {
  const root = type.group === '' ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`;
  const scope = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${root}${scope}/${type.plural}`;
}

/** The path of one object. */
export function objectPath(type: ResourceType, key: ObjectKey): string {
  return `${collectionPath(type, key.namespace)}/${encodeURIComponent(key.name)}`;
}

/** The one field manager of the operator's writes. */
export const fieldManager = 'tenantsync';

/** Where the answers to writes go, so that the process reads what it wrote. */
export interface LocalStore<T extends KubeObject> {
  applyLocal(object: T): T;
  removeLocal(key: ObjectKey, uid: string | undefined): void;
}

export interface ResourceClientOptions<T extends KubeObject> {
  readonly http: KubeHttp;
  readonly type: ResourceType;
  readonly store: LocalStore<T>;
  /** What becomes of the server's notes on who owns which field. */
  readonly fieldOwners: FieldOwners;
}

/**
 * `Dropped`: each patch of an object takes its managed fields away, and the server notes none again until somebody applies. They are half of
 * what a small object takes in etcd and in the server, and nobody else applies to objects that are the operator's alone. Patches of a
 * status cannot: the server leaves the metadata as they are.
 */
export type FieldOwners = 'Kept' | 'Dropped';

/** Writes of one kind, each visible in its store as soon as the promise resolves. Failures are KubeError. */
export class ResourceClient<T extends KubeObject> implements ResourceWriter<T> {
  readonly #http: KubeHttp;
  readonly #type: ResourceType;
  readonly #store: LocalStore<T>;
  readonly #fieldOwners: FieldOwners;

  constructor(options: ResourceClientOptions<T>) {
    this.#http = options.http;
    this.#type = options.type;
    this.#store = options.store;
    this.#fieldOwners = options.fieldOwners;
  }

  async create(
    object: { metadata: { name: string; namespace: string } & Partial<ObjectMeta>; spec: unknown },
    options?: WriteOptions,
  ): Promise<T> {
    const created = await this.#http.json<T>({
      method: 'POST',
      path: collectionPath(this.#type, object.metadata.namespace),
      query: { fieldManager },
      body: { apiVersion: apiVersionOf(this.#type), kind: this.#type.kind, ...object },
      ...signalOf(options),
    });
    return this.#store.applyLocal(created);
  }

  async patch(key: ObjectKey, patch: MergePatch, options?: WriteOptions): Promise<T> {
    const body = this.#fieldOwners === 'Kept' ? patch : { ...patch, metadata: { ...(patch.metadata ?? {}), managedFields: [{}] } };
    return await this.#merge(objectPath(this.#type, key), locked(body, options), options);
  }

  async patchStatus(key: ObjectKey, patch: MergePatch, options?: WriteOptions): Promise<T> {
    return await this.#merge(`${objectPath(this.#type, key)}/status`, locked({ status: patch }, options), options);
  }

  async delete(key: ObjectKey, options?: { uid?: string; signal?: AbortSignal }): Promise<void> {
    const body =
      options?.uid === undefined ? undefined : { apiVersion: 'meta.k8s.io/v1', kind: 'DeleteOptions', preconditions: { uid: options.uid } };
    try {
      const answer = await this.#http.json<DeleteAnswer>({
        method: 'DELETE',
        path: objectPath(this.#type, key),
        ...(body === undefined ? {} : { body }),
        ...signalOf(options),
      });
      // An object that waits for its finalizers comes back itself; one that is gone, as a Status.
      if (answer.kind === 'Status') this.#store.removeLocal(key, options?.uid ?? answer.details?.uid);
      else this.#store.applyLocal(answer as unknown as T);
    } catch (error) {
      if (!(await this.#isGone(key, options, error))) throw error;
      this.#store.removeLocal(key, options?.uid);
    }
  }

  async getLive(key: ObjectKey, signal?: AbortSignal): Promise<T | undefined> {
    try {
      const object = await this.#http.json<T>({ method: 'GET', path: objectPath(this.#type, key), ...signalOf({ signal }) });
      this.#store.applyLocal(object);
      // The store keeps no managed fields, which tell who wrote what.
      return object;
    } catch (error) {
      if (error instanceof KubeError && error.kind === 'NotFound') return undefined;
      throw error;
    }
  }

  async #merge(path: string, body: MergePatch, options: WriteOptions | undefined): Promise<T> {
    const patched = await this.#http.json<T>({
      method: 'PATCH',
      path,
      query: { fieldManager },
      body,
      contentType: 'application/merge-patch+json',
      ...signalOf(options),
    });
    return this.#store.applyLocal(patched);
  }

  /** Whether a failed delete means that the object asked for is not there (any more). */
  async #isGone(key: ObjectKey, options: { uid?: string; signal?: AbortSignal } | undefined, error: unknown): Promise<boolean> {
    if (!(error instanceof KubeError)) return false;
    if (error.kind === 'NotFound') return true;
    if (error.kind !== 'Conflict' || options?.uid === undefined) return false;
    const live = await this.getLive(key, options.signal);
    return live?.metadata.uid !== options.uid;
  }
}

interface DeleteAnswer {
  readonly kind?: string;
  readonly details?: { readonly uid?: string };
}

function locked(patch: MergePatch, options: WriteOptions | undefined): MergePatch {
  if (options?.resourceVersion === undefined) return patch;
  const metadata = patch.metadata as Record<string, unknown> | undefined;
  return { ...patch, metadata: { ...metadata, resourceVersion: options.resourceVersion } };
}

function signalOf(options: { readonly signal?: AbortSignal | undefined } | undefined): { signal?: AbortSignal } {
  return options?.signal === undefined ? {} : { signal: options.signal };
}
