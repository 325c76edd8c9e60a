import type { SandboxUser } from '@tenantsync/sandbox/entra';
import type { JsonObject } from '@tenantsync/sandbox/kubernetes';
import { annotations } from '../../src/api/kinds.ts';
import { runClientIn } from '../support/client-run.ts';
import { condition, eventReasons, guestIds, guests, hire } from '../support/scene.ts';
import { groupRecord, groupWorld, groupWrites, mirrored, mirroredPeople, ourGroups, selecting } from '../support/group-scene.ts';
import type { World } from '../support/world.ts';

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

/** Twenty people in a group that is projected, all members there. */
async function falcon(more: JsonObject = {}, configuration: JsonObject = {}): Promise<Scene> {
  world = groupWorld();
  const people = hire(world, 20);
  const { id } = world.hub.createGroup({ displayName: 'Project Falcon', members: ids(people) });
  await world.begin({ ...selecting([id], more), ...configuration });
  await world.until('the members', () => mirroredPeople(world, id).length === 20);
  return { people, id };
}

const state = (id: string): string | undefined => groupRecord(world, id)?.status.state;
const reason = (id: string): string | undefined => groupRecord(world, id)?.status.conditions?.find(({ type }) => type === 'Ready')?.reason;
const staged = () => world.configuration().status.stagedDeletions;
const leave = (id: string, people: readonly SandboxUser[]): void => {
  for (const { id: person } of people) world.hub.removeMember(id, person);
};
/** The cycle of kind Approved as the history tells of it, and who approved what its lines of the provisioning log tell of. */
const approvedCycle = () => world.configuration().status.history?.find(({ kind }) => kind === 'Approved');
const approversInLog = (): readonly string[] =>
  world.provisioningLog
    .map((line) => JSON.parse(line) as { cycleId: string; initiatedBy: { displayName: string } })
    .filter(({ cycleId }) => cycleId === approvedCycle()?.id)
    .map(({ initiatedBy }) => initiatedBy.displayName);
const decide = async (annotation: string): Promise<void> => {
  world.annotate('SyncConfiguration', 'staff', { [annotation]: staged()?.token ?? '', [annotations.decidedBy]: 'anna' });
  await world.until('it is decided', () => world.configuration().status.lastHandledDeletionDecision?.state === 'Done');
};

