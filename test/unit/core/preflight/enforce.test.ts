import fc from 'fast-check';
import {
  begunFor,
  describeChanges,
  enforcementAfter,
  mayWritePolicies,
  permissionWarnings,
  policyPermission,
  refusedWarnings,
  showDueInMs,
  standingOf,
  underWay,
  userSyncSetting,
  writeBegun,
  writesWanted,
  type AccessWrite,
  type Enforcement,
  type EnforcementWrite,
} from '../../../../src/core/preflight/enforce.ts';
import type { AccessFacts, SideFacts } from '../../../../src/core/preflight/facts.ts';

const now = Date.parse('2026-01-05T08:00:00Z');
const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const at = (ms: number): string => new Date(now + ms).toISOString().replace('.000Z', 'Z');

const access = (more: Partial<AccessFacts> = {}): AccessFacts => ({
  userSyncInboundAllowed: true,
  inboundConsent: true,
  outboundConsent: true,
  b2bInboundBlocked: false,
  b2bOutboundBlocked: false,
  inboundTrust: { mfa: false, compliantDevice: false, hybridJoinedDevice: false },
  own: { configured: true, automaticConsent: { inboundAllowed: true, outboundAllowed: true }, inboundTrust: null },
  ...more,
});
const absent: Partial<AccessFacts> = {
  userSyncInboundAllowed: null,
  inboundConsent: false,
  outboundConsent: false,
  own: { configured: false, automaticConsent: null, inboundTrust: null },
};
const spec = (inboundTrust?: object) => ({ managementPolicy: 'Enforce' as const, ...(inboundTrust && { inboundTrust }) });
const facts = (more: { source?: AccessFacts; target?: AccessFacts; sameCloud?: boolean } = {}) => ({
  sourceAccess: more.source ?? access(),
  targetAccess: more.target ?? access(),
  sameCloud: more.sameCloud ?? true,
});
const wanted = (given: Parameters<typeof facts>[0] = {}, trust?: object, enforcement?: Enforcement): readonly AccessWrite[] =>
  writesWanted(facts(given), spec(trust), enforcement);
const change = (setting: string, from: string, to: string) => ({ setting, from, to });

