import { seededRandom, VirtualClock } from '../../support/virtual-clock.ts';
import { controllerRateLimits, ItemRateLimiter } from '../../../src/kube/rate-limiter.ts';
import { WorkQueue, type WorkItem } from '../../../src/kube/work-queue.ts';
import { RecordingMetrics } from './support.ts';

function setUp(): { clock: VirtualClock; queue: WorkQueue; recording: RecordingMetrics } {
  const clock = new VirtualClock();
  const recording = new RecordingMetrics();
  const rateLimiter = new ItemRateLimiter(controllerRateLimits, seededRandom(1));
  return { clock, recording, queue: new WorkQueue({ name: 'q', clock, rateLimiter, metrics: recording.metrics }) };
}

async function takeKeys(queue: WorkQueue, count: number): Promise<string[]> {
  const keys: string[] = [];
  for (let n = 0; n < count; n += 1) keys.push((await queue.take())?.key ?? 'closed');
  return keys;
}

describe('the work queue', () => {
  it('hands out keys of one priority in the order they came', async () => {
    const { queue } = setUp();
    for (const key of ['a', 'b', 'c']) queue.add(key);
    expect(await takeKeys(queue, 3)).toEqual(['a', 'b', 'c']);
  });

  it('hands out the highest priority first, so that a change never waits behind ten thousand unchanged objects', async () => {
    const { queue } = setUp();
    for (let n = 0; n < 10_000; n += 1) queue.add(`old-${n}`, { priority: -100 });
    queue.add('changed', { priority: 10 });
    queue.add('urgent', { priority: 40 });
    expect(await takeKeys(queue, 3)).toEqual(['urgent', 'changed', 'old-0']);
  });

  it('keeps one entry per key with the highest priority asked for, and its place inside that priority', async () => {
    const { queue } = setUp();
    queue.add('a', { priority: 0 });
    queue.add('b', { priority: 10 });
    queue.add('a', { priority: 10 });
    queue.add('a', { priority: -100 });
    expect(queue.size).toBe(2);
    expect([await queue.take(), await queue.take()]).toEqual([
      { key: 'a', priority: 10 },
      { key: 'b', priority: 10 },
    ]);
    expect(queue.size).toBe(0);
  });

  it('keeps the earliest time asked for', async () => {
    const { queue, clock } = setUp();
    queue.add('later', { delayMs: 10_000 });
    queue.add('later', { delayMs: 60_000 });
    queue.add('sooner', { delayMs: 10_000 });
    queue.add('sooner', { delayMs: 1_000 });
    queue.add('now', { delayMs: 5_000 });
    queue.add('now');
    expect(queue.depth).toBe(1);
    await clock.advance(1_000);
    expect(queue.depth).toBe(2);
    await clock.advance(8_999);
    expect(queue.depth).toBe(2);
    await clock.advance(1);
    expect(queue.depth).toBe(3);
  });

  it('leaves a ready key ready when it is added again with a delay', () => {
    const { queue } = setUp();
    queue.add('a');
    queue.add('a', { delayMs: 1_000 });
    expect(queue.depth).toBe(1);
  });

  it('waits with one timer, whatever the number of delayed keys', async () => {
    const { queue, clock } = setUp();
    let timers = 0;
    const setTimer = clock.setTimer.bind(clock);
    clock.setTimer = (delayMs, fire) => {
      timers += 1;
      const timer = setTimer(delayMs, () => {
        timers -= 1;
        fire();
      });
      return {
        cancel: () => {
          timers -= 1;
          timer.cancel();
        },
      };
    };
    for (let n = 0; n < 1_000; n += 1) queue.add(`k${n}`, { delayMs: 100_000 - n });
    expect(timers).toBe(1);
    await clock.advance(100_000);
    expect(queue.depth).toBe(1_000);
    expect(timers).toBe(0);
  });

  it('never has the same key with two workers, and runs a key added meanwhile once more afterwards', async () => {
    const { queue, clock } = setUp();
    queue.add('a');
    const first = await queue.take();
    queue.add('a', { priority: 5 });
    queue.add('a', { priority: 20 });
    let second: WorkItem | undefined;
    void queue.take().then((item) => (second = item));
    await clock.settle();
    expect(second).toBeUndefined();
    queue.done(first?.key ?? '');
    await clock.settle();
    expect(second).toEqual({ key: 'a', priority: 20 });
    queue.done('a');
    expect(queue.size).toBe(0);
  });

  it('respects the delay of a key that was added while it ran', async () => {
    const { queue, clock } = setUp();
    queue.add('a');
    await queue.take();
    queue.add('a', { delayMs: 10_000 });
    await clock.advance(4_000);
    queue.done('a');
    expect(queue.depth).toBe(0);
    await clock.advance(6_000);
    expect(queue.depth).toBe(1);
  });

  it('doubles the delay of a failing key from 5 ms up to 1000 s, spread by a fifth, until it is forgotten', async () => {
    const limiter = new ItemRateLimiter(controllerRateLimits, seededRandom(7));
    for (let failures = 0; failures < 40; failures += 1) {
      const base = Math.min(1_000_000, 5 * 2 ** failures);
      const delay = limiter.next('a');
      expect(delay).toBeGreaterThanOrEqual(base * 0.8);
      expect(delay).toBeLessThanOrEqual(Math.min(1_000_000, base * 1.2));
    }
    expect(limiter.next('other')).toBeLessThanOrEqual(6);
    limiter.forget('a');
    expect(limiter.failures('a')).toBe(0);
    expect(limiter.next('a')).toBeLessThanOrEqual(6);

    const { queue, clock } = setUp();
    queue.addRateLimited('a', { priority: 0 });
    expect(queue.depth).toBe(0);
    await clock.advance(6);
    expect(queue.depth).toBe(1);
  });

  it('waits at least as long as it is told to', async () => {
    const { queue, clock } = setUp();
    queue.addRateLimited('a', { priority: 0, atLeastMs: 30_000 });
    await clock.advance(29_999);
    expect(queue.depth).toBe(0);
    await clock.advance(1);
    expect(queue.depth).toBe(1);
  });

  it('ends all waiting workers at shutdown, takes nothing more, and knows when the running ones are done', async () => {
    const { queue, clock } = setUp();
    queue.add('a');
    await queue.take();
    const waiting = [queue.take(), queue.take()];
    let drained = false;
    queue.shutDown();
    void queue.drained().then(() => (drained = true));
    queue.add('b');
    expect(await Promise.all(waiting)).toEqual([undefined, undefined]);
    expect(await queue.take()).toBeUndefined();
    expect(drained).toBe(false);
    queue.done('a');
    await clock.settle();
    expect(drained).toBe(true);
    expect(clock.nextTimerAt()).toBeUndefined();
  });

  it('measures depth, adds, retries, time in the queue and time with workers', async () => {
    const { queue, clock, recording } = setUp();
    const labels = { name: 'q' };
    expect(recording.value('workqueueAdds', labels)).toBe(0);
    expect(recording.value('workqueueRetries', labels)).toBe(0);
    expect(recording.value('workqueueDepth', labels)).toBe(0);
    queue.add('a');
    queue.add('a');
    queue.add('b', { delayMs: 50_000 });
    expect(recording.value('workqueueAdds', labels)).toBe(2);
    expect(recording.value('workqueueDepth', labels)).toBe(1);
    await clock.advance(2_000);
    await queue.take();
    expect(recording.observed('workqueueQueueDuration', labels)).toEqual([2]);
    await clock.advance(10_000);
    expect(recording.value('workqueueLongestRunning', labels)).toBe(10);
    expect(recording.value('workqueueUnfinishedWork', labels)).toBe(10);
    queue.done('a');
    expect(recording.observed('workqueueWorkDuration', labels)).toEqual([10]);
    expect(recording.value('workqueueLongestRunning', labels)).toBe(0);
    queue.addRateLimited('a', { priority: 0 });
    expect(recording.value('workqueueRetries', labels)).toBe(1);
  });

  it('agrees with a simple model over a long random history', async () => {
    const { queue, clock } = setUp();
    const random = seededRandom(42);
    const pick = (limit: number): number => Math.floor(random.next() * limit);
    const model = new Map<string, { priority: number; at: number }>();
    const running = new Set<string>();
    let wrong = 0;
    for (let step = 0; step < 3_000; step += 1) {
      const key = `k${pick(30)}`;
      const action = pick(4);
      if (action <= 1) {
        const priority = pick(4) * 10;
        const delayMs = pick(3) * 50;
        queue.add(key, { priority, delayMs });
        const known = model.get(key);
        const at = clock.monotonic() + delayMs;
        model.set(key, { priority: Math.max(priority, known?.priority ?? priority), at: Math.min(at, known?.at ?? at) });
      } else if (action === 2 && queue.depth > 0) {
        const ready = [...model].filter(([name, entry]) => entry.at <= clock.monotonic() && !running.has(name));
        const highest = Math.max(...ready.map(([, entry]) => entry.priority));
        const item = await queue.take();
        wrong += ready.some(([name]) => name === item?.key) && item?.priority === highest ? 0 : 1;
        model.delete(item?.key ?? '');
        running.add(item?.key ?? '');
      } else if (running.has(key)) {
        running.delete(key);
        queue.done(key);
      }
      if (step % 10 === 0) await clock.advance(pick(60));
      const ready = [...model].filter(([name, entry]) => entry.at <= clock.monotonic() && !running.has(name));
      expect(queue.depth).toBe(ready.length);
    }
    expect(wrong).toBe(0);
  });

  it('takes 100,000 keys in and out', async () => {
    const { queue } = setUp();
    for (let n = 0; n < 100_000; n += 1) queue.add(`k${n}`, { priority: n % 7 });
    for (let n = 0; n < 100_000; n += 1) {
      const item = await queue.take();
      queue.done(item?.key ?? '');
    }
    expect(queue.size).toBe(0);
  });
});
