import { breather, visitAll } from '../../../src/ports/clock.ts';
import { BusyClock } from '../../support/busy-clock.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

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

test('a long list is visited whole, and holds the process up for 20 ms at most', async () => {
  const clock = new BusyClock();
  const visited: number[] = [];
  const all = visitAll(
    clock,
    Array.from({ length: 1000 }, (_, index) => index),
    (index) => {
      clock.work(1);
      visited.push(index);
    },
  );
  expect(visited.length).toBeLessThanOrEqual(20);
  await all;
  expect(visited.length).toBe(1000);
  expect(clock.longest).toBeLessThanOrEqual(20);
});

test('a short list is visited before anything else happens', () => {
  const visited: number[] = [];
  void visitAll(new BusyClock(), [1, 2, 3], (index) => void visited.push(index));
  expect(visited).toEqual([1, 2, 3]);
});
