import type { TenantPairStatus } from '../../api/generated.ts';
import { timestamp } from '../duration.ts';
import { makeCondition, type DesiredCondition } from '../status/conditions.ts';
import type { Warning } from './warning.ts';

/** What is recorded of a target that refuses all invitations: since when, and when one asks again. */
export type InvitationBlock = NonNullable<TenantPairStatus['invitationsBlocked']>;

/** How often one invitation asks whether the target accepts them again. Refused invitations are among what such a block is made for. */
export const probeEveryMs = 3_600_000;

/** Whether invitations may be sent to a target: all, one that asks, or none. */
export type InvitationGate = 'Open' | 'Probe' | 'Blocked';

/**
 * The block of a target by what its pairs have on record: since the earliest, asked again at the latest of their times. Undefined: none.
 * The target refuses whoever invites, so that what one pair has met holds for all.
 */
export function blockOf(statuses: readonly Pick<TenantPairStatus, 'invitationsBlocked'>[]): InvitationBlock | undefined {
  const blocks = statuses.flatMap(({ invitationsBlocked }) => (invitationsBlocked === undefined ? [] : [invitationsBlocked]));
  const [first] = blocks.toSorted((a, b) => Date.parse(a.since) - Date.parse(b.since));
  const [last] = blocks.toSorted((a, b) => Date.parse(b.nextProbeAt) - Date.parse(a.nextProbeAt));
  return first && last && { ...first, nextProbeAt: last.nextProbeAt };
}

/** Milliseconds until an invitation asks again; not positive when one may. A time further ahead than it can be comes from a clock that was wrong. */
export function probeDueInMs({ nextProbeAt }: InvitationBlock, now: number): number {
  const wait = Date.parse(nextProbeAt) - now;
  return wait > probeEveryMs ? 0 : wait;
}

/** Whether an invitation may be sent under a block, if there is one. */
export function gateUnder(block: InvitationBlock | undefined, now: number): InvitationGate {
  if (block === undefined) return 'Open';
  return probeDueInMs(block, now) <= 0 ? 'Probe' : 'Blocked';
}

/** The record of a block that was met now; `requestId` is Graph's, for the support case that alone lifts it. */
export function blockMet(now: number, requestId: string | undefined): InvitationBlock {
  return {
    since: timestamp(now),
    nextProbeAt: timestamp(now + probeEveryMs),
    ...(requestId === undefined ? {} : { requestId }),
  };
}

/** The record of a block from the moment at which an invitation asks. */
export function blockProbed(block: InvitationBlock, now: number): InvitationBlock {
  return { ...block, nextProbeAt: timestamp(now + probeEveryMs) };
}

const isTime = (value: unknown): boolean => typeof value === 'string' && Number.isFinite(Date.parse(value));

/**
 * The block of a target by the text that is kept of it beyond its pairs (JSON); undefined: none is known. A text that nobody can read stands for a block
 * under which one invitation may ask now: what it says is worth that one, and no more.
 */
export function blockNoted(text: string | undefined, now: number): InvitationBlock | undefined {
  if (text === undefined || text === '') return undefined;
  const { since, nextProbeAt, requestId } = parsed(text);
  if (!isTime(since) || !isTime(nextProbeAt)) return { since: timestamp(now), nextProbeAt: timestamp(now) };
  const request = typeof requestId === 'string' ? { requestId } : {};
  return { since: since as string, nextProbeAt: nextProbeAt as string, ...request };
}

function parsed(text: string): Partial<Record<keyof InvitationBlock, unknown>> {
  try {
    return Object(JSON.parse(text)) as Partial<Record<keyof InvitationBlock, unknown>>;
  } catch {
    return {};
  }
}

/** The text that is kept of a block, or of its end. */
export function noteOf(block: InvitationBlock | undefined): string {
  return block === undefined ? '' : JSON.stringify(block);
}

function textOf({ since, nextProbeAt, requestId }: InvitationBlock): string {
  const request = requestId === undefined ? '' : ` Name request-id ${requestId} there.`;
  return `The target refuses all invitations since ${since}: creations wait, updates and removals go on. Only Microsoft's support lifts that.${request} The next invitation asks at ${nextProbeAt}.`;
}

/** The warning of a pair whose target refuses all invitations. */
export function blockWarnings(block: InvitationBlock | undefined): readonly Warning[] {
  return block === undefined ? [] : [{ reason: 'InvitationsBlocked', message: textOf(block) }];
}

/** The same as a condition, there only while it is so: metrics and alerts see it. */
export function blockConditions(block: InvitationBlock | undefined): readonly DesiredCondition[] {
  return block === undefined ? [] : [makeCondition('InvitationsBlocked', 'True', 'InvitationsBlocked', textOf(block))];
}
