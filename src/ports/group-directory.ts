import type { GroupChanges, GroupMember, GroupNames, TargetGroup } from '../api/directory-group.ts';
import type { CallOptions, ResultPage } from './calls.ts';

export type { GroupChanges, GroupMember, GroupNames, TargetGroup } from '../api/directory-group.ts';

/** What became of one member of a request about several. `NotThere`: no such member, or no such group, or not visible yet. */
export type MemberOutcome = 'Done' | 'NotThere';

/** The first page of the members of a group, or the one that a link leads to. */
export type MembersRequest = { readonly link: string } | { readonly groupId: string; readonly select: readonly string[] };

/** Reads and writes of groups in the tenant that receives them. All calls reject with a DirectoryError and nothing else. */
export interface GroupDirectory {
  /** Whether the target allows inbound group synchronization; null: it does not say so; undefined: it has no such setting. */
  groupSyncAllowed(partnerTenantId: string, options: CallOptions): Promise<boolean | null | undefined>;
  /** A live group; undefined when there is none, or none yet. */
  getGroup(id: string, options: CallOptions): Promise<TargetGroup | undefined>;
  findByUniqueName(uniqueName: string, options: CallOptions): Promise<TargetGroup | undefined>;
  /** Live groups of that display name. */
  findNamed(displayName: string, options: CallOptions): Promise<readonly TargetGroup[]>;
  /** Live groups of that mail nickname. */
  findNicknamed(mailNickname: string, options: CallOptions): Promise<readonly TargetGroup[]>;
  /** Live groups whose unique names begin so. */
  findAnchored(prefix: string, options: CallOptions): Promise<readonly TargetGroup[]>;
  getDeletedGroup(id: string, options: CallOptions): Promise<TargetGroup | undefined>;
  findDeleted(uniqueName: string, options: CallOptions): Promise<readonly TargetGroup[]>;
  /**
   * One page of the direct members: the first, or the one that the link leads to; with these properties of users. Entries without a usable id make the
   * page unusable.
   */
  membersPage(request: MembersRequest, options: CallOptions): Promise<ResultPage<GroupMember>>;
  /**
   * Makes a static security group under a unique name, or gives the names to the one that has it: never two of them, however often it is sent.
   * Gives the id of a group that was made.
   */
  createGroup(uniqueName: string, names: GroupNames, options: CallOptions): Promise<string | undefined>;
  updateGroup(id: string, changes: GroupChanges, options: CallOptions): Promise<void>;
  /** Moves the group to the recycle bin, where the tenant has one for it. */
  deleteGroup(id: string, options: CallOptions): Promise<void>;
  restoreGroup(id: string, options: CallOptions): Promise<void>;
  /** Adds 1 to 20 members, all or none. Rejects with ObjectConflict where one is a member already, with ReferenceNotReady where one is not visible. */
  addMembers(id: string, memberIds: readonly string[], options: CallOptions): Promise<void>;
  /** Removes up to 20 members, each for itself, and says of each what became of it. What cannot be told of one fails the call, throttling first. */
  removeMembers(id: string, memberIds: readonly string[], options: CallOptions): Promise<ReadonlyMap<string, MemberOutcome>>;
}
