import { KubeError } from '../../../src/ports/resources.ts';
import { priorities, type Reconcile, type ReconcileContext } from '../../../src/ports/reconcile.ts';
import { Controller, type ControllerOptions } from '../../../src/kube/controller.ts';
import { controllerRateLimits } from '../../../src/kube/rate-limiter.ts';
import { BusyClock } from '../../support/busy-clock.ts';
import { seededRandom, VirtualClock } from '../../support/virtual-clock.ts';
import { recordingLogger, RecordingMetrics, type LogLine } from './support.ts';

const labels = { controller: 'widget' };

function setUp(reconcile: Reconcile, options: Partial<ControllerOptions> = {}) {
  const clock = new VirtualClock();
  const recording = new RecordingMetrics();
  const lines: LogLine[] = [];
  const controller = new Controller({
    name: 'widget',
    reconcile,
    concurrency: 2,
    rateLimits: controllerRateLimits,
    clock,
    random: seededRandom(3),
    logger: recordingLogger(lines),
    metrics: recording.metrics,
    ...options,
  });
  const total = (result: string): number | undefined => recording.value('reconcileTotal', { ...labels, result });
  return { clock, recording, lines, controller, total };
}

/** A reconcile whose runs the test ends by hand. */
function manual() {
  const runs: { key: string; context: ReconcileContext; end: () => void; fail: (error: unknown) => void }[] = [];
  const reconcile: Reconcile = (key, context) =>
    new Promise((resolve, reject) => runs.push({ key, context, end: () => resolve({}), fail: reject }));
  return { runs, reconcile };
}