describe('G3 the guard over members', () => {
  it('G3 removes as many members as the guard allows within its window, and stages more', async () => {
    const { people, id } = await falcon({}, { deprovisioning: { guard: { window: '1h' } } });
    leave(id, people.slice(0, 3));
    await world.sync();
    await world.until('three have left', () => mirroredPeople(world, id).length === 17);
    expect(staged()).toBeUndefined();
    leave(id, people.slice(3, 4));
    await world.sync();
    await world.until('the fourth waits', () => state(id) === 'Staged');
    await world.until('it is shown', () => staged() !== undefined);
    expect(staged()).toMatchObject({ count: 1, byReason: { MemberRemoved: 1 } });
    const asked = await runClientIn(world, ['approve', 'staff'], ['n']);
    for (const verb of ['tree', 'status']) expect((await runClientIn(world, [verb])).out).toContain('1 group(s): 1 staged');
    expect(asked.out).toContain('1 × Group:\n  Project Falcon: 1 member(s) would leave it\n');
    const report = await runClientIn(world, ['report', 'staff']);
    expect(report.out).toMatch(/Groups \(1\).*<td>Project Falcon<\/td><td>identity\/staff<\/td><td>Staged<\/td><td>16 of 16<\/td>/);
    expect(report.out).toContain('<td>1 member(s) would leave it</td>');
    expect(report.out).toContain('docs/runbooks/MemberRemovalsStaged.md');
    const json = JSON.parse((await runClientIn(world, ['report', '-o', 'json'])).out) as { readonly groups: object };
    expect(json.groups).toMatchObject({
      states: [{ state: 'Staged', count: 1 }],
      standings: [{ group: 'Project Falcon', waits: expect.any(String) as string }],
    });
    expect(mirroredPeople(world, id)).toHaveLength(17);
    expect(reason(id)).toBe('MemberRemovalsStaged');
    expect(condition(world.configuration())).toMatchObject({ status: 'False', reason: 'DeletionsStaged' });
    // Whoever was once kept for a decision leaves by no other way.
    await world.run(130 * minute);
    await world.sync();
    expect(mirroredPeople(world, id)).toHaveLength(17);
    await decide(annotations.approveDeletions);
    await world.until('the fourth has left', () => mirroredPeople(world, id).length === 16);
  });

  it('G3 stages the removal of many members, and carries out an approval of exactly those', async () => {
    const { people, id } = await falcon();
    leave(id, people.slice(0, 10));
    await world.sync();
    await world.until('they wait', () => staged()?.count === 10);
    await world.run(30 * minute);
    expect(mirroredPeople(world, id)).toHaveLength(20);
    await decide(annotations.approveDeletions);
    await world.until('they have left', () => mirroredPeople(world, id).length === 10);
    await world.until('nothing waits', () => staged() === undefined);
    expect(state(id)).toBe('Provisioned');
    expect(guests(world)).toHaveLength(20);
    await world.until('its cycle has ended', () => approvedCycle()?.completedAt !== undefined);
    expect(approvedCycle()).toMatchObject({
      id: world.configuration().status.lastHandledDeletionDecision?.token,
      result: 'Succeeded',
      operations: { update: 1 },
    });
    expect(world.configuration().status.deletionDecisions).toMatchObject([{ by: 'anna', byReason: { MemberRemoved: 10 }, state: 'Done' }]);
    expect(approversInLog()).toEqual(['anna']);
    expect((await runClientIn(world, ['report', 'staff'])).out).toContain('<td>Approved</td><td>Succeeded</td>');
    // Whoever has approved that has approved nothing that comes later.
    leave(id, people.slice(10, 11));
    await world.sync();
    await world.until('one more has left', () => mirroredPeople(world, id).length === 9);
    expect(approversInLog()).toEqual(['anna']);
    expect(world.provisioningLog.filter((line) => line.includes('anna'))).toHaveLength(1);
  });

  it('G3 does not carry an approval out for others than those whom the administrator has seen', async () => {
    const { people, id } = await falcon();
    leave(id, people.slice(0, 10));
    await world.sync();
    await world.until('they wait', () => staged()?.count === 10);
    const seen = staged()?.token ?? '';
    leave(id, people.slice(10, 11));
    await world.sync();
    await world.until('one more waits', () => staged()?.count === 11);
    world.annotate('SyncConfiguration', 'staff', { [annotations.approveDeletions]: seen });
    await world.run(10 * minute);
    expect(mirroredPeople(world, id)).toHaveLength(20);
    expect(eventReasons(world, 'SyncConfiguration', 'staff')).toContain('DeletionDecisionRefused');
  });

  it('G3 leaves members alone whose removal was rejected, until others leave', async () => {
    const { people, id } = await falcon();
    leave(id, people.slice(0, 10));
    await world.sync();
    await world.until('they wait', () => staged()?.count === 10);
    await world.run(minute);
    await decide(annotations.rejectDeletions);
    await world.until('it says so', () => groupRecord(world, id)?.status.warnings?.[0]?.reason === 'MemberRemovalsRejected');
    await world.restart();
    await world.run(10 * minute);
    expect(staged()).toBeUndefined();
    expect(mirroredPeople(world, id)).toHaveLength(20);
    leave(id, people.slice(10, 11));
    await world.sync();
    await world.until('all of them wait', () => staged()?.count === 11);
  });

  it('G3 stages the emptying of a group, however small it is', async () => {
    world = groupWorld();
    const people = hire(world, 2);
    const { id } = world.hub.createGroup({ displayName: 'Project Falcon', members: ids(people) });
    await world.begin({ ...selecting([id]), deprovisioning: { guard: { threshold: 1000, percent: 100, minimum: 100 } } });
    await world.until('the members', () => mirroredPeople(world, id).length === 2);
    leave(id, people);
    await world.sync();
    await world.until('they wait', () => staged()?.count === 2);
    await world.run(30 * minute);
    expect(mirroredPeople(world, id)).toHaveLength(2);
    await decide(annotations.approveDeletions);
    await world.until('it is empty', () => mirroredPeople(world, id).length === 0);
  });

  it('G3 stages a group together with the people of its scope, under one token', async () => {
    world = groupWorld();
    const people = hire(world, 5);
    const { id } = world.hub.createGroup({ displayName: 'Staff', members: ids(people) });
    await world.begin({ scope: { type: 'Assigned', groups: [{ id }] }, groups: { select: [{ scopeGroups: true }] } });
    await world.until('the members', () => mirroredPeople(world, id).length === 5);
    leave(id, people);
    await world.sync();
    await world.until('both wait', () => staged()?.byReason?.Unassigned === 5 && staged()?.byReason?.MemberRemoved === 5);
    expect(staged()?.count).toBe(10);
    await world.run(minute);
    await decide(annotations.approveDeletions);
    await world.until('the people are gone', () => guests(world).length === 0);
  });

  it('G3 removes nobody where propagateRemovals is false', async () => {
    const { people, id } = await falcon({ propagateRemovals: false });
    leave(id, people.slice(0, 2));
    await world.restart();
    await world.run(10 * minute);
    expect(mirroredPeople(world, id)).toHaveLength(20);
  });
});

