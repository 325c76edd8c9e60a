import { ApiError, FaultBook, type JsonObject, type KubeObject, type Kubernetes, type ObjectRef } from '@tenantsync/sandbox/kubernetes';
import type { Clock, Random } from '../../../src/ports/clock.ts';
import type { HttpFetch } from '../../../src/ports/http.ts';
import { loadKubeConfig } from '../../../src/kube/kubeconfig.ts';
import { kubeTransport, type KubeTransport } from '../../../src/kube/transport.ts';
import { systemClock } from '../../../src/system.ts';
import { Mirror } from './mirror.ts';
import { Namespaces } from './namespaces.ts';
import { knownKind, parsePath, pathOf, type KnownKind } from './paths.ts';
import { Quiet } from './quiet.ts';
import { SyncHttp } from './sync-http.ts';
import { Transport } from './transport.ts';

export interface RealCluster {
  /** Of an administrator. */
  readonly kubeconfig: string;
  /** Of the operator. */
  readonly operatorKubeconfig: string;
  /** Its Roles in the tests' namespaces. */
  readonly operatorRoles: readonly object[];
}

export interface RealKubernetesOptions {
  readonly clock: Clock;
  /** Of the faults. */
  readonly random: Random;
  readonly onActivity: () => void;
  readonly crds: readonly object[];
  readonly namespaces: readonly string[];
}

/** What a world needs to know of a server whose answers take real time. */
export interface RealKubernetes extends Kubernetes {
  readonly quiet: Pick<Quiet, 'busy' | 'wait'>;
  /** The way of one process to the server; `cut` when it is killed. */
  connect(whose?: 'Operator' | 'Administrator'): { readonly fetch: HttpFetch; readonly cut: () => void };
}

let shared: (Ways & { readonly sync: SyncHttp; known: boolean; stragglers: boolean }) | undefined;

/** Ends what is shared by all worlds of a test file. */
export async function disconnect(): Promise<void> {
  const ending = shared;
  shared = undefined;
  await Promise.all([ending?.sync.close(), ending?.transport.close(), ending?.administrator.close()]);
}

/** A real API server, wiped, with the interface of the embedded one. One at a time. */
export function realKubernetes(cluster: RealCluster, options: RealKubernetesOptions): RealKubernetes {
  shared ??= {
    sync: new SyncHttp(cluster.kubeconfig),
    transport: kubeTransport(loadKubeConfig({ file: cluster.operatorKubeconfig, environment: {} }), systemClock),
    administrator: kubeTransport(loadKubeConfig({ file: cluster.kubeconfig, environment: {} }), systemClock),
    known: false,
    stragglers: false,
  };
  const { operatorRoles: roles } = cluster;
  shared.sync.ask({ crds: shared.known ? [] : options.crds, namespaces: options.namespaces, roles, stragglers: shared.stragglers });
  shared.known = true;
  shared.stragglers = false;
  return new Adapter(shared.sync, shared, options);
}

/** Ways to the server: with the rights of the operator, and of an administrator. */
interface Ways {
  readonly transport: KubeTransport;
  readonly administrator: KubeTransport;
}

const mergePatchType = 'application/merge-patch+json';

class Adapter implements RealKubernetes {
  readonly quiet = new Quiet();
  readonly url: string;
  readonly faults: FaultBook;
  readonly #sync: SyncHttp;
  readonly #mirror: Mirror;
  readonly #transport: Transport;
  readonly #namespaces: Namespaces;
  readonly #options: RealKubernetesOptions;
  readonly #administrator: HttpFetch;
  readonly #connections: { readonly fetch: HttpFetch; readonly cut: () => void }[] = [];
  readonly hooks;

