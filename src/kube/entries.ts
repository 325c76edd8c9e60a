import { keyString, type KubeObject, type Subject } from '../ports/resources.ts';
import { StoreIndex, type IndexFunction } from './store-index.ts';

/** An object in place of another; `initial` as in ChangeHandler. */
export interface EntryChange<T> {
  readonly old: T | undefined;
  readonly current: T;
  readonly version: bigint;
  readonly initial: boolean;
}

/** What a store keeps its objects in, by `namespace/name`. */
export interface Entries<T extends KubeObject> {
  readonly size: number;
  get(key: string): T | undefined;
  version(key: string): bigint | undefined;
  /** Puts `current` in place of `old`, which is what {@link get} gives. */
  set(key: string, change: EntryChange<T>): void;
  delete(key: string, old: T): void;
  keys(): Iterable<string>;
  /** Each object as it is when its turn comes. What comes and goes meanwhile is met or not. */
  all(): Iterable<T>;
  byIndex(index: string, value: string): readonly T[];
  count(group: string): number;
  each(group: string): Iterable<T>;
  /** Each member of a group with what it is about, which is read without the rest. */
  subjects(group: string): Iterable<Subject<T>>;
}

/** How objects are found. */
export interface Filing<T> {
  readonly indexes: Readonly<Record<string, IndexFunction<T>>>;
  /** The groups that an object is in: few names, with many objects each. */
  readonly groups: IndexFunction<T>;
  /** What an object is about. */
  readonly subject: (object: T) => string;
}

interface Entry<T> {
  readonly object: T;
  readonly version: bigint;
}

/** Objects as they came: for kinds of which there are few. */
export class PlainEntries<T extends KubeObject> implements Entries<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #indexes: ReadonlyMap<string, StoreIndex<T>>;
  readonly #groups: StoreIndex<T>;
  readonly #subject: Filing<T>['subject'];

  constructor({ indexes, groups, subject }: Filing<T>) {
    this.#indexes = new Map(Object.entries(indexes).map(([name, values]) => [name, new StoreIndex(values)]));
    this.#groups = new StoreIndex(groups);
    this.#subject = subject;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): T | undefined {
    return this.#entries.get(key)?.object;
  }

  version(key: string): bigint | undefined {
    return this.#entries.get(key)?.version;
  }

  set(key: string, { old, current, version }: EntryChange<T>): void {
    this.#entries.set(key, { object: current, version });
    for (const index of [...this.#indexes.values(), this.#groups]) index.replace(key, old, current);
  }

  delete(key: string, old: T): void {
    this.#entries.delete(key);
    for (const index of [...this.#indexes.values(), this.#groups]) index.replace(key, old, undefined);
  }

  keys(): Iterable<string> {
    return this.#entries.keys();
  }

  all(): Iterable<T> {
    return Array.from(this.#entries.values(), ({ object }) => object);
  }

  byIndex(index: string, value: string): readonly T[] {
    const found = this.#indexes.get(index);
    if (found === undefined) throw new TypeError(`there is no index ${index}`);
    return found.get(value);
  }

  count(group: string): number {
    return this.#groups.count(group);
  }

  each(group: string): Iterable<T> {
    return this.#groups.get(group);
  }

  subjects(group: string): Iterable<Subject<T>> {
    return this.#groups.get(group).map((object) => ({ id: this.#subject(object), key: keyString(object.metadata), read: () => object }));
  }
}
