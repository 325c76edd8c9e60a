import type { GroupProjectionStatus } from '../../api/generated.ts';
import { approvedGroupWork } from '../../core/cycle/approved.ts';
import { omit } from '../../core/omit.ts';
import { annotations } from '../../api/kinds.ts';
import { patienceMs } from '../../core/cycle/progress.ts';
import { durationMs, timestamp } from '../../core/duration.ts';
import type { DirectoryFailure } from '../../core/errors/directory-error.ts';
import { retryPause } from '../../core/errors/retry.ts';
import { findCondition } from '../../core/status/conditions.ts';
import { groupMessage } from '../../core/status/messages.ts';
import { projectionConditions } from '../../core/status/projection.ts';
import { obstacleOf } from '../../core/status/obstacle.ts';
import { stepResults } from '../../core/status/steps.ts';
import { jitter } from '../../ports/clock.ts';
import type { ProvisioningEvent } from '../../ports/provisioning-log.ts';
import { conditionsNow } from '../shared/skeleton.ts';
import type { GroupOutcome } from './outcome.ts';
import { persistEnd, type GroupWork } from './work.ts';

const historyLength = 10;

/** What every pass that came to its end leaves of the status before: facts about the group, and nothing of how the last pass ended. */
function base(work: GroupWork): Pick<GroupProjectionStatus, 'state'> & Partial<GroupProjectionStatus> {
  const {
    intent,
    targetGroup,
    members,
    keptMembers,
    stagedRemovals,
    approvedRemovals,
    drift,
    removed,
    appliedRevision,
    appliedContent,
    lastWriteAt,
    history,
    state,
  } = work.status;
  const requestedAt = work.record.metadata.annotations?.[annotations.requestedAt];
  return {
    state,
    observedGeneration: work.record.metadata.generation,
    ...(requestedAt === undefined ? {} : { lastHandledReconcileAt: requestedAt.slice(0, 253) }),
    ...(intent === undefined ? {} : { intent }),
    ...(targetGroup === undefined ? {} : { targetGroup }),
    ...(members === undefined ? {} : { members }),
    ...(keptMembers === undefined ? {} : { keptMembers }),
    ...(removed === undefined ? {} : { removed }),
    ...(stagedRemovals === undefined ? {} : { stagedRemovals }),
    ...(approvedRemovals === undefined ? {} : { approvedRemovals }),
    ...(drift === undefined ? {} : { drift }),
    ...(appliedRevision === undefined ? {} : { appliedRevision }),
    ...(appliedContent === undefined ? {} : { appliedContent }),
    ...(lastWriteAt === undefined ? {} : { lastWriteAt }),
    ...(history === undefined ? {} : { history }),
  };
}

/** How often a status tells how far the members of a group are read. */
const tellMs = 60_000;

/**
 * Tells of a pass that comes to no end yet: how far it has read, where nothing else is known of the group, and, when it has not come on for long, that it
 * has not. Returns in how many milliseconds that would be said.
 */
export async function reportWaiting(work: GroupWork): Promise<number> {
  const { deps, key, record, configuration } = work;
  const { readings } = deps.groupMemory;
  const now = deps.clock.monotonic();
  const standstill = readings.standstillOf(key, now);
  const stuckInMs = standstill.since + patienceMs(durationMs(configuration.spec.interval)) - now;
  const saysSo = findCondition(work.status.conditions, 'Ready')?.reason === 'NoProgress';
  const tell = async (...desired: Parameters<typeof projectionConditions>): Promise<void> => {
    standstill.toldAt = now;
    const conditions = conditionsNow(deps, { ...record, status: work.status }, projectionConditions(...desired));
    await persistEnd(work, { ...work.status, conditions });
  };
  if (stuckInMs <= 0) {
    if (!saysSo) await tell('Failed', 'NoProgress', standstillMessage(deps.clock.now() - (now - standstill.since)));
    return Number.POSITIVE_INFINITY;
  }
  const isFirst = work.status.state === 'Pending' && readings.isUnderWay(key);
  const isDue = standstill.toldAt === undefined || now - standstill.toldAt >= tellMs;
  if (saysSo || (isFirst && isDue))
    await tell('Pending', 'Progressing', `The members of the group are read, ${readings.countOf(key)} so far.`);
  return stuckInMs;
}