describe('B8 what is to be written of access settings', () => {
  it('is nothing where all is as it should be, and nothing for a pair that observes', () => {
    expect(wanted()).toEqual([]);
    expect(writesWanted(facts({ source: access(absent) }), { managementPolicy: 'Observe' }, undefined)).toEqual([]);
  });

  it('is a partner object on both sides where there is none, and what hangs on it when it is there', () => {
    expect(wanted({ source: access(absent), target: access(absent) }, { mfa: true })).toEqual([
      {
        type: 'Partner',
        side: 'source',
        create: true,
        settings: { automaticUserConsentSettings: { inboundAllowed: null, outboundAllowed: true } },
        changes: [change('partner', 'none', 'configured'), change('automaticUserConsentSettings.outboundAllowed', 'inherited', 'true')],
      },
      {
        type: 'Partner',
        side: 'target',
        create: true,
        settings: {
          automaticUserConsentSettings: { inboundAllowed: true, outboundAllowed: null },
          inboundTrust: { isMfaAccepted: true, isCompliantDeviceAccepted: null, isHybridAzureADJoinedDeviceAccepted: null },
        },
        changes: [
          change('partner', 'none', 'configured'),
          change('automaticUserConsentSettings.inboundAllowed', 'inherited', 'true'),
          change('inboundTrust.isMfaAccepted', 'inherited', 'true'),
        ],
      },
    ]);
    expect(wanted({ target: access({ userSyncInboundAllowed: null }) })).toEqual([
      { type: 'UserSync', side: 'target', changes: [change(userSyncSetting, 'none', 'true')] },
    ]);
  });

  it.each([
    ['says no', { userSyncInboundAllowed: false }, undefined],
    ['is not known in this cloud', { userSyncInboundAllowed: undefined }, undefined],
    ['was there and is gone', { userSyncInboundAllowed: null }, { userSyncPolicySince: at(-hour) }],
  ] as const)('B1 is no identity synchronization policy where one %s', (_, more, enforcement) => {
    expect(wanted({ target: access(more) }, undefined, enforcement)).toEqual([]);
  });

  it('is no identity synchronization policy in a target that offers none, and no redemption across clouds', () => {
    expect(wanted({ target: access({ userSyncInboundAllowed: undefined }) })).toEqual([]);
    const off = access({ inboundConsent: false, outboundConsent: false });
    expect(wanted({ source: off, target: off, sameCloud: false })).toEqual([]);
  });

  it('is nothing on a side that could not be read', () => {
    expect(writesWanted({ ...facts(), sourceAccess: undefined, targetAccess: undefined }, spec({ mfa: true }), undefined)).toEqual([]);
  });

  it('B9 sends objects whole, as read, with nothing changed but what is named: nulls and unknown members stay (property)', () => {
    const value = fc.constantFrom(true, false, null);
    const own = fc.option(fc.dictionary(fc.constantFrom('isMfaAccepted', 'isCompliantDeviceAccepted', 'isLaterAccepted'), value), {
      nil: null,
    });
    const trust = fc.record({ mfa: fc.boolean(), compliantDevice: fc.boolean(), hybridJoinedDevice: fc.boolean() }, { requiredKeys: [] });
    const names = {
      mfa: 'isMfaAccepted',
      compliantDevice: 'isCompliantDeviceAccepted',
      hybridJoinedDevice: 'isHybridAzureADJoinedDeviceAccepted',
    } as const;
    fc.assert(
      fc.property(own, trust, (inboundTrust, named) => {
        const effective = {
          mfa: inboundTrust?.isMfaAccepted === true,
          compliantDevice: inboundTrust?.isCompliantDeviceAccepted === true,
          hybridJoinedDevice: inboundTrust?.isHybridAzureADJoinedDeviceAccepted === true,
        };
        const target = access({ own: { configured: true, automaticConsent: null, inboundTrust }, inboundTrust: effective });
        const [write] = wanted({ target }, named);
        const differs = Object.entries(named).some(([name, to]) => effective[name as keyof typeof effective] !== to);
        const sent = write?.type === 'Partner' ? write.settings.inboundTrust : undefined;
        const changed = Object.fromEntries(Object.entries(named).map(([name, to]) => [names[name as keyof typeof names], to]));
        const nulls = Object.fromEntries(Object.values(names).map((name) => [name, null]));
        expect(sent).toEqual(differs ? { ...nulls, ...inboundTrust, ...changed } : undefined);
        expect(Object.keys(write?.type === 'Partner' ? write.settings : {})).toEqual(differs ? ['inboundTrust'] : []);
      }),
    );
  });
});

