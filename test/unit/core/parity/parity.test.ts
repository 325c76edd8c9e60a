import type { GroupProjection, SyncConfiguration, UserProjection } from '../../../../src/api/kinds.ts';
import { isFrom } from '../../../../src/core/parity/home.ts';
import { parityOf, type ParityInput } from '../../../../src/core/parity/parity.ts';

type Plan = NonNullable<UserProjection['status']['plan']>;

const record = (id: string, plan: Plan | undefined, more: Partial<UserProjection['status']> = {}): UserProjection =>
  ({
    metadata: { name: `staff-${id}`, namespace: 'identity', generation: 1 },
    spec: { source: { objectId: id, tenantId: 'hub' }, syncConfigurationRef: { name: 'staff' } },
    status: { state: plan === undefined ? 'Pending' : 'Planned', ...(plan === undefined ? {} : { plan }), ...more },
  }) as unknown as UserProjection;

const configuration = (anchor?: string): SyncConfiguration =>
  ({
    metadata: { name: 'staff', namespace: 'identity' },
    spec: { matching: { adoption: 'Adopt', ...(anchor === undefined ? {} : { anchor: { attribute: anchor } }) } },
  }) as unknown as SyncConfiguration;

const compare = (more: Partial<ParityInput>) =>
  parityOf({
    configuration: configuration('extensionAttribute15'),
    records: [],
    groups: [],
    othersAccounts: new Set(),
    accounts: [],
    job: undefined,
    written: new Map(),
    ...more,
  });

const none = (objectId: string): Plan => ({ operation: 'None', changes: [], objectId });

