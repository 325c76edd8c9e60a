import { sleep, type Clock, type Random } from '../ports/clock.ts';
import type { EventInput, EventSink, ObjectReference } from '../ports/events.ts';
import type { Logger } from '../ports/logger.ts';
import { KubeError } from '../ports/resources.ts';
import { EventCorrelator, type EventSeries } from './event-correlator.ts';
import type { KubeHttp } from './http.ts';
import { microTime } from './lease.ts';
import { apiVersionOf, collectionPath, fieldManager, objectPath, type ResourceType } from './resource-client.ts';

const events: ResourceType = { group: 'events.k8s.io', version: 'v1', plural: 'events', kind: 'Event' };
const reportingController = 'tenantsync.dev/operator';

export interface EventRecorderOptions {
  readonly http: KubeHttp;
  /** Which process reports; cut to the API's 128 characters. */
  readonly reportingInstance: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Series that may wait to be written; more are dropped. */
const mostPending = 1_000;
const attempts = 3;
const retryMs = 5_000;

interface Written {
  readonly name: string;
  count: number;
}

/** Writes events.k8s.io/v1 Events one after the other in the background; counts repetitions in the Event that is already there. */
export class EventRecorder implements EventSink {
  readonly #options: EventRecorderOptions;
  readonly #correlator: EventCorrelator;
  readonly #pending = new Set<EventSeries>();
  readonly #written = new WeakMap<EventSeries, Written>();
  readonly #ending = new AbortController();
  #writing: Promise<void> | undefined;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#correlator = new EventCorrelator(options.clock);
  }

  emit(about: ObjectReference, event: EventInput): void {
    if (this.#ending.signal.aborted) return;
    const series = this.#correlator.observe(about, event);
    if (series === undefined) return;
    if (this.#pending.size >= mostPending && !this.#pending.has(series)) {
      this.#options.logger.warn('Too many events at once; one was dropped', { reason: event.reason });
      return;
    }
    this.#pending.add(series);
    this.#writing ??= this.#writeAll();
  }

  /** Writes what is pending, for at most `deadlineMs`, then drops the rest. */
  async stop(deadlineMs: number): Promise<void> {
    if (this.#writing === undefined) {
      this.#ending.abort();
      return;
    }
    const timer = this.#options.clock.setTimer(deadlineMs, () => this.#ending.abort());
    await this.#writing;
    timer.cancel();
    this.#ending.abort();
  }

  async #writeAll(): Promise<void> {
    // Begins in a later turn, so that what is emitted together is counted before it is written.
    await Promise.resolve();
    for (const series of this.#pending) {
      if (this.#ending.signal.aborted) break;
      this.#pending.delete(series);
      await this.#writeWithRetries(series);
    }
    this.#writing = undefined;
  }

  async #writeWithRetries(series: EventSeries): Promise<void> {
    const { clock, logger } = this.#options;
    const { signal } = this.#ending;
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#write(series);
        return;
      } catch (error) {
        const kind = error instanceof KubeError ? error.kind : 'Unknown';
        const passing = kind === 'Unavailable' || kind === 'TooManyRequests';
        if (!passing || attempt === attempts || signal.aborted) {
          logger.debug('An event could not be written', { reason: series.input.reason, kind });
          return;
        }
        await sleep(clock, Math.max(retryMs, (error instanceof KubeError ? error.retryAfterMs : undefined) ?? 0), signal);
        if (isAborted(signal)) return;
      }
    }
  }

  async #write(series: EventSeries): Promise<void> {
    const written = this.#written.get(series);
    if (written === undefined) {
      await this.#create(series);
      return;
    }
    if (written.count >= series.count) return;
    const { count } = series;
    try {
      await this.#options.http.json({
        method: 'PATCH',
        path: objectPath(events, { namespace: series.about.namespace, name: written.name }),
        query: { fieldManager },
        contentType: 'application/merge-patch+json',
        body: { series: { count, lastObservedTime: microTime(series.lastAt) } },
        signal: this.#ending.signal,
      });
      written.count = count;
    } catch (error) {
      if (!(error instanceof KubeError) || error.kind !== 'NotFound') throw error;
      // Events live for an hour. A new one starts a new count.
      this.#written.delete(series);
      series.firstAt = series.lastAt;
      series.count = 1;
      await this.#create(series);
    }
  }

  async #create(series: EventSeries): Promise<void> {
    const { http, random, reportingInstance } = this.#options;
    const { about, input } = series;
    const name = `${about.name.slice(0, 230)}.${random.uuid().replaceAll('-', '').slice(0, 16)}`;
    const { count } = series;
    await http.json({
      method: 'POST',
      path: collectionPath(events, about.namespace),
      query: { fieldManager },
      body: {
        apiVersion: apiVersionOf(events),
        kind: events.kind,
        metadata: { name, namespace: about.namespace },
        eventTime: microTime(series.firstAt),
        reportingController,
        reportingInstance: reportingInstance.slice(0, 128),
        regarding: regarding(about),
        type: input.type,
        reason: input.reason,
        action: input.action,
        note: input.note,
        // A series has at least two members.
        ...(count < 2 ? {} : { series: { count, lastObservedTime: microTime(series.lastAt) } }),
      },
      signal: this.#ending.signal,
    });
    this.#written.set(series, { name, count });
  }
}

/** Only what identifies the object, whatever else the caller's value carries. */
function regarding({ apiVersion, kind, namespace, name, uid, resourceVersion }: ObjectReference): ObjectReference {
  return { apiVersion, kind, namespace, name, uid, ...(resourceVersion === undefined ? {} : { resourceVersion }) };
}

/** A function, because the compiler takes the signal for unchanged across an await. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
