import type { DirectoryUser } from './directory-user.ts';

/** A group of the target with everything that decides whether it may be written. Properties that Graph gives no value for are null. */
export interface TargetGroup {
  readonly id: string;
  readonly displayName: string | null;
  readonly mailNickname: string | null;
  /** The alternate key: our anchor, where we made the group. Never changed once it is set. */
  readonly uniqueName: string | null;
  readonly mailEnabled: boolean;
  readonly dynamic: boolean;
  readonly roleAssignable: boolean;
  readonly managementRestricted: boolean;
  readonly onPremises: boolean;
}

/** What a group is made with, and what of it is changed. */
export interface GroupNames {
  readonly displayName: string;
  readonly mailNickname: string;
}

/** What of a group is changed: its names, or the unique name of one that has none. */
export interface GroupChanges extends Partial<GroupNames> {
  readonly uniqueName?: string;
}

/** A direct member of a group; whoever is no user is a group, device, contact or application. */
export interface GroupMember {
  readonly id: string;
  readonly isUser: boolean;
  /** The user, where properties were asked for and may be read. */
  readonly user?: DirectoryUser;
}
