import type { UserProjection } from '../../../api/kinds.ts';
import { leavingReason, readingOf } from '../../../core/evaluation/evaluate-user.ts';
import { removalAction } from '../../../core/lifecycle/removal-policy.ts';
import { isUntampered } from '../../../core/projection/sealed-spec.ts';
import { changeMode } from '../../../core/projection/transitions.ts';
import { call, inSteps, rememberUnconfirmed, type ConfirmedRemoval, type CycleRun, type Steps } from '../cycle-run.ts';
import { disagree, openScope, readAssignmentsOf, type AssignmentReading, type OpenScope } from '../read/assignments.ts';
import { adopt, adoptSome } from '../read/groups-round.ts';
import { evaluate, evidenceOf, projectReading } from '../project.ts';
import { isGoing, projectionOf, withdraw, writeDecided } from '../records.ts';
import { peopleDecidedOn } from '../projections.ts';
import { readMemberships } from '../read/scope-reader.ts';
import { readUsers } from '../read/users-round.ts';

const readBatch = 20;
/** Pauses before a read that contradicts the delta is repeated; after them the next cycles look again. */
const contradictionPausesMs = [500, 1000, 2000];

/** After a full round: who has a projection and was not seen in scope is a candidate for removal. */
export function addUnseen(run: CycleRun): void {
  for (const id of peopleDecidedOn(run)) {
    if (run.findings.inScope.has(id)) continue;
    const projection = projectionOf(run, id);
    if (projection && !isGoing(projection)) run.findings.proposeRemoval(projection.metadata.name);
  }
}

/** Whether a removal of this projection is to be carried out already, in this mode, and nothing asks for a new look. */
function alreadyDecided(run: CycleRun, { spec }: UserProjection): boolean {
  // A preview changes nothing for who has left the configuration itself.
  if (run.configuration.spec.previewOf !== undefined) return spec.lifecycle === 'Removed' && spec.previewOf === undefined;
  return spec.lifecycle === 'Removed' && !run.reconsidered.has(spec.source.objectId) && isOfThisMode(run, spec);
}

const isOfThisMode = (run: CycleRun, spec: UserProjection['spec']): boolean =>
  spec.mode === run.configuration.spec.mode && isUntampered(spec);

/**
 * Whether a removal waits for a decision and is what it was when it was staged. Who has come back to the source without being in scope
 * leaves for another reason, which an approval has to be about: under the former one nothing would be carried out. Nor would it where the
 * configuration or a limit of the pair says by now that something else is to be done, or nothing.
 */
function waitsUnchanged(run: CycleRun, { projection, reason, evidence }: ConfirmedRemoval): boolean {
  const { spec } = projection;
  const same = spec.lifecycle === 'RemovalStaged' && spec.removal?.reason === reason && spec.evidence === evidence;
  const action = removalAction({ ...run.configuration.spec, limits: run.pair.spec.limits }, projection, reason);
  return same && spec.removal.action === action && isOfThisMode(run, spec);
}

/**
 * Confirms each candidate by reading the user, and the assignments, directly: absence from one read, or one removal in a delta, is
 * no proof. Who turns out to be in scope is projected after all.
 */
export async function* confirmRemovals(run: CycleRun): Steps<readonly ConfirmedRemoval[]> {
  const candidates = [...run.findings.candidates]
    .map((name) => run.deps.projections.lister.get({ namespace: run.configuration.metadata.namespace, name }))
    .filter((projection) => projection !== undefined)
    // A record that goes by itself takes nobody's account away.
    .filter((projection) => !isGoing(projection) && !alreadyDecided(run, projection));
  yield* withdrawDecided(run);
  if (candidates.length === 0) return [];
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
    if (!run.findings.unconfirmed.has(id)) run.findings.voidAnnouncement(id);
  }
  // The window has passed: the direct reads are believed.
  yield* confirmOnce(
    run,
    open.filter((projection) => !run.findings.unconfirmed.has(projection.spec.source.objectId)),
    confirmed,
  );
  const rejected = confirmed.filter(
    ({ projection, evidence }) => projection.spec.rejected === true && projection.spec.evidence === evidence,
  );
  // A rejection stands, in whatever mode: only the mode of its record follows.
  const { mode } = run.configuration.spec;
  const previews = run.configuration.spec.previewOf !== undefined;
  const ofOtherMode = rejected.filter(({ projection: { spec } }) => (spec.mode !== mode || previews) && isUntampered(spec));
  yield* inSteps(run, ofOtherMode, ({ projection }) => writeDecided(run, projection, changeMode(projection.spec, mode)));
  const standing = new Set(rejected);
  return confirmed.filter((removal) => !standing.has(removal) && !waitsUnchanged(run, removal));
}

