import { userSyncSetting } from '../../../../src/core/preflight/enforce.ts';
import { KubeError } from '../../../../src/ports/resources.ts';
import { refusal } from '../../../support/fake-target.ts';
import { sourcePermissions, targetPermissions } from '../../../support/permissions.ts';
import { sourceTenantId, targetTenantId } from '../../core/support.ts';
import { minute, pairWith } from '../support.ts';
import { EnforcingTenants } from './access.ts';
import { sides } from './tenants.ts';

const events = ({ site }: EnforcingTenants): readonly string[] =>
  site.events.map(({ reason }) => reason).filter((reason) => reason.startsWith('AccessSettings'));

const warnings = ({ pair }: EnforcingTenants): readonly string[] => (pair.status.access?.warnings ?? []).map(({ reason }) => reason);

const partnerOfTarget = 'partner,automaticUserConsentSettings.inboundAllowed';

/** Tenants of which only the target's partner object is missing. */
function lackingTarget(crossTenantAccess = {}): EnforcingTenants {
  const tenants = new EnforcingTenants(crossTenantAccess);
  tenants.settle();
  tenants.target.partner = undefined;
  return tenants;
}

describe('B8, B9 access settings that a pair enforces', () => {
  it('B8 are made on both sides where there is nothing, with the policy that lets users in last, and are told of', async () => {
    const tenants = new EnforcingTenants();
    await tenants.checkUntilQuiet();
    expect(tenants.writes).toEqual(['source createPartner', 'target createPartner', 'target createUserSync']);
    expect(tenants.source.partner).toEqual({ automaticUserConsentSettings: { inboundAllowed: null, outboundAllowed: true } });
    expect(tenants.target.partner).toEqual({ automaticUserConsentSettings: { inboundAllowed: true, outboundAllowed: null } });
    expect(tenants.target.userSync).toBe(true);
    expect(tenants.condition('Ready')).toBe('True Succeeded');
    expect(events(tenants)).toEqual(['AccessSettingsWritten', 'AccessSettingsWritten', 'AccessSettingsWritten']);
    expect(tenants.told).toEqual([
      'success source partner none → configured',
      'success source automaticUserConsentSettings.outboundAllowed inherited → true',
      'success target partner none → configured',
      'success target automaticUserConsentSettings.inboundAllowed inherited → true',
      `success target ${userSyncSetting} none → true`,
    ]);
    expect(tenants.site.settingsTold.map(({ partnerTenantId }) => partnerTenantId)).toEqual([
      targetTenantId,
      sourceTenantId,
      sourceTenantId,
    ]);
    expect(tenants.pair.status.enforcement).toEqual({ userSyncPolicySince: expect.any(String) as string });
  });

  it('B8 names the source in the policy that lets its users in', async () => {
    const tenants = new EnforcingTenants();
    tenants.settle();
    tenants.target.userSync = null;
    await tenants.checkUntilQuiet();
    expect(tenants.target.userSyncOf).toBe(`${sourceTenantId} Contoso`);
  });

  it('I7 that are as they should be are not written', async () => {
    const tenants = new EnforcingTenants();
    tenants.settle();
    await tenants.checkUntilQuiet();
    expect(tenants.writes).toEqual([]);
    expect([tenants.source.reads, tenants.target.reads]).toEqual([1, 1]);
  });

  it('B9 keep what stands beside what is wanted, nulls and members of later versions included', async () => {
    const tenants = new EnforcingTenants({ inboundTrust: { mfa: true } });
    tenants.settle();
    const trust = {
      isMfaAccepted: false,
      isCompliantDeviceAccepted: true,
      isHybridAzureADJoinedDeviceAccepted: null,
      isPasskeyAccepted: true,
    };
    tenants.target.partner = { ...tenants.target.partner, inboundTrust: trust, b2bCollaborationInbound: { some: 'thing' } };
    await tenants.checkUntilQuiet();
    expect(tenants.writes).toEqual(['target updatePartner']);
    expect(tenants.target.partner).toMatchObject({
      inboundTrust: { ...trust, isMfaAccepted: true },
      b2bCollaborationInbound: { some: 'thing' },
    });
    expect(tenants.told).toEqual(['success target inboundTrust.isMfaAccepted false → true']);
  });

  it.each([
    ['mfa', 'isMfaAccepted'],
    ['compliantDevice', 'isCompliantDeviceAccepted'],
    ['hybridJoinedDevice', 'isHybridAzureADJoinedDeviceAccepted'],
  ])('B9 set the trust in %s where it is named, and nothing else', async (name, member) => {
    const tenants = new EnforcingTenants({ inboundTrust: { [name]: true } });
    tenants.settle();
    await tenants.checkUntilQuiet();
    expect(tenants.told).toEqual([expect.stringContaining(`success target inboundTrust.${member} `)]);
    expect(tenants.target.partner?.inboundTrust).toMatchObject({ [member]: true });
  });

  it('B9 carry back what somebody has changed since the check began', async () => {
    const tenants = new EnforcingTenants({ inboundTrust: { mfa: true } });
    tenants.settle();
    tenants.target.during = (operation) => {
      // The second read is the one right before the write.
      if (operation === 'partnerAccess' && tenants.target.reads === 2)
        tenants.target.partner = { ...tenants.target.partner, inboundTrust: { isCompliantDeviceAccepted: true } };
    };
    await tenants.checkUntilQuiet();
    expect(tenants.target.partner?.inboundTrust).toMatchObject({ isMfaAccepted: true, isCompliantDeviceAccepted: true });
  });

  it('B9 carry back what somebody has changed while the write was put on record', async () => {
    const tenants = new EnforcingTenants({ inboundTrust: { mfa: true } });
    tenants.settle();
    tenants.site.pairs.before = () => {
      // The pair holds its tenants before, and the settings were read: what follows is the record of the write.
      if (tenants.pair.status.holdsTenantsSince !== undefined && tenants.target.reads > 0 && tenants.target.writes.length === 0)
        tenants.target.partner = { ...tenants.target.partner, inboundTrust: { isCompliantDeviceAccepted: true } };
    };
    await tenants.checkUntilQuiet();
    expect(tenants.target.partner?.inboundTrust).toMatchObject({ isMfaAccepted: true, isCompliantDeviceAccepted: true });
  });

  it('B8 I12 are put on record anew when somebody has changed what there is to be changed', async () => {
    const tenants = lackingTarget({ inboundTrust: { mfa: true } });
    const seen: (readonly string[])[] = [];
    tenants.target.during = (operation) => {
      // Somebody makes the partner object, with the consent, before ours is read again.
      if (operation === 'partnerAccess' && tenants.target.reads === 2) tenants.settle();
      if (operation === 'updatePartner') seen.push(tenants.onRecord);
    };
    await tenants.check();
    expect(tenants.writes).toEqual(['target updatePartner']);
    expect(seen).toEqual([['target inboundTrust.isMfaAccepted attempt 1']]);
    expect(tenants.told).toEqual(['success target inboundTrust.isMfaAccepted inherited → true']);
  });

  it('B8 are left to somebody who changes them again and again', async () => {
    const tenants = lackingTarget({ inboundTrust: { mfa: true } });
    tenants.target.during = (operation) => {
      if (operation !== 'partnerAccess') return;
      if (tenants.target.reads % 2 === 0) tenants.settle();
      else tenants.target.partner = undefined;
    };
    await tenants.check();
    expect(tenants.writes).toEqual([]);
    expect(tenants.onRecord).toEqual([]);
    expect(tenants.target.reads).toBe(4);
  });

  it('B8 are left alone when somebody has set them since the check began', async () => {
    const tenants = lackingTarget();
    tenants.target.during = () => {
      if (tenants.target.reads === 2) tenants.settle();
    };
    // Nothing was written that would have to be read again at once.
    expect(await tenants.check()).toEqual({ requeueAfterMs: minute });
    expect(tenants.writes).toEqual([]);
    expect(tenants.onRecord).toEqual([]);
    expect(tenants.told).toEqual([]);
  });

  it('B8 I9 are written once each although a read does not show the first write yet', async () => {
    const tenants = new EnforcingTenants({ inboundTrust: { mfa: true } });
    tenants.settle();
    tenants.target.userSync = null;
    tenants.target.stale = { partner: tenants.target.partner };
    await tenants.check();
    expect(tenants.writes).toEqual(['target updatePartner', 'target createUserSync']);
  });

  it.each(['Forbidden', 'Unavailable'] as const)('B8 I8 are not written when they cannot be read right before: %s', async (kind) => {
    const tenants = lackingTarget();
    tenants.target.during = () => {
      if (tenants.target.reads === 2) tenants.target.fail('partnerAccess', refusal(kind));
    };
    await tenants.check();
    expect(tenants.writes).toEqual([]);
    expect(tenants.onRecord).toEqual([]);
  });

  it('I9 wait when the target asks to while they are read right before', async () => {
    const tenants = lackingTarget();
    const retryAt = tenants.site.clock.now() + 2 * minute;
    tenants.target.during = () => {
      if (tenants.target.reads === 2) tenants.target.fail('partnerAccess', refusal('Throttled', { retryAt }));
    };
    expect(await tenants.check()).toEqual({ requeueAfterMs: 2 * minute });
    expect(tenants.writes).toEqual([]);
  });

  it('throw a fault of the program while they are read right before, or written', async () => {
    for (const operation of ['partnerAccess', 'createPartner'] as const) {
      const tenants = lackingTarget();
      tenants.target.during = () => {
        if (tenants.target.reads === 2) tenants.target.fail(operation, new TypeError('a fault'));
      };
      await expect(tenants.check()).rejects.toThrow('a fault');
    }
  });
});

