import type { TenantPairSpec, TenantPairStatus } from '../../api/generated.ts';
import { timestamp } from '../duration.ts';
import { notInFuture } from '../wire/times.ts';
import type { AccessFacts, OwnSettings, PreflightFacts, SideFacts } from './facts.ts';
import type { Warning } from './warning.ts';

export type Side = 'source' | 'target';
/** What is recorded of settings that are being written. */
export type Enforcement = NonNullable<TenantPairStatus['enforcement']>;
export type EnforcementWrite = NonNullable<Enforcement['writes']>[number];
/** One setting before and after; no names, no addresses. */
export type SettingChange = NonNullable<EnforcementWrite['changes']>[number];

/** The permission to write access settings, and no other does. */
export const policyPermission = 'Policy.ReadWrite.CrossTenantAccess';

/** What a pair wants of the settings of one side towards the other. */
interface Wanted {
  /** The direction of automatic redemption; undefined across clouds, where it does not exist. */
  readonly consent: 'inboundAllowed' | 'outboundAllowed' | undefined;
  /** A member that is left out is never written. */
  readonly inboundTrust: NonNullable<TenantPairSpec['crossTenantAccess']['inboundTrust']>;
  /** An identity synchronization policy that allows users in, where there is none. */
  readonly userSync: boolean;
}

/**
 * One request that is to be made. `Partner`: makes or changes the partner object, with whole nested objects as they were read and nothing changed but
 * what is wanted. `UserSync`: makes the identity synchronization policy, which hangs on a partner object.
 */
export type AccessWrite =
  | {
      readonly type: 'Partner';
      readonly side: Side;
      readonly create: boolean;
      readonly settings: Readonly<Record<string, Members>>;
      readonly changes: readonly SettingChange[];
    }
  | { readonly type: 'UserSync'; readonly side: 'target'; readonly changes: readonly SettingChange[] };

type Members = Readonly<Record<string, unknown>>;

const trustMembers = {
  mfa: 'isMfaAccepted',
  compliantDevice: 'isCompliantDeviceAccepted',
  hybridJoinedDevice: 'isHybridAzureADJoinedDeviceAccepted',
} as const satisfies Record<keyof Wanted['inboundTrust'], string>;
const trustNames = Object.keys(trustMembers) as (keyof typeof trustMembers)[];
const consentMembers = ['inboundAllowed', 'outboundAllowed'];

/** Whether an identity synchronization policy has been seen: from then on its absence is the target's doing, and it is not made again. */
export const hasSeenUserSync = (enforcement: Enforcement | undefined): boolean => enforcement?.userSyncPolicySince !== undefined;

/** The setting that lets users in, as it is called in a change. */
export const userSyncSetting = 'identitySynchronization.userSyncInbound.isSyncAllowed';

/** What has to be written on the two sides so that they are as the pair wants them (B8, B9). Empty: nothing. */
export function writesWanted(
  facts: Pick<PreflightFacts, 'sourceAccess' | 'targetAccess' | 'sameCloud'>,
  spec: Pick<TenantPairSpec['crossTenantAccess'], 'managementPolicy' | 'inboundTrust'>,
  enforcement: Enforcement | undefined,
): readonly AccessWrite[] {
  if (spec.managementPolicy !== 'Enforce') return [];
  const { sourceAccess, targetAccess, sameCloud } = facts;
  const ofSource: Wanted = { consent: sameCloud ? 'outboundAllowed' : undefined, inboundTrust: {}, userSync: false };
  const ofTarget: Wanted = {
    consent: sameCloud ? 'inboundAllowed' : undefined,
    inboundTrust: spec.inboundTrust ?? {},
    userSync: !hasSeenUserSync(enforcement),
  };
  return [
    ...(sourceAccess === undefined ? [] : partnerWrite('source', ofSource, sourceAccess)),
    ...(targetAccess === undefined ? [] : [...partnerWrite('target', ofTarget, targetAccess), ...userSyncWrite(ofTarget, targetAccess)]),
  ];
}

