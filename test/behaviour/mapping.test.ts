import type { SandboxUser } from '@tenantsync/sandbox/entra';
import { hire, nextCycleSettled, provisioned, reasonOf, staff, untilState } from '../support/people.ts';
import { namespace, unfriendly, World } from '../support/world.ts';

let world: World;
afterEach(() => world.end());

const accountId = (user: SandboxUser): string => world.projection(user.id)?.status.targetUser?.objectId ?? '';
const warningsOf = (user: SandboxUser): readonly string[] => (world.projection(user.id)?.status.warnings ?? []).map(({ reason }) => reason);

describe('C1 mappings', () => {
  const mappings = [
    { target: 'companyName', constant: 'Contoso' },
    { target: 'officeLocation', source: 'city' },
    { target: 'jobTitle', source: 'jobTitle', apply: 'OnCreate', defaultValue: 'Staff' },
    { target: 'department' },
  ];

  it('C1 writes what is mapped directly, constantly, by default and only at creation', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana', { city: 'Lyon', department: 'Sales', surname: 'Pérez' });
    const ben = hire(world, 'ben', { city: 'Rome', jobTitle: 'Engineer' });
    await provisioned(world, [ana, ben, ...staff(world)], { attributeMappings: mappings });
    expect(world.account(ana.id)?.properties).toMatchObject({
      companyName: 'Contoso',
      officeLocation: 'Lyon',
      city: 'Lyon',
      jobTitle: 'Staff',
      surname: 'Pérez',
    });
    expect(world.account(ana.id)?.properties.department).toBeUndefined();
    world.hub.updateUser(ben.id, { jobTitle: 'Architect', city: 'Bari' });
    await nextCycleSettled(world);
    expect(world.account(ben.id)?.properties).toMatchObject({ jobTitle: 'Engineer', officeLocation: 'Bari' });
  });

  it('C1 writes what is named alone where the default mappings are left out', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana', { city: 'Lyon', jobTitle: 'Engineer' });
    const attributeMappings = [{ target: 'jobTitle', source: 'jobTitle' }];
    await provisioned(world, [ana, ...staff(world)], { defaultAttributeMappings: false, attributeMappings });
    expect(world.account(ana.id)?.properties.jobTitle).toBe('Engineer');
    expect(world.account(ana.id)?.properties.city).toBeUndefined();
  });

  it('C1 leaves a value in place when the source loses its own, unless it is to be cleared', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana', { mobilePhone: '+33 1', businessPhones: ['+33 2'], city: 'Lyon' });
    await provisioned(world, [ana, ...staff(world)], {
      attributeMappings: [
        { target: 'mobilePhone', source: 'mobilePhone', whenNull: 'Clear' },
        { target: 'businessPhones', source: 'businessPhones', whenNull: 'Clear' },
      ],
    });
    expect(world.account(ana.id)?.properties).toMatchObject({ mobilePhone: '+33 1', businessPhones: ['+33 2'], city: 'Lyon' });
    world.hub.updateUser(ana.id, { mobilePhone: null, businessPhones: [], city: null });
    await nextCycleSettled(world);
    expect(world.account(ana.id)?.properties).toMatchObject({ mobilePhone: null, businessPhones: [], city: 'Lyon' });
  });

  it('C1 brings a changed mapping to everybody', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana');
    await provisioned(world, [ana, ...staff(world)]);
    world.applyConfiguration({ attributeMappings: [{ target: 'companyName', constant: 'Contoso' }] });
    await world.run(10 * 60_000);
    expect(world.spoke.users().map(({ properties }) => properties.companyName)).toEqual(world.spoke.users().map(() => 'Contoso'));
  });
});

describe('C3 user type', () => {
  it('C3 makes members, and leaves an existing guest a guest', async () => {
    world = new World({ settings: unfriendly });
    const guest = world.spoke.createExternalUser({ address: 'ana@contoso.com', userType: 'Guest' });
    const [ana, ben] = [hire(world, 'ana'), hire(world, 'ben')];
    await provisioned(world, [ana, ben]);
    expect(world.account(ana.id)).toMatchObject({ id: guest.id, properties: { userType: 'Guest' } });
    expect(world.account(ben.id)?.properties.userType).toBe('Member');
  });

  it('C3 converts an existing guest where the mapping always applies', async () => {
    world = new World({ settings: unfriendly });
    world.spoke.createExternalUser({ address: 'ana@contoso.com', userType: 'Guest' });
    const ana = hire(world, 'ana');
    await provisioned(world, [ana], { attributeMappings: [{ target: 'userType', constant: 'Member' }] });
    expect(world.account(ana.id)?.properties.userType).toBe('Member');
  });
});

