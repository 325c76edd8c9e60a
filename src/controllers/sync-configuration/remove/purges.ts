import { annotations, type UserProjection } from '../../../api/kinds.ts';
import { durationMs, timestamp } from '../../../core/duration.ts';
import { directoryFailure } from '../../../core/errors/directory-error.ts';
import { guardVerdict } from '../../../core/guard/guard.ts';
import { Tally } from '../../../core/guard/proposals.ts';
import {
  afterReading,
  isDecisionCurrent,
  isGoneForGood,
  isJudged,
  isPurgeable,
  purges,
  undecided,
  type SourcePresence,
} from '../../../core/purge/purge.ts';
import { mergePatchBetween } from '../../../core/status/merge-patch.ts';
import { visitAll } from '../../../ports/clock.ts';
import { keyString } from '../../../ports/resources.ts';
import { recordFacts } from '../../shared/skeleton.ts';
import { call, CycleFailure, inSteps, readOptions, type CycleRun, type Steps } from '../cycle-run.ts';
import { foundBy, namesIn, visitProjections, type NamedRecord } from '../projections.ts';
import { readUsers } from '../read/users-round.ts';
import { askForPurge } from './decided-purges.ts';
import { countPassed, passedBefore } from './passed.ts';

/** More pages than any recycle bin has users for. */
const mostPages = 1000;

/**
 * Follows the people whose accounts we have deleted until the source has purged them too, and then lets their accounts be purged, as far as the numbers
 * of the guard go (A12). A source whose recycle bin cannot be read proves nothing: that is a warning, and no reason to stop the cycle. Rejects with
 * CycleFailure or KubeError.
 */
export async function* followPurges(run: CycleRun): Steps<void> {
  const policy = { ...run.configuration.spec, limits: run.pair.spec.limits };
  const windowStart = run.deps.clock.now() - durationMs(run.configuration.spec.deprovisioning.guard.window);
  const isPurging = purges(run.configuration.spec);
  yield* letGo(run, (record) => isPurging && isPurgeable(record, policy) && isDecisionCurrent(record.status, windowStart));
  if (!isPurging) return;
  const records = await namesIn(run, 'State/SoftDeleted', (record) => isPurgeable(record, policy));
  if (records.length === 0) return;
  const presences = yield* readPresences(run, records);
  if (presences === undefined) return;
  yield* inSteps(run, records, (record) => note(run, record, presences.get(record.sourceId)));
  const open: NamedRecord[] = [];
  await visitAll(run.deps.clock, records, (named) => {
    const record = run.deps.projections.lister.get(named.metadata);
    if (record === undefined || presences.get(named.sourceId) !== 'Nowhere') return;
    if (!isPurgeable(record, policy) || !isGoneForGood(record.status)) return;
    if (record.status.sourcePurge?.approval !== undefined) askForPurge(run, keyString(named.metadata));
    if (!isJudged(record.status, windowStart)) open.push(named);
  });
  yield* letPass(run, open, windowStart);
}

/** What was said of the purges that are not to be made as they stand is over: they wait for nobody's decision, and none is used up later. */
async function* letGo(run: CycleRun, isKept: (record: UserProjection) => boolean): Steps<void> {
  const over = await namesIn(run, 'PurgeJudged', (record) => !isKept(record));
  yield* inSteps(run, over, async ({ metadata }) => {
    const { sourcePurge } = run.deps.projections.lister.get(metadata)?.status ?? {};
    if (sourcePurge === undefined) return;
    const change = mergePatchBetween({ sourcePurge }, { sourcePurge: undecided(sourcePurge) });
    if (change !== undefined) await recordFacts(run.deps.projections, metadata, change, { signal: run.turn.signal });
  });
}

async function* readPresences(run: CycleRun, records: readonly NamedRecord[]): Steps<ReadonlyMap<string, SourcePresence> | undefined> {
  const ids = records.map(({ sourceId }) => sourceId);
  try {
    const listed = yield* readRecycleBin(run);
    const unlisted = ids.filter((id) => !listed.has(id));
    const live = yield* readUsers(run, unlisted);
    const missing = unlisted.filter((id) => !live.has(id));
    const deleted = yield* call(run, () => run.session.source.deletedAmong(missing, readOptions(run)));
    const presenceOf = (id: string): SourcePresence =>
      live.has(id) ? 'Live' : listed.has(id) || deleted.has(id) ? 'InRecycleBin' : 'Nowhere';
    return new Map(ids.map((id) => [id, presenceOf(id)]));
  } catch (error) {
    if (run.turn.signal.aborted) throw error;
    const reason = error instanceof CycleFailure ? error.reason : directoryFailure(error)?.reason;
    if (reason === undefined) throw error;
    run.findings.warn({ reason: 'PurgeWaits', message: `The recycle bin of the source cannot be read (${reason}): no account is purged.` });
    return undefined;
  }
}

