import type { GroupProjectionStatus } from '../../api/generated.ts';
import type { Reason } from '../../api/reasons.ts';
import type { GroupNames, TargetGroup } from '../../api/directory-group.ts';
import { hashOf } from '../hash.ts';
import type { DriftPolicy } from '../drift/compare.ts';
import { omit } from '../omit.ts';
import type { UnsealedGroupSpec } from './transitions.ts';

/**
 * What the target has, as far as it was looked for. `namesakes`: live groups of the wanted display name, asked for where one would be made or renamed;
 * `nicknamed`: those of the wanted mail nickname, asked for where there is none of ours and groups are recognised by it.
 */
export interface ObservedGroup {
  readonly live: TargetGroup | undefined;
  readonly deleted: TargetGroup | undefined;
  readonly namesakes: readonly TargetGroup[];
  readonly nicknamed: readonly TargetGroup[];
}

/** Everything that decides what is done about one group. */
export interface GroupFacts extends ObservedGroup {
  readonly spec: UnsealedGroupSpec & { readonly revision: string };
  readonly status: GroupProjectionStatus;
  /** The unique names that a group of ours can have: one that we have made, and one that was taken over. */
  readonly anchors: readonly string[];
  readonly adoption: 'Adopt' | 'Ignore';
  /** An older configuration has the same source group. */
  readonly claimedByOther: boolean;
  /** One more group may be made by the limits of the pair. */
  readonly hasRoom: boolean;
  /** What is done about names that were changed in the target. */
  readonly drift: DriftPolicy;
  /** A write of ours may not be visible yet. */
  readonly writtenRecently: boolean;
}

/**
 * What is to be done about one group.
 *
 * - `Create`, `Restore`, `Delete`: as they say. `Keep`: it is there; `rename` where its names are to be changed, `nameTaken` where they cannot be, `drifted`
 *   where they were changed in the target and stay so.
 * - `Adopt`: somebody else has made it, and it is taken over by its mail nickname.
 * - `Deleted`: our deletion, whose answer was lost, has taken effect.
 * - `Release`: let go as it is. `Forget`: nothing is left to do, and the record goes.
 * - `Wait`: a write of ours is not visible yet. `Nothing`: it waits for a decision.
 * - `Conflict`: somebody has to decide. `Skip`: a limit holds it back. `Fail`: it cannot be named.
 */
export type GroupDecision =
  | { readonly do: 'Create' | 'Wait' | 'Nothing' | 'Release' | 'Forget' | 'Skip' | 'Fail' }
  | { readonly do: 'Restore'; readonly group: TargetGroup }
  | { readonly do: 'Delete' | 'Deleted'; readonly group: TargetGroup }
  | {
      readonly do: 'Keep';
      readonly group: TargetGroup;
      readonly origin: 'Created' | 'Adopted';
      readonly rename: Partial<GroupNames>;
      readonly nameTaken: boolean;
      readonly drifted: readonly string[];
    }
  | {
      readonly do: 'Adopt';
      readonly group: TargetGroup;
      readonly rename: Partial<GroupNames>;
      readonly nameTaken: boolean;
    }
  | { readonly do: 'Conflict'; readonly reason: Reason; readonly objectId?: string };

/** Why a group is never written, whoever made it; undefined: it may be. */
export function refusalOf(group: TargetGroup): Reason | undefined {
  if (group.roleAssignable) return 'GroupRoleAssignable';
  if (group.onPremises) return 'GroupOnPremises';
  if (group.mailEnabled) return 'GroupMailEnabled';
  if (group.dynamic) return 'GroupDynamic';
  return group.managementRestricted ? 'GroupRestricted' : undefined;
}

/** Decides what is done about one group (G3). */
export function decideGroup(facts: GroupFacts): GroupDecision {
  const { spec, live } = facts;
  if (live !== undefined && !isOurs(facts, live)) return notOurs(facts, live);
  if (spec.lifecycle === 'RemovalStaged') return live === undefined && !facts.writtenRecently ? { do: 'Forget' } : { do: 'Nothing' };
  if (spec.lifecycle === 'Removed') return decideRemoved(facts);
  if (facts.claimedByOther) return { do: 'Conflict', reason: 'ClaimedByOtherConfiguration' };
  if (live !== undefined) return decideLive(facts, live);
  return decideAbsent(facts);
}

const isOurs = ({ anchors }: Pick<GroupFacts, 'anchors'>, { uniqueName }: TargetGroup): boolean =>
  uniqueName !== null && anchors.includes(uniqueName);

/** Reads may not show yet that we have marked a group that was taken over: that is waited for. */
function notOurs({ status, writtenRecently }: GroupFacts, live: TargetGroup): GroupDecision {
  const marked = status.targetGroup?.origin === 'Adopted' && live.uniqueName === null && writtenRecently;
  return marked ? { do: 'Wait' } : { do: 'Conflict', reason: 'GroupNotOurs', objectId: live.id };
}

function decideRemoved({ spec, status, live, deleted, writtenRecently }: GroupFacts): GroupDecision {
  if (spec.removal?.action !== 'SoftDelete') return live === undefined && deleted === undefined ? { do: 'Forget' } : { do: 'Release' };
  if (live === undefined) {
    if (deleted !== undefined) return decideDeleted(status, deleted);
    return writtenRecently ? { do: 'Wait' } : { do: 'Forget' };
  }
  // Whoever brought back what we had deleted wants it there.
  if (status.targetGroup?.deletedAt !== undefined && status.intent?.operation !== 'Delete')
    return writtenRecently ? { do: 'Wait' } : { do: 'Release' };
  const refusal = refusalOf(live);
  if (refusal !== undefined) return { do: 'Conflict', reason: refusal, objectId: live.id };
  return spec.approvedToken === undefined ? { do: 'Nothing' } : { do: 'Delete', group: live };
}