describe('C4 address list', () => {
  it('C4 shows new accounts in the address list, and never writes for that alone', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana');
    await provisioned(world, [ana, ...staff(world)]);
    expect(world.account(ana.id)?.properties.showInAddressList).toBe(true);
    world.spoke.updateUser(accountId(ana), { showInAddressList: false });
    await world.run(15_000);
    await world.restart();
    await world.run(15 * 60_000);
    expect(world.spoke.log.writes()).toEqual([]);
    expect(world.account(ana.id)?.properties.showInAddressList).toBe(false);
  });

  it('C4 writes it when its own mapping changes', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana');
    await provisioned(world, [ana, ...staff(world)]);
    world.applyConfiguration({ attributeMappings: [{ target: 'showInAddressList', constant: 'false' }] });
    await world.run(10 * 60_000);
    expect(world.account(ana.id)?.properties.showInAddressList).toBe(false);
  });
});

describe('C5 manager', () => {
  it('C5 sets managers whoever is created first, in chains and in a circle', async () => {
    world = new World({ settings: unfriendly });
    const [ana, ben, eva] = [hire(world, 'ana'), hire(world, 'ben'), hire(world, 'eva')];
    world.hub.setManager(ana.id, ben.id);
    world.hub.setManager(ben.id, eva.id);
    world.hub.setManager(eva.id, ana.id);
    await provisioned(world, [ana, ben, eva]);
    expect([ana, ben, eva].map((user) => world.account(user.id)?.managerId)).toEqual([ben, eva, ana].map(accountId));
  });

  it('C5 sets a manager who is projected later, and says so until then', async () => {
    world = new World({ settings: unfriendly });
    const boss = hire(world, 'boss', { department: 'Board' });
    const people = ['ana', 'ben', 'eva'].map((name) => hire(world, name, { department: 'Sales' }, { managerId: boss.id }));
    const filters = [{ name: 'sales', clauses: [{ attribute: 'department', operator: 'Equals', value: 'Sales' }] }];
    await provisioned(world, people, { scope: { type: 'All', filters } });
    expect(people.map(warningsOf)).toEqual(people.map(() => ['ManagerNotProjected']));
    expect(people.map((user) => world.account(user.id)?.managerId)).toEqual([null, null, null]);
    world.hub.updateUser(boss.id, { department: 'Sales' });
    await nextCycleSettled(world);
    await untilState(world, boss, 'Provisioned');
    await world.run(5 * 60_000);
    expect(people.map((user) => world.account(user.id)?.managerId)).toEqual(people.map(() => accountId(boss)));
    expect(people.map(warningsOf)).toEqual([[], [], []]);
  });

  it('C5 leaves the old manager in place when the new one is not projected', async () => {
    world = new World({ settings: unfriendly });
    const boss = hire(world, 'boss');
    const ana = hire(world, 'ana', {}, { managerId: boss.id });
    const outsider = hire(world, 'outsider', { department: 'Elsewhere' });
    const filters = [{ name: 'no-department', clauses: [{ attribute: 'department', operator: 'IsNull' }] }];
    await provisioned(world, [ana, boss, ...staff(world)], { scope: { type: 'All', filters } });
    world.hub.setManager(ana.id, outsider.id);
    await nextCycleSettled(world);
    expect(world.account(ana.id)?.managerId).toBe(accountId(boss));
    expect(warningsOf(ana)).toEqual(['ManagerNotProjected']);
  });

  it.each([
    { propagateRemoval: false, removed: false },
    { propagateRemoval: true, removed: true },
  ])('C5 removal in the source with propagateRemoval: $propagateRemoval', async ({ propagateRemoval, removed }) => {
    world = new World({ settings: unfriendly });
    const boss = hire(world, 'boss');
    const ana = hire(world, 'ana', {}, { managerId: boss.id });
    await provisioned(world, [ana, boss, ...staff(world)], {
      attributeMappings: [{ target: 'manager', source: 'manager', propagateRemoval }],
    });
    expect(world.account(ana.id)?.managerId).toBe(accountId(boss));
    world.hub.setManager(ana.id, null);
    await nextCycleSettled(world);
    await world.run(12 * 60_000);
    expect(world.account(ana.id)?.managerId).toBe(removed ? null : accountId(boss));
  });

  it('C5 keeps the reports of a manager who leaves and comes back', async () => {
    world = new World({ settings: unfriendly });
    const boss = hire(world, 'boss');
    const ana = hire(world, 'ana', {}, { managerId: boss.id });
    await provisioned(world, [ana, boss, ...staff(world)]);
    const id = accountId(boss);
    world.hub.softDelete(boss.id);
    await nextCycleSettled(world);
    await untilState(world, boss, 'SoftDeleted');
    world.hub.restore(boss.id);
    await nextCycleSettled(world);
    await untilState(world, boss, 'Provisioned');
    await world.run(12 * 60_000);
    expect(world.account(ana.id)?.managerId).toBe(id);
  });

  it('C5 keeps in mind a manager who is away when the record of a report is written anew meanwhile', async () => {
    world = new World({ settings: unfriendly });
    const boss = hire(world, 'boss');
    const ana = hire(world, 'ana', {}, { managerId: boss.id });
    await provisioned(world, [ana, boss, ...staff(world)]);
    world.hub.softDelete(boss.id);
    await nextCycleSettled(world);
    const name = world.projection(ana.id)?.metadata.name ?? '';
    world.kube.patch({ kind: 'UserProjection', name, namespace }, { spec: { lifecycle: 'RemovalStaged' } });
    await nextCycleSettled(world);
    expect(world.projection(ana.id)?.spec).toMatchObject({ lifecycle: 'Present', manager: { sourceObjectId: boss.id } });
    world.hub.restore(boss.id);
    await nextCycleSettled(world);
    await untilState(world, boss, 'Provisioned');
    await world.run(60_000);
    expect(world.account(ana.id)?.managerId).toBe(accountId(boss));
    world.hub.setManager(ana.id, null);
    await nextCycleSettled(world);
    expect(world.projection(ana.id)?.spec.manager).toBeUndefined();
  });

  it('C5 repeats a reference that was refused, lost or throttled', async () => {
    world = new World({ settings: unfriendly });
    const operation = 'PUT /users/{id}/manager/$ref';
    world.entra.faults.add({ effect: 'status', status: 503, match: { operation } });
    world.entra.faults.add({ effect: 'dropAfter', match: { operation } });
    world.entra.faults.add({ effect: 'throttle', retryAfter: 11, match: { operation } });
    const boss = hire(world, 'boss');
    const people = ['ana', 'ben', 'eva'].map((name) => hire(world, name, {}, { managerId: boss.id }));
    await provisioned(world, [boss, ...people]);
    expect(people.map((user) => world.account(user.id)?.managerId)).toEqual(people.map(() => accountId(boss)));
  });

  it('C5 does not ask in vain for ever when the manager’s account was deleted in the target', async () => {
    world = new World();
    const boss = hire(world, 'boss');
    const ana = hire(world, 'ana');
    await provisioned(world, [ana, boss, ...staff(world)]);
    world.spoke.softDelete(accountId(boss));
    world.hub.setManager(ana.id, boss.id);
    await nextCycleSettled(world);
    await world.run(60 * 60_000);
    expect(world.spoke.log.count('PUT /users/{id}/manager/$ref')).toBeLessThan(40);
    expect(reasonOf(world, boss)).toBe('DeletedInTarget');
    expect(warningsOf(ana)).toEqual(['ManagerNotProjected']);
  });
});

