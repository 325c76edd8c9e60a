import type { GroupProjectionSpec, GroupProjectionStatus, SyncConfigurationSpec } from '../../api/generated.ts';
import { durationMs, timestamp } from '../duration.ts';
import { guardVerdict } from '../guard/guard.ts';
import { hashOf } from '../hash.ts';
import { isMarked } from './kept.ts';

const hourMs = 3_600_000;
/** As long as the longest window of a guard, and a day more. */
const keptMs = (168 + 24) * hourMs;

type Removed = NonNullable<GroupProjectionStatus['removed']>;

/** Everything that the guard looks at before members are taken out of a group (G3). */
export interface RemovalFacts {
  /** Members to be taken out. */
  readonly remove: readonly string[];
  /** Those of them who were let through before, by the guard or an approval, and are still in it. */
  readonly passed: ReadonlySet<string>;
  /** Others wait for a decision already: whoever leaves meanwhile joins them. */
  readonly waiting: boolean;
  /** Members who are in it by us, or, where the membership is exclusive, all of them. */
  readonly members: number;
  readonly decision: GroupProjectionSpec['memberRemovals'];
  /** Of whom the decision was carried out in part: a process ended in the midst of it. */
  readonly approved: GroupProjectionStatus['approvedRemovals'];
  readonly removed: Removed | undefined;
  readonly guard: SyncConfigurationSpec['deprovisioning']['guard'];
  readonly now: number;
}

/** What may be done: `fresh` have to be counted before. `Rejected`: an administrator has said no to exactly these. */
export type RemovalVerdict =
  | { readonly type: 'Nothing' }
  | { readonly type: 'Passed'; readonly fresh: number }
  | { readonly type: 'Staged'; readonly count: number; readonly evidence: string }
  | { readonly type: 'Rejected'; readonly count: number };

/** Stands for exactly these members. */
export function evidenceOf(remove: readonly string[]): string {
  return hashOf(['MemberRemovals', [...remove].sort()]);
}

/**
 * Whether members may be taken out. A set that an administrator has decided about is carried out, or left alone, as decided; any other one is judged by
 * the numbers of the configuration's guard, of this group, within the window. Emptying a group always waits for a decision.
 */
export function judgeRemovals(facts: RemovalFacts): RemovalVerdict {
  const { remove, passed, decision, guard, now } = facts;
  if (remove.length === 0) return { type: 'Nothing' };
  const evidence = evidenceOf(remove);
  if (decision?.evidence === evidence)
    return decision.verdict === 'Approved' ? { type: 'Passed', fresh: 0 } : { type: 'Rejected', count: remove.length };
  if (decision?.verdict === 'Approved' && isApprovedRest(facts, decision.evidence)) return { type: 'Passed', fresh: 0 };
  const fresh = remove.filter((id) => !passed.has(id)).length;
  const { result } = guardVerdict({
    proposed: fresh,
    recent: removedSince(facts.removed, now - durationMs(guard.window)),
    staged: 0,
    live: facts.members,
    emptied: remove.length >= facts.members,
    stagingBegun: false,
    ...guard,
  });
  return result === 'Staged' || facts.waiting ? { type: 'Staged', count: remove.length, evidence } : { type: 'Passed', fresh };
}

/** Whether all of them are of an approved set of which the others are gone already. */
function isApprovedRest({ remove, approved }: RemovalFacts, evidence: string): boolean {
  return approved?.evidence === evidence && remove.every(isMarked(approved.members));
}

/** How many were let through since then. Whole hours count, and hours ahead of our clock: never too few. */
function removedSince(removed: Removed | undefined, from: number): number {
  return (removed ?? []).filter(({ hour }) => Date.parse(hour) + hourMs > from).reduce((sum, { count }) => sum + count, 0);
}

/** The numbers with members who are let through now; what no window reaches any more goes. */
export function withRemoved(removed: Removed | undefined, count: number, now: number): Removed {
  const hour = timestamp(Math.floor(now / hourMs) * hourMs);
  const kept = (removed ?? []).filter((entry) => Date.parse(entry.hour) > now - keptMs && entry.hour !== hour);
  const before = removed?.find((entry) => entry.hour === hour)?.count ?? 0;
  return [{ hour, count: before + count }, ...kept].slice(0, 200);
}