const standstillMessage = (since: number): string =>
  `The work on the group has read nothing new and written nothing since ${timestamp(since)}. Nobody is taken out; it goes on by itself as soon as it is answered.`;

/** Whether the pass has written to the target. */
export const wrote = ({ done, status, record }: GroupWork): boolean =>
  done.attributes.length + done.added + done.removed > 0 || status.lastWriteAt !== record.status.lastWriteAt;

function modified({ done }: GroupWork): readonly string[] {
  return [...new Set([...done.attributes, ...(done.added + done.removed > 0 ? ['members'] : [])])].sort();
}

/** States in which something waits for somebody. */
const waits: ReadonlySet<GroupOutcome['state']> = new Set(['Conflict', 'Skipped', 'Staged']);

function resultOf({ state, names }: GroupOutcome): 'failure' | 'skipped' | 'warning' | 'success' {
  if (state === 'Failed') return 'failure';
  if (waits.has(state)) return 'skipped';
  return names === 'Refused' ? 'warning' : 'success';
}

/** Records an outcome: status, events, metrics and the provisioning log, in one place. */
export async function reportOutcome(work: GroupWork, outcome: GroupOutcome): Promise<void> {
  const { action, reason } = outcome;
  const refused = outcome.names === 'Refused';
  const told = wrote(work) || refused || outcome.state !== work.record.status.state;
  const status = resultOf(outcome);
  const names = modified(work);
  const at = timestamp(work.deps.clock.now());
  const entry = { at, ...cycleOf(work), action, status, ...(names.length === 0 ? {} : { modifiedAttributes: names }), reason };
  const history = told ? { history: [entry, ...(work.status.history ?? [])].slice(0, historyLength) } : {};
  await persistEnd(work, { ...statusOf(work, outcome, at), ...history });
  if (!told) return;
  tell(work, {
    ...commonEvent(work),
    action,
    status,
    reason,
    modifiedAttributes: names,
    errorCode: undefined,
    recommendedAction: advice(outcome, status),
    steps: stepResults({ steps: work.done.steps, open: new Set(), action, status, by: 'Decided', refused: [] }),
  });
}

/** What the provisioning log says of a pass that left something undone. */
function advice({ reason, message, warnings = [] }: GroupOutcome, status: ReturnType<typeof resultOf>): string | undefined {
  if (status === 'skipped' || status === 'failure') return message ?? groupMessage(reason);
  return status === 'warning' ? warnings.map((warning) => warning.message).join(' ') : undefined;
}

function statusOf(work: GroupWork, outcome: GroupOutcome, at: string): GroupProjectionStatus {
  const { state, reason, objectId, facts, warnings = [] } = outcome;
  const message = outcome.message ?? groupMessage(reason);
  const named = objectId === undefined ? message : `${message} Object in the target: ${objectId}.`;
  return {
    // Who waits goes on waiting, and what differs differs, until the group has been looked at anew.
    ...(facts?.members === undefined ? base(work) : omit(base(work), 'stagedRemovals', 'approvedRemovals', 'drift')),
    state,
    conditions: conditionsNow(work.deps, work.record, projectionConditions(state, reason, named)),
    ...facts,
    ...(wrote(work) ? { lastWriteAt: at } : {}),
    ...(warnings.length === 0 ? {} : { warnings: [...warnings] }),
    ...obstacleOf(objectId, 'Group'),
    ...(isTriedAgain(outcome) ? nextAttempt(work, state) : {}),
  };
}

/** Records a failed attempt, with its cause and the time of the next. */
export async function reportFailure(work: GroupWork, failure: DirectoryFailure, action: ProvisioningEvent['action']): Promise<void> {
  const { deps, record } = work;
  const at = timestamp(deps.clock.now());
  const entry = { at, ...cycleOf(work), action, status: 'failure' as const, errorCode: failure.code, reason: failure.reason };
  const desired: GroupProjectionStatus = {
    ...base(work),
    state: 'Failed',
    conditions: conditionsNow(deps, record, projectionConditions('Failed', failure.reason, failure.message)),
    lastError: {
      code: failure.code,
      message: failure.message,
      at,
      ...(failure.requestId === undefined ? {} : { requestId: failure.requestId }),
    },
    ...nextAttempt(work, 'Failed'),
    ...obstacleOf(failure.conflictingObjectId, failure.conflictingObjectKind ?? 'Unknown'),
    history: [entry, ...(work.status.history ?? [])].slice(0, historyLength),
  };
  await persistEnd(work, desired);
  tell(work, {
    ...commonEvent(work),
    action,
    status: 'failure',
    reason: failure.reason,
    modifiedAttributes: modified(work),
    errorCode: failure.code,
    recommendedAction: failure.message,
    steps: stepResults({ steps: work.done.steps, open: new Set(), action, status: 'failure', by: 'Refused', refused: [] }),
  });
}

