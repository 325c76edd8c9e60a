import type { DirectoryUser } from '../../../api/directory-user.ts';
import type { UserProjection } from '../../../api/kinds.ts';
import { leavingReason, readingOf } from '../../../core/evaluation/evaluate-user.ts';
import { removalAction } from '../../../core/lifecycle/removal-policy.ts';
import { isLive } from '../../../core/projection/account.ts';
import { isUntampered } from '../../../core/projection/sealed-spec.ts';
import { changeMode } from '../../../core/projection/transitions.ts';
import { visitAll } from '../../../ports/clock.ts';
import { call, inSteps, rememberUnconfirmed, type ConfirmedRemoval, type CycleRun, type Steps } from '../cycle-run.ts';
import { disagree, openScope, readAssignmentsOf, type AssignmentReading, type OpenScope } from '../read/assignments.ts';
import { adopt, adoptSome } from '../read/groups-round.ts';
import { evaluate, evidenceOf, projectReading } from '../project.ts';
import { isGoing, projectionOf, withdraw, writeDecided } from '../records.ts';
import { peopleDecidedOn } from '../projections.ts';
import { readMemberships } from '../read/scope-reader.ts';
import { decidedOn } from '../decided-on.ts';
import { readUsers } from '../read/users-round.ts';

const readBatch = 20;
/** Pauses before a read that contradicts the delta is repeated; after them the next cycles look again. */
const contradictionPausesMs = [500, 1000, 2000];

