import { annotations } from '../../api/kinds.ts';
import type { UserProjectionStatus } from '../../api/generated.ts';
import type { Reason } from '../../api/reasons.ts';
import { timestamp } from '../../core/duration.ts';
import type { DirectoryFailure } from '../../core/errors/directory-error.ts';
import { retryPause } from '../../core/errors/retry.ts';
import { searchLeftMs } from '../../core/lifecycle/attention.ts';
import { isContentApplied, standingRefusals, writeOnlyRevision } from '../../core/lifecycle/writes.ts';
import { limitMessage } from '../../core/limits/limits.ts';
import { omit } from '../../core/omit.ts';
import { contentRevision } from '../../core/projection/desired.ts';
import { contentOf } from '../../core/projection/standing.ts';
import { findCondition } from '../../core/status/conditions.ts';
import { userMessage } from '../../core/status/messages.ts';
import { obstacleOf } from '../../core/status/obstacle.ts';
import { jitter } from '../../ports/clock.ts';
import type { ProvisioningEvent } from '../../ports/provisioning-log.ts';
import type { Outcome, Planned } from './outcome.ts';
import { withDrift } from './drifted.ts';
import { cycleIdOf, eventOf, failureOf, tell } from './tell.ts';
import { conditionsOf, persist, persistEnd, type Work } from './work.ts';

type History = NonNullable<UserProjectionStatus['history']>;

type Warning = Outcome['warnings'][number];

const historyLength = 10;
/** As many as a status holds, less two for what else there is to warn of. */
const mostWarnings = 30;

/** Warnings about mappings that could not be computed for this user, target by target. */
function mappingWarnings(work: Work): readonly Warning[] {
  const failed = work.projection.spec.failedMappings ?? [];
  const warnings = failed.map(({ target, message }) => ({ reason: 'MappingFailed' as const, message: `${target}: ${message}` }));
  if (warnings.length <= mostWarnings) return warnings;
  const names = failed.slice(mostWarnings - 1).map(({ target }) => target);
  const rest = { reason: 'MappingFailed' as const, message: `${names.length} more, named in spec.failedMappings` };
  return [...warnings.slice(0, mostWarnings - 1), rest];
}

/** An account that agrees but for what could not be computed says so. */
function reasonOf(work: Work, outcome: Outcome): Reason {
  const agrees = outcome.reason === 'UserUpdated' || outcome.reason === 'UserBlocked';
  return agrees && (work.projection.spec.failedMappings?.length ?? 0) > 0 ? 'MappingFailed' : outcome.reason;
}

/** The message of an outcome: for a failed mapping what failed, else what the reason means. */
function messageOf(work: Work, outcome: Outcome): string {
  const reason = reasonOf(work, outcome);
  const [first] = reason === 'MappingFailed' ? mappingWarnings(work) : [];
  const text = userMessage(reason, {
    ...(outcome.limit === undefined ? {} : { text: limitMessage(outcome.limit) }),
    ...(outcome.objectId === undefined ? {} : { objectId: outcome.objectId }),
  });
  return first === undefined ? text : `${text} ${first.message}.`;
}

/** The status with what the steps of this pass have done, whatever became of the pass (I12). */
function recorded(work: Work, at: string): UserProjectionStatus {
  const { done, status, projection } = work;
  const link = done.targetUser ?? status.targetUser;
  const targetUser = link && work.deletedAt !== undefined ? { ...link, deletedAt: work.deletedAt } : link;
  const refused = done.refused ?? standingRefusals({ spec: projection.spec, status }, 'Remember');
  const before = omit(withDrift(status, done.drifted, at), 'targetUser', 'refusedAttributes');
  return {
    ...(isOverwritten(work) ? omit(before, 'appliedRevision', 'appliedContent') : before),
    ...(targetUser === undefined ? {} : { targetUser }),
    ...(refused.length === 0 ? {} : { refusedAttributes: [...refused] }),
    ...(done.revisionApplied ? { appliedRevision: projection.spec.revision } : {}),
    ...(done.contentApplied ? { appliedContent: contentRevision(contentOf(projection.spec)) } : {}),
    ...(done.writeOnlyApplied ? { writeOnlyRevision: writeOnlyRevision(projection) } : {}),
    ...(done.written.length > 0 ? { lastWriteAt: at } : {}),
  };
}

/**
 * Whether other values than those applied before were written, and do not count as applied yet. The account has neither for sure: wanted again, the
 * former ones would look as if they were there, and what is there as if the target's people had changed it.
 */
function isOverwritten({ done, projection, status }: Work): boolean {
  const touched = done.written.some((name) => name !== 'accountEnabled');
  return touched && !done.contentApplied && !isContentApplied({ spec: projection.spec, status });
}

