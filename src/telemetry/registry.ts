import { collectDefaultMetrics, Counter as PromCounter, Gauge as PromGauge, Histogram as PromHistogram, Registry } from 'prom-client';
import type { Counter, Gauge, Histogram, Labels } from '../ports/metrics.ts';

/** Gauges that end like counters, and names that hold a type. */
const refused = [
  ...['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'],
  ...['nodejs_eventloop_utilization_summary', 'nodejs_eventloop_utilization_histogram'],
];
/** The longest time that a timer of Node can wait, in milliseconds: what is not shown need not be measured. */
const never = 2 ** 31 - 1;

/** Makes metrics over one registry and remembers what they are, for docs/metrics.md. */
export class Metrics {
  readonly registry = new Registry();

  counter(name: string, help: string, labelNames: readonly string[]): Counter {
    const metric = new PromCounter({ name, help, labelNames: [...labelNames], registers: [this.registry] });
    return { inc: (labels: Labels, by = 1) => metric.inc(labels, by) };
  }

  gauge(name: string, help: string, labelNames: readonly string[]): Gauge {
    const metric = new PromGauge({ name, help, labelNames: [...labelNames], registers: [this.registry] });
    return { set: (labels: Labels, value: number) => metric.set(labels, value), remove: (labels: Labels) => metric.remove(labels) };
  }

  histogram(name: string, help: string, labelNames: readonly string[], buckets: readonly number[]): Histogram {
    const metric = new PromHistogram({ name, help, labelNames: [...labelNames], buckets: [...buckets], registers: [this.registry] });
    return { observe: (labels: Labels, seconds: number) => metric.observe(labels, seconds) };
  }

  /** A gauge whose series are computed anew at each scrape, so that what is gone leaves nothing behind. */
  computedGauge(name: string, help: string, labelNames: readonly string[], compute: () => Iterable<readonly [Labels, number]>): void {
    const gauge = new PromGauge({
      name,
      help,
      labelNames: [...labelNames],
      registers: [this.registry],
      collect() {
        this.reset();
        for (const [labels, value] of compute()) this.set(labels, value);
      },
    });
    // Without labels a gauge would show a 0 that nobody measured.
    if (labelNames.length > 0) gauge.reset();
  }

  /** Adds the metrics of the process and of Node, without those whose names Prometheus' own check refuses. */
  collectDefaults(): void {
    collectDefaultMetrics({ register: this.registry, eventLoopUtilizationTimeout: never });
    for (const name of refused) this.registry.removeSingleMetric(name);
  }

  /** The text exposition format. */
  async expose(): Promise<{ readonly contentType: string; readonly body: string }> {
    return { contentType: this.registry.contentType, body: await this.registry.metrics() };
  }
}
