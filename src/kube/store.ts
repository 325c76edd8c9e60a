import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { keyString, type KubeObject, type Lister, type ObjectKey } from '../ports/resources.ts';
import { StoreIndex, type IndexFunction } from './store-index.ts';
import { Tombstones } from './tombstones.ts';
import { strip, versionOf } from './object-version.ts';

/**
 * Told of each change of a store: an addition has no `old`, a removal no `current`. An object replaced by another of the same
 * name is a removal followed by an addition. `initial`: part of the first list, so never urgent.
 */
export type ChangeHandler<T extends KubeObject> = (
  change: { readonly old: T | undefined; readonly current: T | undefined },
  context: { readonly initial: boolean },
) => void;

export interface StoreOptions<T extends KubeObject, IndexName extends string> {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly indexes: Readonly<Record<IndexName, IndexFunction<T>>>;
}

interface Entry<T> {
  readonly object: T;
  readonly version: bigint;
}

/** What a list of the server covers; objects outside of it are not judged by it. */
export type Scope<T> = (object: T) => boolean;

/**
 * The local copy of one kind. It is fed by reflectors and by the process's own writes alike, and only ever moves forward:
 * neither a late event nor an old list undoes what a newer answer of the server has shown.
 */
export class Store<T extends KubeObject, IndexName extends string = string> implements Lister<T> {
  readonly #options: StoreOptions<T, IndexName>;
  readonly #entries = new Map<string, Entry<T>>();
  readonly #indexes: ReadonlyMap<string, StoreIndex<T>>;
  readonly #tombstones: Tombstones;
  readonly #handlers: ChangeHandler<T>[] = [];

  constructor(options: StoreOptions<T, IndexName>) {
    this.#options = options;
    this.#tombstones = new Tombstones(options.clock);
    this.#indexes = new Map(Object.entries<IndexFunction<T>>(options.indexes).map(([name, values]) => [name, new StoreIndex(values)]));
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: ObjectKey): T | undefined {
    return this.#entries.get(keyString(key))?.object;
  }

  list(): readonly T[] {
    return Array.from(this.#entries.values(), (entry) => entry.object);
  }

  /** Keys of all objects, as they stand in queues. */
  keys(): readonly string[] {
    return [...this.#entries.keys()];
  }

  byIndex(index: NoInfer<IndexName>, value: string): readonly T[] {
    const found = this.#indexes.get(index);
    if (found === undefined) throw new TypeError(`there is no index ${index}`);
    return found.get(value);
  }

  /** Calls `handler` for each change from now on. It must only enqueue keys; what it throws is logged and dropped. */
  onChange(handler: ChangeHandler<T>): void {
    this.#handlers.push(handler);
  }

  /**
   * Takes in the server's answer to a write of this process, unless something newer is here. Returns the object as stored.
   * An object whose last finalizer went while it was being deleted is gone.
   */
  applyLocal(object: T): T {
    return this.#put(object, false);
  }

  /** Takes in an ADDED or MODIFIED event. */
  applyEvent(object: T): void {
    this.#put(object, false);
  }

  /** Takes in a DELETED event of a watch over `scope`: the object is gone, or has left the scope. */
  applyDeleted(object: T, scope: Scope<T>): void {
    const key = keyString(object.metadata);
    const version = versionOf(object);
    const entry = this.#entries.get(key);
    // A newer state, or one of the same moment that belongs elsewhere, shows that there is an object of that name.
    if (entry !== undefined && (entry.version > version || !scope(entry.object))) return;
    this.#tombstones.add(key, { version });
    if (entry !== undefined) this.#drop(key, entry);
  }

  /** Records that this process's own delete has removed the object of that uid at once (any uid, if it is not known). */
  removeLocal(key: ObjectKey, uid: string | undefined): void {
    const text = keyString(key);
    const entry = this.#entries.get(text);
    const removed = uid ?? entry?.object.metadata.uid;
    if (removed === undefined) return;
    const known = entry?.object.metadata.uid === removed ? entry : undefined;
    this.#tombstones.add(text, { uid: removed, version: known?.version ?? 0n });
    if (known !== undefined) this.#drop(text, known);
  }

  /** Takes in one object of a list. `initial` as in {@link ChangeHandler}. */
  applyListed(object: T, initial: boolean): void {
    this.#put(object, initial);
  }

  /** Ends a list of `scope` taken at `resourceVersion`: what it did not show is gone, unless it was written after the list. */
  retain(listed: ReadonlySet<string>, resourceVersion: string, scope: Scope<T>): void {
    const version = versionOf({ metadata: { resourceVersion } });
    for (const [key, entry] of [...this.#entries]) {
      if (!listed.has(key) && entry.version <= version && scope(entry.object)) this.#drop(key, entry);
    }
  }

  /** Drops all objects of a scope that is no longer watched, or is no more; handlers see removals. */
  clear(scope: Scope<T>): void {
    for (const [key, entry] of [...this.#entries]) if (scope(entry.object)) this.#drop(key, entry);
  }

  #put(incoming: T, initial: boolean): T {
    const object = strip(incoming);
    const { metadata } = object;
    const key = keyString(metadata);
    const version = versionOf(object);
    const entry = this.#entries.get(key);
    const gone = metadata.deletionTimestamp !== undefined && (metadata.finalizers?.length ?? 0) === 0;
    // The answer to the patch that takes the last finalizer off carries the version from before it: nothing was stored.
    if (entry !== undefined && (entry.version > version || (entry.version === version && !gone))) return entry.object;
    if (this.#tombstones.covers(key, metadata.uid, version)) return object;
    if (gone) {
      this.#tombstones.add(key, { uid: metadata.uid, version });
      if (entry !== undefined) this.#drop(key, entry);
      return object;
    }
    if (entry !== undefined && entry.object.metadata.uid !== metadata.uid) {
      this.#drop(key, entry);
      this.#set(key, { object, version }, undefined, initial);
    } else {
      this.#set(key, { object, version }, entry?.object, initial);
    }
    return object;
  }

  #set(key: string, entry: Entry<T>, old: T | undefined, initial: boolean): void {
    this.#entries.set(key, entry);
    for (const index of this.#indexes.values()) index.replace(key, old, entry.object);
    this.#notify(old, entry.object, initial);
  }

  #drop(key: string, entry: Entry<T>): void {
    this.#entries.delete(key);
    for (const index of this.#indexes.values()) index.replace(key, entry.object, undefined);
    this.#notify(entry.object, undefined, false);
  }

  #notify(old: T | undefined, current: T | undefined, initial: boolean): void {
    for (const handler of this.#handlers) {
      try {
        handler({ old, current }, { initial });
      } catch (error) {
        this.#options.logger.error('A change handler failed', { error: error instanceof Error ? error.name : typeof error });
      }
    }
  }
}
