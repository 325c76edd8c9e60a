import { breather, jitter, type Breathe, type Clock, type Random, type Timer } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { RuntimeMetrics } from '../ports/metrics.ts';
import { priorities, type Enqueue, type Reconcile, type ReconcileContext, type ReconcileResult } from '../ports/reconcile.ts';
import { KubeError, parseKey } from '../ports/resources.ts';
import { ItemRateLimiter, type RateLimits } from './rate-limiter.ts';
import { WorkQueue, type WorkItem } from './work-queue.ts';

export interface ControllerOptions {
  /** Label of metrics and log lines; also the name of the queue. */
  readonly name: string;
  readonly reconcile: Reconcile;
  /** Reconciles at the same time, of different keys. A function is asked again with each key, at least 1 counts. */
  readonly concurrency: number | (() => number);
  /** Aborts a reconcile that takes longer. Its key stays busy until the reconcile ends. */
  readonly timeoutMs?: number;
  /** Enqueues every key in the background once per (jittered) interval. */
  readonly resync?: { readonly intervalMs: number; readonly keys: () => Iterable<string> };
  readonly rateLimits: RateLimits;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: RuntimeMetrics;
}

const results = ['success', 'error', 'requeue', 'requeue_after'] as const;
type ResultLabel = (typeof results)[number];

/** Spread of the resync interval, so that controllers and replicas do not resync together. */
const resyncJitter = 0.1;
/** Keys with nothing to do take microseconds each and no turn of the runtime: after so many it is looked whether one is due. */
const keysWithoutLook = 64;
/** Share of the time to stop that reconciles may use up undisturbed before they are aborted. */
const undisturbedShare = 0.75;

/**
 * Runs one Reconcile over a queue of keys with controller-runtime's guarantees. Whatever a reconcile throws is counted, logged
 * and tried again later; it never ends the process.
 */
export class Controller {
  readonly name: string;
  readonly #options: ControllerOptions;
  readonly #labels: { readonly controller: string };
  readonly #queue: WorkQueue;
  readonly #stopping = new AbortController();
  readonly #workers = new Set<Promise<void>>();
  /** Workers that go on: one that leaves is not among them from that instant. */
  #staff = 0;
  #active = 0;
  readonly #breathe: Breathe;
  #handled = 0;
  /** The runtime has its turn: no worker begins with a key. */
  #pause: Promise<void> | undefined;
  #resyncTimer: Timer | undefined;

