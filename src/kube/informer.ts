import type { Clock, Random } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { KubeObject } from '../ports/resources.ts';
import type { Entries } from './entries.ts';
import type { KubeHttp } from './http.ts';
import { namespaceIsGone } from './namespaces.ts';
import { Reflector } from './reflector.ts';
import { collectionPath, ResourceClient, type FieldOwners, type ResourceType } from './resource-client.ts';
import type { IndexFunction } from './store-index.ts';
import { Store, type ChangeHandler } from './store.ts';

/**
 * The part of a kind that is watched: of one namespace or all, with the given labels. Scopes of one informer must not overlap. A
 * namespace may come and go.
 */
export interface WatchScope {
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface InformerOptions<T extends KubeObject, IndexName extends string> {
  readonly type: ResourceType;
  readonly http: KubeHttp;
  readonly indexes: Readonly<Record<IndexName, IndexFunction<T>>>;
  /** See {@link StoreOptions}. */
  readonly entries?: Entries<T>;
  /** `Kept` without it. */
  readonly fieldOwners?: FieldOwners;
  /** See {@link StoreOptions}. */
  readonly seenAs?: (object: T) => T;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** A scope that is being watched. */
export interface WatchedScope {
  /** Whether its first list is in the store, or its namespace is gone. */
  readonly synced: boolean;
  /** Resolves once synced, or when `signal` aborts. */
  waitForSync(signal: AbortSignal): Promise<void>;
  /** Ends the watch and drops the objects of the scope from the store. */
  stop(): Promise<void>;
}

interface Watched<T extends KubeObject> {
  readonly scope: WatchScope;
  readonly reflector: Reflector<T>;
  readonly ending: AbortController;
  running: Promise<void> | undefined;
}

/** One kind: its store, the reflectors that fill it and the client, whose writes in the scopes watched show in the store at once. */
export class Informer<T extends KubeObject, IndexName extends string = string> {
  readonly name: string;
  readonly store: Store<T, IndexName>;
  readonly client: ResourceClient<T>;
  readonly #options: InformerOptions<T, IndexName>;
  readonly #watched = new Set<Watched<T>>();
  #started = false;

  constructor(options: InformerOptions<T, IndexName>) {
    this.#options = options;
    this.name = options.type.plural;
    const { clock, indexes, entries, seenAs, logger, http, type } = options;
    const kept = { ...(entries === undefined ? {} : { entries }), ...(seenAs === undefined ? {} : { seenAs }) };
    this.store = new Store<T, IndexName>({ clock, logger, indexes, ...kept });
    this.client = new ResourceClient<T>({
      http,
      type,
      fieldOwners: options.fieldOwners ?? 'Kept',
      store: {
        applyLocal: (object) => this.#applyLocal(object),
        removeLocal: (key, uid) => this.store.removeLocal(key, uid),
      },
    });
  }

  /** Whether each scope is; see {@link WatchedScope.synced}. */
  get synced(): boolean {
    return [...this.#watched].every((watched) => watched.reflector.synced);
  }

  /** Whether the store has what there is in a namespace: not while it is gone, nor before it has been listed again. */
  knows(namespace: string): boolean {
    return [...this.#watched].every(({ scope, reflector }) => reflector.listed || (scope.namespace ?? namespace) !== namespace);
  }

  /** Monotonic time when the slowest reflector last moved; undefined when there is none. */
  get lastActivity(): number | undefined {
    const times = [...this.#watched].map((watched) => watched.reflector.lastActivity);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** See {@link Store.onChange}. */
  onChange(handler: ChangeHandler<T>): void {
    this.store.onChange(handler);
  }

  /** Watches one more scope, from {@link start} on or at once. */
  watch(scope: WatchScope): WatchedScope {
    const reflector = this.#reflector(scope);
    const watched: Watched<T> = { scope, reflector, ending: new AbortController(), running: undefined };
    this.#watched.add(watched);
    if (this.#started) watched.running = reflector.run(watched.ending.signal);
    return {
      get synced() {
        return reflector.synced;
      },
      waitForSync: (signal) => reflector.waitForSync(signal),
      stop: async () => {
        this.#watched.delete(watched);
        watched.ending.abort();
        await watched.running;
        await this.store.clear((object) => inScope(scope, object));
      },
    };
  }

  start(): void {
    this.#started = true;
    for (const watched of this.#watched) watched.running ??= watched.reflector.run(watched.ending.signal);
  }

  /** Resolves when all scopes are synced, or when `signal` aborts. */
  async waitForSync(signal: AbortSignal): Promise<void> {
    await Promise.all([...this.#watched].map((watched) => watched.reflector.waitForSync(signal)));
  }

  /** Ends all watches; the store keeps what it has. */
  async stop(): Promise<void> {
    this.#started = false;
    for (const watched of this.#watched) watched.ending.abort();
    await Promise.all([...this.#watched].flatMap((watched) => watched.running ?? []));
  }

  /** What is outside of all scopes would never be heard of again, so it does not go into the store. */
  #applyLocal(object: T): T {
    if ([...this.#watched].some((watched) => inScope(watched.scope, object))) return this.store.applyLocal(object);
    this.store.applyDeleted(object, () => true);
    return object;
  }

  #reflector(scope: WatchScope): Reflector<T> {
    const { http, type, clock, random, logger } = this.#options;
    const { store } = this;
    const { namespace } = scope;
    const labels = Object.entries(scope.labels ?? {});
    return new Reflector<T>({
      name: type.plural,
      http,
      path: collectionPath(type, namespace),
      query: { labelSelector: labels.length === 0 ? undefined : labels.map(([name, value]) => `${name}=${value}`).join(',') },
      ...(namespace === undefined ? {} : { isGone: (signal) => namespaceIsGone(http, namespace, signal) }),
      sink: {
        listed: (object, initial) => store.applyListed(object, initial),
        listEnded: (keys, resourceVersion, signal) => store.retain({ keys, resourceVersion }, (object) => inScope(scope, object), signal),
        changed: (object) => store.applyEvent(object),
        deleted: (object) => store.applyDeleted(object, (known) => inScope(scope, known)),
        emptied: () => store.clear((object) => inScope(scope, object)),
      },
      clock,
      random,
      logger: namespace === undefined ? logger : logger.child({ namespace }),
    });
  }
}

function inScope(scope: WatchScope, object: KubeObject): boolean {
  if (scope.namespace !== undefined && object.metadata.namespace !== scope.namespace) return false;
  return Object.entries(scope.labels ?? {}).every(([name, value]) => object.metadata.labels?.[name] === value);
}