  constructor(sync: SyncHttp, { transport, administrator }: Ways, options: RealKubernetesOptions) {
    this.#administrator = administrator.fetch;
    this.#sync = sync;
    this.#options = options;
    this.url = transport.baseUrl;
    this.faults = new FaultBook(options.random);
    this.#mirror = new Mirror(options.clock);
    const { clock, onActivity } = options;
    this.#transport = new Transport({
      clock,
      onActivity,
      mirror: this.#mirror,
      quiet: this.quiet,
      faults: this.faults,
      send: transport.fetch,
    });
    this.#namespaces = new Namespaces({
      ask: (path) => this.#ask('GET', path),
      mirror: this.#mirror,
      quiet: this.quiet,
      noteWrite: (path, object) => this.#transport.noteWrite(path, object),
    });
    const { before, after } = this.#transport;
    const adder =
      <T>(set: Set<T>) =>
      (hook: T): (() => void) => {
        set.add(hook);
        return () => void set.delete(hook);
      };
    this.hooks = { before: adder(before), after: adder(after) };
  }

  get issuer(): never {
    throw new Error('a real API server keeps its keys to itself');
  }

  connect(whose: 'Operator' | 'Administrator' = 'Operator'): { readonly fetch: HttpFetch; readonly cut: () => void } {
    const made = whose === 'Operator' ? this.#transport.connect() : this.#transport.connect(this.#administrator);
    this.#connections.push(made);
    return made;
  }

  readonly fetch: HttpFetch = () => Promise.reject(new Error('each process has a connection of its own: connect()'));

  apply(input: object): KubeObject {
    const { status, ...object } = input as KubeObject & { status?: object };
    const { known, ref } = this.#taken(object);
    for (let tries = 1; ; tries += 1) {
      const old = this.#live(ref);
      try {
        const written = old
          ? this.#write('PUT', pathOf(known, ref.namespace, ref.name), replacing(old, object))
          : this.#write('POST', pathOf(known, ref.namespace), object);
        return status === undefined ? written : this.patch(ref, { status }, 'status');
      } catch (error) {
        // The operator writes as well.
        if (!(error instanceof ApiError) || error.code !== 409 || tries === 10) throw error;
      }
    }
  }

  create(input: object): KubeObject {
    const { known, ref } = this.#taken(input as KubeObject);
    return this.#write('POST', `${pathOf(known, ref.namespace)}?fieldValidation=Strict`, input);
  }

  patch(ref: ObjectRef, patch: object, subresource?: 'status'): KubeObject {
    const path = pathOf(knownKind(ref.kind), ref.namespace, ref.name);
    return this.#write('PATCH', subresource ? `${path}/${subresource}` : path, patch, mergePatchType);
  }

  get(ref: ObjectRef): KubeObject | undefined {
    const { plural, mirrored } = knownKind(ref.kind);
    return mirrored ? this.#mirror.get(plural, ref.namespace, ref.name) : this.#live(ref);
  }

  list(kind: string, options: { namespace?: string; labelSelector?: string; fieldSelector?: string } = {}): KubeObject[] {
    const known = knownKind(kind);
    const { namespace, ...selectors } = options;
    const inScope = ({ metadata }: KubeObject): boolean => namespace === undefined || metadata.namespace === namespace;
    if (known.mirrored && Object.keys(selectors).length === 0) return this.#mirror.list(known.plural).filter(inScope);
    const query = new URLSearchParams(selectors).toString();
    // A real cluster has more in it than what a test made.
    const namespaces = known.namespaced && namespace === undefined ? this.#options.namespaces : [namespace];
    return namespaces.flatMap((each) => {
      const { items } = this.#ask('GET', `${pathOf(known, each)}?${query}`) as unknown as { items: KubeObject[] };
      return items.map((item) => this.#mirror.restamp({ ...item, apiVersion: known.apiVersion, kind: known.kind }));
    });
  }

  count(kind: string): number {
    return this.list(kind).length;
  }

  delete(ref: ObjectRef, { propagationPolicy = 'Background' }: { propagationPolicy?: string } = {}): boolean {
    try {
      this.#write('DELETE', pathOf(knownKind(ref.kind), ref.namespace, ref.name), { propagationPolicy });
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return false;
      throw error;
    }
    if (ref.kind === 'Namespace') this.#namespaces.deleted(ref.name);
    return true;
  }

  get requests(): Kubernetes['requests'] {
    return this.#transport.requests;
  }

  clearRequests(): void {
    this.#transport.requests = [];
  }

  get resourceVersion(): string {
    return String(this.#mirror.latest);
  }

  compact(): void {
    this.#transport.compacted = this.#mirror.latest;
  }

  setLatency(ms: number): void {
    this.#transport.latencyMs = ms;
  }

  get openWatches(): number {
    return [...this.#transport.watches].filter(({ open }) => open).length;
  }

  dropWatches(): void {
    for (const watch of [...this.#transport.watches]) watch.end(new TypeError('terminated'));
  }

  close(): void {
    if (shared) shared.stragglers = this.quiet.inFlight > 0;
    for (const { cut } of this.#connections) cut();
    this.#namespaces.close();
  }

  #live(ref: ObjectRef): KubeObject | undefined {
    try {
      return this.#mirror.restamp(this.#ask('GET', pathOf(knownKind(ref.kind), ref.namespace, ref.name)));
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return undefined;
      throw error;
    }
  }

  #write(method: string, path: string, body: object, contentType?: string): KubeObject {
    const written = this.#mirror.restamp(this.#ask(method, path, body, contentType));
    const parsed = parsePath(path.replace(/\?.*$/, ''));
    if (parsed) this.#transport.noteWrite(parsed, written);
    this.#transport.renewals.forget();
    this.#options.onActivity();
    return written;
  }

  #ask(method: string, path: string, body?: object, contentType?: string): KubeObject {
    const answer = this.#sync.ask({ method, path, ...(body ? { body } : {}), ...(contentType === undefined ? {} : { contentType }) });
    if (answer.status < 300) return answer.body as KubeObject;
    const { reason = '', message = '', details } = answer.body as { reason?: string; message?: string; details?: JsonObject };
    throw new ApiError(answer.status, reason, message, details ? { details } : {});
  }

  #taken({ kind, metadata }: KubeObject): { readonly known: KnownKind; readonly ref: ObjectRef } {
    const known = knownKind(kind);
    const ref = { kind, name: metadata.name ?? '' };
    return { known, ref: known.namespaced ? { ...ref, namespace: metadata.namespace ?? 'default' } : ref };
  }
}

/** What is said about the metadata wins; labels, annotations, finalizers and owners that are left out stay. */
function replacing(old: KubeObject, object: KubeObject): object {
  const { resourceVersion, ...given } = object.metadata;
  return { ...object, metadata: { ...old.metadata, ...given, resourceVersion: resourceVersion ?? old.metadata.resourceVersion } };
}
