import type { Fault } from '@tenantsync/sandbox/entra';
import { condition, eventReasons, guestIds, guests, hire, replicated } from '../support/scene.ts';
import { unfriendly, World } from '../support/world.ts';

const minute = 60_000;
const forever = 1_000_000;

/** A page as the source would send it, with this content and nothing that says how the round goes on. */
const page = (body: object): Pick<Fault & { effect: 'status' }, 'effect' | 'status' | 'body' | 'headers'> => ({
  effect: 'status',
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

describe('E6 a failed or partial source read deletes nobody', () => {
  let world: World;
  afterEach(() => world.end());

  /** Everybody in the scope is provisioned; then the source misbehaves, in an incremental and in a full cycle. */
  async function misbehave(faults: readonly Fault[], scope: object, full: boolean): Promise<readonly string[]> {
    await world.begin({ scope });
    await world.run(minute);
    const before = guestIds(world);
    expect(before).toHaveLength(15);
    for (const fault of faults) world.entra.faults.add({ ...fault, match: { tenant: world.hub.tenantId, ...fault.match } });
    if (full) world.annotate('SyncConfiguration', 'staff', { 'tenantsync.dev/restarted-at': 'now' });
    await world.run(16 * minute);
    return before;
  }

  function expectFailure(reason: string): void {
    expect(condition(world.configuration())).toMatchObject({ status: 'False', reason });
    expect(condition(world.configuration())?.message).toContain('Nothing is deleted');
    expect(world.configuration().status.lastCycle).toMatchObject({ result: 'Failed', reason });
    expect(world.configuration().status.nextCycleAt).toBeDefined();
    expect(eventReasons(world, 'SyncConfiguration', 'staff')).toContain(reason);
  }

  const userReads: readonly (readonly [string, Fault, string | undefined])[] = [
    [
      'empty',
      { ...page({ value: [], '@odata.deltaLink': 'https://graph.microsoft.com/v1.0/users/delta?$deltatoken=x' }), times: 1 },
      undefined,
    ],
    ['partial, without a link to go on', { ...page({ value: [] }), times: forever }, 'SourceReadFailed'],
    ['403', { effect: 'status', status: 403, code: 'Authorization_RequestDenied', times: forever }, 'SourceReadFailed'],
    ['404', { effect: 'status', status: 404, code: 'Request_ResourceNotFound', times: forever }, 'SourceReadFailed'],
    ['500', { effect: 'status', status: 500, times: forever }, 'SourceReadFailed'],
    ['cut off', { effect: 'truncate', times: forever }, 'SourceReadFailed'],
    ['dropped', { effect: 'dropBefore', times: forever }, 'SourceReadFailed'],
    ['full of empty pages', { effect: 'emptyPage', times: 3 }, undefined],
  ];
  for (const full of [false, true]) {
    it.each(userReads)(`E6 a ${full ? 'full' : 'incremental'} read of users that is %s deletes nobody`, async (_, fault, reason) => {
      world = new World({ settings: unfriendly });
      hire(world, 15);
      await replicated(world);
      const before = await misbehave([{ ...fault, match: { operation: 'GET /users/delta' } }], { type: 'All' }, full);
      expect(guestIds(world)).toEqual(before);
      expect(world.spoke.deletedUsers()).toEqual([]);
      expect(world.projections().every(({ spec }) => spec.lifecycle === 'Present')).toBe(true);
      if (reason !== undefined) expectFailure(reason);
      world.entra.faults.clear();
      hire(world, 1, 'late');
      await world.until('the source is read again', () => guests(world).length === 16, 20 * minute);
      await world.until('it is ready again', () => condition(world.configuration())?.status === 'True', 20 * minute);
    });
  }

  const groupReads: readonly (readonly [string, Fault, string | undefined])[] = [
    ['403', { effect: 'status', status: 403, code: 'Authorization_RequestDenied', times: forever }, 'ScopeGroupUnreadable'],
    ['404', { effect: 'status', status: 404, code: 'Request_ResourceNotFound', times: forever }, 'ScopeGroupDeleted'],
    ['500', { effect: 'status', status: 500, times: forever }, 'SourceReadFailed'],
    ['cut off', { effect: 'truncate', times: forever }, 'SourceReadFailed'],
  ];
  it.each(groupReads)('E6 a read of group members that is %s deletes nobody and stops the cycle', async (_, fault, reason) => {
    world = new World({ settings: unfriendly });
    const people = hire(world, 15);
    const group = world.hub.createGroup({ displayName: 'Staff', members: people.map((user) => user.id) });
    await replicated(world);
    const scope = { type: 'Assigned', groups: [{ id: group.id }] };
    const before = await misbehave([{ ...fault, match: { path: /\/groups\/[^/]+\/members/ } }], scope, true);
    expect(guestIds(world)).toEqual(before);
    expect(world.spoke.deletedUsers()).toEqual([]);
    expect(condition(world.configuration())).toMatchObject({ status: 'False', reason });
    world.entra.faults.clear();
    await world.until('it is ready again', () => condition(world.configuration())?.status === 'True', 30 * minute);
    expect(guestIds(world)).toEqual(before);
  });

  const deltaReads: readonly (readonly [string, Fault])[] = [
    ['403', { effect: 'status', status: 403, code: 'Authorization_RequestDenied', times: forever }],
    ['404', { effect: 'status', status: 404, code: 'Request_ResourceNotFound', times: forever }],
    ['500', { effect: 'status', status: 500, times: forever }],
    ['cut off', { effect: 'truncate', times: forever }],
    ['partial, without a link to go on', { ...page({ value: [] }), times: forever }],
    ['full of empty pages', { effect: 'emptyPage', times: 3 }],
    ['reset', { effect: 'deltaReset', times: 1 }],
    ['expired', { effect: 'deltaExpire', times: 1 }],
  ];
  it.each(deltaReads)('E6 an incremental read of groups that is %s deletes nobody, and a change in the gap is found', async (_, fault) => {
    world = new World({ settings: unfriendly });
    const people = hire(world, 16);
    const group = world.hub.createGroup({ displayName: 'Staff', members: people.slice(1).map((user) => user.id) });
    await replicated(world);
    const scope = { type: 'Assigned', groups: [{ id: group.id }] };
    const before = await misbehave([{ ...fault, match: { operation: 'GET /groups/delta' } }], scope, false);
    expect(guestIds(world)).toEqual(before);
    world.hub.addMember(group.id, people[0]?.id ?? '');
    world.hub.removeMember(group.id, people[1]?.id ?? '');
    await world.run(6 * minute);
    world.entra.faults.clear();
    await world.until('the new member', () => world.account(people[0]?.id ?? '') !== undefined, 30 * minute);
    await world.until('the old member', () => world.projection(people[1]?.id ?? '')?.status.state === 'SoftDeleted', 30 * minute);
    expect(guests(world)).toHaveLength(15);
    await world.until('it is ready again', () => condition(world.configuration())?.status === 'True', 10 * minute);
  });

  it.each(groupReads.map(([what, fault]) => [what, fault] as const))(
    'E6 a read of the assignments of an application that is %s deletes nobody',
    async (_, fault) => {
      world = new World({ settings: unfriendly });
      world.hubApp.grant('Application.Read.All');
      const application = world.hub.createServicePrincipal('Portal');
      for (const user of hire(world, 15)) world.hub.assign(application, user.id);
      await replicated(world);
      const scope = { type: 'Assigned', application: { servicePrincipalId: application } };
      const before = await misbehave([{ ...fault, match: { path: /appRoleAssignedTo/ } }], scope, false);
      expect(guestIds(world)).toEqual(before);
      expect(condition(world.configuration())?.status).toBe('False');
      world.entra.faults.clear();
      await world.until('it is ready again', () => condition(world.configuration())?.status === 'True', 30 * minute);
      expect(guestIds(world)).toEqual(before);
    },
  );

  it('E6 a group that an application brings in and that is emptied stages its removals', async () => {
    world = new World({ settings: unfriendly });
    world.hubApp.grant('Application.Read.All');
    const people = hire(world, 30);
    const small = world.hub.createGroup({ displayName: 'Small', members: people.slice(0, 2).map((user) => user.id) });
    const application = world.hub.createServicePrincipal('Portal');
    world.hub.assign(application, small.id);
    for (const user of people.slice(2)) world.hub.assign(application, user.id);
    await replicated(world);
    await world.begin({ scope: { type: 'Assigned', application: { servicePrincipalId: application } } });
    await world.until('everybody is there', () => guests(world).length === 30);
    for (const user of people.slice(0, 2)) world.hub.removeMember(small.id, user.id);
    await world.until('they are staged', () => world.configuration().status.stagedDeletions?.count === 2, 20 * minute);
    expect(guests(world)).toHaveLength(30);
  });

  it('E6 an empty read of members that are there stages, and deletes nobody', async () => {
    world = new World({ settings: unfriendly });
    const people = hire(world, 15);
    const group = world.hub.createGroup({ displayName: 'Staff', members: people.map((user) => user.id) });
    await replicated(world);
    const scope = { type: 'Assigned', groups: [{ id: group.id }] };
    const empty: Fault = { ...page({ value: [] }), times: forever, match: { path: /\/groups\/[^/]+\/members/ } };
    const before = await misbehave([empty], scope, true);
    expect(guestIds(world)).toEqual(before);
    expect(condition(world.configuration())).toMatchObject({ status: 'False', reason: 'DeletionsStaged' });
    expect(world.configuration().status.stagedDeletions?.count).toBe(15);
    world.entra.faults.clear();
    await world.restart();
    await world.until('nothing is staged', () => world.configuration().status.stagedDeletions === undefined);
    expect(condition(world.configuration())?.status).toBe('True');
    expect(guestIds(world)).toEqual(before);
  });

  it.each([
    ['403', { effect: 'status', status: 403, code: 'Authorization_RequestDenied' } as const],
    ['500', { effect: 'status', status: 500 } as const],
    ['cut off', { effect: 'truncate' } as const],
  ])('E6 a confirming read of single users that is %s deletes nobody', async (_, effect) => {
    world = new World({ settings: unfriendly });
    const people = hire(world, 15);
    await replicated(world);
    await world.begin();
    await world.run(minute);
    const before = guestIds(world);
    world.hub.softDelete(people[0]?.id ?? '');
    for (const operation of ['GET /users/{id}', 'GET /users', 'POST /$batch', 'POST /directoryObjects/getByIds'])
      world.entra.faults.add({ ...effect, times: forever, match: { tenant: world.hub.tenantId, operation } });
    await world.run(20 * minute);
    expect(guestIds(world)).toEqual(before);
    world.entra.faults.clear();
    await world.until('the one is gone', () => guests(world).length === 14, 30 * minute);
  });

  it('E6 a deleted scope group stops the cycle, deletes nobody and recovers when it is restored', async () => {
    world = new World({ settings: unfriendly });
    const people = hire(world, 12);
    const group = world.hub.createGroup({ displayName: 'Staff', members: people.map((user) => user.id) });
    await replicated(world);
    await world.begin({ scope: { type: 'Assigned', groups: [{ id: group.id }] } });
    await world.run(minute);
    const before = guestIds(world);
    world.hub.deleteGroup(group.id);
    await world.until('it says so', () => condition(world.configuration())?.reason === 'ScopeGroupDeleted');
    expect(condition(world.configuration())?.message).toContain('restore the group, or remove it from spec.scope.groups');
    await world.run(20 * minute);
    expect(guestIds(world)).toEqual(before);
    world.hub.restoreGroup(group.id);
    await world.until('it is ready', () => condition(world.configuration())?.status === 'True', 30 * minute);
    expect(guestIds(world)).toEqual(before);
  });

  it.each(['empty', 'forbidden'] as const)('E6 a group whose membership becomes hidden (%s) deletes nobody', async (hiddenMembership) => {
    world = new World({ settings: { ...unfriendly, hiddenMembership } });
    const people = hire(world, 12);
    const group = world.hub.createGroup({ displayName: 'Staff', members: people.map((user) => user.id) });
    await replicated(world);
    await world.begin({ scope: { type: 'Assigned', groups: [{ id: group.id }] } });
    await world.run(minute);
    const before = guestIds(world);
    world.hub.updateGroup(group.id, { hiddenMembership: true });
    world.annotate('SyncConfiguration', 'staff', { 'tenantsync.dev/restarted-at': 'now' });
    await world.until('it says so', () => condition(world.configuration())?.status === 'False');
    expect(['ScopeGroupHidden', 'ScopeGroupUnreadable']).toContain(condition(world.configuration())?.reason);
    await world.run(20 * minute);
    expect(guestIds(world)).toEqual(before);
    world.hubApp.grant('Member.Read.Hidden');
    await world.until('it is ready', () => condition(world.configuration())?.status === 'True', 90 * minute);
    expect(guestIds(world)).toEqual(before);
  });

  it('E6 an emptied group stages its removals whatever the numbers of the guard', async () => {
    world = new World({ settings: unfriendly });
    const people = hire(world, 40);
    const big = world.hub.createGroup({ displayName: 'Big', members: people.slice(2).map((user) => user.id) });
    const small = world.hub.createGroup({ displayName: 'Small', members: people.slice(0, 2).map((user) => user.id) });
    await replicated(world);
    await world.begin({ scope: { type: 'Assigned', groups: [{ id: big.id }, { id: small.id }] } });
    await world.until('everybody is there', () => guests(world).length === 40);
    for (const user of people.slice(0, 2)) world.hub.removeMember(small.id, user.id);
    await world.until('they are staged', () => world.configuration().status.stagedDeletions?.count === 2);
    await world.run(10 * minute);
    expect(guests(world)).toHaveLength(40);
    expect(condition(world.configuration())).toMatchObject({ status: 'False', reason: 'DeletionsStaged' });
  });

  it('E6 an ambiguous group name stalls with the ids, and goes on when it is named by id', async () => {
    world = new World({ settings: unfriendly });
    const [ana] = hire(world, 1);
    const one = world.hub.createGroup({ displayName: 'Falcon', members: [ana?.id ?? ''] });
    const two = world.hub.createGroup({ displayName: 'Falcon' });
    await replicated(world);
    world.applyPair();
    world.applyConfiguration({ scope: { type: 'Assigned', groups: [{ displayName: 'Falcon' }] } });
    await world.startOperator();
    await world.until('it stalls', () => condition(world.configuration(), 'Stalled')?.status === 'True');
    expect(condition(world.configuration(), 'Stalled')?.reason).toBe('ScopeNameAmbiguous');
    for (const named of [one.id, two.id, 'spec.scope.groups[0]']) expect(condition(world.configuration())?.message).toContain(named);
    expect(guests(world)).toEqual([]);
    world.applyConfiguration({ scope: { type: 'Assigned', groups: [{ id: one.id }] } });
    await world.until('it is ready', () => condition(world.configuration())?.status === 'True');
    expect(condition(world.configuration(), 'Stalled')).toBeUndefined();
    await world.until('she is there', () => guests(world).length === 1);
  });

  it('E6 a group name that nobody has stalls, and says which by its place in the spec', async () => {
    world = new World({ settings: unfriendly });
    const there = world.hub.createGroup({ displayName: 'Somewhere' });
    await replicated(world);
    world.applyPair();
    world.applyConfiguration({ scope: { type: 'Assigned', groups: [{ id: there.id }, { displayName: 'Nowhere' }] } });
    await world.startOperator();
    await world.until('it stalls', () => condition(world.configuration(), 'Stalled')?.status === 'True');
    expect(condition(world.configuration())?.reason).toBe('ScopeNameNotFound');
    expect(condition(world.configuration())?.message).toContain('spec.scope.groups[1]');
    expect(condition(world.configuration())?.message).not.toContain('Nowhere');
  });

  it('E6 resolves a name once: a second group of the name that comes later changes nothing', async () => {
    world = new World({ settings: unfriendly });
    const people = hire(world, 3);
    const group = world.hub.createGroup({ displayName: 'Falcon', members: people.map((user) => user.id) });
    await replicated(world);
    await world.begin({
      scope: { type: 'Assigned', groups: [{ displayName: 'Falcon' }], users: [{ userPrincipalName: 'person0@contoso.com' }] },
    });
    expect(world.configuration().status.resolvedScope).toMatchObject({
      groups: [{ displayName: 'Falcon', id: group.id }],
      users: [{ userPrincipalName: 'person0@contoso.com', id: people[0]?.id }],
    });
    world.hub.createGroup({ displayName: 'Falcon' });
    world.hub.updateUser(people[0]?.id ?? '', { userPrincipalName: 'renamed@contoso.com' });
    await replicated(world);
    await world.restart();
    expect(condition(world.configuration())?.status).toBe('True');
    expect(guests(world)).toHaveLength(3);
  });
});

describe('E5 scope', () => {
  let world: World;
  afterEach(() => world.end());

  const names = (): readonly string[] =>
    world
      .projections()
      .filter(({ spec }) => spec.lifecycle === 'Present')
      .map(({ spec }) => world.hub.user(spec.source.objectId)?.properties.displayName as string)
      .sort();

  async function scoped(scope: object): Promise<readonly string[]> {
    await replicated(world);
    await world.begin({ scope });
    return names();
  }

  it('E5 takes assigned users and direct members of groups only', async () => {
    world = new World({ settings: unfriendly });
    const people = hire(world, 6);
    const id = (index: number): string => people[index]?.id ?? '';
    const inner = world.hub.createGroup({ displayName: 'Inner', members: [id(3)] });
    const outer = world.hub.createGroup({ displayName: 'Outer', members: [id(1), id(2), inner.id] });
    const scope = { type: 'Assigned', users: [{ id: id(0) }, { userPrincipalName: 'person1@contoso.com' }], groups: [{ id: outer.id }] };
    expect(await scoped(scope)).toEqual(['person 0', 'person 1', 'person 2']);
    world.hub.addMember(outer.id, id(4));
    await world.until('the new member is there', () => names().includes('person 4'));
    world.applyConfiguration({ scope: { ...scope, includeNestedGroups: true } });
    await world.until('nested members are there', () => names().includes('person 3'));
    world.hub.removeMember(inner.id, id(3));
    await world.until('the nested member left', () => !names().includes('person 3'), 20 * minute);
    expect(names()).toEqual(['person 0', 'person 1', 'person 2', 'person 4']);
  });

  it('E5 mirrors the assignments of an enterprise application, users and groups', async () => {
    world = new World({ settings: unfriendly });
    world.hubApp.grant('Application.Read.All');
    const people = hire(world, 5);
    const id = (index: number): string => people[index]?.id ?? '';
    const group = world.hub.createGroup({ displayName: 'Group', members: [id(1), id(2)] });
    const application = world.hub.createServicePrincipal('Portal');
    world.hub.assign(application, id(0));
    world.hub.assign(application, group.id);
    expect(await scoped({ type: 'Assigned', application: { servicePrincipalId: application } })).toEqual([
      'person 0',
      'person 1',
      'person 2',
    ]);
    world.hub.assign(application, id(3));
    world.hub.unassign(application, id(0));
    await world.until('the new one is there', () => names().includes('person 3'), 20 * minute);
    await world.until('the old one left', () => !names().includes('person 0'), 20 * minute);
  });

  it.each([
    ['Equals', [{ attribute: 'department', operator: 'Equals', value: 'Sales' }], ['Ann', 'Cy']],
    ['NotEquals', [{ attribute: 'department', operator: 'NotEquals', value: 'Sales' }], ['Bob']],
    ['In', [{ attribute: 'department', operator: 'In', value: 'Sales;Legal' }], ['Ann', 'Cy']],
    ['NotIn', [{ attribute: 'department', operator: 'NotIn', value: 'Sales;Legal' }], ['Bob']],
    ['Includes', [{ attribute: 'department', operator: 'Includes', value: 'ear' }], ['Bob']],
    ['EndsWith', [{ attribute: 'country', operator: 'EndsWith', value: 'E' }], ['Ann']],
    ['GreaterThan', [{ attribute: 'employeeId', operator: 'GreaterThan', value: '20' }], ['Cy']],
    ['GreaterThanOrEquals', [{ attribute: 'employeeId', operator: 'GreaterThanOrEquals', value: '20' }], ['Bob', 'Cy']],
    ['IsTrue', [{ attribute: 'accountEnabled', operator: 'IsTrue' }], ['Ann', 'Bob', 'Cy', 'Dee']],
    ['IsNull', [{ attribute: 'department', operator: 'IsNull' }], ['Dee']],
    ['IsNotNull', [{ attribute: 'department', operator: 'IsNotNull' }], ['Ann', 'Bob', 'Cy']],
    [
      'clauses together',
      [
        { attribute: 'department', operator: 'Equals', value: 'Sales' },
        { attribute: 'country', operator: 'Equals', value: 'FR' },
      ],
      ['Cy'],
    ],
  ])('E5 filters by %s', async (_, clauses, expected) => {
    world = new World({ settings: unfriendly });
    const make = (name: string, properties: Record<string, string>): void =>
      void world.hub.createUser({
        userPrincipalName: `${name.toLowerCase()}@contoso.com`,
        properties: { displayName: name, ...properties },
      });
    make('Ann', { department: 'Sales', country: 'DE', employeeId: '10' });
    make('Bob', { department: 'Research', country: 'ES', employeeId: '20' });
    make('Cy', { department: 'Sales', country: 'FR', employeeId: '100' });
    make('Dee', {});
    expect(await scoped({ type: 'All', filters: [{ name: 'one', clauses }] })).toEqual(expected);
    expect(world.configuration().status.lastCycle?.skipped ?? {}).toEqual(
      expected.length === 4 ? {} : { FilteredOut: 4 - expected.length },
    );
  });

  it('E5 takes whoever passes any filter, and follows a change of an attribute that only a filter reads', async () => {
    world = new World({ settings: unfriendly });
    const people = hire(world, 12);
    const filters = [
      { name: 'one', clauses: [{ attribute: 'employeeType', operator: 'Equals', value: 'Staff' }] },
      { name: 'two', clauses: [{ attribute: 'department', operator: 'Equals', value: 'Research' }] },
    ];
    for (const user of people.slice(0, 10)) world.hub.updateUser(user.id, { employeeType: 'Staff', department: 'Sales' });
    expect(await scoped({ type: 'All', filters })).toHaveLength(11);
    world.hub.updateUser(people[0]?.id ?? '', { employeeType: 'Contractor' });
    world.hub.updateUser(people[10]?.id ?? '', { department: 'Research' });
    await world.until('one came and one left', () => names().includes('person 10') && !names().includes('person 0'));
    await world.until('the account is deleted', () => world.projection(people[0]?.id ?? '')?.status.state === 'SoftDeleted');
    expect(world.projection(people[0]?.id ?? '')?.spec.removal).toMatchObject({ reason: 'FilteredOut' });
  });
});
