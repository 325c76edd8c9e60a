import type { SandboxUser } from '@tenantsync/sandbox/entra';
import type { JsonObject } from '@tenantsync/sandbox/kubernetes';
import { guests, hire } from '../support/scene.ts';
import { groupRecord, groupWorld, groupWrites, mirrored, mirroredPeople, ourGroups, selecting } from '../support/group-scene.ts';
import { namespace, type World } from '../support/world.ts';

const minute = 60_000;

let world: World;
afterEach(async () => {
  await world.end();
});

const ids = (people: readonly { readonly id: string }[]): string[] => people.map(({ id }) => id).sort();

interface Scene {
  readonly people: readonly SandboxUser[];
  /** Id of the source group. */
  readonly id: string;
}

/** A group of the hub with some of its people, projected, its members there. */
async function falcon(members = 5, more: JsonObject = {}, configuration: JsonObject = {}): Promise<Scene> {
  world = groupWorld();
  const people = hire(world, 15);
  const { id } = world.hub.createGroup({ displayName: 'Project Falcon', members: ids(people.slice(0, members)) });
  await world.begin({ ...selecting([id], more), ...configuration });
  await world.until('the members', () => mirroredPeople(world, id).length === members);
  return { people, id };
}

const membersAre = (id: string, people: readonly SandboxUser[]): Promise<void> =>
  world.until('these members', () => JSON.stringify(mirroredPeople(world, id)) === JSON.stringify(ids(people)));