describe('G7 parity', () => {
  test('of zero is the first sentence, and an anchor is no difference', () => {
    const anchored: Plan = { operation: 'Update', changes: [{ attribute: 'extensionAttribute15', to: 'x' }], objectId: 'B' };
    const found = compare({ records: [record('a', none('A')), record('b', anchored)], accounts: ['A', 'B'] });
    expect([found.differences, found.people, found.anchors, found.attributes]).toEqual([0, 2, 1, []]);
    expect(found.summary).toBe(
      'Zero differences: for all 2 people the accounts are what this configuration would make. 1 would get the ownership anchor, which is no difference.',
    );
  });

  test('of groups is told where there are any: what would be made or changed is a difference, who is taken over or left alone is none', () => {
    type GroupStatus = Partial<GroupProjection['status']>;
    const group = (id: string, status: GroupStatus): GroupProjection =>
      ({ metadata: { name: id }, spec: { source: { objectId: id } }, status }) as unknown as GroupProjection;
    const plannedAs = (plan: NonNullable<GroupStatus['plan']>): GroupStatus => ({ state: 'Planned', plan });
    const conflict = { type: 'Ready', status: 'False', reason: 'GroupNameTaken', message: '', lastTransitionTime: '' } as const;
    const quiet = [
      group('same', plannedAs({ operation: 'None', addMembers: 0, removeMembers: 0 })),
      group('taken over', plannedAs({ operation: 'Update', attributes: ['uniqueName'], addMembers: 0, removeMembers: 0 })),
      group('in the way', { state: 'Conflict', conditions: [conflict] }),
    ];
    const withGroups = { ...configuration(), spec: { ...configuration().spec, groups: {} as never } };
    const found = compare({ configuration: withGroups, groups: quiet });
    expect([found.differences, found.groups]).toEqual([
      0,
      { same: 1, anchors: 1, changes: [], conflicts: [{ sourceObjectId: 'in the way', reason: 'GroupNameTaken' }], undecided: [] },
    ]);
    expect(found.summary).toMatch(/^Zero differences: .* 1 group is in a conflict and would be left as found\.$/);
    const loud = [
      group('made', plannedAs({ operation: 'Create', addMembers: 2, removeMembers: 0 })),
      group('other members', plannedAs({ operation: 'Update', attributes: ['uniqueName'], addMembers: 0, removeMembers: 1 })),
      group('not looked at', { state: 'Pending' }),
    ];
    const differing = compare({ configuration: withGroups, groups: [...quiet, ...loud] });
    expect(differing.differences).toBe(3);
    expect(differing.summary).toContain('Differences: 2 groups would be made or changed; 1 group cannot be decided about.');
    expect(compare({ groups: loud })).not.toHaveProperty('groups');
  });

  test('counts what would change by attribute, the most first, with examples and what Entra wrote', () => {
    const change = (objectId: string, ...attributes: readonly string[]): Plan => ({
      operation: 'Update',
      changes: attributes.map((attribute) => ({ attribute, from: 'old', to: 'new' })),
      objectId,
    });
    const records = Array.from({ length: 12 }, (_, index) => record(`p${index}`, change(`t${index}`, 'officeLocation')));
    const found = compare({
      records: [...records, record('x', change('X', 'city', 'showInAddressList'))],
      accounts: [...records.map((_, index) => `t${index}`), 'X'],
      written: new Map([['t0', { at: '2026-01-05T10:00:00Z', action: 'update', values: { physicalDeliveryOfficeName: 'older' } }]]),
    });
    expect(found.attributes.map(({ attribute, accounts, examples }) => [attribute, accounts, examples.length])).toEqual([
      ['officeLocation', 12, 10],
      ['city', 1, 1],
    ]);
    expect(found.attributes[0]?.examples[0]).toEqual({
      targetObjectId: 't0',
      sourceObjectId: 'p0',
      from: 'old',
      to: 'new',
      entraWrote: { at: '2026-01-05T10:00:00Z', action: 'update', value: 'older' },
    });
    // Nobody can read it, so that nobody can say that it differs.
    expect([found.differences, found.notCompared]).toEqual([13, ['showInAddressList']]);
  });

  test.each<[string, Partial<ParityInput>, object, string]>([
    [
      'somebody without an account',
      { records: [record('a', { operation: 'Create' })] },
      { onlyHere: [{ sourceObjectId: 'a', operation: 'Create' }] },
      '1 person would get an account that is not there',
    ],
    [
      'an account that would go',
      { records: [record('a', { operation: 'Delete', objectId: 'A' })], accounts: ['A'] },
      { onlyThere: [{ targetObjectId: 'A', sourceObjectId: 'a', why: 'WouldBeDeleted' }] },
      '1 account is there whose person would have none',
    ],
    [
      'accounts that nobody in the plan has',
      { records: [record('a', none('A'))], accounts: ['C', 'A', 'B'] },
      {
        onlyThere: [
          { targetObjectId: 'B', why: 'NotInPlan' },
          { targetObjectId: 'C', why: 'NotInPlan' },
        ],
      },
      '2 accounts are there whose people would have none',
    ],
    [
      'a conflict, whose account is counted once',
      { records: [record('a', undefined, { state: 'Conflict', conflictingObjectId: 'A' })], accounts: ['A'] },
      { undecided: [{ sourceObjectId: 'a', state: 'Conflict', reason: 'Progressing' }], onlyThere: [] },
      '1 person cannot be decided about',
    ],
  ])('tells of %s', (_, input, found, says) => {
    const parity = compare(input);
    expect(parity).toMatchObject(found);
    expect(parity.summary).toContain(says);
    expect(parity.differences).toBeGreaterThan(0);
  });

  test('leaves alone who is skipped, and accounts of other configurations', () => {
    const skipped = record('a', undefined, { state: 'Skipped' });
    expect(compare({ records: [skipped], accounts: ['A'], othersAccounts: new Set(['A']) }).differences).toBe(0);
  });
});

test.each<[string, string | null, boolean]>([
  ['ana_contoso.com#EXT#@fabrikam.onmicrosoft.com', null, true],
  ['ana_b_Contoso.com#ext#@fabrikam.onmicrosoft.com', null, true],
  ['ana_contoso.com1#EXT#@fabrikam.onmicrosoft.com', null, true],
  ['ana_other.example#EXT#@fabrikam.onmicrosoft.com', 'ana@contoso.com', true],
  ['ana_other.example#EXT#@fabrikam.onmicrosoft.com', 'ana@other.example', false],
  ['ana_notcontoso.com#EXT#@fabrikam.onmicrosoft.com', null, false],
  ['ana@contoso.com', 'ana@contoso.com', false],
  ['', null, false],
])('the account %s with the address %s is of contoso.com: %s', (userPrincipalName, mail, expected) => {
  const user = { id: 'x', userPrincipalName, userType: 'Guest', accountEnabled: true, managerId: null, attributes: { mail } };
  expect(isFrom(new Set(['contoso.com']), user)).toBe(expected);
});
