import type { Clock, Timer } from '../../src/ports/clock.ts';
import type { HttpFetch } from '../../src/ports/http.ts';

/** A process boundary around an operator: after `kill` nothing it does reaches the world any more, as after a SIGKILL. */
export class Killable {
  #alive = true;
  readonly #onKill: (() => void)[] = [];

  /** A method, because it changes while a request is under way. */
  isAlive(): boolean {
    return this.#alive;
  }

  kill(): void {
    this.#alive = false;
    for (const listener of this.#onKill.splice(0)) listener();
  }

  onKill(listener: () => void): void {
    this.#onKill.push(listener);
  }

  /** The clock as the process sees it: the timers of a dead process never fire. */
  clock(clock: Clock): Clock {
    return {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      setTimer: (delayMs, fire): Timer =>
        clock.setTimer(delayMs, () => {
          if (this.isAlive()) fire();
        }),
    };
  }

  /** The network as the process sees it: a dead process sends nothing and hears nothing. */
  fetch(fetch: HttpFetch): HttpFetch {
    const forever = new Promise<never>(() => undefined);
    return async (url, request) => {
      if (!this.isAlive()) return forever;
      const response = await fetch(url, request).catch((error: unknown) => {
        if (!this.isAlive()) return forever;
        throw error;
      });
      return this.isAlive() ? response : forever;
    };
  }
}
