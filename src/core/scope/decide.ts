import type { DirectoryUser } from '../../api/directory-user.ts';
import { sourceValue } from '../mapping/evaluate.ts';
import type { ScopeFilter } from './filter.ts';
import { identityKind } from './identity-kind.ts';

/**
 * Where one source user stands. `Out`: was read and does not belong here. `NotProjectable`: not an internal member (B7).
 * `Unclear`: contradictory evidence of internal or external, or filters too large to decide; whatever there is stays as it is.
 */
export type ScopeDecision =
  | { readonly type: 'In' }
  | { readonly type: 'Out'; readonly reason: 'Unassigned' | 'FilteredOut' }
  | { readonly type: 'NotProjectable'; readonly reason: 'NotInternalMember' }
  | { readonly type: 'Unclear'; readonly reason: 'AmbiguousIdentity' | 'FilterUndecided' };

/** Decides the scope of a user on the full current object, never on a change alone. */
export function decideScope(user: DirectoryUser, assigned: boolean, filter: ScopeFilter): ScopeDecision {
  const kind = identityKind(user);
  if (kind === 'Ambiguous') return { type: 'Unclear', reason: 'AmbiguousIdentity' };
  if (kind === 'External' || user.userType === 'Guest') return { type: 'NotProjectable', reason: 'NotInternalMember' };
  if (!assigned) return { type: 'Out', reason: 'Unassigned' };
  const passes = filter.passes((name) => sourceValue(user, name));
  if (passes === null) return { type: 'Unclear', reason: 'FilterUndecided' };
  return passes ? { type: 'In' } : { type: 'Out', reason: 'FilteredOut' };
}
