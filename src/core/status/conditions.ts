import type { Condition } from '../../api/meta.ts';
import type { Reason } from '../../api/reasons.ts';

/** A condition as decided; times and generation are filled in by {@link setConditions}. */
export interface DesiredCondition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: Reason;
  readonly message: string;
}

/** A condition from its four parts. */
export function makeCondition(type: string, status: DesiredCondition['status'], reason: Reason, message: string): DesiredCondition {
  return { type, status, reason, message };
}

const order = ['Stalled', 'Reconciling', 'Ready'];
const rank = (type: string): number => (order.includes(type) ? order.indexOf(type) : order.length);

/**
 * The conditions of a resource after a reconcile: exactly the desired ones. `lastTransitionTime` moves only when `status` flips.
 * Stalled, Reconciling and Ready come first, for readers of `kubectl describe`.
 */
export function setConditions(
  current: readonly Condition[] | undefined,
  desired: readonly DesiredCondition[],
  at: { readonly now: string; readonly generation: number },
): readonly Condition[] {
  return desired
    .map((condition) => {
      const before = current?.find((existing) => existing.type === condition.type);
      return {
        type: condition.type,
        status: condition.status,
        observedGeneration: at.generation,
        lastTransitionTime: before?.status === condition.status ? before.lastTransitionTime : at.now,
        reason: condition.reason,
        message: condition.message.slice(0, 32_768),
      };
    })
    .sort((a, b) => rank(a.type) - rank(b.type));
}

export function findCondition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** Whether the resource's Ready condition is True. */
export function isReady(status: { readonly conditions?: readonly Condition[] }): boolean {
  return findCondition(status.conditions, 'Ready')?.status === 'True';
}
