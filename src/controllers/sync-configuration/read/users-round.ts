import type { DirectoryUser } from '../../../api/directory-user.ts';
import { directoryFailure } from '../../../core/errors/directory-error.ts';
import { identityProperties } from '../../../core/scope/identity-kind.ts';
import type { UserChange } from '../../../ports/directory.ts';
import { call, inParallel, readOptions, rememberUnconfirmed, retried, type CycleRun, type Steps } from '../cycle-run.ts';
import { ensureMemberships } from './groups-round.ts';
import { endless, readPages } from './pages.ts';
import { evaluateUser, projectionOf } from '../project.ts';

/** Projection writes under way at a time. */
const writeWidth = 16;
/** Users read by id in one step. */
const readBatch = 20;
/** Pauses before users who were announced but cannot be seen yet are read again; after them the next cycles look. */
const invisiblePausesMs = [500, 1000, 2000];

/** What is read and tracked of source users. */
export function sourceSelect(run: CycleRun): readonly string[] {
  return [...new Set([...identityProperties, ...run.mappings.sourceAttributes, ...run.filter.attributes])].sort();
}

const idOf = (change: UserChange): string => (change.type === 'Present' ? change.user.id : change.id);

/** Reads every user, page by page, and decides about each at once. Returns the watermark of the round. */
export async function* fullUsersRound(run: CycleRun): Steps<string> {
  const repeated = new Map<string, UserChange>();
  const seen = new Set<string>();
  const watermark = yield* readDelta(run, { select: sourceSelect(run) }, async function* (changes) {
    const known = seen.size;
    const users: DirectoryUser[] = [];
    for (const change of changes) {
      const id = idOf(change);
      // The last occurrence wins: what comes again is decided when the round is over.
      if (seen.has(id) || change.type !== 'Present' || !change.complete) repeated.set(id, change);
      else users.push({ ...change.user, managerId: change.user.managerId ?? null });
      seen.add(id);
    }
    yield* retried(run, () => inParallel(users, writeWidth, (user) => evaluateUser(run, user)));
    return seen.size - known;
  });
  yield* evaluateChanges(run, repeated);
  return watermark;
}

/** Follows a delta of users to its end: `take` gets the changes of each page. Returns the watermark of the round. */
async function* readDelta(
  run: CycleRun,
  start: { readonly link: string } | { readonly select: readonly string[] },
  take: (changes: readonly UserChange[]) => number | Steps<number>,
): Steps<string> {
  const last = yield* readPages(run, {
    what: 'the users',
    start,
    read: (request) => run.session.source.usersDelta(request, readOptions(run)),
    take: ({ changes }) => {
      run.usersRead += changes.length;
      return take(changes);
    },
  });
  if (last.watermark === undefined) throw endless('the users');
  return last.watermark;
}

/** Reads what changed since the watermark and decides about each touched user on its full current state. */
export async function* incrementalUsersRound(run: CycleRun, link: string, touchedByGroups: ReadonlySet<string>): Steps<string> {
  const changes = new Map<string, UserChange>();
  const watermark = yield* readDelta(run, { link }, (page) => {
    const known = changes.size;
    for (const change of page) changes.set(idOf(change), change);
    return changes.size - known;
  });
  for (const id of touchedByGroups)
    if (!changes.has(id)) changes.set(id, { type: 'Present', user: { id, attributes: {} }, complete: false });
  for (const id of [...tampered(run), ...run.lost.keys(), ...stillUnconfirmed(run, changes)]) {
    if (!changes.has(id)) changes.set(id, { type: 'Present', user: { id, attributes: {} }, complete: false });
  }
  yield* evaluateChanges(run, changes);
  return watermark;
}

/** Users whose change was announced in an earlier round and was not visible then. */
function stillUnconfirmed(run: CycleRun, changes: ReadonlyMap<string, UserChange>): readonly string[] {
  const ids = (run.configuration.status.watermark?.unconfirmed ?? []).map((entry) => entry.id).filter((id) => !changes.has(id));
  for (const id of ids) run.announcedGone.add(id);
  return ids;
}

/** Users whose projection somebody else has changed: it is written anew. */
function tampered(run: CycleRun): readonly string[] {
  return run.deps.projections.lister
    .byIndex('configuration', run.configurationKey)
    .filter((projection) => projection.status.conditions?.some((condition) => condition.reason === 'SpecTampered') === true)
    .map((projection) => projection.spec.source.objectId);
}

/** Decides about users by what a delta said of them, reading again whoever it did not give whole. */
async function* evaluateChanges(run: CycleRun, changes: ReadonlyMap<string, UserChange>): Steps<void> {
  if (changes.size === 0) return;
  yield* ensureMemberships(run);
  const whole: DirectoryUser[] = [];
  /** Whom to read, with what the delta said of those for whom only the manager is missing. */
  const unread = new Map<string, DirectoryUser | undefined>();
  for (const [id, change] of changes) {
    const existing = projectionOf(run, id);
    if (change.type !== 'Present') {
      if (existing) run.candidates.add(existing.metadata.name);
      run.announcedGone.add(id);
      continue;
    }
    const managerId =
      change.user.managerId ??
      (existing && change.user.managerId === undefined ? (existing.spec.manager?.sourceObjectId ?? null) : change.user.managerId);
    if (change.complete && managerId !== undefined) whole.push({ ...change.user, managerId });
    else unread.set(id, change.complete ? change.user : undefined);
  }
  yield* retried(run, () => inParallel(whole, writeWidth, (user) => evaluateUser(run, user)));
  let open: readonly string[] = [...unread.keys()];
  for (const pauseMs of [0, ...invisiblePausesMs]) {
    if (open.length === 0) return;
    yield { waitMs: pauseMs };
    open = yield* evaluateById(run, open, unread);
  }
  // They were announced, so they must be there: the reads are behind.
  for (const id of open) rememberUnconfirmed(run, id);
}

/** Reads users directly and decides about each. Returns those who were announced and cannot be seen yet. */
async function* evaluateById(
  run: CycleRun,
  unread: readonly string[],
  announced: ReadonlyMap<string, DirectoryUser | undefined>,
): Steps<readonly string[]> {
  const invisible: string[] = [];
  for (let from = 0; from < unread.length; from += readBatch) {
    const ids = unread.slice(from, from + readBatch);
    const users = yield* call(run, () => run.session.source.getUsers(ids, sourceSelect(run), readOptions(run)));
    const visible: DirectoryUser[] = [];
    for (const id of ids) {
      const read = users.get(id);
      const said = announced.get(id);
      const existing = projectionOf(run, id);
      // The delta is never older than a read; a user who is too new to be read has the manager that the delta would have named.
      if (said) visible.push({ ...said, managerId: read?.managerId ?? null });
      else if (read) visible.push(read);
      // Who has a projection may have been deleted: that is confirmed with the other removals.
      else if (existing) run.candidates.add(existing.metadata.name);
      else invisible.push(id);
    }
    yield* retried(run, () => inParallel(visible, writeWidth, (user) => evaluateUser(run, user)));
    yield { waitMs: 0 };
  }
  return invisible;
}

/** True when the stored delta link can no longer be used and everything must be read anew. */
export function isDeltaExpired(error: unknown): boolean {
  return directoryFailure(error, 'DeltaExpired') !== undefined;
}
