import { Manager, type ManagerOptions } from '../../../src/kube/manager.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { recordingLogger } from './support.ts';

function setUp(options: Partial<ManagerOptions> = {}) {
  const clock = new VirtualClock();
  const log: string[] = [];
  const informer = {
    name: 'widgets',
    lastActivity: clock.monotonic(),
    sync: (): void => undefined,
    start: () => void log.push('informer starts'),
    waitForSync: (signal: AbortSignal) =>
      new Promise<void>((resolve) => {
        informer.sync = resolve;
        signal.addEventListener('abort', () => resolve());
      }),
    stop: () => Promise.resolve(void log.push('informer stops')),
  };
  const part = (name: string) => ({
    name,
    start: () => Promise.resolve(void log.push(`${name} starts`)),
    stop: () => Promise.resolve(void log.push(`${name} stops`)),
  });
  const manager = new Manager({
    servers: [part('probes'), part('metrics')],
    informers: [informer],
    leases: { start: () => void log.push('leases start'), stop: () => Promise.resolve(void log.push('leases stop')) },
    controllers: [
      {
        name: 'widget',
        start: () => void log.push('controller starts'),
        stop: (deadlineMs) => Promise.resolve(void log.push(`controller stops within ${deadlineMs}`)),
      },
    ],
    afterwards: [part('events')],
    stopDeadlineMs: 20_000,
    clock,
    logger: recordingLogger(),
    ...options,
  });
  return { clock, log, informer, manager };
}

describe('the manager', () => {
  it('starts servers, then stores, and only when these are filled leases and controllers', async () => {
    const { clock, log, informer, manager } = setUp();
    const started = manager.start();
    await clock.settle();
    expect(log).toEqual(['probes starts', 'metrics starts', 'informer starts']);
    expect(manager.ready).toBe(false);
    informer.sync();
    await started;
    expect(log.slice(3)).toEqual(['leases start', 'controller starts']);
    expect(manager.ready).toBe(true);
  });

  it('stops in reverse: leases only when nothing writes any more, servers last', async () => {
    const { clock, log, informer, manager } = setUp();
    const started = manager.start();
    await clock.settle();
    informer.sync();
    await started;
    log.length = 0;
    await Promise.all([manager.stop(), manager.stop()]);
    expect(log).toEqual([
      'controller stops within 14000',
      'leases stop',
      'events stops',
      'informer stops',
      'metrics stops',
      'probes stops',
    ]);
    expect(manager.ready).toBe(false);
  });

  it('stops while it still waits for its stores, and starts nothing after that', async () => {
    const { clock, log, manager } = setUp();
    void manager.start();
    await clock.settle();
    await manager.stop();
    expect(log).not.toContain('leases start');
    expect(log).not.toContain('controller starts');
    expect(log.at(-1)).toBe('probes stops');
  });

  it('lets a server that is starting finish before it stops it', async () => {
    const calls: string[] = [];
    let up: (() => void) | undefined;
    const server = {
      name: 'probes',
      start: async () => {
        await new Promise<void>((resolve) => (up = resolve));
        calls.push('up');
      },
      stop: () => Promise.resolve(void calls.push('down')),
    };
    const { clock, manager } = setUp({ servers: [server] });
    void manager.start();
    await clock.settle();
    const stopped = manager.stop();
    await clock.settle();
    up?.();
    await stopped;
    expect(calls).toEqual(['up', 'down']);
  });

  it('stops the rest when one part fails to stop', async () => {
    const { clock, log, informer, manager } = setUp({
      leases: { start: () => undefined, stop: () => Promise.reject(new Error('no')) },
    });
    const started = manager.start();
    await clock.settle();
    informer.sync();
    await started;
    await manager.stop();
    expect(log.at(-1)).toBe('probes stops');
  });

  it('does not start when a server cannot', async () => {
    const server = { name: 'probes', start: () => Promise.reject(new Error('port taken')), stop: () => Promise.resolve() };
    const { log, manager } = setUp({ servers: [server] });
    await expect(manager.start()).rejects.toThrow('port taken');
    expect(log).toEqual([]);
  });

  it('names the parts that have not moved for a quarter of an hour', async () => {
    const { clock, manager } = setUp();
    await clock.advance(15 * 60_000);
    expect(manager.stuck()).toEqual([]);
    await clock.advance(1);
    expect(manager.stuck()).toEqual(['widgets']);
  });
});