  constructor(options: ControllerOptions) {
    this.name = options.name;
    this.#options = options;
    this.#labels = { controller: options.name };
    this.#breathe = breather(options.clock);
    this.#queue = new WorkQueue({
      name: options.name,
      clock: options.clock,
      rateLimiter: new ItemRateLimiter(options.rateLimits, options.random),
      metrics: options.metrics,
    });
    this.#initMetrics();
  }

  /** Adds a key; works before {@link start}, so that nothing is lost while caches fill. */
  readonly enqueue: Enqueue = (key, options) => this.#queue.add(key, options);

  /** Keys ready to be worked on. */
  get depth(): number {
    return this.#queue.depth;
  }

  start(): void {
    for (let limit = this.#limit(); this.#staff < limit;) this.#hire();
    this.#armResync();
  }

  /** Hands out no more keys, lets running reconciles finish, aborts them near the deadline and resolves at the deadline at the latest. */
  async stop(deadlineMs: number): Promise<void> {
    const { clock } = this.#options;
    this.#resyncTimer?.cancel();
    this.#queue.shutDown();
    const timers: Timer[] = [clock.setTimer(deadlineMs * undisturbedShare, () => this.#stopping.abort(new Error('shutting down')))];
    const deadline = new Promise<void>((resolve) => timers.push(clock.setTimer(deadlineMs, resolve)));
    await Promise.race([Promise.all([...this.#workers, this.#queue.drained()]), deadline]);
    for (const timer of timers) timer.cancel();
    if (this.#active > 0) this.#options.logger.warn('Stopped with reconciles running', { controller: this.name, running: this.#active });
  }

  #limit(): number {
    const { concurrency, metrics } = this.#options;
    const limit = typeof concurrency === 'number' ? concurrency : Math.max(1, concurrency());
    metrics.maxConcurrentReconciles.set(this.#labels, limit);
    return limit;
  }

  #hire(): void {
    this.#staff += 1;
    const worker: Promise<void> = this.#work().finally(() => this.#workers.delete(worker));
    this.#workers.add(worker);
  }

  /** Works off keys until there are more workers than are wanted. A worker that takes a key while all others have one calls for one more. */
  async #work(): Promise<void> {
    for (let item = await this.#queue.take(); item !== undefined; item = await this.#queue.take()) {
      this.#setActive(1);
      if (this.#active >= this.#staff && this.#staff < this.#limit()) this.#hire();
      try {
        await this.#giveWay();
        await this.#handle(item);
      } finally {
        this.#setActive(-1);
        this.#queue.done(item.key);
      }
      if (this.#staff > this.#limit()) break;
    }
    this.#staff -= 1;
  }

  async #giveWay(): Promise<void> {
    this.#handled += 1;
    if (this.#handled % keysWithoutLook === 0) {
      this.#pause ??= this.#breathe(() => undefined).finally(() => {
        this.#pause = undefined;
      });
    }
    if (this.#pause !== undefined) await this.#pause;
  }

  async #handle(item: WorkItem): Promise<void> {
    const { clock, metrics } = this.#options;
    const started = clock.monotonic();
    const context = this.#context(item.key);
    let label: ResultLabel;
    try {
      label = this.#succeeded(item, await this.#run(item.key, context));
    } catch (error) {
      label = this.#failed(item, error, context);
    }
    metrics.reconcileTotal.inc({ ...this.#labels, result: label });
    metrics.reconcileTime.observe(this.#labels, (clock.monotonic() - started) / 1000);
  }

  #context(key: string): Omit<ReconcileContext, 'signal'> {
    const reconcileId = this.#options.random.uuid();
    const logger = this.#options.logger.child({ controller: this.name, ...parseKey(key), reconcileID: reconcileId });
    return { logger, reconcileId };
  }

  async #run(key: string, context: Omit<ReconcileContext, 'signal'>): Promise<ReconcileResult> {
    const { clock, timeoutMs, reconcile, metrics } = this.#options;
    if (timeoutMs === undefined) return await reconcile(key, { ...context, signal: this.#stopping.signal });
    const timeout = new AbortController();
    const timer = clock.setTimer(timeoutMs, () => {
      metrics.reconcileTimeouts.inc(this.#labels);
      context.logger.warn('A reconcile ran into its timeout', { timeoutMs });
      timeout.abort(new Error('the reconcile took too long'));
    });
    const stop = (): void => timeout.abort(this.#stopping.signal.reason);
    this.#stopping.signal.addEventListener('abort', stop, { once: true });
    if (this.#stopping.signal.aborted) stop();
    try {
      return await reconcile(key, { ...context, signal: timeout.signal });
    } finally {
      timer.cancel();
      this.#stopping.signal.removeEventListener('abort', stop);
    }
  }

  #succeeded(item: WorkItem, result: ReconcileResult): ResultLabel {
    this.#queue.forget(item.key);
    if (result.requeueAfterMs === undefined) return 'success';
    this.#queue.add(item.key, { delayMs: result.requeueAfterMs, priority: result.priority ?? item.priority });
    return 'requeue_after';
  }

  #failed(item: WorkItem, error: unknown, context: { readonly logger: Logger }): ResultLabel {
    const { metrics } = this.#options;
    if (this.#stopping.signal.aborted) {
      context.logger.debug('A reconcile was cut short by the shutdown');
      return 'requeue';
    }
    if (error instanceof KubeError && error.kind === 'Conflict') {
      context.logger.debug('A reconcile met a newer version and runs again');
      this.#queue.addRateLimited(item.key, { priority: item.priority });
      return 'requeue';
    }
    metrics.reconcileErrors.inc(this.#labels);
    if (isPanic(error)) metrics.reconcilePanics.inc(this.#labels);
    // Messages may quote object content; the name and kind are enough to find the cause, the rest is at debug.
    context.logger.error('A reconcile failed', describe(error));
    context.logger.debug('A reconcile failed: details', {
      detail: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
    const retryAfterMs = retryAfterOf(error);
    const atLeastMs = retryAfterMs === undefined ? 0 : retryAfterMs * (1 + 0.1 * this.#options.random.next());
    this.#queue.addRateLimited(item.key, { priority: item.priority, atLeastMs });
    return 'error';
  }

  #armResync(): void {
    const { resync, clock, random } = this.#options;
    if (resync === undefined) return;
    this.#resyncTimer = clock.setTimer(jitter(random, resync.intervalMs, resyncJitter), () => {
      for (const key of resync.keys()) this.#queue.add(key, { priority: priorities.background });
      this.#armResync();
    });
  }

  #setActive(by: 1 | -1): void {
    this.#active += by;
    this.#options.metrics.activeWorkers.set(this.#labels, this.#active);
  }

  #initMetrics(): void {
    const { metrics } = this.#options;
    for (const result of results) metrics.reconcileTotal.inc({ ...this.#labels, result }, 0);
    for (const counter of [metrics.reconcileErrors, metrics.reconcilePanics, metrics.reconcileTimeouts]) counter.inc(this.#labels, 0);
    metrics.activeWorkers.set(this.#labels, 0);
    this.#limit();
  }
}

/** Errors that only a mistake in the program causes: what a panic is to Go. */
function isPanic(error: unknown): boolean {
  if (!(error instanceof Error)) return true;
  return error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError || error instanceof SyntaxError;
}

function retryAfterOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('retryAfterMs' in error)) return undefined;
  return typeof error.retryAfterMs === 'number' ? error.retryAfterMs : undefined;
}

function describe(error: unknown): { readonly error: string; readonly kind?: string; readonly status?: number } {
  if (error instanceof KubeError) return { error: error.name, kind: error.kind, status: error.status };
  return { error: error instanceof Error ? error.name : typeof error };
}
