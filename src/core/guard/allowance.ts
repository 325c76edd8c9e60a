import { openBlockVerdict, removalVerdict, type RecordFacts } from '../projection/transitions.ts';

/** An act that takes something from a person: the account, or the sign-in to it. */
export type Harm = 'Delete' | 'Block';

/** How the account came to be whose sign-in is blocked: an account that was just made or brought back has been used by nobody yet. */
export type BlockedAccount = 'InUse' | 'JustCreated' | 'JustRestored';

/**
 * Whether an act may be carried out now (I3): under a verdict of the guard or an approval that names this person, or because nobody
 * loses anything. An act that nobody has judged, however it came about, is proposed to the guard first, which judges the person in the
 * next cycle as one of its set.
 */
export type Allowance =
  { readonly type: 'Allowed'; readonly verdict: string } | { readonly type: 'Exempt' } | { readonly type: 'NotJudged' };

/** The gate in front of each act that deletes or blocks. */
export function allowanceFor(record: RecordFacts, harm: Harm, account: BlockedAccount): Allowance {
  if (harm === 'Block' && account !== 'InUse') return { type: 'Exempt' };
  const removed = record.spec.lifecycle === 'Removed';
  const verdict = removed ? removalVerdict(record) : openBlockVerdict(record);
  return verdict === undefined ? { type: 'NotJudged' } : { type: 'Allowed', verdict };
}
