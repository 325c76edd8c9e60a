import type { Condition } from '../../api/meta.ts';
import { timestamp } from '../../core/duration.ts';
import type { DirectoryFailure } from '../../core/errors/directory-error.ts';
import { findCondition, setConditions, type DesiredCondition } from '../../core/status/conditions.ts';
import { mergePatchBetween } from '../../core/status/merge-patch.ts';
import type { ObjectReference } from '../../ports/events.ts';
import type { KubeObject, MergePatch, ObjectKey, WriteOptions } from '../../ports/resources.ts';
import type { Dependencies, Resource } from './dependencies.ts';

/**
 * What a step over an object came to. `Waiting`: it goes on in `againInMs`, or, where that is undefined, when what it waits for changes;
 * that is no failure and no attempt of the object's. `holdsCycle`: the cycle that brought the object here waits as well, as for a moment that
 * belongs to the work; without it the cycle ends meanwhile, and a long wait holds nobody else up.
 */
export type StepResult<Outcome> =
  | { readonly type: 'Done'; readonly outcome: Outcome }
  | { readonly type: 'Waiting'; readonly because: string; readonly againInMs: number | undefined; readonly holdsCycle: boolean }
  | { readonly type: 'Failed'; readonly failure: DirectoryFailure };

/** An object whose status has conditions. */
type Stated = KubeObject & { readonly status: { readonly conditions?: readonly Condition[] } };

/** What an Event about `object` refers to. */
export function objectReference(object: KubeObject): ObjectReference {
  const { namespace, name, uid, resourceVersion } = object.metadata;
  return { apiVersion: object.apiVersion, kind: object.kind, namespace, name, uid, resourceVersion };
}

/** The conditions of an object from now on, for the generation that was looked at. */
export function conditionsNow(
  { clock }: Pick<Dependencies, 'clock'>,
  { metadata, status }: Pick<Stated, 'metadata' | 'status'>,
  desired: readonly DesiredCondition[],
): readonly Condition[] {
  return setConditions(status.conditions, desired, { now: timestamp(clock.now()), generation: metadata.generation });
}

/** A status as it is to be, and whether a change of Ready is told by an Event. */
export interface StatusChange<T extends Stated> {
  /** The whole status; a member that is undefined goes. */
  readonly desired: { readonly [K in keyof T['status']]?: T['status'][K] | undefined };
  /** `Nothing`: a step on the way, or one of so many that go well that the cycle tells of them. */
  readonly tell: 'Changes' | 'Nothing';
  /** The conditions that were last told of, where the pass has written others in between. */
  readonly told?: readonly Condition[] | undefined;
}

/**
 * Writes what differs between the status of `seen` and the one desired, and tells of it. Returns the object as written, or undefined when
 * nothing differs. The one writer of conditions, with {@link recordFacts} the one writer of statuses. Rejects with KubeError.
 */
export async function writeStatus<T extends Stated>(
  { events, logger }: Pick<Dependencies, 'events' | 'logger'>,
  { writer }: Pick<Resource<T>, 'writer'>,
  seen: T,
  { desired, tell, told, ...options }: StatusChange<T> & WriteOptions,
): Promise<T | undefined> {
  const patch = mergePatchBetween(seen.status, desired);
  const written = patch && (await writer.patchStatus(seen.metadata, patch, options));
  if (tell === 'Changes') tellChange({ events, logger }, objectReference(seen), told ?? seen.status.conditions, desired.conditions ?? []);
  return written;
}

/** Records facts in a status, whatever else stands there: its conditions stay. Rejects with KubeError. */
export function recordFacts<T extends Stated>(
  { writer }: Pick<Resource<T>, 'writer'>,
  key: ObjectKey,
  facts: MergePatch & { readonly conditions?: never },
  options: WriteOptions,
): Promise<T> {
  return writer.patchStatus(key, facts, options);
}

/**
 * Emits an Event when the reason of Ready changes: a warning for a failure, a normal one for a recovery. Steady states emit nothing, so that
 * every failure is told once (I8). For a pair or configuration it is a line of the log as well; of people there are too many.
 */
function tellChange(
  { events, logger }: Pick<Dependencies, 'events' | 'logger'>,
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
  if (about.kind !== 'UserProjection') {
    const { kind, namespace, name } = about;
    const line = { kind, namespace, name, ready: is.status, reason: is.reason, detail: is.message };
    if (failed) logger.warn('Ready has changed', line);
    else logger.info('Ready has changed', line);
  }
  if (!failed && is.status !== 'True') return;
  events.emit(about, { type: failed ? 'Warning' : 'Normal', reason: is.reason, action: 'Reconcile', note: is.message });
}
