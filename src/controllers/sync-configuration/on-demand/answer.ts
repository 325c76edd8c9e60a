import { annotations, type SyncConfiguration } from '../../../api/kinds.ts';
import type { Reason } from '../../../api/reasons.ts';
import { timestamp } from '../../../core/duration.ts';
import { parseUserRequest, requestStanding, type UserRequest } from '../../../core/on-demand/request.ts';
import type { UserResult } from '../../../core/on-demand/result.ts';
import { priorities } from '../../../ports/reconcile.ts';
import { objectReference, recordFacts } from '../../shared/skeleton.ts';
import { cycleFailure } from '../cycle-failure.ts';
import type { Admitted, CycleRun } from '../cycle-run.ts';
import type { ActiveRequest } from '../memory.ts';
import { Memberships } from '../read/memberships.ts';
import { newRun } from '../running-cycle.ts';
import type { Work } from '../work.ts';
import { provisionUsers } from './provision.ts';

/**
 * Takes the request about single users that the resource makes one step further, and answers it in the status when it has been handled
 * (E4). Returns when to go on, in milliseconds; undefined when nothing is asked for. Rejects with KubeError.
 */
export async function continueOnDemand(work: Work, admitted: Admitted): Promise<number | undefined> {
  const { deps, memory, context } = work;
  const request = await openRequest(work);
  if (memory.onDemand !== undefined && !isOf(memory.onDemand, request, work)) drop(work);
  if (request === undefined) return undefined;
  const active = (memory.onDemand ??= begin(work, admitted, request));
  const waitMs = active.resumeAt - deps.clock.monotonic();
  if (waitMs > 0) return waitMs;
  active.run.turn.signal = context.signal;
  try {
    const step = await active.steps.next();
    if (!step.done) {
      active.resumeAt = deps.clock.monotonic() + step.value.waitMs;
      return step.value.waitMs;
    }
    await answer(work, request, step.value);
  } catch (error) {
    const failure = cycleFailure(error, []);
    if (failure === undefined || context.signal.aborted) throw error;
    await answer(work, request, failed(request, failure.reason));
  }
  drop(work);
  return undefined;
}

/** Whether what is under way is about this request, and about the resource as it is now. */
function isOf({ token, run }: ActiveRequest, request: Valid | undefined, { configuration }: Work): boolean {
  return token === request?.token && run.configuration.metadata.generation === configuration.metadata.generation;
}

/** Lets go of the request under way, if there is one: who was named has no precedence any more. */
function drop({ deps, memory, configurationKey }: Work): void {
  memory.onDemand = undefined;
  deps.onDemand.end(configurationKey);
}

/** Nothing can be done for the named users now: that is the answer. */
export async function refuseOnDemand(work: Work, reason: Reason): Promise<void> {
  const request = await openRequest(work);
  drop(work);
  if (request !== undefined) await answer(work, request, failed(request, reason));
}

type Valid = Extract<UserRequest, { type: 'Valid' }>;

const failed = ({ users }: Valid, reason: Reason): readonly UserResult[] => users.map((user) => ({ user, result: 'Failed', reason }));

/** The request that is to be handled. One that cannot be is answered at once, and a token that is used a second time is said to be. */
async function openRequest(work: Work): Promise<Valid | undefined> {
  const { configuration } = work;
  const value = configuration.metadata.annotations?.[annotations.provisionUsers];
  if (value === undefined) return undefined;
  const request = parseUserRequest(value);
  switch (requestStanding(request, configuration.status.lastHandledProvisionUsers)) {
    case 'Answered':
      return undefined;
    case 'TokenRepeated':
      sayOnce(work, value, `The token ${request.token} was answered before, for other users. Give each request a token of its own.`);
      return undefined;
    case 'New':
      if (request.type === 'Valid') return request;
      sayOnce(work, value, request.problem);
      await record(work, { token: request.token, results: [], message: request.problem });
      return undefined;
  }
}

/** Tells of a request that is not handled, once for each value in this process: the annotation stays on the resource. */
function sayOnce({ deps, configuration, memory }: Work, value: string, problem: string): void {
  if (memory.refusedRequest === value) return;
  memory.refusedRequest = value;
  const note = `${annotations.provisionUsers}: ${problem}`;
  deps.events.emit(objectReference(configuration), { type: 'Warning', reason: 'RequestRefused', action: 'Provision', note });
}

function begin(work: Work, admitted: Admitted, { token, users }: Valid): ActiveRequest {
  const run: CycleRun = { ...newRun(work, admitted, 'Incremental'), memberships: new Memberships(), readPriority: priorities.onDemand };
  return { token, run, steps: provisionUsers(run, users, token), resumeAt: work.deps.clock.monotonic() };
}

const answer = (work: Work, { token }: Valid, results: readonly UserResult[]): Promise<void> => record(work, { token, results });

async function record(
  { deps, configuration, context }: Work,
  answered: NonNullable<SyncConfiguration['status']['lastHandledProvisionUsers']>,
): Promise<void> {
  const lastHandledProvisionUsers = { ...answered, message: answered.message ?? null, completedAt: timestamp(deps.clock.now()) };
  await recordFacts(deps.configurations, configuration.metadata, { lastHandledProvisionUsers }, { signal: context.signal });
}
