import {
  actionStep,
  assignmentStep,
  expectedResult,
  filterSteps,
  importStep,
  mappingSteps,
  matchingStep,
  type ActionFacts,
} from '../../../../src/core/on-demand/explain.ts';
import type { ClauseResult } from '../../../../src/core/scope/filter.ts';
import { guest, internal } from '../support.ts';

const user = guest('account');
const action = (more: Partial<ActionFacts>): ActionFacts => ({
  decision: { do: 'Update', user },
  written: [],
  blocks: false,
  holds: [],
  ...more,
});
const clause = (more: Partial<ClauseResult>): ClauseResult => ({
  filter: 'sales',
  attribute: 'department',
  operator: 'IsNull',
  passed: true,
  ...more,
});

describe('F5 the steps of an explanation', () => {
  it.each([
    [undefined, 'NotFound', 'no user'],
    [internal('u'), 'Found', 'without #EXT#'],
    [internal('u', { userType: 'Guest' }), 'NotInternalMember', 'userType'],
    [guest('u'), 'NotInternalMember', 'with #EXT#, creationType of an external user, externalUserState'],
    [internal('u', { creationType: 'Invitation' }), 'AmbiguousIdentity', 'creationType of an external user'],
  ])('Import of %j', (given, outcome, detail) => {
    expect(importStep(given)).toEqual({ step: 'Import', outcome, detail: expect.stringContaining(detail) as string });
  });

  it('Scoping names everything by which somebody is assigned', () => {
    const none = { everybody: false, entries: [], byApplication: false, groups: [] };
    expect(assignmentStep({ ...none, everybody: true })).toMatchObject({ outcome: 'Assigned', detail: 'spec.scope.type is All.' });
    expect(assignmentStep(none)).toMatchObject({ outcome: 'Unassigned' });
    const groups = [
      { path: ['a', 'b'], ofApplication: false },
      { path: ['c'], ofApplication: true },
    ];
    expect(assignmentStep({ ...none, entries: [2], byApplication: true, groups }).detail).toBe(
      'By spec.scope.users[2]; an assignment of the application; group a > group b; an assignment of the application, group c.',
    );
  });

  it.each<[string, readonly Partial<ClauseResult>[], string]>([
    ['all hold', [{}, {}], 'FilterPassed'],
    ['one does not', [{}, { passed: false }], 'FilterFailed'],
    ['one is not known', [{}, { passed: false, because: 'TooLarge' }], 'FilterUndecided'],
    ['one is not known and one does not', [{ passed: false }, { passed: false, because: 'TooLarge' }], 'FilterFailed'],
  ])('Scoping says of a filter of which %s', (_, clauses, outcome) => {
    expect(filterSteps(clauses.map(clause))).toMatchObject([{ outcome }]);
  });

  it('Scoping says that there are more filters than fit', () => {
    const steps = filterSteps(Array.from({ length: 9 }, (_, index) => clause({ filter: `f${index}` })));
    expect(steps).toHaveLength(7);
    expect(steps.at(-1)).toMatchObject({ outcome: 'FiltersLeftOut', detail: '3 more filter(s).' });
  });

  it('Mapping says where each target comes from and whether it changes, and never a value', () => {
    const origins = { a: 'source x', b: 'a constant', c: 'source z', d: 'source y' };
    const failures = [{ target: 'd', message: 'too long; read from y' }];
    expect(mappingSteps({ origins, wanted: new Set(['a', 'b']), written: new Set(['a']), failures })).toEqual([
      {
        step: 'Mapping',
        outcome: 'Mapped',
        detail: 'a from source x: would be written; b from a constant: stays; c from source z: no value',
      },
      { step: 'Mapping', outcome: 'MappingFailed', detail: 'd: too long; read from y' },
    ]);
    expect(mappingSteps({ origins: { a: 'source x' }, wanted: new Set(['a']), written: undefined, failures: [] })[0]?.detail).toContain(
      'not compared',
    );
  });

  it('fits a status, however much there is to say', () => {
    const origins = Object.fromEntries(Array.from({ length: 128 }, (_, index) => [`attribute${index}`, `source ${'x'.repeat(60)}`]));
    const steps = mappingSteps({ origins, wanted: new Set(), written: undefined, failures: [] });
    expect(steps.length).toBeLessThanOrEqual(4);
    for (const { detail = '' } of steps) expect(detail.length).toBeLessThanOrEqual(1024);
    const long = filterSteps([clause({ value: 'v'.repeat(5000) })]);
    expect(long[0]?.detail).toHaveLength(1024);
  });

  it.each([
    [{ type: 'Linked', objectId: 'x' }, 'Linked', 'x'],
    [{ type: 'NotSearched' }, 'NotSearched', ''],
    [{ type: 'Searched', match: { type: 'None' } }, 'NotFound', ''],
    [{ type: 'Searched', match: { type: 'Found', user, by: 'Anchor' } }, 'Found', 'the anchor: account account'],
    [{ type: 'Searched', match: { type: 'Found', user, by: 'Address' } }, 'Found', 'an address'],
    [{ type: 'Searched', match: { type: 'Restorable', user } }, 'Restorable', 'recycle bin'],
    [{ type: 'Searched', match: { type: 'Unsettled', since: 'then' } }, 'WaitingForReplication', 'then'],
    [{ type: 'Searched', match: { type: 'Excluded', objectId: 'x' } }, 'LimitReached', 'x'],
    [{ type: 'Searched', match: { type: 'Conflict', reason: 'InternalUserExists', objectId: 'x' } }, 'InternalUserExists', 'x'],
    [{ type: 'Searched', match: { type: 'Conflict', reason: 'AmbiguousIdentity' } }, 'AmbiguousIdentity', ''],
  ] as const)('Matching of %j', (matching, outcome, detail) => {
    expect(matchingStep(matching)).toMatchObject({ outcome, detail: expect.stringContaining(detail) as string });
  });

  it.each<[Partial<ActionFacts>, string, string]>([
    [{}, 'Unchanged', 'Planned'],
    [{ written: ['jobTitle'] }, 'Updated', 'Planned'],
    [{ written: ['accountEnabled'], blocks: true }, 'Disabled', 'Planned'],
    [{ decision: { do: 'Create' } }, 'Created', 'Planned'],
    [{ decision: { do: 'Restore', user } }, 'Restored', 'Planned'],
    [{ decision: { do: 'Delete', user } }, 'Deleted', 'Planned'],
    [{ decision: { do: 'Block', user }, blocks: true }, 'Disabled', 'Planned'],
    [{ decision: { do: 'Delete', user }, holds: [{ by: 'Guard', reason: 'AwaitingGuard' }] }, 'Skipped', 'AwaitingGuard'],
    [{ decision: { do: 'Conflict', reason: 'InternalUserExists' } }, 'Failed', 'InternalUserExists'],
    [{ decision: { do: 'Settle', state: 'Skipped', reason: 'LimitReached', limit: 'maxUsers' } }, 'Skipped', 'LimitReached'],
    [{ decision: { do: 'Wait', reason: 'WaitingForReplication' } }, 'Skipped', 'WaitingForReplication'],
    [{ decision: { do: 'Forget' } }, 'Skipped', 'NotInScope'],
  ])('Action of %j', (facts, result, reason) => {
    expect(expectedResult(action(facts))).toEqual({ result, reason });
  });

  it('Action says what would be written, to whom, and what holds it back until when', () => {
    const holds = [{ by: 'Quota', reason: 'Throttled', until: '2026-01-05T08:00:00Z' }] as const;
    expect(actionStep(action({ written: ['jobTitle'] }))).toEqual({
      step: 'Action',
      outcome: 'WouldUpdate',
      detail: 'Update. Would be written to account account: jobTitle.',
    });
    expect(actionStep(action({ written: ['jobTitle'], holds })).detail).toContain(
      'Held back by quota: Throttled until 2026-01-05T08:00:00Z.',
    );
    const limited = action({
      decision: { do: 'Settle', state: 'Skipped', reason: 'LimitReached', limit: 'excludedTargetUsers', objectId: 'x' },
    });
    expect(actionStep(limited)).toMatchObject({
      outcome: 'LimitReached',
      detail: 'Settle. limits.excludedTargetUsers of the TenantPair. Account x.',
    });
  });
});
