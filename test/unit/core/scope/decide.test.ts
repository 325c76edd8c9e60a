import type { DirectoryUser } from '../../../../src/api/directory-user.ts';
import { decideScope } from '../../../../src/core/scope/decide.ts';
import { compileFilters, type ScopeFilter } from '../../../../src/core/scope/filter.ts';
import { identityProvider } from '../../../../src/core/scope/identity-kind.ts';
import { guest, internal } from '../support.ts';

describe('B7 the identity provider', () => {
  it('knows the identity provider after redemption', () => {
    expect(identityProvider(guest('a'))).toBe('ExternalAzureAD');
    expect(identityProvider(guest('a', { identities: [] }))).toBeUndefined();
    expect(identityProvider(guest('a', { identities: null }))).toBeUndefined();
  });
});

describe('scope of one user', () => {
  const filter = compileFilters([
    { name: 'sales', clauses: [{ attribute: 'department', operator: 'Equals', value: 'Sales' }] },
  ]) as ScopeFilter;
  const inSales = { attributes: { department: 'Sales' } };
  it.each<[string, DirectoryUser, boolean, unknown]>([
    ['in', internal('a', inSales), true, { type: 'In' }],
    ['not assigned', internal('a', inSales), false, { type: 'Out', reason: 'Unassigned' }],
    ['fails the filter', internal('a'), true, { type: 'Out', reason: 'FilteredOut' }],
    ['not assigned comes before the filter', internal('a'), false, { type: 'Out', reason: 'Unassigned' }],
    ['B7 an external user', guest('a', inSales), true, { type: 'NotProjectable', reason: 'NotInternalMember' }],
    [
      'B7 an internal guest',
      internal('a', { ...inSales, userType: 'Guest' }),
      true,
      { type: 'NotProjectable', reason: 'NotInternalMember' },
    ],
    [
      'B7 contradictory',
      internal('a', { ...inSales, creationType: 'Invitation' }),
      false,
      { type: 'Unclear', reason: 'AmbiguousIdentity' },
    ],
  ])('%s', (_, user, assigned, expected) => {
    expect(decideScope(user, assigned, filter)).toEqual(expected);
  });

  it('is unclear when the filters are too large to decide, so that nothing is removed', () => {
    const clauses = [{ attribute: 'department', operator: 'RegexMatch' as const, value: '(?:[ab]?){200}z' }];
    const large = compileFilters([{ name: 'large', clauses }]) as ScopeFilter;
    const user = internal('a', { attributes: { department: 'a'.repeat(2_000) } });
    expect(decideScope(user, true, large)).toEqual({ type: 'Unclear', reason: 'FilterUndecided' });
    expect(decideScope(user, false, large)).toEqual({ type: 'Out', reason: 'Unassigned' });
  });
});
