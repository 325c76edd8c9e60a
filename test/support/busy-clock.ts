import type { Clock } from '../../src/ports/clock.ts';

/** A clock that moves while work is done, and notes how long nothing else had a turn. */
export class BusyClock implements Clock {
  #time = 0;
  #turn = 0;
  longest = 0;
  timers = 0;
  now = (): number => this.#time;
  monotonic = (): number => this.#time;
  work(ms: number): void {
    this.#time += ms;
    this.longest = Math.max(this.longest, this.#time - this.#turn);
  }
  setTimer(delayMs: number, fire: () => void): { cancel: () => void } {
    this.timers += 1;
    // No work takes so long that another timer is due.
    if (delayMs > 0) return { cancel: () => undefined };
    setImmediate(() => {
      this.#turn = this.#time;
      fire();
    });
    return { cancel: () => undefined };
  }
}
