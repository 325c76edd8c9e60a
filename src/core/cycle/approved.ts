import type { GroupProjection, UserProjection } from '../../api/kinds.ts';
import { convertsStrategy } from '../projection/transitions.ts';
import { findCondition } from '../status/conditions.ts';

/** Work that an administrator has approved: under which token, and what has become of it, in the words of `operations`; Open: nothing yet. */
export interface ApprovedWork {
  readonly token: string;
  readonly outcome: 'Open' | 'delete' | 'disable' | 'update' | 'skip' | 'failure';
}

/** What of a record was approved: its removal, block or conversion, and the purge that follows a removal. */
export function approvedWork(record: UserProjection): readonly ApprovedWork[] {
  return [approvedChange(record), approvedPurge(record)].filter((work) => work !== undefined);
}

/** The approved work of a record that is not done; undefined: there is none, or something has become of all of it. */
export const openWork = (record: UserProjection): ApprovedWork | undefined =>
  approvedWork(record).find(({ outcome }) => outcome === 'Open');

/** What the record says of a spec from before the approval, and what Plan mode says, is no outcome of it. */
function approvedChange(record: UserProjection): ApprovedWork | undefined {
  const { spec, status, metadata } = record;
  const token = spec.approvedToken ?? (spec.conversion?.verdict === 'Approved' ? spec.conversion.token : undefined);
  if (token === undefined) return undefined;
  const isSeen = status.observedGeneration === metadata.generation && spec.mode === 'Apply';
  return { token, outcome: isSeen ? outcomeOf(record) : 'Open' };
}

function approvedPurge({ status: { state, sourcePurge } }: UserProjection): ApprovedWork | undefined {
  if (sourcePurge?.approval === undefined) return undefined;
  return { token: sourcePurge.approval, outcome: state === 'Purged' ? 'delete' : 'Open' };
}

/**
 * What of the record of a group was approved: its deletion, or the removal of exactly the members that were shown; undefined: nothing was. Members count
 * as one change of their group, which the history of the record tells of by the token.
 */
export function approvedGroupWork({ spec, status, metadata }: GroupProjection): ApprovedWork | undefined {
  const isSeen = status.observedGeneration === metadata.generation && spec.mode === 'Apply';
  const outcome = isSeen ? outcomes[status.state] : 'Open';
  if (spec.approvedToken !== undefined) return { token: spec.approvedToken, outcome };
  const { verdict, token, evidence } = spec.memberRemovals ?? {};
  if (verdict !== 'Approved' || token === undefined) return undefined;
  if (status.stagedRemovals?.evidence === evidence) return { token, outcome };
  const done = (status.history ?? []).some((event) => event.cycleId === token && event.modifiedAttributes?.includes('members') === true);
  return { token, outcome: done ? 'update' : 'skip' };
}

function outcomeOf(record: UserProjection): ApprovedWork['outcome'] {
  const { spec, status } = record;
  const outcome = outcomes[status.state];
  if (status.state !== 'Provisioned') return outcome;
  // The target has refused a part, and everything else was brought there: nothing more is done until something changes.
  const isRefused = (status.refusedAttributes ?? []).some(({ name }) => name === 'accountEnabled' || name === 'userType');
  if (isRefused || findCondition(status.conditions, 'Ready')?.reason === 'BlockRefused') return 'failure';
  if (spec.approvedToken === undefined) return convertsStrategy(record, spec) ? 'Open' : 'update';
  if (status.targetUser?.blockVerdict === `approved ${spec.approvedToken}`) return 'disable';
  return spec.lifecycle === 'Present' && status.appliedRevision === spec.revision ? 'skip' : 'Open';
}

const outcomes: Readonly<Record<UserProjection['status']['state'], ApprovedWork['outcome']>> = {
  SoftDeleted: 'delete',
  Purged: 'delete',
  Blocked: 'disable',
  Retained: 'skip',
  Skipped: 'skip',
  Planned: 'Open',
  Failed: 'failure',
  Conflict: 'failure',
  Pending: 'Open',
  Provisioned: 'Open',
  Staged: 'Open',
};