describe('G3 members whom we did not put there', () => {
  it('G3 leaves them alone, and removes them through the guard where the membership is exclusive', async () => {
    const { id } = await falcon();
    const group = mirrored(world, id)?.id ?? '';
    const stranger = world.spoke.createUser({ properties: { displayName: 'Stranger' } }).id;
    const nested = world.spoke.createGroup({ displayName: 'Nested' }).id;
    world.spoke.addMember(group, stranger);
    world.spoke.addMember(group, nested);
    await world.restart();
    await world.until('it is counted', () => groupRecord(world, id)?.status.members?.foreign === 2);
    await world.run(30 * minute);
    expect(mirrored(world, id)?.members.has(stranger)).toBe(true);
    world.applyConfiguration(selecting([id], { exclusiveMembership: true }));
    await world.until('they are out', () => mirrored(world, id)?.members.size === 20);
    expect(world.spoke.user(stranger)?.deletedAt).toBeNull();
    expect(world.spoke.group(nested)?.deletedAt).toBeNull();
    for (let index = 0; index < 9; index += 1)
      world.spoke.addMember(group, world.spoke.createUser({ properties: { displayName: `Stranger ${index}` } }).id);
    await world.restart();
    await world.until('so many wait', () => staged()?.byReason?.MemberRemoved === 9);
    expect(mirrored(world, id)?.members.size).toBe(29);
  });

  it('G3 removes nobody from an exclusive group after the cluster was lost, before everybody has a record again', async () => {
    const { people, id } = await falcon({ exclusiveMembership: true });
    world.loseCluster();
    world.applyPair();
    world.applyConfiguration({ ...selecting([id], { exclusiveMembership: true }) });
    await world.startOperator();
    await world.until('it is well', () => state(id) === 'Provisioned' && groupRecord(world, id)?.status.members?.present === 20);
    expect(mirroredPeople(world, id)).toEqual(ids(people));
    expect(world.spoke.log.entries().filter(({ method, path }) => method === 'DELETE' && path.includes('/members/'))).toEqual([]);
  });
});

