import type { SandboxGroup, SandboxUser } from '@tenantsync/sandbox/entra';
import type { JsonObject } from '@tenantsync/sandbox/kubernetes';
import { adoptedGroupAnchor } from '../../src/core/groups/anchor.ts';
import { groupRecord, groupWorld, groupWrites, mirrored, selecting } from '../support/group-scene.ts';
import { guestIds, hire } from '../support/scene.ts';
import type { World } from '../support/world.ts';

const minute = 60_000;
const byNickname: JsonObject = { matching: { adoption: 'Adopt', by: 'MailNickname' } };

let world: World;
afterEach(async () => {
  await world.end();
});

type NewGroup = Partial<Parameters<World['spoke']['createGroup']>[0]>;

interface Scene {
  readonly people: readonly SandboxUser[];
  /** Id of the source group, with the first ten of them. */
  readonly id: string;
  /** A group that the target has already, with two users of its own. */
  readonly theirs: SandboxGroup;
  readonly own: readonly string[];
}

/** Twelve people, and a group of the target with the nickname that one of theirs would have. */
function scene(more: NewGroup = {}): Scene {
  world = groupWorld();
  const people = hire(world, 12);
  const { id } = world.hub.createGroup({ displayName: 'Project Falcon', members: people.slice(0, 10).map((one) => one.id) });
  const own = ['clara', 'dave'].map((name) => world.spoke.createUser({ userPrincipalName: `${name}@fabrikam.com` }).id);
  const theirs = world.spoke.createGroup({ displayName: 'Falcon', mailNickname: 'ProjectFalcon', members: own, ...more });
  return { people, id, theirs, own };
}

const stateOf = (id: string) => groupRecord(world, id)?.status;
const reason = (id: string): string | undefined => stateOf(id)?.conditions?.find(({ type }) => type === 'Ready')?.reason;
const membersOf = ({ id }: SandboxGroup): readonly string[] => [...(world.spoke.group(id)?.members ?? [])].sort();
const accounts = (people: readonly SandboxUser[]): readonly string[] =>
  world
    .projections()
    .filter(({ spec }) => people.some(({ id }) => id === spec.source.objectId))
    .map(({ status }) => status.targetUser?.objectId ?? '');

describe('G3 taking groups over by their mail nickname', () => {
  it('G3 takes over the one group that has it, keeps its members, and follows the source from then on', async () => {
    const { people, id, theirs, own } = scene();
    await world.begin(selecting([id], byNickname));
    await world.until('everybody is in it', () => stateOf(id)?.members?.present === 10 && stateOf(id)?.keptMembers !== undefined);
    expect(world.spoke.groups()).toHaveLength(1);
    expect(mirrored(world, id)).toMatchObject({
      id: theirs.id,
      displayName: 'Project Falcon',
      uniqueName: adoptedGroupAnchor('default', { tenantId: world.hub.tenantId, objectId: id }),
    });
    expect(stateOf(id)?.targetGroup).toEqual({ objectId: theirs.id, origin: 'Adopted' });
    expect(membersOf(theirs)).toEqual([...own, ...accounts(people.slice(0, 10))].sort());
    world.hub.removeMember(id, people[0]?.id ?? '');
    await world.sync();
    await world.until('who left is out', () => membersOf(theirs).length === 11);
    expect(membersOf(theirs)).toEqual([...own, ...accounts(people.slice(1, 10))].sort());
  });

  it('G3 keeps an account of the pair that was in it before, after the cluster is lost too', async () => {
    const { people, id } = scene();
    world.hub.addMember(id, people[10]?.id ?? '');
    await world.begin({});
    await world.until('everybody has an account', () => guestIds(world).length === 12);
    const [eleventh, last] = [accounts(people.slice(10, 11)), accounts(people.slice(11))];
    const [theirs] = world.spoke.groups();
    if (theirs === undefined) throw new Error('there is no group');
    for (const account of [...eleventh, ...last]) world.spoke.addMember(theirs.id, account);
    world.applyConfiguration(selecting([id], byNickname));
    await world.until('it is taken over', () => stateOf(id)?.members?.present === 11 && stateOf(id)?.keptMembers !== undefined);
    world.hub.removeMember(id, people[10]?.id ?? '');
    await world.sync();
    await world.until('who left is out', () => !membersOf(theirs).includes(eleventh[0] ?? ''));
    expect(membersOf(theirs)).toEqual(expect.arrayContaining([...last]));
    world.loseCluster();
    world.applyPair();
    world.applyConfiguration(selecting([id]));
    await world.startOperator();
    await world.until('it is found', () => stateOf(id)?.state === 'Provisioned' && stateOf(id)?.keptMembers !== undefined);
    await world.run(15 * minute);
    expect(world.spoke.groups()).toHaveLength(1);
    expect(membersOf(theirs)).toEqual(expect.arrayContaining([...last]));
  });

  it.each<[string, NewGroup, JsonObject, string]>([
    ['adoption is Ignore', {}, { matching: { adoption: 'Ignore', by: 'MailNickname' } }, 'ExistingGroupNotAdopted'],
    ['it has another owner', { uniqueName: 'somebody-elses' }, byNickname, 'GroupNotOurs'],
    ['it carries roles', { isAssignableToRole: true }, byNickname, 'GroupRoleAssignable'],
    ['it has mail', { mailEnabled: true }, byNickname, 'GroupMailEnabled'],
    ['it has a rule', { groupTypes: ['DynamicMembership'], membershipRule: 'true' }, byNickname, 'GroupDynamic'],
    ['it is synchronized from on premises', { onPremisesSyncEnabled: true }, byNickname, 'GroupOnPremises'],
  ])('G3 writes nothing to it where %s', async (_, group, spec, expected) => {
    const { id, theirs, own } = scene(group);
    await world.begin(selecting([id], spec));
    await world.until('it says so', () => stateOf(id)?.state === 'Conflict');
    await world.until('people have accounts', () => guestIds(world).length === 12);
    expect([reason(id), stateOf(id)?.conflictingObjectId]).toEqual([expected, theirs.id]);
    expect(membersOf(theirs)).toEqual([...own].sort());
    expect(groupWrites(world)).toEqual([]);
  });

  it('G3 takes none of two, and the one that is left', async () => {
    const { id, theirs } = scene();
    const second = world.spoke.createGroup({ displayName: 'Falcon two', mailNickname: 'ProjectFalcon' });
    await world.begin(selecting([id], byNickname));
    await world.until('it says so', () => reason(id) === 'GroupAmbiguous');
    expect(groupWrites(world)).toEqual([]);
    world.spoke.updateGroup(second.id, { mailNickname: 'Other' });
    await world.until('it is taken over', () => stateOf(id)?.members?.present === 10);
    expect(stateOf(id)?.targetGroup?.objectId).toBe(theirs.id);
  });

  it('G3 says in Plan mode that it would be taken over, and writes nothing', async () => {
    const { id } = scene();
    await world.begin({ ...selecting([id], byNickname), mode: 'Plan' });
    await world.until('the plan', () => stateOf(id)?.plan?.addMembers === 10);
    expect(stateOf(id)?.plan).toMatchObject({ operation: 'Update', attributes: ['displayName', 'uniqueName'], removeMembers: 0 });
    expect(groupWrites(world)).toEqual([]);
  });
});