describe('C8 authority', () => {
  it('C8 (trap 17) lets edits in the target stand until the source changes, and then sets all of it back, sign-in included', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana', { jobTitle: 'Engineer', city: 'Lyon' });
    await provisioned(world, [ana, ...staff(world)]);
    world.spoke.updateUser(accountId(ana), { jobTitle: 'Magician', accountEnabled: false });
    await world.run(15_000);
    await world.sync();
    await world.restart();
    await world.run(30 * 60_000);
    expect(world.account(ana.id)?.properties).toMatchObject({ jobTitle: 'Magician', accountEnabled: false });
    expect(world.spoke.log.writes()).toEqual([]);
    world.hub.updateUser(ana.id, { city: 'Nice' });
    await nextCycleSettled(world);
    expect(world.account(ana.id)?.properties).toMatchObject({ jobTitle: 'Engineer', accountEnabled: true, city: 'Nice' });
  });

  it('C8 lets a manager whom the target has set stand until the source changes', async () => {
    world = new World({ settings: unfriendly });
    const boss = hire(world, 'boss');
    const ana = hire(world, 'ana', {}, { managerId: boss.id });
    const local = world.spoke.createUser({ properties: { displayName: 'Local lead' } });
    await provisioned(world, [ana, boss, ...staff(world)]);
    world.spoke.setManager(accountId(ana), local.id);
    await world.run(15_000);
    await world.restart();
    await world.run(15 * 60_000);
    expect(world.account(ana.id)?.managerId).toBe(local.id);
    world.hub.updateUser(ana.id, { city: 'Nice' });
    await nextCycleSettled(world);
    expect(world.account(ana.id)?.managerId).toBe(accountId(boss));
  });
});

