import type { UserProjection } from '../../api/kinds.ts';
import { convertsStrategy } from '../projection/transitions.ts';
import { findCondition } from '../status/conditions.ts';

/** Work that an administrator has approved: under which token, and what has become of it, in the words of `operations`; Open: nothing yet. */
export interface ApprovedWork {
  readonly token: string;
  readonly outcome: 'Open' | 'delete' | 'disable' | 'update' | 'skip' | 'failure';
}

/**
 * The approved removal, block or conversion of a record; undefined where none was approved. What the record says of a spec from before the approval, and
 * what Plan mode says, is no outcome of it.
 */
export function approvedWork(record: UserProjection): ApprovedWork | undefined {
  const { spec, status, metadata } = record;
  const token = spec.approvedToken ?? (spec.conversion?.verdict === 'Approved' ? spec.conversion.token : undefined);
  if (token === undefined) return undefined;
  const isSeen = status.observedGeneration === metadata.generation && spec.mode === 'Apply';
  return { token, outcome: isSeen ? outcomeOf(record) : 'Open' };
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
