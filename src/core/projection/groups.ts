import type { UserProjection } from '../../api/kinds.ts';
import { findCondition } from '../status/conditions.ts';
import { approvedWork, type ApprovedWork } from '../cycle/approved.ts';
import { hasAccount, isFound, isLive, isUnfinished } from './account.ts';
import { awaitsInvitations } from './awaits-invitations.ts';
import { awaitsSeat, seatOf, type Seat } from '../limits/seats.ts';
import { isCreationStaged } from '../guard/creations.ts';
import { isPreview } from './preview.ts';
import { isUntampered } from './sealed-spec.ts';
import { isHeldOrApproved, isPurgeHeld } from '../purge/purge.ts';
import type { PlannedOperation } from '../lifecycle/changes.ts';

type State = UserProjection['status']['state'];

/** Which records of a configuration are in which group. What is asked of all records of a configuration is asked of one of these. */
const members = {
  All: () => true,
  InScope: ({ spec }) => spec.lifecycle === 'Present',
  Synced: ({ spec, status }) => spec.lifecycle === 'Present' && (status.state === 'Provisioned' || status.state === 'Blocked'),
  FailedInScope: ({ spec, status }) => spec.lifecycle === 'Present' && status.state === 'Failed',
  ConflictInScope: ({ spec, status }) => spec.lifecycle === 'Present' && status.state === 'Conflict',
  SkippedInScope: ({ spec, status }) => spec.lifecycle === 'Present' && status.state === 'Skipped',
  StagedInScope: ({ spec, status }) => spec.lifecycle === 'Present' && status.state === 'Staged',
  /** Whose removal has not come to its end. */
  Leaving: ({ spec, status }) => spec.lifecycle !== 'Present' && !isAtRest(status.state),
  Live: (record) => isLive(record),
  WithAccount: (record) => hasAccount(record),
  Adopted: (record) => isLive(record) && record.status.targetUser?.origin === 'Adopted',
  /** With an account that was there before the record was: adopted, or found again by its mark. */
  Found: (record) => isFound(record),
  PendingAcceptance: (record) => isLive(record) && record.status.targetUser?.externalUserState === 'PendingAcceptance',
  Drifted: ({ status }) => (status.drift?.length ?? 0) > 0,
  /** Being deleted. */
  Going: ({ metadata }) => metadata.deletionTimestamp !== undefined,
  /** Said to be tampered with. */
  Tampered: ({ status }) => status.conditions?.some(({ reason }) => reason === 'SpecTampered') === true,
  Staged: (record) => isStaged(record),
  /** With anything that the guard counts. */
  Judged: ({ spec, status }) =>
    waits(spec) || spec.guardedAt !== undefined || spec.conversion?.verdict === 'Passed' || readyReason(status) === 'AwaitingGuard',
  /** Kept from having an account by a limit of the pair. */
  HeldBack: ({ status }) => status.limitedBy !== undefined && status.state === 'Skipped',
  /** Waiting until the target accepts invitations again. */
  Uninvited: (record) => awaitsInvitations(record),
  /** With a purge that the guard holds. */
  PurgeHeld: (record) => isPurgeHeld(record),
  /** With a purge about which the guard or an administrator has said something, and which is not made. */
  PurgeJudged: ({ status }) => status.state === 'SoftDeleted' && isHeldOrApproved(status.sourcePurge),
  CreationStaged: (record) => isCreationStaged(record),
  /** With a creation that passed, and no account yet. */
  CreationPassed: (record) => record.spec.creation?.verdict === 'Passed' && !hasAccount(record),
  /** That a plan would delete or block, as far as the spec says: whether there is somebody to lose anything tells the account. */
  PlannedHarm: ({ spec }) => spec.mode === 'Plan' && wouldHarm(spec),
  /** Made by another strategy than that of who becomes a member: a change of the strategy may convert the account. */
  Convertible: ({ status: { targetUser } }) => targetUser?.addressListOnly === true || targetUser?.userType === 'Guest',
  /** Whose accounts a full cycle looks at. */
  Rechecked: (record) => isRechecked(record),
} as const satisfies Readonly<Record<string, (record: UserProjection) => boolean>>;

/** A group of the records of one configuration. */
export type RecordGroup = keyof typeof members | `State/${State}` | `Plan/${PlannedOperation}`;

const names = Object.keys(members) as (keyof typeof members)[];

/** The groups whose sizes the status of a configuration shows, or warns of: those by state are told by the state. */
const shown = [
  'InScope',
  'Synced',
  'FailedInScope',
  'ConflictInScope',
  'SkippedInScope',
  'StagedInScope',
  'Leaving',
  'Adopted',
  'PendingAcceptance',
  'Drifted',
  'HeldBack',
  'Uninvited',
] as const satisfies readonly (keyof typeof members)[];

/** How a record counts in the status of its configuration: where that is another one than before, the numbers there are not right any more. */
export function countedAs(record: UserProjection): string {
  return `${record.status.state} ${shown.filter((name) => members[name](record)).join()}`;
}

/** Names of groups by configuration: each record asks for a dozen of the same. */
const known = new Map<string, Map<string, string>>();
const mostConfigurations = 10_000;

