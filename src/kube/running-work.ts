import type { Clock, Timer } from '../ports/clock.ts';
import type { RuntimeMetrics } from '../ports/metrics.ts';

/** The part of the runtime's metrics that tells of running work. */
export type RunningWorkMetrics = Pick<RuntimeMetrics, 'workqueueWorkDuration' | 'workqueueUnfinishedWork' | 'workqueueLongestRunning'>;

/** How often the gauges about running work are brought up to date. */
const gaugePeriodMs = 5_000;

/** The keys that are with a worker, since when, and the metrics about that. Sets a timer only while there are any. */
export class RunningWork {
  readonly #clock: Clock;
  readonly #metrics: RunningWorkMetrics;
  readonly #labels: { readonly name: string };
  readonly #since = new Map<string, number>();
  #idle: (() => void)[] = [];
  #timer: Timer | undefined;

  constructor(options: { readonly name: string; readonly clock: Clock; readonly metrics: RunningWorkMetrics }) {
    this.#clock = options.clock;
    this.#metrics = options.metrics;
    this.#labels = { name: options.name };
    this.#report();
  }

  has(key: string): boolean {
    return this.#since.has(key);
  }

  begin(key: string): void {
    this.#since.set(key, this.#clock.monotonic());
    this.#timer ??= this.#nextReport();
  }

  /** False when the key was not with a worker. */
  end(key: string): boolean {
    const since = this.#since.get(key);
    if (since === undefined) return false;
    this.#since.delete(key);
    this.#metrics.workqueueWorkDuration.observe(this.#labels, (this.#clock.monotonic() - since) / 1000);
    if (this.#since.size > 0) return true;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#report();
    for (const resolve of this.#idle.splice(0)) resolve();
    return true;
  }

  /** Resolves when no key is with a worker. */
  whenIdle(): Promise<void> {
    if (this.#since.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #nextReport(): Timer {
    return this.#clock.setTimer(gaugePeriodMs, () => {
      this.#report();
      this.#timer = this.#nextReport();
    });
  }

  #report(): void {
    const now = this.#clock.monotonic();
    let total = 0;
    let longest = 0;
    for (const since of this.#since.values()) {
      total += now - since;
      longest = Math.max(longest, now - since);
    }
    this.#metrics.workqueueUnfinishedWork.set(this.#labels, total / 1000);
    this.#metrics.workqueueLongestRunning.set(this.#labels, longest / 1000);
  }
}