describe('B8 I12 a write of access settings', () => {
  it('is on record, with what it changes, before it leaves', async () => {
    const tenants = lackingTarget();
    const seen: (readonly string[])[] = [];
    tenants.target.during = (operation) => {
      if (operation === 'createPartner') seen.push(tenants.onRecord);
    };
    await tenants.check();
    expect(seen).toEqual([[`target ${partnerOfTarget} attempt 1`]]);
    expect(tenants.onRecord).toEqual([`target ${partnerOfTarget} attempt 1 told`]);
  });

  it('does not leave when it cannot be put on record', async () => {
    const tenants = lackingTarget();
    tenants.settle();
    await tenants.check();
    tenants.target.partner = undefined;
    await tenants.site.clock.advance(5 * minute);
    tenants.site.pairs.refuse('patchStatus', new KubeError('Unavailable', 'no server'));
    await expect(tenants.check()).rejects.toThrow('no server');
    expect(tenants.writes).toEqual([]);
  });

  it('whose answer was lost is told of once, when it shows itself', async () => {
    const tenants = lackingTarget();
    tenants.target.fail('createPartner', refusal('Unavailable', { outcomeUnknown: true }), true);
    await tenants.check();
    expect(tenants.onRecord).toEqual([`target ${partnerOfTarget} attempt 1`]);
    expect(tenants.told).toEqual([]);
    await tenants.checkUntilQuiet();
    expect(tenants.writes).toEqual(['target createPartner']);
    expect(events(tenants)).toEqual(['AccessSettingsWritten']);
    expect(tenants.onRecord).toEqual([]);
    await tenants.check();
    expect(events(tenants)).toHaveLength(1);
  });

  it('that had no effect is made again after a minute, and not before', async () => {
    const tenants = lackingTarget();
    tenants.target.fail('createPartner', refusal('Unavailable'));
    await tenants.check();
    await tenants.site.clock.advance(50_000);
    await tenants.check();
    expect(tenants.writes).toEqual([]);
    expect(tenants.target.partner).toBeUndefined();
    await tenants.site.clock.advance(20_000);
    await tenants.check();
    expect(tenants.writes).toEqual(['target createPartner']);
    expect(tenants.onRecord).toEqual([`target ${partnerOfTarget} attempt 2 told`]);
  });

  it('that is refused is told of once, stays known, and rests for longer each time', async () => {
    const tenants = lackingTarget();
    const refuse = (): void => tenants.target.fail('createPartner', refusal('Forbidden', { reason: 'GraphForbidden', code: 'Denied' }));
    refuse();
    await tenants.check();
    expect(tenants.onRecord).toEqual([`target ${partnerOfTarget} attempt 1 told GraphForbidden`]);
    expect(tenants.site.settingsTold).toMatchObject([{ status: 'failure', errorCode: 'Denied', reason: 'AccessSettingsRefused' }]);
    await tenants.check();
    expect(tenants.condition('Ready')).toBe('False AutomaticRedemptionOff');
    expect(warnings(tenants)).toContain('AccessSettingsRefused');
    refuse();
    await tenants.site.clock.advance(61_000);
    await tenants.check();
    expect(tenants.onRecord).toEqual([`target ${partnerOfTarget} attempt 2 told GraphForbidden`]);
    expect(events(tenants)).toEqual(['AccessSettingsRefused']);
    // Two minutes after the second refusal, not one.
    await tenants.site.clock.advance(61_000);
    await tenants.check();
    expect(tenants.writes).toEqual([]);
    await tenants.site.clock.advance(61_000);
    await tenants.checkUntilQuiet();
    expect(events(tenants)).toEqual(['AccessSettingsRefused', 'AccessSettingsWritten']);
    expect(tenants.condition('Ready')).toBe('True Succeeded');
    expect(warnings(tenants)).not.toContain('AccessSettingsRefused');
  });

  it('that is refused for another reason than before is told of again', async () => {
    const tenants = lackingTarget();
    tenants.target.fail('createPartner', refusal('Forbidden', { reason: 'GraphForbidden' }));
    await tenants.check();
    await tenants.site.clock.advance(61_000);
    tenants.target.fail('createPartner', refusal('InvalidRequest', { reason: 'GraphError' }));
    await tenants.check();
    expect(tenants.site.settingsTold.map(({ status }) => status)).toEqual(['failure', 'failure']);
    expect(tenants.onRecord).toEqual([`target ${partnerOfTarget} attempt 2 told GraphError`]);
  });

  it.each(['ObjectConflict', 'NotFound'] as const)(
    'that finds somebody else quicker is no fault of anybody, and not told of: %s',
    async (kind) => {
      const tenants = lackingTarget();
      tenants.target.fail('createPartner', refusal(kind));
      await tenants.check();
      expect(tenants.onRecord).toEqual([`target ${partnerOfTarget} attempt 1 told`]);
      // It shows, made by somebody else: no word of it is ours.
      tenants.settle();
      await tenants.checkUntilQuiet();
      expect(tenants.told).toEqual([]);
      expect(tenants.onRecord).toEqual([]);
    },
  );

  it('I9 that the target asks to wait for was not made: it is not on record, and the check waits', async () => {
    const tenants = lackingTarget();
    tenants.target.fail('createPartner', refusal('Throttled', { retryAt: tenants.site.clock.now() + 3 * minute }));
    expect(await tenants.check()).toEqual({ requeueAfterMs: 3 * minute });
    expect(tenants.onRecord).toEqual([]);
    await tenants.site.clock.advance(3 * minute);
    await tenants.checkUntilQuiet();
    expect(tenants.writes).toEqual(['target createPartner']);
    expect(tenants.condition('Ready')).toBe('True Succeeded');
  });

  it('I9 that is to be made again and is asked to wait stays as refused as it was', async () => {
    const tenants = lackingTarget();
    tenants.target.fail('createPartner', refusal('Forbidden', { reason: 'GraphForbidden' }));
    await tenants.check();
    const before = tenants.pair.status.enforcement?.writes;
    await tenants.site.clock.advance(61_000);
    tenants.target.fail('createPartner', refusal('Throttled'));
    await tenants.check();
    expect(tenants.pair.status.enforcement?.writes).toEqual(before);
  });

  it('forgets nothing of the other side', async () => {
    const tenants = new EnforcingTenants();
    tenants.source.fail('createPartner', refusal('Forbidden', { reason: 'GraphForbidden' }));
    await tenants.check();
    expect(tenants.onRecord).toEqual([
      'source partner,automaticUserConsentSettings.outboundAllowed attempt 1 told GraphForbidden',
      `target ${partnerOfTarget} attempt 1 told`,
    ]);
  });
});