describe('G3 deprovisioning', () => {
  it('G3 lets a group go that is not selected any more', async () => {
    const { id } = await falcon();
    const other = world.hub.createGroup({ displayName: 'Other' }).id;
    world.applyConfiguration(selecting([other]));
    await world.until('it is let go', () => state(id) === 'Retained');
    world.hub.addMember(id, hire(world, 1, 'late')[0]?.id ?? '');
    await world.restart();
    await world.run(minute);
    expect(ourGroups(world).find(({ displayName }) => displayName === 'Project Falcon')?.members.size).toBe(20);
    world.applyConfiguration(selecting([other, id]));
    await world.until('it is managed again', () => mirroredPeople(world, id).length === 21);
  });

  it('G3 stages the deletion of a group always, deletes it after an approval, and restores it when it is selected again', async () => {
    const { id } = await falcon({ deprovisioning: 'SoftDelete' });
    const before = mirrored(world, id)?.id;
    const other = world.hub.createGroup({ displayName: 'Other' }).id;
    world.applyConfiguration(selecting([other], { deprovisioning: 'SoftDelete' }));
    await world.until('it waits', () => staged()?.byReason?.GroupRemoved === 1);
    await world.run(30 * minute);
    expect(mirrored(world, id)?.id).toBe(before);
    expect(reason(id)).toBe('RemovalStaged');
    await decide(annotations.approveDeletions);
    await world.until('it is deleted', () => state(id) === 'SoftDeleted');
    expect(world.spoke.group(before ?? '')?.deletedAt).not.toBeNull();
    expect(guests(world)).toHaveLength(20);
    await world.until('its cycle has ended', () => approvedCycle()?.completedAt !== undefined);
    expect(approvedCycle()).toMatchObject({ result: 'Succeeded', operations: { delete: 1 } });
    expect(approversInLog()).toEqual(['anna']);
    world.applyConfiguration(selecting([other, id], { deprovisioning: 'SoftDelete' }));
    await world.until('it is back', () => mirroredPeople(world, id).length === 20);
    expect(mirrored(world, id)?.id).toBe(before);
  });

  it('G3 keeps a group whose deletion was rejected, and does not ask again', async () => {
    const { id } = await falcon({ deprovisioning: 'SoftDelete' });
    const other = world.hub.createGroup({ displayName: 'Other' }).id;
    world.applyConfiguration(selecting([other], { deprovisioning: 'SoftDelete' }));
    await world.until('it waits', () => staged()?.byReason?.GroupRemoved === 1);
    await decide(annotations.rejectDeletions);
    await world.restart();
    await world.run(10 * minute);
    expect(staged()).toBeUndefined();
    expect(mirroredPeople(world, id)).toHaveLength(20);
  });

  it('G3 stages the deletion of a group that is gone in the source, and forgets it when the group is back', async () => {
    const { id } = await falcon({ deprovisioning: 'SoftDelete' });
    world.hub.deleteGroup(id);
    await world.sync();
    await world.until('it waits', () => staged()?.byReason?.GroupRemoved === 1);
    world.hub.restoreGroup(id);
    await world.sync();
    await world.until('nothing waits', () => staged() === undefined);
    await world.until('it is well', () => state(id) === 'Provisioned');
    expect(mirroredPeople(world, id)).toHaveLength(20);
  });

  it('G3 deletes no group where the pair allows no deletion', async () => {
    const { id } = await falcon({ deprovisioning: 'SoftDelete' });
    world.applyPair({ limits: { allowDelete: false } });
    const other = world.hub.createGroup({ displayName: 'Other' }).id;
    world.applyConfiguration(selecting([other], { deprovisioning: 'SoftDelete' }));
    await world.until('it is let go', () => state(id) === 'Retained');
    expect(ourGroups(world).map(({ displayName }) => displayName)).toContain('Project Falcon');
  });
});

describe('G3 groups that are not ours', () => {
  it('G3 calls a group of the same name a conflict, and takes it over in no case', async () => {
    world = groupWorld();
    const people = hire(world, 3);
    const theirs = world.spoke.createGroup({ displayName: 'Project Falcon' });
    const { id } = world.hub.createGroup({ displayName: 'Project Falcon', members: ids(people) });
    await world.begin(selecting([id]));
    await world.until('it says so', () => state(id) === 'Conflict');
    expect(reason(id)).toBe('GroupNameTaken');
    expect(groupRecord(world, id)?.status.conflictingObjectId).toBe(theirs.id);
    expect(theirs.members.size).toBe(0);
    expect(ourGroups(world)).toEqual([]);
    world.spoke.updateGroup(theirs.id, { displayName: 'Their Falcon' });
    await world.until('it is made', () => mirroredPeople(world, id).length === 3);
    expect(theirs.members.size).toBe(0);
  });

  it('G3 keeps the old name where another group has the new one, and goes on with the members', async () => {
    const { people, id } = await falcon();
    world.spoke.createGroup({ displayName: 'Project Eagle' });
    world.hub.updateGroup(id, { displayName: 'Project Eagle' });
    leave(id, people.slice(0, 1));
    await world.sync();
    await world.until('a member has left', () => mirroredPeople(world, id).length === 19);
    expect(mirrored(world, id)?.displayName).toBe('Project Falcon');
    expect(groupRecord(world, id)?.status.warnings?.map(({ reason: why }) => why)).toEqual(['GroupNameTaken']);
  });

  it('G3 leaves a group alone that its anchor finds, where adoption is Ignore', async () => {
    const { id } = await falcon({ matching: { adoption: 'Ignore' } });
    world.loseCluster();
    world.applyPair();
    world.applyConfiguration(selecting([id], { matching: { adoption: 'Ignore' } }));
    await world.startOperator();
    await world.until('it says so', () => state(id) === 'Conflict');
    expect(reason(id)).toBe('ExistingGroupNotAdopted');
    expect(ourGroups(world)).toHaveLength(1);
  });

  it.each([
    ['GroupRoleAssignable', { isAssignableToRole: true }],
    ['GroupDynamic', { groupTypes: ['DynamicMembership'], membershipRule: 'true' }],
    ['GroupMailEnabled', { mailEnabled: true }],
    ['GroupOnPremises', { onPremisesSyncEnabled: true }],
    ['GroupRestricted', { isManagementRestricted: true }],
    ['GroupNotOurs', { uniqueName: 'somebody-elses' }],
  ])('G3 writes nothing to a group that has become one of those that are never written: %s', async (expected, change) => {
    const { people, id } = await falcon();
    world.spoke.updateGroup(mirrored(world, id)?.id ?? '', change);
    world.hub.updateGroup(id, { displayName: 'Project Eagle' });
    leave(id, people.slice(0, 1));
    const before = groupWrites(world).length;
    await world.sync();
    await world.until('it says so', () => state(id) === 'Conflict');
    expect(reason(id)).toBe(expected);
    expect(groupWrites(world)).toHaveLength(before);
    expect(mirroredPeople(world, id)).toHaveLength(20);
  });

  it('G3 does not make a group anew that somebody has deleted there, and goes on when it is restored', async () => {
    const { people, id } = await falcon();
    const group = mirrored(world, id)?.id ?? '';
    await world.run(15 * minute);
    world.spoke.deleteGroup(group);
    await world.restart();
    await world.until('it says so', () => state(id) === 'Conflict');
    expect(reason(id)).toBe('GroupDeletedInTarget');
    expect(ourGroups(world)).toEqual([]);
    world.spoke.restoreGroup(group);
    leave(id, people.slice(0, 1));
    await world.until('it goes on', () => mirroredPeople(world, id).length === 19);
    expect(mirrored(world, id)?.id).toBe(group);
  });

  it('G3 makes a group anew that was purged there', async () => {
    const { id } = await falcon();
    await world.run(15 * minute);
    world.spoke.settings.groups.deletedKeepUniqueName = false;
    world.spoke.settings.deletedItemsLifetime = minute;
    const group = mirrored(world, id)?.id ?? '';
    world.spoke.deleteGroup(group);
    await world.run(5 * minute);
    await world.restart();
    await world.until('there is another one', () => mirroredPeople(world, id).length === 20);
    expect(mirrored(world, id)?.id).not.toBe(group);
  });
});

