import type { Condition } from '../../api/meta.ts';
import { findCondition, type DesiredCondition } from './conditions.ts';

/** What differs from one answer to the next that says the same. */
const ofOneAnswer = /correlation id [0-9a-f-]{36}/g;

const lasting = (message: string): string => message.replaceAll(ofOneAnswer, '');

/**
 * Conditions as they are to be shown: one that says the same as before, by another answer, keeps the message that it had. A failure that lasts
 * changes nothing, and the first answer is as good for a support case as the last.
 */
export function steadied(desired: readonly DesiredCondition[], had: readonly Condition[] | undefined): readonly DesiredCondition[] {
  return desired.map((condition) => {
    const before = findCondition(had, condition.type);
    const isSame =
      before?.status === condition.status && before.reason === condition.reason && lasting(before.message) === lasting(condition.message);
    return isSame ? { ...condition, message: before.message } : condition;
  });
}
