import type { UserProjectionSpec } from '../../api/generated.ts';
import type { RemovalAction, RemovalReason } from '../lifecycle/removal-policy.ts';
import { omit } from '../omit.ts';
import type { UnsealedSpec } from './sealed-spec.ts';

/** Why and how an account is to be taken away. */
export interface Removal {
  readonly reason: RemovalReason;
  readonly action: RemovalAction;
}

/** By what somebody may be harmed: a removal or a block of sign-in is carried out only under `Passed` or `Approved`. */
export type Verdict =
  /** The guard let the set pass at that time. */
  | { readonly type: 'Passed'; readonly at: string }
  /** An administrator approved the staged set of that token. */
  | { readonly type: 'Approved'; readonly token: string; readonly by?: string }
  /** Found by a plan, which carries nothing out; with evidence where the set would have been staged. */
  | { readonly type: 'Planned'; readonly evidence?: string }
  /** None: nothing is taken from anybody by it, or the guard has not been asked yet. */
  | { readonly type: 'None' };

/**
 * How far the decision about a person has come. `evidence` is a hash of what a removal or block rests on: while it stays the same, a
 * rejection stands.
 */
export type Standing =
  /** To be there. The verdict is about the block of sign-in, where the desired state has one. */
  | { readonly type: 'Present'; readonly verdict: Verdict }
  /** To be there, with a block of sign-in that waits for a decision. */
  | { readonly type: 'BlockStaged'; readonly evidence: string }
  /** To be there, because a removal or block was rejected. */
  | { readonly type: 'Rejected'; readonly evidence: string }
  | { readonly type: 'RemovalStaged'; readonly removal: Removal; readonly evidence: string }
  | { readonly type: 'Removed'; readonly removal: Removal; readonly verdict: Verdict };

const standingFields = [
  'lifecycle',
  'blockStaged',
  'removal',
  'guardedAt',
  'evidence',
  'approvedBy',
  'approvedToken',
  'rejected',
] as const satisfies readonly (keyof UnsealedSpec)[];

/** What a spec says apart from how far the decision has come: whom it is about, and what should be there. */
export type DesiredContent = Omit<UnsealedSpec, (typeof standingFields)[number]>;

/** The part of a spec that no transition but an evaluation changes. */
export function contentOf(spec: UnsealedSpec | UserProjectionSpec): DesiredContent {
  return omit(spec as UserProjectionSpec, 'revision', ...standingFields);
}

function verdictOf(spec: UnsealedSpec): Verdict {
  if (spec.approvedToken !== undefined)
    return { type: 'Approved', token: spec.approvedToken, ...(spec.approvedBy === undefined ? {} : { by: spec.approvedBy }) };
  if (spec.guardedAt !== undefined) return { type: 'Passed', at: spec.guardedAt };
  return spec.evidence === undefined ? { type: 'None' } : { type: 'Planned', evidence: spec.evidence };
}

/** Reads how far the decision has come from the fields of a spec. */
export function standingOf(spec: UnsealedSpec): Standing {
  const evidence = spec.evidence ?? '';
  const removal: Removal = spec.removal ?? { reason: 'Unassigned', action: 'Retain' };
  switch (spec.lifecycle) {
    case 'RemovalStaged':
      return { type: 'RemovalStaged', removal, evidence };
    case 'Removed':
      return { type: 'Removed', removal, verdict: verdictOf(spec) };
    case 'Present':
      if (spec.blockStaged === true) return { type: 'BlockStaged', evidence };
      return spec.rejected === true ? { type: 'Rejected', evidence } : { type: 'Present', verdict: verdictOf(spec) };
  }
}

function verdictFields(verdict: Verdict): Partial<UnsealedSpec> {
  switch (verdict.type) {
    case 'Passed':
      return { guardedAt: verdict.at };
    case 'Approved':
      return { approvedToken: verdict.token, ...(verdict.by === undefined ? {} : { approvedBy: verdict.by }) };
    case 'Planned':
      return verdict.evidence === undefined ? {} : { evidence: verdict.evidence };
    case 'None':
      return {};
  }
}

/** A spec from its two parts: the inverse of {@link contentOf} and {@link standingOf}. */
export function specOf(content: DesiredContent, standing: Standing): UnsealedSpec {
  switch (standing.type) {
    case 'Present':
      return { ...content, lifecycle: 'Present', ...verdictFields(standing.verdict) };
    case 'BlockStaged':
      return { ...content, lifecycle: 'Present', blockStaged: true, evidence: standing.evidence };
    case 'Rejected':
      return { ...content, lifecycle: 'Present', rejected: true, evidence: standing.evidence };
    case 'RemovalStaged':
      return { ...content, lifecycle: 'RemovalStaged', removal: standing.removal, evidence: standing.evidence };
    case 'Removed':
      return { ...content, lifecycle: 'Removed', removal: standing.removal, ...verdictFields(standing.verdict) };
  }
}

/** A name for the verdict under which sign-in may be blocked or the account deleted; undefined: under none. */
export function harmMayBeDone(verdict: Verdict): string | undefined {
  switch (verdict.type) {
    case 'Passed':
      return `passed ${verdict.at}`;
    case 'Approved':
      return `approved ${verdict.token}`;
    case 'Planned':
    case 'None':
      return undefined;
  }
}
