import type { GroupProjectionSpec } from '../../api/generated.ts';
import { hashOf } from '../hash.ts';
import { omit } from '../omit.ts';
import { projectionRevision } from '../projection/sealed-spec.ts';
import { approve, reject, type Approval } from '../projection/transitions.ts';
import type { UnsealedSpec } from '../projection/sealed-spec.ts';

export type UnsealedGroupSpec = Omit<GroupProjectionSpec, 'revision'>;

/** What the record of a group says beside what was decided about it. */
export type GroupContent = Pick<
  UnsealedGroupSpec,
  'syncConfigurationRef' | 'source' | 'target' | 'mode' | 'attributes' | 'failedMapping' | 'members'
>;

/** The spec without what somebody else may have put into it. */
export function trustedGroupSpec(spec: GroupProjectionSpec): UnsealedGroupSpec {
  const { revision, ...whole } = spec;
  if (projectionRevision(whole) === revision) return whole;
  const { syncConfigurationRef, source, target, mode, lifecycle } = spec;
  return { syncConfigurationRef, source, target, mode, lifecycle };
}

/** A group is selected: what was decided about its deletion ends, and about removals of members it holds while it is about the same ones. */
export function presentGroup(existing: UnsealedGroupSpec | undefined, content: GroupContent): UnsealedGroupSpec {
  const { memberRemovals } = existing ?? {};
  return { ...content, lifecycle: 'Present', ...(memberRemovals === undefined ? {} : { memberRemovals }) };
}

type Removal = NonNullable<GroupProjectionSpec['removal']>;

/** What the deletion of a group rests on: while it stays the same, a rejection stands. */
export function removalEvidence({ source }: Pick<UnsealedGroupSpec, 'source'>, removal: Removal): string {
  return hashOf([source.objectId, removal.reason, removal.action]);
}

/**
 * A group is not selected any more, or gone in the source. It is let go, or its deletion waits for a decision, always; one that was rejected on the
 * same evidence, or approved, stands.
 */
export function removeGroup(existing: UnsealedGroupSpec, mode: UnsealedGroupSpec['mode'], removal: Removal): UnsealedGroupSpec {
  const decided = ['lifecycle', 'removal', 'evidence', 'approvedBy', 'approvedToken', 'rejected', 'memberRemovals'] as const;
  const content = { ...(omit(existing as GroupProjectionSpec, 'revision', ...decided) as GroupContent), mode };
  if (removal.action === 'Retain') return { ...content, lifecycle: 'Removed', removal };
  const evidence = removalEvidence(existing, removal);
  if (existing.lifecycle === 'Removed' && existing.removal?.action === 'SoftDelete') return { ...existing, mode };
  if (existing.rejected === true && existing.evidence === evidence) return { ...content, lifecycle: 'Present', rejected: true, evidence };
  return { ...content, lifecycle: 'RemovalStaged', removal, evidence };
}

/** The record with an administrator's decision about what of it is staged: its deletion, or removals of members, by the hash of exactly those. */
export function decideGroup(
  spec: UnsealedGroupSpec,
  staged: string | undefined,
  decision: 'Approved' | 'Rejected',
  approval: Approval,
): UnsealedGroupSpec {
  if (spec.lifecycle === 'RemovalStaged') {
    // The standing of a record is the same for people and groups, and so are the two ways on from a staged one.
    const whole: UnsealedSpec = spec;
    return (decision === 'Approved' ? approve(whole, approval) : reject(whole)) as UnsealedGroupSpec;
  }
  if (staged === undefined) return spec;
  return { ...spec, memberRemovals: { verdict: decision, evidence: staged, ...approval } };
}
