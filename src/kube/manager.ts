import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Controller } from './controller.ts';

/** Something that runs from start to stop, such as a server. */
export interface Runnable {
  readonly name: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** The part of an informer that the manager needs. */
export interface SyncedSource {
  readonly name: string;
  /** Monotonic time when it last moved; undefined when it has nothing to do. */
  readonly lastActivity: number | undefined;
  start(): void;
  waitForSync(signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

export interface ManagerOptions {
  /** Probes and metrics: up before anything else, down last. */
  readonly servers: readonly Runnable[];
  readonly informers: readonly SyncedSource[];
  /** Shards: competed for once the stores are filled. */
  readonly leases: { start(): void; stop(): Promise<void> };
  readonly controllers: readonly Pick<Controller, 'name' | 'start' | 'stop'>[];
  /** Stopped after the controllers, such as the event recorder, which then writes what it still has. */
  readonly afterwards: readonly { readonly name: string; stop(deadlineMs: number): Promise<void> }[];
  /** Time for everything to stop; most of it belongs to running reconciles. */
  readonly stopDeadlineMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A reflector that has not moved for so long hangs: its watches end after ten minutes at most. */
const stuckAfterMs = 15 * 60_000;
/** Share of the time to stop that the controllers get. */
const controllersShare = 0.7;

/** Starts the parts of the operator in order and stops them in reverse; says whether they are ready and alive. */
export class Manager {
  readonly #options: ManagerOptions;
  readonly #ending = new AbortController();
  #started: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;
  #filled = false;

  constructor(options: ManagerOptions) {
    this.#options = options;
  }

  /**
   * Whether all stores have been filled. A replica without a lease is ready too: it is the one to take over. It stays ready while
   * a scope that was added later fills.
   */
  get ready(): boolean {
    return this.#filled && !this.#ending.signal.aborted;
  }

  /** Names of the parts that hang; none: alive. */
  stuck(): readonly string[] {
    const oldest = this.#options.clock.monotonic() - stuckAfterMs;
    return this.#options.informers
      .filter((informer) => informer.lastActivity !== undefined && informer.lastActivity < oldest)
      .map((informer) => informer.name);
  }

  /** Resolves when everything runs, or when stopped meanwhile. Rejects when a server cannot start. */
  start(): Promise<void> {
    this.#started ??= this.#start();
    return this.#started;
  }

  /** Stops everything; never rejects. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #start(): Promise<void> {
    const { servers, informers, leases, controllers, logger } = this.#options;
    for (const server of servers) {
      if (this.#ending.signal.aborted) return;
      await server.start();
    }
    if (isAborted(this.#ending.signal)) return;
    for (const informer of informers) informer.start();
    await Promise.all(informers.map((informer) => informer.waitForSync(this.#ending.signal)));
    if (isAborted(this.#ending.signal)) return;
    this.#filled = true;
    logger.info('The stores are filled');
    leases.start();
    for (const controller of controllers) controller.start();
  }

  async #stop(): Promise<void> {
    const { servers, informers, leases, controllers, afterwards, stopDeadlineMs, logger } = this.#options;
    this.#ending.abort();
    await this.#started?.catch(() => undefined);
    const restMs = stopDeadlineMs * (1 - controllersShare);
    await this.#quietly('controllers', () =>
      Promise.all(controllers.map((controller) => controller.stop(stopDeadlineMs * controllersShare))),
    );
    // Leases go only now: until here reconciles may have been writing.
    await this.#quietly('leases', () => leases.stop());
    for (const part of afterwards) await this.#quietly(part.name, () => part.stop(restMs / 2));
    await this.#quietly('informers', () => Promise.all(informers.map((informer) => informer.stop())));
    for (const server of [...servers].reverse()) await this.#quietly(server.name, () => server.stop());
    logger.info('Stopped');
  }

  async #quietly(name: string, stop: () => Promise<unknown>): Promise<void> {
    try {
      await stop();
    } catch (error) {
      this.#options.logger.warn('A part did not stop well', { part: name, error: error instanceof Error ? error.name : typeof error });
    }
  }
}

/** A function, because the compiler takes the signal for unchanged across an await. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
