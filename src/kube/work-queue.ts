import type { Clock, Timer } from '../ports/clock.ts';
import type { RuntimeMetrics } from '../ports/metrics.ts';
import { Heap } from './heap.ts';
import type { ItemRateLimiter } from './rate-limiter.ts';
import { RunningWork, type RunningWorkMetrics } from './running-work.ts';

/** The part of the runtime's metrics that a queue keeps. */
export type WorkQueueMetrics = RunningWorkMetrics &
  Pick<RuntimeMetrics, 'workqueueDepth' | 'workqueueAdds' | 'workqueueQueueDuration' | 'workqueueRetries'>;

export interface WorkQueueOptions {
  /** Label of the metrics. */
  readonly name: string;
  readonly clock: Clock;
  readonly rateLimiter: ItemRateLimiter;
  readonly metrics: WorkQueueMetrics;
}

/** How to add a key: both parts may be left out, for "now" and priority 0. */
export interface AddOptions {
  readonly delayMs?: number;
  readonly priority?: number;
}

/** A key handed to a worker, which must give it back with {@link WorkQueue.done}. */
export interface WorkItem {
  readonly key: string;
  readonly priority: number;
}

interface Entry {
  readonly key: string;
  priority: number;
  /** Monotonic time from which the key may be handed out. */
  readyAt: number;
  /** Order of becoming ready: first in, first out inside a priority. */
  order: number;
  state: 'waiting' | 'ready' | 'parked';
  heapIndex: number;
}

/** Node's timers hold no more than 2^31 - 1 ms. */
const longestTimerMs = 2_147_483_647;

/**
 * A queue of keys with the contract of controller-runtime's priority queue: one entry per key with the highest priority and the
 * earliest time asked for; first in, first out inside a priority; a key is never with two workers, and one added while it is
 * with a worker is handed out once more afterwards. Every operation is O(log n).
 */
