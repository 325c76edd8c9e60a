/** The values under which an object is found in an index; none: it is not in the index. */
export type IndexFunction<T> = (object: T) => readonly string[];

/** One named index of a store: value to objects. */
export class StoreIndex<T> {
  readonly #values: IndexFunction<T>;
  readonly #buckets = new Map<string, Map<string, T>>();

  constructor(values: IndexFunction<T>) {
    this.#values = values;
  }

  /** The objects filed under `value`, in no order. */
  get(value: string): readonly T[] {
    const bucket = this.#buckets.get(value);
    return bucket === undefined ? [] : [...bucket.values()];
  }

  /** How many there are under `value`. */
  count(value: string): number {
    return this.#buckets.get(value)?.size ?? 0;
  }

  /** Files `current` in place of `old`; either may be absent. */
  replace(key: string, old: T | undefined, current: T | undefined): void {
    const values = current === undefined ? [] : this.#values(current);
    if (old !== undefined) for (const value of this.#values(old)) if (!values.includes(value)) this.#remove(value, key);
    if (current === undefined) return;
    for (const value of values) {
      const bucket = this.#buckets.get(value);
      if (bucket === undefined) this.#buckets.set(value, new Map([[key, current]]));
      else bucket.set(key, current);
    }
  }

  #remove(value: string, key: string): void {
    const bucket = this.#buckets.get(value);
    bucket?.delete(key);
    if (bucket?.size === 0) this.#buckets.delete(value);
  }
}
