import type { SandboxUser } from '@tenantsync/sandbox/entra';
import { hire, nextCycleSettled, provisioned, reasonOf, staff, untilState } from '../support/people.ts';
import { unfriendly, World } from '../support/world.ts';

let world: World;
afterEach(() => world.end());

const accountId = (user: SandboxUser): string => world.projection(user.id)?.status.targetUser?.objectId ?? '';
const anchored = { matching: { anchor: { attribute: 'extensionAttribute15' } } };

/** The same manifests again in an empty cluster, up to the end of the initial cycle and all that follows from it. */
async function installedAgain(people: readonly SandboxUser[], configuration: Parameters<World['begin']>[0]): Promise<void> {
  world.loseCluster();
  world.spoke.log.reset();
  await world.begin(configuration);
  for (const person of people) await world.until(`the link of ${person.id}`, () => accountId(person) !== '');
  await world.run(30 * 60_000);
}

describe('G9 the cluster is lost', () => {
  it('G9 links everybody by the anchor after an installation from nothing: none invited, none deleted, none written', async () => {
    world = new World({ settings: unfriendly });
    const boss = hire(world, 'boss');
    const people = [
      boss,
      ...['ana', 'ben', 'eva'].map((name) => hire(world, name, { jobTitle: 'Engineer' }, { managerId: boss.id })),
      ...staff(world),
    ];
    const blocked = people[1];
    await provisioned(world, people, { ...anchored, deprovisioning: { revokeSessions: true } });
    world.hub.updateUser(blocked?.id ?? '', { accountEnabled: false });
    await nextCycleSettled(world);
    const before = new Map(people.map((person) => [person.id, accountId(person)]));
    const versions = world.spoke.users().map(({ id, version }) => [id, version]);
    await installedAgain(people, { ...anchored, deprovisioning: { revokeSessions: true } });
    expect(new Map(people.map((person) => [person.id, accountId(person)]))).toEqual(before);
    expect(world.spoke.log.writes()).toEqual([]);
    expect(world.spoke.users().map(({ id, version }) => [id, version])).toEqual(versions);
    expect(people.map((person) => world.projection(person.id)?.status.state)).toEqual(
      people.map((person) => (person === blocked ? 'Blocked' : 'Provisioned')),
    );
  });

  it('G9 I3 stages the blocks of many who were disabled meanwhile, although no account was known when the cycle began', async () => {
    world = new World({ settings: unfriendly });
    const people = Array.from({ length: 20 }, (_, index) => hire(world, `p${index}`));
    const configuration = { ...anchored, deprovisioning: { guard: { threshold: 500, percent: 40 } } };
    await provisioned(world, people, configuration);
    for (const { id } of people.slice(0, 12)) world.hub.updateUser(id, { accountEnabled: false });
    await installedAgain(people, configuration);
    expect(people.filter(({ id }) => world.account(id)?.properties.accountEnabled === false)).toEqual([]);
    expect(world.configuration().status.stagedDeletions?.count).toBe(12);
  });

  it('G9 takes what carries its anchor for its own where adoption is Ignore', async () => {
    world = new World({ settings: unfriendly });
    const people = staff(world);
    const configuration = { matching: { adoption: 'Ignore', ...anchored.matching } };
    await provisioned(world, people, configuration);
    await installedAgain(people, configuration);
    expect(world.spoke.log.writes()).toEqual([]);
    expect(people.map((person) => world.projection(person.id)?.status.targetUser?.origin)).toEqual(people.map(() => 'Created'));
  });

  it('G9 D4 knows that an account was there before, and retains it when its user leaves', async () => {
    world = new World({ settings: unfriendly });
    const people = staff(world);
    const [ana, ...others] = people as [SandboxUser, ...SandboxUser[]];
    const address = ana.properties.userPrincipalName as string;
    world.spoke.createExternalUser({ address, displayName: 'Ana', userType: 'Guest', accepted: true });
    const configuration = { ...anchored, deprovisioning: { adoptedUsers: 'Retain' } };
    await provisioned(world, people, configuration);
    await installedAgain(people, configuration);
    expect(world.spoke.log.writes()).toEqual([]);
    const origins = people.map((person) => world.projection(person.id)?.status.targetUser?.origin);
    expect(origins).toEqual(['Adopted', ...others.map(() => 'Created')]);
    const id = accountId(ana);
    world.hub.softDelete(ana.id);
    await nextCycleSettled(world);
    await world.until('she is let go', () => world.projection(ana.id)?.status.state === 'Retained');
    expect(world.spoke.user(id)?.deletedAt).toBeNull();
  });

  it('G9 D4 brings an account back as one that was there before', async () => {
    world = new World({ settings: unfriendly });
    const people = staff(world);
    const [ana, ...others] = people as [SandboxUser, ...SandboxUser[]];
    world.spoke.createExternalUser({
      address: ana.properties.userPrincipalName as string,
      displayName: 'Ana',
      userType: 'Guest',
      accepted: true,
    });
    await provisioned(world, people, anchored);
    const id = accountId(ana);
    world.hub.softDelete(ana.id);
    await nextCycleSettled(world);
    await untilState(world, ana, 'SoftDeleted');
    await installedAgain(others, anchored);
    world.hub.restore(ana.id);
    await nextCycleSettled(world);
    await untilState(world, ana, 'Provisioned');
    expect(world.projection(ana.id)?.status.targetUser).toMatchObject({ objectId: id, origin: 'Adopted' });
  });

  it('G9 takes for its own an account that it has just created, although its mark cannot be seen yet', async () => {
    world = new World({ settings: { replication: { reads: { min: 60_000, max: 60_000 }, advanced: { min: 90_000, max: 90_000 } } } });
    const [ana, ...others] = staff(world);
    await world.run(2 * 60_000);
    await world.begin(anchored);
    await world.until('the account', () => world.account(ana?.id ?? '') !== undefined);
    await world.run(62_000);
    await installedAgain(
      [ana, ...others].filter((person) => person !== undefined),
      anchored,
    );
    expect(world.projection(ana?.id ?? '')?.status.targetUser?.origin).toBe('Created');
  });

  it('G9 restores, same id, whoever was deleted before the loss and comes back after it', async () => {
    world = new World({ settings: unfriendly });
    const boss = hire(world, 'boss');
    const ana = hire(world, 'ana', { jobTitle: 'Engineer' }, { managerId: boss.id });
    const others = staff(world);
    await provisioned(world, [ana, boss, ...others], anchored);
    const id = accountId(ana);
    world.hub.softDelete(ana.id);
    await nextCycleSettled(world);
    await untilState(world, ana, 'SoftDeleted');
    await installedAgain([boss, ...others], anchored);
    expect(world.spoke.log.writes()).toEqual([]);
    world.hub.restore(ana.id);
    world.hub.updateUser(ana.id, { jobTitle: 'Architect' });
    await nextCycleSettled(world);
    await untilState(world, ana, 'Provisioned');
    expect(world.account(ana.id)).toMatchObject({ id, properties: { jobTitle: 'Architect' }, managerId: accountId(boss) });
    expect(world.spoke.users()).toHaveLength(6);
    expect(JSON.stringify(world.account(ana.id)?.properties.onPremisesExtensionAttributes)).not.toContain('deleted');
  });

  it('G9 finds the accounts by their addresses without an anchor, warns, and does not undo deletions made before', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana');
    const others = staff(world);
    await provisioned(world, [ana, ...others]);
    world.hub.softDelete(ana.id);
    await nextCycleSettled(world);
    await untilState(world, ana, 'SoftDeleted');
    await installedAgain(others, {});
    expect(world.spoke.log.writes()).toEqual([]);
    expect(world.configuration().status.warnings?.map(({ reason }) => reason)).toContain('AnchorMissing');
    world.hub.restore(ana.id);
    await nextCycleSettled(world);
    await untilState(world, ana, 'Conflict');
    expect(reasonOf(world, ana)).toBe('DeletedInTarget');
    expect(world.spoke.log.writes()).toEqual([]);
  });

  it('G9 does not invite twice when the cluster is lost between an invitation and its record', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana', { jobTitle: 'Engineer' });
    await world.run(15_000);
    const end = world.entra.intercept({
      after: ({ operation }) => {
        if (operation === 'POST /invitations') world.killOperator();
      },
    });
    world.applyPair();
    world.applyConfiguration(anchored);
    await world.startOperator();
    await world.until('the kill', () => !world.running);
    end();
    await world.run(15_000);
    await installedAgain([ana], anchored);
    expect(world.spoke.users()).toHaveLength(1);
    expect(world.spoke.log.count('POST /invitations')).toBe(0);
    expect(world.account(ana.id)?.properties.jobTitle).toBe('Engineer');
  });

  it('G9 marks everybody when an anchor is configured later, and writes nothing else', async () => {
    world = new World({ settings: unfriendly });
    const people = staff(world);
    await provisioned(world, people);
    world.applyConfiguration(anchored);
    await world.run(15 * 60_000);
    expect(world.spoke.log.writes().map(({ body }) => Object.keys(JSON.parse(body ?? '{}') as object))).toEqual(
      people.map(() => ['onPremisesExtensionAttributes']),
    );
    await installedAgain(people, anchored);
    expect(world.spoke.log.writes()).toEqual([]);
  });

  it('G9 never takes an account whose anchor names another person', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana');
    const others = staff(world);
    await provisioned(world, [ana, ...others], anchored);
    const id = accountId(ana);
    world.hub.updateUser(ana.id, { userPrincipalName: 'ana.old@contoso.com' });
    const namesake = hire(world, 'ana');
    await world.run(15_000);
    await installedAgain([ana, ...others], anchored);
    expect(accountId(ana)).toBe(id);
    expect(reasonOf(world, namesake)).toBe('AddressBelongsToAnotherUser');
    expect(world.spoke.users()).toHaveLength(5);
  });
});
