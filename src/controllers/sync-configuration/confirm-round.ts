import { readingOf } from '../../core/evaluation/evaluate-user.ts';
import { stillHolds } from '../../core/evaluation/still-holds.ts';
import { DirectoryError } from '../../core/errors/directory-error.ts';
import { priorities } from '../../ports/reconcile.ts';
import { KubeError, parseKey } from '../../ports/resources.ts';
import { evaluationRevisionOf } from '../shared/compiled.ts';
import type { Asked } from '../shared/confirmations.ts';
import { CycleFailure, readOptions, type Admitted, type ReadContext, type Steps } from './cycle-run.ts';
import type { Confirming } from './memory.ts';
import { evaluate } from './project.ts';
import { resolveScope } from './read/scope-names.ts';
import { disagree, openScope, readAssignmentsOf, type OpenScope } from './read/assignments.ts';
import { readUsers } from './read/users-round.ts';
import type { Work } from './work.ts';

const readBatch = 20;
/** Pauses before a read that contradicts a record is repeated: a direct read may be behind the delta that the record rests on. */
const contradictionPausesMs = [500, 1000, 2000];
/** People of one round: more than are acted upon before their readings are too old would be read in vain. */
const mostPeople = 200;

/**
 * Takes the reading that records wait for one step further, or begins one (I11). Returns when to go on, in milliseconds; undefined when
 * no record waits. A source that cannot be read confirms nothing: the records ask again, and a cycle tells what is wrong.
 */
export async function continueConfirming(work: Work, admitted: Admitted): Promise<number | undefined> {
  const { deps, memory, configurationKey } = work;
  if (isStale(work, admitted)) memory.confirming = undefined;
  if (!memory.confirming && !deps.confirmations.isAsking(configurationKey)) return undefined;
  const confirming = (memory.confirming ??= beginConfirming(work, admitted));
  const waitMs = confirming.resumeAt - deps.clock.monotonic();
  if (waitMs > 0) return waitMs;
  confirming.context.turn.signal = work.context.signal;
  try {
    const step = await confirming.steps.next();
    if (!step.done) {
      confirming.resumeAt = deps.clock.monotonic() + step.value.waitMs;
      return step.value.waitMs;
    }
    memory.confirming = undefined;
    return deps.confirmations.isAsking(configurationKey) ? 0 : undefined;
  } catch (error) {
    memory.confirming = undefined;
    if (!(error instanceof CycleFailure || error instanceof DirectoryError || error instanceof KubeError)) throw error;
    deps.tracker.requestCycle(configurationKey);
    return undefined;
  }
}

/** Whether a reading was begun for another spec, or for a pair that was made anew since. */
function isStale({ memory, configuration }: Work, { pair }: Admitted): boolean {
  const context = memory.confirming?.context;
  return (
    context?.configuration.metadata.generation !== configuration.metadata.generation || context.pair.metadata.uid !== pair.metadata.uid
  );
}

function beginConfirming(work: Work, admitted: Admitted): Confirming {
  const { deps, configuration, configurationKey, context: reconcile } = work;
  const context: ReadContext = {
    ...admitted,
    deps,
    configuration,
    configurationKey,
    // A person who is read again is evaluated at the time that the record was evaluated at, as long as nothing about them changes.
    kind: 'Incremental',
    memberships: work.memory.memberships,
    turn: { signal: reconcile.signal, progress: 0 },
    readPriority: priorities.removal,
  };
  return { context, steps: confirmRound(context), resumeAt: deps.clock.monotonic() };
}

async function* confirmRound(context: ReadContext): Steps<void> {
  const { deps, configurationKey } = context;
  let open = deps.confirmations.take(configurationKey, mostPeople);
  for (const pauseMs of [0, ...contradictionPausesMs]) {
    if (open.length === 0) return;
    yield { waitMs: pauseMs };
    open = yield* confirmAll(context, open);
  }
  for (const asked of open) decideAnew(context, asked);
}

/** Reads each person once. Returns those about whom the source contradicts the record. */
async function* confirmAll(context: ReadContext, asked: readonly Asked[]): Steps<readonly Asked[]> {
  const { scope } = context.configuration.spec;
  const open =
    scope.type === 'All'
      ? undefined
      : yield* openScope(context, { scope, resolved: (yield* resolveScope(context)).resolved }, asked.length, context.memberships);
  const contradicted: Asked[] = [];
  for (let from = 0; from < asked.length; from += readBatch) {
    contradicted.push(...(yield* confirmBatch(context, open, asked.slice(from, from + readBatch))));
    yield { waitMs: 0 };
  }
  return contradicted;
}

async function* confirmBatch(context: ReadContext, open: OpenScope | undefined, asked: readonly Asked[]): Steps<readonly Asked[]> {
  const { deps, configurationKey } = context;
  const ids = asked.map(({ sourceId }) => sourceId);
  const begun = deps.clock.monotonic();
  const assignments = open && (yield* readAssignmentsOf(context, open, ids));
  const memberships = assignments?.memberships ?? context.memberships;
  const rules = evaluationRevisionOf(context.configuration);
  const contradicted: Asked[] = [];
  const users = yield* readUsers(context, ids);
  const { answered, restorable } = await readRecycleBin(context, asked);
  for (const one of answered) {
    const { sourceId, projectionKey, act } = one;
    const record = deps.projections.lister.get(parseKey(projectionKey));
    if (!record) continue;
    const user = users.get(sourceId);
    const reading = readingOf(user, (found) => evaluate({ ...context, memberships }, found, record));
    if (disagree(assignments, user) || restorable.has(sourceId)) contradicted.push(one);
    else if (stillHolds(record.spec, act, reading)) {
      deps.confirmations.confirm(configurationKey, projectionKey, {
        revision: record.spec.revision,
        rules,
        readAt: assignments?.readAtOf(sourceId) ?? begun,
        by: 'DirectRead',
      });
      deps.enqueue.projection(projectionKey, { priority: act === 'Create' ? priorities.create : priorities.removal });
    } else if (reading.type === 'Unclear') deps.tracker.handled(configurationKey, projectionKey);
    else contradicted.push(one);
  }
  return contradicted;
}

/** Who can be answered, and who of those that are to be purged could still be brought back by the source. */
interface RecycleBin {
  readonly answered: readonly Asked[];
  readonly restorable: ReadonlySet<string>;
}

/**
 * Looks into the recycle bin of the source for those whose accounts are to be purged (A12). One that cannot be read now proves nothing, and keeps nobody
 * else's decision waiting: the records ask again.
 */
async function readRecycleBin(context: ReadContext, asked: readonly Asked[]): Promise<RecycleBin> {
  const ids = asked.filter(({ act }) => act === 'Purge').map(({ sourceId }) => sourceId);
  if (ids.length === 0) return { answered: asked, restorable: new Set() };
  try {
    return { answered: asked, restorable: await context.session.source.deletedAmong(ids, readOptions(context)) };
  } catch (error) {
    if (!(error instanceof DirectoryError) || context.turn.signal.aborted) throw error;
    return { answered: asked.filter(({ act }) => act !== 'Purge'), restorable: new Set() };
  }
}

/** A decision does not hold any more: the next cycle decides about the person, and the one that settles waits for nothing here. */
function decideAnew({ deps, configurationKey }: ReadContext, { sourceId, projectionKey }: Asked): void {
  deps.confirmations.reconsider(configurationKey, sourceId);
  deps.tracker.requestCycle(configurationKey);
  deps.tracker.handled(configurationKey, projectionKey);
}
