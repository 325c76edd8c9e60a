const none = -1;
const firstSize = 1024;

/** Numbers filed under hashes of 32 bits, several under one if need be, in arrays that no collection walks. */
export class HashChains {
  #heads = new Int32Array(firstSize).fill(none);
  #hashes = new Uint32Array(firstSize);
  #numbers = new Int32Array(firstSize);
  #next = new Int32Array(firstSize);
  #free = none;
  #used = 0;

  add(hash: number, number: number): void {
    const entry = this.#take();
    this.#hashes[entry] = hash;
    this.#numbers[entry] = number;
    this.#link(entry);
  }

  remove(hash: number, number: number): void {
    const head = hash & (this.#heads.length - 1);
    for (let entry = this.#heads[head] ?? none, before = none; entry !== none; before = entry, entry = this.#next[entry] ?? none) {
      if (this.#hashes[entry] !== hash || this.#numbers[entry] !== number) continue;
      const after = this.#next[entry] ?? none;
      if (before === none) this.#heads[head] = after;
      else this.#next[before] = after;
      this.#next[entry] = this.#free;
      this.#free = entry;
      return;
    }
  }

  /** All numbers under a hash, in no order. */
  get(hash: number): readonly number[] {
    const found: number[] = [];
    for (let entry = this.#heads[hash & (this.#heads.length - 1)] ?? none; entry !== none; entry = this.#next[entry] ?? none)
      if (this.#hashes[entry] === hash) found.push(this.#numbers[entry] ?? none);
    return found;
  }

  #link(entry: number): void {
    const head = (this.#hashes[entry] ?? 0) & (this.#heads.length - 1);
    this.#next[entry] = this.#heads[head] ?? none;
    this.#heads[head] = entry;
  }

  #take(): number {
    if (this.#free !== none) {
      const entry = this.#free;
      this.#free = this.#next[entry] ?? none;
      return entry;
    }
    if (this.#used === this.#hashes.length) this.#grow();
    this.#used += 1;
    return this.#used - 1;
  }

  /** Only when no entry is free, so that each one is in a chain. */
  #grow(): void {
    const size = this.#hashes.length * 2;
    const heads = new Int32Array(size).fill(none);
    this.#hashes = copied(this.#hashes, new Uint32Array(size));
    this.#numbers = copied(this.#numbers, new Int32Array(size));
    this.#next = new Int32Array(size);
    this.#heads = heads;
    for (let entry = 0; entry < this.#used; entry += 1) this.#link(entry);
  }
}

function copied<T extends Int32Array | Uint32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
