import { condition, eventReasons, guestIds, guests, hire, replicated, spokeVersions } from '../support/scene.ts';
import { namespace, unfriendly, World } from '../support/world.ts';

const minute = 60_000;

describe('B. Trust between the tenants', () => {
  let world: World;
  afterEach(() => world.end());

  describe('B1 inbound user synchronization', () => {
    it.each([
      ['was never set', undefined],
      ['is null', null],
      ['is false', false],
    ])(
      'B1 writes nothing while the target does not allow it because it %s, says what to do, and begins when it is allowed',
      async (_, value) => {
        world = new World({ settings: unfriendly });
        hire(world, 3);
        world.spoke.policies.setUserSync(world.hub.tenantId, value);
        await replicated(world);
        world.applyPair();
        world.applyConfiguration();
        await world.startOperator();
        await world.run(3 * minute);
        expect(guests(world)).toEqual([]);
        expect(condition(world.pair(), 'UserSyncAllowed')).toMatchObject({ status: 'False', reason: 'UserSyncNotAllowed' });
        expect(condition(world.pair(), 'UserSyncAllowed')?.message).toContain(
          'Its administrator allows it under cross-tenant access settings',
        );
        expect(condition(world.pair())).toMatchObject({ status: 'False', reason: 'UserSyncNotAllowed' });
        expect(world.pair().status.access?.userSync).toBe('NotAllowed');
        expect(condition(world.configuration())).toMatchObject({ status: 'False', reason: 'UserSyncNotAllowed' });
        expect(eventReasons(world, 'TenantPair', 'hub-to-spoke')).toEqual(['UserSyncNotAllowed']);
        world.allowSync();
        await world.until('everybody is there', () => guests(world).length === 3, 5 * minute);
        await world.until('the pair is ready', () => condition(world.pair())?.status === 'True');
        await world.until('the configuration is ready', () => condition(world.configuration())?.status === 'True');
      },
    );

    it('B1 stops within 60 s when the target clears it in the middle of a cycle, and deletes nobody', async () => {
      world = new World({ settings: { ...unfriendly, throttling: { enabled: true, scale: 0.02 } } });
      hire(world, 60);
      await replicated(world);
      world.applyPair();
      world.applyConfiguration();
      await world.startOperator();
      await world.until('the first accounts', () => guests(world).length >= 5);
      world.spoke.policies.setUserSync(world.hub.tenantId, false);
      await world.run(minute);
      const then = spokeVersions(world);
      const [gone] = world.hub.users();
      world.hub.softDelete(gone?.id ?? '');
      expect(guests(world).length).toBeLessThan(60);
      await world.run(20 * minute);
      expect(spokeVersions(world)).toBe(then);
      expect(world.spoke.deletedUsers()).toEqual([]);
      expect(condition(world.configuration())).toMatchObject({ status: 'False', reason: 'UserSyncNotAllowed' });
      world.allowSync();
      await world.until('everybody else is there', () => guests(world).length >= 59, 120 * minute);
    });

    it('B1 stops a quiet configuration before its next cycle', async () => {
      world = new World({ settings: unfriendly });
      const [ana] = hire(world, 3);
      await replicated(world);
      await world.begin();
      const before = guestIds(world);
      world.spoke.policies.setUserSync(world.hub.tenantId, false);
      world.hub.softDelete(ana?.id ?? '');
      await world.run(15 * minute);
      expect(guestIds(world)).toEqual(before);
      expect(condition(world.configuration())).toMatchObject({ status: 'False', reason: 'UserSyncNotAllowed' });
    });
  });

  describe('B2 automatic redemption', () => {
    it.each([
      { outbound: true, inbound: true, prompt: 'Suppressed', status: 'True', reason: 'Succeeded', message: 'no consent prompt' },
      {
        outbound: true,
        inbound: false,
        prompt: 'Shown',
        status: 'False',
        reason: 'AutomaticRedemptionOff',
        message: 'Set it inbound on the target.',
      },
      {
        outbound: false,
        inbound: true,
        prompt: 'Shown',
        status: 'False',
        reason: 'AutomaticRedemptionOff',
        message: 'Set it outbound on the source.',
      },
      {
        outbound: false,
        inbound: false,
        prompt: 'Shown',
        status: 'False',
        reason: 'AutomaticRedemptionOff',
        message: 'Set it outbound on the source and inbound on the target.',
      },
    ])('B2 shows $prompt with outbound $outbound and inbound $inbound', async ({ outbound, inbound, prompt, status, reason, message }) => {
      world = new World({ settings: unfriendly });
      hire(world, 2);
      world.hub.policies.setPartner(world.spoke.tenantId, { automaticUserConsentSettings: { outboundAllowed: outbound } });
      world.spoke.policies.setPartner(world.hub.tenantId, { automaticUserConsentSettings: { inboundAllowed: inbound } });
      await replicated(world);
      world.applyPair();
      world.applyConfiguration();
      await world.startOperator();
      await world.until('the pair was checked', () => condition(world.pair(), 'AutomaticRedemption') !== undefined);
      const pair = world.pair();
      expect(pair.status.access).toMatchObject({
        automaticRedemption: { sourceOutbound: outbound, targetInbound: inbound },
        consentPrompt: prompt,
      });
      expect(condition(pair, 'AutomaticRedemption')).toMatchObject({ status, reason });
      expect(condition(pair, 'AutomaticRedemption')?.message).toContain(message);
      await world.run(3 * minute);
      expect(guests(world)).toHaveLength(outbound && inbound ? 2 : 0);
    });

    it('B2 names a setting that was made in the wrong direction', async () => {
      world = new World({ settings: unfriendly });
      world.hub.policies.setPartner(world.spoke.tenantId, {
        automaticUserConsentSettings: { inboundAllowed: true, outboundAllowed: false },
      });
      world.spoke.policies.setPartner(world.hub.tenantId, {
        automaticUserConsentSettings: { inboundAllowed: false, outboundAllowed: true },
      });
      await replicated(world);
      world.applyPair();
      await world.startOperator();
      await world.until('the pair was checked', () => condition(world.pair(), 'AutomaticRedemption') !== undefined);
      expect(condition(world.pair(), 'AutomaticRedemption')).toMatchObject({
        status: 'False',
        reason: 'AutomaticRedemptionWrongDirection',
        message:
          'Automatic redemption is set inbound on the source and outbound on the target, which is for the other direction. Set it outbound on the source and inbound on the target.',
      });
      world.allowSync();
      await world.until('the pair recovers', () => condition(world.pair())?.status === 'True', 3 * minute);
    });

    it('B2 stops when redemption is switched off later, and goes on when it is back', async () => {
      world = new World({ settings: unfriendly });
      hire(world, 2);
      await replicated(world);
      await world.begin();
      world.hub.policies.setPartner(world.spoke.tenantId, { automaticUserConsentSettings: { outboundAllowed: false } });
      hire(world, 1, 'late');
      await world.run(12 * minute);
      expect(guests(world)).toHaveLength(2);
      expect(condition(world.configuration())).toMatchObject({ status: 'False', reason: 'AutomaticRedemptionOff' });
      world.allowSync();
      await world.until('the late one is there', () => guests(world).length === 3, 10 * minute);
    });
  });

  it('B3 sends no invitation message, whatever is retried, unless the spec asks', async () => {
    world = new World({ settings: unfriendly });
    world.entra.faults.add({ effect: 'dropAfter', match: { operation: 'POST /invitations' }, times: 2 });
    world.entra.faults.add({ effect: 'status', status: 503, match: { operation: 'POST /invitations' }, times: 2 });
    hire(world, 6);
    await replicated(world);
    await world.begin();
    await world.until('everybody is provisioned', () => world.configuration().status.users?.synced === 6, 60 * minute);
    expect(world.spoke.invitationMessages()).toEqual([]);
    world.applyConfiguration({ invitation: { sendInvitationMessage: true } });
    hire(world, 1, 'asked');
    await world.until('the message', () => world.spoke.invitationMessages().length === 1, 20 * minute);
    expect(world.spoke.invitationMessages()).toEqual(['asked0@contoso.com']);
  });

  describe('B5 one person, one target, once', () => {
    it('B5 refuses a second TenantPair for the same tenants, and the older goes on undisturbed', async () => {
      world = new World({ settings: unfriendly });
      hire(world, 2);
      await replicated(world);
      await world.begin();
      await world.run(5000);
      world.applyPair({}, 'a-second');
      world.applyConfiguration({ tenantPairRef: { name: 'a-second' } }, 'other');
      await world.until('the second is refused', () => condition(world.pair('a-second')) !== undefined);
      expect(condition(world.pair('a-second'))).toMatchObject({
        status: 'False',
        reason: 'DuplicateTenantPair',
        message: 'TenantPair identity/hub-to-spoke already connects the same two tenants. Delete one of the two.',
      });
      expect(condition(world.pair('a-second'), 'Stalled')?.status).toBe('True');
      expect(eventReasons(world, 'TenantPair', 'a-second')).toEqual(['DuplicateTenantPair']);
      hire(world, 1, 'late');
      await world.until('the late one is there', () => guests(world).length === 3);
      expect(condition(world.pair())?.status).toBe('True');
      expect(condition(world.configuration('other'))).toMatchObject({ status: 'False', reason: 'DuplicateTenantPair' });
      expect(world.projections().filter(({ spec }) => spec.syncConfigurationRef.name === 'other')).toEqual([]);
      world.kube.delete({ kind: 'TenantPair', name: 'hub-to-spoke', namespace });
      await world.until('the second takes over', () => condition(world.pair('a-second'))?.status === 'True');
      expect(guests(world)).toHaveLength(3);
    });

    it('B5 decides an overlap of two configurations for each user: the older claim wins', async () => {
      world = new World({ settings: unfriendly });
      const people = hire(world, 4);
      const sales = world.hub.createGroup({ displayName: 'Sales', members: people.slice(0, 3).map((user) => user.id) });
      await replicated(world);
      await world.begin({ scope: { type: 'Assigned', groups: [{ id: sales.id }] } });
      await world.run(2000);
      const before = guestIds(world);
      world.applyConfiguration({ scope: { type: 'All' }, attributeMappings: [{ target: 'companyName', constant: 'Other' }] }, 'everybody');
      await world.until('the second is done', () => condition(world.configuration('everybody'))?.status === 'True');
      expect(guests(world)).toHaveLength(4);
      expect(guestIds(world)).toEqual(expect.arrayContaining([...before]));
      for (const user of people.slice(0, 3)) {
        const claimed = world.projection(user.id, 'everybody');
        expect(claimed && condition(claimed)).toMatchObject({ status: 'True', reason: 'ClaimedByOtherConfiguration' });
        expect(claimed?.status.state).toBe('Skipped');
        expect(world.account(user.id)?.properties.companyName).toBeUndefined();
      }
      const own = people[3]?.id ?? '';
      await world.until('the fourth is its own', () => world.projection(own, 'everybody')?.status.state === 'Provisioned');
    });

    it('B5 hands over whoever leaves one scope and enters the other, without a deletion', async () => {
      world = new World({ settings: unfriendly });
      const people = hire(world, 12);
      const old = world.hub.createGroup({ displayName: 'Old', members: people.map((user) => user.id) });
      const young = world.hub.createGroup({ displayName: 'New', members: [] });
      await replicated(world);
      await world.begin({ scope: { type: 'Assigned', groups: [{ id: old.id }] } });
      world.applyConfiguration({ scope: { type: 'Assigned', groups: [{ id: young.id }] } }, 'second');
      await world.until('the second is done', () => condition(world.configuration('second'))?.status === 'True');
      const before = guestIds(world);
      const mover = people[0]?.id ?? '';
      world.hub.removeMember(old.id, mover);
      world.hub.addMember(young.id, mover);
      await world.until('the second has the account', () => world.projection(mover, 'second')?.status.state === 'Provisioned', 90 * minute);
      await world.run(10 * minute);
      expect(guestIds(world)).toEqual(before);
      expect(world.spoke.deletedUsers()).toEqual([]);
      expect(world.projection(mover)?.status.state ?? 'Retained').toBe('Retained');
    });
  });

  describe('B5 handover', () => {
    let people: ReturnType<typeof hire> = [];
    let old = '';
    let young = '';

    /** Two configurations with a group each; everybody is in the first. */
    async function twoGroups(second: object = {}): Promise<void> {
      world = new World({ settings: unfriendly });
      people = hire(world, 12);
      old = world.hub.createGroup({ displayName: 'Old', members: people.map((user) => user.id) }).id;
      young = world.hub.createGroup({ displayName: 'New', members: [] }).id;
      await replicated(world);
      await world.begin({ scope: { type: 'Assigned', groups: [{ id: old }] } });
      world.applyConfiguration({ scope: { type: 'Assigned', groups: [{ id: young }], ...second } }, 'second');
      await world.until('the second is done', () => condition(world.configuration('second'))?.status === 'True');
      await world.until('everybody is there', () => guests(world).length === 12);
    }

    const move = (count: number): void => {
      for (const user of people.slice(0, count)) {
        world.hub.removeMember(old, user.id);
        world.hub.addMember(young, user.id);
      }
    };

    it('B5 of half of the people is no deletion for the guard either', async () => {
      await twoGroups();
      const before = guestIds(world);
      move(6);
      await world.until('the second has six', () => world.configuration('second').status.users?.synced === 6, 30 * minute);
      await world.run(10 * minute);
      expect(guestIds(world)).toEqual(before);
      expect(world.spoke.deletedUsers()).toEqual([]);
      expect(world.configuration().status.stagedDeletions).toBeUndefined();
      for (const user of people.slice(0, 6))
        expect(world.account(user.id)?.id).toBe(world.projection(user.id, 'second')?.status.targetUser?.objectId);
    });

    it('B5 does not happen where the other scope filters the person out', async () => {
      const filters = [{ name: 'none', clauses: [{ attribute: 'department', operator: 'Equals', value: 'Legal' }] }];
      await twoGroups({ filters });
      move(1);
      await world.until('the account is deleted', () => world.projection(people[0]?.id ?? '')?.status.state === 'SoftDeleted');
      expect(guests(world)).toHaveLength(11);
    });

    it('B5 to a scope that cannot be read at the time ends with the same account restored', async () => {
      await twoGroups();
      const before = guestIds(world);
      await world.stopOperator();
      world.entra.faults.add({ effect: 'status', status: 403, times: 1000, match: { path: new RegExp(`groups/${young}`) } });
      move(1);
      await world.startOperator();
      await world.until('the account is deleted', () => world.projection(people[0]?.id ?? '')?.status.state === 'SoftDeleted', 30 * minute);
      world.entra.faults.clear();
      await world.until('it is back', () => world.projection(people[0]?.id ?? '', 'second')?.status.state === 'Provisioned', 60 * minute);
      expect(guestIds(world)).toEqual(before);
      expect(world.projection(people[0]?.id ?? '')?.status.state ?? 'Retained').toBe('Retained');
    });
  });

  it('B7 projects internal members only, and reports the others by reason', async () => {
    world = new World({ settings: unfriendly });
    const [ana] = hire(world, 1);
    world.hub.createUser({ userPrincipalName: 'intern@contoso.com', userType: 'Guest', properties: { displayName: 'Internal Guest' } });
    world.hub.createExternalUser({ address: 'guest@fabrikam.com', userType: 'Guest' });
    world.hub.createExternalUser({ address: 'member@fabrikam.com', userType: 'Member' });
    world.hub.createUser({
      userPrincipalName: 'odd@contoso.com',
      properties: { displayName: 'Odd', identities: [{ signInType: 'federated', issuer: 'ExternalAzureAD', issuerAssignedId: null }] },
    });
    await replicated(world);
    await world.begin();
    expect(world.projections().map(({ spec }) => spec.source.objectId)).toEqual([ana?.id]);
    expect(guests(world)).toHaveLength(1);
    expect(world.configuration().status.lastCycle?.skipped).toEqual({ NotInternalMember: 3, AmbiguousIdentity: 1 });
  });

  it('B7 takes the account away when a member becomes a guest, and keeps it when the evidence contradicts itself', async () => {
    world = new World({ settings: unfriendly });
    const [guest, odd] = hire(world, 12);
    await replicated(world);
    await world.begin();
    world.hub.updateUser(guest?.id ?? '', { userType: 'Guest' });
    world.hub.updateUser(odd?.id ?? '', { creationType: 'Invitation' });
    await world.until('the guest is gone', () => world.projection(guest?.id ?? '')?.status.state === 'SoftDeleted');
    await world.run(10 * minute);
    expect(world.account(odd?.id ?? '')).toBeDefined();
    expect(guests(world)).toHaveLength(11);
  });
});
