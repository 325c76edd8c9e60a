import type { Random } from '../../../src/ports/clock.ts';
import { ApiError, noSuchResource } from './api-error.ts';
import { restoreBackup, takeBackup } from './backup.ts';
import { Collector } from './collector.ts';
import { isObject, mergePatch, stringOf } from './json.ts';
import { systemRandom } from './random.ts';
import { listObjects } from './reads/lister.ts';
import type { Watch } from './reads/watch.ts';
import { Registry, crdResource } from './registry.ts';
import type { Resource } from './resource.ts';
import { answerDiscovery } from './server/discovery.ts';
import { FaultBook } from './server/faults.ts';
import type { ApiRequest, ApiResponse, HandlerContext } from './server/handler.ts';
import { handleObjects } from './server/handler.ts';
import { findRoute } from './server/route.ts';
import { Transport } from './server/transport.ts';
import { Store, storeKey } from './store.ts';
import { TokenIssuer } from './token-issuer.ts';
import type { EmbeddedKubernetes, KubeObject, KubernetesOptions, ObjectRef } from './types.ts';
import { deleteObject } from './writes/deleter.ts';
import type { ServerState } from './writes/state.ts';
import { placeOf, present } from './writes/state.ts';
import { Writer } from './writes/writer.ts';

const initialNamespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/** Makes an API server that lives in this process, on the given clock. */
export function createKubernetes(options: KubernetesOptions): EmbeddedKubernetes {
  const random: Random = options.random ?? systemRandom;
  const store = new Store(options.historyLimit ?? 20_000);
  const registry = new Registry();
  const state: ServerState = { store, registry, clock: options.clock, random };
  followCrds(state);
  const collector = new Collector(state, options.collectorDelayMs ?? 100);
  const watches = new Set<Watch>();
  const issuer = new TokenIssuer(options.issuer ?? 'https://kubernetes.default.svc.cluster.local', options.clock, random);
  const writer = new Writer(state);
  const context: HandlerContext = { state, writer, issuer, watches, bookmarkIntervalMs: options.bookmarkIntervalMs ?? 60_000 };
  const faults = new FaultBook(random);
  const transport = new Transport({
    clock: options.clock,
    faults,
    tokens: options.tokens ?? {},
    requestLogLimit: options.requestLogLimit ?? 10_000,
    handle: (request) => handle(context, request),
  });
  const closeWatches = (error?: unknown): void => [...watches].forEach((watch) => watch.close(error));
  const helpers = new Helpers(state, writer);
  helpers.applyAll([...initialNamespaces, ...(options.namespaces ?? [])].map(namespaceOf), options.crds ?? []);

  return {
    url: 'https://kubernetes.sandbox',
    fetch: transport.fetch,
    issuer,
    apply: (object) => helpers.apply(object),
    create: (object) => helpers.create(object),
    patch: (ref, patch, subresource) => helpers.patch(ref, patch, subresource),
    get: (ref) => helpers.get(ref),
    list: (kind, selectors) => helpers.list(kind, selectors ?? {}),
    count: (kind) => store.collection(helpers.resource(kind).collection).size,
    delete: (ref, how) => helpers.delete(ref, how ?? {}),
    get requests() {
      return transport.requests;
    },
    clearRequests: () => transport.clearRequests(),
    get resourceVersion() {
      return String(store.version);
    },
    compact: () => store.compact(),
    backup: () => takeBackup(store),
    restore: (backup) => {
      restoreBackup(store, backup);
      closeWatches(new TypeError('terminated'));
    },
    faults,
    hooks: transport,
    setLatency: (ms) => void (transport.latencyMs = ms),
    get openWatches() {
      return watches.size;
    },
    dropWatches: () => closeWatches(new TypeError('terminated')),
    close: () => {
      closeWatches();
      collector.close();
    },
  };
}

const namespaceOf = (name: string): object => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

/** Serves what the stored CustomResourceDefinitions describe. */
function followCrds({ store, registry }: ServerState): void {
  store.collection(crdResource.collection).listeners.add((event) => {
    if (event.type === 'DELETED') registry.removeCrd(event.key);
    else if (event.previous?.metadata.generation !== event.object.metadata.generation) registry.addCrd(event.object);
  });
}

