import type { DirectoryUser } from '../../api/directory-user.ts';
import type { SyncConfigurationSpec } from '../../api/generated.ts';
import type { UserProjection } from '../../api/kinds.ts';
import { isContentApplied, writePlan } from '../lifecycle/writes.ts';
import type { Limits } from '../limits/limits.ts';
import type { Mappings } from '../mapping/compile.ts';
import { anchorMark, anchorOwner } from '../matching/anchor.ts';
import { accountStanding, isUnfinished } from '../projection/account.ts';
import { identityKind, identityProperties } from '../scope/identity-kind.ts';
import { notInFuture } from '../wire/times.ts';

/** What is done about changes made in the target. Without permission to update, and in Plan mode, they are shown only. */
export type DriftPolicy = 'Ignore' | 'Report' | 'Correct';

/** The policy that a configuration can carry out. */
export function driftPolicy({ drift, mode, targetActions }: Pick<SyncConfigurationSpec, 'drift' | 'mode' | 'targetActions'>): DriftPolicy {
  if (drift.policy !== 'Correct') return drift.policy;
  return mode === 'Apply' && targetActions.includes('Update') ? 'Correct' : 'Report';
}

/** Properties that a list of accounts is asked for: whose each is, whether it has mail, and what is compared. */
export function comparedProperties(
  { targetAttributes }: Pick<Mappings, 'targetAttributes'>,
  anchor: string | undefined,
): readonly string[] {
  return [...new Set([...identityProperties, 'proxyAddresses', ...targetAttributes, ...(anchor === undefined ? [] : [anchor])])];
}

/** What a comparison rests on besides the record and the account. Times in epoch milliseconds. */
export interface Comparing {
  readonly mappings: Pick<Mappings, 'authorityOf'>;
  /** Attribute of the ownership anchor, where one is configured. */
  readonly anchor: string | undefined;
  readonly installation: string;
  readonly limits: Limits | undefined;
  /** When the read of the account began. */
  readonly readAt: number;
  /** How old a write of ours may be and still not show in a read. */
  readonly replicationWindowMs: number;
}

/** States of records whose accounts are in use, as far as is known, and that have no attempt of their own ahead. */
const compared: ReadonlySet<UserProjection['status']['state']> = new Set(['Provisioned', 'Blocked', 'Staged', 'Planned']);

/**
 * Whether what stands in the account may be compared with what a record says: the account is live and ours, everything desired was brought into it,
 * and nothing about it is under way or so young that a read may not show it.
 */
export function isComparable(
  record: UserProjection,
  { readAt, replicationWindowMs }: Pick<Comparing, 'readAt' | 'replicationWindowMs'>,
): boolean {
  const { spec, status, metadata } = record;
  if (spec.lifecycle !== 'Present' || spec.ignored === true || metadata.deletionTimestamp !== undefined) return false;
  if (!compared.has(status.state) || status.observedGeneration !== metadata.generation) return false;
  if (status.targetUser === undefined || status.intent !== undefined || isUnfinished(record)) return false;
  if (accountStanding(record) !== 'Live' || !isContentApplied(record)) return false;
  return status.lastWriteAt === undefined || readAt - notInFuture(Date.parse(status.lastWriteAt), readAt) >= replicationWindowMs;
}

/** What a list says about the account of a record. */
export type Comparison =
  /** Names of the attributes that differ, in order; none where the account agrees. */
  | { readonly type: 'Compared'; readonly attributes: readonly string[] }
  /** The account does not look like one of this person any more: a list proves nothing of that, a read of it by its id does. */
  | { readonly type: 'Doubtful' };

/** Compares an account of a list with a record that {@link isComparable}: by the write plan, of which nothing is carried out. */
export function compareAccount(record: UserProjection, user: DirectoryUser, comparing: Comparing): Comparison {
  const { mappings, installation, limits } = comparing;
  const { source } = record.spec;
  const value = comparing.anchor === undefined ? undefined : user.attributes[comparing.anchor];
  const owner = anchorOwner(value, source, installation);
  if (identityKind(user) !== 'External' || owner === 'OtherInstallation' || owner === 'OtherPerson') return { type: 'Doubtful' };
  const anchor = anchorMark(comparing.anchor, source, installation, { origin: record.status.targetUser?.origin });
  const plan = writePlan({
    record,
    account: { type: 'InUse', user },
    authorityOf: (name) => mappings.authorityOf(name),
    // A list cannot carry the manager.
    hasManager: false,
    managerAccount: undefined,
    anchor,
    retryRefused: 'Remember',
    limits,
    block: 'Write',
    conversion: 'Keep',
    drift: 'Leave',
  });
  const lost = anchor !== undefined && owner === 'None' && anchor.attribute in plan.patch ? [anchor.attribute] : [];
  return { type: 'Compared', attributes: [...plan.drifted, ...lost].sort() };
}
