/** An entry of a {@link Heap}; the heap keeps `heapIndex`, -1 while the entry is in none. */
export interface HeapEntry {
  heapIndex: number;
}

/** A binary heap whose entries know their place, so that one can be moved or removed in O(log n). */
export class Heap<T extends HeapEntry> {
  readonly #entries: T[] = [];
  readonly #before: (a: T, b: T) => boolean;

  /** `before(a, b)`: a leaves the heap before b. */
  constructor(before: (a: T, b: T) => boolean) {
    this.#before = before;
  }

  get size(): number {
    return this.#entries.length;
  }

  peek(): T | undefined {
    return this.#entries[0];
  }

  push(entry: T): void {
    this.#place(entry, this.#entries.length);
    this.#up(entry);
  }

  pop(): T | undefined {
    const first = this.#entries[0];
    if (first !== undefined) this.remove(first);
    return first;
  }

  /** Restores the order after `entry` has changed. */
  update(entry: T): void {
    this.#up(entry);
    this.#down(entry);
  }

  remove(entry: T): void {
    const index = entry.heapIndex;
    const last = this.#entries.pop();
    if (last === undefined) return;
    if (last !== entry) {
      this.#place(last, index);
      this.update(last);
    }
    entry.heapIndex = -1;
  }

  #place(entry: T, index: number): void {
    this.#entries[index] = entry;
    entry.heapIndex = index;
  }

  #up(entry: T): void {
    while (entry.heapIndex > 0) {
      const index = entry.heapIndex;
      const parent = this.#entries[(index - 1) >> 1];
      if (parent === undefined || !this.#before(entry, parent)) return;
      const above = parent.heapIndex;
      this.#place(parent, index);
      this.#place(entry, above);
    }
  }

  #down(entry: T): void {
    for (;;) {
      const index = entry.heapIndex;
      const left = this.#entries[2 * index + 1];
      if (left === undefined) return;
      const right = this.#entries[2 * index + 2];
      const child = right !== undefined && this.#before(right, left) ? right : left;
      if (!this.#before(child, entry)) return;
      const below = child.heapIndex;
      this.#place(child, index);
      this.#place(entry, below);
    }
  }
}