/** What has to be written to the partner object of one side, by its settings as they were read last. */
function partnerWrite(side: Side, wanted: Wanted, access: AccessFacts): readonly AccessWrite[] {
  const { own } = access;
  const consent = consentChange(wanted, access);
  const trust = trustNames.filter(
    (name) => wanted.inboundTrust[name] !== undefined && wanted.inboundTrust[name] !== access.inboundTrust[name],
  );
  const changes: readonly SettingChange[] = [
    ...(own.configured ? [] : [{ setting: 'partner', from: 'none', to: 'configured' }]),
    ...(consent === undefined ? [] : [changeOf('automaticUserConsentSettings', own.automaticConsent, consent, true)]),
    ...trust.map((name) => changeOf('inboundTrust', own.inboundTrust, trustMembers[name], wanted.inboundTrust[name])),
  ];
  if (changes.length === 0) return [];
  const settings = {
    ...(consent === undefined ? {} : { automaticUserConsentSettings: { ...whole(own.automaticConsent, consentMembers), [consent]: true } }),
    ...(trust.length === 0 ? {} : { inboundTrust: { ...whole(own.inboundTrust, Object.values(trustMembers)), ...wantedTrust(wanted) } }),
  };
  return [{ type: 'Partner', side, create: !own.configured, settings, changes }];
}

/** The policy that lets users in is made where there is none, and on a partner object that is there. */
function userSyncWrite({ userSync }: Wanted, { own, userSyncInboundAllowed }: AccessFacts): readonly AccessWrite[] {
  if (!userSync || !own.configured || userSyncInboundAllowed !== null) return [];
  return [{ type: 'UserSync', side: 'target', changes: [{ setting: userSyncSetting, from: 'none', to: 'true' }] }];
}

function consentChange({ consent }: Wanted, access: AccessFacts): Wanted['consent'] {
  if (consent === undefined) return undefined;
  const allowed = consent === 'inboundAllowed' ? access.inboundConsent : access.outboundConsent;
  return allowed ? undefined : consent;
}

/** A nested object as read; where it is inherited as a whole, each of its members is. Null is not false, and stays. */
function whole(own: OwnSettings['inboundTrust'], members: readonly string[]): Members {
  return { ...Object.fromEntries(members.map((member) => [member, null])), ...own };
}

function wantedTrust({ inboundTrust }: Wanted): Members {
  const named = trustNames.filter((name) => inboundTrust[name] !== undefined);
  return Object.fromEntries(named.map((name) => [trustMembers[name], inboundTrust[name]]));
}

function changeOf(object: string, own: OwnSettings['inboundTrust'], member: string, to: unknown): SettingChange {
  const from = own?.[member];
  return { setting: `${object}.${member}`, from: typeof from === 'boolean' ? String(from) : 'inherited', to: String(to) };
}

/** Whether the application of a side may write access settings. */
export function mayWritePolicies(side: SideFacts): boolean {
  return side.type === 'Connected' && side.granted.includes(policyPermission);
}

/** A write is read again for so long until it shows; what does not show then is written again, each time after a longer pause. */
const showsWithinMs = 60_000;
const longestPauseMs = 3_600_000;

/** How a write that was begun stands: it may still show itself, it is not to be repeated yet, or it may be made again. */
export function standingOf(write: EnforcementWrite | undefined, now: number): 'None' | 'MayShow' | 'Resting' {
  if (write === undefined) return 'None';
  const age = now - notInFuture(Date.parse(write.since), now);
  if (write.refused === undefined && age < showsWithinMs) return 'MayShow';
  return age < Math.min(showsWithinMs * 2 ** ((write.attempts ?? 1) - 1), longestPauseMs) ? 'Resting' : 'None';
}

/** When settings that were written are to be read again: sooner at first, and infinity where nothing is waited for. Milliseconds. */
export function showDueInMs(enforcement: Enforcement | undefined, now: number): number {
  const young = (enforcement?.writes ?? []).filter((write) => standingOf(write, now) === 'MayShow');
  const pauses = young.map(({ since }) => Math.min(15_000, Math.max(1000, (now - notInFuture(Date.parse(since), now)) / 2)));
  return Math.min(Number.POSITIVE_INFINITY, ...pauses);
}

