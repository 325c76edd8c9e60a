/** How the source groups of a world are projected from the start. */
export interface GroupOptions {
  /** By ids, by names, or as the groups of the scope; where everybody is in scope there are none of those, and ids are taken. */
  readonly select: 'ids' | 'names' | 'scope';
  readonly membership: 'Direct' | 'Flattened';
  readonly exclusive: boolean;
  readonly propagate: boolean;
  readonly adoption: 'Adopt' | 'Ignore';
  readonly deprovisioning: 'Retain' | 'SoftDelete';
  /** Whether a deleted group keeps its unique name from others. */
  readonly keepsNames: boolean;
  /** By what a group of the target is recognised; left out: by the anchor. */
  readonly by?: 'Anchor' | 'MailNickname';
  /** Whether a group of the target has the mail nickname of the first source group before the operator begins, or two have, or one that is not written. */
  readonly found?: 'One' | 'Two' | 'Mail';
  /** Whether previews project groups as well. */
  readonly previews?: boolean;
}

/** Of which kind a group of the target is made by an administrator; only plain ones may be written. */
export type GroupKind = 'plain' | 'mail' | 'dynamic' | 'role' | 'onPremises' | 'restricted';

/** What Graph misbehaves about: requests to the target about groups and memberships, or reads of the source group. */
export type GroupRequests = 'create' | 'add' | 'remove' | 'look' | 'members' | 'source';

interface InGroup {
  readonly group: number;
}
interface Who {
  readonly who: number;
}
interface Switch {
  readonly on: boolean;
}

/** What can happen to groups that are projected, beside what happens to people and to groups as scopes. */
export interface GroupEventFields {
  // In the source.
  /** The inner group becomes a member of a group, or the group one of the inner group: a circle where both are. */
  readonly nest: InGroup & Switch & { readonly around: boolean };
  readonly innerMember: Who & Switch;
  readonly renameSource: InGroup;
  // What the target's own administrator does.
  /** Puts somebody of the target, or an account of ours, into the group. */
  readonly addMember: InGroup & Who & { readonly stranger: boolean };
  readonly evict: InGroup & Who;
  readonly deleteTarget: InGroup;
  readonly restoreTarget: InGroup;
  readonly purgeTarget: InGroup;
  readonly renameTarget: InGroup;
  /** A group of the target has the name of a source group, and loses it again. */
  readonly namesake: InGroup;
  readonly dropNamesake: InGroup;
  readonly kind: InGroup & { readonly kind: GroupKind };
  readonly groupSync: Switch;
  // Graph misbehaves.
  readonly groupFault: {
    readonly what: GroupRequests;
    readonly effect: 'dropBefore' | 'dropAfter' | 'unavailable' | 'truncate' | 'nothing' | 'page' | 'notFound';
    readonly times: number;
  };
  // What the cluster's administrator does, and what befalls the operator.
  readonly select: InGroup & Switch;
  readonly memberRules: { readonly exclusive: boolean; readonly propagate: boolean };
  readonly deleteGroupRecord: InGroup;
  readonly tamperGroup: InGroup;
  /** Kills the operator at a write to a group that is to come, before or after its effect. */
  readonly killAtGroup: { readonly write: number; readonly when: 'before' | 'after' };
}

/** The name of an event about groups. */
export type GroupEventType = keyof GroupEventFields;

/** What happens to groups of the target that could be taken over. */
export interface TakeoverEventFields {
  /** The target's administrator makes a group of that kind with the mail nickname of a source group, with a stranger in it or without. */
  readonly nicknamed: InGroup & { readonly kind: GroupKind; readonly stranger: boolean };
  /** Those that were not taken over get another nickname. */
  readonly dropNicknamed: InGroup;
}

export type TakeoverEventType = keyof TakeoverEventFields;
