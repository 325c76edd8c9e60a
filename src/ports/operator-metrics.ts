import type { Counter, Histogram } from './metrics.ts';

/** What the controllers measure themselves; everything that is a state of resources is computed from them at each scrape. */
export interface OperatorMetrics {
  readonly cycleDuration: Histogram; // namespace, configuration, kind
  readonly cyclesTotal: Counter; // namespace, configuration, kind, result
  readonly operationsTotal: Counter; // namespace, configuration, action, status
  readonly operationFailuresTotal: Counter; // namespace, configuration, action, code
  readonly groupOperationsTotal: Counter; // namespace, configuration, action, status
  readonly groupMembersTotal: Counter; // namespace, configuration, change
  readonly deletionDecisionsTotal: Counter; // namespace, configuration, decision
  readonly propagationSeconds: Histogram; // namespace, configuration, action
}
