import type { GroupEventFields, TakeoverEventFields } from './chaos-group-events.ts';

/** How far the directories are behind. */
export type Lag = 'none' | 'some' | 'much';

interface Nothing {
  readonly who?: never;
}
interface Who {
  /** A place among the people. */
  readonly who: number;
}
interface InGroup {
  readonly group: number;
}
interface Switch {
  readonly on: boolean;
}
interface Requests {
  readonly tenant: 'hub' | 'spoke';
  readonly write: boolean;
  readonly times: number;
}

/** Changes of what configuration and pair allow, and decisions about creations (test/support/chaos-rules.ts). */
export interface RuleEventFields {
  /** What may be done in the target. */
  readonly targetActions: { readonly actions: readonly ('Create' | 'Update' | 'Delete')[] };
  readonly userTypes: { readonly types: readonly ('Guest' | 'Member')[] };
  /** The target takes its identity synchronization policy away; the pair enforces or observes. */
  readonly removePolicy: { readonly enforced: boolean };
  /** Rejects the creations that are staged, or will be within so many minutes. */
  readonly rejectCreations: { readonly patience: number };
  /** Names several people in one request, and somebody whom nobody knows. */
  readonly provisionMany: { readonly people: readonly number[] };
  /** The recycle bin of the source cannot be read for some minutes. */
  readonly hideRecycleBin: { readonly minutes: number };
  /** Somebody in the target brings an account back that has been deleted for a while, and deletes it again at once. */
  readonly targetBounce: Who;
}

export type RuleEventType = keyof RuleEventFields;

