import type { SandboxUser } from '@tenantsync/sandbox/entra';
import { hire, nextCycleSettled, provisioned, reasonOf, staff, untilState } from '../support/people.ts';
import { unfriendly, World } from '../support/world.ts';

let world: World;
afterEach(() => world.end());

const accountId = (user: SandboxUser): string => world.projection(user.id)?.status.targetUser?.objectId ?? '';
const readyMessage = (user: SandboxUser): string | undefined =>
  world.projection(user.id)?.status.conditions?.find(({ type }) => type === 'Ready')?.message;

/** Ana leaves the source, and her account is soft-deleted; returns its id. */
async function leave(ana: SandboxUser): Promise<string> {
  const id = accountId(ana);
  world.hub.softDelete(ana.id);
  await nextCycleSettled(world);
  await untilState(world, ana, 'SoftDeleted');
  expect(world.spoke.deletedUsers().map((user) => user.id)).toEqual([id]);
  return id;
}

describe('A6 coming back', () => {
  it('A6 restores the account of a user who was restored in the source, same id, and brings it up to date, manager included', async () => {
    world = new World({ settings: unfriendly });
    const boss = hire(world, 'boss');
    const ana = hire(world, 'ana', { jobTitle: 'Engineer' });
    await provisioned(world, [ana, boss, ...staff(world)]);
    const id = await leave(ana);
    world.hub.restore(ana.id);
    world.hub.updateUser(ana.id, { jobTitle: 'Architect' });
    world.hub.setManager(ana.id, boss.id);
    await nextCycleSettled(world);
    await untilState(world, ana, 'Provisioned');
    expect(world.account(ana.id)).toMatchObject({ id, properties: { jobTitle: 'Architect' }, managerId: accountId(boss) });
    expect(world.accountsOf('ana@contoso.com')).toHaveLength(1);
    expect(world.spoke.deletedUsers()).toEqual([]);
  });

  it('A6 restores after a reassignment, and after the filter passes again', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana', { department: 'Sales' });
    const ben = hire(world, 'ben', { department: 'Sales' });
    const others = ['eva', 'kim', 'tom'].map((name) => hire(world, name, { department: 'Sales' }));
    const filters = [{ name: 'sales', clauses: [{ attribute: 'department', operator: 'Equals', value: 'Sales' }] }];
    const group = world.hub.createGroup({ displayName: 'Falcon', members: [ana, ben, ...others].map(({ id }) => id) }).id;
    await provisioned(world, [ana, ben, ...others], { scope: { type: 'Assigned', groups: [{ id: group }], filters } });
    const ids = [accountId(ana), accountId(ben)];
    world.hub.removeMember(group, ana.id);
    world.hub.updateUser(ben.id, { department: 'Research' });
    await nextCycleSettled(world);
    await untilState(world, ana, 'SoftDeleted');
    await untilState(world, ben, 'SoftDeleted');
    world.hub.addMember(group, ana.id);
    world.hub.updateUser(ben.id, { department: 'Sales' });
    await nextCycleSettled(world);
    await untilState(world, ana, 'Provisioned');
    await untilState(world, ben, 'Provisioned');
    expect([world.account(ana.id)?.id, world.account(ben.id)?.id]).toEqual(ids);
  });

  it('A6 restores although the answer of the deletion was lost, and that of the restore too', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana');
    await provisioned(world, [ana, ...staff(world)]);
    world.entra.faults.add({ effect: 'dropAfter', match: { operation: 'DELETE /users/{id}' } });
    const id = await leave(ana);
    world.entra.faults.add({ effect: 'dropAfter', match: { operation: 'POST /directory/deletedItems/{id}/restore' } });
    world.hub.restore(ana.id);
    await nextCycleSettled(world);
    await untilState(world, ana, 'Provisioned');
    await world.run(20 * 60_000);
    expect(world.account(ana.id)?.id).toBe(id);
    expect(world.spoke.users().filter((user) => user.invitedAddress === 'ana@contoso.com')).toHaveLength(1);
  });

  it('A6 deletes a user who leaves for good although the answer of a restore in between was lost', async () => {
    world = new World();
    const ana = hire(world, 'ana');
    await provisioned(world, [ana, ...staff(world)]);
    const id = await leave(ana);
    world.entra.faults.add({ effect: 'dropAfter', match: { operation: 'POST /directory/deletedItems/{id}/restore' } });
    world.hub.restore(ana.id);
    await world.sync();
    expect(world.account(ana.id)?.id).toBe(id);
    world.hub.softDelete(ana.id);
    await world.sync();
    await untilState(world, ana, 'SoftDeleted');
    expect(world.spoke.deletedUsers().map((user) => user.id)).toEqual([id]);
  });

  it('A6 keeps the intent of a deletion through a kill and knows afterwards that the deletion was ours', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana');
    await provisioned(world, [ana, ...staff(world)]);
    const id = accountId(ana);
    const end = world.entra.intercept({
      after: ({ operation }) => {
        if (operation === 'DELETE /users/{id}') world.killOperator();
      },
    });
    world.hub.softDelete(ana.id);
    await world.until('the kill', () => !world.running);
    end();
    await world.startOperator();
    await untilState(world, ana, 'SoftDeleted');
    expect(reasonOf(world, ana)).toBe('UserDeleted');
    world.hub.restore(ana.id);
    await nextCycleSettled(world);
    await untilState(world, ana, 'Provisioned');
    expect(world.account(ana.id)?.id).toBe(id);
  });

  it('A6 keeps one account when the process is killed around the restore', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana', { jobTitle: 'Engineer' });
    await provisioned(world, [ana, ...staff(world)]);
    const id = await leave(ana);
    const end = world.entra.intercept({
      after: ({ operation }) => {
        if (operation.endsWith('/restore')) world.killOperator();
      },
    });
    world.hub.restore(ana.id);
    world.hub.updateUser(ana.id, { jobTitle: 'Architect' });
    await world.until('the kill', () => !world.running);
    end();
    await world.startOperator();
    await untilState(world, ana, 'Provisioned');
    expect(world.account(ana.id)).toMatchObject({ id, properties: { jobTitle: 'Architect' } });
  });

  it('A6 restores a user who comes back at once, although the target still shows the time before the deletion', async () => {
    world = new World();
    const ana = hire(world, 'ana');
    await provisioned(world, [ana, ...staff(world)]);
    const id = accountId(ana);
    world.spoke.settings.replication.reads = { min: 90_000, max: 90_000 };
    world.hub.softDelete(ana.id);
    await world.sync();
    await untilState(world, ana, 'SoftDeleted');
    world.hub.restore(ana.id);
    await world.sync();
    await world.run(15 * 60_000);
    expect(world.projection(ana.id)?.status.state).toBe('Provisioned');
    expect(world.account(ana.id)?.id).toBe(id);
    expect(world.projection(ana.id)?.status.history?.filter(({ action }) => action === 'restore')).toHaveLength(1);
  });

  it('A6 names the object that stands in the way of a restore, and restores when it is gone', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana');
    await provisioned(world, [ana, ...staff(world)]);
    const id = accountId(ana);
    world.spoke.updateUser(id, { proxyAddresses: ['SMTP:ana@contoso.com', 'smtp:hello@fabrikam.com'] });
    await leave(ana);
    const holder = world.spoke.createUser({
      userPrincipalName: 'hello@fabrikam.com',
      properties: { displayName: 'Hello', mail: 'hello@fabrikam.com' },
    });
    world.hub.restore(ana.id);
    await nextCycleSettled(world);
    await untilState(world, ana, 'Conflict');
    expect(reasonOf(world, ana)).toBe('RestoreConflict');
    expect(readyMessage(ana)).toContain(holder.id);
    expect(world.accountsOf('ana@contoso.com')).toEqual([]);
    world.spoke.purge(holder.id);
    await untilState(world, ana, 'Provisioned', 2 * 60 * 60_000);
    expect(world.account(ana.id)?.id).toBe(id);
  });

  it('A6 lets the directory resolve addresses where the configuration says so', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana');
    await provisioned(world, [ana, ...staff(world)], { restore: { reconcileProxies: true } });
    const id = accountId(ana);
    world.spoke.updateUser(id, { proxyAddresses: ['SMTP:ana@contoso.com', 'smtp:hello@fabrikam.com'] });
    await leave(ana);
    world.spoke.createUser({ userPrincipalName: 'hello@fabrikam.com', properties: { displayName: 'Hello', mail: 'hello@fabrikam.com' } });
    world.hub.restore(ana.id);
    await nextCycleSettled(world);
    await untilState(world, ana, 'Provisioned');
    expect(world.account(ana.id)).toMatchObject({ id, properties: { proxyAddresses: ['SMTP:ana@contoso.com'] } });
  });

  it.each([1, 2])('A6 restores nothing when %i other live account(s) of the person exist', async (count) => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana');
    await provisioned(world, [ana, ...staff(world)]);
    const id = await leave(ana);
    const others = Array.from({ length: count }, () => world.spoke.createExternalUser({ address: 'ana@contoso.com' }));
    world.hub.restore(ana.id);
    await nextCycleSettled(world);
    await untilState(world, ana, 'Conflict');
    expect(reasonOf(world, ana)).toBe(count === 1 ? 'RestoreConflict' : 'DuplicateTargetUsers');
    expect(readyMessage(ana)).toContain(others[0]?.id);
    expect(world.spoke.deletedUsers().map((user) => user.id)).toEqual([id]);
    expect(world.accountsOf('ana@contoso.com').map((user) => user.id)).toEqual(others.map((user) => user.id));
  });
});

