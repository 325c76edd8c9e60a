/** Everything the accidental deletion guard looks at (E7). Counts are of removals and blocks of live accounts. */
export interface GuardInput {
  /** New ones of this cycle. */
  readonly proposed: number;
  /** Passed earlier within the window, and passed but not yet carried out. */
  readonly recent: number;
  /** Waiting for a decision. */
  readonly staged: number;
  /** Live accounts before the cycle, as far as it knew of them; the share is of as many as lose theirs at least. */
  readonly live: number;
  /** A scope group, or the whole scope, went from some people to none, or everybody is to be deprovisioned. */
  readonly emptied: boolean;
  /** An interrupted cycle had decided to stage this set. */
  readonly stagingBegun: boolean;
  readonly threshold: number;
  readonly percent: number;
  readonly minimum: number;
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
  // Whoever loses an account had one, though the cycle knew of none when it began; and who is purged is not live any more.
  const accounts = Math.max(input.live, count);
  const percent = accounts === 0 ? 0 : Math.ceil((count * 100) / accounts);
  const overThreshold = count >= input.threshold;
  const overShare = accounts >= input.minimum && count * 100 >= input.percent * accounts;
  const staged = input.proposed > 0 && (overThreshold || overShare || input.emptied || input.stagingBegun || input.staged > 0);
  return { result: staged ? 'Staged' : 'Passed', count, percent };
}