describe('B8 I15 no access setting is written', () => {
  const spec = { crossTenantAccess: { managementPolicy: 'Enforce', withoutSyncPolicy: 'Refuse', withoutGroupPolicy: 'Refuse' } } as const;
  const stops: readonly [string, (tenants: EnforcingTenants) => void][] = [
    ['the pair is suspended', (tenants) => tenants.edit({ suspend: true }, { generation: 1 })],
    ['the spec of the pair changes', (tenants) => tenants.edit({ ...spec })],
    ['the pair is being deleted', (tenants) => tenants.edit({}, { deletionTimestamp: tenants.site.at() })],
    ['the pair is made anew', (tenants) => tenants.edit({}, { uid: 'another' })],
    ['another replica has taken over', (tenants) => void (tenants.site.holdsLease = false)],
    [
      'another pair holds the tenants',
      (tenants) => {
        const other = pairWith({ ...sides, ...spec }, { status: { holdsTenantsSince: tenants.site.at(-minute) } });
        const { pair } = tenants;
        tenants.site.pairs.put({ ...pair, status: { ...pair.status, holdsTenantsSince: undefined as never } });
        tenants.site.pairs.put({ ...other, metadata: { ...other.metadata, name: 'other', uid: 'uid-other' } });
      },
    ],
  ];

  it.each(stops)('once %s between two of them', async (_, stop) => {
    const tenants = new EnforcingTenants();
    tenants.source.after = () => stop(tenants);
    await tenants.check();
    expect(tenants.writes).toEqual(['source createPartner']);
    expect(tenants.target.reads).toBe(1);
  });

  it.each(stops)('once %s while it waits to leave, and none is on record then', async (_, stop) => {
    const tenants = lackingTarget();
    tenants.target.during = (operation) => {
      if (operation === 'createPartner') stop(tenants);
    };
    await tenants.check();
    expect(tenants.writes).toEqual([]);
    expect(tenants.onRecord).toEqual([]);
  });

  it('once a shutdown has begun', async () => {
    const tenants = new EnforcingTenants();
    const shutdown = new AbortController();
    tenants.source.during = (operation) => {
      if (operation === 'createPartner') shutdown.abort();
    };
    await tenants.check('identity/pair', shutdown.signal);
    expect(tenants.writes).toEqual(['source createPartner']);
  });

  it('by a pair that observes', async () => {
    const tenants = new EnforcingTenants({ managementPolicy: 'Observe' });
    await tenants.check();
    expect(tenants.writes).toEqual([]);
    expect(tenants.condition('Ready')).toMatch(/^False/);
  });

  it('on a side whose application may not, and the other side is written all the same', async () => {
    const tenants = new EnforcingTenants();
    tenants.sourceAnswers = { ...tenants.sourceAnswers, grantedPermissions: () => Promise.resolve(sourcePermissions) };
    await tenants.check();
    expect(tenants.writes).toEqual(['target createPartner']);
    await tenants.checkUntilQuiet();
    expect(warnings(tenants)).toContain('PermissionMissing');
  });

  it('by a pair that cannot work itself', async () => {
    const tenants = new EnforcingTenants();
    tenants.targetAnswers = {
      ...tenants.targetAnswers,
      grantedPermissions: () => Promise.resolve(targetPermissions.filter((name) => name !== 'User.Invite.All')),
    };
    await tenants.check();
    expect(tenants.writes).toEqual([]);
  });

  it('of a policy that let users in once and that the target has taken away', async () => {
    const tenants = new EnforcingTenants();
    await tenants.checkUntilQuiet();
    tenants.target.userSync = null;
    await tenants.site.clock.advance(5 * minute);
    await tenants.checkUntilQuiet();
    expect(tenants.target.userSync).toBeNull();
    expect(tenants.condition('Ready')).toBe('False StoppedByTarget');
  });

  const noteKey = `${sourceTenantId.toLowerCase()}.${targetTenantId.toLowerCase()}.userSync`;

  it.each([
    ['a time', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z'],
    ['anything else', 'yes', expect.any(String) as string],
  ])('of a policy that a pair of before has seen, of which %s is noted', async (_, text, since) => {
    const tenants = new EnforcingTenants();
    tenants.settle();
    tenants.target.userSync = null;
    tenants.site.notes.set(noteKey, text);
    await tenants.checkUntilQuiet();
    expect([tenants.writes, tenants.target.userSync]).toEqual([[], null]);
    expect(tenants.condition('Ready')).toBe('False StoppedByTarget');
    expect(tenants.pair.status.enforcement).toEqual({ userSyncPolicySince: since });
  });

  it('I12 before it is noted, for pairs to come, that there was a policy', async () => {
    const tenants = new EnforcingTenants();
    tenants.settle();
    let meanwhile = 1;
    tenants.site.notes.before = () => {
      if ((meanwhile -= 1) >= 0) tenants.site.notes.set('of others', '1');
    };
    await tenants.checkUntilQuiet();
    expect(tenants.site.notes.texts.get(noteKey)).toBe(tenants.pair.status.enforcement?.userSyncPolicySince);
  });
});