describe('A7 the target’s administrator', () => {
  it('A7 neither restores nor replaces an account that was deleted by hand, and resumes when it is restored by hand', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana', { jobTitle: 'Engineer' });
    await provisioned(world, [ana, ...staff(world)]);
    const id = accountId(ana);
    world.spoke.softDelete(id);
    world.hub.updateUser(ana.id, { jobTitle: 'Architect' });
    await nextCycleSettled(world);
    await untilState(world, ana, 'Conflict');
    expect(reasonOf(world, ana)).toBe('DeletedInTarget');
    expect(readyMessage(ana)).toContain(id);
    await world.run(20 * 60_000);
    expect(world.accountsOf('ana@contoso.com')).toEqual([]);
    world.spoke.restore(id);
    await untilState(world, ana, 'Provisioned', 60 * 60_000);
    expect(world.account(ana.id)).toMatchObject({ id, properties: { jobTitle: 'Architect' } });
  });

  it('A7 notices a deletion by hand in a full cycle without any change in the source', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana');
    await provisioned(world, [ana, ...staff(world)]);
    world.spoke.softDelete(accountId(ana));
    await world.run(15_000);
    await world.restart();
    await untilState(world, ana, 'Conflict');
    expect(reasonOf(world, ana)).toBe('DeletedInTarget');
  });

  it('A7 does not invite over the tombstone of an account that it never knew', async () => {
    world = new World({ settings: unfriendly });
    const tombstone = world.spoke.createExternalUser({ address: 'ana@contoso.com' });
    world.spoke.softDelete(tombstone.id);
    const ana = hire(world, 'ana');
    await provisioned(world, staff(world));
    expect(reasonOf(world, ana)).toBe('DeletedInTarget');
    expect(world.accountsOf('ana@contoso.com')).toEqual([]);
  });

  it('A7 lets go of an account that was deleted by us and restored by hand while the user stays out', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana');
    await provisioned(world, [ana, ...staff(world)]);
    const id = await leave(ana);
    await world.run(15 * 60_000);
    world.spoke.restore(id);
    await world.run(15_000);
    await world.restart();
    await untilState(world, ana, 'Retained');
    expect(reasonOf(world, ana)).toBe('RestoredInTarget');
    await world.restart();
    await world.run(30 * 60_000);
    expect(world.spoke.users().map((user) => user.id)).toContain(id);
  });
});