/** After a full round: who has a projection and was not seen in scope is a candidate for removal. */
export async function addUnseen(run: CycleRun): Promise<void> {
  await visitAll(run.deps.clock, peopleDecidedOn(run), (id) => {
    if (run.findings.inScope.has(id)) return;
    const projection = projectionOf(run, id);
    if (projection && !isGoing(projection)) run.findings.proposeRemoval(projection.metadata.name);
  });
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
function waitsUnchanged(run: CycleRun, { spec }: UserProjection, { reason, evidence, action }: ConfirmedRemoval): boolean {
  const same = spec.lifecycle === 'RemovalStaged' && spec.removal?.reason === reason && spec.evidence === evidence;
  return same && spec.removal.action === action && isOfThisMode(run, spec);
}

/** A person who may have left, by record and source id. */
interface Candidate {
  readonly name: string;
  readonly sourceId: string;
}

/** What the direct reads have said, by what is to be done about it. */
interface Confirmed {
  /** Removals for the guard. */
  readonly removals: ConfirmedRemoval[];
  /** Those that were rejected on this evidence, in another mode. */
  readonly rejected: ConfirmedRemoval[];
}

/** Sorts a confirmed removal in: one that was rejected, or waits for a decision, on the same evidence is no news. */
function sortIn(run: CycleRun, record: UserProjection, removal: ConfirmedRemoval, confirmed: Confirmed): void {
  const { spec } = record;
  if (spec.rejected === true && spec.evidence === removal.evidence) {
    // A rejection stands, in whatever mode: only the mode of its record follows.
    const otherMode = spec.mode !== run.configuration.spec.mode || run.configuration.spec.previewOf !== undefined;
    if (otherMode && isUntampered(spec)) confirmed.rejected.push(removal);
  } else if (!waitsUnchanged(run, record, removal)) confirmed.removals.push(removal);
}

/** The record of a candidate, as it is now; undefined where it is none any more. A record that goes by itself takes nobody's account away. */
function candidateRecord(run: CycleRun, name: string): UserProjection | undefined {
  const record = run.deps.projections.lister.get({ namespace: run.configuration.metadata.namespace, name });
  return record === undefined || isGoing(record) || alreadyDecided(run, record) ? undefined : record;
}

async function candidatesOf(run: CycleRun): Promise<readonly Candidate[]> {
  const candidates: Candidate[] = [];
  await visitAll(run.deps.clock, run.findings.candidates, (name) => {
    const record = candidateRecord(run, name);
    if (record) candidates.push({ name, sourceId: record.spec.source.objectId });
  });
  return candidates;
}

/**
 * Confirms each candidate by reading the user, and the assignments, directly: absence from one read, or one removal in a delta, is
 * no proof. Who turns out to be in scope is projected after all.
 */
export async function* confirmRemovals(run: CycleRun): Steps<readonly ConfirmedRemoval[]> {
  const candidates = await candidatesOf(run);
  yield* withdrawDecided(run);
  if (candidates.length === 0) return [];
  const confirmed: Confirmed = { removals: [], rejected: [] };
  let open: readonly Candidate[] = candidates;
  for (const pauseMs of [0, ...contradictionPausesMs]) {
    if (open.length === 0) break;
    yield { waitMs: pauseMs };
    open = yield* confirmOnce(run, open, confirmed);
  }
  for (const { sourceId: id } of open) {
    rememberUnconfirmed(run, id);
    if (!run.findings.unconfirmed.has(id)) run.findings.voidAnnouncement(id);
  }
  // The window has passed: the direct reads are believed.
  yield* confirmOnce(
    run,
    open.filter(({ sourceId }) => !run.findings.unconfirmed.has(sourceId)),
    confirmed,
  );
  const { mode } = run.configuration.spec;
  yield* inSteps(run, confirmed.rejected, (removal) => writeDecided(run, removal, ({ spec }) => changeMode(spec, mode)));
  return confirmed.removals;
}

/** A preview has nothing to say of who has left the configuration that is previewed, and is not in its own scope either. */
async function* withdrawDecided(run: CycleRun): Steps<void> {
  if (run.configuration.spec.previewOf === undefined) return;
  const { namespace } = run.configuration.metadata;
  const left: string[] = [];
  await visitAll(run.deps.clock, run.findings.candidates, (name) => {
    const record = run.deps.projections.lister.get({ namespace, name });
    if (record && alreadyDecided(run, record)) left.push(record.spec.source.objectId);
  });
  yield* inSteps(run, left, (id) => withdraw(run, id));
}

/** One round of direct reads. Returns the candidates whose reading contradicts what a delta of this cycle announced. */
async function* confirmOnce(run: CycleRun, candidates: readonly Candidate[], confirmed: Confirmed): Steps<readonly Candidate[]> {
  const contradicted: Candidate[] = [];
  if (candidates.length === 0) return contradicted;
  const open = yield* openOwnScope(run, candidates.length);
  for (let from = 0; from < candidates.length; from += readBatch) {
    const batch = candidates.slice(from, from + readBatch);
    const ids = batch.map(({ sourceId }) => sourceId);
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
    for (const candidate of batch) {
      const read = { user: users.get(candidate.sourceId), assignments, begun };
      if (yield* contradicts(known, candidate, read, confirmed)) contradicted.push(candidate);
    }
    yield { waitMs: 0 };
  }
  return contradicted;
}

/** What one direct read has shown of a candidate. */
interface CandidateRead {
  readonly user: DirectoryUser | undefined;
  readonly assignments: AssignmentReading | undefined;
  /** When the read began (monotonic). */
  readonly begun: number;
}

/** Takes up what a direct read says of a candidate. Returns whether it contradicts what a delta of this cycle announced. */
async function* contradicts(
  run: CycleRun,
  candidate: Candidate,
  { user, assignments, begun }: CandidateRead,
  confirmed: Confirmed,
): Steps<boolean> {
  const record = candidateRecord(run, candidate.name);
  if (record === undefined) return false;
  if (disagree(assignments, user)) return true;
  const reading = readingOf(user, (found) => evaluate(run, found, record));
  const reason = leavingReason(reading);
  if (reason !== undefined) {
    const readAt = assignments?.readAtOf(candidate.sourceId) ?? begun;
    const removal = removalOf(run, record, { candidate, reason, evidence: evidenceOf(run, reason, user), readAt });
    sortIn(run, record, removal, confirmed);
    return false;
  }
  if (user && run.findings.announcedGone.has(user.id)) return true;
  if (user && reading.type !== 'Gone') yield* call(run, () => projectReading(run, user, projectionOf(run, user.id)));
  return false;
}

function removalOf(
  run: CycleRun,
  record: UserProjection,
  { candidate, reason, evidence, readAt }: Pick<ConfirmedRemoval, 'reason' | 'evidence' | 'readAt'> & { readonly candidate: Candidate },
): ConfirmedRemoval {
  const { name, sourceId } = candidate;
  const { revision, heldBack } = decidedOn(record);
  const action = removalAction({ ...run.configuration.spec, limits: run.pair.spec.limits }, record, reason);
  // Written out, and with the texts that are there already: a copy by `...` takes four times as much memory.
  return { name, revision, heldBack, sourceId, reason, action, live: isLive(record), evidence, readAt };
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