/** What nothing in the source changes: it is tried at times of its own. */
const isTriedAgain = ({ state, names }: GroupOutcome): boolean => state === 'Conflict' || state === 'Failed' || names !== undefined;

/** Whoever leaves a group that has failed waits for its next attempt: no longer than this. */
const longestFailureMs = 40 * 60_000;

/** A failure or a conflict is tried again at growing distances; a change of the record begins anew. */
function nextAttempt({ deps, record, status }: GroupWork, state: GroupOutcome['state']): { attempts: number; nextAttemptAt: string } {
  const changed = status.observedGeneration !== record.metadata.generation;
  const attempts = (changed ? 0 : (status.attempts ?? 0)) + 1;
  const pauseMs = state === 'Failed' ? Math.min(retryPause(attempts), longestFailureMs) : retryPause(attempts);
  return { attempts, nextAttemptAt: timestamp(deps.clock.now() + jitter(deps.random, pauseMs, 0.1)) };
}

/** The cycle that a pass belongs to: that of its approval, else the one under way, else the last, which has left it to be done. */
function cycleOf({ deps, record, configuration, configurationKey }: GroupWork): { readonly cycleId?: string } {
  const approved = approvedGroupWork(record);
  const cycleId =
    approved?.outcome === 'Open' ? approved.token : (deps.tracker.current(configurationKey)?.cycleId ?? configuration.status.lastCycle?.id);
  return cycleId === undefined ? {} : { cycleId };
}

/** Who approved what the pass carries out. Whoever has decided about members whose removal is over has not approved what follows. */
function approverOf({ record }: GroupWork): string | undefined {
  const { approvedBy, memberRemovals } = record.spec;
  const outcome = approvedGroupWork(record)?.outcome;
  return approvedBy ?? (outcome === 'Open' || outcome === 'failure' ? memberRemovals?.by : undefined);
}

type Common = Omit<ProvisioningEvent, 'action' | 'status' | 'reason' | 'modifiedAttributes' | 'errorCode' | 'recommendedAction' | 'steps'>;

function commonEvent(work: GroupWork): Common {
  const { deps, record, configuration } = work;
  return {
    subject: 'Group',
    at: deps.clock.now(),
    namespace: record.metadata.namespace,
    configuration: configuration.metadata.name,
    cycleId: cycleOf(work).cycleId,
    changeId: record.spec.revision,
    durationMs: Math.max(0, deps.clock.monotonic() - work.startedAt),
    source: { tenantId: record.spec.source.tenantId, objectId: record.spec.source.objectId },
    target: { tenantId: record.spec.target.tenantId, objectId: work.status.targetGroup?.objectId },
    approvedBy: approverOf(work),
  };
}

function tell(work: GroupWork, event: ProvisioningEvent): void {
  const { deps } = work;
  const { namespace, configuration, action, status } = event;
  if (countsInCycle(work)) deps.tracker.count(work.configurationKey, event);
  deps.provisioningLog.write(event);
  deps.metrics.groupOperationsTotal.inc({ namespace, configuration, action, status });
  measureMembers(work);
}

/** Whether what the pass does counts in the cycle under way. What was approved is counted in a cycle of its own, and a plan does nothing. */
const countsInCycle = ({ record }: GroupWork): boolean => record.spec.mode === 'Apply' && approvedGroupWork(record)?.outcome !== 'Open';

/** Counts the members that a pass has put in and taken out. */
export function measureMembers(work: GroupWork): void {
  const { deps, done, record } = work;
  if (countsInCycle(work)) deps.tracker.countMembers(work.configurationKey, done);
  const labels = { namespace: record.metadata.namespace, configuration: record.spec.syncConfigurationRef.name };
  if (done.added > 0) deps.metrics.groupMembersTotal.inc({ ...labels, change: 'added' }, done.added);
  if (done.removed > 0) deps.metrics.groupMembersTotal.inc({ ...labels, change: 'removed' }, done.removed);
}