describe('the controller loop', () => {
  it('has all its series from the start, at 0', () => {
    const { recording, total } = setUp(() => Promise.resolve({}));
    for (const result of ['success', 'error', 'requeue', 'requeue_after']) expect(total(result)).toBe(0);
    for (const name of ['reconcileErrors', 'reconcilePanics', 'reconcileTimeouts', 'activeWorkers'] as const) {
      expect(recording.value(name, labels)).toBe(0);
    }
    expect(recording.value('maxConcurrentReconciles', labels)).toBe(2);
  });

  it('I14 gives way while it works off keys with nothing to do', async () => {
    const clock = new BusyClock();
    const handled = new Set<string>();
    const reconcile = (key: string) => {
      clock.work(1);
      handled.add(key);
      return Promise.resolve({});
    };
    const { controller } = setUp(reconcile, { clock, concurrency: 24 });
    for (let index = 0; index < 2000; index += 1) controller.enqueue(`a/${index}`);
    controller.start();
    while (handled.size < 2000) await new Promise((resolve) => setImmediate(resolve));
    // It is looked at after 64 keys, while the other workers may have one in their hands.
    expect(clock.longest).toBeLessThanOrEqual(100);
  });

  it('runs at most its number of workers at once, and a key never twice at once', async () => {
    const { runs, reconcile } = manual();
    const { clock, controller, recording } = setUp(reconcile);
    controller.start();
    for (const key of ['a/1', 'a/2', 'a/3']) controller.enqueue(key);
    await clock.settle();
    expect(runs.map((run) => run.key)).toEqual(['a/1', 'a/2']);
    expect(recording.value('activeWorkers', labels)).toBe(2);
    controller.enqueue('a/1');
    runs[1]?.end();
    await clock.settle();
    expect(runs.map((run) => run.key)).toEqual(['a/1', 'a/2', 'a/3']);
    runs[2]?.end();
    await clock.settle();
    expect(runs).toHaveLength(3);
    runs[0]?.end();
    await clock.settle();
    expect(runs.map((run) => run.key)).toEqual(['a/1', 'a/2', 'a/3', 'a/1']);
  });

  it('has as many workers as are wanted while there is work, and lets the others go when fewer are', async () => {
    const { runs, reconcile } = manual();
    let wanted = 2;
    const { clock, controller, recording } = setUp(reconcile, { concurrency: () => wanted });
    controller.start();
    for (let index = 0; index < 20; index += 1) controller.enqueue(`a/${index}`);
    await clock.settle();
    expect(recording.value('activeWorkers', labels)).toBe(2);
    wanted = 6;
    runs[0]?.end();
    await clock.settle();
    expect(recording.value('activeWorkers', labels)).toBe(6);
    expect(recording.value('maxConcurrentReconciles', labels)).toBe(6);
    wanted = 0;
    for (const run of [...runs]) run.end();
    await clock.settle();
    expect(recording.value('activeWorkers', labels)).toBe(1);
    for (let index = 0; index < 20; index += 1) {
      for (const run of [...runs]) run.end();
      await clock.settle();
    }
    expect(new Set(runs.map((run) => run.key)).size).toBe(20);
  });

  it('keeps what is enqueued before it starts', async () => {
    const { runs, reconcile } = manual();
    const { clock, controller } = setUp(reconcile);
    controller.enqueue('a/1');
    controller.start();
    await clock.settle();
    expect(runs).toHaveLength(1);
  });

  it('gives each run an id of its own, in its logger with controller, namespace and name', async () => {
    const { clock, controller, lines } = setUp((_key, { logger }) => {
      logger.info('ran');
      return Promise.resolve({});
    });
    controller.start();
    controller.enqueue('team/one');
    await clock.settle();
    controller.enqueue('team/one');
    await clock.settle();
    const ran = lines.filter((line) => line.message === 'ran').map((line) => line.fields);
    expect(ran[0]).toMatchObject({ controller: 'widget', namespace: 'team', name: 'one' });
    expect(ran[0]?.reconcileID).toMatch(/^[0-9a-f-]{36}$/);
    expect(ran[1]?.reconcileID).not.toBe(ran[0]?.reconcileID);
  });

  it('counts an error, and runs the key again after growing delays until it succeeds', async () => {
    const times: number[] = [];
    const { clock, controller, recording, total } = setUp(() => {
      times.push(clock.monotonic());
      return times.length <= 6 ? Promise.reject(new Error('no')) : Promise.resolve({});
    });
    controller.start();
    controller.enqueue('a/1');
    await clock.advance(60_000);
    expect(times).toHaveLength(7);
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    gaps.forEach((gap, index) => expect(gap / (5 * 2 ** index)).toBeCloseTo(1, 0));
    expect(total('error')).toBe(6);
    expect(total('success')).toBe(1);
    expect(recording.value('reconcileErrors', labels)).toBe(6);
    expect(recording.value('workqueueRetries', { name: 'widget' })).toBe(6);
    expect(recording.value('reconcilePanics', labels)).toBe(0);
  });

  it('starts the delays over after a success', async () => {
    const times: number[] = [];
    const outcomes = ['no', 'no', 'no', 'no', 'no', 'no', 'yes', 'no', 'yes'];
    const { clock, controller } = setUp(() => {
      times.push(clock.monotonic());
      return outcomes[times.length - 1] === 'no' ? Promise.reject(new Error('no')) : Promise.resolve({});
    });
    controller.start();
    controller.enqueue('a/1');
    await clock.advance(10_000);
    controller.enqueue('a/1');
    await clock.advance(10_000);
    expect(times).toHaveLength(9);
    expect((times[8] ?? 0) - (times[7] ?? 0)).toBeLessThanOrEqual(6);
  });

  it('survives whatever a reconcile throws, also before its first await, and counts mistakes of the program as panics', async () => {
    const thrown: unknown[] = [new TypeError('x is undefined'), 'a string', undefined, new Error('plain')];
    let run = 0;
    const { clock, controller, recording, total } = setUp(() => {
      const index = run;
      run += 1;
      if (index < thrown.length) throw thrown[index];
      return Promise.resolve({});
    });
    controller.start();
    controller.enqueue('a/1');
    await clock.advance(1_000);
    expect(total('error')).toBe(4);
    expect(total('success')).toBe(1);
    expect(recording.value('reconcilePanics', labels)).toBe(3);
    expect(recording.value('activeWorkers', labels)).toBe(0);
  });

  it('runs again after the time a result asks for, with the priority it names or else its own, and forgets failures', async () => {
    const times: number[] = [];
    const { clock, controller, total } = setUp(() => {
      times.push(clock.monotonic());
      return Promise.resolve(times.length === 1 ? { requeueAfterMs: 30_000 } : {});
    });
    controller.start();
    controller.enqueue('a/1');
    await clock.advance(29_999);
    expect(times).toHaveLength(1);
    await clock.advance(1);
    expect(times).toHaveLength(2);
    expect(total('requeue_after')).toBe(1);
    expect(total('success')).toBe(1);
  });

  it('lets a change come before the time a result asks for, and does not run twice then', async () => {
    let runs = 0;
    const { clock, controller } = setUp(() => Promise.resolve((runs += 1) === 1 ? { requeueAfterMs: 30_000 } : {}));
    controller.start();
    controller.enqueue('a/1');
    await clock.advance(1_000);
    controller.enqueue('a/1');
    await clock.advance(60_000);
    expect(runs).toBe(2);
  });

  it('runs again quickly after a conflict, without counting an error', async () => {
    let runs = 0;
    const { clock, controller, recording, total, lines } = setUp(() => {
      runs += 1;
      return runs === 1 ? Promise.reject(new KubeError('Conflict', 'changed')) : Promise.resolve({});
    });
    controller.start();
    controller.enqueue('a/1');
    await clock.advance(10);
    expect(runs).toBe(2);
    expect(recording.value('reconcileErrors', labels)).toBe(0);
    expect(total('requeue')).toBe(1);
    expect(lines.filter((line) => line.level !== 'debug')).toEqual([]);
  });

  it('keeps the priority of a key that runs again, unless a result names another', async () => {
    const outcomes: Record<string, () => Promise<{ requeueAfterMs?: number; priority?: number }>> = {
      'a/failed': () => Promise.reject(new Error('no')),
      'a/conflict': () => Promise.reject(new KubeError('Conflict', 'changed')),
      'a/same': () => Promise.resolve({ requeueAfterMs: 1 }),
      'a/lower': () => Promise.resolve({ requeueAfterMs: 1, priority: priorities.background }),
    };
    const seen: string[] = [];
    const ran = new Set<string>();
    let holding: (() => void) | undefined;
    const { clock, controller } = setUp(
      async (key) => {
        seen.push(key);
        if (key === 'a/holder') await new Promise<void>((resolve) => (holding = resolve));
        if (ran.has(key)) return {};
        ran.add(key);
        return await (outcomes[key]?.() ?? Promise.resolve({}));
      },
      { concurrency: 1 },
    );
    controller.start();
    for (const key of Object.keys(outcomes)) controller.enqueue(key, { priority: priorities.onDemand });
    controller.enqueue('a/holder', { priority: priorities.drift });
    await clock.advance(100);
    controller.enqueue('a/plain', { priority: priorities.update });
    holding?.();
    await clock.settle();
    expect(seen.slice(0, 5)).toEqual([...Object.keys(outcomes), 'a/holder']);
    expect(seen.slice(5, 8).sort()).toEqual(['a/conflict', 'a/failed', 'a/same']);
    expect(seen.slice(8)).toEqual(['a/plain', 'a/lower']);
  });

  it('waits at least as long as the server asks', async () => {
    const times: number[] = [];
    const { clock, controller } = setUp(() => {
      times.push(clock.monotonic());
      return times.length === 1
        ? Promise.reject(new KubeError('TooManyRequests', 'slow down', { status: 429, retryAfterMs: 7_000 }))
        : Promise.resolve({});
    });
    controller.start();
    controller.enqueue('a/1');
    await clock.advance(20_000);
    const gap = (times[1] ?? 0) - (times[0] ?? 0);
    expect(gap).toBeGreaterThanOrEqual(7_000);
    expect(gap).toBeLessThanOrEqual(7_700);
  });

  it('aborts a reconcile at its timeout and counts that apart, and keeps the key busy until it ends', async () => {
    const { runs, reconcile } = manual();
    const { clock, controller, recording } = setUp(reconcile, { timeoutMs: 60_000 });
    controller.start();
    controller.enqueue('a/1');
    await clock.advance(59_999);
    expect(runs[0]?.context.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(runs[0]?.context.signal.aborted).toBe(true);
    expect(recording.value('reconcileTimeouts', labels)).toBe(1);
    expect(recording.value('reconcileErrors', labels)).toBe(0);
    controller.enqueue('a/1');
    await clock.advance(10_000);
    expect(runs).toHaveLength(1);
    runs[0]?.fail(new Error('aborted'));
    await clock.advance(10);
    expect(runs).toHaveLength(2);
    expect(recording.value('reconcileErrors', labels)).toBe(1);
  });

  it('resyncs all keys in the background, behind every real change, at jittered intervals', async () => {
    const seen: string[] = [];
    const times: number[] = [];
    const { clock, controller } = setUp(
      (key) => {
        seen.push(key);
        if (key === 'a/1') times.push(clock.monotonic());
        return Promise.resolve({});
      },
      { concurrency: 1, resync: { intervalMs: 600_000, keys: () => ['a/1', 'a/2'] } },
    );
    controller.start();
    await clock.advance(3_600_000);
    expect(times.length).toBeGreaterThanOrEqual(5);
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(540_000);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(660_000);
    expect(new Set(gaps).size).toBeGreaterThan(1);
    expect(seen.filter((key) => key === 'a/2')).toHaveLength(times.length);
    expect(priorities.background).toBeLessThan(priorities.drift);
  });

  it('measures how long reconciles take', async () => {
    const { runs, reconcile } = manual();
    const { clock, controller, recording } = setUp(reconcile);
    controller.start();
    controller.enqueue('a/1');
    await clock.advance(3_000);
    runs[0]?.end();
    await clock.settle();
    expect(recording.observed('reconcileTime', labels)).toEqual([3]);
  });

  it('lets running reconciles finish at stop, and starts no more', async () => {
    const { runs, reconcile } = manual();
    const { clock, controller } = setUp(reconcile, { concurrency: 1 });
    controller.start();
    controller.enqueue('a/1');
    controller.enqueue('a/2');
    await clock.settle();
    let stopped = false;
    void controller.stop(20_000).then(() => (stopped = true));
    await clock.advance(5_000);
    expect(stopped).toBe(false);
    expect(runs[0]?.context.signal.aborted).toBe(false);
    runs[0]?.end();
    await clock.settle();
    expect(stopped).toBe(true);
    expect(runs).toHaveLength(1);
    expect(clock.nextTimerAt()).toBeUndefined();
  });

  it('aborts reconciles near the deadline of a stop, counts no errors for it, and does not wait for ever', async () => {
    const { runs, reconcile } = manual();
    const { clock, controller, recording, lines } = setUp(reconcile, { timeoutMs: 60_000 });
    controller.start();
    controller.enqueue('a/obedient');
    controller.enqueue('a/deaf');
    await clock.settle();
    runs[0]?.context.signal.addEventListener('abort', () => runs[0]?.fail(new Error('aborted')));
    let stopped = false;
    void controller.stop(20_000).then(() => (stopped = true));
    await clock.advance(19_999);
    expect(runs.map((run) => run.context.signal.aborted)).toEqual([true, true]);
    expect(stopped).toBe(false);
    await clock.advance(1);
    expect(stopped).toBe(true);
    expect(recording.value('reconcileErrors', labels)).toBe(0);
    expect(recording.value('reconcileTimeouts', labels)).toBe(0);
    expect(lines.map((line) => line.message)).toContain('Stopped with reconciles running');
  });

  it('logs no message of a failure above debug: messages may quote what objects contain', async () => {
    const { clock, controller, lines } = setUp(() =>
      Promise.reject(new KubeError('Invalid', 'spec.mail: ada@example.com', { status: 422 })),
    );
    controller.start();
    controller.enqueue('a/1');
    await clock.settle();
    expect(JSON.stringify(lines.filter((line) => line.level !== 'debug'))).not.toContain('ada@');
    expect(lines.find((line) => line.level === 'error')?.fields).toMatchObject({ kind: 'Invalid', status: 422 });
  });
});
