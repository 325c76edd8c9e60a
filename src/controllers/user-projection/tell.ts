import { openWork } from '../../core/cycle/approved.ts';
import type { DirectoryFailure } from '../../core/errors/directory-error.ts';
import { userMessage } from '../../core/status/messages.ts';
import { stepResults, type Taken } from '../../core/status/steps.ts';
import type { ProvisioningEvent } from '../../ports/provisioning-log.ts';
import type { Outcome } from './outcome.ts';
import type { Work } from './work.ts';

/** The entry of the provisioning log for what a pass came to. */
export function eventOf(work: Work, outcome: Pick<Outcome, 'action' | 'status' | 'reason' | 'objectId'>): ProvisioningEvent {
  return {
    ...commonEvent(work),
    // Who approved the removal has not approved the purge.
    ...(outcome.reason === 'PurgedAfterSource' ? { approvedBy: work.status.sourcePurge?.approvedBy } : {}),
    action: outcome.action,
    status: outcome.status,
    modifiedAttributes: [...work.done.written].sort(),
    reason: outcome.reason,
    errorCode: outcome.status === 'failure' ? outcome.reason : work.done.refused?.[0]?.code,
    recommendedAction: outcome.status === 'success' ? undefined : userMessage(outcome.reason),
    steps: stepsOf(work, { action: outcome.action, status: outcome.status, by: 'Decided' }),
    target: {
      tenantId: work.projection.spec.target.tenantId,
      objectId: work.done.targetUser?.objectId ?? outcome.objectId ?? work.status.targetUser?.objectId,
    },
  };
}

/** The cycle that a pass belongs to: that of its approval, else the one under way, else the last, which has left it to be done. */
export function cycleIdOf({ deps, projection, configuration, configurationKey }: Work): string | undefined {
  return openWork(projection)?.token ?? deps.tracker.current(configurationKey)?.cycleId ?? configuration.status.lastCycle?.id;
}

/** The steps of a pass, with how each ended. */
function stepsOf(work: Work, { action, status, by }: Pick<Taken, 'action' | 'status' | 'by'>): ProvisioningEvent['steps'] {
  const refused = (work.done.refused ?? []).map(({ name }) => name);
  return stepResults({ steps: work.steps, open: work.openSteps, action, status, by, refused });
}

function commonEvent(
  work: Work,
): Omit<ProvisioningEvent, 'action' | 'status' | 'reason' | 'target' | 'modifiedAttributes' | 'errorCode' | 'recommendedAction' | 'steps'> {
  const { deps, projection, configuration } = work;
  return {
    at: deps.clock.now(),
    namespace: projection.metadata.namespace,
    configuration: configuration.metadata.name,
    cycleId: cycleIdOf(work),
    changeId: projection.spec.revision,
    durationMs: Math.max(0, deps.clock.monotonic() - work.startedAt),
    source: { tenantId: projection.spec.source.tenantId, objectId: projection.spec.source.objectId },
    approvedBy: projection.spec.approvedBy,
  };
}

/** Tells the provisioning log and the metrics that an account is gone for good and its record with it. */
export function tellForgotten(work: Work): void {
  const event: ProvisioningEvent = {
    ...commonEvent(work),
    action: 'other',
    status: 'success',
    modifiedAttributes: [],
    reason: 'UserPurged',
    errorCode: undefined,
    recommendedAction: undefined,
    steps: stepsOf(work, { action: 'other', status: 'success', by: 'Decided' }),
    target: { tenantId: work.projection.spec.target.tenantId, objectId: work.status.targetUser?.objectId },
  };
  work.deps.provisioningLog.write(event);
  const { namespace, configuration, action, status } = event;
  work.deps.metrics.operationsTotal.inc({ namespace, configuration, action, status });
}

/** The entry of the provisioning log for a failed attempt. */
export function failureOf(work: Work, failure: DirectoryFailure, action: ProvisioningEvent['action']): ProvisioningEvent {
  const { target } = work.projection.spec;
  return {
    ...commonEvent(work),
    action,
    status: 'failure',
    modifiedAttributes: [...work.done.written].sort(),
    reason: failure.reason,
    errorCode: failure.code,
    recommendedAction: failure.message,
    steps: stepsOf(work, { action, status: 'failure', by: 'Refused' }),
    target: { tenantId: target.tenantId, objectId: failure.conflictingObjectId ?? work.status.targetUser?.objectId },
  };
}

/** Tells the provisioning log and the metrics of an operation; `readAt`: when the change that has now arrived was read. */
export function tell(work: Work, event: ProvisioningEvent, readAt?: number): void {
  const labels = { namespace: event.namespace, configuration: event.configuration, action: event.action };
  // What was approved is counted in a cycle of its own.
  if (openWork(work.projection) === undefined) work.deps.tracker.count(work.configurationKey, event);
  work.deps.provisioningLog.write(event);
  work.deps.metrics.operationsTotal.inc({ ...labels, status: event.status });
  if (event.status === 'failure') work.deps.metrics.operationFailuresTotal.inc({ ...labels, code: event.errorCode ?? 'Other' });
  if (event.status === 'success' && readAt !== undefined)
    work.deps.metrics.propagationSeconds.observe(labels, (work.deps.clock.monotonic() - readAt) / 1000);
}
