import type { KubeObject, ObjectMeta } from '../api/meta.ts';

export type { KubeObject, ObjectMeta } from '../api/meta.ts';

/** Namespace and name of a namespaced object. */
export interface ObjectKey {
  readonly namespace: string;
  readonly name: string;
}

/** `namespace/name`: the form in which keys stand in queues and logs. */
export function keyString(key: ObjectKey): string {
  return `${key.namespace}/${key.name}`;
}

/** The inverse of {@link keyString}. */
export function parseKey(text: string): ObjectKey {
  const slash = text.indexOf('/');
  return { namespace: text.slice(0, slash), name: text.slice(slash + 1) };
}

/** Reads of a synchronised local store. Objects are shared: never mutate one. Each index is named when the store is made. */
export interface Lister<T extends KubeObject> {
  get(key: ObjectKey): T | undefined;
  list(): readonly T[];
  /** The objects whose index function gave `value`; in no order. */
  byIndex(index: string, value: string): readonly T[];
}

/** An object by what it is about. */
export interface Subject<T> {
  readonly id: string;
  /** `namespace/name`. */
  readonly key: string;
  /** The object as it is now; undefined when it is not what was asked for any more. */
  read(): T | undefined;
}

/**
 * Reads of a local store of so many objects that nobody walks over all of them. A group has a name that stands for many objects; what there
 * is of one is kept as objects change. A walk takes each object as it is when its turn comes: what comes and goes meanwhile is met or not.
 */
export interface GroupedLister<T extends KubeObject> extends Omit<Lister<T>, 'list'> {
  readonly size: number;
  keys(): Iterable<string>;
  /** How many objects are in a group. */
  count(group: string): number;
  each(group: string): Iterable<T>;
  /** As {@link each}, by what each object is about: for a look at all that reads few. */
  subjects(group: string): Iterable<Subject<T>>;
}

/** A JSON merge patch (RFC 7386): null removes a field. */
export type MergePatch = Readonly<Record<string, unknown>>;

export interface WriteOptions {
  /** Optimistic lock: the write fails with a Conflict unless the stored object still has this version. */
  readonly resourceVersion?: string;
  readonly signal?: AbortSignal;
}

/** Writes of one kind. Every success is visible in the Lister of the same kind as soon as the promise resolves. Failures are KubeError. */
export interface ResourceWriter<T extends KubeObject> {
  /** Fails with AlreadyExists when the name is taken. */
  create(
    object: { metadata: { name: string; namespace: string } & Partial<ObjectMeta>; spec: unknown },
    options?: WriteOptions,
  ): Promise<T>;
  /** Merge-patches everything but status. */
  patch(key: ObjectKey, patch: MergePatch, options?: WriteOptions): Promise<T>;
  /** Merge-patches the status subresource: `patch` is the content of `status`. */
  patchStatus(key: ObjectKey, patch: MergePatch, options?: WriteOptions): Promise<T>;
  /** Deletes; an object that is not there counts as deleted. `uid` guards against deleting a successor of the same name. */
  delete(key: ObjectKey, options?: { uid?: string; signal?: AbortSignal }): Promise<void>;
  /** Reads the object from the server, past the store: whole, with the managed fields that the store drops. */
  getLive(key: ObjectKey, signal?: AbortSignal): Promise<T | undefined>;
}

export type KubeFailureKind =
  | 'NotFound'
  | 'AlreadyExists'
  | 'Conflict'
  | 'Invalid'
  | 'Forbidden'
  | 'Unauthorized'
  | 'Expired'
  | 'TooManyRequests'
  | 'NamespaceTerminating'
  | 'Unavailable';

/** A request to the Kubernetes API as RBAC names it: `patch` of `userprojections/status`. */
export interface KubeRequestName {
  readonly verb: string;
  readonly resource: string;
}

/** A request to the Kubernetes API that did not succeed. `message` is the server's own and may quote object content: log it at debug only. */
export class KubeError extends Error {
  override readonly name = 'KubeError';
  readonly kind: KubeFailureKind;
  readonly status: number;
  readonly retryAfterMs: number | undefined;
  /** The reason of the server's Status; undefined when it was none, as with a proxy's page. */
  readonly reason: string | undefined;
  /** Which request it was; told by whoever sent it. */
  request: KubeRequestName | undefined;
  constructor(
    kind: KubeFailureKind,
    message: string,
    options: { status?: number; retryAfterMs?: number | undefined; reason?: string | undefined; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.kind = kind;
    this.status = options.status ?? 0;
    this.retryAfterMs = options.retryAfterMs;
    this.reason = options.reason;
  }
}

/** Reads single Secrets, past any cache: the operator never watches Secrets. */
export interface SecretReader {
  /** The decoded data, or undefined when there is no such Secret. `resourceVersion` changes with the content. */
  get(
    key: ObjectKey,
    signal?: AbortSignal,
  ): Promise<{ data: Readonly<Record<string, Uint8Array>>; resourceVersion: string; type: string } | undefined>;
}

/** Obtains tokens of ServiceAccounts (TokenRequest). */
export interface ServiceAccountTokens {
  request(account: ObjectKey, audience: string, signal?: AbortSignal): Promise<{ token: string; expiresAt: number }>;
}

/**
 * Delta links of configurations that are too long for their status: one text for each configuration, by namespace/name. Failures are KubeError.
 */
export interface LinkStore {
  read(configurationKey: string, signal?: AbortSignal): Promise<string | undefined>;
  write(configurationKey: string, text: string, signal?: AbortSignal): Promise<void>;
  forget(configurationKey: string, signal?: AbortSignal): Promise<void>;
}

/**
 * Notes of the operator that outlive the resources they tell of: one text for each key, in one ConfigMap of its own namespace. Failures are
 * KubeError.
 */
export interface Notes {
  /** The text of a key, if there is one. `version` changes with any of the notes; undefined while there are none at all. */
  read(key: string, signal?: AbortSignal): Promise<{ readonly text?: string; readonly version?: string }>;
  /** Writes the text of a key; fails with a Conflict unless the notes still have this version. */
  write(key: string, text: string, version: string | undefined, signal?: AbortSignal): Promise<void>;
}
