import type { SyncConfigurationStatus } from '../../api/generated.ts';
import { omit } from '../omit.ts';
import { pausedUntil } from './failures.ts';
import { nextAttempt } from './quarantine.ts';

export type CycleKind = 'Initial' | 'Incremental' | 'Full';

/** What is asked for by annotation: the values as they stand. */
export interface Requests {
  readonly requestedAt: string | undefined;
  readonly restartedAt: string | undefined;
}

type SeenField =
  | 'quarantine'
  | 'currentCycle'
  | 'failures'
  | 'lastCycle'
  | 'lastFullCycleAt'
  | 'lastHandledReconcileAt'
  | 'lastHandledRestartAt'
  | 'watermark';
/** What the schedule reads of a status, or of one that is about to be written. */
export type SeenStatus = { readonly [K in SeenField]?: SyncConfigurationStatus[K] | undefined };

/** What the time and kind of a configuration's next cycle follow from. Times are milliseconds since the epoch. */
export interface ScheduleFacts {
  readonly now: number;
  readonly status: SeenStatus;
  readonly intervalMs: number;
  readonly fullIntervalMs: number;
  /** Hash of what an evaluation depends on, as the spec stands now. */
  readonly revision: string;
  readonly requests: Requests;
  /** Whether the status speaks of the spec as it stands. */
  readonly observed: boolean;
  /** Another configuration has let people go whom this one wants. */
  readonly handover: boolean;
  /** The configuration is a preview: it reads everybody each time, for records that it does not write change what it says. */
  readonly previews: boolean;
  /** Fewer people have records than status says. */
  readonly recordsMissing: boolean;
}

/** What brings a cycle about, the most pressing first. */
export type CycleCause =
  | 'Requested'
  | 'RestartRequested'
  | 'Quarantine'
  | 'RetryAfterFailure'
  | 'Handover'
  | 'RecordsMissing'
  | 'Interrupted'
  | 'Changed'
  | 'Unconfirmed'
  | 'FullInterval'
  | 'Interval';

export interface NextCycle {
  /** When it is due; at most `now` when it is due already. */
  readonly at: number;
  readonly cause: CycleCause;
  readonly kind: CycleKind;
}

/** The next cycle comes sooner when an announced change was not visible yet. */
const unconfirmedPauseMs = 30_000;

type Watermark = SyncConfigurationStatus['watermark'];

/** When a configuration's next cycle is due, why, and which kind it is: from values alone, so that a restart changes nothing. */
export function nextCycle(facts: ScheduleFacts): NextCycle {
  const time = nextTime(facts);
  return { ...time, kind: nextKind(facts, Math.max(facts.now, time.at)) };
}

function nextTime(facts: ScheduleFacts): Pick<NextCycle, 'at' | 'cause'> {
  const { now, status, requests } = facts;
  const atOnce = (cause: CycleCause): Pick<NextCycle, 'at' | 'cause'> => ({ at: now, cause });
  if (requests.requestedAt !== undefined && requests.requestedAt !== status.lastHandledReconcileAt) return atOnce('Requested');
  if (restartAsked(status, requests)) return atOnce('RestartRequested');
  const quarantined = nextAttempt(status.quarantine, facts.intervalMs, now);
  // A spec that was corrected is tried at once.
  const paused = facts.observed ? pausedUntil(status.failures, facts.intervalMs, now) : undefined;
  // An attempt of the quarantine that failed as a whole has a pause of its own: a time that has passed would let one follow the other.
  if (quarantined !== undefined) return { at: Math.max(quarantined, paused ?? quarantined), cause: 'Quarantine' };
  if (paused !== undefined) return { at: paused, cause: 'RetryAfterFailure' };
  const owed = owedCause(facts);
  if (owed !== undefined) return atOnce(owed);
  const at = following(Date.parse(status.lastCycle?.startedAt ?? ''), facts.intervalMs, status.watermark, now);
  const fullAt = fullDueAt(facts);
  if (fullAt !== undefined && fullAt < at) return { at: fullAt, cause: 'FullInterval' };
  return { at, cause: isUnconfirmed(status.watermark) ? 'Unconfirmed' : 'Interval' };
}

/** Why a cycle is owed at once, whatever the interval says; undefined: none is. */
function owedCause({ status, handover, recordsMissing, revision }: ScheduleFacts): CycleCause | undefined {
  if (handover) return 'Handover';
  if (recordsMissing) return 'RecordsMissing';
  // What was not recorded in projections is read again.
  if (status.currentCycle && status.currentCycle.phase !== 'Settling') return 'Interrupted';
  if (status.watermark?.revision !== revision || status.lastCycle?.startedAt === undefined) return 'Changed';
  return status.lastCycle.result === 'Failed' || status.lastCycle.result === 'Stopped' ? 'RetryAfterFailure' : undefined;
}

/** Whether a full cycle has to look at the accounts of everybody too: always, but for one of a preview in between. */
export function looksAtAccounts(facts: Pick<ScheduleFacts, 'now' | 'status' | 'fullIntervalMs' | 'requests' | 'previews'>): boolean {
  return !facts.previews || restartAsked(facts.status, facts.requests) || (fullDueAt(facts) ?? facts.now) <= facts.now;
}

/** When a cycle has to be full again; undefined when it is not known when the last one was, or a wrong clock says it: then the next one is. */
function fullDueAt({ now, status, fullIntervalMs }: Pick<ScheduleFacts, 'now' | 'status' | 'fullIntervalMs'>): number | undefined {
  const last = status.lastFullCycleAt === undefined ? undefined : Date.parse(status.lastFullCycleAt);
  return last === undefined || last > now ? undefined : last + fullIntervalMs;
}

/**
 * The watermark without the links, when the source does not take them any more: everything is read anew, at once. Kept in status, so
 * that a process that ends before has not forgotten it.
 */
export function withoutLinks(watermark: Watermark): Watermark {
  return watermark && omit(watermark, 'revision', 'users', 'groups');
}

/** Whether a restart is asked for that has not been answered yet. */
export function restartAsked(status: SeenStatus, { restartedAt }: Requests): boolean {
  return restartedAt !== undefined && restartedAt !== status.lastHandledRestartAt;
}

const isUnconfirmed = (watermark: Watermark): boolean => (watermark?.unconfirmed?.length ?? 0) > 0;

/** When the cycle after one that began at `startedAt` is due: sooner while changes wait to become visible; now, if the clock was set back behind it. */
function following(startedAt: number, intervalMs: number, watermark: Watermark, now: number): number {
  const pause = isUnconfirmed(watermark) ? Math.min(intervalMs, unconfirmedPauseMs) : intervalMs;
  return startedAt > now ? now : startedAt + pause;
}

function nextKind(facts: ScheduleFacts, at: number): CycleKind {
  const { status } = facts;
  if (status.watermark === undefined) return status.lastCycle === undefined || status.lastCycle.kind === 'Initial' ? 'Initial' : 'Full';
  const full =
    status.watermark.users === undefined ||
    restartAsked(status, facts.requests) ||
    facts.recordsMissing ||
    facts.previews ||
    (fullDueAt(facts) ?? at) <= at ||
    status.watermark.revision !== facts.revision;
  return full ? 'Full' : 'Incremental';
}
