import type { Condition } from '../../api/meta.ts';
import type { Reason } from '../../api/reasons.ts';
import { findCondition, type DesiredCondition } from './conditions.ts';

/**
 * How an object stands, in the words in which steps say what they came to. `Waiting`: it goes on by itself, and meanwhile it cannot be told
 * whether it is ready (`Unknown`), or it is not (`False`). `Stalled`: somebody has to act on it. `Failed`: what was tried is tried again.
 */
export type Standing = { readonly reason: Reason; readonly message: string } & (
  | { readonly type: 'Done' }
  | { readonly type: 'Waiting'; readonly ready: 'Unknown' | 'False' }
  | { readonly type: 'Stalled' }
  | { readonly type: 'Failed' }
);

/** Ready, and Reconciling or Stalled while they are true (kstatus). */
export function summaryConditions(standing: Standing): readonly DesiredCondition[] {
  const { reason, message } = standing;
  const ready = (status: DesiredCondition['status']): DesiredCondition => ({ type: 'Ready', status, reason, message });
  const abnormal = (type: 'Reconciling' | 'Stalled'): DesiredCondition => ({ type, status: 'True', reason, message });
  switch (standing.type) {
    case 'Done':
      return [ready('True')];
    case 'Waiting':
      return [abnormal('Reconciling'), ready(standing.ready)];
    case 'Stalled':
      return [abnormal('Stalled'), ready('False')];
    case 'Failed':
      return [ready('False')];
  }
}

/** Conditions that do not sum an object up: findings that stay while the summary changes. */
export function findingsOf(conditions: readonly Condition[] | undefined, summary: readonly string[]): readonly DesiredCondition[] {
  return (conditions ?? []).filter(({ type }) => !summary.includes(type)) as readonly DesiredCondition[];
}

/** The conditions of an object that is suspended: Ready keeps its status, `ready` where that is known to be another one, and gets the reason. */
export function suspendedConditions(
  before: readonly Condition[] | undefined,
  ready: DesiredCondition['status'] = findCondition(before, 'Ready')?.status ?? 'Unknown',
): readonly DesiredCondition[] {
  const message = 'spec.suspend is true: no cycle runs, and nothing is written to a tenant.';
  const summary: DesiredCondition = { type: 'Ready', status: ready, reason: 'Suspended', message };
  return [...findingsOf(before, ['Ready', 'Reconciling']), summary];
}
