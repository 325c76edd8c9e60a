import {
  allowsUserType,
  createdUserType,
  excessWarnings,
  isExcluded,
  limitMessage,
  type Limit,
} from '../../../../src/core/limits/limits.ts';

describe('B11 the limits of a pair', () => {
  const excluded = { allowDelete: true, excludedTargetUsers: ['5B1F0000-0000-0000-0000-00000000000a', 'Admin@Fabrikam.com'] };

  it.each<[string, Parameters<typeof isExcluded>[1], boolean]>([
    ['by object id, in any case', { id: '5b1f0000-0000-0000-0000-00000000000A' }, true],
    ['by name, in any case', { id: 'x', userPrincipalName: 'ADMIN@fabrikam.com' }, true],
    [
      'by name, in the recycle bin',
      { id: '5B1F0000-0000-0000-0000-00000000000b', userPrincipalName: '5b1f000000000000000000000000000badmin@fabrikam.com' },
      true,
    ],
    ['not by part of a name', { id: 'x', userPrincipalName: 'admin@fabrikam.com.au' }, false],
    ['not without a name', { id: 'x', userPrincipalName: null }, false],
  ])('exclude a user of the target %s', (_, user, expected) => {
    expect(isExcluded(excluded, user)).toBe(expected);
    expect(isExcluded(undefined, user)).toBe(false);
    expect(isExcluded({ allowDelete: true }, user)).toBe(false);
  });

  it('allow the user types that they name, and all where they name none', () => {
    expect(allowsUserType({ allowDelete: true, userTypes: ['Guest'] }, 'Guest')).toBe(true);
    expect(allowsUserType({ allowDelete: true, userTypes: ['Guest'] }, 'Member')).toBe(false);
    expect(allowsUserType({ allowDelete: true }, 'Member')).toBe(true);
    expect(allowsUserType(undefined, 'Member')).toBe(true);
  });

  it.each([
    [{}, 'Member'],
    [{ attributes: { userType: 'Guest' } }, 'Guest'],
    [{ attributes: { userType: 'Guest' }, onCreate: { userType: 'Member' } }, 'Member'],
  ])('are about the type that an account is created with: %j', (spec, expected) => {
    expect(createdUserType(spec)).toBe(expected);
  });

  it.each([
    [4, 0],
    [5, 0],
    [8, 1],
  ])('warn of what is above the number: %s of 5', (live, warnings) => {
    const found = excessWarnings({ allowDelete: true, maxUsers: 5 }, live);
    expect(found).toHaveLength(warnings);
    for (const { reason, message } of found) {
      expect(reason).toBe('LimitReached');
      expect(message).toBe(
        'limits.maxUsers is 5, and the pair has 8 live account(s). Nobody is deleted because of that; nobody is created before 4 of them have gone.',
      );
    }
  });

  it('warn of nothing where there is no number', () => {
    expect(excessWarnings({ allowDelete: true }, 8)).toEqual([]);
    expect(excessWarnings(undefined, 8)).toEqual([]);
  });

  it.each<Limit>(['maxUsers', 'userTypes', 'allowDelete', 'excludedTargetUsers'])('say their field: %s', (limit) => {
    expect(limitMessage(limit)).toContain(`limits.${limit} of the TenantPair`);
  });
});
