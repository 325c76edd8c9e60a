import type { GroupProjectionStatus } from '../../api/generated.ts';
import { driftEntries } from '../../core/drift/entries.ts';
import { timestamp } from '../../core/duration.ts';
import type { DirectoryFailure } from '../../core/errors/directory-error.ts';
import { contentOf } from '../../core/groups/decide.ts';
import { synchronizeMembers, type Compared, type MembersResult } from './members.ts';
import type { GroupOutcome } from './outcome.ts';
import type { GroupWork } from './work.ts';

/** Whoever could not be added is tried again after this time. */
const notAddedAgainMs = 5 * 60_000;
/** Whether a member is foreign is asked again after this time where some people have no record yet. */
const foreignAgainMs = 60_000;
/** A group that was brought back is named by the next look. */
const unnamedAgainMs = 5000;

/** Whether a group has the names that the source gives: another one has them, the directory refuses them, or it has not been looked at for them. */
export type Names = { readonly type: 'Applied' | 'Taken' | 'Open' } | { readonly type: 'Refused'; readonly failure: DirectoryFailure };

interface Kept {
  readonly action: GroupOutcome['action'];
  readonly names: Names;
  /** Names that the target's people have changed, and that stay so. */
  readonly drifted?: readonly string[];
}

/** Brings the members of a group about, once it is there and named, and says what its status shows of both. Rejects as {@link synchronizeMembers} does. */
export async function withMembers(work: GroupWork, group: Compared, { action, names, drifted = [] }: Kept): Promise<GroupOutcome> {
  const result = await synchronizeMembers(work, group);
  const { plan, verdict, notAdded } = result;
  const { attributes, failedMapping, revision } = work.record.spec;
  const warnings = [
    ...heldNames(names),
    ...(failedMapping === undefined
      ? []
      : [{ reason: 'MappingFailed' as const, message: `The group keeps its names: ${failedMapping}.`.slice(0, 1024) }]),
    ...(notAdded === 0
      ? []
      : [
          {
            reason: 'MembersNotAdded' as const,
            message: `${notAdded} member(s) could not be added, because the directory does not show them yet or refuses them; they are tried again.`,
          },
        ]),
    ...(verdict.type === 'Rejected'
      ? [
          {
            reason: 'MemberRemovalsRejected' as const,
            message: `${verdict.count} member(s) have left the source group, and their removal was rejected: they stay until others leave or they come back.`,
          },
        ]
      : []),
  ];
  const drift = driftEntries(drifted, work.status.drift, timestamp(work.deps.clock.now()));
  const members = {
    wanted: plan.wanted,
    present: plan.present + plan.add.length - notAdded,
    waiting: plan.waiting + notAdded,
    foreign: plan.foreign,
  };
  return {
    ...standing(result),
    action,
    warnings,
    facts: {
      members,
      ...(drift === undefined ? {} : { drift }),
      ...staged(work, result),
      ...approvedSoFar(work, result),
      // A name that could not be given is not applied: it is asked for again.
      ...(names.type === 'Applied' ? { appliedRevision: revision } : {}),
      ...(names.type === 'Applied' && attributes !== undefined ? { appliedContent: contentOf(attributes) } : {}),
    },
    ...(names.type === 'Taken' || names.type === 'Refused' ? { names: names.type } : {}),
    ...againAfter(names, result),
  };
}

function heldNames(names: Names): NonNullable<GroupOutcome['warnings']> {
  if (names.type === 'Taken')
    return [
      { reason: 'GroupNameTaken', message: 'Another group of the target has the new display name: the group keeps the one that it has.' },
    ];
  if (names.type !== 'Refused') return [];
  const { reason, message } = names.failure;
  return [
    { reason, message: `The directory refused the new names of the group, which keeps those that it has: ${message}`.slice(0, 1024) },
  ];
}

/** When a group is looked at again although nothing changes. One whose new names are held up has its time in status.nextAttemptAt. */
function againAfter(names: Names, { notAdded, foreignOpen }: MembersResult): Pick<GroupOutcome, 'againInMs'> {
  if (names.type === 'Open') return { againInMs: unnamedAgainMs };
  if (foreignOpen) return { againInMs: foreignAgainMs };
  return notAdded > 0 ? { againInMs: notAddedAgainMs } : {};
}

function standing({ plan, verdict, removalsOpen }: MembersResult): Pick<GroupOutcome, 'state' | 'reason' | 'message'> {
  const agrees = 'The group agrees with the source';
  const held = `, but for ${plan.remove.length} member(s) who stay until everybody was evaluated by the SyncConfiguration as it is now`;
  if (verdict.type !== 'Staged') return { state: 'Provisioned', reason: 'Succeeded', message: `${agrees}${removalsOpen ? held : ''}.` };
  const message = `The removal of ${verdict.count} member(s) waits for approval on the SyncConfiguration.`;
  return { state: 'Staged', reason: 'MemberRemovalsStaged', message };
}

function staged({ status, ...work }: GroupWork, { verdict }: MembersResult): Pick<GroupProjectionStatus, 'stagedRemovals'> {
  if (verdict.type !== 'Staged') return {};
  const { count, evidence } = verdict;
  const since = status.stagedRemovals?.evidence === evidence ? status.stagedRemovals.since : timestamp(work.deps.clock.now());
  return { stagedRemovals: { count, evidence, since } };
}

/** An approval that is not carried out yet is remembered. */
function approvedSoFar({ status }: GroupWork, { removalsOpen }: MembersResult): Pick<GroupProjectionStatus, 'approvedRemovals'> {
  return removalsOpen && status.approvedRemovals !== undefined ? { approvedRemovals: status.approvedRemovals } : {};
}
