import type { GroupProjection } from '../../api/kinds.ts';
import type { PersonStanding } from '../groups/membership.ts';
import { findCondition } from '../status/conditions.ts';
import { step, type ExplainedStep } from './explain.ts';

/** Whether somebody is in a group, as far as its members were read. */
export type Membership = 'In' | 'NotIn' | 'Unknown';

/** What is known of a person and one projected group. */
export interface GroupOfPerson {
  readonly record: Pick<GroupProjection, 'spec' | 'status'>;
  readonly inSource: Membership;
  readonly inTarget: Membership;
  readonly standing: PersonStanding;
}

/** Whether the members of a group stay in it although they have left the source group: for a decision, by one, or by the spec. */
export function keepsLeavers({ spec, status }: GroupOfPerson['record']): boolean {
  return status.stagedRemovals !== undefined || spec.memberRemovals?.verdict === 'Rejected' || spec.members?.propagateRemovals === false;
}

/** Whether a group has to do with a person. */
export const concerns = ({ inSource, inTarget }: GroupOfPerson): boolean => inSource !== 'NotIn' || inTarget === 'In';

/** Groups: whether the person is a member there, and why not where not (G3). */
export function groupStep(facts: GroupOfPerson): ExplainedStep {
  const { spec, status } = facts.record;
  const there = status.targetGroup === undefined ? '' : `, group ${status.targetGroup.objectId} in the target`;
  const [outcome, detail] = membershipOf(facts);
  return step('Groups', outcome, `Source group ${spec.source.objectId}${there}: ${detail}`);
}

type Verdict = readonly [outcome: string, detail: string];

function membershipOf({ record, inSource, inTarget, standing }: GroupOfPerson): Verdict {
  if (inSource === 'NotIn') return leaving(record);
  if (inSource === 'In' && inTarget === 'In') return ['Member', 'the account is a member.'];
  const obstacle = obstacleOf(record);
  if (obstacle !== undefined) return obstacle;
  if (inSource === 'Unknown' || inTarget === 'Unknown') return ['Undecided', 'its members could not be looked through.'];
  switch (standing.type) {
    case 'Live':
      return record.spec.mode === 'Plan' ? ['Planned', 'Apply would put the account in.'] : missing(record);
    case 'Expected':
      return ['AccountExpected', 'the person is put in when the account is there.'];
    case 'HeldBack':
      return ['NoAccount', 'the person would be a member, and has no live account as things stand.'];
    case 'None':
      return ['NotInScope', 'no configuration of the pair has the person in scope, and who has no account is in no group.'];
  }
}

/** What keeps the whole group from being what it should be. */
function obstacleOf({ spec, status }: GroupOfPerson['record']): Verdict | undefined {
  const ready = findCondition(status.conditions, 'Ready');
  const goesOn =
    status.state === 'Provisioned' || status.state === 'Planned' || (status.state === 'Staged' && spec.lifecycle === 'Present');
  if (goesOn && spec.lifecycle === 'Present') return undefined;
  return [ready?.reason ?? 'Progressing', `the group is ${status.state}. ${ready?.message ?? 'It was not worked on yet.'}`];
}

function missing({ status }: GroupOfPerson['record']): Verdict {
  const notAdded = status.warnings?.find(({ reason }) => reason === 'MembersNotAdded');
  return notAdded === undefined ? ['Progressing', 'the account is put in by the next look.'] : ['MembersNotAdded', notAdded.message];
}

function leaving({ spec, status }: GroupOfPerson['record']): Verdict {
  const left = 'the person has left the source group, and the account is a member';
  if (spec.members?.propagateRemovals === false) return ['Kept', `${left}: propagateRemovals is false.`];
  if (status.stagedRemovals !== undefined) return ['MemberRemovalsStaged', `${left} until somebody decides about the removal.`];
  if (spec.memberRemovals?.verdict === 'Rejected') return ['MemberRemovalsRejected', `${left}: the removal was rejected.`];
  return ['WouldRemove', `${left} until the next look.`];
}
