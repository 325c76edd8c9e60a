import { identityProperties } from '../../../core/scope/identity-kind.ts';
import type { UserChange } from '../../../ports/directory.ts';
import { directoryFailure } from '../../../core/errors/directory-error.ts';
import {
  call,
  countUnusable,
  inSteps,
  readOptions,
  rememberUnconfirmed,
  type CycleRun,
  type ReadContext,
  type Steps,
} from '../cycle-run.ts';
import { evaluateUser, type Teller } from '../project.ts';
import { projectionOf } from '../records.ts';
import { ensureMemberships } from './groups-round.ts';
import { namesIn, peopleDecidedOn, peopleOf } from '../projections.ts';
import { endless, readPages } from '../../shared/pages.ts';
import type { DirectoryUser } from '../../../api/directory-user.ts';
import type { UserProjection } from '../../../api/kinds.ts';

/** Users read by id in one step. */
const readBatch = 20;
/** Pauses before users who were announced but cannot be seen yet are read again; after them the next cycles look. */
const invisiblePausesMs = [500, 1000, 2000];

/** What is read and tracked of source users. */
export function sourceSelect(run: Pick<CycleRun, 'mappings' | 'filter'>): readonly string[] {
  return [...new Set([...identityProperties, ...run.mappings.sourceAttributes, ...run.filter.attributes])].sort();
}

/** True when the stored delta link can no longer be used and everything must be read anew. */
export function isDeltaExpired(error: unknown): boolean {
  return directoryFailure(error, 'DeltaExpired') !== undefined;
}

/** What a round keeps of what it has read: ids alone, because a hundred thousand people do not fit into the process. */
interface Round {
  readonly seen: Set<string>;
  /** Announced as gone by this round, and by nothing else. */
  readonly gone: Set<string>;
  /** Announced, and not to be read yet. */
  readonly invisible: Set<string>;
  /** Entries that were left out because of their ids. */
  unusable: number;
}

const newRound = (): Round => ({ seen: new Set(), gone: new Set(), invisible: new Set(), unusable: 0 });
const idOf = (change: UserChange): string => (change.type === 'Present' ? change.user.id : change.id);

/** Reads every user, page by page, and decides about each at once. Returns the watermark of the round. */
export async function* fullUsersRound(run: CycleRun): Steps<string> {
  const round = newRound();
  const watermark = yield* readDelta(run, round, { select: sourceSelect(run) });
  // A read that shows somebody whom a round over everybody does not name may be behind it, and no later delta tells of them again.
  for (const id of peopleDecidedOn(run)) if (!round.seen.has(id)) run.findings.announceGone(id);
  yield* evaluateInvisible(run, round, []);
  return watermark;
}

/** Reads what changed since the watermark and decides about each touched user on its full current state. */
export async function* incrementalUsersRound(run: CycleRun, link: string, touchedByGroups: ReadonlySet<string>): Steps<string> {
  const round = newRound();
  const watermark = yield* readDelta(run, round, { link });
  const unread = (ids: Iterable<string>): readonly string[] => [...ids].filter((id) => !round.seen.has(id));
  const unconfirmed = unread((run.configuration.status.watermark?.unconfirmed ?? []).map((entry) => entry.id));
  // Their change was announced in an earlier round and was not visible then.
  for (const id of unconfirmed) run.findings.announceGone(id);
  yield* evaluateInvisible(
    run,
    round,
    unread([
      ...touchedByGroups,
      ...tampered(run),
      ...going(run),
      ...(await raised(run)),
      ...run.lost.keys(),
      ...run.reconsidered.keys(),
      ...run.deps.confirmations.followed(run.configurationKey),
      ...unconfirmed,
    ]),
  );
  return watermark;
}

/** Users whose record is being deleted: what changed about them could not be recorded, and no process remembers it for ever. */
function going(run: CycleRun): readonly string[] {
  return Array.from(peopleOf(run, 'Going'), ({ id }) => id);
}