describe('G3 groups', () => {
  it('G3 makes a selected group as a static security group with its anchor, and puts in who has an account', async () => {
    const { id } = await falcon();
    expect(mirrored(world, id)).toMatchObject({
      displayName: 'Project Falcon',
      mailNickname: 'ProjectFalcon',
      securityEnabled: true,
      mailEnabled: false,
      groupTypes: [],
      isAssignableToRole: null,
      uniqueName: `tenantsync-1-default-${world.hub.tenantId}-${id}`,
    });
    await world.nextCycle();
    expect(groupRecord(world, id)?.status).toMatchObject({
      state: 'Provisioned',
      members: { wanted: 5, present: 5, waiting: 0, foreign: 0 },
    });
    expect(ourGroups(world)).toHaveLength(1);
    expect(world.configuration().status.groups).toMatchObject({ selected: 1, synced: 1 });
  });

  it('G3 projects no groups, and asks for none, while spec.groups is not there', async () => {
    world = groupWorld();
    hire(world, 3);
    world.hub.createGroup({ displayName: 'Project Falcon' });
    await world.begin();
    expect(world.kube.list('GroupProjection')).toEqual([]);
    expect(world.spoke.log.entries().filter(({ path }) => /groups|beta/i.test(path))).toEqual([]);
    expect(world.configuration().status.groups).toBeUndefined();
    expect(world.pair().status.access?.groupSync).toBeUndefined();
  });

  it('G3 follows who joins and who leaves the source group in the cycle that brings it', async () => {
    const { people, id } = await falcon(5);
    world.hub.removeMember(id, people[0]?.id ?? '');
    world.hub.addMember(id, people[9]?.id ?? '');
    await world.sync();
    await membersAre(id, [...people.slice(1, 5), ...people.slice(9, 10)]);
    expect(guests(world)).toHaveLength(15);
  });

  it('G3 counts in each cycle, and in its history, what was done to groups and their members', async () => {
    const { people, id } = await falcon();
    const status = (): ReturnType<World['configuration']>['status'] => world.configuration().status;
    const all = (): Readonly<Record<string, number>> => {
      const sums: Record<string, number> = {};
      for (const { groupOperations = {} } of status().history ?? [])
        for (const [word, count] of Object.entries(groupOperations)) sums[word] = (sums[word] ?? 0) + count;
      return sums;
    };
    await world.nextCycle();
    expect(all()).toMatchObject({ create: 1, addMembers: 5 });
    for (const { id: person } of people.slice(5, 7)) world.hub.addMember(id, person);
    world.hub.removeMember(id, people[0]?.id ?? '');
    await world.sync();
    const changed = { groupOperations: { update: 1, addMembers: 2, removeMembers: 1 }, result: 'Succeeded' };
    expect(status().lastCycle).toMatchObject(changed);
    expect(status().history?.[0]).toMatchObject({ id: status().lastCycle?.id, ...changed });
    const { history } = status();
    await world.run(20 * minute);
    expect(status().lastCycle?.groupOperations).toBeUndefined();
    expect(status().history).toEqual(history);
    const [code, message] = ['Authorization_RequestDenied', 'Insufficient privileges to complete the operation.'];
    world.entra.faults.add({ effect: 'status', status: 403, code, message, times: 1, match: { operation: 'PATCH /groups/{id}' } });
    world.hub.addMember(id, people[8]?.id ?? '');
    await world.sync();
    expect(status().lastCycle).toMatchObject({ groupOperations: { failure: 1 }, result: 'EntryLevelErrors' });
  });

  it('G3 tries a group that failed at growing distances, as people, whatever its members do, and over a new start', async () => {
    const { people, id } = await falcon();
    const [code, message] = ['Authorization_RequestDenied', 'Insufficient privileges to complete the operation.'];
    const refusal = { effect: 'status', status: 403, code, message, times: 1_000_000, match: { operation: 'PATCH /groups/{id}' } } as const;
    const refused = world.entra.faults.add(refusal);
    world.hub.addMember(id, people[5]?.id ?? '');
    await world.until('it fails', () => groupRecord(world, id)?.status.state === 'Failed');
    for (let minutes = 0; minutes < 60; minutes += 5) {
      const member = people[6]?.id ?? '';
      if (minutes % 10 === 0) world.hub.addMember(id, member);
      else world.hub.removeMember(id, member);
      if (minutes === 30) {
        world.killOperator();
        await world.startOperator();
      }
      await world.run(5 * minute);
    }
    // At once, and after 1, 5, 15 and 40 minutes.
    expect(refused.applied).toBeGreaterThanOrEqual(4);
    expect(refused.applied).toBeLessThanOrEqual(5);
    expect(groupRecord(world, id)?.status.attempts).toBe(refused.applied);
    world.entra.faults.clear();
    await world.run(5 * minute);
    await world.restart();
    await world.until('it agrees', () => groupRecord(world, id)?.status.state === 'Provisioned', 5 * minute);
    expect(groupRecord(world, id)?.status.attempts).toBeUndefined();
  });

  it('G3 puts in who gets an account later, whatever has kept it waiting', async () => {
    const { people, id } = await falcon(5);
    const [late] = hire(world, 1, 'late');
    world.hub.addMember(id, late?.id ?? '');
    await world.sync();
    await membersAre(id, [...people.slice(0, 5), ...(late === undefined ? [] : [late])]);
    expect(ourGroups(world)).toHaveLength(1);
  });

  it('G3 counts only those of the source group who have an account of the pair or are to have one', async () => {
    world = groupWorld();
    const people = hire(world, 6);
    const { id } = world.hub.createGroup({ displayName: 'Project Falcon', members: ids(people) });
    const scope = world.hub.createGroup({ displayName: 'Scope', members: ids(people.slice(0, 2)) }).id;
    await world.begin({ ...selecting([id]), scope: { type: 'Assigned', groups: [{ id: scope }] } });
    await membersAre(id, people.slice(0, 2));
    await world.nextCycle();
    expect(groupRecord(world, id)?.status.members).toEqual({ wanted: 2, present: 2, waiting: 0, foreign: 0 });
    world.hub.addMember(scope, people[5]?.id ?? '');
    await world.sync();
    await membersAre(id, [...people.slice(0, 2), ...people.slice(5)]);
  });

  it('G3 puts in people whom another configuration of the pair projects', async () => {
    world = groupWorld();
    const people = hire(world, 6);
    const { id } = world.hub.createGroup({ displayName: 'Project Falcon', members: ids(people) });
    const scope = world.hub.createGroup({ displayName: 'Scope', members: ids(people.slice(0, 1)) }).id;
    world.applyConfiguration({}, 'everybody');
    await world.begin({ ...selecting([id]), scope: { type: 'Assigned', groups: [{ id: scope }] } });
    await world.until('all members', () => (mirrored(world, id)?.members.size ?? 0) === 6);
    expect(groupRecord(world, id)?.spec.syncConfigurationRef.name).toBe('staff');
  });

  it('G3 names groups by expressions, and follows a change of the source and of the expression', async () => {
    const { id } = await falcon(2, { displayNameExpression: 'Append([displayName], " (Contoso)")', mailNicknameExpression: '"falcon"' });
    expect(mirrored(world, id)).toMatchObject({ displayName: 'Project Falcon (Contoso)', mailNickname: 'falcon' });
    world.hub.updateGroup(id, { displayName: 'Project Eagle' });
    await world.sync();
    await world.until('the new name', () => mirrored(world, id)?.displayName === 'Project Eagle (Contoso)');
    world.applyConfiguration(selecting([id], { displayNameExpression: 'Append("C ", [displayName])' }));
    await world.until('the new rule', () => mirrored(world, id)?.displayName === 'C Project Eagle');
    expect(ourGroups(world)).toHaveLength(1);
  });

  it('G3 leaves a name that was changed in the target until the source says something new', async () => {
    const { id } = await falcon(2);
    const target = mirrored(world, id)?.id ?? '';
    world.spoke.updateGroup(target, { displayName: 'Renamed there' });
    await world.restart();
    expect(mirrored(world, id)?.displayName).toBe('Renamed there');
    world.hub.updateGroup(id, { displayName: 'Project Eagle' });
    await world.sync();
    await world.until('the new name', () => mirrored(world, id)?.displayName === 'Project Eagle');
  });

  it('G3 stalls on an expression that is none, and says where', async () => {
    world = groupWorld();
    const { id } = world.hub.createGroup({ displayName: 'Project Falcon' });
    world.applyPair();
    world.applyConfiguration(selecting([id], { displayNameExpression: 'Append([jobTitle], "x")' }));
    await world.startOperator();
    const ready = () => world.configuration().status.conditions?.find(({ type }) => type === 'Ready');
    await world.until('it stalls', () => ready()?.reason === 'InvalidExpression');
    expect(ready()?.message).toContain('spec.groups.displayNameExpression: column 8: a group has no jobTitle here');
  });

  it('G3 selects groups by name, once, and all groups of the scope', async () => {
    world = groupWorld();
    const people = hire(world, 4);
    const falconId = world.hub.createGroup({ displayName: 'Project Falcon', members: ids(people.slice(0, 1)) }).id;
    const scope = world.hub.createGroup({ displayName: 'Staff', members: ids(people) }).id;
    await world.begin({
      scope: { type: 'Assigned', groups: [{ id: scope }] },
      groups: { select: [{ displayName: 'Project Falcon' }, { displayName: 'Nobody' }, { scopeGroups: true }] },
    });
    await membersAre(scope, people);
    await membersAre(falconId, people.slice(0, 1));
    expect(world.configuration().status.resolvedGroups).toEqual([{ displayName: 'Project Falcon', id: falconId }]);
    expect(world.configuration().status.warnings?.map(({ reason }) => reason)).toContain('ScopeNameNotFound');
    world.hub.updateGroup(falconId, { displayName: 'Project Eagle' });
    await world.sync();
    await world.until('it is the same group', () => mirrored(world, falconId)?.displayName === 'Project Eagle');
  });

  it('G3 flattens nested groups when asked, in circles too, and not otherwise', async () => {
    world = groupWorld();
    const people = hire(world, 6);
    const inner = world.hub.createGroup({ displayName: 'Inner', members: ids(people.slice(3)) }).id;
    const outer = world.hub.createGroup({ displayName: 'Outer', members: [...ids(people.slice(0, 3)), inner] }).id;
    world.hub.addMember(inner, outer);
    await world.begin(selecting([outer]));
    await membersAre(outer, people.slice(0, 3));
    world.applyConfiguration(selecting([outer], { membership: 'Flattened' }));
    await membersAre(outer, people);
    world.hub.removeMember(inner, people[5]?.id ?? '');
    await world.sync();
    await membersAre(outer, people.slice(0, 5));
    expect(mirrored(world, outer)?.members.size).toBe(5);
  });

  it('G3 writes nothing in a cycle without changes, and reads one delta of groups', async () => {
    const { id } = await falcon(5);
    await world.run(15 * minute);
    await world.sync();
    await world.run(minute);
    const writes = world.spoke.log.writes().length;
    const version = groupRecord(world, id)?.metadata.resourceVersion;
    world.hub.log.reset();
    world.spoke.log.reset();
    await world.nextCycle();
    await world.run(minute);
    expect(world.spoke.log.writes()).toEqual([]);
    expect(writes).toBeGreaterThan(0);
    expect(groupRecord(world, id)?.metadata.resourceVersion).toBe(version);
    expect(
      world.hub.log
        .entries()
        .filter(({ path }) => path.includes('/groups'))
        .map(({ operation }) => operation),
    ).toEqual(['GET /groups/delta']);
    expect(world.spoke.log.entries().filter(({ path }) => path.includes('/groups'))).toEqual([]);
  });

  it('G3 writes memberships twenty at a time, and removals by reference alone, in batches', async () => {
    world = groupWorld();
    const people = hire(world, 60);
    const { id } = world.hub.createGroup({ displayName: 'Project Falcon', members: ids(people) });
    await world.begin({ ...selecting([id]), deprovisioning: { guard: { percent: 100 } } });
    await membersAre(id, people);
    world.spoke.log.reset();
    for (const { id: person } of people.slice(0, 25)) world.hub.removeMember(id, person);
    await world.sync();
    await membersAre(id, people.slice(25));
    const deletions = world.spoke.log.entries().filter(({ method }) => method === 'DELETE');
    expect(deletions).toHaveLength(25);
    expect(deletions.filter(({ path }) => !path.endsWith('/$ref'))).toEqual([]);
    expect(world.spoke.log.count('POST /$batch')).toBeGreaterThanOrEqual(2);
    for (const { id: person } of people.slice(0, 25)) world.hub.addMember(id, person);
    world.spoke.log.reset();
    await world.sync();
    await membersAre(id, people);
    expect(groupWrites(world)).toEqual(['PATCH /groups/{id}', 'PATCH /groups/{id}']);
    expect(guests(world)).toHaveLength(60);
  });

  it('G3 adds one by one after a refusal, and says who could not be added', async () => {
    world = groupWorld();
    const people = hire(world, 8);
    const { id } = world.hub.createGroup({ displayName: 'Project Falcon' });
    await world.begin(selecting([id]));
    await world.until('the group', () => mirrored(world, id) !== undefined);
    // Somebody else puts one of them in, in the moment in which the request leaves.
    const account = world.account(people[3]?.id ?? '')?.id ?? '';
    const target = mirrored(world, id)?.id ?? '';
    const hook = {
      before: ({ body = '' }: { body: string | undefined }) => {
        if (body.includes('members@odata.bind')) world.spoke.addMember(target, account);
      },
    };
    world.entra.intercept(hook);
    for (const { id: person } of people) world.hub.addMember(id, person);
    await world.sync();
    await membersAre(id, people);
    expect(world.spoke.log.count('PATCH /groups/{id}', 400)).toBeGreaterThan(0);
  });

  it('G3 keeps groups of the target apart: two source groups make two, and a second configuration claims none that has an owner', async () => {
    const { id } = await falcon(3);
    world.applyConfiguration(selecting([id]), 'second');
    await world.until('the second says so', () => groupRecord(world, id, 'second')?.status.state === 'Conflict');
    expect(groupRecord(world, id, 'second')?.status.conditions?.[0]).toMatchObject({ reason: 'ClaimedByOtherConfiguration' });
    expect(ourGroups(world)).toHaveLength(1);
    world.applyConfiguration({});
    await world.until('the second takes over', () => groupRecord(world, id, 'second')?.status.state === 'Provisioned');
    expect(ourGroups(world)).toHaveLength(1);
  });

  it('G3 makes no more groups than maxGroups of the pair, and the next one when there is room', async () => {
    world = groupWorld();
    const groups = Array.from({ length: 4 }, (_, index) => world.hub.createGroup({ displayName: `Group ${index}` }).id);
    world.applyPair({ limits: { maxGroups: 2 } });
    world.applyConfiguration(selecting(groups));
    await world.startOperator();
    await world.until('two are held back', () => world.configuration().status.groups?.skipped === 2);
    expect(ourGroups(world)).toHaveLength(2);
    world.applyPair({ limits: { maxGroups: 3 } });
    await world.until('one more', () => ourGroups(world).length === 3);
    await world.run(10 * minute);
    expect(ourGroups(world)).toHaveLength(3);
  });

  it('G3 says in Plan mode what would be done, and writes nothing', async () => {
    world = groupWorld();
    const people = hire(world, 4);
    const { id } = world.hub.createGroup({ displayName: 'Project Falcon', members: ids(people) });
    await world.begin({ ...selecting([id]), mode: 'Plan' });
    await world.until('the plan', () => groupRecord(world, id)?.status.state === 'Planned');
    expect(groupRecord(world, id)?.status.plan).toEqual({ operation: 'Create', addMembers: 4, removeMembers: 0 });
    expect(world.spoke.log.writes()).toEqual([]);
    world.applyConfiguration(selecting([id]));
    await membersAre(id, people);
    world.applyConfiguration({ ...selecting([id]), mode: 'Plan' });
    await world.until('the plan', () => groupRecord(world, id)?.status.plan?.operation === 'None');
    world.hub.removeMember(id, people[0]?.id ?? '');
    await world.sync();
    await world.until('the plan', () => groupRecord(world, id)?.status.plan?.removeMembers === 1);
    await membersAre(id, people);
  });

  it('G3 counts in Plan mode those alone who would really be put in', async () => {
    world = groupWorld();
    const people = hire(world, 4);
    world.spoke.createUser({ properties: { displayName: 'In the way', userType: 'Member', mail: 'person1@contoso.com' } });
    world.hub.updateUser(people[0]?.id ?? '', { accountEnabled: false });
    const { id } = world.hub.createGroup({ displayName: 'Project Falcon', members: ids(people) });
    await world.begin({ ...selecting([id]), mode: 'Plan' });
    await world.until('the plan', () => groupRecord(world, id)?.status.plan?.addMembers === 2);
    const states = world.projections().map(({ status }) => status.state);
    expect(states.sort()).toEqual(['Conflict', 'Planned', 'Planned', 'Skipped']);
    await world.nextCycle();
    expect(groupRecord(world, id)?.status.plan).toEqual({ operation: 'Create', addMembers: 2, removeMembers: 0 });
    world.applyConfiguration(selecting([id]));
    await membersAre(id, people.slice(2));
    expect(groupRecord(world, id)?.status.members).toMatchObject({ wanted: 4, present: 2, waiting: 2 });
  });

  it('G3 finds its groups again when the cluster is lost, and makes none twice', async () => {
    const { people, id } = await falcon(5);
    const before = mirrored(world, id)?.id;
    world.loseCluster();
    world.applyPair();
    world.applyConfiguration(selecting([id]));
    await world.startOperator();
    await world.until('it is found', () => groupRecord(world, id)?.status.state === 'Provisioned');
    expect(mirrored(world, id)?.id).toBe(before);
    expect(groupRecord(world, id)?.status.targetGroup?.origin).toBe('Adopted');
    expect(world.spoke.groups()).toHaveLength(1);
    await membersAre(id, people.slice(0, 5));
    world.hub.removeMember(id, people[0]?.id ?? '');
    await world.sync();
    await membersAre(id, people.slice(1, 5));
  });

  it('G3 leaves groups as they are when spec.groups, the configuration or the pair goes', async () => {
    const { people, id } = await falcon(3);
    world.applyConfiguration({});
    await world.until('the records are gone', () => world.kube.list('GroupProjection').length === 0);
    expect(ourGroups(world)).toHaveLength(1);
    world.applyConfiguration(selecting([id]));
    await world.until('it is found', () => groupRecord(world, id)?.status.state === 'Provisioned');
    world.kube.delete({ kind: 'SyncConfiguration', name: 'staff', namespace });
    await world.until('the records are gone', () => world.kube.list('GroupProjection').length === 0);
    await world.run(10 * minute);
    const [group] = ourGroups(world);
    expect(group?.members.size).toBe(3);
    expect(people).toHaveLength(15);
  });

  it('G3 writes a record anew that somebody has changed, and acts on nothing of it', async () => {
    const { id } = await falcon(3);
    const name = groupRecord(world, id)?.metadata.name ?? '';
    world.kube.patch({ kind: 'GroupProjection', name, namespace }, { spec: { attributes: { displayName: 'Forged' } } });
    await world.until('it is written anew', () => groupRecord(world, id)?.spec.attributes?.displayName === 'Project Falcon');
    await world.run(minute);
    expect(mirrored(world, id)?.displayName).toBe('Project Falcon');
    await world.until('it is well again', () => groupRecord(world, id)?.status.state === 'Provisioned');
  });
});
