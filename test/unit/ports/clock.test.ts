import { breather, type Clock } from '../../../src/ports/clock.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

/** A clock that moves while work is done, and notes how long nothing else had a turn. */
class BusyClock implements Clock {
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
  setTimer(_: number, fire: () => void): { cancel: () => void } {
    this.timers += 1;
    setImmediate(() => {
      this.#turn = this.#time;
      fire();
    });
    return { cancel: () => undefined };
  }
}

test.each([
  [1, 1, 20],
  [16, 1, 20],
  [1, 50, 50],
  [16, 50, 50],
])('%i workers with pieces of %i ms hold the process up for %i ms at most', async (workers, pieceMs, mostMs) => {
  const clock = new BusyClock();
  const breathe = breather(clock);
  const worker = async (): Promise<void> => {
    for (let piece = 0; piece < 50; piece += 1) {
      await breathe(() => clock.work(pieceMs));
    }
  };
  await Promise.all(Array.from({ length: workers }, worker));
  expect(clock.longest).toBeLessThanOrEqual(mostMs);
});

test('work that is done quickly is not held up', async () => {
  const clock = new BusyClock();
  const breathe = breather(clock);
  for (let piece = 0; piece < 1000; piece += 1) await breathe(() => undefined);
  expect(clock.timers).toBe(0);
});

test('on a clock that stands still nothing waits for it', async () => {
  const breathe = breather(new VirtualClock());
  for (let piece = 0; piece < 1000; piece += 1) await breathe(() => undefined);
  expect(breathe).toBeDefined();
});