/** Ids of everybody in the recycle bin of the source. */
async function* readRecycleBin(run: CycleRun): Steps<ReadonlySet<string>> {
  const ids = new Set<string>();
  const links = new Set<string>();
  let link: string | undefined;
  do {
    const from = link;
    const page = yield* call(run, () => run.session.source.deletedUsersPage(from, readOptions(run)));
    for (const id of page.items) ids.add(id);
    link = page.next;
    if (link !== undefined && (links.has(link) || links.size >= mostPages))
      throw new CycleFailure('SourceReadIncomplete', 'The recycle bin of the source has no end.');
    if (link !== undefined) links.add(link);
    yield { waitMs: 0 };
  } while (link !== undefined);
  return ids;
}

/** Records what the reading adds. A record that has gone while the source was read has nothing to remember. */
async function note({ deps, turn }: CycleRun, { metadata }: NamedRecord, presence: SourcePresence | undefined): Promise<void> {
  const record = deps.projections.lister.get(metadata);
  if (presence === undefined || record?.metadata.uid !== metadata.uid) return;
  const known = record.status.sourcePurge;
  const next = afterReading(known, presence, { now: deps.clock.now(), replicationWindowMs: deps.settings.replicationWindowMs });
  // What was forgotten has to be named: a patch leaves what it does not mention.
  const change = mergePatchBetween({ sourcePurge: known }, { sourcePurge: next });
  if (change !== undefined) await recordFacts(deps.projections, metadata, change, { signal: turn.signal });
}

/**
 * Has the guard judge the purges as one set. What it holds waits, for a decision or until the numbers allow it, and stages nothing else: the directory
 * itself purges after 30 days.
 */
async function* letPass(run: CycleRun, records: readonly NamedRecord[], windowStart: number): Steps<void> {
  if (records.length === 0) return;
  const { guard } = run.configuration.spec.deprovisioning;
  const passed = yield* passedBefore(run, windowStart, 'Harm');
  const tally = new Tally({ leaving: new Set(), blocked: new Set() }, windowStart);
  await visitProjections(run, 'Judged', (record) => tally.add(record));
  const { counted } = tally;
  const { threshold, percent, minimum } = guard;
  const counts = {
    proposed: records.length,
    recent: Math.max(counted.recent, passed) + counted.overdue + counted.awaiting,
    staged: counted.staged,
  };
  const verdict = guardVerdict({
    ...counts,
    live: run.findings.liveBefore(foundBy(run)),
    emptied: false,
    stagingBegun: run.stagingBegun,
    threshold,
    percent,
    minimum,
  });
  if (verdict.result === 'Staged') {
    run.findings.warn({
      reason: 'PurgeWaits',
      message: `${records.length} account(s) of people who are gone for good are not purged: with what was removed within ${guard.window} they reach the numbers of the guard. They pass when the numbers allow it; or annotate ${annotations.approveDeletions} or ${annotations.rejectDeletions} with status.stagedPurges.token.`,
    });
    const heldAt = timestamp(run.deps.clock.now());
    yield* inSteps(run, records, async ({ metadata }) => {
      const { sourcePurge } = run.deps.projections.lister.get(metadata)?.status ?? {};
      // The record may have gone, or an administrator have decided, since the purges were judged.
      if (sourcePurge === undefined || (sourcePurge.heldAt ?? sourcePurge.approval ?? sourcePurge.rejectedAt) !== undefined) return;
      await recordFacts(run.deps.projections, metadata, { sourcePurge: { heldAt } }, { signal: run.turn.signal });
    });
    return;
  }
  yield* countPassed(run, { removed: records.length, blocked: 0 });
  const guardedAt = timestamp(run.deps.clock.now());
  yield* inSteps(run, records, async ({ metadata }) => {
    if (run.deps.projections.lister.get(metadata) === undefined) return;
    await recordFacts(run.deps.projections, metadata, { sourcePurge: { guardedAt, heldAt: null } }, { signal: run.turn.signal });
    askForPurge(run, keyString(metadata));
  });
}