/** Records what the steps of a pass have done that is put off or stopped: the next pass goes on from there (I12). */
export async function recordDone(work: Work, action: ProvisioningEvent['action']): Promise<void> {
  const { written, targetUser, refused } = work.done;
  if (written.length === 0 && targetUser === undefined && refused === undefined) return;
  const at = timestamp(work.deps.clock.now());
  const told = { action, status: 'success', reason: 'UserUpdated' } as const;
  const status = recorded(work, at);
  const history = [{ at, ...ofCycle(work), ...told, ...modified(work) }, ...(work.status.history ?? [])].slice(0, historyLength);
  // Whoever has touched the record meanwhile has not done what this pass did: no lock.
  await persist(work, written.length === 0 ? status : { ...status, history }, false);
  if (written.length > 0) tell(work, eventOf(work, told));
}

/** Says on the record that what was decided waits for the source, and when it asks again. */
export async function reportAwaiting(work: Work, state: 'Staged' | 'Pending', againMs: number): Promise<void> {
  const status: UserProjectionStatus = {
    ...work.status,
    state,
    conditions: conditionsOf(work, state, 'AwaitingSource'),
    nextAttemptAt: timestamp(work.deps.clock.now() + againMs),
  };
  await persist(work, status, true);
}

/** The status without the facts of the last pass, which end whatever came out. The intent ends only when the write it stands for has. */
function handledBase(work: Work, at: string, intent: 'KeepIntent' | 'EndIntent'): UserProjectionStatus {
  const rest = omit(
    recorded(work, at),
    'intent',
    'plan',
    'lastError',
    'nextAttemptAt',
    'compareAgainAt',
    'conflictingObjectId',
    'conflictingObjectKind',
    'limitedBy',
    'attempts',
    'warnings',
  );
  const requested = work.projection.metadata.annotations?.[annotations.requestedAt];
  const warnings = mappingWarnings(work);
  return {
    ...rest,
    ...(warnings.length > 0 ? { warnings: [...warnings] } : {}),
    ...(intent === 'KeepIntent' && work.status.intent ? { intent: work.status.intent } : {}),
    observedGeneration: work.projection.metadata.generation,
    ...(work.comparedWith === undefined ? {} : { comparedWith: work.comparedWith }),
    ...(requested === undefined ? {} : { lastHandledReconcileAt: requested }),
  };
}

/**
 * Failed and conflicting users are tried again with growing pauses, an invitation whose outcome is unknown not before the search for it has
 * ended.
 */
function nextAttempt(work: Work): { attempts: number; nextAttemptAt: string } {
  const changed = work.status.observedGeneration !== work.projection.metadata.generation;
  const attempts = (changed ? 0 : (work.status.attempts ?? 0)) + 1;
  const search = work.intentOver ? 0 : searchLeftMs(work.status, work.deps.clock.now(), work.deps.settings.replicationWindowMs);
  const pause = Math.max(search, jitter(work.deps.random, retryPause(attempts), 0.1));
  return { attempts, nextAttemptAt: timestamp(work.deps.clock.now() + pause) };
}

/** States of records with an account that can have drifted: of any other it means nothing. */
const inUse: ReadonlySet<UserProjectionStatus['state']> = new Set(['Provisioned', 'Blocked', 'Staged', 'Planned']);

const deleted: ReadonlySet<UserProjectionStatus['state']> = new Set(['SoftDeleted', 'Purged']);

/** The status without what says nothing of an account in that state. */
function lasting(status: UserProjectionStatus, state: UserProjectionStatus['state']): UserProjectionStatus {
  const withoutPurge = deleted.has(state) ? status : omit(status, 'sourcePurge');
  return inUse.has(state) ? withoutPurge : omit(withoutPurge, 'drift');
}

/** Records an outcome: status, events, metrics and the provisioning log, in one place. */
export async function reportOutcome(work: Work, outcome: Outcome): Promise<void> {
  const at = timestamp(work.deps.clock.now());
  const message = messageOf(work, outcome);
  const warnings = [...mappingWarnings(work), ...outcome.warnings];
  const { written, revisionApplied } = work.done;
  const changed = written.length > 0 || (outcome.status !== 'skipped' && outcome.action !== 'update');
  const wrote = outcome.action === 'delete' || (revisionApplied && outcome.action === 'create');
  const base = handledBase(work, at, outcome.keepIntent === true ? 'KeepIntent' : 'EndIntent');
  const status: UserProjectionStatus = {
    ...lasting(base, outcome.state),
    state: outcome.state,
    conditions: conditionsOf(work, outcome.state, reasonOf(work, outcome), message),
    ...(wrote ? { lastWriteAt: at } : {}),
    ...(warnings.length > 0 ? { warnings } : {}),
    ...(outcome.compareAgainAt === undefined ? {} : { compareAgainAt: timestamp(outcome.compareAgainAt) }),
    ...heldUp(work, outcome),
    ...(changed ? { history: remember(work, outcome, at) } : {}),
  };
  await conclude(work, status, changed || outcome.state !== work.projection.status.state ? eventOf(work, outcome) : undefined);
}

