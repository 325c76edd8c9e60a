/** Everything the accidental deletion guard looks at (E7). Counts are of removals and blocks of live accounts. */
export interface GuardInput {
  /** New ones of this cycle. */
  readonly proposed: number;
  /** Passed earlier within the window, and passed but not yet carried out. */
  readonly recent: number;
  /** Waiting for a decision. */
  readonly staged: number;
  /** Live accounts before the cycle. */
  readonly live: number;
  /** A scope group, or the whole scope, went from some people to none, or everybody is to be deprovisioned. */
  readonly emptied: boolean;
  /** An interrupted cycle had decided to stage this set. */
  readonly stagingBegun: boolean;
  readonly threshold: number;
  readonly percent: number;
  readonly minimum: number;
}

/**
 * What the share of purges is of. Purged is who is not live any more: where more are taken than are left, the share is of those who are taken, so that
 * the purge of everybody is one of everybody, and not of nobody.
 */
export function accountsBefore(live: number, { proposed, recent, staged }: Pick<GuardInput, 'proposed' | 'recent' | 'staged'>): number {
  return Math.max(live, proposed + recent + staged);
}

export interface GuardVerdict {
  readonly result: 'Passed' | 'Staged';
  /** Number of removals and blocks that were counted. */
  readonly count: number;
  /** Share of the live accounts, in whole percent, rounded up. */
  readonly percent: number;
}

/**
 * Decides about all removals and blocks of a round as one set. Reaching the threshold, or the share when there are enough accounts
 * for a share to mean something, stages the set; so does an emptied scope; and while anything is staged, what is new joins it.
 */
export function guardVerdict(input: GuardInput): GuardVerdict {
  const count = input.proposed + input.recent + input.staged;
  const percent = input.live > 0 ? Math.ceil((count * 100) / input.live) : count > 0 ? 100 : 0;
  const overThreshold = count >= input.threshold;
  const overShare = input.live >= input.minimum && count * 100 >= input.percent * input.live;
  const staged = input.proposed > 0 && (overThreshold || overShare || input.emptied || input.stagingBegun || input.staged > 0);
  return { result: staged ? 'Staged' : 'Passed', count, percent };
}