export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #labels: { readonly name: string };
  readonly #entries = new Map<string, Entry>();
  readonly #ready = new Heap<Entry>((a, b) => (a.priority === b.priority ? a.order < b.order : a.priority > b.priority));
  readonly #waiting = new Heap<Entry>((a, b) => (a.readyAt === b.readyAt ? a.order < b.order : a.readyAt < b.readyAt));
  readonly #running: RunningWork;
  #takers: ((item: WorkItem | undefined) => void)[] = [];
  #order = 0;
  #timer: { readonly at: number; readonly handle: Timer } | undefined;
  #closed = false;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
    this.#labels = { name: options.name };
    this.#running = new RunningWork(options);
    const { metrics } = options;
    metrics.workqueueDepth.set(this.#labels, 0);
    metrics.workqueueAdds.inc(this.#labels, 0);
    metrics.workqueueRetries.inc(this.#labels, 0);
  }

  /** Keys ready to be handed out. */
  get depth(): number {
    return this.#ready.size;
  }

  /** Keys known to the queue in any way but being with a worker. */
  get size(): number {
    return this.#entries.size;
  }

  /** Adds a key, or raises and advances the entry it already has. Ignored after {@link shutDown}. */
  add(key: string, options?: AddOptions): void {
    if (this.#closed) return;
    const now = this.#options.clock.monotonic();
    const readyAt = now + Math.max(0, options?.delayMs ?? 0);
    const priority = options?.priority ?? 0;
    const known = this.#entries.get(key);
    if (known !== undefined) {
      this.#merge(known, readyAt, priority, now);
      return;
    }
    this.#options.metrics.workqueueAdds.inc(this.#labels);
    const entry: Entry = { key, priority, readyAt, order: 0, state: 'parked', heapIndex: -1 };
    this.#entries.set(key, entry);
    if (!this.#running.has(key)) this.#schedule(entry, now);
  }

  /** Adds a key after the delay that its failures have earned, which counts as one more; `atLeastMs` is a floor for it. */
  addRateLimited(key: string, options: { readonly priority: number; readonly atLeastMs?: number }): void {
    const delayMs = Math.max(options.atLeastMs ?? 0, this.#options.rateLimiter.next(key));
    this.#options.metrics.workqueueRetries.inc(this.#labels);
    this.add(key, { priority: options.priority, delayMs });
  }

  /** Ends the record of failures of a key. */
  forget(key: string): void {
    this.#options.rateLimiter.forget(key);
  }

  /** Resolves with the next key, or with undefined once the queue is shut down. */
  take(): Promise<WorkItem | undefined> {
    return new Promise((resolve) => {
      if (this.#closed) {
        resolve(undefined);
        return;
      }
      this.#takers.push(resolve);
      this.#handOut();
    });
  }

  /** Gives back a key: it may be handed out again from now on. */
  done(key: string): void {
    if (!this.#running.end(key)) return;
    const entry = this.#entries.get(key);
    if (entry !== undefined && !this.#closed) this.#schedule(entry, this.#options.clock.monotonic());
  }

  /** Stops handing out keys and drops those that wait. Keys with a worker stay until given back. */
  shutDown(): void {
    this.#closed = true;
    this.#timer?.handle.cancel();
    this.#timer = undefined;
    for (const resolve of this.#takers.splice(0)) resolve(undefined);
  }

  /** Resolves when no key is with a worker. */
  drained(): Promise<void> {
    return this.#running.whenIdle();
  }

  #merge(entry: Entry, readyAt: number, priority: number, now: number): void {
    const raised = priority > entry.priority;
    if (raised) entry.priority = priority;
    const sooner = readyAt < entry.readyAt;
    if (entry.state === 'parked') {
      if (sooner) entry.readyAt = readyAt;
    } else if (entry.state === 'ready') {
      if (raised) this.#ready.update(entry);
    } else if (sooner) {
      entry.readyAt = readyAt;
      this.#waiting.remove(entry);
      this.#schedule(entry, now);
    }
  }

  #schedule(entry: Entry, now: number): void {
    entry.order = this.#order += 1;
    if (entry.readyAt <= now) {
      this.#makeReady(entry, now);
      this.#handOut();
      return;
    }
    entry.state = 'waiting';
    this.#waiting.push(entry);
    this.#arm(now);
  }

  #makeReady(entry: Entry, now: number): void {
    entry.state = 'ready';
    entry.readyAt = now;
    this.#ready.push(entry);
    this.#options.metrics.workqueueDepth.set(this.#labels, this.#ready.size);
  }

  /** One timer, for whoever is due first. */
  #arm(now: number): void {
    const first = this.#waiting.peek();
    if (first === undefined || (this.#timer !== undefined && this.#timer.at <= first.readyAt)) return;
    this.#timer?.handle.cancel();
    const delayMs = Math.min(longestTimerMs, Math.max(0, first.readyAt - now));
    this.#timer = { at: first.readyAt, handle: this.#options.clock.setTimer(delayMs, () => this.#fire()) };
  }

  #fire(): void {
    this.#timer = undefined;
    const now = this.#options.clock.monotonic();
    for (let first = this.#waiting.peek(); first !== undefined && first.readyAt <= now; first = this.#waiting.peek()) {
      this.#waiting.remove(first);
      first.order = this.#order += 1;
      this.#makeReady(first, now);
    }
    this.#arm(now);
    this.#handOut();
  }

  #handOut(): void {
    while (this.#takers.length > 0) {
      const entry = this.#ready.pop();
      if (entry === undefined) return;
      this.#entries.delete(entry.key);
      const now = this.#options.clock.monotonic();
      this.#running.begin(entry.key);
      this.#options.metrics.workqueueDepth.set(this.#labels, this.#ready.size);
      this.#options.metrics.workqueueQueueDuration.observe(this.#labels, (now - entry.readyAt) / 1000);
      this.#takers.shift()?.({ key: entry.key, priority: entry.priority });
    }
  }
}
