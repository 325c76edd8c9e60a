import { annotations } from '../../src/api/kinds.ts';
import { hire, nextCycleSettled, provisioned, reasonOf, staff, untilState } from '../support/people.ts';
import { eventReasons, guestIds, guests, hire as hireMany, replicated, spokeVersions } from '../support/scene.ts';
import { namespace, unfriendly, World } from '../support/world.ts';

const minute = 60_000;
const anchored = { matching: { anchor: { attribute: 'extensionAttribute15' } } };

/** Nobody acts for somebody else (I15). */
describe('I15 whose account it is', () => {
  let world: World;
  afterEach(() => world.end());

  /** Another source tenant, with a pair of its own to the spoke. */
  function otherSource() {
    const other = world.entra.addTenant({ displayName: 'Northwind', initialDomain: 'northwind', domains: ['northwind.com'] });
    const app = other.registerApp({ permissions: [...world.hubApp.permissions], secrets: [{ value: 'other-secret' }] });
    other.policies.setPartner(world.spoke.tenantId, { automaticUserConsentSettings: { inboundAllowed: null, outboundAllowed: true } });
    world.spoke.policies.setPartner(other.tenantId, { automaticUserConsentSettings: { inboundAllowed: true, outboundAllowed: null } });
    world.spoke.policies.setUserSync(other.tenantId, true);
    world.secret('other-app', { clientSecret: 'other-secret' });
    const nora = other.createUser({ userPrincipalName: 'nora@northwind.com', properties: { displayName: 'Nora' } });
    const credentials = { clientSecret: { clientId: app.appId, secretRef: { name: 'other-app', key: 'clientSecret' } } };
    const pair = { source: { tenantId: other.tenantId, credentials } };
    world.applyPair(pair, 'other-to-spoke');
    return { nora: nora.id, pair };
  }

  it.each([
    ['while the operator is down', 'stop'],
    ['while the operator runs', 'run'],
    ['while it is killed, and the pair too is made anew under its name', 'pair'],
  ])('I15 a configuration made anew for another source lets the former records go, %s', async (_, how) => {
    world = new World({ settings: unfriendly });
    const people = hireMany(world, 9);
    await replicated(world);
    await world.begin({ deprovisioning: { guard: { threshold: 500, percent: 100 } } });
    await world.until('everybody is there', () => guests(world).length === people.length);
    await replicated(world);
    const before = guestIds(world);
    if (how !== 'run') world.killOperator();
    const records = world.projections().length;
    expect(records).toBe(9);
    world.kube.delete({ kind: 'SyncConfiguration', name: 'staff', namespace });
    otherSource();
    world.applyConfiguration({ tenantPairRef: { name: 'other-to-spoke' }, deprovisioning: { guard: { threshold: 500, percent: 100 } } });
    if (how !== 'run') await world.startOperator();
    await world.run(60 * minute);
    expect(guestIds(world)).toEqual(expect.arrayContaining([...before]));
    expect(world.spoke.deletedUsers()).toEqual([]);
    expect(world.projections().every(({ spec }) => spec.source.tenantId !== world.hub.tenantId)).toBe(true);
    // A running operator has deleted the records with their configuration before.
    expect(eventReasons(world, 'SyncConfiguration', 'staff').includes('TenantsChanged') || how === 'run').toBe(true);
  });

  it('I15 B5 an installation with a smaller scope writes and deletes nothing of another one', async () => {
    world = new World({ settings: unfriendly });
    const people = hireMany(world, 6);
    await replicated(world);
    world.applyPair();
    world.applyConfiguration(anchored);
    await world.startOperator(['--installation-id', 'first']);
    await world.until(
      'everybody is there',
      () => guests(world).length === 6 && world.projections().every(({ status }) => status.state === 'Provisioned'),
    );
    await replicated(world);
    world.loseCluster();
    world.applyPair();
    world.applyConfiguration({ ...anchored, scope: { type: 'All' } });
    const before = spokeVersions(world);
    await world.startOperator(['--installation-id', 'second']);
    await world.until('a cycle', () => world.configuration().status.lastCycle?.id !== undefined);
    await world.run(30 * minute);
    expect(people.map((user) => world.projection(user.id)?.status.conditions?.find(({ type }) => type === 'Ready')?.reason)).toEqual(
      people.map(() => 'OwnedByOtherInstallation'),
    );
    world.applyConfiguration({
      ...anchored,
      scope: { type: 'Assigned', users: [{ id: people[0]?.id ?? '' }] },
      deprovisioning: { guard: { threshold: 500, percent: 100 } },
    });
    for (const user of people) world.hub.updateUser(user.id, { jobTitle: 'Chief' });
    await world.run(60 * minute);
    expect(spokeVersions(world)).toBe(before);
    // The one whose accounts they are goes on with them.
    world.loseCluster();
    world.applyPair();
    world.applyConfiguration(anchored);
    await world.startOperator(['--installation-id', 'first']);
    await world.until('they are updated', () => guests(world).every((guest) => guest.properties.jobTitle === 'Chief'));
    expect(guests(world)).toHaveLength(6);
  });

  it('I15 an anchor without an installation gets one at the next write, and causes none', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana');
    await provisioned(world, [ana, ...staff(world)], anchored);
    const mark = (): string =>
      String((world.account(ana.id)?.properties.onPremisesExtensionAttributes as { extensionAttribute15?: string }).extensionAttribute15);
    expect(mark()).toMatch(/:by:default$/);
    const old = mark().replace(':by:default', '');
    world.spoke.updateUser(world.account(ana.id)?.id ?? '', { onPremisesExtensionAttributes: { extensionAttribute15: old } });
    await replicated(world);
    await world.restart();
    await world.run(20 * minute);
    expect(mark()).toBe(old);
    world.hub.updateUser(ana.id, { jobTitle: 'Chief' });
    await nextCycleSettled(world);
    await world.until('it is written', () => world.account(ana.id)?.properties.jobTitle === 'Chief');
    expect(mark()).toMatch(/:by:default$/);
  });

  it('I15 D1 nobody is invited by an address outside the domains of the source', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana');
    await replicated(world);
    await world.begin({ invitation: { addressExpression: '"ceo@other.example"' } });
    await world.run(20 * minute);
    expect(world.accountsOf('ceo@other.example')).toEqual([]);
    expect(guests(world)).toEqual([]);
    expect(reasonOf(world, ana)).toBe('AddressNotVerified');
  });

  it.each<[string, object, 'before' | 'after', boolean]>([
    ['before the one whose address it is', {}, 'before', false],
    ['after the one whose address it is', {}, 'after', false],
    ['in mode Plan', { mode: 'Plan' }, 'before', false],
    ['with a mapping that fails', { attributeMappings: [{ target: 'jobTitle', expression: 'Mid("a", 0, 1)' }] }, 'before', false],
    ['of a pair that is suspended since', {}, 'before', true],
  ])('I15 D1 an address outside the domains of its source, named %s, keeps nobody out', async (_, spec, when, suspend) => {
    world = new World({ settings: unfriendly });
    const { nora, pair } = otherSource();
    const nameThere = (): void => {
      const invitation = { addressExpression: '"ceo@contoso.com"' };
      world.applyConfiguration({ tenantPairRef: { name: 'other-to-spoke' }, invitation, ...spec }, 'other');
    };
    const ceo = hire(world, 'ceo');
    await replicated(world);
    if (when === 'before') nameThere();
    world.applyPair();
    await world.startOperator();
    await world.run(10 * minute);
    if (suspend) world.applyPair({ ...pair, suspend: true }, 'other-to-spoke');
    await world.run(10 * minute);
    world.applyConfiguration({});
    if (when === 'after') nameThere();
    await world.run(20 * minute);
    expect(world.account(ceo.id)?.invitedAddress).toBe('ceo@contoso.com');
    expect(world.projection(nora, 'other')?.status.targetUser).toBeUndefined();
    expect(guests(world)).toHaveLength(1);
  });

  it('C5 a manager whom another configuration of the pair projects is set, and named by person', async () => {
    world = new World({ settings: unfriendly });
    const [ana, boss] = [hire(world, 'ana', { department: 'Sales' }), hire(world, 'boss', { department: 'Board' })];
    world.hub.setManager(ana.id, boss.id);
    await replicated(world);
    const of = (department: string) => ({
      scope: { type: 'All', filters: [{ name: 'one', clauses: [{ attribute: 'department', operator: 'Equals', value: department }] }] },
    });
    await world.begin(of('Sales'));
    await world.until('ana is there', () => world.account(ana.id) !== undefined);
    expect(world.projection(ana.id)?.status.warnings?.map(({ reason }) => reason)).toContain('ManagerNotProjected');
    world.applyConfiguration(of('Board'), 'board');
    await world.until('the manager is set', () => typeof world.account(ana.id)?.managerId === 'string', 30 * minute);
    await world.run(10_000);
    expect(world.projection(ana.id)?.status.warnings ?? []).toEqual([]);
  });

  it('C5 a manager who arrives within minutes of another write to the report is set at once', async () => {
    world = new World({ settings: unfriendly });
    const [ana, boss] = [hire(world, 'ana'), hire(world, 'boss')];
    const group = world.hub.createGroup({ displayName: 'Team', members: [ana.id] }).id;
    world.hub.setManager(ana.id, boss.id);
    await replicated(world);
    await world.begin({ scope: { type: 'Assigned', groups: [{ id: group }] }, interval: '1m' });
    await world.until('ana is there', () => world.account(ana.id) !== undefined);
    world.hub.updateUser(ana.id, { jobTitle: 'Clerk' });
    await world.until('one write', () => world.account(ana.id)?.properties.jobTitle === 'Clerk');
    world.hub.updateUser(ana.id, { jobTitle: 'Chief' });
    await world.until('another', () => world.account(ana.id)?.properties.jobTitle === 'Chief');
    world.hub.addMember(group, boss.id);
    await world.until('the manager is set', () => typeof world.account(ana.id)?.managerId === 'string', 4 * minute);
    expect(world.account(ana.id)?.managerId).toBe(world.account(boss.id)?.id);
  });

  it('A6 who is rehired is invited as soon as the removal of the former account is approved', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana');
    await provisioned(world, [ana, ...staff(world)], { deprovisioning: { guard: { threshold: 1, percent: 100 } } });
    world.hub.softDelete(ana.id);
    await replicated(world);
    await world.sync();
    expect(world.configuration().status.stagedDeletions?.count).toBe(1);
    world.hub.purge(ana.id);
    const again = world.hub.createUser({
      userPrincipalName: 'ana@contoso.com',
      properties: { displayName: 'Ana', mail: 'ana@contoso.com' },
    });
    await replicated(world);
    await world.sync();
    await world.until('it is in the way', () => world.projection(again.id)?.status.state === 'Conflict');
    await world.run(2 * 60 * minute);
    world.annotate('SyncConfiguration', 'staff', {
      [annotations.approveDeletions]: world.configuration().status.stagedDeletions?.token ?? '',
    });
    await world.until('the new one is invited', () => world.projection(again.id)?.status.state === 'Provisioned', 15 * minute);
    expect(world.accountsOf('ana@contoso.com')).toHaveLength(1);
  });

  it.each([
    ['before the old one is deleted', true],
    ['at the same time', false],
  ])('D4 a configuration renamed in Git keeps what it created: the new one is applied %s', async (_, settled) => {
    world = new World({ settings: unfriendly });
    const people = hireMany(world, 6);
    await replicated(world);
    const policy = { deprovisioning: { adoptedUsers: 'Retain', guard: { threshold: 500, percent: 100 } } };
    await world.begin(policy);
    await world.until(
      'everybody is there',
      () => guests(world).length === 6 && world.projections().every(({ status }) => status.state === 'Provisioned'),
    );
    await replicated(world);
    const before = guestIds(world);
    world.applyConfiguration(policy, 'people');
    if (settled) await world.until('it has decided', () => world.configuration('people').status.lastCycle?.id !== undefined);
    world.kube.delete({ kind: 'SyncConfiguration', name: 'staff', namespace });
    await world.until('the old records are gone', () =>
      world.projections().every(({ spec }) => spec.syncConfigurationRef.name === 'people'),
    );
    await world.until('all are taken over', () =>
      people.every((user) => world.projection(user.id, 'people')?.status.state === 'Provisioned'),
    );
    expect(people.map((user) => world.projection(user.id, 'people')?.status.targetUser?.origin)).toEqual(people.map(() => 'Created'));
    expect(guestIds(world)).toEqual(before);
    world.hub.softDelete(people[0]?.id ?? '');
    await replicated(world);
    await world.sync('people');
    await world.until('the leaver is deprovisioned', () => guests(world).length === 5);
  });

  it('D4 a pair and its configuration renamed together keep what they created', async () => {
    world = new World({ settings: unfriendly });
    const people = hireMany(world, 6);
    await replicated(world);
    const policy = { deprovisioning: { adoptedUsers: 'Retain', guard: { threshold: 500, percent: 100 } } };
    await world.begin(policy);
    await world.until(
      'everybody is there',
      () => guests(world).length === 6 && world.projections().every(({ status }) => status.state === 'Provisioned'),
    );
    const before = guestIds(world);
    world.applyPair({}, 'renamed');
    world.applyConfiguration({ ...policy, tenantPairRef: { name: 'renamed' } }, 'people');
    world.kube.delete({ kind: 'SyncConfiguration', name: 'staff', namespace });
    world.kube.delete({ kind: 'TenantPair', name: 'hub-to-spoke', namespace });
    await world.until('all are taken over', () =>
      people.every((user) => world.projection(user.id, 'people')?.status.state === 'Provisioned'),
    );
    await world.until('the old records are gone', () =>
      world.projections().every(({ spec }) => spec.syncConfigurationRef.name === 'people'),
    );
    expect(people.map((user) => world.projection(user.id, 'people')?.status.targetUser?.origin)).toEqual(people.map(() => 'Created'));
    expect(guestIds(world)).toEqual(before);
    world.hub.softDelete(people[0]?.id ?? '');
    await replicated(world);
    await world.sync('people');
    await world.until('the leaver is deprovisioned', () => guests(world).length === 5);
  });

  it.each([
    ['between two cycles', false],
    ['in the midst of one', true],
  ])(
    'I15 a pair made anew for another source under its name %s, with a configuration that stays, reads that source from the beginning',
    async (_, within) => {
      world = new World();
      hireMany(world, 5);
      const other = world.entra.addTenant({ displayName: 'Northwind', initialDomain: 'northwind', domains: ['northwind.com'] });
      const app = other.registerApp({ permissions: [...world.hubApp.permissions], secrets: [{ value: 'other-secret' }] });
      other.policies.setPartner(world.spoke.tenantId, { automaticUserConsentSettings: { inboundAllowed: null, outboundAllowed: true } });
      world.spoke.policies.setPartner(other.tenantId, { automaticUserConsentSettings: { inboundAllowed: true, outboundAllowed: null } });
      world.spoke.policies.setUserSync(other.tenantId, true);
      world.secret('other-app', { clientSecret: 'other-secret' });
      other.createUser({ userPrincipalName: 'nora@northwind.com', properties: { displayName: 'Nora' } });
      for (const tenant of [world.hub, other]) tenant.createGroup({ displayName: 'Staff', members: tenant.users().map(({ id }) => id) });
      await replicated(world);
      await world.begin({ interval: '30m', scope: { type: 'Assigned', groups: [{ displayName: 'Staff' }] } });
      await world.until('everybody is there', () => guests(world).length === 5);
      await world.run(10 * minute);
      if (within) {
        world.entra.faults.add({
          effect: 'delay',
          ms: 10_000,
          probability: 1,
          match: { operation: 'GET /users/delta', tenant: world.hub.tenantId },
        });
        world.annotate('SyncConfiguration', 'staff', { [annotations.restartedAt]: 'now' });
        await world.run(5000);
      }
      world.kube.delete({ kind: 'TenantPair', name: 'hub-to-spoke', namespace });
      const credentials = { clientSecret: { clientId: app.appId, secretRef: { name: 'other-app', key: 'clientSecret' } } };
      world.applyPair({ source: { tenantId: other.tenantId, credentials } });
      await world.until('its person is there', () => world.accountsOf('nora@northwind.com').length === 1, 10 * minute);
      await world.until('the former records are gone', () =>
        world.projections().every(({ spec }) => spec.source.tenantId === other.tenantId),
      );
      expect(guests(world)).toHaveLength(6);
      expect(world.spoke.deletedUsers()).toEqual([]);
    },
  );

  const renames: readonly (readonly [string, () => void])[] = [
    ['a configuration', () => undefined],
    [
      'a pair with its configuration',
      () => {
        world.applyPair({}, 'renamed');
        world.kube.delete({ kind: 'TenantPair', name: 'hub-to-spoke', namespace });
      },
    ],
  ];

  /** Renames the configuration, and what is said beside it. */
  function rename(beside: () => void): void {
    beside();
    const pair = beside === renames[0]?.[1] ? 'hub-to-spoke' : 'renamed';
    world.applyConfiguration({ matching: { adoption: 'Ignore' }, tenantPairRef: { name: pair } }, 'people');
    world.kube.delete({ kind: 'SyncConfiguration', name: 'staff', namespace });
  }

  async function provisionedSix(): Promise<string> {
    world = new World({ settings: unfriendly });
    const people = hireMany(world, 6);
    await replicated(world);
    await world.begin({ matching: { adoption: 'Ignore' } });
    await world.until('everybody is there', () => guests(world).length === 6);
    await world.run(30 * minute);
    return people[0]?.id ?? '';
  }

  it.each(renames)('A7 what the target deleted stays deleted when %s is renamed', async (_, beside) => {
    const ana = await provisionedSix();
    world.spoke.softDelete(world.account(ana)?.id ?? '');
    world.hub.updateUser(ana, { jobTitle: 'Chief' });
    await world.until('it is seen', () => world.projection(ana)?.status.state === 'Conflict', 60 * minute);
    rename(beside);
    await world.until('it is seen again', () => world.projection(ana, 'people')?.status.state === 'Conflict', 60 * minute);
    await world.run(60 * minute);
    expect(guests(world)).toHaveLength(5);
    expect(world.spoke.deletedUsers()).toHaveLength(1);
  });

  it.each(renames)('I2 an account that the target has made since is not taken for ours when %s is renamed', async (_, beside) => {
    const ana = await provisionedSix();
    const ours = world.account(ana)?.id ?? '';
    world.killOperator();
    world.spoke.softDelete(ours);
    world.spoke.purge(ours);
    const theirs = world.spoke.createExternalUser({
      address: 'person0@contoso.com',
      displayName: 'Theirs',
      userType: 'Guest',
      accepted: true,
    });
    await replicated(world);
    rename(beside);
    await world.startOperator();
    await world.until('it is in the way', () => world.projection(ana, 'people')?.status.state === 'Conflict', 60 * minute);
    await world.run(60 * minute);
    expect(world.spoke.user(theirs.id)?.properties.displayName).toBe('Theirs');
    expect(guests(world)).toHaveLength(6);
  });

  it('I6 who was deleted by another configuration comes back to the first with the same account, and A7 not if the target deleted it', async () => {
    world = new World({ settings: unfriendly });
    const people = hireMany(world, 8);
    await replicated(world);
    const of = (department: string) => ({
      interval: '1m',
      scope: { type: 'All', filters: [{ name: 'one', clauses: [{ attribute: 'department', operator: 'Equals', value: department }] }] },
    });
    world.applyConfiguration(of('Research'), 'research');
    await world.begin(of('Sales'));
    await world.until('everybody is there', () => guests(world).length === 8);
    await world.run(20 * minute);
    const ana = people[0]?.id ?? '';
    const account = world.account(ana)?.id ?? '';
    world.hub.updateUser(ana, { department: 'Research' });
    await world.until('the other has it', () => world.projection(ana, 'research')?.status.state === 'Provisioned', 20 * minute);
    world.hub.softDelete(ana);
    await world.until('it is deleted', () => guests(world).length === 7, 20 * minute);
    await world.run(20 * minute);
    world.hub.restore(ana);
    world.hub.updateUser(ana, { department: 'Sales' });
    await world.until('it is back', () => guests(world).length === 8, 60 * minute);
    expect(guestIds(world)).toContain(account);
    await world.run(60 * minute);
    world.spoke.softDelete(account);
    await world.run(20 * minute);
    world.hub.updateUser(ana, { jobTitle: 'Chief' });
    await world.run(60 * minute);
    expect(world.projection(ana)?.status.state).toBe('Conflict');
    expect(guests(world)).toHaveLength(7);
  });

  it('D4 says how many accounts are adopted, where that means that they are never taken away', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana');
    world.spoke.createExternalUser({ address: 'ana@contoso.com', displayName: 'Ana', userType: 'Guest', accepted: true });
    await replicated(world);
    await world.begin({ deprovisioning: { adoptedUsers: 'Retain' } });
    await untilState(world, ana, 'Provisioned');
    await world.sync();
    expect(world.configuration().status.warnings?.map(({ reason }) => reason)).toContain('AccountsAdopted');
  });
});