describe('G3 doubt', () => {
  const quiet = async (scene: Scene, people: readonly string[]): Promise<void> => {
    await world.run(30 * minute);
    expect(mirroredPeople(world, scene.id)).toEqual(ids(scene.people));
    expect(guestIds(world)).toEqual(people);
  };

  it.each([
    ['of the source breaks off', { path: /\/groups\/[^/]+\/members\?.*skiptoken/ }, 'source'],
    ['of the target breaks off', { path: /\/groups\/[^/]+\/members\?.*skiptoken/ }, 'target'],
  ] as const)('G3 changes nothing where the reading of members %s', async (_, match, side) => {
    world = groupWorld();
    const people = hire(world, 20);
    const { id } = world.hub.createGroup({ displayName: 'Project Falcon', members: ids(people) });
    await world.begin(selecting([id]));
    await world.until('the members', () => mirroredPeople(world, id).length === 20);
    const before = guestIds(world);
    const tenant = side === 'source' ? world.hub.tenantId : world.spoke.tenantId;
    // More members than a page has, of whom the second page is lost.
    const filler = Array.from({ length: 1000 }, (_unused, index) => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`);
    const target = side === 'source' ? id : (mirrored(world, id)?.id ?? '');
    for (const member of filler)
      (side === 'source' ? world.hub : world.spoke).createUser({ id: member, properties: { displayName: 'F', accountEnabled: false } });
    for (const member of filler) (side === 'source' ? world.hub : world.spoke).addMember(target, member);
    for (const { id: person } of people) {
      (side === 'source' ? world.hub : world.spoke).removeMember(target, side === 'source' ? person : (world.account(person)?.id ?? ''));
      (side === 'source' ? world.hub : world.spoke).addMember(target, side === 'source' ? person : (world.account(person)?.id ?? ''));
    }
    world.entra.faults.add({ match: { ...match, tenant }, effect: 'truncate', times: 1_000_000 });
    await world.restart();
    await quiet({ people, id }, before);
    expect(await world.clock.advanceUntil(() => state(id) === 'Failed', 30 * minute)).toBe(true);
  });

  it('G3 changes nothing where the source group hides its members', async () => {
    const scene = await falcon();
    const before = guestIds(world);
    world.hub.updateGroup(scene.id, { hiddenMembership: true });
    await world.restart();
    await world.until('it says so', () => state(scene.id) === 'Conflict');
    expect(reason(scene.id)).toBe('SourceGroupHidden');
    await quiet(scene, before);
  });

  it('G3 reads the source once more directly before a removal: who came back meanwhile stays', async () => {
    const { people, id } = await falcon();
    leave(id, people.slice(0, 2));
    let reads = 0;
    world.entra.intercept({
      before: ({ operation, tenantId }) => {
        if (operation !== 'GET /groups/{id}/members' || tenantId !== world.hub.tenantId) return;
        reads += 1;
        if (reads === 2) world.hub.addMember(id, people[0]?.id ?? '');
      },
    });
    await world.sync();
    await world.until('one has left', () => mirroredPeople(world, id).length === 19);
    await world.run(30 * minute);
    expect(mirroredPeople(world, id)).toEqual(ids([people[0], ...people.slice(2)].filter((each) => each !== undefined)));
  });

  it('G3 never asks for a deletion by the path of a membership that would delete the person', async () => {
    const { people, id } = await falcon();
    const before = guestIds(world);
    leave(id, people.slice(0, 3));
    await world.sync();
    await world.until('three have left', () => mirroredPeople(world, id).length === 17);
    const deletions = world.spoke.log.entries().filter(({ method }) => method === 'DELETE');
    expect(deletions.map(({ operation }) => operation)).toEqual(Array.from({ length: 3 }, () => 'DELETE /groups/{id}/members/{id}/$ref'));
    expect(guestIds(world)).toEqual(before);
  });
});

describe('G3 consent', () => {
  it('G3 writes no group where the target does not allow it, says why, and goes on with people', async () => {
    world = groupWorld();
    world.spoke.policies.setGroupSync(world.hub.tenantId, false);
    const people = hire(world, 3);
    const { id } = world.hub.createGroup({ displayName: 'Project Falcon', members: ids(people) });
    await world.begin(selecting([id]));
    await world.until('it says so', () => reason(id) === 'GroupSyncNotAllowed');
    expect(guests(world)).toHaveLength(3);
    expect(world.pair().status.access).toMatchObject({ groupSync: 'NotAllowed', warnings: [{ reason: 'GroupSyncNotAllowed' }] });
    expect(groupWrites(world)).toEqual([]);
    world.spoke.policies.setGroupSync(world.hub.tenantId, true);
    await world.until('it is made', () => mirroredPeople(world, id).length === 3);
    await world.until('the pair says so', () => world.pair().status.access?.groupSync === 'Allowed');
  });

  it('G3 starts no write later than a minute after the target has cleared its consent, and removes nothing', async () => {
    const { people, id } = await falcon();
    world.spoke.policies.setGroupSync(world.hub.tenantId, false);
    await world.run(minute);
    const before = groupWrites(world).length;
    leave(id, people.slice(0, 2));
    await world.sync();
    await world.run(20 * minute);
    expect(groupWrites(world)).toHaveLength(before);
    expect(mirroredPeople(world, id)).toHaveLength(20);
    expect(reason(id)).toBe('GroupSyncNotAllowed');
  });

  it.each([
    ['Refuse', 0],
    ['Accept', 1],
  ])('G3 decides by withoutGroupPolicy where the target has no such setting: %s', async (withoutGroupPolicy, made) => {
    world = groupWorld();
    world.spoke.settings.groups.syncPolicy = false;
    const { id } = world.hub.createGroup({ displayName: 'Project Falcon', members: ids(hire(world, 2)) });
    world.applyPair({ crossTenantAccess: { withoutGroupPolicy } });
    world.applyConfiguration(selecting([id]));
    await world.startOperator();
    await world.until('it is decided', () => state(id) === (made === 1 ? 'Provisioned' : 'Conflict'));
    expect(ourGroups(world)).toHaveLength(made);
    expect(reason(id)).toBe(made === 0 ? 'GroupSyncUnknown' : 'Succeeded');
    expect(world.pair().status.access?.groupSync).toBe('Unknown');
  });

  it('G3 names the permission that the target lacks', async () => {
    world = groupWorld();
    world.spokeApp.revoke('Group.ReadWrite.All');
    world.spokeApp.grant('Group.Create');
    const { id } = world.hub.createGroup({ displayName: 'Project Falcon' });
    world.applyPair();
    world.applyConfiguration(selecting([id]));
    await world.startOperator();
    await world.until('it says so', () => condition(world.pair(), 'PermissionsGranted')?.reason === 'PermissionMissing');
    expect(world.pair().status.target?.missingPermissions).toEqual(['Group.ReadWrite.All']);
  });
});
