import type { Clock, Random } from '../../../src/ports/clock.ts';
import type { HttpFetch } from '../../../src/ports/http.ts';

/** An object of JSON whose members are not known. */
export type JsonObject = Record<string, unknown>;

/** One entry of `metadata.ownerReferences`. */
export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** Object metadata as the simulated server keeps it. */
export interface ObjectMeta {
  name?: string;
  generateName?: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
}

/** Any Kubernetes object. Those that the server hands out are shared and frozen: copy before changing. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  [member: string]: unknown;
}

/** What names one object: a kind (or plural, or short name), a name, and a namespace for namespaced kinds. */
export interface ObjectRef {
  kind: string;
  name: string;
  namespace?: string;
}

/** A request as the server saw it; `status` is missing while it is under way and when no answer was given. */
export interface RequestRecord {
  /** Counts requests from 1. */
  readonly number: number;
  readonly method: string;
  /** Path without query. */
  readonly path: string;
  readonly query: string;
  readonly userAgent: string;
  readonly user: string;
  readonly contentType: string;
  readonly watch: boolean;
  readonly body: string | undefined;
  readonly at: number;
  status: number | undefined;
}

/** What a fault does to a request. */
export type FaultEffect =
  /** An error answer instead of the real one; nothing happens in the server. */
  | { readonly status: number; readonly reason?: string; readonly message?: string; readonly retryAfterSeconds?: number }
  /** The connection breaks before the server sees the request. */
  | 'dropBefore'
  /** The request takes effect, the answer is lost. */
  | 'dropAfter'
  /** An open watch breaks off with an error after its next event (or after `afterEvents`). */
  | 'dropWatch'
  /** A watch stays open and says nothing any more: neither events nor bookmarks. */
  | 'stallWatch'
  /** A watch ends cleanly, without its last event. */
  | 'halfClose';

/** A rule of misbehaviour. */
export interface Fault {
  readonly match?: {
    readonly method?: string;
    readonly path?: string | RegExp;
    readonly watch?: boolean;
    readonly userAgent?: string | RegExp;
  };
  /** How many requests it hits; without it (and without probability) one. */
  readonly times?: number;
  /** Chance for each matching request; without `times` there is no end. */
  readonly probability?: number;
  readonly effect: FaultEffect;
  /** For the effects on watches: how many events pass first. Zero by default. */
  readonly afterEvents?: number;
}

/** Fault injection. */
export interface Faults {
  /** Adds a rule; the function that comes back removes it. */
  add(fault: Fault): () => void;
  clear(): void;
}

/** Called around requests that come through `fetch`. A hook that throws breaks the connection at that point. */
export type RequestHook = (request: RequestRecord) => void | Promise<void>;

/** Where to hook in: `before` the server sees the request, `after` it has taken effect and before the client hears of it. */
export interface RequestHooks {
  before(hook: RequestHook): () => void;
  after(hook: RequestHook): () => void;
}

/** What a simulated API server is made from. */
export interface KubernetesOptions {
  readonly clock: Clock;
  readonly random?: Random;
  /** CustomResourceDefinition objects that are there from the start. */
  readonly crds?: readonly object[];
  /** Namespaces besides `default`, `kube-system`, `kube-public` and `kube-node-lease`. */
  readonly namespaces?: readonly string[];
  /** Bearer tokens and whom they stand for; a request without a token is `system:admin`, as long as it comes in-process. */
  readonly tokens?: Readonly<Record<string, string>>;
  /** How many events each resource keeps for watches that resume. 20,000 by default. */
  readonly historyLimit?: number;
  /** How many requests the log keeps. 10,000 by default; bodies are kept for as long as their record. */
  readonly requestLogLimit?: number;
  /** Between bookmarks of a watch. One minute by default. */
  readonly bookmarkIntervalMs?: number;
  /** How long garbage collection and namespace deletion take to notice. 100 ms by default. */
  readonly collectorDelayMs?: number;
  /** `iss` of the service account tokens. */
  readonly issuer?: string;
}

/** What was stored at one time: objects by collection. */
export type Backup = ReadonlyMap<string, readonly KubeObject[]>;

/** A Kubernetes API whose whole state can be put back to what it was. */
export interface EmbeddedKubernetes extends Kubernetes {
  backup(): Backup;
  /** Puts everything back and breaks off all watches; clients have to start over. */
  restore(backup: Backup): void;
}

/** An in-process Kubernetes API server, with what tests need around it. */
export interface Kubernetes {
  /** Base URL that {@link Kubernetes.fetch} answers; any host will do. */
  readonly url: string;
  /** The HTTP transport. */
  readonly fetch: HttpFetch;
  /** `iss` of service account tokens, and the public key (PEM) that their signatures answer to. */
  readonly issuer: { readonly url: string; readonly publicKey: string };

  /** Creates the object or replaces what it holds besides status; a `status` that is given is written too. Throws ApiError. */
  apply(object: object): KubeObject;
  /** Creates; throws ApiError (AlreadyExists, Invalid, ...) as the API would. */
  create(object: object): KubeObject;
  /** Merge-patches an object, or its status with `subresource`. */
  patch(ref: ObjectRef, patch: object, subresource?: 'status'): KubeObject;
  /** The object, shared and frozen. */
  get(ref: ObjectRef): KubeObject | undefined;
  /** All objects of a kind, in the order of their keys, shared and frozen. */
  list(kind: string, options?: { namespace?: string; labelSelector?: string; fieldSelector?: string }): KubeObject[];
  /** How many objects of a kind there are. */
  count(kind: string): number;
  /** Deletes as the API would: finalizers hold the object back. False when there was none. */
  delete(ref: ObjectRef, options?: { propagationPolicy?: 'Background' | 'Foreground' | 'Orphan' }): boolean;

  /** Requests so far, oldest first. */
  readonly requests: readonly RequestRecord[];
  clearRequests(): void;
  /** The latest resourceVersion. */
  readonly resourceVersion: string;
  /** Forgets all history: watches and continue tokens from older versions get 410. */
  compact(): void;
  readonly faults: Faults;
  readonly hooks: RequestHooks;
  /** Every answer takes this long, on the clock. */
  setLatency(ms: number): void;
  /** How many watches are open. */
  readonly openWatches: number;
  /** Breaks all open watches off, as a restart of the server would. */
  dropWatches(): void;
  /** Ends all watches and timers. */
  close(): void;
}
