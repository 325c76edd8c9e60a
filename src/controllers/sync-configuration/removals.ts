import type { UserProjection } from '../../api/kinds.ts';
import { isLive, removalAction, type RemovalAction } from '../../core/lifecycle/removal.ts';
import { omit } from '../../core/omit.ts';
import { isUntampered, trustedSpec, type UnsealedSpec } from '../../core/projection/desired.ts';
import { durationMs, timestamp } from '../../core/duration.ts';
import { guardVerdict } from '../../core/guard/guard.ts';
import { call, inParallel, readOptions, rememberUnconfirmed, type ConfirmedRemoval, type CycleRun, type Steps } from './cycle-run.ts';
import { adopt } from './read/groups-round.ts';
import { evidenceOf, projectionOf, projectPresent, scopeOf, withoutBlock, writeProjection } from './project.ts';
import { readMemberships } from './read/scope-reader.ts';
import { sourceSelect } from './read/users-round.ts';

const readBatch = 20;
const writeWidth = 16;
/** Pauses before a read that contradicts the delta is repeated; after them the next cycles look again. */
const contradictionPausesMs = [500, 1000, 2000];

/** All projections of the configuration, as the store has them now. */
export function projectionsOf(run: Pick<CycleRun, 'deps' | 'configurationKey'>): readonly UserProjection[] {
  return run.deps.projections.lister.byIndex('configuration', run.configurationKey);
}

/** After a full round: who has a projection and was not seen in scope is a candidate for removal. */
export function addUnseen(run: CycleRun): void {
  for (const projection of projectionsOf(run)) {
    if (!run.inScope.has(projection.spec.source.objectId)) run.candidates.add(projection.metadata.name);
  }
}

/** Whether we have decided a removal of this projection already, in this mode. */
function alreadyDecided(run: CycleRun, projection: UserProjection): boolean {
  const { spec } = projection;
  return spec.lifecycle !== 'Present' && spec.mode === run.configuration.spec.mode && isUntampered(spec);
}

/**
 * Confirms each candidate by reading the user, and the assignments, directly: absence from one read, or one removal in a delta, is
 * no proof. Who turns out to be in scope is projected after all.
 */
export async function* confirmRemovals(run: CycleRun): Steps<readonly ConfirmedRemoval[]> {
  const candidates = [...run.candidates]
    .map((name) => run.deps.projections.lister.get({ namespace: run.configuration.metadata.namespace, name }))
    .filter((projection) => projection !== undefined)
    .filter((projection) => !alreadyDecided(run, projection));
  if (candidates.length === 0) return [];
  if (run.configuration.spec.scope.type === 'Assigned') adopt(run, yield* readMemberships(run));
  const confirmed: ConfirmedRemoval[] = [];
  let open: readonly UserProjection[] = candidates;
  for (const pauseMs of [0, ...contradictionPausesMs]) {
    if (open.length === 0) break;
    yield { waitMs: pauseMs };
    open = yield* confirmOnce(run, open, confirmed);
  }
  for (const projection of open) {
    const id = projection.spec.source.objectId;
    rememberUnconfirmed(run, id);
    if (!run.unconfirmed.has(id)) run.announcedGone.delete(id);
  }
  // The window has passed: the direct reads are believed.
  yield* confirmOnce(
    run,
    open.filter((projection) => !run.unconfirmed.has(projection.spec.source.objectId)),
    confirmed,
  );
  const rejected = confirmed.filter(
    ({ projection, evidence }) => projection.spec.rejected === true && projection.spec.evidence === evidence,
  );
  // A rejection stands, in whatever mode: only the mode of its record follows.
  yield* call(run, () =>
    inParallel(rejected, writeWidth, ({ projection }) =>
      writeProjection(run, projection, { ...trustedSpec(projection.spec), mode: run.configuration.spec.mode }),
    ),
  );
  return confirmed.filter((removal) => !rejected.includes(removal));
}

/** Reads each candidate once. Returns those whom a delta announced as gone and who still seem to be there. */
async function* confirmOnce(
  run: CycleRun,
  candidates: readonly UserProjection[],
  confirmed: ConfirmedRemoval[],
): Steps<readonly UserProjection[]> {
  const contradicted: UserProjection[] = [];
  for (let from = 0; from < candidates.length; from += readBatch) {
    const batch = candidates.slice(from, from + readBatch);
    const ids = batch.map((projection) => projection.spec.source.objectId);
    const users = yield* call(run, () => run.session.source.getUsers(ids, sourceSelect(run), readOptions(run)));
    for (const projection of batch) {
      const user = users.get(projection.spec.source.objectId);
      const decision = user && scopeOf(run, user);
      if (!user) confirmed.push({ projection, reason: 'Deleted', evidence: evidenceOf(run, 'Deleted', undefined) });
      else if (decision?.type === 'Out')
        confirmed.push({ projection, reason: decision.reason, evidence: evidenceOf(run, decision.reason, user) });
      else if (decision?.type === 'NotProjectable')
        confirmed.push({ projection, reason: 'FilteredOut', evidence: evidenceOf(run, 'FilteredOut', user) });
      else if (run.announcedGone.has(user.id)) contradicted.push(projection);
      else if (decision?.type === 'In') yield* call(run, () => projectPresent(run, user, projectionOf(run, user.id)));
    }
    yield { waitMs: 0 };
  }
  return contradicted;
}

