import { sleep, visitAll, type Clock, type Random } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { keyString, KubeError, type KubeObject } from '../ports/resources.ts';
import { Backoff, reflectorBackoff } from './backoff.ts';
import type { KubeHttp } from './http.ts';
import { listPages } from './list-pager.ts';
import { watchOnce, type WatchEvent } from './watch.ts';

/** Where a reflector puts what it sees. */
export interface ReflectorSink<T> {
  /** One object of a list; `initial` in the first list only. */
  listed(object: T, initial: boolean): void;
  /** The end of a list of version `resourceVersion`: `keys` is all there is. Resolves when all is compared, or `signal` aborts. */
  listEnded(keys: ReadonlySet<string>, resourceVersion: string, signal: AbortSignal): Promise<void>;
  changed(object: T): void;
  deleted(object: T): void;
  /** There is nothing, and there can be nothing. Resolves when nothing is left. */
  emptied(): Promise<void>;
}

export interface ReflectorOptions<T> {
  /** For log lines. */
  readonly name: string;
  readonly http: KubeHttp;
  readonly path: string;
  /** Selectors, in the words of the API. */
  readonly query: Readonly<Record<string, string | undefined>>;
  /** Whether it is certain that what holds the collection does not exist. Asked when a list is refused; never rejects. */
  readonly isGone?: (signal: AbortSignal) => Promise<boolean>;
  readonly sink: ReflectorSink<T>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Watches end after a random time between these, so that they do not all come back at once. */
const shortestWatchSeconds = 300;
const longestWatchSeconds = 600;
/** A watch that ends sooner and empty counts as failed: a server or proxy that closes at once would be asked again and again. */
const veryShortMs = 1_000;
/** As much as is logged of what a server says. */
const longestText = 512;

type Next = 'watch' | 'relist';

/**
 * Copies one collection into a sink, for ever: list, then watch, and whatever breaks is mended with backoff. What does not exist
 * holds nothing: its collection counts as listed and empty, and is asked for until there is one again.
 */
export class Reflector<T extends KubeObject> {
  readonly #options: ReflectorOptions<T>;
  readonly #backoff: Backoff;
  readonly #waiting: (() => void)[] = [];
  #lastVersion = '';
  #synced = false;
  #gone = false;
  #lastContact: number | undefined;
  #lastActivity: number;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#backoff = new Backoff(reflectorBackoff, options.clock, options.random);
    this.#lastActivity = options.clock.monotonic();
  }

  /** Whether the first list is in the sink as a whole, or there is nothing to list. */
  get synced(): boolean {
    return this.#synced;
  }

  /** Whether the sink has what there is: not while it only counts as empty. */
  get listed(): boolean {
    return this.#synced && !this.#gone;
  }

  /** Monotonic time of the server's last sign of life. */
  get lastContact(): number | undefined {
    return this.#lastContact;
  }

  /** Monotonic time when the loop last moved, with or without success: old means that it hangs. */
  get lastActivity(): number {
    return this.#lastActivity;
  }

  /** Resolves once synced, or when `signal` aborts. */
  waitForSync(signal: AbortSignal): Promise<void> {
    if (this.#synced || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  /** Runs until `signal` aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    let next: Next = 'relist';
    while (!signal.aborted) {
      this.#lastActivity = this.#options.clock.monotonic();
      next = next === 'relist' ? await this.#list(signal) : await this.#watch(signal);
    }
  }

  async #list(signal: AbortSignal): Promise<Next> {
    try {
      try {
        await this.#listFrom(this.#lastVersion, signal);
      } catch (error) {
        if (this.#lastVersion === '' || !isForgotten(error)) throw error;
        await this.#listFrom('', signal);
      }
      return 'watch';
    } catch (error) {
      const gone = await this.#isGone(error, signal);
      if (gone) await this.#takeForEmpty();
      await this.#failed('A list failed', error, signal, gone ? 'debug' : 'warn');
      return 'relist';
    }
  }

  /** A refusal alone says nothing about what there is. */
  async #isGone(error: unknown, signal: AbortSignal): Promise<boolean> {
    const { isGone } = this.#options;
    if (isGone === undefined || !(error instanceof KubeError) || error.kind !== 'Forbidden') return false;
    return await isGone(signal);
  }