describe('A8 purged in the target', () => {
  it('A8 creates an account again that was purged by hand, with everything a new one gets', async () => {
    world = new World({ settings: unfriendly });
    const [boss, ana] = [hire(world, 'boss'), hire(world, 'ana', { jobTitle: 'Engineer' })];
    world.hub.setManager(ana.id, boss.id);
    await provisioned(world, [ana, boss, ...staff(world)]);
    const former = [accountId(ana), accountId(boss)];
    for (const id of former) world.spoke.purge(id);
    await world.run(15_000);
    await world.restart();
    await world.until('new accounts', () =>
      [ana, boss].every((user) => !former.includes(accountId(user)) && world.account(user.id) !== undefined),
    );
    await world.run(5 * 60_000);
    expect(world.account(ana.id)).toMatchObject({
      properties: { jobTitle: 'Engineer', showInAddressList: true },
      managerId: accountId(boss),
    });
    expect(world.projection(ana.id)?.status).toMatchObject({ state: 'Provisioned', targetUser: { origin: 'Created' } });
    expect(world.accountsOf('ana@contoso.com')).toHaveLength(1);
  });

  it('A8 finishes a second creation that broke off after the invitation', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana', { jobTitle: 'Engineer' });
    await provisioned(world, [ana, ...staff(world)]);
    world.spoke.purge(accountId(ana));
    await world.run(15_000);
    const end = world.entra.intercept({
      after: ({ operation }) => {
        if (operation === 'POST /invitations') world.killOperator();
      },
    });
    world.annotate('SyncConfiguration', 'staff', { 'tenantsync.dev/restarted-at': 'now' });
    await world.until('the kill', () => !world.running);
    end();
    await world.startOperator();
    await untilState(world, ana, 'Provisioned');
    expect(world.account(ana.id)?.properties).toMatchObject({ jobTitle: 'Engineer', showInAddressList: true });
    expect(world.accountsOf('ana@contoso.com')).toHaveLength(1);
  });

  it('A8 creates again whoever returns after the directory has purged the account', async () => {
    world = new World();
    world.spoke.settings.deletedItemsLifetime = 20 * 60_000;
    const ana = hire(world, 'ana');
    await provisioned(world, [ana, ...staff(world)]);
    const former = await leave(ana);
    await world.run(30 * 60_000);
    expect(world.spoke.deletedUsers()).toEqual([]);
    world.hub.restore(ana.id);
    await nextCycleSettled(world);
    await untilState(world, ana, 'Provisioned');
    expect(world.account(ana.id)?.id).not.toBe(former);
    expect(world.accountsOf('ana@contoso.com')).toHaveLength(1);
  });

  it('A8 cleans up the record when the 30 days are over', async () => {
    world = new World();
    const ana = hire(world, 'ana');
    await provisioned(world, [ana, ...staff(world)]);
    await leave(ana);
    await world.stopOperator();
    await world.run(31 * 24 * 60 * 60_000);
    await world.startOperator();
    await world.until('the record to go', () => world.projection(ana.id) === undefined);
    expect(world.spoke.users()).toHaveLength(4);
    expect(world.provisioningLog.filter((line) => line.includes(ana.id) && line.includes('"operation":"purge"'))).toHaveLength(1);
  });

  it('A8 cleans up the record of an account that was purged by hand while out of scope', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana');
    await provisioned(world, [ana, ...staff(world)]);
    world.spoke.purge(await leave(ana));
    await world.run(15 * 60_000);
    await world.restart();
    await world.until('the record to go', () => world.projection(ana.id) === undefined);
    expect(world.spoke.users()).toHaveLength(4);
  });
});
