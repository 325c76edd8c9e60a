import type { SettingsOverride, Tenant } from '@tenantsync/sandbox/entra';
import type { JsonObject } from '@tenantsync/sandbox/kubernetes';
import { policyPermission } from '../../src/core/preflight/enforce.ts';
import { hire } from '../support/people.ts';
import { condition, eventReasons, events, guests, replicated } from '../support/scene.ts';
import { namespace, unfriendly, World } from '../support/world.ts';

const minute = 60_000;
const hour = 60 * minute;
const enforce = (more: JsonObject = {}): JsonObject => ({ crossTenantAccess: { managementPolicy: 'Enforce', ...more } });
const partners = '/policies/crossTenantAccessPolicy/partners';
const operations = [`POST ${partners}`, `PATCH ${partners}/{id}`, `PUT ${partners}/{id}/identitySynchronization`] as const;
const [, patch, put] = operations;

describe('B8, B9 access settings that are enforced', () => {
  let world: World;
  afterEach(() => world.end());

  /** Two tenants that have set nothing towards each other, and applications that may set it. */
  function strangers(settings: SettingsOverride = unfriendly, seed = 1): World {
    world = new World({ settings, seed });
    world.hub.policies.removePartner(world.spoke.tenantId);
    world.spoke.policies.removePartner(world.hub.tenantId);
    world.hubApp.grant(policyPermission);
    world.spokeApp.grant(policyPermission);
    return world;
  }
  const towards = (of: Tenant, to: Tenant): JsonObject | undefined => of.policies.partner(to.tenantId);
  const ofHub = (): JsonObject | undefined => towards(world.hub, world.spoke);
  const ofSpoke = (): JsonObject | undefined => towards(world.spoke, world.hub);
  const isReady = (name = 'hub-to-spoke'): boolean => condition(world.pair(name))?.status === 'True';
  const writes = (of: Tenant, operation?: string): number =>
    of.log
      .writes()
      .filter((entry) => (operation === undefined ? operations.includes(entry.operation as never) : entry.operation === operation)).length;
  const allWrites = (): number => writes(world.hub) + writes(world.spoke);
  const warned = (name = 'hub-to-spoke'): readonly string[] =>
    (world.pair(name).status.access?.warnings ?? []).map(({ reason, message }) => `${reason} ${message}`);
  const lines = (): readonly { readonly modifiedProperties: readonly JsonObject[] }[] =>
    world.provisioningLog.filter((line) => line.includes('accessSettings')).map((line) => JSON.parse(line) as never);
  const changes = (): readonly string[] =>
    lines().flatMap(({ modifiedProperties }) =>
      modifiedProperties.map(({ displayName, oldValue, newValue }) => `${String(displayName)} ${String(oldValue)} ${String(newValue)}`),
    );
  const start = async (spec: JsonObject = enforce()): Promise<void> => {
    world.applyPair(spec);
    await world.startOperator();
  };

  it.each([1, 2, 3])('B8 are made on both sides where there is nothing, and people are synchronized (%s)', async (seed) => {
    strangers(unfriendly, seed);
    hire(world, 'ana');
    await replicated(world);
    world.applyConfiguration();
    await start();
    await world.until('she is there', () => guests(world).length === 1, 10 * minute);
    expect(ofHub()?.automaticUserConsentSettings).toEqual({ inboundAllowed: null, outboundAllowed: true });
    expect(ofSpoke()?.automaticUserConsentSettings).toEqual({ inboundAllowed: true, outboundAllowed: null });
    expect(ofSpoke()?.inboundTrust).toBeNull();
    expect(world.spoke.policies.userSync(world.hub.tenantId)).toBe(true);
    expect(world.hub.policies.userSync(world.spoke.tenantId)).toBeUndefined();
    expect([writes(world.hub), writes(world.spoke)]).toEqual([1, 2]);
    expect(condition(world.pair())).toMatchObject({ status: 'True', reason: 'Succeeded' });
    expect(world.pair().status.enforcement).toEqual({ userSyncPolicySince: expect.any(String) as string });
    // Nobody was told of trouble on the way.
    expect(eventReasons(world, 'TenantPair', 'hub-to-spoke').filter((reason) => reason !== 'AccessSettingsWritten')).toEqual(['Succeeded']);
  });

  it('B8 F2 each change is an event and a line of the provisioning log, with before and after and no name', async () => {
    strangers();
    await start(enforce({ inboundTrust: { mfa: true } }));
    await world.until('the pair is ready', isReady, 10 * minute);
    expect(changes().toSorted()).toEqual(
      [
        'partner none configured',
        'automaticUserConsentSettings.outboundAllowed inherited true',
        'partner none configured',
        'automaticUserConsentSettings.inboundAllowed inherited true',
        'inboundTrust.isMfaAccepted inherited true',
        'identitySynchronization.userSyncInbound.isSyncAllowed none true',
      ].toSorted(),
    );
    const told = events(world).filter(({ reason }) => reason === 'AccessSettingsWritten');
    expect(told).toHaveLength(3);
    expect(told.map(({ note }) => note).join()).toContain(
      'target: partner none → configured, automaticUserConsentSettings.inboundAllowed inherited → true',
    );
    for (const text of [...told.map(({ note }) => note), ...world.provisioningLog])
      expect(text).not.toMatch(/contoso|fabrikam|@(?!odata)/i);
  });

  it('I7 a pair that is as it should be writes nothing, and reads no more than one that observes', async () => {
    const reads = async (spec: JsonObject): Promise<readonly unknown[]> => {
      world = new World();
      world.hubApp.grant(policyPermission);
      world.spokeApp.grant(policyPermission);
      await start(spec);
      await world.until('the pair is ready', isReady);
      await world.run(10 * minute);
      for (const tenant of [world.hub, world.spoke]) tenant.log.reset();
      const { resourceVersion } = world.pair().metadata;
      await world.run(hour);
      expect(world.pair().metadata.resourceVersion).toBe(resourceVersion);
      expect(allWrites()).toBe(0);
      const counts = [world.hub.log.counts(), world.spoke.log.counts()];
      await world.end();
      return counts;
    };
    const observed = await reads({});
    expect(await reads(enforce())).toEqual(observed);
  });

  it('B9 inbound trust: what is named is set, what is left out stays, nulls and members of later versions too', async () => {
    strangers();
    world.allowSync();
    const trust = {
      isMfaAccepted: false,
      isCompliantDeviceAccepted: true,
      isHybridAzureADJoinedDeviceAccepted: null,
      isPasskeyAccepted: true,
    };
    const b2bCollaborationInbound = { usersAndGroups: { accessType: 'allowed', targets: [{ target: 'AllUsers', targetType: 'user' }] } };
    world.spoke.policies.setPartner(world.hub.tenantId, { inboundTrust: trust, b2bCollaborationInbound, isServiceProvider: true });
    await start(enforce({ inboundTrust: { mfa: true } }));
    await world.until('it is set', () => (ofSpoke()?.inboundTrust as JsonObject).isMfaAccepted === true);
    await world.until('the pair shows it', () => world.pair().status.access?.inboundTrust?.mfa === true, 10 * minute);
    expect(ofSpoke()).toMatchObject({ inboundTrust: { ...trust, isMfaAccepted: true }, b2bCollaborationInbound, isServiceProvider: true });
    expect(ofSpoke()?.automaticUserConsentSettings).toEqual({ inboundAllowed: true, outboundAllowed: null });
    expect(ofHub()?.inboundTrust).toBeNull();
    expect(changes()).toEqual(['inboundTrust.isMfaAccepted false true']);
    // A field that is taken out of the spec is let go, not set back.
    world.applyPair(enforce());
    await world.run(11 * minute);
    expect((ofSpoke()?.inboundTrust as JsonObject).isMfaAccepted).toBe(true);
  });

  it('B9 trust that the default of the target gives already is not written', async () => {
    strangers();
    world.allowSync();
    world.spoke.policies.defaults.inboundTrust = {
      isMfaAccepted: true,
      isCompliantDeviceAccepted: false,
      isHybridAzureADJoinedDeviceAccepted: false,
    };
    await start(enforce({ inboundTrust: { mfa: true, compliantDevice: false } }));
    await world.until('the pair is ready', isReady);
    await world.run(10 * minute);
    expect([allWrites(), ofSpoke()?.inboundTrust]).toEqual([0, null]);
  });

  it.each([
    ['false', false],
    ['null', null],
  ])('B8 B1 a policy of the target that is %s is never set back: StoppedByTarget', async (_, value) => {
    strangers();
    world.spoke.policies.setUserSync(world.hub.tenantId, value);
    await start();
    await world.until('it is said', () => condition(world.pair(), 'UserSyncAllowed')?.reason === 'StoppedByTarget', 10 * minute);
    await world.run(2 * hour);
    expect(world.spoke.policies.userSync(world.hub.tenantId)).toBe(value);
    expect(writes(world.spoke, put)).toBe(0);
    expect(condition(world.pair())).toMatchObject({ status: 'False', reason: 'StoppedByTarget' });
    world.spoke.policies.setUserSync(world.hub.tenantId, true);
    await world.until('the pair is ready', isReady, 5 * minute);
  });

  it.each([
    ['clears it', () => world.spoke.policies.setUserSync(world.hub.tenantId, false)],
    ['takes it away', () => world.spoke.policies.setUserSync(world.hub.tenantId, undefined)],
    ['takes the partner away', () => world.spoke.policies.removePartner(world.hub.tenantId)],
  ])('B8 B1 a target that %s stops the work, over restarts, and nothing lets people in again', async (_, stop) => {
    strangers();
    hire(world, 'ana');
    await replicated(world);
    world.applyConfiguration();
    await start();
    await world.until('she is there', () => guests(world).length === 1, 10 * minute);
    await world.run(10 * minute);
    stop();
    const before = writes(world.spoke, put);
    hire(world, 'eva');
    await world.until('it is said', () => condition(world.pair())?.reason === 'StoppedByTarget', 10 * minute);
    world.killOperator();
    await world.startOperator();
    await world.run(hour);
    expect(world.spoke.policies.userSync(world.hub.tenantId) ?? false).toBe(false);
    expect(writes(world.spoke, put)).toBe(before);
    expect(guests(world)).toHaveLength(1);
    expect(condition(world.configuration())?.reason).toBe('StoppedByTarget');
  });

  it.each([
    ['false', false],
    ['null', null],
  ])('B8 B1 a target that has set it to %s is not overruled by a pair that is made anew, under any name', async (_, value) => {
    strangers();
    await start();
    await world.until('the pair is ready', isReady, 10 * minute);
    await world.run(10 * minute);
    world.spoke.policies.setUserSync(world.hub.tenantId, value);
    const before = writes(world.spoke, put);
    await world.until('it is said', () => condition(world.pair())?.reason === 'StoppedByTarget', 10 * minute);
    for (const name of ['hub-to-spoke', 'renamed']) {
      world.kube.delete({ kind: 'TenantPair', name: 'hub-to-spoke', namespace });
      await world.run(minute);
      world.applyPair(enforce(), name);
      world.killOperator();
      await world.startOperator();
      await world.until('it is said again', () => condition(world.pair(name))?.reason === 'StoppedByTarget', 10 * minute);
      await world.run(hour);
      expect(world.spoke.policies.userSync(world.hub.tenantId)).toBe(value);
    }
    expect(writes(world.spoke, put)).toBe(before);
  });

  it.each([
    ['policy', () => world.spoke.policies.setUserSync(world.hub.tenantId, undefined)],
    ['partner', () => world.spoke.policies.removePartner(world.hub.tenantId)],
  ])(
    'B8 B1 a target that has taken the %s away is not overruled by a pair that is made anew either, under any name',
    async (_, takeAway) => {
      strangers();
      await start();
      await world.until('the pair is ready', isReady, 10 * minute);
      await world.run(10 * minute);
      takeAway();
      const before = writes(world.spoke, put);
      // The stop comes so late that the pair has not heard of it.
      for (const name of ['hub-to-spoke', 'renamed']) {
        world.kube.delete({ kind: 'TenantPair', name: 'hub-to-spoke', namespace });
        await world.run(minute);
        world.applyPair(enforce(), name);
        world.killOperator();
        await world.startOperator();
        await world.until('it is said', () => condition(world.pair(name))?.reason === 'StoppedByTarget', 20 * minute);
        await world.run(hour);
        expect(world.spoke.policies.userSync(world.hub.tenantId)).toBeUndefined();
      }
      expect(writes(world.spoke, put)).toBe(before);
      world.spoke.policies.setUserSync(world.hub.tenantId, true);
      await world.until('the pair is ready', () => isReady('renamed'), 10 * minute);
    },
  );

  it('B8 B1 nor by one that has only observed before, and enforces now', async () => {
    strangers();
    world.allowSync();
    await start({});
    await world.until('the pair is ready', isReady, 10 * minute);
    world.spoke.policies.setUserSync(world.hub.tenantId, undefined);
    await world.until('it is stopped', () => condition(world.pair())?.reason === 'UserSyncNotAllowed', 10 * minute);
    world.applyPair(enforce());
    await world.until('it is said', () => condition(world.pair())?.reason === 'StoppedByTarget', 10 * minute);
    await world.run(hour);
    expect([world.spoke.policies.userSync(world.hub.tenantId), writes(world.spoke, put)]).toEqual([undefined, 0]);
  });

  it.each([1, 2, 3])(
    'B8 nor where the false is so young that the pair made anew may still read what was there before (%s)',
    async (seed) => {
      strangers({ replication: { ...unfriendly.replication, policies: { min: 0, max: 5 * minute } } }, seed);
      world.spoke.policies.setPartner(world.hub.tenantId, { automaticUserConsentSettings: { inboundAllowed: true } });
      await replicated(world);
      world.spoke.policies.setUserSync(world.hub.tenantId, false);
      await start();
      await world.until('it is said', () => condition(world.pair())?.reason === 'StoppedByTarget', 20 * minute);
      await world.run(hour);
      expect(world.spoke.policies.userSync(world.hub.tenantId)).toBe(false);
    },
  );

  it('B8 automatic redemption that somebody switches off is set again', async () => {
    strangers();
    await start();
    await world.until('the pair is ready', isReady, 10 * minute);
    await world.run(10 * minute);
    world.hub.policies.setPartner(world.spoke.tenantId, { automaticUserConsentSettings: { outboundAllowed: false } });
    await world.until('it is set', () => (ofHub()?.automaticUserConsentSettings as JsonObject).outboundAllowed === true, 10 * minute);
    await world.until('it is told', () => changes().length === 6, 5 * minute);
    expect(changes()).toContain('automaticUserConsentSettings.outboundAllowed false true');
  });

  describe('where a permission is missing', () => {
    it.each(['source', 'target'] as const)('B8 B10 the %s is named, nothing is written there, and the other side is', async (side) => {
      strangers();
      const [app, tenant, other] = side === 'source' ? [world.hubApp, world.hub, world.spoke] : [world.spokeApp, world.spoke, world.hub];
      app.revoke(policyPermission);
      await start();
      await world.until('it is warned of', () => warned().some((text) => text.startsWith('PermissionMissing')), 10 * minute);
      await world.run(10 * minute);
      expect(warned().filter((text) => text.startsWith('PermissionMissing'))).toEqual([
        expect.stringContaining(`in the ${side}: its application lacks ${policyPermission}`),
      ]);
      expect(writes(tenant)).toBe(0);
      expect(writes(other)).toBeGreaterThan(0);
      expect(tenant.policies.partner(other.tenantId)).toBeUndefined();
      expect(condition(world.pair(), 'PermissionsGranted')?.status).toBe('True');
      expect(condition(world.pair())?.status).toBe('False');
      app.grant(policyPermission);
      await world.until('the pair is ready', isReady, 2 * hour);
      expect(warned()).toEqual([]);
    });

    it('B8 settings that people have made by hand do without it', async () => {
      world = new World({ settings: unfriendly });
      await start();
      await world.until('the pair is ready', isReady);
      expect(warned()).toHaveLength(2);
      expect(allWrites()).toBe(0);
    });

    it('B8 one that is withdrawn while the token still names it is a refusal, with a time that grows', async () => {
      strangers();
      await start();
      await world.until('the pair is ready', isReady, 10 * minute);
      world.entra.faults.add({
        effect: 'status',
        status: 403,
        code: 'Authorization_RequestDenied',
        times: Infinity,
        match: { operation: patch },
      });
      world.hub.policies.setPartner(world.spoke.tenantId, { automaticUserConsentSettings: { outboundAllowed: false } });
      await world.until('it is warned of', () => warned().some((text) => text.startsWith('AccessSettingsRefused')), 10 * minute);
      expect(condition(world.pair())).toMatchObject({ status: 'False', reason: 'AutomaticRedemptionOff' });
      world.hub.log.reset();
      await world.run(4 * hour);
      expect(world.hub.log.count(patch)).toBeLessThan(12);
      expect(world.hub.log.count(patch)).toBeGreaterThan(6);
      expect(eventReasons(world, 'TenantPair', 'hub-to-spoke').filter((reason) => reason === 'AccessSettingsRefused')).toHaveLength(1);
      expect(lines().filter((line) => JSON.stringify(line).includes('Authorization_RequestDenied'))).toHaveLength(1);
      world.entra.faults.clear();
      await world.until('the pair is ready', isReady, 2 * hour);
      expect(warned()).toEqual([]);
    });
  });

  describe('under failures', () => {
    it.each(
      operations.flatMap(
        (operation) =>
          [
            ['dropAfter', operation],
            ['dropBefore', operation],
          ] as const,
      ),
    )('B8 an answer that is lost (%s of %s) ends in the same settings, told once', async (effect, operation) => {
      strangers();
      if (operation === patch) {
        world.hub.policies.setPartner(world.spoke.tenantId, {});
        world.spoke.policies.setPartner(world.hub.tenantId, {});
      }
      world.entra.faults.add({ effect, match: { operation } });
      await start();
      await world.until('the pair is ready', isReady, 10 * minute);
      await world.run(10 * minute);
      expect(ofHub()?.automaticUserConsentSettings).toEqual({ inboundAllowed: null, outboundAllowed: true });
      expect(ofSpoke()?.automaticUserConsentSettings).toEqual({ inboundAllowed: true, outboundAllowed: null });
      expect(world.spoke.policies.userSync(world.hub.tenantId)).toBe(true);
      expect(world.pair().status.enforcement?.writes).toBeUndefined();
      expect(changes()).toHaveLength(operation === patch ? 3 : 5);
    });

    it.each(operations)(
      'B8 a process that ends between %s and the read that shows it makes no difference, and it is told',
      async (operation) => {
        strangers();
        if (operation === patch) {
          world.hub.policies.setPartner(world.spoke.tenantId, {});
          world.spoke.policies.setPartner(world.hub.tenantId, {});
        }
        await start();
        await world.until('it is written', () => writes(world.spoke, operation) > 0, 10 * minute);
        world.killOperator();
        await world.startOperator();
        await world.until('the pair is ready', isReady, 10 * minute);
        await world.run(10 * minute);
        expect(writes(world.spoke, operation)).toBe(1);
        expect(ofSpoke()?.automaticUserConsentSettings).toEqual({ inboundAllowed: true, outboundAllowed: null });
        expect(new Set(changes()).size).toBe(operation === patch ? 3 : 4);
      },
    );

    it('B8 a target that is set to false between the read and the write stays so', async () => {
      strangers();
      world.spoke.policies.setPartner(world.hub.tenantId, { automaticUserConsentSettings: { inboundAllowed: true } });
      world.entra.faults.add({ effect: 'delay', ms: 3000, match: { operation: put } });
      await start();
      await world.until(
        'the request is on its way',
        () => world.pair().status.enforcement?.writes?.some(({ changes: all }) => all[0]?.setting.startsWith('identity')) === true,
      );
      world.spoke.policies.setUserSync(world.hub.tenantId, false);
      await world.until('it is said', () => condition(world.pair())?.reason === 'StoppedByTarget', 10 * minute);
      await world.run(hour);
      expect(world.spoke.policies.userSync(world.hub.tenantId)).toBe(false);
      expect(changes().some((change) => change.startsWith('identity'))).toBe(false);
    });

    it('I14 settings that never show are read again for a minute, then said to be off, and written again with growing pauses', async () => {
      strangers({ replication: { policies: { min: 100 * hour, max: 100 * hour } } });
      world.allowSync();
      world.hub.policies.setPartner(world.spoke.tenantId, { automaticUserConsentSettings: { outboundAllowed: false } });
      await start();
      await world.run(30_000);
      expect(condition(world.pair())).toMatchObject({ status: 'Unknown', reason: 'Progressing' });
      await world.until('it is said', () => condition(world.pair())?.reason === 'AutomaticRedemptionOff', 3 * minute);
      await world.run(4 * hour);
      expect(writes(world.hub, patch)).toBeLessThan(12);
      expect(writes(world.hub, patch)).toBeGreaterThan(6);
    });
  });

  describe('a pair that may not act', () => {
    it('B8 that is suspended writes nothing', async () => {
      strangers();
      await start({ ...enforce(), suspend: true });
      await world.run(20 * minute);
      expect(allWrites()).toBe(0);
      world.applyPair(enforce());
      await world.until('the pair is ready', isReady, 10 * minute);
    });

    it('B8 that is suspended between the read and the write writes nothing any more', async () => {
      strangers({ ...unfriendly, latency: { min: 400, max: 400 } });
      await start();
      await world.until('a write is on record', () => world.pair().status.enforcement?.writes !== undefined);
      world.applyPair({ ...enforce(), suspend: true });
      await world.run(2000);
      const before = allWrites();
      await world.run(20 * minute);
      expect(allWrites()).toBe(before);
      expect(before).toBeLessThanOrEqual(1);
    });

    it('B5 B8 that is a second one for the same tenants writes nothing, whatever it wants', async () => {
      world = new World({ settings: unfriendly });
      world.hubApp.grant(policyPermission);
      world.spokeApp.grant(policyPermission);
      await start({});
      await world.until('the pair is ready', isReady);
      world.applyPair(enforce({ inboundTrust: { mfa: true } }), 'second');
      await world.run(20 * minute);
      expect(condition(world.pair('second'))?.reason).toBe('DuplicateTenantPair');
      expect(allWrites()).toBe(0);
    });

    it('B5 B8 of two that are new, one holds the tenants before it writes, and the other writes nothing', async () => {
      strangers();
      world.applyPair(enforce(), 'second');
      await start(enforce({ inboundTrust: { mfa: true } }));
      await world.until('one is ready', () => isReady() || isReady('second'), 10 * minute);
      await world.run(20 * minute);
      expect([isReady(), isReady('second')].toSorted()).toEqual([false, true]);
      expect(writes(world.spoke)).toBe(2);
      const teller = isReady() ? 'hub-to-spoke' : 'second';
      expect(eventReasons(world, 'TenantPair', teller)).toContain('AccessSettingsWritten');
      expect(eventReasons(world, 'TenantPair', teller === 'second' ? 'hub-to-spoke' : 'second')).not.toContain('AccessSettingsWritten');
    });

    it('B8 A10 that is deleted leaves the settings as they are', async () => {
      strangers();
      await start();
      await world.until('the pair is ready', isReady, 10 * minute);
      const before = JSON.stringify([ofHub(), ofSpoke(), world.spoke.policies.userSync(world.hub.tenantId)]);
      world.kube.delete({ kind: 'TenantPair', name: 'hub-to-spoke', namespace });
      await world.run(20 * minute);
      expect(JSON.stringify([ofHub(), ofSpoke(), world.spoke.policies.userSync(world.hub.tenantId)])).toBe(before);
      expect(world.spoke.log.count(`DELETE ${partners}/{id}`)).toBe(0);
    });

    it('B8 B10 that lacks a permission which the work needs writes nothing', async () => {
      strangers();
      world.hubApp.revoke('User.Read.All');
      await start();
      await world.run(20 * minute);
      expect(condition(world.pair())?.reason).toBe('PermissionMissing');
      expect(allWrites()).toBe(0);
    });
  });

  it.each([1, 2, 3, 4])(
    'B6 B8 two pairs in opposite directions that both enforce come to an end: neither takes away what the other has set (%s)',
    async (seed) => {
      strangers(unfriendly, seed);
      const permissions = [
        'User.Read.All',
        'GroupMember.Read.All',
        'User.Invite.All',
        'User.ReadWrite.All',
        'User.EnableDisableAccount.All',
        'User.DeleteRestore.All',
      ];
      world.hubApp.grant(...permissions);
      world.spokeApp.grant(...permissions);
      const { source, target } = world.pairSpec() as { source: JsonObject; target: JsonObject };
      world.applyPair({ source: target, target: source, ...enforce({ inboundTrust: { compliantDevice: true } }) }, 'spoke-to-hub');
      await start(enforce({ inboundTrust: { mfa: true } }));
      await world.until('both are ready', () => isReady() && isReady('spoke-to-hub'), 30 * minute);
      await world.run(15 * minute);
      expect([isReady(), isReady('spoke-to-hub')]).toEqual([true, true]);
      for (const side of [ofHub(), ofSpoke()])
        expect(side?.automaticUserConsentSettings).toEqual({ inboundAllowed: true, outboundAllowed: true });
      expect(ofSpoke()?.inboundTrust).toMatchObject({ isMfaAccepted: true, isCompliantDeviceAccepted: null });
      expect(ofHub()?.inboundTrust).toMatchObject({ isMfaAccepted: null, isCompliantDeviceAccepted: true });
      const before = allWrites();
      await world.run(2 * hour);
      expect(allWrites()).toBe(before);
    },
  );

  it('B8 B2 across clouds no automatic redemption is written', async () => {
    world = new World({ settings: unfriendly });
    const agency = world.entra.addTenant({ displayName: 'Agency', initialDomain: 'agency', domains: ['agency.us'], cloud: 'USGov' });
    const app = agency.registerApp({ permissions: ['User.Read.All', 'Policy.Read.All', policyPermission], secrets: [{ value: 'agency' }] });
    world.hubApp.grant(policyPermission);
    world.secret('agency-app', { clientSecret: 'agency' });
    const credentials = { clientSecret: { clientId: app.appId, secretRef: { name: 'agency-app', key: 'clientSecret' } } };
    world.applyPair({ ...enforce(), target: { tenantId: agency.tenantId, cloud: 'USGovL4', credentials } }, 'hub-to-agency');
    await world.startOperator();
    await world.until('the pair is ready', () => isReady('hub-to-agency'), 10 * minute);
    expect(towards(agency, world.hub)?.automaticUserConsentSettings).toEqual({ inboundAllowed: null, outboundAllowed: null });
    expect(agency.policies.userSync(world.hub.tenantId)).toBe(true);
    expect(towards(world.hub, agency)).toBeDefined();
  });
});