/** What holds the person up: a conflict, looked at again, or a limit of the pair. */
function heldUp(work: Work, { state, objectId, limit, reason }: Outcome): Partial<UserProjectionStatus> {
  if (state !== 'Conflict') return limit === undefined ? {} : { limitedBy: limit };
  return { ...nextAttempt(work), ...obstacleOf(objectId, reason === 'ContactExists' ? 'Contact' : 'User') };
}

/** Names of what was written in this pass. */
const modified = ({ done }: Work): { modifiedAttributes?: string[] } =>
  done.written.length > 0 ? { modifiedAttributes: [...done.written].sort() } : {};

/** The cycle that a pass belongs to, if it does to one. */
function ofCycle(work: Work): { cycleId?: string } {
  const cycleId = cycleIdOf(work);
  return cycleId === undefined ? {} : { cycleId };
}

function remember(work: Work, outcome: Outcome, at: string): History {
  const entry = {
    at,
    ...ofCycle(work),
    action: outcome.action,
    status: outcome.status,
    ...modified(work),
    reason: outcome.reason,
  };
  return [entry, ...(work.status.history ?? [])].slice(0, historyLength);
}

/** Whether something of the person's own stands in the way, until somebody removes it. */
function isConflict({ kind, reason }: DirectoryFailure): boolean {
  return reason === 'ContactExists' || (kind === 'InvitationRefused' && reason !== 'InvitationsDisabled');
}

/** Records a failed attempt, with its cause and the time of the next. */
export async function reportFailure(work: Work, failure: DirectoryFailure, action: ProvisioningEvent['action']): Promise<void> {
  const at = timestamp(work.deps.clock.now());
  const base = handledBase(work, at, work.intentOver ? 'EndIntent' : 'KeepIntent');
  const entry = {
    at,
    ...ofCycle(work),
    action,
    status: 'failure' as const,
    errorCode: failure.code,
    reason: failure.reason,
    ...modified(work),
  };
  const status: UserProjectionStatus = {
    ...base,
    state: isConflict(failure) ? 'Conflict' : 'Failed',
    conditions: [],
    lastError: {
      code: failure.code,
      message: failure.message,
      at,
      ...(failure.requestId === undefined ? {} : { requestId: failure.requestId }),
    },
    ...nextAttempt(work),
    ...obstacleOf(failure.conflictingObjectId, failure.conflictingObjectKind ?? 'Unknown'),
    history: [entry, ...(work.status.history ?? [])].slice(0, historyLength),
  };
  await conclude(
    work,
    { ...status, conditions: conditionsOf(work, status.state, failure.reason, failure.message) },
    failureOf(work, failure, action),
  );
}

/** Records what Plan mode found; nothing else about the account changes. */
export async function reportPlan(work: Work, found: Planned): Promise<void> {
  const { operation, changes, objectId, compareAgainAt } = found;
  const warnings = [...mappingWarnings(work), ...found.warnings];
  const status: UserProjectionStatus = {
    ...handledBase(work, timestamp(work.deps.clock.now()), 'KeepIntent'),
    state: 'Planned',
    conditions: conditionsOf(work, 'Planned', 'Planned'),
    plan: {
      operation,
      ...(changes.length === 0 ? {} : { attributes: changes.map(({ attribute }) => attribute), changes: [...changes] }),
      ...(objectId === undefined ? {} : { objectId }),
    },
    ...(warnings.length === 0 ? {} : { warnings }),
    ...(compareAgainAt === undefined ? {} : { compareAgainAt: timestamp(compareAgainAt) }),
  };
  await conclude(work, status, undefined);
}

async function conclude(work: Work, status: UserProjectionStatus, event: ProvisioningEvent | undefined): Promise<void> {
  const failedNow = status.state === 'Failed' || status.state === 'Conflict';
  // A user who fails or recovers has an event; the work that goes well is told by the cycle.
  const failedBefore = findCondition(work.projection.status.conditions, 'Ready')?.status === 'False';
  await persistEnd(work, status, failedBefore || failedNow ? 'Changes' : 'Nothing');
  work.deps.tracker.takeRecheck(work.key);
  if (work.errand === 'Purge') work.deps.tracker.endPurge(work.configurationKey, work.key);
  else if (work.errand !== 'Due') work.deps.tracker.looked(work.configurationKey, work.key);
  work.deps.confirmations.drop(work.configurationKey, work.key);
  const readAt = failedNow ? undefined : work.deps.tracker.takeReadAt(work.key);
  work.deps.tracker.answered(work.key);
  if (event) tell(work, event, readAt);
}
