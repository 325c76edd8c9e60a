import type { DirectoryUser } from '../../api/directory-user.ts';
import type { RemovalReason } from '../lifecycle/removal-policy.ts';
import { desiredContent, type PresentInput } from '../projection/desired.ts';
import type { DesiredContent } from '../projection/standing.ts';
import { decideScope } from '../scope/decide.ts';
import type { ScopeFilter } from '../scope/filter.ts';

/** Everything that decides what should become of one source user. */
export interface EvaluationInput extends PresentInput {
  readonly filter: ScopeFilter;
  /** Whether the scope assigns the user; everybody is assigned where the scope is All. */
  readonly assigned: boolean;
}

/** What should become of one source user, and why. */
export type Evaluation =
  /** Wanted, with these values. `signIn`: whether the mappings could tell if sign-in is to be blocked. */
  | { readonly type: 'Present'; readonly desired: DesiredContent; readonly signIn: 'Decided' | 'Undecided' }
  /** In scope, and an expression says that the user is to be left as they are. */
  | { readonly type: 'Ignored' }
  /** Not to be told: whatever there is stays as it is. */
  | { readonly type: 'Unclear'; readonly reason: 'AmbiguousIdentity' | 'FilterUndecided' }
  /** Does not belong there. `skipped`: the word under which one without a record is counted. */
  | {
      readonly type: 'Leaving';
      readonly reason: Extract<RemovalReason, 'Unassigned' | 'FilteredOut'>;
      readonly skipped: 'NotInScope' | 'FilteredOut' | 'NotInternalMember';
    };

/** Evaluates one user as just read: scope, then mappings. */
export function evaluateUser(input: EvaluationInput): Evaluation {
  const { user, assigned, filter, mappings } = input;
  const scope = decideScope(user, assigned, filter);
  switch (scope.type) {
    case 'Unclear':
      return scope;
    case 'NotProjectable':
      return { type: 'Leaving', reason: 'FilteredOut', skipped: scope.reason };
    case 'Out':
      return { type: 'Leaving', reason: scope.reason, skipped: scope.reason === 'Unassigned' ? 'NotInScope' : scope.reason };
    case 'In': {
      const desired = desiredContent(input);
      if (desired === undefined) return { type: 'Ignored' };
      const undecided = mappings.targetAttributes.includes('accountEnabled') && desired.attributes?.accountEnabled === undefined;
      return { type: 'Present', desired, signIn: undecided ? 'Undecided' : 'Decided' };
    }
  }
}

/** What a reading of the source says of a user that it looked for: as evaluated, or gone for certain. */
export type Reading = Evaluation | { readonly type: 'Gone' };

/** Why somebody does not belong there, if so. */
export function leavingReason(reading: Reading): RemovalReason | undefined {
  if (reading.type === 'Gone') return 'Deleted';
  return reading.type === 'Leaving' ? reading.reason : undefined;
}

/** The user as the source has them, or none. */
export function readingOf(user: DirectoryUser | undefined, evaluate: (user: DirectoryUser) => Evaluation): Reading {
  return user === undefined ? { type: 'Gone' } : evaluate(user);
}