describe('a write that was begun', () => {
  const write = (more: Partial<EnforcementWrite> = {}): EnforcementWrite => ({
    side: 'source',
    since: at(0),
    attempts: 1,
    changes: [change('partner', 'none', 'configured')],
    ...more,
  });

  it.each<[string, EnforcementWrite | undefined, ReturnType<typeof standingOf>]>([
    ['none', undefined, 'None'],
    ['just now', write(), 'MayShow'],
    ['almost a minute ago', write({ since: at(-59 * second) }), 'MayShow'],
    ['a minute ago', write({ since: at(-minute) }), 'None'],
    ['a minute ago, for the third time', write({ since: at(-minute), attempts: 3 }), 'Resting'],
    ['four minutes ago, for the third time', write({ since: at(-4 * minute), attempts: 3 }), 'None'],
    ['an hour ago, for the hundredth time', write({ since: at(-hour), attempts: 100 }), 'None'],
    ['just now, and was refused', write({ refused: 'GraphForbidden' }), 'Resting'],
    ['a minute ago, and was refused', write({ since: at(-minute), refused: 'GraphForbidden' }), 'None'],
    ['I14 by a clock that was ahead: now', write({ since: at(24 * hour) }), 'MayShow'],
  ])('%s', (_, begun, standing) => {
    expect(standingOf(begun, now)).toBe(standing);
  });

  it('is read again sooner at first', () => {
    const due = (since: number) => showDueInMs({ writes: [write({ since: at(since) })] }, now);
    expect([due(0), due(-10 * second), due(-59 * second), due(-minute)]).toEqual([second, 5 * second, 15 * second, Infinity]);
    expect(showDueInMs(undefined, now)).toBe(Infinity);
  });

  it('counts its attempts, and is known by side and setting', () => {
    const [partner] = wanted({ source: access(absent) });
    if (partner === undefined) throw new Error('nothing is wanted');
    const first = writeBegun(partner, undefined, now);
    expect(first).toMatchObject({ side: 'source', since: at(0), attempts: 1 });
    expect(writeBegun(partner, first, now).attempts).toBe(2);
    expect(begunFor(partner, { writes: [write({ side: 'target' }), first] })).toBe(first);
    expect(begunFor(partner, { writes: [write({ changes: [change(userSyncSetting, 'none', 'true')] })] })).toBeUndefined();
    expect([...underWay({ writes: [first] }, now)]).toEqual(['source partner', 'source automaticUserConsentSettings.outboundAllowed']);
    expect(underWay({ writes: [first] }, now + minute).size).toBe(0);
    expect(describeChanges('source', [change('partner', 'none', 'configured')])).toBe('source: partner none → configured');
  });

  it('leaves the record when it shows, told or to be told', () => {
    const told = write({ told: true });
    const untold = write({ side: 'target' });
    const seen = { targetAccess: access(), enforces: true };
    expect(enforcementAfter(seen, { writes: [told, untold] }, [], now)).toEqual({
      enforcement: { userSyncPolicySince: at(0) },
      untold: [untold],
    });
    const still = wanted({ source: access(absent) });
    expect(enforcementAfter(seen, { userSyncPolicySince: at(-hour), writes: [told] }, still, now)).toEqual({
      enforcement: { userSyncPolicySince: at(-hour), writes: [told] },
      untold: [],
    });
    // One that only observes sees the policy as well, and tells of nothing.
    expect(enforcementAfter({ targetAccess: access(), enforces: false }, { writes: [untold] }, [], now)).toEqual({
      enforcement: { userSyncPolicySince: at(0) },
      untold: [],
    });
    expect(enforcementAfter({ targetAccess: access(absent), enforces: true }, undefined, [], now).enforcement).toBeUndefined();
  });
});

describe('B10 warnings of a pair that enforces', () => {
  const side = (granted: readonly string[]): SideFacts => ({
    type: 'Connected',
    tenantId: 't',
    displayName: '',
    defaultDomain: '',
    verifiedDomains: [],
    missingPermissions: [],
    granted,
  });
  const failed: SideFacts = { type: 'Failed', reason: 'GraphUnreachable', message: 'No.' };

  it('name the permission for each side that lacks it', () => {
    const warnings = permissionWarnings({ source: side([]), target: side(['Policy.Read.All']), enforces: true });
    expect(warnings.map(({ reason }) => reason)).toEqual(['PermissionMissing', 'PermissionMissing']);
    expect(warnings.map(({ message }) => message).join()).toMatch(/in the source: .*in the target: /s);
    for (const { message } of warnings) expect(message).toContain(policyPermission);
    expect(permissionWarnings({ source: failed, target: side([policyPermission]), enforces: true })).toEqual([]);
    expect(permissionWarnings({ source: side([]), target: side([]), enforces: false })).toEqual([]);
    expect([mayWritePolicies(side([policyPermission])), mayWritePolicies(side([])), mayWritePolicies(failed)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('tell of what a tenant has refused', () => {
    const writes = [{ side: 'target', since: at(0), refused: 'GraphForbidden', changes: [] }] as const;
    expect(refusedWarnings(undefined)).toEqual([]);
    expect(refusedWarnings({ writes: [...writes] as never })).toEqual([
      { reason: 'AccessSettingsRefused', message: expect.stringContaining(`The target refused at ${at(0)}`) as string },
    ]);
  });
});