  /** At every try, because an answer that was late may have put something there since. */
  async #takeForEmpty(): Promise<void> {
    const { logger, name, sink } = this.#options;
    if (!this.#gone) logger.warn('What is watched does not exist; it counts as empty until it does', { reflector: name });
    this.#gone = true;
    await sink.emptied();
    // Nothing is known any more that the next list must not be older than.
    this.#lastVersion = '';
    this.#nowSynced();
  }

  async #listFrom(resourceVersion: string, signal: AbortSignal): Promise<void> {
    const { http, path, query, sink, clock } = this.#options;
    const keys = new Set<string>();
    const version = await listPages<T>({
      http,
      path,
      query,
      resourceVersion,
      signal,
      onPage: async (items) => {
        this.#contact();
        const take = (item: T): void => {
          keys.add(keyString(item.metadata));
          sink.listed(item, !this.#synced);
        };
        await visitAll(clock, items, take, signal);
      },
      onRestart: () => keys.clear(),
    });
    // A page that was cut short does not show what there is.
    if (isAborted(signal)) return;
    await sink.listEnded(keys, version, signal);
    if (isAborted(signal)) return;
    this.#lastVersion = version;
    this.#gone = false;
    this.#nowSynced();
  }

  #nowSynced(): void {
    this.#synced = true;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  async #watch(signal: AbortSignal): Promise<Next> {
    const { http, path, query, clock, random, logger, name } = this.#options;
    const started = clock.monotonic();
    let events = 0;
    try {
      await watchOnce<T>({
        http,
        path,
        query,
        resourceVersion: this.#lastVersion,
        timeoutSeconds: Math.floor(shortestWatchSeconds + random.next() * (longestWatchSeconds - shortestWatchSeconds)),
        clock,
        signal,
        onOpen: () => this.#contact(),
        onEvent: (event) => {
          events += 1;
          this.#take(event);
        },
        onUnknown: (type) => logger.warn('A watch event was not understood', { reflector: name, type }),
      });
      if (events === 0 && clock.monotonic() - started < veryShortMs && !signal.aborted) {
        throw new KubeError('Unavailable', 'the watch ended at once and empty');
      }
      return 'watch';
    } catch (error) {
      const next = this.#after(error);
      await this.#failed('A watch failed', error, signal);
      return next;
    }
  }

  #take(event: WatchEvent<T>): void {
    this.#contact();
    if (event.type === 'DELETED') this.#options.sink.deleted(event.object);
    else if (event.type !== 'BOOKMARK') this.#options.sink.changed(event.object);
    this.#lastVersion = event.object.metadata.resourceVersion;
  }

  /** An unreachable or busy server has forgotten nothing: the watch goes on where it was. Everything else needs a new list. */
  #after(error: unknown): Next {
    return error instanceof KubeError && (error.kind === 'Unavailable' || error.kind === 'TooManyRequests') ? 'watch' : 'relist';
  }

  async #failed(message: string, error: unknown, signal: AbortSignal, level: 'warn' | 'debug' = 'warn'): Promise<void> {
    if (signal.aborted) return;
    const { clock, logger, name } = this.#options;
    const known = error instanceof KubeError ? error : undefined;
    // A Retry-After is bounded where it is read: a reflector that sleeps for hours is as bad as one that has stopped.
    const delayMs = Math.max(this.#backoff.next(), known?.retryAfterMs ?? 0);
    // A server's own words about a right say which one is missing; no others are shown, for they may quote what is in an object.
    const detail = known?.kind === 'Forbidden' ? { detail: known.message.slice(0, longestText) } : {};
    const facts = { reflector: name, kind: known?.kind ?? 'Unknown', status: known?.status ?? 0, delayMs: Math.round(delayMs) };
    logger[level](message, { ...facts, ...detail });
    await sleep(clock, delayMs, signal);
  }

  #contact(): void {
    this.#lastContact = this.#lastActivity = this.#options.clock.monotonic();
  }
}

/** A function, because the signal changes while a list is read and the compiler cannot know. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

/** The server no longer has (or does not yet have) the version asked for. */
function isForgotten(error: unknown): boolean {
  return error instanceof KubeError && (error.kind === 'Expired' || error.status === 504);
}
