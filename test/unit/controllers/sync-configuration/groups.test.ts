import { annotations } from '../../../../src/api/kinds.ts';
import { KubeError } from '../../../../src/ports/resources.ts';
import { GroupCycles, groupsSpec } from '../group-cycles.ts';
import { People } from '../people.ts';

async function world(
  groups: ConstructorParameters<typeof GroupCycles>[1] = {},
  options: ConstructorParameters<typeof GroupCycles>[2] = {},
): Promise<GroupCycles> {
  const people = new People('u0', 'u1');
  people.join('falcon', 'u0', 'u1');
  people.join('eagle', 'u1');
  const made = new GroupCycles(people, groups, options);
  await made.begin();
  return made;
}
const warnings = (cycles: GroupCycles): readonly string[] => cycles.configuration.status.warnings?.map(({ reason }) => reason) ?? [];
const lifecycles = (cycles: GroupCycles): readonly string[] =>
  cycles.site.groups
    .list()
    .map(({ spec }) => `${spec.source.objectId} ${spec.lifecycle}`)
    .sort();

describe('G3 a cycle', () => {
  it('gives each selected group a record, and says how they stand', async () => {
    const cycles = await world({ select: [{ id: 'FALCON'.toLowerCase() }, { id: 'eagle' }] });
    expect(lifecycles(cycles)).toEqual(['eagle Present', 'falcon Present']);
    expect(cycles.group().spec).toMatchObject({
      attributes: { displayName: 'falcon', mailNickname: 'falcon' },
      members: { membership: 'Direct', propagateRemovals: true, exclusive: false },
    });
    await cycles.again();
    expect(cycles.configuration.status.groups).toMatchObject({ selected: 2, synced: 2 });
  });

  it('looks at those alone whom its delta names, and takes nothing back', async () => {
    const cycles = await world({ select: [{ id: 'falcon' }, { id: 'eagle' }] });
    await cycles.again();
    cycles.people.asked.length = 0;
    cycles.people.quit('eagle', 'u1');
    const writes = cycles.site.groups.writes.length;
    await cycles.again();
    expect(cycles.people.asked.filter((request) => request.startsWith('getGroups'))).toEqual(['getGroups eagle']);
    expect(cycles.site.groups.writes.slice(writes).filter(({ verb }) => verb !== 'patchStatus')).toEqual([]);
  });

  it('reads all of them where memberships are flattened, or the selection is another one', async () => {
    const cycles = await world({ select: [{ id: 'falcon' }, { id: 'eagle' }], membership: 'Flattened' });
    expect(cycles.configuration.status.watermark?.projectedGroups).toBeUndefined();
    cycles.people.asked.length = 0;
    await cycles.again();
    expect(cycles.people.asked.filter((request) => request.startsWith('getGroups'))).toEqual(['getGroups falcon,eagle']);
    cycles.edit({ groups: groupsSpec({ select: [{ id: 'eagle' }] }) });
    cycles.people.asked.length = 0;
    await cycles.again();
    expect(cycles.people.asked).toContain('getGroups eagle');
    expect(lifecycles(cycles)).toEqual(['eagle Present', 'falcon Removed']);
  });

  it('stages the deletion of a group that is not selected or gone, where that is asked for', async () => {
    const cycles = await world({ select: [{ id: 'falcon' }, { id: 'eagle' }], deprovisioning: 'SoftDelete' });
    cycles.people.groups.delete('falcon');
    cycles.edit({}, { [annotations.restartedAt]: '1' });
    await cycles.again();
    expect(cycles.group().spec).toMatchObject({ lifecycle: 'RemovalStaged', removal: { reason: 'Deleted', action: 'SoftDelete' } });
    expect(cycles.configuration.status.stagedDeletions).toMatchObject({ count: 1, byReason: { GroupRemoved: 1 } });
    const token = cycles.configuration.status.stagedDeletions?.token ?? '';
    cycles.edit({}, { [annotations.approveDeletions]: token });
    await cycles.again();
    expect(cycles.group().spec).toMatchObject({ lifecycle: 'Removed', approvedToken: token });
    expect(cycles.group().status.state).toBe('SoftDeleted');
  });

  it('shows removals of members that wait, and writes what is decided about exactly those', async () => {
    const cycles = await world();
    cycles.people.quit('falcon', 'u0', 'u1');
    await cycles.again();
    await cycles.again();
    expect(cycles.configuration.status.stagedDeletions).toMatchObject({ count: 2, byReason: { MemberRemoved: 2 } });
    cycles.edit({}, { [annotations.rejectDeletions]: cycles.configuration.status.stagedDeletions?.token ?? '' });
    await cycles.again();
    expect(cycles.group().spec.memberRemovals).toMatchObject({ verdict: 'Rejected' });
    expect(cycles.members()).toHaveLength(2);
  });

  it('lets them go where the pair allows no deletion, and forgets those that were let go', async () => {
    const cycles = await world(
      { select: [{ id: 'falcon' }, { id: 'eagle' }], deprovisioning: 'SoftDelete' },
      { pair: { limits: { allowDelete: false } } },
    );
    cycles.edit({ groups: groupsSpec({ select: [{ id: 'eagle' }], deprovisioning: 'SoftDelete' }) });
    await cycles.again();
    expect(cycles.group().status.state).toBe('Retained');
    cycles.edit({}, { [annotations.restartedAt]: '1' });
    await cycles.again();
    expect(lifecycles(cycles)).toEqual(['eagle Present']);
    expect(cycles.target.kept.size).toBe(2);
  });

  it('takes the records away where no groups are projected any more', async () => {
    const cycles = await world();
    const { groups: _, ...spec } = cycles.configuration.spec;
    cycles.site.configurations.put({ ...cycles.configuration, metadata: { ...cycles.configuration.metadata, generation: 2 }, spec });
    await cycles.again();
    expect(cycles.site.groups.list()).toEqual([]);
    expect(cycles.target.kept.size).toBe(1);
  });

  it('leaves out what it cannot find by name or id, with a warning', async () => {
    const people = new People('u0');
    people.join('falcon', 'u0');
    const cycles = new GroupCycles(people, { select: [{ displayName: 'falcon' }, { displayName: 'nobody' }, { id: 'gone' }] });
    Object.assign(cycles.site.session.source, {
      findGroupsByName: (name: string) =>
        Promise.resolve(name === 'falcon' ? [{ id: 'falcon', displayName: name, securityEnabled: true, visibility: null }] : []),
    });
    await cycles.begin();
    expect(lifecycles(cycles)).toEqual(['falcon Present']);
    expect(cycles.configuration.status.resolvedGroups).toEqual([{ displayName: 'falcon', id: 'falcon' }]);
    expect(warnings(cycles).filter((reason) => reason === 'ScopeNameNotFound')).toHaveLength(2);
  });

  it('selects the groups of its scope', async () => {
    const people = new People('u0');
    people.join('falcon', 'u0');
    const scope = { type: 'Assigned', groups: [{ id: 'falcon' }], includeNestedGroups: false } as const;
    const cycles = new GroupCycles(people, {}, { configuration: { scope, groups: groupsSpec({ select: [{ scopeGroups: true }] }) } });
    await cycles.begin();
    expect(lifecycles(cycles)).toEqual(['falcon Present']);
  });

  it('keeps the names of a group that cannot be named any more', async () => {
    const cycles = await world();
    cycles.edit({ groups: groupsSpec({ displayNameExpression: '[description]' }) });
    await cycles.again();
    expect(cycles.group().spec).toMatchObject({
      attributes: { displayName: 'falcon' },
      failedMapping: expect.stringContaining('description') as string,
    });
    expect(cycles.group().status.warnings).toMatchObject([{ reason: 'MappingFailed' }]);
  });

  it('stalls on an expression that is none', async () => {
    const cycles = new GroupCycles(new People('u0'), { displayNameExpression: 'Append(' });
    await cycles.cycle();
    expect(cycles.reason).toBe('InvalidExpression');
  });

  it('goes on with a record of which the store had not heard', async () => {
    const people = new People('u0');
    people.join('falcon', 'u0');
    const cycles = new GroupCycles(people);
    cycles.site.groups.refuse('create', new KubeError('AlreadyExists', 'falcon'));
    await cycles.cycle();
    await cycles.again();
    expect(lifecycles(cycles)).toEqual(['falcon Present']);
  });

  it('sweeps the records of a configuration that is gone, and those of other tenants', async () => {
    const cycles = await world();
    const record = cycles.group();
    cycles.site.groups.put({
      ...record,
      metadata: { ...record.metadata, name: 'staff-group-old', uid: 'old' },
      spec: { ...record.spec, target: { tenantId: 'other' } },
    });
    await cycles.again();
    expect(lifecycles(cycles)).toEqual(['falcon Present']);
    await cycles.site.configurations.delete({ namespace: 'identity', name: 'staff' });
    await cycles.reconcile();
    expect(cycles.site.groups.list()).toEqual([]);
    expect(cycles.target.kept.size).toBe(1);
  });
});