describe('C11 renames', () => {
  it('C11 updates mail and what is mapped after a rename, and neither invites again nor rewrites the #EXT# name', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana', { mail: 'ana@contoso.com' });
    await provisioned(world, [ana, ...staff(world)]);
    const before = world.account(ana.id);
    world.hub.updateUser(ana.id, { userPrincipalName: 'ana.maria@contoso.com', mail: 'ana.maria@contoso.com', displayName: 'Ana Maria' });
    await nextCycleSettled(world);
    await untilState(world, ana, 'Provisioned');
    expect(world.account(ana.id)).toMatchObject({
      id: before?.id,
      properties: { mail: 'ana.maria@contoso.com', displayName: 'Ana Maria', userPrincipalName: before?.properties.userPrincipalName },
    });
    expect(world.spoke.log.count('POST /invitations')).toBe(0);
    expect(world.spoke.users()).toHaveLength(5);
  });

  it('C11 does not invite again after a rename although the cluster was lost, with an anchor', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana');
    const anchored = { matching: { anchor: { attribute: 'extensionAttribute15' } } };
    await provisioned(world, [ana, ...staff(world)], anchored);
    const id = accountId(ana);
    world.loseCluster();
    world.hub.updateUser(ana.id, { userPrincipalName: 'ana.maria@contoso.com' });
    await provisioned(world, [ana], anchored);
    expect(accountId(ana)).toBe(id);
    expect(world.spoke.users()).toHaveLength(5);
  });
});

describe('C10 refusals of one attribute', () => {
  it('C10 lets a value that is too long fail alone and names it, without asking the directory', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana', { jobTitle: 'Engineer' });
    await provisioned(world, [ana, ...staff(world)]);
    world.hub.updateUser(ana.id, { jobTitle: 'x'.repeat(200), city: 'Lyon', accountEnabled: false });
    await nextCycleSettled(world);
    await untilState(world, ana, 'Blocked');
    expect(world.account(ana.id)?.properties).toMatchObject({ jobTitle: 'Engineer', city: 'Lyon', accountEnabled: false });
    expect(world.projection(ana.id)?.status.warnings?.map(({ message }) => message)).toEqual([
      'jobTitle: the value has 200 characters, and jobTitle takes at most 128; read from jobTitle',
    ]);
  });

  it('C10 lets a value that the directory does not take fail alone and names it', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana', { mailNickname: 'ana' });
    await provisioned(world, [ana, ...staff(world)]);
    world.hub.updateUser(ana.id, { mailNickname: 'ana pérez', city: 'Lyon', accountEnabled: false });
    await nextCycleSettled(world);
    await untilState(world, ana, 'Blocked');
    expect(world.account(ana.id)?.properties).toMatchObject({ mailNickname: 'ana', city: 'Lyon', accountEnabled: false });
    expect(world.projection(ana.id)?.status.refusedAttributes?.map(({ name }) => name)).toEqual(['mailNickname']);
  });

  it('C10 blocks sign-in although the rest is refused without a word why', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana', { jobTitle: 'Engineer' });
    await provisioned(world, [ana, ...staff(world)]);
    world.entra.faults.add({
      effect: 'status',
      status: 400,
      code: 'BadRequest',
      message: 'No.',
      match: { operation: 'PATCH /users/{id}' },
      times: 2,
    });
    world.hub.updateUser(ana.id, { jobTitle: 'Architect', city: 'Lyon', accountEnabled: false });
    await world.run(15_000);
    await world.sync();
    expect(world.projection(ana.id)?.status.state).toBe('Failed');
    expect(world.account(ana.id)?.properties).toMatchObject({ jobTitle: 'Engineer', accountEnabled: false });
    await untilState(world, ana, 'Blocked');
    expect(world.account(ana.id)?.properties).toMatchObject({ jobTitle: 'Architect', city: 'Lyon' });
  });

  it('C10 lets a mail address that another object holds fail alone, and tries it again when the user changes', async () => {
    world = new World({ settings: unfriendly });
    const holder = world.spoke.createUser({ properties: { displayName: 'Holder', mail: 'ana.new@contoso.com' } });
    const ana = hire(world, 'ana', { mail: 'ana@contoso.com', jobTitle: 'Engineer' });
    await provisioned(world, [ana, ...staff(world)]);
    world.hub.updateUser(ana.id, { mail: 'ana.new@contoso.com', jobTitle: 'Architect' });
    await nextCycleSettled(world);
    await world.run(15 * 60_000);
    expect(world.account(ana.id)?.properties).toMatchObject({ jobTitle: 'Architect', mail: 'ana@contoso.com' });
    expect(world.projection(ana.id)?.status).toMatchObject({ state: 'Provisioned' });
    expect(world.projection(ana.id)?.status.refusedAttributes?.map(({ name }) => name)).toEqual(['mail']);
    world.spoke.purge(holder.id);
    world.hub.updateUser(ana.id, { jobTitle: 'Director' });
    await nextCycleSettled(world);
    await world.run(15 * 60_000);
    expect(world.account(ana.id)?.properties).toMatchObject({ jobTitle: 'Director', mail: 'ana.new@contoso.com' });
    expect(world.projection(ana.id)?.status.refusedAttributes).toBeUndefined();
  });
});