/** What can happen, with what it happens to. */
export interface EventFields extends GroupEventFields, TakeoverEventFields, RuleEventFields {
  // In the source.
  readonly hire: Who;
  readonly leave: Who;
  readonly comeBack: Who;
  readonly purge: Who;
  /** Leaves, and is purged in the source some minutes later. */
  readonly leaveForGood: Who & { readonly minutes: number };
  readonly disable: Who;
  readonly enable: Who;
  readonly rename: Who;
  readonly retitle: Who;
  readonly manager: Who & { readonly boss: number };
  readonly join: Who & InGroup;
  readonly quit: Who & InGroup;
  readonly emptyGroup: InGroup;
  readonly deleteGroup: InGroup;
  readonly restoreGroup: InGroup;
  // What the target's own administrator does.
  readonly targetEdit: Who;
  readonly targetDelete: Who;
  readonly targetRestore: Who;
  readonly targetPurge: Who;
  readonly allowSync: Switch;
  /** Gives the account another title than the source has. */
  readonly targetRetitle: Who;
  /** A mail contact with the person's address, and its end. */
  readonly contact: Who;
  readonly dropContact: Who;
  /** All invitations are refused for some minutes. */
  readonly refuseInvitations: { readonly minutes: number };
  /** An administrator of one side takes back the consent towards the other. */
  readonly changePolicies: { readonly side: 'hub' | 'spoke' };
  // Graph misbehaves.
  /** Refused for quota, with so many seconds to wait: as many as usual, none, or a year. */
  readonly throttle: Requests & { readonly retryAfter?: number };
  readonly lose: Requests & { readonly effect: 'dropBefore' | 'dropAfter' };
  readonly serverError: Requests & { readonly apply: boolean };
  readonly expireDelta: Nothing;
  readonly lag: { readonly lag: Lag };
  /** The directories take up to so many seconds for each answer, until this happens again. */
  readonly slow: { readonly seconds: number };
  // The cluster misbehaves.
  readonly kubeFault: { readonly effect: 'conflict' | 'unavailable' | 'dropBefore' | 'dropAfter'; readonly times: number };
  readonly dropWatches: Nothing;
  readonly compact: Nothing;
  readonly kill: Nothing;
  /** Kills the operator at a write to the target that is to come, before or after its effect. */
  readonly killAt: { readonly write: number; readonly when: 'before' | 'after' };
  readonly stop: Nothing;
  readonly start: Nothing;
  readonly clockJump: { readonly minutes: number };
  // What the cluster's administrator does.
  readonly suspend: Switch;
  readonly plan: Switch;
  readonly approve: Nothing;
  readonly reject: Nothing;
  readonly sync: Nothing;
  readonly restart: Nothing;
  /** Makes a projection say that its person is to be removed. */
  readonly tamper: Who;
  /** Deletes a projection; only where accounts carry anchors, for an address alone does not outlive a change of name. */
  readonly deleteRecord: Who;
  readonly suspendPair: Switch;
  // What pair and configuration ask for beside the plain work (test/support/chaos-features.ts).
  readonly drift: { readonly policy: 'Ignore' | 'Report' | 'Correct' };
  readonly purgeAfterSource: Switch;
  /** Most accounts of the pair; 0 for any number. */
  readonly maxUsers: { readonly count: number };
  readonly allowDelete: Switch;
  readonly exclude: Who & Switch;
  readonly enforce: Switch;
  readonly strategy: { readonly strategy: Strategy };
  readonly quarantine: { readonly failures: number };
  /** A preview with a spec of its own, or another spec for the one that is there. */
  readonly preview: {
    readonly scope: 'All' | 'Few';
    readonly action: 'SoftDelete' | 'Block' | 'Retain';
    readonly title: boolean;
    readonly strategy: Strategy;
  };
  readonly dropPreview: Nothing;
  /** The further application of the target, if there is one, is not let in for some minutes. */
  readonly refuseApplication: { readonly minutes: number };
  readonly provision: Who;
  readonly explain: Who;
  readonly approveCreations: Nothing;
  /**
   * Decides about the purges that are held: about those that are held now, or, within so many minutes of patience, as soon as there are some; `late`: so many
   * minutes after that, whatever is held by then.
   */
  readonly decidePurges: { readonly decision: 'approve' | 'reject'; readonly patience: number; readonly late: number };
  readonly recreatePair: Nothing;
  /** Deletes the configuration and applies it again at once, only where accounts carry anchors. */
  readonly recreateConfiguration: { readonly rename: boolean; readonly withPair?: boolean };
  /** Writes down what is staged now, and decides about that after some minutes, whatever is staged by then. */
  readonly decideLate: { readonly decision: 'approve' | 'reject'; readonly minutes: number };
  /** The cluster is lost and installed again from Git alone; only where accounts carry anchors. */
  readonly loseCluster: Nothing;
  /** Keeps what is in the cluster, as was done at the beginning, and puts it back later; only where accounts carry anchors. */
  readonly backup: Nothing;
  readonly restoreBackup: Nothing;
  /** A second operator in a cluster of its own begins to bring the same people into the same target; only with anchors. */
  readonly secondInstallation: Nothing;
  /** The target refuses something about one person for some minutes. */
  readonly refuse: Who & { readonly what: Refused; readonly minutes: number };
  /** The directories answer reads by id with what is not true, some times. */
  readonly lie: { readonly tenant: 'hub' | 'spoke'; readonly how: Lie; readonly times: number };
}

/** What is to become of the accounts. */
export type Strategy = 'InviteAsMember' | 'InviteAsGuest' | 'AddressListOnly';

/** What the target refuses to write. */
export type Refused = 'manager' | 'jobTitle' | 'displayName' | 'accountEnabled' | 'sessions';

/** An empty object, an answer to something else, a page of something in between. */
export type Lie = 'nothing' | 'otherId' | 'page';

/** The name of an event. */
export type EventType = keyof EventFields;

/** What each event does. */
export type Moves = { readonly [T in EventType]: (fields: EventFields[T]) => void | Promise<void> };

/** One thing that happens, and the seconds until the next one. */
export type ChaosEvent = { readonly [T in EventType]: { readonly type: T; readonly wait: number } & EventFields[T] }[EventType];
