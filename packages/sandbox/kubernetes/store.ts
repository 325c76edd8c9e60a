import { deepFreeze } from './json.ts';
import type { KubeObject } from './types.ts';

/** One change of one object. */
export interface StoreEvent {
  readonly version: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly key: string;
  /** The object after the change; for a deletion its last state, with the version of the deletion. */
  readonly object: KubeObject;
  readonly previous?: KubeObject;
}

/** `namespace/name`, or the name alone for what has no namespace. */
export function storeKey(namespace: string | undefined, name: string): string {
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;
}

/** All objects of one kind in the order of their keys, with the recent past. */
export class Collection {
  readonly name: string;
  readonly #objects = new Map<string, KubeObject>();
  readonly #keys: string[] = [];
  readonly #historyLimit: number;
  #history: StoreEvent[] = [];
  #historyStart = 0;
  /** Versions up to this one can no longer be told apart. */
  #compacted = 0;
  #snapshot: { readonly version: number; readonly prefix: string; readonly entries: [string, KubeObject][] } | undefined;
  readonly listeners = new Set<(event: StoreEvent) => void>();

  constructor(name: string, historyLimit: number) {
    this.name = name;
    this.#historyLimit = historyLimit;
  }

  get size(): number {
    return this.#objects.size;
  }

  get compacted(): number {
    return this.#compacted;
  }

  get(key: string): KubeObject | undefined {
    return this.#objects.get(key);
  }

  /** Objects whose key starts with `prefix`, from the first key after `after` on. */
  *scan(prefix = '', after = ''): Generator<[string, KubeObject]> {
    const start = after > prefix ? this.#position(after, true) : this.#position(prefix, false);
    for (let index = start; index < this.#keys.length; index += 1) {
      const key = this.#keys[index];
      if (!key?.startsWith(prefix)) return;
      const object = this.#objects.get(key);
      if (object) yield [key, object];
    }
  }

  /** The objects as they were at `version`. Undefined when that is forgotten. */
  snapshot(version: number, prefix = ''): readonly (readonly [string, KubeObject])[] | undefined {
    if (version < this.#compacted) return undefined;
    // Page after page is asked of the same one.
    if (this.#snapshot?.version !== version || this.#snapshot.prefix !== prefix)
      this.#snapshot = { version, prefix, entries: this.#asAt(version, prefix) };
    return this.#snapshot.entries;
  }

  /** By undoing what came later. */
  #asAt(version: number, prefix: string): [string, KubeObject][] {
    const state = new Map(this.scan(prefix));
    let changed = false;
    for (let index = this.#history.length - 1; index >= this.#historyStart; index -= 1) {
      const event = this.#history[index];
      if (!event || event.version <= version) break;
      if (!event.key.startsWith(prefix)) continue;
      changed = true;
      if (event.previous) state.set(event.key, event.previous);
      else state.delete(event.key);
    }
    const entries = [...state];
    return changed ? entries.sort(([a], [b]) => (a < b ? -1 : 1)) : entries;
  }

  /** What happened after `version`; undefined when part of it is forgotten. */
  since(version: number): StoreEvent[] | undefined {
    if (version < this.#compacted) return undefined;
    let low = this.#historyStart;
    let high = this.#history.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#history[middle]?.version ?? 0) <= version) low = middle + 1;
      else high = middle;
    }
    return this.#history.slice(low);
  }

  /** Forgets the past up to `version`. */
  compact(version: number): void {
    this.#compacted = version;
    this.#history = [];
    this.#historyStart = 0;
  }

  /** Records a change and tells the listeners. Only {@link Store} calls this. */
  commit(event: StoreEvent): void {
    if (event.type === 'DELETED') {
      this.#objects.delete(event.key);
      this.#keys.splice(this.#position(event.key, false), 1);
    } else {
      if (!this.#objects.has(event.key)) this.#keys.splice(this.#position(event.key, false), 0, event.key);
      this.#objects.set(event.key, event.object);
    }
    this.#history.push(event);
    this.#trim();
    for (const listener of [...this.listeners]) listener(event);
  }

  #trim(): void {
    if (this.#history.length - this.#historyStart <= this.#historyLimit) return;
    this.#compacted = this.#history[this.#historyStart]?.version ?? this.#compacted;
    this.#historyStart += 1;
    if (this.#historyStart < this.#historyLimit) return;
    this.#history = this.#history.slice(this.#historyStart);
    this.#historyStart = 0;
  }

  /** Index of the first key that is not before `key`; with `past`, of the first after it. */
  #position(key: string, past: boolean): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const candidate = this.#keys[middle] ?? '';
      if (past ? candidate <= key : candidate < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** All collections, under one version counter. Objects in it are frozen. */
export class Store {
  readonly #collections = new Map<string, Collection>();
  readonly #historyLimit: number;
  #version = 1;
  /** Told of every change, after the watchers of its collection. */
  readonly listeners = new Set<(collection: Collection, event: StoreEvent) => void>();

  constructor(historyLimit: number) {
    this.#historyLimit = historyLimit;
  }

  get version(): number {
    return this.#version;
  }

  collection(name: string): Collection {
    let collection = this.#collections.get(name);
    if (!collection) {
      collection = new Collection(name, this.#historyLimit);
      this.#collections.set(name, collection);
    }
    return collection;
  }

  collections(): IterableIterator<Collection> {
    return this.#collections.values();
  }

  /** Stores a new object or a new state of one; gives back what is stored now. */
  put(collection: Collection, object: KubeObject): KubeObject {
    const key = storeKey(object.metadata.namespace, object.metadata.name ?? '');
    const previous = collection.get(key);
    const stored = this.#stamp(object);
    const event = { version: this.#version, key, object: stored };
    this.#commit(collection, previous ? { ...event, type: 'MODIFIED', previous } : { ...event, type: 'ADDED' });
    return stored;
  }

  /** Takes an object out; gives back its last state, with the version of the deletion. */
  remove(collection: Collection, previous: KubeObject): KubeObject {
    const key = storeKey(previous.metadata.namespace, previous.metadata.name ?? '');
    const object = this.#stamp(previous);
    this.#commit(collection, { version: this.#version, type: 'DELETED', key, object, previous });
    return object;
  }

  /** Forgets the past of all collections. */
  compact(): void {
    for (const collection of this.#collections.values()) collection.compact(this.#version);
  }

  #stamp(object: KubeObject): KubeObject {
    this.#version += 1;
    return deepFreeze({ ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } });
  }

  #commit(collection: Collection, event: StoreEvent): void {
    collection.commit(event);
    for (const listener of [...this.listeners]) listener(collection, event);
  }
}
