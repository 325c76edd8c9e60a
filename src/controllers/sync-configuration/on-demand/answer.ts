import { annotations } from '../../../api/kinds.ts';
import type { Reason } from '../../../api/reasons.ts';
import { timestamp } from '../../../core/duration.ts';
import { parseUserRequest, requestStanding, type UserRequest } from '../../../core/on-demand/request.ts';
import type { UserResult } from '../../../core/on-demand/result.ts';
import { priorities } from '../../../ports/reconcile.ts';
import { objectReference, recordFacts } from '../../shared/skeleton.ts';
import { cycleFailure } from '../cycle-failure.ts';
import type { Admitted, CycleRun, Steps } from '../cycle-run.ts';
import type { ActiveRequest } from '../memory.ts';
import { Memberships } from '../read/memberships.ts';
import { newRun } from '../running-cycle.ts';
import type { Work } from '../work.ts';
import { explainUsers } from './explain.ts';
import { provisionUsers } from './provision.ts';

type Valid = Extract<UserRequest, { type: 'Valid' }>;

/** A kind of request about single users: the annotation that makes it, the field that answers it, and what it does. */
interface Kind {
  readonly name: 'Provision' | 'Explain';
  readonly annotation: string;
  readonly field: 'lastHandledProvisionUsers' | 'lastHandledExplainUsers';
  readonly handle: (run: CycleRun, request: Valid) => Steps<readonly UserResult[]>;
}

const kinds: readonly Kind[] = [
  {
    name: 'Provision',
    annotation: annotations.provisionUsers,
    field: 'lastHandledProvisionUsers',
    handle: (run, { users, token }) => provisionUsers(run, users, token),
  },
  {
    name: 'Explain',
    annotation: annotations.explainUsers,
    field: 'lastHandledExplainUsers',
    handle: (run, { users }) => explainUsers(run, users),
  },
];

/**
 * Takes the requests about single users that the resource makes one step further, and answers each in the status when it has been handled
 * (E4, F5). Returns when to go on, in milliseconds; undefined when nothing is asked for. Rejects with KubeError.
 */
export async function continueOnDemand(work: Work, admitted: Admitted): Promise<number | undefined> {
  const waits: number[] = [];
  for (const kind of kinds) {
    const waitMs = await continueOne(work, kind, admitted);
    if (waitMs !== undefined) waits.push(waitMs);
  }
  return waits.length === 0 ? undefined : Math.min(...waits);
}

async function continueOne(work: Work, kind: Kind, admitted: Admitted): Promise<number | undefined> {
  const { deps, memory, context } = work;
  const request = await openRequest(work, kind);
  const before = memory.onDemand.get(kind.name);
  if (before !== undefined && !isOf(before, request, work)) drop(work, kind);
  if (request === undefined) return undefined;
  const active = memory.onDemand.get(kind.name) ?? begin(work, kind, { admitted, request });
  const waitMs = active.resumeAt - deps.clock.monotonic();
  if (waitMs > 0) return waitMs;
  active.run.turn.signal = context.signal;
  try {
    const step = await active.steps.next();
    if (!step.done) {
      active.resumeAt = deps.clock.monotonic() + step.value.waitMs;
      return step.value.waitMs;
    }
    await answer(work, kind, { token: request.token, results: step.value });
  } catch (error) {
    const failure = cycleFailure(error, []);
    if (failure === undefined || context.signal.aborted) throw error;
    await answer(work, kind, failed(request, failure.reason));
  }
  drop(work, kind);
  return undefined;
}

/** Nothing can be done for the named users now: that is the answer. */
export async function refuseOnDemand(work: Work, reason: Reason): Promise<void> {
  for (const kind of kinds) {
    const request = await openRequest(work, kind);
    drop(work, kind);
    if (request !== undefined) await answer(work, kind, failed(request, reason));
  }
}

/** Whether what is under way is about this request, and about the resource as it is now. */
function isOf({ token, run }: ActiveRequest, request: Valid | undefined, { configuration }: Work): boolean {
  return token === request?.token && run.configuration.metadata.generation === configuration.metadata.generation;
}

/** Lets go of the request under way, if there is one: who was named has no precedence any more. */
function drop({ deps, memory, configurationKey }: Work, { name }: Kind): void {
  memory.onDemand.delete(name);
  if (name === 'Provision') deps.onDemand.end(configurationKey);
}

interface Answer {
  readonly token: string;
  readonly results: readonly UserResult[];
  readonly message?: string;
}

const failed = ({ token, users }: Valid, reason: Reason): Answer => ({
  token,
  results: users.map((user) => ({ user, result: 'Failed', reason })),
});

/** The request that is to be handled. One that cannot be is answered at once, and a token that is used a second time is said to be. */
async function openRequest(work: Work, kind: Kind): Promise<Valid | undefined> {
  const { configuration } = work;
  const value = configuration.metadata.annotations?.[kind.annotation];
  if (value === undefined) return undefined;
  const request = parseUserRequest(value);
  switch (requestStanding(request, configuration.status[kind.field])) {
    case 'Answered':
      return undefined;
    case 'TokenRepeated':
      sayOnce(work, kind, 'The token of this request was answered before, for other users. Give each request a token of its own.');
      return undefined;
    case 'New':
      if (request.type === 'Valid' && !cameAlong(work, kind)) return request;
      await refuse(work, kind, { token: request.token, problem: request.type === 'Valid' ? outOfTime : request.problem });
      return undefined;
  }
}

const outOfTime =
  'The request came with the resource, and may have been answered before that was made anew. Make it again with a token of its own.';

/**
 * Whether a request was in the manifest already when the resource was seen for the first time. Of one from a backup the answer is lost: carried
 * out again, it would approve what was rejected since.
 */
function cameAlong({ configuration }: Work, { name }: Kind): boolean {
  return name === 'Provision' && (configuration.status.observedGeneration ?? -1) < 0;
}

async function refuse(work: Work, kind: Kind, { token, problem }: { readonly token: string; readonly problem: string }): Promise<void> {
  sayOnce(work, kind, problem);
  await answer(work, kind, { token, results: [], message: problem });
}

/** Tells of a request that is not handled, once for each value in this process: the annotation stays on the resource. */
function sayOnce({ deps, configuration, memory }: Work, { name, annotation }: Kind, problem: string): void {
  const value = configuration.metadata.annotations?.[annotation] ?? '';
  if (memory.refusedRequests.get(name) === value) return;
  memory.refusedRequests.set(name, value);
  const note = `${annotation}: ${problem}`;
  deps.events.emit(objectReference(configuration), { type: 'Warning', reason: 'RequestRefused', action: name, note });
}

function begin(work: Work, kind: Kind, { admitted, request }: { readonly admitted: Admitted; readonly request: Valid }): ActiveRequest {
  const run: CycleRun = { ...newRun(work, admitted, 'Incremental'), memberships: new Memberships(), readPriority: priorities.onDemand };
  const active = { token: request.token, run, steps: kind.handle(run, request), resumeAt: work.deps.clock.monotonic() };
  work.memory.onDemand.set(kind.name, active);
  return active;
}

async function answer({ deps, configuration, context }: Work, { field }: Kind, { message, ...answered }: Answer): Promise<void> {
  const facts = { ...answered, message: message ?? null, completedAt: timestamp(deps.clock.now()) };
  await recordFacts(deps.configurations, configuration.metadata, { [field]: facts }, { signal: context.signal });
}
