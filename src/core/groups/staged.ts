import type { GroupProjection } from '../../api/kinds.ts';
import { isUntampered } from '../projection/sealed-spec.ts';

/** What of a group waits for a decision: its deletion, or the removal of exactly the members that the evidence stands for. */
export type StagedOfGroup =
  | { readonly type: 'Deletion'; readonly evidence: string }
  | { readonly type: 'Members'; readonly evidence: string; readonly count: number };

/**
 * Undefined: nothing does. A record that somebody tampered with was never staged by us, and from a group that is deleted, or not ours to write, nobody
 * can be taken: an approval would be carried out by nothing. What was judged is kept for when that is over.
 */
export function stagedOfGroup({ spec, status }: Pick<GroupProjection, 'spec' | 'status'>): StagedOfGroup | undefined {
  if (spec.mode !== 'Apply' || !isUntampered(spec)) return undefined;
  if (spec.lifecycle === 'RemovalStaged') return { type: 'Deletion', evidence: spec.evidence ?? '' };
  if (spec.lifecycle !== 'Present' || status.state === 'Conflict' || status.stagedRemovals === undefined) return undefined;
  const { evidence, count } = status.stagedRemovals;
  return { type: 'Members', evidence, count };
}