/** What a removal comes to: who is wanted by another configuration changes hands, and nothing is deleted (B5). */
function actionFor(run: CycleRun, { projection, reason }: ConfirmedRemoval, wanted: ReadonlySet<string>): RemovalAction {
  if (wanted.has(projection.spec.source.objectId)) return 'Retain';
  return removalAction(run.configuration.spec, projection, reason);
}

/** Removals that take an account away or block it; letting go and clearing up records need no guard. */
function isGuarded(run: CycleRun, removal: ConfirmedRemoval, wanted: ReadonlySet<string>): boolean {
  return isLive(removal.projection) && actionFor(run, removal, wanted) !== 'Retain';
}

/** Whether a live account was to be removed or blocked and is not yet; what the directory refused for good is over. */
function isUnexecuted({ spec, status }: UserProjection): boolean {
  if (spec.lifecycle === 'Removed' && spec.removal?.action === 'SoftDelete') return true;
  const blocks = spec.lifecycle === 'Removed' ? spec.removal?.action === 'Block' : spec.attributes?.accountEnabled === false;
  const refused = status.refusedAttributes?.some(({ name }) => name === 'accountEnabled') === true;
  return blocks && !refused && status.state !== 'Blocked' && status.targetUser?.signInBlockedAt === undefined;
}

/**
 * Whether somebody of this round was held back before: staged, rejected on other evidence, or held back in a plan. Who was once kept
 * for a decision is never removed or blocked without one.
 */
function wasHeldBack(run: CycleRun, guarded: readonly ConfirmedRemoval[]): boolean {
  return [...guarded, ...run.blocks.values()].some(({ projection }) => projection.spec.evidence !== undefined);
}

/** Counts everything the guard looks at and decides about the whole set of this round (E7). */
export function judge(run: CycleRun, removals: readonly ConfirmedRemoval[], wanted: ReadonlySet<string>): ReturnType<typeof guardVerdict> {
  const { guard } = run.configuration.spec.deprovisioning;
  const windowStart = run.deps.clock.now() - durationMs(guard.window);
  const guarded = removals.filter((removal) => isGuarded(run, removal, wanted));
  const leaving = new Set(removals.map((removal) => removal.projection.metadata.name));
  let recent = 0;
  let staged = 0;
  let staying = 0;
  for (const projection of projectionsOf(run)) {
    const { spec } = projection;
    const accountIsLive = isLive(projection);
    // Whoever is decided about anew is proposed, and counts once.
    const proposed = leaving.has(projection.metadata.name) || run.blocks.has(projection.metadata.name);
    if (!proposed && (spec.lifecycle === 'RemovalStaged' || spec.blockStaged === true)) staged += 1;
    const unexecuted = accountIsLive && isUnexecuted(projection);
    if (!proposed && spec.guardedAt !== undefined && (unexecuted || Date.parse(spec.guardedAt) > windowStart)) recent += 1;
    if (spec.lifecycle === 'Present' && !leaving.has(projection.metadata.name)) staying += 1;
  }
  return guardVerdict({
    proposed: guarded.length + run.blocks.size,
    recent,
    staged,
    live: run.liveBefore,
    emptied: run.emptied || (guarded.length > 0 && staying === 0) || wasHeldBack(run, guarded),
    stagingBegun: run.stagingBegun,
    threshold: guard.threshold,
    percent: guard.percent,
    minimum: guard.minimum,
  });
}

/** Marks the round's removals and blocks as the guard decided: to be carried out, or staged for approval. */
export async function* markRemovals(
  run: CycleRun,
  removals: readonly ConfirmedRemoval[],
  wanted: ReadonlySet<string>,
  result: 'Passed' | 'Staged',
): Steps<void> {
  const mark: Mark = { held: result === 'Staged', plan: run.configuration.spec.mode === 'Plan', now: timestamp(run.deps.clock.now()) };
  yield* call(run, () =>
    inParallel(removals, writeWidth, (removal) => writeProjection(run, removal.projection, removedSpec(run, removal, wanted, mark))),
  );
  yield* call(run, () =>
    inParallel([...run.blocks.values()], writeWidth, ({ projection, desired, evidence }) =>
      writeProjection(run, projection, blockedSpec(projection, desired, evidence, mark)),
    ),
  );
}

interface Mark {
  readonly held: boolean;
  readonly plan: boolean;
  readonly now: string;
}

/** A plan carries nothing out, so that nothing has to be staged; what would have been is remembered by its evidence. */
function blockedSpec(projection: UserProjection, desired: UnsealedSpec, evidence: string, { held, plan, now }: Mark): UnsealedSpec {
  if (plan) return held ? { ...desired, evidence } : desired;
  return held ? { ...withoutBlock(projection, desired), blockStaged: true, evidence } : { ...desired, guardedAt: now };
}

function removedSpec(run: CycleRun, removal: ConfirmedRemoval, wanted: ReadonlySet<string>, { held, plan, now }: Mark): UnsealedSpec {
  const { projection, reason, evidence } = removal;
  const action = actionFor(run, removal, wanted);
  const base: UnsealedSpec = {
    ...omit(trustedSpec(projection.spec), 'blockStaged', 'rejected', 'evidence', 'approvedBy'),
    mode: run.configuration.spec.mode,
    removal: { reason, action },
  };
  if (!isGuarded(run, removal, wanted)) return { ...base, lifecycle: 'Removed' };
  if (plan) return { ...base, lifecycle: 'Removed', ...(held ? { evidence } : {}) };
  return held ? { ...base, lifecycle: 'RemovalStaged', evidence } : { ...base, lifecycle: 'Removed', guardedAt: now };
}
