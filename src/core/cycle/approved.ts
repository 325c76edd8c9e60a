import type { UserProjection } from '../../api/kinds.ts';
import { convertsStrategy, type RecordFacts } from '../projection/transitions.ts';

/** Work that an administrator has approved: under which token, and what has become of it, in the words of `operations`; Open: nothing yet. */
export interface ApprovedWork {
  readonly token: string;
  readonly outcome: 'Open' | 'delete' | 'disable' | 'update' | 'skip' | 'failure';
}

/** The approved removal, block or conversion of a record; undefined where none was approved. */
export function approvedWork(record: RecordFacts): ApprovedWork | undefined {
  const { spec, status } = record;
  if (spec.approvedToken !== undefined) {
    const isUsed = status.targetUser?.blockVerdict === `approved ${spec.approvedToken}`;
    return { token: spec.approvedToken, outcome: spec.lifecycle === 'Present' && isUsed ? 'disable' : outcomes[status.state] };
  }
  const { conversion } = spec;
  if (conversion?.verdict !== 'Approved' || conversion.token === undefined) return undefined;
  const outcome = outcomes[status.state];
  const isOver = outcome === 'failure' || outcome === 'skip';
  return { token: conversion.token, outcome: isOver ? outcome : convertsStrategy(record, spec) ? 'Open' : 'update' };
}

const outcomes: Readonly<Record<UserProjection['status']['state'], ApprovedWork['outcome']>> = {
  SoftDeleted: 'delete',
  Purged: 'delete',
  Blocked: 'disable',
  Retained: 'skip',
  Skipped: 'skip',
  Planned: 'skip',
  Failed: 'failure',
  Conflict: 'failure',
  Pending: 'Open',
  Provisioned: 'Open',
  Staged: 'Open',
};
