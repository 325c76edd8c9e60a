import { contentRevision } from '../projection/desired.ts';
import { contentOf, standingOf, type DesiredContent } from '../projection/standing.ts';
import type { UnsealedSpec } from '../projection/sealed-spec.ts';
import { leavingReason, type Reading } from './evaluate-user.ts';

/** An act that rests on what the source said when it was decided. */
export type RestingAct = 'Delete' | 'Purge' | 'Block' | 'Create' | 'Restore';

/** Whether a reading wants the same values, and the source user is as enabled as before: a disabled one is not newly created (A11). */
function wantsTheSame(decided: DesiredContent, read: DesiredContent): boolean {
  return contentRevision(read) === contentRevision(decided) && read.sourceDisabled === decided.sourceDisabled;
}

/**
 * Whether a decision still holds by a new reading of the source (I11): a removal while the person is away for the same reason, a block
 * while sign-in is to be blocked, an invitation or restore while the same is wanted of the same person. Anything else is decided anew.
 */
export function stillHolds(spec: UnsealedSpec, act: RestingAct, reading: Reading): boolean {
  const standing = standingOf(spec);
  switch (act) {
    case 'Delete':
    case 'Purge':
    case 'Block':
      if (standing.type === 'Removed') return leavingReason(reading) === standing.removal.reason;
      return act === 'Block' && reading.type === 'Present' && reading.desired.attributes?.accountEnabled === false;
    case 'Create':
    case 'Restore':
      return reading.type === 'Present' && wantsTheSame(contentOf(spec), reading.desired);
  }
}