/** Users whose creation was staged under a lower limit than there is now: it is judged anew. */
async function raised(run: CycleRun): Promise<readonly string[]> {
  const limit = run.configuration.spec.deprovisioning.guard.creations;
  if (limit === undefined) return [];
  const staged = await namesIn(run, 'CreationStaged', ({ spec }) => (spec.creation?.limit ?? 0) < limit);
  return staged.map(({ sourceId }) => sourceId);
}

/** Follows a delta of users to its end and decides about each page at once. */
async function* readDelta(
  run: CycleRun,
  round: Round,
  start: { readonly link: string } | { readonly select: readonly string[] },
): Steps<string> {
  const last = yield* readPages(run, {
    what: 'the users',
    start,
    read: (request) => run.session.source.usersDelta(request, readOptions(run)),
    take: async function* ({ changes, unusable = [] }) {
      const known = round.seen.size;
      run.findings.countRead(changes.length);
      run.findings.hear(changes.length + unusable.length);
      round.unusable += unusable.length;
      countUnusable(run, 'users', round.unusable);
      yield* decidePage(run, round, changes);
      return round.seen.size - known;
    },
  });
  if (last.watermark === undefined) throw endless('the users');
  return last.watermark;
}

/** Users whose projection somebody else has changed: it is written anew. */
function tampered(run: CycleRun): readonly string[] {
  return Array.from(peopleOf(run, 'Tampered'), ({ id }) => id);
}

/** Decides about the users of one page by what the delta says of them, reading again whoever it does not give whole. */
async function* decidePage(run: CycleRun, round: Round, page: readonly UserChange[]): Steps<void> {
  if (page.length === 0) return;
  yield* ensureMemberships(run);
  const whole: DirectoryUser[] = [];
  /** Whom to read, with what the delta said of those for whom only the manager is missing. */
  const unread = new Map<string, DirectoryUser | undefined>();
  for (const [id, change] of new Map(page.map((each) => [idOf(each), each]))) {
    const again = round.seen.has(id);
    if (again) takeBack(run, round, id);
    round.seen.add(id);
    if (change.type !== 'Present') {
      announceGone(run, round, id);
      continue;
    }
    const managerId = managerOf(run, change.user, run.kind !== 'Incremental' && !again);
    if (change.complete && managerId !== undefined) whole.push({ ...change.user, managerId });
    else unread.set(id, change.complete ? change.user : undefined);
  }
  yield* inSteps(run, whole, (user) => evaluateUser(run, user, 'Delta'));
  for (const id of yield* evaluateById(run, [...unread.keys()], unread)) round.invisible.add(id);
}

/** The last occurrence wins: what was collected about a user whom the round names again is decided anew. */
function takeBack(run: CycleRun, round: Round, id: string): void {
  round.invisible.delete(id);
  if (round.gone.delete(id)) run.findings.voidAnnouncement(id);
  run.findings.takeBack(id, projectionOf(run, id)?.metadata.name);
}

function announceGone(run: CycleRun, round: Round, id: string): void {
  const existing = projectionOf(run, id);
  if (existing) run.findings.proposeRemoval(existing.metadata.name);
  if (run.findings.announcedGone.has(id)) return;
  run.findings.announceGone(id);
  round.gone.add(id);
}

/** Whom a delta names as the manager; undefined when it has to be read. A round over everybody names each manager there is. */
function managerOf(run: CycleRun, user: DirectoryUser, everything: boolean): string | null | undefined {
  if (user.managerId !== undefined) return user.managerId;
  if (everything) return null;
  const existing = projectionOf(run, user.id);
  return existing && (existing.spec.manager?.sourceObjectId ?? null);
}