function handle(context: HandlerContext, request: ApiRequest): ApiResponse {
  const discovered = request.method === 'GET' ? answerDiscovery(context.state.registry, request) : undefined;
  if (discovered) return discovered;
  const route = findRoute(context.state.registry, request.path);
  if (!route) throw noSuchResource();
  return handleObjects(context, route, request);
}

/** What tests do to the cluster without a client. */
class Helpers {
  readonly #state: ServerState;
  readonly #writer: Writer;

  constructor(state: ServerState, writer: Writer) {
    this.#state = state;
    this.#writer = writer;
  }

  resource(kind: string): Resource {
    const resource = this.#state.registry.byName(kind);
    if (!resource) throw noSuchResource();
    return resource;
  }

  applyAll(...lists: readonly (readonly object[])[]): void {
    for (const object of lists.flat()) this.apply(object);
  }

  apply(input: object): KubeObject {
    const { object, resource, namespace, name } = this.#taken(input);
    const exists =
      name !== undefined && this.get({ kind: resource.kind, name, ...(namespace === undefined ? {} : { namespace }) }) !== undefined;
    const { status, ...rest } = object;
    const replace = (old: KubeObject): unknown => ({ ...rest, metadata: { ...mergedMetadata(old, rest) } });
    const written = exists
      ? this.#writer.modify({ resource, namespace, name }, replace)
      : this.#writer.create(resource, namespace, withoutVersion(object));
    if (status === undefined || !resource.statusSubresource) return written;
    return this.#writer.modify(placeOf(resource, written), (old) => ({ ...old, status }), { subresource: 'status' });
  }

  create(input: object): KubeObject {
    const { object, resource, namespace } = this.#taken(input);
    return this.#writer.create(resource, namespace, object, { fieldValidation: 'Strict' });
  }

  patch(ref: ObjectRef, patch: object, subresource?: 'status'): KubeObject {
    const resource = this.resource(ref.kind);
    const place = { resource, namespace: ref.namespace, name: ref.name };
    const options = subresource ? { subresource } : {};
    return this.#writer.modify(place, (object) => mergePatch(object, patch), options);
  }

  get(ref: ObjectRef): KubeObject | undefined {
    const resource = this.resource(ref.kind);
    const found = this.#state.store.collection(resource.collection).get(storeKey(ref.namespace, ref.name));
    return found && present(this.#state, resource, found);
  }

  list(kind: string, selectors: { namespace?: string; labelSelector?: string; fieldSelector?: string }): KubeObject[] {
    const { namespace, ...rest } = selectors;
    return listObjects(this.#state, this.resource(kind), namespace, new URLSearchParams(rest)).items;
  }

  delete(ref: ObjectRef, how: { propagationPolicy?: 'Background' | 'Foreground' | 'Orphan' }): boolean {
    try {
      deleteObject(this.#state, { resource: this.resource(ref.kind), namespace: ref.namespace, name: ref.name }, how);
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return false;
      throw error;
    }
  }

  #taken(input: object): { object: Record<string, unknown>; resource: Resource; namespace: string | undefined; name: string | undefined } {
    const object = input as Record<string, unknown>;
    const resource = this.#state.registry.ofObject(stringOf(object.apiVersion) ?? '', stringOf(object.kind) ?? '');
    if (!resource) throw noSuchResource();
    const metadata = isObject(object.metadata) ? object.metadata : {};
    const namespace = resource.namespaced ? (stringOf(metadata.namespace) ?? 'default') : undefined;
    return { object, resource, namespace, name: stringOf(metadata.name) };
  }
}

/** What is said about the metadata wins; labels, annotations, finalizers and owners that are left out stay. */
function mergedMetadata(old: KubeObject, object: Record<string, unknown>): object {
  const { resourceVersion, ...given } = isObject(object.metadata) ? object.metadata : {};
  return { ...old.metadata, ...given, resourceVersion: resourceVersion ?? old.metadata.resourceVersion };
}

function withoutVersion(object: Record<string, unknown>): Record<string, unknown> {
  return { ...object, metadata: { ...(isObject(object.metadata) ? object.metadata : {}), resourceVersion: undefined } };
}
