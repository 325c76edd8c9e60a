import { readingOf } from '../../core/evaluation/evaluate-user.ts';
import { stillHolds } from '../../core/evaluation/still-holds.ts';
import { DirectoryError } from '../../core/errors/directory-error.ts';
import { priorities } from '../../ports/reconcile.ts';
import { KubeError, parseKey } from '../../ports/resources.ts';
import type { Asked } from '../shared/confirmations.ts';
import { CycleFailure, type Admitted, type ReadContext, type Steps } from './cycle-run.ts';
import { Memberships } from './read/memberships.ts';
import type { Confirming } from './memory.ts';
import { evaluate } from './project.ts';
import { resolveScope } from './read/scope-names.ts';
import { readAssignments } from './read/scope-reader.ts';
import { readUsers } from './read/users-round.ts';
import type { Work } from './work.ts';

const readBatch = 20;
/** People of one round: more than are acted upon before their readings are too old would be read in vain. */
const mostPeople = 200;

/**
 * Takes the reading that records wait for one step further, or begins one (I11). Returns when to go on, in milliseconds; undefined when
 * no record waits. A source that cannot be read confirms nothing: the records ask again, and a cycle tells what is wrong.
 */
export async function continueConfirming(work: Work, admitted: Admitted): Promise<number | undefined> {
  const { deps, memory, configurationKey } = work;
  if (memory.confirming?.context.configuration.metadata.generation !== work.configuration.metadata.generation)
    memory.confirming = undefined;
  if (!memory.confirming && !deps.confirmations.isAsking(configurationKey)) return undefined;
  const confirming = (memory.confirming ??= beginConfirming(work, admitted));
  confirming.context.signal = work.context.signal;
  try {
    const step = await confirming.steps.next();
    if (!step.done) return step.value.waitMs;
    memory.confirming = undefined;
    return deps.confirmations.isAsking(configurationKey) ? 0 : undefined;
  } catch (error) {
    memory.confirming = undefined;
    if (!(error instanceof CycleFailure || error instanceof DirectoryError || error instanceof KubeError)) throw error;
    deps.tracker.requestCycle(configurationKey);
    return undefined;
  }
}

function beginConfirming(work: Work, admitted: Admitted): Confirming {
  const { deps, configuration, configurationKey, context: reconcile } = work;
  const context: ReadContext = {
    ...admitted,
    deps,
    configuration,
    configurationKey,
    // Whoever is read again is evaluated at the time that their record was evaluated at, as long as nothing about them changes.
    kind: 'Incremental',
    memberships: new Memberships(),
    signal: reconcile.signal,
    progress: 0,
  };
  return { context, steps: confirmRound(context) };
}

async function* confirmRound(context: ReadContext): Steps<void> {
  const { deps, configuration, configurationKey } = context;
  const asked = deps.confirmations.take(configurationKey, mostPeople);
  const memberships =
    configuration.spec.scope.type === 'All'
      ? context.memberships
      : yield* readAssignments(context, configuration.spec.scope, (yield* resolveScope(context)).resolved);
  for (let from = 0; from < asked.length; from += readBatch) {
    yield* confirmBatch({ ...context, memberships }, asked.slice(from, from + readBatch));
    yield { waitMs: 0 };
  }
}

async function* confirmBatch(context: ReadContext, asked: readonly Asked[]): Steps<void> {
  const { deps, configurationKey } = context;
  const readAt = deps.clock.monotonic();
  const ids = asked.map(({ sourceId }) => sourceId);
  const users = yield* readUsers(context, ids);
  for (const { sourceId, projectionKey, act } of asked) {
    const record = deps.projections.lister.get(parseKey(projectionKey));
    if (!record) continue;
    const reading = readingOf(users.get(sourceId), (user) => evaluate(context, user, record));
    if (stillHolds(record.spec, act, reading)) {
      deps.confirmations.confirm(configurationKey, projectionKey, { revision: record.spec.revision, readAt, by: 'DirectRead' });
      deps.enqueue.projection(projectionKey, { priority: act === 'Create' ? priorities.create : priorities.removal });
    } else if (reading.type !== 'Unclear') {
      deps.confirmations.reconsider(configurationKey, sourceId);
      deps.tracker.requestCycle(configurationKey);
    }
  }
}
