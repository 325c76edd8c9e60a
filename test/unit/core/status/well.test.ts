import { nobodyInScope, wellMessage } from '../../../../src/core/status/well.ts';

describe('F1 Ready of a configuration in which all is well', () => {
  it.each([
    ['a configuration that acts', undefined, 'The configuration is synchronized.'],
    ['a plan of nothing', { none: 3 }, 'Plan: nothing is written; nothing would change.'],
    [
      'a plan',
      { create: 2, delete: 1, none: 7, conflict: 1 },
      'Plan: nothing is written; planned: 2 creation(s), 1 deletion(s) (1 conflict(s)).',
    ],
    [
      'a plan that the guard would stage',
      { disable: 4, failure: 1, guard: { result: 'Staged', count: 4, percent: 40, stagedCreations: 2 } },
      'Plan: nothing is written; planned: 4 block(s) (1 could not be told). The guard would stage 4 deletion(s) and block(s), 40 % of the accounts. 2 of the creations would wait for a decision.',
    ],
  ] as const)('says of %s what it is', (_, plan, said) => {
    expect(wellMessage(plan, undefined)).toBe(said);
  });

  const users = [{ userPrincipalName: 'ana@contoso.com' }];
  it.each([
    ['everybody, of whom there is nobody', { type: 'All' }, 0, true, undefined],
    ['nothing named, before anything was read', { type: 'Assigned' }, 0, false, 'names no user, group or application'],
    ['empty lists', { type: 'Assigned', users: [], groups: [] }, 0, true, 'names no user, group or application'],
    ['somebody named, before anything was read', { type: 'Assigned', users }, 0, false, undefined],
    ['somebody named who is not there', { type: 'Assigned', users }, 0, true, 'has nobody in it whom the filters let pass'],
    ['an application with nobody', { type: 'Assigned', application: { servicePrincipalId: 'app' } }, 0, true, 'has nobody in it'],
    ['somebody', { type: 'Assigned', users }, 1, true, undefined],
  ] as const)('says that nobody is in a scope of %s, or does not', (_, scope, inScope, isRead, said) => {
    const nobody = nobodyInScope({ scope: { includeNestedGroups: false, ...scope } }, { inScope, isRead });
    expect(nobody?.includes(said ?? '')).toBe(said === undefined ? undefined : true);
    expect(wellMessage(undefined, nobody)).toBe(
      ['The configuration is synchronized.', ...(nobody === undefined ? [] : [nobody])].join(' '),
    );
  });
});