/** A preview has nothing to say of who has left the configuration that is previewed, and is not in its own scope either. */
async function* withdrawDecided(run: CycleRun): Steps<void> {
  if (run.configuration.spec.previewOf === undefined) return;
  const { namespace } = run.configuration.metadata;
  const left = [...run.findings.candidates]
    .map((name) => run.deps.projections.lister.get({ namespace, name }))
    .filter((projection) => projection !== undefined && alreadyDecided(run, projection))
    .map((projection) => projection?.spec.source.objectId ?? '');
  yield* inSteps(run, left, (id) => withdraw(run, id));
}

/** One round of direct reads. Returns the records whose reading contradicts what a delta of this cycle announced. */
async function* confirmOnce(
  run: CycleRun,
  candidates: readonly UserProjection[],
  confirmed: ConfirmedRemoval[],
): Steps<readonly UserProjection[]> {
  const contradicted: UserProjection[] = [];
  if (candidates.length === 0) return contradicted;
  const open = yield* openOwnScope(run, candidates.length);
  for (let from = 0; from < candidates.length; from += readBatch) {
    const batch = candidates.slice(from, from + readBatch);
    const ids = batch.map((projection) => projection.spec.source.objectId);
    const begun = run.deps.clock.monotonic();
    const assignments = open && (yield* readAssignmentsOf(run, open, ids));
    const known: CycleRun = assignments ? { ...run, memberships: assignments.memberships } : run;
    const users = yield* readUsers(run, ids);
    if (assignments)
      follow(
        run,
        assignments,
        ids.filter((id) => !disagree(assignments, users.get(id))),
      );
    for (const projection of batch) {
      const user = users.get(projection.spec.source.objectId);
      const reading = readingOf(user, (found) => evaluate(known, found, projection));
      const reason = leavingReason(reading);
      if (disagree(assignments, user)) contradicted.push(projection);
      else if (reason !== undefined) {
        const readAt = assignments?.readAtOf(projection.spec.source.objectId) ?? begun;
        confirmed.push({ projection, reason, evidence: evidenceOf(run, reason, user), readAt });
      } else if (user && run.findings.announcedGone.has(user.id)) contradicted.push(projection);
      else if (user && reading.type !== 'Gone') yield* call(run, () => projectReading(known, user, projectionOf(run, user.id)));
    }
    yield { waitMs: 0 };
  }
  return contradicted;
}

/**
 * The scope of the run, looked at past any delta; undefined where everybody is assigned. Without what an earlier reading has found, nobody
 * could tell whether a group was emptied: then all members are read.
 */
async function* openOwnScope(run: CycleRun, people: number): Steps<OpenScope | undefined> {
  const { scope } = run.configuration.spec;
  if (scope.type === 'All') return undefined;
  if (!run.memberships.complete) adopt(run, yield* readMemberships(run));
  return yield* openScope(run, { scope, resolved: run.findings.scope }, people, run.memberships);
}

/** What is remembered of the assignments follows a reading, so that a group that has lost its last member is seen. */
function follow(run: CycleRun, { memberships }: AssignmentReading, ids: readonly string[]): void {
  if (!memberships.complete) adoptSome(run, ids, memberships);
  else if (!run.memberships.isCopyOf(memberships)) adopt(run, memberships);
}
