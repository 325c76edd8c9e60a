import type { SyncConfigurationStatus } from '../../api/generated.ts';

export type CycleKind = 'Initial' | 'Incremental' | 'Full';

/** What is asked for by annotation: the values as they stand. */
export interface Requests {
  readonly requestedAt: string | undefined;
  readonly restartedAt: string | undefined;
}

/** What the time and kind of a configuration's next cycle follow from. Times are milliseconds since the epoch. */
export interface ScheduleFacts {
  readonly now: number;
  readonly status: SyncConfigurationStatus;
  readonly intervalMs: number;
  /** Hash of what an evaluation depends on, as the spec stands now. */
  readonly revision: string;
  readonly requests: Requests;
  /** How long a failed cycle still holds the next one back. */
  readonly heldBackMs: number;
  /** Another configuration has let people go whom this one wants. */
  readonly handover: boolean;
  /** Fewer people have records than status says. */
  readonly recordsMissing: boolean;
  /** The stored delta links are of no use any more. */
  readonly linksUseless: boolean;
}

/** What brings a cycle about, the most pressing first. */
export type CycleCause =
  | 'Requested'
  | 'RestartRequested'
  | 'RetryAfterFailure'
  | 'Handover'
  | 'RecordsMissing'
  | 'Interrupted'
  | 'Changed'
  | 'Unconfirmed'
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
  return { ...nextTime(facts), kind: nextKind(facts) };
}

function nextTime(facts: ScheduleFacts): Pick<NextCycle, 'at' | 'cause'> {
  const { now, status, requests } = facts;
  const atOnce = (cause: CycleCause): Pick<NextCycle, 'at' | 'cause'> => ({ at: now, cause });
  if (requests.requestedAt !== undefined && requests.requestedAt !== status.lastHandledReconcileAt) return atOnce('Requested');
  if (restartAsked(status, requests)) return atOnce('RestartRequested');
  if (facts.heldBackMs > 0) return { at: now + facts.heldBackMs, cause: 'RetryAfterFailure' };
  if (facts.handover) return atOnce('Handover');
  if (facts.recordsMissing) return atOnce('RecordsMissing');
  // What was not recorded in projections is read again.
  if (status.currentCycle && status.currentCycle.phase !== 'Settling') return atOnce('Interrupted');
  if (status.watermark?.revision !== facts.revision || status.lastCycle?.startedAt === undefined) return atOnce('Changed');
  if (status.lastCycle.result === 'Failed' || status.lastCycle.result === 'Stopped') return atOnce('RetryAfterFailure');
  return {
    at: following(Date.parse(status.lastCycle.startedAt), facts.intervalMs, status.watermark, now),
    cause: isUnconfirmed(status.watermark) ? 'Unconfirmed' : 'Interval',
  };
}

/** Whether a restart is asked for that has not been answered yet. */
export function restartAsked(status: SyncConfigurationStatus, { restartedAt }: Requests): boolean {
  return restartedAt !== undefined && restartedAt !== status.lastHandledRestartAt;
}

const isUnconfirmed = (watermark: Watermark): boolean => (watermark?.unconfirmed?.length ?? 0) > 0;

/** When the cycle after one that began at `startedAt` is due: sooner while changes wait to become visible; now, if the clock was set back behind it. */
export function following(startedAt: number, intervalMs: number, watermark: Watermark, now: number): number {
  const pause = isUnconfirmed(watermark) ? Math.min(intervalMs, unconfirmedPauseMs) : intervalMs;
  return startedAt > now ? now : startedAt + pause;
}

function nextKind(facts: ScheduleFacts): CycleKind {
  const { status } = facts;
  if (status.watermark?.users === undefined)
    return status.lastCycle === undefined || status.lastCycle.kind === 'Initial' ? 'Initial' : 'Full';
  const full =
    restartAsked(status, facts.requests) || facts.recordsMissing || facts.linksUseless || status.watermark.revision !== facts.revision;
  return full ? 'Full' : 'Incremental';
}