/** Reads users of whom only ids are known, and again those who were announced and could not be seen, after pauses. */
async function* evaluateInvisible(run: CycleRun, round: Round, unread: readonly string[]): Steps<void> {
  if (unread.length > 0) yield* ensureMemberships(run);
  let open = [...round.invisible, ...(yield* evaluateById(run, unread, new Map()))];
  for (const pauseMs of invisiblePausesMs) {
    if (open.length === 0) return;
    yield { waitMs: pauseMs };
    open = yield* evaluateById(run, open, new Map());
  }
  // They were announced, so they must be there: the reads are behind, for as long as they can be.
  for (const id of open) {
    rememberUnconfirmed(run, id);
    const existing = run.findings.unconfirmed.has(id) ? undefined : projectionOf(run, id);
    // Who is neither seen nor waited for any more would be forgotten: a record may be younger than our clock, which was set back since.
    if (existing) run.findings.proposeRemoval(existing.metadata.name);
  }
}

/**
 * Reads up to 20 users directly. A manager who has been deleted is not shown by such a read, but is by a delta, and again when they come
 * back, which no delta tells of those who report to them: a record goes on naming a manager who is away.
 */
export async function* readUsers(run: ReadContext, ids: readonly string[]): Steps<ReadonlyMap<string, DirectoryUser>> {
  const users = yield* call(run, () => run.session.source.getUsers(ids, sourceSelect(run), readOptions(run)));
  const unmanaged = [...users.values()].filter(({ managerId }) => (managerId ?? null) === null);
  const named = new Map(unmanaged.map(({ id }) => [id, projectionOf(run, id)?.spec.manager?.sourceObjectId]));
  const managers = [...new Set(named.values())].filter((id) => id !== undefined);
  if (managers.length === 0) return users;
  const there = yield* call(run, () => run.session.source.getUsers(managers, ['id'], readOptions(run)));
  const away = (id: string | undefined): boolean => id !== undefined && !there.has(id);
  return new Map([...users].map(([id, user]) => [id, away(named.get(id)) ? { ...user, managerId: named.get(id) ?? null } : user]));
}

/**
 * Whether somebody was told of so lately, as new or as back again, that a direct read may not show them yet. Taken for gone they would be forgotten, and no
 * later delta tells of them again.
 */
function isFresh({ deps }: CycleRun, { metadata, spec, status }: UserProjection): boolean {
  const ago = (at: string | undefined): number =>
    at === undefined ? Number.POSITIVE_INFINITY : Math.max(0, deps.clock.now() - Date.parse(at));
  const isBack = spec.lifecycle === 'Present' && (status.state === 'SoftDeleted' || status.intent?.operation === 'Restore');
  return isBack || Math.min(ago(metadata.creationTimestamp), ago(status.lastWriteAt)) < deps.settings.replicationWindowMs;
}

/** Reads users directly and decides about each. Returns those who were announced and cannot be seen yet. */
async function* evaluateById(
  run: CycleRun,
  unread: readonly string[],
  announced: ReadonlyMap<string, DirectoryUser | undefined>,
): Steps<string[]> {
  const invisible: string[] = [];
  for (let from = 0; from < unread.length; from += readBatch) {
    const ids = unread.slice(from, from + readBatch);
    const users = yield* readUsers(run, ids);
    const visible: (readonly [user: DirectoryUser, teller: Teller])[] = [];
    for (const id of ids) {
      const read = users.get(id);
      const said = announced.get(id);
      const existing = projectionOf(run, id);
      // The delta is never older than a read; a user who is too new to be read has the manager that the delta would have named.
      if (said) visible.push([{ ...said, managerId: read?.managerId ?? null }, 'Delta']);
      else if (read) visible.push([read, 'DirectRead']);
      // Who has a projection may have been deleted: that is confirmed with the other removals, unless reads may still be behind their arrival.
      else if (existing && !isFresh(run, existing)) run.findings.proposeRemoval(existing.metadata.name);
      else invisible.push(id);
    }
    yield* inSteps(run, visible, ([user, teller]) => evaluateUser(run, user, teller));
    const { clock, confirmations, settings } = run.deps;
    confirmations.readOnceMore(run.configurationKey, ids, clock.monotonic() - settings.replicationWindowMs);
    yield { waitMs: 0 };
  }
  return invisible;
}
