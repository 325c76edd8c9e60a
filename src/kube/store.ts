import { visitAll, type Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { keyString, type GroupedLister, type KubeObject, type Lister, type ObjectKey, type Subject } from '../ports/resources.ts';
import { PlainEntries, type Entries } from './entries.ts';
import type { IndexFunction } from './store-index.ts';
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
  /** What the process sees of an object, where that is not what the server has. */
  readonly seenAs?: (object: T) => T;
  /** What keeps the objects, where they are too many to be kept as they came; it has the indexes itself then. */
  readonly entries?: Entries<T>;
}

/** A list of the server: the keys that it showed, and its version. */
export interface TakenList {
  readonly keys: ReadonlySet<string>;
  readonly resourceVersion: string;
}

/** What a list of the server covers; objects outside of it are not judged by it. */
export type Scope<T> = (object: T) => boolean;

/**
 * The local copy of one kind. It is fed by reflectors and by the process's own writes alike, and only ever moves forward:
 * neither a late event nor an old list undoes what a newer answer of the server has shown.
 */
export class Store<T extends KubeObject, IndexName extends string = string> implements Lister<T>, GroupedLister<T> {
  readonly #options: StoreOptions<T, IndexName>;
  readonly #entries: Entries<T>;
  readonly #tombstones: Tombstones;
  readonly #handlers: ChangeHandler<T>[] = [];

  constructor(options: StoreOptions<T, IndexName>) {
    this.#options = options;
    this.#tombstones = new Tombstones(options.clock);
    const { indexes } = options;
    this.#entries = options.entries ?? new PlainEntries<T>({ indexes, groups: () => [], subject: ({ metadata }) => metadata.name });
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: ObjectKey): T | undefined {
    return this.#entries.get(keyString(key));
  }

  list(): readonly T[] {
    return [...this.#entries.all()];
  }

  /** Keys of all objects, as they stand in queues. */
  keys(): Iterable<string> {
    return this.#entries.keys();
  }

  byIndex(index: NoInfer<IndexName>, value: string): readonly T[] {
    return this.#entries.byIndex(index, value);
  }

  count(group: string): number {
    return this.#entries.count(group);
  }

  each(group: string): Iterable<T> {
    return this.#entries.each(group);
  }

  subjects(group: string): Iterable<Subject<T>> {
    return this.#entries.subjects(group);
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
    const known = this.#entries.get(key);
    // A newer state, or one of the same moment that belongs elsewhere, shows that there is an object of that name.
    if (known !== undefined && (versionOf(known) > version || !scope(known))) return;
    this.#tombstones.add(key, { version });
    if (known !== undefined) this.#drop(key, known);
  }

  /** Records that this process's own delete has removed the object of that uid at once (any uid, if it is not known). */
  removeLocal(key: ObjectKey, uid: string | undefined): void {
    const text = keyString(key);
    const there = this.#entries.get(text);
    const removed = uid ?? there?.metadata.uid;
    if (removed === undefined) return;
    const known = there?.metadata.uid === removed ? there : undefined;
    this.#tombstones.add(text, { uid: removed, version: known === undefined ? 0n : versionOf(known) });
    if (known !== undefined) this.#drop(text, known);
  }

  /** Takes in one object of a list. `initial` as in {@link ChangeHandler}. */
  applyListed(object: T, initial: boolean): void {
    this.#put(object, initial);
  }

  /**
   * Ends a list of `scope`: what it did not show is gone, unless it was written after the list. Gives way to the rest of the process as often
   * as it must; each object is judged as it is when its turn comes, and none any more once `signal` aborts.
   */
  async retain({ keys, resourceVersion }: TakenList, scope: Scope<T>, signal?: AbortSignal): Promise<void> {
    const version = versionOf({ metadata: { resourceVersion } });
    const judge = (key: string): void => {
      if (keys.has(key)) return;
      const object = this.#entries.get(key);
      if (object !== undefined && versionOf(object) <= version && scope(object)) this.#drop(key, object);
    };
    await visitAll(this.#options.clock, this.#entries.keys(), judge, signal);
  }

  /** Drops all objects of a scope that is no longer watched, or is no more; handlers see removals. Gives way as {@link retain} does. */
  async clear(scope: Scope<T>): Promise<void> {
    await visitAll(this.#options.clock, this.#entries.keys(), (key) => {
      const object = this.#entries.get(key);
      if (object !== undefined && scope(object)) this.#drop(key, object);
    });
  }

  /** The object without what nobody reads, and as the process sees it. */
  #asSeen(incoming: T): T {
    const object = strip(incoming);
    return this.#options.seenAs?.(object) ?? object;
  }

  #put(incoming: T, initial: boolean): T {
    const object = this.#asSeen(incoming);
    const { metadata } = object;
    const key = keyString(metadata);
    const version = versionOf(object);
    const known = this.#entries.version(key);
    const gone = metadata.deletionTimestamp !== undefined && (metadata.finalizers?.length ?? 0) === 0;
    // The answer to the patch that takes the last finalizer off carries the version from before it: nothing was stored.
    if (known !== undefined && (known > version || (known === version && !gone))) return this.#entries.get(key) ?? object;
    if (this.#tombstones.covers(key, metadata.uid, version)) return object;
    const old = known === undefined ? undefined : this.#entries.get(key);
    if (gone) {
      this.#tombstones.add(key, { uid: metadata.uid, version });
      if (old !== undefined) this.#drop(key, old);
      return object;
    }
    if (old !== undefined && old.metadata.uid !== metadata.uid) {
      this.#drop(key, old);
      this.#set(key, undefined, object, { version, initial });
    } else {
      this.#set(key, old, object, { version, initial });
    }
    return object;
  }

  #set(key: string, old: T | undefined, current: T, { version, initial }: { readonly version: bigint; readonly initial: boolean }): void {
    this.#entries.set(key, { old, current, version, initial });
    this.#notify(old, current, initial);
  }

  #drop(key: string, object: T): void {
    this.#entries.delete(key, object);
    this.#notify(object, undefined, false);
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
