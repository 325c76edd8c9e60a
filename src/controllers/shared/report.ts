import type { Condition, KubeObject } from '../../api/meta.ts';
import { findCondition } from '../../core/status/conditions.ts';
import type { EventSink, ObjectReference } from '../../ports/events.ts';

/** What an Event about `object` refers to. */
export function objectReference(object: KubeObject): ObjectReference {
  const { namespace, name, uid, resourceVersion } = object.metadata;
  return { apiVersion: object.apiVersion, kind: object.kind, namespace, name, uid, resourceVersion };
}

/**
 * Emits an Event when the reason of Ready changes: a warning for a failure, a normal one for a recovery. Steady states emit nothing,
 * so that every failure is told once (I8).
 */
export function emitConditionEvents(
  events: EventSink,
  about: ObjectReference,
  before: readonly Condition[] | undefined,
  after: readonly Condition[],
): void {
  const was = findCondition(before, 'Ready');
  const is = findCondition(after, 'Ready');
  if (!is || (was?.reason === is.reason && was.status === is.status)) return;
  // A resource that is on its way is no news.
  if (is.reason === 'Progressing') return;
  const failed = is.status === 'False';
  if (!failed && is.status !== 'True') return;
  events.emit(about, { type: failed ? 'Warning' : 'Normal', reason: is.reason, action: 'Reconcile', note: is.message });
}
