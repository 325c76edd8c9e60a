/** What a watch has still to tell before the world is quiet. */
export interface Owing {
  /** Whether it has not yet delivered everything that is known to have been written. */
  readonly behind: boolean;
  /** Waits for it no longer. */
  forgive(): void;
  /** Is about to be waited for. */
  pursue?(): void;
}

/** A watch that keeps still for this long has nothing to say: what was expected of it was a mistake of this bookkeeping. */
const patienceMs = 3_000;

/** Whether anything is on its way between the operator and a real API server, whose answers take real time. */
export class Quiet {
  readonly watches = new Set<Owing>();
  #inFlight = 0;
  #waiting: (() => void)[] = [];

  get busy(): boolean {
    return this.#inFlight > 0 || [...this.watches].some(({ behind }) => behind);
  }

  /** Runs a request; the world is not quiet before it has ended. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#inFlight += 1;
    try {
      return await work();
    } finally {
      this.#inFlight -= 1;
      this.changed();
    }
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Something has come to its end, or a watch has moved on. */
  changed(): void {
    if (!this.busy) for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Resolves when nothing is on its way. */
  async wait(): Promise<void> {
    if (!this.busy) return;
    for (const watch of this.watches) if (watch.behind) watch.pursue?.();
    const timer = setInterval(() => this.#forgive(), patienceMs);
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
    clearInterval(timer);
  }

  #forgive(): void {
    for (const watch of this.watches) if (watch.behind) watch.forgive();
    this.changed();
  }
}
