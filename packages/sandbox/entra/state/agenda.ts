interface Entry {
  readonly due: number;
  readonly order: number;
  readonly run: () => void;
}

/** Things that happen at a time, run by whoever looks next: no timer is involved. A binary heap by time, then by order of adding. */
export class Agenda {
  #heap: Entry[] = [];
  #order = 0;

  add(due: number, run: () => void): void {
    const heap = this.#heap;
    const entry: Entry = { due, order: (this.#order += 1), run };
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !before(entry, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = entry;
  }

  /** Runs everything that is due at `now`, in order of time. */
  runDue(now: number): void {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || first.due > now) return;
      this.#removeFirst();
      first.run();
    }
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      let lower = heap[child];
      if (lower === undefined) break;
      const right = heap[child + 1];
      if (right !== undefined && before(right, lower)) {
        child += 1;
        lower = right;
      }
      if (!before(lower, last)) break;
      heap[at] = lower;
      at = child;
    }
    heap[at] = last;
  }
}

function before(left: Entry, right: Entry): boolean {
  return left.due < right.due || (left.due === right.due && left.order < right.order);
}