/** A group that is to be deleted is. What others have deleted is theirs to bring back, and nothing is left to do about it. */
function decideDeleted({ intent, targetGroup }: GroupProjectionStatus, deleted: TargetGroup): GroupDecision {
  if (intent?.operation === 'Delete') return { do: 'Deleted', group: deleted };
  return { do: targetGroup?.deletedAt === undefined ? 'Forget' : 'Nothing' };
}

function decideLive(facts: GroupFacts, live: TargetGroup): GroupDecision {
  const { spec, status, adoption, namesakes, drift } = facts;
  const refusal = refusalOf(live);
  if (refusal !== undefined) return { do: 'Conflict', reason: refusal, objectId: live.id };
  const linked = status.targetGroup?.objectId === live.id;
  const made = status.intent?.operation === 'Create';
  if (!linked && !made && adoption === 'Ignore') return { do: 'Conflict', reason: 'ExistingGroupNotAdopted', objectId: live.id };
  const origin = linked ? (status.targetGroup.origin ?? 'Adopted') : made ? 'Created' : 'Adopted';
  const wanted = spec.attributes;
  // What the target's administrators call it stays until the source says something new, or drift is to be set back.
  const drifted = drift === 'Ignore' ? [] : driftedNames(facts, live, facts.writtenRecently);
  const isRenamed = wanted !== undefined && (!isNamed(spec, status) || (drift === 'Correct' && drifted.length > 0));
  const given = free(isRenamed ? differing(live, wanted) : {}, live, namesakes);
  return { do: 'Keep', group: live, origin, ...given, drifted: drifted.filter((name) => !(name in given.rename)) };
}

/** Names that were brought into the target, and that others have changed there since. What we wrote a moment ago may not show yet. */
export function driftedNames(
  { spec, status }: Pick<GroupFacts, 'spec' | 'status'>,
  live: TargetGroup,
  writtenRecently: boolean,
): readonly string[] {
  if (spec.attributes === undefined || writtenRecently || !isNamed(spec, status)) return [];
  return Object.keys(differing(live, spec.attributes)).sort();
}

/** The names that can be given: no display name that another group has. */
function free(
  rename: Partial<GroupNames>,
  live: TargetGroup,
  namesakes: ObservedGroup['namesakes'],
): { readonly rename: Partial<GroupNames>; readonly nameTaken: boolean } {
  const nameTaken = rename.displayName !== undefined && namesakes.some(({ id }) => id !== live.id);
  return { rename: nameTaken ? omit(rename, 'displayName') : rename, nameTaken };
}

/** Stands for exactly these names. */
export function contentOf({ displayName, mailNickname }: GroupNames): string {
  return hashOf([displayName, mailNickname]);
}

/** Whether the names that the source gives were brought into the target before: whatever else of the record changes, they are not written again. */
export function isNamed({ attributes, revision }: GroupFacts['spec'], { appliedContent, appliedRevision }: GroupProjectionStatus): boolean {
  // A record of an earlier version has no hash of its names.
  if (appliedContent === undefined) return appliedRevision === revision;
  return attributes !== undefined && appliedContent === contentOf(attributes);
}

function differing(live: TargetGroup, wanted: GroupNames): Partial<GroupNames> {
  return {
    ...(live.displayName === wanted.displayName ? {} : { displayName: wanted.displayName }),
    ...(live.mailNickname === wanted.mailNickname ? {} : { mailNickname: wanted.mailNickname }),
  };
}

function decideAbsent(facts: GroupFacts): GroupDecision {
  const { status, deleted, writtenRecently } = facts;
  const ours =
    status.targetGroup?.deletedAt !== undefined || status.intent?.operation === 'Restore' || status.intent?.operation === 'Delete';
  if (deleted !== undefined && !ours && writtenRecently) return { do: 'Wait' };
  if (deleted !== undefined)
    return ours ? { do: 'Restore', group: deleted } : { do: 'Conflict', reason: 'GroupDeletedInTarget', objectId: deleted.id };
  return writtenRecently ? { do: 'Wait' } : decideMissing(facts);
}

/** A group that is nowhere, as far as we know of it. */
function decideMissing(facts: GroupFacts): GroupDecision {
  const { spec, namesakes, nicknamed, hasRoom } = facts;
  if (spec.attributes === undefined) return { do: 'Fail' };
  const [found] = nicknamed;
  if (found !== undefined) return decideNicknamed(facts, found, spec.attributes);
  const [taken] = namesakes;
  if (taken !== undefined) return { do: 'Conflict', reason: 'GroupNameTaken', objectId: taken.id };
  return { do: hasRoom ? 'Create' : 'Skip' };
}

/** A group that only has the mail nickname is taken over if that is asked for, and if it is the only one, nobody else's, and of a kind that may be written. */
function decideNicknamed({ nicknamed, namesakes, adoption, hasRoom }: GroupFacts, found: TargetGroup, wanted: GroupNames): GroupDecision {
  const conflict = (reason: Reason): GroupDecision => ({ do: 'Conflict', reason, objectId: found.id });
  if (nicknamed.length > 1) return conflict('GroupAmbiguous');
  const refusal = refusalOf(found);
  if (refusal !== undefined) return conflict(refusal);
  if (found.uniqueName !== null) return conflict('GroupNotOurs');
  if (adoption === 'Ignore') return conflict('ExistingGroupNotAdopted');
  return hasRoom ? { do: 'Adopt', group: found, ...free(differing(found, wanted), found, namesakes) } : { do: 'Skip' };
}