/** The name of a group in a store. */
export function groupOf(configurationKey: string, group: RecordGroup): string {
  return nameOf(configurationKey, group);
}

function nameOf(configurationKey: string, group: string): string {
  let ofConfiguration = known.get(configurationKey);
  if (ofConfiguration === undefined) {
    if (known.size >= mostConfigurations) known.clear();
    known.set(configurationKey, (ofConfiguration = new Map<string, string>()));
  }
  let name = ofConfiguration.get(group);
  if (name === undefined) ofConfiguration.set(group, (name = `${configurationKey}/${group}`));
  return name;
}

/** The name of the group of those of a configuration who were made for these tenants, by {@link tenantsKey}, and as a preview of another one. */
export function madeForGroupOf(configurationKey: string, tenants: string, previewOf: string | undefined): string {
  return nameOf(configurationKey, `MadeFor/${tenants}/${previewOf ?? ''}`);
}

/** The name of the group of those who take a seat of that kind between two tenants, by {@link tenantsKey}. */
export function seatsGroupOf(tenants: string, seat: Seat): string {
  return nameOf(tenants, `Seats/${seat}`);
}

/** The name of the group of those whom a preview would give a seat: they count in no other plan. */
export function previewSeatsGroupOf(configurationKey: string): string {
  return nameOf(configurationKey, 'PreviewSeats');
}

/** The name of the group of those whom a limit of the pair between two tenants holds back. */
export function limitedGroupOf(tenants: string): string {
  return nameOf(tenants, 'Limited');
}

/** The name of the group of those who were invited to a target and whose account is still to be filled in. */
export function unfinishedGroupOf(targetTenantId: string): string {
  return nameOf(targetTenantId.toLowerCase(), 'Unfinished');
}

/** The name of the group of those of a configuration of whom something was approved under a token, by what has become of it. */
export function approvedGroupOf(configurationKey: string, { token, outcome }: ApprovedWork): string {
  return nameOf(configurationKey, `Approved/${token}/${outcome}`);
}

/** Two tenants as one value: that of a pair, and of the records that are made for it. */
export function tenantsKey({
  spec: { source, target },
}: {
  readonly spec: { readonly source: { readonly tenantId: string }; readonly target: { readonly tenantId: string } };
}): string {
  return `${source.tenantId}/${target.tenantId}`.toLowerCase();
}

/** The groups that a record is in. */
export function groupsOf(record: UserProjection): readonly string[] {
  const { metadata, spec, status } = record;
  const tenants = tenantsKey(record);
  const seat = seatOf(record);
  const key = `${metadata.namespace}/${spec.syncConfigurationRef.name}`;
  return [
    ...names.filter((name) => members[name](record)).map((name) => groupOf(key, name)),
    groupOf(key, `State/${status.state}`),
    ...(status.state === 'Planned' && status.plan !== undefined ? [groupOf(key, `Plan/${status.plan.operation}`)] : []),
    madeForGroupOf(key, tenants, spec.previewOf?.name),
    ...(seat === undefined ? [] : [isPreview(record) ? previewSeatsGroupOf(key) : seatsGroupOf(tenants, seat)]),
    ...(status.limitedBy === undefined ? [] : [limitedGroupOf(tenants)]),
    ...(isUnfinished(record) ? [unfinishedGroupOf(spec.target.tenantId)] : []),
    ...approvedWork(record).map((work) => approvedGroupOf(key, work)),
  ];
}

/** Whether a removal or block waits for a decision. A record that somebody tampered with was never staged by us. */
export const isStaged = ({ spec }: Pick<UserProjection, 'spec'>): boolean => waits(spec) && isUntampered(spec);

/** Whether nothing is left to do about an account that is to go. */
const isAtRest = (state: State): boolean =>
  state === 'SoftDeleted' || state === 'Purged' || state === 'Retained' || state === 'Skipped' || state === 'Planned';
const waits = (spec: UserProjection['spec']): boolean =>
  spec.lifecycle === 'RemovalStaged' ||
  spec.blockStaged === true ||
  (spec.lifecycle === 'Present' && spec.conversion?.verdict === 'Staged');
const readyReason = ({ conditions }: UserProjection['status']): string | undefined => findCondition(conditions, 'Ready')?.reason;

function wouldHarm({ lifecycle, removal, attributes }: UserProjection['spec']): boolean {
  if (lifecycle === 'Removed') return removal !== undefined && removal.action !== 'Retain';
  return lifecycle === 'Present' && attributes?.accountEnabled === false;
}

function isRechecked(record: UserProjection): boolean {
  const { spec, status } = record;
  switch (status.state) {
    case 'Provisioned':
    case 'Blocked':
    case 'SoftDeleted':
    case 'Purged':
    case 'Conflict':
    case 'Planned':
      return true;
    case 'Skipped':
      // Who waits for a seat is woken when there is one.
      return readyReason(status) === 'ActionDisabled' || (status.limitedBy !== undefined && !awaitsSeat(record));
    case 'Staged':
      // Where only a block waits, everything else about the person goes on.
      return spec.lifecycle === 'Present';
    default:
      return false;
  }
}
