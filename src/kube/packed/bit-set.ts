/** A set of small numbers that knows its size, one bit a number. */
export class BitSet {
  #words = new Uint32Array(8);
  size = 0;

  has(number: number): boolean {
    return (((this.#words[number >>> 5] ?? 0) >>> (number & 31)) & 1) === 1;
  }

  add(number: number): void {
    if (this.has(number)) return;
    const word = number >>> 5;
    if (word >= this.#words.length) {
      const larger = new Uint32Array(Math.max(this.#words.length * 2, word + 1));
      larger.set(this.#words);
      this.#words = larger;
    }
    this.#words[word] = (this.#words[word] ?? 0) | (1 << (number & 31));
    this.size += 1;
  }

  delete(number: number): void {
    if (!this.has(number)) return;
    const word = number >>> 5;
    this.#words[word] = (this.#words[word] ?? 0) & ~(1 << (number & 31));
    this.size -= 1;
  }

  /** In ascending order. What comes and goes meanwhile is met or not. */
  *[Symbol.iterator](): Generator<number> {
    for (let word = 0; word < this.#words.length; word += 1) {
      if (this.#words[word] === 0) continue;
      for (let bit = 0; bit < 32; bit += 1) if (this.has(word * 32 + bit)) yield word * 32 + bit;
    }
  }
}
