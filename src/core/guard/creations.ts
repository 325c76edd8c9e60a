import type { UserProjectionSpec } from '../../api/generated.ts';
import type { UserProjection } from '../../api/kinds.ts';
import { hasAccount } from '../projection/account.ts';
import { isUntampered, type UnsealedSpec } from '../projection/sealed-spec.ts';
import type { Approval, RecordFacts } from '../projection/transitions.ts';
import { findCondition } from '../status/conditions.ts';

export type CreationVerdict = NonNullable<UserProjectionSpec['creation']>;

/**
 * Whether an account may be created now, where creations are limited (E7).
 *
 * - `Allowed`: there is no limit, or it passed, or was approved; `verdict` names by what, where there is a limit.
 * - `Staged`: it waits for a decision. `Rejected`: it was decided against.
 * - `NotJudged`: nobody has counted it yet.
 */
export type CreationAllowance =
  | { readonly type: 'Allowed'; readonly verdict?: string }
  | { readonly type: 'Staged' }
  | { readonly type: 'Rejected' }
  | { readonly type: 'NotJudged' };

/** The allowance for the creation that a record asks for. A verdict is used up by the account that is created under it. */
export function creationAllowance({ spec, status }: RecordFacts, limit: number | undefined): CreationAllowance {
  if (limit === undefined) return { type: 'Allowed' };
  switch (spec.creation?.verdict) {
    case undefined:
      return { type: 'NotJudged' };
    case 'Staged':
      return { type: 'Staged' };
    case 'Rejected':
      return { type: 'Rejected' };
    case 'Passed':
    case 'Approved': {
      const verdict = verdictName(spec.creation);
      return verdict === status.targetUser?.creationVerdict ? { type: 'NotJudged' } : { type: 'Allowed', verdict };
    }
  }
}

const verdictName = ({ verdict, at, token }: CreationVerdict): string =>
  verdict === 'Passed' ? `passed ${at ?? ''}` : `approved ${token ?? ''}`;

/** What limits creations: the number within the window, and whether one of the person may be made at all. */
export interface CreationPolicy {
  readonly limit: number | undefined;
  readonly permitted: boolean;
}

/** Whether a record was found to need a new account that nobody has counted yet: then it is proposed. */
export function proposesCreation(record: UserProjection, { limit, permitted }: CreationPolicy): boolean {
  if (!permitted) return false;
  const waits = findCondition(record.status.conditions, 'Ready')?.reason === 'AwaitingGuard';
  return waits && record.spec.lifecycle === 'Present' && !hasAccount(record) && creationAllowance(record, limit).type === 'NotJudged';
}

/** Whether the creation of an account waits for a decision. A record that somebody tampered with was never staged by us. */
export function isCreationStaged(record: UserProjection): boolean {
  const { spec } = record;
  return spec.lifecycle === 'Present' && spec.creation?.verdict === 'Staged' && !hasAccount(record) && isUntampered(spec);
}

/**
 * What was decided about the creation, as far as it holds on for a person who is evaluated anew: not for who has an account or comes back,
 * no rejection on other evidence, and no staging under a lower limit. Where none may be made, only a rejection is kept: an approval would be carried out
 * whenever creations are allowed again.
 */
export function creationKept(
  record: RecordFacts,
  { limit, permitted }: CreationPolicy,
  evidence: () => string,
): { readonly creation?: CreationVerdict } {
  const { creation, lifecycle } = record.spec;
  if (creation === undefined || limit === undefined || lifecycle !== 'Present') return {};
  if (!permitted && creation.verdict !== 'Rejected' && !hasAccount(record)) return {};
  // The verdict under which an account was created tells, while there is one, that it is used up.
  if (creation.verdict === 'Staged' && (hasAccount(record) || (creation.limit ?? 0) < limit)) return {};
  if (creation.verdict === 'Rejected' && (hasAccount(record) || creation.evidence !== evidence())) return {};
  // What is rejected is what waits now: by the evidence of when it was staged, a rejection of a person who has changed since would end at once.
  if (creation.verdict === 'Staged') return { creation: { ...creation, evidence: evidence() } };
  return { creation };
}

/** The decision of an administrator about a staged creation; any other record stays as it is. */
export function decideCreation(spec: UnsealedSpec, decision: 'Approved' | 'Rejected', { token, by }: Approval): UnsealedSpec {
  const { creation } = spec;
  if (creation?.verdict !== 'Staged') return spec;
  const approved: CreationVerdict = { verdict: 'Approved', token, ...(by === undefined ? {} : { by }) };
  const { evidence } = creation;
  const rejected: CreationVerdict = { verdict: 'Rejected', ...(evidence === undefined ? {} : { evidence }) };
  return { ...spec, creation: decision === 'Approved' ? approved : rejected };
}

export interface CreationCounts {
  /** New ones of this cycle. */
  readonly proposed: number;
  /** Passed within the window, and passed before it without having been carried out. */
  readonly recent: number;
  /** Waiting for a decision. */
  readonly staged: number;
}

/** How many of the proposed creations pass; the others are staged. While some wait for a decision, what is new joins them. */
export function creationsPassing({ proposed, recent, staged }: CreationCounts, limit: number): number {
  return staged > 0 ? 0 : Math.max(0, Math.min(proposed, limit - recent));
}

/** Passed before `windowStart`, and not carried out since. */
export function isOverdueCreation(record: UserProjection, windowStart: number): boolean {
  const { creation } = record.spec;
  if (creation?.verdict !== 'Passed' || hasAccount(record)) return false;
  return Date.parse(creation.at ?? '') <= windowStart && creationAllowance(record, 1).type === 'Allowed';
}