/** The record of a write that is about to be made. */
export function writeBegun({ side, changes }: AccessWrite, before: EnforcementWrite | undefined, now: number): EnforcementWrite {
  return { side, since: timestamp(now), attempts: Math.min(1000, (before?.attempts ?? 0) + 1), changes: [...changes] };
}

/** The write that was begun for one of the changes that are wanted, if any. */
export function begunFor({ side, changes }: AccessWrite, enforcement: Enforcement | undefined): EnforcementWrite | undefined {
  const wanted = new Set(changes.map(({ setting }) => setting));
  return enforcement?.writes?.find((write) => write.side === side && write.changes.some(({ setting }) => wanted.has(setting)));
}

/** Writes that may still show themselves, by what they change. */
export function underWay(enforcement: Enforcement | undefined, now: number): ReadonlySet<string> {
  const young = (enforcement?.writes ?? []).filter((write) => standingOf(write, now) === 'MayShow');
  return new Set(young.flatMap(({ side, changes }) => changes.map(({ setting }) => `${side} ${setting}`)));
}

/** What a check leaves on record, and which writes have shown themselves that nobody was told of: their process ended before the answer. */
export interface AfterCheck {
  readonly enforcement: Enforcement | undefined;
  readonly untold: readonly EnforcementWrite[];
}

/**
 * What stays on record after a check: writes that do not show yet, and since when there is an identity synchronization policy. That is noted by a pair which
 * only observes as well: one that enforces later does not overrule a target that has taken the policy away before.
 */
export function enforcementAfter(
  { targetAccess, enforces }: Pick<PreflightFacts, 'targetAccess' | 'enforces'>,
  enforcement: Enforcement | undefined,
  wanted: readonly AccessWrite[],
  now: number,
): AfterCheck {
  const there = typeof targetAccess?.userSyncInboundAllowed === 'boolean';
  const since = enforcement?.userSyncPolicySince ?? (there ? timestamp(now) : undefined);
  const open = new Set(wanted.map((write) => begunFor(write, enforcement)));
  const writes = (enforcement?.writes ?? []).filter((write) => open.has(write));
  const untold = enforces ? (enforcement?.writes ?? []).filter((write) => !open.has(write) && write.told !== true) : [];
  const kept = { ...(since === undefined ? {} : { userSyncPolicySince: since }), ...(writes.length === 0 ? {} : { writes }) };
  return { enforcement: Object.keys(kept).length === 0 ? undefined : kept, untold };
}

/** The warnings of a pair that enforces its access settings about the permission that a side lacks for it. */
export function permissionWarnings({
  source,
  target,
  enforces,
}: Pick<PreflightFacts, 'source' | 'target' | 'enforces'>): readonly Warning[] {
  if (!enforces) return [];
  const sides = [
    ['source', source],
    ['target', target],
  ] as const;
  return sides
    .filter(([, side]) => side.type === 'Connected' && !mayWritePolicies(side))
    .map(([side]) => ({
      reason: 'PermissionMissing',
      message: `managementPolicy: Enforce writes nothing in the ${side}: its application lacks ${policyPermission}. Grant it there, or set the access settings of the ${side} by hand.`,
    }));
}

/** The warnings about writes of access settings that a tenant has refused. */
export function refusedWarnings(enforcement: Enforcement | undefined): readonly Warning[] {
  return (enforcement?.writes ?? []).flatMap(({ side, refused, since }) =>
    refused === undefined
      ? []
      : [
          {
            reason: 'AccessSettingsRefused' as const,
            message: `The ${side} refused at ${since} to have its access settings written (${refused}). It is tried again with growing pauses, at most an hour.`,
          },
        ],
  );
}

/** A change in words. */
export function describeChanges(side: Side, changes: readonly SettingChange[]): string {
  return `${side}: ${changes.map(({ setting, from, to }) => `${setting} ${from} → ${to}`).join(', ')}`;
}
